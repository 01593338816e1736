//! Bypasses: by what a user is spared a rule, and how to add such a clause.
//!
//! In: an [`Ast`], or a rule's text and a clause. Out: the [`BypassIdiom`]s that the rule has, each tried by
//! evaluation rather than by its looks, and the text of the rule with the clause put around. Knows nothing
//! of who holds which permission.

use std::fmt;

use super::ast::{Ast, BinaryOp, Node, NodeId, Span};
use super::evaluate::{Truths, truths};
use super::function::Function;
use super::print::quote;
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
        let operands: Vec<NodeId> = ast.operands(node).collect();
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
    found.sort_by(|one, two| (one.kind, one.span.start()).cmp(&(two.kind, two.span.start())));
    found.sort_by(|one, two| {
        one.kind
            .cmp(&two.kind)
            .then(fold_cmp(&one.global, &two.global))
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

/// A condition that is false for whoever is to be spared. Its [`Display`](fmt::Display) is the text to
/// put into a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BypassClause {
    /// Spares the holders of a custom permission, named by its API name.
    Permission(String),
    /// Spares a profile, by its name. A standard profile's name is translated with the org's language.
    Profile(String),
    /// Spares one user, by username.
    Username(String),
    /// Spares users with a checkbox of the user set, by its field's API name.
    UserFlag(String),
    /// Spares those for whom a checkbox of a hierarchy setting is set, by API names.
    Setting {
        /// The custom setting.
        setting: String,
        /// Its checkbox.
        field: String,
    },
    /// Spares a role, by its name.
    Role(String),
}

impl fmt::Display for BypassClause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permission(name) => write!(f, "NOT($Permission.{name})"),
            Self::Profile(name) => write!(f, "$Profile.Name <> {}", quote(name)),
            Self::Username(name) => write!(f, "$User.Username <> {}", quote(name)),
            Self::UserFlag(field) => write!(f, "NOT($User.{field})"),
            Self::Setting { setting, field } => write!(f, "NOT($Setup.{setting}.{field})"),
            Self::Role(name) => write!(f, "$UserRole.Name <> {}", quote(name)),
        }
    }
}

/// Puts a clause around a rule: `AND(clause, rule)`. The rule's own text stays as it is, comments and all,
/// and is valid in there whenever it was valid alone, whatever operators it has.
pub fn wrap(formula: &str, clause: &BypassClause) -> String {
    if formula.contains('\n') {
        format!("AND(\n  {clause},\n{formula}\n)")
    } else {
        format!("AND({clause}, {formula})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::{Verdict, evaluate, parse};

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

    #[test]
    fn a_wrapped_rule_spares_and_keeps_its_text() {
        let clauses = [
            (
                BypassClause::Permission("Sync".into()),
                "$Permission.Sync",
                Value::Bool(true),
            ),
            (
                BypassClause::Profile("The \"Sync\"".into()),
                "$Profile.Name",
                "The \"Sync\"".into(),
            ),
            (
                BypassClause::Username("a@b.c".into()),
                "$User.Username",
                "a@b.c".into(),
            ),
            (
                BypassClause::UserFlag("Off__c".into()),
                "$User.Off__c",
                Value::Bool(true),
            ),
            (
                BypassClause::Role("Sync".into()),
                "$UserRole.Name",
                "Sync".into(),
            ),
            (
                BypassClause::Setting {
                    setting: "S__c".into(),
                    field: "Off__c".into(),
                },
                "$Setup.S__c.Off__c",
                Value::Bool(true),
            ),
        ];
        for rule in [
            "A || B",
            "/* a rule */\n ISBLANK(A) || B /* end */ ",
            "IF(A, B, C) = TRUE",
        ] {
            for (clause, global, value) in &clauses {
                let wrapped = wrap(rule, clause);
                assert!(wrapped.contains(rule));
                let ast = parse(&wrapped).unwrap();
                let spared = Env::new().with(global, value.clone());
                assert_eq!(
                    evaluate(&ast, &spared).verdict,
                    Verdict::NeverFires,
                    "{wrapped}"
                );
                assert_eq!(
                    evaluate(&ast, &Env::new()).verdict,
                    Verdict::CanFire,
                    "{wrapped}"
                );
            }
        }
    }
}
