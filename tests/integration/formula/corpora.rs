//! Every line of the formula corpora, where `PERMGAP_CORPORA` names the folder that holds them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use permgap::formula::{
    Ast, BinaryOp, Node, NodeId, UnaryOp, judge, parse, print, read_line, references,
};
use serde_json::Value;

/// The lines of a corpus; none where the corpora are not at hand.
fn lines(name: &str) -> Vec<Value> {
    let Some(folder) = std::env::var_os("PERMGAP_CORPORA") else {
        return Vec::new();
    };
    let path = PathBuf::from(folder).join("formulas").join(name);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn names(line: &Value, key: &str) -> Vec<String> {
    serde_json::from_value(line[key].clone()).unwrap()
}

#[test]
fn formulas_parse_with_the_listed_names_and_print_stably() {
    for line in lines("open.jsonl") {
        let text = line["formula"].as_str().unwrap();
        let ast = parse(text).unwrap_or_else(|error| panic!("{}: {error}", line["id"]));
        let found = references(&ast);
        assert_eq!(found.fields, names(&line, "fields"), "{}", line["id"]);
        assert_eq!(found.globals, names(&line, "globals"), "{}", line["id"]);
        assert_eq!(found.functions, names(&line, "functions"), "{}", line["id"]);
        let again = parse(&print(&ast)).unwrap();
        assert!(ast.same_tree(&again), "{}", line["id"]);
    }
}

#[test]
fn verdicts_are_met() {
    let formulas: BTreeMap<String, String> = lines("open.jsonl")
        .iter()
        .map(|line| {
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            (text("id"), text("formula"))
        })
        .collect();
    let mut wrong = Vec::new();
    for line in lines("open-verdicts.jsonl") {
        let request = serde_json::json!({
            "id": line["id"], "formula": formulas[line["id"].as_str().unwrap()], "env": line["env"],
        });
        let request = read_line(1, &request.to_string()).unwrap().unwrap();
        let answer = serde_json::to_value(judge(&request)).unwrap();
        if answer["verdict"] != line["verdict"] {
            wrong.push(format!("{line} got {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_grammar_answers_as_the_engine_does() {
    let mut wrong = Vec::new();
    for line in lines("grammar-cases.jsonl") {
        let text = line["formula"].as_str().unwrap();
        let tree = parse(text)
            .ok()
            .map(|ast| format!("(4 root {})", tree(&ast, ast.root().unwrap())));
        let wanted = line["tree"].as_str().map(|tree| tree.replace("\\\\", "\\"));
        if tree != wanted || tree.is_some() != line["valid"].as_bool().unwrap() {
            wrong.push(format!("{text}\n  wanted {wanted:?}\n  got    {tree:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The tree in the form of the corpus: `(type text child…)`.
fn tree(ast: &Ast, id: NodeId) -> String {
    let written = ast.source(ast.span(id));
    let (kind, text) = match ast.node(id) {
        Node::Reference => (21, written),
        Node::Number => (22, written),
        Node::Text => (23, written),
        Node::Bool(true) => (11, written),
        Node::Bool(false) => (12, written),
        Node::Null => (13, written),
        Node::Unary(UnaryOp::Not, _) if written.starts_with('!') => (14, "not"),
        Node::Unary(UnaryOp::Not, _) => (14, &written[..3]),
        Node::Unary(UnaryOp::Minus, _) => (6, "-"),
        Node::Unary(UnaryOp::Plus, _) => (7, "+"),
        Node::Call { name, .. } => (8, ast.source(name)),
        Node::Binary(operator, _, _) => binary(operator),
        Node::Map(_) | Node::Key => (8, "map"),
    };
    let children: String = ast
        .operands(ast.node(id))
        .map(|child| format!(" {}", tree(ast, child)))
        .collect();
    format!("({kind} {text}{children})")
}

fn binary(operator: BinaryOp) -> (u8, &'static str) {
    let kind = match operator {
        BinaryOp::Equal => 25,
        BinaryOp::Or => return (29, "or"),
        BinaryOp::And => return (33, "and"),
        BinaryOp::NotEqual => 34,
        BinaryOp::Less => 37,
        BinaryOp::Greater => 38,
        BinaryOp::LessOrEqual => 39,
        BinaryOp::GreaterOrEqual => 40,
        BinaryOp::Add => 41,
        BinaryOp::Subtract => 42,
        BinaryOp::Concat => 43,
        BinaryOp::Power => 44,
        BinaryOp::Multiply => 45,
        BinaryOp::Divide => 46,
    };
    (kind, operator.symbol())
}
