//! A running simulated org, as tests hold it.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use axum::Router;

use super::faults::{Chooser, Faults};
use super::http::handle;
use super::listener::{Connection, Port};
use super::log::Request;
use super::oauth;
use super::org::Org;
use super::shared::{Shared, State};

/// A running simulated org; it stops when dropped.
pub(crate) struct OrgSimulator {
    shared: Arc<Shared>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl OrgSimulator {
    /// Starts an org on a free port of the loopback interface.
    ///
    /// # Errors
    /// No port or no thread is to be had.
    pub(crate) fn start(org: Org) -> std::io::Result<Self> {
        Self::start_at(org, 0)
    }

    /// Starts an org on a port.
    ///
    /// # Errors
    /// The port is taken, or no thread is to be had.
    pub(crate) fn start_at(org: Org, port: u16) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", port)))?;
        let shared = Arc::new(Shared {
            org: RwLock::new(Arc::new(org)),
            state: Mutex::new(State::default()),
            address: listener.local_addr()?,
            started: Instant::now(),
        });
        let app = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&shared));
        let service = app.into_make_service_with_connect_info::<Connection>();
        runtime.spawn(async move { axum::serve(Port(listener), service).await });
        Ok(Self {
            shared,
            runtime: Some(runtime),
        })
    }

    /// The instance URL, `http://127.0.0.1:<port>`.
    pub(crate) fn url(&self) -> String {
        self.shared.url()
    }

    /// A session of the user, as if he had logged in; `None` where there is no such user.
    pub(crate) fn session_of(&self, username: &str) -> Option<String> {
        let org = self.shared.org();
        let user = org.id_of("User", username)?;
        Some(oauth::new_session(&mut self.shared.state(), &org, &user))
    }

    /// A refresh token of the user; `None` where there is no such user.
    pub(crate) fn refresh_token_of(&self, username: &str) -> Option<String> {
        let user = self.shared.org().id_of("User", username)?;
        Some(oauth::new_refresh_token(&mut self.shared.state(), &user))
    }

    /// Ends every session.
    pub(crate) fn end_sessions(&self) {
        self.shared.state().sessions.clear();
    }

    /// Who approves in the browser when `/authorize` is opened.
    pub(crate) fn set_browser_user(&self, username: &str) {
        let user = self.shared.org().id_of("User", username);
        self.shared.state().browser_user = user;
    }

    /// Whoever is asked in the browser refuses.
    pub(crate) fn refuse_in_browser(&self) {
        self.shared.state().browser_refuses = true;
    }

    /// Ends every session, and what could renew one.
    pub(crate) fn end_logins(&self) {
        self.end_sessions();
        self.shared.state().refresh_tokens.clear();
    }

    /// Changes the org while it runs.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Org)) {
        let mut held = self
            .shared
            .org
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut held));
        drop(held);
        self.shared.state().rights.clear();
    }

    /// Sets the faults from now on.
    pub(crate) fn set_faults(&self, faults: Faults) {
        self.shared.state().chooser = Chooser::new(faults);
    }

    /// Everything that was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.state().log.clone()
    }

    /// Forgets what was asked so far.
    pub(crate) fn forget_requests(&self) {
        self.shared.state().log.clear();
    }
}

impl Drop for OrgSimulator {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
