//! `permgap explain`: errors, and the checklist over a report.

use std::path::Path;

use crate::runner::permgap;

fn demo(folder: &Path, out: &str) {
    let run = permgap(folder, &["audit", "--demo", "--quiet", "-o", out]);
    assert_eq!(run.status, 1, "{}", run.stderr);
}

#[test]
fn every_group_of_errors_says_what_to_check_first() {
    let folder = tempfile::tempdir().unwrap();
    let all = permgap(folder.path(), &["explain", "--errors", "--format", "json"]).json();
    let all = all.as_array().unwrap();
    assert!(all.len() > 50);
    for entry in all {
        assert_ne!(entry["check_first"], "", "{entry}");
        assert_ne!(entry["control"], "", "{entry}");
    }
    for number in 1..=13 {
        let of_type = |entry: &&serde_json::Value| {
            entry["kind"] == "permission error" && entry["types"][0] == number
        };
        assert!(all.iter().any(|entry| of_type(&entry)), "type {number}");
    }
    let text = permgap(folder.path(), &["explain", "--errors"]).stdout;
    for entry in all {
        assert!(text.contains(entry["rule"].as_str().unwrap()));
    }
}

#[test]
fn a_status_code_and_a_group_are_explained_and_nonsense_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let text = permgap(folder.path(), &["explain", "unable_to_lock_row"]).stdout;
    assert!(
        text.contains("row-locked") && text.contains("batch jobs"),
        "{text}"
    );
    let lock = permgap(folder.path(), &["explain", "lock", "--format", "json"]).json();
    assert!(lock.as_array().unwrap().len() >= 2);
    let run = permgap(folder.path(), &["explain", "field-not-editible"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("field-not-editable"), "{}", run.stderr);
}

#[test]
fn a_report_ticks_the_checklist_and_diff_confirms_the_plan() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let bare = permgap(path, &["explain", "--checklist", "--format", "json"]).json();
    let steps = bare["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 7);
    assert!(steps.iter().all(|step| step["state"] == "open"));
    demo(path, "before.json");
    let args = ["explain", "--checklist", "--report", "before.json"];
    let ticked = permgap(path, &[&args[..], &["--format", "json"]].concat()).json();
    assert_eq!(ticked["schema"], "permgap.checklist/1");
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path.join("before.json")).unwrap()).unwrap();
    let found = report["findings"].as_array().unwrap();
    let plan = ticked["plan"].as_array().unwrap();
    assert_eq!(plan.len(), found.len());
    assert!(
        ticked["steps"]
            .as_array()
            .unwrap()
            .iter()
            .all(|step| step["state"] == "found")
    );

    // Half of it is mended: a step without findings is ticked only where everything was looked at.
    let mut after = report.clone();
    let gone = |audit: &serde_json::Value| {
        audit == "login-restricted"
            || audit == "user-cannot-log-in"
            || audit == "api-access-missing"
            || audit == "system-permission-missing"
    };
    after["findings"]
        .as_array_mut()
        .unwrap()
        .retain(|finding| !gone(&finding["audit"]));
    for outcome in after["audits"].as_array_mut().unwrap() {
        if gone(&outcome["audit"]) {
            outcome["outcome"] = "clean".into();
            outcome["reason"] = serde_json::Value::Null;
        }
    }
    let write = |after: &serde_json::Value| {
        std::fs::write(path.join("after.json"), after.to_string()).unwrap()
    };
    write(&after);
    let step = || {
        let args = [
            "explain",
            "--checklist",
            "--report",
            "after.json",
            "--format",
            "json",
        ];
        permgap(path, &args).json()["steps"][1].clone()
    };
    assert_eq!(step()["state"], "clear", "{}", step());
    for outcome in after["audits"].as_array_mut().unwrap() {
        if outcome["audit"] == "login-restricted" {
            outcome["outcome"] = "not_evaluated".into();
            outcome["reason"] = "the policy was not read".into();
        }
    }
    write(&after);
    assert_eq!(step()["state"], "open");
    assert_eq!(step()["open"][0]["reason"], "the policy was not read");

    let diff = permgap(
        path,
        &["diff", "before.json", "after.json", "--format", "json"],
    )
    .stdout;
    for item in plan.iter().filter(|item| gone(&item["audit"])) {
        assert!(
            diff.contains(item["fingerprint"].as_str().unwrap()),
            "{item}"
        );
    }
    let text = permgap(path, &args).stdout;
    for says in [
        "[!]",
        "Verification plan",
        "permgap diff before.json after.json",
    ] {
        assert!(text.contains(says), "{text}");
    }
    write(&after);
    assert!(
        permgap(path, &["explain", "--checklist", "--report", "after.json"])
            .stdout
            .contains("[ ]")
    );
}
