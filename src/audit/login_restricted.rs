//! `login-restricted`: the profile or a connected app's policy keeps HubSpot's connection out.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::Known;
use crate::finding::{Confidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity};
use crate::snapshot::{Area, ConnectedApp, ContainerKind, CoverageStatus, IpRange, PermissionSet};

pub(super) static META: AuditMeta = AuditMeta {
    id: "login-restricted",
    error_type: Some(6),
    title: "Login policy keeps the integration user out",
    severity: Severity::High,
    confidence: Confidence::Likely,
    salesforce_errors: &["INVALID_SESSION_ID", "LOGIN_DURING_RESTRICTED_TIME", "LOGIN_DURING_RESTRICTED_DOMAIN"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
The profile's login IP ranges and login hours; whether HubSpot's connected app admits only users whom a profile or permission
set allows it, and nothing of the user's does.
## Why it matters for the sync
HubSpot connects from its own addresses at any hour. A range without them refuses the login, and with 'Enforce login IP ranges on
every request' each request; outside the login hours the sync stands still.
## What it cannot see
HubSpot's addresses, the org's session settings, and API Access Control.
## How to fix it
Give the integration user a profile of its own without ranges and hours; allow the connected app in a permission set of the user.
## Example
A profile copied from the office staff's, with the office network as its only login IP range.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let profile = facts
        .effective
        .held()
        .find(|set| set.kind == ContainerKind::Profile);
    let policy = facts.snapshot.coverage.status(Area::LoginPolicy);
    match profile {
        None => outcome.not_known("the user's profile was not read"),
        Some(profile) => {
            if policy != CoverageStatus::Read && profile.login_limits.is_none() {
                let reason = facts.snapshot.coverage.reason(Area::LoginPolicy);
                outcome.not_known(reason.unwrap_or_else(|| "the login policy was not read".into()));
            }
            ip_ranges(facts, profile, &mut outcome);
            hours(facts, profile, &mut outcome);
        }
    }
    if policy == CoverageStatus::Read {
        for app in &facts.snapshot.connected_apps {
            connected_app(facts, app, &mut outcome);
        }
    } else {
        outcome.not_known("the policies of connected apps were not read");
    }
    outcome
}

/// Addresses outside the ranges are refused at login (Salesforce Security Guide, "Restrict Login IP Addresses in
/// Profiles").
fn ip_ranges(facts: &Facts<'_>, profile: &PermissionSet, outcome: &mut Outcome) {
    let Some(limits) = profile.login_limits.as_deref() else {
        return;
    };
    let ranges = &limits.ip_ranges;
    if ranges.is_empty() || ranges.iter().any(is_everything) {
        return;
    }
    let fix = Fix::new(
        Safety::Advice,
        format!("Take the login IP ranges off profile {}", profile.name),
    )
    .step("Give the integration user a profile of its own")
    .step("Login IP Ranges: delete the ranges, or add every address that HubSpot connects from")
    .setup(format!(
        "Setup > Profiles > {} > Login IP Ranges",
        profile.name
    ));
    let finding = Finding::new(
        &META,
        format!(
            "Profile {} lets its users log in from {} only",
            profile.name,
            count(ranges.len())
        ),
        fix,
    )
    .detail("HubSpot connects from its own addresses; a login from outside the ranges is refused.")
    .operation(Operation::Connect)
    .subject("ip-ranges")
    .at_most(Confidence::Possible)
    .evidence(ranges.iter().take(5).map(|range| {
        let text = format!(
            "profile {} allows {} to {}",
            profile.name, range.start, range.end
        );
        facts.fact(EvidenceKind::Definition, text, range.at)
    }));
    outcome.find(finding, Vec::new());
}

fn count(ranges: usize) -> String {
    match ranges {
        1 => "1 IP range".to_owned(),
        ranges => format!("{ranges} IP ranges"),
    }
}

fn is_everything(range: &IpRange) -> bool {
    let is = |start: &str, end: &str| range.start.trim() == start && range.end.trim() == end;
    is("0.0.0.0", "255.255.255.255") || is("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
}

/// When login hours end, sessions stop working (Salesforce Security Guide, "View and Edit Login Hours").
fn hours(facts: &Facts<'_>, profile: &PermissionSet, outcome: &mut Outcome) {
    let Some(limits) = profile.login_limits.as_deref() else {
        return;
    };
    let closed: Vec<String> = DAYS
        .iter()
        .filter_map(|day| closed_on(&limits.hours, day))
        .collect();
    if closed.is_empty() {
        return;
    }
    let fix = Fix::new(
        Safety::Advice,
        format!("Take the login hours off profile {}", profile.name),
    )
    .step("Give the integration user a profile of its own")
    .step("Login Hours: clear all times")
    .setup(format!("Setup > Profiles > {} > Login Hours", profile.name));
    let text = format!("profile {} is closed {}", profile.name, closed.join(", "));
    let finding = Finding::new(
        &META,
        format!(
            "Profile {} has login hours: the sync stands still outside them",
            profile.name
        ),
        fix,
    )
    .severity(Severity::Medium)
    .detail("When the hours end, HubSpot's session stops working until they begin again.")
    .operation(Operation::Connect)
    .subject("login-hours")
    .evidence([facts.fact(EvidenceKind::Definition, text, limits.hours_at)]);
    outcome.find(finding, Vec::new());
}

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// When a day is closed, for a sentence; none for a day that is open or of which nothing is said.
fn closed_on(hours: &[(String, String)], day: &str) -> Option<String> {
    let minutes = |what: &str| {
        let key = format!("{day}{what}");
        let entry = hours
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(&key))?;
        entry.1.trim().parse::<u32>().ok()
    };
    let (start, end) = (minutes("Start")?, minutes("End")?);
    match (start, end) {
        (0, 1440..) => None,
        (start, end) if start == end => Some(format!("all {day}")),
        (start, end) => Some(format!(
            "{day} outside {:02}:{:02} to {:02}:{:02}",
            start / 60,
            start % 60,
            end / 60,
            end % 60
        )),
    }
}

/// An app for admin-approved users only admits those to whom a profile or permission set grants it (Object Reference,
/// ConnectedApplication).
fn connected_app(facts: &Facts<'_>, app: &ConnectedApp, outcome: &mut Outcome) {
    let is_hubspots = app.name.as_str().to_ascii_lowercase().contains("hubspot");
    if !app.admin_approved_only || !(is_hubspots || app.used_by_user == Some(true)) {
        return;
    }
    match facts.effective.connected_app(&app.name) {
        Known::Yes => {}
        Known::Unknown => outcome.not_known(format!(
            "whether the user may use the connected app {} is not known",
            app.name
        )),
        Known::No => {
            let fix = Fix::new(
                Safety::Advice,
                format!(
                    "Allow the connected app {} in a permission set of the user",
                    app.name
                ),
            )
            .step("Assigned Connected Apps > Edit: add the app, save")
            .setup(format!(
                "{} > Assigned Connected Apps",
                facts.setup_container()
            ));
            let text = format!(
                "connected app {} admits admin-approved users only",
                app.name
            );
            let finding = Finding::new(
                &META,
                format!("The user may not use the connected app {}", app.name),
                fix,
            )
            .severity(if is_hubspots {
                Severity::Critical
            } else {
                Severity::Medium
            })
            .detail("Salesforce refuses the app's login as this user.")
            .operation(Operation::Connect)
            .subject(app.name.as_str())
            .evidence([facts.fact(EvidenceKind::Setting, text, None)])
            .evidence(facts.no_grant(
                &format!("the connected app {}", app.name),
                "it",
                &[],
            ));
            outcome.find(finding, Vec::new());
        }
    }
}
