//! A field of an object, as metadata or describe defines it.

use serde::{Deserialize, Serialize};

use super::{Name, Place};

/// The data type of a field, in one vocabulary for metadata (`Lookup`) and describe (`reference`).
///
/// Whether a field is a formula is told apart from its type: a formula has a result type too.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are Salesforce's own type names")]
pub enum FieldType {
    Id,
    Text,
    TextArea,
    LongTextArea,
    RichTextArea,
    EncryptedText,
    Checkbox,
    Number,
    Currency,
    Percent,
    Date,
    DateTime,
    Time,
    Email,
    Phone,
    Url,
    Picklist,
    MultiselectPicklist,
    Lookup,
    MasterDetail,
    ExternalLookup,
    AutoNumber,
    Summary,
    Address,
    Geolocation,
    /// A compound person name (`Contact.Name`).
    PersonName,
    Other(String),
    /// The source does not tell.
    #[default]
    Unknown,
}

/// One value of a picklist field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PicklistValue {
    /// The API name, which is what a sync writes.
    pub value: String,
    /// Whether the value may be chosen for new records.
    pub active: bool,
}

/// A set of picklist values that fields share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueSet {
    /// API name: `Regions` of a global value set, `LeadSource` of a standard one.
    pub name: Name,
    /// One of the platform's own sets, behind standard picklist fields, and not a global value set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standard: bool,
    /// Its values, in the order of the definition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<PicklistValue>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// A field, standard or custom.
///
/// `None` in an optional fact means that the source does not tell, never 'no'.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// API name without the object: `Industry`, `HubSpot_Score__c`.
    pub name: Name,
    /// The label that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Data type.
    #[serde(default)]
    pub field_type: FieldType,
    /// Universally required: the platform refuses a record without it, and field-level security does not
    /// govern it (Object Reference, FieldPermissions; rule R8).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// A default fills the field on create, so a record may come without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_default: bool,
    /// For a checkbox: whether it is checked on a new record that comes without a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_by_default: Option<bool>,
    /// The formula of a formula field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// The objects that a lookup or master-detail field points to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_to: Vec<Name>,
    /// For a master-detail field: whether Read on the master record is enough to write the detail, which takes Edit on it
    /// otherwise (Metadata API, CustomField: `writeRequiresMasterRead`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_requires_master_read: Option<bool>,
    /// The name by which formulas and queries walk the relationship: `Account`, `Parent__r`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship_name: Option<Name>,
    /// A picklist that refuses values outside its list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restricted: Option<bool>,
    /// The values of a picklist; none known for one that takes them from a global value set not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<PicklistValue>,
    /// The global value set that gives the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_set: Option<Name>,
    /// The field whose value limits the values of this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controlling_field: Option<Name>,
    /// The compound field that this one is a part of: `BillingAddress` for `BillingCity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compound: Option<Name>,
    /// Whether field-level security governs the field (describe `permissionable`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissionable: Option<bool>,
    /// Whether anyone may set the field on create. Only `Some(false)` of a field that the platform itself
    /// keeps is a fact about every user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub createable: Option<bool>,
    /// Whether anyone may change the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updateable: Option<bool>,
    /// When the field was created (RFC 3339), where the source tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Greatest length in characters, for text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
    /// The field exists, but its definition could not be read: nothing else here is a fact.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
    /// Where the definition was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

impl Field {
    /// A field of which only the name is known.
    pub fn new(name: Name) -> Self {
        Self {
            name,
            label: None,
            field_type: FieldType::Unknown,
            required: false,
            has_default: false,
            checked_by_default: None,
            formula: None,
            reference_to: Vec::new(),
            write_requires_master_read: None,
            relationship_name: None,
            restricted: None,
            values: Vec::new(),
            value_set: None,
            controlling_field: None,
            compound: None,
            permissionable: None,
            createable: None,
            updateable: None,
            created_at: None,
            length: None,
            incomplete: false,
            at: None,
        }
    }
}
