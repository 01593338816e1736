use serde_json::json;

use super::{WHO, audit, audit_live, sound};
use crate::saved::live_org;

const AUDIT: &str = "licence-limits-grant";

#[test]
fn salesforces_own_no_is_shown_and_leaves_the_row_open() {
    let mut org = live_org();
    org["users"][0]["platform_access"] = json!([{"object": "Account", "read": true, "create": true, "edit": false, "delete": false}]);
    let audited = audit_live(&org);
    let finding = audited.finding(AUDIT);
    assert_eq!(
        finding["title"],
        "Edit on Account is granted, and Salesforce denies it"
    );
    assert_eq!(
        audited.verdict("Account", "Segment__c"),
        "unknown",
        "the two contradict each other"
    );
    assert_eq!(
        audited.report["mappings"][0]["has"]["object"]["edit"],
        json!(null)
    );
}

#[test]
fn salesforces_own_no_on_a_field_is_shown() {
    let mut org = live_org();
    org["users"][0]["platform_access"] =
        json!([{"object": "Account", "field": "Segment__c", "read": true, "edit": false}]);
    let audited = audit_live(&org);
    assert_eq!(audited.finding(AUDIT)["field"], "Segment__c");
    assert_eq!(audited.verdict("Account", "Segment__c"), "unknown");
}

#[test]
fn salesforces_own_yes_against_a_missing_grant_leaves_it_open() {
    let mut org = live_org();
    org["permission_sets"]["Sync"]["field_permissions"] = json!({});
    org["users"][0]["platform_access"] =
        json!([{"object": "Account", "field": "Segment__c", "read": true, "edit": true}]);
    let audited = audit_live(&org);
    assert!(audited.findings("field-not-readable").is_empty());
    assert_eq!(audited.verdict("Account", "Segment__c"), "unknown");
}

#[test]
fn agreement_is_clean() {
    let mut org = live_org();
    org["users"][0]["platform_access"] =
        json!([{"object": "Account", "read": true, "create": true, "edit": true, "delete": false}]);
    let audited = audit_live(&org);
    audited.is_clean(AUDIT);
    assert_eq!(audited.verdict("Account", "Segment__c"), "ok");
}

#[test]
fn an_integration_licence_needs_its_permission_set_licence() {
    let mut org = live_org();
    org["users"][0]["license"] = json!("Salesforce Integration");
    let audited = audit_live(&org);
    let objects: Vec<&str> = audited
        .findings(AUDIT)
        .iter()
        .map(|finding| finding["object"].as_str().unwrap())
        .collect();
    assert_eq!(objects, ["Account", "Task"]);
    assert_eq!(audited.findings(AUDIT)[0]["confidence"], "likely");
    org["users"][0]["permission_set_licenses"] = json!(["SalesforceAPIIntegrationPsl"]);
    audit_live(&org).is_clean(AUDIT);
}

#[test]
fn without_licences_it_cannot_tell() {
    audit(&sound(), &WHO).is_not_evaluated(AUDIT, "licences");
    let mut org = live_org();
    org["coverage"]["licences"] = json!({"status": "refused"});
    audit_live(&org).is_not_evaluated(AUDIT, "licences");
    org["users"][0]["license"] = json!("Salesforce Integration");
    audit_live(&org).is_not_evaluated(AUDIT, "licences");
}
