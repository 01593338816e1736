//! Reads sync errors: HubSpot's export as CSV ([`table`]), or pasted text ([`text`]) and JSON bodies ([`body`]).
//!
//! In: bytes, never held as a whole. Out: [`SyncError`]s, one after the other. The columns of the export are not
//! documented, so they are found by many names, by the user's, or by what stands in them.

mod body;
mod columns;
mod table;
mod text;
mod utf16;

use std::io::{BufRead, BufReader, Cursor, Read};

use crate::finding::Operation;

pub use columns::Column;

/// One error as the input has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncError {
    /// Which error of the input, counted from 1.
    pub row: usize,
    /// The line where it begins, counted from 1.
    pub line: u64,
    /// The text as it stands in the input.
    pub raw: String,
    /// The text that is looked at: of a JSON body, what is in it.
    pub message: String,
    /// HubSpot's card: `Permissions`.
    pub category: Option<String>,
    /// HubSpot's label of the error: `Salesforce field permission`.
    pub error_type: Option<String>,
    /// HubSpot's object.
    pub hubspot_object: Option<String>,
    /// HubSpot's record id.
    pub hubspot_record: Option<String>,
    /// Salesforce's object.
    pub salesforce_object: Option<String>,
    /// Salesforce's record id.
    pub salesforce_record: Option<String>,
    /// What was tried.
    pub operation: Option<Operation>,
    /// The field.
    pub field: Option<String>,
}

/// How to read the input; what is not said is found out.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Whether it is CSV.
    pub csv: Option<bool>,
    /// Headers that the user names, by column.
    pub columns: Vec<(Column, String)>,
}

/// An input that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The bytes cannot be read.
    #[error("{path} cannot be read ({source}): check the path and its permissions")]
    Unreadable {
        /// The input, as given.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A line that no error message has.
    #[error(
        "{path}:{line}: a line of more than {LONGEST_LINE} bytes: this is hardly a file of sync errors"
    )]
    LongLine {
        /// The input, as given.
        path: String,
        /// The line, counted from 1.
        line: u64,
    },
    /// Bytes that no text in UTF-8 has.
    #[error(
        "{path} is no text in UTF-8 (it holds zero bytes): save it as CSV in UTF-8, or as UTF-16 with its byte order mark"
    )]
    NotText {
        /// The input, as given.
        path: String,
    },
    /// A header that the file does not have.
    #[error("{path} has no column `{wanted}`; it has {}", .headers.join(", "))]
    NoSuchColumn {
        /// The input, as given.
        path: String,
        /// The header asked for.
        wanted: String,
        /// The headers there are.
        headers: Vec<String>,
    },
    /// No column holds messages.
    #[error("{path}: no column holds error messages; name it with --col-message (the columns are {})", .headers.join(", "))]
    NoMessages {
        /// The input, as given.
        path: String,
        /// The headers there are.
        headers: Vec<String>,
    },
}

/// Longest line that is read, in bytes.
const LONGEST_LINE: usize = 1024 * 1024;

/// Reads every error of an input; `shown` names it in errors.
///
/// # Errors
/// Bytes that cannot be read, a line without end, a CSV file in which no column of messages is found.
pub fn read(
    source: impl Read,
    shown: &str,
    how: &Reading,
    each: &mut dyn FnMut(SyncError),
) -> Result<(), InputError> {
    let mut source = BufReader::with_capacity(64 * 1024, source);
    let order = source
        .fill_buf()
        .map_err(|source| InputError::Unreadable {
            path: shown.to_owned(),
            source,
        })
        .map(utf16::Order::of)?;
    match order {
        Some(order) => {
            let source = utf16::Decoder::new(source, order);
            read_utf8(BufReader::new(source), shown, how, each)
        }
        None => read_utf8(source, shown, how, each),
    }
}

fn read_utf8(
    mut source: impl BufRead,
    shown: &str,
    how: &Reading,
    each: &mut dyn FnMut(SyncError),
) -> Result<(), InputError> {
    let mut first = Vec::new();
    // Blank lines before the header are no part of it.
    while first.iter().all(u8::is_ascii_whitespace) {
        first.clear();
        if !line(&mut source, shown, 1, &mut first)? {
            return Ok(());
        }
        if first.starts_with(b"\xEF\xBB\xBF") {
            first.drain(..3);
        }
        if first.contains(&0) {
            return Err(InputError::NotText {
                path: shown.to_owned(),
            });
        }
    }
    let delimiter = columns::delimiter(&first);
    let csv = how.csv.unwrap_or_else(|| {
        !how.columns.is_empty() || columns::looks_like_header(&first, delimiter)
    });
    let whole = Cursor::new(first).chain(source);
    if csv {
        table::read(whole, shown, how, delimiter, each)
    } else {
        text::read(BufReader::new(whole), shown, each)
    }
}

/// Reads one line; whether there was one.
fn line(
    source: &mut impl BufRead,
    shown: &str,
    at: u64,
    into: &mut Vec<u8>,
) -> Result<bool, InputError> {
    let limit = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
    let read = source
        .take(limit)
        .read_until(b'\n', into)
        .map_err(|source| InputError::Unreadable {
            path: shown.to_owned(),
            source,
        })?;
    if read >= LONGEST_LINE {
        return Err(InputError::LongLine {
            path: shown.to_owned(),
            line: at,
        });
    }
    Ok(read > 0)
}
