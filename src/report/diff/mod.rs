//! Two reports side by side: what is new, what is fixed, what is still open, and where access grew without need.
//!
//! In: two reports of `permgap.report/1`. Out: a [`Diff`], as text for people, JSON (`permgap.diff/1`; keys are added,
//! never renamed) or Markdown.

mod widened;
mod write;

use std::collections::{BTreeMap, BTreeSet};

pub(in crate::report) use write::md;
pub use write::{json, markdown, table};

use super::Verdict;
use super::json::v1;
use crate::finding::BaselineState;
use widened::widened;

/// Access that the new report shows, the old one did not, and that no mapping needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Widened {
    /// The object; empty where it is not about one.
    pub object: String,
    /// The field; none for a right on the object.
    pub field: Option<String>,
    /// `read`, `edit`, `view_all` …; `change` for any of Create, Edit, Delete and Modify All on an object that no mapping
    /// touches; `more` where the text tells it.
    pub right: &'static str,
    /// Whether the old report knew that the user had it not; else it was not known.
    pub certain: bool,
    /// What a finding says now, where it is open in both reports and tells of more than it did.
    pub text: Option<String>,
}

/// A mapping row whose verdict changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Turned {
    /// The row, as the new report has it.
    pub mapping: v1::Mapping,
    /// The verdict before.
    pub was: Verdict,
}

/// What changed from one report to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// When the reports were made.
    pub times: [String; 2],
    /// Findings of the new report alone.
    pub new: Vec<v1::Finding>,
    /// Findings of the old report alone.
    pub fixed: Vec<v1::Finding>,
    /// Findings of the old report whose audit the new one could not evaluate in full, or whose mapping rows are not known
    /// now: they may be fixed or not.
    pub lost: Vec<v1::Finding>,
    /// Findings of the old report about what the new one's mappings do not hold, or do not need, any more.
    pub unmapped: Vec<v1::Finding>,
    /// Findings of both, as the new report has them.
    pub open: Vec<v1::Finding>,
    /// Access that grew without need.
    pub widened: Vec<Widened>,
    /// Rows whose verdict changed.
    pub turned: Vec<Turned>,
    /// What makes the comparison doubtful, each a sentence.
    pub notices: Vec<String>,
}

impl Diff {
    /// Compares two reports.
    pub fn of(old: &v1::Report, new: &v1::Report) -> Self {
        let known: BTreeSet<&str> = prints(old).collect();
        let current: BTreeSet<&str> = prints(new).collect();
        let unknown: BTreeSet<&str> = new
            .audits
            .iter()
            .filter(|audit| audit.reason.is_some())
            .map(|audit| audit.audit.as_str())
            .collect();
        let (gone, _): (Vec<&v1::Finding>, Vec<_>) = (old.findings.iter())
            .partition(|finding| !current.contains(finding.fingerprint.as_str()));
        let evaluated = |finding: &v1::Finding| {
            // An audit that the new version no longer has cannot have looked.
            let ran = new.audits.iter().any(|audit| audit.audit == finding.audit);
            ran && !unknown.contains(finding.audit.as_str())
        };
        let rows = Rows { old, new };
        let (mut fixed, mut lost, mut unmapped) = (Vec::new(), Vec::new(), Vec::new());
        for finding in gone {
            match rows.standing(finding) {
                Standing::Gone => unmapped.push(finding),
                Standing::Known if evaluated(finding) => fixed.push(finding),
                Standing::Known | Standing::Unknown => lost.push(finding),
            }
        }
        let (open, fresh): (Vec<&v1::Finding>, Vec<&v1::Finding>) =
            (new.findings.iter()).partition(|finding| known.contains(finding.fingerprint.as_str()));
        let own = |findings: Vec<&v1::Finding>| findings.into_iter().cloned().collect();
        Self {
            times: [old.generated_at.clone(), new.generated_at.clone()],
            new: own(fresh),
            fixed: own(fixed),
            lost: own(lost),
            unmapped: own(unmapped),
            open: own(open),
            widened: widened(old, new),
            turned: turned(old, new),
            notices: notices(old, new),
        }
    }

    /// The new findings that count: those that the new report's baseline does not know.
    pub fn counting(&self) -> impl Iterator<Item = &v1::Finding> {
        self.new
            .iter()
            .filter(|finding| finding.baseline == BaselineState::New)
    }
}

fn prints(report: &v1::Report) -> impl Iterator<Item = &str> {
    report
        .findings
        .iter()
        .map(|finding| finding.fingerprint.as_str())
}

fn notices(old: &v1::Report, new: &v1::Report) -> Vec<String> {
    let mut notices = Vec::new();
    let differs = |a: &Option<String>, b: &Option<String>| {
        a.is_some()
            && b.is_some()
            && a.as_deref().map(str::to_lowercase) != b.as_deref().map(str::to_lowercase)
    };
    if differs(&old.user.username, &new.user.username) {
        notices.push("the reports are of different users".to_owned());
    }
    if differs(&old.org.id, &new.org.id) {
        notices.push("the reports are of different orgs".to_owned());
    }
    if old.generated_at > new.generated_at {
        notices.push("the first report is younger than the second".to_owned());
    }
    let evaluated = |report: &v1::Report, id: &str| {
        (report.audits.iter()).any(|audit| audit.audit == id && audit.reason.is_none())
    };
    let blind: Vec<&str> = (old.audits.iter())
        .map(|audit| audit.audit.as_str())
        .filter(|id| evaluated(old, id) && !evaluated(new, id))
        .collect();
    if !blind.is_empty() {
        notices.push(format!(
            "the second report could not evaluate, or not in full, what the first could: {}; what they would find now is not \
             known",
            blind.join(", ")
        ));
    }
    for finding in &new.findings {
        let was = (old.findings.iter()).find(|it| it.fingerprint == finding.fingerprint);
        if let Some(was) = was.filter(|was| finding.severity > was.severity) {
            notices.push(format!(
                "still open and graver, {} instead of {}: {}",
                finding.severity.as_str(),
                was.severity.as_str(),
                finding.title
            ));
        }
    }
    notices
}

/// How the mapping rows of a finding that is gone stand in the new report.
enum Standing {
    Known,
    Unknown,
    Gone,
}

/// The mapping rows of both reports.
struct Rows<'r> {
    old: &'r v1::Report,
    new: &'r v1::Report,
}

impl Rows<'_> {
    /// A finding is about the rows that list it, and one that none lists about all on its object.
    fn standing(&self, finding: &v1::Finding) -> Standing {
        let own = |row: &&v1::Mapping| row.findings.contains(&finding.fingerprint);
        let mut were: Vec<&v1::Mapping> = self.old.mappings.iter().filter(own).collect();
        if were.is_empty() {
            let on = |row: &&v1::Mapping| {
                let object = finding.object.as_deref();
                object.is_some_and(|object| object.eq_ignore_ascii_case(&row.object))
            };
            were = self.old.mappings.iter().filter(on).collect();
        }
        if were.is_empty() {
            return Standing::Known;
        }
        let are: Vec<&v1::Mapping> = (self.new.mappings.iter())
            .filter(|row| {
                (were.iter()).any(|was| {
                    was.object.eq_ignore_ascii_case(&row.object)
                        && was.field.eq_ignore_ascii_case(&row.field)
                })
            })
            .collect();
        let needs = |rows: &[&v1::Mapping]| {
            let operation = finding.operation;
            operation.is_some_and(|it| rows.iter().any(|row| row.needs.contains(&it)))
        };
        if are.is_empty() || (needs(&were) && !needs(&are)) {
            Standing::Gone
        } else if are.iter().any(|row| row.verdict == Verdict::Unknown) {
            Standing::Unknown
        } else {
            Standing::Known
        }
    }
}

/// What identifies a mapping row from one report to the next: not its number, which an inserted row shifts.
fn key(mapping: &v1::Mapping) -> [String; 4] {
    [
        &mapping.object,
        &mapping.field,
        &mapping.hubspot_object,
        &mapping.hubspot_property,
    ]
    .map(|text| text.to_ascii_lowercase())
}

fn turned(old: &v1::Report, new: &v1::Report) -> Vec<Turned> {
    let verdicts: BTreeMap<_, Verdict> = old
        .mappings
        .iter()
        .map(|mapping| (key(mapping), mapping.verdict))
        .collect();
    (new.mappings.iter())
        .filter_map(|mapping| {
            let was = *verdicts.get(&key(mapping))?;
            (was != mapping.verdict).then(|| Turned {
                mapping: mapping.clone(),
                was,
            })
        })
        .collect()
}
