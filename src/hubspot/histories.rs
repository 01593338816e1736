//! Where the values of properties come from, by the histories of a few records.

use serde_json::Value;

use super::client::HubSpotClient;
use super::collect::{helper, rows};
use super::paths;
use crate::snapshot::hubspot::{HubSpotProperty, Part, Probe};

/// Properties of an object whose history is asked for: those that the sync names after a custom field.
const MOST_HISTORIES: usize = 40;

/// Asks a few records where the values of properties come from. Of each version only the source is looked at; no value of
/// a record is kept.
pub(super) async fn histories(
    client: &mut HubSpotClient,
    probes: &mut Vec<Probe>,
    object: &str,
    part: &mut Part<HubSpotProperty>,
) {
    let asked: Vec<String> = (part.rows.iter())
        .filter(|property| property.is_named_after_a_field() && !property.archived)
        .map(|property| property.name.clone())
        .take(MOST_HISTORIES)
        .collect();
    if asked.is_empty() {
        return;
    }
    let names: Vec<&str> = asked.iter().map(String::as_str).collect();
    let what = format!("histories of {object}");
    let path = paths::histories(object, &names);
    let Some(records) = helper(client, probes, &what, &path).await else {
        return;
    };
    for property in &mut part.rows {
        if property.archived || !asked.contains(&property.name) {
            continue;
        }
        let sources: Vec<&str> = (rows(&records).iter())
            .filter_map(|record| record.get("propertiesWithHistory")?.get(&property.name))
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(|version| version.get("sourceType")?.as_str())
            .collect();
        // A property without a version on these records tells nothing.
        if !sources.is_empty() {
            property.from_salesforce = Some(sources.contains(&"SALESFORCE"));
        }
    }
}
