//! `object-not-accessible`: the user cannot read an object that the sync needs at all.

use super::prove::list_rights;
use super::{AuditMeta, Facts, Outcome};
use crate::effective::Known;
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Operation, Severity};
use crate::snapshot::ObjectRight;

pub(super) static META: AuditMeta = AuditMeta {
    id: "object-not-accessible",
    error_type: Some(2),
    title: "The integration user cannot read an object that syncs",
    severity: Severity::Critical,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_TYPE", "INSUFFICIENT_ACCESS_OR_READONLY"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
Whether any profile, permission set or group of the user grants Read on each object that a mapping or
`permgap.toml` names. Tasks and events are read with Access Activities instead.
## Why it matters for the sync
The object does not exist for HubSpot: it does not sync at all, and new mappings to it cannot be made.
## What it cannot see
Which records sharing hides; whether a licence takes the object away.
## How to fix it
Grant Read, and what else the mappings of the object need, in a permission set of the user.
## Example
`deals` are mapped to Opportunity, and the user's only permission set lists Account, Contact and Lead.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for (object, needs) in &facts.requirements.objects {
        let Some(read) = &needs.read else { continue };
        let access = facts.object(object);
        match access.right(ObjectRight::Read) {
            Known::Yes => {}
            Known::Unknown => outcome.not_known(format!("Read on {object} is not known")),
            Known::No => {
                let rights = facts.rights_needed(object);
                let finding = Finding::new(
                    &META,
                    format!("The user cannot read {object}"),
                    facts.fix_object(object, &rights),
                )
                .detail(format!(
                    "Nothing of {object} syncs. What the sync needs there: {}.",
                    list_rights(&rights)
                ))
                .object(object)
                .operation(Operation::Read)
                .evidence([Evidence::new(EvidenceKind::Setting, read.because.clone())])
                .evidence(facts.rows_in_short(&read.mappings))
                .evidence(facts.trail(&access.trail))
                .evidence(facts.no_grant(
                    &format!("Read on {object}"),
                    "read",
                    &access.trail,
                ));
                let finding = facts.unless_profile_is_silent_on_object(finding, object);
                outcome.find(finding, read.mappings.clone());
            }
        }
    }
    outcome
}
