//! The platform's own objects and fields: what is known of them without asking an org.
//!
//! In: the names of an object and a field. Out: type, whether anybody can write the field, whether
//! field-level security governs it, and what decides access to an object that has no permissions of its own.
//! A metadata tree holds none of this, and describe holds it only for the user who asks.
//!
//! The table is `fields.txt`, written by `generate.py` beside it from public sources that its header names.
//! It answers 'not known' wherever these do not prove more. It must not know any org, mapping or user.

mod table;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use self::table::Table;
use super::{FieldType, Name};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("fields.txt")));

/// Whether field-level security governs a standard field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldSecurity {
    /// It does: field permissions for it, or for its compound field, occur in real permission sets.
    Governed,
    /// It does not: a system field, a record's name, or a field that every record needs; who may read or write
    /// the object may read or write it (Object Reference, FieldPermissions).
    NotGoverned,
    /// The sources do not prove either.
    NotKnown,
}

/// A field of a standard object. `None` in an optional fact means that the sources do not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardField {
    /// API name, spelled as Salesforce does.
    pub name: Name,
    /// Data type.
    pub field_type: FieldType,
    /// Whether the API lets somebody set it on a new record.
    pub createable: Option<bool>,
    /// Whether the API lets somebody change it.
    pub updateable: Option<bool>,
    /// Whether it may be empty.
    pub nillable: Option<bool>,
    /// Whether Salesforce fills it on a new record that comes without it.
    pub defaulted: Option<bool>,
    /// Whether field-level security governs it.
    pub governed: FieldSecurity,
    /// The address or geolocation it is a part of, under which its field-level security is listed (rule R14).
    pub compound: Option<Name>,
    /// The objects that a lookup can point at, as far as they are known.
    pub reference_to: Vec<Name>,
    /// The name by which SOQL follows the lookup: `Parent` of `Account.ParentId`.
    pub relationship: Option<Name>,
    /// How many characters a text holds.
    pub length: Option<u32>,
    /// Whether the API refuses values that are not in the picklist.
    pub restricted_picklist: bool,
    /// Exists only in orgs with some feature or edition (multi-currency, person accounts …), so that having it in the
    /// table does not prove that an org has it.
    pub optional: bool,
}

/// A field of a standard object; none where the table does not have it, which does not prove that it is missing.
pub fn field(object: &Name, field: &Name) -> Option<&'static StandardField> {
    TABLE.object(object)?.field(field)
}

/// The known fields of a standard object, sorted by name; empty for an object that is not in the table.
pub fn fields(object: &Name) -> impl Iterator<Item = &'static StandardField> + use<> {
    TABLE
        .object(object)
        .into_iter()
        .flat_map(|object| &object.fields)
}

/// The standard objects of the table, sorted by name: those that a sync of CRM records can meet.
pub fn objects() -> impl Iterator<Item = &'static Name> {
    TABLE.objects().iter().map(|object| &object.name)
}

/// Whether the table has the object. It is not complete: 'no' does not prove a name to be wrong.
pub fn is_standard_object(object: &Name) -> bool {
    TABLE.object(object).is_some()
}

/// Whether every org has the field, whatever its features and edition.
///
/// A field of [`StandardField::optional`] kind is in the table, but not in every org.
pub fn exists_on(object: &Name, name: &Name) -> bool {
    field(object, name).is_some_and(|field| !field.optional)
}

/// The compound field under whose name the field-level security of one of its parts is listed (rule R14):
/// `BillingAddress` for `Account.BillingCity`, `Place__c` for `Place__Latitude__s`.
///
/// The parts of a person's name have none: neither they nor `Name` are governed by field-level security.
pub fn compound_of(object: &Name, name: &Name) -> Option<Name> {
    if let Some(field) = field(object, name) {
        return field.compound.clone();
    }
    custom_compound(name.as_str())
}

/// The contact's field that a custom field of a person account mirrors, and whose field-level security it has:
/// `Tier__c` for `Account.Tier__pc` (Salesforce Help, "Person Accounts"); none for any other field.
pub fn contact_field_of(object: &Name, name: &Name) -> Option<Name> {
    if !object.is("Account") {
        return None;
    }
    let body = strip_suffix_folded(name.as_str(), "__pc")?;
    (!body.is_empty()).then(|| Name::new(&format!("{body}__c")))
}

/// Parts of custom addresses and geolocations (Object Reference, "Compound Fields": `Place__Latitude__s`).
fn custom_compound(name: &str) -> Option<Name> {
    const PARTS: [&str; 8] = [
        "Street",
        "City",
        "PostalCode",
        "StateCode",
        "CountryCode",
        "Latitude",
        "Longitude",
        "GeocodeAccuracy",
    ];
    let body = strip_suffix_folded(name, "__s")?;
    let (compound, part) = body.rsplit_once("__")?;
    let known = PARTS.iter().any(|known| part.eq_ignore_ascii_case(known));
    (known && !compound.is_empty()).then(|| Name::new(&format!("{compound}__c")))
}

fn strip_suffix_folded<'t>(text: &'t str, suffix: &str) -> Option<&'t str> {
    let (body, end) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(body)
}

/// Whether the platform keeps a field of this name on objects of every kind (rule R12).
///
/// Such a field is readable with the object, and nobody updates it (Object Reference, "System Fields",
/// "Frequently Occurring Fields", and FieldPermissions: "always readable").
pub fn is_system_field(name: &str) -> bool {
    const SYSTEM: [&str; 10] = [
        "Id",
        "CreatedById",
        "CreatedDate",
        "LastModifiedById",
        "LastModifiedDate",
        "SystemModstamp",
        "IsDeleted",
        "LastActivityDate",
        "LastReferencedDate",
        "LastViewedDate",
    ];
    SYSTEM
        .iter()
        .any(|system| system.eq_ignore_ascii_case(name))
}

/// Whether an object that lookups point to is no record of the business: users, groups, record types and the like, whose
/// access hangs on other things than object permissions and sharing rules.
pub fn is_of_setup(object: &Name) -> bool {
    const OF_SETUP: [&str; 6] = [
        "Group",
        "Organization",
        "Profile",
        "RecordType",
        "User",
        "UserRole",
    ];
    OF_SETUP.iter().any(|name| object.is(name))
}

/// The parent whose permissions decide, for objects without object permissions of their own: edit on the
/// opportunity lets a user create, edit and delete its products (Object Reference, OpportunityLineItem,
/// QuoteLineItem, OrderItem).
pub fn controlling_parent(object: &Name) -> Option<Name> {
    const PARENTS: [(&str, &str); 6] = [
        ("CampaignMember", "Campaign"),
        ("CaseComment", "Case"),
        ("OpportunityContactRole", "Opportunity"),
        ("OpportunityLineItem", "Opportunity"),
        ("OrderItem", "Order"),
        ("QuoteLineItem", "Quote"),
    ];
    PARENTS
        .iter()
        .find(|(child, _)| object.is(child))
        .map(|(_, parent)| Name::new(parent))
}

/// Whether object permissions for a standard object are known to exist; none for an object that is not in the
/// table.
///
/// `Some(false)`: no public profile or permission set lists any, although these list some 500 standard objects. Then
/// something else decides, such as a parent record, a library or a system permission, and the absence of an entry
/// for the object proves nothing.
pub fn has_object_permissions(object: &Name) -> Option<bool> {
    TABLE.object(object).map(|object| object.has_permissions)
}

/// The fields without which Salesforce refuses a new record: not nillable, not defaulted, creatable, and there
/// in every org. A checkbox is never one, it always has a value.
pub fn required_on_create(object: &Name) -> Vec<&'static StandardField> {
    fields(object)
        .filter(|field| {
            field.createable == Some(true)
                && field.nillable == Some(false)
                && field.defaulted == Some(false)
                && !field.optional
                && !matches!(
                    field.field_type,
                    FieldType::Checkbox | FieldType::AutoNumber
                )
        })
        .collect()
}
