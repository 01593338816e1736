//! Salesforce's own answers on the mapped fields, where the org gives them for another user.
//!
//! In: the mapped fields and the user. Out: answers that are held against what permgap computes. Reports conflict on whether
//! UserFieldAccess answers for another user at all, so that a refusal costs nothing but the comparison.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Wanted;
use super::ask::Ask;
use super::wire::Named;
use crate::salesforce::soql::{OrgSchema, Query, is_api_name};
use crate::snapshot::{Area, Name, PlatformAccess};

/// The mapped fields by the ids that the metadata catalogue has for them.
pub(super) type FieldIds = BTreeMap<String, (Name, Name)>;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FieldIdRow {
    durable_id: String,
    qualified_api_name: Name,
    entity_definition: Option<Named>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FieldAccessRow {
    durable_id: String,
    is_accessible: Option<bool>,
    is_creatable: Option<bool>,
    is_updatable: Option<bool>,
}

/// The ids of the mapped fields. Waits for nothing else.
pub(super) async fn ids(ask: &Ask<'_>, wanted: &Wanted) -> FieldIds {
    let objects = wanted
        .fields
        .keys()
        .filter(|name| is_api_name(name.as_str()));
    let fields: BTreeSet<&Name> = (wanted.fields.values().flatten())
        .filter(|name| is_api_name(name.as_str()))
        .collect();
    let binding = Query::FieldDurableIds
        .bind()
        .names("objects", objects)
        .names("fields", fields);
    let rows = ask
        .rows_that_confirm::<FieldIdRow>(Area::User, binding, &OrgSchema::default())
        .await;
    rows.into_iter()
        .filter_map(|row| {
            let object = row.entity_definition?.qualified_api_name?;
            let is_mapped = wanted
                .fields
                .get(&object)
                .is_some_and(|fields| fields.contains(&row.qualified_api_name));
            is_mapped.then_some((row.durable_id, (object, row.qualified_api_name)))
        })
        .collect()
}

/// What Salesforce answers on these fields for a user, sorted.
pub(super) async fn answers(ask: &Ask<'_>, ids: &FieldIds, user: &str) -> Vec<PlatformAccess> {
    let asked = ids.keys().map(|id| format!("{id}.{user}"));
    let binding = Query::UserFieldAccess.bind().texts("durable_ids", asked);
    let rows = ask
        .rows_that_confirm::<FieldAccessRow>(Area::User, binding, &OrgSchema::default())
        .await;
    let mut answers: Vec<PlatformAccess> = rows
        .into_iter()
        .filter_map(|row| {
            let (field, _user) = row.durable_id.rsplit_once('.')?;
            let (object, field) = ids.get(field)?.clone();
            // What may be set on a new record only has no other right than the one to write it: Edit, to Setup.
            let edit = match (row.is_updatable, row.is_creatable) {
                (None, None) => None,
                (update, create) => Some(update == Some(true) || create == Some(true)),
            };
            Some(PlatformAccess {
                object,
                field: Some(field),
                read: row.is_accessible,
                create: row.is_creatable,
                edit,
                delete: None,
            })
        })
        .collect();
    answers.sort_by(|a, b| (&a.object, &a.field).cmp(&(&b.object, &b.field)));
    answers
}
