//! Folds the facts of all files into one org.
//!
//! In: the files in the order that decides which definition counts, and the facts of each. Out: the snapshot, the
//! same for the same input.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::coverage::{self, Tally};
use super::discover::Found;
use super::parse::{Facts, FlowVersion, Fragment};
use super::xml::Fault;
use crate::collect::apex_source::prune;
use crate::snapshot::{
    Apex, ApexKind, CollectionProblem, ContainerKind, Flow, Name, PermissionSet,
    PermissionSetGroup, PicklistValue, SObject, SharingRule, Snapshot, SourceKind,
};

/// The org that `facts`, one for each file found, are of.
pub(super) fn merge(found: Found, facts: Vec<Facts>) -> Snapshot {
    let mut org = Org::default();
    org.snapshot.org.source = SourceKind::Metadata;
    org.snapshot.problems = found.problems;
    for (file, facts) in found.files.iter().zip(facts) {
        let area = file.identity.kind.area();
        if !facts.faults.is_empty() {
            org.tally.faulty(file.identity.kind);
        }
        let place = found.table.get(file.index as usize);
        for fault in facts.faults {
            let place = place.cloned().unwrap_or_default();
            org.snapshot.problems.push(CollectionProblem {
                area,
                place,
                line: fault.line,
                message: message(&fault, facts.broken),
            });
        }
        if let Some(fragment) = facts.fragment {
            org.add(fragment);
        }
    }
    let tally = std::mem::take(&mut org.tally);
    let mut snapshot = org.finish();
    snapshot.files = found.table;
    snapshot.problems.sort();
    coverage::fill(&mut snapshot, &tally, found.gaps);
    snapshot
}

fn message(fault: &Fault, broken: bool) -> String {
    let what = &fault.message;
    if broken {
        format!(
            "{what}; nothing of this file was used: correct it, or retrieve it again with `sf project retrieve \
             start`"
        )
    } else {
        format!(
            "{what}; this entry was not used: correct it, or retrieve the file again with `sf project retrieve \
             start`"
        )
    }
}

/// The org as far as it is put together.
#[derive(Default)]
struct Org {
    snapshot: Snapshot,
    tally: Tally,
    flows: BTreeMap<Name, Vec<FlowVersion>>,
    active_versions: BTreeMap<Name, u32>,
    classes: BTreeMap<Name, Apex>,
    triggers: BTreeMap<Name, Apex>,
    /// Containers put together from several files, whose entries are out of order.
    united: BTreeSet<Name>,
}

impl Org {
    fn add(&mut self, fragment: Fragment) {
        match fragment {
            Fragment::Object(object) => self.object(*object),
            Fragment::Field(object, field) => {
                let fields = &mut self.object_named(object).fields;
                fields.insert(field.name.clone(), *field);
            }
            Fragment::RecordType(object, record_type) => {
                let record_types = &mut self.object_named(object).record_types;
                record_types.insert(record_type.name.clone(), *record_type);
            }
            Fragment::ValidationRule(object, rule) => {
                self.object_named(object).validation_rules.push(*rule);
            }
            Fragment::Container(container) => self.container(*container),
            Fragment::Group(group) => self.group(*group),
            Fragment::Flow(version) => self
                .flows
                .entry(version.flow.name.clone())
                .or_default()
                .push(*version),
            Fragment::ActiveFlowVersion(flow, version) => {
                self.active_versions.insert(flow, version);
            }
            Fragment::Apex(apex) => self.apex(*apex),
            Fragment::SharingRules(rules) => self.snapshot.sharing_rules.extend(rules),
            Fragment::ValueSet(set) => {
                self.snapshot.value_sets.insert(set.name.clone(), *set);
            }
            Fragment::CustomPermission(permission) => {
                let permissions = &mut self.snapshot.custom_permissions;
                permissions.insert(permission.name.clone(), *permission);
            }
        }
    }

    fn object_named(&mut self, name: Name) -> &mut SObject {
        self.snapshot
            .objects
            .entry(name)
            .or_insert_with_key(|name| SObject::new(name.clone()))
    }

    fn object(&mut self, new: SObject) {
        let object = self.object_named(new.name.clone());
        if new.defined {
            object.defined = true;
            object.at = new.at;
        }
        if new.kind != Default::default() {
            object.kind = new.kind;
        }
        object.incomplete |= new.incomplete;
        replace(&mut object.label, new.label);
        replace(&mut object.sharing_model, new.sharing_model);
        replace(
            &mut object.external_sharing_model,
            new.external_sharing_model,
        );
        replace(&mut object.name_field, new.name_field);
        object.fields.extend(new.fields);
        object.record_types.extend(new.record_types);
        object.validation_rules.extend(new.validation_rules);
    }

    fn container(&mut self, container: PermissionSet) {
        let containers = match container.kind {
            ContainerKind::Profile => &mut self.snapshot.profiles,
            ContainerKind::PermissionSet => &mut self.snapshot.permission_sets,
            ContainerKind::MutingPermissionSet => &mut self.snapshot.muting_permission_sets,
        };
        match containers.entry(container.name.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(container);
            }
            Entry::Occupied(mut entry) => {
                self.united.insert(container.name.clone());
                entry.get_mut().merge(container);
            }
        }
    }

    fn group(&mut self, mut group: PermissionSetGroup) {
        let groups = &mut self.snapshot.permission_set_groups;
        if let Some(earlier) = groups.get(&group.name) {
            group.incomplete |= earlier.incomplete;
        }
        groups.insert(group.name.clone(), group);
    }

    /// A class or trigger comes in two files, its source and its `-meta.xml`; its place is the source.
    fn apex(&mut self, new: Apex) {
        let known = match new.kind {
            ApexKind::Class => &mut self.classes,
            ApexKind::Trigger => &mut self.triggers,
        };
        match known.entry(new.name.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(new);
            }
            Entry::Occupied(mut entry) => {
                let apex = entry.get_mut();
                replace(&mut apex.object, new.object);
                replace(&mut apex.api_version, new.api_version);
                replace(&mut apex.status, new.status);
                replace(&mut apex.body, new.body);
                apex.at = apex.at.or(new.at);
            }
        }
    }

    fn finish(self) -> Snapshot {
        let Self {
            mut snapshot,
            flows,
            active_versions,
            classes,
            triggers,
            united,
            ..
        } = self;
        snapshot.flows = flows
            .into_iter()
            .filter_map(|(name, versions)| effective_version(versions, active_versions.get(&name)))
            .collect();
        let names: BTreeSet<Name> = classes.keys().cloned().collect();
        snapshot.apex = classes
            .into_values()
            .chain(triggers.into_values())
            .collect();
        for apex in &mut snapshot.apex {
            prune(apex, &names);
        }
        for containers in [
            &mut snapshot.profiles,
            &mut snapshot.permission_sets,
            &mut snapshot.muting_permission_sets,
        ] {
            containers
                .iter_mut()
                .filter(|(name, _)| united.contains(name))
                .for_each(|(_, container)| container.sort());
        }
        let rule = |rule: &SharingRule| (rule.object.clone(), rule.name.clone(), rule.kind as u8);
        snapshot.sharing_rules.sort_by_cached_key(rule);
        keep_last(&mut snapshot.sharing_rules, |a, b| rule(a) == rule(b));
        for object in snapshot.objects.values_mut() {
            let rules = &mut object.validation_rules;
            rules.sort_by(|a, b| a.name.cmp(&b.name));
            keep_last(rules, |a, b| a.name == b.name);
            for field in object.fields.values_mut() {
                if let Some(set) = &field.value_set
                    && field.values.is_empty()
                {
                    field.values = global_values(&snapshot.value_sets, set);
                }
            }
        }
        snapshot
    }
}

fn replace<T>(slot: &mut Option<T>, new: Option<T>) {
    if new.is_some() {
        *slot = new;
    }
}

/// Of several equal rules, which stand together, the last met counts.
fn keep_last<T>(rules: &mut Vec<T>, equal: impl Fn(&T, &T) -> bool) {
    rules.dedup_by(|later, kept| {
        let same = equal(later, kept);
        if same {
            std::mem::swap(later, kept);
        }
        same
    });
    rules.shrink_to_fit();
}

/// A field may name a global value set with or without the suffix `__gvs` that newer API versions give it.
pub(in crate::collect) fn global_values(
    sets: &BTreeMap<Name, crate::snapshot::ValueSet>,
    name: &Name,
) -> Vec<PicklistValue> {
    const SUFFIX: &str = "__gvs";
    let text = name.as_str();
    let other = match text.len().checked_sub(SUFFIX.len()) {
        Some(cut) if name.has_suffix(SUFFIX) => text.get(..cut).unwrap_or(text).to_owned(),
        _ => format!("{text}{SUFFIX}"),
    };
    sets.get(name)
        .or_else(|| sets.get(&Name::from(other)))
        .filter(|set| !set.standard)
        .map(|set| set.values.clone())
        .unwrap_or_default()
}

/// The version of a flow that counts: the one that its definition activates, else the active one, else the newest.
fn effective_version(versions: Vec<FlowVersion>, activated: Option<&u32>) -> Option<Flow> {
    let is_activated = |version: &FlowVersion| match (version.version, activated) {
        (Some(number), Some(activated)) => number == *activated,
        _ => false,
    };
    let is_active = |version: &FlowVersion| version.flow.status.as_deref() == Some("Active");
    // Of equal ones the last met counts, which `max_by_key` gives.
    let chosen = versions
        .into_iter()
        .max_by_key(|version| (is_activated(version), is_active(version), version.version))?;
    let status = match activated {
        Some(_) if is_activated(&chosen) => Some("Active".to_owned()),
        // Salesforce calls a version that was switched off obsolete (Metadata API Developer Guide, Flow).
        Some(0) => Some("Obsolete".to_owned()),
        _ => None,
    };
    let mut flow = chosen.flow;
    replace(&mut flow.status, status);
    Some(flow)
}
