//! JUnit XML, for the test view of a CI server: one case for each mapping row and for each audit.
//!
//! A row that has all it needs passes, one with a new gap fails, one that is not known is skipped, and a gap that the
//! baseline knows passes with its text as output. An audit that was not evaluated is skipped with its reason.

use std::io;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::format::Spec;
use super::{AuditOutcome, AuditReport, JudgedMapping, OutcomeKind, Style, Verdict, text};
use crate::finding::{BaselineState, Finding};

pub(super) const SPEC: Spec = Spec {
    name: "junit",
    ending: Some("xml"),
    write,
};

fn write(report: &AuditReport, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut mappings = TestSuite::new("mappings");
    for mapping in &report.mappings {
        mappings.add_test_case(row(report, mapping));
    }
    let mut audits = TestSuite::new("audits");
    for outcome in &report.audits {
        audits.add_test_case(audit(report, outcome));
    }
    for notice in &report.notices {
        audits.add_property(("notice", clean(notice).as_str()));
    }
    let mut junit = Report::new("permgap");
    junit.add_test_suite(mappings);
    junit.add_test_suite(audits);
    let xml = junit.to_string().map_err(io::Error::other)?;
    out.write_all(xml.as_bytes())
}

/// A text with hidden characters written out, and without the two that XML cannot hold at all.
fn clean(words: &str) -> String {
    text::clean(words).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn row(report: &AuditReport, mapping: &JudgedMapping) -> TestCase {
    let findings: Vec<&Finding> = mapping
        .findings
        .iter()
        .filter_map(|index| report.findings.get(*index))
        .collect();
    let name = format!(
        "{} {} to {}.{} ({}:{})",
        mapping.hubspot_object,
        mapping.hubspot_property,
        mapping.object,
        mapping.field,
        mapping.file,
        mapping.line
    );
    let gap = (mapping.verdict == Verdict::Gap).then(|| {
        format!(
            "{}.{} lacks what {} needs",
            mapping.object, mapping.field, mapping.sync_rule
        )
    });
    let mut case = case(&name, "mappings", &findings, gap.as_deref(), false);
    if mapping.verdict == Verdict::Unknown && matches!(case.status, TestCaseStatus::Success { .. })
    {
        case.status = TestCaseStatus::skipped();
        case.status.set_message(
            "what decides could not be read, so whether the row can work is not known",
        );
    }
    // A gap whose findings a report of a change leaves out is an old one.
    if report.changed_since.is_some() && findings.is_empty() && mapping.verdict == Verdict::Gap {
        case.status = TestCaseStatus::success();
        case.set_system_out("the gap was there before the change");
    }
    case
}

fn audit(report: &AuditReport, outcome: &AuditOutcome) -> TestCase {
    let findings: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.audit.id == outcome.audit.id)
        .collect();
    let mut case = case(outcome.audit.id, "audits", &findings, None, true);
    let reason = outcome.reason.as_deref();
    if matches!(case.status, TestCaseStatus::Success { .. })
        && (outcome.outcome == OutcomeKind::NotEvaluated || reason.is_some())
    {
        case.status = TestCaseStatus::skipped();
        let reason = reason.unwrap_or("no reason is known");
        case.status.set_message(clean(&format!(
            "{}: {reason}",
            super::sarif::not_evaluated(outcome)
        )));
    } else if let Some(reason) = reason {
        case.set_system_err(clean(&format!("evaluated in part only: {reason}")));
    }
    case
}

/// A case that fails with the new findings, and tells known ones as output. `gap` is a gap that no finding explains. The
/// evidence stands at the audit's case only: a finding can concern every row.
fn case(
    name: &str,
    class: &str,
    findings: &[&Finding],
    gap: Option<&str>,
    evidence: bool,
) -> TestCase {
    let (new, known): (Vec<&Finding>, Vec<&Finding>) = findings
        .iter()
        .partition(|finding| finding.baseline == BaselineState::New);
    let status = match (new.as_slice(), gap) {
        ([first, ..], _) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_type(first.audit.id)
                .set_message(clean(&first.title))
                .set_description(words(&new, evidence));
            status
        }
        ([], Some(gap)) if known.is_empty() => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(clean(gap));
            status
        }
        _ => TestCaseStatus::success(),
    };
    let mut case = TestCase::new(clean(name), status);
    case.set_classname(format!("permgap.{class}"));
    if !known.is_empty() {
        case.set_system_out(format!("known:\n{}", words(&known, evidence)));
    }
    case
}

fn words(findings: &[&Finding], evidence: bool) -> String {
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| {
            let mut lines = vec![
                format!(
                    "{} {} [{}]",
                    finding.severity.as_str(),
                    clean(&finding.title),
                    finding.fingerprint()
                ),
                format!("  fix: {}", clean(&finding.fix.summary)),
            ];
            if let Some(path) = &finding.fix.setup_path {
                lines.push(format!("  in Setup: {}", clean(path)));
            }
            for evidence in finding.evidence.iter().filter(|_| evidence) {
                lines.push(format!("  - {}", clean(&text::fact(evidence))));
            }
            lines.join("\n")
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::{Format, render, sample};
    use super::*;

    fn rendered(report: &AuditReport) -> Report {
        let mut out = Vec::new();
        render(report, Format::Junit, &Style::default(), &mut out).unwrap();
        Report::deserialize_from_str(std::str::from_utf8(&out).unwrap()).unwrap()
    }

    #[test]
    fn rows_and_audits_are_cases_and_what_is_not_known_is_skipped() {
        let report = rendered(&sample::report());
        let [mappings, audits] = report.test_suites.as_slice() else {
            panic!("{report:?}");
        };
        assert_eq!(
            (mappings.tests, mappings.failures, mappings.skipped),
            (6, 2, 1)
        );
        let known = &mappings.test_cases[3];
        assert!(matches!(known.status, TestCaseStatus::Success { .. }));
        assert!(
            known
                .system_out
                .as_ref()
                .unwrap()
                .as_str()
                .contains("Contact.Fax")
        );
        assert_eq!((audits.tests, audits.failures, audits.skipped), (6, 3, 2));
    }
}
