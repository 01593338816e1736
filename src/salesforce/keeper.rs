//! The current session, renewed once for all requests that find it expired at one time.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::auth::{AuthError, Authenticator, Session, SessionSource};

/// Renewals in a row that may be in vain: many requests are on their way at once, and a session that ends the moment it
/// begins says little of the next.
pub(super) const MOST_RENEWALS: u32 = 4;

/// Sessions that one request may find expired, those among them that others had renewed before it came back.
pub(super) const MOST_EXPIRED: u32 = 10;

/// How often a renewal is tried in all while the login host cannot be reached.
const ATTEMPTS: usize = 3;

/// Pause before a renewal is tried again.
const PAUSE: Duration = Duration::from_millis(300);

/// Holds the session and renews it.
#[derive(Debug)]
pub(super) struct SessionKeeper {
    auth: Authenticator,
    source: SessionSource,
    state: RwLock<State>,
    /// Held by the one request that renews; the others wait for it.
    renewing: Mutex<()>,
}

#[derive(Debug)]
struct State {
    /// Which session it is, counted from zero.
    generation: u64,
    session: Arc<Session>,
    /// Whether the org has accepted it.
    proved: bool,
    /// Renewals since the org last accepted a session.
    in_vain: u32,
    /// Why it cannot be renewed, once tried in vain.
    failed: Option<AuthError>,
}

impl SessionKeeper {
    pub(super) fn new(auth: Authenticator, source: SessionSource, session: Session) -> Self {
        Self {
            auth,
            source,
            state: RwLock::new(State {
                generation: 0,
                session: Arc::new(session),
                proved: false,
                in_vain: 0,
                failed: None,
            }),
            renewing: Mutex::new(()),
        }
    }

    /// The session to use now, and its generation.
    pub(super) fn current(&self) -> (u64, Arc<Session>) {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        (state.generation, Arc::clone(&state.session))
    }

    /// The org has accepted a session.
    pub(super) fn accepted(&self, generation: u64) {
        if self
            .state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .proved
        {
            return;
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.generation == generation {
            state.proved = true;
            state.in_vain = 0;
        }
    }

    /// The org has called the session of `generation` expired: makes sure that a later one is current. Returns whether it
    /// had to be got: another request may have been first.
    ///
    /// Where the org accepts none of several sessions that it has just given, something else is wrong.
    pub(super) async fn renew(&self, generation: u64) -> Result<bool, AuthError> {
        let _one_at_a_time = self.renewing.lock().await;
        {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            if state.generation != generation {
                return Ok(false);
            }
            if let Some(error) = &state.failed {
                return Err(error.clone());
            }
            if state.in_vain >= MOST_RENEWALS {
                return Err(AuthError::CannotRenew {
                    how: "the org does not accept the sessions that it has just given: check the user's session \
                          settings and the connected app's policies"
                        .into(),
                });
            }
        }
        tracing::debug!("the session has expired and is renewed");
        let mut renewed = self.auth.renew(&self.source).await;
        for _ in 1..ATTEMPTS {
            // A connection that breaks passes; what a login host answers does not.
            if !matches!(renewed, Err(AuthError::Unreachable { .. })) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            renewed = self.auth.renew(&self.source).await;
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match renewed {
            // Another org's session would mix two orgs in one report.
            Ok(session) if session.instance_url != state.session.instance_url => {
                let error = AuthError::OtherOrg {
                    wanted: state.session.instance_url.host().to_owned(),
                    got: session.instance_url.host().to_owned(),
                };
                state.failed = Some(error.clone());
                Err(error)
            }
            Ok(session) => {
                state.generation = state.generation.saturating_add(1);
                state.session = Arc::new(session);
                state.proved = false;
                state.in_vain = state.in_vain.saturating_add(1);
                Ok(true)
            }
            Err(error) => {
                state.failed = Some(error.clone());
                Err(error)
            }
        }
    }
}
