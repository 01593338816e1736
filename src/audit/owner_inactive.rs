//! `owner-inactive`: records that sync belong to users who are not active, or HubSpot assigns to them.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::Known;
use crate::finding::{
    Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};

pub(super) static META: AuditMeta = AuditMeta {
    id: "owner-inactive",
    error_type: Some(5),
    title: "Records that sync have an owner who is not active",
    severity: Severity::Medium,
    confidence: Confidence::Likely,
    salesforce_errors: &["INACTIVE_OWNER_OR_USER"],
    hubspot_category: Some("Owner"),
    docs: "\
## What it checks
The users who own records of objects that HubSpot writes, and the users behind HubSpot's owners (`--hubspot-owners`): that they
are active.
## Why it matters for the sync
Salesforce refuses to make an inactive user the owner, and in some cases to change other fields of a record that one owns.
## What it cannot see
Owners that the session's user may not count. Whether a record is still worked on.
## How to fix it
Give the records to an active user, archive the owner in HubSpot, or let the integration user update records with inactive
owners (Setup > User Interface, then the system permission).
## Example
A salesperson left, and 400 open opportunities still belong to her.
",
};

/// How the ids of users begin (Object Reference, User).
const USER: &str = "005";

/// How many owners are named before the rest is counted.
const NAMED: usize = 5;

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let exempt = facts
        .effective
        .user_permission("UpdateWithInactiveOwner")
        .known;
    if exempt != Known::Yes {
        in_use(facts, &mut outcome);
    }
    for owner in facts.owners_in_use(&mut outcome) {
        let Some(person) = facts.person_by_email(&owner.email) else {
            continue;
        };
        if person.is_active != Some(false) {
            continue;
        }
        let fix = Fix::new(
            Safety::Advice,
            format!("Archive the HubSpot owner {}, or activate its Salesforce user", owner.email),
        )
        .step("In HubSpot: Settings > Users & Teams: remove the user, and give its records to another owner")
        .step("Or in Salesforce: Setup > Users: activate the user")
        .setup("Setup > Users");
        let finding = Finding::new(
            &META,
            format!(
                "The Salesforce user behind HubSpot owner {} is not active",
                owner.email
            ),
            fix,
        )
        .detail("Salesforce refuses each record that HubSpot gives to this owner.")
        .operation(Operation::Assign)
        .subject(owner.email.as_str())
        .evidence([Evidence::new(
            EvidenceKind::Platform,
            format!(
                "user {} has the same address and is not active",
                person.username.as_deref().unwrap_or(&person.id)
            ),
        )]);
        outcome.find(finding, Vec::new());
    }
    outcome
}

fn in_use(facts: &Facts<'_>, outcome: &mut Outcome) {
    for object in facts.owned_objects() {
        let Some(owned) = facts.snapshot.ownership.get(object) else {
            outcome.not_known(format!("who owns {object} records was not read"));
            continue;
        };
        // Queues own records too, and are never inactive.
        let is_known = |owner: &str| {
            let mut people = facts.snapshot.people.iter();
            people.any(|person| person.id == owner && person.is_active.is_some())
        };
        let open = (owned.records.iter())
            .filter(|(owner, _)| owner.starts_with("005") && !is_known(owner))
            .count();
        if open > 0 {
            outcome.not_known(format!(
                "whether {open} of the users who own {object} records are active was not read"
            ));
        }
        let mut inactive: Vec<(&str, u64)> = (owned.records.iter())
            .filter_map(|(owner, count)| {
                let person = (facts.snapshot.people.iter())
                    .find(|person| person.id == *owner && person.is_active == Some(false))?;
                Some((person.username.as_deref().unwrap_or(&person.id), *count))
            })
            .collect();
        let unread = (owned.records.keys())
            .filter(|owner| owner.starts_with(USER))
            .filter(|owner| {
                !(facts.snapshot.people.iter())
                    .any(|person| person.id == **owner && person.is_active.is_some())
            })
            .count();
        if unread > 0 {
            outcome.not_known(format!(
                "whether {unread} of the owners of {object} records are active was not read"
            ));
        }
        if !owned.complete {
            outcome.not_known(format!("not every owner of {object} records was counted"));
        }
        if inactive.is_empty() {
            continue;
        }
        inactive.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let records = inactive
            .iter()
            .fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
        let users = match inactive.len() {
            1 => "1 user who is not active".to_owned(),
            more => format!("{more} users who are not active"),
        };
        let fix = Fix::new(
            Safety::Advice,
            format!("Give the {object} records of inactive users to active ones"),
        )
        .step(format!("Setup > Mass Transfer Records, or a data load: transfer the {object} records"))
        .step(
            "Or: Setup > User Interface > enable \"Update Records with Inactive Owners\", and grant that system permission to \
             the integration user",
        )
        .setup("Setup > Mass Transfer Records");
        let mut finding = Finding::new(
            &META,
            format!("{records} {object} records belong to {users}"),
            fix,
        )
        .detail("Salesforce may refuse what HubSpot changes on these records.")
        .object(object)
        .operation(Operation::Edit);
        for (name, count) in inactive.iter().take(NAMED) {
            let text = format!("{name} is not active and owns {count} {object} records");
            finding = finding.evidence([Evidence::new(EvidenceKind::Platform, text)]);
        }
        if let Some(more) = inactive.len().checked_sub(NAMED).filter(|more| *more > 0) {
            let text = format!("and {more} more such users");
            finding = finding.evidence([Evidence::new(EvidenceKind::Platform, text)]);
        }
        outcome.find(finding, Vec::new());
    }
}
