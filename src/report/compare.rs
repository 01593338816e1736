//! What `permgap compare` says: what one may do and the other may not.
//!
//! In: the comparison. Out: text for people, Markdown, CSV, or JSON (`permgap.compare/1`; keys are added, never renamed).

use std::io;

use serde::Serialize;

use super::Style;
use super::csv::{harmless, unwrapped};
use super::diff::md;
use super::json::{v1, write_json};
use super::page::Page;
use super::style::Tone;
use super::text::count;
use crate::compare::{Comparison, Difference, Right};
use crate::effective::Known;

/// The format's name and version.
const SCHEMA: &str = "permgap.compare/1";

/// Two sides and what they differ in.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareReport {
    /// The time of the question (RFC 3339).
    pub generated_at: String,
    /// The first, for people.
    pub a: String,
    /// The second, for people.
    pub b: String,
    /// What a reader must know before anything else, each a sentence.
    pub notices: Vec<String>,
    /// Whether all that makes up either side was read.
    pub complete: bool,
    /// What they differ in, and what is not known.
    pub comparison: Comparison,
}

/// Whether a difference belongs to a part of the report.
type Is = fn(&Difference) -> bool;

/// The columns of the CSV, fixed by name and order.
const COLUMNS: [&str; 5] = ["kind", "on", "right", "a", "b"];

impl CompareReport {
    fn verdict(&self) -> String {
        let Comparison {
            differences,
            not_known,
            both,
        } = &self.comparison;
        let both = count(*both, "right", "rights");
        match (differences.len(), not_known.len()) {
            (0, 0) if !self.complete => {
                format!("No difference was found, but not all was read; {both} in common.")
            }
            (0, 0) => format!("Both may do the same: {both}."),
            (0, open) => {
                let open = count(open, "right is", "rights are");
                format!(
                    "No difference was found; {both} in common, and {open} not known of either."
                )
            }
            (all, _) => format!(
                "They differ in {}; {both} in common.",
                count(all, "right", "rights")
            ),
        }
    }

    /// The parts with their lines: rights on one thing that stand alike share a line.
    fn parts(&self) -> Vec<(String, Vec<Line>)> {
        let sides: [(&str, Is); 3] = [
            ("Only A may", |it| it.a == Known::Yes && it.b == Known::No),
            ("Only B may", |it| it.b == Known::Yes && it.a == Known::No),
            ("Not known of one of them", |it| {
                it.a == Known::Unknown || it.b == Known::Unknown
            }),
        ];
        let mut parts = Vec::new();
        let unknown: Vec<Difference> = (self.comparison.not_known.iter())
            .map(|right| Difference {
                right: right.clone(),
                a: Known::Unknown,
                b: Known::Unknown,
            })
            .collect();
        let lists = sides.map(|(heading, is)| {
            let of_part = self.comparison.differences.iter().filter(|it| is(it));
            (heading, of_part.collect::<Vec<_>>())
        });
        let neither = ("Not known of either", unknown.iter().collect::<Vec<_>>());
        for (heading, list) in lists.into_iter().chain([neither]) {
            if !list.is_empty() {
                parts.push((format!("{heading} ({})", list.len()), lines(&list)));
            }
        }
        parts
    }
}

/// Rights on one thing.
struct Line {
    on: String,
    rights: Vec<&'static str>,
    kind: &'static str,
    a: Known,
    b: Known,
}

fn lines(list: &[&Difference]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for difference in list {
        let Difference { right, a, b } = difference;
        let (on, kind) = (right.on(), right.kind());
        match lines.last_mut() {
            Some(last) if (&last.on, last.kind, last.a, last.b) == (&on, kind, *a, *b) => {
                last.rights.push(right.what());
            }
            _ => lines.push(Line {
                on,
                rights: vec![right.what()],
                kind,
                a: *a,
                b: *b,
            }),
        }
    }
    lines
}

/// Writes a comparison for people.
///
/// # Errors
///
/// What the writer answers.
pub fn table(report: &CompareReport, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    let Comparison {
        differences,
        not_known,
        ..
    } = &report.comparison;
    let known = not_known.is_empty() && report.complete;
    let tone = match (differences.is_empty(), known) {
        (true, true) => Tone::Good,
        (true, false) => Tone::Warn,
        (false, _) => Tone::Strong,
    };
    page.paragraph(tone, &report.verdict())?;
    page.blank()?;
    page.fact("A", &report.a)?;
    page.fact("B", &report.b)?;
    super::table::notices(page, &report.notices)?;
    for (heading, lines) in report.parts() {
        let rows: Vec<_> = (lines.into_iter())
            .map(|line| {
                vec![
                    (Tone::Strong, line.on),
                    (Tone::Plain, line.rights.join(", ")),
                    (Tone::Dim, line.kind.to_owned()),
                    (tone_of(line.a), line.a.as_str().to_owned()),
                    (tone_of(line.b), line.b.as_str().to_owned()),
                ]
            })
            .collect();
        page.heading(&heading)?;
        page.grid(&["On", "Right", "Kind", "A", "B"], &rows)?;
    }
    Ok(())
}

fn tone_of(known: Known) -> Tone {
    match known {
        Known::Yes => Tone::Good,
        Known::No => Tone::Bad,
        Known::Unknown => Tone::Warn,
    }
}

/// Writes a comparison as Markdown.
///
/// # Errors
///
/// What the writer answers.
pub fn markdown(report: &CompareReport, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "## {}\n", md(&report.verdict()))?;
    writeln!(out, "- A: {}\n- B: {}", md(&report.a), md(&report.b))?;
    for notice in &report.notices {
        writeln!(out, "\n> {}", md(notice))?;
    }
    for (heading, lines) in report.parts() {
        writeln!(
            out,
            "\n### {heading}\n\n| on | right | kind | A | B |\n|---|---|---|---|---|"
        )?;
        for line in lines {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                md(&line.on),
                line.rights.join(", "),
                line.kind,
                line.a.as_str(),
                line.b.as_str()
            )?;
        }
    }
    Ok(())
}

/// Writes a comparison for a spreadsheet: a line a right that differs or is not known. What is to be known before anything else
/// has no line here; the caller says it elsewhere.
///
/// # Errors
///
/// What the writer answers.
pub fn csv(report: &CompareReport, out: &mut dyn io::Write) -> io::Result<()> {
    let mut lines = csv::Writer::from_writer(out);
    lines.write_record(COLUMNS).map_err(unwrapped)?;
    let mut line = |right: &Right, a: Known, b: Known| {
        let on = harmless(&right.on());
        let cells = [right.kind(), &on, right.what(), a.as_str(), b.as_str()];
        lines.write_record(cells).map_err(unwrapped)
    };
    for difference in &report.comparison.differences {
        line(&difference.right, difference.a, difference.b)?;
    }
    for right in &report.comparison.not_known {
        line(right, Known::Unknown, Known::Unknown)?;
    }
    lines.flush()
}

#[derive(Serialize)]
struct Json<'r> {
    schema: &'static str,
    tool: v1::Tool,
    generated_at: &'r str,
    a: &'r str,
    b: &'r str,
    notices: &'r [String],
    summary: Summary,
    differences: Vec<JsonDifference>,
    /// Rights that are known of neither.
    not_known: Vec<JsonDifference>,
}

#[derive(Serialize)]
struct Summary {
    both: usize,
    differ: usize,
    not_known: usize,
}

#[derive(Serialize)]
struct JsonDifference {
    kind: &'static str,
    on: String,
    right: &'static str,
    a: Option<bool>,
    b: Option<bool>,
}

impl JsonDifference {
    fn of(right: &Right, a: Known, b: Known) -> Self {
        Self {
            kind: right.kind(),
            on: right.on(),
            right: right.what(),
            a: a.to_option(),
            b: b.to_option(),
        }
    }
}

/// Writes a comparison as JSON.
///
/// # Errors
///
/// What the writer answers.
pub fn json(report: &CompareReport, out: &mut dyn io::Write) -> io::Result<()> {
    let Comparison {
        differences,
        not_known,
        both,
    } = &report.comparison;
    let json = Json {
        schema: SCHEMA,
        tool: v1::Tool::this(),
        generated_at: &report.generated_at,
        a: &report.a,
        b: &report.b,
        notices: &report.notices,
        summary: Summary {
            both: *both,
            differ: differences.len(),
            not_known: not_known.len(),
        },
        differences: (differences.iter())
            .map(|it| JsonDifference::of(&it.right, it.a, it.b))
            .collect(),
        not_known: (not_known.iter())
            .map(|right| JsonDifference::of(right, Known::Unknown, Known::Unknown))
            .collect(),
    };
    write_json(&json, out)
}
