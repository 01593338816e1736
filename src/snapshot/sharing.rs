//! What decides over single records: groups of the user, restriction rules, who owns what, and record samples.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Name, Place};

/// A group or queue that the user is a member of, directly or through another group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UserGroup {
    /// Developer name, which sharing rules use.
    pub name: Name,
    /// `Regular`, `Queue`, `Role` … (Object Reference, Group: `Type`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Record id, 18 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What opens records to the user one by one, beside sharing rules: how many of each it is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherShares {
    /// Active assignments to territories, which open accounts and what hangs on them (Object Reference,
    /// UserTerritory2Association).
    #[serde(default)]
    pub territories: u64,
    /// Accounts in whose team the user is (Object Reference, AccountTeamMember); 2000 stands for more.
    #[serde(default)]
    pub account_teams: u64,
    /// Opportunities in whose team the user is (Object Reference, OpportunityTeamMember); 2000 stands for more.
    #[serde(default)]
    pub opportunity_teams: u64,
}

/// A restriction rule: takes away records that sharing gives (Tooling API, RestrictionRule).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestrictionRule {
    /// The object whose records it hides.
    pub object: Name,
    /// API name.
    pub name: Name,
    /// Whether it is on.
    pub active: bool,
    /// `Restrict` hides records; `Scoping` only changes what lists show first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforcement: Option<String>,
    /// Whom it applies to, as a formula: `$User.UserRoleId = '00E…'`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_criteria: Option<String>,
    /// Which records it leaves, as a formula.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_filter: Option<String>,
    /// Where it is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// A user beside the integration user: one who owns records, or whom HubSpot knows as an owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Record id, 18 characters.
    pub id: String,
    /// The name that the user logs in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The name that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address that HubSpot matches owners by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the user may log in at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// `Standard`, `CsnOnly` (Chatter), `PowerPartner` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_type: Option<String>,
    /// Id of the role; none for a user without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_id: Option<String>,
    /// The profile, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Name>,
    /// The user licence, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
}

/// Who owns the records of one object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ownership {
    /// Whether every owner is counted, and not only those with the most records.
    pub complete: bool,
    /// Records by the owner's id, a user's or a queue's.
    pub records: BTreeMap<String, u64>,
}

/// What Salesforce answered on a sample of one object's records (Object Reference, UserRecordAccess). It holds counts
/// and a few ids, and nothing else of the records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSample {
    /// Whether the sample is all records of the object.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub complete: bool,
    /// What was seen of each stratum, in a fixed order.
    pub strata: Vec<Stratum>,
    /// Each record that Salesforce answered on, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<SampledRecord>,
}

/// What Salesforce answered on one record for the user (Object Reference, UserRecordAccess).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SampledRecord {
    /// Record id.
    pub id: String,
    /// Whether the user can read it.
    pub readable: bool,
    /// Whether the user can edit it.
    pub editable: bool,
}

/// Records that have the same kind of owner, record type and age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    /// Whose records they are: `owned in EMEA`, `owned by users without a role`, `owned by queues`.
    pub owner: String,
    /// Whether the owners are active; none for queues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_active: Option<bool>,
    /// Developer name of the record type; none without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_type: Option<Name>,
    /// `newest` or `oldest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<String>,
    /// Records that Salesforce answered on.
    pub asked: u64,
    /// Records of these that the user can read.
    pub readable: u64,
    /// Records of these that the user can edit.
    pub editable: u64,
    /// Ids of a few records that the user cannot edit, or cannot read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

/// One login of the user (Object Reference, LoginHistory).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// When (RFC 3339).
    pub at: String,
    /// `Application` for a person at a browser, `Remote Access 2.0` for OAuth …
    pub kind: String,
    /// `Browser`, or the connected app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
}
