//! `records-not-editable`: the user sees records that sharing does not let it change.

use super::{AuditMeta, Facts, Outcome, records};
use crate::finding::{Confidence, Severity};
use crate::sharing::Level;

pub(super) static META: AuditMeta = AuditMeta {
    id: "records-not-editable",
    error_type: Some(9),
    title: "Sharing lets the integration user see records that it may not change",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["INSUFFICIENT_ACCESS_OR_READONLY"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
For each object that a mapping writes and whose records the user sees: whether the user may edit every one of them, by the
org-wide default, the role hierarchy, sharing rules, the parent that controls the object, or Modify All. Where Salesforce was
asked about a sample of records (`--sample`), its answers count for more.
## Why it matters for the sync
Salesforce refuses what HubSpot changes on records of other owners.
## What it cannot see
How many records meet a criteria-based rule, manual sharing, teams and territories: only a sample tells. Records that the user
does not see at all are `records-not-visible`.
## How to fix it
Share the records with Read/Write by a sharing rule, or grant Modify All on the object.
## Example
Accounts are Public Read Only: the user reads all, and edits only those that it owns.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    records::look(facts, &META, Level::Edit)
}
