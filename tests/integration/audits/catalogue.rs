//! What holds for every audit.

use super::{WHO, audit, sound};
use crate::runner::permgap;

#[test]
fn a_sound_tree_has_no_findings_and_status_0() {
    let audited = audit(&sound(), &WHO);
    assert_eq!(
        audited.report["findings"],
        serde_json::json!([]),
        "{:#}",
        audited.report
    );
    assert_eq!(audited.run.status, 0, "{}", audited.run.stderr);
    assert_eq!(audited.verdict("Account", "Segment__c"), "ok");
}

#[test]
fn each_audit_fires_on_the_demo_org_and_says_what_closes_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = permgap(folder.path(), &["audit", "--demo", "--format", "json"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let report = run.json();
    let listed = permgap(folder.path(), &["explain", "--format", "json"]).json();
    for audit in listed.as_array().unwrap() {
        let id = &audit["audit"];
        let found = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|f| f["audit"] == *id);
        let found = found.unwrap_or_else(|| panic!("{id} does not fire on the demo org"));
        for key in ["title", "detail"] {
            assert_ne!(found[key], "", "{id}: {key}");
        }
        assert_ne!(found["fix"]["summary"], "", "{id}");
        assert!(
            !found["fix"]["steps"].as_array().unwrap().is_empty(),
            "{id}"
        );
        assert!(!found["evidence"].as_array().unwrap().is_empty(), "{id}");
        assert_eq!(found["type"], audit["type"], "{id}");
    }
}

#[test]
fn fingerprints_are_unique_in_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let report = permgap(folder.path(), &["audit", "--demo", "--format", "json"]).json();
    let mut prints: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["fingerprint"].as_str().unwrap())
        .collect();
    let all = prints.len();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), all);
}

#[test]
fn only_a_finding_on_a_field_is_about_a_mapping_row() {
    let run = permgap(
        std::path::Path::new("."),
        &["audit", "--demo", "--format", "json"],
    );
    for finding in run.json()["findings"].as_array().unwrap() {
        let about_field = !finding["field"].is_null();
        assert!(
            about_field || finding["mapping"].is_null(),
            "{}",
            finding["title"]
        );
    }
}

#[test]
fn what_a_metadata_tree_never_holds_takes_one_row_of_the_table() {
    let args = [
        &[
            "audit",
            "--source-dir",
            "force-app",
            "--mappings",
            "mappings.csv",
        ],
        &WHO[..],
    ];
    let text = permgap(sound().path(), &args.concat()).stdout;
    assert_eq!(text.matches(" absent ").count(), 1, "{text}");
    for area in ["licences", "owners", "flows"] {
        assert!(text.contains(area), "{text}");
    }
}

#[test]
fn a_broken_file_of_the_users_own_set_is_said_first_and_gives_status_3() {
    let broken = "force-app/main/default/permissionsets/Broken.permissionset-meta.xml";
    let tree = sound().file(broken, "<PermissionSet><label>");
    let who = [&WHO[..], &["--permission-set", "Broken"]].concat();
    let audited = audit(&tree, &who);
    assert_eq!(audited.run.status, 3);
    let notices = audited.report["notices"].to_string();
    assert!(
        notices.contains("permission set Broken was not read whole"),
        "{notices}"
    );
    assert_eq!(
        audit(&tree, &WHO).run.status,
        0,
        "a broken file of a set that the user does not have changes nothing"
    );
}

#[test]
fn an_intended_gap_of_an_audit_that_does_not_exist_is_a_mistake() {
    let gap = "[[intended-gap]]\nobject = 'Account'\naudit = 'field-not-editible'\nreason = 'x'\nuntil = 2099-01-01\n";
    let tree = super::sound().file("permgap.toml", gap);
    let args = ["audit", "--source-dir", "force-app", "--profile", "HubSpot"];
    let run = crate::runner::permgap(tree.path(), &args);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("field-not-editable"), "{}", run.stderr);
}
