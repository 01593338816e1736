//! Every path of HubSpot's API that permgap asks for, and nowhere else.
//!
//! Versions are those of HubSpot's public API specifications of 2026-08 (`HubSpot/HubSpot-public-api-spec-collection`). The
//! numbered ones end in September 2027, `/oauth/v1` on 2027-02-16: to move on, change this file.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What a static token may (POST; four public clients agree, HubSpot's specifications leave it out).
pub(super) const STATIC_TOKEN: &str = "/oauth/v2/private-apps/get/access-token-info";

/// The account's identity.
pub(super) const ACCOUNT: &str = "/account-info/v3/details";

/// Calls used today.
pub(super) const USAGE: &str = "/account-info/v3/api-usage/daily/private-apps";

/// Security activities, a page.
pub(super) const SECURITY: &str = "/account-info/v3/activity/security?limit=100";

/// Users, a page.
pub(super) const USERS: &str = "/settings/v3/users?limit=100";

/// Names of permission sets.
pub(super) const ROLES: &str = "/settings/v3/users/roles";

/// Names of teams.
pub(super) const TEAMS: &str = "/settings/v3/users/teams";

/// Owners, a page.
pub(super) const OWNERS: &str = "/crm/v3/owners?limit=100";

/// Archived owners, a page.
pub(super) const ARCHIVED_OWNERS: &str = "/crm/v3/owners?limit=100&archived=true";

/// What an OAuth access token may. HubSpot takes the token in the path.
pub(super) fn oauth_token(token: &str) -> String {
    format!("/oauth/v1/access-tokens/{}", escaped(token))
}

/// The properties of an object, those in use or the archived ones.
pub(super) fn properties(object: &str, archived: bool) -> String {
    let query = if archived { "?archived=true" } else { "" };
    format!("/crm/v3/properties/{}{query}", escaped(object))
}

/// A few records of an object with the history of some properties, of which only the sources are looked at.
pub(super) fn histories(object: &str, properties: &[&str]) -> String {
    format!(
        "/crm/v3/objects/{}?limit=20&propertiesWithHistory={}",
        escaped(object),
        escaped(&properties.join(","))
    )
}

/// The page of a list after a mark.
pub(super) fn after(list: &str, mark: &str) -> String {
    format!("{list}&after={}", escaped(mark))
}

/// What is asked once to see the server's own answer for a feature; none for features that write, and for those that
/// cannot be asked harmlessly.
pub(super) fn probe(feature: &str) -> Option<&'static str> {
    Some(match feature {
        "account" => ACCOUNT,
        "owners" => "/crm/v3/owners?limit=1",
        "teams" => TEAMS,
        "contacts-read" => "/crm/v3/objects/contacts?limit=1&properties=hs_object_id",
        "companies-read" => "/crm/v3/objects/companies?limit=1&properties=hs_object_id",
        "deals-read" => "/crm/v3/objects/deals?limit=1&properties=hs_object_id",
        "tickets" => "/crm/v3/objects/tickets?limit=1&properties=hs_object_id",
        "leads-read" => "/crm/v3/objects/leads?limit=1&properties=hs_object_id",
        "custom-schemas-read" => "/crm-object-schemas/v3/schemas",
        "forms" => "/marketing/v3/forms?limit=1",
        _ => return None,
    })
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
