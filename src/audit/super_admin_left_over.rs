//! `super-admin-left-over`: a super admin's rights, given for a time, that were never taken back.

use super::{AuditMeta, Facts, Outcome};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Fix, Safety, Severity};
use crate::snapshot::CoverageStatus;

pub(super) static META: AuditMeta = AuditMeta {
    id: "super-admin-left-over",
    error_type: None,
    title: "A HubSpot user was made super admin and still is",
    severity: Severity::Low,
    confidence: Confidence::Possible,
    salesforce_errors: &[],
    hubspot_category: None,
    docs: "\
## What it checks
HubSpot's security activity for users who were made super admins and not taken back, and who are super admins now.
## Why it matters for the sync
Whoever installed or repaired the integration often was made super admin for an hour. Such a user can change every mapping and key.
## What it cannot see
Accounts below Enterprise have no security activity, and HubSpot keeps it for a limited time. Whether the rights are meant to stay: it is
for a person to judge.
## How to fix it
Take the super admin's rights back where they are not needed any more.
## Example
A consultant was made super admin for the install in spring and still is one.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(hubspot) = facts.snapshot.hubspot.as_ref() else {
        outcome.not_known("HubSpot was not asked");
        return outcome;
    };
    let changes = &hubspot.admin_changes;
    for (status, reason, what) in [
        (
            hubspot.users.status,
            &hubspot.users.reason,
            "HubSpot's users",
        ),
        (
            changes.status,
            &changes.reason,
            "HubSpot's security activities",
        ),
    ] {
        if status != CoverageStatus::Read {
            outcome.not_known(
                reason
                    .clone()
                    .unwrap_or_else(|| format!("{what} were not read")),
            );
        }
    }
    for user in hubspot.users.rows.iter().filter(|user| user.super_admin) {
        // Rows are sorted by time, so the last one counts.
        let last = changes
            .rows
            .iter()
            .rev()
            .find(|change| change.user_id.as_ref() == Some(&user.id));
        let Some(change) = last.filter(|change| change.change.starts_with("ADD_")) else {
            continue;
        };
        let fix = Fix::new(
            Safety::Advice,
            format!(
                "Take the super admin's rights from {}, if they are not needed",
                user.email
            ),
        )
        .step("Ask whether the rights are meant to stay")
        .step(format!(
            "HubSpot > Settings > Users & Teams > {}: remove Super Admin",
            user.email
        ));
        let by = change.by.as_deref().unwrap_or("somebody");
        let finding = Finding::new(
            &META,
            format!("{} was made super admin and still is", user.email),
            fix,
        )
        .detail("Nothing in the security activity takes the rights back.")
        .subject(user.email.clone())
        .evidence([Evidence::new(
            EvidenceKind::Platform,
            format!("{} by {by} at {}", change.change, change.at),
        )]);
        outcome.find(finding, Vec::new());
    }
    outcome
}
