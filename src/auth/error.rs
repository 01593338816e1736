//! What can go wrong on the way to a session, each with the next step.

use crate::net::{ClientError, UrlError, bounded};

/// Why there is no session. No variant holds a secret.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuthError {
    /// Nothing in the environment or the login store fits the org.
    #[error(
        "no credentials for {org}: set SF_ACCESS_TOKEN, SFDX_AUTH_URL, SF_REFRESH_TOKEN, SF_CLIENT_ID with \
         SF_CLIENT_SECRET, or SF_USERNAME with SF_JWT_KEY_FILE and SF_CLIENT_ID; or run `permgap login`"
    )]
    NoCredentials {
        /// The org asked for.
        org: String,
    },
    /// A variable that goes with another is not set.
    #[error("{missing} is not set, but {because}: set it in the environment")]
    MissingVariable {
        /// The variable.
        missing: &'static str,
        /// Which other setting asks for it.
        because: &'static str,
    },
    /// An access token is good for one org, whose address is needed with it.
    #[error(
        "SF_ACCESS_TOKEN does not say which org it is for, and {host} is a login host: give the org's own \
         address with --org, https://<your domain>.my.salesforce.com"
    )]
    NeedsOrgAddress {
        /// The login host given.
        host: String,
    },
    /// The org's name cannot be one.
    #[error("`{name}` cannot be an alias or a username: {reason}")]
    BadOrgName {
        /// What was given.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An SFDX auth URL that cannot be read; the URL itself is a secret and is not shown.
    #[error("SFDX_AUTH_URL cannot be used: {what}; get one with `sf org auth show-sfdx-auth-url`")]
    BadSfdxUrl {
        /// Which part is wrong.
        what: &'static str,
    },
    /// An address that no token may be sent to.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// No HTTP client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The authorization server said no.
    #[error("{host} refused the {flow}: {code}{}{}", in_brackets(.description), with_hint(.hint))]
    Refused {
        /// The login host.
        host: String,
        /// The flow, in words.
        flow: &'static str,
        /// OAuth error code.
        code: String,
        /// The server's own words, bounded and cleared.
        description: String,
        /// What to do next; may be empty.
        hint: &'static str,
    },
    /// The login host could not be reached.
    #[error("{host} could not be reached for the {flow}: {reason}")]
    Unreachable {
        /// The login host.
        host: String,
        /// The flow, in words.
        flow: &'static str,
        /// What failed.
        reason: String,
    },
    /// The login host answered something that is no token answer.
    #[error(
        "{host} answered the {flow} with HTTP {status} and no token: is it a Salesforce login host?"
    )]
    BadAnswer {
        /// The login host.
        host: String,
        /// The flow, in words.
        flow: &'static str,
        /// HTTP status.
        status: u16,
    },
    /// The private key cannot be used.
    #[error("SF_JWT_KEY_FILE names {path}, which cannot be used: {reason}")]
    Key {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The `sf` command line did not give a session.
    #[error("the sf command line gave no session for `{org}`: {reason}")]
    SfCli {
        /// Alias or username.
        org: String,
        /// What happened, and what to do.
        reason: String,
    },
    /// The session is for another org than the one asked for.
    #[error(
        "the credentials are for {got}, but --org says {wanted}: correct one of the two, so that no other \
         org is audited by mistake"
    )]
    OtherOrg {
        /// Host asked for.
        wanted: String,
        /// Host that the token is for.
        got: String,
    },
    /// The session has expired and its source cannot give another.
    #[error("the session has expired: {how}")]
    CannotRenew {
        /// How to log in again.
        how: String,
    },
    /// The browser login did not come to an end.
    #[error("the login in the browser did not finish: {reason}")]
    Browser {
        /// What happened, and what to do.
        reason: String,
    },
    /// The login store cannot be read or written.
    #[error("the kept login at {place} cannot be used: {reason}")]
    Store {
        /// File, or "the OS keyring".
        place: String,
        /// What is wrong, and what to do.
        reason: String,
    },
}

fn in_brackets(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(" ({text})")
    }
}

fn with_hint(hint: &str) -> String {
    if hint.is_empty() {
        String::new()
    } else {
        format!(": {hint}")
    }
}

impl AuthError {
    /// A refusal in the server's words, with the next step that fits it.
    pub(crate) fn refused(host: &str, flow: &'static str, code: &str, description: &str) -> Self {
        Self::Refused {
            host: host.to_owned(),
            flow,
            code: bounded(code, 80),
            description: bounded(description, 300),
            hint: next_step(code, description),
        }
    }
}

/// What to do about an OAuth error. Salesforce says most things as `invalid_grant` with a description.
fn next_step(code: &str, description: &str) -> &'static str {
    let text = description.replace('+', " ").to_ascii_lowercase();
    let has = |needle: &str| text.contains(needle);
    if has("must be installed") || code == "OAUTH_APPROVAL_ERROR_GENERIC" {
        "an admin must install the app in Setup, Connected Apps OAuth Usage, or the user needs the permission \
         Approve Uninstalled Connected Apps"
    } else if has("not supported on this domain") {
        "client credentials work on the org's own My Domain host only: give --org \
         https://<your domain>.my.salesforce.com"
    } else if has("no client credentials user") {
        "set a run-as user in the app's client credentials flow"
    } else if has("hasn't approved this consumer") || has("hasn\u{2019}t approved this consumer") {
        "pre-authorize the app: in its policies choose 'Admin approved users are pre-authorized' and give the \
         user's profile or a permission set access to it"
    } else if has("audience is invalid") {
        "set SF_LOGIN_URL to https://login.salesforce.com (production) or https://test.salesforce.com (sandbox)"
    } else if has("expired access/refresh token")
        || has("token validity expired")
        || has("inactive access/refresh")
    {
        "the refresh token is no longer valid: log in again (`permgap login`, or `sf org login web`)"
    } else if has("expired authorization code") {
        "the assertion or code had expired: check this machine's clock, then try again"
    } else if has("invalid assertion") {
        "check that SF_JWT_KEY_FILE belongs to the certificate uploaded to the app, and SF_USERNAME"
    } else if has("ip restricted") {
        "the profile's login IP ranges or the app's policy do not allow this machine's address"
    } else if has("invalid login hours") || has("login hours") {
        "the profile's login hours do not allow a login now"
    } else if code == "inactive_user" || has("inactive user") || has("user is inactive") {
        "the user is inactive or frozen: activate it, or use another"
    } else if code == "inactive_org" || has("inactive organization") {
        "the org is locked, closed or suspended"
    } else if code == "invalid_client_id" || code == "invalid_client" {
        "check SF_CLIENT_ID and SF_CLIENT_SECRET; a new app takes some minutes to be known"
    } else if code == "access_denied" {
        "access was denied in the browser: run `permgap login` again and allow it"
    } else if code == "rate_limit_exceeded" || has("login rate exceeded") {
        "too many logins in an hour: wait, then try again"
    } else if has("authentication failure") {
        "check the username, the login host (production or sandbox) and the user's login policy"
    } else if code == "unsupported_grant_type" || code == "unauthorized_client" {
        "enable this OAuth flow in the app's settings"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_known_has_a_next_step() {
        let hint = |code: &str, description: &str| {
            AuthError::refused("login.salesforce.com", "refresh", code, description).to_string()
        };
        assert!(hint("invalid_grant", "expired access/refresh token").contains("log in again"));
        assert!(
            hint("invalid_grant", "request not supported on this domain").contains("My Domain")
        );
        assert!(
            hint("invalid_grant", "user hasn't approved this consumer").contains("pre-authorize")
        );
        assert!(
            hint("invalid_client", "app+must+be+installed+into+org").contains("install the app")
        );
        assert!(hint("invalid_grant", "ip restricted").contains("IP ranges"));
        assert_eq!(
            hint("odd_error", ""),
            "login.salesforce.com refused the refresh: odd_error"
        );
    }
}
