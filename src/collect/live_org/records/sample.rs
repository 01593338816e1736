//! The sample: newest and oldest records of owners, with Salesforce's answer on each.

use std::collections::{BTreeMap, BTreeSet};

use super::super::ask::{Answer, Ask};
use super::super::wire::{RecordAccessRow, SampledRow};
use super::TOGETHER;
use crate::salesforce::soql::{Api, Binding, OrgSchema, Query};
use crate::snapshot::{Area, Name, Ownership, same_id};

/// How many owners a statement on samples names; those with the most records come first.
const OWNERS_ASKED: usize = 150;

/// A record of a sample with Salesforce's answer on it.
#[derive(Debug)]
pub(super) struct Sampled {
    pub(super) id: String,
    pub(super) owner: Option<String>,
    pub(super) record_type: Option<String>,
    pub(super) age: &'static str,
    pub(super) readable: bool,
    pub(super) editable: bool,
}

/// Records that are asked about, by id.
type Chosen = BTreeMap<String, (SampledRow, &'static str)>;

/// Reads the samples of all objects, two round trips deep.
pub(super) async fn read(
    ask: &Ask<'_>,
    user: &str,
    ownership: &BTreeMap<Name, Ownership>,
    typed: &BTreeSet<Name>,
    size: u32,
) -> BTreeMap<Name, Vec<Sampled>> {
    const AREAS: &[Area] = &[Area::RecordAccess];
    if size == 0 {
        return BTreeMap::new();
    }
    let parts: Vec<(&Name, &'static str, Binding)> = (ownership.iter())
        .flat_map(|(object, owned)| {
            let of_object = statements(user, object, owned, size).into_iter();
            of_object.map(move |(age, binding)| (object, age, binding))
        })
        .collect();
    let (keys, bindings): (Vec<_>, Vec<_>) = (parts.into_iter())
        .map(|(object, age, binding)| ((object, age), binding))
        .unzip();
    let schema = record_type_columns(typed);
    let answers = ask
        .rows_of_each::<SampledRow>(AREAS, bindings, &schema, TOGETHER, |_| false)
        .await;
    let mut records: BTreeMap<&Name, Chosen> = BTreeMap::new();
    for ((object, age), answer) in keys.into_iter().zip(answers) {
        let Answer::Rows(rows) = answer else { continue };
        let chosen = records.entry(object).or_default();
        for row in rows {
            chosen.entry(row.id.clone()).or_insert((row, age));
        }
    }
    let asked: Vec<Binding> = (records.values())
        .map(|chosen| {
            Query::UserRecordAccess
                .bind()
                .ids("user", [user])
                .ids("records", chosen.keys())
        })
        .collect();
    let answers = ask
        .rows_of_each::<RecordAccessRow>(AREAS, asked, &OrgSchema::default(), TOGETHER, |_| false)
        .await;
    let mut samples = BTreeMap::new();
    for ((object, mut chosen), answer) in records.into_iter().zip(answers) {
        let Answer::Rows(rows) = answer else { continue };
        // On a record that the caller itself cannot read Salesforce gives no answer: it is left out.
        let sampled: Vec<Sampled> = (rows.into_iter())
            .filter_map(|row| {
                let (record, age) = chosen.remove(&row.record_id)?;
                Some(Sampled {
                    id: record.id,
                    owner: record.owner_id,
                    record_type: record.record_type_id,
                    age,
                    readable: row.has_read_access,
                    editable: row.has_edit_access,
                })
            })
            .collect();
        if !sampled.is_empty() {
            samples.insert(object.clone(), sampled);
        }
    }
    samples
}

/// Newest and oldest records of the owner with the most records, and of all the others.
fn statements(
    user: &str,
    object: &Name,
    owned: &Ownership,
    size: u32,
) -> Vec<(&'static str, Binding)> {
    let mut owners: Vec<(&String, &u64)> = (owned.records.iter())
        .filter(|(owner, count)| **count > 0 && !same_id(owner, user))
        .collect();
    owners.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    let ids: Vec<&str> = owners
        .iter()
        .take(OWNERS_ASKED)
        .map(|(owner, _)| owner.as_str())
        .collect();
    let Some((largest, others)) = ids.split_first() else {
        return Vec::new();
    };
    let part = (size / 4).max(1);
    // The owner with the most records fills what there are no others for.
    let of_largest = if others.is_empty() {
        part.saturating_mul(2)
    } else {
        part
    };
    let one = |query: Query, owners: &[&str], limit: u32| {
        query
            .bind()
            .from(object)
            .ids("owners", owners)
            .number("limit", limit)
    };
    let mut parts = vec![
        ("newest", one(Query::RecordsNewest, &[*largest], of_largest)),
        ("oldest", one(Query::RecordsOldest, &[*largest], of_largest)),
    ];
    if !others.is_empty() {
        parts.push(("newest", one(Query::RecordsNewest, others, part)));
        parts.push(("oldest", one(Query::RecordsOldest, others, part)));
    }
    parts
}

/// An object without record types has no such column (Object Reference, RecordType).
fn record_type_columns(typed: &BTreeSet<Name>) -> OrgSchema {
    let mut schema = OrgSchema::default();
    for object in typed {
        let columns = serde_json::json!({ "fields": [{ "name": "RecordTypeId" }] });
        if let Ok(columns) = serde_json::from_value(columns) {
            schema.insert(Api::Rest, object.as_str(), columns);
        }
    }
    schema
}
