//! Restriction rules, which hide records that sharing opens.

use super::Sharing;
use crate::effective::Known;
use crate::snapshot::{Name, ObjectRight, RestrictionRule, same_id};

/// The standard objects that have restriction rules, beside custom and external ones ("Restriction Rule Considerations",
/// Security Implementation Guide).
const RESTRICTED: [&str; 6] = [
    "Contract",
    "Event",
    "Quote",
    "Task",
    "TimeSheet",
    "TimeSheetEntry",
];

impl<'a> Sharing<'a> {
    /// The active restriction rules of an object that hold for the user, or may.
    ///
    /// Whoever has View All or Modify All on the object, or on all data, is exempt ("Restriction Rule Considerations",
    /// Security Implementation Guide).
    pub fn restrictions(&self, object: &Name) -> Vec<(&'a RestrictionRule, Known)> {
        let exempt = self.exempt(object);
        if exempt == Known::Yes {
            return Vec::new();
        }
        (self.snapshot.restriction_rules.iter().flatten())
            .filter(|rule| rule.object == *object && rule.active)
            .filter(|rule| {
                let kind = rule.enforcement.as_deref().unwrap_or("Restrict");
                !kind.eq_ignore_ascii_case("Scoping")
            })
            .map(|rule| (rule, self.holds(rule).and(!exempt)))
            .filter(|(_, holds)| *holds != Known::No)
            .collect()
    }

    /// Whether an object may have restriction rules that nobody looked at.
    pub fn restrictions_unread(&self, object: &Name) -> bool {
        let may_have = object.is_custom() || RESTRICTED.iter().any(|name| object.is(name));
        may_have && self.snapshot.restriction_rules.is_none() && self.exempt(object) != Known::Yes
    }

    /// Whether restriction rules do not hold for the user at all. Tasks and events have no View All of their own: there
    /// the permissions over all data count.
    fn exempt(&self, object: &Name) -> Known {
        let access = self.effective.object(object);
        access
            .right(ObjectRight::ViewAll)
            .or(access.right(ObjectRight::ModifyAll))
            .or(self.effective.user_permission("ViewAllData").known)
            .or(self.effective.user_permission("ModifyAllData").known)
    }

    /// Whether a rule's user criteria hold for the user: only a single comparison with a known fact is judged.
    fn holds(&self, rule: &RestrictionRule) -> Known {
        let (Some(user), Some(criteria)) = (self.user, rule.user_criteria.as_deref()) else {
            return Known::Unknown;
        };
        let Some((left, right)) = criteria.split_once('=') else {
            return Known::Unknown;
        };
        let Some(right) = literal(right) else {
            return Known::Unknown;
        };
        match left.trim().to_ascii_lowercase().as_str() {
            "$user.isactive" => match right.to_ascii_lowercase().as_str() {
                "true" => user.is_active.into(),
                "false" => user.is_active.map(|active| !active).into(),
                _ => Known::Unknown,
            },
            "$user.id" => same_id(right, &user.id).into(),
            "$user.userroleid" => user
                .role_id
                .as_deref()
                .is_some_and(|role| same_id(right, role))
                .into(),
            "$user.usertype" => user
                .user_type
                .as_deref()
                .map(|kind| kind.eq_ignore_ascii_case(right))
                .into(),
            _ => Known::Unknown,
        }
    }
}

/// A text in quotes, `true` or `false`; none for anything longer, which compares more than one thing.
fn literal(text: &str) -> Option<&str> {
    let text = text.trim();
    let inner = ['\'', '"'].iter().find_map(|quote| {
        let inner = text.strip_prefix(*quote)?.strip_suffix(*quote)?;
        (!inner.contains(*quote)).then_some(inner)
    });
    let plain = || {
        ["true", "false"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word))
            .then_some(text)
    };
    inner.or_else(plain)
}
