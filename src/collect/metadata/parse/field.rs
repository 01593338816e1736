//! Fields, as `*.field-meta.xml` or as `<fields>` of a whole object.

use super::value_set;
use super::{Fault, Source};
use crate::collect::metadata::xml::Element;
use crate::snapshot::{Field, FieldType, Name};

/// The field whose element was just taken. `file_name` is the name that the file has, for a decomposed field.
/// None, and a fault noted, for one without a name.
pub(super) fn field(
    source: &mut Source<'_, '_>,
    element: &Element<'_>,
    file_name: Option<Name>,
) -> Result<Option<Field>, Fault> {
    let at = Some(source.place(element));
    let faults_before = source.fault_count;
    let mut name = None;
    let mut field = Field::new(Name::new(""));
    while let Some(child) = source.child()? {
        match child.name {
            "fullName" => name = source.name()?,
            "label" => field.label = source.line_of_text()?,
            "type" => {
                let text = source.document.text()?;
                field.field_type = field_type(text.trim());
            }
            "required" => field.required = source.boolean(&child)?.unwrap_or_default(),
            "formula" => field.formula = source.full_text()?,
            "defaultValue" => {
                let text = source.full_text()?;
                field.has_default |= text.is_some();
                // Other types take a formula, in which a text has quotes.
                field.checked_by_default = match text.as_deref().map(str::trim) {
                    Some("true") => Some(true),
                    Some("false") => Some(false),
                    _ => None,
                };
            }
            "length" => field.length = source.line_of_text()?.and_then(|text| text.parse().ok()),
            "writeRequiresMasterRead" => {
                field.write_requires_master_read = source.boolean(&child)?;
            }
            "referenceTo" => field.reference_to.extend(source.name()?),
            "valueSet" | "picklist" => value_set::of_field(source, &child, &mut field)?,
            _ => source.skip()?,
        }
    }
    let Some(name) = name.or(file_name) else {
        source.note(element, "a field without a `<fullName>`");
        return Ok(None);
    };
    if !field.reference_to.is_empty() {
        field.relationship_name = relationship_name(&name).map(|text| source.names.name(&text));
    }
    if source.fault_count > faults_before {
        // A wrong word in one fact makes the field's editability uncertain as a whole.
        field = Field::new(name);
        field.incomplete = true;
    } else {
        field.name = name;
    }
    field.at = at;
    Ok(Some(field))
}

/// The name by which formulas and queries walk from the child to the parent. The `<relationshipName>` of a
/// definition is the other way: the parent's name for its children (Metadata API Developer Guide, CustomField).
fn relationship_name(field: &Name) -> Option<String> {
    let text = field.as_str();
    let cut = |suffix: &str| {
        field
            .has_suffix(suffix)
            .then(|| text.get(..text.len().checked_sub(suffix.len())?))
            .flatten()
            .filter(|stem| !stem.is_empty())
    };
    if let Some(stem) = cut("__c") {
        return Some(format!("{stem}__r"));
    }
    if field.is_custom() {
        return None;
    }
    cut("Id").map(str::to_owned)
}

/// The metadata's type names (metadata WSDL, `FieldType`).
fn field_type(text: &str) -> FieldType {
    match text {
        "" => FieldType::Unknown,
        "Text" => FieldType::Text,
        "TextArea" => FieldType::TextArea,
        "LongTextArea" => FieldType::LongTextArea,
        "Html" => FieldType::RichTextArea,
        "EncryptedText" => FieldType::EncryptedText,
        "Checkbox" => FieldType::Checkbox,
        "Number" | "Integer" | "Long" => FieldType::Number,
        "Currency" => FieldType::Currency,
        "Percent" => FieldType::Percent,
        "Date" => FieldType::Date,
        "DateTime" => FieldType::DateTime,
        "Time" => FieldType::Time,
        "Email" => FieldType::Email,
        "Phone" => FieldType::Phone,
        "Url" => FieldType::Url,
        "Picklist" => FieldType::Picklist,
        "MultiselectPicklist" => FieldType::MultiselectPicklist,
        "Lookup" | "Hierarchy" | "MetadataRelationship" => FieldType::Lookup,
        "MasterDetail" => FieldType::MasterDetail,
        "ExternalLookup" | "IndirectLookup" => FieldType::ExternalLookup,
        "AutoNumber" => FieldType::AutoNumber,
        "Summary" => FieldType::Summary,
        "Address" => FieldType::Address,
        "Location" => FieldType::Geolocation,
        other => FieldType::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relationships_are_walked_by_the_fields_own_name() {
        let of = |name: &str| relationship_name(&Name::new(name));
        assert_eq!(of("Parent__c").as_deref(), Some("Parent__r"));
        assert_eq!(of("ns__Parent__C").as_deref(), Some("ns__Parent__r"));
        assert_eq!(of("AccountId").as_deref(), Some("Account"));
        assert_eq!(of("Odd"), None);
        assert_eq!(of("Odd__pc"), None);
    }
}
