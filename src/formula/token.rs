//! From text to tokens.
//!
//! In: the text of a formula. Out: one [`Token`] after the other, white space and comments skipped.
//! Knows nothing of precedence or of what a function means.

use super::ast::{BinaryOp, Span};
use super::error::ParseError;

/// What a stretch of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Identifier,
    True,
    False,
    Null,
    Not,
    Bang,
    Plus,
    Minus,
    /// An operator that can only stand between two values; `+` and `-` have their own kinds.
    Binary(BinaryOp),
    /// `=`, which also stands between key and value of a map.
    Equal,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Comma,
    End,
}

/// A kind and the bytes that it covers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// Reads tokens from left to right.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The next token; [`Kind::End`] again and again once the text is used up.
    pub(super) fn next(&mut self) -> Result<Token, ParseError> {
        self.skip_blanks()?;
        let start = self.at;
        let Some(byte) = self.byte(start) else {
            return Ok(self.token(Kind::End, start));
        };
        if self.identifier_step(start, true) > 0 {
            return Ok(self.identifier(start));
        }
        let following = self.byte(start + 1);
        let (kind, length) = match (byte, following) {
            (b'"' | b'\'', _) => return self.string(start, byte),
            (b'0'..=b'9', _) => return self.number(start),
            (b'(', _) => (Kind::Open, 1),
            (b')', _) => (Kind::Close, 1),
            (b'[', _) => (Kind::OpenBracket, 1),
            (b']', _) => (Kind::CloseBracket, 1),
            (b',', _) => (Kind::Comma, 1),
            (b'|', Some(b'|')) => (Kind::Binary(BinaryOp::Or), 2),
            (b'&', Some(b'&')) => (Kind::Binary(BinaryOp::And), 2),
            (b'&', _) => (Kind::Binary(BinaryOp::Concat), 1),
            (b'=', Some(b'=')) => (Kind::Binary(BinaryOp::Equal), 2),
            (b'=', _) => (Kind::Equal, 1),
            (b'!', Some(b'=')) | (b'<', Some(b'>')) => (Kind::Binary(BinaryOp::NotEqual), 2),
            (b'!', _) => (Kind::Bang, 1),
            (b'<', Some(b'=')) => (Kind::Binary(BinaryOp::LessOrEqual), 2),
            (b'<', _) => (Kind::Binary(BinaryOp::Less), 1),
            (b'>', Some(b'=')) => (Kind::Binary(BinaryOp::GreaterOrEqual), 2),
            (b'>', _) => (Kind::Binary(BinaryOp::Greater), 1),
            (b'+', _) => (Kind::Plus, 1),
            (b'-', _) => (Kind::Minus, 1),
            (b'^', _) => (Kind::Binary(BinaryOp::Power), 1),
            (b'*', _) => (Kind::Binary(BinaryOp::Multiply), 1),
            (b'/', Some(b'/')) => {
                return Err(ParseError::new(
                    start,
                    "`//` is not known here; comments are written `/* … */`",
                ));
            }
            (b'/', _) => (Kind::Binary(BinaryOp::Divide), 1),
            _ => return Err(self.stray(start)),
        };
        self.at = start + length;
        Ok(self.token(kind, start))
    }

    fn token(&self, kind: Kind, start: usize) -> Token {
        Token {
            kind,
            span: Span::new(start, self.at),
        }
    }

    /// Blank, tab, form feed, CR, LF and `/* … */`. `\*/` does not close a comment.
    fn skip_blanks(&mut self) -> Result<(), ParseError> {
        loop {
            match (self.byte(self.at), self.byte(self.at + 1)) {
                (Some(b' ' | b'\t' | b'\x0c' | b'\r' | b'\n'), _) => self.at += 1,
                (Some(b'/'), Some(b'*')) => self.skip_comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn skip_comment(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        let mut from = start + 2;
        while let Some(found) = self.text.get(from..).and_then(|rest| rest.find("*/")) {
            let star = from + found;
            let escaped = star > start + 2 && self.byte(star - 1) == Some(b'\\');
            from = star + 2;
            if !escaped {
                self.forbid_odd_characters(start, from)?;
                self.at = from;
                return Ok(());
            }
        }
        Err(ParseError::new(
            start,
            "the comment that starts here is not closed with `*/`",
        ))
    }

    /// The length of the identifier character at `at`, 0 when there is none.
    ///
    /// The engine folds case before it looks, so the two characters that fold into ASCII letters
    /// (U+0130, U+212A) count as letters.
    fn identifier_step(&self, at: usize, first: bool) -> usize {
        match self.byte(at) {
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'$') => 1,
            Some(b'0'..=b'9' | b'_' | b':' | b'.' | b'#') if !first => 1,
            Some(0xC4) if self.byte(at + 1) == Some(0xB0) => 2,
            Some(0xE2) if (self.byte(at + 1), self.byte(at + 2)) == (Some(0x84), Some(0xAA)) => 3,
            _ => 0,
        }
    }

    fn identifier(&mut self, start: usize) -> Token {
        loop {
            match self.identifier_step(self.at, false) {
                0 => break,
                step => self.at += step,
            }
        }
        let word = self.text.get(start..self.at).unwrap_or_default();
        let kind = match word.len() {
            3 if word.eq_ignore_ascii_case("not") => Kind::Not,
            4 if word.eq_ignore_ascii_case("true") => Kind::True,
            4 if word.eq_ignore_ascii_case("null") => Kind::Null,
            5 if word.eq_ignore_ascii_case("false") => Kind::False,
            _ => Kind::Identifier,
        };
        self.token(kind, start)
    }

    fn number(&mut self, start: usize) -> Result<Token, ParseError> {
        self.skip_digits();
        if self.byte(self.at) == Some(b'.') {
            if !matches!(self.byte(self.at + 1), Some(b'0'..=b'9')) {
                return Err(ParseError::new(
                    self.at,
                    "a digit must follow the decimal point",
                ));
            }
            self.at += 1;
            self.skip_digits();
        }
        Ok(self.token(Kind::Number, start))
    }

    fn skip_digits(&mut self) {
        while matches!(self.byte(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn string(&mut self, start: usize, quote: u8) -> Result<Token, ParseError> {
        let mut at = start + 1;
        loop {
            match self.byte(at) {
                None => {
                    return Err(ParseError::new(
                        start,
                        "the text that starts here is not closed with the same quote",
                    ));
                }
                Some(b'\n' | b'\r') => {
                    return Err(ParseError::new(
                        at,
                        "a text may not hold a line break; write `\\n`",
                    ));
                }
                Some(b'\\') => match self.byte(at + 1) {
                    Some(b'n' | b'r' | b't' | b'N' | b'R' | b'T' | b'"' | b'\'' | b'\\') => at += 2,
                    _ => {
                        return Err(ParseError::new(
                            at,
                            "after a backslash in a text only n, r, t, a quote or a backslash may follow",
                        ));
                    }
                },
                Some(byte) if byte == quote => break,
                Some(_) => at += 1,
            }
        }
        self.forbid_odd_characters(start, at)?;
        self.at = at + 1;
        Ok(self.token(Kind::Text, start))
    }

    /// U+0000 to U+0002 and U+FFFF are outside the engine's vocabulary, even in texts and comments.
    fn forbid_odd_characters(&self, start: usize, end: usize) -> Result<(), ParseError> {
        let inside = self.text.get(start..end).unwrap_or_default();
        match inside.find(['\0', '\u{1}', '\u{2}', '\u{ffff}']) {
            Some(found) => Err(ParseError::new(
                start + found,
                "this control character may not stand in a formula",
            )),
            None => Ok(()),
        }
    }

    /// The error for a character that starts no token, with a hint for the usual slips.
    fn stray(&self, at: usize) -> ParseError {
        let Some(character) = self.text.get(at..).and_then(|rest| rest.chars().next()) else {
            return ParseError::new(at, "the formula ends too early");
        };
        let hint = match character {
            '“' | '”' | '„' | '‘' | '’' => "; texts are written in straight quotes",
            '\u{a0}' | '\u{feff}' | '\u{200b}' => "; replace it with a plain blank",
            '%' => "; use MOD for a remainder, a division by 100 for a percentage",
            '|' => "; 'or' is written `||`",
            '.' => "; a number starts with a digit, and a field path has no blanks around its dots",
            '_' | '#' | ':' => "; a name starts with a letter or `$`",
            '{' | '}' => "; validation rules name fields without braces",
            _ => "",
        };
        let shown = if character.is_control() || character.is_whitespace() {
            character.escape_unicode().to_string()
        } else {
            character.to_string()
        };
        ParseError::new(at, format!("`{shown}` may not stand here{hint}"))
    }
}
