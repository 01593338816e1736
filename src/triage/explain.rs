//! Sorted errors joined with a report of `permgap audit`: grouped, counted, each with the finding that explains it.
//!
//! In: errors one by one, rules, and a report where there is one. Out: a [`Triage`]. Holds a bounded number of errors
//! and groups; what is beyond is counted.

use std::collections::BTreeMap;

use super::classify::{Classified, Kind};
use super::input::SyncError;
use super::rules::{About, Certainty, Rule, Rules};
use crate::finding::{Operation, Severity};
use crate::report::json::v1;

/// Most errors that are kept one by one.
const MOST_ERRORS: usize = 200_000;

/// Most groups.
const MOST_GROUPS: usize = 20_000;

/// Texts of a group that are shown.
const EXAMPLES: usize = 3;

/// Findings that are named where the text does not tell which it is.
const MOST_POSSIBLE: usize = 3;

/// What a report says of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explanation {
    /// These findings explain it.
    Findings(Vec<ExplainingFinding>),
    /// The report was looked at, and nothing in it does.
    Nothing,
    /// No report was given, or the error needs no finding.
    NotAsked,
}

/// A finding that explains an error.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ExplainingFinding {
    /// Its fingerprint.
    pub fingerprint: String,
    /// Its audit.
    pub audit: String,
    /// Its type.
    #[serde(rename = "type")]
    pub error_type: Option<u8>,
    /// What breaks.
    pub severity: Severity,
    /// Whether it must be this one.
    pub certainty: Certainty,
    /// One line.
    pub title: String,
    /// What closes it.
    pub fix: String,
}

/// Errors of one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriageGroup {
    /// What they are.
    pub classified: Classified,
    /// How many there are.
    pub count: usize,
    /// The first of them, counted from 1.
    pub first_row: usize,
    /// The first texts, as they stand in the input.
    pub examples: Vec<String>,
    /// The finding that explains them.
    pub explanation: Explanation,
    /// What to check next.
    pub next: String,
}

/// One error and where it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriagedError {
    /// Which error of the input, counted from 1.
    pub row: usize,
    /// The line where it begins.
    pub line: u64,
    /// The text as it stands in the input.
    pub raw: String,
    /// The kind of record of the row, by its id.
    pub record_kind: Option<&'static str>,
    /// Its group, an index into [`Triage::groups`].
    pub group: usize,
}

/// Every error of an input, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Triage {
    /// Groups; permission errors first, then by how many they are.
    pub groups: Vec<TriageGroup>,
    /// The errors, in the order of the input.
    pub errors: Vec<TriagedError>,
    /// Errors beyond those kept, which are counted in their groups.
    pub not_listed: usize,
    /// Errors of further groups, which are counted nowhere else.
    pub not_grouped: usize,
}

/// Puts errors together.
pub struct Sorter<'r> {
    rules: &'r Rules,
    report: Option<&'r v1::Report>,
    groups: BTreeMap<Classified, usize>,
    triage: Triage,
}

impl<'r> Sorter<'r> {
    /// Sorts by rules, and joins with a report where there is one.
    pub fn new(rules: &'r Rules, report: Option<&'r v1::Report>) -> Self {
        Self {
            rules,
            report,
            groups: BTreeMap::new(),
            triage: Triage::default(),
        }
    }

    /// Takes one error.
    pub fn add(&mut self, error: &SyncError) {
        let (classified, rule) = self.rules.sort(error);
        let at = match self.groups.get(&classified) {
            Some(at) => *at,
            None if self.triage.groups.len() >= MOST_GROUPS => {
                self.triage.not_grouped += 1;
                return;
            }
            None => {
                let explanation = explain(&classified, rule, self.report);
                let at = self.triage.groups.len();
                self.groups.insert(classified.clone(), at);
                self.triage.groups.push(TriageGroup {
                    next: rule.map_or_else(String::new, |rule| rule.next.clone()),
                    classified,
                    count: 0,
                    first_row: error.row,
                    examples: Vec::new(),
                    explanation,
                });
                at
            }
        };
        if let Some(group) = self.triage.groups.get_mut(at) {
            group.count += 1;
            if group.examples.len() < EXAMPLES && !group.examples.contains(&error.raw) {
                group.examples.push(error.raw.clone());
            }
        }
        if self.triage.errors.len() < MOST_ERRORS {
            let record = error.salesforce_record.as_deref();
            self.triage.errors.push(TriagedError {
                row: error.row,
                line: error.line,
                raw: error.raw.clone(),
                record_kind: record.and_then(super::normal::kind_of_id),
                group: at,
            });
        } else {
            self.triage.not_listed += 1;
        }
    }

    /// The result: groups in their order.
    pub fn finish(self) -> Triage {
        let mut triage = self.triage;
        let mut order: Vec<usize> = (0..triage.groups.len()).collect();
        order.sort_by_key(|at| {
            triage.groups.get(*at).map(|group| {
                (
                    group.classified.kind,
                    std::cmp::Reverse(group.count),
                    group.classified.clone(),
                )
            })
        });
        let mut place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            if let Some(place) = place.get_mut(*old) {
                *place = new;
            }
        }
        for error in &mut triage.errors {
            error.group = place.get(error.group).copied().unwrap_or_default();
        }
        triage.groups = order
            .iter()
            .filter_map(|at| triage.groups.get(*at).cloned())
            .collect();
        triage
    }
}

/// The findings of a report that explain an error.
fn explain(error: &Classified, rule: Option<&Rule>, report: Option<&v1::Report>) -> Explanation {
    let (Some(rule), Some(report)) = (rule, report) else {
        return Explanation::NotAsked;
    };
    if rule.audits.is_empty() {
        return Explanation::NotAsked;
    }
    let mut found: Vec<(Fit, usize, &v1::Finding)> = report
        .findings
        .iter()
        .filter_map(|finding| {
            let rank = rule
                .audits
                .iter()
                .position(|audit| *audit == finding.audit)?;
            Some((fit(error, rule.about, rank, finding)?, rank, finding))
        })
        .collect();
    found.sort_by(|a, b| {
        (a.0, a.1, std::cmp::Reverse(a.2.severity)).cmp(&(
            b.0,
            b.1,
            std::cmp::Reverse(b.2.severity),
        ))
    });
    // A closer fit says more than any looser one.
    let Some(best) = found.first().map(|(fit, ..)| *fit) else {
        return Explanation::Nothing;
    };
    found.retain(|(fit, ..)| *fit == best);
    if best == Fit::Loose {
        found.truncate(MOST_POSSIBLE);
    }
    // Several findings of the likeliest audit leave open which it is, and those of other audits stand beside it.
    let likeliest = found.first().map(|(_, rank, _)| *rank);
    let sole = found
        .iter()
        .filter(|(_, rank, _)| Some(*rank) == likeliest)
        .count()
        == 1;
    let certainty = |fit: Fit, rank: usize, finding: &v1::Finding| {
        let of_type = match finding.error_type {
            Some(number) => error.types.is_empty() || error.types.contains(&number),
            None => error.kind != Kind::PermissionError,
        };
        // Any fault of a connection may stand beside an error of it: only a code tells that it is the likeliest one.
        let of_connection = rule.about == About::Connection;
        let is_it = sole
            && (!of_connection || (rank == 0 && error.code.is_some()))
            && Some(rank) == likeliest
            && of_type
            && fit == Fit::Exact
            && (finding.field.is_none() || error.field.is_some());
        match error.certainty {
            // HubSpot's refusals name neither the feature nor the user.
            Some(Certainty::Certain) if is_it && error.kind != Kind::HubspotError => {
                Certainty::Certain
            }
            _ => Certainty::Possible,
        }
    };
    let explaining = found
        .iter()
        .map(|(fit, rank, finding)| ExplainingFinding {
            fingerprint: finding.fingerprint.clone(),
            audit: finding.audit.clone(),
            error_type: finding.error_type,
            severity: finding.severity,
            certainty: certainty(*fit, *rank, finding),
            title: finding.title.clone(),
            fix: finding.fix.summary.clone(),
        })
        .collect();
    Explanation::Findings(explaining)
}

/// How close a finding is to an error, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The same field, or the same object where the error names no field, or the connection.
    Exact,
    /// The object of the field that the error names.
    Whole,
    /// The error does not tell enough to say no.
    Loose,
}

fn fit(error: &Classified, about: About, rank: usize, finding: &v1::Finding) -> Option<Fit> {
    let same = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => Some(a.eq_ignore_ascii_case(b)),
        _ => None,
    };
    // What is about the connection concerns every error of its kind.
    if about == About::Connection {
        return match same(&error.object, &finding.object) {
            Some(false) => None,
            Some(true) => Some(Fit::Exact),
            None => Some(if finding.object.is_none() {
                Fit::Exact
            } else {
                Fit::Loose
            }),
        };
    }
    let object = same(&error.object, &finding.object);
    if object == Some(false) {
        return None;
    }
    let operation = match (error.operation, finding.operation) {
        (Some(error), Some(finding)) => finding == error || finding == Operation::Read,
        _ => true,
    };
    match (same(&error.field, &finding.field), object) {
        (Some(false), _) => None,
        // The rule's own operation is a guess where the text tells none, so another one only weakens it.
        (Some(true), Some(true)) if operation => Some(Fit::Exact),
        // Lead and Contact share a field's name: without the object it may be either.
        (Some(true), _) => Some(Fit::Loose),
        (None, Some(true)) if error.field.is_some() => operation.then_some(Fit::Whole),
        (None, Some(true)) if finding.field.is_none() => operation.then_some(Fit::Exact),
        // A field that the error does not name: the one that the rule is about, or one of which it is the likeliest.
        (None, Some(true)) if about == About::Object && rank == 0 => Some(Fit::Exact),
        (None, Some(true)) => (about == About::Field).then_some(Fit::Loose),
        (None, _) if error.field.is_none() && error.object.is_none() => Some(Fit::Loose),
        // A finding about several objects explains an error on what it names. A mere risk refuses no record.
        (None, _) if finding.object.is_none() => {
            (finding.severity > Severity::Low && tells_of(finding, error)).then_some(Fit::Whole)
        }
        (None, _) => None,
    }
}

/// Whether the texts of a finding without an object name what an error is about: `Edit on Account`, `Account.Segment__c`, a
/// package of which it is.
fn tells_of(finding: &v1::Finding, error: &Classified) -> bool {
    let mut texts: Vec<&str> = vec![&finding.title, &finding.detail];
    texts.extend(
        finding
            .evidence
            .iter()
            .map(|evidence| evidence.text.as_str()),
    );
    let said = |wanted: &str| {
        texts.iter().any(|text| {
            text.match_indices(wanted).any(|(at, _)| {
                let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let before = text.get(..at).and_then(|text| text.chars().next_back());
                let mut after = text.get(at + wanted.len()..).unwrap_or_default().chars();
                let next = after.next();
                let dotted = next == Some('.') && after.next().is_some_and(inside);
                !before.is_some_and(|c| inside(c) || c == '.')
                    && !next.is_some_and(inside)
                    && !dotted
            })
        })
    };
    let of_package = [&error.object, &error.field]
        .into_iter()
        .flatten()
        .filter(|name| name.matches("__").count() > 1)
        .filter_map(|name| name.split_once("__"))
        .any(|(namespace, _)| said(&format!("({namespace})")));
    let on = |object: &String| {
        let same = error.operation.map(|operation| match operation {
            Operation::Create => "Create",
            Operation::Edit => "Edit",
            Operation::Delete => "Delete",
            _ => "Read",
        });
        // Without Read on the object nothing else is possible.
        ["Read", same.unwrap_or("Edit")]
            .iter()
            .any(|word| said(&format!("{word} on {object}")))
    };
    of_package
        || match (&error.object, &error.field) {
            (Some(object), Some(field)) => said(&format!("{object}.{field}")) || on(object),
            (Some(object), None) => on(object),
            (None, Some(field)) => {
                let end = format!(".{field}");
                texts.iter().any(|text| text.contains(&end))
            }
            (None, None) => true,
        }
}

impl TriageGroup {
    /// What breaks: of the worst finding that explains it, or high for a refusal that nothing explains.
    pub fn severity(&self) -> Option<Severity> {
        if !matches!(
            self.classified.kind,
            Kind::PermissionError | Kind::HubspotError
        ) {
            return None;
        }
        match &self.explanation {
            Explanation::Findings(all) => all.iter().map(|finding| finding.severity).max(),
            Explanation::Nothing | Explanation::NotAsked => Some(Severity::High),
        }
    }
}

impl Triage {
    /// How many errors are of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.groups
            .iter()
            .filter(|group| group.classified.kind == kind)
            .map(|group| group.count)
            .sum()
    }
}
