//! `field-not-readable`: field-level security hides a mapped field from the user.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Existence, Known};
use crate::finding::{Confidence, Finding, Operation, Severity};

pub(super) static META: AuditMeta = AuditMeta {
    id: "field-not-readable",
    error_type: Some(1),
    title: "The integration user cannot read a mapped field",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
Field-level security Read, over the profile, permission sets and groups with their mutings, for each mapped field that
field-level security governs. A part of an address is checked on its compound field.
## Why it matters for the sync
The field does not exist for HubSpot: values never arrive, and a writing rule fails with a field error.
## What it cannot see
Fields that neither a definition nor any profile or permission set of the source shows: they are not known.
## How to fix it
Grant Read on the field (and Edit, where the rule writes) in a permission set of the user.
## Example
A field that a release added; its creator granted it to profiles of people only.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for needed in facts.needed_fields() {
        if needed.access.nature.existence == Existence::Missing {
            continue;
        }
        match needed.access.security_read {
            Known::Yes => {}
            Known::Unknown => {
                outcome.not_known(format!("Read on {} is not known", needed.label()));
            }
            Known::No => {
                let edit =
                    !needed.writing.is_empty() && needed.access.nature.never_editable.is_none();
                let trail = facts.effective.field_trail(&needed.access.nature);
                let finding = Finding::new(
                    &META,
                    format!("The user cannot read {}", needed.label()),
                    facts.fix_field(&needed, edit),
                )
                .detail("For HubSpot the field does not exist.")
                .object(needed.object)
                .field(needed.field)
                .operation(Operation::Read)
                .evidence(facts.rows(needed.mappings))
                .evidence(facts.defined(needed.object, needed.field))
                .evidence(facts.trail(&trail))
                .evidence(facts.no_grant(
                    &format!("Read on {}", needed.label()),
                    "read",
                    &trail,
                ));
                let keys = &needed.access.nature.keys;
                let finding = facts.unless_profile_is_silent_on_field(finding, keys);
                outcome.find(finding, needed.mappings.to_vec());
            }
        }
    }
    outcome
}
