//! Which Apex a save of a synced record reaches, and by which way.
//!
//! Methods are followed by their names: one counts as reached where code that is reached calls a method of that name, and
//! its class is named. Where the class of the call is not told, it may be another's.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::{Facts, Outcome};
use crate::snapshot::{
    Apex, ApexCall, ApexCircumstances, ApexEvent, ApexKind, ApexMode, ApexOperation,
    ApexOperationKind, Flow, FlowStepKind, Name,
};

/// A trigger or a class that a save reaches.
pub(super) struct Reached<'s> {
    pub(super) apex: &'s Apex,
    /// `trigger LeadTrigger > LeadHandler`.
    pub(super) chain: String,
    /// The operations that are reached, by their index.
    pub(super) operations: BTreeMap<usize, Way>,
    /// Classes that it calls and that are not there.
    pub(super) missing: BTreeSet<Name>,
}

/// How a place in the code is reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    /// The operations of the save in which it is.
    events: BTreeSet<ApexEvent>,
    /// An exception of it is caught.
    pub(super) caught: bool,
    /// It runs in a transaction of its own.
    pub(super) apart: bool,
    /// Only the name of a method says so, or a save of a further object.
    pub(super) by_name_only: bool,
    /// So many classes are between.
    pub(super) depth: usize,
}

impl Way {
    /// What holds of either way, the worse for the record.
    pub(super) fn strengthen(&mut self, other: &Self) {
        self.caught &= other.caught;
        self.apart &= other.apart;
        self.by_name_only &= other.by_name_only;
        self.depth = self.depth.min(other.depth);
        self.events.extend(other.events.iter().copied());
    }

    /// The way on to a place in code that is reached so; none where that does not run then.
    fn on(&self, at: &ApexCircumstances) -> Option<Self> {
        let mut way = self.clone();
        if !at.events.is_empty() {
            way.events.retain(|event| at.events.contains(event));
        }
        way.caught |= at.caught;
        way.apart |= at.apart;
        (!way.events.is_empty()).then_some(way)
    }

    /// Whether another adds nothing.
    fn covers(&self, other: &Self) -> bool {
        other.events.is_subset(&self.events)
            && self.caught <= other.caught
            && self.apart <= other.apart
            && self.by_name_only <= other.by_name_only
            && self.depth <= other.depth
    }
}

/// A method of a class, or none for what always runs.
type Place<'s> = (&'s Name, bool, Option<Name>);

struct Search<'f, 's> {
    facts: &'f Facts<'s>,
    classes: BTreeMap<&'s Name, &'s Apex>,
    triggers: Vec<&'s Apex>,
    found: BTreeMap<(bool, &'s Name), Reached<'s>>,
    order: Vec<(bool, &'s Name)>,
    ways: BTreeMap<Place<'s>, Vec<Way>>,
    waiting: VecDeque<(&'s Apex, Option<Name>, Way)>,
    /// Methods that reached code calls without telling the class, and how.
    by_name: BTreeMap<Name, Vec<Way>>,
    /// Saves of objects that were followed to their triggers and flows.
    saves: BTreeMap<(Name, ApexEvent), Vec<Way>>,
    /// Lines that save records of objects that are not told.
    unknown_saves: BTreeSet<String>,
    /// Objects that are saved in turn and of which no triggers were read.
    unread_saves: BTreeSet<Name>,
}

/// The triggers of objects that the sync writes, what flows of the same saves start, and all that these reach.
pub(super) fn reached<'s>(facts: &Facts<'s>, outcome: &mut Outcome) -> Vec<Reached<'s>> {
    let mut search = Search {
        facts,
        classes: BTreeMap::new(),
        triggers: Vec::new(),
        found: BTreeMap::new(),
        order: Vec::new(),
        ways: BTreeMap::new(),
        waiting: VecDeque::new(),
        by_name: BTreeMap::new(),
        saves: BTreeMap::new(),
        unknown_saves: BTreeSet::new(),
        unread_saves: BTreeSet::new(),
    };
    for apex in &facts.snapshot.apex {
        match apex.kind {
            ApexKind::Class => {
                search.classes.insert(&apex.name, apex);
            }
            ApexKind::Trigger if apex.status.as_deref() == Some("Inactive") => {}
            ApexKind::Trigger => {
                if apex.object.is_none() {
                    outcome.not_known(format!(
                        "the source of trigger {} is hidden, and with it its object",
                        apex.name
                    ));
                }
                search.triggers.push(apex);
            }
        }
    }
    for (object, event) in synced(facts) {
        let way = Way {
            events: BTreeSet::from([event]),
            caught: false,
            apart: false,
            by_name_only: false,
            depth: 0,
        };
        search.save(&object, &way, "", outcome);
    }
    while let Some((apex, method, way)) = search.waiting.pop_front() {
        search.visit(apex, method.as_ref(), &way, outcome);
    }
    // Records of an object that is not told may start any trigger that nothing else starts.
    let others = search
        .triggers
        .iter()
        .any(|trigger| !search.found.contains_key(&(true, &trigger.name)));
    if others {
        for line in &search.unknown_saves {
            outcome.not_known(format!(
                "which triggers a save starts in {line} is not known"
            ));
        }
    }
    let order = std::mem::take(&mut search.order);
    order
        .iter()
        .filter_map(|key| search.found.remove(key))
        .collect()
}

/// What the sync does with which objects.
fn synced(facts: &Facts<'_>) -> BTreeSet<(Name, ApexEvent)> {
    let mut all = BTreeSet::new();
    for (object, needs) in &facts.requirements.objects {
        let events = [
            (needs.create.is_some(), ApexEvent::Insert),
            (needs.edit.is_some(), ApexEvent::Update),
            (needs.delete.is_some(), ApexEvent::Delete),
        ];
        let events = events.into_iter().filter(|(does, _)| *does);
        all.extend(events.map(|(_, event)| (object.clone(), event)));
    }
    let any = facts.requirements.any_create.iter();
    for object in any.flat_map(|any| &any.objects) {
        all.insert((object.clone(), ApexEvent::Insert));
    }
    all
}

impl<'s> Search<'_, 's> {
    /// A record of the object is saved: its triggers and flows run.
    fn save(&mut self, object: &Name, way: &Way, chain: &str, outcome: &mut Outcome) {
        for event in &way.events {
            let way = Way {
                events: BTreeSet::from([*event]),
                ..way.clone()
            };
            let known = self.saves.entry((object.clone(), *event)).or_default();
            if known.iter().any(|known| known.covers(&way)) {
                continue;
            }
            known.push(way.clone());
            let triggers: Vec<&Apex> = self
                .triggers
                .iter()
                .copied()
                .filter(|apex| apex.object.as_ref() == Some(object))
                .collect();
            for apex in triggers {
                let chain = format!("{chain}trigger {}", apex.name);
                let declared = apex.body.as_ref().map(|body| body.events.as_slice());
                if declared.is_none_or(|all| all.is_empty() || all.contains(event)) {
                    self.reach(apex, &chain, None, &way);
                }
            }
            self.flows(object, *event, &way, chain, outcome);
        }
    }

    /// The flows that the save starts, with their subflows: what they save in turn, and the Apex that they call.
    fn flows(
        &mut self,
        object: &Name,
        event: ApexEvent,
        way: &Way,
        chain: &str,
        outcome: &mut Outcome,
    ) {
        let flows = &self.facts.snapshot.flows;
        let active = |name: &Name| {
            flows
                .iter()
                .find(|flow| flow.is_active() && flow.name == *name)
        };
        let mut waiting: Vec<&Flow> = flows
            .iter()
            .filter(|flow| flow.is_active() && starts(flow, object, event))
            .collect();
        let mut seen: BTreeSet<&Name> = BTreeSet::new();
        while let Some(flow) = waiting.pop() {
            if !seen.insert(&flow.name) {
                continue;
            }
            let Some(body) = &flow.body else {
                outcome.not_known(format!(
                    "the definition of flow {} is hidden or was not read, and with it the Apex that it calls",
                    flow.name
                ));
                continue;
            };
            let chain = format!("{chain}flow {} > ", flow.name);
            for call in &body.calls {
                if call.starts_flow() {
                    waiting.extend(active(&call.target));
                } else if call.kind == "apex" {
                    let Some(class) = self.classes.get(&call.target).copied() else {
                        outcome.not_known(format!(
                            "class {}, which flow {} calls, is not in what was read",
                            call.target, flow.name
                        ));
                        continue;
                    };
                    let methods = class.body.as_ref().map(|body| body.invocable.as_slice());
                    let way = Way {
                        events: ApexEvent::ALL.into_iter().collect(),
                        depth: way.depth + 1,
                        ..way.clone()
                    };
                    let chain = format!("{chain}{}", class.name);
                    self.reach(class, &chain, None, &way);
                    for method in methods.unwrap_or_default() {
                        self.reach(class, &chain, Some(method), &way);
                    }
                }
            }
            for step in &body.steps {
                let Some(saved) = &step.object else { continue };
                let events: &[ApexEvent] = match step.kind {
                    FlowStepKind::Create => &[ApexEvent::Insert],
                    // What a flow sets before the save is part of that save.
                    FlowStepKind::Update if saved != object => &[ApexEvent::Update],
                    FlowStepKind::Delete => &[ApexEvent::Delete],
                    _ => &[],
                };
                self.save_further(saved, events, way, step.fault_handled, &chain, outcome);
            }
        }
    }

    fn save_further(
        &mut self,
        object: &Name,
        events: &[ApexEvent],
        way: &Way,
        caught: bool,
        chain: &str,
        outcome: &mut Outcome,
    ) {
        // Of a live org the triggers of the objects in scope are read, and no others.
        if !events.is_empty()
            && !self.facts.snapshot.is_in_scope(object)
            && self.unread_saves.insert(object.clone())
        {
            outcome.not_known(format!(
                "triggers of {object}, whose records {}saves, were not read: map the object, or audit a metadata tree",
                chain.trim_end_matches("> ")
            ));
        }
        let way = Way {
            events: events.iter().copied().collect(),
            caught: way.caught || caught,
            apart: way.apart,
            by_name_only: true,
            depth: way.depth + 1,
        };
        self.save(object, &way, chain, outcome);
    }

    /// Notes that a method of a class or trigger is reached, unless that is known.
    fn reach(&mut self, apex: &'s Apex, chain: &str, method: Option<&Name>, way: &Way) {
        let is_trigger = apex.kind == ApexKind::Trigger;
        let key = (is_trigger, &apex.name);
        if !self.found.contains_key(&key) {
            self.order.push(key);
            self.found.insert(
                key,
                Reached {
                    apex,
                    chain: chain.to_owned(),
                    operations: BTreeMap::new(),
                    missing: BTreeSet::new(),
                },
            );
        }
        let known = self
            .ways
            .entry((&apex.name, is_trigger, method.cloned()))
            .or_default();
        if known.iter().any(|known| known.covers(way)) {
            return;
        }
        known.push(way.clone());
        self.waiting.push_back((apex, method.cloned(), way.clone()));
    }

    fn visit(&mut self, apex: &'s Apex, method: Option<&Name>, way: &Way, outcome: &mut Outcome) {
        let Some(body) = &apex.body else { return };
        let key = (apex.kind == ApexKind::Trigger, &apex.name);
        let chain = self
            .found
            .get(&key)
            .map_or_else(String::new, |known| known.chain.clone());
        // A constructor runs when an object is made, be it by a subclass.
        let here = |at: &ApexCircumstances| {
            let of = at.method.as_ref().filter(|name| **name != apex.name);
            of == method
        };
        for (index, operation) in body.operations.iter().enumerate() {
            let Some(way) = way.on(&operation.at).filter(|_| here(&operation.at)) else {
                continue;
            };
            if let Some(found) = self.found.get_mut(&key) {
                found
                    .operations
                    .entry(index)
                    .and_modify(|known| known.strengthen(&way))
                    .or_insert_with(|| way.clone());
            }
            self.saved(apex, operation, &way, &chain, outcome);
        }
        for call in body.called.iter().filter(|call| here(&call.at)) {
            if let Some(way) = way.on(&call.at) {
                self.called(apex, call, &way, &chain);
            }
        }
        if method.is_none() {
            for method in methods(apex).filter(|method| started(apex, method)) {
                self.reach(apex, &chain, Some(method), way);
            }
            // Naming a class runs what belongs to no method, and makes its methods reachable.
            for name in &body.calls {
                let Some(class) = self.classes.get(name).copied() else {
                    continue;
                };
                let chain = format!("{chain} > {}", class.name);
                let way = Way {
                    depth: way.depth + 1,
                    ..way.clone()
                };
                self.reach(class, &chain, None, &way);
                let names: Vec<(Name, Vec<Way>)> = methods(class)
                    .filter_map(|method| self.by_name.get_key_value(method))
                    .map(|(name, ways)| (name.clone(), ways.clone()))
                    .collect();
                for (name, ways) in names {
                    for way in ways {
                        self.reach(class, &chain, Some(&name), &way);
                    }
                }
            }
        }
    }

    fn called(&mut self, apex: &'s Apex, call: &ApexCall, way: &Way, chain: &str) {
        let key = (apex.kind == ApexKind::Trigger, &apex.name);
        let class = call.class.as_ref().filter(|class| **class != apex.name);
        if call.class.is_some() && class.is_none() {
            // Its own method; an inherited one is found by its name below.
            self.reach(apex, chain, Some(&call.method), way);
        }
        if let Some(name) = class {
            match self.classes.get(name).copied() {
                Some(class) => {
                    let chain = format!("{chain} > {}", class.name);
                    let way = Way {
                        depth: way.depth + 1,
                        ..way.clone()
                    };
                    self.reach(class, &chain, None, &way);
                    self.reach(class, &chain, Some(&call.method), &way);
                }
                None => {
                    let shown = Name::from(name.as_str().replacen("__", ".", 1));
                    if let Some(found) = self.found.get_mut(&key) {
                        found.missing.insert(shown);
                    }
                }
            }
        }
        // The object may be of a class that inherits from the one that is told.
        let way = Way {
            by_name_only: true,
            depth: way.depth + 1,
            ..way.clone()
        };
        let ways = self.by_name.entry(call.method.clone()).or_default();
        if ways.iter().any(|known| known.covers(&way)) {
            return;
        }
        ways.push(way.clone());
        let reached: Vec<&'s Apex> = self
            .found
            .values()
            .map(|found| found.apex)
            .filter(|found| found.kind == ApexKind::Class)
            .filter(|found| call.class.as_ref() != Some(&found.name))
            .filter(|found| methods(found).any(|method| *method == call.method))
            .collect();
        for class in reached {
            self.reach(class, chain, Some(&call.method), &way);
        }
    }

    /// What the save of an operation starts.
    fn saved(
        &mut self,
        apex: &Apex,
        operation: &ApexOperation,
        way: &Way,
        chain: &str,
        outcome: &mut Outcome,
    ) {
        let events: &[ApexEvent] = match operation.kind {
            ApexOperationKind::Read => return,
            ApexOperationKind::Create => &[ApexEvent::Insert],
            ApexOperationKind::Edit => &[ApexEvent::Update],
            ApexOperationKind::Upsert => &[ApexEvent::Insert, ApexEvent::Update],
            ApexOperationKind::Delete => &[ApexEvent::Delete],
        };
        if matches!(operation.mode, ApexMode::Check | ApexMode::Strip) {
            return;
        }
        let Some(object) = &operation.object else {
            self.unknown_saves
                .insert(format!("line {} of {}", operation.line, apex.name));
            return;
        };
        let chain = format!("{chain} > ");
        self.save_further(object, events, way, false, &chain, outcome);
    }
}

/// The methods of a class in which something is done.
fn methods(apex: &Apex) -> impl Iterator<Item = &Name> {
    let body = apex.body.iter();
    body.flat_map(|body| {
        let operations = body.operations.iter().map(|one| &one.at);
        operations.chain(body.called.iter().map(|one| &one.at))
    })
    .filter_map(|at| at.method.as_ref())
}

/// Whether the platform itself calls a method: that of a job, or of an interface of its own.
fn started(apex: &Apex, method: &Name) -> bool {
    const INTERFACES: [&str; 8] = [
        "call",
        "compare",
        "compareTo",
        "equals",
        "hashCode",
        "hasNext",
        "iterator",
        "next",
    ];
    const JOBS: [&str; 3] = ["execute", "finish", "start"];
    let is_job = || {
        let body = apex.body.iter();
        body.flat_map(|body| {
            let operations = body.operations.iter().map(|one| &one.at);
            operations.chain(body.called.iter().map(|one| &one.at))
        })
        .any(|at| at.apart && at.method.as_ref() == Some(method))
    };
    INTERFACES.iter().any(|name| method.is(name))
        || JOBS.iter().any(|name| method.is(name)) && is_job()
}

/// Whether an operation on a record of the object starts a flow. A flow that waits for a time runs in a transaction of its own.
fn starts(flow: &Flow, object: &Name, event: ApexEvent) -> bool {
    let by_record = match flow.trigger_type.as_deref() {
        Some(trigger) => trigger.starts_with("Record"),
        None => flow.process_type.as_deref() == Some("Workflow"),
    };
    let events = match flow.record_trigger_type.as_deref() {
        Some("Create") => event == ApexEvent::Insert,
        Some("Update") => event == ApexEvent::Update,
        Some("Delete") => event == ApexEvent::Delete,
        _ => matches!(event, ApexEvent::Insert | ApexEvent::Update),
    };
    by_record && events && flow.object.as_ref() == Some(object)
}
