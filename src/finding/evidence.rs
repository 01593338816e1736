//! How permgap knows: each fact behind a finding, with the place where it was read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of fact an evidence is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// The mapping row that needs the access.
    Mapping,
    /// A container that grants something.
    Grant,
    /// A container that was looked at and does not grant.
    NoGrant,
    /// A muting permission set that takes a grant away.
    Muting,
    /// The definition of an object, field, record type or rule.
    Definition,
    /// Something that was not read and could change the answer.
    Coverage,
    /// A setting of `permgap.toml`, or a default that stands in for one.
    Setting,
    /// A fact of the platform.
    Platform,
}

/// One fact behind a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What kind of fact.
    pub kind: EvidenceKind,
    /// The fact, in one sentence.
    pub text: String,
    /// The file it was read from.
    pub file: Option<String>,
    /// The line in that file, counted from 1.
    pub line: Option<u32>,
    /// The profile, permission set or group concerned: `permission set HubSpot_Sync`.
    pub container: Option<String>,
}

impl Evidence {
    /// A fact without a place.
    pub fn new(kind: EvidenceKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            file: None,
            line: None,
            container: None,
        }
    }

    /// Where it was read.
    #[must_use]
    pub fn at(mut self, file: Option<&str>, line: Option<u32>) -> Self {
        self.file = file.map(str::to_owned);
        self.line = self.file.as_ref().and(line);
        self
    }

    /// The container concerned.
    #[must_use]
    pub fn container(mut self, container: impl Into<String>) -> Self {
        self.container = Some(container.into());
        self
    }
}
