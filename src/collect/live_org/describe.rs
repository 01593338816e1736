//! A describe answer to the schema facts that hold for every user.
//!
//! Describe answers as the caller: what it may not read is not there, and `createable` and `updateable` are its own.
//! Only what the platform itself decides is taken from them.

use serde::Deserialize;

use crate::snapshot::{
    Field, FieldType, Name, ObjectKind, PicklistValue, SObject, kind_of_name, standard,
};

/// The part of a describe answer that is used.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    pub(super) name: Name,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    createable: bool,
    #[serde(default)]
    updateable: bool,
    #[serde(default)]
    custom_setting: bool,
    pub(super) fields: Vec<DescribeField>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeField {
    pub(super) name: Name,
    #[serde(default)]
    label: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    extra_type_info: Option<String>,
    #[serde(default)]
    length: Option<u32>,
    #[serde(default)]
    nillable: bool,
    #[serde(default)]
    defaulted_on_create: bool,
    #[serde(default)]
    default_value: Option<serde_json::Value>,
    #[serde(default)]
    default_value_formula: Option<String>,
    #[serde(default)]
    calculated: bool,
    #[serde(default)]
    calculated_formula: Option<String>,
    #[serde(default)]
    auto_number: bool,
    #[serde(default)]
    cascade_delete: bool,
    #[serde(default)]
    compound_field_name: Option<Name>,
    #[serde(default)]
    controller_name: Option<Name>,
    #[serde(default)]
    createable: bool,
    #[serde(default)]
    updateable: bool,
    #[serde(default)]
    permissionable: Option<bool>,
    #[serde(default)]
    write_requires_master_read: bool,
    #[serde(default)]
    reference_to: Option<Vec<Name>>,
    #[serde(default)]
    relationship_name: Option<Name>,
    #[serde(default)]
    relationship_order: Option<u32>,
    #[serde(default)]
    restricted_picklist: bool,
    #[serde(default)]
    picklist_values: Option<Vec<DescribeValue>>,
}

#[derive(Debug, Clone, Deserialize)]
struct DescribeValue {
    value: String,
    #[serde(default)]
    active: bool,
    #[serde(rename = "defaultValue")]
    default_value: Option<bool>,
}

impl Describe {
    /// How many standard fields field-level security governs.
    pub(super) fn governed(&self) -> usize {
        self.fields
            .iter()
            .filter(|field| !field.name.is_custom() && field.permissionable != Some(false))
            .count()
    }

    /// The object with its fields.
    pub(super) fn into_object(self) -> SObject {
        let mut object = SObject::new(self.name.clone());
        object.defined = true;
        object.label = self.label;
        object.kind = if self.custom_setting {
            ObjectKind::CustomSetting
        } else {
            kind_of_name(&self.name)
        };
        let writes = self.createable && self.updateable;
        let compounds: Vec<Name> = self
            .fields
            .iter()
            .filter_map(|field| field.compound_field_name.clone())
            .collect();
        for described in self.fields {
            let is_compound = compounds.contains(&described.name);
            let creates = self.createable;
            let field = described.into_field(&self.name, writes, creates, is_compound);
            object.fields.insert(field.name.clone(), field);
        }
        object
    }
}

impl DescribeField {
    /// `writes`: the caller may create and update records. `creates`: it may create them.
    fn into_field(self, object: &Name, writes: bool, creates: bool, is_compound: bool) -> Field {
        let mut field = Field::new(self.name.clone());
        let field_type = self.field_type(is_compound);
        let computed = self.calculated || self.auto_number;
        field.formula = self
            .calculated_formula
            .clone()
            .filter(|formula| self.calculated && !formula.is_empty());
        let (createable, updateable) = self.write_facts(object, writes, computed);
        field.createable = createable;
        field.updateable = updateable;
        let may_be_given = if creates {
            self.createable
        } else {
            createable != Some(false) && !standard::is_system_field(self.name.as_str())
        };
        field.required = !self.nillable && !self.defaulted_on_create && may_be_given && !computed;
        let by_value =
            (self.picklist_values.iter().flatten()).any(|value| value.default_value == Some(true));
        field.has_default =
            (self.defaulted_on_create || self.default_value_formula.is_some() || by_value)
                && !computed;
        if field_type == FieldType::Checkbox && !computed {
            field.checked_by_default = self.checked_by_default();
        }
        field.label = self.label;
        field.write_requires_master_read =
            (field_type == FieldType::MasterDetail).then_some(self.write_requires_master_read);
        field.reference_to = self.reference_to.unwrap_or_default();
        field.relationship_name = self.relationship_name;
        let is_picklist = matches!(
            field_type,
            FieldType::Picklist | FieldType::MultiselectPicklist
        );
        field.restricted = is_picklist.then_some(self.restricted_picklist);
        field.values = self
            .picklist_values
            .unwrap_or_default()
            .into_iter()
            .map(|value| PicklistValue {
                value: value.value,
                active: value.active,
            })
            .collect();
        field.controlling_field = self.controller_name;
        // Describe names a compound field as its own compound in some versions.
        field.compound = self
            .compound_field_name
            .filter(|compound| *compound != self.name);
        field.permissionable = self.permissionable;
        field.length = self.length.filter(|length| *length > 0);
        field.field_type = field_type;
        field
    }

    /// What a checkbox holds on a new record: the default, or the formula for it where that is a plain truth value.
    fn checked_by_default(&self) -> Option<bool> {
        match self.default_value_formula.as_deref().map(str::trim) {
            Some(formula) if formula.eq_ignore_ascii_case("true") => Some(true),
            Some(formula) if formula.eq_ignore_ascii_case("false") => Some(false),
            Some(_) => None,
            None => self.default_value.as_ref()?.as_bool(),
        }
    }

    /// Whether anybody may create and update the field, as far as the caller's own rights prove it.
    ///
    /// Field-level security gives Edit for both at once, so a field that the caller may do the one with and not the
    /// other is so for everybody. One that it may do neither with may be hidden by the caller's own field-level
    /// security, unless none governs it.
    fn write_facts(
        &self,
        object: &Name,
        writes: bool,
        computed: bool,
    ) -> (Option<bool>, Option<bool>) {
        if computed {
            return (Some(false), Some(false));
        }
        let yes = |flag: bool| flag.then_some(true);
        if !writes {
            return (yes(self.createable), yes(self.updateable));
        }
        if self.createable || self.updateable || self.permissionable == Some(false) {
            return (Some(self.createable), Some(self.updateable));
        }
        match standard::field(object, &self.name) {
            Some(known) if known.createable == Some(false) && known.updateable == Some(false) => {
                (Some(false), Some(false))
            }
            _ => (None, None),
        }
    }

    fn field_type(&self, is_compound: bool) -> FieldType {
        if self.auto_number {
            return FieldType::AutoNumber;
        }
        // A roll-up summary is calculated, and has no formula.
        let sums = matches!(
            self.kind.as_str(),
            "double" | "int" | "currency" | "percent" | "date" | "datetime"
        );
        if self.calculated && self.calculated_formula.is_none() && self.name.is_custom() && sums {
            return FieldType::Summary;
        }
        match self.kind.as_str() {
            "id" => FieldType::Id,
            "string" if is_compound => FieldType::PersonName,
            "string" => FieldType::Text,
            "textarea" => match (self.extra_type_info.as_deref(), self.length) {
                (Some("richtextarea"), _) => FieldType::RichTextArea,
                (_, Some(length)) if length > 255 => FieldType::LongTextArea,
                _ => FieldType::TextArea,
            },
            "encryptedstring" => FieldType::EncryptedText,
            "boolean" => FieldType::Checkbox,
            "int" | "double" | "long" => FieldType::Number,
            "currency" => FieldType::Currency,
            "percent" => FieldType::Percent,
            "date" => FieldType::Date,
            "datetime" => FieldType::DateTime,
            "time" => FieldType::Time,
            "email" => FieldType::Email,
            "phone" => FieldType::Phone,
            "url" => FieldType::Url,
            "picklist" | "combobox" => FieldType::Picklist,
            "multipicklist" => FieldType::MultiselectPicklist,
            // The order of a master-detail relationship is told, of a lookup never (Metadata Components, CustomField
            // `relationshipOrder`).
            "reference"
                if self.relationship_order.is_some()
                    || (self.cascade_delete && self.name.is_custom()) =>
            {
                FieldType::MasterDetail
            }
            "reference" => FieldType::Lookup,
            "address" => FieldType::Address,
            "location" => FieldType::Geolocation,
            other => FieldType::Other(other.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(fields: &str, writes: bool) -> SObject {
        let text = format!(
            r#"{{"name":"Contact","createable":{writes},"updateable":{writes},"fields":[{fields}]}}"#
        );
        serde_json::from_str::<Describe>(&text)
            .unwrap()
            .into_object()
    }

    #[test]
    fn the_callers_own_rights_are_no_facts() {
        let hidden = r#"{"name":"X__c","type":"string","permissionable":true,"createable":false,"updateable":false,"nillable":true}"#;
        let field = &object(hidden, true).fields[&"X__c".into()];
        assert_eq!((field.createable, field.updateable), (None, None));
        let once = hidden.replace(r#""createable":false"#, r#""createable":true"#);
        let field = &object(&once, true).fields[&"X__c".into()];
        assert_eq!(
            (field.createable, field.updateable),
            (Some(true), Some(false))
        );
        let field = &object(&once, false).fields[&"X__c".into()];
        assert_eq!((field.createable, field.updateable), (Some(true), None));
        let system = hidden.replace(r#""permissionable":true"#, r#""permissionable":false"#);
        let field = &object(&system, true).fields[&"X__c".into()];
        assert_eq!(
            (field.createable, field.updateable),
            (Some(false), Some(false))
        );
        let field = &object(&system, false).fields[&"X__c".into()];
        assert_eq!((field.createable, field.updateable), (None, None));
    }

    #[test]
    fn defaults_are_told_from_describe() {
        let fields = r#"
            {"name":"On__c","type":"boolean","defaultedOnCreate":true,"defaultValue":true},
            {"name":"Off__c","type":"boolean","defaultedOnCreate":true,"defaultValue":false},
            {"name":"By_Formula__c","type":"boolean","defaultValue":false,"defaultValueFormula":"ISNEW()"},
            {"name":"Hidden__c","type":"boolean"},
            {"name":"Level__c","type":"picklist","picklistValues":[{"value":"A","active":true,"defaultValue":true}]},
            {"name":"Text__c","type":"string"}"#;
        let object = object(fields, true);
        let of = |name: &str| {
            let field = &object.fields[&Name::new(name)];
            (field.has_default, field.checked_by_default)
        };
        assert_eq!(of("On__c"), (true, Some(true)));
        assert_eq!(of("Off__c"), (true, Some(false)));
        assert_eq!(of("By_Formula__c"), (true, None));
        assert_eq!(of("Hidden__c"), (false, None));
        assert_eq!(of("Level__c"), (true, None));
        assert_eq!(of("Text__c"), (false, None));
    }

    #[test]
    fn roll_ups_names_and_details_are_told_from_describe() {
        let fields = r#"
            {"name":"Sum__c","type":"double","calculated":true,"calculatedFormula":null},
            {"name":"Formula__c","type":"double","calculated":true,"calculatedFormula":"1+1"},
            {"name":"Name","type":"string","createable":false,"updateable":false},
            {"name":"LastName","type":"string","compoundFieldName":"Name","createable":true,"nillable":false},
            {"name":"Master__c","type":"reference","relationshipOrder":0}"#;
        let object = object(fields, true);
        let of = |name: &str| object.fields[&Name::new(name)].field_type.clone();
        assert_eq!(of("Sum__c"), FieldType::Summary);
        assert_eq!(of("Formula__c"), FieldType::Number);
        assert_eq!(of("Name"), FieldType::PersonName);
        assert_eq!(of("Master__c"), FieldType::MasterDetail);
        assert!(object.fields[&"LastName".into()].required);
        assert!(!object.fields[&"Name".into()].required);
    }
}
