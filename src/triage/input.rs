//! Reads sync errors: HubSpot's export as CSV, or pasted text and JSON bodies.
//!
//! In: bytes, never held as a whole. Out: [`SyncError`]s, one after the other. The columns of the export are not
//! documented, so they are found by many names, by the user's, or by what stands in them.

use std::io::{BufRead, BufReader, Cursor, Read};

use super::extract::operation_of_cell;
use super::normal::{Normal, ids};
use crate::finding::Operation;

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

/// A column of the export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "each holds what SyncError's field of that name does"
)]
pub enum Column {
    Message,
    Category,
    ErrorType,
    HubspotObject,
    HubspotRecord,
    SalesforceObject,
    SalesforceRecord,
    Operation,
    Field,
}

/// Headers by which a column is found, folded: no public source has those of HubSpot's export.
const HEADERS: [(Column, &[&str]); 9] = [
    (
        Column::Message,
        &[
            "errormessage",
            "message",
            "errordetails",
            "errordetail",
            "salesforceerror",
            "salesforceerrormessage",
            "details",
            "error",
            "syncerror",
            "reason",
            "description",
        ],
    ),
    (Column::Category, &["errorcategory", "category"]),
    (
        Column::ErrorType,
        &["errortype", "type", "errorname", "errorlabel"],
    ),
    (
        Column::HubspotObject,
        &[
            "hubspotobject",
            "hubspotobjecttype",
            "objecttype",
            "recordtype",
        ],
    ),
    (
        Column::HubspotRecord,
        &[
            "hubspotrecordid",
            "hubspotid",
            "recordid",
            "hubspotobjectid",
        ],
    ),
    (
        Column::SalesforceObject,
        &[
            "salesforceobject",
            "salesforceobjecttype",
            "sfobject",
            "sobject",
            "sobjecttype",
            "object",
        ],
    ),
    (
        Column::SalesforceRecord,
        &[
            "salesforcerecordid",
            "salesforceid",
            "sfid",
            "salesforceobjectid",
        ],
    ),
    (Column::Operation, &["operation", "action", "syncaction"]),
    (
        Column::Field,
        &["field", "salesforcefield", "fieldname", "fieldapiname"],
    ),
];

/// Longest line that is read, in bytes.
const LONGEST_LINE: usize = 1024 * 1024;

/// Longest JSON body that is put together of several lines, in bytes.
const LONGEST_BODY: usize = 256 * 1024;

/// Records that are looked at to find the column of messages.
const LOOKED_AT: usize = 100;

/// Longest text of an error that is kept, in characters.
const LONGEST_RAW: usize = 4_000;

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
    }
    let delimiter = delimiter(&first);
    let csv = how
        .csv
        .unwrap_or_else(|| !how.columns.is_empty() || looks_like_header(&first, delimiter));
    let whole = Cursor::new(first).chain(source);
    if csv {
        read_csv(whole, shown, how, delimiter, each)
    } else {
        read_text(BufReader::new(whole), shown, each)
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

fn delimiter(header: &[u8]) -> u8 {
    let count = |wanted: u8| header.iter().filter(|byte| **byte == wanted).count();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|byte| (count(*byte), *byte == b','))
        .unwrap_or(b',')
}

fn fold(header: &str) -> String {
    header
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn column_of(header: &str) -> Option<(Column, usize)> {
    let folded = fold(header);
    HEADERS.iter().find_map(|(column, names)| {
        let rank = names.iter().position(|name| *name == folded)?;
        Some((*column, rank))
    })
}

/// A first line is a header where two of its cells are names of columns and none is a message.
fn looks_like_header(first: &[u8], delimiter: u8) -> bool {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(first);
    let mut record = ::csv::ByteRecord::new();
    if !reader.read_byte_record(&mut record).unwrap_or(false) {
        return false;
    }
    let known = record
        .iter()
        .filter(|cell| column_of(&String::from_utf8_lossy(cell)).is_some())
        .count();
    known >= 2 || (known == 1 && record.len() == 1)
}

fn read_csv(
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

/// The column with the most cells that hold a status code or a sentence of several words.
fn message_column(records: &[::csv::ByteRecord]) -> Option<usize> {
    let width = records.iter().map(::csv::ByteRecord::len).max()?;
    let score = |column: usize| -> usize {
        records
            .iter()
            .filter_map(|record| record.get(column))
            .map(|cell| {
                let text = String::from_utf8_lossy(cell);
                let coded = !Normal::of(&text).codes.is_empty();
                let sentence = text.split_whitespace().count() >= 4;
                usize::from(coded) * 2 + usize::from(sentence)
            })
            .sum()
    };
    (0..width)
        .max_by_key(|column| (score(*column), std::cmp::Reverse(*column)))
        .filter(|column| score(*column) > 0)
}

/// Where each column stands.
struct Columns(Vec<(Column, usize)>);

impl Columns {
    fn of(headers: &[String], how: &Reading, shown: &str) -> Result<Self, InputError> {
        let mut columns = Self(Vec::new());
        for (column, wanted) in &how.columns {
            let at = headers
                .iter()
                .position(|header| fold(header) == fold(wanted))
                .ok_or_else(|| InputError::NoSuchColumn {
                    path: shown.to_owned(),
                    wanted: wanted.clone(),
                    headers: headers.to_vec(),
                })?;
            columns.set(*column, at);
        }
        // Among several headers of one column the surest counts.
        let mut known: Vec<(usize, Column, usize)> = headers
            .iter()
            .enumerate()
            .filter_map(|(at, header)| column_of(header).map(|(column, rank)| (rank, column, at)))
            .collect();
        known.sort_unstable();
        for (_, column, at) in known {
            let taken = columns.0.iter().any(|(_, other)| *other == at);
            if columns.at(column).is_none() && !taken {
                columns.set(column, at);
            }
        }
        Ok(columns)
    }

    fn at(&self, column: Column) -> Option<usize> {
        self.0
            .iter()
            .find(|(other, _)| *other == column)
            .map(|(_, at)| *at)
    }

    fn set(&mut self, column: Column, at: usize) {
        self.0.push((column, at));
    }

    fn error(&self, record: &::csv::ByteRecord, row: usize, line: u64) -> SyncError {
        let cell = |column| {
            let bytes = record.get(self.at(column)?)?;
            let text = String::from_utf8_lossy(bytes).trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let error_type = cell(Column::ErrorType);
        let raw = cell(Column::Message)
            .or_else(|| error_type.clone())
            .unwrap_or_default();
        let mut error = SyncError {
            row,
            line,
            category: cell(Column::Category),
            error_type,
            hubspot_object: cell(Column::HubspotObject),
            hubspot_record: cell(Column::HubspotRecord),
            salesforce_object: cell(Column::SalesforceObject),
            salesforce_record: cell(Column::SalesforceRecord),
            operation: cell(Column::Operation).and_then(|cell| operation_of_cell(&cell)),
            field: cell(Column::Field),
            ..SyncError::of(&raw)
        };
        error.salesforce_record = error.salesforce_record.take().map(|cell| {
            let id = ids(&cell).next().map(str::to_owned);
            id.unwrap_or(cell)
        });
        error
    }
}

fn read_text(
    mut source: impl BufRead,
    shown: &str,
    each: &mut dyn FnMut(SyncError),
) -> Result<(), InputError> {
    let mut row = 0;
    let mut give = |mut error: SyncError, line: u64| {
        row += 1;
        error.row = row;
        error.line = line;
        each(error);
    };
    let mut at = 0;
    let mut bytes = Vec::new();
    // Text that is put together: a JSON body of several lines, or a message whose next lines are indented.
    let mut pending: Option<Pending> = None;
    loop {
        bytes.clear();
        at += 1;
        let more = line(&mut source, shown, at, &mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end();
        if let Some(mut open) = pending.take() {
            let goes_on = more && open.takes(text);
            if goes_on {
                open.add(text);
            }
            if goes_on && !open.is_full() {
                pending = Some(open);
                continue;
            }
            open.end(&mut give);
            if goes_on {
                continue;
            }
        }
        if !more {
            return Ok(());
        }
        if !text.trim().is_empty() {
            pending = Some(Pending::new(text, at));
        }
    }
}

struct Pending {
    text: String,
    line: u64,
    json: bool,
    depth: i64,
    in_string: bool,
    escaped: bool,
}

impl Pending {
    fn new(text: &str, line: u64) -> Self {
        let mut pending = Self {
            text: text.to_owned(),
            line,
            json: text.trim_start().starts_with(['{', '[']),
            depth: 0,
            in_string: false,
            escaped: false,
        };
        pending.weigh(text);
        pending
    }

    /// Counts brackets outside of strings.
    fn weigh(&mut self, text: &str) {
        if !self.json {
            return;
        }
        for c in text.chars() {
            match c {
                _ if self.escaped => self.escaped = false,
                '\\' if self.in_string => self.escaped = true,
                '"' => self.in_string = !self.in_string,
                '{' | '[' if !self.in_string => self.depth += 1,
                '}' | ']' if !self.in_string => self.depth -= 1,
                _ => {}
            }
        }
    }

    fn takes(&self, text: &str) -> bool {
        let open = self.json && self.depth > 0;
        open || (!self.json && text.starts_with([' ', '\t']) && !text.trim().is_empty())
    }

    fn add(&mut self, text: &str) {
        self.text.push('\n');
        self.text.push_str(text);
        self.weigh(text);
    }

    fn is_full(&self) -> bool {
        self.text.len() > LONGEST_BODY
    }

    fn end(self, give: &mut dyn FnMut(SyncError, u64)) {
        if self.json {
            if let Ok(serde_json::Value::Array(all)) = serde_json::from_str(&self.text) {
                let objects = all.iter().filter(|one| one.is_object());
                let mut any = false;
                for one in objects {
                    any = true;
                    give(SyncError::of(&one.to_string()), self.line);
                }
                if any {
                    return;
                }
            } else if self.depth > 0 {
                // No JSON after all: each line is a message of its own.
                for (more, text) in (0..).zip(self.text.lines()) {
                    if !text.trim().is_empty() {
                        give(SyncError::of(text), self.line.saturating_add(more));
                    }
                }
                return;
            }
        }
        give(SyncError::of(&self.text), self.line);
    }
}

impl SyncError {
    /// An error of which only the text is known.
    pub fn of(raw: &str) -> Self {
        let mut error = Self {
            raw: raw.trim().chars().take(LONGEST_RAW).collect(),
            message: raw.trim().to_owned(),
            ..Self::default()
        };
        let body = raw
            .find('{')
            .and_then(|at| Some((raw.get(..at)?, raw.get(at..)?)));
        if let Some((before, body)) = body
            && let Some(Ok(value)) = serde_json::Deserializer::from_str(body)
                .into_iter::<serde_json::Value>()
                .next()
        {
            let mut flat = Flat::default();
            flat.add("", &value, 0);
            error.field = flat.field.take();
            error.message = format!("{} {}", before.trim(), flat.text())
                .trim()
                .to_owned();
        }
        error
    }
}

/// A JSON body as words: codes first, then messages, then the rest.
#[derive(Default)]
struct Flat {
    codes: Vec<String>,
    messages: Vec<String>,
    rest: Vec<String>,
    field: Option<String>,
}

/// Texts that are taken of one body.
const MOST_TEXTS: usize = 60;

impl Flat {
    fn add(&mut self, key: &str, value: &serde_json::Value, depth: usize) {
        if depth > 8 || self.codes.len() + self.messages.len() + self.rest.len() > MOST_TEXTS {
            return;
        }
        match value {
            serde_json::Value::String(text) => {
                let is = |names: &[&str]| names.iter().any(|name| key.eq_ignore_ascii_case(name));
                if is(&[
                    "errorCode",
                    "statusCode",
                    "category",
                    "subCategory",
                    "errorType",
                    "policyName",
                    "exceptionCode",
                ]) {
                    self.codes.push(text.clone());
                } else if is(&["message", "error_description", "error"]) {
                    self.messages.push(text.clone());
                } else if !is(&["correlationId", "requestId"]) {
                    self.rest.push(text.clone());
                }
            }
            serde_json::Value::Number(number)
                if matches!(key, "status" | "statusCode" | "code") =>
            {
                self.rest.push(format!("[json status {number}]"));
            }
            serde_json::Value::Array(all) => {
                if key == "fields" {
                    self.field = all.first().and_then(|one| one.as_str()).map(str::to_owned);
                }
                for one in all {
                    self.add(key, one, depth + 1);
                }
            }
            serde_json::Value::Object(all) => {
                for (key, one) in all {
                    // The names say what the texts are: `requiredGranularScopes`.
                    if one.is_array() || one.is_object() {
                        self.rest.push(key.clone());
                    }
                    self.add(key, one, depth + 1);
                }
            }
            _ => {}
        }
    }

    fn text(&self) -> String {
        let all: Vec<&str> = (self.codes.iter())
            .chain(&self.messages)
            .chain(&self.rest)
            .map(String::as_str)
            .collect();
        all.join(": ")
    }
}
