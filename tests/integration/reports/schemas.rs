//! What programs read keeps to its schema: the demo, a sound tree, one with unknowns, and each case of the corpora.

use std::path::{Path, PathBuf};
use std::process::Command;

use quick_xml::events::Event;
use serde_json::Value;

use crate::audits::{WHO, sound};
use crate::corpora;
use crate::runner::{Run, permgap};

const FILES: [&str; 3] = ["r.json", "r.sarif", "r.xml"];

/// The official schema of SARIF 2.1.0, which comes with serde-sarif.
fn sarif_schema() -> Value {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        metadata.status.success(),
        "{}",
        String::from_utf8_lossy(&metadata.stderr)
    );
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let sarif = packages
        .iter()
        .find(|package| package["name"] == "serde-sarif")
        .unwrap();
    let manifest = PathBuf::from(sarif["manifest_path"].as_str().unwrap());
    let mut schema = read(&manifest.with_file_name("src/schema.json"));
    assert!(
        schema["$id"]
            .as_str()
            .unwrap()
            .ends_with("sarif-schema-2.1.0.json")
    );
    // One pattern in it is no regular expression; it is of a property that permgap does not write.
    for of in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][of]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern");
    }
    schema
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

struct Schemas {
    report: jsonschema::Validator,
    sarif: jsonschema::Validator,
}

impl Schemas {
    fn new() -> Self {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/permgap.report-1.schema.json");
        let validator = |schema: &Value| jsonschema::validator_for(schema).unwrap();
        Self {
            report: validator(&read(&docs)),
            sarif: validator(&sarif_schema()),
        }
    }

    /// Audits with `args` and checks what is written.
    fn check(&self, folder: &Path, args: &[&str]) -> Run {
        let mut all = vec!["audit", "--quiet"];
        all.extend(args);
        all.extend(FILES.iter().flat_map(|file| ["-o", file]));
        let run = permgap(folder, &all);
        assert_ne!(run.status, 2, "{}", run.stderr);
        for (validator, file) in [(&self.report, "r.json"), (&self.sarif, "r.sarif")] {
            let written = read(&folder.join(file));
            let wrong: Vec<String> = (validator.iter_errors(&written))
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(wrong.is_empty(), "{args:?} {file}: {wrong:#?}");
        }
        check_junit(&std::fs::read_to_string(folder.join("r.xml")).unwrap());
        run
    }
}

/// The elements that CI servers read, where each may stand, and the attributes that it must have.
const JUNIT: [(&str, &[&str], &[&str]); 9] = [
    (
        "testsuites",
        &[""],
        &["name", "tests", "failures", "errors"],
    ),
    (
        "testsuite",
        &["testsuites"],
        &["name", "tests", "failures", "errors"],
    ),
    ("properties", &["testsuite", "testcase"], &[]),
    ("property", &["properties"], &["name", "value"]),
    ("testcase", &["testsuite"], &["name", "classname"]),
    ("failure", &["testcase"], &["message", "type"]),
    ("skipped", &["testcase"], &["message"]),
    ("system-out", &["testcase", "testsuite"], &[]),
    ("system-err", &["testcase", "testsuite"], &[]),
];

/// JUnit has no official schema: this is what its readers agree on, with counts that add up.
fn check_junit(xml: &str) {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut open = vec![String::new()];
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    let mut said = (0, 0);
    loop {
        let (element, empty) = match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(element) => (element, false),
            Event::Empty(element) => (element, true),
            Event::End(_) => {
                open.pop();
                continue;
            }
            _ => continue,
        };
        let name = element.name().as_ref().to_owned();
        let (_, parents, required) = JUNIT
            .iter()
            .find(|(known, ..)| *known == name)
            .unwrap_or_else(|| panic!("<{name}> is nothing of JUnit"));
        let parent = open.last().unwrap();
        assert!(parents.contains(&parent.as_str()), "<{name}> in <{parent}>");
        let attribute = |wanted: &str| {
            let found = element.attributes().map(Result::unwrap);
            let mut found = found.filter(|attribute| attribute.key.as_ref() == wanted);
            found.next().map(|attribute| attribute.value.into_owned())
        };
        for wanted in *required {
            assert!(attribute(wanted).is_some(), "<{name}> without {wanted}");
        }
        if name == "testsuites" {
            let number = |wanted: &str| attribute(wanted).unwrap().parse::<usize>().unwrap();
            said = (number("tests"), number("failures"));
        }
        *counts.entry(name.clone()).or_default() += 1;
        if !empty {
            open.push(name);
        }
    }
    assert_eq!(open, [""]);
    let count = |name: &str| counts.get(name).copied().unwrap_or_default();
    assert_eq!(said, (count("testcase"), count("failure")));
}

#[test]
fn the_demo_and_trees_keep_to_the_schemas() {
    let schemas = Schemas::new();
    let folder = tempfile::tempdir().unwrap();
    schemas.check(folder.path(), &["--demo"]);
    let tree = sound();
    let base = ["--source-dir", "force-app", "--mappings", "mappings.csv"];
    let run = schemas.check(tree.path(), &[&base[..], &WHO].concat());
    assert_eq!(run.status, 0);
    let run = schemas.check(
        tree.path(),
        &[&base[..], &["--profile", "Nowhere"]].concat(),
    );
    assert_ne!(run.status, 0);
}

#[test]
fn the_corpora_keep_to_the_schemas() {
    let cases = corpora::cases();
    if cases.is_empty() {
        return;
    }
    let schemas = Schemas::new();
    for case in cases {
        let folder = tempfile::tempdir().unwrap();
        let args = corpora::arguments(&case);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        schemas.check(folder.path(), &args);
    }
}
