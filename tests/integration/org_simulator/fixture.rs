//! Reads a fixture org (`fixtures/orgs/*.json`) and fills in what Salesforce keeps by itself: ids, the permission set
//! behind each profile, its assignment, and the aggregate permission set of each group.
//!
//! Format
//! - `organization`, `tables`: rows by object. A text `=Name` in a reference column stands for the id of the row with
//!   that name (`=Group/Inbound` where the column does not tell the object).
//! - `objects`: label, `keyPrefix`, `sharing`, and `fields`: names of standard columns, or describe entries with the short forms
//!   `picklist`, `to`, `formula`, `required`, `masterDetail`, `created`.
//! - `grants`: what a profile, permission set or muting permission set lists: `system`, `objects` (letters R C E D V M
//!   and F for View All Fields), `fields` (`r` or `rw`), `setup`, `recordTypes`.
//! - `metadata`: by type and full name, the JSON of the XML.
//! - `apps`: OAuth clients.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::fixture_object::{ObjectFixture, object_model};
use super::model::{FieldModel, Row};
use super::org::{App, Org, RecordTypeVisibility, text};
use super::schema::{Api, Schema};
use super::virtual_objects::durable_id;

#[derive(Deserialize)]
struct Fixture {
    organization: Row,
    now: Option<String>,
    #[serde(default)]
    objects: BTreeMap<String, ObjectFixture>,
    #[serde(default)]
    tables: BTreeMap<String, Vec<Row>>,
    #[serde(default)]
    grants: Vec<Grant>,
    #[serde(default)]
    metadata: BTreeMap<String, BTreeMap<String, Value>>,
    #[serde(default)]
    apps: Vec<AppFixture>,
}

/// What one container lists.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Grant {
    /// Profile name, permission set name or muting permission set developer name.
    pub(crate) to: String,
    /// System permissions: `ApiEnabled`.
    #[serde(default)]
    pub(crate) system: Vec<String>,
    /// Object permissions in letters.
    #[serde(default)]
    pub(crate) objects: BTreeMap<String, String>,
    /// Field permissions by object and field.
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, BTreeMap<String, String>>,
    /// Setup entities by kind: `{"CustomPermission": ["Bypass"]}`.
    #[serde(default)]
    pub(crate) setup: BTreeMap<String, Vec<String>>,
    /// Record types: `visible` or `default`.
    #[serde(default)]
    pub(crate) record_types: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AppFixture {
    client_id: String,
    #[serde(default)]
    client_secret: String,
    run_as: Option<String>,
    public_key: Option<String>,
}

impl Org {
    /// Reads a fixture.
    ///
    /// # Errors
    /// What in the fixture is wrong, as a sentence.
    pub(crate) fn from_fixture(source: &str) -> Result<Self, String> {
        let fixture: Fixture =
            serde_json::from_str(source).map_err(|error| format!("fixture org: {error}"))?;
        let mut org = Self::default();
        if let Some(now) = fixture.now {
            org.now = now;
        }
        for (name, object) in fixture.objects {
            let model = object_model(&mut org, &name, object)?;
            org.objects.insert(name.to_ascii_lowercase(), model);
        }
        org.insert("Organization", fixture.organization);
        for (table, rows) in fixture.tables {
            for row in rows {
                org.insert(&table, row);
            }
        }
        org.resolve_references()?;
        org.define_custom();
        org.add_profile_sets();
        for grant in &fixture.grants {
            org.grant(grant)?;
        }
        org.recalculate_groups();
        for (kind, entries) in fixture.metadata {
            for (name, value) in entries {
                org.metadata.insert((kind.clone(), name), value);
            }
        }
        for app in fixture.apps {
            org.apps.push(App {
                client_id: app.client_id,
                client_secret: app.client_secret,
                run_as: app.run_as,
                public_key: app.public_key,
            });
        }
        Ok(org)
    }

    /// Puts ids in place of `=Name`.
    fn resolve_references(&mut self) -> Result<(), String> {
        let names: Vec<String> = Schema::of(Api::Rest)
            .objects()
            .chain(Schema::of(Api::Tooling).objects())
            .map(|o| o.name.clone())
            .collect();
        let custom: Vec<String> = self
            .objects
            .values()
            .map(|object| object.name.clone())
            .collect();
        for table in names.iter().chain(&custom) {
            let mut changes = Vec::new();
            for (at, row) in self.rows(table).iter().enumerate() {
                for (column, value) in row {
                    let Some(name) = value.as_str().and_then(|text| text.strip_prefix('=')) else {
                        continue;
                    };
                    let id = self.resolve(table, column, name)?;
                    changes.push((at, column.clone(), id));
                }
            }
            for (at, column, id) in changes {
                let wanted = self
                    .rows(table)
                    .get(at)
                    .map(|row| text(row, "Id").to_owned());
                self.update(
                    table,
                    |row| Some(text(row, "Id")) == wanted.as_deref(),
                    &json!({ column: id }),
                );
            }
        }
        Ok(())
    }

    /// Custom objects and fields have definitions with ids of their own, by which the metadata catalogue knows them.
    fn define_custom(&mut self) {
        for model in self.objects.values().cloned().collect::<Vec<_>>() {
            if model.is_custom() {
                self.insert("CustomObject", row(json!({ "DeveloperName": model.name.trim_end_matches("__c"), "Api": model.name })));
            }
            let entity = durable_id(self, &model.name);
            for field in model
                .fields
                .iter()
                .filter(|field| !field.definition_id.is_empty())
            {
                let definition = json!({
                    "Id": field.definition_id, "DeveloperName": field.name().trim_end_matches("__c"), "TableEnumOrId": entity,
                    "EntityDefinitionId": entity, "CreatedDate": field.created, "LastModifiedDate": field.created,
                });
                self.insert("CustomField", row(definition));
            }
            for column in [
                "EntityDefinitionId",
                "TableEnumOrId",
                "TriggerObjectOrEventId",
            ] {
                for table in [
                    "ValidationRule",
                    "ApexTrigger",
                    "RecordType",
                    "FlowDefinitionView",
                ] {
                    self.update(
                        table,
                        |row| text(row, column) == model.name,
                        &json!({ column: entity }),
                    );
                }
            }
        }
    }

    fn resolve(&self, table: &str, column: &str, name: &str) -> Result<String, String> {
        let missing = || format!("fixture org: {table}.{column}: nothing is called '{name}'");
        if let Some((object, name)) = name.split_once('/') {
            return self.id_of(object, name).ok_or_else(missing);
        }
        let of_schema = [Api::Rest, Api::Tooling].into_iter().find_map(|api| {
            Schema::of(api)
                .object(table)?
                .columns
                .get(&column.to_ascii_lowercase())
                .map(|c| c.targets.clone())
        });
        let of_model = self
            .object(table)
            .and_then(|object| object.field(column))
            .map(FieldModel::targets);
        let targets = of_model.or(of_schema).unwrap_or_default();
        targets
            .iter()
            .find_map(|target| self.id_of(target, name))
            .ok_or_else(missing)
    }

    /// Every profile owns a permission set, which is assigned to each of its users.
    fn add_profile_sets(&mut self) {
        for profile in self.rows("Profile").to_vec() {
            let id = text(&profile, "Id").to_owned();
            let name = format!("X{}", id.get(..15).unwrap_or_default());
            let set = row(json!({
                "Name": name, "Label": name, "Type": "Profile", "IsOwnedByProfile": true, "IsCustom": false, "ProfileId": id,
                "LicenseId": profile.get("UserLicenseId"),
            }));
            self.insert("PermissionSet", set);
        }
        for user in self.rows("User").to_vec() {
            if let Some(set) = self.find("PermissionSet", "ProfileId", text(&user, "ProfileId")) {
                let set = text(set, "Id").to_owned();
                self.insert(
                    "PermissionSetAssignment",
                    row(json!({ "AssigneeId": user.get("Id"), "PermissionSetId": set })),
                );
            }
        }
        self.update(
            "PermissionSetAssignment",
            |row| !row.contains_key("IsActive"),
            &json!({ "IsActive": true }),
        );
        self.update(
            "PermissionSetAssignment",
            |row| !row.contains_key("IsRevoked"),
            &json!({ "IsRevoked": false }),
        );
    }

    /// The id of the container with this name: profile (then its permission set), permission set, muting set.
    pub(crate) fn container(&self, name: &str) -> Option<String> {
        if let Some(profile) = self.id_of("Profile", name) {
            return self
                .find("PermissionSet", "ProfileId", &profile)
                .map(|set| text(set, "Id").to_owned());
        }
        self.id_of("PermissionSet", name)
            .or_else(|| self.id_of("MutingPermissionSet", name))
    }

    /// Adds permissions to a container.
    ///
    /// # Errors
    /// The container or a setup entity does not exist.
    pub(crate) fn grant(&mut self, grant: &Grant) -> Result<(), String> {
        let parent = self
            .container(&grant.to)
            .ok_or_else(|| format!("fixture org: no container '{}'", grant.to))?;
        let of_parent = |row: &Row| text(row, "Id") == parent;
        for permission in &grant.system {
            let value = json!({ format!("Permissions{permission}"): true });
            self.update("PermissionSet", of_parent, &value);
            self.update("MutingPermissionSet", of_parent, &value);
        }
        for (object, letters) in &grant.objects {
            let has = |letter: char| letters.contains(letter);
            let values = json!({
                "ParentId": parent, "SobjectType": object, "PermissionsRead": has('R'), "PermissionsCreate": has('C'),
                "PermissionsEdit": has('E'), "PermissionsDelete": has('D'), "PermissionsViewAllRecords": has('V'),
                "PermissionsModifyAllRecords": has('M'), "PermissionsViewAllFields": has('F'),
            });
            self.remove("ObjectPermissions", |row| {
                text(row, "ParentId") == parent && text(row, "SobjectType") == object
            });
            self.insert("ObjectPermissions", row(values));
        }
        for (object, fields) in &grant.fields {
            for (field, letters) in fields {
                let key = format!("{object}.{field}");
                let values = json!({
                    "ParentId": parent, "SobjectType": object, "Field": key,
                    "PermissionsRead": letters.contains('r'), "PermissionsEdit": letters.contains('w'),
                });
                self.remove("FieldPermissions", |row| {
                    text(row, "ParentId") == parent && text(row, "Field") == key
                });
                self.insert("FieldPermissions", row(values));
            }
        }
        for (kind, names) in &grant.setup {
            for name in names {
                let entity = self
                    .id_of(kind, name)
                    .ok_or_else(|| format!("fixture org: no {kind} '{name}'"))?;
                let values =
                    json!({ "ParentId": parent, "SetupEntityId": entity, "SetupEntityType": kind });
                self.insert("SetupEntityAccess", row(values));
            }
        }
        let visible = self.record_types.entry(parent).or_default();
        for (record_type, how) in &grant.record_types {
            visible.push(RecordTypeVisibility {
                record_type: record_type.clone(),
                default: how == "default",
            });
        }
        Ok(())
    }
}

/// A JSON object as a row.
pub(crate) fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}
