//! The integration user and what is assigned to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Login, Name, OtherShares, UserGroup};

/// One assignment of a permission set or a permission set group to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// What is assigned.
    pub of: Assigned,
    /// When the assignment ends (RFC 3339); none for one without an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Whether Salesforce counts it as active; none where the org does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// Whether a user access policy revoked it; none where the org does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_revoked: Option<bool>,
}

/// What an assignment assigns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assigned {
    /// A permission set, by API name.
    PermissionSet(Name),
    /// A permission set group, by developer name.
    PermissionSetGroup(Name),
}

impl Assigned {
    /// The words for a report: `permission set HubSpot_Sync`.
    pub fn label(&self) -> String {
        match self {
            Self::PermissionSet(name) => format!("permission set {name}"),
            Self::PermissionSetGroup(name) => format!("permission set group {name}"),
        }
    }
}

/// A Salesforce user, as far as an audit needs to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Record id, 18 characters.
    pub id: String,
    /// The name that the user logs in with.
    pub username: String,
    /// The name that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the user may log in at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// `Standard`, `PowerPartner` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_type: Option<String>,
    /// The profile, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Name>,
    /// The role, by name; none for a user without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Id of the role, which the role hierarchy knows it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_id: Option<String>,
    /// The groups and queues that the user is in, directly or through others; none where they were not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<UserGroup>>,
    /// Territories and teams that the user is in; none where they were not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_shares: Option<OtherShares>,
    /// Whether the containers that are assigned hold every object that they let the user change, and not only those of
    /// the snapshot's scope.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changes_read: bool,
    /// How many other active users have the same profile; none where the source does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others_with_profile: Option<u64>,
    /// The user's latest logins, newest first; none where the source does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logins: Option<Vec<Login>>,
    /// The user licence, by name: `Salesforce`, `Salesforce Integration` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Permission set licences held, by developer name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permission_set_licenses: Vec<Name>,
    /// Whether an admin froze the user (UserLogin, `IsFrozen`); none where the source does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_frozen: Option<bool>,
    /// Whether too many wrong passwords locked the user (UserLogin, `IsPasswordLocked`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_password_locked: Option<bool>,
    /// When the user last logged in (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_login_at: Option<String>,
    /// What Salesforce itself answers on the user's access, for comparison with what is computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platform_access: Vec<PlatformAccess>,
    /// What is assigned, the profile's own permission set left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<Assignment>,
    /// What the validation rules of the objects ask of the user's own record and of hierarchy custom settings:
    /// values by global (`$User.Bypass__c`, `$Setup.Sync__c.Off__c`). Nothing else of these records is kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub globals: BTreeMap<Name, GlobalValue>,
}

/// The value of a formula's global.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum GlobalValue {
    /// A checkbox.
    Checkbox(bool),
    /// A number; of a percent field as formulas see it, 0.15 for 15 %.
    Number(serde_json::Number),
    /// A text.
    Text(String),
    /// No value.
    Blank,
}

/// Salesforce's own answer on a user's access to one object or field (Object Reference, UserEntityAccess and
/// UserFieldAccess). It has every rule in it, licences among them; sharing is another matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformAccess {
    /// The object.
    pub object: Name,
    /// The field; none for an answer on the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Name>,
    /// `IsReadable`, `IsAccessible` of a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<bool>,
    /// `IsCreatable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<bool>,
    /// `IsUpdatable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<bool>,
    /// `IsDeletable`; never of a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<bool>,
}
