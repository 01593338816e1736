//! Which fields of the records in a variable a source sets.
//!
//! Variables that can stand for the same records make a group: by assignment, by `add`, by a loop, and by a call of a method
//! of the same source. A group is open where its records also go where the source does not tell what is set on them.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::declarations::{Declarations, Origin, is_trigger_records};
use super::{Source, children, walk};
use crate::snapshot::Name;

/// What an expression gives, as far as records are concerned.
#[derive(Debug, Default)]
struct Gives {
    variables: BTreeSet<usize>,
    fields: BTreeSet<Name>,
    open: bool,
}

impl Gives {
    fn open() -> Self {
        Self {
            open: true,
            ..Self::default()
        }
    }

    fn add(&mut self, other: Self) {
        self.variables.extend(other.variables);
        self.fields.extend(other.fields);
        self.open |= other.open;
    }
}

/// The fields that are set on records, by the variables that hold them.
pub(super) struct Fields<'d, 'n, 't> {
    declarations: &'d Declarations<'n>,
    source: Source<'t>,
    /// For each variable, another of its group, or itself. The last stands for the trigger's records.
    group: Vec<usize>,
    set: Vec<BTreeSet<Name>>,
    open: Vec<bool>,
    returns: Vec<(Name, Node<'n>)>,
}

/// So many layers of an expression are taken off.
const MOST_LAYERS: usize = 12;

impl<'d, 'n, 't> Fields<'d, 'n, 't> {
    pub(super) fn of(
        root: Node<'n>,
        declarations: &'d Declarations<'n>,
        source: Source<'t>,
    ) -> Self {
        let count = declarations.variables.len() + 1;
        let mut all = Self {
            declarations,
            source,
            group: (0..count).collect(),
            set: vec![BTreeSet::new(); count],
            open: vec![false; count],
            returns: Vec::new(),
        };
        for (index, variable) in declarations.variables.iter().enumerate() {
            if let Origin::Member { open: true } = variable.origin {
                all.spoil(index);
            }
        }
        for method in declarations
            .methods
            .values()
            .flatten()
            .filter(|one| one.open)
        {
            for parameter in method.parameters.iter().flatten() {
                all.spoil(*parameter);
            }
        }
        walk(root, |node, path| {
            if node.kind() == "return_statement"
                && let Some(value) = node.named_child(0)
                && let Some(method) = path
                    .iter()
                    .rev()
                    .find(|one| one.kind() == "method_declaration")
            {
                let name = Name::new(source.field(*method, "name"));
                all.returns.push((name, value));
            }
        });
        for (index, variable) in declarations.variables.iter().enumerate() {
            if let Some(value) = variable.value {
                all.fill(index, value);
            }
        }
        walk(root, |node, _| all.look(node));
        all
    }

    /// The fields set on the records that an expression gives, and whether there may be more.
    pub(super) fn set_on(&mut self, expression: Node<'_>) -> (BTreeSet<Name>, bool) {
        let gives = self.gives(expression, 0);
        let (mut fields, mut open) = (gives.fields, gives.open);
        for variable in gives.variables {
            let group = self.find(variable);
            fields.extend(self.set.get(group).into_iter().flatten().cloned());
            open |= self.open.get(group).copied().unwrap_or(true);
        }
        fields.remove(&Name::new("Id"));
        (fields, open)
    }

    fn look(&mut self, node: Node<'_>) {
        match node.kind() {
            "assignment_expression" => self.assign(node),
            "enhanced_for_statement" => {
                let name = node.child_by_field_name("name");
                let value = node.child_by_field_name("value");
                if let (Some(name), Some(value)) = (name, value) {
                    let inside = node.child_by_field_name("body").unwrap_or(name);
                    let at = inside.start_byte();
                    let variable = self.declarations.variable_named(self.source.of(name), at);
                    if let Some(variable) = variable {
                        self.fill(variable, value);
                    }
                }
            }
            "method_invocation" => self.call(node),
            "object_creation_expression" if !self.gives_records(node) => {
                for argument in arguments(node) {
                    self.escape(argument);
                }
            }
            _ => {}
        }
    }

    fn assign(&mut self, node: Node<'_>) {
        let (Some(left), Some(right)) = (
            node.child_by_field_name("left"),
            node.child_by_field_name("right"),
        ) else {
            return;
        };
        let in_constructor = node
            .parent()
            .is_some_and(|holder| holder.kind() == "argument_list");
        if in_constructor {
            return;
        }
        if let Some(variable) = self.declarations.variable_at(left, self.source) {
            self.fill(variable, right);
            return;
        }
        match left.kind() {
            "field_access" => {
                let Some(holder) = left.child_by_field_name("object") else {
                    return;
                };
                let field = Name::new(self.source.field(left, "field"));
                let gives = self.gives(holder, 0);
                for variable in gives.variables {
                    self.add(variable, field.clone());
                }
                // `wrapper.record = record`
                self.escape(right);
            }
            "array_access" => {
                let holder = left.child_by_field_name("array").or(left.named_child(0));
                let holders = holder.map(|holder| self.gives(holder, 0));
                for variable in holders.into_iter().flat_map(|all| all.variables) {
                    self.fill(variable, right);
                }
            }
            _ => self.escape(right),
        }
    }

    fn call(&mut self, node: Node<'_>) {
        let source = self.source;
        let called = source.field(node, "name").to_ascii_lowercase();
        let holder = node.child_by_field_name("object");
        let arguments = arguments(node);
        let own = holder.is_none_or(|holder| self.declarations.is_own(holder, source));
        if own {
            let declarations = self.declarations;
            let methods = declarations.methods.get(&Name::new(&called));
            let mut followed = false;
            for method in methods.into_iter().flatten() {
                if method.parameters.len() != arguments.len() {
                    continue;
                }
                followed = true;
                for (parameter, argument) in method.parameters.iter().zip(&arguments) {
                    if let Some(parameter) = parameter {
                        self.fill(*parameter, *argument);
                    }
                }
            }
            if followed {
                return;
            }
        }
        let holder_text = holder.map(|holder| source.of(holder)).unwrap_or_default();
        const HARMLESS: [&str; 9] = [
            "Assert", "Database", "EventBus", "JSON", "Security", "String", "System", "Test",
            "Trigger",
        ];
        let harmless = HARMLESS
            .iter()
            .any(|name| holder_text.eq_ignore_ascii_case(name));
        let queues = ["enqueuejob", "executebatch", "schedule"].contains(&called.as_str());
        if harmless && !queues {
            return;
        }
        let gives = holder
            .map(|holder| self.gives(holder, 0))
            .unwrap_or_default();
        let takes = ["add", "addall", "set", "put", "putall"].contains(&called.as_str());
        if takes && let Some(last) = arguments.last() {
            for variable in &gives.variables {
                if called == "put" && !self.is_map(*variable) {
                    match arguments
                        .first()
                        .and_then(|first| field_named(*first, source))
                    {
                        Some(field) => self.add(*variable, field),
                        None => self.spoil(*variable),
                    }
                } else {
                    self.fill(*variable, *last);
                }
            }
            if !gives.variables.is_empty() {
                return;
            }
        }
        if called == "putsobject" {
            for variable in &gives.variables {
                self.spoil(*variable);
            }
        }
        let of_collection = holder
            .and_then(|holder| self.declarations.variable_at(holder, source))
            .and_then(|index| self.declarations.variables.get(index))
            .is_some_and(|known| is_collection(&known.of));
        if !of_collection {
            for argument in arguments {
                self.escape(argument);
            }
        }
    }

    /// `put` on a map, unless it is one of records by name and the receiver is what it gives.
    fn is_map(&self, variable: usize) -> bool {
        let known = self.declarations.variables.get(variable);
        known.is_some_and(|known| known.of.starts_with("map<"))
    }

    /// The variable holds what the expression gives.
    fn fill(&mut self, variable: usize, value: Node<'_>) {
        let gives = self.gives(value, 0);
        for field in gives.fields {
            self.add(variable, field);
        }
        if gives.open {
            self.spoil(variable);
        }
        for other in gives.variables {
            self.join(variable, other);
        }
    }

    /// Records go where it is not told what is set on them.
    fn escape(&mut self, value: Node<'_>) {
        for variable in self.gives(value, 0).variables {
            self.spoil(variable);
        }
    }

    fn gives_records(&self, node: Node<'_>) -> bool {
        let of = self.source.field(node, "type").to_ascii_lowercase();
        let named = arguments(node)
            .iter()
            .any(|argument| argument.kind() == "assignment_expression");
        named || is_collection(&of)
    }

    /// What an expression gives.
    fn gives(&self, node: Node<'_>, layer: usize) -> Gives {
        if layer > MOST_LAYERS {
            return Gives::open();
        }
        let source = self.source;
        let inside = |child: Option<Node<'_>>| {
            child.map_or_else(Gives::open, |child| self.gives(child, layer + 1))
        };
        match node.kind() {
            "identifier" => match self.declarations.variable_at(node, source) {
                Some(variable) => Gives {
                    variables: BTreeSet::from([variable]),
                    ..Gives::default()
                },
                None => Gives::open(),
            },
            "field_access" => {
                if is_trigger_records(node, source) {
                    return Gives {
                        variables: BTreeSet::from([self.group.len().saturating_sub(1)]),
                        ..Gives::default()
                    };
                }
                match self.declarations.variable_at(node, source) {
                    Some(variable) => Gives {
                        variables: BTreeSet::from([variable]),
                        ..Gives::default()
                    },
                    None => Gives::open(),
                }
            }
            "object_creation_expression" | "array_creation_expression" => {
                let mut all = Gives::default();
                for argument in arguments(node) {
                    if argument.kind() == "assignment_expression" {
                        let field = Name::new(source.field(argument, "left"));
                        all.fields.insert(field);
                    } else if self.gives_records(node) {
                        all.add(self.gives(argument, layer + 1));
                    }
                }
                let initial = node.child_by_field_name("value").into_iter().chain(
                    children(node)
                        .into_iter()
                        .filter(|child| child.kind() == "array_initializer"),
                );
                for element in initial.flat_map(children) {
                    all.add(self.gives(element, layer + 1));
                }
                all
            }
            "map_initializer_entry" | "map_initializer" | "array_initializer" => {
                let mut all = Gives::default();
                for element in children(node) {
                    all.add(self.gives(element, layer + 1));
                }
                all
            }
            "query_expression" | "null_literal" | "string_literal" | "int" | "boolean" => {
                Gives::default()
            }
            "parenthesized_expression" => inside(node.named_child(0)),
            "cast_expression" => inside(node.child_by_field_name("value")),
            "array_access" => inside(node.child_by_field_name("array").or(node.named_child(0))),
            "ternary_expression" => {
                let mut all = inside(node.child_by_field_name("consequence"));
                all.add(inside(node.child_by_field_name("alternative")));
                all
            }
            "assignment_expression" => inside(node.child_by_field_name("right")),
            "method_invocation" => {
                let called = source.field(node, "name").to_ascii_lowercase();
                let holder = node.child_by_field_name("object");
                match called.as_str() {
                    "values" | "get" | "clone" | "deepclone" if holder.is_some() => inside(holder),
                    // What was stripped is looked at where it is stripped.
                    "getrecords" => Gives::default(),
                    "query" | "querywithbinds" if self.is_database(holder) => Gives::default(),
                    _ => {
                        let own =
                            holder.is_none_or(|holder| self.declarations.is_own(holder, source));
                        let name = Name::new(&called);
                        let mut all = Gives::default();
                        let mut found = false;
                        let values = self.returns.iter().filter(|(of, _)| own && *of == name);
                        for (_, value) in values {
                            found = true;
                            all.add(self.gives(*value, layer + 3));
                        }
                        all.open |= !found;
                        all
                    }
                }
            }
            _ => Gives::open(),
        }
    }

    fn is_database(&self, holder: Option<Node<'_>>) -> bool {
        holder.is_some_and(|holder| self.source.of(holder).eq_ignore_ascii_case("Database"))
    }

    fn find(&self, variable: usize) -> usize {
        let mut at = variable;
        while let Some(next) = self.group.get(at).copied().filter(|next| *next != at) {
            at = next;
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        if one == other {
            return;
        }
        if let Some(group) = self.group.get_mut(other) {
            *group = one;
        }
        let moved = self
            .set
            .get_mut(other)
            .map(std::mem::take)
            .unwrap_or_default();
        if let Some(set) = self.set.get_mut(one) {
            set.extend(moved);
        }
        if self.open.get(other).copied().unwrap_or_default() {
            self.spoil(one);
        }
    }

    fn add(&mut self, variable: usize, field: Name) {
        let group = self.find(variable);
        if let Some(set) = self.set.get_mut(group) {
            set.insert(field);
        }
    }

    fn spoil(&mut self, variable: usize) {
        let group = self.find(variable);
        if let Some(open) = self.open.get_mut(group) {
            *open = true;
        }
    }
}

fn arguments(node: Node<'_>) -> Vec<Node<'_>> {
    node.child_by_field_name("arguments")
        .map(children)
        .unwrap_or_default()
}

fn is_collection(of: &str) -> bool {
    let of = of.to_ascii_lowercase();
    of.ends_with("[]")
        || ["list<", "set<", "map<"]
            .iter()
            .any(|kind| of.starts_with(kind))
}

/// The field that `'Code__c'`, `Account.Code__c` or `Schema.Account.Code__c` names.
fn field_named(node: Node<'_>, source: Source<'_>) -> Option<Name> {
    let text = source.of(node);
    match node.kind() {
        "string_literal" => {
            let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
            Some(Name::new(inside))
        }
        "field_access" => {
            let object = source.field(node, "object");
            let object = object.rsplit('.').next().unwrap_or(object);
            let is_object = crate::snapshot::standard::is_standard_object(&Name::new(object))
                || object.contains("__")
                || object.eq_ignore_ascii_case("fields");
            is_object.then(|| Name::new(source.field(node, "field")))
        }
        _ => None,
    }
}
