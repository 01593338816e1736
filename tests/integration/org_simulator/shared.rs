//! What all requests share: the org, sessions, query locators, the log; and an answer on its way.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use serde_json::Value;

use super::faults::Chooser;
use super::log::Request;
use super::oauth;
use super::org::Org;
use super::refusal::Refusal;
use super::rights::Rights;

/// A query's remaining rows.
#[derive(Debug, Clone)]
pub(super) struct Locator {
    pub(super) rest: Vec<Value>,
    pub(super) total: usize,
    pub(super) offset: usize,
    pub(super) user: String,
    pub(super) tooling: bool,
}

/// What changes while the server runs.
#[derive(Debug, Default)]
pub(super) struct State {
    /// User id by session id.
    pub(super) sessions: HashMap<String, String>,
    pub(super) refresh_tokens: HashMap<String, String>,
    pub(super) codes: HashMap<String, oauth::Code>,
    /// Who approves in the browser.
    pub(super) browser_user: Option<String>,
    /// Whether who is asked in the browser refuses.
    pub(super) browser_refuses: bool,
    /// Tokens and codes given so far: each is another.
    pub(super) issued: u64,
    locators: HashMap<String, Locator>,
    pub(super) calls: u64,
    pub(super) chooser: Chooser,
    pub(super) log: Vec<Request>,
    pub(super) rights: HashMap<String, Arc<Rights>>,
}

/// What all requests share.
pub(super) struct Shared {
    pub(super) org: RwLock<Arc<Org>>,
    pub(super) state: Mutex<State>,
    pub(super) address: SocketAddr,
    pub(super) started: Instant,
}

/// An answer on its way.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    fn new(status: u16, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            kind,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json;charset=UTF-8", body.to_string())
    }

    pub(super) fn xml(status: u16, body: String) -> Self {
        Self::new(status, "text/xml;charset=UTF-8", body)
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Self::new(status, "text/html;charset=UTF-8", body)
    }

    pub(super) fn redirect(to: &str) -> Self {
        let mut reply = Self::text(302, "");
        reply.headers.push(("location", to.to_owned()));
        reply
    }

    pub(super) fn refusal(refusal: &Refusal) -> Self {
        Self::json(refusal.status, &refusal.body())
    }
}

impl Shared {
    pub(super) fn org(&self) -> Arc<Org> {
        Arc::clone(&self.org.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Calls made, and calls allowed.
    pub(super) fn usage(&self) -> (u64, u64) {
        let org = self.org();
        (org.calls_before + self.state().calls, org.daily_limit)
    }

    pub(super) fn keep(&self, locator: Locator) -> String {
        let mut state = self.state();
        let id = format!("01g7Q{:013}", state.locators.len());
        state.locators.insert(id.clone(), locator);
        id
    }

    pub(super) fn kept(&self, id: &str) -> Option<Locator> {
        self.state().locators.get(id).cloned()
    }

    pub(super) fn rights(&self, org: &Org, user: &str) -> Arc<Rights> {
        if let Some(rights) = self.state().rights.get(user) {
            return Arc::clone(rights);
        }
        let rights = Arc::new(Rights::of(org, user));
        self.state()
            .rights
            .insert(user.to_owned(), Arc::clone(&rights));
        rights
    }
}
