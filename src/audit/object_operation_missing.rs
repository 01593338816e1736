//! `object-operation-missing`: the user reads an object, but may not create, edit or delete as the sync needs.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Grant, Known, ObjectAccess};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Operation, Severity};
use crate::mapping::requirements::{AnyCreate, Need};
use crate::snapshot::{Name, ObjectRight};

pub(super) static META: AuditMeta = AuditMeta {
    id: "object-operation-missing",
    error_type: Some(11),
    title: "The integration user may not create, edit or delete records of an object",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &[
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    ],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
For each object that the user can read: Edit where a mapping writes, Create where HubSpot creates records, Delete where
`permgap.toml` says that HubSpot deletes.
## Why it matters for the sync
Changes from HubSpot are refused, or new records never appear in Salesforce.
## What it cannot see
Which of several creation settings is chosen in HubSpot: declare it under `[sync]` in `permgap.toml`.
## How to fix it
Grant the missing object permission in a permission set of the user.
## Example
A two-way mapping on Contact, and a permission set that grants Read on Contact only.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for (object, needs) in &facts.requirements.objects {
        let access = facts.object(object);
        if needs.read.is_some() && access.right(ObjectRight::Read) == Known::No {
            // The object as a whole is out of reach, which `object-not-accessible` reports.
            continue;
        }
        let operations = [
            (ObjectRight::Create, Operation::Create, &needs.create),
            (ObjectRight::Edit, Operation::Edit, &needs.edit),
            (ObjectRight::Delete, Operation::Delete, &needs.delete),
        ];
        for (right, operation, need) in operations {
            let Some(need) = need else { continue };
            match access.right(right) {
                Known::Yes => {}
                Known::Unknown => {
                    outcome.not_known(format!("{} on {object} is not known", right.label()));
                }
                Known::No => {
                    let finding = missing(facts, object, &access, right, operation, need);
                    outcome.find(finding, need.mappings.clone());
                }
            }
        }
    }
    for any in &facts.requirements.any_create {
        any_create(facts, any, &mut outcome);
    }
    outcome
}

fn missing(
    facts: &Facts<'_>,
    object: &Name,
    access: &ObjectAccess,
    right: ObjectRight,
    operation: Operation,
    need: &Need,
) -> Finding {
    let verb = operation.as_str();
    let finding = Finding::new(
        &META,
        format!("The user cannot {verb} {object} records"),
        facts.fix_object(object, &[right]),
    )
    .detail(format!(
        "Salesforce refuses every {verb} of {object} that HubSpot sends."
    ))
    .object(object)
    .operation(operation)
    .evidence([Evidence::new(EvidenceKind::Setting, need.because.clone())])
    .evidence(facts.rows_in_short(&need.mappings))
    .evidence(facts.trail(&access.trail))
    .evidence(facts.no_grant(
        &format!("{} on {object}", right.label()),
        right.as_str(),
        &access.trail,
    ));
    facts.unless_profile_is_silent_on_object(finding, object)
}

/// One of several objects must be creatable: HubSpot makes a lead or a contact of a new contact.
fn any_create(facts: &Facts<'_>, any: &AnyCreate, outcome: &mut Outcome) {
    let creatable = any.objects.iter().fold(Known::No, |sum, object| {
        sum.or(facts.object(object).right(ObjectRight::Create))
    });
    let names: Vec<&str> = any.objects.iter().map(Name::as_str).collect();
    match (creatable, any.objects.first()) {
        (Known::Unknown, _) => {
            outcome.not_known(format!("Create on {} is not known", names.join(" or ")));
        }
        (Known::No, Some(first)) => {
            let trail: Vec<Grant> = any
                .objects
                .iter()
                .flat_map(|object| facts.object(object).trail.clone())
                .collect();
            let finding = Finding::new(
                &META,
                format!("The user can create neither {}", names.join(" nor ")),
                facts.fix_object(first, &[ObjectRight::Create]).step(format!(
                    "If HubSpot is set to create another of {}, grant Create there instead, and say so in `contacts-create`",
                    names.join(", ")
                )),
            )
            .detail("New HubSpot contacts never appear in Salesforce.")
            .object(first)
            .operation(Operation::Create)
            .evidence([Evidence::new(EvidenceKind::Setting, any.because.clone())])
            .evidence(facts.trail(&trail))
            .evidence(facts.no_grant(
                &format!("Create on {}", names.join(" or ")),
                "create",
                &trail,
            ));
            let finding = facts.unless_profile_is_silent_on_object(finding, first);
            outcome.find(finding, Vec::new());
        }
        _ => {}
    }
}
