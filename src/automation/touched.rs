//! Which objects flows and Apex touch with the user's rights.
//!
//! In: flows, the names of those that the user starts, and the Apex that saves reach. Out: objects. Knows nothing of what
//! the user may do; which of the code runs, it does not tell either.

use std::collections::{BTreeMap, BTreeSet};

use super::path::{Path, follow};
use crate::snapshot::{Apex, ApexKind, ApexMode, Flow, Name, Snapshot};

/// The objects on which the user's rights decide how flows and Apex go on.
pub fn touched_as_user(flows: &[Flow], started: &BTreeSet<Name>, apex: &[Apex]) -> BTreeSet<Name> {
    let mut objects = by_flows(flows, started);
    let classes: BTreeSet<&Name> = apex
        .iter()
        .filter(|apex| apex.kind == ApexKind::Class)
        .map(|apex| &apex.name)
        .collect();
    for one in apex {
        let by_default = one.defaults_to_user_mode() == Some(true);
        let operations = one.body.iter().flat_map(|body| &body.operations);
        for operation in operations.filter(|of| of.mode != ApexMode::Default || by_default) {
            let Some(object) = operation.object.as_ref() else {
                continue;
            };
            if classes.contains(object) {
                continue;
            }
            add(object, &operation.reads, &mut objects);
        }
    }
    objects
}

fn by_flows(flows: &[Flow], started: &BTreeSet<Name>) -> BTreeSet<Name> {
    let by_name: BTreeMap<&Name, &Flow> = flows
        .iter()
        .filter(|flow| flow.is_active())
        .map(|flow| (&flow.name, flow))
        .collect();
    let mut objects = BTreeSet::new();
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    let mut waiting: Vec<&Name> = started.iter().collect();
    while let Some(name) = waiting.pop() {
        let Some(flow) = by_name.get(name).filter(|flow| flow.runs_as_user()) else {
            continue;
        };
        if !seen.insert(&flow.name) {
            continue;
        }
        let Some(body) = &flow.body else { continue };
        for step in &body.steps {
            if let Some(object) = &step.object {
                add(object, &step.reads, &mut objects);
            }
        }
        let calls = body.calls.iter().filter(|call| call.starts_flow());
        waiting.extend(calls.map(|call| &call.target));
    }
    objects
}

/// The object, and those that its fields lead to by relationships that every org has.
fn add(object: &Name, reads: &[Name], into: &mut BTreeSet<Name>) {
    let nothing = Snapshot::default();
    for path in reads.iter().filter(|path| path.as_str().contains('.')) {
        if let Path::Field { object, .. } = follow(&nothing, object, path.as_str()) {
            into.insert(object);
        }
    }
    into.insert(object.clone());
}
