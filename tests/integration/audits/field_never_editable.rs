use super::{SYSTEM, WHO, audit, evidence, sound, sound_but};
use crate::tree::{Tree, field_permissions, object_permissions};

const AUDIT: &str = "field-never-editable";

fn tree(rule: &str) -> Tree {
    let grants = object_permissions("Account", "rce") + &field_permissions("Account.Age__c", "re");
    sound_but(&SYSTEM, &grants)
        .field(
            "Account",
            "Age__c",
            "Number",
            "<formula>TODAY() - Founded__c</formula>",
        )
        .mappings(&[("Account", "Age__c", rule)])
}

#[test]
fn a_formula_cannot_be_written_whoever_grants_edit() {
    let audited = audit(&tree("Two-way"), &WHO);
    let finding = audited.finding(AUDIT);
    assert!(
        finding["title"]
            .as_str()
            .unwrap()
            .contains("a formula field")
    );
    assert_eq!(finding["fix"]["change"]["kind"], "change-sync-rule");
    assert!(
        evidence(finding).contains("Age__c.field-meta.xml:"),
        "{}",
        evidence(finding)
    );
    assert_eq!(audited.verdict("Account", "Age__c"), "gap");
}

#[test]
fn reading_a_formula_is_fine() {
    audit(&tree("Always use Salesforce"), &WHO).is_clean(AUDIT);
}

#[test]
fn roll_ups_auto_numbers_and_system_fields_count_too() {
    let grants = object_permissions("X__c", "rce");
    let tree = sound_but(&SYSTEM, &grants)
        .object("X__c", "<nameField><type>AutoNumber</type></nameField>")
        .field("X__c", "Sum__c", "Summary", "")
        .field("X__c", "No__c", "AutoNumber", "")
        .mappings(&[
            ("X__c", "Name", "Two-way"),
            ("X__c", "Sum__c", "Two-way"),
            ("X__c", "No__c", "Two-way"),
            ("X__c", "CreatedDate", "Two-way"),
        ]);
    assert_eq!(audit(&tree, &WHO).findings(AUDIT).len(), 4);
}

#[test]
fn what_salesforce_always_fills_is_never_blank_and_so_never_written() {
    let severity = |field: &str, rule: &str| {
        let tree = sound().mappings(&[("Account", field, rule)]);
        audit(&tree, &WHO).finding(AUDIT)["severity"].clone()
    };
    let blank = "Prefer Salesforce unless blank";
    assert_eq!(severity("CreatedDate", blank), "medium");
    assert_eq!(severity("Id", blank), "medium");
    assert_eq!(severity("CreatedDate", "Two-way"), "high");
    // No activity leaves this one blank.
    assert_eq!(severity("LastActivityDate", blank), "high");
}

#[test]
fn the_name_of_an_object_that_no_file_defines_is_open() {
    let tree = sound_but(&SYSTEM, &object_permissions("X__c", "rce"))
        .mappings(&[("X__c", "Name", "Two-way")]);
    let audited = audit(&tree, &WHO);
    audited.is_not_evaluated(AUDIT, "X__c.Name");
    assert_eq!(audited.verdict("X__c", "Name"), "unknown");
}

#[test]
fn the_sound_tree_is_clean() {
    audit(&sound(), &WHO).is_clean(AUDIT);
}
