//! Binding: a template and values become statements short enough to send.

use std::collections::BTreeMap;

use super::template::Piece;
use super::{Api, Literal, OrgSchema, Query, SoqlError};
use crate::snapshot::Name;

/// Longest statement sent, in bytes after URL encoding. Salesforce refuses URIs over 16,384 bytes (REST API
/// Developer Guide, "Status Codes and Error Responses"); half of it leaves room for what a proxy allows.
const LONGEST: usize = 8000;

/// A statement ready to be sent. Only binding makes one, so nothing unbound ever reaches an org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    query: Query,
    api: Api,
    text: String,
    dropped: Vec<&'static str>,
}

impl Statement {
    /// The statement's name, for messages: that of its file.
    pub fn name(&self) -> &'static str {
        self.query.name()
    }

    /// Which API answers it.
    pub fn api(&self) -> Api {
        self.api
    }

    /// The SOQL text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The optional columns that the org lacks and that the statement therefore does not ask for.
    pub fn dropped(&self) -> &[&'static str] {
        &self.dropped
    }
}

/// Values for the placeholders of a query.
#[derive(Debug, Clone)]
pub struct Binding {
    query: Query,
    values: BTreeMap<&'static str, Vec<Literal>>,
    from: Option<Name>,
    error: Option<SoqlError>,
}

impl Query {
    /// Begins to bind values.
    pub fn bind(self) -> Binding {
        Binding {
            query: self,
            values: BTreeMap::new(),
            from: None,
            error: None,
        }
    }
}

impl Binding {
    /// Binds record ids; each once, sorted.
    pub fn ids<S: AsRef<str>>(
        self,
        placeholder: &'static str,
        ids: impl IntoIterator<Item = S>,
    ) -> Self {
        let literals = ids.into_iter().map(|id| Literal::id(id.as_ref())).collect();
        self.put(placeholder, literals)
    }

    /// Binds API names; each once, sorted. Names that differ in case only count as one.
    pub fn names<'n>(
        self,
        placeholder: &'static str,
        names: impl IntoIterator<Item = &'n Name>,
    ) -> Self {
        let unique: std::collections::BTreeSet<&Name> = names.into_iter().collect();
        let literals = unique
            .into_iter()
            .map(|name| Literal::name(name.as_str()))
            .collect();
        self.put(placeholder, literals)
    }

    /// Binds texts, usernames for example; each once, sorted.
    pub fn texts<S: AsRef<str>>(
        self,
        placeholder: &'static str,
        texts: impl IntoIterator<Item = S>,
    ) -> Self {
        let literals = texts
            .into_iter()
            .map(|text| Literal::text(text.as_ref()))
            .collect();
        self.put(placeholder, literals)
    }

    /// Binds a date and time.
    pub fn instant(self, placeholder: &'static str, time: jiff::Timestamp) -> Self {
        self.put(placeholder, Ok(vec![Literal::instant(time)]))
    }

    /// Binds the object of a statement that says `FROM :from`.
    pub fn from(mut self, object: &Name) -> Self {
        match Literal::name(object.as_str()) {
            Ok(_) => self.from = Some(object.clone()),
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
        self
    }

    /// Binds a number, a limit for example.
    pub fn number(self, placeholder: &'static str, number: u32) -> Self {
        self.put(placeholder, Ok(vec![Literal::number(number)]))
    }

    fn put(mut self, placeholder: &'static str, literals: Result<Vec<Literal>, SoqlError>) -> Self {
        match literals {
            Ok(mut literals) => {
                literals.sort();
                literals.dedup();
                self.values.insert(placeholder, literals);
            }
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
        self
    }

    /// Makes the statements: one, or several where a list is too long for one. An empty list makes none,
    /// since nothing can match it.
    pub fn statements(self, schema: &OrgSchema) -> Result<Vec<Statement>, SoqlError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let query = self.query;
        let template = query.template()?;
        let placeholders = template.placeholders();
        let wrong = |placeholder: &str, what| SoqlError::Placeholder {
            query: query.name(),
            placeholder: placeholder.to_owned(),
            what,
        };
        if let Some(name) = self.values.keys().find(|name| !placeholders.contains(name)) {
            return Err(wrong(name, "is not in the statement"));
        }
        let object = match (template.object, &self.from) {
            (super::template::FROM, Some(object)) => object.as_str(),
            (super::template::FROM, None) => return Err(wrong("from", "was given no object")),
            (_, Some(_)) => return Err(wrong("from", "is not in the statement")),
            (object, None) => object,
        };
        let mut columns = Vec::new();
        let mut dropped = Vec::new();
        for column in &template.columns {
            if schema.allows(template.api, object, column) {
                columns.push(column.path);
            } else {
                dropped.push(column.path);
            }
        }
        let head = format!("SELECT {} FROM {}", columns.join(", "), object);

        // Each placeholder's values in chunks; a statement for every combination of them.
        let mut fixed = encoded_len(&head);
        let mut lists: Vec<(&str, usize, &[Literal])> = Vec::new();
        for piece in &template.tail {
            match piece {
                Piece::Text(text) => fixed = fixed.saturating_add(encoded_len(&one_line(text))),
                Piece::One(name) => match self.values.get(name).map(Vec::as_slice) {
                    Some([literal]) => fixed = fixed.saturating_add(encoded_len(literal.as_str())),
                    Some(_) => return Err(wrong(name, "takes exactly one value")),
                    None => return Err(wrong(name, "was given no value")),
                },
                Piece::List(name, most) => match self.values.get(name) {
                    Some(values) if values.is_empty() => return Ok(Vec::new()),
                    Some(values) => lists.push((name, *most, values)),
                    None => return Err(wrong(name, "was given no value")),
                },
            }
        }
        let room = LONGEST.saturating_sub(fixed);
        let mut combinations: Vec<BTreeMap<&str, &[Literal]>> = vec![BTreeMap::new()];
        for (name, chunks) in split(&lists, room).ok_or(SoqlError::TooLong {
            query: query.name(),
        })? {
            combinations = combinations
                .into_iter()
                .flat_map(|chosen| {
                    chunks.iter().map(move |chunk| {
                        let mut chosen = chosen.clone();
                        chosen.insert(name, *chunk);
                        chosen
                    })
                })
                .collect();
        }
        let render = |chosen: BTreeMap<&str, &[Literal]>| {
            let mut text = head.clone();
            for piece in &template.tail {
                match piece {
                    Piece::Text(part) => text.push_str(&one_line(part)),
                    Piece::One(name) => {
                        for literal in self.values.get(name).into_iter().flatten() {
                            text.push_str(literal.as_str());
                        }
                    }
                    Piece::List(name, _) => {
                        let list = chosen.get(name).copied().unwrap_or_default();
                        let list: Vec<&str> = list.iter().map(Literal::as_str).collect();
                        text.push('(');
                        text.push_str(&list.join(","));
                        text.push(')');
                    }
                }
            }
            Statement {
                query,
                api: template.api,
                text: text.trim_end().to_owned(),
                dropped: dropped.clone(),
            }
        };
        Ok(combinations.into_iter().map(render).collect())
    }
}

/// A placeholder and its values in chunks.
type Chunks<'v> = (&'v str, Vec<&'v [Literal]>);

/// Splits lists so that one chunk of each fits into `room` bytes together. Short lists keep together; the
/// long ones share what is left. None where even single values do not fit.
fn split<'v>(lists: &[(&'v str, usize, &'v [Literal])], room: usize) -> Option<Vec<Chunks<'v>>> {
    let size = |values: &[Literal]| -> usize { values.iter().map(value_len).sum::<usize>() + 6 };
    let mut by_size: Vec<usize> = (0..lists.len()).collect();
    by_size.sort_by_key(|at| lists.get(*at).map(|(_, _, values)| size(values)));
    let mut left = room;
    let mut waiting = lists.len();
    let mut chunks = Vec::new();
    for at in by_size {
        let (name, most, values) = lists.get(at)?;
        let share = left.checked_div(waiting)?;
        waiting = waiting.saturating_sub(1);
        let mut list_chunks: Vec<&[Literal]> = Vec::new();
        let (mut start, mut used, mut largest) = (0, 6, 0);
        for (index, value) in values.iter().enumerate() {
            let length = value_len(value);
            let full = used + length > share || index - start >= *most;
            if full && index > start {
                list_chunks.push(values.get(start..index)?);
                (start, used) = (index, 6);
            }
            used += length;
            largest = largest.max(used);
            if used > share {
                return None;
            }
        }
        list_chunks.push(values.get(start..)?);
        left = left.saturating_sub(largest);
        chunks.push((*name, list_chunks));
    }
    Some(chunks)
}

/// Bytes that a value takes in a list, with its comma (three bytes when encoded).
fn value_len(value: &Literal) -> usize {
    encoded_len(value.as_str()).saturating_add(3)
}

/// Line breaks of the file as single spaces.
fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let space = c.is_ascii_whitespace();
        if !(space && out.ends_with(' ')) {
            out.push(if space { ' ' } else { c });
        }
    }
    out
}

/// Length of a text after form encoding.
fn encoded_len(text: &str) -> usize {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .map(str::len)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> String {
        format!("0PS{n:015}")
    }

    #[test]
    fn values_are_quoted_and_lists_sorted() {
        let statements = Query::UserByUsername
            .bind()
            .texts("username", ["o'brien@acme.example"])
            .statements(&OrgSchema::default())
            .unwrap();
        let [statement] = statements.as_slice() else {
            panic!("{statements:?}")
        };
        assert!(
            statement
                .text()
                .ends_with(r"FROM User WHERE Username = 'o\'brien@acme.example'"),
            "{}",
            statement.text()
        );
        assert!(!statement.text().contains("/*"));
    }

    #[test]
    fn long_lists_are_split_and_nothing_is_lost() {
        let ids: Vec<String> = (0..700).map(id).collect();
        let objects: Vec<Name> = (0..120)
            .map(|n| Name::from(format!("Some_Long_Object_Name_{n:03}__c")))
            .collect();
        let statements = Query::ObjectPermissions
            .bind()
            .ids("parents", &ids)
            .names("objects", &objects)
            .statements(&OrgSchema::default())
            .unwrap();
        let mut pairs = std::collections::BTreeSet::new();
        for statement in &statements {
            assert!(
                encoded_len(statement.text()) <= LONGEST,
                "{}",
                statement.text().len()
            );
            let quoted: Vec<&str> = statement.text().split('\'').skip(1).step_by(2).collect();
            let (sets, names): (Vec<&str>, Vec<&str>) =
                quoted.iter().partition(|v| v.starts_with("0PS"));
            for set in &sets {
                for name in &names {
                    assert!(pairs.insert(((*set).to_owned(), (*name).to_owned())));
                }
            }
        }
        assert_eq!(pairs.len(), 700 * 120);
        assert!(statements.len() < 16, "{}", statements.len());
    }

    #[test]
    fn a_list_has_no_more_values_than_the_file_allows() {
        let ids: Vec<String> = (0..3).map(id).collect();
        let literals: Vec<Literal> = ids.iter().map(|id| Literal::id(id).unwrap()).collect();
        let lists = [("x", 2, literals.as_slice())];
        let split = split(&lists, 4000).unwrap();
        let sizes: Vec<usize> = split
            .iter()
            .flat_map(|(_, c)| c.iter().map(|c| c.len()))
            .collect();
        assert_eq!(sizes, [2, 1]);
    }

    #[test]
    fn an_empty_list_asks_nothing() {
        let none: [&str; 0] = [];
        let statements = Query::UserLogins
            .bind()
            .ids("users", none)
            .statements(&OrgSchema::default())
            .unwrap();
        assert!(statements.is_empty());
    }

    #[test]
    fn injections_are_refused_or_quoted() {
        let bind = |name: &str| {
            Query::ObjectPermissions
                .bind()
                .ids("parents", [id(1)])
                .names("objects", [&Name::new(name)])
                .statements(&OrgSchema::default())
        };
        for bad in [
            "Account') OR (Id != '",
            "Account'",
            "A B",
            "Account\\",
            "Acc\u{2019}ount",
        ] {
            let error = bind(bad).unwrap_err();
            assert!(matches!(error, SoqlError::Value { .. }), "{error}");
        }
        assert!(bind("Account").is_ok());
    }

    #[test]
    fn every_placeholder_needs_its_value() {
        let error = Query::UserByUsername
            .bind()
            .statements(&OrgSchema::default())
            .unwrap_err();
        assert!(error.to_string().contains(":username"), "{error}");
        let error = Query::UserByUsername
            .bind()
            .texts("username", ["a"])
            .texts("x", ["a"])
            .statements(&OrgSchema::default())
            .unwrap_err();
        assert!(
            error.to_string().contains("is not in the statement"),
            "{error}"
        );
    }

    #[test]
    fn optional_columns_follow_describe() {
        let bind = |schema: &OrgSchema| {
            Query::PermissionSetAssignments
                .bind()
                .ids("users", ["005000000000001AAA"])
                .statements(schema)
                .unwrap()
                .remove(0)
        };
        let without = bind(&OrgSchema::default());
        assert!(without.dropped().contains(&"IsRevoked"));
        assert!(!without.text().contains("IsRevoked"));
        let describe = r#"{"fields":[{"name":"ISREVOKED"},
            {"name":"PermissionSetGroupId","relationshipName":"PermissionSetGroup","referenceTo":["PermissionSetGroup"]}]}"#;
        let mut schema = OrgSchema::default();
        schema.insert(
            Api::Rest,
            "PermissionSetAssignment",
            serde_json::from_str(describe).unwrap(),
        );
        let with = bind(&schema);
        assert!(with.text().contains("IsRevoked"));
        assert!(
            with.dropped()
                .contains(&"PermissionSetGroup.HasActivationRequired")
        );
        schema.insert(
            Api::Rest,
            "permissionsetgroup",
            serde_json::from_str(r#"{"fields":[{"name":"HasActivationRequired"}]}"#).unwrap(),
        );
        assert!(
            bind(&schema)
                .text()
                .contains("PermissionSetGroup.HasActivationRequired")
        );
    }
}
