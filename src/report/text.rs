//! Texts from an org or a mapping file, made safe to show, and the words that reports share.
//!
//! A label or a file name can hold escape sequences that repaint a terminal, line breaks that forge a line of the
//! report, or bidirectional controls that show another order of letters than is there (Unicode Technical
//! Report 36). Such characters are shown by their number.

use std::borrow::Cow;

use super::JudgedMapping;
use crate::finding::Evidence;

/// Whether a character acts on what shows it, or is not seen at all.
///
/// Joiners (U+200C, U+200D) are left alone: Persian and emoji are written with them.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with each hidden character written out: `\n`, `\u{1b}`.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => clean.extend(c.escape_default()),
            c if is_hidden(c) => clean.extend(c.escape_unicode()),
            c => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

/// A text of several lines for a terminal: each line cleaned of what could drive the terminal.
pub fn printable(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.lines().map(clean).collect();
    lines.join("\n")
}

/// `1 gap`, `2 gaps`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `file:line`, as far as known.
pub(super) fn place(file: Option<&str>, line: Option<u32>) -> Option<String> {
    Some(match line {
        Some(line) => format!("{}:{line}", file?),
        None => file?.to_owned(),
    })
}

/// A sentence with its place in brackets.
pub(super) fn sentence_at(text: &str, file: Option<&str>, line: Option<u32>) -> String {
    match place(file, line) {
        Some(place) => format!("{text} ({place})"),
        None => text.to_owned(),
    }
}

/// A fact with its place in brackets.
pub(super) fn fact(evidence: &Evidence) -> String {
    sentence_at(&evidence.text, evidence.file.as_deref(), evidence.line)
}

/// A mapping row for a person: `row 3, contacts jobtitle, Two-way (map.csv:4)`.
pub(super) fn row(mapping: &JudgedMapping) -> String {
    format!(
        "row {}, {} {}, {} ({}:{})",
        mapping.row,
        mapping.hubspot_object,
        mapping.hubspot_property,
        mapping.sync_rule,
        mapping.file,
        mapping.line
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_written_out_and_the_rest_is_kept() {
        assert_eq!(clean("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(clean("a\r\n\tb\u{9b}"), "a\\r\\n\\tb\\u{9b}");
        assert_eq!(clean("\u{202e}cba\u{2069}"), "\\u{202e}cba\\u{2069}");
        assert_eq!(
            clean("Straße 東京 👩\u{200d}🔧"),
            "Straße 東京 👩\u{200d}🔧"
        );
    }
}
