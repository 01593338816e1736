//! Counts, owner by owner, the records that the user reaches: proof in place of suspicion.

use super::{Level, OrgWideDefault, Reach, Sharing};
use crate::effective::Known;
use crate::finding::Confidence;
use crate::snapshot::{Name, Person, SharingRuleKind, User, same_id};

impl Sharing<'_> {
    /// Settles the answer where it is known who owns the records of the object.
    pub(super) fn count_owners(&self, object: &Name, level: Level, user: &User, reach: &mut Reach) {
        let Some(ownership) = self.snapshot.ownership.get(object) else {
            return;
        };
        let (mut yes, mut open, mut no) = (0_u64, 0_u64, 0_u64);
        for (owner, count) in &ownership.records {
            let part = match self.reaches_owner(object, level, user, owner) {
                Known::Yes => &mut yes,
                Known::Unknown => &mut open,
                Known::No => &mut no,
            };
            *part = part.saturating_add(*count);
        }
        let total = yes.saturating_add(open).saturating_add(no);
        if total == 0 {
            return;
        }
        let text = format!(
            "{yes} of {total} {object} records have an owner whose records the user may {}{}",
            level.verb(),
            if open > 0 {
                format!("; of {open} it is not known")
            } else {
                String::new()
            }
        );
        reach.fact(text, None);
        reach.some |= yes > 0;
        if no > 0 {
            // Manual sharing, teams and criteria may open some of them, hardly all.
            if reach.all == Known::Unknown {
                reach.all = Known::No;
                reach.unknown.clear();
            }
        } else if open == 0 && ownership.complete {
            reach.all = Known::Yes;
            reach.unknown.clear();
        } else {
            reach.lower(Confidence::Possible);
        }
    }

    /// Whether the user reaches what one user or queue owns.
    fn reaches_owner(&self, object: &Name, level: Level, user: &User, owner: &str) -> Known {
        if same_id(owner, &user.id) {
            return Known::Yes;
        }
        let queue = (self.snapshot.queues.iter()).find(|queue| same_id(&queue.id, owner));
        let person = (self.snapshot.people.iter()).find(|person| same_id(&person.id, owner));
        let mut known = match (queue, person, &user.groups) {
            (Some(queue), _, Some(groups)) => groups
                .iter()
                .any(|group| {
                    group.id.as_deref().is_some_and(|id| same_id(id, owner))
                        || queue.developer_name.as_ref() == Some(&group.name)
                })
                .into(),
            (Some(_), _, None) | (None, None, _) => Known::Unknown,
            (None, Some(person), _) => self.above(object, user, person),
        };
        for rule in self.rules_of(object) {
            let gives = match OrgWideDefault::level_of_rule(rule.access_level.as_deref()) {
                Some(gives) if gives < level => continue,
                Some(_) => Known::Yes,
                None => Known::Unknown,
            };
            let reached = self.is_among(user, &rule.shared_to);
            let owned = match rule.kind {
                SharingRuleKind::Owner => self.owner_is_among(
                    person,
                    queue.and_then(|queue| queue.developer_name.as_ref()),
                    &rule.shared_from,
                ),
                _ => Known::Unknown,
            };
            known = known.or(gives.and(reached).and(owned));
        }
        known
    }

    /// Whether the user is above a person in the role hierarchy. A custom object may be set not to follow it.
    fn above(&self, object: &Name, user: &User, person: &Person) -> Known {
        let (Some(own), Some(theirs)) = (&user.role_id, &person.role_id) else {
            return Known::No;
        };
        match self.is_below(theirs, own) {
            true if object.is_custom() => Known::Unknown,
            below => below.into(),
        }
    }

    fn owner_is_among(
        &self,
        person: Option<&Person>,
        queue: Option<&Name>,
        parties: &[(String, String)],
    ) -> Known {
        parties.iter().fold(Known::No, |sum, (kind, name)| {
            sum.or(match (kind.as_str(), person, queue) {
                ("queue", _, queue) => queue.is_some_and(|queue| queue.is(name)).into(),
                (_, None, Some(_)) => Known::No,
                ("allInternalUsers", Some(person), _) => person
                    .user_type
                    .as_deref()
                    .map(|kind| kind.eq_ignore_ascii_case("Standard"))
                    .into(),
                (
                    "role" | "roleAndSubordinates" | "roleAndSubordinatesInternal",
                    Some(person),
                    _,
                ) => match &person.role_id {
                    Some(role) => self.has_role(Some(role), name, kind != "role"),
                    None => Known::No,
                },
                _ => Known::Unknown,
            })
        })
    }
}
