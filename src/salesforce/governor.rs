//! How many requests run at once: more while all goes well, half when Salesforce is under pressure.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Several failures at one moment have one cause: they halve the number once.
const ONE_CAUSE: Duration = Duration::from_millis(500);

/// Additive increase, multiplicative decrease over a semaphore.
#[derive(Debug)]
pub(super) struct Governor {
    permits: Semaphore,
    state: Mutex<State>,
    most: usize,
}

#[derive(Debug)]
struct State {
    limit: usize,
    /// Permits to take out of use as they come back.
    debt: usize,
    /// Successes since the limit last changed.
    successes: usize,
    last_decrease: Option<Instant>,
}

/// The right to run one request.
pub(super) struct Slot<'g> {
    governor: &'g Governor,
    permit: Option<SemaphorePermit<'g>>,
}

impl Governor {
    /// Begins with `start` requests at once, never more than `most`, never less than one.
    pub(super) fn new(start: usize, most: usize) -> Self {
        let most = most.max(1);
        let start = start.clamp(1, most);
        Self {
            permits: Semaphore::new(start),
            state: Mutex::new(State {
                limit: start,
                debt: 0,
                successes: 0,
                last_decrease: None,
            }),
            most,
        }
    }

    /// Waits for a slot.
    pub(super) async fn slot(&self) -> Slot<'_> {
        Slot {
            governor: self,
            // The semaphore is never closed; without a permit a request would merely run unlimited.
            permit: self.permits.acquire().await.ok(),
        }
    }

    /// A request went well.
    pub(super) fn went_well(&self) {
        let mut state = self.state();
        state.successes = state.successes.saturating_add(1);
        if state.successes >= state.limit && state.limit < self.most {
            state.successes = 0;
            state.limit = state.limit.saturating_add(1);
            if state.debt > 0 {
                state.debt = state.debt.saturating_sub(1);
            } else {
                self.permits.add_permits(1);
            }
        }
    }

    /// Salesforce asked for less.
    pub(super) fn under_pressure(&self) {
        let mut state = self.state();
        let now = Instant::now();
        if state
            .last_decrease
            .is_some_and(|last| now.duration_since(last) < ONE_CAUSE)
        {
            return;
        }
        state.last_decrease = Some(now);
        state.successes = 0;
        let lower = (state.limit / 2).max(1);
        let surplus = state.limit.saturating_sub(lower);
        let idle = self.permits.forget_permits(surplus);
        state.debt = state.debt.saturating_add(surplus.saturating_sub(idle));
        state.limit = lower;
        tracing::debug!(at_once = lower, "fewer requests at once");
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else {
            return;
        };
        let mut state = self.governor.state();
        if state.debt > 0 {
            state.debt = state.debt.saturating_sub(1);
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pressure_halves_and_success_adds_one() {
        let governor = Governor::new(4, 6);
        let held = [
            governor.slot().await,
            governor.slot().await,
            governor.slot().await,
        ];
        governor.under_pressure();
        governor.under_pressure();
        assert_eq!(governor.state().limit, 2);
        drop(held);
        assert_eq!(governor.permits.available_permits(), 2);
        for _ in 0..2 {
            governor.went_well();
        }
        assert_eq!(governor.state().limit, 3);
        assert_eq!(governor.permits.available_permits(), 3);
        for _ in 0..100 {
            governor.went_well();
        }
        assert_eq!(governor.permits.available_permits(), 6);
    }

    #[tokio::test]
    async fn at_least_one_request_runs() {
        let governor = Governor::new(1, 1);
        governor.under_pressure();
        let _slot = governor.slot().await;
        assert_eq!(governor.state().limit, 1);
    }
}
