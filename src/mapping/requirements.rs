//! What the sync needs of the integration user, derived from mappings and settings.
//!
//! In: [`MappingRow`]s and [`SyncSettings`]. Out: [`Requirements`]. The contract's table of sync rules lives here.

use std::collections::BTreeMap;

use super::{MappingRow, SyncRule};
use crate::snapshot::Name;

/// A mapping row on one Salesforce object.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// The object.
    pub object: Name,
    /// The row as the file gives it.
    pub row: MappingRow,
}

/// A right that the sync needs, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Why, as one sentence.
    pub because: String,
    /// The mappings that need it: indices into [`Requirements::mappings`].
    pub mappings: Vec<usize>,
}

/// What the sync needs on one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are Salesforce's own names")]
pub struct ObjectNeeds {
    pub read: Option<Need>,
    pub create: Option<Need>,
    pub edit: Option<Need>,
    pub delete: Option<Need>,
}

/// One of several objects must be creatable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyCreate {
    /// The objects, the preferred one first.
    pub objects: Vec<Name>,
    /// Why, as one sentence.
    pub because: String,
}

/// A record type that the sync uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedRecordType {
    /// The object.
    pub object: Name,
    /// Developer name.
    pub name: Name,
}

/// Everything that the sync needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Requirements {
    /// Each row on each Salesforce object that it counts on, in the order of the input.
    pub mappings: Vec<Mapping>,
    /// Needs by object.
    pub objects: BTreeMap<Name, ObjectNeeds>,
    /// Creation that one of several objects can serve.
    pub any_create: Vec<AnyCreate>,
    /// Record types that the sync sets.
    pub record_types: Vec<UsedRecordType>,
    /// What a reader should know of how rows were counted, each a sentence.
    pub notes: Vec<String>,
}

impl SyncRule {
    #[expect(dead_code, reason = "base")]
    fn unused(self) {}
}
