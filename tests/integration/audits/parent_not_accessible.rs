use serde_json::{Value, json};

use super::records_not_visible::shared;
use super::{Audited, WHO, audit, audit_snapshot, evidence, sound};
use crate::tree::Tree;

const AUDIT: &str = "parent-not-accessible";

fn audit_with(org: &Value, rows: &[(&str, &str, &str)]) -> Audited {
    let tree: Tree = crate::saved::saved(org).mappings(rows);
    audit_snapshot(&tree, "org.json", &["--now", "2026-11-02T00:00:00Z"])
}

/// Accounts with a lookup to showrooms.
fn with_lookup(rights: Value) -> Value {
    let mut org = shared("ReadWrite");
    org["objects"]["Account"]["fields"]["Showroom__c"] = json!({"name": "Showroom__c", "field_type": "lookup",
        "permissionable": false, "createable": true, "updateable": true, "reference_to": ["Showroom__c"]});
    org["objects"]["Showroom__c"] =
        json!({"name": "Showroom__c", "defined": true, "sharing_model": "ReadWrite"});
    org["permission_sets"]["Sync"]["object_permissions"] = json!([
        {"object": "Account", "rights": ["read", "create", "edit"]},
        {"object": "Showroom__c", "rights": rights},
    ]);
    org
}

const ROWS: [(&str, &str, &str); 1] = [("Account", "Showroom__c", "Two-way")];

#[test]
fn a_mapped_lookup_needs_read_on_its_target() {
    let audited = audit_with(&with_lookup(json!([])), &ROWS);
    let finding = audited.finding(AUDIT);
    assert_eq!(
        finding["title"],
        "The user cannot read Showroom__c, which Account.Showroom__c points to"
    );
    assert_eq!(finding["type"], 4);
    assert_eq!(finding["fix"]["change"]["kind"], "grant-object");
    audit_with(&with_lookup(json!(["read"])), &ROWS).is_clean(AUDIT);
    // What only comes from Salesforce needs no access to the target.
    audit_with(
        &with_lookup(json!([])),
        &[("Account", "Showroom__c", "Always use Salesforce")],
    )
    .is_clean(AUDIT);
}

#[test]
fn records_of_a_parent_that_does_not_sync_are_looked_at() {
    let mut org = with_lookup(json!(["read"]));
    org["objects"]["Showroom__c"]["sharing_model"] = json!("Private");
    let audited = audit_with(&org, &ROWS);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "medium");
    assert!(evidence(finding).contains("Private"));
    org["objects"]["Showroom__c"]
        .as_object_mut()
        .unwrap()
        .remove("sharing_model");
    audit_with(&org, &ROWS).is_not_evaluated(AUDIT, "Showroom__c");
}

#[test]
fn fixed_associations_count_where_the_parent_syncs() {
    let mut org = shared("ReadWrite");
    org["objects"]["Opportunity"] = json!({"name": "Opportunity", "defined": true, "fields_complete": true, "sharing_model": "ReadWrite",
        "fields": {"Name": {"name": "Name", "field_type": "text", "permissionable": false, "createable": true, "updateable": true}}});
    org["permission_sets"]["Sync"]["object_permissions"] =
        json!([{"object": "Opportunity", "rights": ["read", "create", "edit"]}]);
    let rows = [
        ("Opportunity", "Name", "Two-way"),
        ("Account", "Segment__c", "Two-way"),
    ];
    let audited = audit_with(&org, &rows);
    let titles: Vec<&str> = (audited.findings(AUDIT).iter())
        .map(|f| f["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        titles,
        [
            "The user cannot read Account, which Opportunity.AccountId points to",
            "The user cannot read Account, which Task.WhatId points to",
        ]
    );
    assert!(
        audit_with(&org, &rows[..1]).findings(AUDIT).is_empty(),
        "accounts do not sync"
    );
}

#[test]
fn a_lookup_without_a_known_target_cannot_be_told() {
    let mut org = with_lookup(json!(["read"]));
    org["objects"]["Account"]["fields"]["Showroom__c"]
        .as_object_mut()
        .unwrap()
        .remove("reference_to");
    audit_with(&org, &ROWS).is_not_evaluated(AUDIT, "points to is not known");
}

#[test]
fn on_a_tree_objects_are_enough() {
    let tree = sound()
        .field(
            "Account",
            "Showroom__c",
            "Lookup",
            "<referenceTo>Showroom__c</referenceTo>",
        )
        .mappings(&ROWS);
    assert_eq!(audit(&tree, &WHO).finding(AUDIT)["object"], "Account");
}

#[test]
fn a_target_that_nobody_grants_may_have_no_object_permissions() {
    let hours = sound()
        .field(
            "Account",
            "Hours__c",
            "Lookup",
            "<referenceTo>BusinessHours</referenceTo>",
        )
        .mappings(&[("Account", "Hours__c", "Two-way")]);
    audit(&hours, &WHO).is_not_evaluated(AUDIT, "Read on BusinessHours");
}
