//! What a verdict does not rest on: audits not evaluated, areas not read, files that are broken.

use std::io;

use crate::report::page::Page;
use crate::report::style::Tone;
use crate::report::{AuditOutcome, AuditReport, OutcomeKind, text};
use crate::snapshot::CoverageStatus;

pub(super) fn write(page: &mut Page<'_>, report: &AuditReport) -> io::Result<()> {
    not_evaluated(page, report)?;
    in_part(page, report)?;
    coverage(page, report)?;
    problems(page, report)
}

/// Always written, so that its absence never has to be read as 'none'.
fn not_evaluated(page: &mut Page<'_>, report: &AuditReport) -> io::Result<()> {
    let audits: Vec<&AuditOutcome> = report
        .audits
        .iter()
        .filter(|audit| audit.outcome == OutcomeKind::NotEvaluated)
        .collect();
    if audits.is_empty() {
        let run = text::count(report.audits.len(), "audit", "audits");
        page.blank()?;
        return page.paragraph(Tone::Plain, &format!("Audits not evaluated: none of {run}"));
    }
    page.heading(&format!(
        "Audits not evaluated ({} of {})",
        audits.len(),
        report.audits.len()
    ))?;
    let rows: Vec<_> = audits
        .iter()
        .map(|audit| {
            let reason = audit.reason.as_deref().unwrap_or("no reason was given");
            vec![
                (Tone::Warn, audit.audit.id.to_owned()),
                (Tone::Plain, reason.to_owned()),
            ]
        })
        .collect();
    page.grid(&["Audit", "Reason"], &rows)
}

fn in_part(page: &mut Page<'_>, report: &AuditReport) -> io::Result<()> {
    let rows: Vec<_> = report
        .audits
        .iter()
        .filter(|audit| audit.outcome != OutcomeKind::NotEvaluated)
        .filter_map(|audit| {
            let reason = audit.reason.clone()?;
            Some(vec![
                (Tone::Warn, audit.audit.id.to_owned()),
                (Tone::Plain, reason),
            ])
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    page.heading(&format!("Audits evaluated in part ({})", rows.len()))?;
    page.grid(&["Audit", "What is open"], &rows)
}

/// The reason for areas that the source does not hold for various reasons.
const ABSENT: &str = "the source does not hold them; `--format json` tells why of each";

/// The areas that were not fully read; those with the same state and reason together, and all that the source does
/// not hold, which are many on every run over a metadata tree.
fn coverage(page: &mut Page<'_>, report: &AuditReport) -> io::Result<()> {
    let mut groups: Vec<(CoverageStatus, String, Vec<&str>)> = Vec::new();
    for (area, covered) in &report.coverage {
        if covered.status == CoverageStatus::Read {
            continue;
        }
        let reason = covered.reasons.join("; ");
        let absent = covered.status == CoverageStatus::Absent;
        let same = groups
            .iter_mut()
            .find(|(status, other, _)| *status == covered.status && (absent || *other == reason));
        match same {
            Some((_, shared, areas)) => {
                if *shared != reason {
                    *shared = ABSENT.to_owned();
                }
                areas.push(area.as_str());
            }
            None => groups.push((covered.status, reason, vec![area.as_str()])),
        }
    }
    if groups.is_empty() {
        return Ok(());
    }
    page.heading("Not fully read")?;
    let rows: Vec<_> = groups
        .into_iter()
        .map(|(status, reason, areas)| {
            let reason = if reason.is_empty() {
                "no reason was given".to_owned()
            } else {
                reason
            };
            let tone = match status {
                CoverageStatus::Read => Tone::Plain,
                CoverageStatus::Partial => Tone::Warn,
                CoverageStatus::Refused => Tone::Bad,
                CoverageStatus::Absent => Tone::Dim,
            };
            vec![
                (Tone::Plain, areas.join(", ")),
                (tone, status.as_str().to_owned()),
                (Tone::Plain, reason),
            ]
        })
        .collect();
    page.grid(&["Area", "Status", "Reason"], &rows)
}

fn problems(page: &mut Page<'_>, report: &AuditReport) -> io::Result<()> {
    if report.problems.is_empty() {
        return Ok(());
    }
    page.heading(&format!("Could not be read ({})", report.problems.len()))?;
    for problem in &report.problems {
        let place = text::place(Some(&problem.place), problem.line).unwrap_or_default();
        page.item(&format!("{place}: {}", problem.message))?;
    }
    Ok(())
}
