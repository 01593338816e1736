//! `required-field-unmapped`: HubSpot creates records without a value for a required field.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Known, NeverEditable, field_nature};
use crate::finding::{
    Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::snapshot::{Field, FieldType, Name, Place, standard};

pub(super) static META: AuditMeta = AuditMeta {
    id: "required-field-unmapped",
    error_type: None,
    title: "HubSpot creates records without a required field",
    severity: Severity::High,
    confidence: Confidence::Likely,
    salesforce_errors: &["REQUIRED_FIELD_MISSING"],
    hubspot_category: Some("Property Values"),
    docs: "\
## What it checks
For each object on which HubSpot creates records: that every universally required field without a default is mapped with a
rule that writes. The fields that HubSpot fills by itself (names, the stage and close date of an opportunity) are left out.
## Why it matters for the sync
Salesforce refuses each new record; updates go on working, which hides the cause.
## What it cannot see
Values that a flow or trigger fills before the save; fields that a page layout or validation rule requires.
## How to fix it
Map a HubSpot property to the field with a writing rule, or give the field a default value.
## Example
Account.Region__c is required, has no default, and is mapped with `Always use Salesforce`.
",
};

/// What HubSpot sends without a visible mapping (HubSpot Knowledge Base, default mappings of the integration).
pub(super) const FILLED_BY_HUBSPOT: &[(&str, &[&str])] = &[
    ("Account", &["Name"]),
    ("Contact", &["LastName", "Name"]),
    ("Lead", &["LastName", "Company", "Name"]),
    ("Opportunity", &["Name", "StageName", "CloseDate"]),
    ("Task", &["Subject", "Status", "Priority", "OwnerId"]),
];

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut created: Vec<(&Name, Confidence)> = facts
        .requirements
        .objects
        .iter()
        .filter(|(_, needs)| needs.create.is_some())
        .map(|(object, _)| (object, Confidence::Likely))
        .collect();
    for any in &facts.requirements.any_create {
        created.extend(
            any.objects
                .iter()
                .map(|object| (object, Confidence::Possible)),
        );
    }
    for (object, confidence) in created {
        let Some(definition) = facts.snapshot.objects.get(object) else {
            outcome.not_known(format!("the fields of {object} were not read"));
            continue;
        };
        if !definition.fields_complete {
            outcome.not_known(format!("the source may not hold all fields of {object}"));
        }
        for field in definition.fields.values() {
            if required(field) && !is_filled(object, &field.name) {
                judge(
                    facts,
                    object,
                    &field.name,
                    field.at,
                    confidence,
                    &mut outcome,
                );
            }
        }
        for field in standard::required_on_create(object) {
            let known = definition.fields.contains_key(&field.name);
            if !known && !is_filled(object, &field.name) {
                judge(facts, object, &field.name, None, confidence, &mut outcome);
            }
        }
    }
    outcome
}

/// A checkbox always has a value, and a master-detail field is required without saying so.
fn required(field: &Field) -> bool {
    (field.required || field.field_type == FieldType::MasterDetail)
        && !field.has_default
        && field.formula.is_none()
        && !matches!(
            field.field_type,
            FieldType::Checkbox | FieldType::AutoNumber | FieldType::Summary
        )
}

fn is_filled(object: &Name, field: &Name) -> bool {
    FILLED_BY_HUBSPOT
        .iter()
        .any(|(known, fields)| object.is(known) && fields.iter().any(|name| field.is(name)))
}

fn judge(
    facts: &Facts<'_>,
    object: &Name,
    field: &Name,
    at: Option<Place>,
    confidence: Confidence,
    outcome: &mut Outcome,
) {
    let nature = field_nature(facts.snapshot, object, field);
    if matches!(
        nature.never_editable,
        Some(NeverEditable::System | NeverEditable::AutoNumber | NeverEditable::Formula)
    ) || nature.writable == Known::No
    {
        return;
    }
    let mapped: Vec<usize> = facts
        .mappings()
        .filter(|(_, mapping, _)| mapping.object == *object && mapping.row.field == *field)
        .map(|(index, ..)| index)
        .collect();
    let writes = |index: &usize| {
        facts
            .requirements
            .mappings
            .get(*index)
            .is_some_and(|mapping| mapping.row.sync_rule.writes())
    };
    if mapped.iter().any(writes) {
        return;
    }
    let why = if mapped.is_empty() {
        "is mapped to no property"
    } else {
        "is mapped with a rule that never writes"
    };
    let summary = if mapped.is_empty() {
        format!("Map a HubSpot property to {object}.{field} with a rule that writes")
    } else {
        format!("Change the rule of the mapping of {object}.{field} to one that writes")
    };
    let fix = Fix::new(Safety::Advice, summary)
        .step("HubSpot > Settings > Integrations > Salesforce: add or change the mapping")
        .step(format!(
            "Or give {object}.{field} a default value in Salesforce"
        ))
        .setup(format!(
            "Setup > Object Manager > {object} > Fields & Relationships > {field}"
        ));
    let text = format!("{object}.{field} is required and has no default");
    let finding = Finding::new(
        &META,
        format!("{object}.{field} is required and {why}"),
        fix,
    )
    .detail(format!(
        "Salesforce refuses each {object} that HubSpot creates."
    ))
    .object(object)
    .field(field)
    .operation(Operation::Create)
    .at_most(confidence)
    .evidence([if at.is_some() {
        facts.fact(EvidenceKind::Definition, text, at)
    } else {
        Evidence::new(EvidenceKind::Platform, text)
    }])
    .evidence(facts.rows(&mapped));
    outcome.find(finding, mapped);
}
