//! `owner-inactive`, `owner-unmatched` and `owner-not-assignable`.

use serde_json::{Value, json};

use super::records_not_visible::shared;
use super::{Audited, WHO, audit, audit_live, audit_snapshot, evidence, sound};

const OWNERS: &str = "email,name,archived\nAnn@x.example,Ann,false\nold@x.example,Old,true\n";

fn with_people(people: Value) -> Value {
    let mut org = shared("ReadWrite");
    org["people"] = people;
    org["emails_looked_up"] = json!(["ann@x.example", "old@x.example"]);
    org["ownership"] = json!({"Account": {"complete": true, "records": {"005000000000011AAA": 400}},
        "Task": {"complete": true, "records": {}}});
    org
}

fn ann(active: bool) -> Value {
    json!({"id": "005000000000011AAA", "username": "ann@org.example", "email": "ann@X.example", "is_active": active,
        "user_type": "Standard", "license": "Salesforce"})
}

fn with_owners(org: &Value) -> Audited {
    let tree = crate::saved::saved(org).file("owners.csv", OWNERS);
    audit_snapshot(
        &tree,
        "org.json",
        &[
            "--now",
            "2026-11-02T00:00:00Z",
            "--hubspot-owners",
            "owners.csv",
        ],
    )
}

#[test]
fn inactive_owner_with_open_records() {
    let mut org = with_people(json!([ann(false)]));
    let audited = audit_live(&org);
    let finding = audited.finding("owner-inactive");
    assert_eq!(
        finding["title"],
        "400 Account records belong to 1 user who is not active"
    );
    assert!(evidence(finding).contains("ann@org.example is not active and owns 400"));
    assert_eq!(
        with_owners(&org).findings("owner-inactive").len(),
        2,
        "HubSpot would assign to her too"
    );
    audit_live(&with_people(json!([ann(true)]))).is_clean("owner-inactive");
    org["profiles"]["HubSpot"]["user_permissions"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "UpdateWithInactiveOwner", "enabled": true}));
    audit_live(&org).is_clean("owner-inactive");
}

#[test]
fn owners_that_were_not_counted_cannot_be_told() {
    audit_live(&shared("ReadWrite"))
        .is_not_evaluated("owner-inactive", "who owns Account records was not read");
    audit(&sound(), &WHO).is_not_evaluated("owner-inactive", "Account");
}

#[test]
fn a_hubspot_owner_needs_a_user_of_the_same_address() {
    let audited = with_owners(&with_people(json!([])));
    let finding = audited.finding("owner-unmatched");
    assert_eq!(
        finding["title"],
        "HubSpot owner ann@x.example has no Salesforce user of that address"
    );
    with_owners(&with_people(json!([ann(true)]))).is_clean("owner-unmatched");
    audit_live(&with_people(json!([]))).is_not_evaluated("owner-unmatched", "--hubspot-owners");
    let mut org = with_people(json!([]));
    org["emails_looked_up"] = json!([]);
    with_owners(&org).is_not_evaluated("owner-unmatched", "was not asked");
}

#[test]
fn an_owners_file_that_is_none_stops_the_run() {
    let tree = crate::saved::saved(&shared("ReadWrite")).file("owners.csv", "name\nAnn\n");
    let run = crate::runner::permgap(
        tree.path(),
        &[
            "audit",
            "--snapshot",
            "org.json",
            "--hubspot-owners",
            "owners.csv",
        ],
    );
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("owners.csv:1: no column `email`"),
        "{}",
        run.stderr
    );
}

/// The owner mapped two-way.
fn owner_mapped(org: &Value) -> Audited {
    let tree = crate::saved::saved(org).mappings(&[("Account", "OwnerId", "Two-way")]);
    audit_snapshot(&tree, "org.json", &["--now", "2026-11-02T00:00:00Z"])
}

fn with_owner_field(default: &str) -> Value {
    let mut org = shared(default);
    org["objects"]["Account"]["fields"]["OwnerId"] = json!({"name": "OwnerId", "field_type": "lookup", "permissionable": false,
        "createable": true, "updateable": true, "reference_to": ["User"]});
    org["objects"]["User"] = json!({"name": "User", "sharing_model": "Read"});
    org
}

#[test]
fn a_mapped_owner_takes_transfer_record() {
    let mut org = with_owner_field("ReadWrite");
    let audited = owner_mapped(&org);
    let finding = audited.finding("owner-not-assignable");
    assert_eq!(finding["confidence"], "likely");
    assert_eq!(finding["fix"]["change"]["name"], "TransferAnyEntity");
    // Whoever is above the owner may give the record away.
    org["users"][0]["role_id"] = json!("00E000000000001AAA");
    assert_eq!(
        owner_mapped(&org).finding("owner-not-assignable")["confidence"],
        "possible"
    );
    for permission in ["TransferAnyEntity", "ModifyAllData"] {
        let mut org = with_owner_field("ReadWrite");
        org["profiles"]["HubSpot"]["user_permissions"]
            .as_array_mut()
            .unwrap()
            .push(json!({"name": permission, "enabled": true}));
        owner_mapped(&org).is_clean("owner-not-assignable");
    }
    owner_mapped(&with_owner_field("ReadWriteTransfer")).is_clean("owner-not-assignable");
}

#[test]
fn private_users_are_not_seen_without_view_all_users() {
    let mut org = with_owner_field("ReadWriteTransfer");
    org["objects"]["User"]["sharing_model"] = json!("Private");
    assert_eq!(
        owner_mapped(&org).finding("owner-not-assignable")["object"],
        "User"
    );
    org["profiles"]["HubSpot"]["user_permissions"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "ViewAllUsers", "enabled": true}));
    owner_mapped(&org).is_clean("owner-not-assignable");
    org["objects"].as_object_mut().unwrap().remove("User");
    owner_mapped(&org).is_not_evaluated("owner-not-assignable", "org-wide default of User");
}

#[test]
fn queue_of_another_object() {
    let settings = "[[sync.queue]]\nobject = 'Account'\nname = 'Inbound'\n";
    let mut org = shared("ReadWrite");
    org["queues"] =
        json!([{"id": "00G000000000001AAA", "developer_name": "Inbound", "objects": ["Lead"]}]);
    let run = |org: &Value| {
        let tree = crate::saved::saved(org).file("permgap.toml", settings);
        audit_snapshot(&tree, "org.json", &["--now", "2026-11-02T00:00:00Z"])
    };
    let audited = run(&org);
    let finding = audited.finding("owner-not-assignable");
    assert_eq!(finding["title"], "Queue Inbound cannot own Account records");
    assert!(evidence(finding).contains("queue Inbound supports Lead"));
    org["queues"][0]["objects"] = json!(["Account", "Lead"]);
    run(&org).is_clean("owner-not-assignable");
    org["queues"] = json!([]);
    org["coverage"]["owners"] = json!({"status": "refused"});
    run(&org).is_not_evaluated("owner-not-assignable", "Inbound");
}

#[test]
fn an_owner_without_a_licence_for_the_object() {
    let mut person = ann(true);
    person["license"] = json!("Chatter Free");
    let mut org = with_people(json!([person]));
    org["objects"]["User"] = json!({"name": "User", "sharing_model": "Read"});
    let audited = with_owners(&org);
    let finding = audited.finding("owner-not-assignable");
    assert_eq!(finding["severity"], "medium");
    assert!(
        finding["title"]
            .as_str()
            .unwrap()
            .contains("cannot own Account")
    );
    org["people"][0]["license"] = json!("Salesforce");
    with_owners(&org).is_clean("owner-not-assignable");
}
