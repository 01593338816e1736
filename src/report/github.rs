//! Annotations of GitHub Actions: one workflow command a finding, at its file and line.
//!
//! GitHub shows ten errors, ten warnings and ten notices of a step and drops the rest without a word (GitHub Docs, "Setting
//! exit codes", and the runner's limit). So the verdict comes first, findings are the worst first, the new before the
//! known, what is not evaluated shares one annotation, and what is more than ten of a kind is said. The log has all.
//!
//! A runner reads each line of a step's output that begins with `::`. Texts are escaped as its toolkit does it
//! (GitHub Docs, "Workflow commands for GitHub Actions"), so that no label can start a command of its own.

use std::io;

use super::format::Spec;
use super::{AuditReport, Style, headline, location, sarif, text};
use crate::finding::{BaselineState, Evidence, EvidenceKind, Finding, Severity};

pub(super) const SPEC: Spec = Spec {
    name: "github",
    ending: None,
    write,
};

/// How many annotations of one kind GitHub shows of one step.
const SHOWN: usize = 10;

/// Most characters of a message: a label can have 100 kB, and a reviewer reads a few lines.
const LIMIT: usize = 4_000;

/// Most characters of a title.
const TITLE_LIMIT: usize = 200;

fn write(report: &AuditReport, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "::notice title=permgap::{}", data(&headline(report)))?;
    for notice in &report.notices {
        writeln!(out, "::notice title=permgap::{}", data(notice))?;
    }
    if let Some(words) = not_evaluated(report) {
        writeln!(out, "::warning title=permgap::{words}")?;
    }
    let is_known = |finding: &&Finding| finding.baseline == BaselineState::Known;
    let (known, new): (Vec<&Finding>, Vec<&Finding>) = report.findings.iter().partition(is_known);
    let errors = new.iter().filter(|finding| level(finding) == "error");
    let more = errors.count().saturating_sub(SHOWN);
    if more > 0 {
        let words = format!(
            "{} no room among GitHub's annotations: the log of this step has all, and SARIF and Markdown too",
            text::count(more, "grave gap has", "grave gaps have")
        );
        writeln!(out, "::warning title=permgap::{}", data(&words))?;
    }
    for finding in new.into_iter().chain(known) {
        let place = location::of(report, finding);
        let mut properties = Vec::new();
        if let Some(place) = &place {
            properties.push(format!("file={}", escaped(place.file)));
            if let Some(line) = place.line {
                properties.push(format!("line={line}"));
            }
        }
        properties.push(format!("title={}", property(&title(finding))));
        let properties = properties.join(",");
        writeln!(out, "::{} {properties}::{}", level(finding), words(finding))?;
    }
    for problem in &report.problems {
        let words = format!("{}: {}", problem.place, problem.message);
        writeln!(out, "::warning title=permgap::{}", data(&words))?;
    }
    Ok(())
}

/// What was not evaluated, one audit a line.
fn not_evaluated(report: &AuditReport) -> Option<String> {
    let lines: Vec<String> = report
        .audits
        .iter()
        .filter(|outcome| {
            outcome.outcome == super::OutcomeKind::NotEvaluated || outcome.reason.is_some()
        })
        .map(|outcome| {
            let reason = outcome.reason.as_deref().unwrap_or("no reason is known");
            let id = outcome.audit.id;
            data(&format!("{id} {}: {reason}", sarif::not_evaluated(outcome)))
        })
        .collect();
    let audits = text::count(
        lines.len(),
        "audit was not evaluated in full",
        "audits were not evaluated in full",
    );
    (!lines.is_empty()).then(|| format!("{audits}:{LINE}{}", lines.join(LINE)))
}

/// A line break inside a message, as the toolkit writes it.
const LINE: &str = "%0A";

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

/// What is wrong, why and what to do, each on a line of its own; escaped.
fn words(finding: &Finding) -> String {
    let mut first = finding.title.clone();
    if !finding.detail.is_empty() {
        first.push_str(". ");
        first.push_str(&finding.detail);
    }
    let mut lines = vec![data(&first)];
    if let Some(fact) = reason(finding) {
        lines.push(data(&format!("Why: {}", text::fact(fact))));
    }
    lines.push(data(&format!("Fix: {}", finding.fix.summary)));
    if let Some(path) = &finding.fix.setup_path {
        lines.push(data(&format!("In Setup: {path}")));
    }
    lines.join(LINE)
}

/// The fact that tells most: what mutes a right or took it away, who does not grant it, the definition.
fn reason(finding: &Finding) -> Option<&Evidence> {
    let best = [
        EvidenceKind::Muting,
        EvidenceKind::Grant,
        EvidenceKind::NoGrant,
        EvidenceKind::Definition,
    ];
    best.into_iter()
        .find_map(|kind| finding.evidence.iter().find(|fact| fact.kind == kind))
        .or_else(|| finding.evidence.first())
}

/// The text after the last `::`. Line breaks are hidden characters, and so are written out by then.
fn data(words: &str) -> String {
    shortened(words, LIMIT).replace('%', "%25")
}

/// The value of a property that people read.
fn property(words: &str) -> String {
    escaped(&shortened(words, TITLE_LIMIT))
}

/// A value that must stay whole: a path.
fn escaped(words: &str) -> String {
    let words = text::clean(words).replace('%', "%25");
    words.replace(':', "%3A").replace(',', "%2C")
}

fn shortened(words: &str, limit: usize) -> String {
    let mut short: String = words.chars().take(limit).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    text::clean(&short).into_owned()
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
        let commands = report.findings.len() + report.problems.len() + report.notices.len() + 2;
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
    #[test]
    fn what_github_would_drop_is_said_and_the_worst_comes_first() {
        let mut report = sample::report();
        let mut grave = report.findings[0].clone();
        grave.baseline = BaselineState::New;
        grave.severity = Severity::Critical;
        grave.title = "L".repeat(100_000);
        let mut known = grave.clone();
        known.baseline = BaselineState::Known;
        report.findings = vec![known];
        report.findings.extend(vec![grave; 13]);
        let mut out = Vec::new();
        render(&report, Format::Github, &Style::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("::notice title=permgap::"), "{text}");
        assert!(text.contains("3 grave gaps have no room"), "{text}");
        // Notices, warnings and errors: none of the first two kinds takes more than its ten places.
        let first = |level: &str| {
            lines
                .iter()
                .position(|line| line.starts_with(level))
                .unwrap()
        };
        let last_notice = lines
            .iter()
            .rposition(|line| line.starts_with("::notice"))
            .unwrap();
        assert!(
            first("::error") < last_notice,
            "the known one comes last: {text}"
        );
        assert!(
            lines
                .iter()
                .filter(|line| line.starts_with("::warning"))
                .count()
                <= SHOWN
        );
        assert!(
            lines.iter().all(|line| line.chars().count() < 3 * LIMIT),
            "a label is shortened"
        );
        assert!(text.contains("not evaluated in full:%0A"), "{text}");
        assert!(text.contains("%0AFix: "), "{text}");
    }
}
