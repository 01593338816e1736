//! What `permgap compare` says: what one may do and the other may not.
//!
//! In: the differences. Out: text for people, or JSON (`permgap.compare/1`; keys are added, never renamed).

use std::io;

use serde::Serialize;

use super::Style;
use super::json::{v1, write_json};
use super::page::Page;
use super::style::Tone;
use super::text::count;
use crate::compare::Difference;
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
    /// What they differ in, sorted.
    pub differences: Vec<Difference>,
}

/// Whether a difference belongs to a part of the report.
type Is = fn(&Difference) -> bool;

/// Writes a comparison for people.
///
/// # Errors
///
/// What the writer answers.
pub fn table(report: &CompareReport, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    let all = report.differences.len();
    let verdict = if all == 0 {
        "Both may do the same.".to_owned()
    } else {
        format!("They differ in {}.", count(all, "right", "rights"))
    };
    page.paragraph(if all == 0 { Tone::Good } else { Tone::Strong }, &verdict)?;
    page.blank()?;
    page.fact("A", &report.a)?;
    page.fact("B", &report.b)?;
    super::table::notices(page, &report.notices)?;
    let sides: [(&str, Is); 3] = [
        ("Only A may", |it| it.a == Known::Yes && it.b == Known::No),
        ("Only B may", |it| it.b == Known::Yes && it.a == Known::No),
        ("Not known of one of them", |it| {
            it.a == Known::Unknown || it.b == Known::Unknown
        }),
    ];
    for (heading, is) in sides {
        let rows: Vec<_> = report
            .differences
            .iter()
            .filter(|difference| is(difference))
            .map(|difference| {
                vec![
                    (Tone::Strong, difference.right.on()),
                    (Tone::Plain, difference.right.what().to_owned()),
                    (Tone::Dim, difference.right.kind().to_owned()),
                    (tone(difference.a), difference.a.as_str().to_owned()),
                    (tone(difference.b), difference.b.as_str().to_owned()),
                ]
            })
            .collect();
        if !rows.is_empty() {
            page.heading(&format!("{heading} ({})", rows.len()))?;
            page.grid(&["On", "Right", "Kind", "A", "B"], &rows)?;
        }
    }
    Ok(())
}

fn tone(known: Known) -> Tone {
    match known {
        Known::Yes => Tone::Good,
        Known::No => Tone::Bad,
        Known::Unknown => Tone::Warn,
    }
}

#[derive(Serialize)]
struct Json<'r> {
    schema: &'static str,
    tool: v1::Tool,
    generated_at: &'r str,
    a: &'r str,
    b: &'r str,
    notices: &'r [String],
    differences: Vec<JsonDifference>,
}

#[derive(Serialize)]
struct JsonDifference {
    kind: &'static str,
    on: String,
    right: &'static str,
    a: Option<bool>,
    b: Option<bool>,
}

/// Writes a comparison as JSON.
///
/// # Errors
///
/// What the writer answers.
pub fn json(report: &CompareReport, out: &mut dyn io::Write) -> io::Result<()> {
    let json = Json {
        schema: SCHEMA,
        tool: v1::Tool::this(),
        generated_at: &report.generated_at,
        a: &report.a,
        b: &report.b,
        notices: &report.notices,
        differences: report
            .differences
            .iter()
            .map(|difference| JsonDifference {
                kind: difference.right.kind(),
                on: difference.right.on(),
                right: difference.right.what(),
                a: difference.a.to_option(),
                b: difference.b.to_option(),
            })
            .collect(),
    };
    write_json(&json, out)
}
