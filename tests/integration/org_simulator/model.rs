//! The objects that an org describes: their fields as `describe` tells them.

use serde_json::{Value, json};

use super::schema::{Column, ObjectSchema};

/// A row of a table, or a JSON object of an answer.
pub(crate) type Row = serde_json::Map<String, Value>;

/// An object with records, as the org defines it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ObjectModel {
    /// API name.
    pub(crate) name: String,
    /// Label.
    pub(crate) label: String,
    /// The first three characters of its records' ids.
    pub(crate) key_prefix: String,
    /// Org-wide default for internal users, as `EntityDefinition.InternalSharingModel` spells it.
    pub(crate) sharing: String,
    /// Org-wide default for external users.
    pub(crate) external_sharing: String,
    /// The parent's field of an object that is controlled by its parent.
    pub(crate) parent_field: Option<String>,
    /// A hierarchy custom setting.
    pub(crate) custom_setting: bool,
    /// Its fields.
    pub(crate) fields: Vec<FieldModel>,
}

/// A field of an object.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldModel {
    /// The field as `describe` tells it to somebody who may do everything.
    pub(crate) describe: Row,
    /// `LastModifiedDate` and creation date of its definition.
    pub(crate) created: String,
    /// Id of a custom field's definition (`00N…`), empty for a standard one.
    pub(crate) definition_id: String,
}

impl ObjectModel {
    /// A custom object, or another whose name has a suffix.
    pub(crate) fn is_custom(&self) -> bool {
        self.name.ends_with("__c") || self.name.ends_with("__mdt") || self.name.ends_with("__e")
    }

    /// A field by its name, in any case.
    pub(crate) fn field(&self, name: &str) -> Option<&FieldModel> {
        self.fields
            .iter()
            .find(|field| field.name().eq_ignore_ascii_case(name))
    }
}

impl FieldModel {
    /// A text property of the describe, empty where there is none.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.describe
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A yes-or-no property of the describe.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.describe
            .get(key)
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// API name.
    pub(crate) fn name(&self) -> &str {
        self.text("name")
    }

    /// The objects that a reference may point to.
    pub(crate) fn targets(&self) -> Vec<String> {
        let targets = self.describe.get("referenceTo").and_then(Value::as_array);
        targets
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    /// Nobody may write it: a formula, a roll-up summary, an auto-number.
    pub(crate) fn is_computed(&self) -> bool {
        self.flag("calculated") || self.flag("autoNumber")
    }

    /// The field as a column of a query.
    pub(crate) fn column(&self) -> Column {
        let relationship = self.text("relationshipName");
        let targets = self.targets();
        Column {
            name: self.name().to_owned(),
            kind: self.text("type").to_owned(),
            filterable: self.flag("filterable"),
            sortable: self.flag("sortable"),
            nillable: self.flag("nillable"),
            createable: self.flag("createable"),
            updateable: self.flag("updateable"),
            defaulted: self.flag("defaultedOnCreate"),
            restricted: self.flag("restrictedPicklist"),
            relationship: (!relationship.is_empty()).then(|| relationship.to_owned()),
            polymorphic: targets.len() > 1,
            targets,
            length: 0,
        }
    }

    /// A field of the schema table, as describe tells it.
    pub(crate) fn of_column(object: &ObjectSchema, column: &Column) -> Self {
        let mut describe = plain(&column.name, &column.kind);
        let mut set = |key: &str, value: Value| describe.insert(key.to_owned(), value);
        set("length", json!(column.length));
        set("createable", json!(column.createable));
        set("updateable", json!(column.updateable));
        set("nillable", json!(column.nillable));
        set("defaultedOnCreate", json!(column.defaulted));
        set("filterable", json!(column.filterable));
        set("sortable", json!(column.sortable));
        set("restrictedPicklist", json!(column.restricted));
        set("referenceTo", json!(column.targets));
        set("relationshipName", json!(column.relationship));
        set("polymorphicForeignKey", json!(column.polymorphic));
        set("namePointing", json!(column.polymorphic));
        set(
            "permissionable",
            json!(is_permissionable(&object.name, column)),
        );
        if let Some(compound) = compound_of(object, &column.name) {
            set("compoundFieldName", json!(compound));
        }
        Self {
            describe,
            created: "2019-04-01T08:00:00.000+0000".to_owned(),
            definition_id: String::new(),
        }
    }
}

/// A describe entry with everything at its usual value.
pub(crate) fn plain(name: &str, kind: &str) -> Row {
    let soap = match kind {
        "id" | "reference" => "tns:ID",
        "boolean" => "xsd:boolean",
        "double" | "currency" | "percent" => "xsd:double",
        "int" => "xsd:int",
        "date" => "xsd:date",
        "datetime" => "xsd:dateTime",
        "address" => "urn:address",
        _ => "xsd:string",
    };
    let first = json!({
        "aggregatable": true, "aiPredictionField": false, "autoNumber": false, "byteLength": 0, "calculated": false,
        "calculatedFormula": null, "cascadeDelete": false, "caseSensitive": false, "compoundFieldName": null,
        "controllerName": null, "createable": true, "custom": name.ends_with("__c"), "defaultValue": (kind == "boolean").then_some(false),
        "defaultValueFormula": null, "defaultedOnCreate": kind == "boolean", "dependentPicklist": false,
        "deprecatedAndHidden": false, "digits": 0, "displayLocationInDecimal": false, "encrypted": false,
        "externalId": false, "extraTypeInfo": null, "filterable": true, "filteredLookupInfo": null, "groupable": true,
        "highScaleNumber": false, "htmlFormatted": false, "idLookup": kind == "id", "inlineHelpText": null
    });
    let second = json!({
        "label": label_of(name), "length": 0, "mask": null, "maskType": null, "name": name,
        "nameField": name == "Name", "namePointing": false, "nillable": kind != "boolean", "permissionable": true,
        "picklistValues": [], "polymorphicForeignKey": false, "precision": 0, "queryByDistance": false,
        "referenceTargetField": null, "referenceTo": [], "relationshipName": null, "relationshipOrder": null,
        "restrictedDelete": false, "restrictedPicklist": false, "scale": 0, "searchPrefilterable": false,
        "soapType": soap, "sortable": kind != "textarea", "type": kind, "unique": false, "updateable": true,
        "writeRequiresMasterRead": false
    });
    [first, second]
        .into_iter()
        .filter_map(|part| part.as_object().cloned())
        .flatten()
        .collect()
}

/// `Annual_Revenue__c` and `AnnualRevenue` as a person reads them.
fn label_of(name: &str) -> String {
    let name = name.strip_suffix("__c").unwrap_or(name).replace('_', " ");
    let mut label = String::new();
    let mut before = ' ';
    for c in name.chars() {
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            label.push(' ');
        }
        label.push(c);
        before = c;
    }
    label
}

/// Fields that have no field-level security (Object Reference, FieldPermissions: id and audit fields, owner, name and
/// required standard fields).
fn is_permissionable(object: &str, column: &Column) -> bool {
    let always = [
        "Id",
        "IsDeleted",
        "CreatedById",
        "CreatedDate",
        "LastModifiedById",
        "LastModifiedDate",
        "SystemModstamp",
        "OwnerId",
        "RecordTypeId",
        "CurrencyIsoCode",
        "Name",
        "LastActivityDate",
        "LastViewedDate",
        "LastReferencedDate",
        "MasterRecordId",
        "PhotoUrl",
    ];
    let own: &[&str] = match object {
        "Contact" => &["FirstName", "LastName", "Salutation", "IsEmailBounced"],
        "Lead" => &[
            "FirstName",
            "LastName",
            "Salutation",
            "Company",
            "Status",
            "IsConverted",
            "ConvertedDate",
            "ConvertedAccountId",
            "ConvertedContactId",
            "ConvertedOpportunityId",
        ],
        "Opportunity" => &[
            "StageName",
            "CloseDate",
            "ForecastCategory",
            "ForecastCategoryName",
            "IsClosed",
            "IsWon",
            "Fiscal",
            "FiscalYear",
            "FiscalQuarter",
            "HasOpportunityLineItem",
        ],
        "Task" => &[
            "Subject",
            "Status",
            "Priority",
            "IsClosed",
            "IsHighPriority",
            "AccountId",
        ],
        "Event" => &[
            "Subject",
            "StartDateTime",
            "EndDateTime",
            "ActivityDateTime",
            "AccountId",
        ],
        "User" => return false,
        _ => &[],
    };
    !always.contains(&column.name.as_str()) && !own.contains(&column.name.as_str())
}

/// The compound field that a column is a part of: `BillingAddress` for `BillingCity`.
fn compound_of(object: &ObjectSchema, column: &str) -> Option<String> {
    if ["FirstName", "LastName", "Salutation"].contains(&column) && object.name != "User" {
        return Some("Name".to_owned());
    }
    let parts = [
        "Street",
        "City",
        "State",
        "StateCode",
        "PostalCode",
        "Country",
        "CountryCode",
        "Latitude",
        "Longitude",
        "GeocodeAccuracy",
    ];
    parts
        .iter()
        .filter_map(|part| column.strip_suffix(part))
        .find_map(|prefix| {
            let compound = format!("{prefix}Address");
            object
                .columns
                .contains_key(&compound.to_ascii_lowercase())
                .then_some(compound)
        })
}
