use super::{WHO, as_complete_snapshot, audit, audit_snapshot, sound};

const AUDIT: &str = "mapped-field-missing";

#[test]
fn a_source_that_holds_all_fields_proves_it() {
    let tree = as_complete_snapshot(sound()).mappings(&[
        ("Account", "Segment__c", "Two-way"),
        ("Account", "Segmant__c", "Two-way"),
    ]);
    let audited = audit_snapshot(&tree, "org.json", &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["field"], "Segmant__c");
    assert!(
        finding["fix"]["steps"].to_string().contains("Segment__c"),
        "{finding}"
    );
    assert_eq!(audited.verdict("Account", "Segmant__c"), "gap");
    assert_eq!(finding["mapping"]["row"], 2);
    for other in ["field-not-readable", "field-not-editable"] {
        assert!(
            audited.findings(other).is_empty(),
            "no permission cures a field that is not there"
        );
    }
}

#[test]
fn fields_that_are_there_are_clean_whatever_the_case() {
    let tree = as_complete_snapshot(sound()).mappings(&[
        ("account", "SEGMENT__C", "Two-way"),
        ("Account", "BillingCity", "Always use Salesforce"),
    ]);
    audit_snapshot(&tree, "org.json", &WHO).is_clean(AUDIT);
}

#[test]
fn a_tree_may_not_hold_all_fields() {
    let tree = sound().mappings(&[("Account", "Segmant__c", "Two-way")]);
    audit(&tree, &WHO).is_not_evaluated(AUDIT, "Account.Segmant__c");
}
