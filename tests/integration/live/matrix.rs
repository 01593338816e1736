//! Every live command against each fault in each area that is read: the same result, or what is missing is named; never a
//! wrong answer, a result lost in silence, or a hang.
//!
//! Faults that pass show in every area of one run. Faults that last are dealt out over areas and commands, so that each
//! fault meets several areas and each area one command.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::sync::OnceLock;
use std::time::Duration;

use permgap::salesforce::soql::Query;
use serde_json::{Value, json};

use super::faults::{contradiction, is_honest};
use super::{ADMIN, HUBSPOT, Site};
use crate::org_simulator::faults::{Fault, Faults, Rule};
use crate::runner::{Run, command, finish};

/// A command, what it made of a run as JSON, and how one result may differ from the true one.
struct LiveCommand {
    args: &'static [&'static str],
    user: &'static str,
    input: &'static str,
    made: fn(&Site, &Run) -> Value,
    /// What is wrong about the first result, which a fault may have made poorer than the second; with a label for messages.
    wrong: fn(&str, &Value, &Value) -> Option<String>,
}

const COMMANDS: &[LiveCommand] = &[
    LiveCommand {
        args: &["audit", "--format", "json"],
        user: ADMIN,
        input: "",
        made: printed,
        wrong: |label, found, truth| {
            is_honest(label, found, truth);
            None
        },
    },
    LiveCommand {
        args: &["snapshot", "-o", "made.json"],
        user: ADMIN,
        input: "",
        made: |site, _| parsed(&fs::read_to_string(site.path("made.json")).unwrap()),
        wrong: |_, found, truth| same_coverage(found, truth),
    },
    LiveCommand {
        args: &[
            "access",
            "Account.Industry",
            "Contact.Title",
            "Lead",
            "--format",
            "json",
        ],
        user: ADMIN,
        input: "",
        made: printed,
        wrong: |_, found, truth| {
            let part = |key: &str| contradiction(&found[key], &truth[key]);
            part("objects").or_else(|| part("system_permissions"))
        },
    },
    LiveCommand {
        args: &["compare", HUBSPOT, ADMIN, "--format", "json"],
        user: ADMIN,
        input: "",
        made: printed,
        wrong: wrong_compare,
    },
    LiveCommand {
        args: &["fix", "-o", "made", "--format", "json"],
        user: ADMIN,
        input: "",
        made: |site, run| json!({"report": parsed(&run.stdout), "grants": grants(site)}),
        wrong: wrong_fix,
    },
    LiveCommand {
        args: &["verify", "--snapshot", "org.json", "--format", "json"],
        user: HUBSPOT,
        input: "",
        made: printed,
        wrong: wrong_verify,
    },
    LiveCommand {
        args: &["formula", "--format", "json"],
        user: ADMIN,
        input: "AND($Profile.Name = 'HubSpot Integration', NOT($Permission.Bypass_Validation))",
        made: printed,
        wrong: |_, found, truth| {
            let (found, truth) = (&found["verdict"], &truth["verdict"]);
            (found != truth && found != "can fire").then(|| format!("{found}, not {truth}"))
        },
    },
    LiveCommand {
        args: &["triage", "--format", "json"],
        user: ADMIN,
        input: "INVALID_FIELD_FOR_INSERT_UPDATE: Unable to create/update fields: Segment__c. Please check the security \
                settings of this field and verify that it is read/write for your profile or permission set.",
        made: printed,
        wrong: wrong_triage,
    },
];

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn printed(_: &Site, run: &Run) -> Value {
    run.json()
}

fn same_coverage(found: &Value, truth: &Value) -> Option<String> {
    (found["coverage"] == truth["coverage"]).then(|| "what is missing is not told".to_owned())
}

fn wrong_compare(_: &str, found: &Value, truth: &Value) -> Option<String> {
    let list = |report: &Value| report["differences"].as_array().unwrap().clone();
    let known = |entry: &&Value| entry["a"].is_boolean() && entry["b"].is_boolean();
    let (mine, real) = (list(found), list(truth));
    let invented = mine
        .iter()
        .filter(known)
        .find(|entry| !real.contains(entry));
    let lost = mine.len() < real.len() && found["notices"] == truth["notices"];
    invented
        .map(|entry| format!("invented: {entry}"))
        .or_else(|| lost.then(|| "differences are lost without a notice".to_owned()))
}

/// Everything that the written permission sets grant.
fn grants(site: &Site) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let folder = site.path("made/force-app/main/default/permissionsets");
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for part in [
            "<fieldPermissions>",
            "<objectPermissions>",
            "<userPermissions>",
        ] {
            let end = part.replace('<', "</");
            let entries = text.split(part).skip(1);
            found.extend(entries.filter_map(|entry| Some(entry.split_once(&end)?.0.to_owned())));
        }
    }
    found
}

/// Nothing is granted to mend what could not be read.
fn wrong_fix(_: &str, found: &Value, truth: &Value) -> Option<String> {
    let list = |made: &Value| made["grants"].as_array().unwrap().clone();
    let real = list(truth);
    let more = list(found).into_iter().find(|grant| !real.contains(grant));
    more.map(|grant| format!("granted: {grant}"))
}

fn wrong_verify(_: &str, found: &Value, truth: &Value) -> Option<String> {
    let unasked = |report: &Value| report["not_asked"].as_array().unwrap().len();
    if found["differ"] != truth["differ"] {
        return Some(format!("invented: {}", found["differ"]));
    }
    (unasked(found) <= unasked(truth)).then(|| "what was not asked is not told".to_owned())
}

/// An error may lose its explanation, and gets no other.
fn wrong_triage(_: &str, found: &Value, truth: &Value) -> Option<String> {
    let audits = |report: &Value| -> BTreeSet<String> {
        let groups = report["groups"].as_array().unwrap().iter();
        let findings = groups.flat_map(|group| group["findings"].as_array().unwrap());
        findings
            .map(|finding| finding["audit"].to_string())
            .collect()
    };
    let (mine, real) = (audits(found), audits(truth));
    let counted = found["summary"]["errors"] == truth["summary"]["errors"];
    (!mine.is_subset(&real) || !counted).then(|| format!("{mine:?}, not {real:?}"))
}

/// What is asked besides: it costs no area's coverage, since it only raises or lowers confidence.
const SECOND_OPINIONS: [&str; 4] = [
    "UserFieldAccess",
    "UserTerritory2Association",
    "AccountTeamMember",
    "OpportunityTeamMember",
];

/// The texts by which requests of an area are known, with the object for a refusal of it.
fn areas() -> Vec<(String, String)> {
    let objects: BTreeSet<&str> = (Query::ALL.iter())
        .map(|query| query.template().unwrap().object)
        .filter(|object| *object != ":from" && !SECOND_OPINIONS.contains(object))
        .collect();
    let mut areas: Vec<(String, String)> = (objects.into_iter())
        .map(|object| (format!("FROM {object}"), object.to_owned()))
        .collect();
    for (text, object) in [
        ("FROM Account", "Account"),
        ("/describe", "Contact"),
        ("Metadata>", "Profile"),
    ] {
        areas.push((text.to_owned(), object.to_owned()));
    }
    areas
}

/// A site with a snapshot, as `verify` needs it.
fn site() -> Site {
    let site = Site::new(|_| {});
    let settings = format!("mappings = [\"mappings.csv\"]\nuser = \"{HUBSPOT}\"\n");
    fs::write(site.path("permgap.toml"), settings).unwrap();
    let run = run(&site, &COMMANDS[1], "60");
    assert_eq!(run.status, 0, "{}", run.stderr);
    fs::rename(site.path("made.json"), site.path("org.json")).unwrap();
    site
}

fn run(site: &Site, of: &LiveCommand, timeout: &str) -> Run {
    let _ = fs::remove_dir_all(site.path("made"));
    let token = site.simulator.refresh_token_of(of.user).unwrap();
    let mut command = command(site.folder.path());
    command
        .env("SF_REFRESH_TOKEN", token)
        .env("PERMGAP_NO_KEYRING", "1")
        .write_stdin(of.input);
    let mut args = of.args.to_vec();
    args.extend(["--org", "ORG", "--timeout", timeout]);
    site.add_args(&mut command, &args);
    finish(&mut command)
}

/// What a run made, without the address of its own simulator.
fn made(site: &Site, of: &LiveCommand, run: &Run) -> Value {
    let text = (of.made)(site, run).to_string();
    parsed(&text.replace(&site.simulator.url(), "ORG"))
}

/// What each command makes where nothing fails.
fn truths() -> &'static [Value] {
    static TRUTHS: OnceLock<Vec<Value>> = OnceLock::new();
    TRUTHS.get_or_init(|| {
        let site = site();
        let each = COMMANDS.iter().map(|of| {
            let run = run(&site, of, "60");
            assert!(
                [0, 1].contains(&run.status),
                "{:?}: {}",
                of.args,
                run.stderr
            );
            made(&site, of, &run)
        });
        each.collect()
    })
}

/// Runs a command into faults. Returns whether it made what it makes without them.
fn meet(site: &Site, number: usize, rules: Vec<Rule>, timeout: &str, label: &str) -> bool {
    let (of, truth) = (&COMMANDS[number], &truths()[number]);
    let label = format!("{:?}, {label}", of.args);
    site.simulator.set_faults(Faults {
        rules,
        ..Faults::default()
    });
    let run = run(site, of, timeout);
    if run.status == 2 {
        assert_eq!(run.stdout, "", "{label}");
        assert!(
            run.stderr.starts_with("permgap: ") && run.stderr.len() > 30,
            "{label}: {}",
            run.stderr
        );
        assert!(!run.stderr.contains("panicked"), "{label}: {}", run.stderr);
        return false;
    }
    assert!(
        [0, 1, 3].contains(&run.status),
        "{label}: {} {}",
        run.status,
        run.stderr
    );
    let found = made(site, of, &run);
    if found == *truth {
        return true;
    }
    if let Some(wrong) = (of.wrong)(&label, &found, truth) {
        panic!("{label}: {wrong}\n{}", run.stderr);
    }
    false
}

#[test]
fn faults_that_pass_in_every_area_change_nothing() {
    let site = site();
    let passing = [
        Fault::Unavailable,
        Fault::Cut,
        Fault::Reset,
        Fault::TooManyRequests(0),
        Fault::Slow(Duration::from_millis(20)),
        Fault::Locked,
        Fault::ServerError,
    ];
    for (number, fault) in passing.into_iter().enumerate() {
        let rules = areas()
            .into_iter()
            .map(|(text, _)| Rule::once(fault.clone(), &text));
        let label = format!("{fault:?} once in every area");
        let number = number % COMMANDS.len();
        assert!(
            meet(&site, number, rules.collect(), "60", &label),
            "{label}"
        );
    }
    // So many lost sessions at once may exhaust the patience of one request: that it is told is enough.
    let lost = areas()
        .into_iter()
        .map(|(text, _)| Rule::once(Fault::ExpiredSession, &text));
    meet(&site, 0, lost.collect(), "60", "lost sessions");
}

/// Much of it is waiting for what never comes, so that the areas are dealt out to tests that run beside each other.
const PARTS: usize = 4;

#[test]
fn faults_that_last_cost_their_own_area_only_and_are_told_1() {
    faults_that_last(0);
}

#[test]
fn faults_that_last_cost_their_own_area_only_and_are_told_2() {
    faults_that_last(1);
}

#[test]
fn faults_that_last_cost_their_own_area_only_and_are_told_3() {
    faults_that_last(2);
}

#[test]
fn faults_that_last_cost_their_own_area_only_and_are_told_4() {
    faults_that_last(3);
}

fn faults_that_last(part: usize) {
    let site = site();
    let (mut same, mut met_in_all, mut wrong) = (0, 0, Vec::new());
    let areas = areas();
    for (at, (text, object)) in areas.iter().enumerate() {
        if at % PARTS != part {
            continue;
        }
        met_in_all += 1;
        let fault = match at % 7 {
            0 | 4 => Fault::RefusedObject(object.clone()),
            1 => Fault::Unavailable,
            2 => Fault::RequestLimit,
            3 => Fault::Cut,
            5 => Fault::Reset,
            _ => Fault::Hang,
        };
        let timeout = if fault == Fault::Hang { "8" } else { "60" };
        let label = format!("{fault:?} for good at {text}");
        let rules = vec![Rule::always(fault, text)];
        let number = at % COMMANDS.len();
        // One fault that is met badly hides no other.
        let met = panic::catch_unwind(AssertUnwindSafe(|| {
            meet(&site, number, rules, timeout, &label)
        }));
        match met {
            Ok(is_same) => same += usize::from(is_same),
            Err(_) => wrong.push(format!("{}: {label}", COMMANDS[number].args[0])),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Not every command reads every area; some of these runs met their fault.
    assert!(same < met_in_all, "{same} of {met_in_all}");
}
