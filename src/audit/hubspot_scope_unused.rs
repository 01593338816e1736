//! `hubspot-scope-unused`: the token may more than it is meant for.

use super::{AuditMeta, Facts, Outcome};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Fix, Safety, Severity};

pub(super) static META: AuditMeta = AuditMeta {
    id: "hubspot-scope-unused",
    error_type: None,
    title: "The HubSpot token has a scope that no feature needs",
    severity: Severity::Low,
    confidence: Confidence::Likely,
    salesforce_errors: &[],
    hubspot_category: None,
    docs: "\
## What it checks
The scopes granted to the token that none of its features asks for (`features` under `[hubspot]` in `permgap.toml`).
## Why it matters for the sync
It does not break it. A token that leaks, or a tool that uses it, can do all that its scopes allow, for every user alike.
## What it cannot see
What else the token is used for: declare those features. Kinds of tokens whose scopes HubSpot does not list.
## How to fix it
Take the scope from the key, or make one key for each use.
## Example
The reporting key has `crm.objects.contacts.write` and only ever reads.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(unused) = facts
        .snapshot
        .hubspot
        .as_ref()
        .and_then(|hubspot| hubspot.unused_scopes())
    else {
        outcome.not_known("HubSpot does not list the token's scopes, or was not asked");
        return outcome;
    };
    for scope in unused {
        let writes = scope.ends_with(".write");
        let fix = Fix::new(Safety::Advice, format!("Take {scope} from the token"))
            .step(
                "Declare the feature under [hubspot] in permgap.toml, if the token is used for it",
            )
            .step(format!(
                "Otherwise remove {scope} from the service key or app"
            ))
            .setup("HubSpot > Settings > Integrations > Service keys");
        let finding = Finding::new(
            &META,
            format!("No declared feature needs the scope {scope}"),
            fix,
        )
        .severity(if writes {
            Severity::Medium
        } else {
            Severity::Low
        })
        .detail("Whoever holds the token can use it.")
        .subject(scope)
        .evidence([Evidence::new(
            EvidenceKind::Platform,
            format!("HubSpot lists {scope} among the granted scopes"),
        )]);
        outcome.find(finding, Vec::new());
    }
    outcome
}
