//! Where a source reads or writes records, or asks for access.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::declarations::Declarations;
use super::fields::Fields;
use super::{Source, children, circumstances, line, walk};
use crate::snapshot::{
    ApexCircumstances, ApexMode, ApexOperation, ApexOperationKind, Name, standard,
};

/// What operations are read from.
pub(super) struct Reader<'d, 'n, 't> {
    pub(super) source: Source<'t>,
    pub(super) declarations: &'d Declarations<'n>,
    pub(super) fields: Fields<'d, 'n, 't>,
}

/// What a node does, if it is one that does something.
pub(super) fn at(
    node: Node<'_>,
    path: &[Node<'_>],
    reader: &mut Reader<'_, '_, '_>,
) -> Vec<ApexOperation> {
    let mut all = match node.kind() {
        "soql_query_body" => query(node, reader.source).into_iter().collect(),
        "sosl_query_body" => search(node, reader.source).into_iter().collect(),
        "dml_expression" => dml(node, reader),
        "method_invocation" => call(node, reader),
        _ => return Vec::new(),
    };
    // What is done in system mode matters only for what its save starts, and a query starts nothing.
    all.retain(|one| one.mode != ApexMode::System || one.kind != ApexOperationKind::Read);
    if all.is_empty() {
        return all;
    }
    let around = circumstances::of(node, path, reader.source, reader.declarations);
    let Some((when, guards)) = around else {
        return Vec::new();
    };
    for operation in &mut all {
        let own = std::mem::replace(&mut operation.at, when.clone());
        operation.at.caught |= own.caught;
        operation.at.apart |= own.apart;
        operation.guards.clone_from(&guards);
    }
    all
}

/// An operation of which only this is known.
fn bare(node: Node<'_>, kind: ApexOperationKind, mode: ApexMode) -> ApexOperation {
    ApexOperation {
        kind,
        mode,
        object: None,
        reads: Vec::new(),
        writes: Vec::new(),
        more_fields: false,
        guards: Vec::new(),
        at: ApexCircumstances::default(),
        line: line(node),
    }
}

/// The query around a query, and whether that asks for the records' children.
fn around(node: Node<'_>) -> Option<(Node<'_>, bool)> {
    let mut of_children = false;
    let mut at = node.parent().filter(|parent| parent.kind() == "subquery")?;
    while let Some(parent) = at.parent() {
        match parent.kind() {
            "select_clause" => of_children = true,
            "soql_query_body" => return Some((parent, of_children)),
            _ => {}
        }
        at = parent;
    }
    None
}

/// What the children of standard objects are called (Object Reference, "Relationships" of each). The names of others, the
/// org alone knows.
const CHILDREN: [(&str, &str); 9] = [
    ("Accounts", "Account"),
    ("ActivityHistories", "ActivityHistory"),
    ("Cases", "Case"),
    ("Contacts", "Contact"),
    ("Events", "Event"),
    ("Opportunities", "Opportunity"),
    ("OpportunityContactRoles", "OpportunityContactRole"),
    ("OpportunityLineItems", "OpportunityLineItem"),
    ("Tasks", "Task"),
];

/// A search: of which objects and fields, is not followed. Its `WITH` is no part of the tree.
fn search(node: Node<'_>, source: Source<'_>) -> Option<ApexOperation> {
    let around = node.parent().unwrap_or(node);
    let mode = mode_in(source.of(around));
    Some(bare(node, ApexOperationKind::Read, mode))
}

/// The mode that a query's text asks for.
fn mode_in(text: &str) -> ApexMode {
    match text.to_ascii_uppercase() {
        text if text.contains("USER_MODE") => ApexMode::User,
        text if text.contains("SECURITY_ENFORCED") => ApexMode::SecurityEnforced,
        text if text.contains("SYSTEM_MODE") => ApexMode::System,
        _ => ApexMode::Default,
    }
}

fn query(node: Node<'_>, source: Source<'_>) -> Option<ApexOperation> {
    let (mut outermost, mut of_children) = (node, false);
    while let Some((outer, children)) = around(outermost) {
        of_children |= outermost == node && children;
        outermost = outer;
    }
    let mode = mode_in(source.field(outermost, "with_clause"));
    // Only what SELECT and FROM name is checked then, and neither WHERE nor ORDER BY (Apex Developer Guide, "Filter SOQL
    // Queries Using WITH SECURITY_ENFORCED").
    let only_selected = mode == ApexMode::SecurityEnforced;
    if only_selected && outermost != node && !of_children {
        return None;
    }
    let from = node.child_by_field_name("from_clause")?;
    let mut storage = children(from)
        .into_iter()
        .filter(|child| child.kind().starts_with("storage"));
    let mut names = source.of(storage.next()?).split_whitespace();
    let (object, alias) = (names.next()?, names.next_back());
    let own_name = object;
    let object = if of_children {
        let known = CHILDREN.iter();
        let mut known = known.filter(|(name, _)| object.eq_ignore_ascii_case(name));
        known.next().map(|(_, child)| *child)
    } else {
        Some(object)
    };
    let mut reads: BTreeSet<Name> = BTreeSet::new();
    let mut more_fields = false;
    let clauses: &[&str] = if only_selected {
        &["select_clause"]
    } else {
        &[
            "select_clause",
            "where_clause",
            "group_by_clause",
            "having_clause",
            "order_by_clause",
        ]
    };
    for clause in clauses {
        let Some(clause) = node.child_by_field_name(clause) else {
            continue;
        };
        let mut inner = 0;
        walk(clause, |part, _| {
            if part.kind() == "subquery" {
                inner = inner.max(part.end_byte());
            }
            if part.start_byte() < inner {
                return;
            }
            let text = source.of(part);
            if part.kind() == "field_identifier" {
                let path: String = text.split_whitespace().collect();
                // `a.Name` of `FROM Account a`, and `Account.Name` of `FROM Account`.
                let own = path.split_once('.').filter(|(first, _)| {
                    alias.is_some_and(|alias| first.eq_ignore_ascii_case(alias))
                        || first.eq_ignore_ascii_case(own_name)
                });
                let path = own.map_or(path.as_str(), |(_, rest)| rest);
                reads.insert(Name::new(path));
            }
            // `FIELDS(CUSTOM)`
            more_fields |= part.kind() == "fields_expression";
        });
    }
    reads.remove(&Name::new("Id"));
    Some(ApexOperation {
        object: object.map(Name::new),
        reads: reads.into_iter().collect(),
        more_fields,
        ..bare(node, ApexOperationKind::Read, mode)
    })
}

/// What a verb of DML or a method of `Database` does; a merge edits one record and deletes the others.
fn kinds_of(verb: &str) -> &'static [ApexOperationKind] {
    use ApexOperationKind::{Create, Delete, Edit, Upsert};
    match verb.to_ascii_lowercase().as_str() {
        "insert" | "undelete" | "insertasync" | "insertimmediate" => &[Create],
        "update" | "updateasync" | "updateimmediate" => &[Edit],
        "merge" => &[Edit, Delete],
        "upsert" => &[Upsert],
        "delete" | "deleteasync" | "deleteimmediate" => &[Delete],
        _ => &[],
    }
}

fn dml(node: Node<'_>, reader: &mut Reader<'_, '_, '_>) -> Vec<ApexOperation> {
    let source = reader.source;
    let verb = children(node)
        .into_iter()
        .find(|child| child.kind() == "dml_type")
        .map(|child| source.of(child))
        .unwrap_or_default();
    let mut mode = ApexMode::Default;
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        if child.kind() == "dml_security_mode" {
            let user = source
                .of(child)
                .trim()
                .to_ascii_lowercase()
                .ends_with("user");
            mode = if user {
                ApexMode::User
            } else {
                ApexMode::System
            };
        }
    }
    let target = node
        .child_by_field_name("target")
        .or_else(|| children(node).into_iter().next_back());
    let Some(target) = target else {
        return Vec::new();
    };
    kinds_of(verb)
        .iter()
        .map(|kind| write(node, *kind, mode, target, reader))
        .collect()
}

fn write(
    node: Node<'_>,
    kind: ApexOperationKind,
    mode: ApexMode,
    target: Node<'_>,
    reader: &mut Reader<'_, '_, '_>,
) -> ApexOperation {
    let object = reader.declarations.object(target, reader.source);
    let (writes, more_fields) = match (&object, kind) {
        (None, _) | (_, ApexOperationKind::Delete) => (BTreeSet::new(), false),
        _ => reader.fields.set_on(target),
    };
    ApexOperation {
        object,
        writes: writes.into_iter().collect(),
        more_fields,
        ..bare(node, kind, mode)
    }
}

/// The query in a text, where the whole of it stands in the source.
fn in_text(node: Node<'_>, reader: &Reader<'_, '_, '_>) -> Option<ApexOperation> {
    let text = literal(node, reader)?;
    let code = format!("class Q {{ Object q = [{text}]; }}");
    let mut parser = tree_sitter::Parser::new();
    parser
        .set_language(&tree_sitter_sfapex::apex::LANGUAGE.into())
        .ok()?;
    let tree = parser.parse(&code, None)?;
    let root = tree.root_node();
    if root.has_error() {
        return None;
    }
    let mut found = None;
    walk(root, |part, _| {
        if part.kind() == "soql_query_body" && found.is_none() {
            found = query(part, Source { text: &code });
        }
    });
    found
}

/// The text that literals joined by `+` make, and variables that hold one.
fn literal(node: Node<'_>, reader: &Reader<'_, '_, '_>) -> Option<String> {
    let source = reader.source;
    let mut all = String::new();
    let mut waiting = vec![node];
    let mut turns = 0;
    while let Some(node) = waiting.pop() {
        turns += 1;
        if turns > MOST_PARTS {
            return None;
        }
        match node.kind() {
            "string_literal" => {
                let text = source.of(node);
                let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
                all.push_str(&inside.replace("\\'", "'"));
            }
            "binary_expression" if source.field(node, "operator") == "+" => {
                waiting.push(node.child_by_field_name("right")?);
                waiting.push(node.child_by_field_name("left")?);
            }
            "parenthesized_expression" => waiting.push(node.named_child(0)?),
            "identifier" | "field_access" => {
                waiting.push(reader.declarations.fixed_value(node, source)?);
            }
            _ => return None,
        }
    }
    Some(all)
}

/// A text is put together from so many parts at most.
const MOST_PARTS: usize = 500;

/// What an argument says about the access level; none where it is something else.
fn level(argument: Node<'_>, surely: bool, reader: &Reader<'_, '_, '_>) -> Option<ApexMode> {
    let (source, declarations) = (reader.source, reader.declarations);
    let text = source.of(argument).to_ascii_uppercase();
    let says_level = text.contains("ACCESSLEVEL");
    match argument.kind() {
        "field_access" if says_level => Some(match text {
            text if text.ends_with("USER_MODE") => ApexMode::User,
            text if text.ends_with("SYSTEM_MODE") => ApexMode::System,
            _ => ApexMode::Unknown,
        }),
        "identifier" | "field_access" => {
            let variable = declarations.variable_at(argument, source);
            let known = variable.and_then(|index| declarations.variables.get(index));
            if known.is_some_and(|known| !known.of.ends_with("accesslevel")) {
                return None;
            }
            if known.is_some() {
                let value = declarations.fixed_value(argument, source);
                let named = value.filter(|value| value.kind() == "field_access");
                return named
                    .and_then(|value| level(value, true, reader))
                    .or(Some(ApexMode::Unknown));
            }
            // A field of an object, as of an external ID, is none.
            let object = source.field(argument, "object");
            let object = object.rsplit('.').next().unwrap_or(object);
            let is_field = standard::is_standard_object(&Name::new(object))
                || object.eq_ignore_ascii_case("fields")
                || object.contains("__");
            (surely || !is_field).then_some(ApexMode::Unknown)
        }
        "boolean" | "null_literal" => surely.then_some(ApexMode::Unknown),
        "parenthesized_expression" => level(argument.named_child(0)?, surely, reader),
        _ => {
            let hints = ["ACCESSLEVEL", "USER_MODE", "SYSTEM_MODE"];
            let named = hints.iter().any(|hint| text.contains(hint))
                || argument.kind() == "method_invocation"
                    && ["MODE", "LEVEL"].iter().any(|hint| {
                        source
                            .field(argument, "name")
                            .to_ascii_uppercase()
                            .contains(hint)
                    });
            (surely || named).then_some(ApexMode::Unknown)
        }
    }
}

/// The mode of a method of `Database` or `Search`, by its arguments after the first. The last of a full list is surely the
/// level (Apex Reference Guide, "Database Class").
fn mode_of(called: &str, arguments: &[Node<'_>], reader: &Reader<'_, '_, '_>) -> ApexMode {
    let called = called.to_ascii_lowercase();
    let surely_at = match called.as_str() {
        "upsert" => 3,
        "insert" | "update" | "delete" | "undelete" | "merge" => {
            if called == "merge" {
                3
            } else {
                2
            }
        }
        name if name.ends_with("withbinds") => 2,
        name if name.contains("query") || name == "find" || name == "suggest" => 1,
        _ => usize::MAX,
    };
    arguments
        .iter()
        .enumerate()
        .skip(1)
        .rev()
        .find_map(|(index, argument)| level(*argument, index == surely_at, reader))
        .unwrap_or(ApexMode::Default)
}

/// Methods of `Database` and `Security`, and describe checks.
fn call(node: Node<'_>, reader: &mut Reader<'_, '_, '_>) -> Vec<ApexOperation> {
    let source = reader.source;
    let holder = source.field(node, "object");
    let holder = holder.trim();
    let called = source.field(node, "name");
    let Some(arguments) = node.child_by_field_name("arguments").map(children) else {
        return Vec::new();
    };
    let is = |class: &str| {
        holder.eq_ignore_ascii_case(class)
            || holder.split_once('.').is_some_and(|(space, name)| {
                space.eq_ignore_ascii_case("System") && name.eq_ignore_ascii_case(class)
            })
    };
    if is("Database") || is("Search") {
        return of_database(node, called, &arguments, reader);
    }
    if is("Security") && called.eq_ignore_ascii_case("stripInaccessible") {
        return strip(node, &arguments, reader).into_iter().collect();
    }
    let Some((kind, object, field)) = describe_check(node, source, reader.declarations) else {
        return Vec::new();
    };
    let field: Vec<Name> = field.into_iter().collect();
    let (reads, writes) = if kind == ApexOperationKind::Read {
        (field, Vec::new())
    } else {
        (Vec::new(), field)
    };
    vec![ApexOperation {
        object,
        reads,
        writes,
        ..bare(node, kind, ApexMode::Check)
    }]
}

fn of_database(
    node: Node<'_>,
    called: &str,
    arguments: &[Node<'_>],
    reader: &mut Reader<'_, '_, '_>,
) -> Vec<ApexOperation> {
    let mode = mode_of(called, arguments, reader);
    let Some(first) = arguments.first().copied() else {
        return Vec::new();
    };
    let called_lower = called.to_ascii_lowercase();
    let queries = [
        "query",
        "countquery",
        "getquerylocator",
        "getcursor",
        "find",
        "suggest",
    ];
    if queries.iter().any(|name| called_lower.starts_with(name)) {
        // A query in brackets is looked at by itself.
        if first.kind() == "query_expression" {
            return Vec::new();
        }
        if let Some(known) = in_text(first, reader) {
            let said = (mode != ApexMode::Default).then_some(mode);
            return vec![ApexOperation {
                mode: said.unwrap_or(known.mode),
                line: line(node),
                ..known
            }];
        }
        // What is put together may ask for a mode in a part of it.
        let asked = mode_in(source_of_text(first, reader));
        let mode = match (mode, asked) {
            (ApexMode::Default, ApexMode::Default) if first.kind() != "string_literal" => {
                reader.declarations.texts_ask.unwrap_or(ApexMode::Default)
            }
            (ApexMode::Default, asked) => asked,
            (mode, _) => mode,
        };
        return vec![bare(node, ApexOperationKind::Read, mode)];
    }
    if called_lower == "convertlead" {
        // It edits a lead and creates or edits accounts, contacts and opportunities, as its argument says.
        return vec![bare(node, ApexOperationKind::Edit, mode)];
    }
    let partial = arguments
        .get(1)
        .into_iter()
        .chain(arguments.get(2))
        .any(|argument| reader.source.of(*argument).eq_ignore_ascii_case("false"));
    kinds_of(called)
        .iter()
        .map(|kind| {
            let mut operation = write(node, *kind, mode, first, reader);
            operation.at.caught = partial;
            operation.at.apart = called_lower.ends_with("async");
            operation
        })
        .collect()
}

fn source_of_text<'t>(node: Node<'_>, reader: &Reader<'_, '_, 't>) -> &'t str {
    reader.source.of(node)
}

fn strip(
    node: Node<'_>,
    arguments: &[Node<'_>],
    reader: &mut Reader<'_, '_, '_>,
) -> Option<ApexOperation> {
    let source = reader.source;
    let access = source.of(*arguments.first()?).to_ascii_uppercase();
    let kind = match access {
        access if access.ends_with("READABLE") => ApexOperationKind::Read,
        access if access.ends_with("CREATABLE") => ApexOperationKind::Create,
        access if access.ends_with("UPDATABLE") => ApexOperationKind::Edit,
        _ => ApexOperationKind::Upsert,
    };
    let target = *arguments.get(1)?;
    let value = reader.declarations.fixed_value(target, source);
    let queried = value.unwrap_or(target);
    if queried.kind() == "query_expression"
        && let Some(inner) = children(queried)
            .into_iter()
            .find(|child| child.kind() == "soql_query_body")
        && (kind == ApexOperationKind::Read || value.is_none())
    {
        return Some(ApexOperation {
            kind,
            mode: ApexMode::Strip,
            line: line(node),
            ..query(inner, source)?
        });
    }
    let mut operation = write(node, kind, ApexMode::Strip, target, reader);
    if kind == ApexOperationKind::Read {
        // What was queried, not what was set, is read.
        operation.writes.clear();
        operation.more_fields = true;
    }
    Some(operation)
}

/// What `isCreateable()` and the like ask for: the kind, the object where it is told, and the field.
pub(super) fn describe_check(
    node: Node<'_>,
    source: Source<'_>,
    declarations: &Declarations<'_>,
) -> Option<(ApexOperationKind, Option<Name>, Option<Name>)> {
    let called = source.field(node, "name");
    let holder = node.child_by_field_name("object")?;
    if node
        .child_by_field_name("arguments")
        .is_some_and(|arguments| arguments.named_child_count() > 0)
    {
        return None;
    }
    let kind = match called.to_ascii_lowercase().as_str() {
        "isaccessible" | "isqueryable" => ApexOperationKind::Read,
        "iscreateable" => ApexOperationKind::Create,
        "isupdateable" => ApexOperationKind::Edit,
        "isdeletable" => ApexOperationKind::Delete,
        _ => return None,
    };
    let text: String = source.of(holder).split_whitespace().collect();
    let mut found =
        described(&text).map(|(object, field)| (object.to_owned(), field.map(str::to_owned)));
    if found.is_none() {
        found = by_global_describe(&text);
    }
    if found.is_none() && holder.kind() == "identifier" {
        let variable = declarations.variable_at(holder, source)?;
        let known = declarations.variables.get(variable)?;
        // Another class has methods of the same names.
        if !known.of.contains("describe") && !known.of.ends_with("sobjecttype") {
            return None;
        }
        if let Some(value) = declarations.fixed_value(holder, source) {
            let text: String = source.of(value).split_whitespace().collect();
            found = described(&text)
                .map(|(object, field)| (object.to_owned(), field.map(str::to_owned)))
                .or_else(|| by_global_describe(&text));
        }
    }
    let by_describe = found.is_some()
        || text.to_ascii_lowercase().contains("describe")
        || holder.kind() == "identifier";
    by_describe.then(|| {
        let (object, field) = found.map_or((None, None), |(object, field)| {
            (
                Some(Name::new(&object)),
                field.map(|field| Name::new(&field)),
            )
        });
        (kind, object, field)
    })
}

/// The object in `Schema.getGlobalDescribe().get('Case').getDescribe()`.
fn by_global_describe(text: &str) -> Option<(String, Option<String>)> {
    let lower = text.to_ascii_lowercase();
    let at = lower.find("getglobaldescribe().get('")? + "getglobaldescribe().get('".len();
    let (object, rest) = text.get(at..)?.split_once('\'')?;
    rest.to_ascii_lowercase()
        .trim_start_matches(')')
        .trim_end_matches("()")
        .eq(".getdescribe")
        .then(|| (object.to_owned(), None))
}

/// The object and field that `Schema.sObjectType.Account.fields.Name`, `Account.SObjectType.getDescribe()` and
/// `Account.Name.getDescribe()` describe; none for anything else.
fn described(text: &str) -> Option<(&str, Option<&str>)> {
    let parts: Vec<&str> = text.split('.').map(str::trim).collect();
    let at = |word: &str| {
        parts
            .iter()
            .position(|part| part.eq_ignore_ascii_case(word))
    };
    let named = |index: usize| {
        let part = parts.get(index).copied()?;
        (!part.contains('(')).then_some(part)
    };
    if let Some(index) = at("sObjectType") {
        if index > 0
            && parts
                .first()
                .is_none_or(|first| !first.eq_ignore_ascii_case("Schema"))
        {
            return Some((named(index - 1)?, None));
        }
        let object = named(index + 1)?;
        let field = at("fields").and_then(|fields| named(fields + 1));
        return Some((object, field));
    }
    match parts.as_slice() {
        [object, field, last] if last.to_ascii_lowercase().starts_with("getdescribe") => {
            Some((object, Some(field)))
        }
        _ => None,
    }
}
