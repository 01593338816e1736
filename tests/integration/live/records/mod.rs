//! Records on a live org: for each audit a fixture org that fires, one that does not, and one that cannot be evaluated, and
//! the classic traps by name. What Salesforce can be asked, it is asked.

mod least_privilege;
mod parents;
mod picklists;
mod sharing;
mod teams;

use serde_json::Value;

use super::{HUBSPOT, Site};
use crate::org_simulator::Org;
use crate::org_simulator::faults::{Fault, Faults, Rule};

const HEADER: &str =
    "hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule\n";

/// A mapping of one field of Account, which the user may read and edit.
const ACCOUNT: &str = "company,industry,Account,Industry,Two-way\n";

/// The fixture org with its source changed, before ids and aggregates are made.
fn org(change: impl FnOnce(&mut Value)) -> Org {
    let mut source: Value =
        serde_json::from_str(include_str!("../../../../fixtures/orgs/nordlicht.json")).unwrap();
    change(&mut source);
    Org::from_fixture(&source.to_string()).unwrap()
}

/// Adds a row to a table of a fixture.
fn insert(source: &mut Value, table: &str, row: Value) {
    let rows = &mut source["tables"][table];
    if rows.is_null() {
        *rows = Value::Array(Vec::new());
    }
    rows.as_array_mut().unwrap().push(row);
}

/// Changes the rows of a table of a fixture whose column has a value.
fn update(source: &mut Value, table: &str, column: &str, value: &str, changes: &Value) {
    let rows = source["tables"][table].as_array_mut().unwrap();
    let mut changed = 0;
    for row in rows.iter_mut().filter(|row| row[column] == value) {
        for (key, new) in changes.as_object().unwrap() {
            row[key] = new.clone();
        }
        changed += 1;
    }
    assert!(changed > 0, "no {table} has {column} {value}");
}

/// What a container of a fixture grants.
fn grants<'s>(source: &'s mut Value, to: &str) -> &'s mut Value {
    let all = source["grants"].as_array_mut().unwrap();
    all.iter_mut().find(|grant| grant["to"] == to).unwrap()
}

/// Takes an object from all that the integration user has.
fn take_object(source: &mut Value, object: &str) {
    for grant in source["grants"].as_array_mut().unwrap() {
        let of_people = ["System Administrator", "Standard User"];
        let is_theirs = of_people.iter().any(|name| grant["to"] == *name);
        let objects = grant.get_mut("objects").and_then(Value::as_object_mut);
        if let Some(objects) = objects.filter(|_| !is_theirs) {
            objects.remove(object);
        }
    }
}

/// What the audit of a changed fixture org says.
struct Report(Value);

/// One audit to run.
struct Case<'c> {
    source: Box<dyn FnOnce(&mut Value) + 'c>,
    rows: &'c str,
    settings: &'c str,
    args: &'c [&'c str],
    files: &'c [(&'c str, &'c str)],
    refused: Option<(&'c str, &'c str)>,
    lacks: &'c str,
}

/// The fixture org as `change` leaves it, with Account mapped.
fn case<'c>(change: impl FnOnce(&mut Value) + 'c) -> Case<'c> {
    Case {
        source: Box::new(change),
        rows: ACCOUNT,
        settings: "",
        args: &[],
        files: &[],
        refused: None,
        lacks: "",
    }
}

impl<'c> Case<'c> {
    fn rows(self, rows: &'c str) -> Self {
        Self { rows, ..self }
    }

    fn settings(self, settings: &'c str) -> Self {
        Self { settings, ..self }
    }

    fn args(self, args: &'c [&'c str]) -> Self {
        Self { args, ..self }
    }

    fn files(self, files: &'c [(&'c str, &'c str)]) -> Self {
        Self { files, ..self }
    }

    /// Salesforce refuses the admin every request that contains `when`, as it refuses an object that one may not see.
    fn refused(self, object: &'c str, when: &'c str) -> Self {
        Self {
            refused: Some((object, when)),
            ..self
        }
    }

    /// The org lacks a column, or hides it from the admin.
    fn lacks(self, lacks: &'c str) -> Self {
        Self { lacks, ..self }
    }

    fn run(self) -> Report {
        let mut org = org(self.source);
        if !self.lacks.is_empty() {
            org.lacks(self.lacks);
        }
        let site = Site::of(org);
        std::fs::write(site.path("mappings.csv"), HEADER.to_owned() + self.rows).unwrap();
        std::fs::write(site.path("permgap.toml"), self.settings).unwrap();
        for (name, text) in self.files {
            std::fs::write(site.path(name), text).unwrap();
        }
        if let Some((object, when)) = self.refused {
            site.simulator.set_faults(Faults {
                rules: Rule::everywhere(Fault::RefusedObject(object.to_owned()), when),
                ..Faults::default()
            });
        }
        let mut args = vec!["--fail-on", "never"];
        args.extend(self.args);
        let run = site.audit(&args);
        assert!([0, 3].contains(&run.status), "{}", run.stderr);
        assert!(site.simulator.requests().iter().all(|one| one.is_read()));
        Report(run.json())
    }
}

impl Report {
    /// The findings of an audit on an object; an empty name for any.
    fn findings(&self, audit: &str, object: &str) -> Vec<&Value> {
        let all = self.0["findings"].as_array().unwrap().iter();
        all.filter(|found| found["audit"] == audit)
            .filter(|found| object.is_empty() || found["object"] == object)
            .collect()
    }

    /// The only finding of an audit on an object.
    #[track_caller]
    fn fires(&self, audit: &str, object: &str) -> &Value {
        let found = self.findings(audit, object);
        assert_eq!(
            found.len(),
            1,
            "{audit} {object}: {:#}",
            self.outcome(audit)
        );
        found[0]
    }

    fn outcome(&self, audit: &str) -> &Value {
        super::entry(&self.0, "audits", "audit", audit)
    }

    /// No finding on the object, and nothing about it that could not be looked at.
    #[track_caller]
    fn is_quiet(&self, audit: &str, object: &str) {
        let found = self.findings(audit, object);
        assert!(found.is_empty(), "{audit}: {found:#?}");
        let reason = self.outcome(audit)["reason"].as_str().unwrap_or_default();
        let word = |part: &str| part == object;
        let named = reason
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(word);
        assert!(!named, "{audit}: {reason}");
    }

    #[track_caller]
    fn is_clean(&self, audit: &str) {
        let outcome = self.outcome(audit);
        assert_eq!(outcome["outcome"], "clean", "{outcome:#}");
    }

    #[track_caller]
    fn is_not_evaluated(&self, audit: &str, why: &str) {
        let outcome = self.outcome(audit);
        assert_eq!(outcome["outcome"], "not_evaluated", "{outcome:#}");
        let reason = outcome["reason"].as_str().unwrap();
        assert!(reason.contains(why), "{reason}");
    }
}

/// The texts of a finding's evidence.
fn evidence(finding: &Value) -> String {
    finding["evidence"].to_string()
}

fn title(finding: &Value) -> &str {
    finding["title"].as_str().unwrap()
}
