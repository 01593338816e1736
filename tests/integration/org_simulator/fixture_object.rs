//! Objects and fields of a fixture org: standard columns by name, the rest with a few words.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fixture::row;
use super::model::{FieldModel, ObjectModel, Row, plain};
use super::org::{Org, text};
use super::schema::{Api, Schema};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ObjectFixture {
    label: Option<String>,
    #[serde(default)]
    key_prefix: String,
    #[serde(default)]
    sharing: String,
    #[serde(default)]
    external_sharing: String,
    parent_field: Option<String>,
    #[serde(default)]
    custom_setting: bool,
    /// All columns of the schema, and the listed fields besides.
    #[serde(default)]
    all_columns: bool,
    #[serde(default)]
    fields: Vec<Value>,
}

/// The fields that every record has.
const BASE: [&str; 7] = [
    "Id",
    "IsDeleted",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
];

/// The object that a fixture describes.
///
/// # Errors
/// What is wrong with it.
pub(super) fn object_model(
    org: &mut Org,
    name: &str,
    fixture: ObjectFixture,
) -> Result<ObjectModel, String> {
    let schema = Schema::of(Api::Rest).object(name);
    let mut fields: Vec<Value> = Vec::new();
    if fixture.all_columns {
        fields.extend(
            schema
                .into_iter()
                .flat_map(|schema| schema.columns.values().map(|c| json!(c.name))),
        );
    } else {
        fields.extend(BASE.iter().map(|base| json!(base)));
    }
    fields.extend(fixture.fields);
    let mut model = ObjectModel {
        name: name.to_owned(),
        label: fixture
            .label
            .unwrap_or_else(|| name.trim_end_matches("__c").replace('_', " ")),
        key_prefix: fixture.key_prefix,
        sharing: if fixture.sharing.is_empty() {
            "ReadWrite".to_owned()
        } else {
            fixture.sharing
        },
        external_sharing: if fixture.external_sharing.is_empty() {
            "Private".to_owned()
        } else {
            fixture.external_sharing
        },
        parent_field: fixture.parent_field,
        custom_setting: fixture.custom_setting,
        fields: Vec::new(),
    };
    for field in fields {
        let field = field_model(org, name, field)?;
        if model.field(field.name()).is_none() {
            model.fields.push(field);
        }
    }
    Ok(model)
}

fn field_model(org: &mut Org, object: &str, value: Value) -> Result<FieldModel, String> {
    let mut given = match value {
        Value::String(name) => row(json!({ "name": name })),
        Value::Object(given) => given,
        other => return Err(format!("fixture org: {object}: {other} is no field")),
    };
    let name = text(&given, "name").to_owned();
    let column = Schema::of(Api::Rest).object(object).and_then(|schema| {
        schema
            .columns
            .get(&name.to_ascii_lowercase())
            .map(|column| (schema, column))
    });
    let mut field = match column {
        Some((schema, column)) => FieldModel::of_column(schema, column),
        None if given.contains_key("type") => FieldModel {
            describe: plain(&name, text(&given, "type")),
            created: "2021-05-04T08:00:00.000+0000".to_owned(),
            definition_id: String::new(),
        },
        None if BASE.contains(&name.as_str()) => base_field(&name),
        None => {
            return Err(format!(
                "fixture org: {object}.{name}: no standard column, so it needs a type"
            ));
        }
    };
    if let Some(Value::String(created)) = given.remove("created") {
        field.created = created;
    }
    if name.ends_with("__c") {
        field.definition_id = org.new_id("00N");
    }
    apply_short_forms(&mut field, given);
    Ok(field)
}

/// A field that a custom object has too.
fn base_field(name: &str) -> FieldModel {
    let kind = match name {
        "Id" => "id",
        "IsDeleted" => "boolean",
        "CreatedById" | "LastModifiedById" => "reference",
        _ => "datetime",
    };
    let mut describe = plain(name, kind);
    for key in ["createable", "updateable", "nillable", "permissionable"] {
        describe.insert(key.to_owned(), json!(false));
    }
    describe.insert("defaultedOnCreate".to_owned(), json!(true));
    if let Some(relationship) = name.strip_suffix("Id").filter(|_| kind == "reference") {
        describe.insert("relationshipName".to_owned(), json!(relationship));
        describe.insert("referenceTo".to_owned(), json!(["User"]));
    }
    FieldModel {
        describe,
        created: "2021-05-04T08:00:00.000+0000".to_owned(),
        definition_id: String::new(),
    }
}

fn apply_short_forms(field: &mut FieldModel, given: Row) {
    for (key, value) in given {
        let mut set = |key: &str, value: Value| field.describe.insert(key.to_owned(), value);
        match key.as_str() {
            "picklist" => {
                let values = value.as_array().cloned().unwrap_or_default();
                let values: Vec<Value> = values
                    .into_iter()
                    .map(|v| json!({ "active": true, "defaultValue": false, "label": v, "validFor": null, "value": v }))
                    .collect();
                set("picklistValues", Value::Array(values));
            }
            "to" => {
                let relationship = match field.text("name") {
                    name if name.ends_with("__c") => {
                        name.trim_end_matches("__c").to_owned() + "__r"
                    }
                    name => name.trim_end_matches("Id").to_owned(),
                };
                field
                    .describe
                    .insert("relationshipName".to_owned(), json!(relationship));
                field.describe.insert("referenceTo".to_owned(), value);
            }
            "formula" => {
                set("calculated", json!(true));
                set("calculatedFormula", value);
                set("createable", json!(false));
                set("updateable", json!(false));
            }
            "rollUp" => {
                set("calculated", json!(true));
                set("createable", json!(false));
                set("updateable", json!(false));
            }
            "autoNumber" => {
                set("autoNumber", json!(true));
                set("defaultedOnCreate", json!(true));
                set("createable", json!(false));
                set("updateable", json!(false));
            }
            "required" => {
                set("nillable", json!(false));
                set("permissionable", json!(false));
            }
            "masterDetail" => {
                set("nillable", json!(false));
                set("permissionable", json!(false));
                set("relationshipOrder", json!(0));
                set("cascadeDelete", json!(true));
                field
                    .describe
                    .entry("writeRequiresMasterRead")
                    .or_insert(json!(false));
            }
            _ => {
                set(&key, value);
            }
        }
    }
}
