//! Lays the profiles of a tree over those of the org: what a file lists replaces the org's entry, the rest stays.
//! Permission sets are replaced but for what their files cannot express.

use std::collections::BTreeMap;

use crate::effective::profile_alias;
use crate::snapshot::{ContainerPart, Name, PermissionSet, Snapshot};

pub(super) fn lay_profiles(base: &mut Snapshot, profiles: BTreeMap<Name, PermissionSet>) {
    for (name, profile) in profiles {
        let alias = profile_alias(&name).filter(|alias| base.profiles.contains_key(alias));
        let known = if base.profiles.contains_key(&name) {
            Some(name.clone())
        } else {
            alias
        };
        match known.and_then(|known| base.profiles.get_mut(&known)) {
            Some(own) => lay(own, profile),
            None => {
                base.profiles.insert(name, profile);
            }
        }
    }
}

fn lay(own: &mut PermissionSet, listed: PermissionSet) {
    let objects = &listed.object_permissions;
    own.object_permissions
        .retain(|entry| !objects.iter().any(|new| new.object == entry.object));
    for (object, entries) in &listed.field_permissions {
        if let Some(known) = own.field_permissions.get_mut(object) {
            known.retain(|entry| {
                let at = entries.binary_search_by(|new| new.field.cmp(&entry.field));
                at.is_err()
            });
        }
    }
    own.user_permissions
        .retain(|entry| listed.user_permission(entry.name.as_str()).is_empty());
    own.custom_permissions
        .retain(|entry| listed.custom_permission(entry.name.as_str()).is_empty());
    own.record_types.retain(|entry| {
        !listed
            .record_types_of(&entry.object)
            .iter()
            .any(|new| new.record_type == entry.record_type)
    });
    if listed.login_limits.is_some() {
        own.login_limits = None;
    }
    own.merge(listed);
    own.sort();
}

/// Replaces permission sets as a whole, and carries over what a deployment of one does not touch.
///
/// A file has no element for the connected apps that the set admits (Metadata API Developer Guide, PermissionSet; they are
/// SetupEntityAccess records), and a set's licence cannot be changed once it has one (Object Reference, PermissionSet:
/// `LicenseId`).
pub(super) fn replace_sets(
    own: &mut BTreeMap<Name, PermissionSet>,
    new: BTreeMap<Name, PermissionSet>,
) {
    for (name, mut set) in new {
        if let Some(earlier) = own.remove(&name) {
            let apps = ContainerPart::ConnectedApps;
            if (earlier.incomplete || earlier.unread.contains(&apps)) && !set.unread.contains(&apps)
            {
                set.unread.push(apps);
            }
            set.connected_apps = earlier.connected_apps;
            set.license = set.license.or(earlier.license);
        }
        own.insert(name, set);
    }
}
