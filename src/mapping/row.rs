//! One row of a mapping file.

use super::SyncRule;
use crate::snapshot::Name;

/// One field mapping as a file gives it, before it is known on which Salesforce objects it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingRow {
    /// The data row in its file, counted from 1; headers and blank lines are left out.
    pub row: usize,
    /// The line in its file where the row begins, counted from 1.
    pub line: usize,
    /// The mapping file as given.
    pub file: String,
    /// HubSpot's object in HubSpot's plural: `contacts`. A custom object's name is as the file gives it.
    pub hubspot_object: String,
    /// HubSpot's property, by its internal name: `jobtitle`.
    pub hubspot_property: String,
    /// The Salesforce object; none for a contact row that counts on Lead and on Contact.
    pub object: Option<Name>,
    /// The Salesforce field, without its object.
    pub field: Name,
    /// The rule as it counts: an owner row is two-way whatever the file says, unless it is not synced at all.
    pub sync_rule: SyncRule,
    /// The rule as the file states it.
    pub stated_rule: SyncRule,
}
