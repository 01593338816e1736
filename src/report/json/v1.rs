//! `permgap.report/1`: the types that are the format.
//!
//! A key is never renamed, removed, moved or given another meaning; a new one is added after the others of
//! its object. Every key is always written; what is not known is `null`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{
    BaselineState, Change, Confidence, EvidenceKind, Operation, Safety, Severity,
};
use crate::report::{OutcomeKind, Verdict};
use crate::snapshot::{Area, CoverageStatus, SourceKind};

/// The format's name and version.
pub const SCHEMA: &str = "permgap.report/1";

/// The format's name and version, as a type that holds nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SchemaName {
    /// The only one.
    #[serde(rename = "permgap.report/1")]
    V1,
}

/// One audit run of permgap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "permgap.report/1")]
pub struct Report {
    /// The format.
    pub schema: SchemaName,
    /// What wrote the report.
    pub tool: Tool,
    /// The time of the audit (RFC 3339).
    pub generated_at: String,
    /// The org.
    pub org: Org,
    /// Whose access was audited.
    pub user: User,
    /// Counts.
    pub summary: Summary,
    /// One entry for each mapping row and Salesforce object, in the order of the input.
    pub mappings: Vec<Mapping>,
    /// Findings, worst first.
    pub findings: Vec<Finding>,
    /// How each audit ended.
    pub audits: Vec<Audit>,
    /// What was read of the org, and what was not.
    pub coverage: Vec<Coverage>,
    /// What a reader must know before anything else, each a sentence.
    pub notices: Vec<String>,
    /// What could not be read, each with its place.
    pub problems: Vec<Problem>,
}

/// What wrote a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `permgap`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Org {
    /// Organization id, 18 characters.
    pub id: Option<String>,
    /// The org's name.
    pub name: Option<String>,
    /// The address that the API answers at.
    pub instance_url: Option<String>,
    /// API version of the facts.
    pub api_version: Option<String>,
    /// Where the facts came from.
    pub source: SourceKind,
    /// When they were collected (RFC 3339).
    pub collected_at: Option<String>,
}

/// Whose access was audited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// Record id.
    pub id: Option<String>,
    /// The name that the user logs in with.
    pub username: Option<String>,
    /// Profile by name.
    pub profile: Option<String>,
    /// Assigned permission sets by API name.
    pub permission_sets: Vec<String>,
    /// Assigned permission set groups by developer name.
    pub permission_set_groups: Vec<String>,
}

/// Counts over the whole report, findings of a baseline among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Findings that break the whole sync or object.
    pub critical: usize,
    /// Findings that break every record through a mapping.
    pub high: usize,
    /// Findings that break some records or values.
    pub medium: usize,
    /// Risks.
    pub low: usize,
    /// Audits that could not be evaluated.
    pub not_evaluated: usize,
    /// Mapping rows by verdict.
    pub mappings: MappingCounts,
}

/// Mapping rows by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MappingCounts {
    /// The user has all that the row needs.
    pub ok: usize,
    /// The user lacks something.
    pub gap: usize,
    /// Something that decides could not be read.
    pub unknown: usize,
}

/// One mapping row on one Salesforce object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mapping {
    /// The data row in its file, counted from 1, headers left out.
    pub row: usize,
    /// The mapping file as given.
    pub file: String,
    /// HubSpot's object.
    pub hubspot_object: String,
    /// HubSpot's property.
    pub hubspot_property: String,
    /// The Salesforce object.
    pub object: String,
    /// The Salesforce field.
    pub field: String,
    /// The sync rule in HubSpot's words.
    pub sync_rule: String,
    /// What the row needs at object and field level.
    pub needs: Vec<Operation>,
    /// What the user has.
    pub has: Has,
    /// Whether the user has what the row needs.
    pub verdict: Verdict,
    /// Fingerprints of the findings that concern the row.
    pub findings: Vec<String>,
    /// The line in its file, counted from 1.
    pub line: usize,
}

/// What the user has; `null` is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Has {
    /// On the object.
    pub object: ObjectHas,
    /// On the field, the object's own rights taken into account.
    pub field: FieldHas,
}

/// What the user has on an object; `null` is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are Salesforce's own names")]
pub struct ObjectHas {
    pub read: Option<bool>,
    pub create: Option<bool>,
    pub edit: Option<bool>,
    pub delete: Option<bool>,
    pub view_all: Option<bool>,
    pub modify_all: Option<bool>,
}

/// What the user has on a field; `null` is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are Salesforce's own names")]
pub struct FieldHas {
    pub read: Option<bool>,
    pub edit: Option<bool>,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The same from run to run, and after a sandbox refresh.
    pub fingerprint: String,
    /// The audit's id.
    pub audit: String,
    /// The permission-error type of the HubSpot-Salesforce guide, 1 to 13.
    #[serde(rename = "type")]
    #[schemars(range(min = 1, max = 13))]
    pub error_type: Option<u8>,
    /// What breaks.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// One line: the fault and its subject.
    pub title: String,
    /// What it means for the sync.
    pub detail: String,
    /// The Salesforce object.
    pub object: Option<String>,
    /// The Salesforce field.
    pub field: Option<String>,
    /// What the user cannot do.
    pub operation: Option<Operation>,
    /// The mapping row that it is about; the first one where a field is in several.
    pub mapping: Option<MappingRef>,
    /// The status codes that Salesforce answers the sync with.
    pub salesforce_errors: Vec<String>,
    /// The card of HubSpot's Sync Health tab that the error appears on.
    pub hubspot_category: Option<String>,
    /// How permgap knows.
    pub evidence: Vec<Evidence>,
    /// What closes it.
    pub fix: Fix,
    /// Whether a baseline knows it.
    pub baseline: BaselineState,
    /// The file that a review shows it at: what a change touched, else the metadata that decides, else the mapping row.
    pub location: Option<Location>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The file as it was given.
    pub file: String,
    /// The line in that file, counted from 1.
    pub line: Option<u32>,
}

/// The mapping row that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MappingRef {
    /// The data row in its file, counted from 1, headers left out.
    pub row: usize,
    /// The mapping file as given.
    pub file: String,
    /// The line in its file, counted from 1.
    pub line: usize,
    /// HubSpot's object.
    pub hubspot_object: String,
    /// HubSpot's property.
    pub hubspot_property: String,
    /// The sync rule in HubSpot's words.
    pub sync_rule: String,
    /// The Salesforce object.
    pub object: String,
    /// The Salesforce field.
    pub field: String,
}

/// One fact behind a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// What kind of fact.
    pub kind: EvidenceKind,
    /// The fact in one sentence.
    pub text: String,
    /// The file it was read from.
    pub file: Option<String>,
    /// The line in that file, counted from 1.
    pub line: Option<u32>,
    /// The profile, permission set or group concerned.
    pub container: Option<String>,
}

/// What closes a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    /// One line.
    pub summary: String,
    /// What to do, step by step.
    pub steps: Vec<String>,
    /// The way through Setup.
    pub setup_path: Option<String>,
    /// Whether it may be applied without a second thought.
    pub safety: Safety,
    /// The change as data, where a program can make it.
    pub change: Option<Change>,
}

/// How one audit ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Audit {
    /// The audit's id.
    pub audit: String,
    /// What came of it.
    pub outcome: OutcomeKind,
    /// Why it was not evaluated, or what part of it was not.
    pub reason: Option<String>,
}

/// How far one area of the org was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// The area.
    pub area: Area,
    /// How much of it was read.
    pub status: CoverageStatus,
    /// Why not more.
    pub reason: Option<String>,
}

/// Something that could not be read and cost only its own facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// The area whose coverage it lowers.
    pub area: Area,
    /// The file, or the query, that failed.
    pub place: String,
    /// Line in the file, counted from 1.
    pub line: Option<u32>,
    /// What is wrong, and what to do next.
    pub message: String,
}
