//! What the code around a statement says about when it runs.

use tree_sitter::Node;

use super::declarations::Declarations;
use super::operations::describe_check;
use super::{Source, children, walk};
use crate::snapshot::{ApexCircumstances, ApexEvent, ApexGuard, Name};

/// Operations of a save, one bit each.
type Events = u8;

const ALL: Events = 0b1111;

fn bit(event: ApexEvent) -> Events {
    1 << event as u8
}

/// When a node runs; none where it never does.
pub(super) fn of(
    node: Node<'_>,
    path: &[Node<'_>],
    source: Source<'_>,
    declarations: &Declarations<'_>,
) -> Option<(ApexCircumstances, Vec<ApexGuard>)> {
    let mut all = ApexCircumstances::default();
    let mut guards = Vec::new();
    let mut events = ALL;
    let mut child = node;
    for parent in path.iter().rev() {
        match parent.kind() {
            "method_declaration" | "constructor_declaration" => {
                all.method = Some(Name::new(source.field(*parent, "name")));
                let modifiers = children(*parent);
                let future = modifiers
                    .iter()
                    .filter(|part| part.kind() == "modifiers")
                    .any(|part| source.of(*part).to_ascii_lowercase().contains("@future"));
                all.apart |= future;
            }
            "class_declaration" => {
                let interfaces = source.field(*parent, "interfaces").to_ascii_lowercase();
                let apart = ["queueable", "batchable", "schedulable", "finalizer"];
                let started = all.method.as_ref().is_some_and(|method| {
                    ["execute", "start", "finish"]
                        .iter()
                        .any(|name| method.is(name))
                });
                all.apart |= started && apart.iter().any(|name| interfaces.contains(name));
            }
            "if_statement" => {
                let is = |field: &str| {
                    parent
                        .child_by_field_name(field)
                        .is_some_and(|part| part.id() == child.id())
                };
                if let Some(condition) = parent.child_by_field_name("condition") {
                    let known = Condition::of(condition, source, declarations, 0);
                    if is("consequence") {
                        events &= known.events_if_true;
                        guards.extend(known.guards_if_true);
                    } else if is("alternative") {
                        events &= known.events_if_false;
                        guards.extend(known.guards_if_false);
                    }
                }
            }
            "block" | "trigger_body" => {
                for before in children(*parent) {
                    if before.start_byte() >= child.start_byte() {
                        break;
                    }
                    if before.kind() == "if_statement"
                        && before.child_by_field_name("alternative").is_none()
                        && before
                            .child_by_field_name("consequence")
                            .is_some_and(leaves)
                        && let Some(condition) = before.child_by_field_name("condition")
                    {
                        let known = Condition::of(condition, source, declarations, 0);
                        events &= known.events_if_false;
                        guards.extend(known.guards_if_false);
                    }
                }
            }
            "switch_rule" => {
                let label = children(*parent)
                    .into_iter()
                    .find(|part| part.kind() == "switch_label");
                let mut named: Events = 0;
                for part in label.into_iter().flat_map(children) {
                    named |= event_of(source.of(part)).unwrap_or_default();
                }
                if named != 0 {
                    events &= named;
                }
            }
            "try_statement" => {
                let in_body = parent
                    .child_by_field_name("body")
                    .is_some_and(|body| body.id() == child.id());
                all.caught |= in_body && catches(*parent, source);
            }
            _ => {}
        }
        child = *parent;
    }
    if events == 0 {
        return None;
    }
    if events != ALL {
        all.events = ApexEvent::ALL
            .into_iter()
            .filter(|event| events & bit(*event) != 0)
            .collect();
    }
    guards.sort();
    guards.dedup();
    Some((all, guards))
}

/// The events that a trigger declares.
pub(super) fn declared(node: Node<'_>, source: Source<'_>) -> Option<ApexEvent> {
    let text = source.of(node).to_ascii_lowercase();
    ApexEvent::ALL.into_iter().rev().find(|event| match event {
        ApexEvent::Insert => text.ends_with("insert"),
        ApexEvent::Update => text.ends_with("update"),
        ApexEvent::Delete => text.ends_with("delete") && !text.ends_with("undelete"),
        ApexEvent::Undelete => text.ends_with("undelete"),
    })
}

/// `BEFORE_INSERT` and the like.
fn event_of(text: &str) -> Option<Events> {
    let text = text.rsplit('.').next().unwrap_or(text).trim();
    let (when, what) = text.split_once('_')?;
    if !["before", "after"]
        .iter()
        .any(|word| when.eq_ignore_ascii_case(word))
    {
        return None;
    }
    Some(bit(match what.to_ascii_lowercase().as_str() {
        "insert" => ApexEvent::Insert,
        "update" => ApexEvent::Update,
        "delete" => ApexEvent::Delete,
        "undelete" => ApexEvent::Undelete,
        _ => return None,
    }))
}

/// Whether what follows a statement is not reached: it returns or throws.
fn leaves(node: Node<'_>) -> bool {
    match node.kind() {
        "return_statement" | "throw_statement" => true,
        "block" => children(node)
            .last()
            .copied()
            .is_some_and(|last| matches!(last.kind(), "return_statement" | "throw_statement")),
        _ => false,
    }
}

/// Whether a `try` catches what a lack of access throws, and does not throw again.
fn catches(node: Node<'_>, source: Source<'_>) -> bool {
    const CAUGHT: [&str; 5] = [
        "exception",
        "dmlexception",
        "queryexception",
        "noaccessexception",
        "securityexception",
    ];
    children(node)
        .into_iter()
        .filter(|part| part.kind() == "catch_clause")
        .any(|clause| {
            let mut takes = false;
            let mut throws = false;
            for part in children(clause) {
                if part.kind() == "formal_parameter" {
                    let of = source.field(part, "type").to_ascii_lowercase();
                    let of = of.rsplit('.').next().unwrap_or(&of).to_owned();
                    takes = CAUGHT.contains(&of.as_str());
                }
            }
            walk(clause, |part, _| {
                throws |= part.kind() == "throw_statement"
                    || part.kind() == "method_invocation"
                        && source.field(part, "name").eq_ignore_ascii_case("addError");
            });
            takes && !throws
        })
}

/// What holds where a condition does, and where it does not.
struct Condition {
    events_if_true: Events,
    events_if_false: Events,
    guards_if_true: Vec<ApexGuard>,
    guards_if_false: Vec<ApexGuard>,
}

impl Condition {
    fn nothing() -> Self {
        Self {
            events_if_true: ALL,
            events_if_false: ALL,
            guards_if_true: Vec::new(),
            guards_if_false: Vec::new(),
        }
    }

    fn of(
        node: Node<'_>,
        source: Source<'_>,
        declarations: &Declarations<'_>,
        layer: usize,
    ) -> Self {
        let mut known = Self::nothing();
        if layer > 16 {
            return known;
        }
        let inside = |child: Option<Node<'_>>| {
            child.map_or_else(Self::nothing, |child| {
                Self::of(child, source, declarations, layer + 1)
            })
        };
        match node.kind() {
            "parenthesized_expression" => inside(node.named_child(0)),
            "unary_expression" if source.field(node, "operator") == "!" => {
                let not = inside(node.child_by_field_name("operand"));
                Self {
                    events_if_true: not.events_if_false,
                    events_if_false: not.events_if_true,
                    guards_if_true: not.guards_if_false,
                    guards_if_false: not.guards_if_true,
                }
            }
            "binary_expression" => {
                let (left, right) = (
                    node.child_by_field_name("left"),
                    node.child_by_field_name("right"),
                );
                match source.field(node, "operator") {
                    "&&" => {
                        let (mut left, right) = (inside(left), inside(right));
                        left.events_if_true &= right.events_if_true;
                        left.events_if_false |= right.events_if_false;
                        left.guards_if_true.extend(right.guards_if_true);
                        left.guards_if_false
                            .retain(|one| right.guards_if_false.contains(one));
                        left
                    }
                    "||" => {
                        let (mut left, right) = (inside(left), inside(right));
                        left.events_if_true |= right.events_if_true;
                        left.events_if_false &= right.events_if_false;
                        left.guards_if_true
                            .retain(|one| right.guards_if_true.contains(one));
                        left.guards_if_false.extend(right.guards_if_false);
                        left
                    }
                    "==" => {
                        let text = |part: Option<Node<'_>>| part.map(|part| source.of(part));
                        let is_type = text(left).is_some_and(|text| {
                            text.to_ascii_lowercase().ends_with("operationtype")
                        });
                        if let Some(events) = text(right).and_then(event_of).filter(|_| is_type) {
                            known.events_if_true = events;
                        }
                        known
                    }
                    _ => known,
                }
            }
            "field_access" if source.field(node, "object").eq_ignore_ascii_case("Trigger") => {
                let event = match source.field(node, "field").to_ascii_lowercase().as_str() {
                    "isinsert" => ApexEvent::Insert,
                    "isupdate" => ApexEvent::Update,
                    "isdelete" => ApexEvent::Delete,
                    "isundelete" => ApexEvent::Undelete,
                    _ => return known,
                };
                known.events_if_true = bit(event);
                known.events_if_false = ALL & !bit(event);
                known
            }
            "method_invocation" => {
                if let Some((kind, object, field)) = describe_check(node, source, declarations) {
                    known.guards_if_true.push(ApexGuard {
                        kind,
                        object,
                        field,
                    });
                }
                known
            }
            _ => known,
        }
    }
}
