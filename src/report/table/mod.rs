//! The report for people: the verdict first, then what to know before trusting it, the gaps with their cause
//! and fix, and what could not be looked at.

mod gaps;
mod limits;

use std::io;

use super::format::Spec;
use super::page::Page;
use super::style::Tone;
use super::text::{count, row};
use super::{AuditReport, AuditedUser, JudgedMapping, Style, Verdict, headline};
use crate::finding::{Operation, Severity};
use crate::snapshot::{OrgInfo, SourceKind};

pub(super) const SPEC: Spec = Spec {
    name: "table",
    ending: None,
    write,
};

/// How many mapping rows that are not known are listed before the rest is counted.
const ROWS_LISTED: usize = 20;

fn write(report: &AuditReport, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    let (verdict, tone) = headline::verdict(report);
    page.paragraph(tone, &verdict)?;
    page.blank()?;
    who_and_where(page, &report.user, &report.org)?;
    page.fact("Audited", &report.generated_at)?;
    page.fact("Findings", &findings_counted(report))?;
    page.fact("Mappings", &mappings_counted(report))?;
    notices(page, &report.notices)?;
    gaps::write(page, report)?;
    not_known(page, report)?;
    limits::write(page, report)?;
    if !report.findings.is_empty() {
        page.blank()?;
        let text =
            "`permgap explain AUDIT` tells more of an audit; `--format json` holds all evidence.";
        page.paragraph(Tone::Dim, text)?;
    }
    Ok(())
}

/// Whose access, in which org.
pub(super) fn who_and_where(
    page: &mut Page<'_>,
    user: &AuditedUser,
    org: &OrgInfo,
) -> io::Result<()> {
    page.fact("User", &who(user))?;
    page.fact("Org", &which_org(org))
}

/// What a reader must know before anything else.
pub(super) fn notices(page: &mut Page<'_>, notices: &[String]) -> io::Result<()> {
    if !notices.is_empty() {
        page.blank()?;
    }
    for notice in notices {
        page.flagged(Tone::Warn, "NOTE", notice)?;
    }
    Ok(())
}

fn who(user: &AuditedUser) -> String {
    let mut parts = Vec::new();
    match (&user.username, &user.id) {
        (Some(username), Some(id)) => parts.push(format!("{username} ({id})")),
        (Some(one), None) | (None, Some(one)) => parts.push(one.clone()),
        (None, None) => {}
    }
    parts.push(match &user.profile {
        Some(profile) => format!("profile {profile}"),
        None => "profile not known".to_owned(),
    });
    for (one, many, names) in [
        ("permission set", "permission sets", &user.permission_sets),
        ("group", "groups", &user.permission_set_groups),
    ] {
        match names.as_slice() {
            [] => parts.push(format!("no {many}")),
            [name] => parts.push(format!("{one} {name}")),
            names => parts.push(format!("{many} {}", names.join(" + "))),
        }
    }
    parts.join(", ")
}

fn which_org(org: &OrgInfo) -> String {
    let mut parts: Vec<String> = Vec::new();
    match (&org.name, &org.id) {
        (Some(name), Some(id)) => parts.push(format!("{name} ({id})")),
        (Some(one), None) | (None, Some(one)) => parts.push(one.clone()),
        (None, None) => {}
    }
    parts.extend(org.instance_url.clone());
    parts.extend(
        org.api_version
            .as_ref()
            .map(|version| format!("API {version}")),
    );
    parts.push(
        match org.source {
            SourceKind::Live => "read from the org",
            SourceKind::Metadata => "read from metadata files",
            SourceKind::Snapshot => "read from a snapshot",
            SourceKind::Demo => "the built-in demo",
        }
        .to_owned(),
    );
    let mut text = parts.join(", ");
    if let Some(at) = &org.collected_at {
        text += &format!(" at {at}");
    }
    text
}

fn findings_counted(report: &AuditReport) -> String {
    let summary = report.summary();
    let counts = [summary.critical, summary.high, summary.medium, summary.low];
    let words: Vec<String> = Severity::ALL
        .iter()
        .zip(counts)
        .map(|(severity, number)| format!("{number} {}", severity.as_str()))
        .collect();
    words.join(", ")
}

fn mappings_counted(report: &AuditReport) -> String {
    let summary = report.summary();
    format!(
        "{}: {} ok, {} with a gap, {} not known",
        count(report.mappings.len(), "row", "rows"),
        summary.mappings_ok,
        summary.mappings_gap,
        summary.mappings_unknown
    )
}

/// The mapping rows of which something that decides is not known.
fn not_known(page: &mut Page<'_>, report: &AuditReport) -> io::Result<()> {
    let rows: Vec<&JudgedMapping> = report
        .mappings
        .iter()
        .filter(|mapping| mapping.verdict == Verdict::Unknown)
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    page.heading(&format!("Mapping rows not known ({})", rows.len()))?;
    for mapping in rows.iter().take(ROWS_LISTED) {
        let open = open_rights(mapping);
        let open = if open.is_empty() {
            "what decides was not read".to_owned()
        } else {
            format!("{} not known", open.join(", "))
        };
        page.item(&format!(
            "{}.{}: {open}; {}",
            mapping.object,
            mapping.field,
            row(mapping)
        ))?;
    }
    if let Some(more) = rows.len().checked_sub(ROWS_LISTED)
        && more > 0
    {
        page.item(&format!("and {more} more, in the JSON report"))?;
    }
    Ok(())
}

/// The rights that the row needs and of which it is not known whether the user has them.
fn open_rights(mapping: &JudgedMapping) -> Vec<String> {
    let mut open = Vec::new();
    for need in &mapping.needs {
        let (object, field) = match need {
            Operation::Read => (mapping.has_object.read, mapping.has_field.read),
            Operation::Edit => (mapping.has_object.edit, mapping.has_field.edit),
            Operation::Create => (mapping.has_object.create, Some(true)),
            Operation::Delete => (mapping.has_object.delete, Some(true)),
            Operation::Connect | Operation::Assign => continue,
        };
        if object.is_none() {
            open.push(format!("{} on the object", need.as_str()));
        }
        if field.is_none() {
            open.push(format!("{} on the field", need.as_str()));
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::super::{Format, render, sample, text};
    use super::*;

    fn rendered(report: &AuditReport, width: usize, colour: bool) -> String {
        let mut out = Vec::new();
        render(report, Format::Table, &Style { width, colour }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_wide_terminal_shows_verdict_gaps_and_limits() {
        insta::assert_snapshot!(rendered(&sample::report(), 100, false));
    }

    #[test]
    fn a_narrow_terminal_shows_the_same_stacked() {
        insta::assert_snapshot!(rendered(&sample::report(), 60, false));
    }

    #[test]
    fn a_clean_run_is_short() {
        insta::assert_snapshot!(rendered(&sample::clean(), 100, false));
    }

    #[test]
    fn no_line_is_longer_than_the_terminal() {
        for width in [40, 60, 79, 80, 100, 160] {
            for line in rendered(&sample::report(), width, false).lines() {
                let columns = textwrap::core::display_width(line);
                assert!(columns <= width, "{columns} > {width}: {line}");
            }
        }
        // Widths that no terminal has.
        for width in [0, 1, usize::MAX] {
            assert!(!rendered(&sample::report(), width, true).is_empty());
        }
    }

    #[test]
    fn nothing_of_the_org_acts_on_the_terminal() {
        for width in [60, 100] {
            let plain = rendered(&sample::report(), width, false);
            assert!(
                !plain.contains(|c: char| c != '\n' && text::is_hidden(c)),
                "{plain}"
            );
            assert!(plain.contains("\\u{1b}") && plain.contains("\\u{202e}"));
            assert!(
                !plain
                    .lines()
                    .any(|line| line.trim_start().starts_with("No gaps"))
            );
        }
    }

    #[test]
    fn colour_adds_escapes_and_nothing_else() {
        for width in [60, 100] {
            let plain = rendered(&sample::report(), width, false);
            let coloured = rendered(&sample::report(), width, true);
            assert_ne!(plain, coloured);
            let mut stripped = String::new();
            let mut rest = coloured.as_str();
            while let Some((before, after)) = rest.split_once("\u{1b}[") {
                stripped += before;
                rest = after.split_once('m').unwrap().1;
            }
            stripped += rest;
            // A coloured cell is padded inside its colour, at the end of a line too.
            let trimmed: Vec<&str> = stripped.lines().map(str::trim_end).collect();
            assert_eq!(trimmed, plain.lines().collect::<Vec<_>>());
        }
    }
}
