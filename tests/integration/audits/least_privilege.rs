//! `broader-than-needed` and `shared-with-people`.

use serde_json::{Value, json};

use super::{WHO, audit, audit_live, evidence, sound, sound_but};
use crate::saved::live_org;
use crate::tree::{object_permissions, user_permissions};

const BROAD: &str = "broader-than-needed";
const SHARED: &str = "shared-with-people";

fn with_permission(name: &str) -> Value {
    let mut org = live_org();
    let enabled = org["profiles"]["HubSpot"]["user_permissions"]
        .as_array_mut()
        .unwrap();
    enabled.push(json!({"name": name, "enabled": true}));
    org
}

#[test]
fn exactly_what_the_sync_needs_is_clean() {
    audit_live(&live_org()).is_clean(BROAD);
    audit(&sound(), &WHO).is_clean(BROAD);
}

#[test]
fn data_and_dangerous_system_permissions_are_graded() {
    for (permission, severity) in [
        ("ModifyAllData", "medium"),
        ("ViewAllData", "low"),
        ("AuthorApex", "medium"),
        ("ManageUsers", "medium"),
    ] {
        let audited = audit_live(&with_permission(permission));
        let finding = audited.finding(BROAD);
        assert_eq!(finding["severity"], severity, "{permission}");
        let steps = finding["fix"]["steps"].to_string();
        assert!(
            steps.contains("Account: Read, Create and Edit; Task: Read, Create and Edit"),
            "{steps}"
        );
        assert_eq!(audited.run.status, 0, "a risk does not fail");
    }
}

#[test]
fn delete_and_objects_that_nothing_touches_are_low() {
    let mut org = live_org();
    org["permission_sets"]["Sync"]["object_permissions"] = json!([
        {"object": "Account", "rights": ["read", "create", "edit", "delete"]},
        {"object": "Case", "rights": ["read", "edit"]},
        {"object": "Product2", "rights": ["read"]},
    ]);
    let audited = audit_live(&org);
    let titles: Vec<&str> = (audited.findings(BROAD).iter())
        .map(|f| f["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        titles,
        [
            "The user may change 1 object that no mapping touches: Case",
            "The user may delete Account records, which the sync does not need",
        ]
    );
    let tree = crate::saved::saved(&org).file(
        "permgap.toml",
        "[sync]\nobjects = ['Case']\ndeletes = ['Account']\n",
    );
    super::audit_snapshot(&tree, "org.json", &["--now", "2026-11-02T00:00:00Z"]).is_clean(BROAD);
}

#[test]
fn without_mappings_what_is_needed_is_not_known() {
    let tree = crate::saved::saved(&live_org());
    let run = crate::runner::permgap(
        tree.path(),
        &["audit", "--snapshot", "org.json", "--format", "json"],
    );
    let audits = run.json()["audits"].clone();
    let outcome = audits
        .as_array()
        .unwrap()
        .iter()
        .find(|outcome| outcome["audit"] == BROAD)
        .unwrap();
    assert_eq!(outcome["outcome"], "not_evaluated");
}

#[test]
fn a_tree_tells_what_its_files_grant() {
    let grants = super::sync_grants() + &object_permissions("Case", "re");
    let tree = sound_but(&super::SYSTEM, &grants);
    assert!(
        evidence(audit(&tree, &WHO).finding(BROAD))
            .contains("permission set Sync lets the user change 1 object")
    );
}

/// A user of its own.
fn alone() -> Value {
    let mut org = live_org();
    org["users"][0]["others_with_profile"] = json!(0);
    org["users"][0]["logins"] = json!([{"at": "2026-10-30T08:00:00Z", "kind": "Remote Access 2.0", "application": "HubSpot"}]);
    org
}

#[test]
fn a_profile_and_a_login_of_its_own_are_clean() {
    audit_live(&alone()).is_clean(SHARED);
}

#[test]
fn others_with_the_profile_and_logins_at_a_browser_are_told() {
    let mut org = alone();
    org["users"][0]["others_with_profile"] = json!(3);
    assert_eq!(
        audit_live(&org).finding(SHARED)["title"],
        "3 other active users have the integration user's profile HubSpot"
    );
    let mut org = alone();
    org["users"][0]["logins"]
        .as_array_mut()
        .unwrap()
        .push(json!({"at": "2026-10-29T08:00:00Z", "kind": "Application"}));
    let audited = audit_live(&org);
    assert_eq!(audited.finding(SHARED)["severity"], "medium");
    assert!(evidence(audited.finding(SHARED)).contains("1 of the last 2 logins"));
}

#[test]
fn the_standard_profile_of_administrators_is_told_by_either_name() {
    for name in ["System Administrator", "Admin"] {
        let tree = sound().profile(name, &user_permissions(&super::SYSTEM));
        let audited = audit(&tree, &["--profile", name, "--permission-set", "Sync"]);
        assert_eq!(audited.finding(SHARED)["severity"], "medium");
    }
}

#[test]
fn what_was_not_read_is_said() {
    audit_live(&live_org()).is_not_evaluated(SHARED, "was not read");
    audit(&sound(), &WHO).is_not_evaluated(SHARED, "without users");
}
