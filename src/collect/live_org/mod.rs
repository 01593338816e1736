//! Collects a live org for one user and the objects that a sync touches.
//!
//! In: a connected [`Client`], what is [`Wanted`] and the time. Out: a [`Snapshot`] with its coverage. It reads only what
//! an audit of that user needs, never all rows of an org, and knows nothing of mappings' rules or findings.
//!
//! Work that does not wait for other work runs beside it. The longest line is: the columns that the org has, the
//! assignments, what is assigned, what that is made of, the metadata of that. What the session's user may not see lowers the
//! coverage with the reason; it never fails the run, and never reads as 'no'. The run ends without a snapshot only where
//! there is no session, no API, or no such user.

mod access;
mod ask;
mod automation;
mod containers;
mod describe;
mod error;
mod field_answers;
mod objects;
mod packs;
mod record_types;
mod records;
mod surroundings;
mod user;
mod wanted;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

pub use ask::{Progress, Told};
pub use error::LiveError;
pub use wanted::{Beside, Wanted};

use tokio::sync::oneshot;

use crate::automation::touched_as_user;
use crate::salesforce::Client;
use crate::salesforce::soql::{Api, OrgSchema, Query};
use crate::snapshot::{
    Apex, Area, Coverage, CoverageStatus, Flow, GlobalValue, Name, OrgInfo, Snapshot, SourceKind,
    ValidationRule,
};
use access::{Assignments, Known, Others, Touched};
use ask::{Ask, Ledger};
use automation::Owners;
use containers::SetupNames;
use objects::Objects;
use surroundings::{OfUser, Surroundings};
use user::Caller;
pub(in crate::collect) use wire::RecordAccessRow;

/// The objects whose columns differ between orgs and API versions, where it matters.
const DESCRIBED: [(Api, &str); 7] = [
    (Api::Rest, "UserPermissionAccess"),
    (Api::Rest, "PermissionSetAssignment"),
    (Api::Rest, "PermissionSetGroup"),
    (Api::Rest, "PermissionSet"),
    (Api::Rest, "ObjectPermissions"),
    (Api::Rest, "PermissionSetLicenseAssign"),
    (Api::Rest, "PermissionSetLicense"),
];

/// Collects the org. `now` dates the snapshot.
///
/// # Errors
/// No session, no API, no such user; nothing else.
pub async fn collect(
    client: &Client,
    wanted: &Wanted,
    now: jiff::Timestamp,
    told: Option<Told<'_>>,
) -> Result<Snapshot, LiveError> {
    let of_session;
    let wanted = if wanted.user.is_empty() {
        of_session = of_session_user(client, wanted).await?;
        &of_session
    } else {
        wanted
    };
    let ledger = Ledger::new(told);
    let ask = Ask::new(client.clone(), &ledger);

    // Beside the main line: nothing waits for these.
    let (tell_owners, owners) = oneshot::channel();
    let (tell_touched, found) = oneshot::channel();
    let [
        on_rules,
        on_automation,
        on_sharing,
        on_records,
        on_types,
        main,
    ] = [
        ask.branch(),
        ask.branch(),
        ask.branch(),
        ask.branch(),
        ask.branch(),
        ask.branch(),
    ];
    let touched = Touched { found };
    let (ruled, automated, sharing_rules, around_records, typed_values, collected) = tokio::join!(
        rules_line(&on_rules, wanted, owners),
        automation_line(&on_automation, wanted, tell_touched),
        surroundings::sharing_rules(&on_sharing, wanted),
        records::Records::read(&on_records, wanted),
        record_types::values(&on_types, wanted),
        main_line(&main, wanted, tell_owners, touched),
    );
    for branch in [
        &on_rules,
        &on_automation,
        &on_sharing,
        &on_records,
        &on_types,
        &main,
    ] {
        ask.join(branch);
    }
    let ((rules, named), (flows, apex)) = (ruled, automated);
    let (mut snapshot, caller) = collected?;
    if let Some(error) = ledger.fatal() {
        return Err(error.into());
    }
    if let Some(user) = snapshot.users.first_mut() {
        user.globals = named;
    }
    for (name, list) in rules {
        if let Some(object) = snapshot.objects.get_mut(&name) {
            object.validation_rules = list;
        }
    }
    for (object, read) in typed_values {
        let object = snapshot.objects.get_mut(&object);
        if let Some(known) = object.and_then(|object| object.record_types.get_mut(&read.name)) {
            known.picklist_values = read.picklist_values;
        }
    }
    snapshot.flows = flows;
    snapshot.apex = apex;
    snapshot.sharing_rules = sharing_rules;
    around_records.add_to(&mut snapshot, &caller, &ask);
    snapshot.scope = (!wanted.whole).then(|| wanted.objects.iter().cloned().collect());
    snapshot.user_permissions_asked = Some(containers::user_permissions_asked()?);
    drop(ask);
    fill(&mut snapshot, client, now, &caller, ledger);
    Ok(snapshot)
}

/// The same with the user of the session, for a question that is about no user.
async fn of_session_user(client: &Client, wanted: &Wanted) -> Result<Wanted, LiveError> {
    let identity = client.session().identity.clone();
    let user = match identity {
        Some(identity) => identity.user_id,
        None => client.caller().await?.user_id,
    };
    Ok(Wanted {
        user,
        ..wanted.clone()
    })
}

/// Fills up what could not be described with every column that a statement may ask for.
///
/// Not to ask for a column reads as an assignment without an end, or a permission that nobody has. Asked for, a column that
/// the org lacks fails its query, which is then said.
fn assume_columns(mut schema: OrgSchema) -> Result<OrgSchema, LiveError> {
    for query in [
        Query::UserPermissionAccess,
        Query::PermissionSetAssignments,
        Query::PermissionSets,
        Query::ObjectPermissions,
    ] {
        let template = query.template()?;
        let optional = template.columns.iter().filter(|column| column.optional);
        let mut fields: BTreeMap<&str, Vec<serde_json::Value>> = BTreeMap::new();
        for column in optional {
            // A path is at most one relationship long, and named as the object that it leads to.
            match column.path.split_once('.') {
                None => fields
                    .entry(template.object)
                    .or_default()
                    .push(serde_json::json!({ "name": column.path })),
                Some((related, name)) => {
                    fields.entry(template.object).or_default().push(serde_json::json!({
                        "name": format!("{related}Id"), "relationshipName": related, "referenceTo": [related],
                    }));
                    fields
                        .entry(related)
                        .or_default()
                        .push(serde_json::json!({ "name": name }));
                }
            }
        }
        for (object, fields) in fields {
            if schema.object(Api::Rest, object).is_none() {
                let columns = serde_json::from_value(serde_json::json!({ "fields": fields }));
                if let Ok(columns) = columns {
                    schema.insert(Api::Rest, object, columns);
                }
            }
        }
    }
    Ok(schema)
}

/// The rules of the objects, and what they and the formulas that are tried ask of the user and of settings.
async fn rules_line<'l>(
    ask: &Ask<'l>,
    wanted: &Wanted,
    owners: oneshot::Receiver<(Owners, Ask<'l>)>,
) -> (
    BTreeMap<Name, Vec<ValidationRule>>,
    BTreeMap<Name, GlobalValue>,
) {
    let rules = automation::validation_rules(ask, wanted).await;
    // Without a user there is no run, and the main line says so.
    let Ok((owners, known_by)) = owners.await else {
        return (rules, BTreeMap::new());
    };
    ask.join(&known_by);
    let of_rules = rules.values().flatten().filter(|rule| rule.active);
    let formulas = of_rules
        .filter_map(|rule| rule.formula.as_deref())
        .chain(wanted.formulas.iter().map(String::as_str));
    let named = automation::globals(ask, formulas, &owners).await;
    (rules, named)
}

/// Flows and Apex. The objects that they touch in the user's name are told as soon as they are known.
async fn automation_line<'l>(
    ask: &Ask<'l>,
    wanted: &Wanted,
    tell_touched: oneshot::Sender<(BTreeSet<Name>, Ask<'l>)>,
) -> (Vec<Flow>, Vec<Apex>) {
    let [a, b] = [ask.branch(), ask.branch()];
    let (flows, apex) = tokio::join!(automation::flows(&a, wanted), automation::apex(&b, wanted));
    ask.join(&a);
    ask.join(&b);
    let mut touched = touched_as_user(&flows, &wanted.flows, &apex);
    touched.retain(|object| !wanted.objects.contains(object));
    // Nobody waits for it where the main line ended early.
    let _told = tell_touched.send((touched, ask.branch()));
    (flows, apex)
}

/// The line that the user's access hangs on.
async fn main_line<'l>(
    ask: &Ask<'l>,
    wanted: &Wanted,
    tell_owners: oneshot::Sender<(Owners, Ask<'l>)>,
    touched: Touched<'l>,
) -> Result<(Snapshot, Caller), LiveError> {
    let [a, b, c, d, e] = [
        ask.branch(),
        ask.branch(),
        ask.branch(),
        ask.branch(),
        ask.branch(),
    ];
    let (schema, row, objects, around, others) = tokio::join!(
        a.client.schema_of(&DESCRIBED),
        user::find(&b, &wanted.user),
        Objects::read(&c, wanted),
        Surroundings::read(&d, wanted),
        Others::find(&e, wanted),
    );
    for branch in [&a, &b, &c, &d, &e] {
        ask.join(branch);
    }
    let (row, mut objects, mut around) = (row?, objects, around);
    let owners = Owners {
        user: row.id.clone(),
        profile: row.profile_id.clone(),
        org: around.organization.as_ref().map(|row| row.id.clone()),
    };
    // Nobody waits for it where no rules are read.
    let _told = tell_owners.send((owners, ask.branch()));
    let schema = assume_columns(schema.unwrap_or_default())?;
    let mut user = user::user_of(&row);

    let [a, b, c] = [ask.branch(), ask.branch(), ask.branch()];
    let (caller, assignments, of_user) = tokio::join!(
        Caller::read(&a, &schema),
        Assignments::read(&b, &schema, &row.id, &wanted.beside),
        OfUser::read(&c, &schema, &row.id, wanted, &objects),
    );
    for branch in [&a, &b, &c] {
        ask.join(branch);
    }
    let mut snapshot = Snapshot {
        packages: of_user.add_to(&mut user, &mut around, &objects, &caller, ask),
        ..Snapshot::default()
    };

    let names = SetupNames {
        custom_permissions: around
            .custom_permissions
            .iter()
            .map(|(id, permission)| (id.clone(), permission.name.clone()))
            .collect(),
        connected_apps: around
            .connected_apps
            .iter()
            .map(|(id, app)| (id.clone(), app.name.clone()))
            .collect(),
        licences: BTreeMap::new(),
    };
    // What describe hides is asked for beside the permissions, which need only how many fields there are.
    let mut completed = Objects::default();
    std::mem::swap(&mut completed, &mut objects);
    let known_objects = completed.clone();
    let [a, b] = [ask.branch(), ask.branch()];
    let known = Known {
        schema: &schema,
        wanted,
        objects: &known_objects,
        caller: &caller,
        others: &others,
        names,
    };
    tokio::join!(
        completed.complete(&a, wanted, caller.sees_fields()),
        access::read(
            &b,
            assignments,
            &row,
            known,
            touched,
            &mut user,
            &mut snapshot
        ),
    );
    ask.join(&a);
    ask.join(&b);

    snapshot.parents_in_scope = completed.parents.into_iter().collect();
    // Of a parent that automation touches, more was read already.
    for (name, object) in completed.objects {
        snapshot.objects.entry(name).or_insert(object);
    }
    if let Some(object) = completed.user {
        snapshot.objects.insert(object.name.clone(), object);
    }
    snapshot.users = vec![user];
    snapshot.roles = around.roles;
    snapshot.queues = around.queues;
    snapshot.connected_apps = around
        .connected_apps
        .into_iter()
        .map(|(_, app)| app)
        .collect();
    for (_, permission) in around.custom_permissions {
        let name = permission.name.clone();
        snapshot.custom_permissions.insert(name, permission);
    }
    if let Some(row) = around.organization {
        snapshot.org = OrgInfo {
            id: Some(row.id),
            name: row.name,
            edition: row.organization_type,
            instance: row.instance_name,
            is_sandbox: row.is_sandbox,
            ..OrgInfo::default()
        };
    }
    Ok((snapshot, caller))
}

/// Areas that Setup keeps: without View Setup, what is not shown proves nothing.
const OF_SETUP: [Area; 15] = [
    Area::Licences,
    Area::UnassignedPermissionSets,
    Area::Profiles,
    Area::PermissionSets,
    Area::PermissionSetGroups,
    Area::MutingPermissionSets,
    Area::CustomPermissions,
    Area::Fields,
    Area::Objects,
    Area::OrgWideDefaults,
    Area::RecordTypes,
    Area::ValidationRules,
    Area::Flows,
    Area::Apex,
    Area::SharingRules,
];

/// Dates the snapshot and says what was read.
fn fill(
    snapshot: &mut Snapshot,
    client: &Client,
    now: jiff::Timestamp,
    caller: &Caller,
    ledger: Ledger<'_>,
) {
    if !caller.sees_setup() {
        let reason = caller.lacks("View Setup and Configuration");
        for area in OF_SETUP {
            ledger.lack(area, reason.clone());
        }
    }
    if !caller.sees_assignments() {
        let reason = caller.lacks("View Setup and Configuration");
        ledger.lack(Area::Assignments, reason);
    }
    let org = &mut snapshot.org;
    let identity = client.session().identity.as_ref();
    org.id = org
        .id
        .take()
        .or_else(|| identity.map(|identity| identity.org_id.clone()));
    org.instance_url = Some(client.instance_url().to_string());
    org.api_version = Some(client.api_version().to_owned());
    org.source = SourceKind::Live;
    org.collected_at = Some(now.to_string());
    let mut coverage = Coverage::default();
    // A group that the user does not have leaves nothing to read, and nothing unread.
    for area in [Area::PermissionSetGroups, Area::MutingPermissionSets] {
        coverage.set(area, CoverageStatus::Read, None);
    }
    ledger.finish(&mut coverage);
    // To count owners is not to look at records.
    let looked_at = (snapshot.record_samples.values()).any(|sample| !sample.strata.is_empty());
    if !looked_at
        && matches!(
            coverage.status(Area::RecordAccess),
            CoverageStatus::Read | CoverageStatus::Absent
        )
    {
        coverage.set(
            Area::RecordAccess,
            CoverageStatus::Absent,
            Some("no record was looked at".to_owned()),
        );
    }
    snapshot.coverage = coverage;
}

/// A future and what came of it.
type Waiting<F> = (Pin<Box<F>>, Option<<F as Future>::Output>);

/// Waits for all futures at once; the outputs are in their order.
pub(super) async fn all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<Waiting<F>> = futures
        .into_iter()
        .map(|future| (Box::pin(future), None))
        .collect();
    poll_fn(|context| {
        let mut open = false;
        for (future, output) in &mut waiting {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(ready) => *output = Some(ready),
                    Poll::Pending => open = true,
                }
            }
        }
        if open { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    waiting
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}
