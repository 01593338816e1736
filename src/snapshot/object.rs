//! An object of the org with its fields, record types and validation rules.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Field, Name, Place, ValidationRule};

/// What kind of thing an object is; some have no ordinary field-level security (rule R18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A standard object, or a custom one with records of its own.
    #[default]
    Ordinary,
    /// A custom setting.
    CustomSetting,
    /// A custom metadata type (`X__mdt`).
    CustomMetadata,
    /// A platform event (`X__e`).
    PlatformEvent,
    /// A big object (`X__b`).
    BigObject,
    /// An external object (`X__x`).
    ExternalObject,
}

/// The `Name` field of a custom object, which has no field definition of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameField {
    /// The platform numbers the records; nobody may write the name (rule R17).
    pub auto_number: bool,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// A record type of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordType {
    /// Developer name without the object.
    pub name: Name,
    /// The label that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// An inactive record type is available to nobody.
    pub active: bool,
    /// The record type's own id, where the source tells (18 characters).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// For each picklist that the record type limits, the values it leaves.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub picklist_values: BTreeMap<Name, Vec<String>>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// An object, standard or custom, as far as the source defines it.
///
/// A tree often holds a single field of a standard object; then `defined` is false and everything that the
/// object's own definition would tell is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SObject {
    /// API name: `Account`, `Invoice__c`.
    pub name: Name,
    /// Whether the object's own definition was read, and not just parts of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub defined: bool,
    /// The label that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What kind of thing it is.
    #[serde(default)]
    pub kind: ObjectKind,
    /// Org-wide default for internal users, spelled as the source does: `Private`, `Read`, `ReadWrite`,
    /// `ControlledByParent` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing_model: Option<String>,
    /// Org-wide default for external users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_sharing_model: Option<String>,
    /// The `Name` field, where the definition gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_field: Option<NameField>,
    /// Whether the source holds *all* fields of the object (describe does, a tree does not).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fields_complete: bool,
    /// Whether a definition of the object exists that could not be read: what the object does not list here
    /// is then not known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
    /// The fields that the source defines.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<Name, Field>,
    /// The record types that the source defines.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub record_types: BTreeMap<Name, RecordType>,
    /// The validation rules that the source defines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validation_rules: Vec<ValidationRule>,
    /// Fields that are known to be gone: a deployment under way deletes them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub deleted_fields: BTreeSet<Name>,
    /// Whether the object itself is known to be gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// Where the object's own definition was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

impl SObject {
    /// An object of which only the name is known.
    pub fn new(name: Name) -> Self {
        let kind = kind_of_name(&name);
        Self {
            name,
            defined: false,
            label: None,
            kind,
            sharing_model: None,
            external_sharing_model: None,
            name_field: None,
            fields_complete: false,
            incomplete: false,
            fields: BTreeMap::new(),
            record_types: BTreeMap::new(),
            validation_rules: Vec::new(),
            deleted_fields: BTreeSet::new(),
            deleted: false,
            at: None,
        }
    }
}

/// The kind that an object's name alone tells (Object Reference, "Custom Objects": the suffixes).
///
/// A custom setting ends in `__c` like an ordinary object; only its definition tells.
pub fn kind_of_name(name: &Name) -> ObjectKind {
    [
        ("__mdt", ObjectKind::CustomMetadata),
        ("__e", ObjectKind::PlatformEvent),
        ("__b", ObjectKind::BigObject),
        ("__x", ObjectKind::ExternalObject),
    ]
    .into_iter()
    .find(|(suffix, _)| name.has_suffix(suffix))
    .map_or(ObjectKind::Ordinary, |(_, kind)| kind)
}
