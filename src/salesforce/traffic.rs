//! What a run costs: calls, bytes and round trips, counted as they happen.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What has been sent and received so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests sent, repeated ones and uncounted ones included.
    pub requests: u64,
    /// API calls that Salesforce counts.
    pub api_calls: u64,
    /// API calls that this run may still make, once known.
    pub api_calls_left: Option<u64>,
    /// The org's used and total allowance of the day, as last heard.
    pub org_usage: Option<(u64, u64)>,
    /// Bytes of bodies received, as they came over the wire.
    pub bytes_in: u64,
    /// Requests that were repeated.
    pub retries: u64,
    /// Round trips on the longest chain of requests that waited for one another.
    pub longest_path: u32,
}

/// Told after each request how things stand; must return at once.
pub type Observer = Arc<dyn Fn(&Traffic) + Send + Sync>;

/// The counters behind [`Traffic`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) requests: AtomicU64,
    pub(super) bytes_in: AtomicU64,
    pub(super) retries: AtomicU64,
    pub(super) longest_path: AtomicU32,
}

impl Counters {
    pub(super) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }

    pub(super) fn read(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}

/// How many round trips lie behind a piece of work.
///
/// Requests begun at one time on one branch count as one round trip; one begun after another has ended
/// counts one more. Work that runs beside other work without waiting for it has a branch of its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Branch(Arc<AtomicU32>);

impl Branch {
    /// A branch that begins where this one is.
    pub(super) fn fork(&self) -> Self {
        Self(Arc::new(AtomicU32::new(self.depth())))
    }

    /// This branch has waited for another.
    pub(super) fn join(&self, other: &Self) {
        self.reach(other.depth());
    }

    pub(super) fn depth(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn reach(&self, depth: u32) {
        self.0.fetch_max(depth, Ordering::Relaxed);
    }
}
