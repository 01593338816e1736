//! HubSpot's owners for an audit: from a file, the demo, or HubSpot's saved facts.

use std::path::Path;

use super::org::Source;
use crate::config::Config;
use crate::demo;
use crate::error::Error;
use crate::mapping::owners;
use crate::snapshot::CoverageStatus;
use crate::snapshot::hubspot::{HubSpotFacts, HubSpotOwner, KnownOwners};

/// Owners, and what was not read of them.
pub(super) struct Owners {
    pub(super) rows: Vec<HubSpotOwner>,
    incomplete: Option<String>,
}

impl Owners {
    /// Those of the file that a flag names, else of the demo, else of the file that `permgap.toml` names, else of HubSpot's
    /// facts as far as they were read.
    pub(super) fn find(
        flag: Option<&Path>,
        source: &Source,
        config: &Config,
        facts: Option<&HubSpotFacts>,
    ) -> Result<Option<Self>, Error> {
        let whole = |rows| Self {
            rows,
            incomplete: None,
        };
        if let Some(file) = flag {
            return Ok(Some(whole(owners::read(file)?)));
        }
        if *source == Source::Demo {
            return Ok(Some(whole(demo::owners()?)));
        }
        if let Some(file) = config.hubspot_owners.as_deref() {
            return Ok(Some(whole(owners::read(file)?)));
        }
        let of_facts = facts
            .map(|facts| &facts.owners)
            .filter(|part| matches!(part.status, CoverageStatus::Read | CoverageStatus::Partial));
        Ok(of_facts.map(|part| Self {
            rows: part.rows.clone(),
            incomplete: (part.status != CoverageStatus::Read).then(|| {
                let why = part.reason.as_deref();
                why.unwrap_or("not all of HubSpot's owners were read")
                    .to_owned()
            }),
        }))
    }

    /// The same for an audit.
    pub(super) fn known(&self) -> KnownOwners<'_> {
        KnownOwners {
            rows: &self.rows,
            incomplete: self.incomplete.as_deref(),
        }
    }
}
