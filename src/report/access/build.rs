//! Asks effective permissions for everything that an access report shows.

use std::collections::BTreeSet;

use super::{
    AccessBySwitch, AccessReport, AccessToField, AccessToObject, Asked, MutedBy, TrailEntry,
};
use crate::effective::{EffectivePermissions, Grant, NeverEditable, ObjectAccess, nearest};
use crate::report::AuditedUser;
use crate::snapshot::{Name, ObjectRight, Snapshot, standard};

/// System permissions that decide over all objects or over the API.
const SYSTEM_PERMISSIONS: [&str; 3] = ["ApiEnabled", "ViewAllData", "ModifyAllData"];

impl AccessReport {
    /// What a user may do on what is asked for; where nothing is, on every object that something assigned to the
    /// user lists, without its fields.
    ///
    /// `generated_at` is the time (RFC 3339) as of which `effective` was made.
    pub fn of(
        effective: &EffectivePermissions<'_>,
        user: AuditedUser,
        generated_at: impl Into<String>,
        asked: &[Asked],
    ) -> Self {
        let mut notices = effective.snapshot().org.overlay_notices();
        notices.extend(effective.open());
        notices.extend(effective.without_effect.iter().cloned());
        notices.extend(not_found(effective, asked));
        Self {
            generated_at: generated_at.into(),
            org: effective.snapshot().org.clone(),
            user,
            notices,
            system_permissions: SYSTEM_PERMISSIONS
                .map(|name| {
                    let access = effective.user_permission(name);
                    let named = |grant| Grant {
                        right: name,
                        ..grant
                    };
                    let trail: Vec<Grant> = access.trail.into_iter().map(named).collect();
                    AccessBySwitch {
                        name,
                        has: access.known,
                        trail: entries(&trail, effective.snapshot()),
                    }
                })
                .into(),
            overview: asked.is_empty(),
            objects: if asked.is_empty() {
                let none = Wanted::default();
                objects_listed(effective)
                    .iter()
                    .map(|object| on_object(effective, object, &none))
                    .collect()
            } else {
                by_object(asked)
                    .iter()
                    .map(|(object, wanted)| on_object(effective, object, wanted))
                    .collect()
            },
        }
    }
}

/// What is asked for on one object.
#[derive(Default)]
struct Wanted<'a> {
    by_name: Vec<&'a Name>,
    all_fields: bool,
}

/// What is asked for, each object once, in the order of its first mention.
fn by_object(asked: &[Asked]) -> Vec<(&Name, Wanted<'_>)> {
    let mut objects: Vec<(&Name, Wanted<'_>)> = Vec::new();
    for asked in asked {
        let index = match objects.iter().position(|(name, _)| **name == asked.object) {
            Some(index) => index,
            None => {
                objects.push((&asked.object, Wanted::default()));
                objects.len() - 1
            }
        };
        if let Some((_, wanted)) = objects.get_mut(index) {
            match &asked.field {
                Some(field) if wanted.by_name.contains(&field) => {}
                Some(field) => wanted.by_name.push(field),
                None => wanted.all_fields = true,
            }
        }
    }
    objects
}

/// Says which of the objects asked for nothing tells of: a misspelt name would read as an object that nobody may use.
fn not_found(effective: &EffectivePermissions<'_>, asked: &[Asked]) -> Vec<String> {
    let mut known = objects_listed(effective);
    known.extend(effective.snapshot().objects.keys().cloned());
    known.extend(standard::objects().cloned());
    let missing = by_object(asked).into_iter().map(|(object, _)| object);
    let missing = missing.filter(|object| !known.contains(*object));
    let said = missing.map(|object| {
        let near = nearest(object, known.iter());
        let hint = match near.is_empty() {
            true => String::new(),
            false => format!("; did you mean {}?", near.join(" or ")),
        };
        format!("object {object} was not found: it does not exist, or was not read{hint}")
    });
    said.collect()
}

fn objects_listed(effective: &EffectivePermissions<'_>) -> BTreeSet<Name> {
    effective
        .held()
        .flat_map(|set| {
            let by_object = set.object_permissions.iter().map(|entry| &entry.object);
            by_object.chain(set.field_permissions.keys())
        })
        .cloned()
        .collect()
}

/// The fields of an object that the source defines, or that something assigned to the user lists.
fn fields_known(effective: &EffectivePermissions<'_>, object: &Name) -> BTreeSet<Name> {
    let defined = effective.snapshot().objects.get(object);
    let listed = effective
        .held()
        .filter_map(|set| set.field_permissions.get(object))
        .flatten()
        .map(|entry| &entry.field);
    defined
        .into_iter()
        .flat_map(|object| object.fields.keys())
        .chain(listed)
        .cloned()
        .collect()
}

fn on_object(
    effective: &EffectivePermissions<'_>,
    object: &Name,
    wanted: &Wanted<'_>,
) -> AccessToObject {
    let access = effective.object(object);
    let field = |field: &Name, by_name| on_field(effective, object, &access, field, by_name);
    let mut fields: Vec<AccessToField> = wanted
        .by_name
        .iter()
        .map(|name| field(name, true))
        .collect();
    if wanted.all_fields {
        let others = fields_known(effective, object);
        let others = others.iter().filter(|name| !wanted.by_name.contains(name));
        fields.extend(others.map(|name| field(name, false)));
    }
    AccessToObject {
        object: object.clone(),
        has: ObjectRight::ALL
            .map(|right| (right, access.right(right)))
            .into(),
        decided_by: access.decided_by,
        trail: entries(&access.trail, effective.snapshot()),
        fields,
    }
}

fn on_field(
    effective: &EffectivePermissions<'_>,
    object: &Name,
    on_object: &ObjectAccess,
    field: &Name,
    by_name: bool,
) -> AccessToField {
    let access = effective.field(object, on_object, field);
    AccessToField {
        field: field.clone(),
        by_name,
        existence: access.nature.existence,
        read: access.read,
        edit: access.edit,
        security_read: access.security_read,
        security_edit: access.security_edit,
        because: access.nature.because,
        never_editable: access.nature.never_editable.map(NeverEditable::label),
        trail: entries(&effective.field_trail(&access.nature), effective.snapshot()),
    }
}

fn entries(trail: &[Grant], snapshot: &Snapshot) -> Vec<TrailEntry> {
    trail
        .iter()
        .map(|grant| {
            let (file, line) = grant.place(snapshot);
            TrailEntry {
                effect: grant.effect,
                right: grant.right,
                text: grant.sentence(),
                container: grant.container.to_string(),
                file: file.map(str::to_owned),
                // A line without its file tells nothing.
                line: file.and(line),
                muted_by: grant.muted_by.as_ref().map(|(name, at)| {
                    let file = at.and_then(|at| snapshot.file(at));
                    MutedBy {
                        name: name.clone(),
                        file: file.map(str::to_owned),
                        line: file.and(at.map(|at| at.line)),
                    }
                }),
            }
        })
        .collect()
}
