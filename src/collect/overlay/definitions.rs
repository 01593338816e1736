//! Replaces what a tree defines by name: objects with their fields, record types and rules, value sets, flows.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::metadata::global_values;
use crate::snapshot::{Field, Flow, Name, SObject, Snapshot, ValueSet};

pub(super) fn lay(
    base: &mut Snapshot,
    objects: BTreeMap<Name, SObject>,
    value_sets: BTreeMap<Name, ValueSet>,
) {
    let changed: BTreeSet<Name> = value_sets.keys().cloned().collect();
    base.value_sets.extend(value_sets);
    for (name, object) in objects {
        if name.is("Activity") {
            // Task and Event share Activity's custom fields, and an org that was asked has them on both.
            for sharing in ["Task", "Event"] {
                if let Some(own) = base.objects.get_mut(&Name::new(sharing)) {
                    for (name, field) in &object.fields {
                        if own.fields.contains_key(name) || own.fields_complete {
                            lay_field(own, field.clone());
                        }
                    }
                }
            }
        }
        match base.objects.get_mut(&name) {
            Some(own) => lay_object(own, object),
            None => {
                base.objects.insert(name, object);
            }
        }
    }
    for object in base.objects.values_mut() {
        for field in object.fields.values_mut() {
            if let Some(set) = &field.value_set
                && (field.values.is_empty() || changed.contains(set))
            {
                let values = global_values(&base.value_sets, set);
                if !values.is_empty() {
                    field.values = values;
                }
            }
        }
    }
}

fn lay_object(own: &mut SObject, new: SObject) {
    own.deleted = false;
    if new.defined {
        own.defined = true;
        own.at = new.at.or(own.at);
    }
    if new.kind != crate::snapshot::kind_of_name(&new.name) {
        own.kind = new.kind;
    }
    own.incomplete |= new.incomplete;
    replace(&mut own.label, new.label);
    replace(&mut own.sharing_model, new.sharing_model);
    replace(&mut own.external_sharing_model, new.external_sharing_model);
    replace(&mut own.name_field, new.name_field);
    for field in new.fields.into_values() {
        lay_field(own, field);
    }
    for (name, mut record_type) in new.record_types {
        if let Some(earlier) = own.record_types.get(&name) {
            record_type.id = record_type.id.or_else(|| earlier.id.clone());
        }
        own.record_types.insert(name, record_type);
    }
    replace_by(&mut own.validation_rules, new.validation_rules, |rule| {
        rule.name.clone()
    });
}

/// A tree tells less of a field than an org does; what it does not tell stays as it was.
fn lay_field(own: &mut SObject, mut field: Field) {
    own.deleted_fields.remove(&field.name);
    if let Some(earlier) = own.fields.remove(&field.name) {
        field.created_at = field.created_at.or(earlier.created_at);
        field.relationship_name = field.relationship_name.or(earlier.relationship_name);
        field.compound = field.compound.or(earlier.compound);
        let same = field.field_type == earlier.field_type
            && field.required == earlier.required
            && field.formula.is_some() == earlier.formula.is_some();
        if same {
            field.permissionable = field.permissionable.or(earlier.permissionable);
            field.createable = field.createable.or(earlier.createable);
            field.updateable = field.updateable.or(earlier.updateable);
        }
    }
    own.fields.insert(field.name.clone(), field);
}

fn replace<T>(slot: &mut Option<T>, new: Option<T>) {
    if new.is_some() {
        *slot = new;
    }
}

/// Replaces what has the same key and keeps the list sorted by it.
pub(super) fn replace_by<T, K: Ord>(own: &mut Vec<T>, new: Vec<T>, key: impl Fn(&T) -> K) {
    if new.is_empty() {
        return;
    }
    let replaced: BTreeSet<K> = new.iter().map(&key).collect();
    own.retain(|item| !replaced.contains(&key(item)));
    own.extend(new);
    own.sort_by_cached_key(key);
}

/// A draft that is deployed becomes a further version and leaves the active one running (Metadata API Developer
/// Guide, Flow: `status`).
pub(super) fn lay_flows(own: &mut Vec<Flow>, new: Vec<Flow>) {
    let is = |flow: &Flow, status: &str| flow.status.as_deref() == Some(status);
    let kept = |flow: &Flow| {
        (is(flow, "Draft") || is(flow, "InvalidDraft"))
            && own
                .iter()
                .any(|known| known.name == flow.name && is(known, "Active"))
    };
    let new: Vec<Flow> = new.into_iter().filter(|flow| !kept(flow)).collect();
    replace_by(own, new, |flow| flow.name.clone());
}
