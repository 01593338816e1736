//! What decides over records: who owns them, the user's groups, restriction rules, and Salesforce's answers on a sample.
//!
//! Of records only ids, owners and record types are read, and of these only counts are kept, with a few ids. It runs beside
//! the main line, and finds the user for itself so as not to wait for it.

mod sample;

use std::collections::{BTreeMap, BTreeSet};

use super::Wanted;
use super::ask::{Answer, Ask};
use super::user::{self, Caller};
use super::wire::{
    CountRow, GroupRow, LoginRow, MemberRow, OwnerCountRow, PersonRow, RecordTypeRow,
    RestrictionRow, UserRow, instant,
};
use crate::salesforce::soql::{OrgSchema, Query, is_api_name};
use crate::salesforce::{ApiError, ApiErrorKind};
use sample::Sampled;

use crate::snapshot::{
    Area, Login, Name, OtherShares, Ownership, Person, RecordSample, RestrictionRule,
    SampledRecord, Snapshot, Stratum, UserGroup, same_id,
};

/// Most groups of an aggregate query that come back (SOQL and SOSL Reference, GROUP BY).
const MOST_OWNERS: usize = 2000;

/// Statements on records in one call: the most that a composite takes.
const TOGETHER: usize = 5;

/// Groups in groups that are followed; Salesforce allows five levels.
const DEEPEST_GROUPS: usize = 5;

/// How many ids are kept of each stratum.
const EXAMPLES: usize = 3;

/// Objects that have no owner of their own, or whose records other audits look at.
const NOT_SAMPLED: [&str; 3] = ["Event", "User", "CampaignMember"];

/// What tells strata apart: whose records, whether the owner is active, record type, age.
type StratumKey = (String, Option<bool>, Option<Name>, &'static str);

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Records {
    user: Option<String>,
    people: Vec<PersonRow>,
    /// The addresses that were looked for.
    emails: Vec<String>,
    ownership: BTreeMap<Name, Ownership>,
    /// Objects that the org says have no owner.
    without_owner: Vec<Name>,
    samples: BTreeMap<Name, Vec<Sampled>>,
    groups: Option<Vec<UserGroup>>,
    restriction_rules: Option<Vec<RestrictionRule>>,
    others_with_profile: Option<u64>,
    other_shares: Option<OtherShares>,
    logins: Option<Vec<Login>>,
}

impl Records {
    /// Reads everything: three round trips deep, and deeper where the user's groups are members of groups.
    pub(super) async fn read(ask: &Ask<'_>, wanted: &Wanted) -> Self {
        let objects: Vec<&Name> = (wanted.objects.iter())
            .filter(|name| is_api_name(name.as_str()))
            .filter(|name| !NOT_SAMPLED.iter().any(|other| name.is(other)))
            .collect();
        let none = OrgSchema::default();
        let branches: [Ask<'_>; 5] = std::array::from_fn(|_| ask.branch());
        let [a, b, c, d, e] = &branches;
        let (row, counts, rules, by_email, types) = tokio::join!(
            user::find(a, &wanted.user),
            owners(b, &objects),
            c.rows::<RestrictionRow>(
                &[Area::SharingRules],
                Query::RestrictionRules
                    .bind()
                    .names("objects", &wanted.objects),
                &none,
            ),
            d.rows::<PersonRow>(
                &[Area::Owners],
                Query::UsersByEmail
                    .bind()
                    .texts("emails", &wanted.owner_emails),
                &none,
            ),
            e.rows::<RecordTypeRow>(
                &[Area::RecordTypes],
                Query::RecordTypes
                    .bind()
                    .names("objects", objects.iter().copied()),
                &none,
            ),
        );
        branches.iter().for_each(|branch| ask.join(branch));
        let (ownership, without_owner) = counts;
        let mut read = Self {
            ownership,
            without_owner,
            restriction_rules: rules.map(restriction_rules),
            emails: match &by_email {
                Some(_) => wanted.owner_emails.iter().cloned().collect(),
                None => Vec::new(),
            },
            people: by_email.unwrap_or_default(),
            ..Self::default()
        };
        let typed: BTreeSet<Name> = (types.into_iter().flatten())
            .map(|row| row.sobject_type)
            .collect();
        // That there is no such user, the main line says.
        let Ok(user) = row else {
            return read;
        };
        read.user = Some(user.id.clone());
        let owners: BTreeSet<&str> = (read.ownership.values())
            .flat_map(|ownership| ownership.records.keys())
            .map(String::as_str)
            .filter(|id| id.starts_with("005"))
            .collect();
        let profiles: Vec<&str> = user.profile_id.as_deref().into_iter().collect();
        let branches: [Ask<'_>; 6] = std::array::from_fn(|_| ask.branch());
        let [a, b, c, d, e, f] = &branches;
        let (people, groups, sharing, logins, samples, other_shares) = tokio::join!(
            a.rows::<PersonRow>(
                &[Area::Owners],
                Query::UsersById.bind().ids("users", owners),
                &none,
            ),
            groups_of(b, &user),
            c.rows::<CountRow>(
                &[Area::User],
                Query::UsersOfProfile.bind().ids("profiles", profiles),
                &none,
            ),
            d.rows::<LoginRow>(
                &[Area::LoginPolicy],
                Query::LoginHistory.bind().ids("user", [&user.id]),
                &none,
            ),
            sample::read(e, &user.id, &read.ownership, &typed, wanted.sample),
            other_shares(f, &user.id),
        );
        branches.iter().for_each(|branch| ask.join(branch));
        read.people.extend(people.into_iter().flatten());
        read.groups = groups;
        read.other_shares = other_shares;
        let active = u64::from(user.is_active == Some(true));
        read.others_with_profile = sharing.map(|rows| {
            let all = rows
                .iter()
                .fold(0_u64, |sum, row| sum.saturating_add(row.records));
            all.saturating_sub(active)
        });
        read.logins = logins.map(|rows| {
            rows.into_iter()
                .map(|row| Login {
                    at: instant(&row.login_time),
                    kind: row.login_type.unwrap_or_default(),
                    application: row.application,
                })
                .collect()
        });
        read.samples = samples;
        read
    }

    /// Adds what was read to the snapshot.
    pub(super) fn add_to(self, snapshot: &mut Snapshot, caller: &Caller, ask: &Ask<'_>) {
        let mut people: BTreeMap<String, Person> = BTreeMap::new();
        for row in &self.people {
            people.insert(row.id.clone(), person(row));
        }
        let role_names: BTreeMap<&str, &str> = (self.people.iter())
            .filter_map(|row| Some((row.id.as_str(), row.user_role.as_ref()?.name.as_deref()?)))
            .collect();
        for (object, sampled) in self.samples {
            let types = snapshot
                .objects
                .get(&object)
                .map(|object| &object.record_types);
            let total = (self.ownership.get(&object)).map(|owned| {
                (owned.records.iter())
                    .filter(|(owner, _)| {
                        !self
                            .user
                            .as_deref()
                            .is_some_and(|user| same_id(user, owner))
                    })
                    .fold(0_u64, |sum, (_, count)| sum.saturating_add(*count))
            });
            let complete = self
                .ownership
                .get(&object)
                .is_some_and(|owned| owned.complete)
                && total == u64::try_from(sampled.len()).ok();
            let mut strata: BTreeMap<StratumKey, Stratum> = BTreeMap::new();
            let mut records = Vec::new();
            for record in sampled {
                let owner = record.owner.as_deref().unwrap_or_default();
                let (label, active) = match (owner.starts_with("00G"), people.get(owner)) {
                    (true, _) => ("owned by queues".to_owned(), None),
                    (false, Some(person)) => {
                        let role = match role_names.get(owner) {
                            Some(role) => format!("owned in {role}"),
                            None => "owned by users without a role".to_owned(),
                        };
                        (role, person.is_active)
                    }
                    (false, None) => ("owned by users that were not read".to_owned(), None),
                };
                let record_type = record.record_type.as_deref().and_then(|id| {
                    types?
                        .values()
                        .find(|known| known.id.as_deref().is_some_and(|own| same_id(own, id)))
                        .map(|known| known.name.clone())
                });
                let key = (label.clone(), active, record_type.clone(), record.age);
                let stratum = strata.entry(key).or_insert_with(|| Stratum {
                    owner: label,
                    owner_active: active,
                    record_type,
                    age: Some(record.age.to_owned()),
                    asked: 0,
                    readable: 0,
                    editable: 0,
                    examples: Vec::new(),
                });
                stratum.asked = stratum.asked.saturating_add(1);
                stratum.readable = stratum.readable.saturating_add(u64::from(record.readable));
                stratum.editable = stratum.editable.saturating_add(u64::from(record.editable));
                records.push(SampledRecord {
                    id: record.id.clone(),
                    readable: record.readable,
                    editable: record.editable,
                });
                if !record.editable && stratum.examples.len() < EXAMPLES {
                    stratum.examples.push(record.id);
                }
            }
            records.sort();
            let sample = RecordSample {
                complete,
                strata: strata.into_values().collect(),
                records,
            };
            snapshot.record_samples.insert(object, sample);
        }
        for object in &self.without_owner {
            let owner = Name::new("OwnerId");
            let known = snapshot.objects.get(object);
            // Nothing hides the owner of a record; two answers that disagree are not to be trusted all the same.
            if known.is_none_or(|known| known.incomplete || known.fields.contains_key(&owner)) {
                let reason = format!("{object}: who owns its records could not be read");
                ask.ledger.lack(Area::RecordAccess, reason);
            }
        }
        snapshot.emails_looked_up = self.emails;
        snapshot.people = people.into_values().collect();
        snapshot.ownership = self.ownership;
        snapshot.restriction_rules = self.restriction_rules;
        let manages = caller.can("ManageUsers");
        if let Some(user) = snapshot.users.first_mut() {
            user.groups = self.groups;
            user.other_shares = self.other_shares;
            user.others_with_profile = self.others_with_profile;
            // Without Manage Users the history holds the caller's own logins only.
            user.logins = self.logins.filter(|_| manages);
        }
        let sees_all = ["ViewAllData", "ModifyAllData"]
            .iter()
            .any(|permission| caller.can(permission));
        if !sees_all && !snapshot.ownership.is_empty() {
            for ownership in snapshot.ownership.values_mut() {
                ownership.complete = false;
            }
            for sample in snapshot.record_samples.values_mut() {
                sample.complete = false;
            }
            ask.ledger.lack(
                Area::RecordAccess,
                "the session's user lacks View All Data, so records that it does not see were not counted",
            );
        }
    }
}

fn person(row: &PersonRow) -> Person {
    let profile = row.profile.as_ref();
    Person {
        id: row.id.clone(),
        username: row.username.clone(),
        name: row.name.clone(),
        email: row.email.clone(),
        is_active: row.is_active,
        user_type: row.user_type.clone(),
        role_id: row.user_role_id.clone(),
        profile: profile
            .and_then(|profile| profile.name.as_deref())
            .map(Name::new),
        license: profile
            .and_then(|profile| profile.user_license.as_ref())
            .and_then(|license| license.name.clone()),
    }
}

fn restriction_rules(rows: Vec<RestrictionRow>) -> Vec<RestrictionRule> {
    let mut rules: Vec<RestrictionRule> = rows
        .into_iter()
        .map(|row| RestrictionRule {
            object: row.target_entity,
            name: row.developer_name,
            active: row.is_active,
            enforcement: row.enforcement_type,
            user_criteria: row.user_criteria,
            record_filter: row.record_filter,
            at: None,
        })
        .collect();
    rules.sort_by(|a, b| (&a.object, &a.name).cmp(&(&b.object, &b.name)));
    rules
}

/// Who owns each object's records, and which objects have no owner field.
async fn owners(ask: &Ask<'_>, objects: &[&Name]) -> (BTreeMap<Name, Ownership>, Vec<Name>) {
    let bindings = objects
        .iter()
        .map(|object| Query::RecordOwners.bind().from(object));
    let answers = ask
        .rows_of_each::<OwnerCountRow>(
            &[Area::RecordAccess],
            bindings.collect(),
            &OrgSchema::default(),
            TOGETHER,
            has_no_owner,
        )
        .await;
    let (mut owned, mut without) = (BTreeMap::new(), Vec::new());
    for (object, answer) in objects.iter().zip(answers) {
        match answer {
            Answer::Rows(rows) => {
                let complete = rows.len() < MOST_OWNERS;
                let records = rows
                    .into_iter()
                    .filter_map(|row| Some((row.owner_id?, row.records)))
                    .collect();
                owned.insert((*object).clone(), Ownership { complete, records });
            }
            Answer::Told => without.push((*object).clone()),
            Answer::Nothing => {}
        }
    }
    (owned, without)
}

/// A detail has no owner: Salesforce answers that there is no such column.
fn has_no_owner(error: &ApiError) -> bool {
    error.kind == ApiErrorKind::NoSuchColumn
}

/// The user's groups: its own, those of its role and of the roles above, and those that hold one of these.
async fn groups_of(ask: &Ask<'_>, user: &UserRow) -> Option<Vec<UserGroup>> {
    let none = OrgSchema::default();
    let mut found: BTreeMap<String, UserGroup> = BTreeMap::new();
    // The groups of the role are known beside the user's own, and looked for with what holds those.
    let [a, b] = [ask.branch(), ask.branch()];
    let (of_role, of_user) = tokio::join!(
        a.rows::<GroupRow>(
            &[Area::Owners],
            Query::GroupsOfRoles.bind().ids("roles", &user.user_role_id),
            &none
        ),
        b.rows::<MemberRow>(
            &[Area::Owners],
            Query::GroupMembers.bind().ids("members", [&user.id]),
            &none
        ),
    );
    ask.join(&a);
    ask.join(&b);
    let mut of_role: BTreeSet<String> = (of_role?.into_iter())
        .filter_map(|row| {
            row.related_id.as_ref()?;
            row.id
        })
        .collect();
    let mut rows = of_user?;
    for _ in 0..=DEEPEST_GROUPS {
        let mut members = std::mem::take(&mut of_role);
        for row in rows {
            let group = row.group;
            let name = group
                .as_ref()
                .and_then(|group| group.developer_name.clone().or(group.name.clone()));
            if let Some(name) = name
                && !found.contains_key(&row.group_id)
            {
                members.insert(row.group_id.clone());
                let entry = UserGroup {
                    name: Name::from(name),
                    kind: group.and_then(|group| group.kind),
                    id: Some(row.group_id.clone()),
                };
                found.insert(row.group_id, entry);
            }
        }
        if members.is_empty() {
            break;
        }
        let binding = Query::GroupMembers.bind().ids("members", &members);
        rows = ask
            .rows::<MemberRow>(&[Area::Owners], binding, &none)
            .await?;
    }
    let mut groups: Vec<UserGroup> = found.into_values().collect();
    groups.sort();
    Some(groups)
}

/// The territories and teams that the user is in.
async fn other_shares(ask: &Ask<'_>, user: &str) -> Option<OtherShares> {
    let [a, b, c] = [ask.branch(), ask.branch(), ask.branch()];
    let (territories, accounts, opportunities) = tokio::join!(
        a.count_where_used(Query::UserTerritories.bind().ids("users", [user])),
        b.count_where_used(Query::AccountTeamMembers.bind().ids("users", [user])),
        c.count_where_used(Query::OpportunityTeamMembers.bind().ids("users", [user])),
    );
    [&a, &b, &c].into_iter().for_each(|branch| ask.join(branch));
    Some(OtherShares {
        territories: territories?,
        account_teams: accounts?,
        opportunity_teams: opportunities?,
    })
}
