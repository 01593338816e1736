//! What one assigned thing, a container or a group, says about one right.
//!
//! In: containers of the snapshot. Out: three-valued answers, before the union over all that is assigned.
//! Rules R2 to R7 and R10 of effective access live here.

use super::Known;
use super::grant::{ContainerRef, Effect, Grant};
use crate::snapshot::{
    ContainerPart, FieldPermissions, Name, NamedPermission, ObjectRight, PermissionSet,
    PermissionSetGroup, Place,
};

/// A container as the user has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held<'s> {
    pub(super) set: &'s PermissionSet,
    pub(super) group: Option<&'s Name>,
    /// Whether what the container does not list is not known rather than 'no' (rules R6, R7).
    pub(super) open: bool,
    /// Whether it may hold entries that were not read, so that an entry which leaves a right out decides nothing.
    pub(super) incomplete: bool,
    /// The permission set that a live org computes for a group, whose own name tells nobody anything.
    pub(super) aggregate: bool,
}

impl Held<'_> {
    pub(super) fn reference(&self) -> ContainerRef {
        match self.group {
            Some(group) if self.aggregate => ContainerRef {
                kind: "permission set group",
                name: group.clone(),
                group: None,
            },
            group => ContainerRef {
                kind: self.set.kind.label(),
                name: self.set.name.clone(),
                group: group.cloned(),
            },
        }
    }

    /// What the container's silence on a kind of entries means.
    fn absent(&self, part: ContainerPart) -> Known {
        if self.open || self.incomplete || self.set.unread.contains(&part) {
            Known::Unknown
        } else {
            Known::No
        }
    }

    /// Whether the container lists the right on the object, prerequisites aside.
    fn listed_right(&self, object: &Name, right: ObjectRight) -> Known {
        let entries = self.set.object(object);
        if entries.iter().any(|entry| entry.rights.has(right)) {
            Known::Yes
        } else if entries.is_empty() || self.incomplete {
            self.absent(ContainerPart::ObjectPermissions)
        } else {
            // The entry is there and leaves the right out: that much is known even of a sparse profile.
            Known::No
        }
    }

    fn object_right(&self, object: &Name, right: ObjectRight) -> Known {
        with_prerequisites(right, |right| self.listed_right(object, right))
    }

    fn field_entry(&self, object: &Name, field: &Name, edit: bool) -> Known {
        let entries = self.set.field(object, field);
        // Edit needs Read (rule R5), over the union of the files that were merged.
        let read = entries.iter().any(|entry| entry.read);
        let listed = read && (!edit || entries.iter().any(|entry| entry.edit));
        if listed {
            Known::Yes
        } else if entries.is_empty() || self.incomplete {
            self.absent(ContainerPart::FieldPermissions)
        } else {
            Known::No
        }
    }

    fn named(&self, switch: Switch<'_>) -> Known {
        let entries = switch.entries(self.set);
        if entries.iter().any(|entry| entry.enabled) {
            Known::Yes
        } else if entries.is_empty() || self.incomplete {
            self.absent(switch.part())
        } else {
            Known::No
        }
    }
}

/// A right and everything that it needs, in Kleene's logic (rule R4).
fn with_prerequisites(right: ObjectRight, own: impl Fn(ObjectRight) -> Known) -> Known {
    right
        .prerequisites()
        .iter()
        .fold(own(right), |sum, needed| sum.and(own(needed)))
}

/// Which of the two switches of a system or custom permission is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Switch<'n> {
    User(&'n str),
    Custom(&'n str),
}

impl Switch<'_> {
    fn part(self) -> ContainerPart {
        match self {
            Self::User(_) => ContainerPart::UserPermissions,
            Self::Custom(_) => ContainerPart::CustomPermissions,
        }
    }

    fn entries(self, set: &PermissionSet) -> &[NamedPermission] {
        match self {
            Self::User(name) => set.user_permission(name),
            Self::Custom(name) => set.custom_permission(name),
        }
    }
}

/// One assigned thing.
#[derive(Debug, Clone)]
pub(super) enum Source<'s> {
    /// A profile or a permission set.
    Single(Held<'s>),
    /// A group.
    Group(GroupSource<'s>),
    /// Something assigned that was not read: it may grant anything (rule R7).
    Unread,
}

/// Whether a live org's own union for a group, muting applied, is there to decide.
#[derive(Debug, Clone, Copy)]
pub(super) enum Aggregate<'s> {
    /// The source has none: members and mutings are folded here.
    None,
    /// It decides; members and mutings only explain.
    Current(Held<'s>),
    /// The group has still to be recalculated. Salesforce Help, permission set group status: until it is Updated, the
    /// group's permissions may be those of before the change.
    Stale,
}

/// A group with what was found of it.
#[derive(Debug, Clone)]
pub(super) struct GroupSource<'s> {
    pub(super) group: &'s PermissionSetGroup,
    pub(super) aggregate: Aggregate<'s>,
    pub(super) members: Vec<Held<'s>>,
    pub(super) mutings: Vec<&'s PermissionSet>,
    /// A member was not found or not read: the group may grant more.
    pub(super) member_unread: bool,
    /// A muting permission set was not found or not read: the group may grant less.
    pub(super) muting_unread: bool,
}

impl GroupSource<'_> {
    /// Whether the group's mutings take something away: yes where one of them enables it (rule R2).
    fn muted(&self, enables: impl Fn(&PermissionSet) -> bool) -> Known {
        if self.mutings.iter().any(|muting| enables(muting)) {
            Known::Yes
        } else if self.muting_unread {
            Known::Unknown
        } else {
            Known::No
        }
    }

    /// The group's muting permission set, where it has just one: what the aggregate leaves out, it mutes.
    fn only_muting(&self) -> Option<(Name, Option<Place>)> {
        match self.group.mutings.as_slice() {
            [only] => Some((only.clone(), None)),
            _ => None,
        }
    }

    fn union(&self, of: impl Fn(&Held<'_>) -> Known) -> Known {
        let unread = if self.member_unread {
            Known::Unknown
        } else {
            Known::No
        };
        self.members
            .iter()
            .fold(unread, |sum, member| sum.or(of(member)))
    }

    fn object_right(&self, object: &Name, right: ObjectRight) -> Known {
        match self.aggregate {
            Aggregate::None => {}
            Aggregate::Current(held) => return held.object_right(object, right),
            Aggregate::Stale => return Known::Unknown,
        }
        with_prerequisites(right, |right| {
            self.union(|member| member.object_right(object, right))
                .and(!self.muted(|muting| muting.object_rights(object).has(right)))
        })
    }

    fn field_muted(&self, object: &Name, field: &Name, edit: bool) -> Known {
        self.muted(|muting| {
            // Muting Read takes Edit along, since Edit needs Read.
            muting
                .field(object, field)
                .iter()
                .any(|entry| entry.read || (edit && entry.edit))
        })
    }

    fn field_entry(&self, object: &Name, field: &Name, edit: bool) -> Known {
        match self.aggregate {
            Aggregate::None => self
                .union(|member| member.field_entry(object, field, edit))
                .and(!self.field_muted(object, field, edit)),
            Aggregate::Current(held) => held.field_entry(object, field, edit),
            Aggregate::Stale => Known::Unknown,
        }
    }

    fn switch(&self, switch: Switch<'_>) -> Known {
        match self.aggregate {
            Aggregate::None => self.union(|member| member.named(switch)).and(
                !self.muted(|muting| switch.entries(muting).iter().any(|entry| entry.enabled)),
            ),
            Aggregate::Current(held) => held.named(switch),
            Aggregate::Stale => Known::Unknown,
        }
    }

    /// What becomes of a right that a member lists, `own` being the member's own answer and `counts` the group's.
    fn effect(&self, own: Known, muted: bool, counts: Known) -> Effect {
        if own == Known::No {
            return Effect::WithoutPrerequisite;
        }
        match self.aggregate {
            // The platform has the last word: what it leaves out is muted, whatever was read of the muting.
            Aggregate::Current(_) => match counts {
                Known::Yes => Effect::Grants,
                Known::Unknown => Effect::Uncertain,
                Known::No => Effect::Muted,
            },
            Aggregate::Stale => Effect::Uncertain,
            Aggregate::None if muted => Effect::Muted,
            Aggregate::None if own == Known::Unknown || self.muting_unread => Effect::Uncertain,
            Aggregate::None => Effect::Grants,
        }
    }
}

impl<'s> Source<'s> {
    /// Whether the source grants a right on an object.
    pub(super) fn object_right(&self, object: &Name, right: ObjectRight) -> Known {
        match self {
            Self::Single(held) => held.object_right(object, right),
            Self::Group(group) => group.object_right(object, right),
            Self::Unread => Known::Unknown,
        }
    }

    /// Whether the source grants Read or Edit on a field by an entry of its own; View All Fields counts besides.
    pub(super) fn field_entry(&self, object: &Name, field: &Name, edit: bool) -> Known {
        match self {
            Self::Single(held) => held.field_entry(object, field, edit),
            Self::Group(group) => group.field_entry(object, field, edit),
            Self::Unread => Known::Unknown,
        }
    }

    /// Whether the source enables a system or custom permission.
    pub(super) fn switch(&self, switch: Switch<'_>) -> Known {
        match self {
            Self::Single(held) => held.named(switch),
            Self::Group(group) => group.switch(switch),
            Self::Unread => Known::Unknown,
        }
    }

    /// Whether the source makes a record type available.
    ///
    /// Record types cannot be muted (Metadata API Developer Guide, MutingPermissionSet has no record types
    /// that take effect), so a group gives the union of its members. Whether the aggregate of a live org holds them
    /// is documented nowhere, so that its silence decides nothing.
    pub(super) fn record_type(&self, object: &Name, record_type: &Name) -> Known {
        let of = |held: &Held<'_>| {
            let mut entries = held
                .set
                .record_types_of(object)
                .iter()
                .filter(|entry| entry.record_type == *record_type)
                .peekable();
            if entries.peek().is_none() {
                held.absent(ContainerPart::RecordTypes)
            } else if entries.any(|entry| entry.visible) {
                Known::Yes
            } else if held.incomplete {
                Known::Unknown
            } else {
                Known::No
            }
        };
        match self {
            Self::Single(held) => of(held),
            Self::Group(group) => match group.aggregate {
                Aggregate::None => group.union(of),
                Aggregate::Current(aggregate) => group.union(of).or(of(&Held {
                    open: group.member_unread,
                    ..aggregate
                })),
                Aggregate::Stale => Known::Unknown,
            },
            Self::Unread => Known::Unknown,
        }
    }

    /// Whether the source admits its users to a connected app (SetupEntityAccess).
    pub(super) fn connected_app(&self, name: &Name) -> Known {
        let of = |held: &Held<'_>| {
            if held.set.connected_apps.contains(name) {
                Known::Yes
            } else {
                held.absent(ContainerPart::ConnectedApps)
            }
        };
        match self {
            Self::Single(held) => of(held),
            Self::Group(group) => match &group.aggregate {
                Aggregate::None => group.union(of),
                Aggregate::Current(aggregate) => of(aggregate),
                Aggregate::Stale => Known::Unknown,
            },
            Self::Unread => Known::Unknown,
        }
    }

    /// The containers whose entries decide what the source grants, mutings among them.
    pub(super) fn consulted(&self) -> Vec<&'s PermissionSet> {
        match self {
            Self::Group(group) => match group.aggregate {
                Aggregate::None => {
                    let members = group.members.iter().map(|held| held.set);
                    members.chain(group.mutings.iter().copied()).collect()
                }
                Aggregate::Current(aggregate) => vec![aggregate.set],
                Aggregate::Stale => Vec::new(),
            },
            _ => self.held().into_iter().map(|held| held.set).collect(),
        }
    }

    /// The containers behind the source: the members of a group, and its aggregate where members were not read.
    pub(super) fn held(&self) -> Vec<Held<'s>> {
        match self {
            Self::Single(held) => vec![*held],
            Self::Group(group) => {
                let mut held = group.members.clone();
                if let Aggregate::Current(aggregate) = group.aggregate
                    && group.member_unread
                {
                    held.push(aggregate);
                }
                held
            }
            Self::Unread => Vec::new(),
        }
    }

    /// The trail of one object right.
    pub(super) fn object_trail(&self, object: &Name, right: ObjectRight, trail: &mut Vec<Grant>) {
        let needed = right.prerequisites().with(right);
        self.add_trail(
            &Listed {
                right: right.as_str(),
                at: &|set| {
                    let entries = set.object(object).iter();
                    find_place(entries, |entry| entry.rights.has(right), |entry| entry.at)
                },
                own: &|held| held.object_right(object, right),
                muted_at: &|muting| {
                    let muted = muting.object(object).iter();
                    find_place(
                        muted,
                        |entry| entry.rights.intersects(needed),
                        |entry| entry.at,
                    )
                },
                counts: &|| self.object_right(object, right),
            },
            trail,
        );
    }

    /// The trail of Read or Edit on a field, by its own entries.
    pub(super) fn field_trail(
        &self,
        object: &Name,
        field: &Name,
        edit: bool,
        trail: &mut Vec<Grant>,
    ) {
        let gives = |entry: &FieldPermissions| if edit { entry.edit } else { entry.read };
        self.add_trail(
            &Listed {
                right: if edit { "edit" } else { "read" },
                at: &|set| find_place(set.field(object, field).iter(), gives, |entry| entry.at),
                own: &|held| held.field_entry(object, field, edit),
                muted_at: &|muting| {
                    find_place(
                        muting.field(object, field).iter(),
                        |entry| entry.read || (edit && entry.edit),
                        |entry| entry.at,
                    )
                },
                counts: &|| self.field_entry(object, field, edit),
            },
            trail,
        );
    }

    /// The trail of a system or custom permission.
    pub(super) fn switch_trail(
        &self,
        switch: Switch<'_>,
        right: &'static str,
        trail: &mut Vec<Grant>,
    ) {
        let at = |set: &PermissionSet| {
            let entries = switch.entries(set).iter();
            find_place(entries, |entry| entry.enabled, |entry| entry.at)
        };
        self.add_trail(
            &Listed {
                right,
                at: &at,
                own: &|_| Known::Yes,
                muted_at: &at,
                counts: &|| self.switch(switch),
            },
            trail,
        );
    }

    fn add_trail(&self, listed: &Listed<'_>, trail: &mut Vec<Grant>) {
        let mut add = |held: &Held<'_>, effect, at, muted_by| {
            trail.push(Grant {
                container: held.reference(),
                right: listed.right,
                effect,
                at,
                muted_by,
            });
        };
        match self {
            Self::Unread => {}
            Self::Single(held) => {
                if let Some(at) = (listed.at)(held.set) {
                    let effect = match (listed.own)(held) {
                        Known::Yes => Effect::Grants,
                        Known::Unknown => Effect::Uncertain,
                        Known::No => Effect::WithoutPrerequisite,
                    };
                    add(held, effect, at, None);
                }
            }
            Self::Group(group) => {
                let counts = (listed.counts)();
                let mut shown = false;
                for held in &group.members {
                    let Some(at) = (listed.at)(held.set) else {
                        continue;
                    };
                    let muting = group.mutings.iter().find_map(|muting| {
                        (listed.muted_at)(muting).map(|at| (muting.name.clone(), at))
                    });
                    let effect = group.effect((listed.own)(held), muting.is_some(), counts);
                    let muted_by = muting.or_else(|| group.only_muting());
                    let muted_by = muted_by.filter(|_| effect == Effect::Muted);
                    shown |= effect == Effect::Grants;
                    add(held, effect, at, muted_by);
                }
                // Members that were not read leave the aggregate to show what the group grants.
                if let Aggregate::Current(aggregate) = &group.aggregate
                    && !shown
                    && counts == Known::Yes
                    && let Some(at) = (listed.at)(aggregate.set)
                {
                    add(aggregate, Effect::Grants, at, None);
                }
            }
        }
    }
}

/// One right as containers list it, for a trail.
struct Listed<'a> {
    /// Its name in the trail.
    right: &'static str,
    /// Where a container lists it; none where it does not.
    at: &'a dyn Fn(&PermissionSet) -> Option<Option<Place>>,
    /// Whether a container that lists it has what it needs besides.
    own: &'a dyn Fn(&Held<'_>) -> Known,
    /// Where a muting permission set takes it away; none where it does not.
    muted_at: &'a dyn Fn(&PermissionSet) -> Option<Option<Place>>,
    /// Whether the whole source grants it.
    counts: &'a dyn Fn() -> Known,
}

/// The place of the first entry that meets the condition.
fn find_place<'e, T: 'e>(
    mut entries: impl Iterator<Item = &'e T>,
    is: impl Fn(&T) -> bool,
    at: impl Fn(&T) -> Option<Place>,
) -> Option<Option<Place>> {
    entries.find(|entry| is(entry)).map(at)
}
