//! Reports: one result, written in many formats.
//!
//! In: an [`AuditReport`]. Out: bytes in the format asked for ([`render`]). Nothing here decides anything: every
//! number and verdict is in the result already. Texts of the org and of mapping files are not trusted: each
//! format keeps them from acting on the terminal or the spreadsheet that shows them.
//!
//! To add a format, write `<format>.rs` with a `SPEC` and list it in `format.rs`.

pub mod access;
pub mod checklist;
pub mod compare;
mod csv;
pub mod diff;
pub mod explain;
pub mod fix;
mod format;
mod github;
mod headline;
mod html;
pub mod hubspot;
pub mod json;
mod junit;
mod location;
mod markdown;
mod page;
pub mod runbook;
#[cfg(test)]
mod sample;
mod sarif;
mod style;
mod table;
mod text;
pub mod triage;
pub mod verify;

pub use format::{Format, UnknownFormat, render};
pub use headline::headline;
pub use style::Style;
pub use text::printable;

use crate::audit::AuditMeta;
use crate::finding::{Confidence, Finding, Operation, Severity};
use crate::snapshot::{Area, AreaCoverage, CollectionProblem, Name, OrgInfo};

/// Whether one mapping row can work.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The user has all that the row needs.
    Ok,
    /// The user lacks something that the row needs.
    Gap,
    /// Something that decides could not be read.
    Unknown,
}

/// What the user may do on an object; `None` is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields are Salesforce's own names")]
pub struct ObjectHas {
    pub read: Option<bool>,
    pub create: Option<bool>,
    pub edit: Option<bool>,
    pub delete: Option<bool>,
    pub view_all: Option<bool>,
    pub modify_all: Option<bool>,
}

/// What the user may do on a field; `None` is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields are Salesforce's own names")]
pub struct FieldHas {
    pub read: Option<bool>,
    pub edit: Option<bool>,
}

/// One mapping row on one Salesforce object, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedMapping {
    /// The data row in its file, counted from 1, headers left out.
    pub row: usize,
    /// The line in its file, counted from 1.
    pub line: usize,
    /// The mapping file as given.
    pub file: String,
    /// HubSpot's object: `contacts`.
    pub hubspot_object: String,
    /// HubSpot's property: `jobtitle`.
    pub hubspot_property: String,
    /// The Salesforce object.
    pub object: Name,
    /// The Salesforce field.
    pub field: Name,
    /// The sync rule in HubSpot's words: `Two-way`.
    pub sync_rule: String,
    /// What the row needs at object and field level: nothing, Read, or Read and Edit.
    pub needs: Vec<Operation>,
    /// What the user has on the object.
    pub has_object: ObjectHas,
    /// What the user has on the field, the object's own rights taken into account.
    pub has_field: FieldHas,
    /// Whether the row can work.
    pub verdict: Verdict,
    /// The findings that concern the row: indices into [`AuditReport::findings`].
    pub findings: Vec<usize>,
}

/// How one audit ended.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditOutcome {
    /// The audit.
    pub audit: &'static AuditMeta,
    /// What came of it.
    pub outcome: OutcomeKind,
    /// Why it was not evaluated, or what part of it was not.
    pub reason: Option<String>,
}

/// What came of an audit.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// Everything was looked at, and nothing is wrong.
    Clean,
    /// Something is wrong.
    Findings,
    /// Something that decides could not be read, and nothing else was found.
    NotEvaluated,
}

/// Whose access was audited.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditedUser {
    /// Record id, where the source knows users.
    pub id: Option<String>,
    /// Username, where the source knows users.
    pub username: Option<String>,
    /// Profile by name.
    pub profile: Option<String>,
    /// Assigned permission sets.
    pub permission_sets: Vec<String>,
    /// Assigned permission set groups.
    pub permission_set_groups: Vec<String>,
}

/// The result of one audit run: what every format shows.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditReport {
    /// The time of the audit (RFC 3339).
    pub generated_at: String,
    /// The org.
    pub org: OrgInfo,
    /// The user.
    pub user: AuditedUser,
    /// What a reader must know before anything else: a permission set that no tree holds, say. Each a sentence.
    pub notices: Vec<String>,
    /// Every mapping row on every Salesforce object, in the order of the input.
    pub mappings: Vec<JudgedMapping>,
    /// Findings, worst first, then by object, field and audit.
    pub findings: Vec<Finding>,
    /// How each audit ended, in the order of the catalogue.
    pub audits: Vec<AuditOutcome>,
    /// What was read.
    pub coverage: Vec<(Area, AreaCoverage)>,
    /// What could not be read and why.
    pub problems: Vec<CollectionProblem>,
    /// The commit against which only what a change brings is reported.
    pub changed_since: Option<String>,
    /// Whether something that makes up the user's access (profile, permission set, group) was not found, so that
    /// a report without findings proves nothing.
    pub subject_incomplete: bool,
}

/// Counts for a first look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each counts what its name says")]
pub struct Summary {
    pub critical: usize,
    pub high: usize,
    pub medium: usize,
    pub low: usize,
    pub not_evaluated: usize,
    pub mappings_ok: usize,
    pub mappings_gap: usize,
    pub mappings_unknown: usize,
}

impl AuditReport {
    /// Counts findings by severity, audits not evaluated, and mapping rows by verdict.
    pub fn summary(&self) -> Summary {
        let severity = |wanted| count(&self.findings, |finding| finding.severity == wanted);
        let verdict = |wanted| count(&self.mappings, |mapping| mapping.verdict == wanted);
        Summary {
            critical: severity(Severity::Critical),
            high: severity(Severity::High),
            medium: severity(Severity::Medium),
            low: severity(Severity::Low),
            not_evaluated: count(&self.audits, |audit| {
                audit.outcome == OutcomeKind::NotEvaluated
            }),
            mappings_ok: verdict(Verdict::Ok),
            mappings_gap: verdict(Verdict::Gap),
            mappings_unknown: verdict(Verdict::Unknown),
        }
    }

    /// For each finding, by its index, the mapping rows that it concerns, in the order of the input.
    pub fn mappings_by_finding(&self) -> Vec<Vec<&JudgedMapping>> {
        let mut concerned: Vec<std::collections::BTreeSet<usize>> = self
            .findings
            .iter()
            .map(|finding| finding.mapping.into_iter().collect())
            .collect();
        for (position, mapping) in self.mappings.iter().enumerate() {
            for index in &mapping.findings {
                if let Some(rows) = concerned.get_mut(*index) {
                    rows.insert(position);
                }
            }
        }
        concerned
            .iter()
            .map(|rows| {
                rows.iter()
                    .filter_map(|row| self.mappings.get(*row))
                    .collect()
            })
            .collect()
    }

    /// The least confidence among the findings that a mapping rests on; none without findings.
    pub fn confidence_of(&self, mapping: &JudgedMapping) -> Option<Confidence> {
        mapping
            .findings
            .iter()
            .filter_map(|index| self.findings.get(*index))
            .map(|finding| finding.confidence)
            .min()
    }
}

fn count<T>(items: &[T], is: impl Fn(&T) -> bool) -> usize {
    items.iter().filter(|item| is(item)).count()
}
