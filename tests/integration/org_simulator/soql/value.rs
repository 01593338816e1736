//! Compares a cell with a value that a query writes, by the column's type.

use std::cmp::Ordering;

use jiff::{Timestamp, ToSpan, civil::Date};
use serde_json::Value;

use super::super::org::same_id;
use super::super::refusal::Refusal;
use super::super::schema::Column;
use super::ast::{Literal, Operator};

/// How the values of a column compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Id,
    Number,
    Bool,
    Date,
    DateTime,
}

/// How the values of a column compare.
pub(super) fn kind(column: &Column) -> Kind {
    match column.kind.as_str() {
        "id" | "reference" => Kind::Id,
        "boolean" => Kind::Bool,
        "int" | "double" | "currency" | "percent" | "long" => Kind::Number,
        "date" => Kind::Date,
        "datetime" => Kind::DateTime,
        _ => Kind::Text,
    }
}

/// Refuses a value whose type is not the column's, in Salesforce's words.
pub(super) fn check(column: &Column, literal: &Literal) -> Result<(), Refusal> {
    let fits = match (kind(column), literal) {
        (_, Literal::Null)
        | (Kind::Bool, Literal::Bool(_))
        | (Kind::Number, Literal::Number(_)) => true,
        (Kind::Date, Literal::Date(_) | Literal::Relative(..)) => true,
        (Kind::DateTime, Literal::DateTime(_) | Literal::Relative(..)) => true,
        (Kind::Text, Literal::Text(_)) => true,
        (Kind::Id, Literal::Text(id)) => {
            let whole =
                matches!(id.len(), 15 | 18) && id.bytes().all(|b| b.is_ascii_alphanumeric());
            if !whole && !id.is_empty() {
                return Err(Refusal::new(
                    400,
                    "INVALID_QUERY_FILTER_OPERATOR",
                    format!("invalid ID field: {id}"),
                ));
            }
            true
        }
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let (name, quotes) = match kind(column) {
        Kind::Text => ("string", "should be enclosed in quotes"),
        Kind::Id => ("ID", "should be enclosed in quotes"),
        Kind::Number => ("double", "should not be enclosed in quotes"),
        Kind::Bool => ("boolean", "should not be enclosed in quotes"),
        Kind::Date => ("date", "should not be enclosed in quotes"),
        Kind::DateTime => ("dateTime", "should not be enclosed in quotes"),
    };
    let field = &column.name;
    Err(Refusal::new(
        400,
        "INVALID_FIELD",
        format!(
            "value of filter criterion for field '{field}' must be of type {name} and {quotes}"
        ),
    ))
}

/// Whether a cell and a written value stand in this relation.
pub(super) fn holds(
    column: &Column,
    cell: &Value,
    operator: Operator,
    literal: &Literal,
    now: &str,
) -> bool {
    if *literal == Literal::Null || cell.is_null() {
        let same = (*literal == Literal::Null) == cell.is_null();
        return match operator {
            Operator::Equal => same,
            Operator::NotEqual => !same,
            _ => false,
        };
    }
    if operator == Operator::Like {
        let Literal::Text(pattern) = literal else {
            return false;
        };
        return cell
            .as_str()
            .is_some_and(|text| like(&text.to_lowercase(), &pattern.to_lowercase()));
    }
    let Some(order) = compare(column, cell, literal, now) else {
        return operator == Operator::NotEqual;
    };
    match operator {
        Operator::Equal | Operator::Like => order == Ordering::Equal,
        Operator::NotEqual => order != Ordering::Equal,
        Operator::Less => order == Ordering::Less,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        Operator::GreaterOrEqual => order != Ordering::Less,
    }
}

fn compare(column: &Column, cell: &Value, literal: &Literal, now: &str) -> Option<Ordering> {
    match (kind(column), literal) {
        (Kind::Bool, Literal::Bool(wanted)) => Some(cell.as_bool()?.cmp(wanted)),
        (Kind::Number, Literal::Number(wanted)) => cell.as_f64()?.partial_cmp(wanted),
        (Kind::Id, Literal::Text(wanted)) => {
            let found = cell.as_str()?;
            Some(if same_id(found, wanted) {
                Ordering::Equal
            } else {
                found.cmp(wanted.as_str())
            })
        }
        (Kind::Text, Literal::Text(wanted)) => {
            let found = text_of(cell)?;
            let ids = found.len() >= 15
                && wanted.len() >= 15
                && !found.contains('.')
                && same_id(&found, wanted);
            Some(if ids {
                Ordering::Equal
            } else {
                found.to_lowercase().cmp(&wanted.to_lowercase())
            })
        }
        (Kind::Date, Literal::Date(wanted)) => Some(
            cell.as_str()?
                .parse::<Date>()
                .ok()?
                .cmp(&wanted.parse().ok()?),
        ),
        (Kind::Date, Literal::Relative(word, days)) => Some(
            cell.as_str()?
                .parse::<Date>()
                .ok()?
                .cmp(&relative(word, *days, now)?),
        ),
        (Kind::DateTime, Literal::DateTime(wanted)) => {
            Some(moment(cell.as_str()?)?.cmp(&moment(wanted)?))
        }
        (Kind::DateTime, Literal::Relative(word, days)) => {
            let date = moment(cell.as_str()?)?
                .to_zoned(jiff::tz::TimeZone::UTC)
                .date();
            Some(date.cmp(&relative(word, *days, now)?))
        }
        _ => None,
    }
}

fn text_of(cell: &Value) -> Option<String> {
    match cell {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A time as Salesforce writes it (`+0000`) or as a query does (`Z`, `+00:00`).
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let text = text
        .strip_suffix("+0000")
        .map_or_else(|| text.to_owned(), |rest| format!("{rest}Z"));
    text.parse().ok()
}

fn relative(word: &str, days: i64, now: &str) -> Option<Date> {
    let today = moment(now)?.to_zoned(jiff::tz::TimeZone::UTC).date();
    let days = match word {
        "YESTERDAY" => -1,
        "TOMORROW" => 1,
        "LAST_N_DAYS" | "N_DAYS_AGO" => days.checked_neg()?,
        _ => days,
    };
    today.checked_add(days.days()).ok()
}

/// `%` stands for any text and `_` for one character; a backslash takes their meaning away.
fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '%' => None,
            '_' => Some(None),
            '\\' => Some(Some(chars.next().unwrap_or('\\'))),
            c => Some(Some(c)),
        });
    }
    // Which prefixes of the text the tokens so far can match.
    let mut reached = vec![false; text.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for token in tokens {
        let mut next = vec![false; text.len() + 1];
        let mut any = false;
        for (at, slot) in next.iter_mut().enumerate() {
            any |= reached.get(at).copied().unwrap_or(false);
            let before = at
                .checked_sub(1)
                .filter(|at| reached.get(*at).copied().unwrap_or(false));
            *slot = match token {
                None => any,
                Some(None) => before.is_some(),
                Some(Some(c)) => before.is_some_and(|at| text.get(at) == Some(&c)),
            };
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

/// The order of two cells for ORDER BY: empty ones first, texts without regard to case.
pub(super) fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a
            .to_lowercase()
            .cmp(&b.to_lowercase())
            .then_with(|| a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a
            .as_f64()
            .partial_cmp(&b.as_f64())
            .unwrap_or(Ordering::Equal),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => (!a.is_null()).cmp(&!b.is_null()),
    }
}
