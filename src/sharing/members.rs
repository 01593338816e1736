//! Who is among those that a sharing rule names, and who is above whom.

use super::Sharing;
use crate::effective::Known;
use crate::snapshot::{Area, Role, User, same_id};

/// Deepest role hierarchy that is walked; an org may have 500 roles in one line at worst, and a loop in bad data ends here.
const DEEPEST_ROLE: usize = 500;

/// Whether one of the parties is everybody inside the org.
pub(super) fn names_everybody(parties: &[(String, String)]) -> bool {
    parties.iter().any(|(kind, _)| kind == "allInternalUsers")
}

/// `role Sales, queue Inbound`, for a person.
pub(super) fn list(parties: &[(String, String)]) -> String {
    let words: Vec<String> = parties
        .iter()
        .map(|(kind, name)| match kind.as_str() {
            "allInternalUsers" => "all internal users".to_owned(),
            "role" => format!("role {name}"),
            "roleAndSubordinates" => format!("role {name} and its subordinates"),
            "roleAndSubordinatesInternal" => format!("role {name} and its internal subordinates"),
            "group" => format!("group {name}"),
            "queue" => format!("queue {name}"),
            _ => format!("{kind} {name}").trim_end().to_owned(),
        })
        .collect();
    if words.is_empty() {
        "nobody named".to_owned()
    } else {
        words.join(", ")
    }
}

impl Sharing<'_> {
    pub(super) fn role(&self, id: &str) -> Option<&Role> {
        self.snapshot
            .roles
            .iter()
            .find(|role| same_id(&role.id, id))
    }

    /// Whether a role is below another.
    pub(super) fn is_below(&self, role: &str, above: &str) -> bool {
        let mut at = role.to_owned();
        for _ in 0..DEEPEST_ROLE {
            let Some(parent) = self.role(&at).and_then(|role| role.parent_id.clone()) else {
                return false;
            };
            if same_id(&parent, above) {
                return true;
            }
            at = parent;
        }
        false
    }

    /// Whether the integration user is among the parties of a rule.
    pub(super) fn is_among(&self, user: &User, parties: &[(String, String)]) -> Known {
        let internal = user
            .user_type
            .as_deref()
            .is_none_or(|kind| kind.eq_ignore_ascii_case("Standard"));
        parties.iter().fold(Known::No, |sum, (kind, name)| {
            sum.or(match kind.as_str() {
                "allInternalUsers" => internal.into(),
                "role" | "roleAndSubordinates" | "roleAndSubordinatesInternal" => {
                    self.has_role(user.role_id.as_deref(), name, kind != "role")
                }
                "group" | "queue" => match &user.groups {
                    Some(groups) => groups.iter().any(|group| group.name.is(name)).into(),
                    None => Known::Unknown,
                },
                "allCustomerPortalUsers" | "allPartnerUsers" | "guestUser" if internal => Known::No,
                "portalRole" | "portalRoleAndSubordinates" if internal => Known::No,
                _ => Known::Unknown,
            })
        })
    }

    /// Whether a user with role `id` has the role of that developer name, or one below it.
    pub(super) fn has_role(&self, id: Option<&str>, name: &str, or_below: bool) -> Known {
        let Some(id) = id else {
            return if self.snapshot.coverage.is_read(Area::User) {
                Known::No
            } else {
                Known::Unknown
            };
        };
        let named = (self.snapshot.roles.iter()).find(|role| {
            role.developer_name
                .as_ref()
                .is_some_and(|role_name| role_name.is(name))
        });
        match named {
            Some(role) => (same_id(&role.id, id) || or_below && self.is_below(id, &role.id)).into(),
            None => Known::Unknown,
        }
    }
}
