//! Why a folder could not be collected at all.

use std::io;

use super::kind::LOOKED_FOR;

/// A folder given as a metadata tree that cannot be one.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// Nothing is there.
    #[error(
        "the metadata folder `{path}` does not exist: check the spelling, or give the folder that holds \
         `sfdx-project.json` or `package.xml`"
    )]
    Missing {
        /// The folder, as given.
        path: String,
    },
    /// A file was given.
    #[error(
        "`{path}` is a file, and a metadata tree is a folder: give the folder that holds it (`{parent}`)"
    )]
    NotAFolder {
        /// The path, as given.
        path: String,
        /// The folder that the file is in.
        parent: String,
    },
    /// The operating system refuses.
    #[error("the metadata folder `{path}` cannot be read ({source}): check its permissions")]
    Unreadable {
        /// The folder, as given.
        path: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// No file of a kind that an audit uses.
    #[error(
        "no Salesforce metadata in `{path}`{}: looked for {LOOKED_FOR}, in SFDX source format (`*-meta.xml`) and \
         in Metadata API format. Give the folder of an SFDX project or of a retrieved package, or \
         retrieve first with `sf project retrieve start`",
        if *.ignored { " that `.forceignore` does not exclude" } else { "" }
    )]
    NoMetadata {
        /// The folder, as given.
        path: String,
        /// Whether `.forceignore` excluded something in it.
        ignored: bool,
    },
    /// No folder was given.
    #[error("no metadata folder was given: name at least one")]
    NoFolder,
}
