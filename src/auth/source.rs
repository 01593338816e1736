//! Where a session comes from: `--org` and the environment, turned into [`Credentials`].

use std::path::PathBuf;
use std::sync::Mutex;

use secrecy::SecretString;

use super::{AuthError, LoginStore, SfdxUrl, StoredLogin};
use crate::net::{OrgUrl, bounded};

/// The Salesforce CLI's own connected app, which Salesforce runs; it has no secret.
pub(crate) const PLATFORM_CLI: &str = "PlatformCLI";

/// A connected app, as OAuth knows it.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// Consumer key.
    pub id: String,
    /// Consumer secret; none for an app that needs none.
    pub secret: Option<SecretString>,
}

/// A refresh token and where it is good for a session.
#[derive(Debug)]
pub struct RefreshGrant {
    /// The host that answers the token request.
    pub login_url: OrgUrl,
    /// The app that the token was given to.
    pub client: OAuthClient,
    /// The token; an org may replace it at each use (refresh token rotation).
    pub token: Mutex<SecretString>,
    /// The kept login that the token is from: a replaced token is kept there.
    pub kept: Option<StoredLogin>,
}

/// What a JWT bearer assertion is made of. The key is read when it is needed.
#[derive(Debug, Clone)]
pub struct JwtGrant {
    /// The host that answers the token request.
    pub login_url: OrgUrl,
    /// The audience if the user set one; otherwise it follows from the host.
    pub audience: Option<String>,
    /// Consumer key of the app that holds the certificate.
    pub client_id: String,
    /// The user to act as.
    pub username: String,
    /// PEM file of the private key.
    pub key_file: PathBuf,
}

/// One way to a session. `Debug` shows no secret.
#[derive(Debug)]
pub enum Credentials {
    /// A token that somebody else obtained; it cannot be renewed.
    AccessToken {
        /// Where the org answers.
        instance_url: OrgUrl,
        /// The token.
        token: SecretString,
    },
    /// A refresh token.
    Refresh(RefreshGrant),
    /// A signed assertion.
    Jwt(JwtGrant),
    /// The app's own id and secret.
    ClientCredentials {
        /// The org's My Domain host.
        login_url: OrgUrl,
        /// The app.
        client: OAuthClient,
    },
    /// The `sf` command line's own login.
    SfCli {
        /// Alias or username.
        org: String,
    },
}

/// Credentials, and the org they must be for.
#[derive(Debug)]
pub struct SessionSource {
    /// The way to a session.
    pub credentials: Credentials,
    /// The org's address, where `--org` names one org's own host: a session elsewhere is refused.
    pub expected: Option<OrgUrl>,
}

/// Reads an environment variable; a closure so that tests need no process environment.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

impl SessionSource {
    /// Decides how to log in to `org` (`--org`): an address takes its credentials from the environment or
    /// from permgap's kept logins; an alias or username is one of permgap's kept logins or of the `sf`
    /// command line's.
    pub fn resolve(
        org: &str,
        lookup: &dyn Fn(&str) -> Option<String>,
        store: &LoginStore,
    ) -> Result<Self, AuthError> {
        if OrgUrl::looks_like_address(org) {
            let address = OrgUrl::parse(org)?;
            let expected = (!address.is_shared_login_host()).then(|| address.clone());
            let credentials = match Self::from_env(&address, lookup)? {
                Some(credentials) => credentials,
                None => match store.find_by_host(address.host())? {
                    Some(login) => kept(login, lookup, store)?,
                    None => {
                        return Err(AuthError::NoCredentials {
                            org: address.to_string(),
                        });
                    }
                },
            };
            return Ok(Self {
                credentials,
                expected,
            });
        }
        check_org_name(org)?;
        let credentials = match store.find_by_name(org)? {
            Some(login) => kept(login, lookup, store)?,
            None => Credentials::SfCli {
                org: org.to_owned(),
            },
        };
        Ok(Self {
            credentials,
            expected: None,
        })
    }

    /// The credentials that the environment holds for an org's address, the most specific first.
    fn from_env(org: &OrgUrl, lookup: Lookup<'_>) -> Result<Option<Credentials>, AuthError> {
        let get = |name: &str| {
            lookup(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let secret = |name: &str| get(name).map(SecretString::from);
        if let Some(token) = secret("SF_ACCESS_TOKEN") {
            if org.is_shared_login_host() {
                return Err(AuthError::NeedsOrgAddress {
                    host: org.host().to_owned(),
                });
            }
            return Ok(Some(Credentials::AccessToken {
                instance_url: org.clone(),
                token,
            }));
        }
        if let Some(url) = get("SFDX_AUTH_URL") {
            let url = SfdxUrl::parse(&url)?;
            return Ok(Some(Credentials::Refresh(RefreshGrant {
                login_url: url.instance_url,
                client: OAuthClient {
                    id: url.client_id,
                    secret: url.client_secret,
                },
                token: Mutex::new(url.refresh_token),
                kept: None,
            })));
        }
        // A token request goes to SF_LOGIN_URL where the user sets one; the session must be the org's all
        // the same.
        let login_url = match get("SF_LOGIN_URL") {
            Some(text) => Some(OrgUrl::parse(&text)?),
            None => None,
        };
        let at = || login_url.clone().unwrap_or_else(|| org.clone());
        let client_id = get("SF_CLIENT_ID");
        if let Some(token) = secret("SF_REFRESH_TOKEN") {
            return Ok(Some(Credentials::Refresh(RefreshGrant {
                login_url: at(),
                client: OAuthClient {
                    id: client_id.unwrap_or_else(|| PLATFORM_CLI.to_owned()),
                    secret: secret("SF_CLIENT_SECRET"),
                },
                token: Mutex::new(token),
                kept: None,
            })));
        }
        if let Some(path) = get("SF_JWT_KEY_FILE") {
            let missing = |missing| AuthError::MissingVariable {
                missing,
                because: "SF_JWT_KEY_FILE asks for a JWT bearer login",
            };
            return Ok(Some(Credentials::Jwt(JwtGrant {
                login_url: at(),
                audience: login_url.as_ref().map(|url| url.as_str().to_owned()),
                client_id: client_id.ok_or(missing("SF_CLIENT_ID"))?,
                username: get("SF_USERNAME").ok_or(missing("SF_USERNAME"))?,
                key_file: PathBuf::from(path),
            })));
        }
        if let Some(secret) = secret("SF_CLIENT_SECRET") {
            let id = client_id.ok_or(AuthError::MissingVariable {
                missing: "SF_CLIENT_ID",
                because: "SF_CLIENT_SECRET asks for a client credentials login",
            })?;
            return Ok(Some(Credentials::ClientCredentials {
                login_url: org.clone(),
                client: OAuthClient {
                    id,
                    secret: Some(secret),
                },
            }));
        }
        Ok(None)
    }
}

/// Credentials of a login that permgap keeps. An app's secret is not kept: it comes from the environment.
fn kept(
    login: StoredLogin,
    lookup: Lookup<'_>,
    store: &LoginStore,
) -> Result<Credentials, AuthError> {
    let token = store.refresh_token(&login)?;
    Ok(Credentials::Refresh(RefreshGrant {
        login_url: OrgUrl::parse(&login.instance_url)?,
        client: OAuthClient {
            id: login.client_id.clone(),
            secret: lookup("SF_CLIENT_SECRET")
                .filter(|value| !value.trim().is_empty())
                .map(SecretString::from),
        },
        token: Mutex::new(token),
        kept: Some(login),
    }))
}

/// Refuses what cannot be an alias or username: it becomes an argument of another program.
pub(crate) fn check_org_name(name: &str) -> Result<(), AuthError> {
    let bad = |reason| AuthError::BadOrgName {
        name: bounded(name, 100),
        reason,
    };
    if name.trim().is_empty() {
        return Err(bad("it is empty"));
    }
    if name.starts_with('-') {
        return Err(bad("it begins with a dash"));
    }
    if name.len() > 255 {
        return Err(bad("it is too long"));
    }
    // Quotes and shell signs never occur in an alias; refusing them keeps cmd.exe out of trouble too.
    if name
        .chars()
        .any(|c| c.is_control() || "\"`$&|;<>^%!\\(){}[]*?~#=,".contains(c))
    {
        return Err(bad("it holds characters that no alias or username has"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn resolve(org: &str, env: &[(&str, &str)]) -> Result<SessionSource, AuthError> {
        let env: BTreeMap<String, String> = env
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let dir = tempfile::tempdir().unwrap();
        let store = LoginStore::in_dir(dir.path());
        SessionSource::resolve(org, &|name| env.get(name).cloned(), &store)
    }

    #[test]
    fn the_environment_decides_for_an_address() {
        let org = "https://acme.my.salesforce.com";
        let source = resolve(org, &[("SF_ACCESS_TOKEN", "planted-token")]).unwrap();
        assert!(matches!(
            source.credentials,
            Credentials::AccessToken { .. }
        ));
        assert!(!format!("{source:?}").contains("planted"));

        let source = resolve(org, &[("SF_REFRESH_TOKEN", "planted-token")]).unwrap();
        let Credentials::Refresh(grant) = &source.credentials else {
            panic!("{source:?}")
        };
        assert_eq!(grant.client.id, "PlatformCLI");
        assert!(!format!("{source:?}").contains("planted"));

        let env = [
            ("SF_CLIENT_ID", "id"),
            ("SF_CLIENT_SECRET", "planted-secret"),
        ];
        let source = resolve(org, &env).unwrap();
        assert!(matches!(
            source.credentials,
            Credentials::ClientCredentials { .. }
        ));
        assert!(!format!("{source:?}").contains("planted"));

        let env = [
            ("SF_CLIENT_ID", "id"),
            ("SF_USERNAME", "a@b.example"),
            ("SF_JWT_KEY_FILE", "/k"),
            ("SF_LOGIN_URL", "https://test.salesforce.com/"),
        ];
        let source = resolve(org, &env).unwrap();
        let Credentials::Jwt(grant) = &source.credentials else {
            panic!("{source:?}")
        };
        assert_eq!(
            grant.audience.as_deref(),
            Some("https://test.salesforce.com")
        );
        assert_eq!(source.expected.unwrap().host(), "acme.my.salesforce.com");
    }

    #[test]
    fn half_set_credentials_name_what_is_missing() {
        let org = "https://acme.my.salesforce.com";
        let error = resolve(org, &[("SF_JWT_KEY_FILE", "/k"), ("SF_CLIENT_ID", "i")]).unwrap_err();
        assert!(
            error.to_string().starts_with("SF_USERNAME is not set"),
            "{error}"
        );
        let error = resolve(org, &[("SF_CLIENT_SECRET", "s")]).unwrap_err();
        assert!(
            error.to_string().starts_with("SF_CLIENT_ID is not set"),
            "{error}"
        );
        let error = resolve(org, &[]).unwrap_err();
        assert!(error.to_string().contains("permgap login"), "{error}");
    }

    #[test]
    fn a_shared_login_host_expects_no_certain_org() {
        let source = resolve("https://login.salesforce.com", &[("SF_REFRESH_TOKEN", "x")]).unwrap();
        assert!(source.expected.is_none());
        let error = resolve(
            "https://login.salesforce.com",
            &[("SF_ACCESS_TOKEN", "planted")],
        )
        .unwrap_err();
        assert!(
            error.to_string().contains("the org's own address"),
            "{error}"
        );
    }

    #[test]
    fn an_alias_never_becomes_an_option_or_a_shell_word() {
        for bad in [
            "-o", "--json", "", " ", "a;b", "a$(b)", "a\nb", "a\"b", "a%PATH%",
        ] {
            assert!(resolve(bad, &[]).is_err(), "{bad:?}");
        }
        for good in [
            "prod",
            "admin+ci@acme.example",
            "o'brien@acme.example",
            "my_org.1",
            "Ünïcode",
        ] {
            assert!(resolve(good, &[]).is_ok(), "{good:?}");
        }
    }
}
