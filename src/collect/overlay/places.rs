//! Points the places of a tree's facts into the file table of the org that it is laid over.

use crate::snapshot::{PermissionSet, Place, SObject, Snapshot};

/// Moves every place of `tree` by `files`, the number of files before the tree's own.
pub(super) fn shift(tree: &mut Snapshot, files: usize) {
    let by = u32::try_from(files).unwrap_or(u32::MAX);
    if by == 0 {
        return;
    }
    let containers = (tree.profiles.values_mut())
        .chain(tree.permission_sets.values_mut())
        .chain(tree.muting_permission_sets.values_mut());
    for set in containers {
        container(set, by);
    }
    for group in tree.permission_set_groups.values_mut() {
        place(&mut group.at, by);
        if let Some(aggregate) = &mut group.aggregate {
            container(aggregate, by);
        }
    }
    for defined in tree.objects.values_mut() {
        object(defined, by);
    }
    for at in (tree.value_sets.values_mut().map(|set| &mut set.at))
        .chain(tree.custom_permissions.values_mut().map(|it| &mut it.at))
        .chain(tree.flows.iter_mut().map(|flow| &mut flow.at))
        .chain(tree.apex.iter_mut().map(|apex| &mut apex.at))
        .chain(tree.sharing_rules.iter_mut().map(|rule| &mut rule.at))
    {
        place(at, by);
    }
}

fn place(at: &mut Option<Place>, by: u32) {
    if let Some(at) = at {
        at.file = at.file.saturating_add(by);
    }
}

fn container(set: &mut PermissionSet, by: u32) {
    place(&mut set.at, by);
    for at in (set.object_permissions.iter_mut().map(|entry| &mut entry.at))
        .chain(
            (set.field_permissions.values_mut())
                .flat_map(|entries| entries.iter_mut().map(|entry| &mut entry.at)),
        )
        .chain(set.user_permissions.iter_mut().map(|entry| &mut entry.at))
        .chain(set.custom_permissions.iter_mut().map(|entry| &mut entry.at))
        .chain(set.record_types.iter_mut().map(|entry| &mut entry.at))
    {
        place(at, by);
    }
    if let Some(limits) = &mut set.login_limits {
        place(&mut limits.hours_at, by);
        for range in &mut limits.ip_ranges {
            place(&mut range.at, by);
        }
    }
}

fn object(object: &mut SObject, by: u32) {
    place(&mut object.at, by);
    if let Some(name) = &mut object.name_field {
        place(&mut name.at, by);
    }
    for at in (object.fields.values_mut().map(|field| &mut field.at))
        .chain(object.record_types.values_mut().map(|it| &mut it.at))
        .chain(object.validation_rules.iter_mut().map(|rule| &mut rule.at))
    {
        place(at, by);
    }
}
