//! Objects with all that a whole file holds, record types and validation rules.

use std::collections::BTreeMap;

use super::{Fault, Source, field};
use crate::collect::metadata::xml::Element;
use crate::snapshot::{Name, NameField, ObjectKind, RecordType, SObject, ValidationRule};

/// Elements of an object that source format keeps in files of their own, and that say nothing of the object
/// itself (forcedotcom/source-deploy-retrieve, `metadataRegistry.json`, children of CustomObject).
const PARTS: &[&str] = &[
    "businessProcesses",
    "compactLayouts",
    "fieldSets",
    "indexes",
    "listViews",
    "sharingReasons",
    "webLinks",
];

/// A whole object file.
pub(super) fn whole(source: &mut Source<'_, '_>, name: Name) -> Result<SObject, Fault> {
    let root = source.document.root(&["CustomObject"])?;
    let at = source.place(&root);
    let mut object = SObject::new(name);
    while let Some(element) = source.child()? {
        object.defined |= !PARTS.contains(&element.name)
            && !["fields", "recordTypes", "validationRules"].contains(&element.name);
        match element.name {
            "fields" => {
                if let Some(field) = field::field(source, &element, None)? {
                    object.fields.insert(field.name.clone(), field);
                }
            }
            "recordTypes" => {
                if let Some(record_type) = record_type(source, &element, None)? {
                    object
                        .record_types
                        .insert(record_type.name.clone(), record_type);
                }
            }
            "validationRules" => {
                let rule = validation_rule(source, &element, None)?;
                object.validation_rules.extend(rule);
            }
            "label" => object.label = source.line_of_text()?,
            "sharingModel" => object.sharing_model = source.line_of_text()?,
            "externalSharingModel" => object.external_sharing_model = source.line_of_text()?,
            "customSettingsType" => {
                if source.line_of_text()?.is_some() {
                    object.kind = ObjectKind::CustomSetting;
                }
            }
            "nameField" => object.name_field = name_field(source, &element)?,
            _ => source.skip()?,
        }
    }
    object.at = object.defined.then_some(at);
    object.incomplete = source.fault_count > 0;
    Ok(object)
}

fn name_field(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
) -> Result<Option<NameField>, Fault> {
    let at = Some(source.place(element));
    let mut auto_number = None;
    while let Some(child) = source.child()? {
        match child.name {
            "type" => auto_number = Some(source.document.text()?.trim() == "AutoNumber"),
            _ => source.skip()?,
        }
    }
    Ok(auto_number.map(|auto_number| NameField { auto_number, at }))
}

/// The record type whose element was just taken; none, and a fault noted, where it cannot be used.
pub(super) fn record_type(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
    file_name: Option<Name>,
) -> Result<Option<RecordType>, Fault> {
    let at = Some(source.place(element));
    let (mut name, mut active) = (None, Some(true));
    let mut label = None;
    let mut picklist_values: BTreeMap<Name, Vec<String>> = BTreeMap::new();
    while let Some(child) = source.child()? {
        match child.name {
            "fullName" => name = source.name()?,
            "active" => active = source.boolean(&child)?,
            "label" => label = source.line_of_text()?,
            "picklistValues" => {
                let (mut picklist, mut values) = (None, Vec::new());
                while let Some(part) = source.child()? {
                    match part.name {
                        "picklist" => picklist = source.name()?,
                        "values" => values.extend(full_name(source)?),
                        _ => source.skip()?,
                    }
                }
                values.shrink_to_fit();
                if let Some(picklist) = picklist {
                    picklist_values.insert(picklist, values);
                }
            }
            _ => source.skip()?,
        }
    }
    let name = name.or(file_name);
    if name.is_none() {
        source.note(element, "a record type without a `<fullName>`");
    }
    Ok(name.zip(active).map(|(name, active)| RecordType {
        name,
        label,
        active,
        id: None,
        picklist_values,
        at,
    }))
}

/// The value of a record type's picklist. Metadata percent-encodes it there, and only there (`A%2FB` for `A/B`).
fn full_name(source: &mut Source<'_, '_>) -> Result<Option<String>, Fault> {
    let mut name = None;
    while let Some(part) = source.child()? {
        match part.name {
            "fullName" => name = source.line_of_text()?,
            _ => source.skip()?,
        }
    }
    Ok(name.map(
        |name| match percent_encoding::percent_decode_str(&name).decode_utf8() {
            Ok(decoded) => decoded.into_owned(),
            Err(_) => name,
        },
    ))
}

/// The validation rule whose element was just taken; none, and a fault noted, where it cannot be used.
pub(super) fn validation_rule(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
    file_name: Option<Name>,
) -> Result<Option<ValidationRule>, Fault> {
    let mut at = Some(source.place(element));
    let (mut name, mut active) = (None, Some(true));
    let (mut formula, mut description) = (None, None);
    let (mut error_message, mut error_display_field) = (None, None);
    while let Some(child) = source.child()? {
        match child.name {
            "fullName" => name = source.name()?,
            "active" => active = source.boolean(&child)?,
            // A rule is shown where its formula stands.
            "errorConditionFormula" => {
                at = Some(source.place(&child));
                formula = source.full_text()?;
            }
            "description" => description = source.full_text()?,
            "errorMessage" => error_message = source.line_of_text()?,
            "errorDisplayField" => error_display_field = source.name()?,
            _ => source.skip()?,
        }
    }
    let name = name.or(file_name);
    if name.is_none() {
        source.note(element, "a validation rule without a `<fullName>`");
    }
    Ok(name.zip(active).map(|(name, active)| ValidationRule {
        name,
        active,
        formula,
        description,
        error_message,
        error_display_field,
        at,
    }))
}
