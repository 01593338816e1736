use super::{WHO, audit, sound};
use crate::runner::permgap;

const AUDIT: &str = "duplicate-mapping";

#[test]
fn two_properties_of_one_field_whatever_the_case() {
    let tree = sound().mappings(&[
        ("Account", "Segment__c", "Two-way"),
        ("Account", "SEGMENT__C", "Always use Salesforce"),
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
