//! A statement file taken apart: API, columns, and the text around its placeholders.

use super::{Api, SoqlError};

/// A column of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// API name, with its relationship path: `PermissionSet.Name`.
    pub path: &'static str,
    /// Whether an org may lack it.
    pub optional: bool,
}

/// A piece of what follows the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text that is sent as it stands.
    Text(&'static str),
    /// A single value, `= :name`.
    One(&'static str),
    /// A list, `IN :name`, with the most values that it may hold.
    List(&'static str, usize),
}

/// A statement of `queries/`, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Which API answers it.
    pub api: Api,
    /// Why it is asked: the first line of the file.
    pub why: &'static str,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The object selected from; `:from` for one that is bound.
    pub object: &'static str,
    /// What follows the object.
    pub(super) tail: Vec<Piece>,
}

/// Stands for an object that is bound: the records of any mapped object are counted and sampled.
pub(super) const FROM: &str = ":from";

/// The one aggregate that is asked for.
const COUNT: &str = "COUNT(Id) records";

/// Most values of a list that says nothing else.
const LONGEST_LIST: usize = 2000;

impl Template {
    /// Parses a file. Only what permgap's statements need is understood: one `SELECT`, no subqueries.
    pub fn parse(query: &'static str, file: &'static str) -> Result<Self, SoqlError> {
        let fail = |what: &str| SoqlError::Template {
            query,
            what: what.to_owned(),
        };
        let (first, body) = file
            .split_once('\n')
            .ok_or_else(|| fail("a comment line and a statement are needed"))?;
        let comment = first
            .strip_prefix("-- ")
            .ok_or_else(|| fail("the first line must be `-- REST: why` or `-- Tooling: why`"))?;
        let (api, why) = comment
            .split_once(": ")
            .ok_or_else(|| fail("the first line must be `-- REST: why` or `-- Tooling: why`"))?;
        let api = match api {
            "REST" => Api::Rest,
            "Tooling" => Api::Tooling,
            _ => return Err(fail("the API must be REST or Tooling")),
        };
        let body = body.trim();
        if body.contains("--") || body.contains(';') {
            return Err(fail(
                "one statement, and one comment line, are all that a file holds",
            ));
        }
        let select = body
            .strip_prefix("SELECT ")
            .ok_or_else(|| fail("the statement must begin with SELECT"))?;
        let (columns, rest) = select
            .split_once("FROM ")
            .ok_or_else(|| fail("the statement must have FROM"))?;
        let columns = columns
            .split(',')
            .map(|column| parse_column(column.trim()))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| fail("a column is not an API name"))?;
        let end = rest
            .find(|c: char| c.is_ascii_whitespace())
            .unwrap_or(rest.len());
        let (object, tail) = rest.split_at(end);
        if object != FROM && !super::is_api_name(object) {
            return Err(fail("the object is neither an API name nor `:from`"));
        }
        Ok(Self {
            api,
            why: why.trim(),
            columns,
            object,
            tail: parse_tail(tail).ok_or_else(|| fail("a placeholder is broken"))?,
        })
    }

    /// The names of the placeholders, in order.
    pub fn placeholders(&self) -> Vec<&'static str> {
        self.tail
            .iter()
            .filter_map(|piece| match piece {
                Piece::Text(_) => None,
                Piece::One(name) | Piece::List(name, _) => Some(*name),
            })
            .collect()
    }
}

fn parse_column(text: &'static str) -> Option<Column> {
    let (path, optional) = match text.strip_prefix("/*?*/") {
        Some(rest) => (rest.trim(), true),
        None => (text, false),
    };
    if path == COUNT {
        return Some(Column { path, optional });
    }
    path.split('.')
        .all(super::is_api_name)
        .then_some(Column { path, optional })
}

/// Splits the text after the object at its placeholders. The files hold no quoted text with a colon.
fn parse_tail(text: &'static str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(':') {
        let end = after
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(after.len());
        let (name, mut after) = after.split_at(end);
        if name.is_empty() {
            return None;
        }
        let is_list = before.trim_end().ends_with(" IN");
        let mut most = LONGEST_LIST;
        if let Some(limited) = after.strip_prefix('(') {
            let (number, tail) = limited.split_once(')')?;
            most = number.parse().ok().filter(|most| *most > 0 && is_list)?;
            after = tail;
        }
        pieces.push(Piece::Text(before));
        pieces.push(if is_list {
            Piece::List(name, most)
        } else {
            Piece::One(name)
        });
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_apart() {
        let template = Template::parse(
            "x",
            "-- Tooling: to know.\nSELECT Id, /*?*/ A.B\nFROM X__c\nWHERE A = :a AND B IN :b(200) ORDER BY Id\n",
        )
        .unwrap();
        assert_eq!(template.api, Api::Tooling);
        assert_eq!(template.why, "to know.");
        assert_eq!(template.object, "X__c");
        assert_eq!(
            template.columns.get(1),
            Some(&Column {
                path: "A.B",
                optional: true
            })
        );
        assert_eq!(template.placeholders(), ["a", "b"]);
        assert!(template.tail.contains(&Piece::List("b", 200)));
    }

    #[test]
    fn a_broken_file_is_refused() {
        for bad in [
            "SELECT Id FROM X",
            "-- SOAP: why\nSELECT Id FROM X",
            "-- REST: why\nUPDATE X",
            "-- REST: why\nSELECT Id FROM X; SELECT Id FROM Y",
            "-- REST: why\nSELECT Id, FROM X",
            "-- REST: why\nSELECT Id FROM X WHERE A = :",
            "-- REST: why\nSELECT Id FROM X WHERE A = :a(2)",
            "-- REST: why\nSELECT Id FROM 'X'",
        ] {
            assert!(Template::parse("x", bad).is_err(), "{bad}");
        }
    }
}
