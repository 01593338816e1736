//! Why a verdict is what it is.
//!
//! In: a tree and what evaluation found for its nodes. Out: the smallest part of the formula that
//! decides, printed, with its span and a sentence. Changes no verdict.

use super::ast::{Ast, BinaryOp, Node, NodeId, Span, UnaryOp};
use super::evaluate::Truths;
use super::function::Function;
use super::print::print_part;
use super::value::{Env, Operation};

/// The part of a formula that decides, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// One plain sentence.
    pub sentence: String,
    /// The deciding part, printed; for 'can fire' the first part that is not known.
    pub expression: String,
    /// Where it stands in the text.
    pub span: Span,
}

/// So many open questions, or known values, are named in one sentence.
const NAMED: usize = 3;

pub(super) fn because(ast: &Ast, env: &Env, truths: &Truths) -> Because {
    let Some(root) = ast.root() else {
        return Because {
            sentence: "the formula is empty".to_owned(),
            expression: String::new(),
            span: Span::default(),
        };
    };
    match truths.of(root) {
        Some(truth) => decided(ast, env, truths, root, truth),
        None => open(ast, truths, root),
    }
}

/// Follows single operands that decide alone, down to where several are needed.
fn decided(ast: &Ast, env: &Env, truths: &Truths, root: NodeId, truth: bool) -> Because {
    let mut at = root;
    let mut parent = None;
    let mut chosen = None;
    loop {
        let node = ast.node(at);
        match connective(node) {
            // One FALSE decides an AND, one TRUE an OR.
            Some((name, deciding)) if deciding == truth => {
                let Some(next) = ast.operands(node).find(|id| truths.of(*id) == Some(truth)) else {
                    break;
                };
                parent = Some(name);
                at = next;
            }
            Some(_) => break,
            None => {
                let Some((condition, branch)) = branch(ast, truths, node) else {
                    break;
                };
                let value = truths.of(condition).unwrap_or_default();
                chosen = Some((condition, value));
                parent = None;
                at = branch;
            }
        }
    }
    // `IF(bypass, FALSE, …)`: the constant explains nothing, the condition does.
    let constant = matches!(ast.node(at), Node::Bool(_)) && at != root;
    if let (true, Some((condition, value))) = (constant && parent.is_none(), chosen) {
        let (part, word, given) = (
            print_part(ast, condition),
            truth_word(value),
            print_part(ast, at),
        );
        let known = known(ast, env, condition);
        return Because {
            sentence: format!("`{part}` is {word}{known}, so the IF gives {given}"),
            expression: part,
            span: ast.span(condition),
        };
    }
    let part = print_part(ast, at);
    let (word, known) = (truth_word(truth), known(ast, env, at));
    let sentence = match parent {
        None if matches!(ast.node(at), Node::Bool(_)) => format!("the formula is {part}"),
        None => format!("`{part}` is {word}{known}"),
        Some(name) => format!("`{part}` is {word}{known}, which makes the {name} {word}"),
    };
    Because {
        sentence,
        expression: part,
        span: ast.span(at),
    }
}

/// The name of an AND or OR, and the value of one operand that decides it.
fn connective(node: Node) -> Option<(&'static str, bool)> {
    match node {
        Node::Binary(BinaryOp::And, ..) => Some(("&&", false)),
        Node::Binary(BinaryOp::Or, ..) => Some(("||", true)),
        Node::Call {
            function: Function::And,
            ..
        } => Some(("AND", false)),
        Node::Call {
            function: Function::Or,
            ..
        } => Some(("OR", true)),
        _ => None,
    }
}

/// For an IF with a known condition: the condition and the branch that runs.
fn branch(ast: &Ast, truths: &Truths, node: Node) -> Option<(NodeId, NodeId)> {
    let Node::Call {
        function: Function::If,
        arguments,
        ..
    } = node
    else {
        return None;
    };
    let [condition, yes, no] = *ast.children(arguments) else {
        return None;
    };
    Some((condition, if truths.of(condition)? { yes } else { no }))
}

fn truth_word(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
}

/// The known values that a part uses, in parentheses.
fn known(ast: &Ast, env: &Env, part: NodeId) -> String {
    let mut facts: Vec<String> = Vec::new();
    for id in ast.subtree(part) {
        let fact = match ast.node(id) {
            Node::Reference => {
                let name = ast.source(ast.span(id));
                match env.get(name) {
                    // A bare flag is what the sentence says already.
                    Some(_) if id == part => continue,
                    Some(value) => format!("{name} is {value}"),
                    None => continue,
                }
            }
            Node::Call {
                function: Function::IsNew | Function::IsChanged | Function::PriorValue,
                ..
            } => match env.operation() {
                Operation::Create => "the record is created".to_owned(),
                Operation::Update => "the record is updated".to_owned(),
                Operation::Unknown => continue,
            },
            _ => continue,
        };
        if !facts.contains(&fact) {
            facts.push(fact);
        }
        if facts.len() == NAMED {
            break;
        }
    }
    if facts.is_empty() {
        String::new()
    } else {
        format!(" ({})", facts.join(", "))
    }
}

/// Collects the parts whose value is not known, going down through AND, OR, NOT and IF only.
fn open(ast: &Ast, truths: &Truths, root: NodeId) -> Because {
    let mut waiting = vec![root];
    let mut first = root;
    let mut parts: Vec<String> = Vec::new();
    let mut more = 0_usize;
    while let Some(id) = waiting.pop() {
        let node = ast.node(id);
        if let Some((_, branch)) = branch(ast, truths, node) {
            waiting.push(branch);
            continue;
        }
        let deeper = match node {
            Node::Unary(UnaryOp::Not, _) => true,
            Node::Call { function, .. } => {
                matches!(function, Function::And | Function::Or | Function::If)
            }
            _ => connective(node).is_some(),
        };
        if deeper {
            let before = waiting.len();
            waiting.extend(
                ast.operands(node)
                    .filter(|operand| truths.of(*operand).is_none()),
            );
            if let Some(added) = waiting.get_mut(before..)
                && !added.is_empty()
            {
                added.reverse();
                continue;
            }
        }
        if parts.is_empty() {
            first = id;
        }
        if parts.len() == NAMED {
            more += 1;
            continue;
        }
        let part = print_part(ast, id);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let named: Vec<String> = parts.iter().map(|part| format!("`{part}`")).collect();
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Because {
        sentence: format!(
            "it depends on {}{rest}, which is not known",
            named.join(", ")
        ),
        expression: print_part(ast, first),
        span: ast.span(first),
    }
}
