//! One request in ten fails, in each way that the simulator knows: the same bytes, or coverage that names what is missing.
//!
//! Never a wrong verdict, never a hang.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{ADMIN, HUBSPOT, Site, verdicts};
use crate::org_simulator::faults::{Chance, Fault, Faults};
use crate::runner::{Run, command, finish};

/// Longest time that a run may take on a busy machine: its `--timeout` and some more.
const LONGEST: Duration = Duration::from_secs(60);

fn ways_to_fail() -> Vec<Fault> {
    vec![
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
        Fault::RefusedObject("ObjectPermissions".to_owned()),
    ]
}

fn run(site: &Site, args: &[&str]) -> Run {
    let token = site.simulator.refresh_token_of(ADMIN).unwrap();
    let mut command = command(site.folder.path());
    command
        .env("SF_REFRESH_TOKEN", token)
        .env("PERMGAP_NO_KEYRING", "1");
    let mut all = args.to_vec();
    all.extend(["--org", "ORG", "--user", HUBSPOT, "--timeout", "40"]);
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
    let (mut pairs, mut failed) = (Vec::new(), 0);
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
        let started = Instant::now();
        let run = run(&site, args);
        assert!(started.elapsed() < LONGEST, "{label} hangs");
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
        let found = output(&site, &run);
        if found != truth {
            let parse = |text: &str| serde_json::from_str(text).unwrap();
            pairs.push((label, parse(&found), parse(&truth)));
        }
    }
    assert!(failed <= 3, "{failed} runs came to nothing");
    pairs
}

#[test]
fn audits_are_the_same_or_tell_what_is_missing() {
    let args = ["audit", "--mappings", "mappings.csv", "--format", "json"];
    for (label, report, truth) in differing(&args, |_, run| run.stdout.clone()) {
        assert_ne!(report["coverage"], truth["coverage"], "{label}");
        for (found, so) in verdicts(&report).iter().zip(verdicts(&truth)) {
            assert!(
                *found == so || found.ends_with(" unknown"),
                "{label}: {found}, not {so}"
            );
        }
        // What is found is there: nothing that could not be read makes a gap. A rule is another matter: whether it can
        // block is open until everything that decides was read, and it is shown as one that may.
        let what = |finding: &Value| {
            ["audit", "object", "field", "operation"].map(|key| finding[key].clone())
        };
        let real: Vec<_> = proven(&truth).map(what).collect();
        for finding in proven(&report) {
            assert!(real.contains(&what(finding)), "{label}: {finding:#}");
        }
    }
}

/// The findings that claim to know, those on rules that may block aside.
pub(super) fn proven(report: &Value) -> impl Iterator<Item = &Value> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| {
        finding["audit"] != "validation-rule-blocks" && finding["confidence"] != "possible"
    })
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
        assert!(
            contradiction(&report["objects"], &truth["objects"]).is_none(),
            "{label}: {report:#}"
        );
        let system = "system_permissions";
        assert!(
            contradiction(&report[system], &truth[system]).is_none(),
            "{label}: {report:#}"
        );
    }
}

/// A right that one report affirms and the other denies.
pub(super) fn contradiction(found: &Value, so: &Value) -> Option<String> {
    match (found, so) {
        (Value::Bool(found), Value::Bool(so)) => {
            (found != so).then(|| format!("{found} but it is {so}"))
        }
        (Value::Object(found), Value::Object(so)) => found
            .iter()
            .filter(|(key, _)| *key != "trail")
            .find_map(|(key, value)| contradiction(value, so.get(key)?)),
        (Value::Array(found), Value::Array(so)) => {
            let mut pairs = found.iter().zip(so);
            pairs.find_map(|(found, so)| contradiction(found, so))
        }
        _ => None,
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
