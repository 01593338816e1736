//! Writes a source so that the grammar reads it, each byte at its place.
//!
//! The grammar takes `Trigger` for a keyword at the beginning of a statement, so that `Trigger.new[0].addError('…');` is an
//! error, and it knows no `WITH` of a search.

use std::borrow::Cow;

/// The source for the parser: as long as the source, and with the same lines.
pub(super) fn for_parser(text: &str) -> Cow<'_, str> {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("trigger") && !lower.contains("find") {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    let from = lower.as_bytes();
    let mut at = 0;
    while at < from.len() {
        let rest = from.get(at..).unwrap_or_default();
        if rest.starts_with(b"//") {
            at += length_until(rest, b"\n");
        } else if rest.starts_with(b"/*") {
            at += length_until(rest, b"*/");
        } else if rest.starts_with(b"'") {
            at += text_length(rest);
        } else if rest.starts_with(b"[") && is_search(rest) {
            at = search(from, at, &mut bytes);
        } else if is_word_at(from, at) {
            let length = word_length(rest);
            let word = rest.get(..length).unwrap_or_default();
            let next = at + length + spaces(rest.get(length..).unwrap_or_default());
            if word == b"trigger" && from.get(next) == Some(&b'.') {
                put(&mut bytes, at + length - 1, b'_');
                let name = next + 1 + spaces(from.get(next + 1..).unwrap_or_default());
                let word = from.get(name..).unwrap_or_default();
                if word.get(..word_length(word)) == Some(b"new") {
                    put(&mut bytes, name + 2, b'_');
                }
                at = name;
            } else {
                at += length;
            }
        } else {
            at += 1;
        }
    }
    // Only letters of ASCII were replaced, by others.
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn put(bytes: &mut [u8], at: usize, byte: u8) {
    if let Some(old) = bytes.get_mut(at) {
        *old = byte;
    }
}

fn length_until(text: &[u8], end: &[u8]) -> usize {
    let found = text.windows(end.len()).skip(2).position(|part| part == end);
    found.map_or(text.len(), |position| position + 2 + end.len())
}

/// The length of a text in quotes, which begins here.
fn text_length(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\'' => return at + 1,
            b'\n' => return at,
            _ => at += 1,
        }
    }
    text.len()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_word_at(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    text.get(at).copied().is_some_and(is_word)
        && !before
            .copied()
            .is_some_and(|byte| is_word(byte) || byte == b'.')
}

fn word_length(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_word(**byte)).count()
}

fn spaces(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

fn is_search(text: &[u8]) -> bool {
    let inside = text.get(1..).unwrap_or_default();
    let word = inside.get(spaces(inside)..).unwrap_or_default();
    word.get(..word_length(word)) == Some(b"find")
}

/// Blanks `WITH USER_MODE` and `WITH SYSTEM_MODE` of a search, and gives where the search ends.
fn search(text: &[u8], from: usize, bytes: &mut [u8]) -> usize {
    let mut at = from + 1;
    while let Some(byte) = text.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        match byte {
            b']' => return at + 1,
            b'\'' => at += text_length(rest),
            _ if is_word_at(text, at) => {
                let length = word_length(rest);
                let mode = at + length + spaces(rest.get(length..).unwrap_or_default());
                let word = text.get(mode..).unwrap_or_default();
                let said = word.get(..word_length(word)).unwrap_or_default();
                let is_mode = said == b"user_mode" || said == b"system_mode";
                if rest.get(..length) == Some(b"with") && is_mode {
                    for blank in at..mode + said.len() {
                        if !bytes.get(blank).is_some_and(u8::is_ascii_whitespace) {
                            put(bytes, blank, b' ');
                        }
                    }
                    at = mode + said.len();
                } else {
                    at += length.max(1);
                }
            }
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_stays_at_its_place() {
        let text = "/* Trigger.new */ String s = 'Trigger.new \\' ü'; TRIGGER . New[0].x();";
        let read = for_parser(text);
        assert_eq!(read.len(), text.len());
        assert!(read.starts_with("/* Trigger.new */ String s = 'Trigger.new \\' ü';"));
        assert!(read.ends_with("TRIGGE_ . Ne_[0].x();"), "{read}");
        assert_eq!(
            for_parser("trigger T on X (before insert) {}"),
            "trigger T on X (before insert) {}"
        );
        let search = "x = [FIND 'with user_mode ]' RETURNING Case(Id) WITH  USER_MODE LIMIT 1];";
        let read = for_parser(search);
        assert_eq!(read.len(), search.len());
        let blank = " ".repeat("WITH  USER_MODE".len());
        assert!(
            read.contains(&format!("Case(Id) {blank} LIMIT 1];")),
            "{read}"
        );
    }
}
