//! What grants access: profiles, permission sets, muting permission sets, and the groups that bundle them.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LoginLimits, Name, Place};

/// One right on an object's records.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are Salesforce's own names")]
pub enum ObjectRight {
    Read,
    Create,
    Edit,
    Delete,
    ViewAll,
    ModifyAll,
    ViewAllFields,
}

impl ObjectRight {
    /// All rights, in the order of Setup.
    pub const ALL: [Self; 7] = [
        Self::Read,
        Self::Create,
        Self::Edit,
        Self::Delete,
        Self::ViewAll,
        Self::ModifyAll,
        Self::ViewAllFields,
    ];

    /// The name in reports: `view_all`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Delete => "delete",
            Self::ViewAll => "view_all",
            Self::ModifyAll => "modify_all",
            Self::ViewAllFields => "view_all_fields",
        }
    }

    /// The words of Setup: `View All`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Create => "Create",
            Self::Edit => "Edit",
            Self::Delete => "Delete",
            Self::ViewAll => "View All Records",
            Self::ModifyAll => "Modify All Records",
            Self::ViewAllFields => "View All Fields",
        }
    }

    /// The rights that Salesforce demands beside this one.
    ///
    /// Object Reference, ObjectPermissions: Create and Edit need Read; Delete needs Read and Edit; View All
    /// needs Read; Modify All needs Read, Edit, Delete and View All. View All Fields needs Read (rule R4).
    pub fn prerequisites(self) -> ObjectRights {
        match self {
            Self::Read => ObjectRights::NONE,
            Self::Create | Self::Edit | Self::ViewAll | Self::ViewAllFields => {
                ObjectRights::NONE.with(Self::Read)
            }
            Self::Delete => ObjectRights::NONE.with(Self::Read).with(Self::Edit),
            Self::ModifyAll => ObjectRights::NONE
                .with(Self::Read)
                .with(Self::Edit)
                .with(Self::Delete)
                .with(Self::ViewAll),
        }
    }
}

impl fmt::Display for ObjectRight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of rights on one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(into = "Vec<ObjectRight>", from = "Vec<ObjectRight>")]
pub struct ObjectRights(u8);

impl ObjectRights {
    /// No right at all.
    pub const NONE: Self = Self(0);

    fn bit(right: ObjectRight) -> u8 {
        1 << right as u8
    }

    /// Every right.
    pub fn all() -> Self {
        ObjectRight::ALL.into_iter().collect()
    }

    /// This set and one right more.
    #[must_use]
    pub fn with(self, right: ObjectRight) -> Self {
        Self(self.0 | Self::bit(right))
    }

    /// Whether the right is in the set.
    pub fn has(self, right: ObjectRight) -> bool {
        self.0 & Self::bit(right) != 0
    }

    /// Whether every right of `other` is in the set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the sets share a right.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What either set holds.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What this set holds and `other` does not.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The rights in the set, in the order of Setup.
    pub fn iter(self) -> impl Iterator<Item = ObjectRight> {
        ObjectRight::ALL
            .into_iter()
            .filter(move |right| self.has(*right))
    }

    /// The set without the rights whose prerequisites it does not hold (rule R4).
    ///
    /// Salesforce saves sets that satisfy the prerequisites; a file written by hand, or a group after
    /// muting, may not. What lost its prerequisite is dropped, until nothing more has to be.
    #[must_use]
    pub fn with_prerequisites_met(self) -> Self {
        let mut kept = self;
        loop {
            let next = kept
                .iter()
                .filter(|right| kept.contains(right.prerequisites()))
                .collect::<Self>();
            if next == kept {
                return kept;
            }
            kept = next;
        }
    }
}

impl FromIterator<ObjectRight> for ObjectRights {
    fn from_iter<I: IntoIterator<Item = ObjectRight>>(rights: I) -> Self {
        rights.into_iter().fold(Self::NONE, Self::with)
    }
}

impl From<Vec<ObjectRight>> for ObjectRights {
    fn from(rights: Vec<ObjectRight>) -> Self {
        rights.into_iter().collect()
    }
}

impl From<ObjectRights> for Vec<ObjectRight> {
    fn from(rights: ObjectRights) -> Self {
        rights.iter().collect()
    }
}

/// One `objectPermissions` entry: the rights on one object. In a muting permission set, the rights muted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectPermissions {
    /// The object.
    pub object: Name,
    /// The rights that the entry enables.
    pub rights: ObjectRights,
    /// Where the entry was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// One `fieldPermissions` entry: field-level security of one field. In a muting permission set, what is
/// muted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldPermissions {
    /// The field, without its object.
    pub field: Name,
    /// Whether the entry enables Read.
    pub read: bool,
    /// Whether the entry enables Edit.
    pub edit: bool,
    /// Where the entry was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// A named switch of a container: a system permission (`ApiEnabled`) or a custom permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPermission {
    /// API name, without any `Permissions` prefix.
    pub name: Name,
    /// Whether the entry enables it (in a muting permission set: mutes it).
    pub enabled: bool,
    /// Where the entry was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// One `recordTypeVisibilities` entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordTypeVisibility {
    /// The object.
    pub object: Name,
    /// Developer name of the record type.
    pub record_type: Name,
    /// Whether the entry makes it available.
    pub visible: bool,
    /// Whether it is the default (profiles only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// Where the entry was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// Which kind of container grants something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContainerKind {
    /// A profile.
    Profile,
    /// A permission set.
    PermissionSet,
    /// A muting permission set: what it enables is taken away inside its group.
    MutingPermissionSet,
}

impl ContainerKind {
    /// The words of Setup, in lower case.
    pub fn label(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::PermissionSet => "permission set",
            Self::MutingPermissionSet => "muting permission set",
        }
    }
}

/// A kind of entries of a container, which a source can fail to read while it reads the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are the lists of a container")]
pub enum ContainerPart {
    ObjectPermissions,
    FieldPermissions,
    UserPermissions,
    CustomPermissions,
    RecordTypes,
    ConnectedApps,
    LoginLimits,
}

/// A profile, permission set or muting permission set.
///
/// They hold the same kinds of entries, and Salesforce itself keeps a profile's in a permission set that the
/// profile owns (Object Reference, PermissionSet). Several files of one name are merged: the union of their
/// entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionSet {
    /// Which kind of container it is.
    pub kind: ContainerKind,
    /// API name, with its namespace; for a profile the name that people see.
    pub name: Name,
    /// The label that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The licence that it is tied to: a user licence or a permission set licence, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// A session-based set: grants nothing outside an activated session (rule R19).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_activation_required: bool,
    /// Object permissions, sorted by object, one entry an object and file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub object_permissions: Vec<ObjectPermissions>,
    /// Field permissions by object, each list sorted by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub field_permissions: BTreeMap<Name, Vec<FieldPermissions>>,
    /// System permissions, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_permissions: Vec<NamedPermission>,
    /// Custom permissions, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_permissions: Vec<NamedPermission>,
    /// Record types, sorted by object and name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub record_types: Vec<RecordTypeVisibility>,
    /// Connected apps whose use it allows (SetupEntityAccess of type ConnectedApplication), by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connected_apps: Vec<Name>,
    /// From where and when a profile lets its users log in; none where it names no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_limits: Option<Box<LoginLimits>>,
    /// Whether some of its entries could not be read: what it does not list is then not known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
    /// The kinds of entries that could not be read: of these, what it does not list is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<ContainerPart>,
    /// Where it is defined; the first file where several were merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

impl PermissionSet {
    /// An empty container.
    pub fn new(kind: ContainerKind, name: Name) -> Self {
        Self {
            kind,
            name,
            label: None,
            license: None,
            has_activation_required: false,
            object_permissions: Vec::new(),
            field_permissions: BTreeMap::new(),
            user_permissions: Vec::new(),
            custom_permissions: Vec::new(),
            record_types: Vec::new(),
            connected_apps: Vec::new(),
            login_limits: None,
            incomplete: false,
            unread: Vec::new(),
            at: None,
        }
    }

    /// The object permissions for one object: one entry for each file that lists it.
    pub fn object(&self, object: &Name) -> &[ObjectPermissions] {
        equal_range(&self.object_permissions, |entry| entry.object.cmp(object))
    }

    /// The rights that the container lists for one object, before prerequisites.
    pub fn object_rights(&self, object: &Name) -> ObjectRights {
        self.object(object)
            .iter()
            .fold(ObjectRights::NONE, |sum, entry| sum.union(entry.rights))
    }

    /// The field permissions for one field: one entry for each file that lists it.
    pub fn field(&self, object: &Name, field: &Name) -> &[FieldPermissions] {
        self.field_permissions.get(object).map_or(&[], |entries| {
            equal_range(entries, |entry| entry.field.cmp(field))
        })
    }

    /// The entries for one system permission.
    pub fn user_permission(&self, name: &str) -> &[NamedPermission] {
        equal_range(&self.user_permissions, |entry| entry.name.cmp_text(name))
    }

    /// The entries for one custom permission.
    pub fn custom_permission(&self, name: &str) -> &[NamedPermission] {
        equal_range(&self.custom_permissions, |entry| entry.name.cmp_text(name))
    }

    /// The record type entries for one object.
    pub fn record_types_of(&self, object: &Name) -> &[RecordTypeVisibility] {
        equal_range(&self.record_types, |entry| entry.object.cmp(object))
    }

    /// Brings the entries into the order that the look-ups rely on. Sources call it once when done.
    pub fn sort(&mut self) {
        self.object_permissions
            .sort_by(|a, b| a.object.cmp(&b.object));
        for entries in self.field_permissions.values_mut() {
            entries.sort_by(|a, b| a.field.cmp(&b.field));
        }
        self.user_permissions.sort_by(|a, b| a.name.cmp(&b.name));
        self.custom_permissions.sort_by(|a, b| a.name.cmp(&b.name));
        self.record_types
            .sort_by(|a, b| (&a.object, &a.record_type).cmp(&(&b.object, &b.record_type)));
    }

    /// Adds the entries of another file of the same container; [`sort`](Self::sort) afterwards.
    pub fn merge(&mut self, other: Self) {
        self.label = self.label.take().or(other.label);
        self.license = self.license.take().or(other.license);
        self.has_activation_required |= other.has_activation_required;
        self.incomplete |= other.incomplete;
        self.unread.extend(other.unread);
        self.object_permissions.extend(other.object_permissions);
        for (object, entries) in other.field_permissions {
            self.field_permissions
                .entry(object)
                .or_default()
                .extend(entries);
        }
        self.user_permissions.extend(other.user_permissions);
        self.custom_permissions.extend(other.custom_permissions);
        self.record_types.extend(other.record_types);
        self.connected_apps.extend(other.connected_apps);
        self.login_limits = self.login_limits.take().or(other.login_limits);
        self.at = self.at.or(other.at);
    }
}

/// The run of entries that compare equal, in a list sorted by the same comparison.
fn equal_range<T>(entries: &[T], compare: impl Fn(&T) -> std::cmp::Ordering) -> &[T] {
    let start = entries.partition_point(|entry| compare(entry).is_lt());
    let rest = entries.get(start..).unwrap_or_default();
    // Most look-ups find one entry or none.
    let len = rest
        .iter()
        .take_while(|entry| compare(entry).is_eq())
        .count();
    rest.get(..len).unwrap_or_default()
}

/// A permission set group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionSetGroup {
    /// Developer name, with its namespace.
    pub name: Name,
    /// The label that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// `Updated`, `Outdated`, `Updating` or `Failed`: whether the aggregate is current.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// A session-based group.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_activation_required: bool,
    /// The permission sets in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Name>,
    /// Its muting permission sets (at most one on today's platform).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mutings: Vec<Name>,
    /// The permission set that the platform computes for the group, muting applied (live orgs only). Where
    /// it is there it decides, and members and mutings only explain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<Box<PermissionSet>>,
    /// Whether the group could not be read in full: it may have other members and mutings.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

impl PermissionSetGroup {
    /// A group of which only the name is known.
    pub fn new(name: Name) -> Self {
        Self {
            name,
            label: None,
            status: None,
            has_activation_required: false,
            members: Vec::new(),
            mutings: Vec::new(),
            aggregate: None,
            incomplete: false,
            at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ObjectRight::*;

    #[test]
    fn what_lost_its_prerequisite_is_dropped_in_turn() {
        let rights: ObjectRights = [Read, Delete, ModifyAll, ViewAll].into_iter().collect();
        assert_eq!(
            rights.with_prerequisites_met(),
            [Read, ViewAll].into_iter().collect()
        );
        let no_read = ObjectRights::all().minus(ObjectRights::NONE.with(Read));
        assert_eq!(no_read.with_prerequisites_met(), ObjectRights::NONE);
        assert_eq!(
            ObjectRights::all().with_prerequisites_met(),
            ObjectRights::all()
        );
    }

    #[test]
    fn entries_of_merged_files_are_all_found_whatever_the_case() {
        let entry = |object: &str, right| ObjectPermissions {
            object: object.into(),
            rights: ObjectRights::NONE.with(right),
            at: None,
        };
        let mut set = PermissionSet::new(ContainerKind::PermissionSet, "A".into());
        set.object_permissions = vec![entry("lead", Read), entry("Account", Read)];
        let mut other = set.clone();
        other.object_permissions = vec![entry("ACCOUNT", Edit)];
        set.merge(other);
        set.sort();
        assert_eq!(set.object(&"account".into()).len(), 2);
        assert!(set.object_rights(&"Account".into()).has(Edit));
        assert!(set.object(&"Case".into()).is_empty());
    }
}
