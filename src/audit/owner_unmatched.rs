//! `owner-unmatched`: a HubSpot owner has no Salesforce user of the same address.

use super::{AuditMeta, Facts, Outcome};
use crate::finding::{
    Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};

pub(super) static META: AuditMeta = AuditMeta {
    id: "owner-unmatched",
    error_type: Some(5),
    title: "A HubSpot owner has no Salesforce user of the same address",
    severity: Severity::Medium,
    confidence: Confidence::Certain,
    salesforce_errors: &[],
    hubspot_category: Some("Owner"),
    docs: "\
## What it checks
Each HubSpot owner that is not archived, of a file (`--hubspot-owners`) or of what `permgap hubspot --save` wrote: that a Salesforce user has the same e-mail address.
## Why it matters for the sync
HubSpot finds the owner of a Salesforce record by the address. Without a match the owner does not sync, and records stay with the
integration user.
## What it cannot see
Owners are looked for when a live org is read; a snapshot holds only those that were asked for then.
## How to fix it
Give both users the same address, or archive the HubSpot owner.
## Example
A salesperson is max@acme.com in HubSpot and m.mueller@acme.com in Salesforce.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    if facts.hubspot_owners.is_none() {
        outcome.not_known(
            "HubSpot's owners are not known: name a file of them with --hubspot-owners, or facts that hold them with --hubspot",
        );
        return outcome;
    }
    for owner in facts.owners_in_use(&mut outcome) {
        if facts.person_by_email(&owner.email).is_some() {
            continue;
        }
        let asked = &facts.snapshot.emails_looked_up;
        if !asked
            .iter()
            .any(|email| email.to_lowercase() == owner.email)
        {
            outcome.not_known(format!(
                "whether a Salesforce user has the address {} was not asked: read the live org with --hubspot-owners",
                owner.email
            ));
            continue;
        }
        let fix = Fix::new(
            Safety::Advice,
            format!("Give {} a Salesforce user with that address", owner.email),
        )
        .step("Setup > Users: set the user's e-mail to the address that HubSpot has, or create the user")
        .step("Or in HubSpot: Settings > Users & Teams: correct the address, or remove the user")
        .setup("Setup > Users");
        let finding = Finding::new(
            &META,
            format!(
                "HubSpot owner {} has no Salesforce user of that address",
                owner.email
            ),
            fix,
        )
        .detail("The owner of this person's records does not sync.")
        .operation(Operation::Assign)
        .subject(owner.email.as_str())
        .evidence([Evidence::new(
            EvidenceKind::Platform,
            format!("no user of the org has the address {}", owner.email),
        )]);
        outcome.find(finding, Vec::new());
    }
    outcome
}
