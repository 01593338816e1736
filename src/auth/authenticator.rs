//! Opens a session from credentials, as often as it is asked: renewing a session is opening it again.

use std::sync::{Arc, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use http::header::DATE;
use oauth2::{RefreshToken, TokenResponse};
use secrecy::{ExposeSecret, SecretString};

use super::oauth::{self, TokenAnswer, TokenFailure, TokenHttp};
use super::{
    AuthError, Credentials, JwtGrant, LoginStore, OAuthClient, RefreshGrant, Session,
    SessionSource, SfCli, StoredLogin, jwt_bearer,
};
use crate::net::{HostPolicy, NetSettings, OrgUrl, build_client};

/// A clock that differs from the login host's by less than this many seconds is not the reason for a refusal.
const TOLERATED_SKEW: i64 = 30;

/// Opens and renews sessions.
#[derive(Debug, Clone)]
pub struct Authenticator {
    pub(super) http: TokenHttp,
    sf: SfCli,
    store: Arc<LoginStore>,
}

impl Authenticator {
    /// An authenticator that sends credentials only to the hosts allowed.
    pub fn new(
        net: &NetSettings,
        hosts: HostPolicy,
        sf: SfCli,
        store: Arc<LoginStore>,
    ) -> Result<Self, AuthError> {
        Ok(Self {
            http: TokenHttp {
                client: build_client(net)?,
                hosts,
            },
            sf,
            store,
        })
    }

    /// The hosts that may see a token.
    pub fn hosts(&self) -> &HostPolicy {
        &self.http.hosts
    }

    /// The logins that permgap keeps.
    pub fn store(&self) -> &LoginStore {
        &self.store
    }

    /// Opens a session. Asked again with the same source, it opens a fresh one.
    pub async fn open(&self, source: &SessionSource) -> Result<Session, AuthError> {
        let session = match &source.credentials {
            Credentials::AccessToken {
                instance_url,
                token,
            } => {
                self.http.hosts.check(instance_url.url())?;
                Session {
                    instance_url: instance_url.clone(),
                    access_token: token.clone(),
                    identity: None,
                }
            }
            Credentials::Refresh(grant) => self.refresh(grant).await?,
            Credentials::Jwt(grant) => self.jwt_bearer(grant).await?,
            Credentials::ClientCredentials { login_url, client } => {
                self.client_credentials(login_url, client).await?
            }
            Credentials::SfCli { org } => self.sf.session(org, &self.http.hosts).await?,
        };
        if let Some(expected) = &source.expected
            && !expected
                .host()
                .eq_ignore_ascii_case(session.instance_url.host())
        {
            return Err(AuthError::OtherOrg {
                wanted: expected.host().to_owned(),
                got: session.instance_url.host().to_owned(),
            });
        }
        tracing::debug!(org = %session.instance_url, "session opened");
        Ok(session)
    }

    /// Opens another session after one has expired, or says how to log in again.
    pub async fn renew(&self, source: &SessionSource) -> Result<Session, AuthError> {
        if let Credentials::AccessToken { .. } = source.credentials {
            return Err(AuthError::CannotRenew {
                how: "SF_ACCESS_TOKEN cannot be renewed; put a fresh token there (`sf org auth \
                      show-access-token` gives one), or use credentials that can be renewed"
                    .into(),
            });
        }
        self.open(source).await
    }

    async fn refresh(&self, grant: &RefreshGrant) -> Result<Session, AuthError> {
        const FLOW: &str = "refresh of the session";
        let token = grant
            .token
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let client = oauth::token_client(&grant.login_url, &grant.client)?;
        let refresh_token = RefreshToken::new(token.expose_secret().to_owned());
        let answer = client
            .exchange_refresh_token(&refresh_token)
            .request_async(&self.http)
            .await
            .map_err(|error| self.explain(error, &grant.login_url, FLOW, &token, &grant.client))?;
        self.keep_rotated(grant, &answer)?;
        oauth::session_of(&answer, &self.http.hosts)
    }

    /// An org with refresh token rotation answers each refresh with a new token, and the old one is void.
    fn keep_rotated(&self, grant: &RefreshGrant, answer: &TokenAnswer) -> Result<(), AuthError> {
        let Some(fresh) = answer.refresh_token() else {
            return Ok(());
        };
        let fresh = SecretString::from(fresh.secret().clone());
        let mut held = grant.token.lock().unwrap_or_else(PoisonError::into_inner);
        if held.expose_secret() == fresh.expose_secret() {
            return Ok(());
        }
        *held = fresh.clone();
        drop(held);
        match &grant.kept {
            Some(login) => self.store.keep(login, &fresh).map(|_| ()),
            None => Ok(()),
        }
    }

    async fn client_credentials(
        &self,
        login_url: &OrgUrl,
        app: &OAuthClient,
    ) -> Result<Session, AuthError> {
        const FLOW: &str = "client credentials login";
        if login_url.is_shared_login_host() {
            return Err(AuthError::refused(
                login_url.host(),
                FLOW,
                "invalid_grant",
                "request not supported on this domain",
            ));
        }
        let answer = oauth::token_client(login_url, app)?
            .exchange_client_credentials()
            .request_async(&self.http)
            .await
            .map_err(|error| {
                let none = SecretString::from("");
                self.explain(error, login_url, FLOW, &none, app)
            })?;
        oauth::session_of(&answer, &self.http.hosts)
    }

    /// JWT bearer. A refusal is tried again in two cases, once each: this machine's clock is off, and the
    /// org wants its own address as audience.
    async fn jwt_bearer(&self, grant: &JwtGrant) -> Result<Session, AuthError> {
        let key = jwt_bearer::read_key(&grant.key_file)?;
        let derived = jwt_bearer::default_audience(&grant.login_url);
        let mut audience = grant.audience.as_deref().unwrap_or(derived);
        let mut skew = 0;
        let mut other_audience =
            grant.audience.is_none() && !grant.login_url.is_shared_login_host();
        loop {
            let now = unix_now();
            let assertion = jwt_bearer::assertion(grant, audience, &key, now.saturating_add(skew))?;
            let (outcome, server_time) = self.post_assertion(grant, &assertion).await?;
            let error = match outcome {
                Ok(session) => return Ok(session),
                Err(error) => error,
            };
            let wrong_audience = matches!(
                &error,
                AuthError::Refused { description, .. } if description.contains("audience is invalid")
            );
            let off_by = server_time.map_or(0, |time| time.saturating_sub(unix_now()));
            if wrong_audience && other_audience {
                other_audience = false;
                audience = grant.login_url.as_str();
            } else if skew == 0 && off_by.abs() > TOLERATED_SKEW {
                tracing::warn!(
                    seconds = off_by,
                    "this machine's clock differs from the login host's; signing by the host's"
                );
                skew = off_by;
            } else {
                return Err(error);
            }
        }
    }

    /// Posts an assertion. Returns what the host says, and what time it is there.
    async fn post_assertion(
        &self,
        grant: &JwtGrant,
        assertion: &SecretString,
    ) -> Result<(Result<Session, AuthError>, Option<i64>), AuthError> {
        const FLOW: &str = "JWT bearer login";
        let host = &grant.login_url;
        let url = oauth::endpoint(host, "/services/oauth2/token")?;
        let explain = |error: TokenFailure| oauth::failure(error, host, FLOW, &[assertion]);
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .append_pair("assertion", assertion.expose_secret())
            .finish();
        let request = http::Request::post(url.as_str())
            .header(
                http::header::CONTENT_TYPE,
                "application/x-www-form-urlencoded",
            )
            .header(http::header::ACCEPT, "application/json")
            .body(body.into_bytes())
            .map_err(|_| AuthError::BadAnswer {
                host: host.host().to_owned(),
                flow: FLOW,
                status: 0,
            })?;
        let response = self
            .http
            .send(request)
            .await
            .map_err(|error| explain(TokenFailure::Request(error)))?;
        let server_time = response
            .headers()
            .get(DATE)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| jiff::fmt::rfc2822::parse(text).ok())
            .map(|time| time.timestamp().as_second());
        let body = response.body().as_slice();
        let outcome = if response.status() == http::StatusCode::OK {
            serde_json::from_slice::<TokenAnswer>(body)
                .map_err(|_| explain(TokenFailure::Other(String::new())))
                .and_then(|answer| oauth::session_of(&answer, &self.http.hosts))
        } else {
            Err(match serde_json::from_slice(body) {
                Ok(answer) => explain(TokenFailure::ServerResponse(answer)),
                Err(_) => explain(TokenFailure::Request(oauth::HttpFailure::Status(
                    response.status().as_u16(),
                ))),
            })
        };
        Ok((outcome, server_time))
    }

    /// Ends a kept login: the org forgets the refresh token, and so does this machine. The machine forgets
    /// it even where the org cannot be reached; that is then said.
    pub async fn log_out(&self, login: &StoredLogin) -> Result<(), AuthError> {
        const FLOW: &str = "revocation of the login";
        let token = self.store.refresh_token(login);
        let revoked = match &token {
            Ok(token) => self.revoke(login, token, FLOW).await,
            // Nothing is left that could be revoked.
            Err(_) => Ok(()),
        };
        self.store.forget(login)?;
        revoked
    }

    async fn revoke(
        &self,
        login: &StoredLogin,
        token: &SecretString,
        flow: &'static str,
    ) -> Result<(), AuthError> {
        let host = OrgUrl::parse(&login.instance_url)?;
        let url = oauth::endpoint(&host, "/services/oauth2/revoke")?;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token.expose_secret())
            .finish();
        let request = http::Request::post(url.as_str())
            .header(
                http::header::CONTENT_TYPE,
                "application/x-www-form-urlencoded",
            )
            .body(body.into_bytes())
            .map_err(|_| AuthError::BadAnswer {
                host: host.host().to_owned(),
                flow,
                status: 0,
            })?;
        let response =
            self.http.send(request).await.map_err(|error| {
                oauth::failure(TokenFailure::Request(error), &host, flow, &[token])
            })?;
        if response.status() == http::StatusCode::OK {
            return Ok(());
        }
        match serde_json::from_slice(response.body()) {
            Ok(answer) => Err(oauth::failure(
                TokenFailure::ServerResponse(answer),
                &host,
                flow,
                &[token],
            )),
            Err(_) => Err(AuthError::BadAnswer {
                host: host.host().to_owned(),
                flow,
                status: response.status().as_u16(),
            }),
        }
    }

    /// A failure in words, cleared of the token and the app's secret.
    pub(super) fn explain(
        &self,
        error: TokenFailure,
        host: &OrgUrl,
        flow: &'static str,
        token: &SecretString,
        app: &OAuthClient,
    ) -> AuthError {
        let mut secrets = vec![token];
        secrets.extend(app.secret.as_ref());
        oauth::failure(error, host, flow, &secrets)
    }
}

fn unix_now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|elapsed| i64::try_from(elapsed.as_secs()).ok())
        .unwrap_or(0)
}
