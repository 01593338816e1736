//! `records-not-visible`: sharing hides records from the user that the sync needs.

use super::records::{self, has_sharing};
use super::{AuditMeta, Facts, Outcome};
use crate::effective::Known;
use crate::finding::{Confidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity};
use crate::sharing::Level;

pub(super) static META: AuditMeta = AuditMeta {
    id: "records-not-visible",
    error_type: Some(3),
    title: "Sharing hides records from the integration user that the sync needs",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["NOT_FOUND", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
For each object that syncs: whether the user reaches every record, by the org-wide default, the role hierarchy, sharing rules,
the parent that controls the object, implicit access, View All or Modify All; and restriction rules, which hide records. Where
Salesforce was asked about a sample of records (`--sample`), its answers count for more than what sharing makes one suspect.
## Why it matters for the sync
Records that the user cannot see do not reach HubSpot, and HubSpot may create them a second time.
## What it cannot see
How many records meet a criteria-based rule, manual sharing, teams and territories: only a sample tells. UserRecordAccess itself
leaves restriction rules out. On a metadata tree the user's role and groups are not known.
## How to fix it
Share the records with the user by a sharing rule, or grant View All on the object. Records that are hidden on purpose
(selective sync) are declared under `[[intended-gap]]`.
## Example
Accounts are Private, and the integration user has neither a role above the owners nor View All.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = records::look(facts, &META, Level::Read);
    restrictions(facts, &mut outcome);
    outcome
}

/// Restriction rules take away what everything else opens.
fn restrictions(facts: &Facts<'_>, outcome: &mut Outcome) {
    let sharing = facts.sharing();
    for (object, needs) in &facts.requirements.objects {
        let Some(need) = needs.read.as_ref().filter(|_| has_sharing(object)) else {
            continue;
        };
        if sharing.restrictions_unread(object) {
            outcome.not_known(format!("the restriction rules of {object} were not read"));
        }
        for (rule, holds) in sharing.restrictions(object) {
            let kind = rule.enforcement.as_deref().unwrap_or("Restrict");
            if !kind.eq_ignore_ascii_case("Restrict") {
                outcome.not_known(format!(
                    "restriction rule {} on {object} is of the kind {kind}, of which it is not known what it hides",
                    rule.name
                ));
                continue;
            }
            if holds != Known::Yes {
                outcome.not_known(format!(
                    "whether restriction rule {} on {object} holds for the user is not known",
                    rule.name
                ));
                continue;
            }
            let fix = Fix::new(
                Safety::Advice,
                format!("Take the integration user out of restriction rule {}", rule.name),
            )
            .step(format!(
                "Setup > Object Manager > {object} > Restriction Rules > {}: narrow the user criteria",
                rule.name
            ))
            .setup(format!("Setup > Object Manager > {object} > Restriction Rules"));
            let finding = Finding::new(
                &META,
                format!(
                    "Restriction rule {} hides {object} records from the user",
                    rule.name
                ),
                fix,
            )
            .detail("The rule holds for the user, and takes away records that sharing opens.")
            .severity(Severity::Medium)
            .object(object)
            .operation(Operation::Read)
            .subject(rule.name.as_str())
            .evidence([facts.fact(
                EvidenceKind::Definition,
                format!(
                    "restriction rule {} holds for users with {}, and leaves them records with {}",
                    rule.name,
                    rule.user_criteria.as_deref().unwrap_or("any value"),
                    rule.record_filter.as_deref().unwrap_or("any value")
                ),
                rule.at,
            )])
            .evidence(facts.rows_in_short(&need.mappings));
            outcome.find(finding, need.mappings.clone());
        }
    }
}
