//! permgap compares what HubSpot's integration user may do in a Salesforce org with what the HubSpot field
//! mappings need, and lists every gap with its cause, the sync's error and the smallest fix.
//!
//! The modules follow the way of the data:
//!
//! - [`auth`] gets an admin's session, and [`salesforce`] reads an org with it, over [`net`];
//! - [`collect`] turns a source (live org, metadata tree, saved snapshot) into a [`snapshot`]; [`demo`] is one built in;
//! - [`hubspot`] reads the other side: a token's scopes, properties, users;
//! - [`effective`] folds all that is assigned to a user into one answer per object and field;
//! - [`sharing`] tells which records of an object the user reaches;
//! - [`mapping`] reads what HubSpot syncs and derives what access that needs; [`config`] adds what
//!   mappings cannot say;
//! - [`audit`] compares the two and yields [`finding`]s;
//! - [`baseline`] tells known findings from new ones, and [`change`] what a change of a metadata tree brings;
//! - [`report`] writes them, [`fix`] writes what closes them, and [`compare`] sets two users' access side by side;
//! - [`verify`] holds what was computed against what Salesforce answers the user itself;
//! - [`triage`] sorts sync errors and finds their causes in a report.
//!
//! [`formula`] is the language of validation rules; it stands alone. [`automation`] judges for one user what runs when
//! a record is saved.
//!
//! [`cli`] is the command line around it, [`error`] what it says when the work cannot be done, and [`output`]
//! writes files whole. Audits are pure: the same snapshot and mappings give the same findings, byte for byte.

pub mod audit;
pub mod auth;
pub mod automation;
pub mod baseline;
pub mod change;
pub mod cli;
pub mod collect;
pub mod compare;
pub mod config;
pub mod demo;
pub mod effective;
pub mod error;
pub mod finding;
pub mod fix;
pub mod formula;
pub mod hubspot;
pub mod mapping;
pub mod net;
pub mod output;
pub mod report;
pub mod salesforce;
pub mod sharing;
pub mod snapshot;
pub mod triage;
pub mod verify;
