//! What a text and the JSON body in it say.

use super::SyncError;

/// Longest text of an error that is kept, in characters.
const LONGEST_RAW: usize = 4_000;

impl SyncError {
    /// An error of which only the text is known.
    pub fn of(raw: &str) -> Self {
        let mut error = Self {
            raw: raw.trim().chars().take(LONGEST_RAW).collect(),
            message: raw.trim().to_owned(),
            ..Self::default()
        };
        let body = raw
            .find('{')
            .and_then(|at| Some((raw.get(..at)?, raw.get(at..)?)));
        if let Some((before, body)) = body
            && let Some(Ok(value)) = serde_json::Deserializer::from_str(body)
                .into_iter::<serde_json::Value>()
                .next()
        {
            let mut flat = Flat::default();
            flat.add("", &value, 0);
            error.field = flat.field.take();
            error.message = format!("{} {}", before.trim(), flat.text())
                .trim()
                .to_owned();
        }
        error
    }
}

/// A JSON body as words: codes first, then messages, then the rest.
#[derive(Default)]
struct Flat {
    codes: Vec<String>,
    messages: Vec<String>,
    rest: Vec<String>,
    field: Option<String>,
}

/// Texts that are taken of one body.
const MOST_TEXTS: usize = 60;

impl Flat {
    fn add(&mut self, key: &str, value: &serde_json::Value, depth: usize) {
        if depth > 8 || self.codes.len() + self.messages.len() + self.rest.len() > MOST_TEXTS {
            return;
        }
        match value {
            serde_json::Value::String(text) => {
                let is = |names: &[&str]| names.iter().any(|name| key.eq_ignore_ascii_case(name));
                if is(&[
                    "errorCode",
                    "statusCode",
                    "category",
                    "subCategory",
                    "errorType",
                    "policyName",
                    "exceptionCode",
                ]) {
                    self.codes.push(text.clone());
                } else if is(&["message", "error_description", "error"]) {
                    self.messages.push(text.clone());
                } else if !is(&["correlationId", "requestId"]) {
                    self.rest.push(text.clone());
                }
            }
            serde_json::Value::Number(number)
                if matches!(key, "status" | "statusCode" | "code") =>
            {
                self.rest.push(format!("[json status {number}]"));
            }
            serde_json::Value::Array(all) => {
                if key == "fields" {
                    self.field = all.first().and_then(|one| one.as_str()).map(str::to_owned);
                }
                for one in all {
                    self.add(key, one, depth + 1);
                }
            }
            serde_json::Value::Object(all) => {
                for (key, one) in all {
                    // The names say what the texts are: `requiredGranularScopes`.
                    if one.is_array() || one.is_object() {
                        self.rest.push(key.clone());
                    }
                    self.add(key, one, depth + 1);
                }
            }
            _ => {}
        }
    }

    fn text(&self) -> String {
        let all: Vec<&str> = (self.codes.iter())
            .chain(&self.messages)
            .chain(&self.rest)
            .map(String::as_str)
            .collect();
        all.join(": ")
    }
}
