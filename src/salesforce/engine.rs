//! Sends one call until it is answered, refused for good, or out of time.
//!
//! Everything that all requests share is here: the allowance, the number at once, time limits, repeats with
//! growing pauses, the renewal of an expired session, and clearing messages of secrets.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use http::HeaderValue;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::allowance::Allowance;
use super::call::{Call, Kind};
use super::classify::{self, Again, Failure};
use super::error::{ApiError, ApiErrorKind};
use super::governor::Governor;
use super::keeper::{MOST_EXPIRED, MOST_RENEWALS, SessionKeeper};
use super::traffic::{Branch, Counters, Observer, Traffic, Trip};
use crate::auth::Session;
use crate::net::{BodyError, HostPolicy, OrgUrl, describe_failure, read_body, redact};

/// Longest wait that a server's `Retry-After` can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// How the client names itself in Salesforce's logs.
const CALL_OPTIONS: &str = concat!("client=permgap/", env!("CARGO_PKG_VERSION"));

/// Rows asked for in one page, the most that Salesforce gives (REST API Developer Guide, "Query Options
/// Header").
const QUERY_OPTIONS: &str = "batchSize=2000";

/// Why a body is not what was asked for.
#[derive(Debug)]
pub(super) enum Undecodable {
    /// It ends too early.
    Cut,
    /// It is something else.
    Other(String),
}

/// How patient the engine is.
#[derive(Debug, Clone)]
pub(super) struct Patience {
    pub(super) request: Duration,
    pub(super) attempts: usize,
    pub(super) first_pause: Duration,
    pub(super) longest_pause: Duration,
    pub(super) largest_body: usize,
    /// When the whole run must be over.
    pub(super) deadline: Option<Instant>,
}

pub(super) struct Engine {
    pub(super) http: reqwest::Client,
    pub(super) hosts: HostPolicy,
    pub(super) base: OrgUrl,
    pub(super) keeper: SessionKeeper,
    pub(super) governor: Governor,
    pub(super) allowance: Allowance,
    pub(super) counters: Counters,
    pub(super) observer: Option<Observer>,
    pub(super) patience: Patience,
}

impl Engine {
    /// Sends a call and decodes its answer.
    pub(super) async fn fetch<T>(
        &self,
        branch: &Branch,
        call: &Call,
        decode: impl Fn(&[u8]) -> Result<T, Undecodable>,
    ) -> Result<T, ApiError> {
        let begun = branch.last();
        let mut trips = 0;
        let work = self.attempts(call, &decode, &mut trips);
        let outcome = match self.patience.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, work)
                .await
                .unwrap_or_else(|_| Err(self.out_of_time(call))),
            None => work.await,
        };
        if trips > 0 {
            let trip = Trip::after(begun, call.name(), trips);
            branch.reach(&trip);
            self.counters.longest.reach(&trip);
        }
        outcome
    }

    async fn attempts<T>(
        &self,
        call: &Call,
        decode: &impl Fn(&[u8]) -> Result<T, Undecodable>,
        trips: &mut u32,
    ) -> Result<T, ApiError> {
        let mut pauses = self.pauses();
        let (mut expired, mut renewals) = (0, 0);
        loop {
            let slot = self.governor.slot().await;
            let (generation, session) = self.keeper.current();
            if call.is_counted() {
                self.allowance.take().map_err(|reason| {
                    ApiError::new(
                        ApiErrorKind::AllowanceSpent,
                        call.name(),
                        &call.shown(),
                        reason,
                    )
                })?;
            }
            *trips = trips.saturating_add(1);
            let outcome = self.attempt(call, &session, decode).await;
            drop(slot);
            if let Some(observer) = &self.observer {
                observer(&self.traffic());
            }
            let mut failure = match outcome {
                Ok(value) => {
                    self.governor.went_well();
                    if call.is_counted() {
                        self.keeper.accepted(generation);
                    }
                    return Ok(value);
                }
                Err(failure) => failure,
            };
            failure.error.message = redact(&failure.error.message, &[&session.access_token]);
            match failure.again {
                // Requests at once share a session: one that another request has lost is no fault of this one.
                Again::WithNewSession if renewals < MOST_RENEWALS && expired < MOST_EXPIRED => {
                    expired += 1;
                    let renewed =
                        self.keeper.renew(generation).await.map_err(|error| {
                            ApiError::session(call.name(), &call.shown(), &error)
                        })?;
                    renewals += u32::from(renewed);
                }
                Again::Later { after, pressure } => {
                    if pressure {
                        self.governor.under_pressure();
                    }
                    let Some(pause) = pauses.next() else {
                        return Err(*failure.error);
                    };
                    let pause = after.unwrap_or(pause).min(LONGEST_WAIT);
                    if self
                        .patience
                        .deadline
                        .is_some_and(|deadline| Instant::now() + pause >= deadline)
                    {
                        return Err(*failure.error);
                    }
                    Counters::add(&self.counters.retries, 1);
                    tracing::debug!(query = call.name(), error = %failure.error, "asked again after a pause");
                    tokio::time::sleep(pause).await;
                }
                Again::No | Again::WithNewSession => return Err(*failure.error),
            }
        }
    }

    async fn attempt<T>(
        &self,
        call: &Call,
        session: &Session,
        decode: &impl Fn(&[u8]) -> Result<T, Undecodable>,
    ) -> Result<T, Failure> {
        let work = self.exchange(call, session);
        let begun = Instant::now();
        let Ok(outcome) = tokio::time::timeout(self.patience.request, work).await else {
            return Err(passing(
                call,
                ApiErrorKind::Timeout,
                format!("no answer within {:?}", self.patience.request),
            ));
        };
        let body = outcome?;
        tracing::debug!(
            query = call.name(),
            request = call.shown(),
            bytes = body.len(),
            millis = begun.elapsed().as_millis(),
            "answered"
        );
        decode(&body).map_err(|undecodable| match undecodable {
            Undecodable::Cut => passing(call, ApiErrorKind::BadBody, "the answer was cut off"),
            Undecodable::Other(what) => {
                let what = if classify::is_markup(&body) && !call.is_soap() {
                    "the answer is a web page, not the API's".to_owned()
                } else {
                    what
                };
                final_failure(call, ApiErrorKind::BadBody, what)
            }
        })
    }

    /// One request and its answer's body, if it is a success.
    async fn exchange(&self, call: &Call, session: &Session) -> Result<Vec<u8>, Failure> {
        let url = self.base.join(call.path()).ok_or_else(|| {
            final_failure(
                call,
                ApiErrorKind::Rejected,
                "the path leads away from the org",
            )
        })?;
        self.hosts
            .check(&url)
            .map_err(|error| final_failure(call, ApiErrorKind::Rejected, error.to_string()))?;
        let mut request = self
            .http
            .request(call.method(), url)
            .header(ACCEPT_ENCODING, "gzip")
            .header("Sforce-Call-Options", CALL_OPTIONS);
        request = match call.kind() {
            Kind::Get { with_token: false } => request.header(ACCEPT, "application/json"),
            Kind::Get { with_token: true } => {
                if call.path().contains("/query") {
                    request = request.header("Sforce-Query-Options", QUERY_OPTIONS);
                }
                request
                    .header(ACCEPT, "application/json")
                    .header(AUTHORIZATION, bearer(call, &session.access_token)?)
            }
            Kind::Batch(body) => request
                .header(ACCEPT, "application/json")
                .header(CONTENT_TYPE, "application/json")
                .header(AUTHORIZATION, bearer(call, &session.access_token)?)
                .body(body.clone()),
            Kind::Soap(operation) => request
                .header(ACCEPT, "text/xml")
                .header(CONTENT_TYPE, "text/xml; charset=UTF-8")
                .header("SOAPAction", "\"\"")
                .body(super::soap::envelope(operation, &session.access_token)),
        };
        Counters::add(&self.counters.requests, 1);
        let response = request
            .send()
            .await
            .map_err(|error| passing(call, ApiErrorKind::Transport, describe_failure(error)))?;
        let status = response.status();
        let headers = response.headers().clone();
        if let Some(usage) = headers
            .get("sforce-limit-info")
            .and_then(|value| value.to_str().ok())
        {
            self.allowance.observe(usage);
        }
        let (body, wire) = read_body(response, self.patience.largest_body)
            .await
            .map_err(|error| match error {
                BodyError::Cut => passing(call, ApiErrorKind::Transport, error.to_string()),
                BodyError::TooLarge { .. } => {
                    final_failure(call, ApiErrorKind::TooMuch, error.to_string())
                }
            })?;
        Counters::add(&self.counters.bytes_in, wire);
        if status.is_success() {
            Ok(body)
        } else {
            Err(classify::refused(call, status.as_u16(), &headers, &body))
        }
    }

    /// The pauses between attempts: doubling, with a random part, so that requests that failed together do
    /// not come back together.
    pub(super) fn pauses(&self) -> ExponentialBackoff {
        ExponentialBuilder::new()
            .with_min_delay(self.patience.first_pause)
            .with_max_delay(self.patience.longest_pause)
            .with_max_times(self.patience.attempts.saturating_sub(1))
            .with_jitter()
            .build()
    }

    /// How things stand.
    pub(super) fn traffic(&self) -> Traffic {
        let (api_calls, api_calls_left, org_usage) = self.allowance.figures();
        Traffic {
            requests: Counters::read(&self.counters.requests),
            api_calls,
            api_calls_left,
            org_usage,
            bytes_in: Counters::read(&self.counters.bytes_in),
            retries: Counters::read(&self.counters.retries),
            longest_path: self.counters.longest.depth(),
        }
    }

    fn out_of_time(&self, call: &Call) -> ApiError {
        ApiError::new(
            ApiErrorKind::Timeout,
            call.name(),
            &call.shown(),
            "left out: the time limit of the run is reached",
        )
    }
}

fn bearer(call: &Call, token: &SecretString) -> Result<HeaderValue, Failure> {
    let mut value =
        HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).map_err(|_| {
            final_failure(
                call,
                ApiErrorKind::SessionInvalid,
                "the access token holds characters that no token has: set it again",
            )
        })?;
    value.set_sensitive(true);
    Ok(value)
}

fn passing(call: &Call, kind: ApiErrorKind, message: impl AsRef<str>) -> Failure {
    Failure {
        error: Box::new(ApiError::new(kind, call.name(), &call.shown(), message)),
        again: Again::Later {
            after: None,
            pressure: kind == ApiErrorKind::Timeout,
        },
    }
}

fn final_failure(call: &Call, kind: ApiErrorKind, message: impl AsRef<str>) -> Failure {
    Failure {
        error: Box::new(ApiError::new(kind, call.name(), &call.shown(), message)),
        again: Again::No,
    }
}

/// Decodes JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Undecodable> {
    serde_json::from_slice(body).map_err(|error| {
        if error.is_eof() {
            Undecodable::Cut
        } else {
            Undecodable::Other(format!("the answer is not what the API gives: {error}"))
        }
    })
}

/// Shared by all handles of a client.
pub(super) type SharedEngine = Arc<Engine>;
