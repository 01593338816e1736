//! Where a finding is shown in a review: one file and line that exist, or none.

use super::AuditReport;
use crate::finding::{EvidenceKind, Finding};
use crate::snapshot::SourceKind;

/// A file as it was given, and a line counted from 1 where one is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location<'r> {
    pub(super) file: &'r str,
    pub(super) line: Option<u32>,
}

/// The kinds of evidence that a reviewer wants to stand on, best first: the entry that decides, the definition, the
/// container without an entry.
const BEST_FIRST: [EvidenceKind; 5] = [
    EvidenceKind::Muting,
    EvidenceKind::Grant,
    EvidenceKind::Definition,
    EvidenceKind::NoGrant,
    EvidenceKind::Mapping,
];

/// Audits of code: a reviewer wants the line of the class or trigger, and the grants after it.
const OF_CODE: [&str; 1] = ["apex-runs-as-user"];

/// The place of a finding: what a change touched, else the metadata file that decides, else the mapping row.
///
/// None where no file is concerned, and for the demo, whose files are nowhere on the disk. A line is never made up.
pub(super) fn of<'r>(report: &'r AuditReport, finding: &'r Finding) -> Option<Location<'r>> {
    if let Some((file, line)) = &finding.changed_at {
        return Some(Location {
            file,
            line: Some(*line),
        });
    }
    if report.org.source == SourceKind::Demo {
        return None;
    }
    let code = OF_CODE.contains(&finding.audit.id);
    let first = code.then_some(EvidenceKind::Definition);
    for kind in first.into_iter().chain(BEST_FIRST) {
        let found = finding
            .evidence
            .iter()
            .filter(|evidence| evidence.kind == kind)
            .find_map(|evidence| Some((evidence.file.as_deref()?, evidence.line)));
        if let Some((file, line)) = found {
            return Some(Location { file, line });
        }
    }
    let row = report.mappings.get(finding.mapping?)?;
    Some(Location {
        file: &row.file,
        line: u32::try_from(row.line).ok(),
    })
}

/// `Account.Industry`, `Account`, or what else the finding is about.
pub(super) fn logical(finding: &Finding) -> Option<String> {
    match (&finding.object, &finding.field, &finding.subject) {
        (Some(object), Some(field), _) => Some(format!("{object}.{field}")),
        (Some(object), None, _) => Some(object.to_string()),
        (None, _, Some(subject)) => Some(subject.clone()),
        (None, ..) => None,
    }
}
