//! Where a fact was read: a file of the metadata tree and a line in it.

use serde::{Deserialize, Serialize};

/// A file of the snapshot's file table ([`Snapshot::files`](super::Snapshot::files)) and a line, counted from 1.
///
/// Kept small (8 bytes), because a large org has a place for each of half a million field permissions.
/// Facts read over an API have no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "[u32; 2]", from = "[u32; 2]")]
pub struct Place {
    /// Index into the snapshot's file table.
    pub file: u32,
    /// Line in that file, counted from 1.
    pub line: u32,
}

impl From<[u32; 2]> for Place {
    fn from([file, line]: [u32; 2]) -> Self {
        Self { file, line }
    }
}

impl From<Place> for [u32; 2] {
    fn from(place: Place) -> Self {
        [place.file, place.line]
    }
}
