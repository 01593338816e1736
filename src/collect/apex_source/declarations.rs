//! What the names of a source stand for: variables with their types, and the fields that are set on records.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::{Method, Source, children, walk};
use crate::snapshot::Name;

/// Variables and set fields, by method.
#[derive(Default)]
pub(super) struct Declarations {
    /// The object of a variable's records.
    variables: BTreeMap<(Method, Name), Name>,
    /// The fields that a method sets on an object's records.
    set: BTreeMap<(Method, Name), BTreeSet<Name>>,
    /// The object of a trigger.
    trigger: Option<Name>,
}

impl Declarations {
    pub(super) fn of(root: Node<'_>, source: Source<'_>) -> Self {
        let mut all = Self::default();
        walk(root, |node, method| all.declare(node, method, source));
        walk(root, |node, method| all.assign(node, method, source));
        all
    }

    fn declare(&mut self, node: Node<'_>, method: Method, source: Source<'_>) {
        match node.kind() {
            "trigger_declaration" => {
                self.trigger = Some(Name::new(source.field(node, "object")));
            }
            "local_variable_declaration" | "field_declaration" => {
                let object = record_type(source.field(node, "type"));
                for declarator in children(node) {
                    if declarator.kind() == "variable_declarator" {
                        self.variable(method, source.field(declarator, "name"), object);
                    }
                }
            }
            "formal_parameter" | "enhanced_for_statement" => {
                let object = record_type(source.field(node, "type"));
                self.variable(method, source.field(node, "name"), object);
            }
            _ => {}
        }
    }

    fn variable(&mut self, method: Method, name: &str, object: Option<&str>) {
        if let Some(object) = object {
            let key = (method, Name::new(name));
            self.variables.insert(key, Name::new(object));
        }
    }

    fn assign(&mut self, node: Node<'_>, method: Method, source: Source<'_>) {
        match node.kind() {
            "assignment_expression" => {
                let Some(left) = node.child_by_field_name("left") else {
                    return;
                };
                if left.kind() != "field_access" {
                    return;
                }
                let object = left
                    .child_by_field_name("object")
                    .and_then(|holder| self.object(holder, method, source));
                if let Some(object) = object {
                    let field = Name::new(source.field(left, "field"));
                    self.set.entry((method, object)).or_default().insert(field);
                }
            }
            "object_creation_expression" => {
                let Some(object) = record_type(source.field(node, "type")).map(Name::new) else {
                    return;
                };
                let arguments = node.child_by_field_name("arguments");
                for argument in arguments.into_iter().flat_map(children) {
                    if argument.kind() == "assignment_expression" {
                        let field = Name::new(source.field(argument, "left"));
                        let key = (method, object.clone());
                        self.set.entry(key).or_default().insert(field);
                    }
                }
            }
            _ => {}
        }
    }

    /// The fields that a method sets on an object's records.
    pub(super) fn fields_set(&self, method: Method, object: &Name) -> BTreeSet<Name> {
        let key = (method, object.clone());
        self.set.get(&key).cloned().unwrap_or_default()
    }

    /// The object of the records that an expression gives; none where the source does not tell.
    pub(super) fn object(
        &self,
        expression: Node<'_>,
        method: Method,
        source: Source<'_>,
    ) -> Option<Name> {
        let mut node = expression;
        // Each turn takes off one layer: parentheses, an index, a cast, a call on a collection.
        for _ in 0..16 {
            match node.kind() {
                "identifier" => {
                    let name = Name::new(source.of(node));
                    let known = self.variables.get(&(method, name.clone()));
                    return known.or_else(|| self.variables.get(&(0, name))).cloned();
                }
                "object_creation_expression" => {
                    return record_type(source.field(node, "type")).map(Name::new);
                }
                "array_creation_expression" => {
                    return record_type(source.field(node, "type")).map(Name::new);
                }
                "field_access" => {
                    let holder = source.field(node, "object");
                    let field = source.field(node, "field");
                    if holder.eq_ignore_ascii_case("Trigger") {
                        let records = ["new", "old", "newMap", "oldMap"];
                        return records
                            .iter()
                            .any(|name| field.eq_ignore_ascii_case(name))
                            .then(|| self.trigger.clone())?;
                    }
                    let name = Name::new(field);
                    return holder
                        .eq_ignore_ascii_case("this")
                        .then(|| self.variables.get(&(0, name)).cloned())?;
                }
                "method_invocation" => {
                    let called = source.field(node, "name");
                    let gives_records = ["values", "get", "clone", "deepClone", "getRecords"];
                    if !gives_records
                        .iter()
                        .any(|name| called.eq_ignore_ascii_case(name))
                    {
                        return None;
                    }
                    node = node.child_by_field_name("object")?;
                }
                "array_access" => {
                    node = node.child_by_field_name("array").or(node.named_child(0))?
                }
                "parenthesized_expression" => node = node.named_child(0)?,
                "cast_expression" => {
                    return record_type(source.field(node, "type")).map(Name::new);
                }
                _ => return None,
            }
        }
        None
    }
}

/// The record type in `Account`, `Account[]`, `List<Account>`, `Map<Id, List<Account>>`.
fn record_type(text: &str) -> Option<&str> {
    let mut text = text.trim();
    while let Some((_, inside)) = text.split_once('<') {
        let inside = inside.rsplit_once('>').map_or(inside, |(inside, _)| inside);
        // The value of a map is after the first comma outside angle brackets, which its key never has.
        text = inside
            .split_once(',')
            .map_or(inside, |(_, value)| value)
            .trim();
    }
    let text = text.split('[').next().unwrap_or(text).trim();
    let text = text
        .split_once('.')
        .filter(|(space, _)| space.eq_ignore_ascii_case("Schema"))
        .map_or(text, |(_, name)| name);
    let is_name = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    const NO_RECORDS: [&str; 12] = [
        "SObject", "Object", "String", "Id", "Integer", "Boolean", "Decimal", "Date", "Datetime",
        "Long", "Double", "Blob",
    ];
    (is_name(text)
        && !NO_RECORDS
            .iter()
            .any(|name| text.eq_ignore_ascii_case(name)))
    .then_some(text)
}
