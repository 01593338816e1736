//! `describe` as the caller: what he may not read is not there.

use serde_json::{Value, json};

use super::fixture::row;
use super::model::{FieldModel, ObjectModel, Row};
use super::org::{Org, flag, same_id, text};
use super::refusal::Refusal;
use super::schema::Api;
use super::soql::columns::Session;

/// The record type that a user without any has.
const MASTER: &str = "012000000000000AAA";

/// `/sobjects`: the objects that the caller sees.
pub(crate) fn global(session: &Session<'_>) -> Value {
    let mut names: Vec<String> = super::schema::Schema::of(session.api)
        .objects()
        .map(|o| o.name.clone())
        .collect();
    if session.api == Api::Rest {
        names.extend(
            session
                .org
                .objects
                .values()
                .map(|object| object.name.clone()),
        );
    }
    names.sort();
    names.dedup();
    let objects: Vec<Value> = names
        .iter()
        .filter(|name| session.view(name).is_ok())
        .map(|name| Value::Object(head(session, name)))
        .collect();
    json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects })
}

/// What the list of objects and the object itself both tell.
fn head(session: &Session<'_>, name: &str) -> Row {
    let model = session.org.object(name);
    let right = session.rights.object(name);
    let version = session.version;
    let label = model.map_or(name, |model| &model.label);
    row(json!({
        "name": name, "label": label, "labelPlural": format!("{label}s"), "keyPrefix": model.map(|m| &m.key_prefix),
        "custom": model.is_some_and(ObjectModel::is_custom), "customSetting": model.is_some_and(|m| m.custom_setting),
        "activateable": false, "createable": right.create, "deletable": right.delete, "updateable": right.edit,
        "undeletable": right.delete, "mergeable": right.edit && right.delete, "queryable": true, "retrieveable": true,
        "replicateable": true, "searchable": model.is_some(), "layoutable": model.is_some(),
        "triggerable": model.is_some(), "feedEnabled": false, "deprecatedAndHidden": false, "hasSubtypes": false,
        "isInterface": false, "isSubtype": false, "mruEnabled": false, "associateEntityType": null,
        "urls": {
            "sobject": format!("/services/data/v{version}.0/sobjects/{name}"),
            "describe": format!("/services/data/v{version}.0/sobjects/{name}/describe"),
        },
    }))
}

/// `/sobjects/X/describe`.
///
/// # Errors
/// 404 for an object that is missing or hidden from the caller.
pub(crate) fn object(session: &Session<'_>, name: &str) -> Result<Value, Refusal> {
    let view = session.view(name).map_err(|_| Refusal::not_found())?;
    let model = session
        .org
        .object(name)
        .filter(|_| session.api == Api::Rest);
    let mut out = head(session, &view.name);
    let fields: Vec<Value> = match model {
        Some(model) => model
            .fields
            .iter()
            .filter_map(|field| as_caller(session, model, field))
            .collect(),
        None => {
            let schema = super::schema::Schema::of(session.api).object(name);
            let columns = schema.into_iter().flat_map(|schema| {
                let seen = schema
                    .columns
                    .iter()
                    .filter(|(key, _)| view.columns.contains_key(*key));
                seen.map(move |(_, column)| FieldModel::of_column(schema, column))
            });
            columns.map(|field| Value::Object(field.describe)).collect()
        }
    };
    out.insert("fields".to_owned(), Value::Array(fields));
    let children: Vec<Value> = session
        .children(&view.name)
        .iter()
        .map(|(name, (child, field))| {
            json!({ "childSObject": child, "field": field, "relationshipName": name, "cascadeDelete": false })
        })
        .collect();
    out.insert("childRelationships".to_owned(), Value::Array(children));
    out.insert(
        "recordTypeInfos".to_owned(),
        Value::Array(record_types(session, &view.name)),
    );
    out.insert("supportedScopes".to_owned(), json!([]));
    Ok(Value::Object(out))
}

fn as_caller(session: &Session<'_>, model: &ObjectModel, field: &FieldModel) -> Option<Value> {
    let rights = session.rights.field(model, field);
    let full = format!("{}.{}", model.name, field.name()).to_ascii_lowercase();
    if !rights.read || session.org.absent.contains(&full) {
        return None;
    }
    // Modify All Data does not lift field-level security.
    let mut out = field.describe.clone();
    out.insert("createable".to_owned(), json!(rights.create));
    out.insert("updateable".to_owned(), json!(rights.edit));
    Some(Value::Object(out))
}

/// Permission sets whose record types count: the assigned ones, and the components of assigned groups.
fn containers(org: &Org, session: &Session<'_>) -> Vec<String> {
    let mut sets: Vec<String> = session.rights.sets.iter().cloned().collect();
    for component in org.rows("PermissionSetGroupComponent") {
        let aggregate = org.find(
            "PermissionSet",
            "PermissionSetGroupId",
            text(component, "PermissionSetGroupId"),
        );
        if aggregate.is_some_and(|set| session.rights.sets.contains(text(set, "Id"))) {
            sets.push(text(component, "PermissionSetId").to_owned());
        }
    }
    sets
}

fn record_types(session: &Session<'_>, object: &str) -> Vec<Value> {
    let org = session.org;
    let containers = containers(org, session);
    let mut infos = Vec::new();
    let mut has_default = false;
    for record_type in org
        .rows("RecordType")
        .iter()
        .filter(|row| text(row, "SobjectType") == object)
    {
        let name = text(record_type, "DeveloperName");
        let full = format!("{object}.{name}");
        let entries = org
            .record_types
            .iter()
            .filter(|(set, _)| containers.iter().any(|id| same_id(id, set)));
        let listed: Vec<_> = entries
            .flat_map(|(_, list)| list)
            .filter(|e| e.record_type == full)
            .collect();
        let default = listed.iter().any(|entry| entry.default);
        let active = flag(record_type, "IsActive");
        has_default |= default;
        infos.push(json!({
            "recordTypeId": text(record_type, "Id"), "developerName": name, "name": text(record_type, "Name"),
            "active": active, "available": active && !listed.is_empty(), "defaultRecordTypeMapping": default, "master": false,
            "urls": {},
        }));
    }
    infos.push(json!({
        "recordTypeId": MASTER, "developerName": "Master", "name": "Master", "active": true, "available": true,
        "defaultRecordTypeMapping": !has_default, "master": true, "urls": {},
    }));
    infos
}
