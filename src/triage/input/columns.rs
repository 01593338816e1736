//! Which column of an export holds what: by header, by the user's word, or by what stands in it.

use super::super::extract::operation_of_cell;
use super::super::normal::{Normal, ids};
use super::{InputError, Reading, SyncError};

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

pub(super) fn delimiter(header: &[u8]) -> u8 {
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
pub(super) fn looks_like_header(first: &[u8], delimiter: u8) -> bool {
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

/// The column with the most cells that hold a status code or a sentence of several words.
pub(super) fn message_column(records: &[::csv::ByteRecord]) -> Option<usize> {
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
pub(super) struct Columns(Vec<(Column, usize)>);

impl Columns {
    pub(super) fn of(headers: &[String], how: &Reading, shown: &str) -> Result<Self, InputError> {
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

    pub(super) fn at(&self, column: Column) -> Option<usize> {
        self.0
            .iter()
            .find(|(other, _)| *other == column)
            .map(|(_, at)| *at)
    }

    pub(super) fn set(&mut self, column: Column, at: usize) {
        self.0.push((column, at));
    }

    pub(super) fn error(&self, record: &::csv::ByteRecord, row: usize, line: u64) -> SyncError {
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
