//! What a run costs: calls, bytes and round trips, counted as they happen.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// The end of the longest chain so far.
    pub(super) longest: Branch,
}

impl Counters {
    pub(super) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }

    pub(super) fn read(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}

/// A request that was answered, and the one that it had waited for.
#[derive(Debug)]
pub(super) struct Trip {
    name: String,
    depth: u32,
    after: Option<Arc<Trip>>,
}

impl Trip {
    /// A request that began after another had ended and took this many round trips, repeats among them.
    pub(super) fn after(earlier: Option<Arc<Self>>, name: &str, trips: u32) -> Arc<Self> {
        let behind = earlier.as_ref().map_or(0, |trip| trip.depth);
        Arc::new(Self {
            name: name.to_owned(),
            depth: behind.saturating_add(trips),
            after: earlier,
        })
    }
}

/// How many round trips lie behind a piece of work, and which.
///
/// Requests begun at one time on one branch count as one round trip; one begun after another has ended
/// counts one more. Work that runs beside other work without waiting for it has a branch of its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Branch(Arc<Mutex<Option<Arc<Trip>>>>);

impl Branch {
    /// A branch that begins where this one is.
    pub(super) fn fork(&self) -> Self {
        Self(Arc::new(Mutex::new(self.last())))
    }

    /// This branch has waited for another.
    pub(super) fn join(&self, other: &Self) {
        if let Some(trip) = other.last() {
            self.reach(&trip);
        }
    }

    /// The request that ends the longest chain behind the work.
    pub(super) fn last(&self) -> Option<Arc<Trip>> {
        self.lock().clone()
    }

    pub(super) fn depth(&self) -> u32 {
        self.last().map_or(0, |trip| trip.depth)
    }

    pub(super) fn reach(&self, trip: &Arc<Trip>) {
        let mut last = self.lock();
        if last.as_ref().is_none_or(|known| known.depth < trip.depth) {
            *last = Some(Arc::clone(trip));
        }
    }

    /// The names of the requests of the longest chain, the first one first.
    pub(super) fn chain(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut next = self.last();
        while let Some(trip) = next {
            names.push(trip.name.clone());
            next = trip.after.clone();
        }
        names.reverse();
        names
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Trip>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
