//! Sync errors sorted: what each says, whether it is a permission error and of which type, and which finding of an audit
//! explains it.
//!
//! In: HubSpot's export of sync errors, or pasted messages ([`input`]); rules as data ([`Rules`]); a report of
//! `permgap audit`. Out: a [`Triage`]. Knows nothing of report formats and makes no requests; what a text does not tell
//! is left open, never guessed.

mod classify;
mod explain;
mod extract;
mod index;
pub mod input;
mod normal;
mod pattern;
mod rules;
mod runbook;
#[cfg(test)]
mod tests;

pub use classify::{Classified, Kind};
pub use explain::{ExplainingFinding, Explanation, Sorter, Triage, TriageGroup, TriagedError};
pub use input::{InputError, Reading, SyncError};
pub use rules::{Certainty, Rules, RulesError};
pub use runbook::RunbookEntry;
