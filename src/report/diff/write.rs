//! A diff as text for people, JSON or Markdown.

use std::io;

use serde::Serialize;

use super::{Diff, Widened};
use crate::report::json::{v1, write_json};
use crate::report::page::Page;
use crate::report::style::Tone;
use crate::report::table::notices;
use crate::report::{Style, Verdict, printable};

/// The format's name and version.
const SCHEMA: &str = "permgap.diff/1";

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Gap => "gap",
        Verdict::Unknown => "not known",
    }
}

fn verdict_of(diff: &Diff) -> String {
    format!(
        "{} new, {} fixed, {} still open, {} widened{}.",
        diff.new.len(),
        diff.fixed.len(),
        diff.open.len() + diff.lost.len(),
        diff.widened.len(),
        match diff.unmapped.len() {
            0 => String::new(),
            gone => format!(", {gone} no longer mapped"),
        }
    )
}

fn label(widened: &Widened) -> String {
    let on = match &widened.field {
        Some(field) => format!("{}.{field}", widened.object),
        None => widened.object.clone(),
    };
    let before = if widened.certain {
        ""
    } else {
        " (before, it was not known)"
    };
    match &widened.text {
        Some(text) => format!("{text}{before}"),
        None if widened.right == "change" => {
            format!("change on {on}, which no mapping touches{before}")
        }
        None => format!("{} on {on}, which no mapping needs{before}", widened.right),
    }
}

fn row(turned: &super::Turned) -> String {
    let mapping = &turned.mapping;
    format!(
        "{}.{} ({} {}): {}, was {}",
        mapping.object,
        mapping.field,
        mapping.hubspot_object,
        mapping.hubspot_property,
        word(mapping.verdict),
        word(turned.was)
    )
}

/// The parts of a diff that list findings.
fn parts(diff: &Diff) -> [(&'static str, &[v1::Finding]); 5] {
    [
        ("New", &diff.new),
        ("Fixed", &diff.fixed),
        ("No longer known", &diff.lost),
        ("No longer mapped", &diff.unmapped),
        ("Still open", &diff.open),
    ]
}

/// Writes a diff for people.
///
/// # Errors
///
/// What the writer answers.
pub fn table(diff: &Diff, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    let tone = if diff.new.is_empty() && diff.widened.is_empty() {
        Tone::Good
    } else {
        Tone::Bad
    };
    page.paragraph(tone, &verdict_of(diff))?;
    page.blank()?;
    let [old, new] = &diff.times;
    page.fact("Old", old)?;
    page.fact("New", new)?;
    notices(page, &diff.notices)?;
    for (heading, findings) in parts(diff) {
        if findings.is_empty() {
            continue;
        }
        page.heading(&format!("{heading} ({})", findings.len()))?;
        for finding in findings {
            let flag = finding.severity.as_str().to_uppercase();
            let text = format!("{} [{}]", finding.title, finding.audit);
            page.flagged(Tone::of(finding.severity), &flag, &text)?;
        }
    }
    if !diff.widened.is_empty() {
        page.heading(&format!("Widened ({})", diff.widened.len()))?;
        for widened in &diff.widened {
            page.item(&label(widened))?;
        }
    }
    if !diff.turned.is_empty() {
        page.heading(&format!(
            "Mapping rows that changed ({})",
            diff.turned.len()
        ))?;
        for turned in &diff.turned {
            page.item(&row(turned))?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Json<'r> {
    schema: &'static str,
    tool: v1::Tool,
    old_generated_at: &'r str,
    new_generated_at: &'r str,
    summary: Summary,
    new: &'r [v1::Finding],
    fixed: &'r [v1::Finding],
    no_longer_known: &'r [v1::Finding],
    open: &'r [v1::Finding],
    widened: &'r [Widened],
    mappings: Vec<Turned<'r>>,
    notices: &'r [String],
    no_longer_mapped: &'r [v1::Finding],
}

#[derive(Serialize)]
struct Summary {
    new: usize,
    fixed: usize,
    no_longer_known: usize,
    open: usize,
    widened: usize,
    no_longer_mapped: usize,
}

#[derive(Serialize)]
struct Turned<'r> {
    object: &'r str,
    field: &'r str,
    hubspot_object: &'r str,
    hubspot_property: &'r str,
    was: Verdict,
    verdict: Verdict,
}

/// Writes a diff as JSON.
///
/// # Errors
///
/// What the writer answers.
pub fn json(diff: &Diff, out: &mut dyn io::Write) -> io::Result<()> {
    let [old, new] = &diff.times;
    let turned = diff.turned.iter().map(|turned| Turned {
        object: &turned.mapping.object,
        field: &turned.mapping.field,
        hubspot_object: &turned.mapping.hubspot_object,
        hubspot_property: &turned.mapping.hubspot_property,
        was: turned.was,
        verdict: turned.mapping.verdict,
    });
    let json = Json {
        schema: SCHEMA,
        tool: v1::Tool::this(),
        old_generated_at: old,
        new_generated_at: new,
        summary: Summary {
            new: diff.new.len(),
            fixed: diff.fixed.len(),
            no_longer_known: diff.lost.len(),
            open: diff.open.len(),
            widened: diff.widened.len(),
            no_longer_mapped: diff.unmapped.len(),
        },
        new: &diff.new,
        fixed: &diff.fixed,
        no_longer_known: &diff.lost,
        open: &diff.open,
        widened: &diff.widened,
        mappings: turned.collect(),
        notices: &diff.notices,
        no_longer_mapped: &diff.unmapped,
    };
    write_json(&json, out)
}

/// Writes a diff as Markdown, for a comment on a pull request.
///
/// # Errors
///
/// What the writer answers.
pub fn markdown(diff: &Diff, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "## Permissions: {}", verdict_of(diff))?;
    for notice in &diff.notices {
        writeln!(out, "\n> {}", md(notice))?;
    }
    for (heading, findings) in parts(diff) {
        if findings.is_empty() {
            continue;
        }
        writeln!(
            out,
            "\n### {heading} ({})\n\n| severity | finding | audit | fix |\n|---|---|---|---|",
            findings.len()
        )?;
        for finding in findings {
            writeln!(
                out,
                "| {} | {} | `{}` | {} |",
                finding.severity.as_str(),
                md(&finding.title),
                md(&finding.audit),
                md(&finding.fix.summary)
            )?;
        }
    }
    if !diff.widened.is_empty() {
        writeln!(out, "\n### Widened ({})\n", diff.widened.len())?;
        for widened in &diff.widened {
            writeln!(out, "- {}", md(&label(widened)))?;
        }
    }
    if !diff.turned.is_empty() {
        writeln!(
            out,
            "\n### Mapping rows that changed ({})\n",
            diff.turned.len()
        )?;
        for turned in &diff.turned {
            writeln!(out, "- {}", md(&row(turned)))?;
        }
    }
    Ok(())
}

/// A text of the org inside Markdown: on one line, and with nothing that Markdown or HTML acts on.
pub(in crate::report) fn md(text: &str) -> String {
    let line = printable(text).replace('\n', " ");
    let mut escaped = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            // A mention would reach a person.
            '@' => escaped.push_str("&#64;"),
            '|' | '`' | '*' | '[' | ']' | '\\' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}
