//! What HubSpot syncs: field mappings as files give them, and the access that they need.
//!
//! In: mapping files. Out: [`MappingRow`]s with the place each came from, and from them [`requirements`]. Knows
//! nothing of what a user may do.
//!
//! [`read`] opens a file and decodes it; one reader a format turns the text into cells with their lines; `check`
//! turns cells into rows, the same for every format, and gathers every fault before it gives up.

mod check;
mod csv;
mod error;
mod file;
mod headers;
mod json;
mod lines;
mod objects;
pub mod owners;
pub mod requirements;
mod row;
mod sync_rule;
#[cfg(test)]
mod tests;
mod toml;

pub use error::{Fault, Faults, MappingFileError};
pub use file::{Format, MAX_FILE_BYTES, MAX_ROWS, read, read_bytes, read_str};
pub use row::MappingRow;
pub use sync_rule::SyncRule;
