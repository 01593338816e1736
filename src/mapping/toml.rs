//! Mapping rows in TOML: `[[mapping]]` tables.

use std::borrow::Cow;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::check::{Cell, RawRow, RowReader};
use super::error::quoted;
use super::headers::{ByColumn, Column};
use super::json::unknown_key;
use super::lines::Lines;

const EXPECTED: &str = "write each mapping as a table under `[[mapping]]`";

/// Reads `text`, which is not blank.
pub(super) fn read(text: &str, lines: &Lines, rows: &mut RowReader<'_>) {
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let line = error.span().map(|span| lines.at(span.start));
            rows.fault(line, || {
                format!(
                    "this is not TOML ({}): correct it there",
                    error.message().trim()
                )
            });
            return;
        }
    };
    let mut list: Option<&Spanned<DeValue<'_>>> = None;
    for (key, value) in document.get_ref() {
        let line = lines.at(key.span().start);
        match key.get_ref().as_ref() {
            "mapping" | "mappings" if list.is_none() => list = Some(value),
            "mapping" | "mappings" => rows.fault(line, || {
                "both `mapping` and `mappings` are there: keep one of them".to_owned()
            }),
            other => rows.fault(line, || {
                format!("unknown key {}: {EXPECTED}", quoted(other))
            }),
        }
    }
    let Some(list) = list else {
        return;
    };
    let Some(items) = list.get_ref().as_array() else {
        rows.fault(lines.at(list.span().start), || {
            format!(
                "`mapping` is {} and must be a list of tables: {EXPECTED}",
                kind(list.get_ref())
            )
        });
        return;
    };
    for item in items.iter() {
        let line = lines.at(item.span().start);
        if rows.count_row(line).is_break() {
            return;
        }
        match item.get_ref().as_table() {
            Some(table) => row(table, line, lines, rows),
            None => rows.fault(line, || {
                format!(
                    "a mapping is {} and must be a table: {EXPECTED}",
                    kind(item.get_ref())
                )
            }),
        }
    }
}

fn row(table: &DeTable<'_>, line: usize, lines: &Lines, rows: &mut RowReader<'_>) {
    let mut cells = ByColumn::new();
    let mut usable = true;
    for (key, value) in table {
        let at = lines.at(key.span().start);
        let name = key.get_ref().as_ref();
        let Some((column, _)) = Column::of(name) else {
            usable = false;
            rows.fault(at, || unknown_key(name));
            continue;
        };
        let Some(text) = value.get_ref().as_str() else {
            usable = false;
            rows.fault(at, || {
                format!(
                    "{} is {} and must be text",
                    quoted(name),
                    kind(value.get_ref())
                )
            });
            continue;
        };
        let cell = Cell {
            text: Cow::Borrowed(text),
            line: at,
            label: column.name(),
        };
        if cells.set(column, cell).is_some() {
            usable = false;
            rows.fault(at, || {
                format!(
                    "a second value for `{}` ({}): keep one",
                    column.name(),
                    quoted(name)
                )
            });
        }
    }
    if usable {
        rows.row(&RawRow { line, cells });
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
