//! What the audits on owners share.

use super::{Facts, Outcome};
use crate::effective::Known;
use crate::snapshot::hubspot::HubSpotOwner;
use crate::snapshot::{Name, Person};

impl<'a> Facts<'a> {
    /// HubSpot's owners that are not archived, where any are known; what was not read of them is said.
    pub(super) fn owners_in_use(
        &self,
        outcome: &mut Outcome,
    ) -> impl Iterator<Item = &'a HubSpotOwner> + use<'a> {
        if let Some(why) = self.hubspot_owners.and_then(|owners| owners.incomplete) {
            outcome.not_known(why);
        }
        let rows = self.hubspot_owners.map_or(&[][..], |owners| owners.rows);
        rows.iter().filter(|owner| !owner.archived)
    }
    /// The user with an address, where one was found.
    pub(super) fn person_by_email(&self, email: &str) -> Option<&Person> {
        let has = |person: &&Person| {
            (person.email.as_deref()).is_some_and(|own| own.trim().to_lowercase() == email)
        };
        let mut all = self.snapshot.people.iter().filter(has);
        let first = all.next()?;
        // Where several users have an address, the active one is meant.
        let active = std::iter::once(first)
            .chain(all)
            .find(|person| person.is_active == Some(true));
        active.or(Some(first))
    }

    /// The objects whose records the sync writes and that have owners.
    pub(super) fn owned_objects(&self) -> Vec<&Name> {
        let mut objects: Vec<&Name> = (self.requirements.objects.iter())
            .filter(|(_, needs)| needs.edit.is_some() || needs.create.is_some())
            .map(|(object, _)| object)
            .collect();
        objects.dedup();
        objects
    }

    /// Whether the user has one of several system permissions.
    pub(super) fn has_any(&self, permissions: &[&str]) -> Known {
        permissions.iter().fold(Known::No, |sum, name| {
            sum.or(self.effective.user_permission(name).known)
        })
    }
}
