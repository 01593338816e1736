//! Mapping rows in JSON: `{"mappings": [{…}]}` or `[{…}]`.
//!
//! Rows and values are kept as slices of the text until they are read, so that each knows its line.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::check::{Cell, RawRow, RowReader};
use super::error::{nearest, quoted};
use super::headers::{ByColumn, Column};
use super::lines::Lines;

/// The key of the list.
const LIST: &str = "mappings";

/// Reads `text`, which is not blank.
pub(super) fn read(text: &str, lines: &Lines, rows: &mut RowReader<'_>) {
    let source = Source { text, lines };
    let document: &RawValue = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(error) => return source.broken(text, &error, rows),
    };
    match document.get().as_bytes().first() {
        Some(b'[') => source.list(document, rows),
        Some(b'{') => source.document(document, rows),
        _ => rows.fault(source.line(document), || {
            format!("the file holds {}: {EXPECTED}", kind(document))
        }),
    }
}

const EXPECTED: &str = "write `{\"mappings\": [{…}, …]}`, or the list alone";

/// The text that all slices are of.
struct Source<'t> {
    text: &'t str,
    lines: &'t Lines,
}

impl<'t> Source<'t> {
    fn document(&self, document: &'t RawValue, rows: &mut RowReader<'_>) {
        let entries: Entries<'t> = match serde_json::from_str(document.get()) {
            Ok(entries) => entries,
            Err(error) => return self.broken(document.get(), &error, rows),
        };
        let mut list = None;
        let mut unknown = false;
        for (key, value) in entries.0 {
            match key.as_ref() {
                LIST | "mapping" if list.is_none() => list = Some(value),
                LIST | "mapping" => rows.fault(self.line(value), || {
                    format!("a second list of mappings under `{key}`: keep one")
                }),
                // An editor finds a file's schema by it.
                "$schema" => {}
                _ => {
                    unknown = true;
                    rows.fault(self.line(value), || {
                        format!(
                            "unknown key {}: the list of mappings has the key `{LIST}`",
                            quoted(&key)
                        )
                    });
                }
            }
        }
        match list {
            Some(list) if list.get().starts_with('[') => self.list(list, rows),
            Some(other) => rows.fault(self.line(other), || {
                format!("`{LIST}` is {} and must be a list: {EXPECTED}", kind(other))
            }),
            // The unknown key may be the list's, misspelled: one fault, said once.
            None if unknown => {}
            None => rows.fault(self.line(document), || {
                format!("no list of mappings: {EXPECTED}")
            }),
        }
    }

    fn list(&self, list: &'t RawValue, rows: &mut RowReader<'_>) {
        let items: Vec<&'t RawValue> = match serde_json::from_str(list.get()) {
            Ok(items) => items,
            Err(error) => return self.broken(list.get(), &error, rows),
        };
        for item in items {
            if rows.count_row(self.line(item)).is_break() {
                return;
            }
            self.row(item, rows);
        }
    }

    fn row(&self, item: &'t RawValue, rows: &mut RowReader<'_>) {
        let line = self.line(item);
        if !item.get().starts_with('{') {
            rows.fault(line, || {
                format!(
                    "a mapping is {} and must be an object of keys and values",
                    kind(item)
                )
            });
            return;
        }
        let entries: Entries<'t> = match serde_json::from_str(item.get()) {
            Ok(entries) => entries,
            Err(error) => return self.broken(item.get(), &error, rows),
        };
        let mut cells = ByColumn::new();
        let mut usable = true;
        for (key, value) in entries.0 {
            let at = self.line(value);
            let Some((column, _)) = Column::of(&key) else {
                usable = false;
                rows.fault(at, || unknown_key(&key));
                continue;
            };
            let text: Cow<'t, str> = match value.get().as_bytes().first() {
                Some(b'n') => continue,
                Some(b'"') => match serde_json::from_str::<Text<'t>>(value.get()) {
                    Ok(Text(text)) => text,
                    Err(error) => {
                        usable = false;
                        self.broken(value.get(), &error, rows);
                        continue;
                    }
                },
                _ => {
                    usable = false;
                    rows.fault(at, || {
                        format!("{} is {} and must be text", quoted(&key), kind(value))
                    });
                    continue;
                }
            };
            let cell = Cell {
                text,
                line: at,
                label: column.name(),
            };
            if cells.set(column, cell).is_some() {
                usable = false;
                rows.fault(at, || {
                    format!(
                        "a second value for `{}` ({}): keep one",
                        column.name(),
                        quoted(&key)
                    )
                });
            }
        }
        if usable {
            rows.row(&RawRow { line, cells });
        }
    }

    /// The line on which a slice of the text begins.
    fn line(&self, value: &RawValue) -> usize {
        self.line_of(value.get())
    }

    fn line_of(&self, part: &str) -> usize {
        let offset = part
            .as_ptr()
            .addr()
            .saturating_sub(self.text.as_ptr().addr());
        self.lines.at(offset)
    }

    /// Notes that a part of the text is no JSON.
    fn broken(&self, part: &str, error: &serde_json::Error, rows: &mut RowReader<'_>) {
        // The parser counts lines and columns from the start of the part.
        let line = self
            .line_of(part)
            .saturating_add(error.line().saturating_sub(1));
        let said = error.to_string();
        let what = said.split(" at line ").next().unwrap_or_default();
        let column = if part.len() == self.text.len() {
            format!(", column {}", error.column())
        } else {
            String::new()
        };
        rows.fault(line, || {
            format!("this is not JSON ({what}{column}): correct it there")
        });
    }
}

/// The complaint of a key that no mapping has.
pub(super) fn unknown_key(key: &str) -> String {
    let names = Column::ALL.map(Column::name);
    let meant = nearest(key, names)
        .map(|name| format!("; the nearest is `{name}`"))
        .unwrap_or_default();
    format!(
        "unknown key {}: a mapping has `{}`{meant}",
        quoted(key),
        names.join("`, `")
    )
}

fn kind(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "text",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// The entries of an object in the order of the text, a key that is there twice among them.
struct Entries<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Text(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A string, borrowed where it has no escape.
struct Text<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrowing)
    }
}
