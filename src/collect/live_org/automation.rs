//! What runs when a record of the objects is saved: validation rules, flows, Apex triggers.

mod apex;
mod flow_metadata;
mod flows;
mod globals;
mod rows;

use std::collections::BTreeMap;

use super::Wanted;
use super::ask::Ask;
use super::wire::full_name;
use crate::salesforce::Sub;
use crate::salesforce::soql::{OrgSchema, Query};
use crate::snapshot::{Area, Name, ValidationRule};

pub(super) use apex::apex;
pub(super) use flows::flows;
pub(super) use globals::{Owners, globals};
use rows::{RuleBody, RuleRow};

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
    let (mut unread, mut managed, mut nowhere) = (0_usize, 0_usize, 0_usize);
    for row in rows {
        let is_hidden = hidden(&row);
        let Some(object) = row.entity_definition.and_then(|def| def.qualified_api_name) else {
            nowhere = nowhere.saturating_add(1);
            continue;
        };
        let (formula, description) = formulas.remove(&row.id).unzip();
        let description = description.flatten();
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
            description,
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
    if nowhere > 0 {
        ask.ledger.lack(
            Area::ValidationRules,
            format!("the object of {nowhere} rules is hidden from the session's user"),
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

/// The formula and the description of each rule, by id; each is in its own row only.
async fn formulas(ask: &Ask<'_>, rules: &[&RuleRow]) -> BTreeMap<String, (String, Option<String>)> {
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
                if let Some(metadata) = body.metadata
                    && let Some(formula) = metadata.error_condition_formula
                {
                    formulas.insert(rule.id.clone(), (formula, metadata.description));
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
