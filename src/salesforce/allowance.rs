//! The guard over the org's daily allowance of API calls.
//!
//! Every answer of Salesforce says how much of it is used (`Sforce-Limit-Info: api-usage=10018/100000`).
//! A run may use a number of calls, or a share of what was left when it began; then it stops, and what it
//! did not read is said.

use std::sync::{Mutex, PoisonError};

/// How many calls a run may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallBudget {
    /// A number of calls (`--max-api-calls`).
    Calls(u64),
    /// A percentage of what is left of the day's allowance when the run begins.
    ShareOfLeft(u64),
}

impl Default for CallBudget {
    fn default() -> Self {
        Self::ShareOfLeft(20)
    }
}

#[derive(Debug)]
pub(super) struct Allowance {
    budget: CallBudget,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    spent: u64,
    /// Calls allowed, once known.
    most: Option<u64>,
    /// Used and total of the org, as last heard.
    usage: Option<(u64, u64)>,
}

impl Allowance {
    pub(super) fn new(budget: CallBudget) -> Self {
        let most = match budget {
            CallBudget::Calls(most) => Some(most),
            CallBudget::ShareOfLeft(_) => None,
        };
        Self {
            budget,
            state: Mutex::new(State {
                most,
                ..State::default()
            }),
        }
    }

    /// Takes one call out of the budget, or says why there is none left.
    pub(super) fn take(&self) -> Result<(), String> {
        let mut state = self.state();
        if let Some(most) = state.most
            && state.spent >= most
        {
            let share = match self.budget {
                CallBudget::Calls(_) => "as set".to_owned(),
                CallBudget::ShareOfLeft(percent) => {
                    format!("{percent}% of what was left of the org's daily allowance")
                }
            };
            return Err(format!(
                "left out: the {most} API calls of this run ({share}) are used"
            ));
        }
        state.spent = state.spent.saturating_add(1);
        Ok(())
    }

    /// Learns from an answer's `Sforce-Limit-Info`.
    pub(super) fn observe(&self, header: &str) {
        let Some(usage) = parse(header) else { return };
        let mut state = self.state();
        state.usage = Some(usage);
        if let (CallBudget::ShareOfLeft(percent), None) = (self.budget, state.most) {
            let left = usage.1.saturating_sub(usage.0);
            let share = left.saturating_mul(percent) / 100;
            state.most = Some(state.spent.saturating_add(share));
        }
    }

    /// Calls made, calls still allowed, and the org's usage, as far as known.
    pub(super) fn figures(&self) -> (u64, Option<u64>, Option<(u64, u64)>) {
        let state = self.state();
        let left = state.most.map(|most| most.saturating_sub(state.spent));
        (state.spent, left, state.usage)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads `api-usage=10018/100000` out of the header; other counters stand beside it.
fn parse(header: &str) -> Option<(u64, u64)> {
    let usage = header
        .split([',', ';', ' '])
        .find_map(|part| part.trim().strip_prefix("api-usage="))?;
    let digits = |text: &str| {
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        text.get(..end)?.parse::<u64>().ok()
    };
    let (used, total) = usage.split_once('/')?;
    Some((digits(used)?, digits(total)?)).filter(|(_, total)| *total > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_among_others() {
        assert_eq!(parse("api-usage=18/5000"), Some((18, 5000)));
        assert_eq!(
            parse("api-usage=25/5000; per-app-api-usage=17/250(appName=sample)"),
            Some((25, 5000))
        );
        assert_eq!(parse("per-app-api-usage=17/250(appName=sample)"), None);
        assert_eq!(parse("api-usage=1/0"), None);
        assert_eq!(parse("nonsense"), None);
    }

    #[test]
    fn a_share_is_taken_once_of_what_was_left() {
        let allowance = Allowance::new(CallBudget::default());
        allowance.take().unwrap();
        allowance.observe("api-usage=9990/10000");
        allowance.observe("api-usage=10/10000");
        allowance.take().unwrap();
        allowance.take().unwrap();
        let reason = allowance.take().unwrap_err();
        assert!(reason.contains("20%"), "{reason}");
        assert_eq!(allowance.figures(), (3, Some(0), Some((10, 10000))));
    }

    #[test]
    fn a_number_holds_from_the_first_call() {
        let allowance = Allowance::new(CallBudget::Calls(1));
        allowance.take().unwrap();
        assert!(allowance.take().is_err());
    }
}
