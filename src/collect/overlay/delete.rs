//! Takes out of an org what a deployment deletes, with everything that hangs on it.

use crate::collect::metadata::Deletion;
use crate::snapshot::{
    ApexKind, Area, Assigned, CollectionProblem, CoverageStatus, Name, PermissionSet, SObject,
    SharingRuleKind, Snapshot,
};

pub(super) fn apply(base: &mut Snapshot, deletions: &[Deletion]) {
    for deletion in deletions {
        let name = Name::new(&deletion.member);
        let part = deletion
            .member
            .split_once('.')
            .map(|(object, part)| (Name::new(object), Name::new(part)));
        if is_in_use(base, &deletion.metadata_type, &name) {
            base.problems.push(CollectionProblem {
                area: area(&deletion.metadata_type),
                place: deletion.file.clone(),
                line: Some(deletion.line),
                message: format!(
                    "{} {} is to be deleted while users have it, which Salesforce may refuse: take it from them first",
                    deletion.metadata_type, deletion.member
                ),
            });
        }
        if deletion.metadata_type == "ConnectedApp" {
            let reason = format!(
                "connected app {} is to be deleted by the overlay, and what that takes away is not followed",
                deletion.member
            );
            base.coverage
                .lower(Area::LoginPolicy, CoverageStatus::Partial, &reason);
        }
        // None: a type that no audit uses.
        let was_there = match (deletion.metadata_type.as_str(), part) {
            ("CustomObject", _) => Some(object(base, &name)),
            ("CustomField", Some((object, name))) => Some(field(base, &object, &name)),
            ("RecordType", Some((object, name))) => Some(record_type(base, &object, &name)),
            ("ValidationRule", Some((object, name))) => {
                let rules = (base.objects.get_mut(&object)).map(|it| &mut it.validation_rules);
                Some(rules.is_some_and(|rules| removed(rules, |rule| rule.name == name)))
            }
            ("Profile", _) => Some(base.profiles.remove(&name).is_some()),
            ("PermissionSet", _) => Some(permission_set(base, &name)),
            ("MutingPermissionSet", _) => Some(muting(base, &name)),
            ("PermissionSetGroup", _) => Some(group(base, &name)),
            ("CustomPermission", _) => Some(custom_permission(base, &name)),
            ("GlobalValueSet", _) => Some(base.value_sets.remove(&name).is_some()),
            ("Flow", _) => Some(removed(&mut base.flows, |flow| flow.name == name)),
            ("ApexClass", _) => Some(removed(&mut base.apex, |apex| {
                apex.kind == ApexKind::Class && apex.name == name
            })),
            ("ApexTrigger", _) => Some(removed(&mut base.apex, |apex| {
                apex.kind == ApexKind::Trigger && apex.name == name
            })),
            ("SharingOwnerRule", Some(part)) => Some(sharing(base, part, SharingRuleKind::Owner)),
            ("SharingCriteriaRule", Some(part)) => {
                Some(sharing(base, part, SharingRuleKind::Criteria))
            }
            ("SharingGuestRule", Some(part)) => Some(sharing(base, part, SharingRuleKind::Guest)),
            ("SharingTerritoryRule", Some(part)) => {
                Some(sharing(base, part, SharingRuleKind::Territory))
            }
            _ => None,
        };
        if was_there == Some(false) {
            base.problems.push(CollectionProblem {
                area: area(&deletion.metadata_type),
                place: deletion.file.clone(),
                line: Some(deletion.line),
                message: format!(
                    "{} {} is to be deleted and was not found: nothing was taken away; check the name",
                    deletion.metadata_type, deletion.member
                ),
            });
        }
    }
    base.problems.sort();
}

/// Whether a user of the snapshot has the profile, permission set or group.
fn is_in_use(base: &Snapshot, metadata_type: &str, name: &Name) -> bool {
    let of = match metadata_type {
        "PermissionSet" => Assigned::PermissionSet(name.clone()),
        "PermissionSetGroup" => Assigned::PermissionSetGroup(name.clone()),
        "Profile" => {
            return base
                .users
                .iter()
                .any(|user| user.profile.as_ref() == Some(name));
        }
        _ => return false,
    };
    let mut assignments = base.users.iter().flat_map(|user| &user.assignments);
    assignments.any(|assignment| assignment.of == of)
}

fn area(metadata_type: &str) -> Area {
    match metadata_type {
        "CustomField" | "GlobalValueSet" => Area::Fields,
        "RecordType" => Area::RecordTypes,
        "ValidationRule" => Area::ValidationRules,
        "Profile" => Area::Profiles,
        "PermissionSet" => Area::PermissionSets,
        "MutingPermissionSet" => Area::MutingPermissionSets,
        "PermissionSetGroup" => Area::PermissionSetGroups,
        "CustomPermission" => Area::CustomPermissions,
        "Flow" => Area::Flows,
        "ApexClass" | "ApexTrigger" => Area::Apex,
        text if text.starts_with("Sharing") => Area::SharingRules,
        _ => Area::Objects,
    }
}

fn removed<T>(items: &mut Vec<T>, is: impl Fn(&T) -> bool) -> bool {
    let before = items.len();
    items.retain(|item| !is(item));
    items.len() < before
}

fn containers(base: &mut Snapshot) -> impl Iterator<Item = &mut PermissionSet> {
    (base.profiles.values_mut())
        .chain(base.permission_sets.values_mut())
        .chain(base.muting_permission_sets.values_mut())
        .chain(
            (base.permission_set_groups.values_mut())
                .filter_map(|group| group.aggregate.as_deref_mut()),
        )
}

/// An object that is gone stays as a marker: its silence is a fact then, and no gap of the tree.
fn object(base: &mut Snapshot, name: &Name) -> bool {
    let mut gone = SObject::new(name.clone());
    gone.deleted = true;
    gone.fields_complete = true;
    let was_there = base.objects.insert(name.clone(), gone).is_some();
    for set in containers(base) {
        set.object_permissions.retain(|entry| entry.object != *name);
        set.field_permissions.remove(name);
        set.record_types.retain(|entry| entry.object != *name);
    }
    removed(&mut base.sharing_rules, |rule| rule.object == *name);
    removed(&mut base.apex, |apex| apex.object.as_ref() == Some(name));
    was_there
}

fn field(base: &mut Snapshot, object: &Name, field: &Name) -> bool {
    // Task and Event share Activity's custom fields (rule R16).
    let objects: Vec<Name> = if ["Activity", "Task", "Event"].iter().any(|it| object.is(it)) {
        ["Activity", "Task", "Event"].map(Name::new).to_vec()
    } else {
        vec![object.clone()]
    };
    let mut was_there = false;
    for object in &objects {
        let own = base
            .objects
            .entry(object.clone())
            .or_insert_with_key(|name| SObject::new(name.clone()));
        was_there |= own.fields.remove(field).is_some();
        own.deleted_fields.insert(field.clone());
    }
    for set in containers(base) {
        for object in &objects {
            if let Some(entries) = set.field_permissions.get_mut(object) {
                was_there |= removed(entries, |entry| entry.field == *field);
            }
        }
    }
    was_there
}

fn record_type(base: &mut Snapshot, object: &Name, name: &Name) -> bool {
    for set in containers(base) {
        set.record_types
            .retain(|entry| entry.object != *object || entry.record_type != *name);
    }
    let own = base.objects.get_mut(object);
    own.is_some_and(|own| own.record_types.remove(name).is_some())
}

fn permission_set(base: &mut Snapshot, name: &Name) -> bool {
    unassign(base, &Assigned::PermissionSet(name.clone()));
    for group in base.permission_set_groups.values_mut() {
        if removed(&mut group.members, |member| member == name) {
            super::recalculate(group);
        }
    }
    base.permission_sets.remove(name).is_some()
}

fn muting(base: &mut Snapshot, name: &Name) -> bool {
    for group in base.permission_set_groups.values_mut() {
        if removed(&mut group.mutings, |muting| muting == name) {
            super::recalculate(group);
        }
    }
    base.muting_permission_sets.remove(name).is_some()
}

fn group(base: &mut Snapshot, name: &Name) -> bool {
    unassign(base, &Assigned::PermissionSetGroup(name.clone()));
    base.permission_set_groups.remove(name).is_some()
}

fn unassign(base: &mut Snapshot, gone: &Assigned) {
    for user in &mut base.users {
        user.assignments.retain(|assignment| assignment.of != *gone);
    }
}

fn custom_permission(base: &mut Snapshot, name: &Name) -> bool {
    for set in containers(base) {
        set.custom_permissions.retain(|entry| entry.name != *name);
    }
    base.custom_permissions.remove(name).is_some()
}

fn sharing(base: &mut Snapshot, (object, name): (Name, Name), kind: SharingRuleKind) -> bool {
    removed(&mut base.sharing_rules, |rule| {
        rule.object == object && rule.name == name && rule.kind == kind
    })
}
