//! Writes the org as a metadata tree in SFDX source format, as a retrieve of everything would.
//!
//! The same org as a live one and as a tree must give the same findings wherever both can tell.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::fixture::row;
use super::metadata::{list, read, xml};
use super::model::{FieldModel, ObjectModel, Row};
use super::org::{Org, flag, same_id, text};
use super::virtual_objects::durable_id;

const NAMESPACE: &str = "http://soap.sforce.com/2006/04/metadata";

struct Writer<'a> {
    folder: &'a Path,
}

impl Writer<'_> {
    fn file(&self, path: &str, content: &str) -> io::Result<()> {
        let path = self.folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, content)
    }

    fn component(&self, path: &str, root: &str, value: &Value) -> io::Result<()> {
        let entries = value.as_object().into_iter().flatten();
        let inner: String = entries
            .map(|(name, value)| format!("    {}\n", xml(name, value)))
            .collect();
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        self.file(
            path,
            &format!("{head}\n<{root} xmlns=\"{NAMESPACE}\">\n{inner}</{root}>\n"),
        )
    }
}

/// Writes the org below `folder`.
///
/// # Errors
/// Those of the file system.
pub(crate) fn write(org: &Org, folder: &Path) -> io::Result<()> {
    let to = Writer { folder };
    for (kind, place, ending) in [
        ("Profile", "profiles", "profile"),
        ("PermissionSet", "permissionsets", "permissionset"),
        (
            "PermissionSetGroup",
            "permissionsetgroups",
            "permissionsetgroup",
        ),
        (
            "MutingPermissionSet",
            "mutingpermissionsets",
            "mutingpermissionset",
        ),
        ("SharingRules", "sharingRules", "sharingRules"),
    ] {
        for (name, _) in list(org, kind) {
            let mut value = row(read(org, kind, &name).unwrap_or_default());
            // A decomposed file's name says it.
            value.remove("fullName");
            to.component(
                &format!("{place}/{name}.{ending}-meta.xml"),
                kind,
                &Value::Object(value),
            )?;
        }
    }
    for model in org.objects.values().filter(|model| model.name != "User") {
        object(org, &to, model)?;
    }
    for permission in org.rows("CustomPermission") {
        let path = format!(
            "customPermissions/{}.customPermission-meta.xml",
            text(permission, "DeveloperName")
        );
        to.component(
            &path,
            "CustomPermission",
            &json!({ "label": text(permission, "MasterLabel") }),
        )?;
    }
    for flow in org
        .rows("Flow")
        .iter()
        .filter(|flow| text(flow, "Status") == "Active")
    {
        let name = text(flow, "FullName")
            .rsplit_once('-')
            .map_or("", |(name, _)| name);
        let metadata = flow.get("Metadata").cloned().unwrap_or_default();
        to.component(&format!("flows/{name}.flow-meta.xml"), "Flow", &metadata)?;
    }
    for (table, place, ending) in [
        ("ApexTrigger", "triggers", "trigger"),
        ("ApexClass", "classes", "cls"),
    ] {
        for code in org.rows(table) {
            let path = format!("{place}/{}.{ending}", text(code, "Name"));
            to.file(&path, text(code, "Body"))?;
            let meta =
                json!({ "apiVersion": code.get("ApiVersion"), "status": text(code, "Status") });
            to.component(&format!("{path}-meta.xml"), table, &meta)?;
        }
    }
    Ok(())
}

fn object(org: &Org, to: &Writer<'_>, model: &ObjectModel) -> io::Result<()> {
    let name = &model.name;
    let folder = format!("objects/{name}");
    let mut value = row(
        json!({ "externalSharingModel": model.external_sharing, "sharingModel": model.sharing }),
    );
    if model.is_custom() {
        value.insert("label".to_owned(), json!(model.label));
        value.insert("deploymentStatus".to_owned(), json!("Deployed"));
        if let Some(field) = model.field("Name") {
            let kind = if field.flag("autoNumber") {
                "AutoNumber"
            } else {
                "Text"
            };
            value.insert(
                "nameField".to_owned(),
                json!({ "label": field.text("label"), "type": kind }),
            );
        }
    }
    if model.custom_setting {
        value.insert("customSettingsType".to_owned(), json!("Hierarchy"));
        value.remove("sharingModel");
    }
    to.component(
        &format!("{folder}/{name}.object-meta.xml"),
        "CustomObject",
        &Value::Object(value),
    )?;
    for own in model
        .fields
        .iter()
        .filter(|field| field.name().ends_with("__c"))
    {
        let path = format!("{folder}/fields/{}.field-meta.xml", own.name());
        to.component(&path, "CustomField", &Value::Object(field(own)))?;
    }
    for record_type in org
        .rows("RecordType")
        .iter()
        .filter(|row| text(row, "SobjectType") == name)
    {
        let developer_name = text(record_type, "DeveloperName");
        let mut value = row(record_type.get("Metadata").cloned().unwrap_or_default());
        value.insert("fullName".to_owned(), json!(developer_name));
        value.insert("label".to_owned(), json!(text(record_type, "Name")));
        value.insert("active".to_owned(), json!(flag(record_type, "IsActive")));
        to.component(
            &format!("{folder}/recordTypes/{developer_name}.recordType-meta.xml"),
            "RecordType",
            &Value::Object(value),
        )?;
    }
    let entity = durable_id(org, name);
    let of_object = |rule: &&Row| {
        let id = text(rule, "EntityDefinitionId");
        id == entity || same_id(id, &entity)
    };
    for rule in org.rows("ValidationRule").iter().filter(of_object) {
        let developer_name = text(rule, "ValidationName");
        let mut value = row(rule.get("Metadata").cloned().unwrap_or_default());
        value.insert("fullName".to_owned(), json!(developer_name));
        to.component(
            &format!("{folder}/validationRules/{developer_name}.validationRule-meta.xml"),
            "ValidationRule",
            &Value::Object(value),
        )?;
    }
    Ok(())
}

fn field(field: &FieldModel) -> Row {
    let kind = match field.text("type") {
        _ if field.flag("autoNumber") => "AutoNumber",
        _ if field.flag("calculated") && field.text("calculatedFormula").is_empty() => "Summary",
        "reference" if field.flag("cascadeDelete") => "MasterDetail",
        "reference" => "Lookup",
        "string" => "Text",
        "textarea" => "LongTextArea",
        "boolean" => "Checkbox",
        "double" | "int" => "Number",
        "currency" => "Currency",
        "percent" => "Percent",
        "date" => "Date",
        "datetime" => "DateTime",
        "email" => "Email",
        "phone" => "Phone",
        "url" => "Url",
        "picklist" => "Picklist",
        "multipicklist" => "MultiselectPicklist",
        other => other,
    };
    let mut value =
        row(json!({ "fullName": field.name(), "label": field.text("label"), "type": kind }));
    if let Some(target) = field.targets().first() {
        value.insert("referenceTo".to_owned(), json!(target));
    }
    if !field.text("calculatedFormula").is_empty() {
        value.insert("formula".to_owned(), json!(field.text("calculatedFormula")));
    }
    if field.text("type") == "boolean" {
        value.insert("defaultValue".to_owned(), json!(false));
    } else if !field.flag("nillable") && !field.flag("cascadeDelete") {
        value.insert("required".to_owned(), json!(true));
    }
    if matches!(kind, "Text" | "LongTextArea") {
        value.insert("length".to_owned(), json!(field.describe.get("length")));
    }
    let values: Vec<Value> = field
        .describe
        .get("picklistValues")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|entry| json!({ "fullName": entry.get("value"), "default": false, "label": entry.get("label") }))
        .collect();
    if !values.is_empty() {
        let restricted = field.flag("restrictedPicklist");
        let set = json!({ "restricted": restricted, "valueSetDefinition": { "sorted": false, "value": values } });
        value.insert("valueSet".to_owned(), set);
    }
    value
}
