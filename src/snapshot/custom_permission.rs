//! Custom permissions: switches that an org defines and formulas ask for.

use serde::{Deserialize, Serialize};

use super::{Name, Place};

/// The definition of a custom permission; containers grant it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomPermission {
    /// API name.
    pub name: Name,
    /// The label that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Other custom permissions that it demands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<Name>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}
