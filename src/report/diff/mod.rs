//! Two reports side by side: what is new, what is fixed, what is still open, and where access grew without need.
//!
//! In: two reports of `permgap.report/1`. Out: a [`Diff`], as text for people, JSON (`permgap.diff/1`; keys are added,
//! never renamed) or Markdown.

mod write;

use std::collections::{BTreeMap, BTreeSet};

pub(in crate::report) use write::md;
pub use write::{json, markdown, table};

use super::Verdict;
use super::json::v1;
use crate::finding::{BaselineState, Operation};

/// A right that the user has in the new report, had not in the old one, and that no mapping needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Widened {
    /// The object.
    pub object: String,
    /// The field; none for a right on the object.
    pub field: Option<String>,
    /// `read`, `edit`, `view_all` …
    pub right: &'static str,
    /// Whether the old report knew that the user had it not; else it was not known.
    pub certain: bool,
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
    /// Findings of the old report whose audit the new one could not evaluate in full: they may be fixed or not.
    pub lost: Vec<v1::Finding>,
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
        let (fixed, lost): (Vec<&v1::Finding>, Vec<&v1::Finding>) =
            gone.into_iter().partition(|finding| evaluated(finding));
        let (open, fresh): (Vec<&v1::Finding>, Vec<&v1::Finding>) =
            (new.findings.iter()).partition(|finding| known.contains(finding.fingerprint.as_str()));
        let own = |findings: Vec<&v1::Finding>| findings.into_iter().cloned().collect();
        Self {
            times: [old.generated_at.clone(), new.generated_at.clone()],
            new: own(fresh),
            fixed: own(fixed),
            lost: own(lost),
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

type ObjectRightOf = fn(&v1::ObjectHas) -> Option<bool>;

const OBJECT_RIGHTS: [(&str, ObjectRightOf); 6] = [
    ("read", |has| has.read),
    ("create", |has| has.create),
    ("edit", |has| has.edit),
    ("delete", |has| has.delete),
    ("view_all", |has| has.view_all),
    ("modify_all", |has| has.modify_all),
];

/// Rights that the rows of the new report show, that those of the old one did not, and that no row needs.
///
/// Create and Delete are needed by settings and not by rows, so they count as needed where a finding of the old report
/// asked for them.
fn widened(old: &v1::Report, new: &v1::Report) -> Vec<Widened> {
    let before = Had::of(old);
    let mut widened = BTreeSet::new();
    for mapping in &new.mappings {
        let object = mapping.object.to_ascii_lowercase();
        let field = (object.clone(), mapping.field.to_ascii_lowercase());
        let on_object = |operation: Operation| {
            (new.mappings.iter()).any(|other| {
                other.object.eq_ignore_ascii_case(&object) && other.needs.contains(&operation)
            })
        };
        for (right, of) in OBJECT_RIGHTS {
            let needed = match right {
                "read" => on_object(Operation::Read),
                "edit" => on_object(Operation::Edit),
                "create" => asked_for(old, &object, Operation::Create),
                "delete" => asked_for(old, &object, Operation::Delete),
                _ => false,
            };
            if of(&mapping.has.object) == Some(true)
                && !needed
                && let Some(was) = before.objects.get(&object).map(of)
                && was != Some(true)
            {
                widened.insert(Widened {
                    object: mapping.object.clone(),
                    field: None,
                    right,
                    certain: was.is_some(),
                });
            }
        }
        let needs = |operation: Operation| {
            (new.mappings.iter()).any(|other| {
                other.object.eq_ignore_ascii_case(&object)
                    && other.field.eq_ignore_ascii_case(&field.1)
                    && other.needs.contains(&operation)
            })
        };
        let Some(was) = before.fields.get(&field) else {
            continue;
        };
        for (right, now, was, needed) in [
            (
                "read",
                mapping.has.field.read,
                was.read,
                needs(Operation::Read),
            ),
            (
                "edit",
                mapping.has.field.edit,
                was.edit,
                needs(Operation::Edit),
            ),
        ] {
            if now == Some(true) && was != Some(true) && !needed {
                widened.insert(Widened {
                    object: mapping.object.clone(),
                    field: Some(mapping.field.clone()),
                    right,
                    certain: was.is_some(),
                });
            }
        }
    }
    widened.into_iter().collect()
}

fn asked_for(report: &v1::Report, object: &str, operation: Operation) -> bool {
    report.findings.iter().any(|finding| {
        let change = match &finding.fix.change {
            Some(crate::finding::Change::GrantObject { object: on, rights }) => {
                on.is(object)
                    && rights
                        .iter()
                        .any(|right| right.as_str() == operation.as_str())
            }
            _ => false,
        };
        let own = finding
            .object
            .as_deref()
            .is_some_and(|on| on.eq_ignore_ascii_case(object));
        change || (own && finding.operation == Some(operation))
    })
}

/// What the user had by a report, by names in lower case.
struct Had {
    objects: BTreeMap<String, v1::ObjectHas>,
    fields: BTreeMap<(String, String), v1::FieldHas>,
}

impl Had {
    fn of(report: &v1::Report) -> Self {
        let mut had = Self {
            objects: BTreeMap::new(),
            fields: BTreeMap::new(),
        };
        for mapping in &report.mappings {
            let object = mapping.object.to_ascii_lowercase();
            let field = mapping.field.to_ascii_lowercase();
            had.objects.insert(object.clone(), mapping.has.object);
            had.fields.insert((object, field), mapping.has.field);
        }
        had
    }
}
