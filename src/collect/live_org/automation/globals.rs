//! What validation rules ask of the user's own record (`$User.Bypass__c`) and of hierarchy custom settings
//! (`$Setup.Sync__c.Off__c`), as far as the session may read it.
//!
//! In: the rules and ids. Out: values by global. The records are read whole and dropped: only what a rule names stays.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Number, Value};

use super::super::all;
use super::super::ask::Ask;
use super::super::describe::Describe;
use super::rows::{SettingRow, WholeRow};
use crate::formula::{parse, references};
use crate::salesforce::Sub;
use crate::salesforce::soql::{Api, OrgSchema, Query};
use crate::snapshot::{Area, Field, FieldType, GlobalValue, Name, SObject, same_id};

const AREAS: &[Area] = &[Area::ValidationRules];

/// Whose settings count, in the order in which they do: the user's, the profile's, the org's (Apex Reference, "Custom
/// Settings Methods", `getInstance`).
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Owners {
    pub(in super::super) user: String,
    pub(in super::super) profile: Option<String>,
    pub(in super::super) org: Option<String>,
}

/// The globals that formulas name, with what holds for the user.
pub(in super::super) async fn globals<'r>(
    ask: &Ask<'_>,
    formulas: impl Iterator<Item = &'r str>,
    owners: &Owners,
) -> BTreeMap<Name, GlobalValue> {
    let mut of_user: BTreeSet<Name> = BTreeSet::new();
    let mut of_settings: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for ast in formulas.filter_map(|text| parse(text).ok()) {
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
    let (rows, _) = rows(ask, "User", &[owners.user.as_str()], false).await;
    let row = rows.first();
    let known = fields.iter().filter_map(|field| {
        // Whether a number is a percentage, and a text a date, only the definition of User tells.
        let value = match row?.0.get(field)? {
            Value::Null => GlobalValue::Blank,
            Value::Bool(checked) => GlobalValue::Checkbox(*checked),
            Value::String(text) if !is_date(text) => GlobalValue::Text(text.clone()),
            _ => return None,
        };
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
    let (rows, definition) = rows(ask, setting.as_str(), &ordered, true).await;
    // Without any row there are values all the same, and what they are is not documented.
    if rows.is_empty() || rows.len() < ordered.len() {
        return Vec::new();
    }
    let known = fields.iter().filter_map(|field| {
        let mut values = rows.iter().map(|row| row.0.get(field));
        // A field that is hidden from the session is absent, and what it holds counts all the same.
        let value = match values.find(|value| value.is_none_or(|value| !value.is_null())) {
            Some(value) => global(value?, definition.as_ref()?.fields.get(field)?)?,
            None => GlobalValue::Blank,
        };
        Some((Name::from(format!("$Setup.{setting}.{field}")), value))
    });
    known.collect()
}

/// Some records whole, in the order of the ids, and the definition of their object where it is wanted; those that were
/// refused are left out, and said.
async fn rows(
    ask: &Ask<'_>,
    object: &str,
    ids: &[&str],
    with_definition: bool,
) -> (Vec<WholeRow>, Option<SObject>) {
    let mut subs: Vec<Sub> = ids
        .iter()
        .filter_map(|id| Sub::row(object, id).ok())
        .collect();
    if subs.is_empty() {
        return (Vec::new(), None);
    }
    if with_definition {
        subs.extend(Sub::describe(object).ok());
    }
    ask.ledger.ask(AREAS);
    let replies = match ask.client.composite_get(Api::Rest, &subs).await {
        Ok(replies) => replies,
        Err(error) => {
            ask.ledger.refuse(AREAS, &error);
            return (Vec::new(), None);
        }
    };
    ask.ledger.answer(AREAS, replies.len());
    let mut rows = Vec::new();
    let mut replies = replies.into_iter();
    let records: Vec<_> = replies.by_ref().take(ids.len()).collect();
    let definition = replies
        .next()
        .and_then(Result::ok)
        .and_then(|reply| reply.decode::<Describe>(object).ok())
        .map(Describe::into_object);
    for reply in records {
        match reply.and_then(|reply| reply.decode::<WholeRow>(object)) {
            Ok(row) => rows.push(row),
            Err(error) => {
                ask.ledger.ask(AREAS);
                ask.ledger.refuse(AREAS, &error);
            }
        }
    }
    (rows, definition)
}

/// A value as formulas see it. Dates and times are none of their values that are known here.
fn global(value: &Value, field: &Field) -> Option<GlobalValue> {
    match (value, &field.field_type) {
        (Value::Bool(checked), _) => Some(GlobalValue::Checkbox(*checked)),
        (_, FieldType::Date | FieldType::DateTime | FieldType::Time | FieldType::Unknown) => None,
        (Value::String(text), _) => Some(GlobalValue::Text(text.clone())),
        // A percentage is a fraction in formulas (Salesforce Help, "Formula Operators and Functions").
        (Value::Number(number), FieldType::Percent) => hundredth(number).map(GlobalValue::Number),
        (Value::Number(number), _) => Some(GlobalValue::Number(number.clone())),
        _ => None,
    }
}

/// A hundredth of a number, by its digits, so that nothing is rounded.
fn hundredth(number: &Number) -> Option<Number> {
    let text = number.to_string();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let padded = format!("{whole:0>3}");
    let (whole, cents) = padded.split_at_checked(padded.len().checked_sub(2)?)?;
    format!("{sign}{whole}.{cents}{fraction}").parse().ok()
}

fn is_date(text: &str) -> bool {
    text.len() >= 10
        && text.char_indices().take(10).all(|(at, c)| {
            if at == 4 || at == 7 {
                c == '-'
            } else {
                c.is_ascii_digit()
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_becomes_a_fraction_without_rounding() {
        for (given, fraction) in [
            ("15", "0.15"),
            ("33.3", "0.333"),
            ("-0.5", "-0.005"),
            ("250.0", "2.5"),
        ] {
            let number = hundredth(&given.parse().unwrap()).unwrap();
            assert_eq!(number, fraction.parse::<Number>().unwrap(), "{given}");
        }
        assert_eq!(hundredth(&"1e30".parse().unwrap()), None);
    }
}
