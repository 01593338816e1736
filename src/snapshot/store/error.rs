//! Why a snapshot could not be saved or loaded.

use std::io;

use super::SCHEMA;
use crate::output::OutputError;

/// A snapshot that could not be saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] OutputError),
    /// Nothing is there.
    #[error(
        "the snapshot `{path}` does not exist: check the spelling, or make it with `permgap snapshot -o {path}`"
    )]
    Missing {
        /// The file, as given.
        path: String,
    },
    /// The operating system refuses.
    #[error(
        "the snapshot `{path}` cannot be read ({source}): check that it is a file and its permissions"
    )]
    Unreadable {
        /// The file, as given.
        path: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file has no content.
    #[error("the snapshot `{path}` is empty: make it again with `permgap snapshot`")]
    Empty {
        /// The file, as given.
        path: String,
    },
    /// The file ends too early.
    #[error(
        "{path}:{line}: the snapshot is cut off here: copy it again, or make it again with `permgap snapshot`"
    )]
    CutOff {
        /// The file, as given.
        path: String,
        /// Line of the (decompressed) text, counted from 1.
        line: usize,
    },
    /// The compressed data is damaged.
    #[error(
        "the snapshot `{path}` is damaged ({source}): copy it again, or make it again with `permgap snapshot`"
    )]
    Corrupt {
        /// The file, as given.
        path: String,
        /// What the decompression says.
        source: io::Error,
    },
    /// The file is not JSON.
    #[error("{path}:{line}: this is not a snapshot: it is not JSON ({message})")]
    NotJson {
        /// The file, as given.
        path: String,
        /// Line of the (decompressed) text, counted from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// JSON, but of something else.
    #[error(
        "{path}:{line}: this is not a snapshot: {found}, where `\"schema\": \"{SCHEMA}\"` belongs"
    )]
    NotASnapshot {
        /// The file, as given.
        path: String,
        /// Line of the (decompressed) text, counted from 1.
        line: usize,
        /// What it is instead, as a clause.
        found: String,
    },
    /// A format that this version does not know.
    #[error(
        "the snapshot `{path}` has the format `{found}`, and permgap {} reads up to `{SCHEMA}`: upgrade permgap, or \
         make the snapshot with this version",
        env!("CARGO_PKG_VERSION")
    )]
    Newer {
        /// The file, as given.
        path: String,
        /// The format that the file names.
        found: String,
    },
    /// A snapshot with something in it that cannot be.
    #[error(
        "{path}:{line}: the snapshot holds something that it cannot ({message}): make it again with `permgap snapshot`"
    )]
    Invalid {
        /// The file, as given.
        path: String,
        /// Line of the (decompressed) text, counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// More than is read.
    #[error(
        "the snapshot `{path}` holds more than {limit} bytes of JSON, the most that permgap reads: is it one?"
    )]
    TooLarge {
        /// The file, as given.
        path: String,
        /// The limit in bytes.
        limit: u64,
    },
}
