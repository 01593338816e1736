//! Login in the browser: the OAuth web server flow with PKCE (S256) and a state value, answered on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use oauth2::{
    AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, TokenResponse,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::oauth;
use super::source::PLATFORM_CLI;
use super::{AuthError, Authenticator, OAuthClient, StoredLogin, USER_INFO, UserInfo};
use crate::net::{OrgUrl, read_body};

const FLOW: &str = "login in the browser";

/// The path that the Salesforce CLI's own app redirects to; an app of one's own must have the same.
const CALLBACK: &str = "/OauthRedirect";

/// Largest request head read from the browser, in bytes.
const LARGEST_HEAD: usize = 16 * 1024;

/// Largest answer read about the user, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;

/// How long one connection of the browser may take to send its request.
const CONNECTION_PATIENCE: Duration = Duration::from_secs(10);

const DONE: &str = "<h1>Logged in</h1><p>permgap has what it needs. You can close this page.</p>";
const FAILED: &str =
    "<h1>Not logged in</h1><p>permgap says why in the terminal. You can close this page.</p>";
const NOT_OURS: &str = "<h1>Nothing here</h1>";

/// What to log in to, and as which app.
#[derive(Debug)]
pub struct LoginRequest {
    /// The login host: production, sandbox, or the org's own.
    pub login_url: OrgUrl,
    /// The connected app; none for the Salesforce CLI's own.
    pub client: Option<OAuthClient>,
    /// Port on this machine that the app redirects to; the CLI's own app has 1717.
    pub port: u16,
    /// Name to keep the login under.
    pub alias: Option<String>,
    /// How long the user may take.
    pub patience: Duration,
}

impl LoginRequest {
    /// A login with the Salesforce CLI's own app, which every org knows.
    pub fn new(login_url: OrgUrl) -> Self {
        Self {
            login_url,
            client: None,
            port: 1717,
            alias: None,
            patience: Duration::from_secs(300),
        }
    }
}

/// A login that waits for the browser. Show [`PendingLogin::url`] to the user, then [`PendingLogin::finish`].
#[derive(Debug)]
pub struct PendingLogin {
    listener: TcpListener,
    url: Url,
    state: CsrfToken,
    verifier: PkceCodeVerifier,
    redirect: RedirectUrl,
    client: OAuthClient,
    request: LoginRequest,
}

impl Authenticator {
    /// Begins a login: listens on loopback and makes the address for the browser.
    pub async fn begin_login(&self, request: LoginRequest) -> Result<PendingLogin, AuthError> {
        self.http.hosts.check(request.login_url.url())?;
        let client = request.client.clone().unwrap_or_else(|| OAuthClient {
            id: PLATFORM_CLI.to_owned(),
            secret: None,
        });
        let browser = |reason: String| AuthError::Browser { reason };
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, request.port)))
            .await
            .map_err(|error| {
                browser(format!(
                    "port {} of this machine cannot be used ({error}): close what uses it, another login perhaps",
                    request.port
                ))
            })?;
        let port = listener
            .local_addr()
            .map_err(|error| browser(error.to_string()))?
            .port();
        let redirect = RedirectUrl::new(format!("http://localhost:{port}{CALLBACK}"))
            .map_err(|error| browser(error.to_string()))?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let auth_url = oauth::endpoint(&request.login_url, "/services/oauth2/authorize")?;
        let oauth_client = oauth::token_client(&request.login_url, &client)?
            .set_auth_uri(oauth2::AuthUrl::from_url(auth_url))
            .set_redirect_uri(redirect.clone());
        let (url, state) = oauth_client
            .authorize_url(CsrfToken::new_random)
            .add_scope(oauth2::Scope::new("api".into()))
            .add_scope(oauth2::Scope::new("refresh_token".into()))
            .set_pkce_challenge(challenge)
            .url();
        Ok(PendingLogin {
            listener,
            url,
            state,
            verifier,
            redirect,
            client,
            request,
        })
    }
}

impl PendingLogin {
    /// The address to open in a browser.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Waits for the browser, exchanges the code, and keeps the login. Returns the login, and whether the
    /// OS keyring keeps its token (otherwise a file does).
    pub async fn finish(self, auth: &Authenticator) -> Result<(StoredLogin, bool), AuthError> {
        let Self {
            listener,
            state,
            verifier,
            redirect,
            client,
            request,
            ..
        } = self;
        let wait = wait_for_callback(&listener, &state);
        let Ok(callback) = tokio::time::timeout(request.patience, wait).await else {
            return Err(AuthError::Browser {
                reason: format!(
                    "nobody logged in within {} s: run `permgap login` again",
                    request.patience.as_secs()
                ),
            });
        };
        let (mut stream, callback) = callback?;
        let outcome = match callback {
            Callback::Denied { code, description } => Err(AuthError::refused(
                request.login_url.host(),
                FLOW,
                &code,
                &description,
            )),
            Callback::Code(code) => keep(auth, &request, &client, &redirect, verifier, code).await,
        };
        let (status, page) = if outcome.is_ok() {
            ("200 OK", DONE)
        } else {
            ("400 Bad Request", FAILED)
        };
        respond(&mut stream, status, page).await;
        outcome
    }
}

/// Exchanges the code for tokens and keeps the refresh token; the access token is dropped.
async fn keep(
    auth: &Authenticator,
    request: &LoginRequest,
    client: &OAuthClient,
    redirect: &RedirectUrl,
    verifier: PkceCodeVerifier,
    code: SecretString,
) -> Result<(StoredLogin, bool), AuthError> {
    let answer = oauth::token_client(&request.login_url, client)?
        .set_redirect_uri(redirect.clone())
        .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
        .set_pkce_verifier(verifier)
        .request_async(&auth.http)
        .await
        .map_err(|error| auth.explain(error, &request.login_url, FLOW, &code, client))?;
    let session = oauth::session_of(&answer, auth.hosts())?;
    let browser = |reason: &str| AuthError::Browser {
        reason: reason.to_owned(),
    };
    let token = answer
        .refresh_token()
        .map(|token| SecretString::from(token.secret().clone()))
        .ok_or_else(|| {
            browser(
                "the app gave no refresh token: allow it the scope 'Perform requests at any time'",
            )
        })?;
    let user = user_info(auth, &session).await?;
    let login = StoredLogin {
        alias: request.alias.clone(),
        username: user.preferred_username,
        instance_url: session.instance_url.to_string(),
        client_id: client.id.clone(),
        org_id: user.organization_id,
    };
    let in_keyring = auth.store().keep(&login, &token)?;
    Ok((login, in_keyring))
}

/// Asks the org whose session it is: the token answer holds only ids.
async fn user_info(auth: &Authenticator, session: &super::Session) -> Result<UserInfo, AuthError> {
    let host = session.instance_url.host().to_owned();
    let bad = |status: u16| AuthError::BadAnswer {
        host: host.clone(),
        flow: FLOW,
        status,
    };
    let url = oauth::endpoint(&session.instance_url, USER_INFO)?;
    auth.hosts().check(&url)?;
    let response = auth
        .http
        .client
        .get(url)
        .bearer_auth(session.access_token.expose_secret())
        .header(http::header::ACCEPT, "application/json")
        .timeout(Duration::from_secs(30))
        .send()
        .await
        .map_err(|error| AuthError::Unreachable {
            host: host.clone(),
            flow: FLOW,
            reason: crate::net::describe_failure(error),
        })?;
    let status = response.status().as_u16();
    let (body, _) = read_body(response, LARGEST_ANSWER)
        .await
        .map_err(|_| bad(status))?;
    serde_json::from_slice(&body).map_err(|_| bad(status))
}

enum Callback {
    Code(SecretString),
    Denied { code: String, description: String },
}

/// Answers the browser's requests until one is the callback with our state. Others are turned away and
/// waited past: any page may send a request to a port of this machine.
async fn wait_for_callback(
    listener: &TcpListener,
    state: &CsrfToken,
) -> Result<(TcpStream, Callback), AuthError> {
    loop {
        let (mut stream, _) = listener
            .accept()
            .await
            .map_err(|error| AuthError::Browser {
                reason: error.to_string(),
            })?;
        let target =
            match tokio::time::timeout(CONNECTION_PATIENCE, request_target(&mut stream)).await {
                Ok(Some(target)) => target,
                _ => continue,
            };
        match callback(&target, state) {
            Some(callback) => return Ok((stream, callback)),
            None => respond(&mut stream, "404 Not Found", NOT_OURS).await,
        }
    }
}

/// The target of a GET request; none for anything else.
async fn request_target(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut chunk = [0_u8; 1024];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await.ok()?;
        if read == 0 || head.len() > LARGEST_HEAD {
            return None;
        }
        head.extend_from_slice(chunk.get(..read)?);
    }
    let line = head.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split(' ');
    match (words.next(), words.next()) {
        (Some("GET"), Some(target)) => Some(target.to_owned()),
        _ => None,
    }
}

/// Reads the callback's parameters. The states are compared in constant time: `CsrfToken` compares digests.
fn callback(target: &str, state: &CsrfToken) -> Option<Callback> {
    let (path, query) = target.split_once('?')?;
    if path != CALLBACK {
        return None;
    }
    let get = |wanted: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    if CsrfToken::new(get("state")?) != *state {
        tracing::warn!("a callback with another state was turned away");
        return None;
    }
    match (get("error"), get("code")) {
        (Some(code), _) => Some(Callback::Denied {
            code,
            description: get("error_description").unwrap_or_default(),
        }),
        (None, Some(code)) => Some(Callback::Code(SecretString::from(code))),
        (None, None) => None,
    }
}

async fn respond(stream: &mut TcpStream, status: &str, page: &str) {
    let body = format!("<!doctype html><meta charset=utf-8><title>permgap</title>{page}\n");
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Content-Security-Policy: default-src 'none'\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let write = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        stream.shutdown().await
    };
    // The page is a courtesy: a browser that is gone does not undo the login.
    let _ = tokio::time::timeout(CONNECTION_PATIENCE, write).await;
}
