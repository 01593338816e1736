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
#[cfg(test)]
mod tests;

pub use field_access::FieldAccess;
pub use field_nature::{
    Existence, FieldNature, Governed, NeverEditable, definition, exists, field_nature, is_activity,
};
pub use grant::{ContainerRef, Effect, Grant};
pub use known::Known;
pub use object_access::ObjectAccess;
pub use subject::{Missing, Subject, find_profile, nearest, profile_alias};

use std::collections::BTreeSet;

use crate::snapshot::{
    Area, Assigned, Name, ObjectRight, PermissionSet, PermissionSetGroup, PlatformAccess, Snapshot,
};
use source::{Aggregate, GroupSource, Held, Source, Switch};

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
    /// What else of the user's access was not read, as sentences: no name is missing, and yet something may be.
    pub unread: Vec<String>,
    /// What is assigned and session-based, so that it grants nothing.
    pub session_based: Vec<Assigned>,
    /// Salesforce's own answers on the user's access.
    platform: Vec<PlatformAccess>,
    /// What is assigned and grants nothing, as sentences.
    pub without_effect: Vec<String>,
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
    /// Folds the subject's containers. What the snapshot does not hold is listed in [`missing`](Self::missing) and
    /// [`unread`](Self::unread), and leaves open whatever nobody else grants.
    pub fn of(snapshot: &'s Snapshot, subject: &Subject, profiles: ProfileReading) -> Self {
        let mut folded = Self {
            snapshot,
            sources: Vec::new(),
            missing: Vec::new(),
            unread: Vec::new(),
            session_based: Vec::new(),
            platform: subject.platform.clone(),
            without_effect: subject
                .ineffective
                .iter()
                .map(|(assigned, reason)| format!("{}: {reason}", assigned.label()))
                .collect(),
        };
        for (assigned, reason) in &subject.uncertain {
            let label = assigned.label();
            folded.unread_source(format!("{label}: {reason}, so what it grants is not known"));
        }
        folded.add_assignments(subject);
        match &subject.profile {
            Some(name) => folded.add_profile(name, profiles == ProfileReading::Sparse),
            None if subject.of_user => folded.unread_source(
                "the user's profile was not read, so what nothing else grants is not known".to_owned(),
            ),
            None => folded.unread_source(
                "no profile was named; a user always has one, so what nothing else grants is not known: name it with \
                 --profile"
                    .to_owned(),
            ),
        }
        for name in unique(&subject.permission_sets) {
            folded.add_permission_set(name);
        }
        for name in unique(&subject.groups) {
            folded.add_group(name);
        }
        folded.say_partly_read(subject);
        folded
    }

    /// Folds the subject's containers and nothing else: without a profile, what they do not grant is not granted, where
    /// [`of`](Self::of) leaves it open.
    pub fn of_containers(
        snapshot: &'s Snapshot,
        subject: &Subject,
        profiles: ProfileReading,
    ) -> Self {
        let mut folded = Self::of(snapshot, subject, profiles);
        if subject.profile.is_none() && !subject.of_user && subject.uncertain.is_empty() {
            // What `of` says of the profile that nobody named comes first.
            folded.sources = folded.sources.split_off(folded.sources.len().min(1));
            folded.unread = folded.unread.split_off(folded.unread.len().min(1));
        }
        folded
    }

    /// Of Salesforce's own answers, those that deny what is granted: they stand whatever is granted besides, while every
    /// other answer is of the org as it was when it was asked.
    pub fn standing_denials(&self) -> Vec<PlatformAccess> {
        let denied = |answer: Option<bool>, granted: Known| {
            answer.filter(|answer| !*answer && granted == Known::Yes)
        };
        let of = |answer: &PlatformAccess| {
            let object = self.object(&answer.object);
            let on = |right| object.granted(right);
            let (read, edit) = match &answer.field {
                Some(field) => {
                    let access = self.field(&answer.object, &object, field);
                    (access.granted_read, access.granted_edit)
                }
                None => (on(ObjectRight::Read), on(ObjectRight::Edit)),
            };
            PlatformAccess {
                read: denied(answer.read, read),
                create: denied(answer.create, on(ObjectRight::Create)),
                edit: denied(answer.edit, edit),
                delete: denied(answer.delete, on(ObjectRight::Delete)),
                ..answer.clone()
            }
        };
        let says = |answer: &PlatformAccess| {
            [answer.read, answer.create, answer.edit, answer.delete]
                .iter()
                .any(Option::is_some)
        };
        self.platform.iter().map(of).filter(says).collect()
    }

    /// Names each thing assigned of which only a part could be read, a file that is broken in one entry say.
    fn say_partly_read(&mut self, subject: &Subject) {
        let mut labels: BTreeSet<String> = self
            .sources
            .iter()
            .flat_map(Source::consulted)
            .filter(|set| set.incomplete)
            .map(|set| format!("{} {}", set.kind.label(), set.name))
            .collect();
        let groups = &self.snapshot.permission_set_groups;
        let broken = subject.groups.iter().filter_map(|name| groups.get(name));
        labels.extend(
            broken
                .filter(|group| group.incomplete)
                .map(|group| format!("permission set group {}", group.name)),
        );
        self.unread.extend(labels.into_iter().map(|label| {
            format!("{label} was not read whole, so what else it might change is not known")
        }));
    }

    /// The snapshot that the answers are about.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// Whether all that makes up the user's access was read, so that silence means 'no'.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unread.is_empty()
    }

    /// Why what nothing grants may be not known, each a sentence.
    pub fn open(&self) -> impl Iterator<Item = String> + '_ {
        let missing = self.missing.iter().map(Missing::sentence);
        self.unread.iter().cloned().chain(missing)
    }

    /// A user's assignments are a part of the source, and may not have been read; those named by hand are whole.
    fn add_assignments(&mut self, subject: &Subject) {
        if subject.of_user && !self.snapshot.coverage.is_read(Area::Assignments) {
            self.sources.push(Source::Unread);
            self.say_unread(
                Area::Assignments,
                "which permission sets and groups the user has",
            );
        }
    }

    /// Whether what the source holds of an area of access may be less than the org does.
    ///
    /// That is asked of sources that know users, as a live org does: they look everything up, and what they were not
    /// shown is missing. A metadata tree holds files, and what a file leaves out is read by rule R6.
    fn is_unread(&self, area: Area) -> bool {
        !self.snapshot.users.is_empty() && !self.snapshot.coverage.is_read(area)
    }

    fn say_unread(&mut self, area: Area, what: &str) {
        let coverage = &self.snapshot.coverage;
        let status = coverage.status(area).as_str();
        let why = match coverage.reason(area) {
            Some(reason) => format!("{status}: {reason}"),
            None => status.to_owned(),
        };
        let text =
            format!("{what} was not fully read ({why}), so what nothing else grants is not known");
        if !self.unread.contains(&text) {
            self.unread.push(text);
        }
    }

    /// Something of which nothing is known: it may grant anything (rule R7).
    fn unread_source(&mut self, why: String) {
        self.sources.push(Source::Unread);
        self.unread.push(why);
    }

    /// Not known for an object that the source did not look at: silence on it proves nothing.
    fn outside_scope(&self, object: &Name) -> Known {
        if self.snapshot.has_object_permissions_of(object) {
            Known::No
        } else {
            Known::Unknown
        }
    }

    /// A container as the user has it, open where its area was not read.
    ///
    /// A source that tells which parts of a container it could not read is believed as to the others.
    fn hold(&mut self, set: &'s PermissionSet, group: Option<&'s Name>) -> Held<'s> {
        let unread = self.is_unread(Area::PermissionSets) && set.unread.is_empty();
        if unread || !set.unread.is_empty() {
            self.say_unread(Area::PermissionSets, "what permission sets grant");
        }
        Held {
            set,
            group,
            open: false,
            incomplete: set.incomplete || unread,
            aggregate: false,
        }
    }

    fn add_profile(&mut self, name: &Name, sparse: bool) {
        match find_profile(self.snapshot, name) {
            Some(set) => {
                let unread = self.is_unread(Area::Profiles) && set.unread.is_empty();
                if unread || !set.unread.is_empty() {
                    self.say_unread(Area::Profiles, "what the profile grants");
                }
                self.sources.push(Source::Single(Held {
                    set,
                    group: None,
                    open: sparse,
                    incomplete: set.incomplete || unread,
                    aggregate: false,
                }));
            }
            None => self.miss("profile", name, self.snapshot.profiles.keys()),
        }
    }

    fn add_permission_set(&mut self, name: &Name) {
        let known = &self.snapshot.permission_sets;
        match known.get(name) {
            // A session-based set counts only during an activated session, which an integration does not
            // open (rule R19).
            Some(set) if set.has_activation_required => {
                self.session_based
                    .push(Assigned::PermissionSet(set.name.clone()));
                self.without_effect.push(format!(
                    "permission set {}: it is session-based and grants nothing outside an activated session",
                    set.name
                ));
            }
            Some(set) => {
                let held = self.hold(set, None);
                self.sources.push(Source::Single(held));
            }
            None => self.miss("permission set", name, known.keys()),
        }
    }

    fn add_group(&mut self, name: &Name) {
        let known = &self.snapshot.permission_set_groups;
        match known.get(name) {
            Some(group) if group.has_activation_required => {
                self.session_based
                    .push(Assigned::PermissionSetGroup(group.name.clone()));
                self.without_effect.push(format!(
                    "permission set group {}: it is session-based and grants nothing outside an activated session",
                    group.name
                ));
            }
            Some(group) => {
                let source = self.group_source(group);
                self.sources.push(Source::Group(source));
            }
            None => self.miss("permission set group", name, known.keys()),
        }
    }

    fn aggregate(&mut self, group: &'s PermissionSetGroup) -> Aggregate<'s> {
        let Some(set) = group.aggregate.as_deref() else {
            return Aggregate::None;
        };
        match &group.status {
            Some(status) if !status.eq_ignore_ascii_case("Updated") => {
                self.unread.push(format!(
                    "permission set group {}: its status is {status}, so what it grants is not known until Salesforce \
                     has recalculated it",
                    group.name
                ));
                Aggregate::Stale
            }
            _ => Aggregate::Current(Held {
                aggregate: true,
                ..self.hold(set, Some(&group.name))
            }),
        }
    }

    fn group_source(&mut self, group: &'s PermissionSetGroup) -> GroupSource<'s> {
        let aggregate = self.aggregate(group);
        // Where the platform's own union is there, members and mutings explain, and their absence changes nothing.
        let decides = matches!(aggregate, Aggregate::None);
        let mut source = GroupSource {
            group,
            aggregate,
            members: Vec::new(),
            mutings: Vec::new(),
            member_unread: group.incomplete,
            muting_unread: group.incomplete,
        };
        if decides && self.is_unread(Area::PermissionSetGroups) {
            source.member_unread = true;
            source.muting_unread = true;
            self.say_unread(
                Area::PermissionSetGroups,
                "what is in permission set groups",
            );
        }
        if decides && self.is_unread(Area::MutingPermissionSets) {
            source.muting_unread = true;
            self.say_unread(Area::MutingPermissionSets, "what groups mute");
        }
        for member in &group.members {
            let known = &self.snapshot.permission_sets;
            match known.get(member) {
                Some(set) if set.has_activation_required => self.without_effect.push(format!(
                    "permission set {} in group {}: it is session-based and grants nothing outside an activated session",
                    set.name, group.name
                )),
                Some(set) => source.members.push(self.hold(set, Some(&group.name))),
                None => {
                    source.member_unread = true;
                    if decides {
                        self.note("permission set", member, Some(&group.name), known.keys());
                    }
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
                    if decides {
                        let group = Some(&group.name);
                        self.note("muting permission set", muting, group, known.keys());
                    }
                }
            }
        }
        source
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

    fn miss<'n>(&mut self, kind: &'static str, name: &Name, known: impl Iterator<Item = &'n Name>) {
        self.note(kind, name, None, known);
        self.sources.push(Source::Unread);
    }

    /// Whether a system permission (`ApiEnabled`) is granted, and by what.
    pub fn user_permission(&self, name: &str) -> PermissionAccess {
        let mut access = self.switch(Switch::User(name));
        if !self.snapshot().asked_for_user_permission(name) {
            access.known = access.known.or(Known::Unknown);
        }
        access
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

    /// Whether a connected app for admin-approved users only admits the user.
    pub fn connected_app(&self, name: &Name) -> Known {
        self.any(|source| source.connected_app(name))
    }

    /// Salesforce's own answer on an object or field.
    fn platform_answer(&self, object: &Name, field: Option<&Name>) -> Option<&PlatformAccess> {
        self.platform
            .iter()
            .find(|answer| answer.object == *object && answer.field.as_ref() == field)
    }

    /// Whether a record type is available for create and edit, by any container.
    ///
    /// Only metadata tells of it, no query does: a live org of which record types were not read leaves it open.
    pub fn record_type(&self, object: &Name, record_type: &Name) -> Known {
        let listed = self.any(|source| source.record_type(object, record_type));
        // Of an object that was not asked for, containers' record types were not read.
        let beside = (self.snapshot.scope.as_ref()).is_some_and(|scope| !scope.contains(object));
        if beside || self.is_unread(Area::RecordTypes) {
            listed.or(Known::Unknown)
        } else {
            listed
        }
    }

    /// Every container that counts for the user, members of groups among them.
    pub fn held(&self) -> impl Iterator<Item = &'s PermissionSet> + '_ {
        self.held_as().map(|(_, set)| set)
    }

    /// Every container that is assigned to the user itself: the profile and permission sets, without what comes
    /// by way of a group.
    ///
    /// Only these are the user's own to change: a group's member reaches everybody in the group, and the group's
    /// muting may take away again what it is given.
    pub fn assigned(&self) -> impl Iterator<Item = &'s PermissionSet> + '_ {
        self.sources
            .iter()
            .flat_map(Source::held)
            .filter(|held| held.group.is_none())
            .map(|held| held.set)
    }

    /// The same with the name under which a person finds each.
    pub fn held_as(&self) -> impl Iterator<Item = (ContainerRef, &'s PermissionSet)> + '_ {
        let held = self.sources.iter().flat_map(Source::held);
        held.map(|held| (held.reference(), held.set))
    }

    fn any(&self, of: impl Fn(&Source<'s>) -> Known) -> Known {
        let mut sum = Known::No;
        for source in &self.sources {
            sum = sum.or(of(source));
            if sum == Known::Yes {
                break;
            }
        }
        sum
    }

    /// Whether the user has anything through a group.
    pub fn has_groups(&self) -> bool {
        let mut sources = self.sources.iter();
        sources.any(|source| matches!(source, Source::Group(_)))
    }
}

fn unique(names: &[Name]) -> impl Iterator<Item = &Name> {
    names
        .iter()
        .enumerate()
        .filter(|(index, name)| !names.iter().take(*index).any(|earlier| earlier == *name))
        .map(|(_, name)| name)
}
