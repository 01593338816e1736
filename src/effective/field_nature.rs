//! What decides access to a field: field-level security, the object alone, or the platform.
//!
//! In: the snapshot's definition of the field, or the built-in table of standard fields. Out: a
//! [`FieldNature`]. Rules R8, R9, R12 to R14, R17 and R18 of effective access live here.

use super::Known;
use crate::snapshot::{
    Field, FieldType, Name, ObjectKind, SObject, Snapshot, kind_of_name, standard,
};

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
    /// A compound address or geolocation, written through its parts.
    Address,
    /// A compound person name, written through its parts.
    PersonName,
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
            Self::Address => "a compound address, which is written through its parts",
            Self::PersonName => "a compound name, which is written through its parts",
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
    /// `Task`, `Event` or `Activity` (rule R16); a person account's custom field under the contact's.
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
    // A tree defines a custom address or geolocation as one field, whose parts follow it (rule R14).
    let whole = (compound.as_ref())
        .and_then(|whole| self::definition(snapshot, object, whole))
        .filter(|whole| {
            whole.name.is_custom()
                && matches!(
                    whole.field_type,
                    FieldType::Address | FieldType::Geolocation
                )
        });
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
    match (definition, whole) {
        (Some(definition), _) => defined_field(&mut nature, snapshot, object, definition),
        (None, Some(whole)) if nature.existence != Existence::Missing => {
            nature.existence = Existence::Exists;
            defined_field(&mut nature, snapshot, object, whole);
        }
        (None, _) => undefined_field(&mut nature, snapshot, object, field),
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
        // Field-level security of an address covers its parts, which are what is written: Edit on it is a right
        // that users have, though no value can be sent under the address's own name.
        if reason != NeverEditable::Address {
            self.writable = Known::No;
        }
    }
}

/// Whether an object has a field, as far as the snapshot or the built-in table of standard fields tells.
///
/// The table holds what a standard object has in an org with many features, so that a standard name that it
/// does not list counts as none of the object's.
pub fn exists(snapshot: &Snapshot, object: &Name, field: &Name) -> Option<bool> {
    let sobject = snapshot.objects.get(object);
    match existence(sobject, definition(snapshot, object, field), object, field) {
        Existence::Exists => Some(true),
        Existence::Missing => Some(false),
        Existence::NotKnown if standard::is_system_field(field.as_str()) => Some(true),
        Existence::NotKnown if !field.is_custom() && standard::is_standard_object(object) => {
            Some(false)
        }
        Existence::NotKnown => None,
    }
}

/// The field's definition in the snapshot; for a task or event also the one on Activity (rule R16), for a person
/// account's custom field the one on Contact, unless the source holds all fields of accounts.
pub fn definition<'s>(snapshot: &'s Snapshot, object: &Name, field: &Name) -> Option<&'s Field> {
    let on = |object: &Name, field: &Name| snapshot.objects.get(object)?.fields.get(field);
    let complete = || (snapshot.objects.get(object)).is_some_and(|sobject| sobject.fields_complete);
    on(object, field)
        .or_else(|| is_activity(object).then(|| on(&Name::new("Activity"), field))?)
        .or_else(|| {
            let mirrored = standard::contact_field_of(object, field)?;
            on(&Name::new("Contact"), &mirrored).filter(|_| !complete())
        })
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
    let own = fields.flat_map(|field| {
        objects
            .iter()
            .map(move |object| (object.clone(), field.clone()))
    });
    let mirrored = standard::contact_field_of(object, field);
    mirrored
        .map(|field| (Name::new("Contact"), field))
        .into_iter()
        .chain(own)
        .collect()
}

fn existence(
    sobject: Option<&SObject>,
    definition: Option<&Field>,
    object: &Name,
    field: &Name,
) -> Existence {
    let named = field.is("Name") && object.is_custom();
    let gone = |sobject: &SObject| sobject.deleted || sobject.deleted_fields.contains(field);
    if definition.is_none() && sobject.is_some_and(gone) {
        return Existence::Missing;
    }
    if definition.is_some() || named || standard::exists_on(object, field) {
        Existence::Exists
    } else if sobject.is_some_and(|sobject| sobject.fields_complete) {
        Existence::Missing
    } else if standard::field(object, field).is_some() {
        // It comes with a feature of the org (person accounts, multi-currency …), which no tree tells of.
        Existence::Exists
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
    if field.incomplete {
        // It may be a formula, or required: only a container that lists it proves that it is governed.
        undefined_field(nature, snapshot, object, &field.name);
        if nature.never_editable.is_none() {
            nature.writable = Known::Unknown;
        }
        return;
    }
    if field.formula.is_some() {
        nature.never(NeverEditable::Formula);
    } else {
        match field.field_type {
            FieldType::Summary => nature.never(NeverEditable::RollUp),
            FieldType::AutoNumber => nature.never(NeverEditable::AutoNumber),
            FieldType::Id => nature.never(NeverEditable::System),
            _ if field.createable == Some(false) && field.updateable == Some(false) => {
                nature.never(read_only(&field.field_type));
            }
            _ => {}
        }
    }
    if field.field_type == FieldType::MasterDetail {
        nature.not_governed("a master-detail field, which follows the object");
        return;
    }
    let only_catalogued =
        field.permissionable.is_some() && field.createable.or(field.updateable).is_none();
    if only_catalogued && !field.name.is_custom() && nature.never_editable.is_none() {
        // The catalogue of fields does not tell what can be written (a person's `Name` cannot); describe would.
        match standard::field(object, &field.name) {
            Some(standard) => {
                if let Some(reason) = never_editable_standard(standard) {
                    nature.never(reason);
                }
            }
            None => nature.writable = Known::Unknown,
        }
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
    let proven = standard.is_some_and(|field| field.governed == standard::FieldSecurity::Governed);
    if !listed && !proven {
        nature.governed = Governed::NotKnown;
        nature.because = "neither a definition nor any profile or permission set shows whether field-level security governs it";
    }
}

fn never_editable_standard(field: &standard::StandardField) -> Option<NeverEditable> {
    if field.createable != Some(false) || field.updateable != Some(false) {
        return None;
    }
    Some(read_only(&field.field_type))
}

/// Why nobody can write a field that the API lets nobody create or update.
fn read_only(field_type: &FieldType) -> NeverEditable {
    match field_type {
        FieldType::AutoNumber => NeverEditable::AutoNumber,
        FieldType::Address | FieldType::Geolocation => NeverEditable::Address,
        FieldType::PersonName => NeverEditable::PersonName,
        _ => NeverEditable::ReadOnly,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(snapshot: &Snapshot, object: &str, field: &str) -> FieldNature {
        field_nature(snapshot, &object.into(), &field.into())
    }

    #[test]
    fn a_standard_field_is_known_without_any_definition_or_grant() {
        let empty = Snapshot::default();
        assert_eq!(of(&empty, "Contact", "Email").governed, Governed::Yes);
        assert_eq!(of(&empty, "Contact", "LastName").governed, Governed::No);
        assert_eq!(of(&empty, "User", "Title").governed, Governed::NotKnown);
        let name = of(&empty, "Contact", "Name");
        assert_eq!(name.never_editable, Some(NeverEditable::PersonName));
        let won = of(&empty, "opportunity", "iswon");
        assert_eq!(won.never_editable, Some(NeverEditable::ReadOnly));
    }

    #[test]
    fn a_part_of_a_custom_geolocation_follows_the_field_that_a_tree_defines() {
        let mut snapshot = Snapshot::default();
        let mut account = SObject::new("Account".into());
        for (name, field_type) in [
            ("Place__c", FieldType::Geolocation),
            ("Note__c", FieldType::Text),
        ] {
            let mut field = Field::new(name.into());
            field.field_type = field_type;
            account.fields.insert(field.name.clone(), field);
        }
        snapshot.objects.insert("Account".into(), account);
        let part = of(&snapshot, "Account", "place__latitude__s");
        assert_eq!(part.existence, Existence::Exists);
        assert_eq!(part.governed, Governed::Yes);
        assert_eq!(part.writable, Known::Yes);
        let other = of(&snapshot, "Account", "Note__Latitude__s");
        assert_eq!(other.existence, Existence::NotKnown);
        assert_eq!(other.governed, Governed::NotKnown);
    }

    #[test]
    fn a_field_of_a_feature_is_missing_where_a_complete_source_lacks_it() {
        let existence = |snapshot: &Snapshot, field| of(snapshot, "Account", field).existence;
        let mut snapshot = Snapshot::default();
        assert_eq!(existence(&snapshot, "PersonEmail"), Existence::Exists);
        let mut complete = SObject::new("Account".into());
        complete.fields_complete = true;
        snapshot.objects.insert("Account".into(), complete);
        assert_eq!(existence(&snapshot, "PersonEmail"), Existence::Missing);
        assert_eq!(existence(&snapshot, "Industry"), Existence::Exists);
    }
}
