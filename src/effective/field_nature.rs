//! What decides access to a field: field-level security, the object alone, or the platform.
//!
//! In: the snapshot's definition of the field, or the built-in table of standard fields. Out: a
//! [`FieldNature`]. Rules R8, R9, R12 to R14, R17 and R18 of effective access live here.

use super::Known;
use crate::snapshot::{Field, FieldType, Name, ObjectKind, SObject, Snapshot, kind_of_name, standard};

/// Whether field-level security governs a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Governed {
    /// It does: without a grant there is no access.
    Yes,
    /// It does not: the field follows the object.
    No,
    /// The source does not prove either (rules R13 and R18).
    NotKnown,
}

/// Whether anybody can write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeverEditable {
    /// A formula.
    Formula,
    /// A roll-up summary.
    RollUp,
    /// An auto-number.
    AutoNumber,
    /// Kept by the platform: ids, audit fields.
    System,
    /// A compound field, written through its parts.
    Compound,
    /// A standard field that the API does not let anyone update.
    ReadOnly,
}

impl NeverEditable {
    /// The words for a report: `a formula field`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Formula => "a formula field",
            Self::RollUp => "a roll-up summary field",
            Self::AutoNumber => "an auto-number field",
            Self::System => "a system field",
            Self::Compound => "a compound field, which is written through its parts",
            Self::ReadOnly => "a field that Salesforce itself keeps",
        }
    }
}

/// Whether a field exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existence {
    /// It is defined, or the platform has it.
    Exists,
    /// The source holds all fields of the object, and this is none of them.
    Missing,
    /// The source does not hold it, and cannot be sure to hold everything.
    NotKnown,
}

/// What decides access to one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldNature {
    /// Whether the field exists.
    pub existence: Existence,
    /// Whether field-level security governs it.
    pub governed: Governed,
    /// Why nobody can write it; none where somebody can.
    pub never_editable: Option<NeverEditable>,
    /// Whether it can be written by somebody: not known for a field without any definition.
    pub writable: Known,
    /// The names under which containers list its field-level security, the first one preferred.
    ///
    /// A part of an address is listed under the compound field (rule R14); a custom field of a task under
    /// `Task`, `Event` or `Activity` (rule R16).
    pub keys: Vec<(Name, Name)>,
    /// One phrase on why: `universally required`, `a detail record's parent`.
    pub because: &'static str,
}

/// Finds out what decides access to `object.field`.
pub fn field_nature(snapshot: &Snapshot, object: &Name, field: &Name) -> FieldNature {
    let definition = definition(snapshot, object, field);
    let compound = definition
        .and_then(|field| field.compound.clone())
        .or_else(|| standard::compound_of(object, field));
    let keys = keys(object, field, compound.as_ref());
    let sobject = snapshot.objects.get(object);

    let mut nature = FieldNature {
        existence: existence(sobject, definition, object, field),
        governed: Governed::Yes,
        never_editable: None,
        writable: Known::Yes,
        keys,
        because: "governed by field-level security",
    };
    let kind = sobject.map_or_else(|| kind_of_name(object), |sobject| sobject.kind);
    if matches!(
        kind,
        ObjectKind::CustomSetting | ObjectKind::CustomMetadata | ObjectKind::PlatformEvent
    ) {
        nature.governed = Governed::NotKnown;
        nature.because = "custom settings, custom metadata and platform events have no ordinary field-level security";
        return nature;
    }
    if standard::is_system_field(field.as_str()) {
        nature.existence = Existence::Exists;
        nature.not_governed("a system field");
        nature.never(NeverEditable::System);
        return nature;
    }
    if field.is("Name") && object.is_custom() && definition.is_none() {
        name_field(&mut nature, sobject);
        return nature;
    }
    match definition {
        Some(definition) => defined_field(&mut nature, snapshot, object, definition),
        None => undefined_field(&mut nature, snapshot, object, field),
    }
    nature
}

impl FieldNature {
    fn not_governed(&mut self, because: &'static str) {
        self.governed = Governed::No;
        self.because = because;
    }

    fn never(&mut self, reason: NeverEditable) {
        self.never_editable = Some(reason);
        self.writable = Known::No;
    }
}

/// The field's definition in the snapshot; for a task or event also the one on Activity (rule R16).
pub fn definition<'s>(snapshot: &'s Snapshot, object: &Name, field: &Name) -> Option<&'s Field> {
    let on = |object: &Name| snapshot.objects.get(object)?.fields.get(field);
    on(object).or_else(|| is_activity(object).then(|| on(&Name::new("Activity")))?)
}

/// Whether the object is Task or Event, which share their custom fields and have no object permissions.
pub fn is_activity(object: &Name) -> bool {
    object.is("Task") || object.is("Event")
}

fn keys(object: &Name, field: &Name, compound: Option<&Name>) -> Vec<(Name, Name)> {
    let objects = if is_activity(object) && field.is_custom() {
        let other = if object.is("Task") { "Event" } else { "Task" };
        vec![object.clone(), Name::new("Activity"), Name::new(other)]
    } else {
        vec![object.clone()]
    };
    let fields = compound.into_iter().chain([field]);
    fields
        .flat_map(|field| objects.iter().map(move |object| (object.clone(), field.clone())))
        .collect()
}

fn existence(
    sobject: Option<&SObject>,
    definition: Option<&Field>,
    object: &Name,
    field: &Name,
) -> Existence {
    let named = field.is("Name") && object.is_custom();
    if definition.is_some() || named || standard::field(object, field).is_some() {
        Existence::Exists
    } else if sobject.is_some_and(|sobject| sobject.fields_complete) {
        Existence::Missing
    } else {
        Existence::NotKnown
    }
}

/// The name of a custom object's record: a text that follows the object, or an auto-number (rule R17).
fn name_field(nature: &mut FieldNature, sobject: Option<&SObject>) {
    nature.not_governed("the record's name");
    match sobject.and_then(|sobject| sobject.name_field.as_ref()) {
        Some(name) if name.auto_number => nature.never(NeverEditable::AutoNumber),
        Some(_) => {}
        None => nature.writable = Known::Unknown,
    }
}

fn defined_field(nature: &mut FieldNature, snapshot: &Snapshot, object: &Name, field: &Field) {
    if field.formula.is_some() {
        nature.never(NeverEditable::Formula);
    } else {
        match field.field_type {
            FieldType::Summary => nature.never(NeverEditable::RollUp),
            FieldType::AutoNumber => nature.never(NeverEditable::AutoNumber),
            FieldType::Id => nature.never(NeverEditable::System),
            _ if field.createable == Some(false) && field.updateable == Some(false) => {
                nature.never(NeverEditable::ReadOnly);
            }
            _ => {}
        }
    }
    if field.field_type == FieldType::MasterDetail {
        nature.not_governed("a master-detail field, which follows the object");
        return;
    }
    match field.permissionable {
        Some(true) => return,
        Some(false) => {
            nature.not_governed("not governed by field-level security");
            return;
        }
        None => {}
    }
    if field.required && nature.never_editable.is_none() {
        nature.not_governed("universally required, so it follows the object");
        return;
    }
    if !field.name.is_custom() {
        // A standard field in a tree: its file does not tell whether field-level security governs it.
        undefined_field(nature, snapshot, object, &field.name);
    }
}

/// A field without a definition, or a standard field, whose definition in a tree does not tell.
fn undefined_field(nature: &mut FieldNature, snapshot: &Snapshot, object: &Name, field: &Name) {
    let standard = standard::field(object, field);
    if let Some(standard) = &standard
        && nature.never_editable.is_none()
        && let Some(reason) = never_editable_standard(standard)
    {
        nature.never(reason);
    }
    if let Some(standard) = &standard
        && standard.governed == standard::FieldSecurity::NotGoverned
    {
        nature.not_governed("a standard field that field-level security does not govern");
        return;
    }
    if nature.existence == Existence::Missing {
        nature.governed = Governed::NotKnown;
        nature.because = "no such field";
        return;
    }
    // Where some container lists the field, field-level security governs it (rule R13).
    let listed = nature.keys.iter().any(|(object, field)| {
        snapshot
            .containers()
            .chain(snapshot.muting_permission_sets.values())
            .any(|set| !set.field(object, field).is_empty())
    });
    if !listed {
        nature.governed = Governed::NotKnown;
        nature.because = "neither a definition nor any profile or permission set shows whether field-level security governs it";
    }
}

fn never_editable_standard(field: &standard::StandardField) -> Option<NeverEditable> {
    if field.createable != Some(false) || field.updateable != Some(false) {
        return None;
    }
    Some(match field.field_type {
        FieldType::AutoNumber => NeverEditable::AutoNumber,
        FieldType::Address | FieldType::Geolocation | FieldType::PersonName => {
            NeverEditable::Compound
        }
        _ => NeverEditable::ReadOnly,
    })
}
