//! From the tree back to text.
//!
//! In: an [`Ast`]. Out: the formula on one line, with no parentheses but those that the tree needs
//! (`NOT(…)` is printed like a call), texts in double quotes, names as they were spelled. What is printed
//! parses to the same tree. Walks with a stack of its own.

use super::ast::{Ast, Node, NodeId, UnaryOp};

/// Binds tighter than every binary operator.
const PREFIX: u8 = 8;

enum Piece {
    Word(&'static str),
    Tree(NodeId),
    /// A subtree that needs parentheses when it binds less tightly than this.
    Operand(NodeId, u8),
}

/// Prints the whole formula.
pub fn print(ast: &Ast) -> String {
    ast.root()
        .map(|root| print_part(ast, root))
        .unwrap_or_default()
}

/// Prints the subtree under `id`.
pub fn print_part(ast: &Ast, id: NodeId) -> String {
    let mut out = String::new();
    let mut pieces = vec![Piece::Tree(id)];
    while let Some(piece) = pieces.pop() {
        match piece {
            Piece::Word(word) => out.push_str(word),
            Piece::Operand(id, least) if binding(ast.node(id)) < least => {
                pieces.extend([Piece::Word(")"), Piece::Tree(id), Piece::Word("(")]);
            }
            Piece::Operand(id, _) | Piece::Tree(id) => one(ast, id, &mut out, &mut pieces),
        }
    }
    out
}

fn binding(node: Node) -> u8 {
    match node {
        Node::Binary(operator, _, _) => operator.precedence(),
        _ => PREFIX,
    }
}

fn one(ast: &Ast, id: NodeId, out: &mut String, pieces: &mut Vec<Piece>) {
    let written = ast.source(ast.span(id));
    match ast.node(id) {
        Node::Text => match ast.literal(id) {
            Some(text) => quote_into(&text, out),
            None => out.push_str(written),
        },
        Node::Number | Node::Reference | Node::Key => out.push_str(written),
        Node::Bool(true) => out.push_str("TRUE"),
        Node::Bool(false) => out.push_str("FALSE"),
        Node::Null => out.push_str("NULL"),
        Node::Unary(UnaryOp::Not, operand) => {
            out.push_str("NOT(");
            pieces.extend([Piece::Word(")"), Piece::Tree(operand)]);
        }
        Node::Unary(operator, operand) => {
            out.push(if operator == UnaryOp::Minus { '-' } else { '+' });
            pieces.push(Piece::Operand(operand, PREFIX));
        }
        Node::Binary(operator, left, right) => {
            let level = operator.precedence();
            pieces.extend([
                Piece::Operand(right, level + 1),
                Piece::Word(" "),
                Piece::Word(operator.symbol()),
                Piece::Word(" "),
                Piece::Operand(left, level),
            ]);
        }
        Node::Call {
            name, arguments, ..
        } => {
            out.push_str(ast.source(name));
            out.push('(');
            pieces.push(Piece::Word(")"));
            for (at, argument) in ast.children(arguments).iter().enumerate().rev() {
                pieces.push(Piece::Tree(*argument));
                if at > 0 {
                    pieces.push(Piece::Word(", "));
                }
            }
        }
        Node::Map(entries) => {
            out.push('[');
            pieces.push(Piece::Word("]"));
            for (at, entry) in ast.children(entries).iter().enumerate().rev() {
                pieces.push(Piece::Tree(*entry));
                if at > 0 {
                    pieces.push(Piece::Word(if at % 2 == 1 { " = " } else { ", " }));
                }
            }
        }
    }
}

/// Writes a text as a literal of the language.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote_into(text, &mut out);
    out
}

fn quote_into(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.push(character),
        }
    }
    out.push('"');
}
