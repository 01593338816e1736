//! From findings to a deployable project that closes them, and the proof that it does.
//!
//! In: an audit's report with the snapshot, the user and the requirements that it is of. Out: a [`Plan`], the files
//! of the project, and a [`Proof`]: the same audit over the org as it will be. Nothing is sent to an org.
//!
//! The way through the module: [`plan`] gathers the findings' changes into [`grants`], [`dependencies`] adds what
//! Salesforce demands besides, [`xml`] or [`extend`] writes the permission set, [`notes`] tells what no file can do,
//! [`folder`] puts the files in place, and [`proof`] lays them over the snapshot and audits again.

mod dependencies;
mod error;
mod extend;
mod folder;
mod grants;
mod in_place;
mod notes;
mod plan;
mod project;
mod proof;
mod suggestions;
mod xml;

pub use error::FixError;
pub use extend::{Original, extended};
pub use folder::{Staged, stage};
pub use grants::{Granted, Grants};
pub use notes::caution;
pub use plan::{Holder, Options, Plan, PlannedSet, Treatment};
pub use project::{ProjectFile, files, notes as write_notes};
pub use proof::{Closing, Proof, prove};
pub use suggestions::Sources;
pub use xml::permission_set;
