//! `user-cannot-log-in`: the integration user is inactive, frozen or no standard user.

use super::{AuditMeta, Facts, Outcome};
use crate::finding::{Confidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity};
use crate::snapshot::User;

pub(super) static META: AuditMeta = AuditMeta {
    id: "user-cannot-log-in",
    error_type: Some(6),
    title: "The integration user cannot log in",
    severity: Severity::Critical,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_SESSION_ID", "INVALID_LOGIN"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
Whether the user is active, not frozen, not locked for wrong passwords, and of the user type Standard.
## Why it matters for the sync
An inactive or frozen user ends the connection: HubSpot's token is refused, and nothing syncs until somebody logs in again.
## What it cannot see
A metadata tree holds no users. Whether HubSpot is connected as this very user: compare the username in HubSpot's settings.
## How to fix it
Activate or unfreeze the user, then reconnect in HubSpot if its Salesforce settings say so.
## Example
The integration user was frozen when the colleague who had set it up left the company.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(user) = facts.user else {
        outcome.not_known("the source tells nothing of the user's own record");
        return outcome;
    };
    match user.is_active {
        Some(true) => {}
        Some(false) => outcome.find(
            finding(
                facts,
                user,
                "inactive",
                "is not active",
                "Edit > Active: select it, save",
            ),
            facts.syncing_mappings(),
        ),
        None => outcome.not_known("whether the user is active was not read"),
    }
    match user.is_frozen {
        Some(false) => {}
        Some(true) => outcome.find(
            finding(facts, user, "frozen", "is frozen", "Unfreeze"),
            facts.syncing_mappings(),
        ),
        None => outcome.not_known("whether the user is frozen was not read"),
    }
    if user.is_password_locked == Some(true) {
        let locked = finding(
            facts,
            user,
            "locked",
            "is locked after wrong passwords",
            "Unlock",
        )
        .severity(Severity::Medium)
        .detail(
            "The token that HubSpot holds goes on working; nobody can log in to connect again.",
        );
        outcome.find(locked, Vec::new());
    }
    match user.user_type.as_deref() {
        Some("Standard") => {}
        Some(other) => {
            let text = format!("is of the user type {other}, not Standard");
            let odd = finding(
                facts,
                user,
                "user-type",
                &text,
                "Choose a user with a standard licence",
            )
            .severity(Severity::High)
            .at_most(Confidence::Likely)
            .detail(
                "Such users see little of the org through the API, and some cannot use it at all.",
            );
            outcome.find(odd, Vec::new());
        }
        None => outcome.not_known("the user's type was not read"),
    }
    outcome
}

fn finding(facts: &Facts<'_>, user: &User, subject: &str, what: &str, step: &str) -> Finding {
    let fix = Fix::new(
        Safety::Advice,
        format!("Make {} able to log in again", user.username),
    )
    .step(format!("Open the user {}", user.username))
    .step(step)
    .setup("Setup > Users > Users");
    let fact = match &user.last_login_at {
        Some(at) => format!("user {} {what}; its last login was at {at}", user.username),
        None => format!("user {} {what}", user.username),
    };
    Finding::new(&META, format!("The integration user {what}"), fix)
        .detail("Salesforce refuses HubSpot's connection: every object stops syncing.")
        .operation(Operation::Connect)
        .subject(subject)
        .evidence([facts.fact(EvidenceKind::Setting, fact, None)])
}
