//! `field-not-editable`: the user reads a mapped field, but field-level security forbids to write it.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Existence, Known};
use crate::finding::{Confidence, Finding, Operation, Severity};

pub(super) static META: AuditMeta = AuditMeta {
    id: "field-not-editable",
    error_type: Some(1),
    title: "The integration user cannot edit a mapped field that HubSpot writes",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_FIELD_FOR_INSERT_UPDATE"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
Field-level security Edit for each mapped field whose sync rule writes (`Two-way`, `Prefer Salesforce unless blank`, the
owner) and that can be written at all.
## Why it matters for the sync
Salesforce refuses the whole record, not just the field: nothing of the record is saved.
## What it cannot see
Page layouts do not matter to the API. Fields that the source does not show are not known.
## How to fix it
Grant Edit on the field in a permission set of the user, or choose `Always use Salesforce` if HubSpot need not write it.
## Example
A field that is read-only in the profile and in no permission set.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for needed in facts.needed_fields() {
        let nature = &needed.access.nature;
        let elsewhere = nature.existence == Existence::Missing
            || nature.never_editable.is_some()
            || needed.access.security_read == Known::No;
        if needed.writing.is_empty() || elsewhere {
            continue;
        }
        match needed.access.security_edit {
            Known::Yes => {}
            Known::Unknown => {
                outcome.not_known(format!("Edit on {} is not known", needed.label()));
            }
            Known::No => {
                let trail = facts.effective.field_trail(nature);
                let finding = Finding::new(
                    &META,
                    format!("The user cannot edit {}", needed.label()),
                    facts.fix_field(&needed, true),
                )
                .detail("Salesforce refuses each record with a value in this field, and saves nothing of it.")
                .object(needed.object)
                .field(needed.field)
                .operation(Operation::Edit)
                .evidence(facts.rows(needed.writing))
                .evidence(facts.defined(needed.object, needed.field))
                .evidence(facts.trail(&trail))
                .evidence(facts.no_grant(&format!("Edit on {}", needed.label()), "edit", &trail));
                let finding = facts.unless_profile_is_silent_on_field(finding, &nature.keys);
                outcome.find(finding, needed.writing.to_vec());
            }
        }
    }
    outcome
}
