//! From an answer that is no success to what it means: kind, and whether asking again can help.

use std::time::Duration;

use http::HeaderMap;
use http::header::{LOCATION, RETRY_AFTER};
use serde::Deserialize;

use super::call::Call;
use super::error::{ApiError, ApiErrorKind};

/// Whether a failed attempt is worth repeating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It will not change.
    No,
    /// It passes; the server may say when. `pressure` asks for fewer requests at once.
    Later {
        after: Option<Duration>,
        pressure: bool,
    },
    /// The session has expired.
    WithNewSession,
}

/// A failed attempt.
#[derive(Debug)]
pub(super) struct Failure {
    /// Boxed: it is large, and most attempts succeed.
    pub(super) error: Box<ApiError>,
    pub(super) again: Again,
}

/// An entry of REST's error array.
#[derive(Deserialize)]
struct ErrorEntry {
    #[serde(default)]
    message: String,
    #[serde(default, rename = "errorCode")]
    code: String,
}

/// Messages of `INVALID_SESSION_ID` that a new session does not cure.
const NOT_EXPIRED: [&str; 2] = [
    "This session is not valid for use with",
    "Connected app is not attached to Agent",
];

/// Codes that pass by themselves, whatever HTTP status they come with.
const PASSING: [&str; 6] = [
    "UNABLE_TO_LOCK_ROW",
    "SERVER_UNAVAILABLE",
    "API_CURRENTLY_DISABLED",
    "UNKNOWN_EXCEPTION",
    "SYSTEM_MODSTAMP_CONFLICT",
    "CONCURRENT_UPDATES",
];

/// Classifies an answer with a status other than success.
pub(super) fn refused(call: &Call, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    let (code, message) = code_and_message(call, status, headers, body);
    let mut failure = of_code(call, Some(status), &code, &message);
    if let Again::Later { after, .. } = &mut failure.again {
        *after = retry_after(headers);
    }
    failure
}

/// Classifies an error code; also that of a sub-request of a composite, which has no headers.
pub(super) fn of_code(call: &Call, status: Option<u16>, code: &str, message: &str) -> Failure {
    use ApiErrorKind as Kind;
    let later = |pressure| Again::Later {
        after: None,
        pressure,
    };
    let number = status.unwrap_or(0);
    let (kind, again) = match code {
        "INVALID_SESSION_ID" if !NOT_EXPIRED.iter().any(|text| message.contains(text)) => {
            (Kind::SessionInvalid, Again::WithNewSession)
        }
        "INVALID_SESSION_ID" | "INVALID_AUTH_HEADER" => (Kind::SessionInvalid, Again::No),
        // One code for two things: too many long requests at once passes, the daily allowance does not.
        "REQUEST_LIMIT_EXCEEDED" if message.contains("Concurrent") => {
            (Kind::Unavailable, later(true))
        }
        "REQUEST_LIMIT_EXCEEDED" => (Kind::LimitReached, Again::No),
        "API_DISABLED_FOR_ORG" => (Kind::ApiDisabled, Again::No),
        code if PASSING.contains(&code) => (Kind::Unavailable, later(true)),
        "INVALID_FIELD" => (Kind::NoSuchColumn, Again::No),
        "EXCEEDED_ID_LIMIT" | "OPERATION_TOO_LARGE" | "QUERY_TOO_COMPLICATED" | "QUERY_TIMEOUT" => {
            (Kind::TooMuch, Again::No)
        }
        "INSUFFICIENT_ACCESS"
        | "INSUFFICIENT_ACCESS_OR_READONLY"
        | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
        | "INVALID_TYPE"
        | "NOT_FOUND"
        | "INVALID_CROSS_REFERENCE_KEY"
        | "FUNCTIONALITY_NOT_ENABLED"
        | "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE"
        | "EXTERNAL_OBJECT_EXCEPTION"
        | "EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION" => (Kind::Refused, Again::No),
        _ => match number {
            401 => (Kind::SessionInvalid, Again::No),
            403 | 404 => (Kind::Refused, Again::No),
            414 | 431 => (Kind::TooMuch, Again::No),
            429 => (Kind::Unavailable, later(true)),
            420 | 502 | 503 | 504 => (Kind::Unavailable, later(true)),
            // A SOAP fault comes with HTTP 500 whatever its cause: only the code speaks.
            500..=599 if call.is_soap() && !code.is_empty() => (Kind::Rejected, Again::No),
            500..=599 => (Kind::Unavailable, later(false)),
            300..=399 => (Kind::Redirected, Again::No),
            _ => (Kind::Rejected, Again::No),
        },
    };
    let mut error = ApiError::new(kind, call.name(), &call.shown(), message);
    error.status = status;
    error.error_code = (!code.is_empty()).then(|| code.to_owned());
    Failure {
        error: Box::new(error),
        again,
    }
}

fn code_and_message(
    call: &Call,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> (String, String) {
    if (300..400).contains(&status) {
        let host = headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| url::Url::parse(text).ok())
            .and_then(|url| url.host_str().map(str::to_owned));
        let message = match host {
            Some(host) => format!(
                "the org sends requests on to {host}, which get no token unasked: if that is the org's new \
                 address, log in again or give it with --org"
            ),
            None => "the org sends requests on to another path, which is not followed".to_owned(),
        };
        return (String::new(), message);
    }
    if call.is_soap()
        && let Some((code, message)) = super::soap::fault(body)
    {
        return (code, message);
    }
    match parse_errors(body) {
        Some(found) => found,
        None if is_markup(body) => (
            String::new(),
            "the answer is a web page, not the API's".to_owned(),
        ),
        None => (String::new(), "no reason is given".to_owned()),
    }
}

/// Code and message of an error body: an array of entries, or one entry.
pub(super) fn parse_errors(body: &[u8]) -> Option<(String, String)> {
    let entries = serde_json::from_slice::<Vec<ErrorEntry>>(body)
        .or_else(|_| serde_json::from_slice::<ErrorEntry>(body).map(|entry| vec![entry]))
        .ok()?;
    let first = entries.into_iter().next()?;
    if first.code.is_empty() && first.message.is_empty() {
        return None;
    }
    // A code is a word; anything else in its place is not shown as one.
    let is_word = |code: &str| {
        code.len() <= 80
            && code
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':')
    };
    let code = if is_word(&first.code) {
        first.code
    } else {
        String::new()
    };
    Some((code, first.message))
}

/// Whether a body is HTML or XML.
pub(super) fn is_markup(body: &[u8]) -> bool {
    body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// `Retry-After` in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let wait = at.duration_since(jiff::Timestamp::now());
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classify(status: u16, body: &str) -> Failure {
        let call = Call::get("x", "/services/data/v66.0/limits").unwrap();
        refused(&call, status, &HeaderMap::new(), body.as_bytes())
    }

    fn entry(code: &str, message: &str) -> String {
        format!(r#"[{{"message":"{message}","errorCode":"{code}"}}]"#)
    }

    #[test]
    fn only_what_passes_is_asked_again() {
        let again =
            |status, code: &str, message: &str| classify(status, &entry(code, message)).again;
        assert_eq!(
            again(401, "INVALID_SESSION_ID", "Session expired or invalid"),
            Again::WithNewSession
        );
        assert_eq!(
            again(
                401,
                "INVALID_SESSION_ID",
                "This session is not valid for use with the REST API"
            ),
            Again::No
        );
        assert_eq!(
            again(
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "TotalRequests Limit exceeded."
            ),
            Again::No
        );
        for (status, code, message) in [
            (
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "ConcurrentPerOrgLongTxn Limit exceeded.",
            ),
            (
                400,
                "UNABLE_TO_LOCK_ROW",
                "unable to obtain exclusive access",
            ),
            (503, "SERVER_UNAVAILABLE", "busy"),
            (500, "UNKNOWN_EXCEPTION", "oops"),
        ] {
            assert!(
                matches!(again(status, code, message), Again::Later { .. }),
                "{code}"
            );
        }
        for code in [
            "MALFORMED_QUERY",
            "INVALID_FIELD",
            "INVALID_TYPE",
            "EXCEEDED_ID_LIMIT",
        ] {
            assert_eq!(again(400, code, "x"), Again::No, "{code}");
        }
        assert!(matches!(
            classify(503, "<html>down</html>").again,
            Again::Later { .. }
        ));
        assert_eq!(classify(404, "").again, Again::No);
    }

    #[test]
    fn kinds_tell_refusal_from_absence_of_a_column() {
        assert_eq!(
            classify(400, &entry("INVALID_TYPE", "x")).error.kind,
            ApiErrorKind::Refused
        );
        assert_eq!(
            classify(400, &entry("INVALID_FIELD", "x")).error.kind,
            ApiErrorKind::NoSuchColumn
        );
        assert_eq!(
            classify(403, &entry("API_DISABLED_FOR_ORG", "x"))
                .error
                .kind,
            ApiErrorKind::ApiDisabled
        );
        assert_eq!(
            classify(403, &entry("REQUEST_LIMIT_EXCEEDED", "TotalRequests"))
                .error
                .kind,
            ApiErrorKind::LimitReached
        );
        assert_eq!(classify(414, "").error.kind, ApiErrorKind::TooMuch);
    }
}
