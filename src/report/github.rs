//! Annotations of GitHub Actions: one workflow command a finding, at its file and line.
//!
//! A runner reads each line of a step's output that begins with `::`. Texts are escaped as its toolkit does it
//! (GitHub Docs, "Workflow commands for GitHub Actions"), so that no label can start a command of its own.

use std::io;

use super::format::Spec;
use super::{AuditReport, Style, headline, location, sarif, text};
use crate::finding::{BaselineState, Finding, Severity};

pub(super) const SPEC: Spec = Spec {
    name: "github",
    ending: None,
    write,
};

fn write(report: &AuditReport, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in &report.findings {
        let place = location::of(report, finding);
        let mut properties = Vec::new();
        if let Some(place) = &place {
            properties.push(format!("file={}", property(place.file)));
            if let Some(line) = place.line {
                properties.push(format!("line={line}"));
            }
        }
        properties.push(format!("title={}", property(&title(finding))));
        writeln!(
            out,
            "::{} {}::{}",
            level(finding),
            properties.join(","),
            data(&words(finding))
        )?;
    }
    for outcome in &report.audits {
        if outcome.outcome == super::OutcomeKind::NotEvaluated || outcome.reason.is_some() {
            let reason = outcome.reason.as_deref().unwrap_or("no reason is known");
            let words = format!(
                "{} {}: {reason}",
                outcome.audit.id,
                sarif::not_evaluated(outcome)
            );
            writeln!(out, "::warning title=permgap::{}", data(&words))?;
        }
    }
    for problem in &report.problems {
        let words = format!("{}: {}", problem.place, problem.message);
        writeln!(out, "::warning title=permgap::{}", data(&words))?;
    }
    for notice in &report.notices {
        writeln!(out, "::notice title=permgap::{}", data(notice))?;
    }
    writeln!(out, "::notice title=permgap::{}", data(&headline(report)))
}

fn level(finding: &Finding) -> &'static str {
    match (finding.baseline, finding.severity) {
        (BaselineState::Known, _) | (_, Severity::Low) => "notice",
        (_, Severity::Medium) => "warning",
        (_, Severity::High | Severity::Critical) => "error",
    }
}

fn title(finding: &Finding) -> String {
    let known = match finding.baseline {
        BaselineState::Known => ", known",
        BaselineState::New => "",
    };
    format!(
        "{} ({}{known})",
        finding.audit.id,
        finding.severity.as_str()
    )
}

fn words(finding: &Finding) -> String {
    let mut words = finding.title.clone();
    if !finding.detail.is_empty() {
        words.push_str(". ");
        words.push_str(&finding.detail);
    }
    format!("{words} Fix: {}", finding.fix.summary)
}

/// The text after the last `::`. Line breaks are hidden characters, and so are written out by then.
fn data(words: &str) -> String {
    text::clean(words).replace('%', "%25")
}

/// The value of a property.
fn property(words: &str) -> String {
    data(words).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::{Format, render, sample};
    use super::*;

    #[test]
    fn each_finding_is_one_command_and_no_text_starts_another() {
        let mut report = sample::report();
        report.findings[0].title = "a\n::error::b%0A".into();
        report.findings[2].changed_at = Some(("x,y:z/100%.xml".into(), 7));
        let mut out = Vec::new();
        render(&report, Format::Github, &Style::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let commands = report.findings.len() + 3 + report.problems.len() + report.notices.len() + 1;
        assert_eq!(text.lines().count(), commands, "{text}");
        assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
        assert!(text.contains("::a\\n::error::b%250A"), "{text}");
        assert!(
            text.contains("::error file=x%2Cy%3Az/100%25.xml,line=7,title="),
            "{text}"
        );
        assert!(
            text.contains("::notice file=force-app/"),
            "a known one: {text}"
        );
    }
}
