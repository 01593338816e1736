//! How bad a finding is, and how sure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What breaks in the sync. Ordered from least to worst.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A risk.
    Low,
    /// Some records or values.
    Medium,
    /// Every record through a mapping.
    High,
    /// The whole sync, or the whole object.
    Critical,
}

impl Severity {
    /// From worst to least.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// How sure a finding is. Ordered from least to most; drops with coverage.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The facts allow it.
    Possible,
    /// The facts point to it, but something that was not read could change it.
    Likely,
    /// The facts prove it.
    Certain,
}

impl Confidence {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}
