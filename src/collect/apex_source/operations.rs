//! Where a source reads or writes records, or asks for access.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::declarations::Declarations;
use super::{Method, Source, children, line, walk};
use crate::snapshot::{ApexMode, ApexOperation, ApexOperationKind, Name};

/// What a node does, if it is one that does something. What is explicitly done in system mode is left out.
pub(super) fn at(
    node: Node<'_>,
    method: Method,
    source: Source<'_>,
    declarations: &Declarations,
) -> Option<ApexOperation> {
    match node.kind() {
        "soql_query_body" => query(node, source),
        "sosl_query_body" => search(node, source),
        "dml_expression" => dml(node, method, source, declarations),
        "method_invocation" => call(node, method, source, declarations),
        _ => None,
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

/// A search: of which objects and fields, is not followed.
fn search(node: Node<'_>, source: Source<'_>) -> Option<ApexOperation> {
    let text = source.of(node).to_ascii_uppercase();
    let mode = match text {
        text if text.contains("USER_MODE") => ApexMode::User,
        text if text.contains("SECURITY_ENFORCED") => ApexMode::SecurityEnforced,
        text if text.contains("SYSTEM_MODE") => return None,
        _ => ApexMode::Default,
    };
    Some(ApexOperation {
        kind: ApexOperationKind::Read,
        mode,
        object: None,
        reads: Vec::new(),
        writes: Vec::new(),
        line: line(node),
    })
}

fn query(node: Node<'_>, source: Source<'_>) -> Option<ApexOperation> {
    let (mut outermost, mut of_children) = (node, false);
    while let Some((outer, children)) = around(outermost) {
        of_children |= outermost == node && children;
        outermost = outer;
    }
    let mode = match source.field(outermost, "with_clause").to_ascii_uppercase() {
        with if with.contains("USER_MODE") => ApexMode::User,
        with if with.contains("SECURITY_ENFORCED") => ApexMode::SecurityEnforced,
        with if with.contains("SYSTEM_MODE") => return None,
        _ => ApexMode::Default,
    };
    let from = node.child_by_field_name("from_clause")?;
    let object = children(from)
        .into_iter()
        .find(|child| child.kind().starts_with("storage"))
        .map(|child| source.of(child))?;
    let object = object.split_whitespace().next()?;
    let object = if of_children {
        let known = CHILDREN.iter();
        let mut known = known.filter(|(name, _)| object.eq_ignore_ascii_case(name));
        known.next().map(|(_, child)| *child)
    } else {
        Some(object)
    };
    let mut reads: BTreeSet<Name> = BTreeSet::new();
    for clause in ["select_clause", "where_clause", "order_by_clause"] {
        let Some(clause) = node.child_by_field_name(clause) else {
            continue;
        };
        let mut inner = 0;
        walk(clause, |part, _| {
            if part.kind() == "subquery" {
                inner = inner.max(part.end_byte());
            }
            let text = source.of(part);
            if part.kind() == "field_identifier" && part.start_byte() >= inner {
                let path: String = text.split_whitespace().collect();
                reads.insert(Name::from(path));
            }
        });
    }
    reads.remove(&Name::new("Id"));
    Some(ApexOperation {
        kind: ApexOperationKind::Read,
        mode,
        object: object.map(Name::new),
        reads: reads.into_iter().collect(),
        writes: Vec::new(),
        line: line(node),
    })
}

fn kind_of(verb: &str) -> Option<ApexOperationKind> {
    Some(match verb.to_ascii_lowercase().as_str() {
        "insert" | "undelete" => ApexOperationKind::Create,
        "update" | "merge" => ApexOperationKind::Edit,
        "upsert" => ApexOperationKind::Upsert,
        "delete" => ApexOperationKind::Delete,
        _ => return None,
    })
}

fn dml(
    node: Node<'_>,
    method: Method,
    source: Source<'_>,
    declarations: &Declarations,
) -> Option<ApexOperation> {
    let verb = children(node)
        .into_iter()
        .find(|child| child.kind() == "dml_type")
        .map(|child| source.of(child))?;
    let mut mode = ApexMode::Default;
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        if child.kind() == "dml_security_mode" {
            match source.of(child).trim().to_ascii_lowercase() {
                text if text.ends_with("user") => mode = ApexMode::User,
                _ => return None,
            }
        }
    }
    let target = node
        .child_by_field_name("target")
        .or_else(|| children(node).into_iter().next_back())?;
    let kind = kind_of(verb)?;
    Some(write(
        node,
        kind,
        mode,
        target,
        method,
        source,
        declarations,
    ))
}

fn write(
    node: Node<'_>,
    kind: ApexOperationKind,
    mode: ApexMode,
    target: Node<'_>,
    method: Method,
    source: Source<'_>,
    declarations: &Declarations,
) -> ApexOperation {
    let object = declarations.object(target, method, source);
    let writes = match (&object, kind) {
        (None, _) | (_, ApexOperationKind::Delete | ApexOperationKind::Read) => BTreeSet::new(),
        (Some(object), _) => declarations.fields_set(method, object),
    };
    ApexOperation {
        kind,
        mode,
        object,
        reads: Vec::new(),
        writes: writes.into_iter().filter(|field| !field.is("Id")).collect(),
        line: line(node),
    }
}

/// The query in a text, where the whole of it stands in the source; none inside where it runs in system mode.
fn in_text(node: Node<'_>, source: Source<'_>) -> Option<Option<ApexOperation>> {
    let text = literal(node, source)?;
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
            found = Some(query(part, Source { text: &code }));
        }
    });
    found
}

/// The text that literals joined by `+` make.
fn literal(node: Node<'_>, source: Source<'_>) -> Option<String> {
    let mut all = String::new();
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
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
            _ => return None,
        }
    }
    Some(all)
}

/// Methods of `Database` and `Security`, and describe checks.
fn call(
    node: Node<'_>,
    method: Method,
    source: Source<'_>,
    declarations: &Declarations,
) -> Option<ApexOperation> {
    let holder = source.field(node, "object");
    let called = source.field(node, "name");
    let arguments = node.child_by_field_name("arguments").map(children)?;
    if holder.eq_ignore_ascii_case("Database") {
        let says = |mode: &str| {
            arguments.iter().any(|argument| {
                let text = source.of(*argument).to_ascii_uppercase();
                text.contains("ACCESSLEVEL") && text.contains(mode)
            })
        };
        if says("SYSTEM_MODE") {
            return None;
        }
        let mode = if says("USER_MODE") {
            ApexMode::User
        } else {
            ApexMode::Default
        };
        let called_lower = called.to_ascii_lowercase();
        let queries = ["query", "countquery", "getquerylocator"];
        if queries.iter().any(|name| called_lower.starts_with(name)) {
            let first = *arguments.first()?;
            // A query in brackets is looked at by itself.
            if first.kind() == "query_expression" {
                return None;
            }
            if let Some(known) = in_text(first, source) {
                let said = (mode == ApexMode::User).then_some(mode);
                return known.map(|known| ApexOperation {
                    mode: said.unwrap_or(known.mode),
                    line: line(node),
                    ..known
                });
            }
            return Some(ApexOperation {
                kind: ApexOperationKind::Read,
                mode,
                object: None,
                reads: Vec::new(),
                writes: Vec::new(),
                line: line(node),
            });
        }
        let kind = kind_of(called)?;
        let target = *arguments.first()?;
        return Some(write(
            node,
            kind,
            mode,
            target,
            method,
            source,
            declarations,
        ));
    }
    if holder.eq_ignore_ascii_case("Security") && called.eq_ignore_ascii_case("stripInaccessible") {
        let access = source.of(*arguments.first()?).to_ascii_uppercase();
        let kind = match access {
            access if access.ends_with("READABLE") => ApexOperationKind::Read,
            access if access.ends_with("CREATABLE") => ApexOperationKind::Create,
            access if access.ends_with("UPDATABLE") => ApexOperationKind::Edit,
            _ => ApexOperationKind::Upsert,
        };
        let target = *arguments.get(1)?;
        if let Some(inner) = children(target)
            .into_iter()
            .find(|child| child.kind() == "soql_query_body")
        {
            let queried = query(inner, source)?;
            return Some(ApexOperation {
                kind,
                mode: ApexMode::Strip,
                ..queried
            });
        }
        return Some(write(
            node,
            kind,
            ApexMode::Strip,
            target,
            method,
            source,
            declarations,
        ));
    }
    let kind = match called.to_ascii_lowercase().as_str() {
        "isaccessible" | "isqueryable" => ApexOperationKind::Read,
        "iscreateable" => ApexOperationKind::Create,
        "isupdateable" => ApexOperationKind::Edit,
        "isdeletable" => ApexOperationKind::Delete,
        _ => return None,
    };
    let (object, field) = described(holder)?;
    let field: Vec<Name> = field.into_iter().map(Name::new).collect();
    let (reads, writes) = if kind == ApexOperationKind::Read {
        (field, Vec::new())
    } else {
        (Vec::new(), field)
    };
    Some(ApexOperation {
        kind,
        mode: ApexMode::Check,
        object: Some(Name::new(object)),
        reads,
        writes,
        line: line(node),
    })
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
