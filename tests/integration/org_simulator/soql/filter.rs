//! WHERE: conditions bound to columns, then asked of rows.

use serde_json::Value;

use super::super::model::Row;
use super::super::org::same_id;
use super::super::refusal::Refusal;
use super::ast::{Expr, Literal, Operator};
use super::columns::{Session, View, Walk};
use super::value::{Kind, check, holds, kind};
use super::{ast, evaluate};

/// A condition whose columns are found and whose semi-joins are answered.
pub(super) enum Bound {
    And(Vec<Bound>),
    Or(Vec<Bound>),
    Not(Box<Bound>),
    Compare(Walk, Operator, Literal),
    In(Walk, bool, Vec<Literal>),
    Includes(Walk, bool, Vec<String>),
}

/// Texts that columns are held to: what all rows of the answer have in common.
pub(crate) type Hints = Vec<(String, Vec<String>)>;

/// What the condition holds columns to, by the path in lower case.
pub(crate) fn hints(filter: Option<&Expr>) -> Hints {
    let mut hints = Hints::new();
    for part in filter.into_iter().flat_map(Expr::conjuncts) {
        let (path, values) = match part {
            Expr::Compare(path, Operator::Equal, value) => (path, vec![value]),
            Expr::In {
                path,
                negated: false,
                values,
            } => (path, values.iter().collect()),
            _ => continue,
        };
        let texts = values.into_iter().filter_map(|value| match value {
            Literal::Text(text) => Some(text.clone()),
            _ => None,
        });
        hints.push((path.join(".").to_ascii_lowercase(), texts.collect()));
    }
    hints
}

/// Finds the columns of a condition.
pub(super) fn bind(session: &Session<'_>, view: &View, expr: &Expr) -> Result<Bound, Refusal> {
    let all = |parts: &[Expr]| {
        parts
            .iter()
            .map(|part| bind(session, view, part))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(match expr {
        Expr::And(parts) => Bound::And(all(parts)?),
        Expr::Or(parts) => Bound::Or(all(parts)?),
        Expr::Not(inner) => Bound::Not(Box::new(bind(session, view, inner)?)),
        Expr::Compare(path, operator, literal) => {
            let walk = filterable(session, view, path)?;
            check(&walk.column, literal)?;
            let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
            if ordered && kind(&walk.column) == Kind::Bool {
                return Err(Refusal::new(
                    400,
                    "INVALID_FIELD",
                    "invalid operator on boolean field",
                ));
            }
            if *operator == Operator::Like && kind(&walk.column) != Kind::Text {
                return Err(Refusal::new(
                    400,
                    "INVALID_QUERY_FILTER_OPERATOR",
                    "invalid operator on id field",
                ));
            }
            Bound::Compare(walk, *operator, literal.clone())
        }
        Expr::In {
            path,
            negated,
            values,
        } => {
            let walk = filterable(session, view, path)?;
            values
                .iter()
                .try_for_each(|value| check(&walk.column, value))?;
            Bound::In(walk, *negated, values.clone())
        }
        Expr::SemiJoin {
            path,
            negated,
            query,
        } => {
            let walk = filterable(session, view, path)?;
            Bound::In(walk, *negated, semi_join(session, query)?)
        }
        Expr::Includes {
            path,
            negated,
            values,
        } => {
            let walk = filterable(session, view, path)?;
            if walk.column.kind != "multipicklist" {
                return Err(Refusal::new(
                    400,
                    "INVALID_QUERY_FILTER_OPERATOR",
                    "includes or excludes operator only valid on multipicklist field",
                ));
            }
            let texts = values.iter().filter_map(|value| match value {
                Literal::Text(text) => Some(text.to_lowercase()),
                _ => None,
            });
            Bound::Includes(walk, *negated, texts.collect())
        }
    })
}

fn filterable(session: &Session<'_>, view: &View, path: &ast::Path) -> Result<Walk, Refusal> {
    let walk = session.walk(view, path)?;
    if !walk.column.filterable {
        return Err(Refusal::new(
            400,
            "INVALID_FIELD",
            format!(
                "field '{}' can not be filtered in a query call",
                walk.column.name
            ),
        ));
    }
    Ok(walk)
}

/// The values of a semi-join: one column of ids (SOQL and SOSL Reference, "Comparison Operators").
fn semi_join(session: &Session<'_>, query: &ast::Query) -> Result<Vec<Literal>, Refusal> {
    let [ast::Item::Column(path, _)] = query.items.as_slice() else {
        return Err(Refusal::malformed(
            "semi join sub-selects must select exactly one field",
        ));
    };
    let view = session.view(&query.from)?;
    let walk = session.walk(&view, path)?;
    if kind(&walk.column) != Kind::Id {
        return Err(Refusal::malformed(format!(
            "Field '{}' of a semi join sub-select must be an id or a reference",
            walk.column.name
        )));
    }
    let rows = evaluate::matching(session, query)?;
    Ok(rows
        .iter()
        .filter_map(|row| match session.value(&walk, row) {
            Value::String(id) => Some(Literal::Text(id)),
            _ => None,
        })
        .collect())
}

impl Bound {
    /// Whether a row meets the condition.
    pub(super) fn meets(&self, session: &Session<'_>, row: &Row) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.meets(session, row)),
            Self::Or(parts) => parts.iter().any(|part| part.meets(session, row)),
            Self::Not(inner) => !inner.meets(session, row),
            Self::Compare(walk, operator, literal) => holds(
                &walk.column,
                &session.value(walk, row),
                *operator,
                literal,
                &session.org.now,
            ),
            Self::In(walk, negated, values) => {
                let cell = session.value(walk, row);
                let found = match (kind(&walk.column), cell.as_str()) {
                    // The usual case, and lists are long.
                    (Kind::Id, Some(id)) => values
                        .iter()
                        .any(|value| matches!(value, Literal::Text(wanted) if same_id(wanted, id))),
                    _ => values.iter().any(|value| {
                        holds(
                            &walk.column,
                            &cell,
                            Operator::Equal,
                            value,
                            &session.org.now,
                        )
                    }),
                };
                found != *negated
            }
            Self::Includes(walk, negated, values) => {
                let cell = session.value(walk, row);
                let chosen = cell.as_str().unwrap_or_default().to_lowercase();
                let chosen: Vec<&str> = chosen.split(';').collect();
                let found = values
                    .iter()
                    .any(|all| all.split(';').all(|value| chosen.contains(&value)));
                found != *negated
            }
        }
    }
}
