use super::{SYSTEM, WHO, audit, evidence, sound, sound_but, sync_grants};
use crate::tree::{field_permissions, object_permissions};

const AUDIT: &str = "field-not-editable";

fn read_only() -> String {
    object_permissions("Account", "rce")
        + &field_permissions("Account.Segment__c", "r")
        + &field_permissions("Account.Website", "r")
}

#[test]
fn read_only_is_too_little_for_a_rule_that_writes() {
    let audited = audit(&sound_but(&SYSTEM, &read_only()), &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["field"], "Segment__c");
    assert!(
        evidence(finding).contains("grant: permission set Sync grants read"),
        "{}",
        evidence(finding)
    );
    assert_eq!(
        finding["salesforce_errors"][0],
        "INVALID_FIELD_FOR_INSERT_UPDATE"
    );
    assert_eq!(audited.verdict("Account", "Website"), "ok");
}

#[test]
fn an_owner_row_writes_whatever_its_rule_says() {
    let tree = sound_but(&SYSTEM, &object_permissions("Account", "r")).file(
        "mappings.csv",
        "hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule\n\
         companies,hubspot_owner_id,Account,OwnerId,Always use Salesforce\n",
    );
    let audited = audit(&tree, &WHO);
    assert_eq!(
        audited.report["mappings"][0]["needs"],
        serde_json::json!(["read", "edit"])
    );
    assert_eq!(audited.verdict("Account", "OwnerId"), "gap");
}

#[test]
fn a_part_of_an_address_follows_the_compound_field() {
    let tree = |rights| {
        let grants = object_permissions("Account", "rce")
            + &field_permissions("Account.BillingAddress", rights);
        sound_but(&SYSTEM, &grants).mappings(&[("Account", "BillingCity", "Two-way")])
    };
    let audited = audit(&tree("r"), &WHO);
    assert_eq!(
        audited.finding(AUDIT)["fix"]["change"]["field"],
        "BillingAddress"
    );
    audit(&tree("re"), &WHO).is_clean(AUDIT);
}

#[test]
fn required_and_master_detail_fields_follow_the_object() {
    let tree = sound_but(&SYSTEM, &object_permissions("Account", "rce"))
        .field("Account", "Code__c", "Text", "<required>true</required>")
        .field(
            "Account",
            "Parent__c",
            "MasterDetail",
            "<referenceTo>Contact</referenceTo>",
        )
        .mappings(&[
            ("Account", "Code__c", "Two-way"),
            ("Account", "Parent__c", "Two-way"),
        ]);
    let audited = audit(&tree, &WHO);
    audited.is_clean(AUDIT);
    assert_eq!(audited.verdict("Account", "Code__c"), "ok");
    assert_eq!(audited.verdict("Account", "Parent__c"), "ok");
}

#[test]
fn a_broken_field_file_leaves_it_open() {
    let tree = sound_but(&SYSTEM, &object_permissions("Account", "rce")).file(
        "force-app/main/default/objects/Account/fields/Segment__c.field-meta.xml",
        "<CustomField>\n<type>Text",
    );
    let audited = audit(&tree, &WHO);
    audited.is_not_evaluated(AUDIT, "Account.Segment__c");
    let problems = audited.report["problems"].to_string();
    assert!(problems.contains("Segment__c.field-meta.xml"), "{problems}");
}

#[test]
fn the_sound_tree_is_clean() {
    audit(&sound(), &WHO).is_clean(AUDIT);
}

#[test]
fn the_fix_goes_into_no_set_that_the_user_has_only_by_way_of_a_group() {
    let who = [
        "--profile",
        "HubSpot",
        "--permission-set-group",
        "Integration",
    ];
    let tree = sound_but(&SYSTEM, &sync_grants())
        .muting("Quiet", &field_permissions("Account.Segment__c", "e"))
        .group("Integration", &["Sync"], &["Quiet"]);
    let audited = audit(&tree, &who);
    let path = &audited.finding(AUDIT)["fix"]["setup_path"];
    assert!(
        path.as_str().unwrap().contains("a permission set for"),
        "inside the group the muting takes the grant away again: {path}"
    );
}

#[test]
fn a_long_trail_is_cut_and_counted() {
    let mut tree = sound_but(&SYSTEM, &object_permissions("Account", "rce"));
    let mut who: Vec<String> = WHO.map(str::to_owned).to_vec();
    for number in 0..30 {
        let name = format!("Reads_{number}");
        tree = tree.permission_set(&name, &field_permissions("Account.Segment__c", "r"));
        who.extend(["--permission-set".to_owned(), name]);
    }
    let who: Vec<&str> = who.iter().map(String::as_str).collect();
    let evidence = evidence(audit(&tree, &who).finding(AUDIT));
    assert!(evidence.contains("and 10 more entries"), "{evidence}");
}
