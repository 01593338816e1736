//! The token requests: refresh, client credentials, code and JWT bearer, over one HTTP function that checks
//! the host before anything secret is sent.

use std::pin::Pin;
use std::time::Duration;

use http::StatusCode;
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, Client, ClientId, ClientSecret, EndpointNotSet, EndpointSet,
    ExtraTokenFields, HttpRequest, HttpResponse, RequestTokenError, StandardRevocableToken,
    StandardTokenResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{AuthError, Identity, OAuthClient, Session};
use crate::net::{HostPolicy, OrgUrl, describe_failure, read_body, redact};

/// Largest token answer read, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;

/// How long one token request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a token request is tried where the login host is down for the moment.
const ATTEMPTS: u32 = 3;

/// What Salesforce adds to a token answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SalesforceFields {
    /// Where the org answers.
    instance_url: String,
    /// Identity URL, which ends in org id and user id.
    #[serde(default)]
    id: Option<String>,
}

impl ExtraTokenFields for SalesforceFields {}

/// A token answer.
pub(super) type TokenAnswer = StandardTokenResponse<SalesforceFields, BasicTokenType>;

/// The failure of a token request.
pub(super) type TokenFailure = RequestTokenError<HttpFailure, BasicErrorResponse>;

/// An OAuth client with a token endpoint and nothing else.
pub(super) type TokenClient = Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Why a token request got no answer. Holds no body.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpFailure {
    /// The host may not see a credential.
    #[error(transparent)]
    Host(#[from] crate::net::UrlError),
    /// The connection failed.
    #[error("{0}")]
    Transport(String),
    /// The host answers with something else than a token endpoint does.
    #[error("HTTP {0}")]
    Status(u16),
}

/// Sends token requests.
#[derive(Debug, Clone)]
pub(super) struct TokenHttp {
    pub(super) client: reqwest::Client,
    pub(super) hosts: HostPolicy,
}

impl<'c> AsyncHttpClient<'c> for TokenHttp {
    type Error = HttpFailure;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpFailure>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl TokenHttp {
    /// Sends a request of the `oauth2` crate. A host that is down for the moment is asked again; nothing
    /// that was answered is.
    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let (parts, body) = request.into_parts();
        let url = url::Url::parse(&parts.uri.to_string())
            .map_err(|_| HttpFailure::Transport("the token URL is broken".into()))?;
        self.hosts.check(&url)?;
        let mut attempt: u32 = 1;
        loop {
            let request = self
                .client
                .request(parts.method.clone(), url.clone())
                .headers(parts.headers.clone())
                .timeout(PATIENCE)
                .body(body.clone());
            let failure = match request.send().await {
                Ok(response) => {
                    let status = response.status();
                    tracing::debug!(
                        host = url.host_str(),
                        status = status.as_u16(),
                        "token request"
                    );
                    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
                        HttpFailure::Status(status.as_u16())
                    } else {
                        return answer(response).await;
                    }
                }
                // A request that got no answer may have used up a code or a rotated token, unless no
                // connection was made at all.
                Err(error) if error.is_connect() => HttpFailure::Transport(describe_failure(error)),
                Err(error) => return Err(HttpFailure::Transport(describe_failure(error))),
            };
            if attempt >= ATTEMPTS {
                return Err(failure);
            }
            tokio::time::sleep(Duration::from_millis(250) * 2_u32.pow(attempt)).await;
            attempt = attempt.saturating_add(1);
        }
    }
}

async fn answer(response: reqwest::Response) -> Result<HttpResponse, HttpFailure> {
    let mut out = http::Response::builder().status(response.status());
    if let Some(headers) = out.headers_mut() {
        headers.clone_from(response.headers());
    }
    let status = response.status().as_u16();
    let (body, _) = read_body(response, LARGEST_ANSWER)
        .await
        .map_err(|error| HttpFailure::Transport(error.to_string()))?;
    // A proxy or a host that is no login host answers refusals in HTML, or redirects.
    let speaks_oauth = status == 200
        || serde_json::from_slice::<serde_json::Value>(&body)
            .is_ok_and(|json| json.get("error").is_some());
    if !speaks_oauth {
        return Err(HttpFailure::Status(status));
    }
    out.body(body).map_err(|_| HttpFailure::Status(status))
}

/// An OAuth client for a login host.
pub(super) fn token_client(
    login_url: &OrgUrl,
    app: &OAuthClient,
) -> Result<TokenClient, AuthError> {
    let token_url = endpoint(login_url, "/services/oauth2/token")?;
    let mut client = Client::new(ClientId::new(app.id.clone()));
    if let Some(secret) = &app.secret {
        client = client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
    }
    // Salesforce documents id and secret in the form, not in a Basic header.
    Ok(client
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(TokenUrl::from_url(token_url)))
}

/// An OAuth endpoint of a login host.
pub(super) fn endpoint(login_url: &OrgUrl, path: &'static str) -> Result<url::Url, AuthError> {
    login_url
        .join(path)
        .ok_or_else(|| AuthError::Url(crate::net::UrlError::NotAnAddress(login_url.to_string())))
}

/// The session of a token answer. Its host is checked: a token is good only where it may be sent.
pub(super) fn session_of(answer: &TokenAnswer, hosts: &HostPolicy) -> Result<Session, AuthError> {
    let fields = answer.extra_fields();
    let instance_url = OrgUrl::parse(&fields.instance_url)?;
    hosts.check(instance_url.url())?;
    Ok(Session {
        instance_url,
        access_token: SecretString::from(answer.access_token().secret().clone()),
        identity: fields.id.as_deref().and_then(Identity::from_url),
    })
}

/// A token request's failure in words, cleared of the secrets that were in it.
pub(super) fn failure(
    error: TokenFailure,
    host: &OrgUrl,
    flow: &'static str,
    secrets: &[&SecretString],
) -> AuthError {
    let host = host.host().to_owned();
    match error {
        RequestTokenError::ServerResponse(response) => {
            let code = match response.error() {
                BasicErrorResponseType::Extension(code) => code.clone(),
                known => known.as_ref().to_owned(),
            };
            let description = response.error_description().map_or("", String::as_str);
            AuthError::refused(
                &host,
                flow,
                &redact(&code, secrets),
                &redact(description, secrets),
            )
        }
        RequestTokenError::Request(HttpFailure::Host(error)) => AuthError::Url(error),
        RequestTokenError::Request(HttpFailure::Status(status)) => {
            AuthError::BadAnswer { host, flow, status }
        }
        RequestTokenError::Request(HttpFailure::Transport(reason)) => AuthError::Unreachable {
            host,
            flow,
            reason: redact(&reason, secrets),
        },
        // Both hold the body, which is not shown: it may be anything, a token among it.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => AuthError::BadAnswer {
            host,
            flow,
            status: 200,
        },
    }
}
