use serde_json::{Value, json};

use super::{WHO, audit, audit_live, audit_snapshot, sound};
use crate::saved::{live_org, saved};

const AUDIT: &str = "new-field-without-access";

fn org_with_new_field() -> Value {
    let mut org = live_org();
    org["objects"]["Account"]["fields"]["Tier__c"] = json!({
        "name": "Tier__c", "field_type": "text", "permissionable": true, "created_at": "2026-10-15T00:00:00Z",
    });
    org
}

#[test]
fn a_new_field_that_nobody_granted() {
    let audited = audit_live(&org_with_new_field());
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["field"], "Tier__c");
    assert_eq!(finding["severity"], "low");
    assert_eq!(finding["fix"]["change"]["edit"], false);
}

#[test]
fn an_old_field_a_granted_one_and_a_mapped_one_are_not_reported() {
    audit_live(&live_org()).is_clean(AUDIT);
    let mut granted = org_with_new_field();
    granted["permission_sets"]["Sync"]["field_permissions"]["Account"]
        .as_array_mut()
        .unwrap()
        .push(json!({"field": "Tier__c", "read": true, "edit": false}));
    audit_live(&granted).is_clean(AUDIT);
    let mapped = saved(&org_with_new_field()).mappings(&[("Account", "Tier__c", "Two-way")]);
    let audited = audit_snapshot(&mapped, "org.json", &[]);
    audited.is_clean(AUDIT);
    assert!(!audited.findings("field-not-readable").is_empty());
}

#[test]
fn the_date_can_be_given() {
    let tree = saved(&org_with_new_field());
    audit_snapshot(&tree, "org.json", &["--fields-since", "2026-10-20"]).is_clean(AUDIT);
    let audited = audit_snapshot(&tree, "org.json", &["--fields-since", "2026-10-15"]);
    audited.finding(AUDIT);
}

#[test]
fn a_source_without_creation_dates_cannot_tell() {
    audit(&sound(), &WHO).is_not_evaluated(AUDIT, "when fields were made");
    let mut org = live_org();
    let field = org["objects"]["Account"]["fields"]["Segment__c"].as_object_mut();
    field.unwrap().remove("created_at");
    audit_live(&org).is_not_evaluated(AUDIT, "fields of Account were made");
}
