//! Reads an account: the token first, then each part by itself, so that one refusal costs only its own part.

use std::collections::BTreeSet;

use serde_json::Value;

use super::client::HubSpotClient;
use super::histories::histories;
use super::paths;
use super::scopes::features;
use crate::snapshot::CoverageStatus;
use crate::snapshot::hubspot::{
    AdminChange, ApiUsage, HubSpotAccount, HubSpotFacts, HubSpotOwner, HubSpotProperty,
    HubSpotToken, HubSpotUser, Part, Probe, Refusal, TokenKind, TokenState,
};

/// Pages that are read of one list.
const MOST_PAGES: usize = 500;

/// What a run wants of the account.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// HubSpot objects, by plural, whose properties are read.
    pub objects: BTreeSet<String>,
    /// Features that the token is meant for; none means what permgap itself reads.
    pub features: Vec<String>,
    /// Scopes that the app asks for where the account can grant them.
    pub optional_scopes: Vec<String>,
    /// Whether users are read.
    pub users: bool,
    /// Whether owners are read.
    pub owners: bool,
    /// Whether the histories of a few records are asked where values come from.
    pub histories: bool,
}

/// Reads everything that is wanted and that the token may.
pub async fn collect(
    client: &mut HubSpotClient,
    wanted: &Wanted,
    now: jiff::Timestamp,
) -> HubSpotFacts {
    let mut facts = HubSpotFacts {
        collected_at: Some(now.to_string()),
        token: Some(token(client).await),
        features: wanted.features.clone(),
        optional_scopes: wanted.optional_scopes.clone(),
        ..HubSpotFacts::default()
    };
    facts.account = probe(client, &mut facts.probes, "account", paths::ACCOUNT)
        .await
        .as_ref()
        .and_then(account);
    if let Some(value) = probe_list(client, &mut facts.probes, "api-usage", paths::USAGE).await {
        facts.usage = rows(&value).iter().filter_map(usage).collect();
    }
    for object in &wanted.objects {
        let part = properties(client, &mut facts.probes, object).await;
        facts.properties.insert(object.clone(), part);
    }
    if wanted.users {
        facts.users = users(client, &mut facts.probes).await;
        facts.admin_changes = admin_changes(client, &mut facts.probes).await;
    }
    if wanted.owners {
        facts.owners = owners(client, &mut facts.probes).await;
    }
    if wanted.histories {
        for (object, part) in &mut facts.properties {
            histories(client, &mut facts.probes, object, part).await;
        }
    }
    let asked: BTreeSet<String> = facts
        .probes
        .iter()
        .map(|probe| probe.feature.clone())
        .collect();
    let more: Vec<_> = facts
        .wanted_features()
        .filter(|feature| !asked.contains(&feature.name))
        .collect();
    for feature in more {
        if let Some(path) = paths::probe(&feature.name) {
            probe(client, &mut facts.probes, &feature.name, path).await;
        }
    }
    facts
}

/// What HubSpot tells of the token, by the way that its kind allows.
async fn token(client: &mut HubSpotClient) -> HubSpotToken {
    let kind = client.kind();
    let answer = match kind {
        TokenKind::OAuth => client.oauth_token_info().await,
        TokenKind::Static | TokenKind::Unknown => client.static_token_info().await,
        TokenKind::NotAToken => {
            return HubSpotToken {
                kind,
                state: TokenState::WrongKind,
                ..HubSpotToken::default()
            };
        }
    };
    match answer {
        Ok(value) => HubSpotToken {
            kind,
            state: TokenState::Accepted,
            scopes: value.get("scopes").and_then(Value::as_array).map(|all| {
                all.iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect()
            }),
            expires_in: value.get("expires_in").and_then(Value::as_i64),
            user_level: value
                .pointer("/signed_access_token/isUserLevel")
                .and_then(Value::as_bool),
            user_id: id(&value, "userId").or_else(|| id(&value, "user_id")),
            refusal: None,
        },
        Err(refusal) => {
            // HubSpot may know a token and yet have no answer here, or refuse it here alone: a service key, say. A plain
            // call tells.
            let (state, refusal) = match client.confirm(paths::ACCOUNT).await {
                Ok(_) => (TokenState::Accepted, refusal),
                Err(other) if other.status == Some(403) => (TokenState::Accepted, refusal),
                Err(other) => match (state_of(&other), state_of(&refusal)) {
                    (TokenState::Unanswered, known) => (known, refusal),
                    (known, _) => (known, other),
                },
            };
            HubSpotToken {
                kind,
                state,
                refusal: Some(refusal),
                ..HubSpotToken::default()
            }
        }
    }
}

fn state_of(refusal: &Refusal) -> TokenState {
    match (refusal.status, refusal.category.as_deref()) {
        (Some(401), Some("EXPIRED_AUTHENTICATION")) if is_since_1970(&refusal.message) => {
            TokenState::WrongKind
        }
        (Some(401), Some("EXPIRED_AUTHENTICATION")) => TokenState::Expired,
        (Some(401), Some("INVALID_AUTHENTICATION")) => TokenState::NotKnown,
        _ => TokenState::Unanswered,
    }
}

/// HubSpot calls what is no access token expired since 1970.
fn is_since_1970(message: &str) -> bool {
    message.contains("1970-01-01")
}

/// A list without `results` is none: an empty answer would read as 'there are none'.
fn listed(value: Value) -> Result<Value, Refusal> {
    if value.get("results").is_some_and(Value::is_array) {
        return Ok(value);
    }
    Err(Refusal {
        message: "the answer holds no list of results".into(),
        ..Refusal::default()
    })
}

/// A call that serves another part: only its refusal is worth telling.
pub(super) async fn helper(
    client: &mut HubSpotClient,
    probes: &mut Vec<Probe>,
    what: &str,
    path: &str,
) -> Option<Value> {
    let value = probe_list(client, probes, what, path).await;
    if value.is_some() {
        probes.pop();
    }
    value
}

async fn probe_list(
    client: &mut HubSpotClient,
    probes: &mut Vec<Probe>,
    feature: &str,
    path: &str,
) -> Option<Value> {
    let value = probe(client, probes, feature, path).await?;
    match (listed(value), probes.last_mut()) {
        (Ok(value), _) => Some(value),
        (Err(refusal), Some(probe)) => {
            probe.refusal = Some(refusal);
            None
        }
        (Err(_), None) => None,
    }
}

async fn probe(
    client: &mut HubSpotClient,
    probes: &mut Vec<Probe>,
    feature: &str,
    path: &str,
) -> Option<Value> {
    let answer = client.get(path).await;
    let call = format!("GET {}", path.split('?').next().unwrap_or(path));
    let (value, refusal) = match answer {
        Ok(value) => (Some(value), None),
        Err(refusal) => (None, Some(refusal)),
    };
    probes.push(Probe {
        feature: feature.to_owned(),
        call,
        refusal,
    });
    value
}

pub(super) fn rows(value: &Value) -> &[Value] {
    value
        .get("results")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text(value: &Value, key: &str) -> Option<String> {
    value
        .get(key)
        .and_then(Value::as_str)
        .map(|text| text.chars().take(1000).collect())
}

fn id(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) => Some(text.chars().take(100).collect()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}

fn account(value: &Value) -> Option<HubSpotAccount> {
    Some(HubSpotAccount {
        portal_id: value.get("portalId")?.as_i64()?,
        account_type: text(value, "accountType"),
        data_hosting: text(value, "dataHostingLocation"),
    })
}

fn usage(value: &Value) -> Option<ApiUsage> {
    Some(ApiUsage {
        name: text(value, "name")?,
        limit: value.get("usageLimit")?.as_i64()?,
        used: value.get("currentUsage")?.as_i64()?,
    })
}

/// The feature of the table that stands for the properties of an object.
fn feature_of(object: &str) -> String {
    let singular = match object {
        "companies" => "company".to_owned(),
        other => other.trim_end_matches('s').to_owned(),
    };
    let name = format!("{singular}-properties");
    if features().iter().any(|feature| feature.name == name) {
        name
    } else {
        format!("properties of {object}")
    }
}

/// All properties of an object, the archived ones too: a mapping to an archived property is a dead one.
async fn properties(
    client: &mut HubSpotClient,
    probes: &mut Vec<Probe>,
    object: &str,
) -> Part<HubSpotProperty> {
    let path = paths::properties(object, false);
    let current = probe_list(client, probes, &feature_of(object), &path).await;
    let Some(current) = current else {
        let refusal = probes.last().and_then(|probe| probe.refusal.as_ref());
        return refused(refusal, &format!("the properties of {object}"));
    };
    let mut part = Part {
        status: CoverageStatus::Read,
        reason: None,
        rows: rows(&current).iter().filter_map(property).collect(),
    };
    match client
        .get(&paths::properties(object, true))
        .await
        .and_then(listed)
    {
        Ok(value) => part
            .rows
            .extend(
                rows(&value)
                    .iter()
                    .filter_map(property)
                    .map(|property| HubSpotProperty {
                        archived: true,
                        ..property
                    }),
            ),
        Err(refusal) => {
            part.status = CoverageStatus::Partial;
            part.reason = Some(format!(
                "the archived properties of {object} were not read: {}",
                refusal.message
            ));
        }
    }
    part.rows
        .sort_by(|a, b| (&a.name, a.archived).cmp(&(&b.name, b.archived)));
    part
}

fn property(value: &Value) -> Option<HubSpotProperty> {
    let options = value.get("options").and_then(Value::as_array);
    Some(HubSpotProperty {
        name: text(value, "name")?,
        data_type: text(value, "type").unwrap_or_default(),
        field_type: text(value, "fieldType").unwrap_or_default(),
        archived: flag(value, "archived"),
        calculated: flag(value, "calculated"),
        read_only_value: value
            .pointer("/modificationMetadata/readOnlyValue")
            .and_then(Value::as_bool),
        referenced_object_type: text(value, "referencedObjectType").filter(|name| !name.is_empty()),
        hubspot_defined: value.get("hubspotDefined").and_then(Value::as_bool),
        from_salesforce: None,
        external_options: flag(value, "externalOptions"),
        options: options
            .into_iter()
            .flatten()
            .filter(|option| !flag(option, "hidden"))
            .filter_map(|option| text(option, "value"))
            .collect(),
    })
}

fn refused<T>(refusal: Option<&Refusal>, what: &str) -> Part<T> {
    let why = refusal.map_or("no answer", |refusal| refusal.message.as_str());
    Part {
        status: CoverageStatus::Refused,
        reason: Some(format!("{what} were not read: {why}")),
        rows: Vec::new(),
    }
}

/// Follows `paging.next.after` of a list that has begun; a page that fails leaves what was read.
async fn further<T>(
    client: &mut HubSpotClient,
    path: &str,
    first: &Value,
    what: &str,
    take: fn(&Value) -> Option<T>,
) -> Part<T> {
    let mut part = Part {
        status: CoverageStatus::Read,
        reason: None,
        rows: rows(first).iter().filter_map(take).collect(),
    };
    let next = |value: &Value| {
        let after = value.pointer("/paging/next/after")?;
        after
            .as_str()
            .map(str::to_owned)
            .or_else(|| after.as_i64().map(|number| number.to_string()))
    };
    let mut seen = BTreeSet::new();
    let mut after = next(first);
    for page in 0.. {
        let Some(mark) = after else { break };
        // A server that names a page again would never end, and what is beyond stays unread.
        if page >= MOST_PAGES || !seen.insert(mark.clone()) {
            part.status = CoverageStatus::Partial;
            part.reason = Some(if page >= MOST_PAGES {
                format!("there are more {what} than are read")
            } else {
                format!("HubSpot named the same page of {what} twice, so there may be more")
            });
            break;
        }
        match (client.get(&paths::after(path, &mark)).await).and_then(listed) {
            Ok(value) => {
                part.rows.extend(rows(&value).iter().filter_map(take));
                after = next(&value);
            }
            Err(refusal) => {
                part.status = CoverageStatus::Partial;
                part.reason = Some(format!(
                    "a page of {what} was not read: {}",
                    refusal.message
                ));
                break;
            }
        }
    }
    part
}

async fn users(client: &mut HubSpotClient, probes: &mut Vec<Probe>) -> Part<HubSpotUser> {
    let Some(first) = probe_list(client, probes, "users", paths::USERS).await else {
        return refused(
            probes.last().and_then(|probe| probe.refusal.as_ref()),
            "users",
        );
    };
    let mut part = further(client, paths::USERS, &first, "users", user).await;
    // Permission sets and teams have names; without the lists their ids stand for them.
    if let Some(roles) = helper(client, probes, "names of permission sets", paths::ROLES).await {
        let sets = part.rows.iter_mut().map(|user| &mut user.permission_sets);
        name(sets, &roles);
    }
    let any_team = part.rows.iter().any(|user| !user.teams.is_empty());
    if any_team && let Some(teams) = helper(client, probes, "names of teams", paths::TEAMS).await {
        name(part.rows.iter_mut().map(|user| &mut user.teams), &teams);
    }
    part.rows.sort_by(|a, b| a.id.cmp(&b.id));
    part
}

/// Puts names in the place of ids, where a list has them.
fn name<'u>(all: impl Iterator<Item = &'u mut Vec<String>>, list: &Value) {
    for one in all.flatten() {
        let row = rows(list)
            .iter()
            .find(|row| id(row, "id").as_ref() == Some(one));
        if let Some(name) = row.and_then(|row| text(row, "name")) {
            *one = name;
        }
    }
}

fn user(value: &Value) -> Option<HubSpotUser> {
    let texts = |key: &str| -> Vec<String> {
        let all = value.get(key).and_then(Value::as_array);
        (all.into_iter().flatten())
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    Some(HubSpotUser {
        id: id(value, "id")?,
        email: text(value, "email").unwrap_or_default(),
        super_admin: flag(value, "superAdmin"),
        permission_sets: texts("roleIds"),
        seats: texts("seatNames"),
        teams: (id(value, "primaryTeamId").into_iter())
            .chain(texts("secondaryTeamIds"))
            .collect(),
    })
}

/// Owners, the archived ones too: HubSpot keeps records of theirs.
async fn owners(client: &mut HubSpotClient, probes: &mut Vec<Probe>) -> Part<HubSpotOwner> {
    let Some(first) = probe_list(client, probes, "owners", paths::OWNERS).await else {
        return refused(
            probes.last().and_then(|probe| probe.refusal.as_ref()),
            "HubSpot's owners",
        );
    };
    let mut part = further(client, paths::OWNERS, &first, "owners", owner).await;
    match client.get(paths::ARCHIVED_OWNERS).await.and_then(listed) {
        Ok(first) => {
            let archived = further(client, paths::ARCHIVED_OWNERS, &first, "owners", owner).await;
            part.rows.extend(archived.rows);
            if archived.status != CoverageStatus::Read {
                (part.status, part.reason) = (archived.status, archived.reason);
            }
        }
        Err(refusal) => {
            part.status = CoverageStatus::Partial;
            part.reason = Some(format!(
                "archived owners were not read: {}",
                refusal.message
            ));
        }
    }
    // Somebody who left and came back is archived once and an owner now.
    part.rows
        .sort_by(|a, b| (&a.email, a.archived, &a.name).cmp(&(&b.email, b.archived, &b.name)));
    part.rows.dedup_by(|a, b| a.email == b.email);
    part
}

fn owner(value: &Value) -> Option<HubSpotOwner> {
    let email = text(value, "email").filter(|email| !email.trim().is_empty())?;
    let names: Vec<String> = (["firstName", "lastName"].iter())
        .filter_map(|key| text(value, key))
        .collect();
    let name = names.join(" ").trim().to_owned();
    Some(HubSpotOwner {
        email: email.trim().to_lowercase(),
        name: (!name.is_empty()).then_some(name),
        archived: flag(value, "archived"),
    })
}

/// Changes of super admins. Accounts below Enterprise have no such list.
async fn admin_changes(client: &mut HubSpotClient, probes: &mut Vec<Probe>) -> Part<AdminChange> {
    let Some(first) = probe_list(client, probes, "security-activity", paths::SECURITY).await else {
        return refused(
            probes.last().and_then(|probe| probe.refusal.as_ref()),
            "security activities (Enterprise accounts only)",
        );
    };
    let mut part = further(
        client,
        paths::SECURITY,
        &first,
        "security activities",
        admin_change,
    )
    .await;
    part.rows
        .sort_by(|a, b| (&a.at, &a.user_id).cmp(&(&b.at, &b.user_id)));
    part
}

fn admin_change(value: &Value) -> Option<AdminChange> {
    const TYPES: [&str; 4] = [
        "ADD_ADMIN_PERMISSIONS",
        "REMOVE_ADMIN_PERMISSIONS",
        "ADD_ADMIN_USER",
        "REMOVE_ADMIN_USER",
    ];
    let change = text(value, "type").filter(|change| TYPES.contains(&change.as_str()))?;
    Some(AdminChange {
        change,
        at: text(value, "createdAt").unwrap_or_default(),
        user_id: id(value, "objectId"),
        by: text(value, "actingUser"),
    })
}
