//! What `permgap verify` says: how far Salesforce's answers to the integration user and permgap's agree.
//!
//! In: a comparison. Out: text for people, or JSON (`permgap.verify/1`; keys are added, never renamed).

use std::io;

use serde::Serialize;

use super::Style;
use super::json::write_json;
use super::page::Page;
use super::style::Tone;
use super::text::count;
use crate::verify::{Check, Verified};

/// The format's name and version.
const SCHEMA: &str = "permgap.verify/1";

/// One verification.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifyReport {
    /// The time of the question (RFC 3339).
    pub generated_at: String,
    /// Whose session it was.
    pub username: String,
    /// What a reader must know before anything else, each a sentence.
    pub notices: Vec<String>,
    /// The comparison.
    pub verified: Verified,
}

/// Writes a verification for people.
///
/// # Errors
///
/// What the writer answers.
pub fn table(report: &VerifyReport, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let Verified {
        agree,
        differ,
        settled,
        not_asked,
    } = &report.verified;
    let page = &mut Page::new(style, out);
    let (tone, verdict) = if differ.is_empty() {
        let agree = count(*agree, "answer", "answers");
        (
            Tone::Good,
            format!(
                "{agree} of Salesforce agree with what permgap computed, and none contradicts it."
            ),
        )
    } else {
        (
            Tone::Bad,
            format!(
                "{} of Salesforce contradict what permgap computed; {agree} agree.",
                count(differ.len(), "answer", "answers")
            ),
        )
    };
    page.paragraph(tone, &verdict)?;
    page.blank()?;
    page.fact("User", &report.username)?;
    super::table::notices(page, &report.notices)?;
    for (heading, checks) in [
        ("Contradictions", differ),
        ("Not known to permgap, answered by Salesforce", settled),
    ] {
        let rows: Vec<_> = checks.iter().map(row).collect();
        if !rows.is_empty() {
            page.heading(&format!("{heading} ({})", rows.len()))?;
            page.grid(&["On", "Right", "permgap", "Salesforce"], &rows)?;
        }
    }
    if !not_asked.is_empty() {
        page.heading(&format!("Could not be asked ({})", not_asked.len()))?;
        for text in not_asked {
            page.item(text)?;
        }
    }
    Ok(())
}

fn row(check: &Check) -> Vec<(Tone, String)> {
    let answer = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    vec![
        (Tone::Strong, check.right.on()),
        (Tone::Plain, check.right.what().to_owned()),
        (Tone::Plain, check.computed.as_str().to_owned()),
        (Tone::Plain, answer(check.salesforce)),
    ]
}

#[derive(Serialize)]
struct Json<'r> {
    schema: &'static str,
    generated_at: &'r str,
    username: &'r str,
    agree: usize,
    differ: Vec<JsonCheck>,
    settled: Vec<JsonCheck>,
    not_asked: &'r [String],
    notices: &'r [String],
}

#[derive(Serialize)]
struct JsonCheck {
    kind: &'static str,
    on: String,
    right: &'static str,
    computed: Option<bool>,
    salesforce: bool,
}

impl From<&Check> for JsonCheck {
    fn from(check: &Check) -> Self {
        Self {
            kind: check.right.kind(),
            on: check.right.on(),
            right: check.right.what(),
            computed: check.computed.to_option(),
            salesforce: check.salesforce,
        }
    }
}

/// Writes a verification as JSON.
///
/// # Errors
///
/// What the writer answers.
pub fn json(report: &VerifyReport, out: &mut dyn io::Write) -> io::Result<()> {
    let verified = &report.verified;
    let json = Json {
        schema: SCHEMA,
        generated_at: &report.generated_at,
        username: &report.username,
        agree: verified.agree,
        differ: verified.differ.iter().map(JsonCheck::from).collect(),
        settled: verified.settled.iter().map(JsonCheck::from).collect(),
        not_asked: &verified.not_asked,
        notices: &report.notices,
    };
    write_json(&json, out)
}
