//! `flow-runs-as-user`: a flow that the sync starts runs with the user's rights, which do not suffice.

use std::collections::{BTreeMap, BTreeSet};

use super::lacks::{Lacks, Reads};
use super::{AuditMeta, Facts, Outcome};
use crate::finding::{
    Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::snapshot::{Area, Flow, FlowStep, FlowStepKind, Name, ObjectRight};

pub(super) static META: AuditMeta = AuditMeta {
    id: "flow-runs-as-user",
    error_type: Some(13),
    title: "A flow runs with the integration user's rights, and they do not suffice",
    severity: Severity::High,
    confidence: Confidence::Likely,
    salesforce_errors: &["CANNOT_EXECUTE_FLOW_TRIGGER"],
    hubspot_category: Some("Custom Code"),
    docs: "\
## What it checks
The flows that HubSpot or its user starts, declared as `flows` under `[sync]` in `permgap.toml`, and the subflows that they
call: every object and field that they read and write, against the user's rights. Flows that run in system context are left
alone: record-triggered, scheduled and platform-event flows, processes, and whatever is set to system mode.
## Why it matters for the sync
A flow in the user's context fails where the user lacks a right, and what it was to do is not done.
## What it cannot see
Which flows are started from outside, unless declared. Records that sharing hides. What Apex and other actions do.
## How to fix it
Grant the right, or let the flow run in system context: then whoever starts it works with rights that are not their own.
## Example
`Score_Lead` is started over the API and updates Lead.Grade__c, which the user cannot edit.
",
};

/// So many flows are followed; more calls than that go round in circles.
const MOST_FLOWS: usize = 1000;

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let coverage = &facts.snapshot.coverage;
    if !coverage.is_read(Area::Flows) {
        let reason = coverage.reason(Area::Flows);
        outcome.not_known(reason.unwrap_or_else(|| "flows were not read".to_owned()));
    }
    if facts.requirements.flows.is_empty() {
        outcome.note(
            "a save starts only flows in system context, and permgap.toml declares no flow that HubSpot or its user \
             starts (`flows` under [sync])",
        );
        return outcome;
    }
    for reached in reached(facts, &mut outcome) {
        let Some(body) = &reached.flow.body else {
            outcome.not_known(format!("what flow {} does is hidden", reached.flow.name));
            continue;
        };
        for step in &body.steps {
            judge(facts, &reached, step, &mut outcome);
        }
        for call in body.calls.iter().filter(|call| !call.starts_flow()) {
            let what = match call.kind.as_str() {
                // They send, and touch no records.
                "emailAlert" | "customNotificationAction" => continue,
                "apex" => "Apex action".to_owned(),
                kind => format!("action {kind}"),
            };
            outcome.not_known(format!(
                "what {what} {} of flow {} does with the user's rights was not followed",
                call.target, reached.flow.name
            ));
        }
    }
    outcome
}

/// A flow that runs as the user, and how it comes to run.
struct Reached<'s> {
    flow: &'s Flow,
    /// The chain of calls: `Score_Lead > Set_Grade`.
    chain: String,
}

/// The flows that run as the user: those declared, and the subflows that they call.
fn reached<'s>(facts: &Facts<'s>, outcome: &mut Outcome) -> Vec<Reached<'s>> {
    let by_name: BTreeMap<&Name, &'s Flow> = facts
        .snapshot
        .flows
        .iter()
        .map(|flow| (&flow.name, flow))
        .collect();
    let mut waiting: Vec<(Name, String)> = facts
        .requirements
        .flows
        .iter()
        .rev()
        .map(|name| (name.clone(), name.to_string()))
        .collect();
    let mut seen: BTreeSet<Name> = BTreeSet::new();
    let mut reached = Vec::new();
    while let Some((name, chain)) = waiting.pop() {
        if !seen.insert(name.clone()) || seen.len() > MOST_FLOWS {
            continue;
        }
        let Some(flow) = by_name.get(&name) else {
            outcome.not_known(format!("flow {chain} was not found"));
            continue;
        };
        if !flow.is_active() {
            outcome.not_known(format!(
                "flow {chain} is not active, so nothing can start it"
            ));
            continue;
        }
        if !flow.runs_as_user() {
            continue;
        }
        let calls = flow.body.iter().flat_map(|body| &body.calls);
        for call in calls.filter(|call| call.starts_flow()) {
            waiting.push((call.target.clone(), format!("{chain} > {}", call.target)));
        }
        reached.push(Reached { flow, chain });
    }
    reached
}

fn judge(facts: &Facts<'_>, reached: &Reached<'_>, step: &FlowStep, outcome: &mut Outcome) {
    let name = &reached.flow.name;
    let Some(object) = &step.object else {
        outcome.not_known(format!(
            "which object element {} of flow {name} works on is not known",
            step.element
        ));
        return;
    };
    let (right, operation) = match step.kind {
        FlowStepKind::Lookup => (ObjectRight::Read, Operation::Read),
        FlowStepKind::Create => (ObjectRight::Create, Operation::Create),
        FlowStepKind::Update => (ObjectRight::Edit, Operation::Edit),
        FlowStepKind::Delete => (ObjectRight::Delete, Operation::Delete),
    };
    let reads = Reads::of(facts, object, &step.reads);
    for path in &reads.not_followed {
        outcome.not_known(format!(
            "where {object}.{path} leads, which flow {name} reads, is not known"
        ));
    }
    if step.writes_more {
        outcome.not_known(format!(
            "which fields element {} of flow {name} writes is not known in full",
            step.element
        ));
    }
    let lacks = Lacks::of(facts, object, right, &reads.own, &step.writes);
    report(facts, reached, step, (object, operation), lacks, outcome);
    for (object, fields) in &reads.related {
        let lacks = Lacks::of(facts, object, ObjectRight::Read, fields, &[]);
        report(
            facts,
            reached,
            step,
            (object, Operation::Read),
            lacks,
            outcome,
        );
    }
}

fn report(
    facts: &Facts<'_>,
    reached: &Reached<'_>,
    step: &FlowStep,
    (object, operation): (&Name, Operation),
    lacks: Lacks,
    outcome: &mut Outcome,
) {
    let name = &reached.flow.name;
    for unknown in &lacks.unknown {
        outcome.not_known(format!("{unknown}, which flow {name} needs, is not known"));
    }
    let Some(what) = lacks.sentence() else {
        return;
    };
    let severity = if step.kind == FlowStepKind::Lookup || step.fault_handled {
        Severity::Medium
    } else {
        Severity::High
    };
    let fix: Fix = lacks
        .fix(facts, Safety::Safe)
        .step(format!(
            "Or open flow {name} > Advanced > How to Run the Flow: System Context With Sharing. It then works with rights \
             that the user does not have, for everybody who can start it"
        ));
    let declared = Evidence::new(
        EvidenceKind::Setting,
        format!(
            "permgap.toml says that HubSpot or its user starts it: {}",
            reached.chain
        ),
    );
    let text = format!(
        "flow {name}, element {}: {} {object}",
        step.element,
        operation.as_str()
    );
    let finding = Finding::new(
        &META,
        format!("Flow {name} needs {what}, which the user lacks"),
        fix,
    )
    .detail(format!(
        "The flow runs in the user's context; its element {} fails{}.",
        step.element,
        if step.fault_handled {
            ", and its fault path takes over"
        } else {
            ""
        }
    ))
    .severity(severity)
    .object(object)
    .operation(operation)
    .subject(format!("{name}.{}", step.element))
    .evidence([
        declared,
        facts.fact(EvidenceKind::Definition, text, step.at),
    ])
    .evidence(lacks.proof(facts));
    outcome.find(lacks.lower(facts, finding), Vec::new());
}
