//! What a formula refers to.
//!
//! In: an [`Ast`]. Out: the names of fields, globals and functions, each once, in the order of the
//! alphabet without regard to case. Knows nothing of whether they exist.

use std::cmp::Ordering;

use super::ast::{Ast, Node};

/// The names in a formula.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Field paths (`Account.Owner.Name`), as first spelled.
    pub fields: Vec<String>,
    /// Globals (`$User.Id`), as first spelled.
    pub globals: Vec<String>,
    /// Called names in capitals; `NOT`, `&&` and `||` are operators, not functions.
    pub functions: Vec<String>,
}

/// Collects the names in a formula.
pub fn references(ast: &Ast) -> References {
    let (mut fields, mut globals, mut functions) = (Vec::new(), Vec::new(), Vec::new());
    for (_, node, span) in ast.nodes() {
        match node {
            Node::Reference => {
                let name = ast.source(span);
                if name.starts_with('$') {
                    globals.push((span.start(), name));
                } else {
                    fields.push((span.start(), name));
                }
            }
            Node::Call { name, .. } => functions.push((name.start(), ast.source(name))),
            _ => {}
        }
    }
    let mut functions = once_each(functions);
    for name in &mut functions {
        name.make_ascii_uppercase();
    }
    References {
        fields: once_each(fields),
        globals: once_each(globals),
        functions,
    }
}

fn once_each(mut names: Vec<(usize, &str)>) -> Vec<String> {
    names.sort_by(|(at, one), (later, two)| fold_cmp(one, two).then(at.cmp(later)));
    names.dedup_by(|(_, one), (_, two)| one.eq_ignore_ascii_case(two));
    names.into_iter().map(|(_, name)| name.to_owned()).collect()
}

/// Orders names as Salesforce compares them: without regard to ASCII case.
pub(super) fn fold_cmp(one: &str, two: &str) -> Ordering {
    let fold = |byte: u8| byte.to_ascii_lowercase();
    one.bytes().map(fold).cmp(two.bytes().map(fold))
}
