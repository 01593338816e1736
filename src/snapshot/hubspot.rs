//! What HubSpot's API tells of an account: the token, what it may ask, properties, users.
//!
//! In: nothing; `permgap hubspot` fills it. Out: plain data that audits read beside the org. Holds no token and no
//! record of a customer.

pub mod policy;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::CoverageStatus;

/// What kind of credential a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// A service key or the token of a private app (`pat-…`), which look alike.
    Static,
    /// The access token of an OAuth app.
    #[serde(rename = "oauth")]
    OAuth,
    /// An old API key, or something else that is no API access token.
    NotAToken,
    /// Not told.
    #[default]
    Unknown,
}

/// What HubSpot says of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenState {
    /// It is accepted.
    Accepted,
    /// It was one, and has expired.
    Expired,
    /// HubSpot calls it expired since 1970: it is of the wrong kind.
    WrongKind,
    /// HubSpot does not know it.
    NotKnown,
    /// HubSpot did not say.
    #[default]
    Unanswered,
}

/// A refusal as the server worded it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// HTTP status; none where there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// HubSpot's category: `MISSING_SCOPES`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// HubSpot's message, or what went wrong on the way.
    pub message: String,
    /// For HubSpot's support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The scopes of which any one would do, as the server names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_of_scopes: Vec<String>,
}

/// The token that facts were read with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubSpotToken {
    /// Its kind, as far as its shape tells.
    pub kind: TokenKind,
    /// What HubSpot says of it.
    pub state: TokenState,
    /// The scopes granted; none where HubSpot does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<BTreeSet<String>>,
    /// Seconds until it expires, for an OAuth token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
    /// Whether calls run with one user's own rights, by the field `isUserLevel` (its meaning follows from its name only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_level: Option<bool>,
    /// The user who made or installed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Why HubSpot did not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

/// The account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubSpotAccount {
    /// Portal id.
    pub portal_id: i64,
    /// `STANDARD`, `SANDBOX`, `DEVELOPER_TEST`, `APP_DEVELOPER`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_type: Option<String>,
    /// Where its data are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_hosting: Option<String>,
}

/// An allowance of API calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiUsage {
    /// HubSpot's name for it.
    pub name: String,
    /// Calls allowed.
    pub limit: i64,
    /// Calls used.
    pub used: i64,
}

/// One call that was tried for a feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The feature.
    pub feature: String,
    /// `GET /crm/v3/owners`.
    pub call: String,
    /// The refusal; none where the server answered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

/// One property of a HubSpot object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubSpotProperty {
    /// Internal name.
    pub name: String,
    /// Data type: `enumeration`.
    #[serde(rename = "type")]
    pub data_type: String,
    /// How it is entered: `select`, `checkbox`.
    pub field_type: String,
    /// Whether it is archived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// Whether HubSpot computes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub calculated: bool,
    /// Whether its values can be written; none where HubSpot does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only_value: Option<bool>,
    /// Whether HubSpot made it, and nobody of the account; none where HubSpot does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hubspot_defined: Option<bool>,
    /// Whether the history of a record names Salesforce as a source of its values; none where no history was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_salesforce: Option<bool>,
    /// `OWNER` for a property of HubSpot users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referenced_object_type: Option<String>,
    /// Whether its options are kept elsewhere, so that those listed are not all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub external_options: bool,
    /// Values of its options.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

impl HubSpotProperty {
    /// Whether it is named as the sync names the properties that it makes of custom fields: `renewal_date__c`.
    pub fn is_named_after_a_field(&self) -> bool {
        self.name
            .strip_suffix("__c")
            .is_some_and(|before| !before.is_empty())
    }
}

/// Rows of one kind, with how far they were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part<T> {
    /// How far.
    pub status: CoverageStatus,
    /// Why not further.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The rows.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<T>,
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self {
            status: CoverageStatus::Absent,
            reason: None,
            rows: Vec::new(),
        }
    }
}

/// A HubSpot user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubSpotUser {
    /// User id.
    pub id: String,
    /// E-mail address.
    #[serde(default)]
    pub email: String,
    /// Whether the user may do everything.
    #[serde(default)]
    pub super_admin: bool,
    /// Names or ids of permission sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permission_sets: Vec<String>,
    /// Names of seats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<String>,
    /// Names or ids of teams, the primary one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
}

/// A HubSpot owner, who becomes the owner of Salesforce records by the same address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HubSpotOwner {
    /// The address, in lower case: Salesforce and HubSpot compare addresses without regard to it.
    pub email: String,
    /// The name that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// An archived owner is given no new records.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
}

/// HubSpot's owners as an audit is given them: from a file, or from saved facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownOwners<'a> {
    /// The owners.
    pub rows: &'a [HubSpotOwner],
    /// What was not read of them, where they are not all.
    pub incomplete: Option<&'a str>,
}

/// A super admin's rights given or taken, from the security activity of an Enterprise account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminChange {
    /// HubSpot's type: `ADD_ADMIN_PERMISSIONS`.
    #[serde(rename = "type")]
    pub change: String,
    /// When (RFC 3339).
    pub at: String,
    /// Whose rights changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Who changed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Everything known of a HubSpot account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubSpotFacts {
    /// When it was read (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected_at: Option<String>,
    /// The account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<HubSpotAccount>,
    /// The token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<HubSpotToken>,
    /// What the token is meant for: names of features.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// Scopes that the app asks for only where the account can grant them, as declared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional_scopes: Vec<String>,
    /// Calls that were tried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<Probe>,
    /// API usage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usage: Vec<ApiUsage>,
    /// Properties by HubSpot's plural of the object: `contacts`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Part<HubSpotProperty>>,
    /// Users.
    #[serde(default)]
    pub users: Part<HubSpotUser>,
    /// Changes of super admins.
    #[serde(default)]
    pub admin_changes: Part<AdminChange>,
    /// Owners with an address; queues and teams have none.
    #[serde(default)]
    pub owners: Part<HubSpotOwner>,
    /// What is declared of connectors, users and apps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<policy::Policy>,
}
