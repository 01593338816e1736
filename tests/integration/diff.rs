//! `permgap diff`, from outside.

use serde_json::Value;

use crate::audits::{SYSTEM, sound, sound_but, sync_grants};
use crate::fix::over;
use crate::runner::{Run, permgap};
use crate::tree::{Tree, object_permissions};

/// The reports of two trees in one folder.
fn reports(old: &Tree, new: &Tree) -> Tree {
    let report = |tree: &Tree| {
        let run = over(tree, "audit", &["--format", "json"]);
        assert!(run.status != 2, "{}", run.stderr);
        run.stdout
    };
    Tree::new()
        .file("old.json", report(old))
        .file("new.json", report(new))
}

fn diff(folder: &Tree, more: &[&str]) -> Run {
    let mut args = vec!["diff", "old.json", "new.json"];
    args.extend(more);
    permgap(folder.path(), &args)
}

fn titles(report: &Value, list: &str) -> Vec<String> {
    let all = report[list].as_array().unwrap().iter();
    all.map(|finding| finding["audit"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn new_fixed_and_open_findings_are_told_apart() {
    let broken = sound_but(&SYSTEM[1..], &object_permissions("Account", "rce"));
    let folder = reports(&sound(), &broken);
    let run = diff(&folder, &["--format", "json"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let report = run.json();
    assert_eq!(report["schema"], "permgap.diff/1");
    assert_eq!(
        titles(&report, "new"),
        [
            "api-access-missing",
            "field-not-readable",
            "field-not-readable"
        ]
    );
    assert!(titles(&report, "fixed").is_empty() && titles(&report, "open").is_empty());
    assert_eq!(report["mappings"].as_array().unwrap().len(), 2);

    let run = diff(&reports(&broken, &sound()), &["--format", "json"]);
    assert_eq!(run.status, 0);
    assert_eq!(titles(&run.json(), "fixed").len(), 3);
    let run = diff(&reports(&broken, &broken), &["--format", "json"]);
    assert_eq!(run.status, 0, "what was open before does not fail");
    assert_eq!(titles(&run.json(), "open").len(), 3);
}

#[test]
fn the_least_severity_that_fails_can_be_chosen() {
    let folder = reports(
        &sound(),
        &sound_but(
            &["ApiEnabled", "ActivitiesAccess", "EditTask"],
            &sync_grants(),
        ),
    );
    assert_eq!(diff(&folder, &[]).status, 0, "a medium finding");
    assert_eq!(diff(&folder, &["--fail-on", "medium"]).status, 1);
    assert_eq!(diff(&folder, &["--fail-on", "never"]).status, 0);
}

#[test]
fn access_that_grows_without_need_is_named_and_needed_access_is_not() {
    let wide = sync_grants()
        .replace(
            &object_permissions("Account", "rce"),
            &object_permissions("Account", "rcedvm"),
        )
        .replace("<editable>false</editable>", "<editable>true</editable>");
    let run = diff(
        &reports(&sound(), &sound_but(&SYSTEM, &wide)),
        &["--format", "json"],
    );
    let report = run.json();
    let widened: Vec<String> = report["widened"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            format!(
                "{}.{} {}",
                it["object"].as_str().unwrap(),
                it["field"],
                it["right"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        widened,
        [
            "Account.null delete",
            "Account.null modify_all",
            "Account.null view_all"
        ]
    );
    let narrow = sound_but(&SYSTEM, &object_permissions("Account", "r"));
    let run = diff(&reports(&narrow, &sound()), &["--format", "json"]);
    let report = run.json();
    // Website is only read by its mapping, and the sound tree lets it be edited as well.
    for it in report["widened"].as_array().unwrap() {
        assert_eq!(
            (&it["field"], &it["right"]),
            (&"Website".into(), &"edit".into()),
            "{report:#}"
        );
    }
}

#[test]
fn people_and_pull_requests_get_texts_and_other_files_are_refused() {
    let broken = sound_but(&SYSTEM[1..], &sync_grants());
    let folder = reports(&sound(), &broken);
    let run = diff(&folder, &[]);
    assert!(
        run.stdout
            .starts_with("1 new, 0 fixed, 0 still open, 0 widened."),
        "{}",
        run.stdout
    );
    let run = diff(&folder, &["--format", "markdown"]);
    assert!(
        run.stdout
            .contains("| critical | The user has no API access"),
        "{}",
        run.stdout
    );
    let folder = folder.file("old.json", "{}");
    let run = diff(&folder, &[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("`old.json`"), "{}", run.stderr);
    assert_eq!(
        permgap(folder.path(), &["diff", "no.json", "new.json"]).status,
        2
    );
}

#[test]
fn what_the_second_report_cannot_tell_and_what_got_graver_is_said() {
    let folder = reports(&sound(), &sound());
    let mut new: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("new.json")).unwrap()).unwrap();
    for audit in new["audits"].as_array_mut().unwrap() {
        if audit["audit"] == "field-not-readable" {
            audit["outcome"] = "not_evaluated".into();
            audit["reason"] = "it was not read".into();
        }
    }
    // A mark before the text, as some tools of Windows write it, is no fault.
    let folder = folder.file("new.json", format!("\u{feff}{new}"));
    let run = diff(&folder, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains(
            "could not evaluate, or not in full, what the first could: field-not-readable;"
        ),
        "{said}"
    );

    let system = ["ApiEnabled", "ActivitiesAccess", "EditTask"];
    let broken = sound_but(&system, &sync_grants());
    let folder = reports(&broken, &broken);
    let text = std::fs::read_to_string(folder.path().join("new.json")).unwrap();
    let folder = folder.file(
        "new.json",
        text.replace("\"severity\": \"medium\"", "\"severity\": \"high\""),
    );
    let run = diff(&folder, &["--format", "markdown"]);
    assert!(
        run.stdout
            .contains("still open and graver, high instead of medium"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_pull_request_sees_which_rows_changed() {
    let broken = sound_but(&SYSTEM, &object_permissions("Account", "rce"));
    let run = diff(&reports(&sound(), &broken), &["--format", "markdown"]);
    assert!(
        run.stdout.contains("### Mapping rows that changed (2)")
            && run
                .stdout
                .contains("Account.Segment__c (companies property_0): gap, was ok"),
        "{}",
        run.stdout
    );
}

fn widened(folder: &Tree) -> Vec<String> {
    let report = diff(folder, &["--format", "json"]).json();
    let all = report["widened"].as_array().unwrap().iter();
    all.map(|it| {
        let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
        format!("{}.{} {}", text("object"), text("field"), text("right"))
    })
    .collect()
}

/// `new.json` after a change of its data.
fn changed(folder: Tree, change: impl Fn(&mut Value)) -> Tree {
    let text = std::fs::read(folder.path().join("new.json")).unwrap();
    let mut report: Value = serde_json::from_slice(&text).unwrap();
    change(&mut report);
    folder.file("new.json", report.to_string())
}

#[test]
fn access_that_grows_on_what_is_not_mapped_is_widened_though_the_finding_is_still_open() {
    let with = |more: &str| sound_but(&SYSTEM, &(sync_grants() + more));
    let campaign = with(&object_permissions("Campaign", "re"));
    let contract = with(&object_permissions("Contract", "rcedvm"));
    let folder = reports(&campaign, &contract);
    assert_eq!(widened(&folder), ["Contract. change"]);
    let run = diff(&folder, &[]);
    assert!(
        run.stdout
            .contains("change on Contract, which no mapping touches"),
        "{}",
        run.stdout
    );
    assert!(widened(&reports(&campaign, &campaign)).is_empty());
    let both =
        with(&(object_permissions("Campaign", "re") + &object_permissions("Contract", "re")));
    assert!(widened(&reports(&both, &contract)).is_empty(), "it shrinks");
}

#[test]
fn what_is_not_known_or_not_mapped_any_more_is_not_fixed() {
    let broken = sound_but(&SYSTEM, &object_permissions("Account", "rce"));
    let kept = |change: fn(&mut Value)| {
        let folder = changed(reports(&broken, &sound()), change);
        let report = diff(&folder, &["--format", "json"]).json();
        ["fixed", "no_longer_known", "no_longer_mapped"].map(|list| titles(&report, list).len())
    };
    assert_eq!(kept(|_| {}), [2, 0, 0]);
    let unknown = |report: &mut Value| report["mappings"][0]["verdict"] = "unknown".into();
    assert_eq!(kept(unknown), [1, 1, 0]);
    let removed = |report: &mut Value| {
        report["mappings"].as_array_mut().unwrap().remove(0);
    };
    assert_eq!(kept(removed), [1, 0, 1]);
    let needless = |report: &mut Value| report["mappings"][0]["needs"] = Value::Array(Vec::new());
    assert_eq!(kept(needless), [1, 0, 1]);
}

#[test]
fn what_needed_access_necessarily_brings_is_not_widened() {
    let rows = |edit: bool| {
        move |report: &mut Value| {
            let row = |object: &str, field: &str, needs: &[&str]| {
                let mut row = report["mappings"][0].clone();
                row["object"] = object.into();
                row["field"] = field.into();
                row["needs"] = needs.into();
                row["has"]["object"]["edit"] = edit.into();
                row["has"]["field"]["edit"] = edit.into();
                row
            };
            let rows = [
                row("Contact", "MailingAddress", &["read", "edit"]),
                row("Contact", "MailingCity", &["read"]),
                row("Contact", "Department", &["read"]),
                row("Invoice__c", "Total__c", &["read", "edit"]),
                row("Invoice__c", "Name", &["read"]),
            ];
            report["mappings"] = rows.to_vec().into();
        }
    };
    let folder = changed(reports(&sound(), &sound()), rows(false));
    let old = std::fs::read(folder.path().join("new.json")).unwrap();
    let folder = changed(folder, rows(true)).file("old.json", old);
    assert_eq!(widened(&folder), ["Contact.Department edit"]);
}
