//! Cells into mapping rows: the rules that hold in every format.
//!
//! In: [`RawRow`]s from the reader of a format. Out: [`MappingRow`]s, or every fault that was found. Knows nothing of
//! files and formats.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::error::{Faults, nearest, quoted};
use super::file::MAX_ROWS;
use super::headers::{ByColumn, Column};
use super::objects::{Counterpart, HubspotObject};
use super::{MappingFileError, MappingRow, SyncRule};
use crate::snapshot::Name;

/// No HubSpot property, object or Salesforce API name is longer (HubSpot: 100, Salesforce: 40 and a namespace).
const LONGEST_NAME: usize = 255;

/// One value of a row.
#[derive(Debug, Clone)]
pub(super) struct Cell<'t> {
    /// The value.
    pub(super) text: Cow<'t, str>,
    /// The line that it is on.
    pub(super) line: usize,
    /// What the file calls the column or key.
    pub(super) label: &'t str,
}

/// One row as the file has it.
#[derive(Debug, Clone)]
pub(super) struct RawRow<'t> {
    /// The line that it begins on.
    pub(super) line: usize,
    /// Its values.
    pub(super) cells: ByColumn<Cell<'t>>,
}

/// Gathers the rows and the faults of one file.
pub(super) struct RowReader<'f> {
    file: &'f str,
    from_file_name: Option<HubspotObject>,
    rows: Vec<MappingRow>,
    faults: Faults,
    count: usize,
}

impl<'f> RowReader<'f> {
    pub(super) fn new(file: &'f str) -> Self {
        Self {
            file,
            from_file_name: HubspotObject::of_file_name(file),
            rows: Vec::new(),
            faults: Faults::new(file),
            count: 0,
        }
    }

    /// Whether the file's name says which HubSpot object its rows are of.
    pub(super) fn object_from_file_name(&self) -> bool {
        self.from_file_name.is_some()
    }

    /// Notes a fault.
    pub(super) fn fault(
        &mut self,
        line: impl Into<Option<usize>>,
        message: impl FnOnce() -> String,
    ) {
        self.faults.add(line.into(), message);
    }

    /// Counts a data row, good or bad. Breaks where there are more than any file of mappings has.
    pub(super) fn count_row(&mut self, line: usize) -> ControlFlow<()> {
        self.count = self.count.saturating_add(1);
        if self.count > MAX_ROWS {
            self.fault(line, || {
                format!(
                    "more than {MAX_ROWS} rows, and a portal has some hundreds of mappings: check that this is the \
                     file you meant"
                )
            });
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Checks a row that was counted, and keeps it where it is good.
    pub(super) fn row(&mut self, raw: &RawRow<'_>) {
        let property = self.property(raw);
        let hubspot_object = self.hubspot_object(raw);
        let salesforce = self.salesforce(raw, hubspot_object.as_ref());
        let rule = self.rule(raw);
        let (Some(property), Some(hubspot_object), Some((object, field)), Some(stated_rule)) =
            (property, hubspot_object, salesforce, rule)
        else {
            return;
        };
        let owner = property.eq_ignore_ascii_case("hubspot_owner_id") || field.is("OwnerId");
        // The connector's settings may show another rule for the owner; it is two-way all the same (HubSpot
        // Knowledge Base, "Map HubSpot properties to Salesforce fields").
        let sync_rule = match stated_rule {
            SyncRule::DontSync => SyncRule::DontSync,
            _ if owner => SyncRule::TwoWay,
            rule => rule,
        };
        self.rows.push(MappingRow {
            row: self.count,
            line: raw.line,
            file: self.file.to_owned(),
            hubspot_object: hubspot_object.name().to_owned(),
            hubspot_property: property,
            object,
            field,
            sync_rule,
            stated_rule,
        });
    }

    /// All rows, or all faults.
    pub(super) fn finish(mut self) -> Result<Vec<MappingRow>, MappingFileError> {
        if self.count == 0 && self.faults.count() == 0 {
            self.fault(None, || {
                "it has no data row, so nothing would be checked: add one row for each mapping, or leave the file \
                 out"
                .to_owned()
            });
        }
        if self.faults.count() > 0 {
            return Err(self.faults.into_error());
        }
        Ok(self.rows)
    }

    fn property(&mut self, raw: &RawRow<'_>) -> Option<String> {
        let Some(cell) = filled(raw, Column::HubspotProperty) else {
            self.fault(line_of(raw, Column::HubspotProperty), || {
                "the HubSpot property is blank: write its internal name, such as `jobtitle`"
                    .to_owned()
            });
            return None;
        };
        self.plain(cell, "HubSpot property")
    }

    fn hubspot_object(&mut self, raw: &RawRow<'_>) -> Option<HubspotObject> {
        let Some(cell) = filled(raw, Column::HubspotObject) else {
            if self.from_file_name.is_none() {
                self.fault(line_of(raw, Column::HubspotObject), || {
                    "the HubSpot object is blank, and the file name does not tell it: write it in `hubspot_object`, \
                     such as `contacts`"
                        .to_owned()
                });
            }
            return self.from_file_name.clone();
        };
        let stated = HubspotObject::named(&self.plain(cell, "HubSpot object")?);
        match &self.from_file_name {
            Some(named) if !named.is(&stated) => {
                let message = format!(
                    "the row is of HubSpot object {}, and the file name says `{}`: correct the row, or rename the \
                     file if it holds several objects",
                    quoted(&cell.text),
                    named.name()
                );
                self.fault(cell.line, || message);
                None
            }
            _ => Some(stated),
        }
    }

    /// The Salesforce object and field.
    fn salesforce(
        &mut self,
        raw: &RawRow<'_>,
        hubspot_object: Option<&HubspotObject>,
    ) -> Option<(Option<Name>, Name)> {
        let object_cell = filled(raw, Column::SalesforceObject);
        let stated = match object_cell {
            Some(cell) => self.api_name(cell, cell.text.trim(), "object").map(Some),
            None => Some(None),
        };
        let Some(cell) = filled(raw, Column::SalesforceField) else {
            self.fault(line_of(raw, Column::SalesforceField), || {
                "the Salesforce field is blank: write its API name, such as `Title` or `Tier__c`"
                    .to_owned()
            });
            return None;
        };
        let (before, field) = match cell.text.trim().split_once('.') {
            Some((object, field)) => (Some(object), field),
            None => (None, cell.text.trim()),
        };
        if before.is_some_and(str::is_empty) || field.is_empty() || field.contains('.') {
            self.fault(cell.line, || {
                format!(
                    "{} is no Salesforce field: write `Object.Field`, such as `Account.Industry`, or the field's API \
                     name alone",
                    quoted(&cell.text)
                )
            });
            return None;
        }
        let before = match before {
            Some(object) => self.api_name(cell, object, "object").map(Some),
            None => Some(None),
        };
        let field = self.api_name(cell, field, "field");
        let (stated, before, field) = (stated?, before?, field?);
        let object = match (stated, before) {
            (Some(stated), Some(before)) if stated != before => {
                self.fault(cell.line, || {
                    format!(
                        "the row names the Salesforce object `{stated}`, and its field {} names another: correct \
                         one of them",
                        quoted(&cell.text)
                    )
                });
                return None;
            }
            (Some(stated), _) => Some(stated),
            (None, before) => before,
        };
        if object.is_some() {
            return Some((object, field));
        }
        match hubspot_object?.counterpart() {
            Counterpart::Object(name) => Some((Some(Name::new(name)), field)),
            Counterpart::LeadAndContact => Some((None, field)),
            Counterpart::NotKnown => {
                let name = hubspot_object?.name();
                let meant = nearest(name, HubspotObject::standard_names())
                    // `p_contract` is a custom object's name, and no misspelled `contacts`.
                    .filter(|_| !name.contains(['_', '-']))
                    .map(|standard| {
                        format!(", or `{standard}` as the HubSpot object if that is meant")
                    })
                    .unwrap_or_default();
                self.fault(raw.line, || {
                    format!(
                        "no Salesforce object is named, and the HubSpot object {} syncs with none that is known: \
                         write `salesforce_object`, such as `Contract__c`{meant}",
                        quoted(name)
                    )
                });
                None
            }
        }
    }

    fn rule(&mut self, raw: &RawRow<'_>) -> Option<SyncRule> {
        let accepted = || {
            let labels: Vec<String> = SyncRule::ALL
                .iter()
                .map(|rule| format!("`{}`", rule.label()))
                .collect();
            labels.join(", ")
        };
        let Some(cell) = filled(raw, Column::SyncRule) else {
            self.fault(line_of(raw, Column::SyncRule), || {
                format!("the sync rule is blank: write one of {}", accepted())
            });
            return None;
        };
        let rule = SyncRule::parse(&cell.text);
        if rule.is_none() {
            self.fault(cell.line, || {
                let meant = nearest(&cell.text, SyncRule::ALL.map(SyncRule::label))
                    .map(|label| format!("; the nearest is `{label}`"))
                    .unwrap_or_default();
                format!(
                    "unknown sync rule {} in {}: write one of {}{meant}",
                    quoted(&cell.text),
                    quoted(cell.label),
                    accepted()
                )
            });
        }
        rule
    }

    /// A HubSpot name: any text that can be one.
    fn plain(&mut self, cell: &Cell<'_>, what: &str) -> Option<String> {
        let text = cell.text.trim();
        let wrong = if text.chars().any(char::is_control) {
            "holds a line break or another control character: check for a quotation mark that is left open"
        } else if text.contains('"') {
            "holds a quotation mark: leave no blank between the separator and the quotation mark"
        } else if text.len() > LONGEST_NAME {
            "is too long: check for a separator that is missing"
        } else {
            return Some(text.to_owned());
        };
        self.fault(cell.line, || format!("the {what} {} {wrong}", quoted(text)));
        None
    }

    /// A Salesforce API name: ASCII letters, digits and underscores, beginning with a letter (Metadata API
    /// Developer Guide, "fullName").
    fn api_name(&mut self, cell: &Cell<'_>, text: &str, what: &str) -> Option<Name> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let wrong = if text.len() <= LONGEST_NAME
            && text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(allowed)
        {
            return Some(Name::new(text));
        } else if text.len() > LONGEST_NAME {
            "is too long for an API name: check for a separator that is missing"
        } else if text.contains(char::is_control) {
            "holds a line break or another control character: check for a quotation mark that is left open"
        } else if text.contains(char::is_whitespace) {
            "looks like a label: write the API name, which Setup > Object Manager shows (for a field, as Field Name \
             under Fields & Relationships)"
        } else {
            "is no API name: letters, digits and `_` only, beginning with a letter"
        };
        self.fault(cell.line, || {
            format!("the Salesforce {what} {} {wrong}", quoted(text))
        });
        None
    }
}

/// The cell of a column, where something is in it.
fn filled<'r, 't>(raw: &'r RawRow<'t>, column: Column) -> Option<&'r Cell<'t>> {
    raw.cells
        .get(column)
        .filter(|cell| !cell.text.trim().is_empty())
}

fn line_of(raw: &RawRow<'_>, column: Column) -> usize {
    raw.cells.get(column).map_or(raw.line, |cell| cell.line)
}
