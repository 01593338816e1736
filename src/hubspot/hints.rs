//! Properties that look as if the sync filled them and that no mapping file names: hints, never findings.
//!
//! HubSpot's API tells no mappings. When a sync is turned on, the integration makes properties named after the fields that
//! it maps, in lower case (`renewal_date__c`), and the history of a value names its source. Both are what was seen in
//! accounts, not what HubSpot documents.

use serde::Serialize;

use crate::mapping::MappingRow;
use crate::snapshot::hubspot::HubSpotFacts;

/// A property that may be mapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// HubSpot's object.
    pub hubspot_object: String,
    /// The property.
    pub hubspot_property: String,
    /// The Salesforce field that the name points to; HubSpot does not keep its letter case.
    pub salesforce_field: String,
    /// Whether the history of a record says that Salesforce wrote a value; none where no history was read.
    pub from_salesforce: Option<bool>,
}

/// The properties that may be mapped and are in no row. Without rows there is nothing to miss them in, and no hint.
pub fn hints(facts: &HubSpotFacts, rows: &[MappingRow]) -> Vec<Hint> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut hints = Vec::new();
    for (object, part) in &facts.properties {
        for property in &part.rows {
            let named = rows.iter().any(|row| {
                row.hubspot_object == *object
                    && row.hubspot_property.eq_ignore_ascii_case(&property.name)
            });
            // A history that names other sources only speaks against it.
            if named
                || property.archived
                || !property.is_named_after_a_field()
                || property.from_salesforce == Some(false)
            {
                continue;
            }
            hints.push(Hint {
                hubspot_object: object.clone(),
                hubspot_property: property.name.clone(),
                salesforce_field: property.name.clone(),
                from_salesforce: property.from_salesforce,
            });
        }
    }
    hints
}
