//! Orgs of any size, for figures: Nordlicht GmbH grown by generated objects, permission sets, rules and flows.
//!
//! The permissions of generated sets follow a rule and are in no table, so that an org may have millions of them.

use serde_json::json;

use super::fixture::row;
use super::model::{FieldModel, ObjectModel, plain};
use super::org::{Org, text};
use super::rights::ObjectRights;
use super::virtual_objects::durable_id;

/// How large an org is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Objects beside those of the fixture.
    pub(crate) objects: usize,
    /// Of these, objects that are as wide as a mapped one.
    pub(crate) wide: usize,
    /// Fields of a wide object.
    pub(crate) wide_fields: usize,
    /// Fields of any other object.
    pub(crate) fields: usize,
    /// Permission sets.
    pub(crate) permission_sets: usize,
    /// Of these, sets that the integration user has.
    pub(crate) assigned: usize,
    /// Active validation rules, spread over all objects.
    pub(crate) validation_rules: usize,
    /// Active flows, spread over all objects.
    pub(crate) flows: usize,
    /// Accounts, and as many contacts, leads, opportunities and records of each wide object.
    pub(crate) records: usize,
}

impl Scale {
    /// An org of 20 objects, of 200, or of 800 with 30,000 fields, 300 permission sets, 1,500 validation rules and
    /// 600 flows; 20 of the objects are wide, as far as there are that many.
    pub(crate) fn of_objects(objects: usize) -> Self {
        Self {
            objects,
            wide: 16.min(objects),
            wide_fields: 200,
            fields: 34,
            permission_sets: objects * 3 / 8,
            assigned: 12.min(objects * 3 / 8),
            validation_rules: objects * 15 / 8,
            flows: objects * 3 / 4,
            records: objects,
        }
    }
}

/// The API name of a generated object, counted from 0; the wide ones come first.
pub(crate) fn object_name(number: usize) -> String {
    format!("Gen_{number:03}__c")
}

/// The number of the administrator's set, which grants everything that a generated one can.
const EVERYTHING: usize = usize::MAX;

/// What a generated set grants on an object: one in two, all but delete.
pub(super) fn on_object(set: usize, object: &str) -> ObjectRights {
    let granted = set == EVERYTHING || draw(set, object, "").is_multiple_of(2);
    ObjectRights {
        read: granted,
        create: granted,
        edit: granted,
        ..ObjectRights::default()
    }
}

/// Whether a generated set lets a field be read and edited: three in four, and one in two.
pub(super) fn on_field(set: usize, object: &str, field: &str) -> (bool, bool) {
    let drawn = draw(set, object, field) % 4;
    let granted = on_object(set, object).read;
    if set == EVERYTHING {
        return (true, true);
    }
    (granted && drawn != 3, granted && drawn < 2)
}

/// A number that hangs on its parts only (FNV-1a, letter case aside).
fn draw(set: usize, object: &str, field: &str) -> u64 {
    let number = set.to_string();
    let bytes = number
        .bytes()
        .chain([b'.'])
        .chain(object.bytes())
        .chain([b'.'])
        .chain(field.bytes());
    let mixed = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mixed >> 32
}

impl Org {
    /// Nordlicht GmbH, grown.
    ///
    /// # Errors
    /// What in the fixture is wrong.
    pub(crate) fn large(scale: Scale) -> Result<Self, String> {
        let mut org = Self::nordlicht()?;
        for number in 0..scale.objects {
            let fields = if number < scale.wide {
                scale.wide_fields
            } else {
                scale.fields
            };
            let model = object(&mut org, number, fields);
            org.insert(
                "CustomObject",
                row(json!({ "DeveloperName": format!("Gen_{number:03}"), "Api": model.name })),
            );
            let entity = durable_id(&org, &model.name);
            for field in &model.fields {
                if !field.definition_id.is_empty() {
                    org.insert(
                        "CustomField",
                        row(json!({
                            "Id": field.definition_id, "DeveloperName": field.name().trim_end_matches("__c"),
                            "TableEnumOrId": entity, "EntityDefinitionId": entity, "CreatedDate": field.created,
                        })),
                    );
                }
            }
            org.objects.insert(model.name.to_ascii_lowercase(), model);
        }
        let names: Vec<String> = org
            .objects
            .values()
            .filter(|o| !o.custom_setting)
            .map(|o| o.name.clone())
            .collect();
        add_sets(&mut org, scale);
        for number in 0..scale.validation_rules {
            add_rule(&mut org, number, &names);
        }
        for number in 0..scale.flows {
            add_flow(&mut org, number, &names);
        }
        add_records(&mut org, scale);
        Ok(org)
    }
}

fn object(org: &mut Org, number: usize, fields: usize) -> ObjectModel {
    let mut model = ObjectModel {
        name: object_name(number),
        label: format!("Generated {number:03}"),
        key_prefix: key_prefix(number),
        sharing: "ReadWrite".to_owned(),
        external_sharing: "Private".to_owned(),
        ..ObjectModel::default()
    };
    let base = org
        .object("Service_Contract__c")
        .map(|base| base.fields.clone())
        .unwrap_or_default();
    model.fields.extend(base.into_iter().take(8));
    // One in eight is a detail, which has no owner of its own.
    let account = org.object("Account");
    let owner = account
        .and_then(|account| account.field("OwnerId"))
        .cloned();
    if let Some(owner) = owner.filter(|_| !number.is_multiple_of(8)) {
        model.fields.push(owner);
    }
    let kinds = ["string", "double", "picklist", "boolean", "date", "email"];
    for field in 0..fields {
        let kind = kinds.get(field % kinds.len()).copied().unwrap_or("string");
        model.fields.push(FieldModel {
            describe: plain(&format!("Field_{field:03}__c"), kind),
            created: "2022-02-01T08:00:00.000+0000".to_owned(),
            definition_id: org.new_id("00N"),
        });
    }
    model
}

/// `g00`, `g01` … `gzz`.
fn key_prefix(number: usize) -> String {
    let digits: Vec<char> = ('0'..='9').chain('a'..='z').collect();
    let digit = |at: usize| digits.get(at % digits.len()).copied().unwrap_or('0');
    ['g', digit(number / digits.len()), digit(number)]
        .into_iter()
        .collect()
}

fn add_sets(org: &mut Org, scale: Scale) {
    let user = org
        .id_of("User", "hubspot@nordlicht.example")
        .unwrap_or_default();
    let admin = org
        .id_of("User", "admin@nordlicht.example")
        .unwrap_or_default();
    for number in (0..scale.permission_sets).chain([EVERYTHING]) {
        let name = match number {
            EVERYTHING => "Gen_Admin".to_owned(),
            number => format!("Gen_Set_{number:03}"),
        };
        let set = json!({
            "Name": name, "Label": name.replace('_', " "), "Type": "Regular",
            "IsCustom": true, "IsOwnedByProfile": false, "HasActivationRequired": false,
        });
        let id = org.insert("PermissionSet", row(set));
        let holder = match number {
            EVERYTHING => Some(&admin),
            number => (number < scale.assigned).then_some(&user),
        };
        if let Some(holder) = holder {
            org.insert(
                "PermissionSetAssignment",
                row(json!({ "AssigneeId": holder, "PermissionSetId": id, "IsActive": true })),
            );
        }
        org.generated_sets.insert(id, number);
    }
}

fn add_rule(org: &mut Org, number: usize, names: &[String]) {
    let object = names
        .get(number % names.len().max(1))
        .cloned()
        .unwrap_or_default();
    let entity = durable_id(org, &object);
    let name = format!("Gen_Rule_{number:04}");
    let formula = format!(
        "AND(NOT($Permission.Bypass_Validation), ISCHANGED(Name), LEN(Name) > {})",
        40 + number % 40
    );
    org.insert(
        "ValidationRule",
        row(json!({
            "ValidationName": name, "EntityDefinitionId": entity, "Active": true, "ErrorMessage": "Too long.",
            "ManageableState": "unmanaged", "FullName": format!("{object}.{name}"),
            "Metadata": { "active": true, "errorConditionFormula": formula, "errorMessage": "Too long.", "errorDisplayField": null },
        })),
    );
}

fn add_flow(org: &mut Org, number: usize, names: &[String]) {
    let object = names
        .get(number % names.len().max(1))
        .cloned()
        .unwrap_or_default();
    let entity = durable_id(org, &object);
    let (version, definition) = (org.new_id("301"), org.new_id("300"));
    let name = format!("Gen_Flow_{number:03}");
    org.insert(
        "FlowDefinitionView",
        row(json!({
            "Id": definition, "DurableId": definition, "ApiName": name, "Label": name, "ProcessType": "AutoLaunchedFlow",
            "TriggerType": "RecordAfterSave", "RecordTriggerType": "Update", "TriggerObjectOrEventId": entity,
            "ActiveVersionId": version, "LatestVersionId": version, "IsActive": true, "ManageableState": "unmanaged",
        })),
    );
    org.insert(
        "Flow",
        row(json!({
            "Id": version, "DefinitionId": definition, "MasterLabel": name, "ProcessType": "AutoLaunchedFlow",
            "Status": "Active", "RunInMode": "DefaultMode", "VersionNumber": 1, "ManageableState": "unmanaged",
            "FullName": format!("{name}-1"),
            "Metadata": {
                "label": name, "processType": "AutoLaunchedFlow", "status": "Active",
                "start": { "object": object, "triggerType": "RecordAfterSave", "recordTriggerType": "Update" },
                "recordUpdates": [{
                    "name": "Write", "inputReference": "$Record",
                    "inputAssignments": [{ "field": "Name", "value": { "stringValue": "x" } }],
                }],
            },
        })),
    );
}

/// Records of all four objects and of the wide ones, owned in turn by all users, inactive ones among them.
fn add_records(org: &mut Org, scale: Scale) {
    let owners: Vec<String> = org
        .rows("User")
        .iter()
        .map(|user| text(user, "Id").to_owned())
        .collect();
    let wide: Vec<String> = (0..scale.wide)
        .map(object_name)
        .filter(|name| (org.object(name)).is_some_and(|model| model.field("OwnerId").is_some()))
        .collect();
    for number in 0..scale.records {
        let owner = owners
            .get(number % owners.len().max(1))
            .cloned()
            .unwrap_or_default();
        let created = format!(
            "20{}-0{}-10T08:00:00.000+0000",
            20 + number % 6,
            1 + number % 9
        );
        let name = format!("Generated {number:04}");
        let account = org.insert(
            "Account",
            row(json!({ "Name": name, "OwnerId": owner, "CreatedDate": created })),
        );
        let person = json!({ "Name": name, "LastName": name, "AccountId": account, "OwnerId": owner, "CreatedDate": created });
        org.insert("Contact", row(person));
        let lead = json!({ "Name": name, "LastName": name, "Company": name, "Status": "New", "OwnerId": owner, "CreatedDate": created });
        org.insert("Lead", row(lead));
        let deal = json!({ "Name": name, "AccountId": account, "OwnerId": owner, "StageName": "Proposal", "CreatedDate": created });
        org.insert("Opportunity", row(deal));
        for object in &wide {
            let record = json!({ "Name": name, "OwnerId": owner, "CreatedDate": created });
            org.insert(object, row(record));
        }
    }
}
