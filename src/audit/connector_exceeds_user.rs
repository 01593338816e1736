//! `connector-exceeds-user`: a connector's key lets a person do what the person may not.

use std::collections::{BTreeMap, BTreeSet};

use super::{AuditMeta, Facts, Outcome};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Fix, Safety, Severity};
use crate::snapshot::CoverageStatus;
use crate::snapshot::hubspot::HubSpotFacts;
use crate::snapshot::hubspot::policy::{Access, Level, Person, Policy, opened_by};

pub(super) static META: AuditMeta = AuditMeta {
    id: "connector-exceeds-user",
    error_type: None,
    title: "A connector lets people do in HubSpot what they may not",
    severity: Severity::Medium,
    confidence: Confidence::Certain,
    salesforce_errors: &[],
    hubspot_category: None,
    docs: "\
## What it checks
What the scopes of a key or app open, for everybody who uses it alike, against what each person of the policy file
(`--hubspot-policy`) may do through it, and may do in HubSpot as far as that is declared.
## Why it matters for the sync
It does not break it. A connector or AI tool with one key gives each of its users the rights of the key: somebody who sees only
own deals in HubSpot reads all of them through it.
## What it cannot see
What people may do in HubSpot: its API tells super admins and the names of permission sets only, so `rights` is declared. Tokens that
HubSpot marks as of one user's level may have no more than that user's rights; findings on them are possible and no more.
## How to fix it
Take the scopes that nobody may use from the key. Where one person may what another may not, make a key for each group.
## Example
The assistant's key has `crm.objects.deals.write`, and the service team may only read deals.
",
};

/// What scopes open: an object, how far, and by which scopes.
type Opened<'f> = BTreeMap<(String, Level), Vec<&'f str>>;

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let hubspot = facts.snapshot.hubspot.as_ref();
    let Some((hubspot, policy)) = hubspot.and_then(|hubspot| {
        let policy = hubspot.policy.as_ref()?;
        Some((hubspot, policy))
    }) else {
        outcome.not_known(
            "what people may do through a connector is not declared: name a file with --hubspot-policy, or compare the key's scopes with Settings > Users & Teams by hand",
        );
        return outcome;
    };
    let people: Vec<&Person> = (policy.people.iter())
        .filter(|person| person.may.is_some() || person.rights.is_some())
        .filter(|person| !person.left)
        .collect();
    if people.is_empty() {
        outcome.not_known(format!(
            "{} declares nobody's `may` or `rights`",
            policy.file
        ));
        return outcome;
    }
    let Some(scopes) = scopes(hubspot, policy) else {
        outcome.not_known(
            "the scopes of the connector are not known: HubSpot did not list those of the token; declare them as `scopes` under [connector]",
        );
        return outcome;
    };
    undeclared(hubspot, policy, &mut outcome);
    let mut opened = Opened::new();
    for scope in &scopes {
        if let Some(opens) = opened_by(scope) {
            opened.entry(opens).or_default().push(scope);
        }
    }
    for person in &people {
        for (object, level) in opened.keys() {
            let listed = |map: &Option<BTreeMap<String, Access>>| {
                map.as_ref().map(|map| map.contains_key(object))
            };
            let is_open = listed(&person.may).is_none() && listed(&person.rights) == Some(false);
            if is_open && !object.ends_with("-properties") && !is_super_admin(hubspot, person) {
                outcome.not_known(format!(
                    "whether {} may {} {object} is not declared",
                    called(person),
                    level.as_str()
                ));
            }
        }
        let beyond: Vec<_> = (opened.iter())
            .filter(|((object, level), _)| !may(hubspot, person, object, *level))
            .collect();
        if !beyond.is_empty() {
            let finding = finding(
                hubspot,
                policy,
                person,
                &beyond,
                &keys(hubspot, &people, &opened),
            );
            outcome.find(finding, Vec::new());
        }
    }
    outcome
}

/// The connector's scopes: those declared, or those that HubSpot lists of the token.
fn scopes<'f>(hubspot: &'f HubSpotFacts, policy: &'f Policy) -> Option<Vec<&'f str>> {
    let declared = policy.connector.as_ref().map(|connector| &connector.scopes);
    if let Some(declared) = declared.filter(|scopes| !scopes.is_empty()) {
        return Some(declared.iter().map(String::as_str).collect());
    }
    let granted = hubspot.token.as_ref()?.scopes.as_ref()?;
    Some(granted.iter().map(String::as_str).collect())
}

/// What HubSpot says counts; what a policy wishes stands in where HubSpot's users were not read.
fn is_super_admin(hubspot: &HubSpotFacts, person: &Person) -> bool {
    (hubspot.users.status != CoverageStatus::Read && person.super_admin == Some(true))
        || hubspot
            .users
            .rows
            .iter()
            .any(|user| user.super_admin && user.email.eq_ignore_ascii_case(&person.email))
}

/// Whether a person may do what a scope opens. Whoever sees records sees the definitions of their properties.
fn may(hubspot: &HubSpotFacts, person: &Person, object: &str, level: Level) -> bool {
    let definitions = object.strip_suffix("-properties");
    let within = |access: &Access| access.level >= level && !access.limited;
    let reads = |access: &Access| access.level >= Level::Read;
    let declared = person.may.as_ref().is_none_or(|may| {
        may.get(object).is_some_and(within)
            || (level == Level::Read
                && definitions
                    .and_then(|object| may.get(object))
                    .is_some_and(reads))
    });
    // What is not listed among the rights is not known, and does not count against the person.
    let own = is_super_admin(hubspot, person)
        || person
            .rights
            .as_ref()
            .is_none_or(|rights| rights.get(object).is_none_or(within));
    declared && own
}

/// Says whom of HubSpot's users the policy leaves out, and whom it names that HubSpot does not know.
fn undeclared(hubspot: &HubSpotFacts, policy: &Policy, outcome: &mut Outcome) {
    if hubspot.users.status != CoverageStatus::Read {
        return;
    }
    let users = &hubspot.users.rows;
    let left_out = users
        .iter()
        .filter(|user| policy.person(&user.email).is_none())
        .count();
    if left_out > 0 && policy.person("*").is_none() {
        outcome.not_known(format!(
            "what {left_out} of {} HubSpot users may do through the connector is not declared: name them, or `*` for everybody else",
            users.len()
        ));
    }
    for person in policy
        .people
        .iter()
        .filter(|person| person.may.is_some() && person.email != "*")
    {
        if !users
            .iter()
            .any(|user| user.email.eq_ignore_ascii_case(&person.email))
        {
            outcome.not_known(format!("{} of the policy is no HubSpot user", person.email));
        }
    }
}

/// The smallest keys: for each group of people who may the same, the scopes that they may use.
fn keys<'f>(
    hubspot: &HubSpotFacts,
    people: &[&Person],
    opened: &Opened<'f>,
) -> BTreeMap<BTreeSet<&'f str>, Vec<String>> {
    let mut keys: BTreeMap<BTreeSet<&str>, Vec<String>> = BTreeMap::new();
    for person in people {
        let scopes = (opened.iter())
            .filter(|((object, level), _)| may(hubspot, person, object, *level))
            .flat_map(|(_, scopes)| scopes.iter().copied())
            .collect();
        keys.entry(scopes).or_default().push(called(person));
    }
    keys
}

fn called(person: &Person) -> String {
    match person.email.as_str() {
        "*" => "everybody else".to_owned(),
        email => email.to_owned(),
    }
}

fn finding(
    hubspot: &HubSpotFacts,
    policy: &Policy,
    person: &Person,
    beyond: &[(&(String, Level), &Vec<&str>)],
    keys: &BTreeMap<BTreeSet<&str>, Vec<String>>,
) -> Finding {
    let name = (policy.connector.as_ref()).map_or("the connector", |connector| &connector.name);
    let who = called(person);
    let what: Vec<String> = beyond
        .iter()
        .map(|((object, level), _)| format!("{} {object}", level.as_str()))
        .collect();
    let used: BTreeSet<&str> = keys.keys().flatten().copied().collect();
    let scopes: Vec<&str> = beyond
        .iter()
        .flat_map(|(_, scopes)| scopes.iter().copied())
        .collect();
    let (others, nobodys): (Vec<&str>, Vec<&str>) = scopes
        .iter()
        .copied()
        .partition(|scope| used.contains(scope));
    let summary = if others.is_empty() {
        format!("Take {} from {name}", nobodys.join(", "))
    } else {
        format!("Split {name} into keys of their own")
    };
    let mut fix = Fix::new(Safety::Advice, summary);
    if !nobodys.is_empty() {
        fix = fix.step(format!(
            "Take {} from {name}: nobody of the policy may use it",
            nobodys.join(", ")
        ));
    }
    if !others.is_empty() {
        for (scopes, people) in keys {
            let scopes: Vec<&str> = scopes.iter().copied().collect();
            fix = fix.step(match scopes.is_empty() {
                true => format!("No key for {}", people.join(", ")),
                false => format!("A key for {}: {}", people.join(", "), scopes.join(", ")),
            });
        }
    }
    let writes = beyond.iter().any(|((_, level), _)| *level == Level::Write);
    let mut finding = Finding::new(
        &META,
        format!("{name} lets {who} {}", what.join(", ")),
        fix.setup("HubSpot > Settings > Integrations > Service keys"),
    )
    .severity(if writes { Severity::Medium } else { Severity::Low })
    .detail("A key gives everybody who uses it the same rights, and these are more than the person's own.")
    .subject(format!("{name} {}", person.email))
    .evidence(beyond.iter().map(|((object, level), scopes)| {
        Evidence::new(
            EvidenceKind::Platform,
            format!("{} opens {object} to {}", scopes.join(", "), level.as_str()),
        )
    }))
    .evidence(beyond.iter().map(|((object, _), _)| {
        let told = |map: &Option<BTreeMap<String, Access>>| {
            let map = map.as_ref()?;
            Some(map.get(object.as_str()).map(|access| String::from(*access)))
        };
        // Through the connector only what is listed is allowed; what is not listed of a person's rights is not known.
        let may = told(&person.may).map(|access| access.unwrap_or_else(|| "none".to_owned()));
        let rights = told(&person.rights).flatten();
        let text = match (may, rights) {
            (Some(may), Some(rights)) => format!("{may} through the connector, {rights} in HubSpot"),
            (Some(may), None) => format!("{may} through the connector"),
            (None, Some(rights)) => format!("{rights} in HubSpot"),
            (None, None) => "nothing".to_owned(),
        };
        Evidence::new(
            EvidenceKind::Setting,
            format!("{} declares for {who} on {object}: {text}", policy.file),
        )
    }));
    let user_level = hubspot.token.as_ref().and_then(|token| token.user_level);
    if user_level == Some(true) {
        finding = finding.at_most(Confidence::Possible).evidence([Evidence::new(
            EvidenceKind::Platform,
            "HubSpot marks the token as of user level: calls may have no more than one user's rights",
        )]);
    }
    finding
}
