//! The aggregate permission set that Salesforce keeps for each permission set group.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::fixture::row;
use super::model::Row;
use super::org::{Org, flag, text};

impl Org {
    /// Computes the aggregate permission set of every group anew: the union of the components less what the muting
    /// set lists, dependent rights dropped with what they depend on.
    pub(crate) fn recalculate_groups(&mut self) {
        for group in self.rows("PermissionSetGroup").to_vec() {
            let group_id = text(&group, "Id").to_owned();
            let aggregate = self
                .find("PermissionSet", "PermissionSetGroupId", &group_id)
                .map(|set| text(set, "Id").to_owned());
            let aggregate = aggregate.unwrap_or_else(|| {
                self.insert(
                    "PermissionSet",
                    row(json!({
                        "Name": group.get("DeveloperName"), "Label": group.get("MasterLabel"), "Type": "Group",
                        "IsOwnedByProfile": false, "IsCustom": true, "PermissionSetGroupId": group_id,
                        "HasActivationRequired": flag(&group, "HasActivationRequired"), "NamespacePrefix": null,
                    })),
                )
            });
            self.update(
                "PermissionSetAssignment",
                |row| text(row, "PermissionSetGroupId") == group_id,
                &json!({ "PermissionSetId": aggregate }),
            );
            let components: Vec<String> = self
                .rows("PermissionSetGroupComponent")
                .iter()
                .filter(|row| text(row, "PermissionSetGroupId") == group_id)
                .map(|row| text(row, "PermissionSetId").to_owned())
                .collect();
            self.aggregate(&aggregate, &components);
        }
    }

    fn aggregate(&mut self, aggregate: &str, components: &[String]) {
        let (muting, granting): (Vec<_>, Vec<_>) =
            components.iter().partition(|id| id.starts_with("0QM"));
        self.update_system(aggregate, &granting, &muting);
        for (table, key) in [
            ("ObjectPermissions", "SobjectType"),
            ("FieldPermissions", "Field"),
        ] {
            let mut rows: BTreeMap<String, Row> = BTreeMap::new();
            for row in self
                .rows(table)
                .iter()
                .filter(|row| granting.iter().any(|id| *id == text(row, "ParentId")))
            {
                let merged = rows
                    .entry(text(row, key).to_owned())
                    .or_insert_with(|| row.clone());
                for (column, value) in row
                    .iter()
                    .filter(|(_, value)| value.as_bool() == Some(true))
                {
                    merged.insert(column.clone(), value.clone());
                }
            }
            for row in self
                .rows(table)
                .iter()
                .filter(|row| muting.iter().any(|id| *id == text(row, "ParentId")))
            {
                let Some(merged) = rows.get_mut(text(row, key)) else {
                    continue;
                };
                for (column, _) in row
                    .iter()
                    .filter(|(_, value)| value.as_bool() == Some(true))
                {
                    merged.insert(column.clone(), json!(false));
                }
            }
            self.remove(table, |row| text(row, "ParentId") == aggregate);
            for mut merged in rows.into_values() {
                drop_dependents(&mut merged);
                if !flag(&merged, "PermissionsRead") {
                    continue;
                }
                merged.remove("Id");
                merged.insert("ParentId".to_owned(), json!(aggregate));
                self.insert(table, merged);
            }
        }
        self.remove("SetupEntityAccess", |row| {
            text(row, "ParentId") == aggregate
        });
        let setup: Vec<Row> = self
            .rows("SetupEntityAccess")
            .iter()
            .filter(|row| granting.iter().any(|id| *id == text(row, "ParentId")))
            .cloned()
            .collect();
        for mut entry in setup {
            entry.remove("Id");
            entry.insert("ParentId".to_owned(), json!(aggregate));
            self.insert("SetupEntityAccess", entry);
        }
    }

    fn update_system(&mut self, aggregate: &str, granting: &[&String], muting: &[&String]) {
        let mut values = Row::new();
        for set in self
            .rows("PermissionSet")
            .iter()
            .filter(|set| granting.iter().any(|id| *id == text(set, "Id")))
        {
            values.extend(
                set.iter()
                    .filter(|(c, v)| c.starts_with("Permissions") && **v == json!(true))
                    .map(|(c, v)| (c.clone(), v.clone())),
            );
        }
        for set in self
            .rows("MutingPermissionSet")
            .iter()
            .filter(|set| muting.iter().any(|id| *id == text(set, "Id")))
        {
            for (column, _) in set.iter().filter(|(_, value)| **value == json!(true)) {
                values.remove(column);
            }
        }
        self.update(
            "PermissionSet",
            |row| text(row, "Id") == aggregate,
            &Value::Object(values),
        );
    }
}

/// Rights fall with what they need (Object Reference, ObjectPermissions).
fn drop_dependents(row: &mut Row) {
    let needs: [(&str, &[&str]); 6] = [
        ("PermissionsCreate", &["PermissionsRead"]),
        ("PermissionsEdit", &["PermissionsRead"]),
        ("PermissionsDelete", &["PermissionsRead", "PermissionsEdit"]),
        ("PermissionsViewAllRecords", &["PermissionsRead"]),
        ("PermissionsViewAllFields", &["PermissionsRead"]),
        (
            "PermissionsModifyAllRecords",
            &[
                "PermissionsRead",
                "PermissionsEdit",
                "PermissionsDelete",
                "PermissionsViewAllRecords",
            ],
        ),
    ];
    for (right, needed) in needs {
        if flag(row, right) && needed.iter().any(|need| !flag(row, need)) {
            row.insert(right.to_owned(), json!(false));
        }
    }
}
