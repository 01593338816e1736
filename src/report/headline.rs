//! The verdict on a whole run, in one line.

use super::style::Tone;
use super::text::count;
use super::{AuditReport, OutcomeKind, Verdict};
use crate::finding::{BaselineState, Severity};

/// The verdict on a whole run in one line, for a person: how many gaps stop the sync, how many are lesser, and
/// how much is not known. Never says that all is well where something could not be looked at.
pub fn headline(report: &AuditReport) -> String {
    verdict(report).0
}

/// The headline, and what it means.
pub(super) fn verdict(report: &AuditReport) -> (String, Tone) {
    let fresh = |severity: Severity| {
        let counts = |finding: &&crate::finding::Finding| {
            finding.severity == severity && finding.baseline == BaselineState::New
        };
        report.findings.iter().filter(counts).count()
    };
    let counts = Severity::ALL.map(|severity| (severity, fresh(severity)));
    let grave = sum(&counts, |severity| severity >= Severity::High);
    let lesser = sum(&counts, |severity| severity < Severity::High);
    let unknown = not_known(report);
    let known = report
        .findings
        .iter()
        .filter(|finding| finding.baseline == BaselineState::Known)
        .count();

    let mut text = if grave > 0 {
        let mut text = format!(
            "{} the sync: {}",
            count(grave, "gap stops", "gaps stop"),
            by_severity(&counts, |severity| severity >= Severity::High)
        );
        if lesser > 0 {
            text += &format!("; {} besides", lesser_counts(&counts));
        }
        text
    } else if lesser > 0 {
        let verb = if lesser == 1 { "puts" } else { "put" };
        format!(
            "No gap stops the sync, but {lesser} {verb} some records or values at risk: {}",
            lesser_counts(&counts)
        )
    } else if known > 0 {
        "No new gaps".to_owned()
    } else if report.changed_since.is_some() {
        // What was there before is left out, so nothing can be said of the whole.
        "The change brings no gap that was found".to_owned()
    } else if unknown.is_some() {
        "No gaps found".to_owned()
    } else {
        format!(
            "No gaps: {} evaluated, {} ok",
            count(report.audits.len(), "audit", "audits"),
            count(report.mappings.len(), "mapping row", "mapping rows")
        )
    };
    if let Some(unknown) = &unknown {
        text += &if grave == 0 && lesser == 0 {
            format!(", but {unknown}")
        } else {
            format!(". {}", capitalised(unknown))
        };
    }
    text.push('.');
    if known > 0 {
        let verb = if known == 1 { "does" } else { "do" };
        text += &format!(
            " {} {verb} not fail.",
            count(known, "known gap", "known gaps")
        );
    }
    let tone = match (grave, lesser) {
        (0, 0) if unknown.is_none() => Tone::Good,
        (0, _) => Tone::Warn,
        _ => Tone::Worst,
    };
    (text, tone)
}

/// What could not be looked at, as a clause; none where everything was.
fn not_known(report: &AuditReport) -> Option<String> {
    if report.audits.is_empty() {
        return Some("no audit was run".to_owned());
    }
    let summary = report.summary();
    let partly = report
        .audits
        .iter()
        .filter(|audit| audit.outcome != OutcomeKind::NotEvaluated && audit.reason.is_some())
        .count();
    let mut parts = Vec::new();
    if summary.not_evaluated > 0 {
        let audits = count(summary.not_evaluated, "audit", "audits");
        parts.push(format!("{audits} could not be evaluated"));
    }
    if partly > 0 {
        let audits = count(partly, "audit", "audits");
        parts.push(match (summary.not_evaluated, partly) {
            (0, 1) => format!("{audits} was evaluated in part only"),
            (0, _) => format!("{audits} were evaluated in part only"),
            _ => format!("{audits} in part only"),
        });
    }
    if summary.mappings_unknown > 0 {
        let verb = if summary.mappings_unknown == 1 {
            "is"
        } else {
            "are"
        };
        parts.push(format!(
            "{} of {} {verb} not known",
            summary.mappings_unknown,
            count(report.mappings.len(), "mapping row", "mapping rows")
        ));
    }
    if report.mappings.is_empty() {
        parts.push("no mapping rows were given".to_owned());
    }
    // A gap without a finding must not read as 'no gaps'.
    let unexplained = report
        .mappings
        .iter()
        // In the report of a change, the findings of old gaps are left out.
        .filter(|_| report.changed_since.is_none())
        .filter(|mapping| mapping.verdict == Verdict::Gap && mapping.findings.is_empty())
        .count();
    if unexplained > 0 {
        let rows = count(unexplained, "mapping row has", "mapping rows have");
        parts.push(format!("{rows} a gap that no finding explains"));
    }
    let last = parts.pop()?;
    Some(if parts.is_empty() {
        last
    } else {
        format!("{} and {last}", parts.join(", "))
    })
}

fn capitalised(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn lesser_counts(counts: &[(Severity, usize)]) -> String {
    by_severity(counts, |severity| severity < Severity::High)
}

/// `3 critical, 7 high`, leaving out what there is none of.
fn by_severity(counts: &[(Severity, usize)], is: impl Fn(Severity) -> bool) -> String {
    let words: Vec<String> = counts
        .iter()
        .filter(|(severity, number)| *number > 0 && is(*severity))
        .map(|(severity, number)| format!("{number} {}", severity.as_str()))
        .collect();
    words.join(", ")
}

fn sum(counts: &[(Severity, usize)], is: impl Fn(Severity) -> bool) -> usize {
    counts
        .iter()
        .filter(|(severity, _)| is(*severity))
        .map(|(_, number)| number)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_clean_run_is_good_only_if_everything_was_looked_at() {
        let mut report = sample::clean();
        assert_eq!(
            verdict(&report),
            (
                "No gaps: 2 audits evaluated, 1 mapping row ok.".into(),
                Tone::Good
            )
        );
        report.audits[0].outcome = OutcomeKind::NotEvaluated;
        assert_eq!(
            verdict(&report),
            (
                "No gaps found, but 1 audit could not be evaluated.".into(),
                Tone::Warn
            )
        );
        report.mappings[0].verdict = Verdict::Unknown;
        assert_eq!(
            headline(&report),
            "No gaps found, but 1 audit could not be evaluated and 1 of 1 mapping row is not known."
        );
        report.mappings.clear();
        report.audits.clear();
        assert_eq!(headline(&report), "No gaps found, but no audit was run.");
    }

    #[test]
    fn gaps_are_counted_by_what_they_break() {
        let mut report = sample::report();
        insta::assert_snapshot!(headline(&report), @"3 gaps stop the sync: 2 critical, 1 high; 1 medium besides. 2 audits could not be evaluated, 1 audit in part only and 1 of 6 mapping rows is not known. 1 known gap does not fail.");
        for finding in &mut report.findings {
            if finding.severity >= Severity::High {
                finding.baseline = BaselineState::Known;
            }
        }
        insta::assert_snapshot!(headline(&report), @"No gap stops the sync, but 1 puts some records or values at risk: 1 medium. 2 audits could not be evaluated, 1 audit in part only and 1 of 6 mapping rows is not known. 4 known gaps do not fail.");
        report.audits.clear();
        assert!(headline(&report).contains(": 1 medium. No audit was run. 4 known"));
    }
}
