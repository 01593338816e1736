//! Runs a statement over the tables and builds the records of the answer.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::model::Row;
use super::super::org::text;
use super::super::refusal::Refusal;
use super::super::schema::Api;
use super::super::virtual_objects;
use super::ast::{Function, Item, Query};
use super::columns::{Session, View, Walk, cell};
use super::filter::{bind, hints};
use super::{parser, refuse, value};

/// What a query answers, before it is cut into pages.
#[derive(Debug)]
pub(crate) struct Answer {
    /// `totalSize`.
    pub(crate) total: usize,
    /// All records.
    pub(crate) records: Vec<Value>,
    /// The metadata catalogue knows no second page.
    pub(crate) one_batch: bool,
}

/// Runs a statement.
///
/// # Errors
/// What Salesforce answers to a statement that it refuses.
pub(crate) fn run(session: &Session<'_>, soql: &str) -> Result<Answer, Refusal> {
    let query = parser::parse(soql)?;
    let view = session.view(&query.from)?;
    let one_batch = refuse::is_reified(&view.name);
    if query.count {
        let total = matching(session, &query)?.len();
        return Ok(Answer {
            total,
            records: Vec::new(),
            one_batch,
        });
    }
    let aggregate = !query.group_by.is_empty()
        || query
            .items
            .iter()
            .any(|item| matches!(item, Item::Aggregate(..)));
    let records = if aggregate {
        aggregated(session, &view, &query)?
    } else {
        selected(session, &view, &query)?
    };
    refuse::one_batch(&view.name, records.len())?;
    Ok(Answer {
        total: records.len(),
        records,
        one_batch,
    })
}

/// The rows that meet a statement's WHERE, ordered and cut by LIMIT and OFFSET.
pub(super) fn matching(session: &Session<'_>, query: &Query) -> Result<Vec<Row>, Refusal> {
    let view = session.view(&query.from)?;
    refuse::check(&view.name, query)?;
    let filter = query
        .filter
        .as_ref()
        .map(|filter| bind(session, &view, filter))
        .transpose()?;
    let order: Vec<(Walk, bool, bool)> = query
        .order_by
        .iter()
        .map(|order| {
            Ok((
                session.walk(&view, &order.path)?,
                order.descending,
                order.nulls_last,
            ))
        })
        .collect::<Result<_, Refusal>>()?;
    if let Some((walk, ..)) = order.iter().find(|(walk, ..)| !walk.column.sortable) {
        let name = &walk.column.name;
        return Err(Refusal::malformed(format!(
            "field '{name}' can not be sorted in a query call"
        )));
    }
    if view.hidden {
        return Ok(Vec::new());
    }
    let mut rows = virtual_objects::rows(session, &view.name, &hints(query.filter.as_ref()))?;
    if let Some(filter) = &filter {
        rows.retain(|row| filter.meets(session, row));
    }
    refuse::one_row(query, rows.len())?;
    if !order.is_empty() && query.group_by.is_empty() {
        let mut keyed: Vec<(Vec<Value>, Row)> = rows
            .into_iter()
            .map(|row| {
                (
                    order
                        .iter()
                        .map(|(walk, ..)| session.value(walk, &row))
                        .collect(),
                    row,
                )
            })
            .collect();
        keyed.sort_by(|(a, _), (b, _)| {
            let columns = a.iter().zip(b).zip(&order);
            columns.fold(
                Ordering::Equal,
                |so_far, ((a, b), (_, descending, nulls_last))| {
                    so_far.then_with(|| {
                        if a.is_null() != b.is_null() {
                            return if a.is_null() == *nulls_last {
                                Ordering::Greater
                            } else {
                                Ordering::Less
                            };
                        }
                        let order = value::order(a, b);
                        if *descending { order.reverse() } else { order }
                    })
                },
            )
        });
        rows = keyed.into_iter().map(|(_, row)| row).collect();
    }
    if query.group_by.is_empty() {
        let offset = query.offset.unwrap_or(0).min(rows.len());
        rows.drain(..offset);
        rows.truncate(query.limit.unwrap_or(usize::MAX));
    }
    Ok(rows)
}

enum Chosen {
    Column(Walk),
    Child {
        name: String,
        object: String,
        reference: String,
        query: Query,
    },
}

fn selected(session: &Session<'_>, view: &View, query: &Query) -> Result<Vec<Value>, Refusal> {
    let mut chosen = Vec::new();
    for item in &query.items {
        chosen.push(match item {
            Item::Column(_, Some(_)) => {
                return Err(Refusal::malformed(
                    "only aggregate expressions use field aliasing",
                ));
            }
            Item::Column(path, None) => Chosen::Column(session.walk(view, path)?),
            Item::Aggregate(..) => continue,
            Item::Child(child) => {
                let Some((object, reference)) = session
                    .children(&view.name)
                    .remove(&child.from.to_ascii_lowercase())
                else {
                    return Err(Refusal::new(
                        400,
                        "INVALID_TYPE",
                        format!(
                            "Didn't understand relationship '{}' in FROM part of query call.",
                            child.from
                        ),
                    ));
                };
                let query = Query {
                    from: object.clone(),
                    ..(**child).clone()
                };
                // Refused here, and not only for the first parent.
                let child_view = session.view(&object)?;
                selected_columns(session, &child_view, &query)?;
                Chosen::Child {
                    name: child.from.clone(),
                    object,
                    reference,
                    query,
                }
            }
        });
    }
    let rows = matching(session, query)?;
    rows.iter()
        .map(|row| record(session, &view.name, row, &chosen))
        .collect()
}

fn selected_columns(
    session: &Session<'_>,
    view: &View,
    query: &Query,
) -> Result<Vec<Chosen>, Refusal> {
    query
        .items
        .iter()
        .map(|item| match item {
            Item::Column(path, None) => Ok(Chosen::Column(session.walk(view, path)?)),
            _ => Err(Refusal::malformed("a child subquery selects columns only")),
        })
        .collect()
}

fn attributes(session: &Session<'_>, object: &str, row: &Row) -> Value {
    let version = session.version;
    let tooling = if session.api == Api::Tooling {
        "tooling/"
    } else {
        ""
    };
    let id = match text(row, "Id") {
        "" => text(row, "DurableId"),
        id => id,
    };
    json!({ "type": object, "url": format!("/services/data/v{version}.0/{tooling}sobjects/{object}/{id}") })
}

fn record(
    session: &Session<'_>,
    object: &str,
    row: &Row,
    chosen: &[Chosen],
) -> Result<Value, Refusal> {
    let mut out = Row::new();
    out.insert("attributes".to_owned(), attributes(session, object, row));
    for item in chosen {
        match item {
            Chosen::Column(walk) => place(session, &mut out, row, &walk.hops, walk),
            Chosen::Child {
                name,
                object,
                reference,
                query,
            } => {
                let id = text(row, "Id").to_owned();
                let of_parent = Query {
                    limit: None,
                    offset: None,
                    ..query.clone()
                };
                let mut rows = matching(session, &of_parent)?;
                rows.retain(|child| text(child, reference) == id);
                rows.truncate(query.limit.unwrap_or(usize::MAX));
                let view = session.view(object)?;
                let columns = selected_columns(session, &view, query)?;
                let records: Vec<Value> = rows
                    .iter()
                    .map(|child| record(session, &view.name, child, &columns))
                    .collect::<Result<_, _>>()?;
                let value = if records.is_empty() {
                    Value::Null
                } else {
                    json!({ "totalSize": records.len(), "done": true, "records": records })
                };
                out.insert(name.clone(), value);
            }
        }
    }
    Ok(Value::Object(out))
}

/// Puts a value where it belongs in the nested records of the relationships that lead to it.
fn place(
    session: &Session<'_>,
    out: &mut Row,
    row: &Row,
    hops: &[(super::super::schema::Column, String)],
    walk: &Walk,
) {
    let Some(((hop, name), rest)) = hops.split_first() else {
        out.insert(walk.column.name.clone(), cell(row, &walk.column));
        return;
    };
    let mut nested = match out.remove(name) {
        Some(Value::Object(nested)) => nested,
        _ => Row::new(),
    };
    let found = session.with_target(hop, row, &mut |target, object| {
        nested
            .entry("attributes")
            .or_insert_with(|| attributes(session, object, target));
        place(session, &mut nested, target, rest, walk);
        Value::Null
    });
    let value = if found.is_some() {
        Value::Object(nested)
    } else {
        Value::Null
    };
    out.insert(name.clone(), value);
}

fn aggregated(session: &Session<'_>, view: &View, query: &Query) -> Result<Vec<Value>, Refusal> {
    let groups: Vec<Walk> = query
        .group_by
        .iter()
        .map(|path| session.walk(view, path))
        .collect::<Result<_, _>>()?;
    let mut columns = Vec::new();
    let mut unnamed = 0;
    for item in &query.items {
        match item {
            Item::Column(path, alias) => {
                if !query
                    .group_by
                    .iter()
                    .any(|group| group.join(".").eq_ignore_ascii_case(&path.join(".")))
                {
                    let name = path.join(".");
                    return Err(Refusal::malformed(format!(
                        "Field must be grouped or aggregated: {name}"
                    )));
                }
                let walk = session.walk(view, path)?;
                let name = alias.clone().unwrap_or_else(|| walk.column.name.clone());
                columns.push((name, None, walk));
            }
            Item::Aggregate(function, path, alias) => {
                let walk = session.walk(view, path)?;
                let name = alias.clone().unwrap_or_else(|| {
                    unnamed += 1;
                    format!("expr{}", unnamed - 1)
                });
                columns.push((name, Some(*function), walk));
            }
            Item::Child(_) => {
                return Err(Refusal::malformed(
                    "a grouped query has no child subqueries",
                ));
            }
        }
    }
    let mut grouped: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in matching(session, query)? {
        let key: Vec<Value> = groups
            .iter()
            .map(|walk| session.value(walk, &row))
            .collect();
        grouped
            .entry(Value::Array(key).to_string())
            .or_default()
            .push(row);
    }
    if groups.is_empty() && grouped.is_empty() {
        grouped.insert(String::new(), Vec::new());
    }
    let mut records: Vec<Value> = grouped
        .values()
        .map(|rows| {
            let mut out = Row::new();
            out.insert(
                "attributes".to_owned(),
                json!({ "type": "AggregateResult" }),
            );
            for (name, function, walk) in &columns {
                let values: Vec<Value> = rows.iter().map(|row| session.value(walk, row)).collect();
                let value = match function {
                    None => values.into_iter().next().unwrap_or(Value::Null),
                    Some(function) => fold(*function, values),
                };
                out.insert(name.clone(), value);
            }
            Value::Object(out)
        })
        .collect();
    let offset = query.offset.unwrap_or(0).min(records.len());
    records.drain(..offset);
    records.truncate(query.limit.unwrap_or(usize::MAX));
    Ok(records)
}

fn fold(function: Function, mut values: Vec<Value>) -> Value {
    values.retain(|value| !value.is_null());
    let numbers = || values.iter().filter_map(Value::as_f64);
    match function {
        Function::Count => json!(values.len()),
        Function::CountDistinct => {
            let mut texts: Vec<String> = values
                .iter()
                .map(|value| value.to_string().to_lowercase())
                .collect();
            texts.sort();
            texts.dedup();
            json!(texts.len())
        }
        Function::Min => values
            .into_iter()
            .min_by(value::order)
            .unwrap_or(Value::Null),
        Function::Max => values
            .into_iter()
            .max_by(value::order)
            .unwrap_or(Value::Null),
        Function::Sum => json!(numbers().sum::<f64>()),
        #[expect(
            clippy::cast_precision_loss,
            reason = "a count of rows is far below 2^52"
        )]
        Function::Avg => json!(numbers().sum::<f64>() / values.len().max(1) as f64),
    }
}
