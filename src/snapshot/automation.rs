//! Validation rules and sharing rules.

use serde::{Deserialize, Serialize};

use super::{Name, Place};

/// A validation rule: a save is refused when its formula is true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationRule {
    /// API name, unique on its object.
    pub name: Name,
    /// Whether it runs.
    pub active: bool,
    /// The condition for an error; none where the source hides it (managed packages do).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// What its author says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the sync shows when the rule blocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// The field that the error is attached to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_display_field: Option<Name>,
    /// Where its formula stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// How a sharing rule chooses the records that it shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharingRuleKind {
    /// By who owns the record.
    Owner,
    /// By field values.
    Criteria,
    /// For guest users.
    Guest,
    /// By territory.
    Territory,
}

/// A sharing rule, which can only widen access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharingRule {
    /// The object whose records it shares.
    pub object: Name,
    /// API name.
    pub name: Name,
    /// How it chooses records.
    pub kind: SharingRuleKind,
    /// `Read` or `Edit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_level: Option<String>,
    /// Who gets the access: pairs such as `("role", "Sales")`, `("allInternalUsers", "")`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_to: Vec<(String, String)>,
    /// Whose records are shared (owner rules): pairs as above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_from: Vec<(String, String)>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}
