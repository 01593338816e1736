//! Permission sets that the user does not have, and that might close gaps.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Wanted;
use super::super::ask::Ask;
use super::super::wire::{ObjectPermissionsRow, ThingRow};
use crate::salesforce::soql::{OrgSchema, Query};
use crate::snapshot::{Area, Name};

/// Permission sets that the user does not have, and that are read to see whether they would close gaps.
const OTHERS_READ: usize = 25;

/// Sets that the user does not have and that are worth a look.
#[derive(Debug, Default)]
pub(in crate::collect::live_org) struct Others {
    for_hubspot: Vec<String>,
    /// Ids of the sets that let somebody edit mapped objects, with how many objects.
    granting: BTreeMap<String, BTreeSet<Name>>,
}

impl Others {
    /// Finds them; nothing of it needs the user.
    pub(in crate::collect::live_org) async fn find(ask: &Ask<'_>, wanted: &Wanted) -> Self {
        const AREAS: &[Area] = &[Area::UnassignedPermissionSets];
        let none = OrgSchema::default();
        let [hubspots, granting] = [ask.branch(), ask.branch()];
        let (sets, rows) = tokio::join!(
            hubspots.rows::<ThingRow>(AREAS, Query::PermissionSetsForHubSpot.bind(), &none),
            granting.rows::<ObjectPermissionsRow>(
                AREAS,
                Query::ObjectPermissionsOfOthers
                    .bind()
                    .names("objects", &wanted.objects),
                &none,
            ),
        );
        ask.join(&hubspots);
        ask.join(&granting);
        let mut others = Self {
            for_hubspot: sets.into_iter().flatten().map(|row| row.id).collect(),
            ..Self::default()
        };
        for row in rows.into_iter().flatten() {
            let objects = others.granting.entry(row.parent_id).or_default();
            objects.insert(row.sobject_type);
        }
        others
    }

    /// The sets to read: HubSpot's first, then those that grant most. What is left out is said.
    pub(super) fn choose(&self, ask: &Ask<'_>, held: &BTreeSet<String>) -> BTreeSet<String> {
        let mut ranked: Vec<(&String, usize)> = self
            .granting
            .iter()
            .map(|(id, objects)| (id, objects.len()))
            .collect();
        ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let mut chosen: BTreeSet<String> = BTreeSet::new();
        let mut left_out = 0_usize;
        for id in self
            .for_hubspot
            .iter()
            .chain(ranked.into_iter().map(|(id, _)| id))
        {
            if held.contains(id) || chosen.contains(id) {
                continue;
            }
            if chosen.len() < OTHERS_READ {
                chosen.insert(id.clone());
            } else {
                left_out = left_out.saturating_add(1);
            }
        }
        if left_out > 0 {
            ask.ledger.lack(
                Area::UnassignedPermissionSets,
                format!(
                    "of the permission sets that the user does not have, {OTHERS_READ} were read and \
                     {left_out} more that grant something on the objects were left out"
                ),
            );
        }
        chosen
    }
}
