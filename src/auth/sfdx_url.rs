//! The SFDX auth URL, `force://<client id>:<client secret>:<refresh token>@<host>`: how the Salesforce CLI
//! hands a login from one machine to another.

use secrecy::SecretString;

use super::AuthError;
use crate::net::OrgUrl;

/// The parts of an SFDX auth URL. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct SfdxUrl {
    /// The connected app's consumer key.
    pub client_id: String,
    /// The app's secret; none for the CLI's own app, which has none.
    pub client_secret: Option<SecretString>,
    /// The refresh token.
    pub refresh_token: SecretString,
    /// Where the org answers.
    pub instance_url: OrgUrl,
}

impl SfdxUrl {
    /// Reads an SFDX auth URL by the CLI's own rule:
    /// `force://([a-zA-Z0-9._-]+={0,2}):([a-zA-Z0-9._-]*={0,2}):([a-zA-Z0-9._-]+={0,2})@([a-zA-Z0-9:._-]+)`.
    pub fn parse(text: &str) -> Result<Self, AuthError> {
        let bad = |what: &'static str| AuthError::BadSfdxUrl { what };
        let rest = text
            .trim()
            .strip_prefix("force://")
            .ok_or(bad("it does not begin with force://"))?;
        let (credentials, host) = rest
            .rsplit_once('@')
            .ok_or(bad("it names no host after @"))?;
        let mut parts = credentials.split(':');
        let (Some(id), Some(secret), Some(token), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad(
                "it needs client id, client secret (may be empty) and refresh token, parted by colons",
            ));
        };
        if id.is_empty() || !is_word(id) {
            return Err(bad(
                "its client id is empty or holds other characters than A-Z a-z 0-9 . _ -",
            ));
        }
        if !is_word(secret) {
            return Err(bad(
                "its client secret holds other characters than A-Z a-z 0-9 . _ -",
            ));
        }
        if token.is_empty() || !is_word(token) {
            return Err(bad(
                "its refresh token is empty or holds other characters than A-Z a-z 0-9 . _ -",
            ));
        }
        if host.is_empty()
            || !host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b":._-".contains(&b))
        {
            return Err(bad(
                "its host is missing or holds other characters than a host name's",
            ));
        }
        // The URL carries no scheme; only a loopback test server speaks plain HTTP.
        let loopback = host.starts_with("127.0.0.1:") || host.starts_with("localhost:");
        let scheme = if loopback { "http" } else { "https" };
        let instance_url = OrgUrl::parse(&format!("{scheme}://{host}"))?;
        Ok(Self {
            client_id: id.to_owned(),
            client_secret: (!secret.is_empty()).then(|| SecretString::from(secret)),
            refresh_token: SecretString::from(token),
            instance_url,
        })
    }
}

/// Letters of a base64url word, with up to two padding signs at its end.
fn is_word(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len() - body.len() <= 2
        && body
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn the_cli_app_has_an_empty_secret() {
        let url = SfdxUrl::parse("force://PlatformCLI::5Aep_planted.==@acme.my.salesforce.com\n")
            .unwrap();
        assert_eq!(url.client_id, "PlatformCLI");
        assert!(url.client_secret.is_none());
        assert_eq!(url.refresh_token.expose_secret(), "5Aep_planted.==");
        assert_eq!(
            url.instance_url.to_string(),
            "https://acme.my.salesforce.com"
        );
        assert!(!format!("{url:?}").contains("planted"));
    }

    #[test]
    fn a_broken_url_is_refused_without_being_shown() {
        for bad in [
            "planted",
            "force://planted@acme.my.salesforce.com",
            "force://:s:planted@acme.my.salesforce.com",
            "force://id:s:@acme.my.salesforce.com",
            "force://id:s:planted@",
            "force://id:s:planted===@acme.my.salesforce.com",
            "force://id:s:pla nted@acme.my.salesforce.com",
            "force://id:s:planted@acme.my.salesforce.com/x",
            "force://id:s:planted:x@acme.my.salesforce.com",
        ] {
            let error = SfdxUrl::parse(bad).unwrap_err().to_string();
            assert!(!error.contains("planted"), "{error}");
            assert!(error.contains("SFDX_AUTH_URL"), "{error}");
        }
    }
}
