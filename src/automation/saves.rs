//! What a sync does to one object's records, and what else may write them in the same save.
//!
//! In: the fields that the sync writes. Out: which fields stay as they are on an update and which are blank on a new
//! record, each an assumption that other automation can break. Knows nothing of mappings or HubSpot.

use std::collections::BTreeSet;

use crate::effective::{Known, definition, field_nature, is_activity};
use crate::formula::Value;
use crate::snapshot::{
    ApexKind, Area, FieldType, Flow, FlowStep, FlowStepKind, Name, Snapshot, standard,
};

/// The saves of one object's records that a sync makes.
#[derive(Debug, Clone)]
pub struct Saves {
    /// The object.
    pub object: Name,
    /// Whether records are created.
    pub creates: bool,
    /// Whether records are updated.
    pub updates: bool,
    /// The fields that are written, compound fields of written parts among them.
    pub written: BTreeSet<Name>,
}

/// Standard fields that Salesforce changes when others change.
const FOLLOWING: [&str; 8] = [
    "Amount",
    "ExpectedRevenue",
    "ForecastCategoryName",
    "IsEscalated",
    "Name",
    "OwnerId",
    "Probability",
    "RecordTypeId",
];

impl Saves {
    /// Whether the sync writes a field of the object.
    pub fn writes(&self, field: &Name) -> bool {
        self.written.contains(field)
    }

    /// Whether a field keeps its value in a save that does not write it, other automation aside.
    ///
    /// Not so for what Salesforce derives from other fields, and for tasks and events, which syncs fill without
    /// saying how.
    pub(super) fn stays(&self, snapshot: &Snapshot, field: &Name) -> bool {
        if self.writes(field) || is_activity(&self.object) {
            return false;
        }
        if field.is_custom() {
            let kept = |field_type: &FieldType| {
                !matches!(
                    field_type,
                    FieldType::Summary | FieldType::AutoNumber | FieldType::Unknown
                )
            };
            return definition(snapshot, &self.object, field).is_some_and(|field| {
                !field.incomplete && field.formula.is_none() && kept(&field.field_type)
            });
        }
        let nature = field_nature(snapshot, &self.object, field);
        nature.never_editable.is_none()
            && !FOLLOWING.iter().any(|name| field.is(name))
            && standard::field(&self.object, field)
                .is_some_and(|known| known.updateable == Some(true) && known.compound.is_none())
    }

    /// What a field that the sync does not write holds on a new record, other automation aside: a checkbox its default,
    /// another field nothing. Known only of a custom field whose definition was read, and that has no default.
    pub(super) fn value_when_new(&self, snapshot: &Snapshot, field: &Name) -> Option<Value> {
        if !field.is_custom() || !self.stays(snapshot, field) {
            return None;
        }
        let field = definition(snapshot, &self.object, field)?;
        if field.field_type == FieldType::Checkbox {
            return field.checked_by_default.map(Value::Bool);
        }
        // A picklist can have its default from a global value set or from the record type.
        let by_type = matches!(
            field.field_type,
            FieldType::Picklist | FieldType::MultiselectPicklist
        );
        let record_types = snapshot
            .objects
            .get(&self.object)
            .is_none_or(|object| !object.record_types.is_empty());
        let elsewhere = field.value_set.is_some() || by_type && record_types;
        (!field.has_default && !field.required && !elsewhere).then_some(Value::Null)
    }
}

/// Whether a flow or trigger writes a field when a record of the object is saved.
pub fn written_by_automation(snapshot: &Snapshot, object: &Name, field: &Name) -> Known {
    by_flow(snapshot, object, field).or(by_trigger(snapshot, object))
}

/// Only flows of the same save count: those that saves of the object start, the subflows that they call, and those that
/// start when these save a record of another object. A scheduled flow, or one that a person starts, saves in a transaction of its own; one that Apex starts is behind a
/// trigger.
fn by_flow(snapshot: &Snapshot, object: &Name, field: &Name) -> Known {
    let mut answer = Known::No;
    if !snapshot.coverage.is_read(Area::Flows) {
        answer = Known::Unknown;
    }
    let active = || snapshot.flows.iter().filter(|flow| flow.is_active());
    let mut waiting: Vec<(&Flow, bool)> = active()
        .filter(|flow| starts_on_save(flow, object))
        .map(|flow| (flow, true))
        .collect();
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    let mut reached: BTreeSet<&Name> = BTreeSet::new();
    while let Some((flow, started)) = waiting.pop() {
        if !seen.insert(&flow.name) {
            continue;
        }
        let Some(body) = &flow.body else {
            answer = answer.or(Known::Unknown);
            continue;
        };
        for step in body.steps.iter().filter(|step| saves(step)) {
            let Some(saved) = &step.object else {
                answer = answer.or(Known::Unknown);
                continue;
            };
            if saved == object {
                answer = answer.or(match writes(step, field) {
                    Known::Yes if !started => Known::Unknown,
                    known => known,
                });
            } else if reached.insert(saved) {
                // What that save starts may come back to the record.
                answer = answer.or(by_trigger(snapshot, saved));
                waiting.extend(
                    active()
                        .filter(|flow| starts_on_save(flow, saved))
                        .map(|flow| (flow, false)),
                );
            }
        }
        for call in body.calls.iter().filter(|call| call.starts_flow()) {
            match active().find(|flow| flow.name == call.target) {
                Some(called) => waiting.push((called, false)),
                None => answer = answer.or(Known::Unknown),
            }
        }
    }
    answer
}

fn saves(step: &FlowStep) -> bool {
    matches!(step.kind, FlowStepKind::Create | FlowStepKind::Update)
}

/// Whether a step that saves records of the object writes the field. Fields that a variable brings along from elsewhere
/// are not known.
fn writes(step: &FlowStep, field: &Name) -> Known {
    if step.writes.contains(field) || step.writes_more && step.writes.is_empty() {
        Known::Yes
    } else if step.writes_more {
        Known::Unknown
    } else {
        Known::No
    }
}

/// Whether a save of the object starts the flow. A flow with a trigger whose object is hidden may be on any object.
fn starts_on_save(flow: &Flow, object: &Name) -> bool {
    let by_record = match flow.trigger_type.as_deref() {
        Some(trigger) => trigger.starts_with("Record"),
        None => flow.object.is_some() || flow.process_type.as_deref() == Some("Workflow"),
    };
    by_record && flow.object.as_ref().is_none_or(|of| of == object)
}

/// What a trigger writes is not followed: one on the object leaves the answer open.
fn by_trigger(snapshot: &Snapshot, object: &Name) -> Known {
    let triggered = snapshot.apex.iter().any(|apex| {
        apex.kind == ApexKind::Trigger
            && apex.status.as_deref() != Some("Inactive")
            && apex.object.as_ref().is_none_or(|on| on == object)
    });
    if triggered || !snapshot.coverage.is_read(Area::Apex) {
        Known::Unknown
    } else {
        Known::No
    }
}
