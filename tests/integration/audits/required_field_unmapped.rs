use super::{WHO, as_complete_snapshot, audit, audit_snapshot, sound};
use crate::tree::Tree;

const AUDIT: &str = "required-field-unmapped";

fn tree(more: &str) -> Tree {
    as_complete_snapshot(sound().field("Account", "Code__c", "Text", more))
        .file("permgap.toml", "[sync]\nactivities = false\n")
}

#[test]
fn a_required_field_that_nothing_fills() {
    let audited = audit_snapshot(&tree("<required>true</required>"), "org.json", &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["field"], "Code__c");
    assert_eq!(finding["salesforce_errors"][0], "REQUIRED_FIELD_MISSING");
    assert_eq!(finding["operation"], "create");
}

#[test]
fn a_rule_that_never_writes_does_not_fill_it() {
    let rows = |rule| {
        [
            ("Account", "Segment__c", "Two-way"),
            ("Account", "Code__c", rule),
        ]
    };
    let reads = tree("<required>true</required>").mappings(&rows("Always use Salesforce"));
    let audited = audit_snapshot(&reads, "org.json", &WHO);
    assert!(
        audited.finding(AUDIT)["title"]
            .as_str()
            .unwrap()
            .contains("never writes")
    );
    let fix = audited.finding(AUDIT)["fix"]["summary"].as_str().unwrap();
    assert!(
        fix.starts_with("Change the rule of the mapping"),
        "there is one already: {fix}"
    );
    let writes = tree("<required>true</required>").mappings(&rows("Two-way"));
    audit_snapshot(&writes, "org.json", &WHO).is_clean(AUDIT);
}

#[test]
fn a_default_fills_it() {
    let tree = tree("<required>true</required><defaultValue>\"A\"</defaultValue>");
    audit_snapshot(&tree, "org.json", &WHO).is_clean(AUDIT);
}

#[test]
fn an_object_on_which_hubspot_creates_nothing_needs_none() {
    let tree = tree("<required>true</required>").file(
        "permgap.toml",
        "[sync]\nnever-creates = [\"Account\"]\nactivities = false\n",
    );
    audit_snapshot(&tree, "org.json", &WHO).is_clean(AUDIT);
}

#[test]
fn a_tree_may_not_hold_all_fields() {
    audit(&sound(), &WHO).is_not_evaluated(AUDIT, "all fields of Account");
}
