//! What the names of a source stand for: variables with their types and scopes, methods and classes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use tree_sitter::Node;

use super::{Source, children, walk};
use crate::snapshot::{ApexMode, Name};

/// Where a variable comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Declared in the code of a method or trigger.
    Local,
    /// A parameter: a caller fills it.
    Parameter,
    /// A field of a class, and whether other classes can fill it.
    Member { open: bool },
}

/// A variable.
pub(super) struct Variable<'n> {
    /// Where its name stands for it.
    pub(super) scope: Range<usize>,
    pub(super) origin: Origin,
    /// Its type, without spaces, in small letters.
    pub(super) of: String,
    /// The object of its records.
    pub(super) object: Option<Name>,
    /// What it is declared with.
    pub(super) value: Option<Node<'n>>,
    /// Whether it is assigned to after its declaration.
    pub(super) reassigned: bool,
}

/// A method.
pub(super) struct Method<'n> {
    pub(super) node: Node<'n>,
    pub(super) parameters: Vec<Option<usize>>,
    /// Whether other classes can call it.
    pub(super) open: bool,
}

/// What a source declares.
#[derive(Default)]
pub(super) struct Declarations<'n> {
    pub(super) variables: Vec<Variable<'n>>,
    by_name: BTreeMap<Name, Vec<usize>>,
    pub(super) methods: BTreeMap<Name, Vec<Method<'n>>>,
    /// The classes, interfaces and enumerations that the source declares.
    pub(super) types: BTreeSet<Name>,
    /// The outermost class.
    pub(super) outermost: Option<Name>,
    /// Whether one of its classes has a superclass, whose variables it inherits.
    pub(super) inherits: bool,
    /// The mode that a text of the source asks for: a query that is put together.
    pub(super) texts_ask: Option<ApexMode>,
    /// The object of a trigger.
    pub(super) trigger: Option<Name>,
}

impl<'n> Declarations<'n> {
    pub(super) fn of(root: Node<'n>, source: Source<'_>) -> Self {
        let mut all = Self::default();
        walk(root, |node, path| all.declare(node, path, source));
        walk(root, |node, _| {
            if node.kind() == "assignment_expression"
                && let Some(left) = node.child_by_field_name("left")
                && let Some(variable) = all.variable_at(left, source)
                && let Some(known) = all.variables.get_mut(variable)
            {
                known.reassigned = true;
            }
        });
        all
    }

    fn declare(&mut self, node: Node<'n>, path: &[Node<'n>], source: Source<'_>) {
        match node.kind() {
            "trigger_declaration" => {
                self.trigger = Some(Name::new(source.field(node, "object")));
            }
            "class_declaration" | "interface_declaration" | "enum_declaration" => {
                let name = Name::new(source.field(node, "name"));
                self.outermost.get_or_insert_with(|| name.clone());
                self.types.insert(name);
                self.inherits |= node.child_by_field_name("superclass").is_some();
            }
            "string_literal" => {
                let text = source.of(node).to_ascii_uppercase();
                if text.contains("SECURITY_ENFORCED") {
                    self.texts_ask = Some(ApexMode::SecurityEnforced);
                } else if text.contains("USER_MODE") {
                    self.texts_ask = Some(ApexMode::User);
                }
            }
            "local_variable_declaration" | "field_declaration" => {
                let of = source.field(node, "type");
                let origin = if node.kind() == "field_declaration" {
                    Origin::Member {
                        open: is_open(node, source),
                    }
                } else {
                    Origin::Local
                };
                for declarator in children(node) {
                    if declarator.kind() == "variable_declarator" {
                        let name = source.field(declarator, "name");
                        let value = declarator.child_by_field_name("value");
                        self.variable(name, of, origin, value, path);
                    }
                }
            }
            "formal_parameter" => {
                let (name, of) = (source.field(node, "name"), source.field(node, "type"));
                let in_catch = path
                    .last()
                    .is_some_and(|holder| holder.kind() == "catch_clause");
                let origin = if in_catch {
                    Origin::Local
                } else {
                    Origin::Parameter
                };
                self.variable(name, of, origin, None, path);
            }
            "enhanced_for_statement" => {
                let (name, of) = (source.field(node, "name"), source.field(node, "type"));
                let mut inside = path.to_vec();
                inside.push(node);
                self.variable(name, of, Origin::Local, None, &inside);
            }
            "method_declaration" | "constructor_declaration" => {
                let name = Name::new(source.field(node, "name"));
                let parameters = node.child_by_field_name("parameters").map(children);
                let count = parameters.map_or(0, |all| {
                    all.iter()
                        .filter(|one| one.kind() == "formal_parameter")
                        .count()
                });
                self.methods.entry(name).or_default().push(Method {
                    node,
                    parameters: vec![None; count],
                    open: is_open(node, source),
                });
            }
            _ => {}
        }
    }

    fn variable(
        &mut self,
        name: &str,
        of: &str,
        origin: Origin,
        value: Option<Node<'n>>,
        path: &[Node<'n>],
    ) {
        let holds = |node: &&Node<'n>| {
            matches!(
                node.kind(),
                "block"
                    | "class_body"
                    | "for_statement"
                    | "enhanced_for_statement"
                    | "catch_clause"
                    | "method_declaration"
                    | "constructor_declaration"
                    | "trigger_body"
            )
        };
        let scope = path.iter().rev().find(holds).map(Node::byte_range);
        let index = self.variables.len();
        self.variables.push(Variable {
            scope: scope.unwrap_or(0..usize::MAX),
            origin,
            of: of
                .split_whitespace()
                .collect::<String>()
                .to_ascii_lowercase(),
            object: record_type(of).map(Name::new),
            value,
            reassigned: false,
        });
        self.by_name.entry(Name::new(name)).or_default().push(index);
        if origin == Origin::Parameter
            && let Some(holder) = path.iter().rev().find(|node| {
                matches!(
                    node.kind(),
                    "method_declaration" | "constructor_declaration"
                )
            })
        {
            let methods = self.methods.values_mut().flatten();
            for method in methods.filter(|method| method.node.id() == holder.id()) {
                if let Some(free) = method.parameters.iter_mut().find(|one| one.is_none()) {
                    *free = Some(index);
                }
            }
        }
    }

    /// The variable that a name stands for at a place: that of the narrowest scope.
    pub(super) fn variable_named(&self, name: &str, at: usize) -> Option<usize> {
        let all = self.by_name.get(&Name::new(name))?;
        all.iter()
            .copied()
            .filter(|index| {
                self.variables
                    .get(*index)
                    .is_some_and(|one| one.scope.contains(&at))
            })
            .min_by_key(|index| self.variables.get(*index).map(|one| one.scope.len()))
    }

    /// Whether any variable of the source has the name.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.by_name.contains_key(&Name::new(name))
    }

    /// The variable that `x` or `this.x` is.
    pub(super) fn variable_at(&self, node: Node<'_>, source: Source<'_>) -> Option<usize> {
        match node.kind() {
            "identifier" => self.variable_named(source.of(node), node.start_byte()),
            "field_access" => {
                let holder = node.child_by_field_name("object")?;
                let name = source.field(node, "field");
                let own = holder.kind() == "this"
                    || self
                        .outermost
                        .as_ref()
                        .is_some_and(|class| class.is(source.of(holder)));
                if !own {
                    return None;
                }
                let all = self.by_name.get(&Name::new(name))?;
                let at = node.start_byte();
                all.iter().copied().find(|index| {
                    self.variables.get(*index).is_some_and(|one| {
                        matches!(one.origin, Origin::Member { .. }) && one.scope.contains(&at)
                    })
                })
            }
            _ => None,
        }
    }

    /// What a variable surely holds: what it is declared with, where nothing is assigned to it later.
    pub(super) fn fixed_value(&self, node: Node<'_>, source: Source<'_>) -> Option<Node<'n>> {
        let variable = self.variables.get(self.variable_at(node, source)?)?;
        variable.value.filter(|_| !variable.reassigned)
    }

    /// The object of the records that an expression gives; none where the source does not tell.
    pub(super) fn object(&self, expression: Node<'_>, source: Source<'_>) -> Option<Name> {
        let mut node = expression;
        // Each turn takes off one layer: parentheses, an index, a cast, a call on a collection.
        for _ in 0..16 {
            match node.kind() {
                "identifier" => {
                    let variable = self.variables.get(self.variable_at(node, source)?)?;
                    return variable.object.clone();
                }
                "object_creation_expression" | "array_creation_expression" | "cast_expression" => {
                    return record_type(source.field(node, "type")).map(Name::new);
                }
                "field_access" => {
                    if is_trigger_records(node, source) {
                        return self.trigger.clone();
                    }
                    let variable = self.variables.get(self.variable_at(node, source)?)?;
                    return variable.object.clone();
                }
                "query_expression" => {
                    let mut found = None;
                    walk(node, |part, _| {
                        if part.kind() == "storage_identifier" && found.is_none() {
                            found = Some(part);
                        }
                    });
                    // The first is that of the outermost query, unless it asks for children.
                    let text = source.of(node).to_ascii_uppercase();
                    return found
                        .filter(|_| text.matches("SELECT").count() == 1)
                        .map(|part| Name::new(source.of(part)));
                }
                "method_invocation" => {
                    let called = source.field(node, "name");
                    let gives_records = ["values", "get", "clone", "deepClone", "getRecords"];
                    let holder = node.child_by_field_name("object");
                    if !gives_records
                        .iter()
                        .any(|name| called.eq_ignore_ascii_case(name))
                    {
                        // A method of this source: what it is declared to return.
                        let own = holder.is_none_or(|holder| self.is_own(holder, source));
                        let method = self.methods.get(&Name::new(called))?.first()?;
                        return own
                            .then(|| record_type(source.field(method.node, "type")))?
                            .map(Name::new);
                    }
                    node = holder?;
                    if called.eq_ignore_ascii_case("getRecords") {
                        // A decision of `stripInaccessible`: the records are those that went in.
                        let decision = self.fixed_value(node, source).unwrap_or(node);
                        let arguments = decision.child_by_field_name("arguments")?;
                        node = children(arguments).get(1).copied()?;
                    }
                }
                "array_access" => {
                    node = node.child_by_field_name("array").or(node.named_child(0))?
                }
                "parenthesized_expression" => node = node.named_child(0)?,
                _ => return None,
            }
        }
        None
    }

    /// Whether a receiver is the class itself.
    pub(super) fn is_own(&self, holder: Node<'_>, source: Source<'_>) -> bool {
        holder.kind() == "this"
            || self
                .outermost
                .as_ref()
                .is_some_and(|class| class.is(source.of(holder)))
    }
}

/// `Trigger.new` and the like.
pub(super) fn is_trigger_records(node: Node<'_>, source: Source<'_>) -> bool {
    let records = ["new", "old", "newMap", "oldMap"];
    source.field(node, "object").eq_ignore_ascii_case("Trigger")
        && records
            .iter()
            .any(|name| source.field(node, "field").eq_ignore_ascii_case(name))
}

/// Whether other classes can use a field or method: without a modifier, they cannot (Apex Developer Guide, "Access Modifiers").
fn is_open(node: Node<'_>, source: Source<'_>) -> bool {
    children(node)
        .into_iter()
        .filter(|child| child.kind() == "modifiers")
        .flat_map(children)
        .any(|modifier| {
            let text = source.of(modifier).to_ascii_lowercase();
            matches!(text.as_str(), "public" | "global" | "protected")
        })
}

/// The record type in `Account`, `Account[]`, `List<Account>`, `Map<Id, List<Account>>`.
pub(super) fn record_type(text: &str) -> Option<&str> {
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
