//! What HubSpot's API does not tell and a person declares: what each person may do through a connector, what users may do in
//! HubSpot, and what an app's installer needs.
//!
//! In: a file ([`crate::hubspot::policy`]) or saved facts. Out: plain data.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How far somebody may go with the records of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    None,
    /// See them.
    Read,
    /// Change them as well. Deleting is a right of its own in HubSpot, which neither scopes nor installs ask for.
    Write,
}

impl Level {
    /// The word used in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// A level, and whether it ends at somebody's own records or team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Access {
    /// How far.
    pub level: Level,
    /// Only on own records, or those of the team.
    pub limited: bool,
}

impl TryFrom<String> for Access {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let folded = text.trim().to_ascii_lowercase().replace(['_', ' '], "-");
        let (word, limited) = match folded
            .strip_suffix("-own")
            .or_else(|| folded.strip_suffix("-team"))
        {
            Some(word) => (word, true),
            None => (folded.as_str(), false),
        };
        let level = match word {
            "none" => Level::None,
            "read" | "view" => Level::Read,
            "write" | "edit" | "delete" => Level::Write,
            _ => {
                return Err(format!(
                    "`{}` is no right: write none, read or write (view and edit mean the same), with -own or -team where it ends there",
                    text.chars().take(80).collect::<String>()
                ));
            }
        };
        Ok(Self { level, limited })
    }
}

impl From<Access> for String {
    fn from(access: Access) -> Self {
        let end = if access.limited { "-own" } else { "" };
        format!("{}{end}", access.level.as_str())
    }
}

/// What uses the token: an AI tool, a connector, a script.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Connector {
    /// Its name, for people.
    pub name: String,
    /// Its scopes, where HubSpot was not asked or does not list them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

/// A person, or with the address `*` everybody else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Person {
    /// E-mail address in HubSpot.
    pub email: String,
    /// What the person may do through the connector, by object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may: Option<BTreeMap<String, Access>>,
    /// What the person may do in HubSpot itself, by object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<BTreeMap<String, Access>>,
    /// Other permissions that the person has: `App Marketplace access`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has: Option<Vec<String>>,
    /// Whether the person is meant to be super admin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub super_admin: Option<bool>,
    /// The last day on which the person is meant to be super admin.
    #[serde(
        default,
        deserialize_with = "crate::snapshot::date::maybe_date",
        skip_serializing_if = "Option::is_none"
    )]
    pub super_admin_until: Option<Date>,
    /// Whether the person has left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
}

/// An app, and what its installer must be able to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct App {
    /// Its name.
    pub name: String,
    /// Who installed it or is to install it, by address.
    pub installer: String,
    /// What the installer needs, by object.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<String, Access>,
    /// Other permissions that the installer needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

/// A user of HubSpot's own export.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExportedUser {
    /// E-mail address.
    pub email: String,
    /// The cells on role and permissions, as they stand there: no source tells their form.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub permissions: String,
}

/// Everything that one file declares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Policy {
    /// The file, as given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// HubSpot's export of users, relative to the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users_export: Option<String>,
    /// What uses the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<Connector>,
    /// People.
    #[serde(default, rename = "person", skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
    /// Apps.
    #[serde(default, rename = "app", skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<App>,
    /// The users of the export; none where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported: Option<Vec<ExportedUser>>,
}

impl Policy {
    /// The person with an address.
    pub fn person(&self, email: &str) -> Option<&Person> {
        self.people
            .iter()
            .find(|person| person.email.eq_ignore_ascii_case(email))
    }
}

/// What a scope lets whoever holds the token do: an object or a part of HubSpot, and how far. None for scopes that open nothing.
///
/// The form of scopes is that of HubSpot's public API specifications: `crm.objects.contacts.write`, and older single words.
pub fn opened_by(scope: &str) -> Option<(String, Level)> {
    let scope = scope.trim().to_ascii_lowercase();
    let bare = scope.strip_suffix(".v2").unwrap_or(&scope);
    let (path, level) = match bare.rsplit_once('.') {
        Some((path, "read")) => (path, Level::Read),
        Some((path, "write")) => (path, Level::Write),
        // An export reads everything; what else has no ending can be changed.
        _ if bare == "crm.export" => (bare, Level::Read),
        _ if bare == "oauth" || bare.is_empty() => return None,
        _ => (bare, Level::Write),
    };
    let path = path
        .strip_suffix(".sensitive")
        .or_else(|| path.strip_suffix(".highly_sensitive"))
        .unwrap_or(path);
    let last = path.rsplit('.').next().unwrap_or(path);
    let area = if path.starts_with("crm.schemas.") {
        format!("{last}-properties")
    } else {
        last.to_owned()
    };
    Some((area, level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_opens_one_thing_and_no_more() {
        for (scope, area, level) in [
            ("crm.objects.contacts.read", "contacts", Level::Read),
            ("crm.objects.contacts.write", "contacts", Level::Write),
            (
                "crm.objects.contacts.highly_sensitive.read.v2",
                "contacts",
                Level::Read,
            ),
            ("crm.schemas.deals.write", "deals-properties", Level::Write),
            ("tickets", "tickets", Level::Write),
            ("crm.export", "export", Level::Read),
            ("crm.import", "import", Level::Write),
            ("settings.users.teams.read", "teams", Level::Read),
            ("automation", "automation", Level::Write),
        ] {
            assert_eq!(opened_by(scope), Some((area.to_owned(), level)), "{scope}");
        }
        assert_eq!(opened_by("oauth"), None);
    }

    #[test]
    fn rights_are_read_in_hubspots_words_and_in_ours() {
        for (text, level, limited) in [
            ("none", Level::None, false),
            ("View", Level::Read, false),
            ("edit", Level::Write, false),
            ("Edit team", Level::Write, true),
            ("read-own", Level::Read, true),
        ] {
            assert_eq!(
                Access::try_from(text.to_owned()),
                Ok(Access { level, limited }),
                "{text}"
            );
        }
        assert!(Access::try_from("everything".to_owned()).is_err());
    }
}
