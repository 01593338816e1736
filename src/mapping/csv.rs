//! Mapping rows in CSV: own columns, and HubSpot's export.

use std::borrow::Cow;

use ::csv::{ReaderBuilder, StringRecord};

use super::check::{Cell, RawRow, RowReader};
use super::error::{nearest, quoted};
use super::headers::{ByColumn, COLUMNS, Column};
use super::lines::Lines;

/// Separators that are tried, the contract's first one first.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// How many headers a message names.
const HEADERS_SHOWN: usize = 12;

/// Reads `text`, which is not blank.
pub(super) fn read(text: &str, lines: &Lines, rows: &mut RowReader<'_>) {
    let (start, stated) = skip_preamble(text);
    let body = text.get(start..).unwrap_or_default();
    let separator = stated.unwrap_or_else(|| separator_of(body));
    let mut reader = reader(body, separator);
    let line_of = |record: &StringRecord| {
        let offset = record.position().map_or(0, ::csv::Position::byte);
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        // The position of a record is before the blank lines above it.
        let blank = body.get(at..).map_or(0, |rest| {
            rest.len() - rest.trim_start_matches(['\r', '\n']).len()
        });
        lines.at(start.saturating_add(at).saturating_add(blank))
    };

    let mut headers = StringRecord::new();
    if !matches!(reader.read_record(&mut headers), Ok(true)) {
        return;
    }
    let Some(columns) = columns(&headers, line_of(&headers), rows) else {
        return;
    };

    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                rows.fault(None, || {
                    format!("it cannot be read as CSV ({error}): save it as CSV again")
                });
                return;
            }
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = line_of(&record);
        if rows.count_row(line).is_break() {
            return;
        }
        // A spreadsheet may pad a row with blank cells, which are no data.
        let beyond = record
            .iter()
            .skip(headers.len())
            .any(|cell| !cell.trim().is_empty());
        if record.len() < headers.len() || beyond {
            rows.fault(line, || unequal(&record, &headers));
            continue;
        }
        let mut cells = ByColumn::new();
        for column in Column::ALL {
            let Some(index) = columns.get(column) else {
                continue;
            };
            let cell = Cell {
                text: Cow::Borrowed(record.get(*index).unwrap_or_default()),
                line,
                label: headers.get(*index).unwrap_or_else(|| column.name()),
            };
            cells.set(column, cell);
        }
        rows.row(&RawRow { line, cells });
    }
}

fn reader(text: &str, separator: u8) -> ::csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes())
}

/// The offset of the header row, and the separator that an Excel `sep=;` line above it states.
fn skip_preamble(text: &str) -> (usize, Option<u8>) {
    let start = text.len() - text.trim_start_matches(['\r', '\n', ' ']).len();
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.split(['\r', '\n']).next().unwrap_or_default();
    let stated = line
        .trim()
        .strip_prefix("sep=")
        .and_then(|separator| separator.bytes().next())
        .filter(|separator| SEPARATORS.contains(separator));
    match stated {
        Some(separator) => (start + line.len(), Some(separator)),
        None => (start, None),
    }
}

/// The separator with which the header row has most of the known columns.
fn separator_of(text: &str) -> u8 {
    let known = |separator: &u8| {
        let mut headers = StringRecord::new();
        match reader(text, *separator).read_record(&mut headers) {
            Ok(_) => headers
                .iter()
                .filter(|header| Column::of(header).is_some())
                .count(),
            Err(_) => 0,
        }
    };
    // The last one of equals wins, so the contract's first separator goes last.
    SEPARATORS
        .iter()
        .rev()
        .max_by_key(|separator| known(separator))
        .copied()
        .unwrap_or(b',')
}

/// Where each column is; none where one that is needed is missing, or one is there twice.
fn columns(
    headers: &StringRecord,
    line: usize,
    rows: &mut RowReader<'_>,
) -> Option<ByColumn<usize>> {
    let mut found: [Vec<(u8, usize)>; COLUMNS] = [const { Vec::new() }; COLUMNS];
    for (index, header) in headers.iter().enumerate() {
        if let Some((column, rank)) = Column::of(header)
            && let Some(places) = found.get_mut(column as usize)
        {
            places.push((rank, index));
        }
    }
    let mut columns = ByColumn::new();
    let mut usable = true;
    for (column, places) in Column::ALL.into_iter().zip(&found) {
        let Some(best) = places.iter().map(|(rank, _)| *rank).min() else {
            if is_needed(column, rows) {
                usable = false;
                rows.fault(line, || missing(column, headers));
            }
            continue;
        };
        let mut of_best = places.iter().filter(|(rank, _)| *rank == best);
        if let Some((_, index)) = of_best.next() {
            columns.set(column, *index);
        }
        if of_best.next().is_some() {
            usable = false;
            rows.fault(line, || {
                let names: Vec<String> = places
                    .iter()
                    .filter_map(|(_, index)| headers.get(*index))
                    .map(quoted)
                    .collect();
                format!(
                    "more than one column can be {} ({}): keep one of them",
                    column.names(),
                    names.join(", ")
                )
            });
        }
    }
    usable.then_some(columns)
}

fn is_needed(column: Column, rows: &RowReader<'_>) -> bool {
    match column {
        Column::HubspotProperty | Column::SalesforceField | Column::SyncRule => true,
        Column::HubspotObject => !rows.object_from_file_name(),
        Column::SalesforceObject => false,
    }
}

fn missing(column: Column, headers: &StringRecord) -> String {
    let unknown = headers.iter().filter(|header| Column::of(header).is_none());
    let meant = nearest(column.name(), unknown)
        .map(|header| format!(" (is it {}?)", quoted(header)))
        .unwrap_or_default();
    let mut found: Vec<String> = headers.iter().take(HEADERS_SHOWN).map(quoted).collect();
    if headers.len() > HEADERS_SHOWN {
        found.push("…".to_owned());
    }
    let or_file_name = match column {
        Column::HubspotObject => {
            ", or keep the file name of HubSpot's export, `<portal>_CONTACT_field_mappings.csv`"
        }
        _ => "",
    };
    format!(
        "no column {}{meant} among the headers {}: the first line must name the columns; add it{or_file_name}",
        column.names(),
        found.join(", ")
    )
}

fn unequal(record: &StringRecord, headers: &StringRecord) -> String {
    let hint = if record.iter().any(|cell| cell.contains(['\n', '\r'])) {
        "a cell spans several lines, so a quotation mark may be left open"
    } else if record.len() < headers.len() {
        "write every cell, blank ones too"
    } else {
        "put a cell that holds the separator between quotation marks"
    };
    format!(
        "the row has {} cells and the header row {}: {hint}",
        record.len(),
        headers.len()
    )
}
