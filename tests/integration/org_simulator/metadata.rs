//! Metadata as Tooling's `Metadata` column (JSON) and the SOAP Metadata API (XML) give it.

use serde_json::{Value, json};

use super::fixture::row;
use super::model::Row;
use super::org::{Org, flag, text};

/// The metadata of a profile, by its id.
pub(crate) fn profile(org: &Org, id: &str) -> Value {
    let Some((_, profile)) = org.by_id(id) else {
        return Value::Null;
    };
    let Some(set) = org.find("PermissionSet", "ProfileId", id) else {
        return Value::Null;
    };
    let mut out = row(container(org, set, true));
    let licence = org
        .by_id(text(profile, "UserLicenseId"))
        .map(|(_, row)| text(row, "Name").to_owned());
    out.insert("userLicense".to_owned(), json!(licence));
    out.insert("custom".to_owned(), json!(flag(profile, "IsCustom")));
    let more = org
        .metadata
        .get(&("Profile".to_owned(), text(profile, "Name").to_owned()));
    for (key, value) in more.and_then(Value::as_object).into_iter().flatten() {
        out.insert(key.clone(), value.clone());
    }
    Value::Object(out)
}

/// What a permission set lists; a profile says each field and object that it does not grant, too.
fn container(org: &Org, set: &Row, is_profile: bool) -> Value {
    let id = text(set, "Id");
    let of_set = |table: &str| {
        let rows = org
            .rows(table)
            .iter()
            .filter(|row| text(row, "ParentId") == id);
        rows.cloned().collect::<Vec<Row>>()
    };
    let mut objects: Vec<Value> = of_set("ObjectPermissions")
        .iter()
        .map(|row| {
            json!({
                "allowCreate": flag(row, "PermissionsCreate"), "allowDelete": flag(row, "PermissionsDelete"),
                "allowEdit": flag(row, "PermissionsEdit"), "allowRead": flag(row, "PermissionsRead"),
                "modifyAllRecords": flag(row, "PermissionsModifyAllRecords"), "object": text(row, "SobjectType"),
                "viewAllFields": flag(row, "PermissionsViewAllFields"),
                "viewAllRecords": flag(row, "PermissionsViewAllRecords"),
            })
        })
        .collect();
    objects.sort_by_key(|value| value.get("object").map(Value::to_string));
    let mut fields: Vec<Value> = of_set("FieldPermissions")
        .iter()
        .map(|row| {
            let (read, edit) = (flag(row, "PermissionsRead"), flag(row, "PermissionsEdit"));
            json!({ "editable": edit, "field": text(row, "Field"), "readable": read })
        })
        .collect();
    fields.sort_by_key(|value| value.get("field").map(Value::to_string));
    let setup = |kind: &str, list: &str, name: &str| {
        let rows = of_set("SetupEntityAccess")
            .into_iter()
            .filter(|row| text(row, "SetupEntityType") == kind);
        let entries: Vec<Value> = rows
            .filter_map(|row| {
                let (_, entity) = org.by_id(text(&row, "SetupEntityId"))?;
                let label = if text(entity, "DeveloperName").is_empty() {
                    "Name"
                } else {
                    "DeveloperName"
                };
                Some(json!({ "enabled": true, name: text(entity, label) }))
            })
            .collect();
        (list.to_owned(), Value::Array(entries))
    };
    let system: Vec<Value> = set
        .iter()
        .filter(|(_, value)| value.as_bool() == Some(true))
        .filter_map(|(column, _)| column.strip_prefix("Permissions"))
        .map(|name| json!({ "enabled": true, "name": name }))
        .collect();
    let record_types: Vec<Value> = org
        .record_types
        .get(id)
        .into_iter()
        .flatten()
        .map(|entry| {
            let mut value = row(json!({ "recordType": entry.record_type, "visible": true }));
            if is_profile {
                value.insert("default".to_owned(), json!(entry.default));
            }
            Value::Object(value)
        })
        .collect();
    let mut out = row(json!({
        "fieldPermissions": fields, "objectPermissions": objects, "recordTypeVisibilities": record_types,
        "userPermissions": system,
    }));
    let entries = [
        setup("CustomPermission", "customPermissions", "name"),
        setup(
            "ConnectedApplication",
            "applicationVisibilities",
            "application",
        ),
        setup("ApexClass", "classAccesses", "apexClass"),
    ];
    out.extend(
        entries
            .into_iter()
            .filter(|(_, value)| value.as_array().is_some_and(|list| !list.is_empty())),
    );
    Value::Object(out)
}

/// The components of a type: full name and id.
pub(crate) fn list(org: &Org, kind: &str) -> Vec<(String, String)> {
    let named = |table: &str, column: &str| {
        org.rows(table)
            .iter()
            .map(|row| (text(row, column).to_owned(), text(row, "Id").to_owned()))
            .collect::<Vec<_>>()
    };
    match kind {
        "Profile" => org
            .rows("Profile")
            .iter()
            .map(|row| (full_name(row), text(row, "Id").to_owned()))
            .collect(),
        "PermissionSet" => org
            .rows("PermissionSet")
            .iter()
            .filter(|row| !flag(row, "IsOwnedByProfile") && text(row, "Type") != "Group")
            .map(|row| (set_name(row), text(row, "Id").to_owned()))
            .collect(),
        "RecordType" => {
            let full = |row: &Row| {
                format!(
                    "{}.{}",
                    text(row, "SobjectType"),
                    text(row, "DeveloperName")
                )
            };
            org.rows("RecordType")
                .iter()
                .map(|row| (full(row), text(row, "Id").to_owned()))
                .collect()
        }
        "PermissionSetGroup" => named("PermissionSetGroup", "DeveloperName"),
        "MutingPermissionSet" => named("MutingPermissionSet", "DeveloperName"),
        _ => org
            .metadata
            .keys()
            .filter(|(found, _)| found == kind)
            .map(|(_, name)| (name.clone(), String::new()))
            .collect(),
    }
}

/// A profile's full name: `Admin` for System Administrator, else the name percent-encoded.
pub(crate) fn full_name(profile: &Row) -> String {
    match text(profile, "FullName") {
        "" => {
            percent_encoding::utf8_percent_encode(text(profile, "Name"), PROFILE_NAME).to_string()
        }
        name => name.to_owned(),
    }
}

/// A permission set's full name, the namespace before it.
fn set_name(row: &Row) -> String {
    let name = if text(row, "Name").is_empty() {
        text(row, "DeveloperName")
    } else {
        text(row, "Name")
    };
    match text(row, "NamespacePrefix") {
        "" => name.to_owned(),
        namespace => format!("{namespace}__{name}"),
    }
}

/// What the Metadata API encodes in a full name.
const PROFILE_NAME: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b'.')
    .add(b'/')
    .add(b'%')
    .add(b':')
    .add(b'&')
    .add(b'(')
    .add(b')');

/// A component as JSON, `fullName` in it; `None` where there is none.
pub(crate) fn read(org: &Org, kind: &str, name: &str) -> Option<Value> {
    let mut out = match kind {
        "Profile" => {
            let found = org
                .rows("Profile")
                .iter()
                .find(|row| full_name(row) == name)?;
            row(profile(org, text(found, "Id")))
        }
        "PermissionSet" | "MutingPermissionSet" => {
            let column = if kind == "PermissionSet" {
                "Name"
            } else {
                "DeveloperName"
            };
            let found = org.find(kind, column, name)?;
            let mut out = row(container(org, found, false));
            let label = if kind == "PermissionSet" {
                "Label"
            } else {
                "MasterLabel"
            };
            out.insert("label".to_owned(), json!(text(found, label)));
            out.insert(
                "hasActivationRequired".to_owned(),
                json!(flag(found, "HasActivationRequired")),
            );
            out
        }
        "PermissionSetGroup" => group(org, name)?,
        "RecordType" => {
            let (object, own) = name.split_once('.')?;
            let mut found = org.rows("RecordType").iter();
            let found = found.find(|row| {
                text(row, "SobjectType") == object && text(row, "DeveloperName") == own
            })?;
            let mut out = row(found.get("Metadata").cloned().unwrap_or_default());
            out.insert("label".to_owned(), json!(text(found, "Name")));
            out.insert("active".to_owned(), json!(flag(found, "IsActive")));
            out
        }
        _ => row(org
            .metadata
            .get(&(kind.to_owned(), name.to_owned()))?
            .clone()),
    };
    out.insert("fullName".to_owned(), json!(name));
    Some(Value::Object(out))
}

fn group(org: &Org, name: &str) -> Option<Row> {
    let group = org.find("PermissionSetGroup", "DeveloperName", name)?;
    let of_group = |row: &&Row| text(row, "PermissionSetGroupId") == text(group, "Id");
    let (mut sets, mut muting) = (Vec::new(), Vec::new());
    for component in org
        .rows("PermissionSetGroupComponent")
        .iter()
        .filter(of_group)
    {
        let Some((_, set)) = org.by_id(text(component, "PermissionSetId")) else {
            continue;
        };
        match text(set, "Name") {
            "" => muting.push(text(set, "DeveloperName").to_owned()),
            name => sets.push(name.to_owned()),
        }
    }
    Some(row(json!({
        "label": text(group, "MasterLabel"), "status": text(group, "Status"), "permissionSets": sets,
        "mutingPermissionSets": muting, "hasActivationRequired": flag(group, "HasActivationRequired"),
    })))
}

/// JSON as the XML of the same shape: arrays repeat their element, null is left out.
pub(crate) fn xml(name: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Array(items) => items.iter().map(|item| xml(name, item)).collect(),
        Value::Object(entries) => {
            let inner: String = entries
                .iter()
                .map(|(name, value)| xml(name, value))
                .collect();
            format!("<{name}>{inner}</{name}>")
        }
        Value::String(text) => format!("<{name}>{}</{name}>", escape(text)),
        other => format!("<{name}>{other}</{name}>"),
    }
}

/// A text made safe for XML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
