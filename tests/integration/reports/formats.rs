//! Every format through the binary, for the demo and for an org full of hostile texts.

use std::fs;

use crate::runner::permgap;
use crate::tree::Tree;

const FILES: [&str; 6] = ["r.csv", "r.json", "r.sarif", "r.xml", "r.md", "r.html"];

fn demo(more: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut args = vec!["audit", "--demo", "--quiet"];
    for file in FILES {
        args.extend(["-o", file]);
    }
    args.extend(more);
    let run = permgap(folder.path(), &args);
    assert_eq!(run.status, 1, "{}", run.stderr);
    folder
}

#[test]
fn every_ending_writes_its_format_with_every_finding() {
    let folder = demo(&[]);
    let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
    let report: serde_json::Value = serde_json::from_str(&read("r.json")).unwrap();
    let sarif: serde_sarif::sarif::Sarif = serde_json::from_str(&read("r.sarif")).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let run = &sarif.runs[0];
    let results = run.results.as_ref().unwrap();
    assert_eq!(results.len(), findings.len());
    for (result, finding) in results.iter().zip(findings) {
        let print = &result.partial_fingerprints.as_ref().unwrap()["permgap/v1"];
        assert_eq!(print, finding["fingerprint"].as_str().unwrap());
        // The files of the demo are nowhere on the disk.
        let places = result.locations.as_deref().unwrap_or_default();
        assert!(places.iter().all(|place| place.physical_location.is_none()));
    }
    let rules = run.tool.driver.rules.as_ref().unwrap();
    assert!(rules.iter().all(|rule| rule.help.is_some()));

    let junit = quick_junit::Report::deserialize_from_str(&read("r.xml")).unwrap();
    let rows = report["mappings"].as_array().unwrap().len();
    let audits = report["audits"].as_array().unwrap().len();
    assert_eq!(junit.tests, rows + audits);

    let markdown = read("r.md");
    for finding in findings {
        let print = finding["fingerprint"].as_str().unwrap();
        assert!(markdown.contains(print), "{print}");
    }
}

#[test]
fn annotations_go_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let run = permgap(folder.path(), &["audit", "--demo", "--format", "github"]);
    assert_eq!(run.status, 1);
    assert!(
        run.stdout.lines().all(|line| line.starts_with("::")),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("::error title=api-access-missing"),
        "{}",
        run.stdout
    );
}

/// Names and texts that would act on whatever shows them unescaped.
const HOSTILE: &str =
    "<script>alert(1)</script>=cmd|' /C calc'!A0 @everyone \u{1b}[2J\u{202e}\u{9b}31m ::error::x";

#[test]
fn a_hostile_org_harms_no_format() {
    let xml = HOSTILE
        .replace(['\u{1b}'], "")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let property = HOSTILE.replace(|c: char| c.is_control(), "");
    let long = "L".repeat(100_000);
    let csv = format!(
        "hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule\n\
         companies,\"{property}\",Account,Segment__c,Two-way\n\
         companies,website,Account,Website,Two-way\n"
    );
    let tree = Tree::new()
        .object(
            "Account",
            &format!("<label>{xml}</label><sharingModel>Private</sharingModel>"),
        )
        .field(
            "Account",
            "Segment__c",
            "Text",
            &format!("<label>{xml}{long}</label>"),
        )
        .profile("=a|b@everyone<script>", "")
        .file("mappings.csv", csv);
    let mut args = vec![
        "audit",
        "--source-dir",
        "force-app",
        "--mappings",
        "mappings.csv",
    ];
    args.extend(["--profile", "=a|b@everyone<script>", "--format", "github"]);
    for file in FILES {
        args.extend(["-o", file]);
    }
    let run = permgap(tree.path(), &args);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let acts = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(
        run.stdout.lines().all(|line| line.starts_with("::")),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains(acts));
    for file in FILES {
        let text = fs::read_to_string(tree.path().join(file)).unwrap();
        assert!(!text.contains(acts), "{file}");
    }
    let read = |file: &str| fs::read_to_string(tree.path().join(file)).unwrap();
    assert!(!read("r.md").contains("<script") && !read("r.md").contains("@everyone"));
    assert!(read("r.md").chars().count() <= 65_000);
    assert!(!read("r.xml").contains("<script"));
    quick_junit::Report::deserialize_from_str(&read("r.xml")).unwrap();
    serde_json::from_str::<serde_sarif::sarif::Sarif>(&read("r.sarif")).unwrap();
}

/// What acts on whatever shows it, a kind of harm each.
const HARMS: [&str; 8] = [
    "\u{1b}]0;title\u{7}\u{1b}[31m",
    "\u{202e}\u{2066}\u{200f}",
    "a\r\n::error::b\n##[error]c",
    "=cmd|' /C calc'!A0",
    "<img src=x onerror=alert(1)>\"'--><script>",
    "]]>&#x1b;",
    "{{ 7*7 }}{% raw %}",
    "%0A::set-output name=x::y",
];

/// Labels, names and a formula of an org that means harm, some of them 100 kB long.
fn hostile_snapshot(folder: &std::path::Path) {
    let run = permgap(folder, &["snapshot", "--demo", "-o", "org.json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let text = fs::read_to_string(folder.join("org.json")).unwrap();
    let mut org: serde_json::Value = serde_json::from_str(&text).unwrap();
    let long = HARMS.join("").repeat(1000);
    assert!(long.len() > 100_000, "{}", long.len());
    let mut number = 0;
    poison(&mut org, &long, &mut number);
    assert!(number > 60, "{number} texts");
    fs::write(folder.join("org.json"), org.to_string()).unwrap();
}

/// Every text that people chose: labels, messages and formulas; and the org's name.
fn poison(value: &mut serde_json::Value, long: &str, number: &mut usize) {
    match value {
        serde_json::Value::Array(all) => all.iter_mut().for_each(|one| poison(one, long, number)),
        serde_json::Value::Object(all) => {
            let is_org = all.contains_key("instance_url");
            for (key, one) in all {
                let chosen = matches!(
                    key.as_str(),
                    "label" | "message" | "error_message" | "description"
                ) || (is_org && key == "name");
                if chosen && one.is_string() {
                    // One in fifty is long: the file stays below what a snapshot may be.
                    let harm = if number.is_multiple_of(50) {
                        long
                    } else {
                        HARMS[*number % HARMS.len()]
                    };
                    *one = harm.into();
                    *number += 1;
                } else {
                    poison(one, long, number);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn an_org_of_hostile_labels_harms_neither_a_format_nor_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    hostile_snapshot(folder.path());
    // A control character or a quotation mark in a row is refused before anything is written.
    let rows: String = HARMS
        .iter()
        .filter(|harm| !harm.contains(|c: char| c.is_control() || c == '"'))
        .map(|harm| format!("companies,{harm},Account,Segment__c,Two-way\n"))
        .collect();
    let head = "hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule\n";
    fs::write(folder.path().join("m.csv"), head.to_owned() + &rows).unwrap();
    let mut args = vec!["audit", "--snapshot", "org.json", "--mappings", "m.csv"];
    args.extend(["--user", "hubspot@nordlicht-bikes.example"]);
    for file in FILES {
        args.extend(["-o", file]);
    }
    let acts = |c: char| {
        c != '\n'
            && (c.is_control()
                || matches!(c, '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    };
    for format in ["table", "github"] {
        let run = permgap(folder.path(), &[&args[..], &["--format", format]].concat());
        assert_eq!(run.status, 1, "{format}: {}", run.stderr);
        for (name, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
            assert!(!text.contains(acts), "{format} {name}");
        }
        if format == "github" {
            assert!(run.stdout.lines().all(|line| line.starts_with("::")));
            assert!(
                run.stdout.lines().all(|line| line.len() < 65_536),
                "a line too long for a runner"
            );
            assert!(!run.stdout.contains("%0A::"), "{}", run.stdout);
        }
    }
    let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
    for file in FILES {
        assert!(!read(file).contains(acts), "{file}");
    }
    for file in ["r.html", "r.md", "r.xml"] {
        assert!(!read(file).contains("<img"), "{file}");
    }
    assert_eq!(read("r.html").matches("<script>").count(), 1, "its own");
    assert!(read("r.md").chars().count() <= 65_536);
    quick_junit::Report::deserialize_from_str(&read("r.xml")).unwrap();
    serde_json::from_str::<serde_sarif::sarif::Sarif>(&read("r.sarif")).unwrap();
    let mut cells = csv::Reader::from_reader(std::io::Cursor::new(read("r.csv")));
    for record in cells.records() {
        for cell in &record.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
}
