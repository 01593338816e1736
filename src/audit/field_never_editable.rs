//! `field-never-editable`: a rule that writes is mapped to a field that nobody can write.

use super::facts::NeededField;
use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Existence, Known, NeverEditable};
use crate::finding::{
    Change, Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::mapping::SyncRule;

pub(super) static META: AuditMeta = AuditMeta {
    id: "field-never-editable",
    error_type: Some(1),
    title: "HubSpot writes a field that nobody can edit",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_FIELD_FOR_INSERT_UPDATE"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
Whether a mapping whose rule writes points to a formula, a roll-up summary, an auto-number, a compound or a system field. One
that Salesforce fills on every record, with `Prefer Salesforce unless blank`, is a flaw of the mapping and of less weight.
## Why it matters for the sync
It looks like a missing permission, and no permission can cure it: Salesforce refuses each write.
## What it cannot see
Fields that neither metadata nor the built-in table of standard fields describes.
## How to fix it
Choose the rule `Always use Salesforce`, or map a field that can be written.
## Example
`days_open` is mapped two-way to the formula field Opportunity.Days_Open__c.
",
};

/// Fields that Salesforce fills on every record (Object Reference, "System Fields").
const ALWAYS_FILLED: [&str; 7] = [
    "Id",
    "CreatedById",
    "CreatedDate",
    "LastModifiedById",
    "LastModifiedDate",
    "SystemModstamp",
    "IsDeleted",
];

/// Whether HubSpot never sends a value: every rule that writes sends one only where Salesforce's is blank, and it never is.
fn is_never_sent(facts: &Facts<'_>, needed: &NeededField<'_>, reason: NeverEditable) -> bool {
    let filled = reason == NeverEditable::AutoNumber
        || ALWAYS_FILLED.iter().any(|name| needed.field.is(name));
    let if_blank = |index: &usize| {
        let mapping = facts.requirements.mappings.get(*index);
        mapping
            .is_some_and(|mapping| mapping.row.sync_rule == SyncRule::PreferSalesforceUnlessBlank)
    };
    filled && needed.writing.iter().all(if_blank)
}

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for needed in facts.needed_fields() {
        let nature = &needed.access.nature;
        if needed.writing.is_empty() || nature.existence == Existence::Missing {
            continue;
        }
        let Some(reason) = nature.never_editable else {
            // Of a field of the org's own that was not read nobody knows what it is made of.
            let unread = nature.existence == Existence::NotKnown && needed.field.is_custom();
            if nature.writable == Known::Unknown || unread {
                outcome.not_known(format!(
                    "whether {} can be written is not known",
                    needed.label()
                ));
            }
            continue;
        };
        let never_sent = is_never_sent(facts, &needed, reason);
        let rule = SyncRule::AlwaysUseSalesforce.label();
        let fix = Fix::new(
            Safety::Advice,
            format!("Set the rule of the mapping to '{rule}'"),
        )
        .step("HubSpot > Settings > Integrations > Salesforce: open the object's mappings")
        .step(format!(
            "Choose '{rule}' for {}, or map a field that can be written",
            needed.label()
        ))
        .change(Change::ChangeSyncRule { to: rule.into() });
        let finding = Finding::new(
            &META,
            format!(
                "{} is {}: nobody can edit it",
                needed.label(),
                reason.label()
            ),
            fix,
        )
        .detail(if never_sent {
            "Salesforce fills it on every record, so that this rule leaves HubSpot nothing to write. A value that HubSpot sends \
             with a new record would be refused."
        } else {
            "No permission makes it editable; each write from HubSpot fails."
        })
        .severity(if never_sent { Severity::Medium } else { META.severity })
        .object(needed.object)
        .field(needed.field)
        .operation(Operation::Edit)
        .evidence(facts.rows(needed.writing))
        .evidence(facts.defined(needed.object, needed.field))
        .evidence([Evidence::new(
            EvidenceKind::Platform,
            format!("{} is {}", needed.label(), reason.label()),
        )]);
        outcome.find(finding, needed.writing.to_vec());
    }
    outcome
}
