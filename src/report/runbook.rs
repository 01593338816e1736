//! What `permgap explain --errors` and `permgap explain CODE` write: if an error says this, check that first.

use std::io::{self, Write};

use super::Style;
use super::json::write_json;
use super::page::Page;
use super::style::Tone;
use crate::triage::RunbookEntry;

/// How many codes and wordings of a group are shown to people; JSON has all.
const SHOWN: usize = 6;

/// The run-book as a JSON array. Keys are added, never renamed.
///
/// # Errors
/// What the writer answers.
pub fn json(entries: &[RunbookEntry<'_>], out: &mut dyn Write) -> io::Result<()> {
    write_json(&entries, out)
}

/// The run-book for people.
///
/// # Errors
/// What the writer answers.
pub fn table(entries: &[RunbookEntry<'_>], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    for entry in entries {
        let types: Vec<String> = entry.types.iter().map(u8::to_string).collect();
        let what = match (entry.group, types.is_empty()) {
            (Some(group), true) => format!("{}: {group}", entry.kind),
            (Some(group), false) => {
                format!(
                    "{}: {group} (behind it may be type {})",
                    entry.kind,
                    types.join(", ")
                )
            }
            (None, _) => format!("{}, type {}", entry.kind, types.join(", ")),
        };
        page.heading(entry.rule)?;
        page.under(Tone::Dim, &format!("{what}, {}", entry.certainty.as_str()))?;
        let mut says: Vec<String> = (entry.codes.iter().take(SHOWN)).cloned().collect();
        let words = SHOWN.saturating_sub(says.len()).max(2);
        says.extend(
            entry
                .phrases
                .iter()
                .take(words)
                .map(|phrase| format!("`{phrase}`")),
        );
        let more = (entry.codes.len() + entry.phrases.len()).saturating_sub(says.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        page.labelled("if", Tone::Plain, &format!("{}{more}", says.join(", ")))?;
        page.labelled("first", Tone::Strong, entry.check_first)?;
        page.labelled("decides", Tone::Plain, entry.control)?;
        if !entry.audits.is_empty() {
            page.labelled("audits", Tone::Dim, &entry.audits.join(", "))?;
        }
    }
    Ok(())
}
