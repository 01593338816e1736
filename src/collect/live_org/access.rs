//! What is assigned to the user, and what the assigned containers grant.
//!
//! A group's assignment points to the permission set that Salesforce computes for the group, muting applied: that one
//! decides, and the group's members and mutings are read to explain it.

mod build;
mod others;
mod touched;

use std::collections::{BTreeMap, BTreeSet};

use super::ask::Ask;
use super::containers::{Grants, SetupNames, name_of, name_of_thing};
use super::objects::Objects;
use super::record_types;
use super::user::Caller;
use super::wire::{
    AssignmentRow, ComponentRow, NamedGroupRow, ProfileSetRow, SetRow, ThingRow, UserRow,
    full_name, instant,
};
use super::{Beside, Wanted};
use build::Builder;
pub(super) use others::Others;
pub(super) use touched::Touched;

use crate::salesforce::soql::{OrgSchema, Query};
use crate::snapshot::{Area, Assigned, Assignment, Name, Snapshot, User};

/// A group that is assigned to the user.
#[derive(Debug, Default)]
struct AssignedGroup {
    name: Option<Name>,
    label: Option<String>,
    status: Option<String>,
    has_activation_required: bool,
    aggregate: Option<String>,
    members: Vec<String>,
}

/// What the assignments say.
#[derive(Debug, Default)]
pub(super) struct Assignments {
    own: Vec<Assignment>,
    /// Permission sets by id, with the names that the assignments give.
    sets: BTreeMap<String, Name>,
    /// Those of them that are session-based.
    session_based: BTreeSet<String>,
    groups: BTreeMap<String, AssignedGroup>,
    profile_set: Option<String>,
    /// Profiles that are compared: id of the permission set, id and name of the profile.
    profiles: Vec<(String, String, Name)>,
    licences: BTreeSet<String>,
    /// Whether some assignments may be missing.
    open: bool,
}

impl Assignments {
    /// Reads the user's assignments, and finds what is to be read beside them.
    pub(super) async fn read(
        ask: &Ask<'_>,
        schema: &OrgSchema,
        user: &str,
        beside: &Beside,
    ) -> Self {
        const NAMED: &[Area] = &[Area::UnassignedPermissionSets];
        let binding = Query::PermissionSetAssignments.bind().ids("users", [user]);
        let branches: [Ask<'_>; 4] = std::array::from_fn(|_| ask.branch());
        let [own, on_sets, on_groups, on_profiles] = &branches;
        let (rows, sets, groups, profiles) = tokio::join!(
            own.rows::<AssignmentRow>(&[Area::Assignments], binding, schema),
            on_sets.rows::<SetRow>(
                NAMED,
                Query::PermissionSetsNamed
                    .bind()
                    .texts("names", own_names(&beside.permission_sets)),
                schema,
            ),
            on_groups.rows::<NamedGroupRow>(
                NAMED,
                Query::PermissionSetGroupsNamed
                    .bind()
                    .texts("names", own_names(&beside.groups)),
                schema,
            ),
            on_profiles.rows::<ProfileSetRow>(
                NAMED,
                Query::ProfilesNamed
                    .bind()
                    .texts("names", beside.profiles.iter().map(Name::as_str)),
                schema,
            ),
        );
        branches.iter().for_each(|branch| ask.join(branch));
        let mut found = Self {
            open: rows.is_none(),
            ..Self::default()
        };
        for row in rows.into_iter().flatten() {
            found.add(ask, row);
        }
        found.add_sets_named(sets.unwrap_or_default(), beside);
        found.add_groups_named(groups.unwrap_or_default(), beside);
        for row in profiles.into_iter().flatten() {
            let name = row.profile.and_then(|profile| profile.name);
            let is_own = found.profile_set.as_ref() == Some(&row.id);
            if let (Some(profile_id), Some(name), false) = (row.profile_id, name, is_own) {
                (found.profiles).push((row.id, profile_id, Name::new(&name)));
            }
        }
        found
            .own
            .sort_by(|a, b| (&a.of, &a.expires_at).cmp(&(&b.of, &b.expires_at)));
        found
    }

    /// Sets that are read as if they were the user's; the assignments stay what they are.
    fn add_sets_named(&mut self, rows: Vec<SetRow>, beside: &Beside) {
        for row in rows {
            let Some(name) = name_of(&row).filter(|name| beside.permission_sets.contains(name))
            else {
                continue;
            };
            if row.has_activation_required == Some(true) {
                self.session_based.insert(row.id.clone());
            }
            self.sets.entry(row.id).or_insert(name);
        }
    }

    /// Groups likewise.
    fn add_groups_named(&mut self, rows: Vec<NamedGroupRow>, beside: &Beside) {
        for row in rows {
            let name = full_name(row.namespace_prefix.as_deref(), &row.developer_name);
            if beside.groups.contains(&name) {
                self.groups.entry(row.id).or_insert(AssignedGroup {
                    name: Some(name),
                    label: row.master_label,
                    status: row.status,
                    ..AssignedGroup::default()
                });
            }
        }
    }

    fn add(&mut self, ask: &Ask<'_>, row: AssignmentRow) {
        let set = row.permission_set.unwrap_or_default();
        if set.is_owned_by_profile == Some(true) {
            self.profile_set = row.permission_set_id;
            return;
        }
        self.licences.extend(set.license_id.clone());
        let of = if let Some(group_id) = row.permission_set_group_id {
            let group = row.permission_set_group.unwrap_or_default();
            let name = group
                .developer_name
                .as_deref()
                .map(|name| full_name(group.namespace_prefix.as_deref(), name));
            let entry = self.groups.entry(group_id).or_default();
            entry.name.clone_from(&name);
            entry.label = group.master_label;
            entry.status = group.status;
            entry.has_activation_required = group.has_activation_required == Some(true)
                || set.has_activation_required == Some(true);
            entry.aggregate = row.permission_set_id;
            name.map(Assigned::PermissionSetGroup)
        } else {
            let name = set
                .name
                .as_deref()
                .map(|name| full_name(set.namespace_prefix.as_deref(), name));
            if let (Some(id), Some(name)) = (row.permission_set_id, &name) {
                if set.has_activation_required == Some(true) {
                    self.session_based.insert(id.clone());
                }
                self.sets.insert(id, name.clone());
            }
            name.map(Assigned::PermissionSet)
        };
        match of {
            Some(of) => self.own.push(Assignment {
                of,
                expires_at: row.expiration_date.as_deref().map(instant),
                is_active: row.is_active,
                is_revoked: row.is_revoked,
            }),
            None => {
                self.open = true;
                ask.ledger.lack(
                    Area::Assignments,
                    "the name of something assigned to the user is hidden from the session's user",
                );
            }
        }
    }
}

/// API names without their namespaces, which have a column of their own. `ns__Name` and `Name` are both looked for, since a
/// name may hold two underscores without a namespace.
fn own_names(names: &BTreeSet<Name>) -> BTreeSet<String> {
    let mut own = BTreeSet::new();
    for name in names {
        let text = name.as_str();
        own.extend(text.split_once("__").map(|(_, rest)| rest.to_owned()));
        own.insert(text.to_owned());
    }
    own
}

impl Assignments {
    /// Every container whose entries count, or explain what does: what was read, and the groups' members.
    fn read_ids(&self, grants: &Grants) -> BTreeSet<String> {
        let of_groups = self
            .groups
            .values()
            .flat_map(|group| group.members.iter().chain(&group.aggregate));
        let compared = self.profiles.iter().map(|(set, ..)| set);
        let ids = self.sets.keys().chain(of_groups).chain(&self.profile_set);
        ids.chain(compared)
            .cloned()
            .chain(grants.ids().cloned())
            .collect()
    }
}

/// What is known before the containers are read.
pub(super) struct Known<'k> {
    pub(super) schema: &'k OrgSchema,
    pub(super) wanted: &'k Wanted,
    pub(super) objects: &'k Objects,
    pub(super) caller: &'k Caller,
    pub(super) others: &'k Others,
    pub(super) names: SetupNames,
}

/// Areas that a failure to read the assigned containers costs.
const ASSIGNED: &[Area] = &[
    Area::PermissionSets,
    Area::Profiles,
    Area::PermissionSetGroups,
];

/// Reads the containers behind the assignments into the snapshot.
pub(super) async fn read(
    ask: &Ask<'_>,
    mut assignments: Assignments,
    row: &UserRow,
    mut known: Known<'_>,
    touched: Touched<'_>,
    user: &mut User,
    snapshot: &mut Snapshot,
) {
    let (known_schema, sees_fields) = (known.schema, known.caller.sees_fields());
    let first = first_round(ask, &mut assignments, row, &known).await;
    let (mut grants, profile, profiles) = first;
    let ids = assignments.read_ids(&grants);
    let [a, b] = [ask.branch(), ask.branch()];
    let (second, more) = tokio::join!(
        rest_of_containers(&a, &mut assignments, &mut grants, &mut known),
        touched.read(&b, known_schema, &ids, sees_fields),
    );
    ask.join(&a);
    ask.join(&b);
    let (sets, mutings, others, other_ids, metadata) = second;
    let (more_objects, more_grants) = more;
    let more: BTreeSet<Name> = more_objects.keys().cloned().collect();
    grants.add_on(&more, more_grants);

    let mut builder = Builder {
        ask,
        grants: &grants,
        known: &known,
        metadata: &metadata,
        open: assignments.open || !known.caller.sees_setup(),
        more: &more,
        snapshot,
    };
    for (id, name) in &sets {
        builder.permission_set(id, name, assignments.session_based.contains(id));
    }
    for (id, name) in &mutings {
        builder.muting(id, name);
    }
    builder.groups(&assignments, &sets, &mutings);
    builder.profile(&assignments, row, profile, user);
    for ((set, _, name), facts) in assignments.profiles.iter().zip(profiles) {
        builder.other_profile(set, name, facts);
    }
    for id in &other_ids {
        builder.other(&others, id);
    }
    user.changes_read = grants.has_all_changes() && !assignments.open && known.caller.sees_setup();
    user.assignments = assignments.own;
    snapshot.automation_in_scope = more.into_iter().collect();
    snapshot.objects.extend(more_objects);
}

/// Full names, others' sets and metadata, as far as they come after the first round.
type Rest = (
    BTreeMap<String, Name>,
    BTreeMap<String, Name>,
    Grants,
    BTreeSet<String>,
    record_types::Metadata,
);

/// What the first round leads to.
async fn rest_of_containers(
    ask: &Ask<'_>,
    assignments: &mut Assignments,
    grants: &mut Grants,
    known: &mut Known<'_>,
) -> Rest {
    let (muting_names, others, other_ids) = second_round(ask, assignments, grants, known).await;

    // Full names of sets whose metadata tells record types.
    let mut sets: BTreeMap<String, Name> = assignments.sets.clone();
    let mut mutings: BTreeMap<String, Name> = BTreeMap::new();
    for id in assignments.groups.values().flat_map(|group| &group.members) {
        if let Some(name) = grants.row(id).and_then(name_of) {
            sets.insert(id.clone(), name);
        } else if let Some(name) = muting_names.get(id) {
            mutings.insert(id.clone(), name.clone());
        }
    }
    let metadata = record_types::read(
        ask,
        sets.values(),
        mutings.values(),
        known.wanted.whole || known.objects.have_record_types(),
    )
    .await;
    (sets, mutings, others, other_ids, metadata)
}

/// The assigned sets, the groups' components and the profile's metadata: all that the assignments lead to.
async fn first_round(
    ask: &Ask<'_>,
    assignments: &mut Assignments,
    row: &UserRow,
    known: &Known<'_>,
) -> (
    Grants,
    record_types::ProfileFacts,
    Vec<record_types::ProfileFacts>,
) {
    let mut ids: BTreeSet<String> = assignments.sets.keys().cloned().collect();
    ids.extend(
        assignments
            .groups
            .values()
            .filter_map(|group| group.aggregate.clone()),
    );
    ids.extend(assignments.profile_set.clone());
    ids.extend(assignments.profiles.iter().map(|(set, ..)| set.clone()));
    let profile_id = row.profile_id.as_deref();
    let no_aggregate: Vec<&String> = assignments
        .groups
        .iter()
        .filter(|(_, group)| group.aggregate.is_none())
        .map(|(id, _)| id)
        .collect();
    let no_profile: Vec<&str> = match assignments.profile_set {
        Some(_) => Vec::new(),
        None => profile_id.into_iter().collect(),
    };
    let branches: [Ask<'_>; 6] = std::array::from_fn(|_| ask.branch());
    let [a, b, c, d, e, f] = &branches;
    let other_profiles =
        (assignments.profiles.iter()).map(|(_, id, _)| record_types::profile(f, Some(id.as_str())));
    let (grants, components, aggregates, profiles, profile, others) = tokio::join!(
        Grants::read(a, known.schema, known.wanted, known.objects, &ids, ASSIGNED),
        b.rows::<ComponentRow>(
            &[Area::PermissionSetGroups],
            Query::PermissionSetGroupComponents
                .bind()
                .ids("groups", assignments.groups.keys()),
            known.schema,
        ),
        c.rows::<SetRow>(
            &[Area::PermissionSetGroups],
            Query::PermissionSetsOfGroups
                .bind()
                .ids("groups", no_aggregate),
            known.schema,
        ),
        d.rows::<SetRow>(
            &[Area::Profiles],
            Query::PermissionSetsOfProfiles
                .bind()
                .ids("profiles", no_profile),
            known.schema,
        ),
        record_types::profile(e, profile_id),
        super::all(other_profiles),
    );
    branches.iter().for_each(|branch| ask.join(branch));
    let mut grants = grants;
    for row in aggregates.iter().flatten() {
        if let Some(group) = row
            .permission_set_group_id
            .as_ref()
            .and_then(|id| assignments.groups.get_mut(id))
        {
            group.aggregate = Some(row.id.clone());
            group.has_activation_required |= row.has_activation_required == Some(true);
        }
    }
    if let Some(row) = profiles.iter().flatten().next() {
        assignments.profile_set = Some(row.id.clone());
    }
    grants.add_sets(aggregates.into_iter().chain(profiles).flatten().collect());
    match components {
        Some(rows) => {
            for row in rows {
                if let Some(group) = assignments.groups.get_mut(&row.permission_set_group_id) {
                    group.members.push(row.permission_set_id);
                }
            }
        }
        // The aggregate decides all the same; only what explains it is missing, which the ledger has.
        None => {
            for group in assignments.groups.values_mut() {
                group.members.clear();
            }
        }
    }
    (grants, profile, others)
}

/// Members and mutings of groups, sets found late, and sets that the user does not have.
async fn second_round(
    ask: &Ask<'_>,
    assignments: &mut Assignments,
    grants: &mut Grants,
    known: &mut Known<'_>,
) -> (BTreeMap<String, Name>, Grants, BTreeSet<String>) {
    let mut ids: BTreeSet<String> = assignments
        .groups
        .values()
        .flat_map(|group| group.members.iter().cloned())
        .collect();
    ids.extend(
        assignments
            .groups
            .values()
            .filter_map(|group| group.aggregate.clone()),
    );
    ids.extend(assignments.profile_set.clone());
    ids.retain(|id| !grants.is_read(id));
    let mut held: BTreeSet<String> = assignments.sets.keys().cloned().collect();
    held.extend(
        assignments
            .groups
            .values()
            .filter_map(|group| group.aggregate.clone()),
    );
    held.extend(ids.iter().cloned());
    let other_ids = known.others.choose(ask, &held);
    let mut licences: BTreeSet<String> = grants.licence_ids().cloned().collect();
    licences.extend(assignments.licences.iter().cloned());
    let member_ids: BTreeSet<&String> = assignments
        .groups
        .values()
        .flat_map(|group| &group.members)
        .collect();
    let [a, b, c, d] = [ask.branch(), ask.branch(), ask.branch(), ask.branch()];
    let (members, mutings, others, licence_names) = tokio::join!(
        Grants::read(
            &a,
            known.schema,
            known.wanted,
            known.objects,
            &ids,
            &[Area::PermissionSetGroups]
        ),
        b.rows::<ThingRow>(
            &[Area::MutingPermissionSets],
            Query::MutingPermissionSets.bind().ids("sets", member_ids),
            known.schema,
        ),
        Grants::read_others(&c, known.schema, known.wanted, known.objects, &other_ids),
        licence_names(&d, &licences),
    );
    for branch in [&a, &b, &c, &d] {
        ask.join(branch);
    }
    grants.extend(members);
    known.names.licences = licence_names;
    let muting_names = mutings
        .into_iter()
        .flatten()
        .filter_map(|row| Some((row.id.clone(), name_of_thing(&row)?)))
        .collect();
    (muting_names, others, other_ids)
}

/// The names of user licences and permission set licences.
async fn licence_names(ask: &Ask<'_>, ids: &BTreeSet<String>) -> BTreeMap<String, String> {
    const AREAS: &[Area] = &[Area::Licences];
    let none = OrgSchema::default();
    let of = |prefix: &'static str| ids.iter().filter(move |id| id.starts_with(prefix));
    let [a, b] = [ask.branch(), ask.branch()];
    let (users, sets) = tokio::join!(
        a.rows::<ThingRow>(
            AREAS,
            Query::UserLicenses.bind().ids("licenses", of("100")),
            &none
        ),
        b.rows::<ThingRow>(
            AREAS,
            Query::PermissionSetLicenses
                .bind()
                .ids("licenses", of("0PL")),
            &none
        ),
    );
    ask.join(&a);
    ask.join(&b);
    let name = |row: ThingRow| {
        let name = row.name.or(row.developer_name)?;
        Some((row.id, name))
    };
    users
        .into_iter()
        .chain(sets)
        .flatten()
        .filter_map(name)
        .collect()
}
