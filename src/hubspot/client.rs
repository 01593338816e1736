//! The HTTP of HubSpot's API: GET with the token, patient with rate limits, every refusal as the server worded it.

use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::address::ApiUrl;
use super::paths;
use crate::net::{
    BodyError, ClientError, NetSettings, bounded, build_client, describe_failure, read_body, redact,
};
use crate::snapshot::hubspot::Refusal;

/// Largest answer that is read, in bytes: all properties of an object are below 20 MB.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// Times that one call is tried.
const TRIES: u32 = 4;

/// Longest single wait.
const LONGEST_WAIT: Duration = Duration::from_secs(11);

/// Time that a run waits for rate limits and faults in all; after that they are reported as they are.
const PATIENCE: Duration = Duration::from_secs(60);

/// Time that one call may take, and that a run may take where nobody says otherwise.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
const RUN_TIMEOUT: Duration = Duration::from_secs(300);

/// One call takes no more than this part of a run's time, so that a call that hangs leaves some to the others.
const CALLS_PER_RUN: u32 = 4;

/// No connection can be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The HTTP library.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// No token.
    #[error(
        "no HubSpot token: put a service key, a private app's token or an OAuth access token into HUBSPOT_ACCESS_TOKEN"
    )]
    NoToken,
    /// A token with characters that no header can hold.
    #[error(
        "HUBSPOT_ACCESS_TOKEN holds characters that no token has: copy it anew, without line breaks"
    )]
    BadToken,
}

/// Talks to HubSpot with one token.
#[derive(Debug)]
pub struct HubSpotClient {
    http: reqwest::Client,
    base: ApiUrl,
    token: SecretString,
    waited: Duration,
    until: Instant,
    call_timeout: Duration,
    /// The token or the day's allowance is at its end: further calls would say the same.
    ended: Option<Refusal>,
}

impl HubSpotClient {
    /// Makes a client; sends nothing yet. `run` is the time that all its calls may take, from now on.
    ///
    /// # Errors
    /// No token, or no TLS.
    pub fn new(
        base: ApiUrl,
        token: Option<String>,
        net: &NetSettings,
        run: Option<Duration>,
    ) -> Result<Self, ConnectError> {
        let token = token
            .map(|token| token.trim().to_owned())
            .filter(|token| !token.is_empty());
        let token = token.ok_or(ConnectError::NoToken)?;
        let run = run.unwrap_or(RUN_TIMEOUT);
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConnectError::BadToken);
        }
        Ok(Self {
            http: build_client(net)?,
            base,
            token: SecretString::from(token),
            waited: Duration::ZERO,
            until: Instant::now() + run,
            call_timeout: CALL_TIMEOUT.min(run / CALLS_PER_RUN),
            ended: None,
        })
    }

    /// What the token's shape tells of its kind: `pat-` begins service keys and private apps' tokens; an old API key is a
    /// UUID.
    pub(super) fn kind(&self) -> crate::snapshot::hubspot::TokenKind {
        use crate::snapshot::hubspot::TokenKind;
        let token = self.token.expose_secret();
        let uuid = token.len() == 36
            && token.split('-').map(str::len).eq([8, 4, 4, 4, 12])
            && token
                .bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
        if uuid {
            TokenKind::NotAToken
        } else if token.starts_with("pat-") {
            TokenKind::Static
        } else if token.len() >= 40 {
            TokenKind::OAuth
        } else {
            TokenKind::Unknown
        }
    }

    /// Asks again whether the token is known, after the lookup of its scopes was refused: HubSpot documents that lookup for
    /// private apps only, and a service key that it does not know may still be one.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(super) async fn confirm(&mut self, path: &str) -> Result<Value, Refusal> {
        self.ended = None;
        self.get(path).await
    }

    /// Asks for a path of the API.
    ///
    /// # Errors
    /// A refusal as the server worded it, or what went wrong on the way.
    pub(super) async fn get(&mut self, path: &str) -> Result<Value, Refusal> {
        if let Some(ended) = &self.ended {
            return Err(ended.clone());
        }
        let url = self
            .base
            .join(path)
            .ok_or_else(|| own("the path leaves the host"))?;
        let token = self.token.clone();
        self.call(|http| http.get(url.clone()).bearer_auth(token.expose_secret()))
            .await
    }

    /// Asks what a static token may do: the only POST of this program to HubSpot.
    pub(super) async fn static_token_info(&mut self) -> Result<Value, Refusal> {
        let url = self
            .base
            .join(paths::STATIC_TOKEN)
            .ok_or_else(|| own("the path leaves the host"))?;
        let token = self.token.clone();
        let body = serde_json::json!({"tokenKey": token.expose_secret()}).to_string();
        self.call(|http| {
            http.post(url.clone())
                .bearer_auth(token.expose_secret())
                .header("content-type", "application/json")
                .body(body.clone())
        })
        .await
    }

    /// Asks what an OAuth access token may do. HubSpot takes the token in the path, which nothing of this program shows;
    /// this endpoint ends on 2027-02-16, and its successor wants the app's client secret.
    pub(super) async fn oauth_token_info(&mut self) -> Result<Value, Refusal> {
        let path = paths::oauth_token(self.token.expose_secret());
        let url = self
            .base
            .join(&path)
            .ok_or_else(|| own("the path leaves the host"))?;
        let bearer = self.token.clone();
        self.call(|http| http.get(url.clone()).bearer_auth(bearer.expose_secret()))
            .await
    }

    async fn call(
        &mut self,
        request: impl Fn(&reqwest::Client) -> reqwest::RequestBuilder,
    ) -> Result<Value, Refusal> {
        let mut tried = 0;
        loop {
            tried += 1;
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(own(
                    "the time of this run was over before the call (--timeout)",
                ));
            }
            let limit = self.call_timeout.min(left);
            let (refusal, wait) = match request(&self.http).timeout(limit).send().await {
                // What hung once has cost enough of the run's time.
                Err(error) if error.is_timeout() => (self.own(&describe_failure(error)), None),
                Err(error) => (self.own(&describe_failure(error)), Some(backoff(tried))),
                Ok(response) => match self.answer(response, tried).await {
                    Ok(value) => return Ok(value),
                    Err(failed) => failed,
                },
            };
            let Some(wait) = wait else {
                if ends_all(&refusal) {
                    self.ended = Some(refusal.clone());
                }
                return Err(refusal);
            };
            let wait = wait.min(LONGEST_WAIT);
            if tried >= TRIES
                || self.waited + wait > PATIENCE
                || Instant::now() + wait >= self.until
            {
                return Err(refusal);
            }
            self.waited += wait;
            tokio::time::sleep(wait).await;
        }
    }

    /// The body of an answer; or the refusal, with how long to wait before another try where one may help.
    async fn answer(
        &mut self,
        response: reqwest::Response,
        tried: u32,
    ) -> Result<Value, (Refusal, Option<Duration>)> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = match read_body(response, LARGEST_BODY).await {
            Ok((body, _)) => body,
            Err(error @ BodyError::Cut) => {
                return Err((self.own(&error.to_string()), Some(backoff(tried))));
            }
            Err(error) => return Err((self.own(&error.to_string()), None)),
        };
        if status == 200 {
            // The next call waits where this one took the last of the interval.
            let left: Option<u64> = number(&headers, "x-hubspot-ratelimit-remaining");
            if left == Some(0) {
                let wait = interval(&headers).min(LONGEST_WAIT);
                if self.waited + wait <= PATIENCE {
                    self.waited += wait;
                    tokio::time::sleep(wait).await;
                }
            }
            return serde_json::from_slice(&body).map_err(|_| {
                (
                    self.own("the answer is no JSON: is this HubSpot's API?"),
                    None,
                )
            });
        }
        let refusal = self.refusal(status, &headers, &body);
        let wait = match status {
            429 if is_daily(&body) => None,
            429 => Some(retry_after(&headers).unwrap_or_else(|| interval(&headers))),
            423 => Some(Duration::from_secs(2)),
            477 => Some(retry_after(&headers).unwrap_or(LONGEST_WAIT)),
            500 | 502 | 503 | 504 | 521..=524 => {
                Some(retry_after(&headers).unwrap_or_else(|| backoff(tried)))
            }
            _ => None,
        };
        Err((refusal, wait))
    }

    fn own(&self, text: &str) -> Refusal {
        own(&redact(text, &[&self.token]))
    }

    fn refusal(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Refusal {
        let clear = |text: &str| bounded(&redact(text, &[&self.token]), 400);
        let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(clear);
        let header = headers
            .get("x-hubspot-correlation-id")
            .and_then(|id| id.to_str().ok())
            .map(clear);
        let mut message =
            text("message").unwrap_or_else(|| format!("HTTP {status} without a message"));
        let expiry = value
            .pointer("/context/expire time/0")
            .and_then(Value::as_str);
        if let Some(expiry) = expiry {
            message.push_str(&format!(" (expire time {})", clear(expiry)));
        }
        Refusal {
            status: Some(status),
            category: text("category"),
            message,
            correlation_id: text("correlationId").or(header),
            any_of_scopes: scopes_in(&value).iter().map(|scope| clear(scope)).collect(),
        }
    }
}

/// A refusal that no server worded.
fn own(text: &str) -> Refusal {
    Refusal {
        message: bounded(text, 400),
        ..Refusal::default()
    }
}

/// Whether every later call would be refused the same way.
fn ends_all(refusal: &Refusal) -> bool {
    refusal.status == Some(401) || refusal.status == Some(429)
}

fn is_daily(body: &[u8]) -> bool {
    let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    value.get("policyName").and_then(Value::as_str) == Some("DAILY")
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn interval(headers: &HeaderMap) -> Duration {
    Duration::from_millis(
        number(headers, "x-hubspot-ratelimit-interval-milliseconds").unwrap_or(10_000),
    )
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    number(headers, "retry-after").map(Duration::from_secs)
}

fn backoff(tried: u32) -> Duration {
    Duration::from_millis(200_u64.saturating_mul(1 << tried.min(5)))
}

/// The scopes that a MISSING_SCOPES answer lists: `requiredGranularScopes` of newer bodies, `requiredScopes` of older
/// ones, `missingScopes` of the specification; any one of them suffices.
fn scopes_in(body: &Value) -> Vec<String> {
    const KEYS: [&str; 3] = ["requiredGranularScopes", "requiredScopes", "missingScopes"];
    let contexts = (body
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten())
    .filter_map(|error| error.get("context"))
    .chain(body.get("context"));
    let mut scopes: Vec<String> = contexts
        .flat_map(|context| KEYS.iter().filter_map(|key| context.get(*key)))
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .take(100)
        .collect();
    scopes.sort();
    scopes.dedup();
    scopes
}
