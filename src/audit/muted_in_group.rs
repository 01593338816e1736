//! `muted-in-group`: a permission set of a group grants what is needed, and the group's muting takes it away.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Effect, Existence, Grant, Known};
use crate::finding::{Confidence, Finding, Fix, Operation, Safety, Severity};
use crate::snapshot::{Area, Name, ObjectRight};

pub(super) static META: AuditMeta = AuditMeta {
    id: "muted-in-group",
    error_type: Some(7),
    title: "A muting permission set takes away what the sync needs",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_FIELD_FOR_INSERT_UPDATE", "INSUFFICIENT_ACCESS_OR_READONLY"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
For each object and field right that is needed and missing: whether a member of one of the user's permission set groups
grants it, and a muting permission set of the same group takes it away.
## Why it matters for the sync
The permission set shows the access, so that everybody looks elsewhere for the cause.
## What it cannot see
Groups of a live org that are still being recalculated.
## How to fix it
Remove the muting, or grant the access by a permission set that is assigned outside the group.
## Example
Group Integration holds HubSpot_Sync, whose Edit on Contact.Phone is muted for the people in the group.
",
};

/// Something needed that the user lacks.
struct Lack<'f> {
    object: &'f Name,
    field: Option<&'f Name>,
    operation: Operation,
    trail: Vec<Grant>,
    mappings: Vec<usize>,
}

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for missing in &facts.effective.missing {
        if missing.kind == "muting permission set" {
            outcome.not_known(missing.sentence());
        }
    }
    // Without the assignments there may be groups that nobody sees.
    facts.unless_read(Area::Assignments, &mut outcome);
    if !facts.subject.groups.is_empty() {
        facts.unless_read(Area::PermissionSetGroups, &mut outcome);
        facts.unless_read(Area::MutingPermissionSets, &mut outcome);
    }
    for lack in lacking(facts) {
        let muted: Vec<Grant> = lack
            .trail
            .into_iter()
            .filter(|grant| grant.effect == Effect::Muted)
            .filter(|grant| grant.right.starts_with(lack.operation.as_str()))
            .collect();
        let Some((first, by)) = muted
            .first()
            .and_then(|grant| Some((grant, grant.muted_by.as_ref()?)))
        else {
            continue;
        };
        let what = match lack.field {
            Some(field) => format!("{} on {}.{field}", lack.operation.as_str(), lack.object),
            None => format!("{} on {}", lack.operation.as_str(), lack.object),
        };
        let group = first.container.group.as_ref().map_or("", Name::as_str);
        let fix = Fix::new(
            Safety::Unsafe,
            format!("Assign {} to the user outside group {group}, or remove the muting", first.container.name),
        )
        .step(format!(
            "Setup > Permission Sets > {} > Manage Assignments: assign it to the integration user",
            first.container.name
        ))
        .step(format!(
            "Or open group {group}, its muting permission set {}, and clear {what}; this reaches everybody in the group",
            by.0
        ))
        .setup(format!("Setup > Permission Set Groups > {group} > Muting Permission Set"));
        let mut finding = Finding::new(
            &META,
            format!("Muting permission set {} takes away {what}", by.0),
            fix,
        )
        .detail(format!(
            "{} grants it, but inside group {group} it does not count.",
            first.container.name
        ))
        .object(lack.object)
        .operation(lack.operation)
        .subject(by.0.as_str())
        .evidence(facts.rows_in_short(&lack.mappings))
        .evidence(facts.trail(&muted));
        if let Some(at) = by.1 {
            finding = finding.evidence([facts
                .fact(
                    crate::finding::EvidenceKind::Muting,
                    format!("muting permission set {} mutes it here", by.0),
                    Some(at),
                )
                .container(format!("muting permission set {}", by.0))]);
        }
        if let Some(field) = lack.field {
            finding = finding.field(field);
        }
        outcome.find(finding, lack.mappings);
    }
    outcome
}

fn lacking<'f>(facts: &'f Facts<'_>) -> Vec<Lack<'f>> {
    let mut lacks = Vec::new();
    for (object, needs) in &facts.requirements.objects {
        let access = facts.object(object);
        let needed = [
            (ObjectRight::Read, Operation::Read, &needs.read),
            (ObjectRight::Create, Operation::Create, &needs.create),
            (ObjectRight::Edit, Operation::Edit, &needs.edit),
            (ObjectRight::Delete, Operation::Delete, &needs.delete),
        ];
        for (right, operation, need) in needed {
            if let Some(need) = need
                && access.right(right) == Known::No
            {
                lacks.push(Lack {
                    object,
                    field: None,
                    operation,
                    trail: access.trail.clone(),
                    mappings: need.mappings.clone(),
                });
            }
        }
    }
    for needed in facts.needed_fields() {
        let access = needed.access;
        if access.nature.existence == Existence::Missing {
            continue;
        }
        if access.security_read == Known::No {
            lacks.push(Lack {
                object: needed.object,
                field: Some(needed.field),
                operation: Operation::Read,
                trail: access.trail.clone(),
                mappings: needed.mappings.clone(),
            });
        }
        if !needed.writing.is_empty()
            && access.security_edit == Known::No
            && access.nature.never_editable.is_none()
        {
            lacks.push(Lack {
                object: needed.object,
                field: Some(needed.field),
                operation: Operation::Edit,
                trail: access.trail.clone(),
                mappings: needed.writing.clone(),
            });
        }
    }
    lacks
}
