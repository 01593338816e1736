//! Reads Salesforce metadata trees: SFDX source format and Metadata API format, several trees as one org.
//!
//! In: folders. Out: one [`Snapshot`] with each fact's file and line, the coverage of each area, and a problem
//! for each file that could not be used. Knows nothing of users: a tree has none.
//!
//! The way through the module: [`project`] finds what to read, [`discover`] walks it, [`kind`] tells a file's
//! type from its path, [`read`] reads the files in parallel, [`parse`] turns each into facts with the help of
//! [`xml`], [`merge`] folds them into one org and [`coverage`] says what was read.

mod coverage;
mod destructive;
mod discover;
pub(crate) mod document;
mod error;
mod kind;
mod merge;
mod parse;
mod project;
mod read;
mod xml;

use std::fmt;
use std::path::PathBuf;

pub use destructive::{Deletion, Deletions, ManifestError, deletions};
pub use error::CollectError;
pub(in crate::collect) use merge::global_values;
pub use read::FILE_SIZE_LIMIT;

use crate::snapshot::Snapshot;

/// Called with the number of files read and the number of files there are, from several threads.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// How to collect.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Told about each file read.
    pub progress: Option<Progress<'a>>,
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("progress", &self.progress.is_some())
            .finish()
    }
}

/// Reads the metadata trees in `dirs` as one org.
///
/// A folder that holds an `sfdx-project.json` is read through its package directories, any other wholly. Where
/// two folders define the same field, record type or rule, the later folder counts; entries of permission
/// sets and profiles are united. A file that cannot be used costs its own facts, lowers the coverage and is
/// in the snapshot's problems.
///
/// # Errors
/// A folder that does not exist, cannot be read or is no folder, and one without any metadata.
pub fn collect(dirs: &[PathBuf], options: &Options<'_>) -> Result<Snapshot, CollectError> {
    let found = discover::discover(dirs)?;
    let facts = read::read_all(&found.files, options.progress);
    Ok(merge::merge(found, facts))
}
