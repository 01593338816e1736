//! Mapping rows beside the HubSpot properties that they name: what three audits share.

use super::Outcome;
use super::facts::Facts;
use crate::mapping::requirements::Mapping;
use crate::snapshot::CoverageStatus;
use crate::snapshot::hubspot::{HubSpotProperty, Part};

/// A syncing mapping with the part of HubSpot's facts that has its object's properties.
pub(super) struct MappedProperty<'f> {
    pub(super) index: usize,
    pub(super) mapping: &'f Mapping,
    pub(super) part: &'f Part<HubSpotProperty>,
    /// The property that is not archived; none where there is none.
    pub(super) property: Option<&'f HubSpotProperty>,
}

/// The syncing mappings whose objects' properties were read; what was not is said.
pub(super) fn mapped<'f>(facts: &'f Facts<'_>, outcome: &mut Outcome) -> Vec<MappedProperty<'f>> {
    let Some(hubspot) = facts.snapshot.hubspot.as_ref() else {
        outcome.not_known("HubSpot's properties were not read: name them with --hubspot");
        return Vec::new();
    };
    let mut found = Vec::new();
    for (index, mapping, _) in facts.mappings() {
        if !mapping.row.sync_rule.reads() {
            continue;
        }
        let object = &mapping.row.hubspot_object;
        match hubspot.properties.get(object) {
            Some(part) if matches!(part.status, CoverageStatus::Read | CoverageStatus::Partial) => {
                let property = part.rows.iter().find(|property| {
                    !property.archived
                        && property
                            .name
                            .eq_ignore_ascii_case(&mapping.row.hubspot_property)
                });
                found.push(MappedProperty {
                    index,
                    mapping,
                    part,
                    property,
                });
            }
            Some(part) => {
                let why = part
                    .reason
                    .clone()
                    .unwrap_or_else(|| format!("the properties of {object} were not read"));
                outcome.not_known(why);
            }
            None => outcome.not_known(format!("the properties of {object} were not read")),
        }
    }
    found
}
