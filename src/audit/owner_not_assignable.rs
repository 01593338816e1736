//! `owner-not-assignable`: the integration user may not make somebody the owner of a record.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::Known;
use crate::finding::{
    Change, Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::sharing::OrgWideDefault;
use crate::snapshot::{Area, Name, ObjectRight};

pub(super) static META: AuditMeta = AuditMeta {
    id: "owner-not-assignable",
    error_type: Some(5),
    title: "The integration user cannot make somebody the owner of a record",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &[
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INVALID_CROSS_REFERENCE_KEY",
        "TRANSFER_REQUIRES_READ",
        "OP_WITH_INVALID_USER_TYPE_EXCEPTION",
        "INVALID_OPERATION",
    ],
    hubspot_category: Some("Owner"),
    docs: "\
## What it checks
Where the owner is mapped: the permission to transfer records, and that the integration user sees other users (org-wide default of
User, View All Users). For each queue that `[[sync.queue]]` names: that it exists and supports the object. For HubSpot's owners
(`--hubspot-owners`): that their Salesforce users have a licence which includes the objects that sync.
## Why it matters for the sync
Salesforce refuses the new owner, and with it everything else of the record.
## What it cannot see
Whether a single owner has Read on the object: only what the licence rules out.
## How to fix it
Grant Transfer Record and View All Users; add the object to the queue; give the owner another licence.
## Example
The owner is mapped two-way, and the user has neither Transfer Record nor Modify All.
",
};

/// Licences without CRM records (Salesforce Help, \"User Licenses\").
const WITHOUT_CRM: [&str; 6] = [
    "Chatter Free",
    "Chatter External",
    "Chatter Only",
    "Identity",
    "External Identity",
    "Guest User License",
];

/// What platform licences leave out (Salesforce Help, \"User Licenses\": no leads, opportunities and campaigns).
const NOT_ON_PLATFORM: [&str; 4] = ["Lead", "Opportunity", "Campaign", "Quote"];

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut owner_mapped = false;
    for needed in facts.needed_fields() {
        if needed.field.is("OwnerId") && !needed.writing.is_empty() {
            owner_mapped = true;
            transfer(facts, needed.object, needed.writing, &mut outcome);
        }
    }
    if owner_mapped || facts.hubspot_owners.is_some() {
        users_visible(facts, &mut outcome);
    }
    for used in &facts.requirements.queues {
        queue(facts, &used.object, &used.name, &mut outcome);
    }
    licences(facts, &mut outcome);
    outcome
}

/// Giving a record to another owner takes Transfer Record, Modify All, an org-wide default that includes it, or ownership.
fn transfer(facts: &Facts<'_>, object: &Name, writing: &[usize], outcome: &mut Outcome) {
    let access = facts.object(object);
    if access.right(ObjectRight::Edit) == Known::No {
        return;
    }
    let own = match object.as_str().to_ascii_lowercase().as_str() {
        "lead" => ("TransferAnyLead", "Transfer Leads"),
        "case" => ("TransferAnyCase", "Transfer Cases"),
        _ => ("TransferAnyEntity", "Transfer Record"),
    };
    let may = access
        .right(ObjectRight::ModifyAll)
        .or(facts.has_any(&["TransferAnyEntity", own.0]));
    let open = matches!(
        facts.sharing().org_wide_default(object),
        Some(OrgWideDefault::ReadWriteTransfer | OrgWideDefault::FullAccess)
    );
    if may == Known::Yes || open {
        return;
    }
    if may == Known::Unknown {
        outcome.not_known(format!(
            "whether the user may transfer {object} records is not known"
        ));
        return;
    }
    let trail = facts.effective.user_permission(own.0).trail;
    let fix = Fix::new(
        Safety::Unsafe,
        format!("Enable {} for the integration user", own.1),
    )
    .step("Open a permission set that is assigned to the integration user")
    .step(format!("System Permissions > Edit: select {}, save", own.1))
    .setup(format!("{} > System Permissions", facts.setup_container()))
    .change(Change::GrantUserPermission {
        name: own.0.into(),
        requires: Vec::new(),
    });
    let above = facts.user.is_none_or(|user| user.role_id.is_some());
    let finding = Finding::new(
        &META,
        format!("The user cannot give {object} records to another owner"),
        fix,
    )
    .detail("The owner is mapped, and Salesforce refuses a new owner of a record that the user does not own.")
    .object(object)
    .field(&Name::new("OwnerId"))
    .operation(Operation::Assign)
    .subject("transfer")
    // An owner, and who is above it in the role hierarchy, may give the record away.
    .at_most(if above { Confidence::Possible } else { Confidence::Likely })
    .evidence(facts.rows_in_short(writing))
    .evidence([Evidence::new(
        EvidenceKind::Platform,
        format!("changing the owner takes {}, Modify All on {object}, or the record's own owner", own.1),
    )])
    .evidence(facts.no_grant(own.1, "it", &trail));
    let finding = facts.unless_profile_is_silent_on(finding, own.0);
    outcome.find(finding, writing.to_vec());
}

/// A new owner must be one that the integration user can read (Object Reference, User).
fn users_visible(facts: &Facts<'_>, outcome: &mut Outcome) {
    let user = Name::new("User");
    match facts.sharing().org_wide_default(&user) {
        Some(default) if default != OrgWideDefault::Private => return,
        Some(_) => {}
        None => {
            outcome.not_known("the org-wide default of User was not read");
            return;
        }
    }
    match facts.has_any(&[
        "ViewAllUsers",
        "ManageUsers",
        "ViewAllData",
        "ModifyAllData",
    ]) {
        Known::Yes => {}
        Known::Unknown => outcome.not_known("whether the user has View All Users is not known"),
        Known::No => {
            let fix = Fix::new(
                Safety::Unsafe,
                "Enable View All Users for the integration user",
            )
            .step("Open a permission set that is assigned to the integration user")
            .step("System Permissions > Edit: select View All Users, save")
            .setup(format!("{} > System Permissions", facts.setup_container()))
            .change(Change::GrantUserPermission {
                name: "ViewAllUsers".into(),
                requires: Vec::new(),
            });
            let at = facts
                .snapshot
                .objects
                .get(&user)
                .and_then(|object| object.at);
            let finding = Finding::new(
                &META,
                "The user cannot see the users who own records",
                fix,
            )
            .detail("HubSpot finds no user by address, and Salesforce refuses an owner that the integration user cannot read.")
            .object(&user)
            .operation(Operation::Assign)
            .subject("user-sharing")
            .at_most(Confidence::Likely)
            .evidence([facts.fact(
                EvidenceKind::Definition,
                "the org-wide default of User is Private",
                at,
            )])
            .evidence(facts.no_grant("View All Users", "it", &[]));
            outcome.find(finding, Vec::new());
        }
    }
}

/// A queue owns records of the objects that it supports, and no others (Object Reference, QueueSobject).
fn queue(facts: &Facts<'_>, object: &Name, name: &Name, outcome: &mut Outcome) {
    let found =
        (facts.snapshot.queues.iter()).find(|queue| queue.developer_name.as_ref() == Some(name));
    if found.is_some_and(|queue| queue.objects.contains(object)) {
        return;
    }
    if !facts.snapshot.coverage.is_read(Area::Owners) {
        outcome.not_known(format!(
            "whether queue {name} supports {object} was not read"
        ));
        return;
    }
    let (title, text) = match found {
        Some(queue) => (
            format!("Queue {name} cannot own {object} records"),
            format!(
                "queue {name} supports {}",
                queue
                    .objects
                    .iter()
                    .map(Name::as_str)
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        ),
        None => (
            format!("Queue {name} owns no object that syncs"),
            format!("no queue {name} supports an object that was looked at"),
        ),
    };
    let fix = Fix::new(Safety::Advice, format!("Add {object} to queue {name}"))
        .step(format!(
            "Setup > Queues > {name} > Edit > Supported Objects: add {object}, save"
        ))
        .setup("Setup > Queues");
    let finding = Finding::new(&META, title, fix)
        .detail("Salesforce refuses each record that HubSpot gives to this queue.")
        .object(object)
        .operation(Operation::Assign)
        .subject(name.as_str())
        .evidence([
            Evidence::new(
                EvidenceKind::Setting,
                format!("permgap.toml says that HubSpot gives {object} records to queue {name}"),
            ),
            Evidence::new(EvidenceKind::Platform, text),
        ]);
    outcome.find(finding, Vec::new());
}

/// HubSpot's owners whose licence leaves out what they are to own.
fn licences(facts: &Facts<'_>, outcome: &mut Outcome) {
    for owner in facts.owners_in_use(outcome) {
        let Some(person) = facts.person_by_email(&owner.email) else {
            continue;
        };
        let license = person.license.as_deref().unwrap_or_default();
        let platform =
            license.starts_with("Salesforce Platform") || license.starts_with("Force.com");
        let no_crm = WITHOUT_CRM
            .iter()
            .any(|name| license.eq_ignore_ascii_case(name))
            || person
                .user_type
                .as_deref()
                .is_some_and(|kind| !kind.eq_ignore_ascii_case("Standard"));
        let out: Vec<&str> = (facts.owned_objects().into_iter())
            .map(Name::as_str)
            .filter(|object| {
                no_crm
                    || platform
                        && NOT_ON_PLATFORM
                            .iter()
                            .any(|name| name.eq_ignore_ascii_case(object))
            })
            .collect();
        if out.is_empty() {
            continue;
        }
        let fix = Fix::new(
            Safety::Advice,
            format!("Give {} a licence that includes {}", owner.email, out.join(", ")),
        )
        .step("Setup > Users: give the user a Salesforce licence, or give its HubSpot records to another owner")
        .setup("Setup > Users");
        let finding = Finding::new(
            &META,
            format!(
                "The Salesforce user of HubSpot owner {} cannot own {}",
                owner.email,
                out.join(", ")
            ),
            fix,
        )
        .detail("Salesforce refuses an owner who has no access to the object.")
        .severity(Severity::Medium)
        .operation(Operation::Assign)
        .subject(owner.email.as_str())
        .at_most(Confidence::Likely)
        .evidence([Evidence::new(
            EvidenceKind::Platform,
            format!(
                "user {} has the licence {} and is of type {}",
                person.username.as_deref().unwrap_or(&person.id),
                if license.is_empty() {
                    "(not told)"
                } else {
                    license
                },
                person.user_type.as_deref().unwrap_or("(not told)")
            ),
        )]);
        outcome.find(finding, Vec::new());
    }
}
