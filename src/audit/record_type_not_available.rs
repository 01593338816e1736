//! `record-type-not-available`: the sync sets a record type that the user may not use.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::Known;
use crate::finding::{
    Change, Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::snapshot::{Area, CoverageStatus, Name, RecordType, same_id};

pub(super) static META: AuditMeta = AuditMeta {
    id: "record-type-not-available",
    error_type: Some(10),
    title: "A record type that the sync uses is not available to the integration user",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_CROSS_REFERENCE_KEY"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
The record types that `[[sync.record-type]]` in `permgap.toml` names: that each exists, is active and is made available by
the profile or a permission set. Where RecordTypeId is mapped with a rule that writes: that at least one active record type
of the object is available.
## Why it matters for the sync
Salesforce refuses a record whose record type the user may not use.
## What it cannot see
The record type ids that HubSpot holds; record types that a tree does not hold.
## How to fix it
Make the record type available in a permission set or the profile of the user.
## Example
Deals become opportunities of the record type Renewal, which only the sales profile has.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for used in &facts.requirements.record_types {
        let definition = record_type(facts, &used.object, &used.name);
        let available = facts.effective.record_type(&used.object, &used.name);
        let known = facts.snapshot.coverage.status(Area::RecordTypes);
        let trouble = match (definition, available) {
            (Some(record_type), _) if !record_type.active => "is not active",
            (None, _) if known == CoverageStatus::Read && has_all(facts, &used.object) => {
                "does not exist"
            }
            (_, Known::No) => "is not available to the user",
            (_, Known::Unknown) => {
                outcome.not_known(format!(
                    "whether the user may use record type {}.{} is not known",
                    used.object, used.name
                ));
                continue;
            }
            (None, Known::Yes) | (Some(_), Known::Yes) => continue,
        };
        let mappings = facts
            .mappings()
            .filter(|(_, mapping, _)| {
                mapping.object == used.object && mapping.row.sync_rule.writes()
            })
            .map(|(index, ..)| index)
            .collect();
        let setting = Evidence::new(
            EvidenceKind::Setting,
            format!(
                "permgap.toml says that the sync uses record type {}.{}",
                used.object, used.name
            ),
        );
        let finding =
            finding(facts, &used.object, &used.name, trouble, definition).evidence([setting]);
        outcome.find(finding, mappings);
    }
    mapped_record_type_ids(facts, &mut outcome);
    declared_ids(facts, &mut outcome);
    outcome
}

/// The id of the record type that a record without any has (Object Reference, RecordType: "Master").
const MASTER: &str = "012000000000000AAA";

/// The values that HubSpot is said to write to RecordTypeId: ids, or developer names.
fn declared_ids(facts: &Facts<'_>, outcome: &mut Outcome) {
    let declared = &facts.requirements.picklists;
    for used in declared.iter().filter(|used| used.field.is("RecordTypeId")) {
        let object = facts.snapshot.objects.get(&used.object);
        for value in &used.values {
            // Everybody may use Master.
            if same_id(value, MASTER) {
                continue;
            }
            let found = object.and_then(|object| {
                object.record_types.values().find(|known| {
                    known.name.is(value) || known.id.as_deref().is_some_and(|id| same_id(id, value))
                })
            });
            let setting = Evidence::new(
                EvidenceKind::Setting,
                format!(
                    "permgap.toml says that HubSpot writes {value} to {}.RecordTypeId",
                    used.object
                ),
            );
            let (name, trouble) = match found {
                Some(known) if !known.active => (known.name.clone(), "is not active"),
                Some(known) => match facts.effective.record_type(&used.object, &known.name) {
                    Known::Yes => continue,
                    Known::No => (known.name.clone(), "is not available to the user"),
                    Known::Unknown => {
                        outcome.not_known(format!(
                            "whether the user may use record type {}.{} is not known",
                            used.object, known.name
                        ));
                        continue;
                    }
                },
                None if has_all(facts, &used.object)
                    && facts.snapshot.coverage.is_read(Area::RecordTypes) =>
                {
                    (Name::new(value), "does not exist")
                }
                None => {
                    outcome.not_known(format!(
                        "record type {value} of {} was not read",
                        used.object
                    ));
                    continue;
                }
            };
            let finding = finding(facts, &used.object, &name, trouble, found)
                .field(&used.field)
                .evidence([setting]);
            outcome.find(finding, Vec::new());
        }
    }
}

/// A mapped RecordTypeId can be set only if some active record type is available.
fn mapped_record_type_ids(facts: &Facts<'_>, outcome: &mut Outcome) {
    for needed in facts.needed_fields() {
        if !needed.field.is("RecordTypeId") || needed.writing.is_empty() {
            continue;
        }
        let types: Vec<&RecordType> = facts
            .snapshot
            .objects
            .get(needed.object)
            .into_iter()
            .flat_map(|object| object.record_types.values())
            .filter(|record_type| record_type.active)
            .collect();
        let available = types.iter().fold(Known::No, |sum, record_type| {
            sum.or(facts
                .effective
                .record_type(needed.object, &record_type.name))
        });
        match (types.first(), available) {
            (None, _) => outcome.not_known(format!(
                "no record type of {} was read, and its RecordTypeId is mapped",
                needed.object
            )),
            (_, Known::Unknown) => outcome.not_known(format!(
                "which record types of {} the user may use is not known",
                needed.object
            )),
            (Some(_), Known::No) => {
                let finding = none_available(facts, needed.object, &types)
                    .field(needed.field)
                    .evidence(facts.rows(needed.writing));
                outcome.find(finding, needed.writing.to_vec());
            }
            (Some(_), Known::Yes) => {}
        }
    }
}

/// Nothing that HubSpot writes to RecordTypeId can be right. Which of several record types it writes is not known, so the
/// finding is about the field, and a file can grant only what there is no choice about.
fn none_available(facts: &Facts<'_>, object: &Name, types: &[&RecordType]) -> Finding {
    let names: Vec<&str> = types.iter().map(|known| known.name.as_str()).collect();
    let list = names.join(", ");
    let safety = match types {
        [_] => Safety::Safe,
        _ => Safety::Advice,
    };
    let mut fix = Fix::new(
        safety,
        format!("Make the record types that HubSpot writes available on {object}"),
    )
    .step("Open a permission set that is assigned to the integration user")
    .step(format!(
        "Object Settings > {object} > Edit: assign those of {list} that HubSpot writes, save"
    ))
    .setup(format!(
        "{} > Object Settings > {object}",
        facts.setup_container()
    ));
    if let [only] = types {
        fix = fix.change(Change::GrantRecordType {
            object: object.clone(),
            record_type: only.name.clone(),
        });
    }
    let title = format!("No record type of {object} is available to the user");
    let finding = Finding::new(&META, title, fix)
        .detail(format!(
            "RecordTypeId is mapped, and Salesforce refuses each of {list} from this user."
        ))
        .object(object)
        .operation(Operation::Create)
        .evidence(facts.no_grant(&format!("a record type of {object}"), "", &[]));
    unless_profiles_are_open(facts, finding)
}

fn finding(
    facts: &Facts<'_>,
    object: &Name,
    name: &Name,
    trouble: &str,
    definition: Option<&RecordType>,
) -> Finding {
    let fix = Fix::new(
        Safety::Safe,
        format!("Make record type {object}.{name} available to the integration user"),
    )
    .step("Open a permission set that is assigned to the integration user")
    .step(format!(
        "Object Settings > {object} > Edit: assign record type {name}, save"
    ))
    .setup(format!(
        "{} > Object Settings > {object}",
        facts.setup_container()
    ))
    .change(Change::GrantRecordType {
        object: object.clone(),
        record_type: name.clone(),
    });
    let mut finding = Finding::new(&META, format!("Record type {object}.{name} {trouble}"), fix)
        .detail("Salesforce refuses every record that HubSpot gives this record type.")
        .object(object)
        .operation(Operation::Create)
        .subject(name.as_str())
        .evidence(facts.no_grant(&format!("record type {object}.{name}"), "", &[]));
    if let Some(at) = definition.and_then(|record_type| record_type.at) {
        let text = format!("record type {object}.{name} is defined here");
        finding = finding.evidence([facts.fact(EvidenceKind::Definition, text, Some(at))]);
    }
    unless_profiles_are_open(facts, finding)
}

/// A profile that was not wholly read may make a record type available.
fn unless_profiles_are_open(facts: &Facts<'_>, finding: Finding) -> Finding {
    if facts.snapshot.coverage.status(Area::Profiles) == CoverageStatus::Read {
        finding
    } else {
        finding.at_most(Confidence::Likely)
    }
}

fn record_type<'f>(facts: &Facts<'f>, object: &Name, name: &Name) -> Option<&'f RecordType> {
    facts.snapshot.objects.get(object)?.record_types.get(name)
}

/// Whether the source holds everything of the object, as describe does.
fn has_all(facts: &Facts<'_>, object: &Name) -> bool {
    facts
        .snapshot
        .objects
        .get(object)
        .is_some_and(|object| object.fields_complete && !object.incomplete)
}
