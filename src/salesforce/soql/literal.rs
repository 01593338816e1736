//! Values as SOQL literals: ids, API names and text, each checked and quoted.

use super::SoqlError;
use crate::net::bounded;

/// Longest text bound into a statement, in characters; a username has at most 80.
const LONGEST_TEXT: usize = 1000;

/// A value in SOQL's spelling, quotes included. Only this module makes one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Literal(String);

impl Literal {
    /// A record id, 15 or 18 characters.
    pub fn id(value: &str) -> Result<Self, SoqlError> {
        if is_record_id(value) {
            Ok(Self(format!("'{value}'")))
        } else {
            Err(refuse(value, "a record id (15 or 18 letters and digits)"))
        }
    }

    /// An API name of an object, field, permission set …
    pub fn name(value: &str) -> Result<Self, SoqlError> {
        if is_api_name(value) {
            Ok(Self(format!("'{value}'")))
        } else {
            Err(refuse(
                value,
                "an API name (a letter, then letters, digits and underscores)",
            ))
        }
    }

    /// Any text, a username for example: quotes and backslashes are escaped, control characters refused
    /// (SOQL and SOSL Reference, "Quoted String Escape Sequences").
    pub fn text(value: &str) -> Result<Self, SoqlError> {
        if value.chars().count() > LONGEST_TEXT {
            return Err(refuse(value, "a text of at most 1000 characters"));
        }
        let mut quoted = String::with_capacity(value.len().saturating_add(2));
        quoted.push('\'');
        for c in value.chars() {
            match c {
                '\'' | '\\' | '"' => quoted.extend(['\\', c]),
                c if c.is_control() => {
                    return Err(refuse(value, "a text without control characters"));
                }
                c => quoted.push(c),
            }
        }
        quoted.push('\'');
        Ok(Self(quoted))
    }

    /// A number. It stands without quotes.
    pub fn number(value: u32) -> Self {
        Self(value.to_string())
    }

    /// A date and time, as Salesforce writes it: `2026-01-31T00:00:00Z`. It stands without quotes.
    pub fn instant(value: jiff::Timestamp) -> Self {
        Self(value.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    /// The literal as it stands in a statement.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is shaped like a record id.
pub fn is_record_id(text: &str) -> bool {
    matches!(text.len(), 15 | 18) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a text is shaped like an API name: `^[A-Za-z][A-Za-z0-9_]*$`, at most 255 characters.
pub fn is_api_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.len() <= 255
}

fn refuse(value: &str, what: &'static str) -> SoqlError {
    SoqlError::Value {
        value: bounded(value, 100),
        what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_end_its_quotes() {
        let text = |value: &str| Literal::text(value).map(|literal| literal.0);
        assert_eq!(
            text("x' OR Username != '").unwrap(),
            r"'x\' OR Username != \''"
        );
        assert_eq!(text(r"x\' OR a='").unwrap(), r"'x\\\' OR a=\''");
        assert_eq!(
            text("o'brien@acme.example").unwrap(),
            r"'o\'brien@acme.example'"
        );
        assert!(text("a\nb").is_err());
        assert!(text("a\u{0}").is_err());
        assert!(text(&"x".repeat(1001)).is_err());
    }

    #[test]
    fn names_and_ids_are_what_they_claim() {
        for bad in [
            "",
            "1x",
            "_x",
            "a b",
            "a'",
            "a)",
            "Account.Name",
            "é",
            "a--",
            "a/*",
        ] {
            assert!(Literal::name(bad).is_err(), "{bad}");
            assert!(Literal::id(bad).is_err(), "{bad}");
        }
        assert!(Literal::name("SBQQ__Quote__c").is_ok());
        assert!(Literal::id("005000000000001AAA").is_ok());
        assert!(Literal::id("005000000000001").is_ok());
        assert!(Literal::id("00500000000000'").is_err());
    }

    #[test]
    fn a_time_is_written_in_utc() {
        let time: jiff::Timestamp = "2026-01-31T01:00:00+01:00".parse().unwrap();
        assert_eq!(Literal::instant(time).as_str(), "2026-01-31T00:00:00Z");
    }
}
