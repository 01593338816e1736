//! The assertion of the JWT bearer flow: who signs for whom, at which host, until when.

use std::fs;
use std::io::Read;
use std::path::Path;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::SecretString;
use serde::Serialize;

use super::{AuthError, JwtGrant};
use crate::net::OrgUrl;

/// How long an assertion is good for, in seconds. Salesforce accepts at most three minutes.
const LIFETIME: i64 = 120;

/// Largest key file read, in bytes.
const LARGEST_KEY: u64 = 64 * 1024;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    /// Seconds since 1970, not milliseconds.
    exp: i64,
}

/// The audience for a login host: Salesforce expects the shared login host of production or of sandboxes,
/// whichever My Domain the request goes to.
pub(super) fn default_audience(login_url: &OrgUrl) -> &'static str {
    if login_url.is_sandbox() {
        "https://test.salesforce.com"
    } else {
        "https://login.salesforce.com"
    }
}

/// Reads the private key of a grant.
pub(super) fn read_key(path: &Path) -> Result<EncodingKey, AuthError> {
    let fail = |reason: &str| AuthError::Key {
        path: path.display().to_string(),
        reason: reason.to_owned(),
    };
    let mut pem = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(LARGEST_KEY).read_to_end(&mut pem))
        .map_err(|error| fail(&error.to_string()))?;
    // The library's message is not passed on: it may quote the key.
    EncodingKey::from_rsa_pem(&pem)
        .map_err(|_| fail("it holds no RSA private key in PEM form without a passphrase"))
}

/// Signs an assertion that is good for two minutes from `now` (seconds since 1970).
pub(super) fn assertion(
    grant: &JwtGrant,
    audience: &str,
    key: &EncodingKey,
    now: i64,
) -> Result<SecretString, AuthError> {
    let claims = Claims {
        iss: &grant.client_id,
        sub: &grant.username,
        aud: audience,
        exp: now.saturating_add(LIFETIME),
    };
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, key)
        .map(SecretString::from)
        .map_err(|_| AuthError::Key {
            path: grant.key_file.display().to_string(),
            reason: "nothing could be signed with it".to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audience_follows_from_the_host() {
        let audience = |host: &str| default_audience(&OrgUrl::parse(host).unwrap());
        assert_eq!(
            audience("acme.my.salesforce.com"),
            "https://login.salesforce.com"
        );
        assert_eq!(
            audience("acme--uat.sandbox.my.salesforce.com"),
            "https://test.salesforce.com"
        );
    }

    #[test]
    fn a_file_that_is_no_key_is_named_and_not_quoted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server.key");
        fs::write(&path, "planted").unwrap();
        let Err(error) = read_key(&path) else {
            panic!("read a key from nonsense")
        };
        let text = error.to_string();
        assert!(
            text.contains("server.key") && !text.contains("planted"),
            "{text}"
        );
    }
}
