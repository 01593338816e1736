//! `broader-than-needed`: the user may do more than the sync needs.

use std::collections::BTreeMap;

use super::prove::list_rights;
use super::{AuditMeta, Facts, Outcome};
use crate::effective::Known;
use crate::finding::{
    Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::snapshot::{Name, ObjectRight, ObjectRights};

pub(super) static META: AuditMeta = AuditMeta {
    id: "broader-than-needed",
    error_type: None,
    title: "The integration user may do more than the sync needs",
    severity: Severity::Low,
    confidence: Confidence::Certain,
    salesforce_errors: &[],
    hubspot_category: None,
    docs: "\
## What it checks
Permissions over all data (Modify All Data, View All Data), system permissions that change the org or its users, Delete where
nothing deletes, and rights to change objects that no mapping touches. It names the smallest set that would do.
## Why it matters for the sync
Whoever gets hold of the sync's session can do what its user can. A mistake in a mapping reaches as far as the user does.
## What it cannot see
What else the user is for, when other tools log in as it. HubSpot asks for more than the sync needs at set-up: such permissions can
be taken away afterwards.
## How to fix it
Take the permission out of the profile or permission set, and grant what the mappings need in a set of its own.
## Example
The integration user has the profile System Administrator.
",
};

/// System permissions that change the org, its users or what they may do, and that no sync of records needs.
const DANGEROUS: &[(&str, &str)] = &[
    ("AssignPermissionSets", "Assign Permission Sets"),
    ("AuthorApex", "Author Apex"),
    ("BulkApiHardDelete", "Bulk API Hard Delete"),
    ("CustomizeApplication", "Customize Application"),
    ("DataExport", "Weekly Data Export"),
    ("ManageInternalUsers", "Manage Internal Users"),
    (
        "ManageProfilesPermissionsets",
        "Manage Profiles and Permission Sets",
    ),
    ("ManageSharing", "Manage Sharing"),
    ("ManageUsers", "Manage Users"),
    (
        "ModifyMetadata",
        "Modify Metadata Through Metadata API Functions",
    ),
    ("ResetPasswords", "Reset User Passwords and Unlock Users"),
];

/// How many objects are named before the rest is counted.
const NAMED: usize = 10;

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    if facts.requirements.objects.is_empty() {
        outcome.not_known("what the sync needs is not known: name mappings with --mappings");
        return outcome;
    }
    let modify = facts.effective.user_permission("ModifyAllData").known;
    for (permission, label, severity, adds) in [
        (
            "ModifyAllData",
            "Modify All Data",
            Severity::Medium,
            "every right on every record of every object, Delete among them",
        ),
        (
            "ViewAllData",
            "View All Data",
            Severity::Low,
            "every record of every object, also of those that never sync",
        ),
    ] {
        // Modify All Data has View All Data in it.
        if permission == "ViewAllData" && modify == Known::Yes {
            continue;
        }
        system(facts, permission, label, severity, adds, &mut outcome);
    }
    for (permission, label) in DANGEROUS {
        let adds = "changes of the org, its users or their rights";
        system(
            facts,
            permission,
            label,
            Severity::Medium,
            adds,
            &mut outcome,
        );
    }
    let changes_read = facts.user.is_some_and(|user| user.changes_read);
    if facts.snapshot.scope.is_some() && !changes_read && modify != Known::Yes {
        outcome.not_known("what the user may change beside the objects that sync was not read");
    }
    if modify != Known::Yes {
        deletes(facts, &mut outcome);
        untouched(facts, &mut outcome);
    }
    outcome
}

fn system(
    facts: &Facts<'_>,
    permission: &str,
    label: &str,
    severity: Severity,
    adds: &str,
    outcome: &mut Outcome,
) {
    let access = facts.effective.user_permission(permission);
    if access.known != Known::Yes {
        // What was not read may hold it, and that is said of the access as a whole.
        return;
    }
    let fix = Fix::new(
        Safety::Advice,
        format!("Take {label} from the integration user"),
    )
    .step(format!(
        "Grant first what the sync needs: {}",
        smallest(facts)
    ))
    .step(format!(
        "Then clear {label} in what grants it, or move the user to a profile without it"
    ))
    .step(format!("Keeping it adds {adds}"))
    .setup("Setup > Profiles, Setup > Permission Sets");
    let finding = Finding::new(
        &META,
        format!("The user has {label}, which the sync does not need"),
        fix,
    )
    .detail(format!("{label} adds {adds}."))
    .severity(severity)
    .operation(Operation::Connect)
    .subject(permission)
    .evidence(facts.trail(&access.trail));
    outcome.find(finding, Vec::new());
}

/// `Account: Read, Create and Edit; Task: Read and Edit`.
fn smallest(facts: &Facts<'_>) -> String {
    let mut parts: Vec<String> = (facts.requirements.objects.keys())
        .take(NAMED)
        .map(|object| format!("{object}: {}", list_rights(&facts.rights_needed(object))))
        .collect();
    let more = facts.requirements.objects.len().saturating_sub(NAMED);
    if more > 0 {
        parts.push(format!("and {more} more objects"));
    }
    format!(
        "{}, with field permissions for the mapped fields",
        parts.join("; ")
    )
}

/// Delete on objects of which HubSpot deletes nothing. Modify All brings Delete with it, and is judged by itself.
fn deletes(facts: &Facts<'_>, outcome: &mut Outcome) {
    for (object, needs) in &facts.requirements.objects {
        let access = facts.object(object);
        let by_switch = access.decided_by.is_some();
        let modify_all = access.right(ObjectRight::ModifyAll) == Known::Yes;
        if needs.delete.is_some() || by_switch || access.right(ObjectRight::Delete) != Known::Yes {
            continue;
        }
        let (title, summary) = if modify_all {
            (
                format!(
                    "The user may delete every {object} record (Modify All), which the sync does not need"
                ),
                format!(
                    "Share {object} records with the user in place of Modify All, where that is enough"
                ),
            )
        } else {
            (
                format!("The user may delete {object} records, which the sync does not need"),
                format!("Clear Delete on {object}"),
            )
        };
        let fix = Fix::new(Safety::Advice, summary)
            .step(format!(
                "Object Settings > {object} > Edit: leave {}, save",
                list_rights(&facts.rights_needed(object))
            ))
            .step("If HubSpot is to delete them, say so under `deletes` in [sync] of permgap.toml")
            .setup(format!(
                "{} > Object Settings > {object}",
                facts.setup_container()
            ));
        let finding = Finding::new(&META, title, fix)
            .detail("A mistake in a HubSpot workflow then removes records from Salesforce.")
            .object(object)
            .operation(Operation::Delete)
            .evidence(facts.trail(&access.trail));
        outcome.find(finding, Vec::new());
    }
}

/// Rights to change objects that nothing in the sync touches.
fn untouched(facts: &Facts<'_>, outcome: &mut Outcome) {
    let changing = [
        ObjectRight::Create,
        ObjectRight::Edit,
        ObjectRight::Delete,
        ObjectRight::ModifyAll,
    ];
    let mut found: BTreeMap<&Name, ObjectRights> = BTreeMap::new();
    let mut evidence: Vec<Evidence> = Vec::new();
    let parents: Vec<Name> = (facts.requirements.objects.keys())
        .filter_map(crate::snapshot::standard::controlling_parent)
        .collect();
    for (container, set) in facts.effective.held_as() {
        let mut count = 0_usize;
        for entry in &set.object_permissions {
            let touched = facts.requirements.objects.contains_key(&entry.object)
                || facts
                    .requirements
                    .any_create
                    .iter()
                    .any(|any| any.objects.contains(&entry.object))
                || parents.contains(&entry.object);
            // A group may mute what its member lists.
            let access = facts.object(&entry.object);
            let rights: ObjectRights = changing
                .into_iter()
                .filter(|right| entry.rights.has(*right))
                .filter(|right| access.right(*right) == Known::Yes)
                .collect();
            if touched || rights == ObjectRights::NONE {
                continue;
            }
            count = count.saturating_add(1);
            let sum = found.entry(&entry.object).or_insert(ObjectRights::NONE);
            *sum = sum.union(rights);
        }
        if count > 0 {
            let objects = if count == 1 { "object" } else { "objects" };
            let text = format!(
                "{container} lets the user change {count} {objects} that no mapping touches"
            );
            evidence.push(
                facts
                    .fact(EvidenceKind::Grant, text, set.at)
                    .container(container.to_string()),
            );
        }
    }
    if found.is_empty() {
        return;
    }
    let mut names: Vec<&str> = found.keys().take(NAMED).map(|name| name.as_str()).collect();
    let more = found.len().saturating_sub(NAMED);
    let rest = format!("and {more} more");
    if more > 0 {
        names.push(&rest);
    }
    let fix = Fix::new(
        Safety::Advice,
        "Take these objects out of the user's permission sets",
    )
    .step(format!("The sync needs {}", smallest(facts)))
    .step(format!(
        "Clear the object permissions of {}",
        names.join(", ")
    ))
    .step(
        "If one of them syncs without a mapping, name it under `objects` in [sync] of permgap.toml",
    )
    .setup(facts.setup_container());
    let objects = match found.len() {
        1 => "1 object that no mapping touches".to_owned(),
        more => format!("{more} objects that no mapping touches"),
    };
    let finding = Finding::new(
        &META,
        format!("The user may change {objects}: {}", names.join(", ")),
        fix,
    )
    .detail("Whoever gets hold of the sync's session can change these as well.")
    .operation(Operation::Edit)
    .subject("untouched-objects")
    .evidence(evidence);
    outcome.find(finding, Vec::new());
}
