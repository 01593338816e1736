use super::{WHO, audit, sound};
use crate::runner::permgap;

const AUDIT: &str = "duplicate-mapping";

#[test]
fn two_properties_of_one_field_whatever_the_case() {
    let tree = sound().mappings(&[
        ("Account", "Segment__c", "Two-way"),
        ("Account", "SEGMENT__C", "Prefer Salesforce unless blank"),
    ]);
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "medium");
    let rows = audited.report["mappings"].as_array().unwrap();
    assert!(
        rows.iter()
            .all(|row| row["findings"] == serde_json::json!([finding["fingerprint"]]))
    );
}

#[test]
fn a_row_that_does_not_sync_does_not_count() {
    let tree = sound().mappings(&[
        ("Account", "Segment__c", "Two-way"),
        ("Account", "Segment__c", "Don't sync"),
    ]);
    audit(&tree, &WHO).is_clean(AUDIT);
}

#[test]
fn rows_of_which_one_writes_are_in_nobodys_way() {
    for other in ["Always use Salesforce", "Two-way"] {
        let tree = sound().mappings(&[
            ("Account", "Segment__c", "Always use Salesforce"),
            ("Account", "Segment__c", other),
        ]);
        audit(&tree, &WHO).is_clean(AUDIT);
    }
}

#[test]
fn a_row_that_only_reads_is_not_named_among_those_that_write() {
    let tree = sound().mappings(&[
        ("Account", "Segment__c", "Two-way"),
        ("Account", "Segment__c", "Two-way"),
        ("Account", "Segment__c", "Always use Salesforce"),
    ]);
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(
        finding["title"],
        "Account.Segment__c is written by 2 mappings"
    );
    let rows = audited.report["mappings"].as_array().unwrap();
    assert_eq!(rows[2]["findings"], serde_json::json!([]));
}

#[test]
fn without_mappings_it_cannot_tell() {
    let tree = sound();
    let mut args = vec!["audit", "--source-dir", "force-app", "--format", "json"];
    args.extend(WHO);
    let report = permgap(tree.path(), &args).json();
    let audits = report["audits"].as_array().unwrap();
    let outcome = audits
        .iter()
        .find(|outcome| outcome["audit"] == AUDIT)
        .unwrap();
    assert_eq!(outcome["outcome"], "not_evaluated");
}
