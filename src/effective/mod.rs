//! Folds everything assigned to one user into one answer per object, field and permission.
//!
//! In: a [`Snapshot`] and a [`Subject`]. Out: [`EffectivePermissions`], whose answers are yes, no or not
//! known, each with the trail of grants that makes it so. Knows nothing of HubSpot and makes no requests, so
//! an answer can be replayed from a saved snapshot.
//!
//! The rules are Salesforce's: access is the union over profile, permission sets and groups; a permission
//! set grants and never denies; muting acts inside its own group only. They are quoted where they are used,
//! as R1 to R20.

mod field_access;
mod field_nature;
mod grant;
mod known;
mod object_access;
mod source;
mod subject;

pub use field_access::FieldAccess;
pub use field_nature::{
    Existence, FieldNature, Governed, NeverEditable, definition, exists, field_nature, is_activity,
};
pub use grant::{ContainerRef, Effect, Grant};
pub use known::Known;
pub use object_access::ObjectAccess;
pub use subject::{Missing, Subject, find_profile, nearest, profile_alias};

use crate::snapshot::{Name, PermissionSet, PermissionSetGroup, Snapshot};
use source::{GroupSource, Held, Source, Switch, is_open};

/// How the silence of a profile file is read (rule R6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProfileReading {
    /// What the file does not list is not granted.
    #[default]
    Complete,
    /// A retrieve holds only what its manifest named: what the file does not list is not known.
    Sparse,
}

/// Everything one user may do.
#[derive(Debug, Clone)]
pub struct EffectivePermissions<'s> {
    snapshot: &'s Snapshot,
    sources: Vec<Source<'s>>,
    /// What was named or assigned and is not in the snapshot.
    pub missing: Vec<Missing>,
    /// What is assigned and grants nothing, as sentences.
    pub without_effect: Vec<String>,
    /// Whether the user's profile is known.
    pub profile_known: bool,
}

/// A system or custom permission with its trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionAccess {
    /// Whether the user has it.
    pub known: Known,
    /// Every entry that gives, or would give, it.
    pub trail: Vec<Grant>,
}

impl<'s> EffectivePermissions<'s> {
    /// Folds the subject's containers. What the snapshot does not hold is listed in
    /// [`missing`](Self::missing) and leaves open whatever nobody else grants.
    pub fn of(snapshot: &'s Snapshot, subject: &Subject, profiles: ProfileReading) -> Self {
        let mut folded = Self {
            snapshot,
            sources: Vec::new(),
            missing: Vec::new(),
            without_effect: subject
                .ineffective
                .iter()
                .map(|(assigned, reason)| format!("{}: {reason}", assigned_label(assigned)))
                .collect(),
            profile_known: subject.profile.is_some(),
        };
        let sparse = profiles == ProfileReading::Sparse;
        match &subject.profile {
            Some(name) => folded.add_profile(name, sparse),
            None => folded.sources.push(Source::Unread),
        }
        for name in unique(&subject.permission_sets) {
            folded.add_permission_set(name);
        }
        for name in unique(&subject.groups) {
            folded.add_group(name);
        }
        folded
    }

    /// The snapshot that the answers are about.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    fn add_profile(&mut self, name: &Name, sparse: bool) {
        match find_profile(self.snapshot, name) {
            Some(set) => self.sources.push(Source::Single(Held {
                set,
                group: None,
                open: is_open(set, sparse),
            })),
            None => self.miss("profile", name, None, self.snapshot.profiles.keys()),
        }
    }

    fn add_permission_set(&mut self, name: &Name) {
        let known = &self.snapshot.permission_sets;
        match known.get(name) {
            // A session-based set counts only during an activated session, which an integration does not
            // open (rule R19).
            Some(set) if set.has_activation_required => self.without_effect.push(format!(
                "permission set {}: it is session-based and grants nothing outside an activated session",
                set.name
            )),
            Some(set) => self.sources.push(Source::Single(Held {
                set,
                group: None,
                open: is_open(set, false),
            })),
            None => self.miss("permission set", name, None, known.keys()),
        }
    }

    fn add_group(&mut self, name: &Name) {
        let known = &self.snapshot.permission_set_groups;
        match known.get(name) {
            Some(group) if group.has_activation_required => self.without_effect.push(format!(
                "permission set group {}: it is session-based and grants nothing outside an activated session",
                group.name
            )),
            Some(group) => match &group.aggregate {
                Some(aggregate) => self.add_aggregate(group, aggregate),
                None => self.add_members(group),
            },
            None => self.miss("permission set group", name, None, known.keys()),
        }
    }

    /// A live org's own union for a group: right unless the group has still to be recalculated.
    fn add_aggregate(&mut self, group: &'s PermissionSetGroup, aggregate: &'s PermissionSet) {
        let current = group
            .status
            .as_deref()
            .is_none_or(|status| status.eq_ignore_ascii_case("Updated"));
        if current {
            self.sources.push(Source::Single(Held {
                set: aggregate,
                group: Some(&group.name),
                open: is_open(aggregate, false),
            }));
        } else {
            // Salesforce Help, permission set group status: until it is Updated, the group's permissions may
            // be those of before the change.
            self.sources.push(Source::Unread);
        }
    }

    fn add_members(&mut self, group: &'s PermissionSetGroup) {
        let mut source = GroupSource {
            members: Vec::new(),
            mutings: Vec::new(),
            member_unread: group.incomplete,
            muting_unread: group.incomplete,
        };
        for member in &group.members {
            let known = &self.snapshot.permission_sets;
            match known.get(member) {
                Some(set) if set.has_activation_required => self.without_effect.push(format!(
                    "permission set {} in group {}: it is session-based and grants nothing outside an activated session",
                    set.name, group.name
                )),
                Some(set) => source.members.push(Held {
                    set,
                    group: Some(&group.name),
                    open: is_open(set, false),
                }),
                None => {
                    source.member_unread = true;
                    self.note("permission set", member, Some(&group.name), known.keys());
                }
            }
        }
        for muting in &group.mutings {
            let known = &self.snapshot.muting_permission_sets;
            match known.get(muting) {
                Some(set) => {
                    source.muting_unread |= set.incomplete;
                    source.mutings.push(set);
                }
                None => {
                    source.muting_unread = true;
                    self.note(
                        "muting permission set",
                        muting,
                        Some(&group.name),
                        known.keys(),
                    );
                }
            }
        }
        self.sources.push(Source::Group(source));
    }

    fn note<'n>(
        &mut self,
        kind: &'static str,
        name: &Name,
        group: Option<&Name>,
        known: impl Iterator<Item = &'n Name>,
    ) {
        self.missing.push(Missing {
            kind,
            name: name.clone(),
            group: group.cloned(),
            nearest: nearest(name, known),
        });
    }

    fn miss<'n>(
        &mut self,
        kind: &'static str,
        name: &Name,
        group: Option<&Name>,
        known: impl Iterator<Item = &'n Name>,
    ) {
        self.note(kind, name, group, known);
        self.sources.push(Source::Unread);
    }

    /// Whether a system permission (`ApiEnabled`) is granted, and by what.
    pub fn user_permission(&self, name: &str) -> PermissionAccess {
        self.switch(Switch::User(name))
    }

    /// Whether a custom permission is granted, and by what.
    pub fn custom_permission(&self, name: &str) -> PermissionAccess {
        self.switch(Switch::Custom(name))
    }

    fn switch(&self, switch: Switch<'_>) -> PermissionAccess {
        let mut trail = Vec::new();
        for source in &self.sources {
            source.switch_trail(switch, "it", &mut trail);
        }
        PermissionAccess {
            known: self.any(|source| source.switch(switch)),
            trail,
        }
    }

    /// Whether a record type is available for create and edit, by any container.
    pub fn record_type(&self, object: &Name, record_type: &Name) -> Known {
        self.any(|source| source.record_type(object, record_type))
    }

    /// The default record type that the profile sets for an object, where a container says so.
    pub fn default_record_type(&self, object: &Name) -> Option<&'s Name> {
        self.held().find_map(|set| {
            set.record_types_of(object)
                .iter()
                .find(|entry| entry.default && entry.visible)
                .map(|entry| &entry.record_type)
        })
    }

    /// Every container that counts for the user, members of groups among them.
    pub fn held(&self) -> impl Iterator<Item = &'s PermissionSet> + '_ {
        self.sources
            .iter()
            .flat_map(|source| source.held().map(|held| held.set))
    }

    fn any(&self, of: impl Fn(&Source<'s>) -> Known) -> Known {
        self.sources
            .iter()
            .fold(Known::No, |sum, source| sum.or(of(source)))
    }
}

fn unique(names: &[Name]) -> impl Iterator<Item = &Name> {
    names
        .iter()
        .enumerate()
        .filter(|(index, name)| !names.iter().take(*index).any(|earlier| earlier == *name))
        .map(|(_, name)| name)
}

fn assigned_label(assigned: &crate::snapshot::Assigned) -> String {
    match assigned {
        crate::snapshot::Assigned::PermissionSet(name) => format!("permission set {name}"),
        crate::snapshot::Assigned::PermissionSetGroup(name) => {
            format!("permission set group {name}")
        }
    }
}
