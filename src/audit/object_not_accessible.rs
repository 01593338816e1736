//! `object-not-accessible`: the user cannot read an object that the sync needs at all.

use std::collections::BTreeSet;

use super::prove::list_rights;
use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Known, nearest};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Operation, Severity};
use crate::snapshot::{Name, ObjectRight, PermissionSet, standard};

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
                let mut fix = facts.fix_object(object, &rights);
                let unheard_of = is_unheard_of(facts, object).then(|| spelling(facts, object));
                if let Some(text) = &unheard_of {
                    if fix.change.is_some() {
                        fix.summary = format!(
                            "Check the name {object}; if it is right, grant {}",
                            list_rights(&rights)
                        );
                    }
                    fix.steps.insert(0, text.clone());
                }
                let mut finding =
                    Finding::new(&META, format!("The user cannot read {object}"), fix)
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
                if let Some(text) = unheard_of {
                    finding = finding
                        .at_most(Confidence::Possible)
                        .evidence([Evidence::new(EvidenceKind::Coverage, text)]);
                }
                let finding = facts.unless_profile_is_silent_on_object(finding, object);
                outcome.find(finding, read.mappings.clone());
            }
        }
    }
    outcome
}

/// Whether neither the source nor the built-in table mentions the object, so that its name may be wrong.
fn is_unheard_of(facts: &Facts<'_>, object: &Name) -> bool {
    let listed = |set: &PermissionSet| {
        !set.object(object).is_empty() || set.field_permissions.contains_key(object)
    };
    !standard::is_standard_object(object)
        && !facts.snapshot.objects.contains_key(object)
        && !facts.snapshot.containers().any(listed)
}

fn spelling(facts: &Facts<'_>, object: &Name) -> String {
    let known: BTreeSet<Name> = standard::objects()
        .cloned()
        .chain(facts.snapshot.objects.keys().cloned())
        .collect();
    let near = nearest(object, known.iter());
    if near.is_empty() {
        format!("nothing in the source mentions {object}: check the name in the mapping")
    } else {
        format!(
            "nothing in the source mentions {object}: check the name in the mapping (nearest: {})",
            near.join(", ")
        )
    }
}
