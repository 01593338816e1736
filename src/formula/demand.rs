//! What a rule demands: which fields must be filled or changed so that it does not fire.
//!
//! In: an [`Ast`] and what is known. Out: [`Ways`], each a set of demands on fields that together make the
//! condition false. Conservative: a way that rests on more than the evaluator understands says so with
//! [`Need::Suits`], and ways left out for their number make the answer incomplete. Knows nothing of who may
//! edit a field or which mapping fills it.

use std::collections::BTreeSet;

use super::ast::{Ast, BinaryOp, Node, NodeId, UnaryOp};
use super::evaluate::{Truths, truths};
use super::function::Function;
use super::print::print_part;
use super::value::Env;
use super::ways::{MAX_WAYS, Need, Ways};

/// Lists the ways in which the record can avoid that the rule fires.
pub fn ways_to_make_false(ast: &Ast, env: &Env) -> Ways {
    let Some(root) = ast.root() else {
        return Ways::default();
    };
    let logic = logical_nodes(ast, root);
    let mut pass = Pass {
        ast,
        truths: truths(ast, env),
        done: Vec::with_capacity(ast.len()),
    };
    for ((id, node, _), logical) in ast.nodes().zip(logic) {
        let both = if logical {
            pass.node(id, node)
        } else {
            Both::default()
        };
        pass.done.push(both);
    }
    let mut ways = pass.take(root).to_false;
    ways.ways
        .sort_by(|one, two| (one.len(), one).cmp(&(two.len(), two)));
    ways
}

/// Marks the nodes that are looked at as conditions: the root, and what AND, OR, NOT, IF and a comparison
/// with TRUE or FALSE take.
fn logical_nodes(ast: &Ast, root: NodeId) -> Vec<bool> {
    let mut logical = vec![false; ast.len()];
    let mut mark = |id: NodeId| {
        if let Some(entry) = logical.get_mut(id.index()) {
            *entry = true;
        }
    };
    mark(root);
    let mut waiting = vec![root];
    while let Some(id) = waiting.pop() {
        let node = ast.node(id);
        let deeper: Vec<NodeId> = match (node, flag(ast, node)) {
            (_, Some((operand, _))) => vec![operand],
            (Node::Unary(UnaryOp::Not, _) | Node::Binary(BinaryOp::And | BinaryOp::Or, ..), _) => {
                ast.operands(node).collect()
            }
            (
                Node::Call {
                    function: Function::And | Function::Or | Function::If,
                    ..
                },
                _,
            ) => ast.operands(node).collect(),
            _ => Vec::new(),
        };
        for next in deeper {
            mark(next);
            waiting.push(next);
        }
    }
    logical
}

/// For `X = TRUE` and the like: `X`, and the value of `X` that makes the comparison true.
fn flag(ast: &Ast, node: Node) -> Option<(NodeId, bool)> {
    let (operator, left, right) = match node {
        Node::Binary(operator @ (BinaryOp::Equal | BinaryOp::NotEqual), left, right) => {
            (operator, left, right)
        }
        _ => return None,
    };
    let (operand, value) = match (ast.node(left), ast.node(right)) {
        (_, Node::Bool(value)) => (left, value),
        (Node::Bool(value), _) => (right, value),
        _ => return None,
    };
    Some((operand, value == (operator == BinaryOp::Equal)))
}

/// The ways to both values of a condition.
#[derive(Clone, Default)]
struct Both {
    to_true: Ways,
    to_false: Ways,
}

impl Both {
    fn swapped(self) -> Self {
        Self {
            to_true: self.to_false,
            to_false: self.to_true,
        }
    }
}

struct Pass<'a> {
    ast: &'a Ast,
    truths: Truths,
    done: Vec<Both>,
}

impl Pass<'_> {
    fn take(&mut self, id: NodeId) -> Both {
        self.done
            .get_mut(id.index())
            .map(std::mem::take)
            .unwrap_or_default()
    }

    fn node(&mut self, id: NodeId, node: Node) -> Both {
        if let Some(truth) = self.truths.of(id) {
            let known = Both {
                to_true: Ways::nothing_to_do(),
                to_false: Ways::none(),
            };
            return if truth { known } else { known.swapped() };
        }
        if let Some((operand, wanted)) = flag(self.ast, node) {
            let both = self.take(operand);
            return if wanted { both } else { both.swapped() };
        }
        match node {
            Node::Unary(UnaryOp::Not, operand) => self.take(operand).swapped(),
            Node::Binary(BinaryOp::And, left, right) => self.all(&[left, right]),
            Node::Binary(BinaryOp::Or, left, right) => self.any(&[left, right]),
            Node::Call {
                function: Function::And,
                arguments,
                ..
            } => self.all(self.ast.children(arguments)),
            Node::Call {
                function: Function::Or,
                arguments,
                ..
            } => self.any(self.ast.children(arguments)),
            Node::Call {
                function: Function::If,
                arguments,
                ..
            } => match *self.ast.children(arguments) {
                [condition, yes, no] => self.choose(condition, yes, no),
                _ => self.other(id),
            },
            _ => self.leaf(id, node),
        }
    }

    fn all(&mut self, operands: &[NodeId]) -> Both {
        let mut result = Both {
            to_true: Ways::nothing_to_do(),
            to_false: Ways::none(),
        };
        for operand in operands {
            let both = self.take(*operand);
            result.to_true = result.to_true.and(&both.to_true);
            result.to_false = result.to_false.or(both.to_false);
        }
        result
    }

    fn any(&mut self, operands: &[NodeId]) -> Both {
        let mut result = Both {
            to_true: Ways::none(),
            to_false: Ways::nothing_to_do(),
        };
        for operand in operands {
            let both = self.take(*operand);
            result.to_true = result.to_true.or(both.to_true);
            result.to_false = result.to_false.and(&both.to_false);
        }
        result
    }

    fn choose(&mut self, condition: NodeId, yes: NodeId, no: NodeId) -> Both {
        let (condition, yes, no) = (self.take(condition), self.take(yes), self.take(no));
        // Through one branch, through the other, or such that the condition does not matter.
        let via = |taken: &Ways, other: &Ways| {
            let through_yes = condition.to_true.clone().and(taken);
            let through_no = condition.to_false.clone().and(other);
            taken.clone().and(other).or(through_yes).or(through_no)
        };
        Both {
            to_true: via(&yes.to_true, &no.to_true),
            to_false: via(&yes.to_false, &no.to_false),
        }
    }

    fn leaf(&self, id: NodeId, node: Node) -> Both {
        self.simple(id, node).unwrap_or_else(|| self.other(id))
    }

    /// The conditions on one field that are understood.
    fn simple(&self, id: NodeId, node: Node) -> Option<Both> {
        let (field, when_true, when_false) = match node {
            Node::Reference => (
                self.field(id)?,
                Need::Is("TRUE".to_owned()),
                Need::Is("FALSE".to_owned()),
            ),
            Node::Call {
                function,
                arguments,
                ..
            } => match (function, self.ast.children(arguments)) {
                (Function::IsBlank, [field]) => (self.field(*field)?, Need::Blank, Need::Filled),
                // Of a text it is FALSE even when that is blank, so that only a filled field is sure of its answer.
                (Function::IsNull, [field]) => {
                    let blank = Need::Suits(print_part(self.ast, id), true);
                    (self.field(*field)?, blank, Need::Filled)
                }
                (Function::IsChanged, [field]) => {
                    (self.field(*field)?, Need::Changed, Need::Unchanged)
                }
                (Function::IsPickVal, [field, value]) => self.equals(*field, *value)?,
                _ => return None,
            },
            Node::Binary(operator @ (BinaryOp::Equal | BinaryOp::NotEqual), left, right) => {
                let (field, same, other) = self
                    .equals(left, right)
                    .or_else(|| self.equals(right, left))?;
                if operator == BinaryOp::Equal {
                    (field, same, other)
                } else {
                    (field, other, same)
                }
            }
            _ => return None,
        };
        Some(Both {
            to_true: Ways::one(field, when_true),
            to_false: Ways::one(field, when_false),
        })
    }

    /// `field = "value"`, also of `TEXT(field)`.
    fn equals(&self, field: NodeId, value: NodeId) -> Option<(&str, Need, Need)> {
        let field = self.field(field)?;
        match self.ast.node(value) {
            Node::Null => Some((field, Need::Blank, Need::Filled)),
            Node::Text => {
                let text = self.ast.literal(value)?.into_owned();
                Some(if text.is_empty() {
                    (field, Need::Blank, Need::Filled)
                } else {
                    (field, Need::Is(text.clone()), Need::IsNot(text))
                })
            }
            _ => None,
        }
    }

    /// The name of a field, or of the field in `TEXT(field)`. Globals are no fields.
    fn field(&self, id: NodeId) -> Option<&str> {
        let id = match self.ast.node(id) {
            Node::Call {
                function: Function::Text,
                arguments,
                ..
            } => *self.ast.children(arguments).first()?,
            _ => id,
        };
        let name = self.ast.source(self.ast.span(id));
        (self.ast.node(id) == Node::Reference && !name.starts_with('$')).then_some(name)
    }

    /// A condition that is not understood: each field in it may turn it. Old values cannot be changed.
    fn other(&self, id: NodeId) -> Both {
        let ast = self.ast;
        let mut old: BTreeSet<NodeId> = BTreeSet::new();
        let mut fields: Vec<&str> = Vec::new();
        for part in ast.subtree(id) {
            match ast.node(part) {
                Node::Call {
                    function: Function::PriorValue,
                    arguments,
                    ..
                } => {
                    old.extend(ast.children(arguments));
                }
                Node::Reference => {
                    let name = ast.source(ast.span(part));
                    if !name.starts_with('$') {
                        fields.push(name);
                    }
                }
                _ => {}
            }
        }
        let gone: Vec<&str> = old.iter().map(|part| ast.source(ast.span(*part))).collect();
        // One mention for each PRIORVALUE is taken away; a field that is also used as it is now stays.
        for name in gone {
            if let Some(at) = fields.iter().position(|field| *field == name) {
                fields.remove(at);
            }
        }
        let condition = print_part(ast, id);
        fields.sort_unstable();
        fields.dedup();
        let (mut to_true, mut to_false) = (Ways::none(), Ways::none());
        // One more than is kept, so that the answer says that it is not complete.
        for field in fields.into_iter().take(MAX_WAYS + 1) {
            to_true = to_true.or(Ways::one(field, Need::Suits(condition.clone(), true)));
            to_false = to_false.or(Ways::one(field, Need::Suits(condition.clone(), false)));
        }
        Both { to_true, to_false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::{Operation, parse};

    fn ways(text: &str, env: &Env) -> (Vec<String>, bool) {
        let found = ways_to_make_false(&parse(text).unwrap(), env);
        let shown = found.ways.iter().map(|way| {
            let demands: Vec<String> = way
                .iter()
                .map(|demand| match &demand.need {
                    Need::Filled => format!("{} filled", demand.field),
                    Need::Blank => format!("{} blank", demand.field),
                    Need::Is(value) => format!("{} is {value}", demand.field),
                    Need::IsNot(value) => format!("{} is not {value}", demand.field),
                    Need::Changed => format!("{} changed", demand.field),
                    Need::Unchanged => format!("{} unchanged", demand.field),
                    Need::Suits(condition, value) => {
                        format!("{} so that {condition} is {value}", demand.field)
                    }
                })
                .collect();
            demands.join(" and ")
        });
        (shown.collect(), found.complete)
    }

    #[track_caller]
    fn check(text: &str, wanted: &[&str]) {
        let (found, complete) = ways(text, &Env::new());
        assert_eq!(found, wanted, "{text}");
        assert!(complete);
    }

    #[test]
    fn any_operand_of_an_and_will_do() {
        check(
            "AND(ISPICKVAL(StageName, 'Closed Lost'), ISBLANK(Loss_Reason__c), NOT($Permission.X))",
            &["Loss_Reason__c filled", "StageName is not Closed Lost"],
        );
        check(
            "ISBLANK(TEXT(Type)) && Spam__c = FALSE",
            &["Spam__c is TRUE", "Type filled"],
        );
    }

    #[test]
    fn every_operand_of_an_or_must_go() {
        check(
            "OR(ISBLANK(Phone), ISBLANK(Email)) && Active__c",
            &["Active__c is FALSE", "Email filled and Phone filled"],
        );
        check("ISBLANK(A) || NOT(ISBLANK(A))", &[]);
        check("A <> 'x' || B = NULL", &["A is x and B filled"]);
    }

    #[test]
    fn branches_of_an_if() {
        check(
            "IF(ISNEW(), ISBLANK(A), ISCHANGED(B))",
            &["A filled and B unchanged"],
        );
        check(
            "IF(Closed__c, ISBLANK(A), FALSE)",
            &["A filled", "Closed__c is FALSE"],
        );
    }

    #[test]
    fn what_is_known_is_not_asked_for() {
        let env = Env::new()
            .with("$Permission.X", false)
            .on(Operation::Create);
        let text = "AND(NOT($Permission.X), IF(ISNEW(), ISBLANK(A), ISBLANK(B)))";
        assert_eq!(ways(text, &env), (vec!["A filled".to_owned()], true));
        let spared = Env::new().with("$Permission.X", true);
        assert_eq!(
            ways(text, &spared),
            (vec![String::new()], true),
            "false already"
        );
    }

    #[test]
    fn other_conditions_name_their_fields() {
        check(
            "LEN(Phone) < 5 && Amount > PRIORVALUE(Amount)",
            &[
                "Amount so that Amount > PRIORVALUE(Amount) is false",
                "Phone so that LEN(Phone) < 5 is false",
            ],
        );
        check("TODAY() > PRIORVALUE(CloseDate)", &[]);
    }

    #[test]
    fn too_many_ways_are_said_to_be_incomplete() {
        let part = |at: usize| format!("(ISBLANK(A{at}) && ISBLANK(B{at}))");
        let text: Vec<String> = (0..8).map(part).collect();
        let (found, complete) = ways(&text.join(" || "), &Env::new());
        assert_eq!((found.len(), complete), (MAX_WAYS, false));
    }

    /// Joining every way with every other would take minutes here.
    #[test]
    fn long_formulas_with_many_ways_end() {
        let branches: String = (0..1_000)
            .map(|at| format!("IF(A{at} = 'x', ISBLANK(B{at}), "))
            .collect();
        let (found, complete) = ways(
            &format!("{branches}FALSE{}", ")".repeat(1_000)),
            &Env::new(),
        );
        assert_eq!((found.len(), complete), (MAX_WAYS, false));
        let fields: Vec<String> = (0..5_000).map(|at| format!("A{at}")).collect();
        let (found, complete) = ways(&format!("{} > 0", fields.join(" + ")), &Env::new());
        assert_eq!((found.len(), complete), (MAX_WAYS, false));
    }

    #[test]
    fn deep_formulas_do_no_harm() {
        let text = format!("{}A{}", "NOT(".repeat(10_000), ")".repeat(10_000));
        assert_eq!(ways(&text, &Env::new()).0, ["A is FALSE"]);
    }
}
