//! The gaps, grouped by object, the worst first: cause, the sync's error, the smallest fix.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use crate::finding::{BaselineState, Evidence, EvidenceKind, Finding, Safety, Severity};
use crate::report::page::Page;
use crate::report::style::Tone;
use crate::report::{AuditReport, JudgedMapping, text};
use crate::snapshot::Name;

/// How many facts are shown of each finding's cause.
const CAUSES_SHOWN: usize = 2;

/// How many mapping rows are shown of each finding.
const ROWS_SHOWN: usize = 3;

/// A finding with the mapping rows that it concerns.
type Gap<'r> = (&'r Finding, Vec<&'r JudgedMapping>);

pub(super) fn write(page: &mut Page<'_>, report: &AuditReport) -> io::Result<()> {
    let mut groups: BTreeMap<Option<&Name>, Vec<Gap<'_>>> = BTreeMap::new();
    for gap in report.findings.iter().zip(report.mappings_by_finding()) {
        groups.entry(gap.0.object.as_ref()).or_default().push(gap);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    for (_, gaps) in &mut groups {
        gaps.sort_by_key(|(finding, _)| worst_first(finding));
    }
    // What is about no object is about the connection, and nothing works before that does.
    groups.sort_by_key(|(object, gaps)| {
        let worst = gaps.first().map(|(finding, _)| worst_first(finding));
        (object.is_some(), worst, Reverse(gaps.len()))
    });
    for (object, gaps) in &groups {
        let label = object.map_or("The connection, and the user as a whole", |name| {
            name.as_str()
        });
        page.heading(&format!(
            "{label} ({})",
            text::count(gaps.len(), "finding", "findings")
        ))?;
        for (index, gap) in gaps.iter().enumerate() {
            if index > 0 {
                page.blank()?;
            }
            one(page, gap)?;
        }
    }
    Ok(())
}

/// New before known, then worst, then surest.
fn worst_first(finding: &Finding) -> impl Ord + use<> {
    (
        finding.baseline == BaselineState::Known,
        Reverse(finding.severity),
        Reverse(finding.confidence),
    )
}

fn one(page: &mut Page<'_>, (finding, rows): &Gap<'_>) -> io::Result<()> {
    let tone = Tone::of(finding.severity);
    page.flagged(tone, flag(finding.severity), &finding.title)?;
    page.under(Tone::Dim, &identity(finding))?;
    if !finding.detail.is_empty() {
        page.under(Tone::Plain, &finding.detail)?;
    }
    let causes = causes(finding);
    for (index, cause) in causes.iter().take(CAUSES_SHOWN).enumerate() {
        let more = causes.len().saturating_sub(CAUSES_SHOWN);
        let mut cause = text::fact(cause);
        if index + 1 == CAUSES_SHOWN && more > 0 {
            cause += &format!("; and {} more", text::count(more, "fact", "facts"));
        }
        page.labelled("Why", Tone::Plain, &cause)?;
    }
    if let Some(error) = error(finding) {
        page.labelled("Error", Tone::Plain, &error)?;
    }
    let advice = match finding.fix.safety {
        Safety::Safe => "",
        Safety::Unsafe => " (grants more than the mapping needs: decide first)",
        Safety::Advice => " (nothing that a file can change)",
    };
    page.labelled(
        "Fix",
        Tone::Good,
        &format!("{}{advice}", finding.fix.summary),
    )?;
    match &finding.fix.setup_path {
        Some(path) => page.labelled("Setup", Tone::Plain, path)?,
        None if finding.fix.steps.is_empty() => {}
        None => page.labelled("Steps", Tone::Plain, &finding.fix.steps.join("; "))?,
    }
    if !rows.is_empty() {
        page.labelled("Needed by", Tone::Plain, &needed_by(rows))?;
    }
    Ok(())
}

fn flag(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low => "LOW",
    }
}

fn identity(finding: &Finding) -> String {
    let mut text = finding.audit.id.to_owned();
    if let Some(number) = finding.audit.error_type {
        text += &format!(", type {number}");
    }
    text += &format!(", {}", finding.confidence.as_str());
    if finding.baseline == BaselineState::Known {
        text += ", in the baseline";
    }
    text
}

fn error(finding: &Finding) -> Option<String> {
    let codes = finding.salesforce_errors.join(", ");
    match (codes.is_empty(), finding.hubspot_category) {
        (true, None) => None,
        (true, Some(card)) => Some(format!("in HubSpot's Sync Health under {card}")),
        (false, None) => Some(codes),
        (false, Some(card)) => Some(format!("{codes}, in HubSpot's Sync Health under {card}")),
    }
}

/// The facts of a finding, those that say why first. The mapping rows are told apart.
fn causes(finding: &Finding) -> Vec<&Evidence> {
    let mut causes: Vec<&Evidence> = finding
        .evidence
        .iter()
        .filter(|evidence| evidence.kind != EvidenceKind::Mapping)
        .collect();
    causes.sort_by_key(|evidence| match evidence.kind {
        EvidenceKind::Muting => 0,
        EvidenceKind::NoGrant => 1,
        EvidenceKind::Setting => 2,
        EvidenceKind::Definition => 3,
        EvidenceKind::Platform => 4,
        EvidenceKind::Grant => 5,
        EvidenceKind::Coverage => 6,
        EvidenceKind::Mapping => 7,
    });
    causes
}

fn needed_by(rows: &[&JudgedMapping]) -> String {
    let mut words: Vec<String> = rows
        .iter()
        .take(ROWS_SHOWN)
        .map(|row| text::row(row))
        .collect();
    let more = rows.len().saturating_sub(ROWS_SHOWN);
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    words.join("; ")
}
