//! `shared-with-people`: the integration user's login or profile is one that people use.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::profile_alias;
use crate::finding::{
    Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::snapshot::Name;

pub(super) static META: AuditMeta = AuditMeta {
    id: "shared-with-people",
    error_type: None,
    title: "The integration user's login or profile is one that people use",
    severity: Severity::Low,
    confidence: Confidence::Certain,
    salesforce_errors: &[],
    hubspot_category: None,
    docs: "\
## What it checks
Whether the user has a standard profile, System Administrator above all; whether other active users have the same profile; whether
somebody logged in as the user at a browser of late.
## Why it matters for the sync
What is changed for people (a password, a licence, a profile) changes or stops the sync, and what the sync did cannot be told from
what a person did.
## What it cannot see
Whether the login at a browser was the one that connected HubSpot. The login history goes back six months.
## How to fix it
Give HubSpot a user of its own, with a profile of its own that grants little, and a permission set for the sync.
## Example
HubSpot was connected by an administrator with her own user.
",
};

/// Standard profiles with their severity; those with two names are found by either.
const STANDARD: &[(&str, Severity)] = &[
    ("System Administrator", Severity::Medium),
    ("Standard User", Severity::Low),
    ("Read Only", Severity::Low),
    ("Marketing User", Severity::Low),
    ("Contract Manager", Severity::Low),
    ("Solution Manager", Severity::Low),
];

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let profile = facts.subject.profile.as_ref();
    match profile {
        Some(profile) => standard(facts, profile, &mut outcome),
        None => outcome.not_known("the user's profile is not known"),
    }
    let Some(user) = facts.user else {
        outcome.not_known(
            "who else has the profile, and how the user logs in, is not known without users",
        );
        return outcome;
    };
    match (user.others_with_profile, profile) {
        (Some(0), _) | (Some(_), None) => {}
        (Some(others), Some(profile)) => {
            let users = if others == 1 {
                "1 other active user has".to_owned()
            } else {
                format!("{others} other active users have")
            };
            let finding = finding(
                "profile-shared",
                format!("{users} the integration user's profile {profile}"),
                "A profile that is changed for people changes what the sync may do.",
                &format!("{users} the profile {profile}"),
            );
            outcome.find(finding, Vec::new());
        }
        (None, _) => outcome.not_known("how many other users have the profile was not read"),
    }
    match &user.logins {
        None => outcome.not_known("how the user logged in was not read"),
        Some(logins) => {
            // `Application` is a login at a browser (Object Reference, LoginHistory: LoginType).
            let by_hand: Vec<_> = logins
                .iter()
                .filter(|login| login.kind == "Application")
                .collect();
            if let Some(last) = by_hand.first() {
                let finding = finding(
                    "interactive-logins",
                    "Somebody logs in as the integration user at a browser".to_owned(),
                    "What the sync did cannot be told from what a person did, and a password that is changed stops one of them.",
                    &format!(
                        "{} of the last {} logins were at a browser, the last at {}",
                        by_hand.len(),
                        logins.len(),
                        last.at
                    ),
                )
                .severity(Severity::Medium)
                .at_most(Confidence::Likely);
                outcome.find(finding, Vec::new());
            }
        }
    }
    outcome
}

fn standard(facts: &Facts<'_>, profile: &Name, outcome: &mut Outcome) {
    let alias = profile_alias(profile);
    let found = STANDARD
        .iter()
        .find(|(name, _)| profile.is(name) || alias.as_ref().is_some_and(|alias| alias.is(name)));
    let Some((name, severity)) = found else {
        return;
    };
    let finding = finding(
        "standard-profile",
        format!("The integration user has the standard profile {name}"),
        "A standard profile is made for people, grants more than a sync needs, and cannot be cut down.",
        &format!("the user's profile is {profile}"),
    )
    .severity(*severity);
    let at = facts
        .effective
        .assigned()
        .find(|set| set.name == *profile)
        .and_then(|set| set.at);
    let evidence =
        at.map(|at| facts.fact(EvidenceKind::Grant, format!("profile {profile}"), Some(at)));
    outcome.find(finding.evidence(evidence), Vec::new());
}

fn finding(subject: &str, title: String, detail: &str, fact: &str) -> Finding {
    let fix = Fix::new(Safety::Advice, "Give HubSpot a user and a profile of its own")
        .step("Setup > Profiles: clone Minimum Access - API Only Integrations, or a profile that grants little")
        .step("Setup > Users > New: make a user for HubSpot with that profile, and assign a permission set for the sync")
        .step("In HubSpot: Settings > Integrations > Salesforce: connect again as that user")
        .setup("Setup > Users");
    Finding::new(&META, title, fix)
        .detail(detail)
        .operation(Operation::Connect)
        .subject(subject)
        .evidence([Evidence::new(EvidenceKind::Platform, fact)])
}
