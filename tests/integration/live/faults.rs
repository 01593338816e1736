//! One request in ten fails, in each way that the simulator knows: the same bytes, or a report that names what is missing
//! and claims nothing that the whole one does not.
//!
//! Never a wrong verdict, never a hang.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::{ADMIN, HUBSPOT, Site};
use crate::org_simulator::faults::{Chance, Fault, Faults, Rule};
use crate::runner::{Run, command, finish};

/// When a run that hangs is ended, which fails its test: well beyond its own `--timeout` on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

fn ways_to_fail() -> Vec<Fault> {
    let mut ways = vec![
        Fault::ExpiredSession,
        Fault::RequestLimit,
        Fault::TooManyRequests(0),
        Fault::Unavailable,
        Fault::ServerError,
        Fault::Slow(Duration::from_millis(50)),
        Fault::Reset,
        Fault::Cut,
        Fault::Locked,
        Fault::BadLocator,
    ];
    // An object that is refused is refused each time; here it is one request in ten for each of those that decide.
    let refused = [
        "ObjectPermissions",
        "FieldPermissions",
        "PermissionSet",
        "SetupEntityAccess",
    ];
    ways.extend(refused.map(|object| Fault::RefusedObject(object.to_owned())));
    ways
}

fn run(site: &Site, args: &[&str]) -> Run {
    let token = site.simulator.refresh_token_of(ADMIN).unwrap();
    let mut command = command(site.folder.path());
    command
        .env("SF_REFRESH_TOKEN", token)
        .env("PERMGAP_NO_KEYRING", "1")
        .timeout(PATIENCE);
    let mut all = args.to_vec();
    all.extend(["--org", "ORG", "--user", HUBSPOT]);
    if !args.contains(&"--timeout") {
        all.extend(["--timeout", "40"]);
    }
    site.add_args(&mut command, &all);
    finish(&mut command)
}

/// Runs a command without faults, and with each way to fail; gives both outputs where they differ. `output` gives what the
/// command made.
fn differing(args: &[&str], output: impl Fn(&Site, &Run) -> String) -> Vec<(String, Value, Value)> {
    let site = Site::new(|_| {});
    let whole = run(&site, args);
    assert!([0, 1].contains(&whole.status), "{}", whole.stderr);
    let truth = output(&site, &whole);
    let (mut pairs, mut failed, mut same) = (Vec::new(), 0, 0);
    for (seed, fault) in (1..).zip(ways_to_fail()) {
        let label = format!("{fault:?}, seed {seed}");
        site.simulator.set_faults(Faults {
            chance: Some(Chance {
                seed,
                one_in: 10,
                faults: vec![fault],
            }),
            ..Faults::default()
        });
        let run = run(&site, args);
        if run.status == 2 {
            // The login, the list of versions, or the user: without these there is nothing to report. A token request
            // that got no whole answer is not repeated, for it may have used up the refresh token.
            assert_eq!(run.stdout, "", "{label}");
            let causes = ["Salesforce answered", "the refresh of the session"];
            let is_told = causes.iter().any(|cause| run.stderr.contains(cause));
            assert!(is_told, "{label}: {}", run.stderr);
            failed += 1;
            continue;
        }
        assert!([0, 1, 3].contains(&run.status), "{label}: {}", run.stderr);
        let found = output(&site, &run);
        if found == truth {
            same += 1;
        } else {
            let parse = |text: &str| serde_json::from_str(text).unwrap();
            pairs.push((label, parse(&found), parse(&truth)));
        }
    }
    assert!(failed <= 3, "{failed} runs came to nothing");
    assert!(same >= 3, "only {same} runs gave the same bytes");
    pairs
}

/// The entries of a list of the report by what names them.
fn by<'v>(report: &'v Value, list: &str, keys: &[&str]) -> BTreeMap<String, &'v Value> {
    let entries = report[list].as_array().unwrap();
    let name =
        |entry: &Value| -> String { keys.iter().map(|key| format!("{} ", entry[key])).collect() };
    let named: BTreeMap<String, &Value> =
        entries.iter().map(|entry| (name(entry), entry)).collect();
    assert_eq!(named.len(), entries.len(), "{list} has two of a name");
    named
}

/// The areas that a report says less of than another.
fn lowered<'v>(report: &'v Value, truth: &'v Value) -> BTreeSet<&'v str> {
    let so = by(truth, "coverage", &["area"]);
    let told = by(report, "coverage", &["area"]);
    let keys = |of: &BTreeMap<String, &Value>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&told), keys(&so), "the areas");
    (told.iter())
        .filter(|(area, entry)| so[*area] != **entry)
        .map(|(_, entry)| {
            // With no id to ask about, no record is looked at, which is said as an absence.
            assert_ne!(entry["status"], "read", "{entry}");
            assert_ne!(entry["reason"], Value::Null, "{entry}");
            entry["area"].as_str().unwrap()
        })
        .collect()
}

/// The least sure first.
const CONFIDENCE: [&str; 3] = ["possible", "likely", "certain"];

fn grade(finding: &Value) -> usize {
    let is = |name: &&str| finding["confidence"] == **name;
    CONFIDENCE.iter().position(is).unwrap()
}

#[test]
fn audits_are_the_same_or_tell_what_is_missing() {
    let args = ["audit", "--mappings", "mappings.csv", "--format", "json"];
    for (label, report, truth) in differing(&args, |_, run| run.stdout.clone()) {
        is_honest(&label, &report, &truth);
    }
}

/// Nothing in the first report is wrong, and whatever it lacks of the second, it tells of.
pub(super) fn is_honest(label: &str, report: &Value, truth: &Value) {
    assert!(!lowered(report, truth).is_empty(), "{label}: {report:#}");
    for key in ["schema", "tool", "generated_at"] {
        assert_eq!(report[key], truth[key], "{label}");
    }
    for key in ["org", "user"] {
        let wrong = contradiction(&report[key], &truth[key]);
        assert!(wrong.is_none(), "{label}: {key}: {wrong:?}");
    }
    let so = by(truth, "findings", &["fingerprint"]);
    let found = by(report, "findings", &["fingerprint"]);
    let reasons = |of| by(of, "audits", &["audit"]);
    let (told, told_so) = (reasons(report), reasons(truth));
    // What is found is there, and is no surer than it is with all that there is to know.
    for (fingerprint, finding) in &found {
        // Which of a field's denials is told first hangs on what is known of the others: a field that cannot be read cannot
        // be edited, and muting may be why.
        let denials = ["field-not-readable", "field-not-editable", "muted-in-group"];
        let denies = |one: &Value| denials.iter().any(|audit| one["audit"] == *audit);
        let reads_as = |real: &&Value| {
            denies(real)
                && denies(finding)
                && real["object"] == finding["object"]
                && real["field"] == finding["field"]
        };
        if !so.contains_key(fingerprint) && so.values().any(reads_as) {
            continue;
        }
        let real = so.get(fingerprint);
        let real = real.unwrap_or_else(|| panic!("{label}: a false alarm: {finding:#}"));
        for key in [
            "audit",
            "object",
            "field",
            "operation",
            "type",
            "severity",
            "mapping",
        ] {
            assert_eq!(finding[key], real[key], "{label}: {key}: {finding:#}");
        }
        assert!(
            grade(finding) <= grade(real),
            "{label}: {finding:#}, {real:#}"
        );
    }
    // What is missing, its audit says it did not see.
    for finding in so
        .iter()
        .filter(|(id, _)| !found.contains_key(*id))
        .map(|(_, finding)| finding)
    {
        let audit = format!("{} ", finding["audit"]);
        assert_ne!(told[&audit]["reason"], Value::Null, "{label}: {finding:#}");
        assert_ne!(told[&audit]["outcome"], "clean", "{label}: {finding:#}");
        assert_ne!(
            told[&audit]["reason"], told_so[&audit]["reason"],
            "{label}: {finding:#}"
        );
    }
    for (audit, outcome) in &told {
        let same = outcome["outcome"] == told_so[audit]["outcome"];
        assert!(
            same || outcome["outcome"] == "not_evaluated",
            "{label}: {outcome}, {}",
            told_so[audit]
        );
    }
    let rows = |of: &Value| of["mappings"].as_array().unwrap().clone();
    let (judged, judged_so) = (rows(report), rows(truth));
    assert_eq!(judged.len(), judged_so.len(), "{label}");
    for (row, real) in judged.iter().zip(&judged_so) {
        for key in [
            "row",
            "file",
            "hubspot_property",
            "object",
            "field",
            "sync_rule",
            "needs",
        ] {
            assert_eq!(row[key], real[key], "{label}");
        }
        let known = row["verdict"] != "unknown";
        assert!(
            !known || row["verdict"] == real["verdict"],
            "{label}: {row:#}, {real:#}"
        );
        let wrong = contradiction(&row["has"], &real["has"]);
        assert!(wrong.is_none(), "{label}: {wrong:?}: {row:#}");
    }
}

#[test]
fn access_is_the_same_or_open() {
    let args = [
        "access",
        "Account.Industry",
        "Contact.Title",
        "Lead",
        "--format",
        "json",
    ];
    for (label, report, truth) in differing(&args, |_, run| run.stdout.clone()) {
        for key in ["objects", "system_permissions", "user", "org"] {
            let wrong = contradiction(&report[key], &truth[key]);
            assert!(wrong.is_none(), "{label}: {wrong:?}: {report:#}, {truth:#}");
        }
    }
}

/// A fact that one report affirms and the other denies. What explains an answer may be less of it.
pub(super) fn contradiction(found: &Value, so: &Value) -> Option<String> {
    match (found, so) {
        (Value::Null, _) => None,
        (Value::Object(found), Value::Object(so)) => found
            .iter()
            .filter(|(key, _)| *key != "trail")
            .find_map(|(key, value)| {
                let other = so.get(key)?;
                contradiction(value, other).map(|wrong| format!("{key}: {wrong}"))
            }),
        (Value::Array(found), Value::Array(so)) => {
            let mut pairs = found.iter().zip(so);
            pairs.find_map(|(found, so)| contradiction(found, so))
        }
        (found, so) => (found != so).then(|| format!("{found} but it is {so}")),
    }
}

#[test]
fn snapshots_are_the_same_or_tell_what_is_missing() {
    let args = ["snapshot", "--mappings", "mappings.csv", "-o", "org.json"];
    let saved = |site: &Site, _: &Run| std::fs::read_to_string(site.path("org.json")).unwrap();
    for (label, snapshot, truth) in differing(&args, saved) {
        assert_ne!(snapshot["coverage"], truth["coverage"], "{label}");
    }
}

/// A server that accepts and never answers: whatever was asked, the run ends by its time and says so.
#[test]
fn no_kind_of_request_hangs() {
    let kinds = [
        "/oauth2/token",
        "/services/data",
        "FROM User ",
        "FROM FieldPermissions",
        "/composite",
        "readMetadata",
        "/describe",
        "UserPermissionAccess",
    ];
    let site = Site::new(|_| {});
    for kind in kinds {
        site.simulator.set_faults(Faults {
            rules: vec![Rule::always(Fault::Hang, kind)],
            ..Faults::default()
        });
        site.simulator.forget_requests();
        let args = [
            "audit",
            "--mappings",
            "mappings.csv",
            "--format",
            "json",
            "--timeout",
            "4",
        ];
        let run = run(&site, &args);
        if run.status == 2 {
            assert_eq!(run.stdout, "", "{kind}");
            assert!(run.stderr.contains("--timeout"), "{kind}: {}", run.stderr);
        } else {
            let told = |area: &Value| {
                area["reason"]
                    .as_str()
                    .unwrap_or_default()
                    .contains("--timeout")
            };
            let report = run.json();
            assert!(
                report["coverage"].as_array().unwrap().iter().any(told),
                "{kind}: {report:#}"
            );
        }
    }
}
