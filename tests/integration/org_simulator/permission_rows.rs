//! Rows of `ObjectPermissions` and `FieldPermissions`: stored ones, ones that follow from other permissions, and in a
//! generated org ones that follow a rule.

use std::collections::HashMap;

use serde_json::json;

use super::fixture::row;
use super::large;
use super::model::{ObjectModel, Row};
use super::org::{Org, flag, same_id, text};
use super::refusal::Refusal;
use super::soql::columns::Session;
use super::virtual_objects::{Hints, hint};

/// Whether an object has object permissions at all.
pub(crate) fn is_permissionable(model: &ObjectModel) -> bool {
    let never = [
        "Task",
        "Event",
        "User",
        "CampaignMember",
        "OpportunityContactRole",
        "OpportunityLineItem",
    ];
    !never.contains(&model.name.as_str()) && !model.custom_setting
}

/// What a condition leaves of permission sets and objects.
struct Asked<'a> {
    parents: Option<&'a [String]>,
    objects: Option<&'a [String]>,
}

impl<'a> Asked<'a> {
    fn of(hints: &'a Hints) -> Self {
        Self {
            parents: hint(hints, &["ParentId"]),
            objects: hint(hints, &["SobjectType"]),
        }
    }

    fn parent(&self, id: &str) -> bool {
        self.parents
            .is_none_or(|ids| ids.iter().any(|wanted| same_id(wanted, id)))
    }

    fn object(&self, name: &str) -> bool {
        self.objects
            .is_none_or(|names| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
    }

    fn stored(&self, org: &Org, table: &str) -> Vec<Row> {
        let rows = org.rows(table).iter();
        rows.filter(|row| {
            self.parent(text(row, "ParentId")) && self.object(text(row, "SobjectType"))
        })
        .cloned()
        .collect()
    }

    /// The generated sets and the objects that are asked for.
    fn generated<'o>(
        &self,
        org: &'o Org,
    ) -> Result<Vec<(&'o str, usize, &'o ObjectModel)>, Refusal> {
        if org.generated_sets.is_empty() {
            return Ok(Vec::new());
        }
        if self.parents.is_none() && self.objects.is_none() {
            return Err(Refusal::new(
                400,
                "QUERY_TIMEOUT",
                "Your query request was running for too long.",
            ));
        }
        let mut pairs = Vec::new();
        for model in org
            .objects
            .values()
            .filter(|model| is_permissionable(model) && self.object(&model.name))
        {
            for (id, number) in org.generated_sets.iter().filter(|(id, _)| self.parent(id)) {
                if large::on_object(*number, &model.name).read {
                    pairs.push((id.as_str(), *number, model));
                }
            }
        }
        Ok(pairs)
    }
}

/// Rows of `ObjectPermissions`. Modify All Data shows as rows that nothing stores; their ids start with `000` (Object
/// Reference, ObjectPermissions).
///
/// # Errors
/// `QUERY_TIMEOUT` where a generated org is asked for everything.
pub(super) fn on_objects(org: &Org, hints: &Hints) -> Result<Vec<Row>, Refusal> {
    let asked = Asked::of(hints);
    let mut rows = asked.stored(org, "ObjectPermissions");
    let all_data = org
        .rows("PermissionSet")
        .iter()
        .filter(|set| flag(set, "PermissionsModifyAllData"));
    for id in all_data
        .map(|set| text(set, "Id"))
        .filter(|id| asked.parent(id))
    {
        for model in org
            .objects
            .values()
            .filter(|model| is_permissionable(model) && asked.object(&model.name))
        {
            let stored =
                |row: &Row| text(row, "ParentId") == id && text(row, "SobjectType") == model.name;
            if !rows.iter().any(stored) {
                rows.push(row(json!({
                    "Id": "000000000000000AAA", "ParentId": id, "SobjectType": model.name, "PermissionsRead": true,
                    "PermissionsCreate": true, "PermissionsEdit": true, "PermissionsDelete": true,
                    "PermissionsViewAllRecords": true, "PermissionsModifyAllRecords": true,
                })));
            }
        }
    }
    for (id, number, model) in asked.generated(org)? {
        let right = large::on_object(number, &model.name);
        rows.push(row(json!({
            "Id": "1107Q00000GENEAAA0", "ParentId": id, "SobjectType": model.name, "PermissionsRead": true,
            "PermissionsCreate": right.create, "PermissionsEdit": right.edit,
        })));
    }
    Ok(rows)
}

/// Rows of `FieldPermissions`. View All Fields shows as a readable row for every field (Object Reference,
/// FieldPermissions, API 63.0 and later).
///
/// # Errors
/// `QUERY_TIMEOUT` where a generated org is asked for everything.
pub(super) fn on_fields(session: &Session<'_>, hints: &Hints) -> Result<Vec<Row>, Refusal> {
    let org = session.org;
    let asked = Asked::of(hints);
    let mut rows = asked.stored(org, "FieldPermissions");
    if session.version >= 63 {
        add_view_all_fields(org, &asked, &mut rows);
    }
    for (id, number, model) in asked.generated(org)? {
        for field in model
            .fields
            .iter()
            .filter(|field| field.flag("permissionable"))
        {
            let (read, edit) = large::on_field(number, &model.name, field.name());
            if read {
                rows.push(row(json!({
                    "Id": "01k7Q00000GENEAAA0", "ParentId": id, "SobjectType": model.name,
                    "Field": format!("{}.{}", model.name, field.name()), "PermissionsRead": true,
                    "PermissionsEdit": edit && !field.is_computed(),
                })));
            }
        }
    }
    Ok(rows)
}

fn add_view_all_fields(org: &Org, asked: &Asked<'_>, rows: &mut Vec<Row>) {
    let key = |row: &Row| {
        (
            text(row, "ParentId").to_owned(),
            text(row, "Field").to_owned(),
        )
    };
    let mut places: HashMap<(String, String), usize> = rows.iter().map(key).zip(0..).collect();
    for grant in asked
        .stored(org, "ObjectPermissions")
        .iter()
        .filter(|row| flag(row, "PermissionsViewAllFields"))
    {
        let Some(model) = org.object(text(grant, "SobjectType")) else {
            continue;
        };
        for field in model
            .fields
            .iter()
            .filter(|field| field.flag("permissionable"))
        {
            let made = row(json!({
                "Id": "000000000000000AAA", "ParentId": grant.get("ParentId"), "SobjectType": model.name,
                "Field": format!("{}.{}", model.name, field.name()), "PermissionsRead": true,
            }));
            let place = *places.entry(key(&made)).or_insert(rows.len());
            match rows.get_mut(place) {
                Some(found) => {
                    found.insert("PermissionsRead".to_owned(), json!(true));
                }
                None => rows.push(made),
            }
        }
    }
}
