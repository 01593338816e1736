//! `hubspot-scope-missing`: the token may not ask for what it is meant for.

use super::{AuditMeta, Facts, Outcome};
use crate::finding::{
    Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::hubspot::ScopeState;
use crate::snapshot::hubspot::Refusal;

pub(super) static META: AuditMeta = AuditMeta {
    id: "hubspot-scope-missing",
    error_type: None,
    title: "The HubSpot token lacks a scope that a feature needs",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &[],
    hubspot_category: None,
    docs: "\
## What it checks
The scopes granted to the token against those of each feature that it is meant for (`features` under `[hubspot]` in
`permgap.toml`; by default what permgap itself reads), and what HubSpot answers to one read call of each.
## Why it matters for the sync
A call without its scope is answered 403. Optional scopes that an account cannot grant are dropped without a word.
## What it cannot see
HubSpot does not list the scopes of every kind of token; then only features with a read call are judged. Features that write are
never tried.
## How to fix it
Add one of the scopes to the key or app. An app must be installed anew before the scope is granted.
## Example
The key has `crm.objects.contacts.read`, and the owners call needs `crm.objects.owners.read`.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(hubspot) = facts
        .snapshot
        .hubspot
        .as_ref()
        .filter(|hubspot| hubspot.token.is_some())
    else {
        outcome.not_known("HubSpot was not asked (no token)");
        return outcome;
    };
    for feature in hubspot.wanted_features() {
        let probe = hubspot
            .probes
            .iter()
            .find(|probe| probe.feature == feature.name);
        match feature.state(hubspot) {
            ScopeState::Granted => {}
            ScopeState::NotKnown => {
                outcome.not_known(format!("the scopes for {} are not told", feature.name))
            }
            ScopeState::Missing(missing) => {
                let lists: Vec<String> = missing.iter().map(|any| any.join(" or ")).collect();
                let lists = lists.join(", and ");
                let dropped = missing
                    .iter()
                    .flatten()
                    .any(|scope| hubspot.optional_scopes.contains(scope));
                let mut fix = Fix::new(Safety::Safe, format!("Grant {lists}"))
                    .step(format!("Add {lists} to the service key or app"))
                    .step(
                        "Reinstall the app, where it is one: a scope counts from the next grant on",
                    )
                    .setup("HubSpot > Settings > Integrations > Service keys");
                if dropped {
                    fix = fix.step("The scope is declared optional and was dropped: check that the account's edition and the installer's rights cover it");
                }
                let mut finding =
                    Finding::new(&META, format!("No scope for {}", feature.title), fix)
                        .detail(format!("Calls for it are answered 403. Needed: {lists}."))
                        .operation(Operation::Read)
                        .subject(feature.name.clone())
                        .evidence([Evidence::new(
                            EvidenceKind::Platform,
                            match hubspot
                                .token
                                .as_ref()
                                .and_then(|token| token.scopes.as_ref())
                            {
                                Some(granted) => format!(
                                    "HubSpot lists {} granted scopes, and none of these",
                                    granted.len()
                                ),
                                None => "HubSpot does not list the token's scopes".to_owned(),
                            },
                        )]);
                if let Some(probe) = probe {
                    match &probe.refusal {
                        Some(refusal) => {
                            let text = format!("{}: {}", probe.call, answer(refusal));
                            finding =
                                finding.evidence([Evidence::new(EvidenceKind::Platform, text)]);
                        }
                        // The server's own deed says more than its list.
                        None => {
                            let text = format!("{} was answered all the same", probe.call);
                            finding = finding
                                .at_most(Confidence::Possible)
                                .evidence([Evidence::new(EvidenceKind::Platform, text)]);
                        }
                    }
                }
                outcome.find(finding, Vec::new());
            }
        }
    }
    outcome
}

/// A refusal as one sentence: status, category, message, correlation id.
pub(super) fn answer(refusal: &Refusal) -> String {
    let mut text = match refusal.status {
        Some(status) => format!("HTTP {status}"),
        None => "no answer".to_owned(),
    };
    if let Some(category) = &refusal.category {
        text.push_str(&format!(" {category}"));
    }
    text.push_str(&format!(": {}", refusal.message));
    if !refusal.any_of_scopes.is_empty() {
        text.push_str(&format!(" (any of {})", refusal.any_of_scopes.join(", ")));
    }
    if let Some(id) = &refusal.correlation_id {
        text.push_str(&format!(" [correlation id {id}]"));
    }
    text
}
