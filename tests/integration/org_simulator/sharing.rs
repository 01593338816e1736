//! Which records a user reaches: owner, org-wide default, role hierarchy, sharing rules, queues and groups, the parent
//! of a controlled record, View All and Modify All.
//!
//! Restriction rules are left out, as `UserRecordAccess` leaves them out (Object Reference, UserRecordAccess).

use std::collections::BTreeSet;

use serde_json::Value;

use super::model::{ObjectModel, Row};
use super::org::{Org, flag, same_id, text};
use super::rights::Rights;

/// How far a user reaches a record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    #[default]
    None,
    Read,
    Edit,
    /// Owner, above the owner, or Modify All: delete and transfer besides.
    All,
}

/// Deepest chain of parents and roles that is followed.
const DEEPEST: usize = 20;

/// How far sharing lets the user reach a record; object permissions are another matter.
pub(crate) fn level(org: &Org, rights: &Rights, object: &ObjectModel, row: &Row) -> Level {
    reach(org, rights, object, row, 0)
}

fn reach(org: &Org, rights: &Rights, object: &ObjectModel, row: &Row, depth: usize) -> Level {
    let on_object = rights.object(&object.name);
    if on_object.modify_all {
        return Level::All;
    }
    let mut level = if on_object.view_all {
        Level::Read
    } else {
        Level::None
    };
    if object.sharing == "ControlledByParent" && depth < DEEPEST {
        let field = object.parent_field.as_deref().unwrap_or_default();
        let parent = text(row, field);
        let parent = org.object_of_id(parent).zip(org.by_id(parent));
        // A record without its parent is nobody's but the owner's.
        return match parent {
            Some((model, (_, parent))) => level.max(reach(org, rights, model, parent, depth + 1)),
            None => level.max(by_owner(org, rights, row)),
        };
    }
    level = level.max(match object.sharing.as_str() {
        "Read" => Level::Read,
        "ReadWrite" | "ReadWriteTransfer" | "FullAccess" => Level::Edit,
        _ => Level::None,
    });
    level = level.max(by_owner(org, rights, row));
    level = level.max(by_rules(org, rights, object, row));
    if object.name == "Account"
        && level == Level::None
        && depth == 0
        && is_implicit_parent(org, rights, row)
    {
        level = Level::Read;
    }
    level
}

/// The owner, members of an owning queue, and everybody above the owner in the role hierarchy.
fn by_owner(org: &Org, rights: &Rights, row: &Row) -> Level {
    let owner = text(row, "OwnerId");
    if owner.is_empty() {
        return Level::None;
    }
    if same_id(owner, &rights.user) || is_in_group(org, &rights.user, owner, 0) {
        return Level::All;
    }
    let role = |user: &str| {
        org.by_id(user)
            .map(|(_, row)| text(row, "UserRoleId").to_owned())
            .unwrap_or_default()
    };
    let own = role(&rights.user);
    if !own.is_empty() && is_below(org, &role(owner), &own) {
        Level::All
    } else {
        Level::None
    }
}

/// Whether a role is below another one.
fn is_below(org: &Org, role: &str, above: &str) -> bool {
    let mut role = role.to_owned();
    for _ in 0..DEEPEST {
        let Some((_, row)) = org.by_id(&role) else {
            return false;
        };
        let parent = text(row, "ParentRoleId").to_owned();
        if !parent.is_empty() && same_id(&parent, above) {
            return true;
        }
        role = parent;
    }
    false
}

fn is_in_group(org: &Org, user: &str, group: &str, depth: usize) -> bool {
    depth < DEEPEST
        && org
            .rows("GroupMember")
            .iter()
            .filter(|row| same_id(text(row, "GroupId"), group))
            .any(|row| {
                let member = text(row, "UserOrGroupId");
                same_id(member, user)
                    || (member.starts_with("00G") && is_in_group(org, user, member, depth + 1))
            })
}

/// Whether a user is among those that a sharing rule names: `{"role": "Sales"}`, `{"allInternalUsers": ""}` …
fn is_in(org: &Org, user: &str, to: &Value) -> bool {
    to.as_object().into_iter().flatten().any(|(kind, name)| {
        let name = name.as_str().unwrap_or_default();
        let role = org
            .by_id(user)
            .map(|(_, row)| text(row, "UserRoleId").to_owned())
            .unwrap_or_default();
        let named = org
            .find("UserRole", "DeveloperName", name)
            .map(|row| text(row, "Id").to_owned())
            .unwrap_or_default();
        match kind.as_str() {
            "allInternalUsers" => true,
            "group" | "queue" => org
                .find("Group", "DeveloperName", name)
                .is_some_and(|group| is_in_group(org, user, text(group, "Id"), 0)),
            "role" => !role.is_empty() && same_id(&role, &named),
            "roleAndSubordinates" | "roleAndSubordinatesInternal" => {
                !role.is_empty() && (same_id(&role, &named) || is_below(org, &role, &named))
            }
            _ => false,
        }
    })
}

fn by_rules(org: &Org, rights: &Rights, object: &ObjectModel, row: &Row) -> Level {
    let rules = org
        .metadata
        .get(&("SharingRules".to_owned(), object.name.clone()));
    let list = |kind: &str| {
        let rules = rules
            .and_then(|rules| rules.get(kind))
            .and_then(Value::as_array);
        rules.cloned().unwrap_or_default()
    };
    let level_of = |rule: &Value| match rule.get("accessLevel").and_then(Value::as_str) {
        Some("Edit") => Level::Edit,
        Some("Read") => Level::Read,
        _ => Level::None,
    };
    let to_user = |rule: &Value| {
        rule.get("sharedTo")
            .is_some_and(|to| is_in(org, &rights.user, to))
    };
    let owned = list("sharingOwnerRules").into_iter().filter(|rule| {
        let owner = text(row, "OwnerId");
        let from = rule.get("sharedFrom");
        to_user(rule)
            && from.is_some_and(|from| is_in(org, owner, from) || is_queue(org, owner, from))
    });
    let criteria = list("sharingCriteriaRules").into_iter().filter(|rule| {
        let items = rule
            .get("criteriaItems")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        to_user(rule) && !items.is_empty() && items.iter().all(|item| meets(row, item))
    });
    owned
        .chain(criteria)
        .map(|rule| level_of(&rule))
        .max()
        .unwrap_or_default()
}

fn is_queue(org: &Org, owner: &str, from: &Value) -> bool {
    let queue = from.get("queue").and_then(Value::as_str);
    queue
        .and_then(|name| org.find("Group", "DeveloperName", name))
        .is_some_and(|row| same_id(text(row, "Id"), owner))
}

fn meets(row: &Row, item: &Value) -> bool {
    let part = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    let cell = row.get(part("field")).map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let cell = cell.unwrap_or_default();
    match part("operation") {
        "equals" => part("value")
            .split(',')
            .any(|wanted| wanted.trim().eq_ignore_ascii_case(&cell)),
        "notEqual" => !cell.eq_ignore_ascii_case(part("value")),
        "startsWith" => cell
            .to_lowercase()
            .starts_with(&part("value").to_lowercase()),
        "contains" => cell.to_lowercase().contains(&part("value").to_lowercase()),
        _ => false,
    }
}

/// Whoever reaches a contact or opportunity reads its account.
fn is_implicit_parent(org: &Org, rights: &Rights, account: &Row) -> bool {
    let id = text(account, "Id");
    let children: BTreeSet<&str> = BTreeSet::from(["Contact", "Opportunity", "Case"]);
    children
        .into_iter()
        .filter_map(|name| org.object(name))
        .any(|child| {
            rights.object(&child.name).read
                && child.sharing != "ControlledByParent"
                && org
                    .rows(&child.name)
                    .iter()
                    .filter(|row| same_id(text(row, "AccountId"), id) && !flag(row, "IsDeleted"))
                    .any(|row| reach(org, rights, child, row, 1) > Level::None)
        })
}
