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
    /// All objects that the sync saves: what it saves of another can come back to this one.
    pub others: BTreeSet<Name>,
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

/// Whether a flow or Apex writes a field of the object's records when the sync saves one, or a record of another object
/// that it syncs.
pub fn written_by_automation(snapshot: &Snapshot, saves: &Saves, field: &Name) -> Known {
    let started = Started::by(snapshot, &saves.object, &saves.others);
    let mut answer = if started.open || !snapshot.coverage.is_read(Area::Flows) {
        Known::Unknown
    } else {
        Known::No
    };
    let of_object = |step: &&FlowSave<'_>| step.object == Some(&saves.object);
    for saved in started.saves.iter().filter(of_object) {
        answer = answer.or(match writes(saved.step, field) {
            Known::Yes if !saved.directly => Known::Unknown,
            known => known,
        });
    }
    answer
}

/// A record that a flow saves within a save of the sync.
#[derive(Debug, Clone, Copy)]
pub struct FlowSave<'s> {
    /// The flow.
    pub flow: &'s Flow,
    /// Its element.
    pub step: &'s FlowStep,
    /// The object of the record; none where it is not known.
    pub object: Option<&'s Name>,
    /// Whether the save of the object in question starts the flow itself.
    directly: bool,
}

/// What flows save on objects that the sync does not, within the saves of those that it does.
pub fn saved_beside<'s>(snapshot: &'s Snapshot, synced: &BTreeSet<Name>) -> Vec<FlowSave<'s>> {
    let Some(first) = synced.first() else {
        return Vec::new();
    };
    let mut saves = Started::by(snapshot, first, synced).saves;
    saves.retain(|saved| {
        saved.step.kind != FlowStepKind::Delete
            && saved.object.is_some_and(|object| !synced.contains(object))
    });
    saves
}

/// What runs within a save.
#[derive(Default)]
struct Started<'s> {
    saves: Vec<FlowSave<'s>>,
    /// Whether something runs that was not looked into: it may save anything.
    open: bool,
}

impl<'s> Started<'s> {
    /// Only what is of the same save counts: flows that saves of the objects start, the subflows that they call, and those
    /// that start when these save a record of another object. A scheduled flow, or one that a person starts, saves in a
    /// transaction of its own; one that Apex starts is behind a trigger or an action, which are not followed.
    fn by(snapshot: &'s Snapshot, object: &Name, others: &BTreeSet<Name>) -> Self {
        let active = || snapshot.flows.iter().filter(|flow| flow.is_active());
        let mut started = Self::default();
        let mut waiting: Vec<(&'s Flow, bool)> = Vec::new();
        let mut reached: BTreeSet<Name> = BTreeSet::new();
        let mut seen: BTreeSet<&Name> = BTreeSet::new();
        let mut save = |object: &Name, directly, open: &mut bool, waiting: &mut Vec<_>| {
            if reached.insert(object.clone()) {
                *open |= has_trigger(snapshot, object);
                waiting.extend(
                    active()
                        .filter(|flow| starts_on_save(flow, object))
                        .map(|flow| (flow, directly)),
                );
            }
        };
        for other in others {
            if other != object {
                save(other, false, &mut started.open, &mut waiting);
            }
        }
        // Last, so that its own flows are looked at first.
        save(object, true, &mut started.open, &mut waiting);
        while let Some((flow, directly)) = waiting.pop() {
            if !seen.insert(&flow.name) {
                continue;
            }
            let Some(body) = &flow.body else {
                started.open = true;
                continue;
            };
            for step in body.steps.iter().filter(|step| saves(step)) {
                // What that save starts may come back to the record.
                match &step.object {
                    Some(saved) => save(saved, false, &mut started.open, &mut waiting),
                    None => started.open = true,
                }
                started.saves.push(FlowSave {
                    flow,
                    step,
                    object: step.object.as_ref(),
                    directly,
                });
            }
            for call in &body.calls {
                if !call.starts_flow() {
                    match saved_by_action(&call.kind) {
                        Some(objects) => {
                            for object in objects {
                                save(&Name::new(object), false, &mut started.open, &mut waiting);
                            }
                        }
                        None => started.open = true,
                    }
                    continue;
                }
                match active().find(|flow| flow.name == call.target) {
                    Some(called) => waiting.push((called, false)),
                    None => started.open = true,
                }
            }
        }
        started
    }
}

/// The objects of which an action saves records; none where that is not known, as of Apex.
fn saved_by_action(kind: &str) -> Option<&'static [&'static str]> {
    match kind {
        "activateSessionPermSet"
        | "customNotificationAction"
        | "deactivateSessionPermSet"
        | "emailAlert"
        | "outboundMessage" => Some(&[]),
        "chatterPost" => Some(&["FeedItem"]),
        // It may log what it sends.
        "emailSimple" => Some(&["EmailMessage", "Task"]),
        _ => None,
    }
}

/// A deletion starts triggers and flows as well.
fn saves(step: &FlowStep) -> bool {
    step.kind != FlowStepKind::Lookup
}

/// Whether a step that saves records of the object writes the field. Fields that a variable brings along from elsewhere
/// are not known.
fn writes(step: &FlowStep, field: &Name) -> Known {
    if step.kind == FlowStepKind::Delete {
        Known::No
    } else if step.writes.contains(field) || step.writes_more && step.writes.is_empty() {
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

/// What a trigger writes is not followed: one on the object leaves the answer open, and so do triggers that were not read.
fn has_trigger(snapshot: &Snapshot, object: &Name) -> bool {
    let triggered = snapshot.apex.iter().any(|apex| {
        apex.kind == ApexKind::Trigger
            && apex.status.as_deref() != Some("Inactive")
            && apex.object.as_ref().is_none_or(|on| on == object)
    });
    triggered || !snapshot.coverage.is_read(Area::Apex)
}
