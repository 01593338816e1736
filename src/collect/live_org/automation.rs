//! What runs when a record of the objects is saved: validation rules, flows, Apex triggers.

use std::collections::BTreeMap;

use super::Wanted;
use super::ask::Ask;
use super::objects::Objects;
use super::wire::{FlowRow, FlowViewRow, RuleBody, RuleRow, TriggerRow, full_name};
use crate::salesforce::Sub;
use crate::salesforce::soql::{OrgSchema, Query};
use crate::snapshot::{Apex, ApexKind, Area, Flow, Name, ValidationRule};

/// The rules of each object.
pub(super) async fn validation_rules(
    ask: &Ask<'_>,
    wanted: &Wanted,
) -> BTreeMap<Name, Vec<ValidationRule>> {
    const AREAS: &[Area] = &[Area::ValidationRules];
    let binding = Query::ValidationRules
        .bind()
        .names("objects", &wanted.objects);
    let rows = ask
        .rows::<RuleRow>(AREAS, binding, &OrgSchema::default())
        .await
        .unwrap_or_default();
    // A managed package hides its formulas; asking for them would be a call for nothing.
    let hidden = |row: &RuleRow| {
        row.manageable_state
            .as_deref()
            .is_some_and(|state| state.starts_with("installed"))
    };
    let open: Vec<&RuleRow> = rows.iter().filter(|row| !hidden(row)).collect();
    let mut formulas = formulas(ask, &open).await;
    let mut rules: BTreeMap<Name, Vec<ValidationRule>> = BTreeMap::new();
    let (mut unread, mut managed) = (0_usize, 0_usize);
    for row in rows {
        let is_hidden = hidden(&row);
        let Some(object) = row.entity_definition.and_then(|def| def.qualified_api_name) else {
            continue;
        };
        let formula = formulas.remove(&row.id);
        if formula.is_none() {
            let count = if is_hidden { &mut managed } else { &mut unread };
            *count = count.saturating_add(1);
        }
        rules.entry(object).or_default().push(ValidationRule {
            name: full_name(
                row.namespace_prefix.as_deref(),
                row.validation_name.as_str(),
            ),
            active: row.active,
            formula,
            error_message: row.error_message,
            error_display_field: row.error_display_field,
            at: None,
        });
    }
    for list in rules.values_mut() {
        list.sort_by(|a, b| a.name.cmp(&b.name));
    }
    if managed > 0 {
        ask.ledger.lack(
            Area::ValidationRules,
            format!("{managed} rules of managed packages hide their formulas"),
        );
    }
    if unread > 0 {
        ask.ledger.lack(
            Area::ValidationRules,
            format!("the formulas of {unread} rules were not read"),
        );
    }
    rules
}

/// The formula of each rule, by id; each is in its own row only.
async fn formulas(ask: &Ask<'_>, rules: &[&RuleRow]) -> BTreeMap<String, String> {
    const AREAS: &[Area] = &[Area::ValidationRules];
    let mut formulas = BTreeMap::new();
    let mut subs = Vec::new();
    for rule in rules {
        match Sub::row("ValidationRule", &rule.id) {
            Ok(sub) => subs.push(sub),
            Err(error) => ask.ledger.refuse(AREAS, &error),
        }
    }
    if subs.is_empty() || subs.len() != rules.len() {
        return formulas;
    }
    ask.ledger.ask(AREAS);
    let replies = match ask.client.tooling_composite_get(&subs).await {
        Ok(replies) => replies,
        Err(error) => {
            ask.ledger.refuse(AREAS, &error);
            return formulas;
        }
    };
    ask.ledger.answer(AREAS, replies.len());
    for (rule, reply) in rules.iter().zip(replies) {
        match reply.and_then(|reply| reply.decode::<RuleBody>("validation rule")) {
            Ok(body) => {
                let formula = body.metadata.and_then(|body| body.error_condition_formula);
                if let Some(formula) = formula {
                    formulas.insert(rule.id.clone(), formula);
                }
            }
            Err(error) => {
                ask.ledger.ask(AREAS);
                ask.ledger.refuse(AREAS, &error);
            }
        }
    }
    formulas
}

/// The active flows of the org.
pub(super) async fn flows(ask: &Ask<'_>) -> Vec<Flow> {
    const AREAS: &[Area] = &[Area::Flows];
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
    let mut flows: Vec<Flow> = views
        .into_iter()
        .flatten()
        .filter_map(|row| {
            // `IsActive` of a view is about the latest version; the active version's id is about the flow.
            let version = row.active_version_id?;
            Some(Flow {
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
            })
        })
        .collect();
    flows.sort_by(|a, b| (&a.name, &a.label).cmp(&(&b.name, &b.label)));
    flows
}

/// The active triggers on the objects. A trigger on a custom object names it by the catalogue's id.
pub(super) async fn triggers(ask: &Ask<'_>, wanted: &Wanted, objects: &Objects) -> Vec<Apex> {
    let tables = wanted.objects.iter().flat_map(|name| {
        let id = objects.durable_ids.get(name).map(String::as_str);
        [Some(name.as_str()), id.filter(|id| *id != name.as_str())]
    });
    let binding = Query::ApexTriggers.bind().texts("tables", tables.flatten());
    let rows = ask
        .rows::<TriggerRow>(&[Area::Apex], binding, &OrgSchema::default())
        .await;
    let object_of = |table: &str| {
        objects
            .durable_ids
            .iter()
            .find(|(_, id)| super::same_id(id, table))
            .map_or_else(|| Name::new(table), |(name, _)| name.clone())
    };
    let mut triggers: Vec<Apex> = rows
        .into_iter()
        .flatten()
        .map(|row| Apex {
            kind: ApexKind::Trigger,
            name: full_name(row.namespace_prefix.as_deref(), &row.name),
            object: row.table_enum_or_id.as_deref().map(object_of),
            api_version: row.api_version.map(|version| format!("{version:.1}")),
            status: row.status,
            // Not without the classes that it names: half a path would pass for a whole one.
            body: None,
            at: None,
        })
        .collect();
    triggers.sort_by(|a, b| a.name.cmp(&b.name));
    triggers
}
