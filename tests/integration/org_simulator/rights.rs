//! What a user may really do in the simulated org, read off the tables.
//!
//! Written apart from permgap's own evaluation, so that the one can be held against the other: describe, queries and
//! the "access as another user" objects answer from here.

use std::collections::{BTreeMap, BTreeSet};

use super::large;
use super::model::{FieldModel, ObjectModel};
use super::org::{Org, flag, same_id, text};

/// Rights on an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ObjectRights {
    pub(crate) read: bool,
    pub(crate) create: bool,
    pub(crate) edit: bool,
    pub(crate) delete: bool,
    pub(crate) view_all: bool,
    pub(crate) modify_all: bool,
    pub(crate) view_all_fields: bool,
}

/// Rights on a field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FieldRights {
    pub(crate) read: bool,
    pub(crate) create: bool,
    pub(crate) edit: bool,
}

/// The effective rights of one user.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rights {
    /// The user's id.
    pub(crate) user: String,
    /// The permission sets that count, profile and group aggregates among them.
    pub(crate) sets: BTreeSet<String>,
    system: BTreeSet<String>,
    objects: BTreeMap<String, ObjectRights>,
    fields: BTreeMap<String, (bool, bool)>,
    /// Generated permission sets among the effective ones.
    generated: Vec<usize>,
}

impl Rights {
    /// Reads the rights of the user with this id.
    pub(crate) fn of(org: &Org, user: &str) -> Self {
        let mut rights = Self {
            user: user.to_owned(),
            ..Self::default()
        };
        for assignment in org.rows("PermissionSetAssignment") {
            if !same_id(text(assignment, "AssigneeId"), user) || !is_effective(org, assignment) {
                continue;
            }
            rights
                .sets
                .insert(text(assignment, "PermissionSetId").to_owned());
        }
        for set in org
            .rows("PermissionSet")
            .iter()
            .filter(|set| rights.sets.contains(text(set, "Id")))
        {
            for (column, value) in set {
                if let (Some(permission), Some(true)) =
                    (column.strip_prefix("Permissions"), value.as_bool())
                {
                    rights.system.insert(permission.to_owned());
                }
            }
        }
        for row in org
            .rows("ObjectPermissions")
            .iter()
            .filter(|row| rights.sets.contains(text(row, "ParentId")))
        {
            let right = rights
                .objects
                .entry(text(row, "SobjectType").to_ascii_lowercase())
                .or_default();
            right.read |= flag(row, "PermissionsRead");
            right.create |= flag(row, "PermissionsCreate");
            right.edit |= flag(row, "PermissionsEdit");
            right.delete |= flag(row, "PermissionsDelete");
            right.view_all |= flag(row, "PermissionsViewAllRecords");
            right.modify_all |= flag(row, "PermissionsModifyAllRecords");
            right.view_all_fields |= flag(row, "PermissionsViewAllFields");
        }
        for row in org
            .rows("FieldPermissions")
            .iter()
            .filter(|row| rights.sets.contains(text(row, "ParentId")))
        {
            let right = rights
                .fields
                .entry(text(row, "Field").to_ascii_lowercase())
                .or_default();
            right.0 |= flag(row, "PermissionsRead");
            right.1 |= flag(row, "PermissionsEdit");
        }
        let effective = org
            .generated_sets
            .iter()
            .filter(|(id, _)| rights.sets.contains(*id));
        rights.generated = effective.map(|(_, number)| *number).collect();
        rights.withhold(org);
        rights
    }

    /// Takes away what the user's licence does not carry: permission sets may grant it, and it has no effect.
    fn withhold(&mut self, org: &Org) {
        let profile = org
            .by_id(&self.user)
            .and_then(|(_, user)| org.by_id(text(user, "ProfileId")));
        let licence = profile.and_then(|(_, profile)| org.by_id(text(profile, "UserLicenseId")));
        let Some((_, licence)) = licence else { return };
        for name in org
            .withheld
            .get(text(licence, "Name"))
            .into_iter()
            .flatten()
        {
            self.system.remove(name);
            self.objects.remove(&name.to_ascii_lowercase());
            self.fields.remove(&name.to_ascii_lowercase());
        }
    }

    /// Whether the user has a system permission: `ViewSetup`.
    pub(crate) fn can(&self, permission: &str) -> bool {
        self.system.contains(permission)
    }

    /// All system permissions of the user.
    pub(crate) fn system(&self) -> impl Iterator<Item = &str> {
        self.system.iter().map(String::as_str)
    }

    /// The rights on an object.
    pub(crate) fn object(&self, name: &str) -> ObjectRights {
        let mut right = self
            .objects
            .get(&name.to_ascii_lowercase())
            .copied()
            .unwrap_or_default();
        for set in &self.generated {
            let granted = large::on_object(*set, name);
            right.read |= granted.read;
            right.create |= granted.create;
            right.edit |= granted.edit;
        }
        // Task and Event have no object permissions.
        let edit = match name.to_ascii_lowercase().as_str() {
            "task" => Some("EditTask"),
            "event" => Some("EditEvent"),
            _ => None,
        };
        if let Some(edit) = edit {
            let see = self.can("ActivitiesAccess");
            let write = see && self.can(edit);
            right = ObjectRights {
                read: see,
                create: write,
                edit: write,
                delete: write,
                ..right
            };
        }
        // Everybody sees users; their records are another matter.
        right.read |= name.eq_ignore_ascii_case("User");
        if self.can("ViewAllData") || self.can("ModifyAllData") {
            right.read = true;
            right.view_all = true;
        }
        if self.can("ModifyAllData") {
            right = ObjectRights {
                create: true,
                edit: true,
                delete: true,
                modify_all: true,
                ..right
            };
        }
        right
    }

    /// Rights on a field: object right and field-level security together.
    pub(crate) fn field(&self, object: &ObjectModel, field: &FieldModel) -> FieldRights {
        let on_object = self.object(&object.name);
        let (read, write) = if field.flag("permissionable") {
            let keys = [field.name(), field.text("compoundFieldName")];
            let granted = keys.iter().filter(|key| !key.is_empty()).find_map(|key| {
                let key = format!("{}.{key}", object.name).to_ascii_lowercase();
                self.fields.get(&key).copied()
            });
            let (mut read, mut write) = granted.unwrap_or_default();
            for set in &self.generated {
                let granted = large::on_field(*set, &object.name, field.name());
                read |= granted.0;
                write |= granted.1;
            }
            (read || on_object.view_all_fields, write)
        } else {
            (true, true)
        };
        let write = write && !field.is_computed();
        FieldRights {
            read: on_object.read && read,
            create: on_object.create && write && field.flag("createable"),
            edit: on_object.edit && write && field.flag("updateable"),
        }
    }
}

/// Whether an assignment counts: not expired, not revoked, no activation needed.
fn is_effective(org: &Org, assignment: &super::model::Row) -> bool {
    let expires = text(assignment, "ExpirationDate");
    // Both are ISO times in UTC: the text order is the time order up to the second.
    let expired = !expires.is_empty() && expires.get(..19) < org.now.get(..19);
    let inactive = assignment
        .get("IsActive")
        .and_then(serde_json::Value::as_bool)
        == Some(false);
    let set = org
        .by_id(text(assignment, "PermissionSetId"))
        .map(|(_, row)| row);
    let group = org
        .by_id(text(assignment, "PermissionSetGroupId"))
        .map(|(_, row)| row);
    let session = [set, group]
        .into_iter()
        .flatten()
        .any(|row| flag(row, "HasActivationRequired"));
    !expired && !inactive && !flag(assignment, "IsRevoked") && !session
}
