//! The verdicts on real public trees, as an independent program expects them. Runs where `PERMGAP_CORPORA` names
//! the folder that holds them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::runner::permgap;

pub(crate) fn cases() -> Vec<PathBuf> {
    let Some(corpora) = std::env::var_os("PERMGAP_CORPORA") else {
        return Vec::new();
    };
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(corpora).unwrap() {
        let folder = entry.unwrap().path().join("cases");
        let Ok(files) = std::fs::read_dir(folder) else {
            continue;
        };
        cases.extend(files.map(|file| file.unwrap().path()).filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with("case-") && name.ends_with(".json")
        }));
    }
    cases.sort();
    assert!(!cases.is_empty(), "PERMGAP_CORPORA holds no cases");
    cases
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn strings(value: &Value) -> Vec<String> {
    let strings = value.as_array().into_iter().flatten();
    strings
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

/// `"unknown"` of the expectations is `null` in the report.
fn expected(value: &Value) -> Value {
    match value.as_str() {
        Some("unknown") => Value::Null,
        _ => value.clone(),
    }
}

/// The flags that name a case's trees, user and mappings.
pub(crate) fn arguments(path: &Path) -> Vec<String> {
    let case = read(path);
    let folder = path.parent().unwrap();
    let mut args: Vec<String> = Vec::new();
    for tree in strings(&case["trees"]) {
        let tree = folder.parent().unwrap().join(tree);
        args.extend(["--source-dir".into(), tree.display().to_string()]);
    }
    if let Some(profile) = case["profile"].as_str() {
        args.extend(["--profile".into(), profile.into()]);
    }
    for set in strings(&case["permission_sets"]) {
        args.extend(["--permission-set".into(), set]);
    }
    for group in strings(&case["groups"]) {
        args.extend(["--permission-set-group".into(), group]);
    }
    let mapping = folder.join(case["mapping"].as_str().unwrap());
    args.extend(["--mappings".into(), mapping.display().to_string()]);
    args
}

#[test]
fn each_mapping_row_of_each_real_tree_has_the_expected_verdict() {
    let mut wrong = Vec::new();
    for path in cases() {
        let case = read(&path);
        let number = path
            .file_stem()
            .unwrap()
            .to_str()
            .unwrap()
            .trim_start_matches("case-");
        let folder = path.parent().unwrap();
        let wanted = read(&folder.join(format!("expected-{number}.json")));
        let mut args = vec!["audit".to_owned(), "--format".into(), "json".into()];
        args.extend(arguments(&path));
        let temporary = tempfile::tempdir().unwrap();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = permgap(temporary.path(), &args);
        assert_eq!(run.status, 1, "{}: {}", path.display(), run.stderr);
        let report = run.json();
        compare(&case["name"], &wanted, &report, &mut wrong);
    }
    assert!(
        wrong.is_empty(),
        "{} differences\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn compare(case: &Value, wanted: &Value, report: &Value, wrong: &mut Vec<String>) {
    let rows: BTreeMap<u64, &Value> = report["mappings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["row"].as_u64().unwrap(), row))
        .collect();
    let wanted = wanted["fields"].as_array().unwrap();
    assert_eq!(rows.len(), wanted.len(), "{case}");
    for want in wanted {
        let row = rows[&want["row"].as_u64().unwrap()];
        let verdict = match want["gap"].as_str().unwrap() {
            "yes" => "gap",
            "no" => "ok",
            other => other,
        };
        let needs = match want["sync_rule"].as_str().unwrap() {
            "Always use Salesforce" => serde_json::json!(["read"]),
            "Don't sync" => serde_json::json!([]),
            _ => serde_json::json!(["read", "edit"]),
        };
        let has = &row["has"];
        let pairs = [
            ("verdict", Value::from(verdict), &row["verdict"]),
            ("needs", needs, &row["needs"]),
            (
                "object read",
                expected(&want["object_read"]),
                &has["object"]["read"],
            ),
            (
                "object create",
                expected(&want["object_create"]),
                &has["object"]["create"],
            ),
            (
                "object edit",
                expected(&want["object_edit"]),
                &has["object"]["edit"],
            ),
            (
                "field read",
                expected(&want["field_read"]),
                &has["field"]["read"],
            ),
            (
                "field edit",
                expected(&want["field_edit"]),
                &has["field"]["edit"],
            ),
        ];
        for (what, want_value, got) in pairs {
            // The built-in table of standard fields may know what the expectations do not.
            let standard = !want["salesforce_field"].as_str().unwrap().contains("__");
            let known_better = standard && (want_value.is_null() || want_value == "unknown");
            if want_value != *got && !known_better {
                wrong.push(format!(
                    "{case} row {} {}.{} ({}): {what} is {got}, expected {want_value}",
                    want["row"], want["salesforce_object"], want["salesforce_field"], want["kind"]
                ));
            }
        }
        if row["verdict"] == "gap" && row["findings"].as_array().unwrap().is_empty() {
            wrong.push(format!(
                "{case} row {}: a gap that no finding explains",
                want["row"]
            ));
        }
    }
}
