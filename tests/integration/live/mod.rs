//! Live orgs: the built binary against the simulated org over HTTP.

mod audit;
mod automation;
mod compare;
mod cost;
mod coverage;
mod faults;
mod login;
mod matrix;
mod parity;
mod policy;
mod reads;
mod records;
mod secrets;
mod sessions;
mod verify;
mod words;

use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::org_simulator::{Org, OrgSimulator};
use crate::runner::{Run, command, finish};

const ADMIN: &str = "admin@nordlicht.example";
const HUBSPOT: &str = "hubspot@nordlicht.example";

/// Rows that meet each kind of gap of the fixture org, and some that meet none.
const MAPPINGS: &str = "\
hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule
contact,email,Contact,Email,Two-way
contact,title,Contact,Title,Two-way
contact,score,Contact,HubSpot_Score__c,Prefer Salesforce unless blank
contact,lastname,Contact,LastName,Two-way
contact,city,Contact,MailingCity,Two-way
contact,email,Lead,Email,Two-way
contact,lastname,Lead,LastName,Two-way
contact,company,Lead,Company,Two-way
company,industry,Account,Industry,Two-way
company,revenue,Account,AnnualRevenue,Two-way
company,segment,Account,Segment__c,Two-way
company,churn,Account,Churn_Risk__c,Two-way
company,health,Account,Health_Score__c,Two-way
company,number,Account,Customer_Number__c,Always use Salesforce
company,name,Account,Name,Two-way
deal,name,Opportunity,Name,Two-way
deal,stage,Opportunity,StageName,Two-way
deal,close,Opportunity,CloseDate,Two-way
deal,amount,Opportunity,Amount,Two-way
deal,margin,Opportunity,Margin__c,Two-way
deal,next,Opportunity,NextStep,Two-way
";

/// A simulated org and a folder to work in.
struct Site {
    simulator: OrgSimulator,
    folder: TempDir,
}

impl Site {
    /// The fixture org, changed.
    fn new(change: impl FnOnce(&mut Org)) -> Self {
        let mut org = Org::nordlicht().unwrap();
        change(&mut org);
        Self::of(org)
    }

    /// An org of its own.
    fn of(org: Org) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mappings.csv"), MAPPINGS).unwrap();
        Self {
            simulator: OrgSimulator::start(org).unwrap(),
            folder,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs permgap with the session of a user; `ORG` stands for the org's address.
    fn run_as(&self, user: &str, args: &[&str]) -> Run {
        let token = self.simulator.session_of(user).unwrap();
        let mut command = command(self.folder.path());
        command
            .env("SF_ACCESS_TOKEN", token)
            .env("PERMGAP_NO_KEYRING", "1");
        self.add_args(&mut command, args);
        finish(&mut command)
    }

    fn add_args(&self, command: &mut assert_cmd::Command, args: &[&str]) {
        let url = self.simulator.url();
        command.args(
            args.iter()
                .map(|arg| if *arg == "ORG" { &url } else { *arg }),
        );
    }

    /// Saves an administrator's snapshot of the user and the mappings to a file.
    fn save(&self, file: &str) {
        let args = [
            "snapshot",
            "--org",
            "ORG",
            "--user",
            HUBSPOT,
            "--mappings",
            "mappings.csv",
        ];
        let run = self.run_as(ADMIN, &[&args[..], &["-o", file]].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
    }

    /// An administrator's audit as JSON.
    fn audit(&self, more: &[&str]) -> Run {
        self.audit_as(ADMIN, more)
    }

    fn audit_as(&self, user: &str, more: &[&str]) -> Run {
        let mut args = vec![
            "audit",
            "--org",
            "ORG",
            "--user",
            HUBSPOT,
            "--mappings",
            "mappings.csv",
            "--format",
            "json",
        ];
        args.extend(more);
        self.run_as(user, &args)
    }
}

/// The entry of a list whose `key` is `value`.
fn entry<'v>(report: &'v Value, list: &str, key: &str, value: &str) -> &'v Value {
    report[list]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry[key] == value)
        .unwrap_or_else(|| panic!("{list} has no {value}: {report:#}"))
}

fn status_of<'v>(report: &'v Value, area: &str) -> &'v str {
    entry(report, "coverage", "area", area)["status"]
        .as_str()
        .unwrap()
}

fn reason_of<'v>(report: &'v Value, area: &str) -> &'v str {
    entry(report, "coverage", "area", area)["reason"]
        .as_str()
        .unwrap_or_default()
}

/// Each mapping as `Object.Field verdict`.
fn verdicts(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    report["mappings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "{}.{} {}",
                text(&row["object"]),
                text(&row["field"]),
                text(&row["verdict"])
            )
        })
        .collect()
}
