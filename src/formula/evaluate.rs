//! Partial evaluation: can the rule fire, given what is known?
//!
//! In: an [`Ast`] and an [`Env`]. Out: an [`Outcome`]. One pass over the flat tree, children first; each
//! node becomes a known value or stays unknown. Sound: a known result holds for all values of what is
//! unknown. What fails at run time (a division by zero) and what is null there is unknown, so 'never
//! fires' rests on FALSE alone, although the platform also lets null pass.
//!
//! Logic is Kleene's. An operand that would fail at run time therefore does not keep `AND(…, FALSE)` from
//! being FALSE.

use std::cmp::Ordering;

use super::ast::{Ast, BinaryOp, Node, NodeId, UnaryOp};
use super::function::Function;
use super::known::{Val, agreed, binary, equal, whole};
use super::number::Number;
use super::reason::{self, Because};
use super::text;
use super::value::{Env, Operation, Value};

/// How many bytes of text one evaluation may handle. Beyond, texts are unknown: keeps evaluation linear
/// for formulas far longer than Salesforce takes.
const TEXT_BUDGET: usize = 8 << 20;

/// Whether a rule can block a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Verdict {
    /// FALSE for all values of what is unknown.
    #[serde(rename = "never fires")]
    NeverFires,
    /// Anything else.
    #[serde(rename = "can fire")]
    CanFire,
    /// TRUE for all values of what is unknown.
    #[serde(rename = "always fires")]
    AlwaysFires,
}

impl Verdict {
    /// The verdict in words, as in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeverFires => "never fires",
            Self::CanFire => "can fire",
            Self::AlwaysFires => "always fires",
        }
    }
}

/// A verdict with its grounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the rule can fire.
    pub verdict: Verdict,
    /// Which part of the formula decides.
    pub because: Because,
    /// Whether the verdict would be 'can fire' without the assumption that some fields are never written
    /// (see [`Env::assume_unwritten`]): such a verdict is less sure.
    pub assumes_unwritten: bool,
}

/// Evaluates a formula as far as what is known allows.
pub fn evaluate(ast: &Ast, env: &Env) -> Outcome {
    let truths = truths(ast, env);
    let verdict = verdict(ast, &truths);
    let assumes_unwritten = verdict != Verdict::CanFire
        && env.has_assumptions()
        && self::verdict(ast, &self::truths(ast, &env.without_assumptions())) == Verdict::CanFire;
    Outcome {
        verdict,
        because: reason::because(ast, env, &truths),
        assumes_unwritten,
    }
}

fn verdict(ast: &Ast, truths: &Truths) -> Verdict {
    match ast.root().and_then(|root| truths.of(root)) {
        Some(true) => Verdict::AlwaysFires,
        Some(false) => Verdict::NeverFires,
        None => Verdict::CanFire,
    }
}

/// For every node, TRUE, FALSE, or not known (or no Boolean).
pub(super) struct Truths(Vec<Option<bool>>);

impl Truths {
    pub(super) fn of(&self, id: NodeId) -> Option<bool> {
        self.0.get(id.index()).copied().flatten()
    }
}

/// Evaluates every node.
pub(super) fn truths(ast: &Ast, env: &Env) -> Truths {
    let mut pass = Pass {
        ast,
        env,
        values: Vec::with_capacity(ast.len()),
        truths: Truths(Vec::with_capacity(ast.len())),
        budget: TEXT_BUDGET,
    };
    for (id, node, _) in ast.nodes() {
        let value = pass.node(id, node);
        pass.truths.0.push(match value {
            Val::Bool(truth) => Some(truth),
            _ => None,
        });
        pass.values.push(value);
    }
    pass.truths
}

struct Pass<'a> {
    ast: &'a Ast,
    env: &'a Env,
    /// One for each node done; taken out when the parent uses it, as each node has one parent.
    values: Vec<Val<'a>>,
    truths: Truths,
    budget: usize,
}

impl<'a> Pass<'a> {
    fn take(&mut self, id: NodeId) -> Val<'a> {
        let value = self
            .values
            .get_mut(id.index())
            .map(std::mem::take)
            .unwrap_or_default();
        if let Val::Text(text) = &value {
            match self.budget.checked_sub(text.len()) {
                Some(rest) => self.budget = rest,
                None => return Val::Unknown,
            }
        }
        value
    }

    /// Exactly `N` arguments, or nothing.
    fn arguments<const N: usize>(&mut self, arguments: &[NodeId]) -> Option<[Val<'a>; N]> {
        let ids: [NodeId; N] = arguments.try_into().ok()?;
        Some(ids.map(|id| self.take(id)))
    }

    fn node(&mut self, id: NodeId, node: Node) -> Val<'a> {
        let ast = self.ast;
        match node {
            Node::Text => ast.literal(id).map_or(Val::Unknown, Val::text),
            Node::Number => Val::number(Number::parse(ast.source(ast.span(id)))),
            Node::Bool(value) => Val::Bool(value),
            Node::Null => Val::Blank,
            Node::Reference => self.known(ast.source(ast.span(id))),
            Node::Unary(UnaryOp::Not, operand) => {
                Val::truth(self.truths.of(operand).map(|truth| !truth))
            }
            Node::Unary(operator, operand) => match self.take(operand) {
                Val::Number(number) if operator == UnaryOp::Minus => Val::number(number.negate()),
                Val::Number(number) => Val::Number(number),
                _ => Val::Unknown,
            },
            Node::Binary(BinaryOp::And, left, right) => self.all(&[left, right]),
            Node::Binary(BinaryOp::Or, left, right) => self.any(&[left, right]),
            Node::Binary(operator, left, right) => {
                let (left, right) = (self.operand(left), self.operand(right));
                binary(operator, left, right)
            }
            Node::Call {
                function,
                arguments,
                ..
            } => self.call(function, ast.children(arguments)),
            Node::Map(_) | Node::Key => Val::Unknown,
        }
    }

    /// An operand of `=` and the like. NULL is written there to ask whether something is blank.
    fn operand(&mut self, id: NodeId) -> Val<'a> {
        if self.ast.node(id) == Node::Null {
            return Val::Empty;
        }
        self.take(id)
    }

    fn known(&self, name: &str) -> Val<'a> {
        let env: &'a Env = self.env;
        match env.get(name) {
            None => Val::Unknown,
            Some(Value::Null) => Val::Blank,
            Some(Value::Bool(value)) => Val::Bool(*value),
            Some(Value::Number(number)) => Val::Number(*number),
            Some(Value::Text(text)) => Val::text(text.as_str()),
        }
    }

    fn all(&self, operands: &[NodeId]) -> Val<'a> {
        let mut result = (!operands.is_empty()).then_some(true);
        for operand in operands {
            match self.truths.of(*operand) {
                Some(false) => return Val::Bool(false),
                Some(true) => {}
                None => result = None,
            }
        }
        Val::truth(result)
    }

    fn any(&self, operands: &[NodeId]) -> Val<'a> {
        let mut result = (!operands.is_empty()).then_some(false);
        for operand in operands {
            match self.truths.of(*operand) {
                Some(true) => return Val::Bool(true),
                Some(false) => {}
                None => result = None,
            }
        }
        Val::truth(result)
    }

    fn call(&mut self, function: Function, arguments: &[NodeId]) -> Val<'a> {
        match function {
            Function::And => self.all(arguments),
            Function::Or => self.any(arguments),
            Function::If => self.choose(arguments),
            Function::Case => self.case(arguments),
            Function::IsNew if arguments.is_empty() => Val::truth(match self.env.operation() {
                Operation::Create => Some(true),
                Operation::Update => Some(false),
                Operation::Unknown => None,
            }),
            Function::IsChanged => self.is_changed(arguments),
            Function::PriorValue => self.prior_value(arguments),
            Function::Min | Function::Max => self.extreme(function, arguments),
            _ => self.plain(function, arguments).unwrap_or_default(),
        }
    }

    /// IF: the branch that runs, or what both branches agree on.
    fn choose(&mut self, arguments: &[NodeId]) -> Val<'a> {
        let [condition, yes, no] = *arguments else {
            return Val::Unknown;
        };
        match self.truths.of(condition) {
            Some(true) => self.take(yes),
            Some(false) => self.take(no),
            None => agreed(self.take(yes), self.take(no)),
        }
    }

    /// CASE: a chain of `=`; what all results that remain possible agree on.
    fn case(&mut self, arguments: &[NodeId]) -> Val<'a> {
        let [subject, pairs @ .., otherwise] = arguments else {
            return Val::Unknown;
        };
        if pairs.is_empty() || pairs.len() % 2 != 0 {
            return Val::Unknown;
        }
        let subject = self.take(*subject);
        let mut result: Option<Val<'a>> = None;
        for pair in pairs.chunks_exact(2) {
            let [value, outcome] = *pair else { continue };
            let value = self.take(value);
            let hit = equal(&subject, &value);
            if hit == Some(false) {
                continue;
            }
            let outcome = self.take(outcome);
            result = Some(match result {
                None => outcome,
                Some(earlier) => agreed(earlier, outcome),
            });
            if hit == Some(true) {
                return result.unwrap_or_default();
            }
        }
        let otherwise = self.take(*otherwise);
        match result {
            None => otherwise,
            Some(earlier) => agreed(earlier, otherwise),
        }
    }

    /// The name of a field of the record itself, which alone ISCHANGED and PRIORVALUE take.
    fn own_field(&self, arguments: &[NodeId]) -> Option<(NodeId, &'a str)> {
        let [field] = *arguments else { return None };
        let ast: &'a Ast = self.ast;
        let name = ast.source(ast.span(field));
        let own = ast.node(field) == Node::Reference && !name.contains(['.', '$', ':']);
        own.then_some((field, name))
    }

    fn is_changed(&self, arguments: &[NodeId]) -> Val<'a> {
        let Some((_, name)) = self.own_field(arguments) else {
            return Val::Unknown;
        };
        match self.env.operation() {
            Operation::Create => Val::Bool(false),
            Operation::Update if self.env.is_unwritten(name) => Val::Bool(false),
            Operation::Update | Operation::Unknown => Val::Unknown,
        }
    }

    fn prior_value(&mut self, arguments: &[NodeId]) -> Val<'a> {
        let Some((field, name)) = self.own_field(arguments) else {
            return Val::Unknown;
        };
        match self.env.operation() {
            Operation::Create => self.take(field),
            Operation::Update if self.env.is_unwritten(name) => self.take(field),
            Operation::Update | Operation::Unknown => Val::Unknown,
        }
    }

    fn extreme(&mut self, function: Function, arguments: &[NodeId]) -> Val<'a> {
        let wanted = if function == Function::Min {
            Ordering::Less
        } else {
            Ordering::Greater
        };
        let mut best: Option<Number> = None;
        for argument in arguments {
            let Val::Number(number) = self.take(*argument) else {
                return Val::Unknown;
            };
            best = match best.map(|best| (best, number.compare(best))) {
                None => Some(number),
                Some((_, None)) => return Val::Unknown,
                Some((_, Some(order))) if order == wanted => Some(number),
                Some((best, Some(_))) => Some(best),
            };
        }
        Val::number(best)
    }

    /// The functions whose arguments are all evaluated; `None` is unknown.
    fn plain(&mut self, function: Function, arguments: &[NodeId]) -> Option<Val<'a>> {
        Some(match function {
            Function::IsBlank => match self.arguments(arguments)? {
                [Val::Blank | Val::Empty] => Val::Bool(true),
                [Val::Text(_) | Val::Number(_)] => Val::Bool(false),
                [Val::Unknown | Val::Bool(_)] => Val::Unknown,
            },
            // A text is never null, another blank is; which of the two a blank is cannot be told.
            Function::IsNull => match self.arguments(arguments)? {
                [Val::Text(_) | Val::Number(_)] => Val::Bool(false),
                _ => Val::Unknown,
            },
            Function::BlankValue => match self.arguments(arguments)? {
                [Val::Blank | Val::Empty, substitute] => substitute,
                [known @ (Val::Text(_) | Val::Number(_)), _] => known,
                _ => Val::Unknown,
            },
            Function::NullValue => match self.arguments(arguments)? {
                [known @ (Val::Text(_) | Val::Number(_)), _] => known,
                _ => Val::Unknown,
            },
            Function::IsPickVal => match self.arguments(arguments)? {
                [
                    value @ (Val::Text(_) | Val::Blank | Val::Empty),
                    wanted @ (Val::Text(_) | Val::Empty),
                ] => Val::truth(equal(&value, &wanted)),
                _ => Val::Unknown,
            },
            Function::Includes => self.two_texts(arguments, text::includes)?,
            Function::Contains => self.two_texts(arguments, text::contains)?,
            Function::Begins => self.two_texts(arguments, text::begins)?,
            Function::Find => match self.arguments(arguments)? {
                [Val::Text(part), Val::Text(text)] => whole(text::find(&part, &text)?),
                [Val::Text(_), Val::Blank | Val::Empty] => whole(0),
                _ => Val::Unknown,
            },
            Function::Len => match self.arguments(arguments)? {
                [Val::Text(text)] => whole(text::length(&text)?),
                [Val::Blank | Val::Empty] => whole(0),
                _ => Val::Unknown,
            },
            Function::Lower | Function::Upper => match self.arguments(arguments)? {
                [Val::Text(text)] => {
                    Val::text(text::change_case(&text, function == Function::Upper)?)
                }
                [Val::Blank | Val::Empty] => Val::Empty,
                _ => Val::Unknown,
            },
            Function::Trim => match self.arguments(arguments)? {
                [Val::Text(text)] => Val::text(text::trim(&text)?.to_owned()),
                [Val::Blank | Val::Empty] => Val::Empty,
                _ => Val::Unknown,
            },
            Function::Left | Function::Right => match self.arguments(arguments)? {
                [Val::Blank | Val::Empty, _] => Val::Empty,
                [Val::Text(text), count] => match (count.count()?, function) {
                    (0, _) => Val::Empty,
                    (count, Function::Left) => Val::text(text::left(&text, count)?.to_owned()),
                    (count, _) => Val::text(text::right(&text, count)?.to_owned()),
                },
                _ => Val::Unknown,
            },
            Function::Mid => match self.arguments(arguments)? {
                [Val::Text(text), start, count] => match count.count()? {
                    0 => Val::Empty,
                    count => Val::text(text::middle(&text, start.count()?, count)?.to_owned()),
                },
                _ => Val::Unknown,
            },
            Function::Substitute => match self.arguments(arguments)? {
                [Val::Text(text), Val::Text(old), Val::Text(new)] => {
                    Val::text(text::substitute(&text, &old, &new)?)
                }
                [Val::Text(text), Val::Text(old), Val::Blank | Val::Empty] => {
                    Val::text(text::substitute(&text, &old, "")?)
                }
                [Val::Blank | Val::Empty, _, _] => Val::Empty,
                _ => Val::Unknown,
            },
            Function::Text => match self.arguments(arguments)? {
                [Val::Text(text)] if !text::looks_like_time(&text) => Val::Text(text),
                [Val::Number(number)] => Val::text(number.to_text()?),
                [Val::Blank | Val::Empty] => Val::Empty,
                _ => Val::Unknown,
            },
            Function::Value => match self.arguments(arguments)? {
                [Val::Text(text)] => Val::number(Number::parse(&text)),
                _ => Val::Unknown,
            },
            Function::IsNumber => match self.arguments(arguments)? {
                [Val::Text(text)] if Number::parse(&text).is_some() => Val::Bool(true),
                [Val::Text(text)] if !text.contains(|c: char| c.is_numeric()) => Val::Bool(false),
                [Val::Blank | Val::Empty] => Val::Bool(false),
                _ => Val::Unknown,
            },
            Function::Abs => match self.arguments(arguments)? {
                [Val::Number(number)] => match number.compare(Number::from(0))? {
                    Ordering::Less => Val::number(number.negate()),
                    Ordering::Equal | Ordering::Greater => Val::Number(number),
                },
                _ => Val::Unknown,
            },
            _ => Val::Unknown,
        })
    }

    /// A test of two texts; with a blank among them the platform's answer surprises, so it is not told.
    fn two_texts(
        &mut self,
        arguments: &[NodeId],
        test: impl Fn(&str, &str) -> Option<bool>,
    ) -> Option<Val<'a>> {
        match self.arguments(arguments)? {
            [Val::Text(text), Val::Text(part)] => Some(Val::truth(test(&text, &part))),
            _ => None,
        }
    }
}
