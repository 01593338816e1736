//! Findings: what an audit says is wrong, how it knows, and what closes it.
//!
//! In: the facts that an audit names. Out: a [`Finding`] with a fingerprint that stays the same across
//! sandboxes and runs. Knows nothing of report formats.

mod evidence;
mod fingerprint;
mod fix;
mod grade;

pub use evidence::{Evidence, EvidenceKind};
pub use fix::{Change, Fix, Safety};
pub use grade::{Confidence, Severity};

use crate::audit::AuditMeta;
use crate::snapshot::Name;

/// What the sync does when it meets the gap.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the variants are the words of the sync")]
pub enum Operation {
    Read,
    Create,
    Edit,
    Delete,
    /// The connection itself: log in, call the API.
    Connect,
    /// Setting an owner.
    Assign,
}

impl Operation {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Delete => "delete",
            Self::Connect => "connect",
            Self::Assign => "assign",
        }
    }
}

/// Whether a baseline knows a finding.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum BaselineState {
    /// Not in the baseline: it counts for the exit status.
    New,
    /// In the baseline, or an intended gap.
    Known,
}

/// One fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The audit that found it; gives id, type and documentation.
    pub audit: &'static AuditMeta,
    /// What breaks.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// One line: the fault and its subject.
    pub title: String,
    /// What that means for the sync.
    pub detail: String,
    /// The object.
    pub object: Option<Name>,
    /// The field, without its object.
    pub field: Option<Name>,
    /// What the user cannot do.
    pub operation: Option<Operation>,
    /// What else tells two findings of one audit on one object and field apart: a system permission, a
    /// record type, a permission set.
    pub subject: Option<String>,
    /// The mapping that the finding is about: an index into the audit's mappings.
    pub mapping: Option<usize>,
    /// The status codes that Salesforce answers the sync with.
    pub salesforce_errors: &'static [&'static str],
    /// The card of HubSpot's Sync Health tab that the error appears on.
    pub hubspot_category: Option<&'static str>,
    /// How permgap knows.
    pub evidence: Vec<Evidence>,
    /// The evidence to show it at, where that is not the entry of a container that decides: what it is about has a file of
    /// its own.
    pub shown_at: Option<EvidenceKind>,
    /// The file and line of a change that brought it, where a change was asked for.
    pub changed_at: Option<(String, u32)>,
    /// What closes it.
    pub fix: Fix,
    /// Whether a baseline knows it.
    pub baseline: BaselineState,
}

impl Finding {
    /// Starts a finding of an audit with the audit's own severity and confidence.
    pub fn new(audit: &'static AuditMeta, title: impl Into<String>, fix: Fix) -> Self {
        Self {
            audit,
            severity: audit.severity,
            confidence: audit.confidence,
            title: title.into(),
            detail: String::new(),
            object: None,
            field: None,
            operation: None,
            subject: None,
            mapping: None,
            salesforce_errors: audit.salesforce_errors,
            hubspot_category: audit.hubspot_category,
            evidence: Vec::new(),
            shown_at: None,
            changed_at: None,
            fix,
            baseline: BaselineState::New,
        }
    }

    /// What the fault means for the sync.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = text.into();
        self
    }

    /// The object it is about.
    #[must_use]
    pub fn object(mut self, object: &Name) -> Self {
        self.object = Some(object.clone());
        self
    }

    /// The field it is about.
    #[must_use]
    pub fn field(mut self, field: &Name) -> Self {
        self.field = Some(field.clone());
        self
    }

    /// What the user cannot do.
    #[must_use]
    pub fn operation(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// What else identifies the fault.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The mapping it is about.
    #[must_use]
    pub fn mapping(mut self, index: usize) -> Self {
        self.mapping = Some(index);
        self
    }

    /// Replaces the severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Lowers the confidence to `confidence` at most.
    #[must_use]
    pub fn at_most(mut self, confidence: Confidence) -> Self {
        self.confidence = self.confidence.min(confidence);
        self
    }

    /// The kind of evidence to show it at.
    #[must_use]
    pub fn shown_at(mut self, kind: EvidenceKind) -> Self {
        self.shown_at = Some(kind);
        self
    }

    /// Adds evidence.
    #[must_use]
    pub fn evidence(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Identifies the fault across runs, sandboxes and releases: 16 hexadecimal digits.
    ///
    /// Made of the audit's id, object, field, operation and subject, with ASCII case folded. No ids, times
    /// or message texts go in.
    pub fn fingerprint(&self) -> String {
        fingerprint::of(&[
            self.audit.id,
            self.object.as_ref().map_or("", Name::as_str),
            self.field.as_ref().map_or("", Name::as_str),
            self.operation.map_or("", Operation::as_str),
            self.subject.as_deref().unwrap_or(""),
        ])
    }
}
