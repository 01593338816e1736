//! permgap compares what HubSpot's integration user may do in a Salesforce org with what the HubSpot field
//! mappings need, and lists every gap with its cause, the sync's error and the smallest fix.
//!
//! The modules follow the way of the data:
//!
//! - [`collect`] turns a source (metadata tree, saved snapshot, built-in demo) into a [`snapshot`];
//! - `effective` folds all that is assigned to a user into one answer per object and field;
//! - `mapping` reads what HubSpot syncs and derives what access that needs; `config` adds what
//!   mappings cannot say;
//! - [`audit`] compares the two and yields [`finding`]s;
//! - [`report`] writes them.
//!
//! `cli` is the command line around it. Audits are pure: the same snapshot and mappings give the same
//! findings, byte for byte.

pub mod audit;
pub mod auth;
pub mod collect;
pub mod effective;
pub mod finding;
pub mod mapping;
pub mod net;
pub mod report;
pub mod salesforce;
pub mod snapshot;
