//! Reads tokens into a [`Query`].

use super::super::refusal::Refusal;
use super::ast::{Expr, Function, Item, Literal, Operator, Order, Path, Query};
use super::lexer::{Token, cut};

/// The longest statement that Salesforce takes, in characters (SOQL and SOSL Reference).
const LONGEST: usize = 100_000;
/// Deepest nesting of conditions that is read.
const DEEPEST: usize = 60;

/// Reads one statement.
///
/// # Errors
/// `MALFORMED_QUERY` on anything that is not SOQL, or is SOQL that the simulated org does not know (it says so).
pub(crate) fn parse(text: &str) -> Result<Query, Refusal> {
    if text.chars().count() > LONGEST {
        return Err(Refusal::malformed(
            "SOQL statements cannot be longer than 100000 characters.",
        ));
    }
    let mut parser = Parser {
        tokens: cut(text)?,
        at: 0,
    };
    let query = parser.query(0)?;
    match parser.tokens.get(parser.at) {
        None => Ok(query),
        Some(token) => Err(unexpected(Some(token))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

fn unexpected(token: Option<&Token>) -> Refusal {
    Refusal::malformed(match token {
        None => "unexpected token: '<EOF>'".to_owned(),
        Some(Token::Word(word) | Token::Number(word) | Token::Moment(word)) => {
            format!("unexpected token: '{word}'")
        }
        Some(Token::Text(text)) => format!("unexpected token: '{text}'"),
        Some(Token::Sign(sign)) => format!("unexpected token: '{sign}'"),
    })
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
    }

    fn is_sign(&self, ahead: usize, sign: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(Token::Sign(found)) if *found == sign)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        self.at += usize::from(found);
        found
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(0, sign);
        self.at += usize::from(found);
        found
    }

    fn want_word(&mut self, word: &str) -> Result<(), Refusal> {
        if self.take_word(word) {
            Ok(())
        } else {
            Err(unexpected(self.peek()))
        }
    }

    fn want_sign(&mut self, sign: &str) -> Result<(), Refusal> {
        if self.take_sign(sign) {
            Ok(())
        } else {
            Err(unexpected(self.peek()))
        }
    }

    fn name(&mut self) -> Result<String, Refusal> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.at += 1;
                Ok(word)
            }
            other => Err(unexpected(other)),
        }
    }

    fn path(&mut self) -> Result<Path, Refusal> {
        let mut path = vec![self.name()?];
        while self.take_sign(".") {
            path.push(self.name()?);
        }
        // SOQL and SOSL Reference, "Relationship Queries": five levels from child to parent.
        if path.len() > 6 {
            return Err(Refusal::malformed(
                "SOQL relationships cannot reference more than 5 levels from child to parent",
            ));
        }
        Ok(path)
    }

    fn number(&mut self) -> Result<usize, Refusal> {
        match self.peek() {
            Some(Token::Number(text)) => {
                let number = text.parse().map_err(|_| unexpected(self.peek()))?;
                self.at += 1;
                Ok(number)
            }
            other => Err(unexpected(other)),
        }
    }

    fn query(&mut self, depth: usize) -> Result<Query, Refusal> {
        let mut query = Query::default();
        self.want_word("SELECT")?;
        if self.is_word(0, "COUNT") && self.is_sign(1, "(") && self.is_sign(2, ")") {
            query.count = true;
            self.at += 3;
        } else {
            query.items.push(self.item(depth)?);
            while self.take_sign(",") {
                query.items.push(self.item(depth)?);
            }
        }
        self.want_word("FROM")?;
        query.from = self.name()?;
        if self.take_sign(",") || self.is_word(0, "USING") || self.is_word(0, "AS") {
            return Err(Refusal::malformed(
                "the simulated org knows no alias and no USING SCOPE in FROM",
            ));
        }
        if self.take_word("WHERE") {
            query.filter = Some(self.condition(depth)?);
        }
        if self.take_word("GROUP") {
            self.want_word("BY")?;
            query.group_by.push(self.path()?);
            while self.take_sign(",") {
                query.group_by.push(self.path()?);
            }
        }
        if self.take_word("ORDER") {
            self.want_word("BY")?;
            query.order_by.push(self.order()?);
            while self.take_sign(",") {
                query.order_by.push(self.order()?);
            }
        }
        if self.take_word("LIMIT") {
            query.limit = Some(self.number()?);
        }
        if self.take_word("OFFSET") {
            let offset = self.number()?;
            if offset > 2000 {
                return Err(Refusal::new(
                    400,
                    "NUMBER_OUTSIDE_VALID_RANGE",
                    "Maximum SOQL offset allowed is 2000",
                ));
            }
            query.offset = Some(offset);
        }
        Ok(query)
    }

    fn item(&mut self, depth: usize) -> Result<Item, Refusal> {
        if self.take_sign("(") {
            if depth > 0 {
                return Err(Refusal::malformed(
                    "the simulated org nests child subqueries once",
                ));
            }
            let child = self.query(depth + 1)?;
            self.want_sign(")")?;
            return Ok(Item::Child(Box::new(child)));
        }
        if self.is_sign(1, "(") {
            let name = self.name()?;
            let function = match name.to_ascii_uppercase().as_str() {
                "COUNT" => Function::Count,
                "COUNT_DISTINCT" => Function::CountDistinct,
                "MIN" => Function::Min,
                "MAX" => Function::Max,
                "SUM" => Function::Sum,
                "AVG" => Function::Avg,
                _ => {
                    return Err(Refusal::malformed(format!(
                        "the simulated org does not know the function {name}"
                    )));
                }
            };
            self.want_sign("(")?;
            let path = self.path()?;
            self.want_sign(")")?;
            return Ok(Item::Aggregate(function, path, self.alias()?));
        }
        let path = self.path()?;
        let alias = self.alias()?;
        Ok(Item::Column(path, alias))
    }

    fn alias(&mut self) -> Result<Option<String>, Refusal> {
        match self.peek() {
            Some(Token::Word(word)) if !word.eq_ignore_ascii_case("FROM") => self.name().map(Some),
            _ => Ok(None),
        }
    }

    fn order(&mut self) -> Result<Order, Refusal> {
        let path = self.path()?;
        let descending = self.take_word("DESC");
        if !descending {
            self.take_word("ASC");
        }
        let mut nulls_last = false;
        if self.take_word("NULLS") {
            nulls_last = self.take_word("LAST");
            if !nulls_last {
                self.want_word("FIRST")?;
            }
        }
        Ok(Order {
            path,
            descending,
            nulls_last,
        })
    }

    /// A condition: AND and OR do not mix without parentheses (SOQL and SOSL Reference, "Logical Operators").
    fn condition(&mut self, depth: usize) -> Result<Expr, Refusal> {
        if depth > DEEPEST {
            return Err(Refusal::new(
                400,
                "QUERY_TOO_COMPLICATED",
                "Query is too complicated",
            ));
        }
        let first = self.single(depth)?;
        let word = ["AND", "OR"].into_iter().find(|word| self.is_word(0, word));
        let Some(word) = word else { return Ok(first) };
        let mut parts = vec![first];
        while self.take_word(word) {
            parts.push(self.single(depth)?);
        }
        if self.is_word(0, "AND") || self.is_word(0, "OR") {
            return Err(unexpected(self.peek()));
        }
        Ok(if word == "AND" {
            Expr::And(parts)
        } else {
            Expr::Or(parts)
        })
    }

    fn single(&mut self, depth: usize) -> Result<Expr, Refusal> {
        if self.take_word("NOT") {
            return Ok(Expr::Not(Box::new(self.single(depth + 1)?)));
        }
        if self.take_sign("(") {
            let inner = self.condition(depth + 1)?;
            self.want_sign(")")?;
            return Ok(inner);
        }
        let path = self.path()?;
        let negated = self.is_word(0, "NOT") && self.is_word(1, "IN");
        self.at += usize::from(negated);
        if self.take_word("IN") {
            if self.is_sign(0, "(") && self.is_word(1, "SELECT") {
                self.at += 1;
                let query = self.query(depth + 1)?;
                self.want_sign(")")?;
                return Ok(Expr::SemiJoin {
                    path,
                    negated,
                    query: Box::new(query),
                });
            }
            return Ok(Expr::In {
                path,
                negated,
                values: self.list()?,
            });
        }
        for (word, negated) in [("INCLUDES", false), ("EXCLUDES", true)] {
            if self.take_word(word) {
                return Ok(Expr::Includes {
                    path,
                    negated,
                    values: self.list()?,
                });
            }
        }
        let operator = match self.peek() {
            Some(Token::Sign("=")) => Operator::Equal,
            Some(Token::Sign("!=")) => Operator::NotEqual,
            Some(Token::Sign("<")) => Operator::Less,
            Some(Token::Sign("<=")) => Operator::LessOrEqual,
            Some(Token::Sign(">")) => Operator::Greater,
            Some(Token::Sign(">=")) => Operator::GreaterOrEqual,
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("LIKE") => Operator::Like,
            other => return Err(unexpected(other)),
        };
        self.at += 1;
        Ok(Expr::Compare(path, operator, self.literal()?))
    }

    fn list(&mut self) -> Result<Vec<Literal>, Refusal> {
        self.want_sign("(")?;
        let mut values = vec![self.literal()?];
        while self.take_sign(",") {
            values.push(self.literal()?);
        }
        self.want_sign(")")?;
        Ok(values)
    }

    fn literal(&mut self) -> Result<Literal, Refusal> {
        let token = self.peek().cloned();
        let literal = match &token {
            Some(Token::Text(text)) => Literal::Text(text.clone()),
            Some(Token::Number(text)) => {
                Literal::Number(text.parse().map_err(|_| unexpected(token.as_ref()))?)
            }
            Some(Token::Moment(text)) if text.contains('T') => Literal::DateTime(text.clone()),
            Some(Token::Moment(text)) => Literal::Date(text.clone()),
            Some(Token::Word(word)) => match word.to_ascii_uppercase().as_str() {
                "TRUE" => Literal::Bool(true),
                "FALSE" => Literal::Bool(false),
                "NULL" => Literal::Null,
                upper @ ("TODAY" | "YESTERDAY" | "TOMORROW") => {
                    Literal::Relative(upper.to_owned(), 0)
                }
                upper @ ("LAST_N_DAYS" | "NEXT_N_DAYS" | "N_DAYS_AGO") => {
                    self.at += 1;
                    self.want_sign(":")?;
                    let days = self.number()?;
                    return Ok(Literal::Relative(
                        upper.to_owned(),
                        i64::try_from(days).unwrap_or(0),
                    ));
                }
                _ => return Err(unexpected(token.as_ref())),
            },
            other => return Err(unexpected(other.as_ref())),
        };
        self.at += 1;
        Ok(literal)
    }
}
