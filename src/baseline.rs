//! Known findings: those that a baseline file lists stay known, and only new ones fail.
//!
//! In: a report written earlier (`permgap.report/1`) or a baseline file (`permgap.baseline/1`), and a report. Out: the
//! report with its known findings marked, and a notice for what no longer occurs. A finding is known by its
//! fingerprint alone; everything else in the file is for people. Knows nothing of flags.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::config::IntendedGap;
use crate::finding::{BaselineState, Finding};
use crate::report::{AuditReport, json};
use crate::snapshot::Name;

/// The format's name and version.
pub const SCHEMA: &str = "permgap.baseline/1";

/// Greatest size of a baseline in bytes: a report of a hundred thousand findings is below it.
const SIZE_LIMIT: u64 = 512 * 1024 * 1024;

/// How many entries a notice names before the rest is counted.
const NAMED: usize = 5;

/// A baseline that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It cannot be read.
    #[error(
        "the baseline `{path}` cannot be read ({source}): check the path, or write one with --write-baseline"
    )]
    Unreadable {
        /// The file, as given.
        path: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// It is far too large to be a baseline.
    #[error("the baseline `{path}` has more than {SIZE_LIMIT} bytes: it is hardly a report")]
    TooLarge {
        /// The file, as given.
        path: String,
    },
    /// It is neither a report nor a baseline.
    #[error(
        "the baseline `{path}` is neither a report ({}) nor a baseline ({SCHEMA}): {reason}; write one with \
         --write-baseline",
        json::v1::SCHEMA
    )]
    Malformed {
        /// The file, as given.
        path: String,
        /// What is wrong with it, with its line where known.
        reason: String,
    },
}

/// One known finding: its fingerprint, and what tells a person which one it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// The audit's id.
    #[serde(default)]
    pub audit: String,
    /// The object.
    #[serde(default)]
    pub object: Option<String>,
    /// The field.
    #[serde(default)]
    pub field: Option<String>,
    /// The finding's title when it was written.
    #[serde(default)]
    pub title: String,
    /// What counts.
    pub fingerprint: String,
}

impl Entry {
    fn of(finding: &Finding) -> Self {
        Self {
            audit: finding.audit.id.to_owned(),
            object: finding.object.as_ref().map(Name::to_string),
            field: finding.field.as_ref().map(Name::to_string),
            title: finding.title.clone(),
            fingerprint: finding.fingerprint(),
        }
    }

    /// `field-not-editable on Account.Industry`.
    fn label(&self) -> String {
        let audit = if self.audit.is_empty() {
            &self.fingerprint
        } else {
            &self.audit
        };
        match (&self.object, &self.field) {
            (Some(object), Some(field)) => format!("{audit} on {object}.{field}"),
            (Some(object), None) => format!("{audit} on {object}"),
            _ => audit.clone(),
        }
    }
}

/// The findings that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<String, Entry>,
}

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    findings: Vec<Entry>,
}

impl Baseline {
    /// Reads a baseline file, or a report as one.
    ///
    /// # Errors
    /// A file that cannot be read or is neither.
    pub fn load(path: &Path) -> Result<Self, BaselineError> {
        let shown = path.display().to_string();
        let unreadable = |source| BaselineError::Unreadable {
            path: shown.clone(),
            source,
        };
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > SIZE_LIMIT {
            return Err(BaselineError::TooLarge { path: shown });
        }
        Self::read(&bytes).map_err(|reason| BaselineError::Malformed {
            path: shown,
            reason,
        })
    }

    fn read(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            schema: Option<String>,
        }
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let head: Head = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let entries = if head.schema.as_deref() == Some(SCHEMA) {
            let file: File = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
            file.findings
        } else {
            let report = json::read(bytes).map_err(|error| error.to_string())?;
            report.findings.into_iter().map(entry_of).collect()
        };
        Ok(Self::from_iter(entries))
    }

    /// All findings of a report but those that an intended gap excuses: these have an end date of their own.
    ///
    /// Entries of `old` stay where an audit could not be evaluated, because nothing says that they are fixed.
    pub fn of(report: &AuditReport, intended: &[IntendedGap], old: &Self) -> Self {
        let in_doubt = in_doubt(report);
        let kept = old.entries.values().filter(|entry| {
            report.changed_since.is_some() || in_doubt.contains(entry.audit.as_str())
        });
        let fresh = report
            .findings
            .iter()
            .filter(|finding| !intended.iter().any(|gap| gap.covers_finding(finding)))
            .map(Entry::of);
        Self::from_iter(kept.cloned().chain(fresh))
    }

    /// Writes the baseline as JSON, sorted, without a time: the same findings give the same bytes.
    ///
    /// # Errors
    /// What the writer answers.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let mut findings: Vec<Entry> = self.entries.values().cloned().collect();
        findings.sort();
        let file = File {
            schema: SCHEMA.to_owned(),
            findings,
        };
        json::write_json(&file, out)
    }

    /// How many findings are known.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Marks the report's findings that the baseline knows, and says which entries no longer occur.
    ///
    /// An intended gap whose end date has passed counts again, whatever the baseline says of it: writing a
    /// baseline is no way around the date.
    pub fn apply(&self, report: &mut AuditReport, intended: &[IntendedGap], today: Date) {
        let mut seen = BTreeSet::new();
        for finding in &mut report.findings {
            let fingerprint = finding.fingerprint();
            if !self.entries.contains_key(&fingerprint) {
                continue;
            }
            let expired = |gap: &&IntendedGap| gap.ended_by(today) && gap.covers_finding(finding);
            if !intended.iter().any(|gap| expired(&gap)) {
                finding.baseline = BaselineState::Known;
            }
            seen.insert(fingerprint);
        }
        // A report of a change holds only what the change brings, which says nothing of the rest.
        if report.changed_since.is_some() {
            return;
        }
        let in_doubt = in_doubt(report);
        let (unknown, gone): (Vec<&Entry>, Vec<&Entry>) = self
            .entries
            .iter()
            .filter(|(fingerprint, _)| !seen.contains(*fingerprint))
            .map(|(_, entry)| entry)
            .partition(|entry| in_doubt.contains(entry.audit.as_str()));
        if !gone.is_empty() {
            report.notices.push(format!(
                "{} of the baseline no longer {}: {}; shorten the baseline with --write-baseline",
                entries(gone.len()),
                if gone.len() == 1 { "occurs" } else { "occur" },
                named(&gone)
            ));
        }
        if !unknown.is_empty() {
            report.notices.push(format!(
                "{} of the baseline {} not found, and whether {} fixed is not known, because {} audit was not \
                 evaluated in full: {}",
                entries(unknown.len()),
                if unknown.len() == 1 { "was" } else { "were" },
                if unknown.len() == 1 { "it is" } else { "they are" },
                if unknown.len() == 1 { "its" } else { "their" },
                named(&unknown)
            ));
        }
    }
}

impl FromIterator<Entry> for Baseline {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let entries = entries
            .into_iter()
            .map(|entry| (entry.fingerprint.clone(), entry))
            .collect();
        Self { entries }
    }
}

fn entry_of(finding: json::v1::Finding) -> Entry {
    Entry {
        audit: finding.audit,
        object: finding.object,
        field: finding.field,
        title: finding.title,
        fingerprint: finding.fingerprint,
    }
}

/// The audits that were not evaluated, or in part only.
fn in_doubt(report: &AuditReport) -> BTreeSet<&'static str> {
    report
        .audits
        .iter()
        .filter(|outcome| outcome.reason.is_some())
        .map(|outcome| outcome.audit.id)
        .collect()
}

fn entries(number: usize) -> String {
    format!("{number} {}", if number == 1 { "entry" } else { "entries" })
}

fn named(entries: &[&Entry]) -> String {
    let labels: Vec<String> = entries
        .iter()
        .take(NAMED)
        .map(|entry| entry.label())
        .collect();
    match entries.len().saturating_sub(NAMED) {
        0 => labels.join(", "),
        more => format!("{} and {more} more", labels.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_are_read_and_others_are_refused_by_name() {
        let text = r#"{"schema":"permgap.baseline/1","findings":[{"fingerprint":"00"}]}"#;
        let baseline = Baseline::read(text.as_bytes()).unwrap();
        assert_eq!(baseline.len(), 1);
        for (text, says) in [
            ("[", "EOF"),
            ("{}", "without a \"schema\""),
            (r#"{"schema":"permgap.baseline/2"}"#, "permgap.baseline/2"),
            (r#"{"schema":"permgap.baseline/1"}"#, "findings"),
        ] {
            let reason = Baseline::read(text.as_bytes()).unwrap_err();
            assert!(reason.contains(says), "{reason}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let entry = |fingerprint: &str, audit: &str| Entry {
            audit: audit.to_owned(),
            object: Some("Account".to_owned()),
            field: None,
            title: String::new(),
            fingerprint: fingerprint.to_owned(),
        };
        let baseline = Baseline::from_iter([entry("2", "b"), entry("1", "c"), entry("2", "b")]);
        let mut out = Vec::new();
        baseline.write(&mut out).unwrap();
        assert_eq!(Baseline::read(&out).unwrap(), baseline);
        assert_eq!(baseline.len(), 2);
    }
}
