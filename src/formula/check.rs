//! What Salesforce refuses of a formula that parses: wrong counts of arguments, types that do not go together, and a
//! result that is neither true nor false.
//!
//! In: an [`Ast`] and what is known of the types of references. Out: [`Complaint`]s with their places. Complains only of
//! what is certain: a part whose type is not known goes with everything.

use super::ast::{Ast, BinaryOp, Children, Node, NodeId, UnaryOp};
use super::result::{ResultType, types};
use super::signature::{arguments_of, in_words};

/// One thing that is wrong, or that could not be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    /// Where, in bytes.
    pub(super) offset: usize,
    /// What, as a sentence part.
    pub(super) message: String,
    /// Whether Salesforce surely refuses it.
    pub(super) is_refused: bool,
}

/// All complaints about a formula that is to be a rule's, in the order of their places.
pub(super) fn check(ast: &Ast, of_name: &dyn Fn(&str) -> Option<ResultType>) -> Vec<Complaint> {
    let types = types(ast, of_name);
    let checker = Checker { ast, types: &types };
    let mut found: Vec<Complaint> = ast
        .nodes()
        .filter_map(|(id, node, _)| checker.node(id, node))
        .collect();
    let result = types.last().copied().flatten();
    if let Some(other) = result.filter(|of| *of != ResultType::Boolean) {
        let start = ast.nodes().map(|(_, _, span)| span.start()).min();
        found.push(Complaint {
            offset: start.unwrap_or(0),
            message: format!(
                "a rule's formula must give true or false, and this one gives {}",
                other.label()
            ),
            is_refused: true,
        });
    }
    found.sort_by_key(|one| one.offset);
    found
}

struct Checker<'a> {
    ast: &'a Ast,
    types: &'a [Option<ResultType>],
}

impl Checker<'_> {
    fn of(&self, id: NodeId) -> Option<ResultType> {
        self.types.get(id.index()).copied().flatten()
    }

    fn refused(&self, at: NodeId, message: String) -> Option<Complaint> {
        Some(Complaint {
            offset: self.ast.span(at).start(),
            message,
            is_refused: true,
        })
    }

    fn node(&self, id: NodeId, node: Node) -> Option<Complaint> {
        match node {
            Node::Unary(UnaryOp::Not, operand) => self.truth("NOT", operand),
            Node::Unary(_, operand) => {
                self.of(operand)
                    .filter(|of| !may_be_number(*of))
                    .and_then(|of| {
                        self.refused(operand, format!("a sign stands before {}", of.label()))
                    })
            }
            Node::Binary(operator @ (BinaryOp::And | BinaryOp::Or), left, right) => {
                let name = operator.symbol();
                self.truth(name, left).or_else(|| self.truth(name, right))
            }
            Node::Binary(operator, left, right) => self.operands(operator, left, right),
            Node::Call {
                name, arguments, ..
            } => self.call(id, &self.ast.source(name).to_ascii_uppercase(), arguments),
            _ => None,
        }
    }

    /// What must be true or false.
    fn truth(&self, of_what: &str, operand: NodeId) -> Option<Complaint> {
        let other = self.of(operand).filter(|of| *of != ResultType::Boolean)?;
        self.refused(
            operand,
            format!(
                "{of_what} takes true or false, and here is {}",
                other.label()
            ),
        )
    }

    fn operands(&self, operator: BinaryOp, left: NodeId, right: NodeId) -> Option<Complaint> {
        use BinaryOp::{
            Divide, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Multiply, NotEqual, Power,
        };
        let (one, two) = (self.of(left), self.of(right));
        let symbol = operator.symbol();
        match operator {
            Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual => {
                let (one, two) = (one?, two?);
                if !may_be_same(one, two) {
                    let text = format!("`{symbol}` compares {} with {}", one.label(), two.label());
                    return self.refused(right, text);
                }
                let is_order = !matches!(operator, Equal | NotEqual);
                let unordered = matches!(one, ResultType::Boolean);
                (is_order && unordered)
                    .then(|| self.refused(right, format!("`{symbol}` takes no {}", one.label())))
                    .flatten()
            }
            Multiply | Divide | Power => {
                let wrong = [(left, one), (right, two)]
                    .into_iter()
                    .find_map(|(id, of)| of.filter(|of| !may_be_number(*of)).map(|of| (id, of)));
                let (id, of) = wrong?;
                self.refused(
                    id,
                    format!("`{symbol}` takes numbers, and here is {}", of.label()),
                )
            }
            _ => None,
        }
    }

    fn call(&self, id: NodeId, name: &str, arguments: Children) -> Option<Complaint> {
        let Some((least, most)) = arguments_of(name) else {
            return Some(Complaint {
                offset: self.ast.span(id).start(),
                message: format!("whether there is a function {name} is not known"),
                is_refused: false,
            });
        };
        let count = arguments.len();
        if count < least || count > most {
            let text = format!(
                "{name} takes {}, and here are {count}",
                in_words(least, most)
            );
            return self.refused(id, text);
        }
        let arguments = self.ast.children(arguments);
        match (name, arguments) {
            ("AND" | "OR", _) => arguments.iter().find_map(|id| self.truth(name, *id)),
            ("IF", [condition, ..]) => self.truth("the condition of IF", *condition),
            ("CASE", _) if !count.is_multiple_of(2) => self.refused(
                id,
                "CASE takes a value, pairs of a value and a result, and a result for all others"
                    .to_owned(),
            ),
            ("CASE", _) => {
                let wrong = arguments
                    .iter()
                    .find(|id| self.of(**id) == Some(ResultType::Boolean))?;
                self.refused(
                    *wrong,
                    "CASE neither takes nor gives true or false".to_owned(),
                )
            }
            ("ISCHANGED" | "PRIORVALUE", [field]) => {
                let text = self.ast.source(self.ast.span(*field));
                let own =
                    self.ast.node(*field) == Node::Reference && !text.contains(['.', '$', ':']);
                (!own)
                    .then(|| {
                        self.refused(*field, format!("{name} takes a field of the record itself"))
                    })
                    .flatten()
            }
            _ => None,
        }
    }
}

fn may_be_number(of: ResultType) -> bool {
    matches!(of, ResultType::Number | ResultType::NotBoolean)
}

/// Whether two types may be one: what is only known not to be true or false may be any other.
fn may_be_same(one: ResultType, two: ResultType) -> bool {
    match (one, two) {
        (ResultType::NotBoolean, other) | (other, ResultType::NotBoolean) => {
            other != ResultType::Boolean
        }
        (one, two) => one == two,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn of_name(name: &str) -> Option<ResultType> {
        match name {
            "Flag__c" => Some(ResultType::Boolean),
            "Text__c" => Some(ResultType::Text),
            "Score__c" => Some(ResultType::Number),
            "Day__c" => Some(ResultType::Date),
            _ => None,
        }
    }

    #[test]
    fn what_goes_together_is_not_complained_of() {
        for sound in [
            "Flag__c",
            "Any__c",
            "AND(Flag__c, Any__c, NOT Any__c)",
            "IF(Any__c, Score__c, 0) > 1",
            "CASE(Any__c, 'a', 1, 'b', 2, 0) = 1",
            "Text__c = 'x' && Score__c = 5 && Day__c = TODAY() && Day__c < Any__c",
            "TODAY() - Day__c > 30",
            "Day__c + 30 < TODAY()",
            "MAX(Day__c, TODAY()) = Day__c",
            "MIN(Score__c, 3) = 3",
            "Flag__c = TRUE && Any__c = NULL && Score__c <> NULL",
            "ISCHANGED(Text__c) || PRIORVALUE(Score__c) > 1",
            "FIND('a', Text__c) > 0 || FIND('a', Text__c, 2) > 0",
            "-Score__c * Any__c / (Any__c - 1) > 0",
            "ROUND(Score__c, 2) = TRUNC(Score__c)",
            "REGEX(Text__c, '[0-9]{5}')",
            "VLOOKUP($ObjectType.Z__c.Fields.C__c, $ObjectType.Z__c.Fields.Name, Text__c) <> Text__c",
            "LEFT(Text__c, 2) & 'x' = Text__c",
            "CreatedDate > NOW() - 1",
            "DATEVALUE(CreatedDate) = TODAY()",
        ] {
            assert_eq!(check(&parse(sound).unwrap(), &of_name), [], "{sound}");
        }
    }

    #[test]
    fn what_salesforce_refuses_is_told_with_its_place() {
        for (wrong, offset, says) in [
            (
                "ISBLANK(Text__c, 1)",
                0,
                "ISBLANK takes 1 argument, and here are 2",
            ),
            (
                "Flag__c && ISNEW(1)",
                11,
                "ISNEW takes no argument, and here are 1",
            ),
            (
                "AND() || Flag__c",
                0,
                "AND takes at least 1 argument, and here are 0",
            ),
            (
                "CASE(Any__c, 'a', 1, 'b', 0) = 1",
                0,
                "CASE takes a value, pairs",
            ),
            (
                "CASE(Any__c, 'a', TRUE, FALSE)",
                18,
                "CASE neither takes nor gives",
            ),
            (
                "ISCHANGED(Account.Text__c)",
                10,
                "a field of the record itself",
            ),
            (
                "PRIORVALUE($User.Id) = 'x'",
                11,
                "a field of the record itself",
            ),
            ("Text__c > 5", 10, "`>` compares a text with a number"),
            (
                "Flag__c = 'true'",
                10,
                "`=` compares true or false with a text",
            ),
            (
                "CreatedDate = TODAY()",
                14,
                "`=` compares a date and time with a date",
            ),
            ("Flag__c < TRUE", 10, "`<` takes no true or false"),
            (
                "OR(TRUE, 'x')",
                9,
                "OR takes true or false, and here is a text",
            ),
            (
                "NOT Score__c",
                4,
                "NOT takes true or false, and here is a number",
            ),
            (
                "Flag__c && Text__c",
                11,
                "&& takes true or false, and here is a text",
            ),
            (
                "IF(Score__c, Flag__c, FALSE)",
                3,
                "the condition of IF takes true or false",
            ),
            (
                "Text__c * 2 > 1",
                0,
                "`*` takes numbers, and here is a text",
            ),
            ("-Text__c = Any__c", 1, "a sign stands before a text"),
            (
                "1+1",
                0,
                "must give true or false, and this one gives a number",
            ),
        ] {
            let found = check(&parse(wrong).unwrap(), &of_name);
            let [one] = found.as_slice() else {
                panic!("{wrong}: {found:?}");
            };
            assert!(one.message.contains(says), "{wrong}: {}", one.message);
            assert_eq!(one.offset, offset, "{wrong}");
            assert!(one.is_refused, "{wrong}");
        }
        let unknown = check(&parse("FOOBAR(Text__c)").unwrap(), &of_name);
        assert!(!unknown[0].is_refused && unknown.len() == 1, "{unknown:?}");
    }
}
