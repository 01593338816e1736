//! Known findings stay known, new ones fail, and what no longer occurs is said.

use std::fs;

use serde_json::Value;

use crate::audits::{SYSTEM, WHO, sound_but, sync_grants};
use crate::runner::{Run, permgap};
use crate::tree::{Tree, field_permissions};

/// The sound tree, but Edit on a mapped field is missing.
fn with_gap() -> Tree {
    let grants = sync_grants().replace(
        &field_permissions("Account.Segment__c", "re"),
        &field_permissions("Account.Segment__c", "r"),
    );
    sound_but(&SYSTEM, &grants)
}

fn audit(tree: &Tree, more: &[&str]) -> Run {
    let mut args = vec![
        "audit",
        "--source-dir",
        "force-app",
        "--mappings",
        "mappings.csv",
    ];
    args.extend(["--format", "json"]);
    args.extend(WHO);
    args.extend(more);
    permgap(tree.path(), &args)
}

fn notices(run: &Run) -> String {
    run.json()["notices"].to_string()
}

#[test]
fn what_a_baseline_knows_is_shown_and_does_not_fail() {
    let tree = with_gap();
    assert_eq!(audit(&tree, &[]).status, 1);
    let written = audit(&tree, &["--write-baseline"]);
    assert_eq!(written.status, 0, "{}", written.stderr);
    let file = tree.path().join("permgap-baseline.json");
    let first = fs::read_to_string(&file).unwrap();
    let json: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(json["schema"], "permgap.baseline/1");
    assert_eq!(json["findings"][0]["field"], "Segment__c");

    let known = audit(&tree, &["--baseline", "permgap-baseline.json"]);
    assert_eq!(known.status, 0, "{}", known.stderr);
    assert_eq!(known.json()["findings"][0]["baseline"], "known");
    // Written anew, it is the same file.
    let again = audit(
        &tree,
        &["--baseline", "permgap-baseline.json", "--write-baseline"],
    );
    assert_eq!(again.status, 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), first);
}

#[test]
fn a_report_is_a_baseline_and_a_new_gap_fails() {
    let tree = with_gap();
    assert_eq!(audit(&tree, &["-o", "old.json"]).status, 1);
    assert_eq!(audit(&tree, &["--baseline", "old.json"]).status, 0);
    let worse = with_gap()
        .file("old.json", fs::read(tree.path().join("old.json")).unwrap())
        .permission_set(
            "Sync",
            &sync_grants().replace("Account.Website", "Account.Other__c"),
        );
    let run = audit(&worse, &["--baseline", "old.json"]);
    assert_eq!(run.status, 1);
    let report = run.json();
    for finding in report["findings"].as_array().unwrap() {
        let known = if finding["field"] == "Segment__c" {
            "known"
        } else {
            "new"
        };
        assert_eq!(finding["baseline"], known, "{finding:#}");
    }
}

#[test]
fn an_entry_that_no_longer_occurs_is_said() {
    let tree = with_gap();
    assert_eq!(audit(&tree, &["-o", "old.json"]).status, 1);
    let mended =
        crate::audits::sound().file("old.json", fs::read(tree.path().join("old.json")).unwrap());
    let run = audit(&mended, &["--baseline", "old.json"]);
    assert_eq!(run.status, 0);
    let said = notices(&run);
    assert!(
        said.contains(
            "1 entry of the baseline no longer occurs: field-not-editable on Account.Segment__c"
        ),
        "{said}"
    );
}

#[test]
fn an_expired_intended_gap_fails_whatever_the_baseline_says() {
    let gap = |until: &str| {
        format!(
            "[[intended-gap]]\nobject = \"Account\"\nfield = \"Segment__c\"\nreason = \"later\"\nuntil = {until}\n"
        )
    };
    let tree = with_gap().file("permgap.toml", gap("2099-01-01"));
    let run = audit(&tree, &["--write-baseline"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let file = tree.path().join("permgap-baseline.json");
    let json: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(
        json["findings"],
        serde_json::json!([]),
        "it has an end date of its own"
    );

    let report = with_gap();
    assert_eq!(audit(&report, &["-o", "all.json"]).status, 1);
    let all = fs::read(report.path().join("all.json")).unwrap();
    let expired = with_gap()
        .file("permgap.toml", gap("2020-01-01"))
        .file("all.json", all);
    let run = audit(&expired, &["--baseline", "all.json"]);
    assert_eq!(run.status, 1);
    assert!(
        notices(&run).contains("ended on 2020-01-01"),
        "{}",
        notices(&run)
    );
}

/// Nobody may overlook it, whatever they read.
#[test]
fn an_expired_intended_gap_is_told_in_every_format() {
    let gap = "[[intended-gap]]\nobject = \"Account\"\nfield = \"Segment__c\"\nreason = \"later\"\nuntil = 2020-01-01\n";
    let tree = with_gap().file("permgap.toml", gap);
    let files = ["r.csv", "r.json", "r.sarif", "r.xml", "r.md", "r.html"];
    let mut args = vec![
        "audit",
        "--source-dir",
        "force-app",
        "--mappings",
        "mappings.csv",
    ];
    args.extend(WHO);
    for file in files {
        args.extend(["-o", file]);
    }
    for format in ["table", "github"] {
        let run = permgap(tree.path(), &[&args[..], &["--format", format]].concat());
        assert_eq!(run.status, 1, "{format}: {}", run.stderr);
        let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains("its intended gap ended on 2020-01-01"),
            "{format}: {words}"
        );
        assert!(
            words.contains("EXPIRED: the intended gap on Account.Segment__c"),
            "{format}: {words}"
        );
    }
    for file in files {
        let text = fs::read_to_string(tree.path().join(file)).unwrap();
        assert!(
            text.replace('\\', "")
                .contains("its intended gap ended on 2020-01-01"),
            "{file}: {text}"
        );
    }
    // A later entry for the same gap renews it.
    let renewed = gap.to_owned() + &gap.replace("2020", "2999");
    let tree = tree.file("permgap.toml", renewed);
    let run = permgap(tree.path(), &args);
    assert_eq!(run.status, 0, "{}", run.stdout);
}

#[test]
fn an_expired_intended_gap_without_a_finding_is_said_and_fails_nothing() {
    let gap = "[[intended-gap]]\nobject = \"Account\"\nfield = \"Segment__c\"\nreason = \"later\"\nuntil = 2020-01-01\n";
    let run = audit(&crate::audits::sound().file("permgap.toml", gap), &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let said = notices(&run);
    assert!(said.contains("covers no finding: remove it"), "{said}");
    assert!(!said.contains("EXPIRED"), "{said}");
}

#[test]
fn the_settings_can_name_where_a_baseline_is_written() {
    let tree = with_gap().file("permgap.toml", "write-baseline = \"known.json\"\n");
    let run = audit(&tree, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(tree.path().join("known.json").exists());
}

#[test]
fn a_file_that_is_no_baseline_is_an_error_with_the_next_step() {
    let tree = with_gap().file("b.json", "{}");
    for (file, says) in [
        ("b.json", "--write-baseline"),
        ("no.json", "check the path"),
    ] {
        let run = audit(&tree, &["--baseline", file]);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(says), "{}", run.stderr);
        assert!(run.stderr.contains(file), "{}", run.stderr);
    }
}
