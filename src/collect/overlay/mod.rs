//! The org as it will be once a metadata tree is deployed to it.
//!
//! In: a snapshot of the org, a snapshot of the tree, and what the tree deletes. Out: one snapshot. Knows nothing of
//! users' effective permissions or findings, and reads files only in [`read`].
//!
//! What a deployment does (Metadata API Developer Guide):
//! - objects, fields, record types, rules, value sets, flows, Apex and sharing rules are replaced by name;
//! - a profile is laid over the org's: what the file lists replaces the org's entry, `false` too, and the rest stays
//!   ("Profile": deployment overlays the existing settings);
//! - a permission set or muting permission set is replaced as a whole: what the file does not list is revoked
//!   ("PermissionSet": in API version 40.0 and later all of its metadata must be included, or its contents are
//!   overwritten). Packages of an older API version are not told apart. What no file of a permission set can express,
//!   the connected apps that it admits, is left as it is in the org, and so is a licence that the file does not name;
//! - a permission set group is replaced, and recalculated where a member or its muting changes.

mod container;
mod definitions;
mod delete;
mod places;

use std::collections::BTreeSet;
use std::path::Path;

use super::metadata::{self, CollectError, Deletions, ManifestError};
use crate::snapshot::{
    Area, CollectionProblem, Coverage, CoverageStatus, Name, PermissionSetGroup, Snapshot,
};

/// Why a tree could not be laid over an org.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    /// The tree.
    #[error(transparent)]
    Tree(#[from] CollectError),
    /// What it deletes.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// Reads the metadata tree in `dir` and lays it over `base`.
///
/// # Errors
/// A folder that is no metadata tree, unless it holds a delete manifest alone, and a manifest that cannot be used.
pub fn read(
    base: Snapshot,
    dir: &Path,
    options: &metadata::Options<'_>,
) -> Result<Snapshot, OverlayError> {
    let deletions = metadata::deletions(dir)?;
    let tree = match metadata::collect(&[dir.to_owned()], options) {
        Err(CollectError::NoMetadata { .. }) if !deletions.is_empty() => Snapshot::default(),
        other => other?,
    };
    let mut snapshot = overlay(base, tree, &deletions);
    snapshot.org.overlays.push(dir.display().to_string());
    Ok(snapshot)
}

/// Lays a tree over an org.
pub fn overlay(mut base: Snapshot, mut tree: Snapshot, deletions: &Deletions) -> Snapshot {
    delete::apply(&mut base, &deletions.before);
    places::shift(&mut tree, base.files.len());
    // Every part is named, so that one added to the snapshot is not forgotten here.
    let Snapshot {
        org: _,
        coverage,
        problems,
        files,
        users: _,
        objects,
        profiles,
        permission_sets,
        muting_permission_sets,
        permission_set_groups,
        value_sets,
        custom_permissions,
        connected_apps: _,
        hubspot: _,
        roles: _,
        queues: _,
        packages: _,
        scope: _,
        parents_in_scope: _,
        automation_in_scope: _,
        user_permissions_asked: _,
        flows,
        apex,
        sharing_rules,
        restriction_rules: _,
        people: _,
        emails_looked_up: _,
        ownership: _,
        record_samples: _,
    } = tree;
    // What Salesforce answered on records holds no more where the overlay shares them in another way.
    for rule in &sharing_rules {
        base.record_samples.remove(&rule.object);
    }
    for (name, object) in &objects {
        if object.sharing_model.is_some() {
            base.record_samples.remove(name);
        }
    }
    base.org.access_changed |= !(profiles.is_empty()
        && permission_sets.is_empty()
        && muting_permission_sets.is_empty()
        && permission_set_groups.is_empty()
        && deletions.is_empty());
    base.files.extend(files);
    cover(&mut base.coverage, &coverage, &problems);
    base.problems.extend(problems);
    base.problems.sort();

    let changed_sets: BTreeSet<Name> = permission_sets
        .keys()
        .chain(muting_permission_sets.keys())
        .cloned()
        .collect();
    container::lay_profiles(&mut base, profiles);
    let new = (permission_sets.keys()).filter(|name| !base.permission_sets.contains_key(*name));
    base.org.overlay_permission_sets.extend(new.cloned());
    container::replace_sets(&mut base.permission_sets, permission_sets);
    base.muting_permission_sets.extend(muting_permission_sets);
    for group in base.permission_set_groups.values_mut() {
        if touches(group, &changed_sets) {
            recalculate(group);
        }
    }
    base.permission_set_groups.extend(permission_set_groups);
    definitions::lay(&mut base, objects, value_sets);
    base.custom_permissions.extend(custom_permissions);
    definitions::lay_flows(&mut base.flows, flows);
    definitions::replace_by(&mut base.apex, apex, |apex| {
        (apex.kind as u8, apex.name.clone())
    });
    definitions::replace_by(&mut base.sharing_rules, sharing_rules, |rule| {
        (rule.object.clone(), rule.name.clone(), rule.kind as u8)
    });
    delete::apply(&mut base, &deletions.after);
    base
}

fn touches(group: &PermissionSetGroup, changed: &BTreeSet<Name>) -> bool {
    group
        .members
        .iter()
        .chain(&group.mutings)
        .any(|name| changed.contains(name))
}

/// Salesforce recalculates a group after the deployment; until then its members and mutings tell what it will give.
fn recalculate(group: &mut PermissionSetGroup) {
    group.aggregate = None;
    group.status = None;
}

/// What the base did not hold at all is known in part; a file of the tree that could not be used costs its area.
fn cover(base: &mut Coverage, tree: &Coverage, problems: &[CollectionProblem]) {
    for (area, covered) in tree.iter() {
        if covered.status == CoverageStatus::Absent || area == Area::LoginPolicy {
            continue;
        }
        if base.status(area) == CoverageStatus::Absent {
            let reason = "only what the overlay holds is known".to_owned();
            base.set(area, CoverageStatus::Partial, Some(reason));
        }
    }
    for problem in problems {
        let reason = "a file of the overlay could not be used wholly";
        base.lower(problem.area, CoverageStatus::Partial, reason);
    }
}

#[cfg(test)]
mod tests;
