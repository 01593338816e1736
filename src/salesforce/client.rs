//! The client that collectors use.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::allowance::Allowance;
pub use super::allowance::CallBudget;
use super::call::Call;
use super::engine::{Engine, Patience, SharedEngine, json};
use super::error::{ApiError, ApiErrorKind};
use super::governor::Governor;
use super::keeper::SessionKeeper;
use super::soql::{Api, is_api_name};
use super::traffic::{Branch, Counters, Observer, Traffic};
use crate::auth::{AuthError, Authenticator, Session, SessionSource, UserInfo};
use crate::net::{NetSettings, OrgUrl, build_client};

/// The newest API version that permgap knows.
const NEWEST_KNOWN: u32 = 67;

/// The oldest API version that answers what permgap asks; the Tooling composite came with 40.
const OLDEST_USABLE: u32 = 45;

/// How a client behaves.
#[derive(Clone)]
pub struct ClientSettings {
    /// Certificates and connection time.
    pub net: NetSettings,
    /// Time limit of one attempt of one request.
    pub request_timeout: Duration,
    /// Time limit of everything that the client does (`--timeout`), from when it connects.
    pub run_timeout: Option<Duration>,
    /// How often a request is tried in all, where the failure is one that passes.
    pub attempts: usize,
    /// First pause before a repeat; it doubles each time.
    pub first_pause: Duration,
    /// Longest pause before a repeat.
    pub longest_pause: Duration,
    /// Requests at once to begin with.
    pub start_at_once: usize,
    /// Most requests at once.
    pub most_at_once: usize,
    /// API calls that may be used.
    pub calls: CallBudget,
    /// Largest body read into memory, in bytes after decompression.
    pub largest_body: usize,
    /// Told after each request how things stand.
    pub observer: Option<Observer>,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            net: NetSettings::default(),
            request_timeout: Duration::from_secs(60),
            run_timeout: Some(Duration::from_secs(600)),
            attempts: 5,
            first_pause: Duration::from_millis(300),
            longest_pause: Duration::from_secs(10),
            start_at_once: 8,
            most_at_once: 16,
            calls: CallBudget::default(),
            largest_body: 64 * 1024 * 1024,
            observer: None,
        }
    }
}

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No session.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The org does not say which API versions it has.
    #[error("{_0}{}", _0.hint().map(|hint| format!("; {hint}")).unwrap_or_default())]
    Api(#[from] ApiError),
    /// The run's time limit came first.
    #[error("no session was opened within the time limit of the run: allow more with --timeout")]
    OutOfTime,
    /// The org speaks only versions that are too old.
    #[error(
        "{host} speaks API versions up to {newest}.0 only, but permgap needs {OLDEST_USABLE}.0 at least"
    )]
    TooOld {
        /// The org's host.
        host: String,
        /// Its newest version.
        newest: u32,
    },
}

/// A handle to an org. Cheap to clone; clones share session, limits and counters.
#[derive(Clone)]
pub struct Client {
    pub(super) engine: SharedEngine,
    pub(super) branch: Branch,
    version: Arc<str>,
    session: Arc<Session>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("org", &self.engine.base)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// An entry of `GET /services/data/`.
#[derive(Deserialize)]
struct VersionEntry {
    version: String,
}

impl Client {
    /// Opens a session and agrees on an API version: the newest that both sides know.
    pub async fn connect(
        auth: Authenticator,
        source: SessionSource,
        settings: ClientSettings,
    ) -> Result<Self, ConnectError> {
        let deadline = settings
            .run_timeout
            .and_then(|limit| Instant::now().checked_add(limit));
        let opening = auth.open(&source);
        let session = match deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, opening)
                .await
                .map_err(|_| ConnectError::OutOfTime)??,
            None => opening.await?,
        };
        let base = session.instance_url.clone();
        let shared = Arc::new(session.clone());
        let engine = Engine {
            http: build_client(&settings.net).map_err(AuthError::Client)?,
            hosts: auth.hosts().clone(),
            base: base.clone(),
            keeper: SessionKeeper::new(auth, source, session),
            governor: Governor::new(settings.start_at_once, settings.most_at_once),
            allowance: Allowance::new(settings.calls),
            counters: Counters::default(),
            observer: settings.observer,
            patience: Patience {
                request: settings.request_timeout,
                attempts: settings.attempts.max(1),
                first_pause: settings.first_pause,
                longest_pause: settings.longest_pause,
                largest_body: settings.largest_body,
                deadline,
            },
        };
        let branch = Branch::default();
        let versions: Vec<VersionEntry> = engine.fetch(&branch, &Call::versions(), json).await?;
        let newest = versions
            .iter()
            .filter_map(|entry| entry.version.split('.').next()?.parse::<u32>().ok())
            .max()
            .unwrap_or(0);
        if newest < OLDEST_USABLE {
            return Err(ConnectError::TooOld {
                host: base.host().to_owned(),
                newest,
            });
        }
        Ok(Self {
            engine: Arc::new(engine),
            branch,
            version: format!("{}.0", newest.min(NEWEST_KNOWN)).into(),
            session: shared,
        })
    }

    /// The API version in use: `66.0`.
    pub fn api_version(&self) -> &str {
        &self.version
    }

    /// Where the org answers.
    pub fn instance_url(&self) -> &OrgUrl {
        &self.engine.base
    }

    /// The session as it was opened: whose it is.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What the run has cost so far.
    pub fn traffic(&self) -> Traffic {
        self.engine.traffic()
    }

    /// The names of the requests on the longest chain of requests that waited for one another, the first one first.
    pub fn longest_chain(&self) -> Vec<String> {
        self.engine.counters.longest.chain()
    }

    /// A handle for work that runs beside other work without waiting for it; its round trips are counted by
    /// themselves. See [`Client::join`].
    #[must_use]
    pub fn branch(&self) -> Self {
        Self {
            branch: self.branch.fork(),
            ..self.clone()
        }
    }

    /// Says that the work of this handle has waited for that of `other`.
    pub fn join(&self, other: &Self) {
        self.branch.join(&other.branch);
    }

    /// Whose session it is: the admin's own rights decide how far an empty answer can be trusted.
    pub async fn caller(&self) -> Result<UserInfo, ApiError> {
        self.engine
            .fetch(&self.branch, &Call::user_info(), json)
            .await
    }

    /// GET of a resource below the version: `get("limits", Api::Rest, "limits")`. `query` names it in
    /// messages.
    pub async fn get<T: DeserializeOwned>(
        &self,
        query: &str,
        api: Api,
        resource: &str,
    ) -> Result<T, ApiError> {
        let call = Call::get(query, &self.path(api, resource))?;
        self.engine.fetch(&self.branch, &call, json).await
    }

    /// Describes an object, as the caller sees it.
    pub async fn describe<T: DeserializeOwned>(
        &self,
        api: Api,
        object: &str,
    ) -> Result<T, ApiError> {
        let query = format!("describe of {}", crate::net::bounded(object, 100));
        if !is_api_name(object) {
            return Err(ApiError::new(
                ApiErrorKind::Rejected,
                &query,
                "GET describe",
                "the name is not an API name",
            ));
        }
        self.get(&query, api, &format!("sobjects/{object}/describe"))
            .await
    }

    /// The path of a resource of the version in use.
    pub(super) fn path(&self, api: Api, resource: &str) -> String {
        format!(
            "/services/data/v{}{}/{resource}",
            self.version,
            api.prefix()
        )
    }
}
