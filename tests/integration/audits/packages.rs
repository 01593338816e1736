//! `package-not-licensed` and `package-access-missing`.

use serde_json::{Value, json};

use super::{Audited, WHO, audit, audit_live, audit_snapshot, evidence, sound};
use crate::saved::live_org;

const LICENCE: &str = "package-not-licensed";
const ACCESS: &str = "package-access-missing";

fn run(org: &Value) -> Audited {
    let tree =
        crate::saved::saved(org).mappings(&[("Account", "SBQQ__Tier__c", "Always use Salesforce")]);
    audit_snapshot(&tree, "org.json", &["--now", "2026-11-02T00:00:00Z"])
}

fn with_package(license: Value) -> Value {
    let mut org = live_org();
    org["coverage"]["packages"] = json!({"status": "read"});
    org["packages"] = json!([{"namespace": "SBQQ", "name": "Salesforce CPQ", "license": license}]);
    org["objects"]["Account"]["fields"]["SBQQ__Tier__c"] = json!({"name": "SBQQ__Tier__c", "field_type": "text", "permissionable": true, "createable": true, "updateable": true});
    org
}

fn held(held: Option<bool>, allowed: i64, status: &str) -> Value {
    json!({"status": status, "allowed": allowed, "used": 3, "held_by_user": held})
}

#[test]
fn a_licence_that_the_user_does_not_have() {
    let audited = run(&with_package(held(Some(false), 5, "Active")));
    let finding = audited.finding(LICENCE);
    assert_eq!(
        finding["title"],
        "The user has no licence for Salesforce CPQ (SBQQ)"
    );
    assert_eq!(finding["type"], 12);
    run(&with_package(held(Some(true), 5, "Active"))).is_clean(LICENCE);
    run(&with_package(held(Some(false), -1, "Active"))).is_clean(LICENCE);
    run(&with_package(Value::Null)).is_clean(LICENCE);
    run(&with_package(held(None, 5, "Active"))).is_not_evaluated(LICENCE, "is not known");
}

#[test]
fn expired_licence() {
    let audited = run(&with_package(held(Some(true), 5, "Expired")));
    assert_eq!(
        audited.finding(LICENCE)["title"],
        "The licence of Salesforce CPQ (SBQQ) has expired"
    );
}

#[test]
fn nothing_of_a_package_mapped_is_clean_and_packages_not_read_are_said() {
    audit_live(&live_org()).is_clean(LICENCE);
    audit_live(&live_org()).is_clean(ACCESS);
    let mut org = with_package(Value::Null);
    org["packages"] = json!([]);
    org["coverage"]["packages"] = json!({"status": "refused"});
    run(&org).is_not_evaluated(LICENCE, "packages were not fully read");
    audit(&sound(), &WHO).is_clean(LICENCE);
}

#[test]
fn the_packages_own_sets_are_named() {
    let mut org = with_package(Value::Null);
    org["permission_sets"]["SBQQ__SteelBrickCPQUser"] =
        json!({"kind": "permission_set", "name": "SBQQ__SteelBrickCPQUser"});
    let audited = run(&org);
    let finding = audited.finding(ACCESS);
    assert_eq!(
        finding["title"],
        "The user lacks access to Salesforce CPQ (SBQQ): Account.SBQQ__Tier__c"
    );
    assert!(evidence(finding).contains("the user does not have SBQQ__SteelBrickCPQUser"));
    assert_eq!(
        finding["fix"]["change"]["permission_set"],
        "SBQQ__SteelBrickCPQUser"
    );
    let steps = finding["fix"]["steps"].to_string();
    assert!(
        steps.contains("permission set licence Salesforce CPQ"),
        "{steps}"
    );
    org["permission_sets"]["Sync"]["field_permissions"] =
        json!({"Account": [{"field": "SBQQ__Tier__c", "read": true, "edit": false}]});
    run(&org).is_clean(ACCESS);
}

#[test]
fn access_that_was_not_read_cannot_be_told() {
    let mut org = with_package(Value::Null);
    org["coverage"]["permission-sets"] = json!({"status": "refused"});
    run(&org).is_not_evaluated(ACCESS, "Account.SBQQ__Tier__c");
}
