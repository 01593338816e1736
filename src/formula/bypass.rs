//! Bypasses: by what a user is spared a rule.
//!
//! In: an [`Ast`]. Out: the [`BypassIdiom`]s that the rule has, each tried by evaluation rather than by its
//! looks. Knows nothing of who holds which permission.

use super::ast::{Ast, BinaryOp, Node, NodeId, Span};
use super::evaluate::{Truths, truths};
use super::function::Function;
use super::references::fold_cmp;
use super::value::{Env, Value};

/// What a bypass goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BypassKind {
    /// `$Permission.X`
    Permission,
    /// `$Profile.Name` or another field of the profile
    Profile,
    /// `$User.Username`
    Username,
    /// A checkbox or another field of the user (`$User.Bypass__c`)
    User,
    /// A hierarchy setting (`$Setup.S__c.Flag__c`)
    Setting,
    /// `$UserRole.Name` or another field of the role
    Role,
}

impl BypassKind {
    fn of(global: &str) -> Option<Self> {
        let (object, field) = global.split_once('.')?;
        let is = |name: &str| object.eq_ignore_ascii_case(name);
        if is("$Permission") {
            Some(Self::Permission)
        } else if is("$Profile") {
            Some(Self::Profile)
        } else if is("$UserRole") {
            Some(Self::Role)
        } else if is("$Setup") {
            Some(Self::Setting)
        } else if is("$User") {
            let username = field.eq_ignore_ascii_case("Username");
            Some(if username { Self::Username } else { Self::User })
        } else {
            None
        }
    }
}

/// How much of a rule a bypass switches off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The rule never fires for whoever has the value.
    Whole,
    /// A part of the rule is switched off and another can still fire: often a slip with the precedence of
    /// `&&` and `||`, or a branch that was forgotten.
    Part,
}

/// A value of a global that switches a rule off.
#[derive(Clone, Debug, PartialEq)]
pub struct BypassIdiom {
    /// What it goes by.
    pub kind: BypassKind,
    /// The global, as first spelled.
    pub global: String,
    /// The value that spares. `false` for a permission means that the rule looks only at its holders.
    pub value: Value,
    /// Whether the whole rule is switched off.
    pub reach: Reach,
    /// Where the global stands first.
    pub span: Span,
}

/// So many values are tried in one formula; real rules name a dozen profiles at most.
const MAX_TRIED: usize = 200;

/// Each is set against each; no call of a real rule has so many.
const MAX_OPERANDS: usize = 500;

/// Finds the values of user-dependent globals that switch the rule off, wholly or in part.
///
/// A rule that never fires anyhow has none.
pub fn bypass_idioms(ast: &Ast) -> Vec<BypassIdiom> {
    let plain = truths(ast, &Env::new());
    let Some(root) = ast.root() else {
        return Vec::new();
    };
    if plain.of(root) == Some(false) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for candidate in candidates(ast) {
        let env = Env::new().with(&candidate.global, candidate.value.clone());
        let tried = truths(ast, &env);
        let reach = if tried.of(root) == Some(false) {
            Reach::Whole
        } else if switches_off_a_part(ast, &plain, &tried) {
            Reach::Part
        } else {
            continue;
        };
        found.push(BypassIdiom { reach, ..candidate });
    }
    found
}

/// Whether some AND that was open has become FALSE.
fn switches_off_a_part(ast: &Ast, before: &Truths, after: &Truths) -> bool {
    ast.nodes().any(|(id, node, _)| {
        let is_and = matches!(
            node,
            Node::Binary(BinaryOp::And, ..)
                | Node::Call {
                    function: Function::And,
                    ..
                }
        );
        is_and && before.of(id).is_none() && after.of(id) == Some(false)
    })
}

/// Every user-dependent global with every value that the formula compares it with.
fn candidates(ast: &Ast) -> Vec<BypassIdiom> {
    let mut found: Vec<BypassIdiom> = Vec::new();
    let mut add = |global: NodeId, value: Value| {
        let name = ast.source(ast.span(global));
        let Some(kind) = BypassKind::of(name) else {
            return;
        };
        let known = found
            .iter()
            .any(|one| one.global.eq_ignore_ascii_case(name) && one.value == value);
        if !known && found.len() < MAX_TRIED {
            found.push(BypassIdiom {
                kind,
                global: name.to_owned(),
                value,
                reach: Reach::Part,
                span: ast.span(global),
            });
        }
    };
    for (_, node, _) in ast.nodes() {
        let operands: Vec<NodeId> = ast.operands(node).take(MAX_OPERANDS).collect();
        let globals = operands.iter().filter(|id| {
            ast.node(**id) == Node::Reference && ast.source(ast.span(**id)).starts_with('$')
        });
        for global in globals {
            let mut compared = false;
            for other in operands.iter().filter(|other| *other != global) {
                if ast.node(*other) != Node::Text {
                    continue;
                }
                compared = true;
                for value in listed(ast, node, *other) {
                    add(*global, Value::Text(value));
                }
            }
            if !compared {
                add(*global, Value::Bool(true));
                add(*global, Value::Bool(false));
            }
        }
    }
    // A formula that is nothing but a global has no operand.
    if let Some(root) = ast.root()
        && ast.node(root) == Node::Reference
    {
        add(root, Value::Bool(true));
        add(root, Value::Bool(false));
    }
    found.sort_by(|one, two| {
        let kinds = one.kind.cmp(&two.kind);
        kinds
            .then_with(|| fold_cmp(&one.global, &two.global))
            .then_with(|| one.span.start().cmp(&two.span.start()))
    });
    found
}

/// The values in a literal: one, or for `CONTAINS("a:b:c", …)` each of the list.
fn listed(ast: &Ast, node: Node, literal: NodeId) -> Vec<String> {
    let Some(text) = ast.literal(literal) else {
        return Vec::new();
    };
    let in_list = matches!(
        node,
        Node::Call { function: Function::Contains, arguments, .. }
            if ast.children(arguments).first() == Some(&literal)
    );
    if !in_list {
        return vec![text.into_owned()];
    }
    text.split([':', ';', ',', '|'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::parse;

    fn idioms(text: &str) -> Vec<(BypassKind, String, String, Reach)> {
        bypass_idioms(&parse(text).unwrap())
            .into_iter()
            .map(|one| (one.kind, one.global, one.value.to_string(), one.reach))
            .collect()
    }

    #[test]
    fn finds_each_idiom() {
        for (text, kind, value) in [
            (
                "AND(ISBLANK(A), NOT($Permission.X))",
                BypassKind::Permission,
                "true",
            ),
            (
                "$Permission.X = FALSE && ISBLANK(A)",
                BypassKind::Permission,
                "true",
            ),
            (
                "$Permission.X && ISBLANK(A)",
                BypassKind::Permission,
                "false",
            ),
            ("NOT($Permission.X)", BypassKind::Permission, "true"),
            (
                "IF($Permission.X, FALSE, ISBLANK(A))",
                BypassKind::Permission,
                "true",
            ),
            (
                "AND($Profile.Name <> 'Sync', ISBLANK(A))",
                BypassKind::Profile,
                "\"Sync\"",
            ),
            (
                "ISBLANK(A) && $User.Username != \"a@b.c\"",
                BypassKind::Username,
                "\"a@b.c\"",
            ),
            (
                "$User.Bypass__c = false && ISBLANK(A)",
                BypassKind::User,
                "true",
            ),
            (
                "NOT($Setup.S__c.Off__c) && ISBLANK(A)",
                BypassKind::Setting,
                "true",
            ),
            (
                "$Setup.S__c.On__c && ISBLANK(A)",
                BypassKind::Setting,
                "false",
            ),
            (
                "$UserRole.Name <> 'Sync' && ISBLANK(A)",
                BypassKind::Role,
                "\"Sync\"",
            ),
            (
                "CASE($Profile.Name, 'Sync', 0, 1) = 1 && ISBLANK(A)",
                BypassKind::Profile,
                "\"Sync\"",
            ),
        ] {
            let found = idioms(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!(
                (found[0].0, found[0].2.as_str(), found[0].3),
                (kind, value, Reach::Whole),
                "{text}"
            );
        }
    }

    #[test]
    fn finds_each_profile_of_a_list() {
        let text = "NOT(CONTAINS('Sync: Loader', $Profile.Name)) && ISBLANK(A)";
        let values: Vec<String> = idioms(text).into_iter().map(|one| one.2).collect();
        assert_eq!(values, ["\"Sync\"", "\"Loader\""]);
        let text = "$Profile.Name <> 'Sync' && $Profile.Name <> 'Loader' && ISBLANK(A)";
        assert_eq!(idioms(text).len(), 2);
    }

    #[test]
    fn tells_a_bypass_with_a_hole() {
        for text in [
            "NOT($Permission.X) && A || B",
            "A || B && NOT($Permission.X)",
            "OR(AND(NOT($Permission.X), A), AND(ISNEW(), B))",
        ] {
            let found = idioms(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!(found[0].3, Reach::Part, "{text}");
        }
    }

    #[test]
    fn what_does_not_spare_is_no_bypass() {
        assert_eq!(
            idioms("OR($User.LastName <> 'A', $User.LastName <> 'B')"),
            []
        );
        assert_eq!(idioms("ISBLANK(A) && OwnerId <> $User.Id"), []);
        assert_eq!(idioms("FALSE && $Permission.X"), []);
        assert_eq!(idioms("$Organization.Name = 'x'"), []);
    }
}
