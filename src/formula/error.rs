//! What is wrong with a formula's text, and where.
//!
//! In: a message and a byte offset from the lexer or the parser. Out: [`ParseError`], which can also say
//! the line and the column. Knows nothing of the grammar.

use thiserror::Error;

/// A formula that Salesforce would refuse to save because of its syntax.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct ParseError {
    /// What is wrong, in one plain sentence part, lower case start.
    pub message: String,
    /// Where, in bytes from the start of the text: always at a character's start, or at the text's end.
    pub offset: usize,
}

impl ParseError {
    pub(super) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            offset,
        }
    }

    /// The offset in characters (Unicode scalar values), from 0: what an editor or a script counts in.
    ///
    /// `text` is the text that was parsed.
    pub fn character(&self, text: &str) -> usize {
        text.char_indices()
            .take_while(|(at, _)| *at < self.offset)
            .count()
    }

    /// Line and column of the error, both from 1, the column in characters.
    ///
    /// `text` is the text that was parsed.
    pub fn line_and_column(&self, text: &str) -> (usize, usize) {
        let before = text.get(..self.offset).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(start..).unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_lines_and_columns() {
        let text = "A = 'é'\n  %";
        let error = ParseError::new(text.len() - 1, "x");
        assert_eq!(error.character(text), 10);
        assert_eq!(error.line_and_column(text), (2, 3));
    }
}
