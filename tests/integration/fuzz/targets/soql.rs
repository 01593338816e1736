//! Values bound into every statement: whatever they hold, the statement stays the one that its file says.

use permgap::salesforce::soql::{Binding, OrgSchema, Query, SoqlError, Statement};
use permgap::snapshot::Name;

/// Longest statement, in bytes after URL encoding (`src/salesforce/soql/bind.rs`).
const LONGEST: usize = 8_000;

/// Each line is a value for every placeholder of every statement.
pub(super) fn soql(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let values: Vec<&str> = text.split('\n').take(300).collect();
    let schema = OrgSchema::default();
    for query in Query::ALL {
        let plain = ["Account"];
        let expected = bind(*query, &plain, Kind::Text).statements(&schema);
        let expected = expected.map(|statements| skeletons(&statements));
        for kind in [Kind::Text, Kind::Name, Kind::Id] {
            match bind(*query, &values, kind).statements(&schema) {
                Ok(statements) => {
                    for statement in &statements {
                        let encoded =
                            url::form_urlencoded::byte_serialize(statement.text().as_bytes());
                        assert!(encoded.map(str::len).sum::<usize>() <= LONGEST);
                    }
                    let Ok(expected) = &expected else { continue };
                    for skeleton in skeletons(&statements) {
                        assert!(expected.contains(&skeleton), "{skeleton}");
                    }
                }
                Err(error) => assert!(!matches!(error, SoqlError::Template { .. }), "{error}"),
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Name,
    Id,
}

fn bind(query: Query, values: &[&str], kind: Kind) -> Binding {
    let template = query.template().unwrap();
    let mut binding = query.bind();
    if template.object == ":from" {
        binding = binding.from(&Name::new("Account"));
    }
    for placeholder in template.placeholders() {
        let names: Vec<Name> = values.iter().map(|value| Name::new(value)).collect();
        binding = match (placeholder, kind) {
            ("limit", _) => binding.number(placeholder, 5),
            (_, Kind::Text) => binding.texts(placeholder, values),
            (_, Kind::Name) => binding.names(placeholder, &names),
            (_, Kind::Id) => binding.ids(placeholder, values),
        };
    }
    binding
}

/// The statements with each text literal as `'_'`, and each list as one of it.
fn skeletons(statements: &[Statement]) -> Vec<String> {
    statements
        .iter()
        .map(|statement| skeleton(statement.text()))
        .collect()
}

fn skeleton(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\'' {
            out.push(c);
            continue;
        }
        // A literal ends at the first quote that no backslash stands before (SOQL and SOSL Reference, "Quoted String
        // Escape Sequences").
        loop {
            match characters.next() {
                Some('\\') => drop(characters.next()),
                Some('\'') => break,
                Some(inside) => assert!(!inside.is_control(), "a raw {inside:?} in {text}"),
                None => panic!("an open literal in {text}"),
            }
        }
        out.push_str("'_'");
    }
    while out.contains("'_','_'") {
        out = out.replace("'_','_'", "'_'");
    }
    out
}
