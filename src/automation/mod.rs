//! What runs when a record is saved, judged for one user.
//!
//! In: effective permissions and what is known of the user. Out: what formulas may take for known. Knows nothing of
//! HubSpot.

mod environment;

pub use environment::environment;
