//! `licence-limits-grant`: permissions are granted, and the user's licence takes them away.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::Known;
use crate::finding::{Confidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity};
use crate::snapshot::{Area, Name, ObjectRight, PlatformAccess, Snapshot, User, standard};

pub(super) static META: AuditMeta = AuditMeta {
    id: "licence-limits-grant",
    error_type: Some(7),
    title: "The user's licence takes away what is granted",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["INSUFFICIENT_ACCESS_OR_READONLY", "INVALID_TYPE"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
Salesforce's own answers for the user against what its profile, permission sets and groups grant: where they grant and Salesforce
says no, a licence (or a session) takes it away. And the user's licence, where it is one that is known to leave out objects
that sync: the platform, identity and Chatter licences, and Salesforce Integration without its permission set licence.
## Why it matters for the sync
Every screen of Setup shows the permission as granted, and the record is refused all the same.
## What it cannot see
Which further permissions a licence withholds: Salesforce publishes no complete list. A metadata tree holds no licences.
## How to fix it
Give the integration user a licence that covers the objects, or assign the permission set licence that adds them.
## Example
A Salesforce Integration user without the Salesforce API Integration permission set licence.
",
};

/// Licences that leave out objects (Salesforce Help, user licences), by the start of their name.
const LEAVES_OUT: &[(&str, &[&str])] = &[
    (
        "Salesforce Platform",
        &["Lead", "Opportunity", "Campaign", "CampaignMember", "Quote"],
    ),
    ("Identity", SALES),
    ("Chatter", SALES),
    ("External Identity", SALES),
];

const SALES: &[&str] = &[
    "Account",
    "Contact",
    "Lead",
    "Opportunity",
    "Campaign",
    "Case",
];

/// The licence for integrations grants access to standard objects only with this permission set licence (Salesforce
/// Help, "Give Integration Users API Only Access").
const INTEGRATION: (&str, &str) = ("Salesforce Integration", "SalesforceAPIIntegrationPsl");

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(user) = facts.user else {
        outcome.not_known("the source tells nothing of the user's licences");
        return outcome;
    };
    if user.license.is_none() || !facts.snapshot.coverage.is_read(Area::Licences) {
        outcome.not_known("the user's licences were not read in full");
    }
    for object in facts.requirements.objects.keys() {
        let answer = user
            .platform_access
            .iter()
            .find(|answer| answer.object == *object && answer.field.is_none());
        match answer {
            Some(answer) => contradicted(facts, object, answer, &mut outcome),
            None => left_out(facts, user, object, &mut outcome),
        }
    }
    for answer in user
        .platform_access
        .iter()
        .filter(|answer| answer.field.is_some())
    {
        contradicted_field(facts, answer, &mut outcome);
    }
    outcome
}

/// Salesforce says no where the containers say yes.
fn contradicted(facts: &Facts<'_>, object: &Name, answer: &PlatformAccess, outcome: &mut Outcome) {
    let denied: Vec<&str> = facts
        .needed_rights()
        .filter(|needed| needed.object == object)
        .filter(|needed| facts.object(object).granted(needed.right) == Known::Yes)
        .filter(|needed| answered(answer, needed.right) == Some(false))
        .map(|needed| needed.right.label())
        .collect();
    if denied.is_empty() {
        return;
    }
    let rights = super::prove::join_and(&denied);
    let text = format!("Salesforce itself answers that the user has no {rights} on {object}");
    let finding = Finding::new(
        &META,
        format!("{rights} on {object} is granted, and Salesforce denies it"),
        fix(facts),
    )
    .detail("A licence takes away what the user's permission sets grant.")
    .object(object)
    .operation(Operation::Read)
    .evidence([facts.fact(EvidenceKind::Platform, text, None)])
    .evidence(licence_evidence(facts))
    .evidence(facts.trail(&facts.object(object).trail));
    outcome.find(finding, mappings_of(facts, object));
}

fn contradicted_field(facts: &Facts<'_>, answer: &PlatformAccess, outcome: &mut Outcome) {
    for needed in facts.needed_fields() {
        if needed.object != &answer.object || Some(needed.field) != answer.field.as_ref() {
            continue;
        }
        let access = needed.access;
        let read = access.granted_read == Known::Yes && answer.read == Some(false);
        let edit = !needed.writing.is_empty()
            && access.granted_edit == Known::Yes
            && answer.edit == Some(false);
        let right = match (read, edit) {
            (true, _) => "Read",
            (false, true) => "Edit",
            (false, false) => continue,
        };
        let text = format!(
            "Salesforce itself answers that the user has no {right} on {}",
            needed.label()
        );
        let finding = Finding::new(
            &META,
            format!(
                "{right} on {} is granted, and Salesforce denies it",
                needed.label()
            ),
            fix(facts),
        )
        .detail("A licence takes away what the user's permission sets grant.")
        .object(needed.object)
        .field(needed.field)
        .operation(if read {
            Operation::Read
        } else {
            Operation::Edit
        })
        .evidence([facts.fact(EvidenceKind::Platform, text, None)])
        .evidence(licence_evidence(facts));
        outcome.find(finding, needed.mappings.to_vec());
    }
}

fn answered(answer: &PlatformAccess, right: ObjectRight) -> Option<bool> {
    match right {
        ObjectRight::Read => answer.read,
        ObjectRight::Create => answer.create,
        ObjectRight::Edit => answer.edit,
        ObjectRight::Delete => answer.delete,
        _ => None,
    }
}

/// Without Salesforce's own answer, what is known of the licence by its name.
fn left_out(facts: &Facts<'_>, user: &User, object: &Name, outcome: &mut Outcome) {
    let Some(licence) = user.license.as_deref() else {
        return;
    };
    let read = facts.object(object).right(ObjectRight::Read);
    if read == Known::No {
        return;
    }
    let Some(text) = left_out_by(facts.snapshot, user, object) else {
        return;
    };
    let finding = Finding::new(
        &META,
        format!("The licence {licence} does not cover {object}"),
        fix(facts),
    )
    .detail(format!(
        "Permissions on {object} have no effect for this user."
    ))
    .object(object)
    .operation(Operation::Read)
    .at_most(Confidence::Likely)
    .evidence([facts.fact(EvidenceKind::Platform, text, None)]);
    outcome.find(finding, mappings_of(facts, object));
}

/// How a user's licence leaves out an object, by what is known of the licence's name; none where it is not known to.
pub(crate) fn left_out_by(snapshot: &Snapshot, user: &User, object: &Name) -> Option<String> {
    let licence = user.license.as_deref()?;
    let starts = |prefix: &str| {
        licence
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let by_table = LEAVES_OUT
        .iter()
        .any(|(prefix, objects)| starts(prefix) && objects.iter().any(|name| object.is(name)));
    let (integration, psl) = INTEGRATION;
    // Permission set licences that were not read are not missing.
    let without_psl = snapshot.coverage.is_read(Area::Licences)
        && licence.eq_ignore_ascii_case(integration)
        && standard::is_standard_object(object)
        && !user.permission_set_licenses.iter().any(|held| held.is(psl));
    if without_psl {
        Some(format!(
            "the user has the licence {licence} without the permission set licence {psl}"
        ))
    } else {
        by_table.then(|| format!("the licence {licence} does not cover {object}"))
    }
}

fn licence_evidence(facts: &Facts<'_>) -> Vec<crate::finding::Evidence> {
    let licence = facts.user.and_then(|user| user.license.as_deref());
    licence
        .map(|licence| {
            facts.fact(
                EvidenceKind::Setting,
                format!("the user's licence is {licence}"),
                None,
            )
        })
        .into_iter()
        .collect()
}

fn fix(facts: &Facts<'_>) -> Fix {
    let user = facts
        .user
        .map_or("the integration user", |user| user.username.as_str());
    Fix::new(
        Safety::Advice,
        "Give the integration user a licence that covers what is granted",
    )
    .step(format!(
        "Open the user {user} and look at User License and Permission Set License Assignments"
    ))
    .step(
        "Assign the permission set licence that covers the object, or choose another user licence",
    )
    .setup("Setup > Users > Users")
}

fn mappings_of(facts: &Facts<'_>, object: &Name) -> Vec<usize> {
    facts
        .mappings()
        .filter(|(_, mapping, _)| mapping.object == *object && mapping.row.sync_rule.reads())
        .map(|(index, ..)| index)
        .collect()
}
