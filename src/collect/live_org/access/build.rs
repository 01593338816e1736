//! Puts the containers that were read into the snapshot.

use std::collections::{BTreeMap, BTreeSet};

use super::super::ask::Ask;
use super::super::containers::{Grants, name_of};
use super::super::record_types;
use super::super::wire::UserRow;
use super::{AssignedGroup, Assignments, Known};
use crate::snapshot::{
    Area, ContainerKind, ContainerPart, Name, PermissionSet, PermissionSetGroup, Snapshot, User,
};

/// Puts containers into the snapshot.
pub(super) struct Builder<'b, 'l, 'k> {
    pub(super) ask: &'b Ask<'l>,
    pub(super) grants: &'b Grants,
    pub(super) known: &'b Known<'k>,
    pub(super) metadata: &'b record_types::Metadata,
    /// Whether missing rows prove nothing.
    pub(super) open: bool,
    /// Objects beside the scope on which the containers were read all the same.
    pub(super) more: &'b BTreeSet<Name>,
    pub(super) snapshot: &'b mut Snapshot,
}

impl Builder<'_, '_, '_> {
    /// `session_based`: the set's assignment says so. Its own row may not have been read.
    pub(super) fn permission_set(&mut self, id: &str, name: &Name, session_based: bool) {
        let kind = ContainerKind::PermissionSet;
        let mut set = self
            .grants
            .container(id, kind, name.clone(), &self.known.names);
        self.metadata.add_record_types(&mut set);
        set.has_activation_required |= session_based;
        set.incomplete |= self.open;
        self.snapshot.permission_sets.insert(name.clone(), set);
    }

    pub(super) fn muting(&mut self, id: &str, name: &Name) {
        let kind = ContainerKind::MutingPermissionSet;
        // The metadata has everything; rows are what is left where it was refused.
        let mut set = match self.metadata.mutings.get(name) {
            Some(full) => {
                let mut set = full.clone();
                let wanted = self.known.wanted;
                let read = |object: &Name| {
                    wanted.whole || wanted.objects.contains(object) || self.more.contains(object)
                };
                set.object_permissions.retain(|entry| read(&entry.object));
                set.field_permissions.retain(|object, _| read(object));
                set.record_types.clear();
                set
            }
            None => {
                let names = &self.known.names;
                let mut set = self.grants.container(id, kind, name.clone(), names);
                set.incomplete = true;
                set
            }
        };
        set.incomplete |= !self.known.caller.sees_setup();
        self.snapshot
            .muting_permission_sets
            .insert(name.clone(), set);
    }

    pub(super) fn groups(
        &mut self,
        assignments: &Assignments,
        sets: &BTreeMap<String, Name>,
        mutings: &BTreeMap<String, Name>,
    ) {
        for assigned in assignments.groups.values() {
            let Some(name) = &assigned.name else { continue };
            let mut group = PermissionSetGroup::new(name.clone());
            group.label.clone_from(&assigned.label);
            group.status.clone_from(&assigned.status);
            group.has_activation_required = assigned.has_activation_required;
            let named = |of: &BTreeMap<String, Name>| -> Vec<Name> {
                let mut names: Vec<Name> = assigned
                    .members
                    .iter()
                    .filter_map(|id| of.get(id).cloned())
                    .collect();
                names.sort();
                names
            };
            group.members = named(sets);
            group.mutings = named(mutings);
            let known = group.members.len().saturating_add(group.mutings.len());
            if known < assigned.members.len() {
                group.incomplete = true;
                self.ask.ledger.lack(
                    Area::PermissionSetGroups,
                    format!("not all that group {name} is made of could be read"),
                );
            }
            group.aggregate = Some(Box::new(self.aggregate(assigned, &group)));
            self.snapshot
                .permission_set_groups
                .insert(name.clone(), group);
        }
    }

    fn aggregate(&self, assigned: &AssignedGroup, group: &PermissionSetGroup) -> PermissionSet {
        let kind = ContainerKind::PermissionSet;
        let mut set = match &assigned.aggregate {
            Some(id) => self
                .grants
                .container(id, kind, group.name.clone(), &self.known.names),
            None => {
                let mut set = PermissionSet::new(kind, group.name.clone());
                set.incomplete = true;
                set
            }
        };
        set.incomplete |= self.open;
        // It is not documented that the aggregate's metadata carries record types: a group makes available what its
        // members do.
        let members = group
            .members
            .iter()
            .filter_map(|name| self.snapshot.permission_sets.get(name));
        let mut unread = group.incomplete;
        for member in members {
            unread |= member.unread.contains(&ContainerPart::RecordTypes);
            set.record_types.extend(member.record_types.iter().cloned());
        }
        if unread && !set.unread.contains(&ContainerPart::RecordTypes) {
            set.unread.push(ContainerPart::RecordTypes);
            set.unread.sort();
        }
        set.sort();
        set.record_types.dedup();
        set
    }

    pub(super) fn profile(
        &mut self,
        assignments: &Assignments,
        row: &UserRow,
        facts: record_types::ProfileFacts,
        user: &mut User,
    ) {
        let name = user
            .profile
            .get_or_insert_with(|| Name::new(row.profile_id.as_deref().unwrap_or("unknown")))
            .clone();
        let kind = ContainerKind::Profile;
        let mut set = match &assignments.profile_set {
            Some(id) => self
                .grants
                .container(id, kind, name.clone(), &self.known.names),
            None => {
                let mut set = PermissionSet::new(kind, name.clone());
                set.incomplete = true;
                set
            }
        };
        set.license.clone_from(&user.license);
        // Assignments that may be missing leave open what nobody else grants; so does this container then.
        set.incomplete |= self.open || !self.known.caller.sees_assignments();
        facts.add_to(&mut set);
        set.sort();
        self.snapshot.profiles.insert(name, set);
    }

    /// A profile that another is compared with.
    pub(super) fn other_profile(
        &mut self,
        set: &str,
        name: &Name,
        facts: record_types::ProfileFacts,
    ) {
        let kind = ContainerKind::Profile;
        let names = &self.known.names;
        let mut set = self.grants.container(set, kind, name.clone(), names);
        set.incomplete |= !self.known.caller.sees_setup();
        facts.add_to(&mut set);
        set.sort();
        self.snapshot.profiles.insert(name.clone(), set);
    }

    /// A set that the user does not have: what it grants on the mapped objects and fields.
    pub(super) fn other(&mut self, others: &Grants, id: &str) {
        let Some(name) = others.row(id).and_then(name_of) else {
            return;
        };
        let kind = ContainerKind::PermissionSet;
        let mut set = others.container(id, kind, name.clone(), &self.known.names);
        // Its other fields, custom permissions and record types were not asked for.
        set.incomplete = true;
        self.snapshot.permission_sets.entry(name).or_insert(set);
    }
}
