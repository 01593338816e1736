//! The integration user itself, and the rights of the session's own user.

use std::collections::BTreeMap;

use super::LiveError;
use super::ask::Ask;
use super::wire::{OwnRights, UserRow, UsernameRow};
use crate::effective::nearest;
use crate::salesforce::soql::{OrgSchema, Query, is_record_id};
use crate::snapshot::{Area, Name, User};

/// Characters of a username that was not found by which others are looked for.
const BEGINNING: usize = 4;

/// Finds the user by username or id. Without it there is nothing to collect.
pub(super) async fn find(ask: &Ask<'_>, wanted: &str) -> Result<UserRow, LiveError> {
    let none = OrgSchema::default();
    let by_id = is_record_id(wanted) && wanted.starts_with("005");
    let binding = if by_id {
        Query::UsersById.bind().ids("users", [wanted])
    } else {
        Query::UserByUsername.bind().texts("username", [wanted])
    };
    let statements = binding.statements(&none)?;
    ask.ledger.ask(&[Area::User]);
    let rows: Vec<UserRow> = ask.client.query_all(&statements).await?;
    ask.ledger.answer(&[Area::User], rows.len());
    match rows.into_iter().next() {
        Some(row) => Ok(row),
        None => Err(LiveError::NoSuchUser {
            wanted: wanted.to_owned(),
            host: ask.client.instance_url().host().to_owned(),
            nearest: like(ask, wanted).await,
        }),
    }
}

/// Usernames near one that was not found; none where that cannot be told.
async fn like(ask: &Ask<'_>, wanted: &str) -> Vec<String> {
    let beginning: String = wanted
        .chars()
        .take(BEGINNING)
        .take_while(|c| c.is_alphanumeric())
        .collect();
    if beginning.is_empty() {
        return Vec::new();
    }
    let binding = Query::UsersLike
        .bind()
        .texts("pattern", [format!("{beginning}%")]);
    let Ok(statements) = binding.statements(&OrgSchema::default()) else {
        return Vec::new();
    };
    let Ok(rows) = ask.client.query_all::<UsernameRow>(&statements).await else {
        return Vec::new();
    };
    let names: Vec<Name> = rows.iter().map(|row| Name::new(&row.username)).collect();
    let near = nearest(&Name::new(wanted), names.iter());
    if near.is_empty() {
        names.iter().take(3).map(Name::to_string).collect()
    } else {
        near
    }
}

/// The user with what its own row tells.
pub(super) fn user_of(row: &UserRow) -> User {
    let profile = row.profile.as_ref();
    User {
        id: row.id.clone(),
        username: row.username.clone(),
        name: row.name.clone(),
        is_active: row.is_active,
        user_type: row.user_type.clone(),
        profile: profile
            .and_then(|profile| profile.name.as_deref())
            .map(Name::new),
        role: row.user_role.as_ref().and_then(|role| role.name.clone()),
        role_id: row.user_role_id.clone(),
        license: profile
            .and_then(|profile| profile.user_license.as_ref())
            .and_then(|license| license.name.clone()),
        permission_set_licenses: Vec::new(),
        groups: None,
        other_shares: None,
        changes_read: false,
        others_with_profile: None,
        logins: None,
        is_frozen: None,
        is_password_locked: None,
        last_login_at: row.last_login_date.as_deref().map(super::wire::instant),
        platform_access: Vec::new(),
        assignments: Vec::new(),
        globals: BTreeMap::new(),
    }
}

/// What the session's own user may see. A right that could not be asked for is not known to be there.
#[derive(Debug, Clone, Default)]
pub(super) struct Caller {
    rights: Option<OwnRights>,
}

impl Caller {
    pub(super) async fn read(ask: &Ask<'_>, schema: &OrgSchema) -> Self {
        // Any area will do for the account: what a failure means is told area by area.
        let binding = Query::UserPermissionAccess.bind();
        let rows = ask
            .rows::<OwnRights>(&[Area::Assignments], binding, schema)
            .await;
        Self {
            rights: rows.and_then(|rows| rows.into_iter().next()),
        }
    }

    /// Whether the caller is known to have a system permission.
    pub(super) fn can(&self, permission: &str) -> bool {
        let column = format!("Permissions{permission}");
        self.rights.as_ref().is_some_and(|rights| {
            rights
                .0
                .get(&column)
                .and_then(serde_json::Value::as_bool)
                .unwrap_or(false)
        })
    }

    /// Whether Setup shows the caller all it has.
    pub(super) fn sees_setup(&self) -> bool {
        self.can("ViewSetup")
    }

    /// Whether the catalogue of fields shows the caller all it has.
    ///
    /// It hides fields from one without much right (measured in an org; Salesforce documents no more than that View Setup
    /// is needed), so that only a right over the whole org's schema or data is trusted.
    pub(super) fn sees_fields(&self) -> bool {
        self.sees_setup()
            && ["CustomizeApplication", "ModifyAllData", "ViewAllData"]
                .iter()
                .any(|permission| self.can(permission))
    }

    /// Whether the caller sees everybody's assignments (Object Reference, PermissionSetAssignment).
    pub(super) fn sees_assignments(&self) -> bool {
        ["ViewSetup", "AssignPermissionSets", "ManageUsers"]
            .iter()
            .any(|permission| self.can(permission))
    }

    /// Why rows may be missing, where a right is not there.
    pub(super) fn lacks(&self, permission: &str) -> String {
        if self.rights.is_none() {
            "what the session's user may see is not known, so missing rows prove nothing".to_owned()
        } else {
            format!(
                "the session's user lacks {permission}, so missing rows prove nothing: log in as an \
                 administrator who has it"
            )
        }
    }
}
