//! What a profile demands of a login: from which addresses, at which hours.

use serde::{Deserialize, Serialize};

use super::{Name, Place};

/// A range of IP addresses that a profile lets its users log in from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpRange {
    /// First address of the range, as written.
    pub start: String,
    /// Last address of the range, as written.
    pub end: String,
    /// Where the entry was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// The limits that a profile puts on logins (Metadata API Developer Guide, Profile: `loginIpRanges`,
/// `loginHours`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginLimits {
    /// The addresses allowed; an empty list allows all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ip_ranges: Vec<IpRange>,
    /// The hours allowed: pairs such as `("mondayStart", "480")`, in minutes after midnight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<(String, String)>,
    /// Where the hours were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_at: Option<Place>,
}

/// An app that connects to the org over OAuth, as far as its policy limits who may use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectedApp {
    /// Its name.
    pub name: Name,
    /// Only users to whom a profile or permission set grants the app may use it (Object Reference,
    /// ConnectedApplication, `OptionsAllowAdminApprovedUsersOnly`).
    pub admin_approved_only: bool,
    /// Whether the integration user holds a token of it (OauthToken); none where the source does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by_user: Option<bool>,
}
