//! `installer-below-minimum`: who installs or holds an app has too few rights in HubSpot, or has left.

use super::{AuditMeta, Facts, Outcome};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Fix, Safety, Severity};
use crate::snapshot::CoverageStatus;
use crate::snapshot::hubspot::HubSpotFacts;
use crate::snapshot::hubspot::policy::{App, Level, Policy};

pub(super) static META: AuditMeta = AuditMeta {
    id: "installer-below-minimum",
    error_type: None,
    title: "Who installs an app has too few rights in HubSpot, or has left",
    severity: Severity::Medium,
    confidence: Confidence::Certain,
    salesforce_errors: &[],
    hubspot_category: None,
    docs: "\
## What it checks
Each app of the policy file (`[[app]]`, `--hubspot-policy`): that its installer is a HubSpot user still, and has the rights that the
app needs, by what the file declares of the person, by super admins that HubSpot tells, and by HubSpot's export of users. The right
to edit matters; the right to delete does not. Besides: that the user who made the token is a HubSpot user still.
## Why it matters for the sync
HubSpot refuses an install by somebody who lacks a right behind a scope. A private app acts for who made it: when that user leaves or
loses rights, some calls are refused.
## What it cannot see
HubSpot's API tells neither the rights in a permission set nor what an app's listing asks for: both are declared. Whether a right on
own records, or those of the team, is enough, HubSpot does not document. The sync with Salesforce has a credential of its own.
## How to fix it
Let a super admin install the app, or give the installer the rights for the time of the install.
## Example
An app wants to write deals; its installer may only view them, and is shown a request for integration permissions.
",
};

/// Where a person looks what HubSpot's API does not tell.
const BY_HAND: &str = "Settings > Users & Teams > the user > Permissions";

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(hubspot) = facts.snapshot.hubspot.as_ref() else {
        outcome.not_known(
            "HubSpot was not asked, and no app is declared: name a file with --hubspot-policy",
        );
        return outcome;
    };
    token_holder(hubspot, &mut outcome);
    let policy = hubspot
        .policy
        .as_ref()
        .filter(|policy| !policy.apps.is_empty());
    let Some(policy) = policy else {
        outcome.not_known(
            "what the installer of an app needs is not declared ([[app]] in the file of --hubspot-policy): by hand, compare the app's listing with Settings > Users & Teams",
        );
        return outcome;
    };
    for app in &policy.apps {
        judge(hubspot, policy, app, &mut outcome);
    }
    outcome
}

/// The user who made the token.
fn token_holder(hubspot: &HubSpotFacts, outcome: &mut Outcome) {
    let Some(id) = hubspot
        .token
        .as_ref()
        .and_then(|token| token.user_id.as_ref())
    else {
        return;
    };
    if hubspot.users.status != CoverageStatus::Read {
        let why = hubspot.users.reason.as_deref();
        outcome.not_known(format!(
            "whether user {id}, who made the token, is there still: {}",
            why.unwrap_or("HubSpot's users were not read")
        ));
        return;
    }
    if hubspot.users.rows.iter().any(|user| user.id == *id) {
        return;
    }
    let fix = Fix::new(
        Safety::Advice,
        "Make a service key, and use it instead of the token",
    )
    .step("HubSpot > Settings > Integrations > Service keys: make a key with the same scopes")
    .step("Put it where the token is used, then remove the old app")
    .setup("HubSpot > Settings > Integrations > Service keys");
    let finding = Finding::new(&META, "The user who made the HubSpot token has left", fix)
        .at_most(Confidence::Likely)
        .detail("A private app acts for who made it: some of its calls are refused once that user is gone.")
        .subject("token")
        .evidence([Evidence::new(
            EvidenceKind::Platform,
            format!(
                "HubSpot names user {id} as the token's, who is none of its {} users",
                hubspot.users.rows.len()
            ),
        )]);
    outcome.find(finding, Vec::new());
}

fn judge(hubspot: &HubSpotFacts, policy: &Policy, app: &App, outcome: &mut Outcome) {
    let email = app.installer.as_str();
    let person = policy.person(email);
    let read = hubspot.users.status == CoverageStatus::Read;
    let user = hubspot
        .users
        .rows
        .iter()
        .find(|user| user.email.eq_ignore_ascii_case(email));
    let exported = policy.exported.as_ref();
    let in_export = exported.map(|all| all.iter().find(|user| user.email == email));
    let gone = if person.is_some_and(|person| person.left) {
        Some(format!("{} says that {email} has left", policy.file))
    } else if read && user.is_none() {
        let count = hubspot.users.rows.len();
        Some(format!(
            "none of HubSpot's {count} users has the address {email}"
        ))
    } else if !read && in_export == Some(None) {
        Some(format!("HubSpot's export of users has no {email}"))
    } else {
        None
    };
    if let Some(gone) = gone {
        let fix = Fix::new(Safety::Advice, format!("Let somebody who stays install {}", app.name))
            .step(format!("HubSpot > Settings > Integrations > Connected Apps > {}: connect it anew as a user of the account", app.name));
        let finding = Finding::new(&META, format!("{email}, who installed {}, has left", app.name), fix)
            .detail("The app holds the grant of somebody who is no user any more: it ends when that user is removed, or cannot be renewed.")
            .subject(format!("{} left", app.name))
            .evidence([Evidence::new(EvidenceKind::Setting, gone)]);
        outcome.find(finding, Vec::new());
        return;
    }
    if !read && exported.is_none() {
        outcome.not_known(format!(
            "whether {email} is a HubSpot user still was not read"
        ));
    }
    let named_admin = |text: &str| text.to_lowercase().contains("super admin");
    if user.is_some_and(|user| user.super_admin)
        || (!read && person.is_some_and(|person| person.super_admin == Some(true)))
        || in_export
            .flatten()
            .is_some_and(|user| named_admin(&user.permissions))
    {
        return;
    }
    let mut lacking = Vec::new();
    let mut evidence = Vec::new();
    for (object, need) in app
        .needs
        .iter()
        .filter(|(_, need)| need.level > Level::None)
    {
        let need_word = need.level.as_str();
        let rights = person.and_then(|person| person.rights.as_ref());
        match rights.and_then(|rights| rights.get(object)) {
            None => outcome.not_known(format!(
                "whether {email} may {need_word} {object} is not declared, and HubSpot's API does not tell: look at {BY_HAND}"
            )),
            Some(has) if has.level < need.level => {
                lacking.push(format!("{need_word} {object}"));
                evidence.push(format!(
                    "{} needs {need_word} on {object}, and {} declares {} for {email}",
                    app.name, policy.file, String::from(*has)
                ));
            }
            Some(has) if has.limited && !need.limited => outcome.not_known(format!(
                "{email} may {need_word} {object} only of their own or of the team: whether that is enough, HubSpot does not document"
            )),
            Some(_) => {}
        }
    }
    for permission in &app.also {
        match person.and_then(|person| person.has.as_ref()) {
            None => outcome.not_known(format!(
                "whether {email} has {permission} is not declared: look at {BY_HAND}"
            )),
            Some(has) if has.iter().any(|own| own.eq_ignore_ascii_case(permission)) => {}
            Some(_) => {
                lacking.push(permission.clone());
                evidence.push(format!(
                    "{} needs {permission}, and {} does not declare it for {email}",
                    app.name, policy.file
                ));
            }
        }
    }
    if lacking.is_empty() {
        return;
    }
    let list = lacking.join(", ");
    let fix = Fix::new(
        Safety::Advice,
        format!(
            "Let a super admin install {}, or give {email}: {list}",
            app.name
        ),
    )
    .step(format!(
        "HubSpot > Settings > Users & Teams > {email}: give {list}; deleting is not needed"
    ))
    .step(format!(
        "Install {} again, then take back what was given for it",
        app.name
    ))
    .setup("HubSpot > Settings > Users & Teams");
    let finding = Finding::new(
        &META,
        format!("{email} cannot install {}: {list}", app.name),
        fix,
    )
    .detail("HubSpot refuses the install, or shows a request for integration permissions.")
    .subject(app.name.clone())
    .evidence(
        evidence
            .into_iter()
            .map(|text| Evidence::new(EvidenceKind::Setting, text)),
    );
    outcome.find(finding, Vec::new());
}
