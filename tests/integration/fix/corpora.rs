//! Fixes of real public trees. Runs where `PERMGAP_CORPORA` names the folder that holds them.

use permgap::fix::{Grants, Original, extended};
use serde_json::Value;

use super::{SET, read, schema};
use crate::corpora::{arguments, cases};
use crate::runner::permgap;

#[test]
fn each_case_is_closed_as_far_as_a_permission_set_can() {
    for path in cases() {
        let folder = tempfile::tempdir().unwrap();
        let base = arguments(&path);
        let run = |command: &str, more: &[&str]| {
            let mut args = vec![command, "--format", "json"];
            args.extend(base.iter().map(String::as_str));
            args.extend(more);
            let run = permgap(folder.path(), &args);
            assert!(run.status != 2, "{}: {}", path.display(), run.stderr);
            run.json()
        };
        let fixed = run("fix", &["-o", "fix", "--allow-unsafe"]);
        let withheld = |finding: &Value| {
            let why = finding["why"].as_str().unwrap();
            why.contains("no permission set closes it") || why.contains("no mapping needs")
        };
        for finding in fixed["remains"].as_array().unwrap() {
            assert!(withheld(finding), "{}: {finding}", path.display());
        }
        if fixed["permission_sets"].as_array().unwrap().is_empty() {
            continue;
        }
        schema::check(&read(folder.path(), SET));
        let overlay = [
            "--overlay",
            "fix",
            "--permission-set",
            "HubSpot_Sync_Access",
        ];
        let after = run("audit", &overlay);
        for finding in after["findings"].as_array().unwrap() {
            let kind = finding["fix"]["change"]["kind"]
                .as_str()
                .unwrap_or_default();
            assert!(!kind.starts_with("grant"), "{}: {finding}", path.display());
        }
        let again = run(
            "fix",
            &[&overlay[..], &["-o", "again", "--allow-unsafe"]].concat(),
        );
        assert_eq!(
            again["permission_sets"],
            serde_json::json!([]),
            "{}",
            path.display()
        );
    }
}

#[test]
fn extending_any_real_permission_set_by_nothing_gives_the_same_bytes() {
    let Some(corpora) = std::env::var_os("PERMGAP_CORPORA") else {
        return;
    };
    let mut pending = vec![std::path::PathBuf::from(corpora)];
    let mut checked = 0;
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.to_string_lossy().contains(".permissionset")
                && !path.to_string_lossy().contains(".permissionsetgroup")
            {
                let original = Original::read(&path).unwrap();
                let same = extended(&original, &Grants::default(), "66.0").unwrap();
                assert_eq!(
                    same.as_bytes(),
                    std::fs::read(&path).unwrap(),
                    "{}",
                    path.display()
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 10, "{checked}");
}
