//! What surrounds the user in an org: roles, queues, installed packages.

use serde::{Deserialize, Serialize};

use super::Name;

/// A role of the role hierarchy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Record id, 18 characters.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// API name, which sharing rules use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub developer_name: Option<Name>,
    /// Id of the role above; none at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
}

/// A queue, which may own records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Record id of its group, 18 characters.
    pub id: String,
    /// The name that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// API name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub developer_name: Option<Name>,
    /// The objects, of those looked at, whose records it may own; sorted.
    pub objects: Vec<Name>,
}

/// The licence of a managed package (Object Reference, PackageLicense).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageLicense {
    /// `Active`, `Expired`, `Free`, `Trial`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Users that may use it; -1 is a licence for the whole org, which nobody has to be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<i64>,
    /// Users that have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<i64>,
    /// Whether the integration user has it (UserPackageLicense); none where the source does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by_user: Option<bool>,
}

/// A package that is installed in the org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledPackage {
    /// Namespace; none for an unlocked package without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Name>,
    /// The name that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Version: `1.44`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its licence, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<PackageLicense>,
}
