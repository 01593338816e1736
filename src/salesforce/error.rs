//! What a request may come back with instead of an answer.

use std::fmt;

use crate::auth::AuthError;
use crate::net::bounded;

/// What kind of failure it is: decides whether coverage drops, the caller narrows its question, or the run
/// stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApiErrorKind {
    /// The caller may not see it, or the org has no such thing: `INSUFFICIENT_ACCESS`, `INVALID_TYPE`,
    /// `NOT_FOUND` … Salesforce does not always tell the two apart.
    Refused,
    /// A column is missing or hidden (`INVALID_FIELD`).
    NoSuchColumn,
    /// The question is too large: narrow it (`EXCEEDED_ID_LIMIT`, `QUERY_TOO_COMPLICATED`, `QUERY_TIMEOUT` …).
    TooMuch,
    /// Salesforce refuses the request as such, for good.
    Rejected,
    /// The user has no API access at all (`API_DISABLED_FOR_ORG`).
    ApiDisabled,
    /// The session is not accepted and could not be renewed.
    SessionInvalid,
    /// The org's daily allowance of API calls is used up.
    LimitReached,
    /// The share of the allowance that this run may use is used up.
    AllowanceSpent,
    /// No answer within the time limit of a request or of the run.
    Timeout,
    /// No connection, or the connection broke each time.
    Transport,
    /// Salesforce is down or busy, each time it was asked.
    Unavailable,
    /// An answer that is not what the API gives: HTML of a proxy, a cut or malformed body.
    BadBody,
    /// The request was sent elsewhere by a redirect, which is not followed.
    Redirected,
}

/// A failed request: what was asked, what came back, and what to do. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The kind of failure.
    pub kind: ApiErrorKind,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Salesforce's error code.
    pub error_code: Option<String>,
    /// What Salesforce or the connection says, bounded and cleared of secrets.
    pub message: String,
    /// What was asked: the name of a query file, or the thing described.
    pub query: String,
    /// Method and path, without a query string.
    pub request: String,
}

/// Longest message kept, in characters.
const LONGEST_MESSAGE: usize = 500;

impl ApiError {
    pub(super) fn new(
        kind: ApiErrorKind,
        query: &str,
        request: &str,
        message: impl AsRef<str>,
    ) -> Self {
        Self {
            kind,
            status: None,
            error_code: None,
            message: bounded(message.as_ref(), LONGEST_MESSAGE),
            query: query.to_owned(),
            request: request.to_owned(),
        }
    }

    /// A session that cannot be renewed.
    pub(super) fn session(query: &str, request: &str, error: &AuthError) -> Self {
        Self::new(
            ApiErrorKind::SessionInvalid,
            query,
            request,
            error.to_string(),
        )
    }

    /// Whether it costs only what was asked for, so that a run goes on with lower coverage.
    pub fn is_local(&self) -> bool {
        !matches!(
            self.kind,
            ApiErrorKind::SessionInvalid | ApiErrorKind::ApiDisabled | ApiErrorKind::Redirected
        )
    }

    /// What to do next; none where the message says it, or nothing can be done.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self.kind {
            ApiErrorKind::Refused => {
                "the admin may lack View Setup and Configuration, or the org has no such feature"
            }
            ApiErrorKind::ApiDisabled => {
                "give the user the system permission API Enabled; editions without API cannot be audited live"
            }
            ApiErrorKind::LimitReached => "wait until the 24-hour allowance of API calls recovers",
            ApiErrorKind::AllowanceSpent => "allow more calls with --max-api-calls",
            ApiErrorKind::Timeout => "allow more time with --timeout",
            ApiErrorKind::Unavailable => "see https://status.salesforce.com and try again later",
            ApiErrorKind::BadBody => "check for a proxy that answers in Salesforce's place",
            ApiErrorKind::NoSuchColumn
            | ApiErrorKind::TooMuch
            | ApiErrorKind::Rejected
            | ApiErrorKind::SessionInvalid
            | ApiErrorKind::Transport
            | ApiErrorKind::Redirected => return None,
        })
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.query)?;
        match (&self.status, &self.error_code) {
            (Some(status), Some(code)) => write!(f, "Salesforce answered {status} {code}: ")?,
            (Some(status), None) => write!(f, "Salesforce answered HTTP {status}: ")?,
            (None, Some(code)) => write!(f, "Salesforce answered {code}: ")?,
            (None, None) => {}
        }
        write!(f, "{} ({})", self.message, self.request)
    }
}

impl std::error::Error for ApiError {}
