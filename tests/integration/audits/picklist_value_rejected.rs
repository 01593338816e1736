use serde_json::{Value, json};

use super::{Audited, WHO, audit, audit_snapshot, evidence, sound};
use crate::saved::live_org;

const AUDIT: &str = "picklist-value-rejected";

fn with_picklist() -> Value {
    let mut org = live_org();
    let field = &mut org["objects"]["Account"]["fields"]["Segment__c"];
    field["field_type"] = json!("picklist");
    field["restricted"] = json!(true);
    field["values"] =
        json!([{"value": "Retail", "active": true}, {"value": "Fleet", "active": false}]);
    org
}

fn run(org: &Value, settings: &str) -> Audited {
    let tree = crate::saved::saved(org).file("permgap.toml", settings);
    audit_snapshot(&tree, "org.json", &["--now", "2026-11-02T00:00:00Z"])
}

fn writes(values: &str) -> String {
    format!("[[sync.picklist]]\nobject = 'Account'\nfield = 'Segment__c'\nvalues = [{values}]\n")
}

#[test]
fn values_that_are_missing_or_inactive_are_refused() {
    let audited = run(&with_picklist(), &writes("'retail', 'Fleet', 'Wholesale'"));
    let finding = audited.finding(AUDIT);
    assert_eq!(
        finding["title"],
        "Account.Segment__c does not take `Fleet`, `Wholesale`"
    );
    assert_eq!(finding["type"], 10);
    assert!(evidence(finding).contains("the active values of Account.Segment__c are `Retail`"));
    run(&with_picklist(), &writes("'Retail'")).is_clean(AUDIT);
}

#[test]
fn an_unrestricted_picklist_takes_anything() {
    let mut org = with_picklist();
    org["objects"]["Account"]["fields"]["Segment__c"]["restricted"] = json!(false);
    run(&org, &writes("'Wholesale'")).is_clean(AUDIT);
}

#[test]
fn a_record_type_leaves_fewer_values() {
    let mut org = with_picklist();
    org["objects"]["Account"]["record_types"] = json!({"Business": {"name": "Business", "active": true, "picklist_values": {"Segment__c": ["Dealer"]}}});
    let settings = writes("'Retail'") + "record-type = 'Business'\n";
    let audited = run(&org, &settings);
    assert_eq!(
        audited.finding(AUDIT)["title"],
        "Record type Business does not take `Retail` in Account.Segment__c"
    );
    org["objects"]["Account"]["record_types"]["Business"]["picklist_values"] =
        json!({"Segment__c": ["Retail"]});
    run(&org, &settings).is_clean(AUDIT);
    org["objects"]["Account"]["record_types"]["Business"]["picklist_values"] = json!({});
    run(&org, &settings).is_not_evaluated(AUDIT, "record type Business leaves was not read");
}

#[test]
fn what_is_not_declared_or_depends_cannot_be_told() {
    run(&with_picklist(), "").is_not_evaluated(AUDIT, "[[sync.picklist]]");
    let mut org = with_picklist();
    org["objects"]["Account"]["fields"]["Segment__c"]["controlling_field"] = json!("Region__c");
    run(&org, &writes("'Retail'")).is_not_evaluated(AUDIT, "depends on Region__c");
}

#[test]
fn what_was_not_read_of_a_field_leaves_open_whether_it_is_restricted() {
    let mut org = with_picklist();
    org["objects"]["Account"]["fields"]["Segment__c"]
        .as_object_mut()
        .unwrap()
        .remove("restricted");
    run(&org, "").is_clean(AUDIT);
    org["coverage"]["fields"] = json!({"status": "partial", "reason": "the describe was cut off"});
    run(&org, "").is_not_evaluated(AUDIT, "only the values of its list was not read");
}

#[test]
fn state_and_country_codes_are_restricted() {
    let mut org = live_org();
    org["objects"]["Account"]["fields"]["BillingCountryCode"] = json!({"name": "BillingCountryCode", "field_type": "picklist",
        "values": [{"value": "DE", "active": true}]});
    org["objects"]["Account"]["fields"]["BillingCountry"] =
        json!({"name": "BillingCountry", "field_type": "text"});
    let writes = |field: &str, value: &str| {
        format!("[[sync.picklist]]\nobject = 'Account'\nfield = '{field}'\nvalues = ['{value}']\n")
    };
    assert_eq!(
        run(&org, &writes("BillingCountryCode", "GER")).finding(AUDIT)["field"],
        "BillingCountryCode"
    );
    run(&org, &writes("BillingCountryCode", "DE")).is_clean(AUDIT);
    run(&org, &writes("BillingCountry", "Germany"))
        .is_not_evaluated(AUDIT, "state and country picklists are on");
}

#[test]
fn a_tree_tells_as_well() {
    let values = "<valueSet><restricted>true</restricted><valueSetDefinition><value><fullName>Small</fullName></value></valueSetDefinition></valueSet>";
    let tree = sound()
        .field("Account", "Segment__c", "Picklist", values)
        .file("permgap.toml", writes("'Large'"));
    assert_eq!(audit(&tree, &WHO).finding(AUDIT)["field"], "Segment__c");
}
