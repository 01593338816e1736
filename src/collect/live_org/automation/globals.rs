//! What validation rules ask of the user's own record (`$User.Bypass__c`) and of hierarchy custom settings
//! (`$Setup.Sync__c.Off__c`), as far as the session may read it.
//!
//! In: the rules and ids. Out: values by global. The records are read whole and dropped: only what a rule names stays.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::all;
use super::super::ask::Ask;
use super::rows::{SettingRow, WholeRow};
use crate::formula::{parse, references};
use crate::salesforce::Sub;
use crate::salesforce::soql::{Api, OrgSchema, Query};
use crate::snapshot::{Area, GlobalValue, Name, ValidationRule, same_id};

const AREAS: &[Area] = &[Area::ValidationRules];

/// Whose settings count, in the order in which they do: the user's, the profile's, the org's (Apex Reference, "Custom
/// Settings Methods", `getInstance`).
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Owners {
    pub(in super::super) user: String,
    pub(in super::super) profile: Option<String>,
    pub(in super::super) org: Option<String>,
}

/// The globals that active rules name, with what holds for the user.
pub(in super::super) async fn globals<'r>(
    ask: &Ask<'_>,
    rules: impl Iterator<Item = &'r ValidationRule>,
    owners: &Owners,
) -> BTreeMap<Name, GlobalValue> {
    let mut of_user: BTreeSet<Name> = BTreeSet::new();
    let mut of_settings: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for rule in rules.filter(|rule| rule.active) {
        let Some(ast) = rule.formula.as_deref().and_then(|text| parse(text).ok()) else {
            continue;
        };
        for global in references(&ast).globals {
            let parts: Vec<&str> = global.split('.').collect();
            match parts.as_slice() {
                [kind, field]
                    if kind.eq_ignore_ascii_case("$User") && Name::new(field).is_custom() =>
                {
                    of_user.insert(Name::new(field));
                }
                [kind, setting, field] if kind.eq_ignore_ascii_case("$Setup") => {
                    let fields = of_settings.entry(Name::new(setting)).or_default();
                    fields.insert(Name::new(field));
                }
                _ => {}
            }
        }
    }
    let [a, b] = [ask.branch(), ask.branch()];
    let (user, settings) = tokio::join!(
        user_fields(&a, &of_user, owners),
        all(of_settings
            .iter()
            .map(|(setting, fields)| setting_fields(&b, setting, fields, owners))),
    );
    ask.join(&a);
    ask.join(&b);
    user.into_iter()
        .chain(settings.into_iter().flatten())
        .collect()
}

async fn user_fields(
    ask: &Ask<'_>,
    fields: &BTreeSet<Name>,
    owners: &Owners,
) -> Vec<(Name, GlobalValue)> {
    if fields.is_empty() {
        return Vec::new();
    }
    let rows = rows(ask, "User", &[owners.user.as_str()]).await;
    let row = rows.first();
    let known = fields.iter().filter_map(|field| {
        let value = global(row?.0.get(field)?)?;
        Some((Name::from(format!("$User.{field}")), value))
    });
    known.collect()
}

/// Field by field: the first of the user's, the profile's and the org's row that has a value.
async fn setting_fields(
    ask: &Ask<'_>,
    setting: &Name,
    fields: &BTreeSet<Name>,
    owners: &Owners,
) -> Vec<(Name, GlobalValue)> {
    let ids: Vec<&str> = [
        Some(owners.user.as_str()),
        owners.profile.as_deref(),
        owners.org.as_deref(),
    ]
    .into_iter()
    .flatten()
    .collect();
    // Whose row is not known to be missing may be the one that counts.
    if ids.len() < 3 {
        return Vec::new();
    }
    let binding = Query::SettingRows
        .bind()
        .from(setting)
        .texts("owners", &ids);
    let Some(found) = ask
        .rows::<SettingRow>(AREAS, binding, &OrgSchema::default())
        .await
    else {
        return Vec::new();
    };
    let ordered: Vec<&str> = ids
        .iter()
        .flat_map(|id| {
            let of = found.iter().filter(|row| {
                row.setup_owner_id
                    .as_deref()
                    .is_some_and(|owner| same_id(owner, id))
            });
            of.map(|row| row.id.as_str())
        })
        .collect();
    let rows = rows(ask, setting.as_str(), &ordered).await;
    if rows.len() < ordered.len() {
        return Vec::new();
    }
    let known = fields.iter().filter_map(|field| {
        let mut values = rows.iter().map(|row| row.0.get(field));
        // A field that is hidden from the session is absent, and what it holds counts all the same.
        let value = values.find(|value| value.is_none_or(|value| !value.is_null()))??;
        Some((
            Name::from(format!("$Setup.{setting}.{field}")),
            global(value)?,
        ))
    });
    known.collect()
}

/// Some records whole, in the order of the ids; those that were refused are left out, and said.
async fn rows(ask: &Ask<'_>, object: &str, ids: &[&str]) -> Vec<WholeRow> {
    let subs: Vec<Sub> = ids
        .iter()
        .filter_map(|id| Sub::row(object, id).ok())
        .collect();
    if subs.is_empty() {
        return Vec::new();
    }
    ask.ledger.ask(AREAS);
    let replies = match ask.client.composite_get(Api::Rest, &subs).await {
        Ok(replies) => replies,
        Err(error) => {
            ask.ledger.refuse(AREAS, &error);
            return Vec::new();
        }
    };
    ask.ledger.answer(AREAS, replies.len());
    let mut rows = Vec::new();
    for reply in replies {
        match reply.and_then(|reply| reply.decode::<WholeRow>(object)) {
            Ok(row) => rows.push(row),
            Err(error) => {
                ask.ledger.ask(AREAS);
                ask.ledger.refuse(AREAS, &error);
            }
        }
    }
    rows
}

/// A value as formulas see it. Dates come as texts here and are none there; numbers are in nobody's bypass.
fn global(value: &Value) -> Option<GlobalValue> {
    match value {
        Value::Bool(checked) => Some(GlobalValue::Checkbox(*checked)),
        Value::String(text) => {
            let is_date = text.len() >= 10
                && text.char_indices().take(10).all(|(at, c)| {
                    if at == 4 || at == 7 {
                        c == '-'
                    } else {
                        c.is_ascii_digit()
                    }
                });
            (!is_date).then(|| GlobalValue::Text(text.clone()))
        }
        _ => None,
    }
}
