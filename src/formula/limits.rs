//! Salesforce's limits on a formula, as warnings.
//!
//! In: an [`Ast`]. Out: what Salesforce may refuse although the grammar is kept. Source of the numbers:
//! `FormulaInfo` of the public formula engine; ten relationships in a path is common knowledge.

use super::ast::{Ast, Node};

/// As written, in characters; comments and white space count.
pub const MAX_CHARACTERS: usize = 3_900;
/// As stored, in bytes.
pub const MAX_BYTES: usize = 4_000;
/// Relationships that one field path may follow.
pub const MAX_RELATIONSHIPS: usize = 10;

/// What exceeds a limit, one sentence each.
pub fn warnings(ast: &Ast) -> Vec<String> {
    let mut found = Vec::new();
    let characters = ast.text().chars().count();
    if characters > MAX_CHARACTERS {
        found.push(format!(
            "the formula has {characters} characters, Salesforce takes {MAX_CHARACTERS}"
        ));
    } else if ast.text().len() > MAX_BYTES {
        found.push(format!(
            "the formula has {} bytes, Salesforce stores {MAX_BYTES}",
            ast.text().len()
        ));
    }
    for (_, node, span) in ast.nodes() {
        let name = ast.source(span);
        if node == Node::Reference && name.matches('.').count() > MAX_RELATIONSHIPS {
            found.push(format!(
                "`{name}` follows more than {MAX_RELATIONSHIPS} relationships"
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::parse;

    #[test]
    fn warns_of_length_and_depth() {
        assert!(warnings(&parse("ISBLANK(A.B.C)").unwrap()).is_empty());
        let long = format!("/* {} */ TRUE", "x".repeat(MAX_CHARACTERS));
        assert_eq!(warnings(&parse(&long).unwrap()).len(), 1);
        let wide = format!("A = '{}'", "é".repeat(2_000));
        assert_eq!(
            warnings(&parse(&wide).unwrap()),
            ["the formula has 4006 bytes, Salesforce stores 4000"]
        );
        let deep = format!("ISBLANK({}X)", "A.".repeat(11));
        assert_eq!(warnings(&parse(&deep).unwrap()).len(), 1);
    }
}
