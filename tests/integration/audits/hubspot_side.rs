//! The audits that read HubSpot's facts beside an org: properties against mappings and fields. Those of the token are tried
//! in `hubspot/`, against the simulated HubSpot.

use serde_json::{Value, json};

use super::{Audited, WHO, audit, audit_live};
use crate::saved::live_org;

fn org(rows: Value) -> Value {
    let mut org = live_org();
    org["hubspot"] = json!({
        "properties": {"companies": {"status": "read", "rows": rows}},
        "users": {"status": "read"}, "admin_changes": {"status": "read"},
    });
    org
}

fn with(property: Value) -> Audited {
    audit_live(&org(json!([property])))
}

fn text() -> Value {
    json!({"name": "property_0", "type": "string", "field_type": "text"})
}

#[test]
fn a_property_that_fits_is_clean() {
    let audited = with(text());
    for id in [
        "hubspot-property-missing",
        "hubspot-property-not-writable",
        "type-mismatch",
    ] {
        audited.is_clean(id);
    }
}

#[test]
fn an_archived_and_an_unknown_property() {
    let mut archived = text();
    archived["archived"] = true.into();
    let audited = with(archived);
    assert!(
        audited.finding("hubspot-property-missing")["title"]
            .as_str()
            .unwrap()
            .contains("is archived")
    );
    let mut other = text();
    other["name"] = "another".into();
    let audited = with(other);
    let finding = audited.finding("hubspot-property-missing");
    assert!(
        finding["title"]
            .as_str()
            .unwrap()
            .contains("no property companies property_0")
    );
    assert_eq!(finding["mapping"]["row"], 1);
}

#[test]
fn a_calculated_and_a_read_only_property() {
    for key in ["calculated", "read_only_value"] {
        let mut property = text();
        property[key] = true.into();
        with(property).finding("hubspot-property-not-writable");
    }
    let mut writable = text();
    writable["read_only_value"] = false.into();
    with(writable).is_clean("hubspot-property-not-writable");
}

#[test]
fn only_pairs_that_hubspots_table_settles_are_reported() {
    let id = "type-mismatch";
    let pair = |data: &str, entry: &str, field: &str| {
        let mut org = org(json!([{"name": "property_0", "type": data, "field_type": entry}]));
        org["objects"]["Account"]["fields"]["Segment__c"]["field_type"] = field.into();
        audit_live(&org).findings(id).len()
    };
    for (data, entry, field) in [
        ("bool", "booleancheckbox", "date"),
        ("date", "date", "checkbox"),
        ("number", "number", "picklist"),
        ("enumeration", "select", "number"),
    ] {
        assert_eq!(pair(data, entry, field), 1, "{data} {field}");
    }
    for (data, entry, field) in [
        ("bool", "booleancheckbox", "checkbox"),
        ("enumeration", "radio", "lookup"),
        ("date", "date", "date_time"),
        ("number", "number", "currency"),
        ("string", "text", "picklist"),
        ("string", "html", "checkbox"),
        ("number", "number", "text"),
        ("string", "text", "email"),
    ] {
        assert_eq!(pair(data, entry, field), 0, "{data} {field}");
    }
}

#[test]
fn without_hubspots_facts_none_of_them_is_evaluated() {
    let audited = audit(&super::sound(), &WHO);
    for id in [
        "hubspot-property-missing",
        "hubspot-property-not-writable",
        "type-mismatch",
        "hubspot-token-invalid",
        "hubspot-scope-missing",
        "hubspot-scope-unused",
        "super-admin-left-over",
    ] {
        audited.is_not_evaluated(id, "");
    }
    let mut refused = org(json!([]));
    refused["hubspot"]["properties"]["companies"] =
        json!({"status": "refused", "reason": "the properties of companies were not read: 403"});
    audit_live(&refused).is_not_evaluated("hubspot-property-missing", "properties of companies");
}

#[test]
fn a_custom_property_of_hubspot_users_cannot_be_mapped() {
    let mut property = json!({"name": "property_0", "type": "enumeration", "field_type": "select", "referenced_object_type": "OWNER"});
    with(property.clone()).is_clean("type-mismatch");
    property["hubspot_defined"] = false.into();
    let audited = with(property);
    assert!(
        audited.finding("type-mismatch")["detail"]
            .as_str()
            .unwrap()
            .contains("cannot map")
    );
}

#[test]
fn options_of_a_property_are_held_against_a_restricted_picklist() {
    let id = "picklist-value-rejected";
    let judged = |property: Value| {
        let mut org = org(json!([property]));
        let field = &mut org["objects"]["Account"]["fields"]["Segment__c"];
        field["field_type"] = json!("picklist");
        field["restricted"] = json!(true);
        field["values"] =
            json!([{"value": "Retail", "active": true}, {"value": "Dealer", "active": true}]);
        audit_live(&org)
    };
    let property = |options: Value| json!({"name": "property_0", "type": "enumeration", "field_type": "select", "options": options});
    judged(property(json!(["Retail", "dealer"]))).is_clean(id);
    let audited = judged(property(json!(["Retail", "Wholesale"])));
    let finding = audited.finding(id);
    assert_eq!(
        finding["title"],
        "Account.Segment__c does not take `Wholesale`"
    );
    assert_eq!(finding["confidence"], "likely");
    assert!(super::evidence(finding).contains("options `Wholesale` of companies property_0"));
    for other in [property(json!([])), text(), {
        let mut external = property(json!(["Wholesale"]));
        external["external_options"] = true.into();
        external
    }] {
        judged(other).is_not_evaluated(id, "Account.Segment__c");
    }
}
