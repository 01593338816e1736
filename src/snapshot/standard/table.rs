//! Reading of the table's text.
//!
//! In: the text of `fields.txt`, whose format its own header describes. Out: objects and fields, sorted by
//! name. A line that cannot be read is set aside, never a panic.

use super::{FieldSecurity, StandardField};
use crate::snapshot::{FieldType, Name};

/// The whole table.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Sorted by name.
    objects: Vec<Object>,
    /// Lines that could not be read; none in the text built in.
    pub(super) rejected: Vec<String>,
}

/// A standard object.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) name: Name,
    /// Public profiles or permission sets list object permissions for it.
    pub(super) has_permissions: bool,
    /// Sorted by name.
    pub(super) fields: Vec<StandardField>,
}

impl Table {
    pub(super) fn parse(text: &str) -> Self {
        let mut table = Self::default();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(object) = parse_object(line) {
                table.objects.push(object);
                continue;
            }
            match (table.objects.last_mut(), parse_field(line)) {
                (Some(object), Some(field)) => object.fields.push(field),
                _ => table.rejected.push(line.to_owned()),
            }
        }
        // The text is sorted already, which makes this a pass without moves; the search below rests on it.
        table.objects.sort_by(|a, b| a.name.cmp(&b.name));
        for object in &mut table.objects {
            object.fields.sort_by(|a, b| a.name.cmp(&b.name));
        }
        table
    }

    pub(super) fn objects(&self) -> &[Object] {
        &self.objects
    }

    pub(super) fn object(&self, name: &Name) -> Option<&Object> {
        let at = self
            .objects
            .binary_search_by(|object| object.name.cmp(name));
        self.objects.get(at.ok()?)
    }
}

impl Object {
    pub(super) fn field(&self, name: &Name) -> Option<&StandardField> {
        let at = self.fields.binary_search_by(|field| field.name.cmp(name));
        self.fields.get(at.ok()?)
    }
}

fn parse_object(line: &str) -> Option<Object> {
    let (name, mark) = line.strip_prefix('[')?.split_once(']')?;
    Some(Object {
        name: Name::new(name),
        has_permissions: mark.trim() == "P",
        fields: Vec::new(),
    })
}

fn parse_field(line: &str) -> Option<StandardField> {
    let mut words = line.split(' ');
    let (name, kind, flags) = (words.next()?, words.next()?, words.next()?);
    let mut field = StandardField {
        name: Name::new(name),
        field_type: FieldType::Unknown,
        createable: None,
        updateable: None,
        nillable: None,
        defaulted: None,
        governed: FieldSecurity::NotKnown,
        compound: None,
        reference_to: Vec::new(),
        relationship: None,
        length: None,
        restricted_picklist: false,
        optional: false,
    };
    for flag in flags.bytes() {
        let yes = Some(flag.is_ascii_uppercase());
        match flag {
            b'C' | b'c' => field.createable = yes,
            b'U' | b'u' => field.updateable = yes,
            b'N' | b'n' => field.nillable = yes,
            b'D' | b'd' => field.defaulted = yes,
            b'G' => field.governed = FieldSecurity::Governed,
            b'g' => field.governed = FieldSecurity::NotGoverned,
            b'R' => field.restricted_picklist = true,
            b'O' => field.optional = true,
            b'-' => {}
            _ => return None,
        }
    }
    for word in words {
        let (key, value) = word.split_once('=')?;
        match key {
            "len" => field.length = Some(value.parse().ok()?),
            "part" => field.compound = Some(Name::new(value)),
            "rel" => field.relationship = Some(Name::new(value)),
            "to" => field.reference_to = value.split(',').map(Name::new).collect(),
            _ => return None,
        }
    }
    field.field_type = field_type(kind, field.length);
    Some(field)
}

/// The type, from describe's word for it.
fn field_type(kind: &str, length: Option<u32>) -> FieldType {
    match kind {
        "address" => FieldType::Address,
        "autonumber" => FieldType::AutoNumber,
        "boolean" => FieldType::Checkbox,
        "currency" => FieldType::Currency,
        "date" => FieldType::Date,
        "datetime" => FieldType::DateTime,
        "double" | "int" => FieldType::Number,
        "email" => FieldType::Email,
        "id" => FieldType::Id,
        "location" => FieldType::Geolocation,
        "multipicklist" => FieldType::MultiselectPicklist,
        "name" => FieldType::PersonName,
        "percent" => FieldType::Percent,
        "phone" => FieldType::Phone,
        "picklist" => FieldType::Picklist,
        "reference" => FieldType::Lookup,
        "string" => FieldType::Text,
        // Describe calls both kinds of text area so; a plain one holds 255 characters.
        "textarea" if length.is_some_and(|length| length > 255) => FieldType::LongTextArea,
        "textarea" => FieldType::TextArea,
        "time" => FieldType::Time,
        "url" => FieldType::Url,
        "?" => FieldType::Unknown,
        other => FieldType::Other(other.to_owned()),
    }
}
