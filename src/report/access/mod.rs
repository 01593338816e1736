//! What `permgap access` writes: what the user may do, and every grant that says so.
//!
//! In: [`EffectivePermissions`] and what was asked for. Out: an [`AccessReport`], as text for people or as JSON
//! (`permgap.access/1`).

mod build;
mod json;
mod table;

use std::str::FromStr;

pub use json::json;
pub use table::table;

use super::AuditedUser;
use crate::effective::{Effect, Existence, Known};
use crate::snapshot::{Name, ObjectRight, OrgInfo};

/// An object, or a field of one, that access is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The object.
    pub object: Name,
    /// The field; none for the object and all its fields that are known.
    pub field: Option<Name>,
}

/// Not an object or a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is neither an object nor a field; write Account or Account.Industry")]
pub struct NotAsked {
    /// The text given.
    pub given: String,
}

impl FromStr for Asked {
    type Err = NotAsked;

    /// Reads `Account` or `Account.Industry`.
    fn from_str(given: &str) -> Result<Self, NotAsked> {
        let is_name =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
        let (object, field) = match given.split_once('.') {
            Some((object, field)) => (object, Some(field)),
            None => (given, None),
        };
        if is_name(object) && field.is_none_or(is_name) {
            Ok(Self {
                object: object.into(),
                field: field.map(Name::new),
            })
        } else {
            Err(NotAsked {
                given: given.to_owned(),
            })
        }
    }
}

/// What one user may do on the objects and fields asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessReport {
    /// The time of the question (RFC 3339); assignments that end are judged by it.
    pub generated_at: String,
    /// The org.
    pub org: OrgInfo,
    /// The user.
    pub user: AuditedUser,
    /// What a reader must know before anything else, each a sentence.
    pub notices: Vec<String>,
    /// System permissions that decide over all objects or over the API.
    pub system_permissions: Vec<AccessBySwitch>,
    /// Whether nothing was asked for by name; then people are shown the matrix alone.
    pub overview: bool,
    /// The objects, in the order asked for.
    pub objects: Vec<AccessToObject>,
}

/// A system permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessBySwitch {
    /// API name: `ApiEnabled`.
    pub name: &'static str,
    /// Whether the user has it.
    pub has: Known,
    /// What grants it.
    pub trail: Vec<TrailEntry>,
}

/// What the user may do on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToObject {
    /// The object.
    pub object: Name,
    /// Every right, in the order of Setup.
    pub has: Vec<(ObjectRight, Known)>,
    /// What decides where it is not the object's own permissions.
    pub decided_by: Option<&'static str>,
    /// What grants the rights.
    pub trail: Vec<TrailEntry>,
    /// Its fields: first those asked for by name, then the others that are known, by name.
    pub fields: Vec<AccessToField>,
}

/// What the user may do on one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToField {
    /// The field, without its object.
    pub field: Name,
    /// Whether it was asked for by name; then people are shown what grants it.
    pub by_name: bool,
    /// Whether it exists.
    pub existence: Existence,
    /// Read, the object's own rights taken into account.
    pub read: Known,
    /// Edit, the object's own rights taken into account.
    pub edit: Known,
    /// Read by field-level security alone, the object aside.
    pub security_read: Known,
    /// Edit by field-level security alone, the object aside.
    pub security_edit: Known,
    /// What decides, as a phrase.
    pub because: &'static str,
    /// Why nobody can edit it; none where somebody can.
    pub never_editable: Option<&'static str>,
    /// What grants it.
    pub trail: Vec<TrailEntry>,
}

/// One right from one container, with what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailEntry {
    /// What becomes of it.
    pub effect: Effect,
    /// The right.
    pub right: &'static str,
    /// One sentence.
    pub text: String,
    /// The container that lists it: `permission set Sales in group HubSpot`.
    pub container: String,
    /// Where the container lists it.
    pub file: Option<String>,
    /// The line in that file.
    pub line: Option<u32>,
    /// What takes it away.
    pub muted_by: Option<MutedBy>,
}

/// The muting permission set that takes a right away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MutedBy {
    /// Its API name.
    pub name: Name,
    /// Where it lists the right.
    pub file: Option<String>,
    /// The line in that file.
    pub line: Option<u32>,
}

#[cfg(test)]
mod tests;
