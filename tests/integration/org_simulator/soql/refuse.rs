//! Statements that are good SOQL, and that Salesforce refuses all the same because of the object they ask.

use super::super::refusal::Refusal;
use super::ast::{Expr, Item, Literal, Operator, Path, Query};

/// The metadata catalogue: objects that no table holds (Tooling API, "SOQL Operation Limitations").
const REIFIED: [&str; 14] = [
    "EntityDefinition",
    "FieldDefinition",
    "EntityParticle",
    "RelationshipInfo",
    "RelationshipDomain",
    "OwnerChangeOptionInfo",
    "PicklistValueInfo",
    "UserEntityAccess",
    "UserFieldAccess",
    "Publisher",
    "DataType",
    "SearchLayout",
    "FlowDefinitionView",
    "FlowVersionView",
];

/// Rows that an object without `queryMore` answers at most.
const ONE_BATCH: usize = 2000;
/// Records that `UserRecordAccess` takes at a time (Object Reference, UserRecordAccess).
const RECORDS: usize = 200;

/// Whether the object is part of the metadata catalogue.
pub(crate) fn is_reified(object: &str) -> bool {
    REIFIED.iter().any(|name| name.eq_ignore_ascii_case(object))
}

/// Refuses what the object does not take, before any row is looked at.
pub(super) fn check(object: &str, query: &Query) -> Result<(), Refusal> {
    if is_reified(object) {
        reified(object, query)?;
    }
    match object {
        "FieldPermissions" => field_permissions(query),
        "UserRecordAccess" => user_record_access(query),
        _ => Ok(()),
    }
}

fn unsupported(text: &str) -> Refusal {
    Refusal::malformed(text)
}

fn reified(object: &str, query: &Query) -> Result<(), Refusal> {
    let aggregates = query
        .items
        .iter()
        .any(|item| matches!(item, Item::Aggregate(..)));
    if query.count || aggregates || !query.group_by.is_empty() {
        return Err(Refusal::new(
            400,
            "EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION",
            "The requested operation is not yet supported by this SObject storage type, contact salesforce.com \
             support for more information.",
        ));
    }
    if let Some(filter) = &query.filter {
        no_disjunction(filter)?;
    }
    if query.order_by.iter().any(|order| order.path.len() > 1) {
        return Err(Refusal::new(
            500,
            "UNKNOWN_EXCEPTION",
            "An unexpected error occurred. Please include this ErrorId if you contact support: 1763900000-1 (1)",
        ));
    }
    required_filter(object, query)
}

fn no_disjunction(filter: &Expr) -> Result<(), Refusal> {
    match filter {
        Expr::And(parts) => parts.iter().try_for_each(no_disjunction),
        Expr::Or(_) => Err(unsupported("Disjunctions not supported")),
        Expr::Not(_) | Expr::In { negated: true, .. } | Expr::Compare(_, Operator::NotEqual, _) => {
            Err(unsupported("Only equals comparisons permitted"))
        }
        Expr::SemiJoin { .. } | Expr::Includes { .. } => {
            Err(unsupported("Unsupported filter type"))
        }
        Expr::Compare(..) | Expr::In { .. } => Ok(()),
    }
}

/// Objects that cannot be asked without saying which of their rows.
fn required_filter(object: &str, query: &Query) -> Result<(), Refusal> {
    let entity = [
        "EntityDefinitionId",
        "EntityDefinition.QualifiedApiName",
        "EntityDefinition.DurableId",
    ];
    let field = [
        "FieldDefinitionId",
        "FieldDefinition.QualifiedApiName",
        "FieldDefinition.DurableId",
    ];
    let user = ["UserId", "User.Username"];
    let any_of: Vec<Vec<&str>> = match object {
        "FieldDefinition" | "EntityParticle" => {
            vec![[&entity[..], &["FieldDefinitionId", "DurableId"]].concat()]
        }
        "FlowVersionView" => vec![vec!["FlowDefinitionViewId", "DurableId"]],
        "PicklistValueInfo" => vec![vec!["EntityParticleId", "DurableId"]],
        "UserEntityAccess" => vec![
            [&user[..], &["DurableId"]].concat(),
            [&entity[..], &["DurableId"]].concat(),
        ],
        "UserFieldAccess" => {
            let nested = [
                "FieldDefinition.EntityDefinition.QualifiedApiName",
                "EntityDefinitionId",
                "DurableId",
            ];
            vec![
                [&user[..], &["DurableId"]].concat(),
                [&field[..], &nested[..]].concat(),
            ]
        }
        _ => vec![],
    };
    let conjuncts = query.filter.iter().flat_map(Expr::conjuncts);
    let held: Vec<String> = conjuncts
        .filter_map(|part| match part {
            Expr::Compare(path, Operator::Equal, _)
            | Expr::In {
                path,
                negated: false,
                ..
            } => Some(path.join(".")),
            _ => None,
        })
        .collect();
    for names in any_of {
        if !names
            .iter()
            .any(|name| held.iter().any(|path| path.eq_ignore_ascii_case(name)))
        {
            let listed = match object {
                "FieldDefinition" | "EntityParticle" => {
                    "EntityDefinitionId, FieldDefinitionId, DurableId".to_owned()
                }
                _ => names.join(", "),
            };
            return Err(Refusal::malformed(format!(
                "{object}: a filter on a reified column is required [{listed}]"
            )));
        }
    }
    Ok(())
}

fn selects(query: &Query, name: &str) -> bool {
    let is = |path: &Path| matches!(path.as_slice(), [only] if only.eq_ignore_ascii_case(name));
    query
        .items
        .iter()
        .any(|item| matches!(item, Item::Column(path, _) if is(path)))
}

/// `SobjectType` and `Field` go together (Object Reference, FieldPermissions).
fn field_permissions(query: &Query) -> Result<(), Refusal> {
    let plain = query
        .items
        .iter()
        .any(|item| matches!(item, Item::Column(..)));
    if plain
        && query.group_by.is_empty()
        && !(selects(query, "SobjectType") && selects(query, "Field"))
    {
        return Err(Refusal::malformed(
            "FieldPermissions: SobjectType and Field must both be selected",
        ));
    }
    Ok(())
}

/// One user, and at most 200 records (Object Reference, UserRecordAccess).
fn user_record_access(query: &Query) -> Result<(), Refusal> {
    let mut user = false;
    let mut records = 0;
    for part in query.filter.iter().flat_map(Expr::conjuncts) {
        match part {
            Expr::Compare(path, Operator::Equal, Literal::Text(_)) => {
                match path.join(".").to_ascii_lowercase().as_str() {
                    "userid" => user = true,
                    "recordid" => records += 1,
                    _ => {}
                }
            }
            Expr::Compare(path, Operator::Equal, Literal::Bool(_)) => {
                // With a filter on an access flag, only the record's id may be selected.
                if query.items.len() != 1 || !selects(query, "RecordId") {
                    let flag = path.join(".");
                    return Err(Refusal::malformed(format!(
                        "Can select only RecordId when filtering by {flag}"
                    )));
                }
            }
            Expr::In {
                path,
                negated: false,
                values,
            } if path.join(".").eq_ignore_ascii_case("RecordId") => {
                records += values.len();
            }
            _ => return Err(Refusal::malformed("UserRecordAccess: unsupported filter")),
        }
    }
    if !user || records == 0 {
        return Err(Refusal::malformed(
            "UserRecordAccess: a single UserId and at least one RecordId are required as filters",
        ));
    }
    if records > RECORDS {
        return Err(Refusal::malformed(format!(
            "UserRecordAccess: at most {RECORDS} record ids can be filtered at a time, found {records}"
        )));
    }
    let ordered = query
        .order_by
        .iter()
        .any(|order| order.path.join(".").eq_ignore_ascii_case("MaxAccessLevel"));
    if ordered && !selects(query, "MaxAccessLevel") {
        return Err(Refusal::malformed(
            "ORDER BY MaxAccessLevel is only allowed when it is selected",
        ));
    }
    Ok(())
}

/// `Metadata` and `FullName` for one row only, and LIMIT does not help (Tooling API, every such object).
pub(super) fn one_row(query: &Query, matched: usize) -> Result<(), Refusal> {
    if matched > 1 && (selects(query, "Metadata") || selects(query, "FullName")) {
        return Err(Refusal::malformed(format!(
            "When retrieving results with Metadata or FullName fields, the query qualifications must specify no more \
             than one row for retrieval. Result size: {matched}"
        )));
    }
    Ok(())
}

/// The metadata catalogue answers in one batch or not at all.
pub(super) fn one_batch(object: &str, rows: usize) -> Result<(), Refusal> {
    if is_reified(object) && rows > ONE_BATCH {
        return Err(Refusal::new(
            400,
            "EXCEEDED_ID_LIMIT",
            format!(
                "{object} does not support queryMore(), use LIMIT to restrict the results to a single batch"
            ),
        ));
    }
    Ok(())
}
