//! `super-admin-left-over`: a super admin's rights, given for a time, that were never taken back.

use super::{AuditMeta, Facts, Outcome};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Fix, Safety, Severity};
use crate::snapshot::CoverageStatus;
use crate::snapshot::hubspot::HubSpotFacts;

pub(super) static META: AuditMeta = AuditMeta {
    id: "super-admin-left-over",
    error_type: None,
    title: "A HubSpot user was made super admin and still is",
    severity: Severity::Low,
    confidence: Confidence::Certain,
    salesforce_errors: &[],
    hubspot_category: None,
    docs: "\
## What it checks
HubSpot's security activity for users who were made super admins and not taken back, and who are super admins now; and the policy file
(`--hubspot-policy`) for people who were to be super admins until a date that is past.
## Why it matters for the sync
Whoever installed or repaired the integration often was made super admin for an hour. Such a user can change every mapping and key.
## What it cannot see
Accounts below Enterprise have no security activity, and HubSpot keeps it for a limited time: declare `super-admin-until`, or look
at Settings > Users & Teams by hand. Whether the rights are meant to stay: `super-admin = true` in the policy file says so.
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
    let nameless = (changes.rows.iter())
        .filter(|change| change.user_id.is_none() && change.change.starts_with("ADD_"))
        .count();
    if nameless > 0 {
        outcome.not_known(format!(
            "{nameless} security activities name no user who was made super admin"
        ));
    }
    let today = facts.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let declared = |email: &str| hubspot.policy.as_ref()?.person(email);
    for user in hubspot.users.rows.iter().filter(|user| user.super_admin) {
        let person = declared(&user.email);
        if person.is_some_and(|person| person.super_admin == Some(true)) {
            continue;
        }
        let until = person.and_then(|person| person.super_admin_until);
        let evidence = match until {
            Some(until) if until >= today => continue,
            Some(until) => Evidence::new(
                EvidenceKind::Setting,
                format!("{} was to be super admin until {until}", user.email),
            ),
            None => {
                // Rows are sorted by time, so the last one counts.
                let last = changes
                    .rows
                    .iter()
                    .rev()
                    .find(|change| change.user_id.as_ref() == Some(&user.id));
                let Some(change) = last.filter(|change| change.change.starts_with("ADD_")) else {
                    continue;
                };
                let by = change.by.as_deref().unwrap_or("somebody");
                Evidence::new(
                    EvidenceKind::Platform,
                    format!("{} by {by} at {}", change.change, change.at),
                )
            }
        };
        outcome.find(finding(&user.email, until.is_some(), evidence), Vec::new());
    }
    from_export(hubspot, today, &mut outcome);
    outcome
}

/// People whose time is past, where only HubSpot's export of users tells who is super admin.
fn from_export(hubspot: &HubSpotFacts, today: jiff::civil::Date, outcome: &mut Outcome) {
    let Some(policy) = hubspot
        .policy
        .as_ref()
        .filter(|_| hubspot.users.status != CoverageStatus::Read)
    else {
        return;
    };
    for person in &policy.people {
        let Some(until) = person.super_admin_until.filter(|until| *until < today) else {
            continue;
        };
        let user = (policy.exported.iter().flatten()).find(|user| user.email == person.email);
        if user.is_some_and(|user| user.permissions.to_lowercase().contains("super admin")) {
            let evidence = Evidence::new(
                EvidenceKind::Setting,
                format!(
                    "{} was to be super admin until {until}, and HubSpot's export of users has it so",
                    person.email
                ),
            );
            outcome.find(finding(&person.email, true, evidence), Vec::new());
        }
    }
}

fn finding(email: &str, declared: bool, evidence: Evidence) -> Finding {
    let fix = Fix::new(
        Safety::Advice,
        format!("Take the super admin's rights from {email}, if they are not needed"),
    )
    .step("Ask whether the rights are meant to stay; if so, declare `super-admin = true` in the policy file")
    .step(format!(
        "HubSpot > Settings > Users & Teams > {email}: remove Super Admin"
    ));
    let detail = if declared {
        "The time for which the rights were meant is past."
    } else {
        "Nothing in the security activity takes the rights back."
    };
    let finding = Finding::new(
        &META,
        format!("{email} was made super admin and still is"),
        fix,
    )
    .detail(detail)
    .subject(email)
    .evidence([evidence]);
    match declared {
        true => finding,
        false => finding.at_most(Confidence::Possible),
    }
}
