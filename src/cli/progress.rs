//! Progress on standard error, for work that takes longer than a second.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::collect::live_org;
use crate::salesforce::Traffic;
use crate::snapshot::Area;

/// Work shorter than this draws nothing.
const QUIET_FOR: Duration = Duration::from_secs(1);

/// One bar; hidden where progress is off.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    pub(super) fn new(what: &str, on: bool) -> Self {
        let target = if on {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target).with_message(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}") {
            bar.set_style(style);
        }
        Self {
            bar,
            started: Instant::now(),
        }
    }

    /// Shows how far the work is.
    pub(super) fn set(&self, done: usize, all: usize) {
        if self.started.elapsed() >= QUIET_FOR {
            self.bar.set_length(u64::try_from(all).unwrap_or(u64::MAX));
            self.bar
                .set_position(u64::try_from(done).unwrap_or(u64::MAX));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A bar for each area of a live org, and a line with the API calls; hidden where progress is off.
pub(super) struct AreaProgress {
    all: MultiProgress,
    calls: ProgressBar,
    areas: Mutex<BTreeMap<Area, ProgressBar>>,
    started: Instant,
}

impl AreaProgress {
    pub(super) fn new(on: bool) -> Self {
        let target = if on {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let all = MultiProgress::with_draw_target(target);
        let calls = all.add(ProgressBar::new(0));
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            calls.set_style(style);
        }
        Self {
            all,
            calls,
            areas: Mutex::default(),
            started: Instant::now(),
        }
    }

    /// Shows what the run has cost so far.
    pub(super) fn calls(&self, traffic: &Traffic) {
        if self.started.elapsed() < QUIET_FOR {
            return;
        }
        let left = traffic
            .api_calls_left
            .map(|left| format!(", {left} left"))
            .unwrap_or_default();
        self.calls
            .set_message(format!("{} API calls{left}", traffic.api_calls));
    }

    /// Shows how far an area is.
    pub(super) fn area(&self, progress: live_org::Progress) {
        if self.started.elapsed() < QUIET_FOR {
            return;
        }
        let mut areas = self.areas.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = areas.entry(progress.area).or_insert_with(|| {
            let bar = self.all.insert_before(&self.calls, ProgressBar::new(0));
            if let Ok(style) =
                ProgressStyle::with_template("{prefix:24} {bar:30} {pos}/{len} {msg}")
            {
                bar.set_style(style);
            }
            bar.with_prefix(progress.area.as_str())
        });
        bar.set_length(progress.asked);
        bar.set_position(progress.answered);
        bar.set_message(format!("{} rows", progress.rows));
    }

    /// Takes the bars off the screen.
    pub(super) fn clear(&self) {
        let _cleared = self.all.clear();
    }
}
