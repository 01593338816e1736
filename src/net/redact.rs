//! Clearing text of secrets before it is shown: what a server or a program answered may echo a token.

use secrecy::{ExposeSecret, SecretString};

const REMOVED: &str = "[removed]";

/// Text cut to `limit` characters, without line breaks and control characters.
pub fn bounded(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for (count, c) in text.trim().chars().enumerate() {
        if count >= limit {
            out.push('…');
            break;
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

/// Text without the secrets given, and without anything shaped like a Salesforce session id, refresh
/// token, signed assertion or SFDX auth URL.
pub fn redact(text: &str, secrets: &[&SecretString]) -> String {
    let mut out = text.to_owned();
    for secret in secrets {
        let secret = secret.expose_secret();
        // A secret shorter than this is no token, and replacing it would garble the text.
        if secret.len() >= 6 {
            out = out.replace(secret, REMOVED);
        }
    }
    let is_token_char = |c: char| c.is_ascii_alphanumeric() || "!._-=/+:%@".contains(c);
    let mut cleared = String::with_capacity(out.len());
    let mut rest = out.as_str();
    while let Some(start) = rest.find(is_token_char) {
        let (before, tail) = rest.split_at(start);
        cleared.push_str(before);
        let end = tail.find(|c| !is_token_char(c)).unwrap_or(tail.len());
        let (word, after) = tail.split_at(end);
        cleared.push_str(if is_token(word) { REMOVED } else { word });
        rest = after;
    }
    cleared.push_str(rest);
    cleared
}

fn is_token(word: &str) -> bool {
    // A session id is the org's id, an exclamation mark and the token itself, sometimes percent-encoded.
    let session = |mark: &str| {
        word.find("00D")
            .and_then(|at| word.get(at..))
            .and_then(|id| id.split_once(mark))
            .is_some_and(|(org, token)| (12..=18).contains(&org.len()) && token.len() >= 16)
    };
    session("!")
        || session("%21")
        || word.contains("force://")
        || word
            .find("5Aep")
            .is_some_and(|at| word.len().saturating_sub(at) >= 40)
        || (word.starts_with("eyJ") && word.len() >= 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_token_shaped_secrets_are_removed() {
        let known = SecretString::from("hunter2-hunter2");
        let text = "x hunter2-hunter2 y \"00D000000000001AAA!AQEAQabcdefghijklmnop._\" z \
                    force://PlatformCLI::5Aep861abc@x.my.salesforce.com";
        let clear = redact(text, &[&known]);
        assert_eq!(clear, "x [removed] y \"[removed]\" z [removed]");
    }

    #[test]
    fn ordinary_messages_stay() {
        let text = "No such column 'X__c' on entity 'Account': 00D000000000001AAA, 100%! done";
        assert_eq!(redact(text, &[]), text);
    }

    #[test]
    fn bounded_text_has_no_line_breaks() {
        assert_eq!(bounded("a\nb\u{1b}[31m", 99), "a b [31m");
        assert_eq!(bounded("abcdef", 3), "abc…");
    }
}
