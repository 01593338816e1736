//! The rows of every object: from the tables, or made up from the org as Salesforce makes them up (the metadata
//! catalogue, the "access as another user" objects, permissions that follow from others).

use serde_json::{Value, json};

use super::fixture::row;
use super::model::{FieldModel, ObjectModel, Row};
use super::org::{Org, flag, same_id, text};
use super::permission_rows;
use super::refusal::Refusal;
use super::rights::Rights;
use super::schema::Api;
use super::sharing::{Level, level};
use super::soql::columns::Session;

/// What the condition holds columns to.
pub(super) type Hints = Vec<(String, Vec<String>)>;

/// Objects that others refer to by `DurableId`.
pub(crate) fn is_found_by_durable_id(object: &str) -> bool {
    ["EntityDefinition", "FieldDefinition", "FlowDefinitionView"].contains(&object)
}

/// The rows of an object that may meet a condition with these hints.
///
/// # Errors
/// `QUERY_TIMEOUT` where a generated org would have to list millions of rows.
pub(crate) fn rows(
    session: &Session<'_>,
    object: &str,
    hints: &Hints,
) -> Result<Vec<Row>, Refusal> {
    let org = session.org;
    Ok(match object {
        "EntityDefinition" => visible_objects(session)
            .map(|model| entity(org, model))
            .collect(),
        "FieldDefinition" | "EntityParticle" => fields(session, object, hints),
        "UserEntityAccess" => entity_access(session, hints),
        "UserFieldAccess" => field_access(session, hints),
        "UserRecordAccess" => record_access(session, hints),
        "UserPermissionAccess" => vec![own_permissions(session)],
        "ObjectPermissions" => permission_rows::on_objects(org, hints)?,
        "FieldPermissions" => permission_rows::on_fields(session, hints)?,
        "CustomField" | "CustomObject" => org.rows(object).to_vec(),
        "Profile" if session.api == Api::Tooling => {
            let with_metadata = |profile: &Row| {
                let mut profile = profile.clone();
                let metadata = super::metadata::profile(org, text(&profile, "Id"));
                profile.insert("Metadata".to_owned(), metadata);
                profile
            };
            org.rows(object).iter().map(with_metadata).collect()
        }
        _ => match org.object(object).filter(|_| session.api == Api::Rest) {
            Some(model) => records(session, model),
            None => org.rows(object).to_vec(),
        },
    })
}

/// The records that the caller reaches.
fn records(session: &Session<'_>, model: &ObjectModel) -> Vec<Row> {
    let rows = session.org.rows(&model.name).iter();
    let rights = session.rights;
    let all_users =
        model.name == "User" && (rights.can("ViewAllUsers") || rights.can("ManageUsers"));
    let free = all_users || rights.object(&model.name).view_all;
    let own = |row: &Row| model.name == "User" && same_id(text(row, "Id"), &rights.user);
    rows.filter(|row| !flag(row, "IsDeleted"))
        .filter(|row| free || own(row) || level(session.org, rights, model, row) > Level::None)
        .cloned()
        .collect()
}

pub(super) fn hint<'a>(hints: &'a Hints, names: &[&str]) -> Option<&'a [String]> {
    hints
        .iter()
        .find(|(path, _)| names.iter().any(|name| path.eq_ignore_ascii_case(name)))
        .map(|(_, v)| v.as_slice())
}

/// The id by which the metadata catalogue knows an object: its name, or for a custom one an id (`01I…`).
pub(crate) fn durable_id(org: &Org, object: &str) -> String {
    org.find("CustomObject", "Api", object).map_or_else(
        || object.to_owned(),
        |row| text(row, "Id").chars().take(15).collect(),
    )
}

fn field_durable_id(org: &Org, object: &str, field: &FieldModel) -> String {
    let own = match field.definition_id.get(..15) {
        Some(id) => id,
        None => field.name(),
    };
    format!("{}.{own}", durable_id(org, object))
}

/// Objects that the caller may see in the metadata catalogue.
fn visible_objects<'a>(session: &'a Session<'_>) -> impl Iterator<Item = &'a ObjectModel> {
    let all = session.rights.can("ViewSetup");
    session
        .org
        .objects
        .values()
        .filter(move |model| all || session.rights.object(&model.name).read)
}

fn entity(org: &Org, model: &ObjectModel) -> Row {
    let id = durable_id(org, &model.name);
    let short = model.name.trim_end_matches("__c");
    row(json!({
        "Id": id, "DurableId": id, "QualifiedApiName": model.name, "DeveloperName": short, "Label": model.label,
        "MasterLabel": model.label, "PluralLabel": format!("{}s", model.label), "KeyPrefix": model.key_prefix,
        "NamespacePrefix": namespace(&model.name), "InternalSharingModel": model.sharing,
        "ExternalSharingModel": model.external_sharing, "IsCustomSetting": model.custom_setting,
        "IsCustomizable": true, "IsQueryable": true, "IsRetrieveable": true, "IsTriggerable": !model.custom_setting,
        "IsApexTriggerable": !model.custom_setting, "IsFlsEnabled": true, "IsLayoutable": true, "IsSearchable": true,
        "IsEverCreatable": true, "IsEverUpdatable": true, "IsEverDeletable": true, "IsDeprecatedAndHidden": false,
        "LastModifiedDate": "2021-05-04T08:00:00.000+0000", "DeploymentStatus": "Deployed",
    }))
}

/// `HubSpot_Inc` of `HubSpot_Inc__Activity__c`.
fn namespace(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split("__").collect();
    match parts.as_slice() {
        [namespace, _, _] => Some((*namespace).to_owned()),
        _ => None,
    }
}

fn fields(session: &Session<'_>, object: &str, hints: &Hints) -> Vec<Row> {
    let org = session.org;
    let wanted = hint(
        hints,
        &[
            "EntityDefinitionId",
            "EntityDefinition.QualifiedApiName",
            "EntityDefinition.DurableId",
        ],
    );
    let all = session.rights.can("ViewSetup");
    let mut rows = Vec::new();
    for model in visible_objects(session) {
        let id = durable_id(org, &model.name);
        let is = |name: &String| {
            name.eq_ignore_ascii_case(&model.name)
                || name.get(..15).unwrap_or(name).eq_ignore_ascii_case(&id)
        };
        if wanted.is_some_and(|wanted| !wanted.iter().any(is)) {
            continue;
        }
        for field in model
            .fields
            .iter()
            .filter(|field| all || session.rights.field(model, field).read)
        {
            rows.push(definition(org, object, model, field));
        }
    }
    rows
}

fn definition(org: &Org, object: &str, model: &ObjectModel, field: &FieldModel) -> Row {
    let entity = durable_id(org, &model.name);
    let id = field_durable_id(org, &model.name, field);
    let name = field.name();
    let mut out = row(json!({
        "Id": id, "DurableId": id, "QualifiedApiName": name, "EntityDefinitionId": entity,
        "DeveloperName": name.trim_end_matches("__c"), "Label": field.text("label"), "MasterLabel": field.text("label"),
        "NamespacePrefix": namespace(name), "DataType": data_type(field), "Length": field.describe.get("length"),
        "IsNillable": field.flag("nillable"), "IsCalculated": field.flag("calculated"), "IsNameField": field.flag("nameField"),
        "IsFlsEnabled": field.flag("permissionable"), "IsApiFilterable": field.flag("filterable"),
        "IsCompound": field.text("type") == "address", "LastModifiedDate": field.created,
        "RelationshipName": field.describe.get("relationshipName"),
        "ReferenceTo": { "referenceTo": field.describe.get("referenceTo") },
        "IsPolymorphicForeignKey": field.flag("polymorphicForeignKey"), "IsIndexed": field.flag("externalId"),
        "ValueTypeId": field.text("type"),
    }));
    if object == "EntityParticle" {
        let particle = json!({
            "FieldDefinitionId": id, "IsPermissionable": field.flag("permissionable"), "Name": name,
            "IsCreatable": field.flag("createable"), "IsUpdatable": field.flag("updateable"),
            "IsAutonumber": field.flag("autoNumber"), "IsDefaultedOnCreate": field.flag("defaultedOnCreate"),
            "IsUnique": field.flag("unique"), "DataType": field.text("type"),
            "IsDependentPicklist": field.flag("dependentPicklist"), "IsComponent": !field.text("compoundFieldName").is_empty(),
        });
        out.extend(row(particle));
    }
    out
}

/// The data type as Setup spells it: `Text(80)`, `Lookup(Account)`, `Formula (Number)`.
fn data_type(field: &FieldModel) -> String {
    let length = field
        .describe
        .get("length")
        .and_then(Value::as_u64)
        .unwrap_or(0);
    let plain = match field.text("type") {
        "string" => format!("Text({length})"),
        "textarea" => format!("Long Text Area({length})"),
        "boolean" => "Checkbox".to_owned(),
        "picklist" => "Picklist".to_owned(),
        "multipicklist" => "Picklist (Multi-Select)".to_owned(),
        "reference" if field.flag("cascadeDelete") => {
            format!("Master-Detail({})", field.targets().join(","))
        }
        "reference" => format!("Lookup({})", field.targets().join(",")),
        "double" | "int" => "Number(18, 0)".to_owned(),
        "currency" => "Currency(16, 2)".to_owned(),
        "datetime" => "Date/Time".to_owned(),
        "date" => "Date".to_owned(),
        "url" => "URL(255)".to_owned(),
        other => {
            let mut text = other.to_owned();
            if let Some(first) = text.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            text
        }
    };
    if field.flag("autoNumber") {
        "Auto Number".to_owned()
    } else if field.flag("calculated") {
        let kind = plain
            .split('(')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        format!("Formula ({kind})")
    } else {
        plain
    }
}

fn users(session: &Session<'_>, hints: &Hints) -> Vec<String> {
    let org = session.org;
    let ids = hint(hints, &["UserId"]).unwrap_or_default().iter().cloned();
    let named = hint(hints, &["User.Username"])
        .unwrap_or_default()
        .iter()
        .filter_map(|name| org.id_of("User", name));
    // `Account.005…` and `Account.Name.005…`.
    let durable = hint(hints, &["DurableId"]).unwrap_or_default().iter();
    let durable = durable.filter_map(|id| id.rsplit_once('.').map(|(_, user)| user.to_owned()));
    let known = |id: String| org.by_id(&id).map(|(_, row)| text(row, "Id").to_owned());
    ids.chain(named).chain(durable).filter_map(known).collect()
}

fn entity_access(session: &Session<'_>, hints: &Hints) -> Vec<Row> {
    let org = session.org;
    let mut rows = Vec::new();
    for user in users(session, hints) {
        let rights = Rights::of(org, &user);
        for model in visible_objects(session) {
            let right = rights.object(&model.name);
            let id = durable_id(org, &model.name);
            rows.push(row(json!({
                "DurableId": format!("{id}.{user}"), "EntityDefinitionId": id, "UserId": user, "IsReadable": right.read,
                "IsCreatable": right.create, "IsEditable": right.edit, "IsUpdatable": right.edit,
                "IsDeletable": right.delete, "IsUndeletable": right.delete, "IsMergeable": right.edit && right.delete,
                "IsActivateable": false, "IsFlsUpdatable": right.edit,
            })));
        }
    }
    rows
}

/// Whether a condition on durable ids leaves an object's fields in.
fn is_asked(org: &Org, model: &ObjectModel, hints: &Hints) -> bool {
    let prefix = format!("{}.", durable_id(org, &model.name));
    hint(hints, &["DurableId"]).is_none_or(|ids| ids.iter().any(|id| id.starts_with(&prefix)))
}

fn field_access(session: &Session<'_>, hints: &Hints) -> Vec<Row> {
    let org = session.org;
    let mut rows = Vec::new();
    for user in users(session, hints) {
        if !org.user_field_access && user != session.rights.user {
            continue;
        }
        let rights = Rights::of(org, &user);
        for model in visible_objects(session).filter(|model| is_asked(org, model, hints)) {
            for field in &model.fields {
                let right = rights.field(model, field);
                let id = field_durable_id(org, &model.name, field);
                rows.push(row(json!({
                    "DurableId": format!("{id}.{user}"), "FieldDefinitionId": id, "UserId": user,
                    "EntityDefinitionId": durable_id(org, &model.name), "IsAccessible": right.read,
                    "IsCreatable": right.create,
                    "IsUpdatable": right.edit,
                })));
            }
        }
    }
    rows
}

/// Records that the caller cannot read himself are left out.
fn record_access(session: &Session<'_>, hints: &Hints) -> Vec<Row> {
    let org = session.org;
    let records = hint(hints, &["RecordId"]).unwrap_or_default();
    let mut rows = Vec::new();
    for user in users(session, hints) {
        let rights = Rights::of(org, &user);
        for id in records {
            let Some((model, (_, record))) = org.object_of_id(id).zip(org.by_id(id)) else {
                continue;
            };
            let caller = session.rights;
            if !caller.object(&model.name).read || level(org, caller, model, record) == Level::None
            {
                continue;
            }
            let (reach, right) = (
                level(org, &rights, model, record),
                rights.object(&model.name),
            );
            let read = right.read && reach > Level::None;
            let edit = right.edit && reach >= Level::Edit;
            let all = reach == Level::All;
            let (delete, transfer) = (right.delete && all, edit && all);
            let greatest = match (read, edit, delete) {
                (true, true, true) => "All",
                (true, true, false) => "Edit",
                (true, ..) => "Read",
                _ => "None",
            };
            rows.push(row(json!({
                "UserId": user, "RecordId": text(record, "Id"), "HasReadAccess": read, "HasEditAccess": edit,
                "HasDeleteAccess": delete, "HasTransferAccess": transfer, "HasAllAccess": delete && transfer,
                "MaxAccessLevel": greatest,
            })));
        }
    }
    rows
}

fn own_permissions(session: &Session<'_>) -> Row {
    let mut out = Row::new();
    for permission in session.rights.system() {
        out.insert(format!("Permissions{permission}"), json!(true));
    }
    out.insert("Id".to_owned(), json!("000000000000000AAA"));
    out
}
