//! Two users', permission sets' or moments' access side by side.
//!
//! In: two [`EffectivePermissions`]. Out: every right that one has and the other has not, at object, field, record
//! type and permission level. Knows nothing of HubSpot, and does no I/O.

use std::collections::BTreeSet;
use std::fmt;

use crate::effective::{EffectivePermissions, Known};
use crate::snapshot::{Name, ObjectRight};

/// One right that a user can have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// A system permission, by API name.
    System(Name),
    /// A custom permission, by API name.
    Custom(Name),
    /// A right on an object's records.
    Object(Name, ObjectRight),
    /// Use of a record type: object and developer name.
    RecordType(Name, Name),
    /// Read of a field, or Edit where the flag is set; the object's own rights are taken into account.
    Field(Name, Name, bool),
}

impl Right {
    /// What kind of right, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::System(_) => "system-permission",
            Self::Custom(_) => "custom-permission",
            Self::Object(..) => "object",
            Self::RecordType(..) => "record-type",
            Self::Field(..) => "field",
        }
    }

    /// The object that it is on, where it is on one.
    pub fn object(&self) -> Option<&Name> {
        match self {
            Self::System(_) | Self::Custom(_) => None,
            Self::Object(object, _) | Self::RecordType(object, _) | Self::Field(object, ..) => {
                Some(object)
            }
        }
    }

    /// What it is on: `Account`, `Account.Industry`, `ApiEnabled`.
    pub fn on(&self) -> String {
        match self {
            Self::System(name) | Self::Custom(name) => name.to_string(),
            Self::Object(object, _) => object.to_string(),
            Self::RecordType(object, name) | Self::Field(object, name, _) => {
                format!("{object}.{name}")
            }
        }
    }

    /// What it allows: `edit`, `use`, `enabled`.
    pub fn what(&self) -> &'static str {
        match self {
            Self::System(_) | Self::Custom(_) => "enabled",
            Self::Object(_, right) => right.as_str(),
            Self::RecordType(..) => "use",
            Self::Field(_, _, edit) => {
                if *edit {
                    "edit"
                } else {
                    "read"
                }
            }
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(name) => write!(f, "system permission {name}"),
            Self::Custom(name) => write!(f, "custom permission {name}"),
            Self::Object(object, right) => write!(f, "{} on {object}", right.label()),
            Self::RecordType(object, name) => write!(f, "record type {object}.{name}"),
            Self::Field(object, field, edit) => {
                write!(
                    f,
                    "{} on {object}.{field}",
                    if *edit { "Edit" } else { "Read" }
                )
            }
        }
    }
}

/// A right on which the two differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The right.
    pub right: Right,
    /// Whether the first has it.
    pub a: Known,
    /// Whether the second has it.
    pub b: Known,
}

/// What came of a comparison; all lists are sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Every right on which the two differ.
    pub differences: Vec<Difference>,
    /// Rights that are known of neither.
    pub not_known: Vec<Right>,
    /// How many rights both have.
    pub both: usize,
}

/// Compares two. Where `within` is given, rights on objects count on these alone.
///
/// What is looked at is what anything assigned to either of them lists; what nothing lists, neither has.
pub fn compare(
    a: &EffectivePermissions<'_>,
    b: &EffectivePermissions<'_>,
    within: Option<&BTreeSet<Name>>,
) -> Comparison {
    let mut rights = listed(a);
    rights.extend(listed(b));
    let mut answers_a = Answers::new(a);
    let mut answers_b = Answers::new(b);
    let mut comparison = Comparison::default();
    let counts = |object: &Name| within.is_none_or(|objects| objects.contains(object));
    for right in rights {
        if !right.object().is_none_or(counts) {
            continue;
        }
        match (answers_a.of(&right), answers_b.of(&right)) {
            (Known::Unknown, Known::Unknown) => comparison.not_known.push(right),
            (Known::Yes, Known::Yes) => comparison.both += 1,
            (a, b) if a != b => comparison.differences.push(Difference { right, a, b }),
            _ => {}
        }
    }
    comparison
}

/// The answers of one side; the access to an object is kept while its fields are asked for.
struct Answers<'e, 's> {
    effective: &'e EffectivePermissions<'s>,
    object: Option<(Name, crate::effective::ObjectAccess)>,
}

impl<'e, 's> Answers<'e, 's> {
    fn new(effective: &'e EffectivePermissions<'s>) -> Self {
        Self {
            effective,
            object: None,
        }
    }

    fn of(&mut self, right: &Right) -> Known {
        match right {
            Right::System(name) => self.effective.user_permission(name.as_str()).known,
            Right::Custom(name) => self.effective.custom_permission(name.as_str()).known,
            Right::RecordType(object, name) => self.effective.record_type(object, name),
            Right::Object(object, right) => self.access(object).right(*right),
            Right::Field(object, field, edit) => {
                let effective = self.effective;
                let access = self.access(object);
                let field = effective.listed_field(object, access, field);
                if *edit { field.edit } else { field.read }
            }
        }
    }

    fn access(&mut self, object: &Name) -> &crate::effective::ObjectAccess {
        let known = self.object.take().filter(|(name, _)| name == object);
        let (_, access) = self.object.insert(match known {
            Some(known) => known,
            None => (object.clone(), self.effective.object(object)),
        });
        access
    }
}

/// The rights that anything held lists.
fn listed(effective: &EffectivePermissions<'_>) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    for set in effective.held() {
        for entry in &set.object_permissions {
            for right in ObjectRight::ALL {
                rights.insert(Right::Object(entry.object.clone(), right));
            }
        }
        for (object, entries) in &set.field_permissions {
            for entry in entries {
                for edit in [false, true] {
                    rights.insert(Right::Field(object.clone(), entry.field.clone(), edit));
                }
            }
        }
        for entry in &set.user_permissions {
            rights.insert(Right::System(entry.name.clone()));
        }
        for entry in &set.custom_permissions {
            rights.insert(Right::Custom(entry.name.clone()));
        }
        for entry in &set.record_types {
            rights.insert(Right::RecordType(
                entry.object.clone(),
                entry.record_type.clone(),
            ));
        }
    }
    rights
}
