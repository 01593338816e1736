//! The demo org: invented, small, and showing one gap of each audit. Built into the binary with its mappings.
//!
//! In: nothing. Out: a snapshot, mapping rows and settings, as their files would give them.

use crate::config::{Config, ConfigError};
use crate::mapping::owners::{self, HubSpotOwner, OwnersFileError};
use crate::mapping::{self, MappingFileError, MappingRow};
use crate::snapshot::store::{self, StoreError};
use crate::snapshot::{Snapshot, SourceKind};

const ORG: &str = include_str!("org.json");
const MAPPINGS: &str = include_str!("mappings.csv");
const OWNERS: &str = include_str!("owners.csv");
const SETTINGS: &str = include_str!("permgap.toml");

/// The org.
///
/// # Errors
/// None for the files as they are: a test reads them.
pub fn snapshot() -> Result<Snapshot, StoreError> {
    let mut snapshot = store::read(ORG.as_bytes(), "the demo org", store::SIZE_LIMIT)?;
    snapshot.org.source = SourceKind::Demo;
    Ok(snapshot)
}

/// Its mappings.
///
/// # Errors
/// As [`snapshot`].
pub fn mapping_rows() -> Result<Vec<MappingRow>, MappingFileError> {
    mapping::read_str(MAPPINGS, "demo mappings.csv", mapping::Format::Csv)
}

/// HubSpot's owners.
///
/// # Errors
/// As [`snapshot`].
pub fn owners() -> Result<Vec<HubSpotOwner>, OwnersFileError> {
    owners::parse(OWNERS.as_bytes(), "demo owners.csv")
}

/// Its settings. Those of output and exit status are kept from `own`.
///
/// # Errors
/// As [`snapshot`].
pub fn config(own: Config) -> Result<Config, ConfigError> {
    let demo = Config::parse(SETTINGS, "demo permgap.toml")?;
    Ok(Config {
        sync: demo.sync,
        intended_gap: demo.intended_gap,
        profiles: demo.profiles,
        ..own
    })
}
