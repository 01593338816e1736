//! A request that Salesforce refuses, with the error body that it answers.

use serde_json::{Value, json};

/// The HTTP status, error code and message of a refused request (REST API Developer Guide, "Status Codes and
/// Error Responses": the body is an array of one object).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub(crate) status: u16,
    /// `errorCode`.
    pub(crate) code: String,
    /// `message`.
    pub(crate) message: String,
}

impl Refusal {
    /// A refusal with any status.
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// A query that cannot be understood, or that breaks a rule of its object.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(400, "MALFORMED_QUERY", message)
    }

    /// An object that is missing, hidden from the caller, or not in this API.
    pub(crate) fn invalid_type(object: &str) -> Self {
        Self::new(
            400,
            "INVALID_TYPE",
            format!(
                "sObject type '{object}' is not supported. If you are attempting to use a custom object, be sure to \
                 append the '__c' after the entity name. Please reference your WSDL or the describe call for the \
                 appropriate names."
            ),
        )
    }

    /// A column that is missing or hidden from the caller: the two cannot be told apart.
    pub(crate) fn no_such_column(object: &str, column: &str) -> Self {
        Self::new(
            400,
            "INVALID_FIELD",
            format!(
                "No such column '{column}' on entity '{object}'. If you are attempting to use a custom field, be sure \
                 to append the '__c' after the custom field name. Please reference your WSDL or the describe call for \
                 the appropriate names."
            ),
        )
    }

    /// A relationship that does not exist.
    pub(crate) fn no_such_relationship(name: &str) -> Self {
        Self::new(
            400,
            "INVALID_FIELD",
            format!(
                "Didn't understand relationship '{name}' in field path. If you are attempting to use a custom \
                 relationship, be sure to append the '__r' after the custom relationship name. Please reference your \
                 WSDL or the describe call for the appropriate names."
            ),
        )
    }

    /// A session that is over, or never was one.
    pub(crate) fn session_expired() -> Self {
        Self::new(401, "INVALID_SESSION_ID", "Session expired or invalid")
    }

    /// A path that leads nowhere.
    pub(crate) fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "The requested resource does not exist")
    }

    /// The same, with the place in the statement before the message, as Salesforce puts it: the first name that the
    /// message quotes.
    pub(crate) fn at(mut self, soql: &str) -> Self {
        let placed = ["INVALID_TYPE", "INVALID_FIELD"].contains(&self.code.as_str())
            || self.message.starts_with("unexpected token");
        let name = self
            .message
            .split('\'')
            .nth(1)
            .unwrap_or_default()
            .to_ascii_lowercase();
        let found = soql
            .to_ascii_lowercase()
            .find(&name)
            .filter(|_| placed && !name.is_empty());
        let Some(before) = found.and_then(|at| soql.get(..at)) else {
            return self;
        };
        let row = 1 + before.matches('\n').count();
        let line = soql.lines().nth(row - 1).unwrap_or_default();
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count();
        let skipped = column.saturating_sub(30);
        let excerpt: String = line.chars().skip(skipped).take(60).collect();
        let pointer = " ".repeat(column - skipped);
        let column = column + 1;
        self.message = format!(
            "\n{excerpt}\n{pointer}^\nERROR at Row:{row}:Column:{column}\n{}",
            self.message
        );
        self
    }

    /// The array that stands in the answer's body.
    pub(crate) fn body(&self) -> Value {
        json!([{ "message": self.message, "errorCode": self.code }])
    }
}
