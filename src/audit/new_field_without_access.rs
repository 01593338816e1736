//! `new-field-without-access`: a field was made on a synced object, and the user cannot see it.

use super::{AuditMeta, Facts, NewFields, Outcome};
use crate::effective::{Governed, Known};
use crate::finding::{Change, Confidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity};
use crate::snapshot::{Field, Name};

pub(super) static META: AuditMeta = AuditMeta {
    id: "new-field-without-access",
    error_type: Some(1),
    title: "A new field of a synced object is hidden from the integration user",
    severity: Severity::Low,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_FIELD"],
    hubspot_category: Some("Property Mappings"),
    docs: "\
## What it checks
The custom fields of synced objects that were created since a date (`fields-since` in `permgap.toml` or `--fields-since`; 90 days
before the org was read by default), or that a change brings (`--changed-since`), and that no mapping names: whether the user can
read them.
## Why it matters for the sync
A field that is deployed without field-level security is visible to nobody. Whoever wants to map it does not find it in HubSpot.
## What it cannot see
A metadata tree does not tell when a field was made. Mapped fields have audits of their own.
## How to fix it
Grant Read, or Read and Edit, in a permission set of the user, if the field is meant to sync.
## Example
Account.Tier__c came with last week's release, and the release's permission set is not assigned to the integration user.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    if let Some(new) = facts.new_fields {
        brought(facts, new, &mut outcome);
        return outcome;
    }
    let Some(since) = facts.fields_since else {
        outcome.not_known("the source does not tell when fields were made");
        return outcome;
    };
    for (object, needs) in &facts.requirements.objects {
        if needs.read.is_none() {
            continue;
        }
        let Some(definition) = facts.snapshot.objects.get(object) else {
            outcome.not_known(format!("the fields of {object} were not read"));
            continue;
        };
        if definition.incomplete && definition.fields.is_empty() {
            outcome.not_known(format!("the fields of {object} were not read"));
            continue;
        }
        let custom = definition
            .fields
            .values()
            .filter(|field| field.name.is_custom());
        let mut dated = false;
        for field in custom {
            let Some(created) = field.created_at.as_deref() else {
                continue;
            };
            let Ok(created_at) = created.parse::<jiff::Timestamp>() else {
                continue;
            };
            dated = true;
            if created_at >= since && !is_mapped(facts, object, &field.name) {
                let came = format!("was created at {created}");
                judge(facts, object, field, &came, &mut outcome);
            }
        }
        let has_custom = definition.fields.keys().any(Name::is_custom);
        if has_custom && !dated {
            outcome.not_known(format!(
                "when the fields of {object} were made was not read"
            ));
        }
    }
    outcome
}

/// Judges what a change brings, which tells itself what is new.
fn brought(facts: &Facts<'_>, new: &NewFields, outcome: &mut Outcome) {
    for (object, names) in &new.fields {
        let needs = facts.requirements.objects.get(object);
        let definition = facts.snapshot.objects.get(object);
        let (Some(definition), true) = (definition, needs.is_some_and(|n| n.read.is_some())) else {
            continue;
        };
        for field in names.iter().filter_map(|name| definition.fields.get(name)) {
            if !is_mapped(facts, object, &field.name) {
                let came = format!("came after {}", new.since);
                judge(facts, object, field, &came, outcome);
            }
        }
    }
}

fn is_mapped(facts: &Facts<'_>, object: &Name, field: &Name) -> bool {
    facts
        .mappings()
        .any(|(_, mapping, _)| mapping.object == *object && mapping.row.field == *field)
}

fn judge(facts: &Facts<'_>, object: &Name, field: &Field, came: &str, outcome: &mut Outcome) {
    let name = &field.name;
    let access = facts.effective.field(object, &facts.object(object), name);
    if access.nature.governed == Governed::No {
        return;
    }
    match access.security_read {
        Known::Yes => {}
        Known::Unknown => outcome.not_known(format!("Read on {object}.{name} is not known")),
        Known::No => {
            let fix = Fix::new(
                Safety::Safe,
                format!("Grant Read on {object}.{name}, if it is meant to sync"),
            )
            .step("Open a permission set that is assigned to the integration user")
            .step(format!(
                "Object Settings > {object} > Edit > Field Permissions: select Read for {name}, save"
            ))
            .setup(format!("{} > Object Settings > {object}", facts.setup_container()))
            .change(Change::GrantField {
                object: object.clone(),
                field: name.clone(),
                read: true,
                edit: false,
            });
            let text = format!("{object}.{name} {came}");
            let finding = Finding::new(
                &META,
                format!("The user cannot see the new field {object}.{name}"),
                fix,
            )
            .detail("HubSpot does not offer it for mapping.")
            .object(object)
            .field(name)
            .operation(Operation::Read)
            .evidence([facts.fact(EvidenceKind::Definition, text, field.at)])
            .evidence(facts.no_grant(&format!("Read on {object}.{name}"), "read", &[]));
            let finding = facts.unless_profile_is_silent_on_field(finding, &access.nature.keys);
            outcome.find(finding, Vec::new());
        }
    }
}
