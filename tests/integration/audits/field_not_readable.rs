use super::{SYSTEM, WHO, audit, evidence, sound, sound_but};
use crate::tree::{field_permissions, object_permissions};

const AUDIT: &str = "field-not-readable";

#[test]
fn a_field_in_no_container_is_hidden() {
    let audited = audit(
        &sound_but(&SYSTEM, &object_permissions("Account", "rce")),
        &WHO,
    );
    let finding = audited
        .findings(AUDIT)
        .into_iter()
        .find(|finding| finding["field"] == "Segment__c")
        .unwrap();
    assert_eq!(finding["salesforce_errors"][0], "INVALID_FIELD");
    let evidence = evidence(finding);
    assert!(evidence.contains("mapping: row 1"), "{evidence}");
    assert!(evidence.contains("[mappings.csv:2]"), "{evidence}");
    assert!(
        evidence.contains("Segment__c.field-meta.xml:2]"),
        "{evidence}"
    );
    assert_eq!(
        finding["fix"]["change"]["edit"], true,
        "the rule writes too"
    );
    assert!(
        audited.findings("field-not-editable").is_empty(),
        "one fault, one finding"
    );
    assert_eq!(audited.verdict("Account", "Segment__c"), "gap");
}

#[test]
fn view_all_fields_reads_what_no_entry_lists() {
    let tree = sound_but(&SYSTEM, &object_permissions("Account", "rcef")).mappings(&[(
        "Account",
        "Segment__c",
        "Always use Salesforce",
    )]);
    audit(&tree, &WHO).is_clean(AUDIT);
}

#[test]
fn modify_all_data_does_not_lift_field_level_security() {
    let system = [&SYSTEM[..], &["ModifyAllData"]].concat();
    let audited = audit(&sound_but(&system, ""), &WHO);
    assert!(!audited.findings(AUDIT).is_empty());
}

#[test]
fn a_standard_field_that_nothing_shows_to_be_governed_is_open() {
    let tree = sound().mappings(&[("Account", "NoSuchStandard", "Always use Salesforce")]);
    let audited = audit(&tree, &WHO);
    audited.is_not_evaluated(AUDIT, "Account.NoSuchStandard");
    assert_eq!(audited.verdict("Account", "NoSuchStandard"), "unknown");
}

#[test]
fn the_sound_tree_is_clean() {
    audit(&sound(), &WHO).is_clean(AUDIT);
}

#[test]
fn a_custom_field_of_a_person_account_follows_the_contacts() {
    let tree = |grants: &str| {
        let all = object_permissions("Account", "rce") + grants;
        sound_but(&SYSTEM, &all)
            .field("Contact", "Tier__c", "Text", "<length>20</length>")
            .mappings(&[("Account", "Tier__pc", "Two-way")])
    };
    let hidden = audit(&tree(""), &WHO);
    assert_eq!(hidden.verdict("Account", "Tier__pc"), "gap");
    let change = &hidden.finding(AUDIT)["fix"]["change"];
    assert_eq!(change["object"], "Contact");
    assert_eq!(change["field"], "Tier__c");
    for key in ["Contact.Tier__c", "Account.Tier__pc"] {
        let granted = audit(&tree(&field_permissions(key, "re")), &WHO);
        assert_eq!(granted.verdict("Account", "Tier__pc"), "ok", "{key}");
    }
}
