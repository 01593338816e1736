//! HubSpot's export as CSV.

use std::io::Read;

use super::columns::{Column, Columns, message_column};
use super::{InputError, Reading, SyncError};

/// Records that are looked at to find the column of messages.
const LOOKED_AT: usize = 100;

pub(super) fn read(
    source: impl Read,
    shown: &str,
    how: &Reading,
    delimiter: u8,
    each: &mut dyn FnMut(SyncError),
) -> Result<(), InputError> {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(source);
    let mut records = std::iter::from_fn(|| {
        let mut record = ::csv::ByteRecord::new();
        match reader.read_byte_record(&mut record) {
            Ok(true) => Some(Ok(record)),
            Ok(false) => None,
            Err(error) => Some(Err(unreadable(error, shown))),
        }
    });
    let Some(header) = records.next().transpose()? else {
        return Ok(());
    };
    let headers: Vec<String> = header
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).trim().to_owned())
        .collect();
    let mut early = Vec::new();
    let mut columns = Columns::of(&headers, how, shown)?;
    if columns.at(Column::Message).is_none() {
        for record in records.by_ref().take(LOOKED_AT) {
            early.push(record?);
        }
        let found = message_column(&early).ok_or_else(|| InputError::NoMessages {
            path: shown.to_owned(),
            headers: headers.clone(),
        })?;
        columns.set(Column::Message, found);
    }
    let mut row = 0;
    for record in early.into_iter().map(Ok).chain(records) {
        let record = record?;
        if record
            .iter()
            .all(|cell| cell.iter().all(u8::is_ascii_whitespace))
        {
            continue;
        }
        row += 1;
        let line = record.position().map_or(0, ::csv::Position::line);
        each(columns.error(&record, row, line));
    }
    Ok(())
}

fn unreadable(error: ::csv::Error, shown: &str) -> InputError {
    let source = match error.into_kind() {
        ::csv::ErrorKind::Io(source) => source,
        kind => std::io::Error::other(format!("{kind:?}")),
    };
    InputError::Unreadable {
        path: shown.to_owned(),
        source,
    }
}
