//! What only metadata tells of containers: record types, login limits, and what a muting permission set mutes.
//!
//! A profile's metadata is a column of its Tooling row; a permission set's is to be had by `readMetadata` only.

use std::collections::BTreeMap;

use super::Wanted;
use super::ask::Ask;
use super::wire::{ProfileBody, ProfileMetadata};
use crate::collect::metadata::document;
use crate::salesforce::soql::Api;
use crate::salesforce::{ApiError, MetadataRecord, Sub};
use crate::snapshot::{
    Area, ContainerKind, ContainerPart, IpRange, LoginLimits, Name, PermissionSet, RecordType,
    RecordTypeVisibility,
};

/// Components of one `readMetadata` call.
const READ_AT_ONCE: usize = 10;

/// What a profile's metadata tells.
#[derive(Debug, Default)]
pub(super) struct ProfileFacts(Option<ProfileMetadata>);

/// Reads a profile's metadata.
pub(super) async fn profile(ask: &Ask<'_>, id: Option<&str>) -> ProfileFacts {
    const AREAS: &[Area] = &[Area::RecordTypes, Area::LoginPolicy];
    let Some(id) = id else {
        return ProfileFacts(None);
    };
    ask.ledger.ask(AREAS);
    match profile_body(ask, id).await {
        Ok(ProfileBody {
            metadata: Some(metadata),
        }) => {
            ask.ledger.answer(AREAS, 1);
            ProfileFacts(Some(metadata))
        }
        Ok(_) => {
            for area in AREAS {
                let reason = "the user's profile has no metadata that the session's user may see";
                ask.ledger.lack(*area, reason);
            }
            ProfileFacts(None)
        }
        Err(error) => {
            ask.ledger.refuse(AREAS, &error);
            ProfileFacts(None)
        }
    }
}

async fn profile_body(ask: &Ask<'_>, id: &str) -> Result<ProfileBody, ApiError> {
    let replies = ask
        .client
        .composite_get(Api::Tooling, &[Sub::row("Profile", id)?])
        .await?;
    match replies.into_iter().next() {
        Some(reply) => reply?.decode("metadata of the profile"),
        None => Ok(ProfileBody { metadata: None }),
    }
}

impl ProfileFacts {
    /// Adds the facts to the profile's container.
    pub(super) fn add_to(self, set: &mut PermissionSet) {
        let Some(metadata) = self.0 else {
            set.unread
                .extend([ContainerPart::RecordTypes, ContainerPart::LoginLimits]);
            set.unread.sort();
            return;
        };
        for entry in metadata.record_type_visibilities {
            let Some((object, record_type)) = entry.record_type.split_once('.') else {
                continue;
            };
            set.record_types.push(RecordTypeVisibility {
                object: Name::new(object),
                record_type: Name::new(record_type),
                visible: entry.visible,
                default: entry.default == Some(true),
                at: None,
            });
        }
        let ip_ranges: Vec<IpRange> = metadata
            .login_ip_ranges
            .into_iter()
            .map(|range| IpRange {
                start: range.start_address,
                end: range.end_address,
                at: None,
            })
            .collect();
        let hours: Vec<(String, String)> = metadata
            .login_hours
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| {
                let text = match value {
                    serde_json::Value::String(text) => text,
                    serde_json::Value::Number(number) => number.to_string(),
                    _ => return None,
                };
                Some((key, text))
            })
            .collect();
        if !ip_ranges.is_empty() || !hours.is_empty() {
            set.login_limits = Some(Box::new(LoginLimits {
                ip_ranges,
                hours,
                hours_at: None,
            }));
        }
    }
}

/// What the metadata of permission sets and mutings tells.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    /// Record types by permission set; none where the org has none to tell of.
    sets: Option<BTreeMap<Name, Vec<RecordTypeVisibility>>>,
    pub(super) mutings: BTreeMap<Name, PermissionSet>,
}

/// Reads the metadata of permission sets, where record types are asked for, and of mutings.
pub(super) async fn read(
    ask: &Ask<'_>,
    sets: impl Iterator<Item = &Name>,
    mutings: impl Iterator<Item = &Name>,
    record_types: bool,
) -> Metadata {
    let sets: Vec<Name> = sets.filter(|_| record_types).cloned().collect();
    let mutings: Vec<Name> = mutings.cloned().collect();
    let [a, b] = [ask.branch(), ask.branch()];
    let (sets, mutings) = tokio::join!(
        containers(&a, ContainerKind::PermissionSet, &sets, Area::RecordTypes),
        containers(
            &b,
            ContainerKind::MutingPermissionSet,
            &mutings,
            Area::MutingPermissionSets
        ),
    );
    ask.join(&a);
    ask.join(&b);
    let types = sets
        .into_iter()
        .map(|(name, set)| (name, set.record_types))
        .collect();
    Metadata {
        sets: record_types.then_some(types),
        mutings,
    }
}

impl Metadata {
    /// Adds the record types that a set makes available.
    pub(super) fn add_record_types(&self, set: &mut PermissionSet) {
        let Some(sets) = &self.sets else { return };
        match sets.get(&set.name) {
            Some(types) => set.record_types.clone_from(types),
            None => {
                set.unread.push(ContainerPart::RecordTypes);
                set.unread.sort();
            }
        }
    }
}

/// The values that declared record types leave of each picklist, by object and record type.
pub(super) async fn values(ask: &Ask<'_>, wanted: &Wanted) -> Vec<(Name, RecordType)> {
    let names: Vec<Name> = (wanted.record_types.iter())
        .map(|(object, name)| Name::from(format!("{object}.{name}")))
        .collect();
    let mut found = Vec::new();
    for record in documents(ask, "RecordType", &names, Area::RecordTypes).await {
        let Some((object, name)) = record.full_name.split_once('.') else {
            continue;
        };
        let (object, name) = (Name::new(object), Name::new(name));
        match document::record_type(&record.document(), &object, &name) {
            // Its full name has the object before it.
            Ok(record_type) => found.push((
                object,
                RecordType {
                    name,
                    ..record_type
                },
            )),
            Err(fault) => ask.ledger.lack(
                Area::RecordTypes,
                format!("record type {object}.{name} cannot be used: {fault}"),
            ),
        }
    }
    found
}

/// Containers by name, read ten a call, all calls at once.
async fn containers(
    ask: &Ask<'_>,
    kind: ContainerKind,
    names: &[Name],
    area: Area,
) -> BTreeMap<Name, PermissionSet> {
    let type_name = match kind {
        ContainerKind::MutingPermissionSet => "MutingPermissionSet",
        _ => "PermissionSet",
    };
    let mut found = BTreeMap::new();
    for record in documents(ask, type_name, names, area).await {
        let name = Name::new(&record.full_name);
        match document::container(&record.document(), kind, &name) {
            Ok(set) => {
                found.insert(name, set);
            }
            Err(fault) => ask.ledger.lack(
                area,
                format!(
                    "the metadata of {} {name} cannot be used: {fault}",
                    kind.label()
                ),
            ),
        }
    }
    for name in names.iter().filter(|name| !found.contains_key(*name)) {
        let label = kind.label();
        ask.ledger
            .lack(area, format!("the metadata of {label} {name} was not read"));
    }
    found
}

/// Components of a metadata type.
pub(super) async fn documents(
    ask: &Ask<'_>,
    kind: &'static str,
    names: &[Name],
    area: Area,
) -> Vec<MetadataRecord> {
    let asked = names.chunks(READ_AT_ONCE).map(|chunk| {
        let branch = ask.branch();
        let chunk: Vec<String> = chunk.iter().map(Name::to_string).collect();
        async move {
            branch.ledger.ask(&[area]);
            let answer = branch.client.soap_read_metadata(kind, &chunk).await;
            let records = match answer {
                Ok(records) => {
                    branch.ledger.answer(&[area], records.len());
                    records
                }
                Err(error) => {
                    branch.ledger.refuse(&[area], &error);
                    Vec::new()
                }
            };
            (branch, records)
        }
    });
    let mut all = Vec::new();
    for (branch, records) in super::all(asked).await {
        ask.join(&branch);
        all.extend(records);
    }
    all
}
