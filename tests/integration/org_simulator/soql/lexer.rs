//! Cuts a SOQL statement into tokens.

use super::super::refusal::Refusal;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A word: keyword, name or literal such as `true` and `TODAY`.
    Word(String),
    /// A quoted text, unescaped.
    Text(String),
    /// A number.
    Number(String),
    /// A date or a datetime.
    Moment(String),
    /// `( ) , . : = != < <= > >=`.
    Sign(&'static str),
}

/// Cuts a statement.
///
/// # Errors
/// `MALFORMED_QUERY` on a character, escape or text that SOQL does not know.
pub(super) fn cut(text: &str) -> Result<Vec<Token>, Refusal> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        match c {
            _ if c.is_whitespace() => at += 1,
            '\'' => tokens.push(Token::Text(quoted(&chars, &mut at)?)),
            _ if c.is_ascii_digit()
                || (c == '-' && chars.get(at + 1).is_some_and(char::is_ascii_digit)) =>
            {
                tokens.push(number(&chars, &mut at));
            }
            _ if c.is_ascii_alphabetic() || c == '_' => {
                let word = take(&chars, &mut at, |c| c.is_ascii_alphanumeric() || c == '_');
                tokens.push(Token::Word(word));
            }
            _ => {
                let two: String = chars.iter().skip(at).take(2).collect();
                let sign = ["!=", "<>", "<=", ">="]
                    .into_iter()
                    .find(|sign| *sign == two);
                let sign = sign.or_else(|| {
                    ["(", ")", ",", ".", ":", "=", "<", ">"]
                        .into_iter()
                        .find(|sign| sign.starts_with(c))
                });
                let Some(sign) = sign else {
                    return Err(Refusal::malformed(format!("unexpected token: '{c}'")));
                };
                at += sign.len();
                tokens.push(Token::Sign(if sign == "<>" { "!=" } else { sign }));
            }
        }
    }
    Ok(tokens)
}

fn take(chars: &[char], at: &mut usize, want: impl Fn(char) -> bool) -> String {
    let found: String = chars.iter().skip(*at).take_while(|c| want(**c)).collect();
    *at += found.chars().count();
    found
}

/// A number, or a date or datetime: all start with a digit.
fn number(chars: &[char], at: &mut usize) -> Token {
    let mut text = String::new();
    if chars.get(*at) == Some(&'-') {
        text.push('-');
        *at += 1;
    }
    text += &take(chars, at, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '+')
    });
    if text.get(1..).is_some_and(|rest| rest.contains('-')) {
        Token::Moment(text)
    } else {
        Token::Number(text)
    }
}

/// A quoted text (SOQL and SOSL Reference, "Quoted String Escape Sequences").
fn quoted(chars: &[char], at: &mut usize) -> Result<String, Refusal> {
    let mut text = String::new();
    *at += 1;
    loop {
        match chars.get(*at) {
            None => {
                return Err(Refusal::malformed(
                    "unexpected end of string: a quote is not closed",
                ));
            }
            Some('\'') => {
                *at += 1;
                return Ok(text);
            }
            Some('\\') => {
                let escaped = chars.get(*at + 1).copied();
                let c = match escaped {
                    Some('n' | 'N') => '\n',
                    Some('r' | 'R') => '\r',
                    Some('t' | 'T') => '\t',
                    Some('b' | 'B') => '\u{8}',
                    Some('f' | 'F') => '\u{c}',
                    Some(c @ ('\'' | '"' | '\\')) => c,
                    // Only LIKE knows these two; the backslash stays for it.
                    Some(c @ ('_' | '%')) => {
                        text.push('\\');
                        c
                    }
                    Some('u') => {
                        let code: String = chars.iter().skip(*at + 2).take(4).collect();
                        let c = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
                        *at += 4;
                        c.ok_or_else(|| Refusal::malformed("Illegal unicode escape in query"))?
                    }
                    _ => {
                        return Err(Refusal::malformed(
                            "Invalid string literal: illegal character sequence",
                        ));
                    }
                };
                text.push(c);
                *at += 2;
            }
            Some(c) => {
                text.push(*c);
                *at += 1;
            }
        }
    }
}
