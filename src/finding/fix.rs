//! What closes a finding: steps for a person, and a change that a program can write.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::snapshot::{Name, ObjectRight};

/// Whether a fix may be applied without a second thought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// Grants exactly what the mapping needs.
    Safe,
    /// Grants more than one mapping needs (View All, Modify All, a system permission): decide first.
    Unsafe,
    /// Nothing that a file can change; advice for a person.
    Advice,
}

/// One change of the org or the mapping, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Change {
    /// Grant field-level security.
    GrantField {
        /// The object.
        object: Name,
        /// The field that carries the field-level security: the compound one for a part of an address.
        field: Name,
        /// Grant Read.
        read: bool,
        /// Grant Edit.
        edit: bool,
    },
    /// Grant object permissions; prerequisites are included.
    GrantObject {
        /// The object.
        object: Name,
        /// The rights, prerequisites included.
        rights: Vec<ObjectRight>,
    },
    /// Grant a system permission.
    GrantUserPermission {
        /// API name: `ApiEnabled`.
        name: Name,
        /// What Salesforce demands in the same container besides: Access Activities with Edit Tasks.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requires: Vec<Name>,
    },
    /// Make a record type available.
    GrantRecordType {
        /// The object.
        object: Name,
        /// Developer name.
        record_type: Name,
    },
    /// Grant a custom permission.
    GrantCustomPermission {
        /// API name.
        name: Name,
    },
    /// Give a validation rule another formula.
    ChangeValidationRule {
        /// The object.
        object: Name,
        /// API name of the rule.
        rule: Name,
        /// The whole new formula.
        formula: String,
    },
    /// Assign an existing permission set or group.
    Assign {
        /// API name of the permission set.
        permission_set: Name,
    },
    /// Change a mapping's sync rule.
    ChangeSyncRule {
        /// The rule to choose.
        to: String,
    },
}

/// The smallest thing that closes a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// One line.
    pub summary: String,
    /// What to do, step by step.
    pub steps: Vec<String>,
    /// The way through Setup: `Setup > Permission Sets > … > Object Settings > Account`.
    pub setup_path: Option<String>,
    /// Whether it may be applied without a second thought.
    pub safety: Safety,
    /// The change as data, where a program can make it.
    pub change: Option<Change>,
    /// The set or group of which the user's assignment has ended, where renewing it closes the finding too.
    pub renewal: Option<String>,
    /// The object of which a sharing rule closes the finding, and whether the rule has to give Read/Write.
    pub sharing: Option<(Name, bool)>,
}

impl Fix {
    /// A fix of one line.
    pub fn new(safety: Safety, summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            steps: Vec::new(),
            setup_path: None,
            safety,
            change: None,
            renewal: None,
            sharing: None,
        }
    }

    /// Adds a step.
    #[must_use]
    pub fn step(mut self, step: impl Into<String>) -> Self {
        self.steps.push(step.into());
        self
    }

    /// The way through Setup.
    #[must_use]
    pub fn setup(mut self, path: impl Into<String>) -> Self {
        self.setup_path = Some(path.into());
        self
    }

    /// The change as data.
    #[must_use]
    pub fn change(mut self, change: Change) -> Self {
        self.change = Some(change);
        self
    }
}
