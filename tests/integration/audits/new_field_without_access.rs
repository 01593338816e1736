//! `new-field-without-access`, by the date in permgap.toml; `--changed-since` has tests of its own.

use std::fs;

use serde_json::Value;

use super::{WHO, as_complete_snapshot, audit_snapshot, sound_but, sync_grants};
use crate::tree::field_permissions;

const ID: &str = "new-field-without-access";

/// The sound org with a field that was created at that time, and permgap.toml with the date.
fn audited(created_at: Option<&str>, grant: &str, settings: &str) -> super::Audited {
    let tree = sound_but(&super::SYSTEM, &(sync_grants() + grant)).field(
        "Account",
        "Risk__c",
        "Text",
        "<length>20</length>",
    );
    let tree = as_complete_snapshot(tree).file("permgap.toml", settings);
    let file = tree.path().join("org.json");
    let mut org: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    if let Some(at) = created_at {
        org["objects"]["Account"]["fields"]["Risk__c"]["created_at"] = at.into();
    }
    let tree = tree.file("org.json", org.to_string());
    audit_snapshot(&tree, "org.json", &WHO)
}

const SINCE: &str = "new-since = 2026-01-31\n";

#[test]
fn a_field_created_since_the_date_without_read_is_reported() {
    let audited = audited(Some("2026-01-31T00:00:00Z"), "", SINCE);
    let finding = audited.finding(ID);
    assert_eq!(finding["field"], "Risk__c");
    assert_eq!(finding["severity"], "low");
    assert_eq!(audited.run.status, 0);
}

#[test]
fn an_older_field_and_one_with_read_are_fine() {
    audited(Some("2026-01-30T23:59:59Z"), "", SINCE).is_clean(ID);
    let grant = field_permissions("Account.Risk__c", "r");
    audited(Some("2026-02-01T00:00:00Z"), &grant, SINCE).is_clean(ID);
}

#[test]
fn without_a_date_it_is_not_run_and_not_called_clean() {
    let audited = audited(Some("2026-02-01T00:00:00Z"), "", "");
    let audits = audited.report["audits"].as_array().unwrap();
    assert!(audits.iter().all(|outcome| outcome["audit"] != ID));
}

#[test]
fn fields_whose_time_of_creation_is_not_told_make_it_not_evaluated() {
    audited(None, "", SINCE).is_not_evaluated(ID, "when Account.Risk__c was created");
}
