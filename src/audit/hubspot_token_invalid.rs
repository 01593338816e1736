//! `hubspot-token-invalid`: HubSpot does not accept the token, or it is of a kind that cannot work.

use super::{AuditMeta, Facts, Outcome};
use crate::finding::{
    Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::snapshot::hubspot::{HubSpotToken, TokenState};

pub(super) static META: AuditMeta = AuditMeta {
    id: "hubspot-token-invalid",
    error_type: None,
    title: "HubSpot does not accept the token",
    severity: Severity::Critical,
    confidence: Confidence::Certain,
    salesforce_errors: &[],
    hubspot_category: None,
    docs: "\
## What it checks
What HubSpot's API answers to the token that facts were read with: accepted, expired, unknown, or no access token at all.
## Why it matters for the sync
Whatever uses the token stands still. The sync with Salesforce has a credential of its own.
## What it cannot see
Tokens of other apps. An answer of 403 is no matter of the token but of scopes or of the user behind it.
## How to fix it
Expired: get a new access token with the refresh token. Expired since 1970: it is a refresh token, a client secret or an old API
key; use a service key. Unknown: it was rotated, revoked or cut short; copy it anew.
## Example
A nightly job sends the refresh token as a bearer token, and HubSpot answers that it expired 20781 days ago.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(token) = facts
        .snapshot
        .hubspot
        .as_ref()
        .and_then(|hubspot| hubspot.token.as_ref())
    else {
        outcome.not_known("HubSpot was not asked (no token)");
        return outcome;
    };
    let (title, step) = match token.state {
        TokenState::Accepted => return outcome,
        TokenState::Unanswered => {
            let why = token
                .refusal
                .as_ref()
                .map_or("", |refusal| refusal.message.as_str());
            outcome.not_known(format!(
                "HubSpot did not say what it knows of the token ({why})"
            ));
            return outcome;
        }
        TokenState::Expired => (
            "The HubSpot token has expired",
            "Get a new access token with the app's refresh token, or use a service key, which does not expire",
        ),
        TokenState::WrongKind => (
            "The HubSpot token is no API access token",
            "Replace it by a service key or an OAuth access token: it is a refresh token, a client secret or an old API key",
        ),
        TokenState::NotKnown => (
            "HubSpot does not know the token",
            "Copy the token anew; if it was rotated or revoked, make a service key",
        ),
    };
    let fix = Fix::new(Safety::Advice, "Replace the token in HUBSPOT_ACCESS_TOKEN")
        .step(step)
        .setup("HubSpot > Settings > Integrations > Service keys");
    let finding = Finding::new(&META, title, fix)
        .detail("HubSpot answers 401 to every call with it.")
        .operation(Operation::Connect)
        .evidence([answer(token)]);
    outcome.find(finding, Vec::new());
    outcome
}

/// What the server said, with the id that HubSpot's support asks for.
fn answer(token: &HubSpotToken) -> Evidence {
    let text = match &token.refusal {
        Some(refusal) => super::hubspot_scope_missing::answer(refusal),
        None => "the text has the form of an old API key".to_owned(),
    };
    Evidence::new(EvidenceKind::Platform, text)
}
