//! What HubSpot's sync does that no mapping says: the settings of its Salesforce integration.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::snapshot::Name;

/// Which object HubSpot makes of a new contact ("Create or update the contact" or "… the lead" in the settings of
/// the integration).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ContactsCreate {
    /// Not declared: one of the two must be possible.
    #[default]
    Either,
    /// A lead.
    Lead,
    /// A contact.
    Contact,
    /// HubSpot creates neither.
    Nothing,
}

/// The `[sync]` table.
///
/// The defaults ask for no delete, and for no create beyond Lead or Contact, Account and Opportunity where they
/// are mapped with a rule that writes, and Task.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SyncSettings {
    /// Objects that sync without a mapping, and so must be readable.
    pub objects: Vec<Name>,
    /// What HubSpot makes of a new contact.
    pub contacts_create: ContactsCreate,
    /// Objects on which HubSpot creates records, beside the defaults.
    pub creates: Vec<Name>,
    /// Objects on which HubSpot creates no records, whatever the defaults say.
    pub never_creates: Vec<Name>,
    /// Objects of which HubSpot deletes records.
    pub deletes: Vec<Name>,
    /// Whether HubSpot writes its activities as Salesforce tasks.
    pub activities: bool,
    /// Flows that HubSpot, or its user, starts: by a workflow action, over the API.
    pub flows: Vec<Name>,
    /// Record types that the sync sets.
    pub record_type: Vec<RecordTypeUse>,
    /// Queues that HubSpot makes owners.
    pub queue: Vec<QueueUse>,
    /// Values that HubSpot writes to picklists, and ids that it writes to RecordTypeId.
    pub picklist: Vec<PicklistUse>,
}

impl Default for SyncSettings {
    fn default() -> Self {
        Self {
            objects: Vec::new(),
            contacts_create: ContactsCreate::default(),
            creates: Vec::new(),
            never_creates: Vec::new(),
            deletes: Vec::new(),
            activities: true,
            flows: Vec::new(),
            record_type: Vec::new(),
            queue: Vec::new(),
            picklist: Vec::new(),
        }
    }
}

/// A record type that HubSpot sets on records it writes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RecordTypeUse {
    /// The object.
    pub object: Name,
    /// Developer name of the record type.
    pub name: Name,
}

/// A queue that HubSpot gives records to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct QueueUse {
    /// The object.
    pub object: Name,
    /// Developer name of the queue.
    pub name: Name,
}

/// Values that HubSpot writes to a picklist.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PicklistUse {
    /// The object.
    pub object: Name,
    /// The field.
    pub field: Name,
    /// The values, by API name.
    pub values: Vec<String>,
    /// The record type that the values go with; without it, every one that the sync uses.
    pub record_type: Option<Name>,
}
