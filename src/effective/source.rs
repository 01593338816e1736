//! What one assigned thing, a container or a group, says about one right.
//!
//! In: containers of the snapshot. Out: three-valued answers, before the union over all that is assigned.
//! Rules R2 to R7 and R10 of effective access live here.

use super::Known;
use super::grant::{ContainerRef, Effect, Grant};
use crate::snapshot::{
    ContainerKind, ContainerPart, FieldPermissions, Name, NamedPermission, ObjectRight,
    PermissionSet, Place,
};

/// A container as the user has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held<'s> {
    pub(super) set: &'s PermissionSet,
    pub(super) group: Option<&'s Name>,
    /// Whether what the container does not list is not known rather than 'no' (rules R6, R7).
    pub(super) open: bool,
}

impl Held<'_> {
    pub(super) fn reference(&self) -> ContainerRef {
        ContainerRef {
            kind: self.set.kind,
            name: self.set.name.clone(),
            group: self.group.cloned(),
        }
    }

    /// What the container's silence on a kind of entries means.
    fn absent(&self, part: ContainerPart) -> Known {
        if self.open || self.set.unread.contains(&part) {
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
        } else if entries.is_empty() || self.set.incomplete {
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
        } else if entries.is_empty() || self.set.incomplete {
            self.absent(ContainerPart::FieldPermissions)
        } else {
            Known::No
        }
    }

    fn named(&self, switch: Switch<'_>) -> Known {
        let entries = switch.entries(self.set);
        if entries.iter().any(|entry| entry.enabled) {
            Known::Yes
        } else if entries.is_empty() || self.set.incomplete {
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
    /// The aggregate that a live org computes for a group: it decides, and the group's members and mutings explain.
    Aggregate(Held<'s>, GroupSource<'s>),
    /// A group whose members and mutings are folded here.
    Group(GroupSource<'s>),
    /// Something assigned that was not read: it may grant anything (rule R7).
    Unread,
}

/// A group with what was found of it.
#[derive(Debug, Clone)]
pub(super) struct GroupSource<'s> {
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

    fn field(&self, object: &Name, field: &Name, edit: bool) -> Known {
        let listed = self
            .union(|member| member.field_entry(object, field, edit))
            .and(!self.field_muted(object, field, edit));
        if edit {
            return listed;
        }
        listed.or(self.object_right(object, ObjectRight::ViewAllFields))
    }
}

impl<'s> Source<'s> {
    /// Whether the source grants a right on an object.
    pub(super) fn object_right(&self, object: &Name, right: ObjectRight) -> Known {
        match self {
            Self::Single(held) | Self::Aggregate(held, _) => held.object_right(object, right),
            Self::Group(group) => group.object_right(object, right),
            Self::Unread => Known::Unknown,
        }
    }

    /// Whether the source grants Read or Edit on a field by field-level security.
    pub(super) fn field(&self, object: &Name, field: &Name, edit: bool) -> Known {
        match self {
            Self::Single(held) | Self::Aggregate(held, _) if edit => {
                held.field_entry(object, field, true)
            }
            // View All Fields makes every field readable, none editable (rule R10).
            Self::Single(held) | Self::Aggregate(held, _) => held
                .field_entry(object, field, false)
                .or(held.object_right(object, ObjectRight::ViewAllFields)),
            Self::Group(group) => group.field(object, field, edit),
            Self::Unread => Known::Unknown,
        }
    }

    /// Whether the source enables a system or custom permission.
    pub(super) fn switch(&self, switch: Switch<'_>) -> Known {
        match self {
            Self::Single(held) | Self::Aggregate(held, _) => held.named(switch),
            Self::Group(group) => group.union(|member| member.named(switch)).and(
                !group.muted(|muting| switch.entries(muting).iter().any(|entry| entry.enabled)),
            ),
            Self::Unread => Known::Unknown,
        }
    }

    /// Whether the source makes a record type available.
    ///
    /// Record types cannot be muted (Metadata API Developer Guide, MutingPermissionSet has no record types
    /// that take effect), so a group gives the union of its members.
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
            } else if held.set.incomplete {
                Known::Unknown
            } else {
                Known::No
            }
        };
        match self {
            Self::Single(held) | Self::Aggregate(held, _) => of(held),
            Self::Group(group) => group.union(of),
            Self::Unread => Known::Unknown,
        }
    }

    /// The containers behind the source; of an aggregate its group's members, where they are known.
    pub(super) fn held(&self) -> Box<dyn Iterator<Item = Held<'s>> + '_> {
        match self {
            Self::Single(held) => Box::new(std::iter::once(*held)),
            Self::Aggregate(held, group) if group.members.is_empty() => {
                Box::new(std::iter::once(*held))
            }
            Self::Group(group) | Self::Aggregate(_, group) => {
                Box::new(group.members.iter().copied())
            }
            Self::Unread => Box::new(std::iter::empty()),
        }
    }

    /// The trail of one object right.
    pub(super) fn object_trail(&self, object: &Name, right: ObjectRight, trail: &mut Vec<Grant>) {
        for held in self.held() {
            let Some(entry) = held
                .set
                .object(object)
                .iter()
                .find(|entry| entry.rights.has(right))
            else {
                continue;
            };
            let own = held.object_right(object, right);
            let muting = self.muting(|muting| {
                let muted = muting.object(object).iter();
                let needed = right.prerequisites().with(right);
                find_place(
                    muted,
                    |entry| entry.rights.intersects(needed),
                    |entry| entry.at,
                )
            });
            trail.push(self.grant(held, right.as_str(), own, muting, entry.at));
        }
    }

    /// The trail of Read or Edit on a field.
    pub(super) fn field_trail(
        &self,
        object: &Name,
        field: &Name,
        edit: bool,
        trail: &mut Vec<Grant>,
    ) {
        let right = if edit { "edit" } else { "read" };
        let gives = |entry: &&FieldPermissions| if edit { entry.edit } else { entry.read };
        for held in self.held() {
            if let Some(entry) = held.set.field(object, field).iter().find(gives) {
                let own = held.field_entry(object, field, edit);
                let muting = self.muting(|muting| {
                    let muted = muting.field(object, field).iter();
                    find_place(
                        muted,
                        |entry| entry.read || (edit && entry.edit),
                        |entry| entry.at,
                    )
                });
                trail.push(self.grant(held, right, own, muting, entry.at));
            }
        }
        if !edit {
            let start = trail.len();
            self.object_trail(object, ObjectRight::ViewAllFields, trail);
            for grant in trail.iter_mut().skip(start) {
                grant.right = "read (by View All Fields)";
            }
        }
    }

    /// The trail of a system or custom permission.
    pub(super) fn switch_trail(
        &self,
        switch: Switch<'_>,
        right: &'static str,
        trail: &mut Vec<Grant>,
    ) {
        for held in self.held() {
            let Some(entry) = switch.entries(held.set).iter().find(|entry| entry.enabled) else {
                continue;
            };
            let muting = self.muting(|muting| {
                find_place(
                    switch.entries(muting).iter(),
                    |entry| entry.enabled,
                    |entry| entry.at,
                )
            });
            trail.push(self.grant(held, right, Known::Yes, muting, entry.at));
        }
    }

    /// The first muting of the group that takes the right away, with the place where it says so.
    fn muting(
        &self,
        place: impl Fn(&PermissionSet) -> Option<Option<Place>>,
    ) -> Option<(Name, Option<Place>)> {
        let (Self::Group(group) | Self::Aggregate(_, group)) = self else {
            return None;
        };
        group
            .mutings
            .iter()
            .find_map(|muting| place(muting).map(|at| (muting.name.clone(), at)))
    }

    fn grant(
        &self,
        held: Held<'_>,
        right: &'static str,
        own: Known,
        muted_by: Option<(Name, Option<Place>)>,
        at: Option<Place>,
    ) -> Grant {
        let muting_unread = matches!(
            self,
            Self::Group(group) | Self::Aggregate(_, group) if group.muting_unread
        );
        let effect = match own {
            Known::No => Effect::WithoutPrerequisite,
            _ if muted_by.is_some() => Effect::Muted,
            Known::Unknown => Effect::Uncertain,
            Known::Yes if muting_unread => Effect::Uncertain,
            Known::Yes => Effect::Grants,
        };
        Grant {
            container: held.reference(),
            right,
            effect,
            at,
            muted_by,
        }
    }
}

/// The place of the first entry that meets the condition.
fn find_place<'e, T: 'e>(
    mut entries: impl Iterator<Item = &'e T>,
    is: impl Fn(&T) -> bool,
    at: impl Fn(&T) -> Option<Place>,
) -> Option<Option<Place>> {
    entries.find(|entry| is(entry)).map(at)
}

/// Whether a container's silence leaves a right open.
pub(super) fn is_open(set: &PermissionSet, sparse_profiles: bool) -> bool {
    set.incomplete || (sparse_profiles && set.kind == ContainerKind::Profile)
}
