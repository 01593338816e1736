//! `picklist-value-rejected`: HubSpot writes a value that a restricted picklist does not take.

use super::mapped_property::mapped;
use super::{AuditMeta, Facts, Outcome};
use crate::config::PicklistUse;
use crate::effective::{Existence, definition};
use crate::finding::{
    Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::snapshot::{
    Area, CoverageStatus, Field, FieldType, Name, PicklistValue, RecordType, standard,
};

pub(super) static META: AuditMeta = AuditMeta {
    id: "picklist-value-rejected",
    error_type: Some(10),
    title: "HubSpot writes a value that a restricted picklist does not take",
    severity: Severity::Medium,
    confidence: Confidence::Certain,
    salesforce_errors: &[
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "FIELD_INTEGRITY_EXCEPTION",
    ],
    hubspot_category: Some("Field values"),
    docs: "\
## What it checks
The values that `[[sync.picklist]]` in `permgap.toml` says HubSpot writes, or else the options of the mapped HubSpot property (`--hubspot`):
that each is an active value of the restricted picklist, and one that the record types of the sync leave. State and country codes count
as restricted.
## Why it matters for the sync
Salesforce refuses the whole record for one such value.
## What it cannot see
Values of properties without options, unless they are declared. Whether a record has the option at all. Which values a
controlling field allows. The names (not codes) of states and countries.
## How to fix it
Add the value to the picklist and to the record type, or change the option in HubSpot.
## Example
HubSpot's deal stage `appointmentscheduled` is written to a restricted picklist that has only `Prospecting`.
",
};

/// Address parts that take codes where state and country picklists are on.
const CODES: [&str; 2] = ["StateCode", "CountryCode"];

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let declared = &facts.requirements.picklists;
    for used in declared
        .iter()
        .filter(|used| !used.field.is("RecordTypeId"))
    {
        judge(facts, used, None, &mut outcome);
    }
    let of_hubspot = of_hubspot(facts);
    for (used, property) in &of_hubspot {
        judge(facts, used, Some(property), &mut outcome);
    }
    let unread = [Area::Fields, Area::Objects].iter().any(|area| {
        matches!(
            facts.snapshot.coverage.status(*area),
            CoverageStatus::Partial | CoverageStatus::Refused
        )
    });
    for needed in facts.needed_fields() {
        let known = declared
            .iter()
            .chain(of_hubspot.iter().map(|(used, _)| used))
            .any(|used| used.object == *needed.object && used.field == *needed.field);
        if known || needed.writing.is_empty() {
            continue;
        }
        let field = definition(facts.snapshot, needed.object, needed.field);
        match field.and_then(|field| is_restricted(needed.object, field)) {
            Some(true) => outcome.not_known(format!(
                "which values HubSpot writes to {} is not known: read the property's options with --hubspot, or declare them under [[sync.picklist]] in permgap.toml",
                needed.label()
            )),
            // A source that never tells is another matter: it would be said of every field, on every run.
            None if unread && needed.access.nature.existence != Existence::Missing => {
                outcome.not_known(format!(
                    "whether {} takes only the values of its list was not read",
                    needed.label()
                ));
            }
            _ => {}
        }
    }
    outcome
}

/// The options of mapped properties, where nothing else says what HubSpot writes to a picklist. Options that are kept
/// elsewhere are not all known, and nor are the values of properties without options.
fn of_hubspot(facts: &Facts<'_>) -> Vec<(PicklistUse, String)> {
    let declared = &facts.requirements.picklists;
    let mut found: Vec<(PicklistUse, String)> = Vec::new();
    // What was not read of HubSpot is said where a picklist needs it.
    for mapped in mapped(facts, &mut Outcome::default()) {
        let (object, row) = (&mapped.mapping.object, &mapped.mapping.row);
        let Some(property) = mapped.property.filter(|property| {
            property.data_type == "enumeration"
                && !property.options.is_empty()
                && !property.external_options
                && property.referenced_object_type.is_none()
        }) else {
            continue;
        };
        let is_picklist = definition(facts.snapshot, object, &row.field).is_some_and(|field| {
            matches!(
                field.field_type,
                FieldType::Picklist | FieldType::MultiselectPicklist
            )
        });
        let elsewhere = declared
            .iter()
            .any(|used| used.object == *object && used.field == row.field);
        let label = format!("{} {}", row.hubspot_object, row.hubspot_property);
        // Lead and Contact share a row, and two rows may name one field with the same property.
        let again = found.iter().any(|(used, other)| {
            used.object == *object && used.field == row.field && *other == label
        });
        if is_picklist && row.sync_rule.writes() && !elsewhere && !again {
            found.push((
                PicklistUse {
                    object: object.clone(),
                    field: row.field.clone(),
                    record_type: None,
                    values: property.options.clone(),
                },
                label,
            ));
        }
    }
    found
}

/// Whether values outside the list are refused. None where the source does not tell.
fn is_restricted(object: &Name, field: &Field) -> Option<bool> {
    let code = CODES.iter().any(|end| {
        field
            .name
            .as_str()
            .to_ascii_lowercase()
            .ends_with(&end.to_ascii_lowercase())
    });
    if code && field.field_type == FieldType::Picklist && !field.name.is_custom() {
        return Some(true);
    }
    if !matches!(
        field.field_type,
        FieldType::Picklist | FieldType::MultiselectPicklist
    ) {
        return Some(false);
    }
    let by_table = standard::field(object, &field.name)
        .filter(|known| known.restricted_picklist)
        .map(|_| true);
    field.restricted.or(by_table)
}

fn values<'f>(facts: &'f Facts<'_>, field: &'f Field) -> Option<&'f [PicklistValue]> {
    if !field.values.is_empty() {
        return Some(&field.values);
    }
    let set = facts.snapshot.value_sets.get(field.value_set.as_ref()?)?;
    (!set.values.is_empty()).then_some(&set.values)
}

/// Looks at the values of one use; `property` names the HubSpot property whose options they are, where nobody declared them.
fn judge(facts: &Facts<'_>, used: &PicklistUse, property: Option<&str>, outcome: &mut Outcome) {
    let label = format!("{}.{}", used.object, used.field);
    let Some(field) = definition(facts.snapshot, &used.object, &used.field) else {
        outcome.not_known(format!(
            "{label}, of which values are declared, was not read"
        ));
        return;
    };
    // With state and country picklists the names must be on the list as well, and no source tells them.
    let twin = Name::from(format!("{}Code", used.field));
    let object = facts.snapshot.objects.get(&used.object);
    if object.is_some_and(|object| object.fields.contains_key(&twin))
        && field.field_type != FieldType::Picklist
    {
        outcome.not_known(format!(
            "state and country picklists are on, and the names that {label} takes were not read: map {twin} with codes instead"
        ));
        return;
    }
    match is_restricted(&used.object, field) {
        Some(true) => {}
        Some(false) => return,
        None => {
            outcome.not_known(format!("whether {label} is restricted is not known"));
            return;
        }
    }
    let Some(known) = values(facts, field) else {
        outcome.not_known(format!("the values of {label} were not read"));
        return;
    };
    let refused: Vec<&str> = (used.values.iter())
        .filter(|value| {
            !known
                .iter()
                .any(|own| own.active && own.value.eq_ignore_ascii_case(value))
        })
        .map(String::as_str)
        .collect();
    if !refused.is_empty() {
        let text = format!(
            "the active values of {label} are {}",
            in_short(
                known
                    .iter()
                    .filter(|own| own.active)
                    .map(|own| own.value.as_str())
            )
        );
        outcome.find(
            finding(facts, used, property, &refused, None).evidence([facts.fact(
                EvidenceKind::Definition,
                text,
                field.at,
            )]),
            rows(facts, used),
        );
    }
    record_types(facts, used, property, field, &refused, outcome);
    if let Some(controlling) = &field.controlling_field {
        outcome.not_known(format!(
            "{label} depends on {controlling}: which values go together is not known"
        ));
    }
}

/// A restricted picklist takes only the values of the record's record type.
fn record_types(
    facts: &Facts<'_>,
    used: &PicklistUse,
    property: Option<&str>,
    field: &Field,
    refused: &[&str],
    outcome: &mut Outcome,
) {
    let Some(object) = facts.snapshot.objects.get(&used.object) else {
        return;
    };
    let named: Vec<&Name> = match &used.record_type {
        Some(name) => vec![name],
        None => (facts.requirements.record_types.iter())
            .filter(|record_type| record_type.object == used.object)
            .map(|record_type| &record_type.name)
            .collect(),
    };
    if named.is_empty() && object.record_types.values().any(|known| known.active) {
        outcome.not_known(format!(
            "which record types of {} the sync uses is not known: declare them under [[sync.record-type]]",
            used.object
        ));
    }
    for name in named {
        let Some(record_type) = object.record_types.get(name) else {
            outcome.not_known(format!("record type {}.{name} was not read", used.object));
            continue;
        };
        let Some(left) = left(record_type, &field.name) else {
            outcome.not_known(format!(
                "which values of {}.{} record type {name} leaves was not read",
                used.object, used.field
            ));
            continue;
        };
        let out: Vec<&str> = (used.values.iter())
            .map(String::as_str)
            .filter(|value| !refused.contains(value))
            .filter(|value| !left.iter().any(|own| own.eq_ignore_ascii_case(value)))
            .collect();
        if !out.is_empty() {
            let text = format!(
                "record type {}.{name} leaves {}",
                used.object,
                in_short(left.iter().map(String::as_str))
            );
            outcome.find(
                finding(facts, used, property, &out, Some(name)).evidence([facts.fact(
                    EvidenceKind::Definition,
                    text,
                    record_type.at,
                )]),
                rows(facts, used),
            );
        }
    }
}

/// The values that a record type leaves. A record type that limits any picklist lists every one of the object.
fn left<'r>(record_type: &'r RecordType, field: &Name) -> Option<&'r Vec<String>> {
    record_type.picklist_values.get(field)
}

fn rows(facts: &Facts<'_>, used: &PicklistUse) -> Vec<usize> {
    facts
        .mappings()
        .filter(|(_, mapping, _)| {
            mapping.object == used.object
                && mapping.row.field == used.field
                && mapping.row.sync_rule.writes()
        })
        .map(|(index, ..)| index)
        .collect()
}

fn finding(
    facts: &Facts<'_>,
    used: &PicklistUse,
    property: Option<&str>,
    refused: &[&str],
    record_type: Option<&Name>,
) -> Finding {
    let label = format!("{}.{}", used.object, used.field);
    let list = in_short(refused.iter().copied());
    let (title, step) = match record_type {
        Some(name) => (
            format!("Record type {name} does not take {list} in {label}"),
            format!(
                "Setup > Object Manager > {} > Record Types > {name} > {}: add the value",
                used.object, used.field
            ),
        ),
        None => (
            format!("{label} does not take {list}"),
            format!(
                "Setup > Object Manager > {} > Fields & Relationships > {}: add the value, and activate it",
                used.object, used.field
            ),
        ),
    };
    let fix = Fix::new(Safety::Advice, format!("Make {list} a value of {label}, or change the option in HubSpot"))
        .step(step)
        .step("Or in HubSpot: Settings > Properties: give the option the internal name of a Salesforce value")
        .setup(format!("Setup > Object Manager > {}", used.object));
    let source = match property {
        None => format!("permgap.toml says that HubSpot writes {list} to {label}"),
        Some(property) => {
            format!("HubSpot lists the options {list} of {property}, which is mapped to {label}")
        }
    };
    // An option that no record has is written by nobody.
    let confidence = match property {
        None => Confidence::Certain,
        Some(_) => Confidence::Likely,
    };
    Finding::new(&META, title, fix)
        .at_most(confidence)
        .detail("Salesforce refuses the whole record when HubSpot writes such a value.")
        .object(&used.object)
        .field(&used.field)
        .operation(Operation::Edit)
        .subject(record_type.map_or("", Name::as_str))
        .evidence([Evidence::new(
            match property {
                None => EvidenceKind::Setting,
                Some(_) => EvidenceKind::Definition,
            },
            source,
        )])
        .evidence(facts.rows_in_short(&rows(facts, used)))
}

fn in_short<'v>(values: impl Iterator<Item = &'v str>) -> String {
    const SHOWN: usize = 8;
    let all: Vec<&str> = values.collect();
    let shown: Vec<String> = all
        .iter()
        .take(SHOWN)
        .map(|value| format!("`{value}`"))
        .collect();
    match all.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
