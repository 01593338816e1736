//! `type-mismatch`: a property and a field whose types HubSpot does not map onto each other.

use super::mapped_property::mapped;
use super::{AuditMeta, Facts, Outcome};
use crate::effective::definition;
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Fix, Safety, Severity};
use crate::snapshot::FieldType;
use crate::snapshot::hubspot::HubSpotProperty;

pub(super) static META: AuditMeta = AuditMeta {
    id: "type-mismatch",
    error_type: None,
    title: "A HubSpot property and its Salesforce field have types that do not fit",
    severity: Severity::Medium,
    confidence: Confidence::Likely,
    salesforce_errors: &["INVALID_TYPE_ON_FIELD_IN_RECORD", "STRING_TOO_LONG"],
    hubspot_category: Some("Property Values"),
    docs: "\
## What it checks
The type of each mapped property against the type of its field, by HubSpot's table of types that can be mapped: dropdowns onto
picklists and lookups, checkboxes onto multi-select picklists, single checkboxes onto checkboxes, numbers onto numbers, text onto text
and text areas, dates onto dates and times. Custom properties of HubSpot users cannot be mapped.
## Why it matters for the sync
Values are refused or cut.
## What it cannot see
HubSpot's table says nothing of currency, percent, phone, URL, e-mail and id fields, of formulas, files and calculated properties. Their
pairs are not reported; neither are fields whose type the source does not tell.
## How to fix it
Map a property of a fitting type.
## Example
A single checkbox of HubSpot is mapped to a date field of Salesforce.
",
};

/// Whether two types fit; none where HubSpot's table does not say
/// (HubSpot Knowledge Base, "Map HubSpot properties to Salesforce fields", field types).
fn fits(property: &HubSpotProperty, field: &FieldType) -> Option<bool> {
    use FieldType as F;
    let told = matches!(
        field,
        F::Picklist
            | F::MultiselectPicklist
            | F::Lookup
            | F::MasterDetail
            | F::Checkbox
            | F::Number
            | F::Text
            | F::TextArea
            | F::LongTextArea
            | F::Date
            | F::DateTime
    );
    if !told {
        return None;
    }
    Some(
        match (property.data_type.as_str(), property.field_type.as_str()) {
            ("enumeration", "select" | "radio") => match field {
                F::Picklist | F::Lookup | F::MasterDetail => true,
                // Text takes what a dropdown has; the table does not name the pair.
                F::Text | F::TextArea | F::LongTextArea | F::MultiselectPicklist => return None,
                _ => false,
            },
            ("enumeration", "checkbox") => match field {
                F::MultiselectPicklist => true,
                F::Text | F::TextArea | F::LongTextArea | F::Picklist => return None,
                _ => false,
            },
            ("bool" | "enumeration", "booleancheckbox") => match field {
                F::Checkbox => true,
                F::Text | F::TextArea | F::LongTextArea | F::Picklist => return None,
                _ => false,
            },
            ("number", "number") => match field {
                F::Number => true,
                F::Text | F::TextArea | F::LongTextArea => return None,
                _ => false,
            },
            // A single line of text may hold ids, codes and names of all kinds.
            ("string", "text") => match field {
                F::Text | F::TextArea => true,
                F::LongTextArea
                | F::Picklist
                | F::Lookup
                | F::MasterDetail
                | F::MultiselectPicklist => return None,
                _ => false,
            },
            ("string", "textarea") => match field {
                F::TextArea | F::LongTextArea => true,
                F::Text | F::Picklist | F::MultiselectPicklist => return None,
                _ => false,
            },
            ("date" | "datetime", "date") => match field {
                F::Date | F::DateTime => true,
                F::Text | F::TextArea | F::LongTextArea => return None,
                _ => false,
            },
            _ => return None,
        },
    )
}

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for mapped in mapped(facts, &mut outcome) {
        let (object, row) = (&mapped.mapping.object, &mapped.mapping.row);
        let Some(property) = mapped.property else {
            continue;
        };
        let Some(field) = definition(facts.snapshot, object, &row.field) else {
            outcome.not_known(format!("the type of {object}.{} is not known", row.field));
            continue;
        };
        // HubSpot maps no custom property of its users (same article).
        let of_users = property.referenced_object_type.as_deref() == Some("OWNER")
            && property.hubspot_defined == Some(false);
        let skipped = field.formula.is_some()
            || property.calculated
            || property.referenced_object_type.is_some();
        if !of_users && (skipped || fits(property, &field.field_type) != Some(false)) {
            continue;
        }
        let label = format!("{} {}", row.hubspot_object, row.hubspot_property);
        let types = if of_users {
            "It is a custom property of HubSpot users, which HubSpot cannot map".to_owned()
        } else {
            format!(
                "HubSpot's type is {} ({}), Salesforce's is {}",
                property.data_type,
                property.field_type,
                named(&field.field_type)
            )
        };
        let fix = Fix::new(
            Safety::Advice,
            format!("Map a property of a fitting type to {object}.{}", row.field),
        )
        .step("Make a property whose type fits the field, move the values, and map that")
        .step("HubSpot > Settings > Integrations > Salesforce: open the object's mappings");
        let finding = Finding::new(
            &META,
            format!("The types of {label} and {object}.{} do not fit", row.field),
            fix,
        )
        .detail(format!("{types}."))
        .object(object)
        .field(&row.field)
        .subject(label)
        .mapping(mapped.index)
        .evidence(facts.rows(&[mapped.index]))
        .evidence([Evidence::new(EvidenceKind::Definition, types)])
        .evidence(facts.defined(object, &row.field));
        outcome.find(finding, vec![mapped.index]);
    }
    outcome
}

fn named(field: &FieldType) -> &'static str {
    match field {
        FieldType::Picklist => "picklist",
        FieldType::MultiselectPicklist => "multi-select picklist",
        FieldType::Lookup | FieldType::MasterDetail => "reference",
        FieldType::Checkbox => "checkbox",
        FieldType::Number => "number",
        FieldType::Text => "text",
        FieldType::TextArea | FieldType::LongTextArea => "text area",
        FieldType::Date => "date",
        FieldType::DateTime => "date and time",
        _ => "another",
    }
}
