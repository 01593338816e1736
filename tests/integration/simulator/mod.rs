//! Tests of the simulated org. They say at the same time how Salesforce behaves: each names the rule it stands on.

mod client;
mod faults;
mod large;
mod oauth;
mod paging;
mod queries;
mod refusals;
mod rights;
mod tree;
mod writes;

use serde_json::Value;

use super::org_simulator::{Org, OrgSimulator};
use client::Client;

/// The administrator of the fixture org.
const ADMIN: &str = "admin@nordlicht.example";
/// Its integration user.
const HUBSPOT: &str = "hubspot@nordlicht.example";

/// The fixture org, changed, and its administrator's client.
fn org(change: impl FnOnce(&mut Org)) -> (OrgSimulator, Client) {
    let mut org = Org::nordlicht().unwrap();
    change(&mut org);
    let simulator = OrgSimulator::start(org).unwrap();
    let client = Client::of(&simulator, ADMIN);
    (simulator, client)
}

/// One column of all records, as text.
fn column(answer: &Value, name: &str) -> Vec<String> {
    let records = answer["records"].as_array().unwrap();
    records
        .iter()
        .map(|record| record[name].as_str().unwrap_or("null").to_owned())
        .collect()
}
