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
        let mut before = None;
        for gap in gaps {
            if before.is_some() {
                page.blank()?;
            }
            one(page, gap, before)?;
            before = Some(gap.0);
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

/// One gap, after the one `before` it on the same object: what is all the same is not said again.
fn one(page: &mut Page<'_>, (finding, rows): &Gap<'_>, before: Option<&Finding>) -> io::Result<()> {
    let tone = Tone::of(finding.severity);
    page.flagged(tone, flag(finding.severity), &finding.title)?;
    if before.is_some_and(|before| is_alike(before, finding)) {
        let identity = identity(finding) + "; why, error and Setup as above";
        page.under(Tone::Dim, &identity)?;
        page.labelled("Fix", Tone::Good, &fix(finding))?;
        return rows_of(page, rows);
    }
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
    page.labelled("Fix", Tone::Good, &fix(finding))?;
    match &finding.fix.setup_path {
        Some(path) => page.labelled("Setup", Tone::Plain, path)?,
        None if finding.fix.steps.is_empty() => {}
        None => page.labelled("Steps", Tone::Plain, &finding.fix.steps.join("; "))?,
    }
    rows_of(page, rows)
}

fn rows_of(page: &mut Page<'_>, rows: &[&JudgedMapping]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    page.labelled("Needed by", Tone::Plain, &needed_by(rows))
}

/// Whether two findings of one audit differ in the field and its mapping rows alone: the same containers, none of
/// which grants it, the same errors, the same place in Setup.
fn is_alike(a: &Finding, b: &Finding) -> bool {
    let facts = |finding: &Finding| -> Vec<Evidence> {
        // Where a field is defined is no cause.
        let facts = causes(finding)
            .into_iter()
            .filter(|fact| fact.kind != EvidenceKind::Definition)
            .cloned();
        let alike = facts.map(|mut fact| {
            match fact.kind {
                // These name the field, or stand on a line of its own.
                EvidenceKind::NoGrant | EvidenceKind::Coverage => fact.text.clear(),
                EvidenceKind::Grant | EvidenceKind::Muting => fact.line = None,
                _ => {}
            }
            fact
        });
        alike.collect()
    };
    a.audit.id == b.audit.id
        && a.field.is_some()
        && a.detail == b.detail
        && a.salesforce_errors == b.salesforce_errors
        && a.fix.setup_path.is_some()
        && a.fix.setup_path == b.fix.setup_path
        && facts(a) == facts(b)
}

fn fix(finding: &Finding) -> String {
    let advice = match finding.fix.safety {
        Safety::Safe => "",
        Safety::Unsafe => " (grants more than the mapping needs: decide first)",
        Safety::Advice => " (by hand: no deployment does it)",
    };
    format!("{}{advice}", finding.fix.summary)
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
        text += ", known: does not fail";
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
