//! The active flows of the org, and what those do that can matter to the sync.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Wanted;
use super::super::ask::Ask;
use super::super::wire::full_name;
use super::flow_metadata::FlowMetadata;
use super::rows::{FlowMetadataRow, FlowRow, FlowViewRow};
use crate::collect::flow_body::body;
use crate::salesforce::Sub;
use crate::salesforce::soql::{OrgSchema, Query};
use crate::snapshot::{Area, Flow, FlowBody, Name};

const AREAS: &[Area] = &[Area::Flows];

/// So many times the subflows of flows are looked for; nobody nests deeper.
const MOST_ROUNDS: usize = 8;

/// A flow and the version that runs.
struct Listed {
    flow: Flow,
    version: String,
    /// A package keeps its definition to itself.
    hidden: bool,
    asked: bool,
}

/// All active flows; with what they do where they can matter: flows that saves of the objects start, those that
/// `permgap.toml` declares, and the subflows of both.
pub(in super::super) async fn flows(ask: &Ask<'_>, wanted: &Wanted) -> Vec<Flow> {
    let mut flows = listed(ask).await;
    let mut names: BTreeSet<Name> = flows
        .iter()
        .filter(|one| starts_on_save(&one.flow, wanted) || wanted.flows.contains(&one.flow.name))
        .map(|one| one.flow.name.clone())
        .collect();
    for round in 0.. {
        let due: Vec<usize> = (0_usize..)
            .zip(&flows)
            .filter(|(_, one)| !one.asked && !one.hidden && names.contains(&one.flow.name))
            .map(|(at, _)| at)
            .collect();
        if due.is_empty() {
            break;
        }
        if round == MOST_ROUNDS {
            let left: Vec<&str> = due
                .iter()
                .filter_map(|at| Some(flows.get(*at)?.flow.name.as_str()))
                .collect();
            let text = format!("subflows deeper than {MOST_ROUNDS} calls were not read");
            ask.ledger
                .lack(Area::Flows, format!("{text}: {}", left.join(", ")));
            break;
        }
        names = read(ask, &mut flows, &due).await;
    }
    let mut flows: Vec<Flow> = flows.into_iter().map(|one| one.flow).collect();
    flows.sort_by(|a, b| (&a.name, &a.label).cmp(&(&b.name, &b.label)));
    flows
}

async fn listed(ask: &Ask<'_>) -> Vec<Listed> {
    let none = OrgSchema::default();
    let [a, b] = [ask.branch(), ask.branch()];
    let (views, versions) = tokio::join!(
        a.rows::<FlowViewRow>(AREAS, Query::FlowDefinitionViews.bind(), &none),
        b.rows::<FlowRow>(AREAS, Query::Flows.bind(), &none),
    );
    ask.join(&a);
    ask.join(&b);
    let modes: BTreeMap<String, Option<String>> = versions
        .into_iter()
        .flatten()
        .map(|row| (row.id, row.run_in_mode))
        .collect();
    views
        .into_iter()
        .flatten()
        .filter_map(|row| {
            // `IsActive` of a view is about the latest version; the active version's id is about the flow.
            let version = row.active_version_id?;
            let flow = Flow {
                name: full_name(row.namespace_prefix.as_deref(), row.api_name.as_str()),
                label: row.label,
                process_type: row.process_type,
                status: Some("Active".to_owned()),
                run_in_mode: modes.get(&version).cloned().flatten(),
                object: row
                    .trigger_object_or_event
                    .and_then(|object| object.qualified_api_name),
                trigger_type: row.trigger_type,
                record_trigger_type: row.record_trigger_type,
                body: None,
                at: None,
            };
            Some(Listed {
                flow,
                version,
                // Tooling API, Flow: `Metadata` of a managed flow is null, and asking for it a call for nothing.
                hidden: row.manageable_state.as_deref() == Some("installed"),
                asked: false,
            })
        })
        .collect()
}

/// Whether a save of one of the objects starts the flow, or may: where the list does not tell of which object, the
/// definition does.
fn starts_on_save(flow: &Flow, wanted: &Wanted) -> bool {
    let by_record = match flow.trigger_type.as_deref() {
        Some(trigger) => trigger.starts_with("Record") && trigger != "RecordBeforeDelete",
        None => flow.process_type.as_deref() == Some("Workflow"),
    };
    let of_objects = flow
        .object
        .as_ref()
        .is_none_or(|object| wanted.objects.contains(object));
    by_record && of_objects
}

/// Reads the definitions of some flows; gives the flows that they call.
async fn read(ask: &Ask<'_>, flows: &mut [Listed], due: &[usize]) -> BTreeSet<Name> {
    let mut called = BTreeSet::new();
    let mut of = Vec::new();
    let mut subs = Vec::new();
    for at in due {
        let Some(one) = flows.get_mut(*at) else {
            continue;
        };
        one.asked = true;
        match Sub::row("Flow", &one.version) {
            Ok(sub) => {
                subs.push(sub);
                of.push(*at);
            }
            Err(error) => {
                ask.ledger.ask(AREAS);
                ask.ledger.refuse(AREAS, &error);
            }
        }
    }
    if subs.is_empty() {
        return called;
    }
    ask.ledger.ask(AREAS);
    let replies = match ask.client.tooling_composite_get(&subs).await {
        Ok(replies) => replies,
        Err(error) => {
            ask.ledger.refuse(AREAS, &error);
            return called;
        }
    };
    ask.ledger.answer(AREAS, replies.len());
    for (at, reply) in of.into_iter().zip(replies) {
        let Some(one) = flows.get_mut(at) else {
            continue;
        };
        match reply.and_then(|reply| reply.decode::<FlowMetadataRow>("flow")) {
            Ok(FlowMetadataRow {
                metadata: Some(json),
            }) => {
                let metadata = FlowMetadata::new(&json);
                let flow = &mut one.flow;
                flow.object = flow.object.take().or_else(|| metadata.object());
                flow.run_in_mode = (flow.run_in_mode.take()).or_else(|| metadata.run_in_mode());
                let body = body(metadata.raw());
                called.extend(subflows(&body));
                flow.body = Some(body);
            }
            // Hidden all the same; the audits say so of the flows that matter.
            Ok(FlowMetadataRow { metadata: None }) => {}
            Err(error) => {
                ask.ledger.ask(AREAS);
                ask.ledger.refuse(AREAS, &error);
            }
        }
    }
    called
}

fn subflows(body: &FlowBody) -> impl Iterator<Item = Name> {
    body.calls
        .iter()
        .filter(|call| call.starts_flow())
        .map(|call| call.target.clone())
}
