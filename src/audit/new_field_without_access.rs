//! `new-field-without-access`: a field came to a synced object, and the user cannot read it.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Existence, Known, definition};
use crate::finding::{Change, Confidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity};
use crate::snapshot::Name;

pub(super) static META: AuditMeta = AuditMeta {
    id: "new-field-without-access",
    error_type: Some(1),
    title: "A field is new on a synced object, and the integration user cannot read it",
    severity: Severity::Low,
    confidence: Confidence::Certain,
    salesforce_errors: &[],
    hubspot_category: None,
    docs: "\
## What it checks
Each field that came to a synced object since a commit (`--changed-since`) or a date (`new-since` in permgap.toml) and that no
mapping names: whether field-level security lets the integration user read it. Mapped fields have audits of their own.
## Why it matters for the sync
Salesforce gives a field that metadata brings no field-level security but what the deployment grants. HubSpot does not offer a
field that its user cannot read for mapping, and whoever looks for it there does not find out why.
## What it cannot see
Whether HubSpot is meant to have the field. Where it is not, declare the gap as intended.
## How to fix it
Grant Read on the field in a permission set of the user, or declare an intended gap in permgap.toml.
## Example
A pull request adds Account.Churn_Risk__c and no permission set with it.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(since) = facts.since else {
        return outcome;
    };
    for (object, fields) in &since.untold {
        if !synced(facts, object) {
            continue;
        }
        let object_access = facts.object(object);
        for field in fields.iter().filter(|field| !mapped(facts, object, field)) {
            let access = facts.effective.field(object, &object_access, field);
            if access.security_read != Known::Yes {
                outcome.not_known(format!("when {object}.{field} was created is not known"));
            }
        }
    }
    for (object, fields) in &since.fields {
        if !synced(facts, object) {
            continue;
        }
        let object_access = facts.object(object);
        for field in fields {
            if mapped(facts, object, field) {
                continue;
            }
            let access = facts.effective.field(object, &object_access, field);
            if access.nature.existence == Existence::Missing {
                continue;
            }
            let label = format!("{object}.{field}");
            match access.security_read {
                Known::Yes => {}
                Known::Unknown => outcome.not_known(format!("Read on {label} is not known")),
                Known::No => {
                    let at = definition(facts.snapshot, object, field).and_then(|field| field.at);
                    let came = format!("{label} is new since {}", since.since);
                    let finding = Finding::new(
                        &META,
                        format!("The user cannot read {label}, which is new"),
                        fix(object, field),
                    )
                    .detail("HubSpot does not offer the field for mapping.")
                    .object(object)
                    .field(field)
                    .operation(Operation::Read)
                    .evidence([facts.fact(EvidenceKind::Definition, came, at)])
                    .evidence(facts.no_grant(&format!("Read on {label}")));
                    let finding =
                        facts.unless_profile_is_silent_on_field(finding, &access.nature.keys);
                    outcome.find(finding, Vec::new());
                }
            }
        }
    }
    outcome
}

fn synced(facts: &Facts<'_>, object: &Name) -> bool {
    facts.requirements.objects.contains_key(object)
        || facts
            .mappings()
            .any(|(_, mapping, _)| mapping.object == *object)
}

fn mapped(facts: &Facts<'_>, object: &Name, field: &Name) -> bool {
    facts
        .mappings()
        .any(|(_, mapping, _)| mapping.object == *object && mapping.row.field == *field)
}

fn fix(object: &Name, field: &Name) -> Fix {
    Fix::new(Safety::Safe, format!("Grant Read on {object}.{field}"))
        .step("Open a permission set that is assigned to the integration user")
        .step(format!(
            "Object Settings > {object} > Edit > Field Permissions: select Read for {field}, save"
        ))
        .setup(format!(
            "Setup > Permission Sets > Object Settings > {object}"
        ))
        .change(Change::GrantField {
            object: object.clone(),
            field: field.clone(),
            read: true,
            edit: false,
        })
}
