//! What is fuzzed: each reader of what others wrote, with what must hold for any bytes.
//!
//! No panic, and what a reader accepts is consistent: it is written and read again as the same, it can be audited, and it
//! renders in every format. Shared by the tests (`tests/integration/fuzz`) and by cargo-fuzz (`tests/fuzz`).

mod answers;
mod audited;
mod soql;

use std::io::Write;
use std::path::{Component, Path, PathBuf};

use permgap::baseline::Baseline;
use permgap::collect::metadata;
use permgap::config::Config;
use permgap::formula::{self, Env};
use permgap::mapping::{self, Format, owners};
use permgap::report::diff::{self, Diff};
use permgap::report::{Style, json};
use permgap::snapshot::{Snapshot, store};
use permgap::triage::input::{self, Reading};
use permgap::triage::{Rules, Sorter};

/// A reader under test.
pub(crate) type Target = fn(&[u8]);

/// Every target by name; `fixtures/fuzz/<name>/` holds its seeds.
pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("answers", answers::answers),
    ("config", config),
    ("facts", facts),
    ("formula", formula),
    ("mapping", mapping),
    ("metadata", metadata),
    ("report", report),
    ("snapshot", snapshot),
    ("soql", soql::soql),
    ("triage", triage),
];

/// Most bytes of one input: what is larger finds nothing that is not found with less.
pub(crate) const MOST_BYTES: usize = 16 * 1024;

/// Runs the target called `name`.
pub(crate) fn run(name: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = found.unwrap_or_else(|| panic!("no target {name}"));
    target(bytes.get(..MOST_BYTES).unwrap_or(bytes));
}

/// `permgap.toml`.
fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Config::parse(&text, "permgap.toml") {
        // What is accepted is also what an audit can use.
        Ok(config) => audited::demo(&config),
        Err(error) => assert!(error.to_string().starts_with("permgap.toml")),
    }
}

/// Files of HubSpot's facts and owners.
fn facts(bytes: &[u8]) {
    if let Err(error) = owners::parse(bytes, "owners.csv") {
        assert!(!error.to_string().is_empty());
    }
    let file = file_of(bytes);
    if let Ok(facts) = permgap::hubspot::file::load(file.path()) {
        let again = tempfile::NamedTempFile::new().unwrap();
        permgap::hubspot::file::save(&facts, again.path()).unwrap();
        assert_eq!(permgap::hubspot::file::load(again.path()).unwrap(), facts);
    }
}

/// A formula, in an environment of which little is known; and a line of `permgap formula --jsonl`.
fn formula(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(Some(request)) = formula::read_line(1, &text) {
        let judged = formula::judge(&request);
        assert_eq!(judged.valid, judged.verdict.is_some());
    }
    let text = formula::without_braces(&text);
    let ast = match formula::parse(&text) {
        Ok(ast) => ast,
        Err(error) => {
            assert!(error.character(&text) <= text.chars().count());
            let (line, column) = error.line_and_column(&text);
            assert!(line > 0 && column > 0);
            return;
        }
    };
    let outcome = formula::evaluate(&ast, &Env::new());
    assert!(!outcome.because.sentence.is_empty());
    formula::references(&ast);
    formula::bypass_idioms(&ast);
    formula::ways_to_make_false(&ast, &Env::new());
    formula::limits::warnings(&ast);
    let printed = formula::print(&ast);
    let again = formula::parse(&printed).unwrap_or_else(|error| panic!("{printed}: {error:?}"));
    assert_eq!(formula::print(&again), printed);
    let verdict = formula::evaluate(&again, &Env::new()).verdict;
    assert_eq!(verdict, outcome.verdict, "{printed}");
}

/// A mapping file in each format.
fn mapping(bytes: &[u8]) {
    for name in [
        "m.csv",
        "m.json",
        "m.toml",
        "m",
        "123_CONTACT_field_mappings.csv",
    ] {
        match mapping::read_bytes(bytes, name) {
            Ok(rows) => {
                assert!(rows.len() <= mapping::MAX_ROWS);
                audited::needs(rows);
            }
            Err(error) => assert!(error.to_string().contains(name), "{error}"),
        }
    }
    let text = String::from_utf8_lossy(bytes);
    for format in [Format::Csv, Format::Json, Format::Toml] {
        // A refusal is an answer.
        let _ = mapping::read_str(&text, "m", format);
    }
}

/// A tree of metadata, Apex and flows: `=== path` begins a file.
fn metadata(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    for part in String::from_utf8_lossy(bytes)
        .split("=== ")
        .skip(1)
        .take(16)
    {
        let (path, content) = part.split_once('\n').unwrap_or((part, ""));
        put(folder.path(), path.trim(), content);
    }
    let _ = metadata::deletions(folder.path());
    let dirs: [PathBuf; 1] = [folder.path().to_owned()];
    let Ok(snapshot) = metadata::collect(&dirs, &metadata::Options::default()) else {
        return;
    };
    same_after_saving(&snapshot);
    audited::each_subject(&snapshot);
}

/// Writes a file below `root`; a path that leads out of it, or is odd, is left out.
fn put(root: &Path, path: &str, content: &str) {
    let path = Path::new(path);
    let plain = |part: Component<'_>| match part {
        Component::Normal(name) => name.len() < 100 && !name.as_encoded_bytes().contains(&0),
        _ => false,
    };
    if path.components().count() > 8 || !path.components().all(plain) {
        return;
    }
    let path = root.join(path);
    // Two files may ask for one name, one of them as a folder.
    let _ = path.parent().map(std::fs::create_dir_all);
    let _ = std::fs::write(path, content);
}

/// A saved snapshot, which is audited too.
fn snapshot(bytes: &[u8]) {
    match store::read(bytes, "org.json", 1 << 20) {
        Ok(snapshot) => {
            same_after_saving(&snapshot);
            audited::each_subject(&snapshot);
        }
        Err(error) => assert!(error.to_string().contains("org.json"), "{error}"),
    }
}

fn same_after_saving(snapshot: &Snapshot) {
    let mut saved = Vec::new();
    store::write(snapshot, &mut saved).unwrap();
    let loaded = store::read(saved.as_slice(), "org.json", 1 << 26).unwrap();
    let mut again = Vec::new();
    store::write(&loaded, &mut again).unwrap();
    assert!(saved == again, "a saved snapshot is read as another");
}

/// A JSON report, compared with itself and with the demo's; and the same bytes as a baseline.
fn report(bytes: &[u8]) {
    if let Ok(baseline) = Baseline::load(file_of(bytes).path()) {
        baseline.write(&mut Vec::new()).unwrap();
    }
    let Ok(report) = json::read(bytes) else {
        return;
    };
    let demo = audited::demo_report();
    for (old, new) in [(&report, &report), (&report, demo), (demo, &report)] {
        let diff = Diff::of(old, new);
        if std::ptr::eq(old, new) {
            assert!(diff.new.is_empty() && diff.fixed.is_empty());
        }
        let out = &mut Vec::new();
        diff::table(&diff, &Style::default(), out).unwrap();
        diff::json(&diff, out).unwrap();
        diff::markdown(&diff, out).unwrap();
    }
    let rules = Rules::built_in().unwrap();
    let mut sorter = Sorter::new(&rules, Some(&report));
    let text = "INVALID_FIELD_FOR_INSERT_UPDATE: Unable to create/update fields: Industry";
    let take = &mut |error| sorter.add(&error);
    input::read(text.as_bytes(), "errors", &Reading::default(), take).unwrap();
    sorter.finish();
}

/// Sync errors: a CSV export, or pasted text.
fn triage(bytes: &[u8]) {
    let rules = Rules::built_in().unwrap();
    for csv in [None, Some(true), Some(false)] {
        let how = Reading {
            csv,
            ..Reading::default()
        };
        let mut sorter = Sorter::new(&rules, Some(audited::demo_report()));
        let mut count = 0_usize;
        let read = input::read(bytes, "errors", &how, &mut |error| {
            count += 1;
            sorter.add(&error);
        });
        let triage = sorter.finish();
        let grouped: usize = triage.groups.iter().map(|group| group.count).sum();
        assert_eq!(grouped + triage.not_grouped, count, "an error is lost");
        if let Err(error) = read {
            assert!(!error.to_string().is_empty());
        }
    }
    let _ = Rules::with_file(file_of(bytes).path());
}

fn file_of(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}
