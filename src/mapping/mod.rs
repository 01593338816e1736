//! What HubSpot syncs: field mappings as files give them, and the access that they need.
//!
//! In: mapping files. Out: [`MappingRow`]s with the place each came from, and from them [`requirements`]. Knows
//! nothing of what a user may do.

pub mod requirements;
mod row;
mod sync_rule;

pub use row::MappingRow;
pub use sync_rule::SyncRule;
