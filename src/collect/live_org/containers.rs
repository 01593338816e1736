//! Rows about permission sets to containers.
//!
//! In: ids of permission sets. Out: for each what it grants on the objects that were asked for, its system and custom
//! permissions and its connected apps; and which of these could not be read.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::Wanted;
use super::ask::Ask;
use super::objects::Objects;
use super::packs::{Pack, ROWS_AT_ONCE, packs, together};
use super::wire::{
    FieldPermissionsRow, ObjectPermissionsRow, SetRow, SetupAccessRow, ThingRow, full_name,
};
use crate::salesforce::soql::{OrgSchema, Query, SoqlError};
use crate::snapshot::{
    Area, ContainerKind, ContainerPart, FieldPermissions, Name, NamedPermission, ObjectPermissions,
    ObjectRight, ObjectRights, PermissionSet,
};

/// Fields assumed on an object that could not be described.
const FIELDS_ASSUMED: usize = 400;

/// The kinds of setup entities that are asked for.
const CUSTOM_PERMISSION: &str = "CustomPermission";
const CONNECTED_APP: &str = "ConnectedApplication";

/// What one permission set lists.
#[derive(Debug, Clone, Default)]
struct Listed {
    objects: Vec<ObjectPermissions>,
    fields: BTreeMap<Name, Vec<FieldPermissions>>,
    setup: Vec<(String, bool)>,
}

/// What a set of permission sets lists, by id.
#[derive(Debug, Clone, Default)]
pub(super) struct Grants {
    listed: BTreeMap<String, Listed>,
    rows: BTreeMap<String, SetRow>,
    /// Ids that were asked for, with the parts that could not be read.
    asked: BTreeMap<String, BTreeSet<ContainerPart>>,
    /// Whether some objects which they let be changed, and which nobody asked for, may be missing.
    changes_missing: bool,
}

/// The names behind ids that containers refer to.
#[derive(Debug, Clone, Default)]
pub(super) struct SetupNames {
    pub(super) custom_permissions: BTreeMap<String, Name>,
    pub(super) connected_apps: BTreeMap<String, Name>,
    pub(super) licences: BTreeMap<String, String>,
}

impl Grants {
    /// Reads what permission sets list. `areas` are those that a failure costs.
    pub(super) async fn read(
        ask: &Ask<'_>,
        schema: &OrgSchema,
        wanted: &Wanted,
        objects: &Objects,
        ids: &BTreeSet<String>,
        areas: &[Area],
    ) -> Self {
        let mut grants = Self::default();
        for id in ids {
            grants.asked.insert(id.clone(), BTreeSet::new());
        }
        if ids.is_empty() {
            return grants;
        }
        let asked_for = wanted.objects.iter().chain(&objects.parents);
        let branches: [Ask<'_>; 5] = std::array::from_fn(|_| ask.branch());
        let [on_objects, on_fields, sets, setup, beside] = &branches;
        let (object_rows, field_rows, set_rows, setup_rows, beside_rows) = tokio::join!(
            async {
                if wanted.whole {
                    whole(
                        on_objects,
                        Query::ObjectPermissionsWhole,
                        schema,
                        ids,
                        areas,
                    )
                    .await
                } else {
                    object_permissions(on_objects, schema, asked_for, ids, areas).await
                }
            },
            async {
                if wanted.whole {
                    whole(on_fields, Query::FieldPermissionsWhole, schema, ids, areas).await
                } else {
                    field_permissions(on_fields, schema, wanted, objects, ids, areas).await
                }
            },
            sets.rows::<SetRow>(areas, Query::PermissionSets.bind().ids("sets", ids), schema),
            setup.rows::<SetupAccessRow>(
                &[Area::CustomPermissions],
                Query::SetupEntityAccess
                    .bind()
                    .ids("parents", ids)
                    .texts("kinds", [CUSTOM_PERMISSION, CONNECTED_APP],),
                schema,
            ),
            // What no mapping touches decides nothing of the sync, so no area's coverage hangs on it.
            async {
                if wanted.whole {
                    return Some(Vec::new());
                }
                let binding = Query::ObjectsUserChanges.bind().ids("parents", ids);
                beside
                    .rows::<ObjectPermissionsRow>(&[], binding, schema)
                    .await
            },
        );
        branches.iter().for_each(|branch| ask.join(branch));
        grants.add_objects(object_rows);
        grants.changes_missing = beside_rows
            .as_ref()
            .is_none_or(|rows| rows.len() >= ROWS_AT_ONCE);
        let untouched = beside_rows
            .into_iter()
            .flatten()
            .filter(|row| !wanted.objects.contains(&row.sobject_type));
        grants.add_objects(Some(untouched.collect()));
        grants.add_fields(field_rows);
        match set_rows {
            Some(rows) => grants.add_sets(rows),
            None => grants.unread(ContainerPart::UserPermissions),
        }
        match setup_rows {
            Some(rows) => {
                for row in rows {
                    let is_app = row.setup_entity_type == CONNECTED_APP;
                    let listed = grants.listed.entry(row.parent_id).or_default();
                    listed.setup.push((row.setup_entity_id, is_app));
                }
            }
            None => {
                grants.unread(ContainerPart::CustomPermissions);
                grants.unread(ContainerPart::ConnectedApps);
            }
        }
        grants
    }

    /// Reads what sets list on more objects, and on their fields.
    pub(super) async fn read_on(
        ask: &Ask<'_>,
        schema: &OrgSchema,
        more: &Wanted,
        ids: &BTreeSet<String>,
    ) -> Self {
        let mut grants = Self::default();
        for id in ids {
            grants.asked.insert(id.clone(), BTreeSet::new());
        }
        let none = Objects::default();
        let [on_objects, on_fields] = [ask.branch(), ask.branch()];
        let (object_rows, field_rows) = tokio::join!(
            object_permissions(&on_objects, schema, more.objects.iter(), ids, &[]),
            field_permissions(&on_fields, schema, more, &none, ids, &[]),
        );
        for branch in [&on_objects, &on_fields] {
            ask.join(branch);
        }
        grants.add_objects(object_rows);
        grants.add_fields(field_rows);
        grants
    }

    /// Whether nothing that was asked for is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.asked.values().all(BTreeSet::is_empty)
    }

    /// Adds what another reading found on some objects, in place of what was known of them.
    pub(super) fn add_on(&mut self, objects: &BTreeSet<Name>, other: Self) {
        for listed in self.listed.values_mut() {
            listed
                .objects
                .retain(|entry| !objects.contains(&entry.object));
        }
        for (id, found) in other.listed {
            let listed = self.listed.entry(id).or_default();
            let of = |object: &Name| objects.contains(object);
            let entries = found.objects.into_iter();
            listed
                .objects
                .extend(entries.filter(|entry| of(&entry.object)));
            let fields = found.fields.into_iter();
            listed
                .fields
                .extend(fields.filter(|(object, _)| of(object)));
        }
    }

    /// Reads what sets that the user does not have grant on the mapped fields.
    pub(super) async fn read_others(
        ask: &Ask<'_>,
        schema: &OrgSchema,
        wanted: &Wanted,
        objects: &Objects,
        ids: &BTreeSet<String>,
    ) -> Self {
        const AREAS: &[Area] = &[Area::UnassignedPermissionSets];
        let mut grants = Self::default();
        for id in ids {
            grants.asked.insert(id.clone(), BTreeSet::new());
        }
        let [on_objects, on_fields, sets] = [ask.branch(), ask.branch(), ask.branch()];
        let (object_rows, field_rows, set_rows) = tokio::join!(
            object_permissions(&on_objects, schema, wanted.objects.iter(), ids, AREAS),
            permissions_on_mapped_fields(&on_fields, schema, wanted, objects, ids, AREAS),
            sets.rows::<SetRow>(AREAS, Query::PermissionSets.bind().ids("sets", ids), schema,),
        );
        for branch in [&on_objects, &on_fields, &sets] {
            ask.join(branch);
        }
        grants.add_objects(object_rows);
        grants.add_fields(field_rows);
        grants.add_sets(set_rows.unwrap_or_default());
        grants
    }

    fn add_objects(&mut self, rows: Option<Vec<ObjectPermissionsRow>>) {
        let Some(rows) = rows else {
            self.unread(ContainerPart::ObjectPermissions);
            return;
        };
        for row in rows {
            let rights: ObjectRights = [
                (row.permissions_read, ObjectRight::Read),
                (row.permissions_create, ObjectRight::Create),
                (row.permissions_edit, ObjectRight::Edit),
                (row.permissions_delete, ObjectRight::Delete),
                (row.permissions_view_all_records, ObjectRight::ViewAll),
                (row.permissions_modify_all_records, ObjectRight::ModifyAll),
                (row.permissions_view_all_fields, ObjectRight::ViewAllFields),
            ]
            .into_iter()
            .filter_map(|(enabled, right)| enabled.then_some(right))
            .collect();
            let listed = self.listed.entry(row.parent_id).or_default();
            listed.objects.push(ObjectPermissions {
                object: row.sobject_type,
                rights,
                at: None,
            });
        }
    }

    fn add_fields(&mut self, rows: Option<Vec<FieldPermissionsRow>>) {
        let Some(rows) = rows else {
            self.unread(ContainerPart::FieldPermissions);
            return;
        };
        for row in rows {
            let Some((object, field)) = row.field.split_once('.') else {
                continue;
            };
            let listed = self.listed.entry(row.parent_id).or_default();
            let entries = listed.fields.entry(Name::new(object)).or_default();
            entries.push(FieldPermissions {
                field: Name::new(field),
                read: row.permissions_read,
                edit: row.permissions_edit,
                at: None,
            });
        }
    }

    /// Adds the columns of sets.
    pub(super) fn add_sets(&mut self, rows: Vec<SetRow>) {
        for row in rows {
            self.rows.insert(row.id.clone(), row);
        }
    }

    fn unread(&mut self, part: ContainerPart) {
        for parts in self.asked.values_mut() {
            parts.insert(part);
        }
    }

    /// Adds what another reading found.
    pub(super) fn extend(&mut self, other: Self) {
        self.listed.extend(other.listed);
        self.rows.extend(other.rows);
        self.asked.extend(other.asked);
        self.changes_missing |= other.changes_missing;
    }

    /// Whether every object is there that the sets let their users change.
    pub(super) fn has_all_changes(&self) -> bool {
        !self.asked.is_empty() && !self.changes_missing
    }

    /// A set's own row.
    pub(super) fn row(&self, id: &str) -> Option<&SetRow> {
        self.rows.get(id)
    }

    /// The ids that were asked for.
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.asked.keys()
    }

    /// Whether it was asked what a set lists.
    pub(super) fn is_read(&self, id: &str) -> bool {
        self.asked.contains_key(id)
    }

    /// Licence ids that the rows name.
    pub(super) fn licence_ids(&self) -> impl Iterator<Item = &String> {
        self.rows.values().filter_map(|row| row.license_id.as_ref())
    }

    /// The container with an id.
    pub(super) fn container(
        &self,
        id: &str,
        kind: ContainerKind,
        name: Name,
        names: &SetupNames,
    ) -> PermissionSet {
        let mut set = PermissionSet::new(kind, name);
        let mut unread = match self.asked.get(id) {
            Some(parts) => parts.clone(),
            None => {
                set.incomplete = true;
                BTreeSet::new()
            }
        };
        if let Some(listed) = self.listed.get(id) {
            set.object_permissions.clone_from(&listed.objects);
            set.field_permissions.clone_from(&listed.fields);
            for (id, is_app) in &listed.setup {
                if *is_app {
                    match names.connected_apps.get(id) {
                        Some(name) => set.connected_apps.push(name.clone()),
                        None => {
                            unread.insert(ContainerPart::ConnectedApps);
                        }
                    }
                } else {
                    match names.custom_permissions.get(id) {
                        Some(name) => set.custom_permissions.push(NamedPermission {
                            name: name.clone(),
                            enabled: true,
                            at: None,
                        }),
                        // A permission of which only the id is known may be any.
                        None => {
                            unread.insert(ContainerPart::CustomPermissions);
                        }
                    }
                }
            }
            set.connected_apps.sort();
        }
        match self.rows.get(id) {
            Some(row) => {
                set.label = row.label.clone().filter(|_| kind != ContainerKind::Profile);
                set.license = row
                    .license_id
                    .as_ref()
                    .and_then(|id| names.licences.get(id).cloned());
                set.has_activation_required = row.has_activation_required == Some(true);
                set.user_permissions = system_permissions(row);
            }
            None if kind != ContainerKind::MutingPermissionSet => {
                unread.insert(ContainerPart::UserPermissions);
            }
            None => {}
        }
        set.unread = unread.into_iter().collect();
        set.sort();
        set
    }
}

/// The system permissions that the statements on permission sets ask for. One that the org has no column for comes with a
/// feature that is off, so that nobody has it; any other is not known.
pub(super) fn user_permissions_asked() -> Result<Vec<Name>, SoqlError> {
    let template = Query::PermissionSets.template()?;
    let mut names: Vec<Name> = template
        .columns
        .iter()
        .filter_map(|column| column.path.strip_prefix("Permissions"))
        .map(Name::new)
        .collect();
    names.sort();
    Ok(names)
}

/// The system permissions that a set's columns enable.
fn system_permissions(row: &SetRow) -> Vec<NamedPermission> {
    row.columns
        .iter()
        .filter(|(_, value)| value.as_bool() == Some(true))
        .filter_map(|(column, _)| column.strip_prefix("Permissions"))
        .map(|name| NamedPermission {
            name: Name::new(name),
            enabled: true,
            at: None,
        })
        .collect()
}

/// A set's API name, namespace included.
pub(super) fn name_of(row: &SetRow) -> Option<Name> {
    let name = row.name.as_deref()?;
    Some(full_name(row.namespace_prefix.as_deref(), name))
}

/// The API name of a thing that is known by developer name.
pub(super) fn name_of_thing(row: &ThingRow) -> Option<Name> {
    let name = row.developer_name.as_deref().or(row.name.as_deref())?;
    Some(full_name(row.namespace_prefix.as_deref(), name))
}

/// Object permissions of the sets.
async fn object_permissions<'n>(
    ask: &Ask<'_>,
    schema: &OrgSchema,
    objects: impl Iterator<Item = &'n Name>,
    ids: &BTreeSet<String>,
    areas: &[Area],
) -> Option<Vec<ObjectPermissionsRow>> {
    let packs = packs(objects.map(|name| (name, 1)), ids);
    ask_packs(ask, Query::ObjectPermissions, &packs, schema, areas).await
}

/// Field permissions of the sets.
async fn field_permissions(
    ask: &Ask<'_>,
    schema: &OrgSchema,
    wanted: &Wanted,
    objects: &Objects,
    ids: &BTreeSet<String>,
    areas: &[Area],
) -> Option<Vec<FieldPermissionsRow>> {
    let rows_of = |name| objects.governed(name).unwrap_or(FIELDS_ASSUMED);
    let packs = packs(wanted.objects.iter().map(|name| (name, rows_of(name))), ids);
    ask_packs(ask, Query::FieldPermissions, &packs, schema, areas).await
}

/// All rows of the sets, whatever they are on: a question a set, since pages of one are read one after another.
async fn whole<T: DeserializeOwned + Send + 'static>(
    ask: &Ask<'_>,
    query: Query,
    schema: &OrgSchema,
    ids: &BTreeSet<String>,
    areas: &[Area],
) -> Option<Vec<T>> {
    let bindings = ids.iter().map(|id| query.bind().ids("parents", [id]));
    ask.rows_of_all(areas, bindings.collect(), schema, together(ids.len()))
        .await
}

/// Asks a question on sets and objects part by part.
async fn ask_packs<T: DeserializeOwned + Send + 'static>(
    ask: &Ask<'_>,
    query: Query,
    packs: &[Pack<'_>],
    schema: &OrgSchema,
    areas: &[Area],
) -> Option<Vec<T>> {
    let bindings = packs.iter().map(|pack| {
        query
            .bind()
            .ids("parents", &pack.sets)
            .names("objects", pack.objects.iter().copied())
    });
    ask.rows_of_all(areas, bindings.collect(), schema, together(packs.len()))
        .await
}

/// Permissions of the sets on the mapped fields only.
async fn permissions_on_mapped_fields(
    ask: &Ask<'_>,
    schema: &OrgSchema,
    wanted: &Wanted,
    objects: &Objects,
    ids: &BTreeSet<String>,
    areas: &[Area],
) -> Option<Vec<FieldPermissionsRow>> {
    let keys: Vec<(&Name, BTreeSet<String>)> = (wanted.fields.keys())
        .map(|object| (object, mapped_keys(wanted, objects, object)))
        .collect();
    let of = |name: &Name| (keys.iter()).find_map(|(known, keys)| (*known == name).then_some(keys));
    let packs = packs(keys.iter().map(|(name, keys)| (*name, keys.len())), ids);
    let bindings = packs.iter().map(|pack| {
        let asked = pack.objects.iter().filter_map(|name| of(name)).flatten();
        Query::FieldPermissionsOfFields
            .bind()
            .ids("parents", &pack.sets)
            .names("objects", pack.objects.iter().copied())
            .texts("fields", asked)
    });
    ask.rows_of_all(areas, bindings.collect(), schema, together(packs.len()))
        .await
}

/// The keys under which the mapped fields of an object have field-level security: parts of an address under the address.
fn mapped_keys(wanted: &Wanted, objects: &Objects, object: &Name) -> BTreeSet<String> {
    let known = objects.objects.get(object);
    let mut keys = BTreeSet::new();
    for field in wanted.fields.get(object).into_iter().flatten() {
        let definition = known.and_then(|known| known.fields.get(field));
        let compound = definition.and_then(|field| field.compound.as_ref());
        let key = compound.unwrap_or_else(|| definition.map_or(field, |known| &known.name));
        keys.insert(format!("{object}.{key}"));
    }
    keys
}
