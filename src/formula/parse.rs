//! From tokens to the tree.
//!
//! In: the text of a formula. Out: an [`Ast`] or the first [`ParseError`]. Operators wait on a stack of
//! our own until an operator that binds less tightly, or a closing bracket, comes: no recursion, so
//! nesting of any depth costs memory only, and each token is handled once.

use super::ast::{Ast, BinaryOp, Node, NodeId, Span, UnaryOp};
use super::error::ParseError;
use super::function::Function;
use super::token::{Kind, Lexer, Token};

/// Parses the formula of a validation rule.
///
/// # Errors
///
/// The first place where the text leaves the grammar; the length limits of Salesforce are no errors,
/// see [`super::limits::warnings`].
pub fn parse(text: &str) -> Result<Ast, ParseError> {
    if u32::try_from(text.len()).is_err() {
        return Err(ParseError::new(0, "the formula is longer than 4 GiB"));
    }
    Parser {
        ast: Ast::new(text),
        lexer: Lexer::new(text),
        text,
        operands: Vec::new(),
        pending: Vec::new(),
    }
    .run()
}

/// A finished value, with the extent that includes its parentheses.
#[derive(Clone, Copy)]
struct Operand {
    id: NodeId,
    span: Span,
}

/// What still waits for its last operand or its closing bracket.
#[derive(Clone, Copy)]
enum Pending {
    Unary(UnaryOp, usize),
    Binary(BinaryOp),
    Paren(usize),
    /// A call: where its name stands, where its parenthesis, and how many operands lie below it.
    Call(Span, usize, usize),
    /// A map: where it starts, how many operands lie below it, whether its keys are texts.
    Map(usize, usize, bool),
}

struct Parser<'t> {
    ast: Ast,
    lexer: Lexer<'t>,
    text: &'t str,
    operands: Vec<Operand>,
    pending: Vec<Pending>,
}

impl Parser<'_> {
    fn run(mut self) -> Result<Ast, ParseError> {
        let mut token = self.lexer.next()?;
        if token.kind == Kind::End {
            return Err(ParseError::new(0, "the formula is empty"));
        }
        // Values and operators take turns; `value` says whose turn it is.
        let mut value = true;
        loop {
            if value {
                (token, value) = self.value(token)?;
                continue;
            }
            match self.after_value(token)? {
                Some(turn) => value = turn,
                None => return Ok(self.ast),
            }
            token = self.lexer.next()?;
        }
    }

    /// Takes a token where a value must start; gives the next token and whether a value is still due.
    fn value(&mut self, token: Token) -> Result<(Token, bool), ParseError> {
        let start = token.span.start();
        match token.kind {
            Kind::Text => self.leaf(Node::Text, token.span),
            Kind::Number => self.leaf(Node::Number, token.span),
            Kind::True => self.leaf(Node::Bool(true), token.span),
            Kind::False => self.leaf(Node::Bool(false), token.span),
            Kind::Null => self.leaf(Node::Null, token.span),
            Kind::Identifier => return self.name(token.span),
            Kind::Not | Kind::Bang => return self.prefix(UnaryOp::Not, start),
            Kind::Minus => return self.prefix(UnaryOp::Minus, start),
            Kind::Plus => return self.prefix(UnaryOp::Plus, start),
            Kind::Open => {
                self.pending.push(Pending::Paren(start));
                return Ok((self.lexer.next()?, true));
            }
            Kind::OpenBracket => {
                let texts = self.key(None)?;
                self.pending
                    .push(Pending::Map(start, self.operands.len() - 1, texts));
                return Ok((self.lexer.next()?, true));
            }
            Kind::Binary(_)
            | Kind::Equal
            | Kind::Close
            | Kind::CloseBracket
            | Kind::Comma
            | Kind::End => return Err(self.expected_value(token)),
        }
        Ok((self.lexer.next()?, false))
    }

    fn prefix(&mut self, operator: UnaryOp, start: usize) -> Result<(Token, bool), ParseError> {
        self.pending.push(Pending::Unary(operator, start));
        Ok((self.lexer.next()?, true))
    }

    /// A name is a call when a parenthesis follows, blanks allowed, and a reference otherwise.
    fn name(&mut self, name: Span) -> Result<(Token, bool), ParseError> {
        let next = self.lexer.next()?;
        if next.kind != Kind::Open {
            self.leaf(Node::Reference, name);
            return Ok((next, false));
        }
        let open = next.span.start();
        self.pending
            .push(Pending::Call(name, open, self.operands.len()));
        let first = self.lexer.next()?;
        if first.kind != Kind::Close {
            return Ok((first, true));
        }
        self.pending.pop();
        self.finish_call(name, self.operands.len(), first.span.end());
        Ok((self.lexer.next()?, false))
    }

    /// Reads `key =` of a map entry; gives whether the key is a text. One map has one kind of key.
    fn key(&mut self, texts: Option<bool>) -> Result<bool, ParseError> {
        let key = self.lexer.next()?;
        let is_text = match (key.kind, texts) {
            (Kind::Text, None | Some(true)) => true,
            (Kind::Identifier, None | Some(false)) => false,
            _ => {
                return Err(ParseError::new(
                    key.span.start(),
                    format!("a map needs a key here, found {}", self.shown(key)),
                ));
            }
        };
        let id = self.ast.push(Node::Key, key.span);
        self.operands.push(Operand { id, span: key.span });
        let equal = self.lexer.next()?;
        if equal.kind != Kind::Equal {
            return Err(ParseError::new(
                equal.span.start(),
                format!("expected `=` after the key, found {}", self.shown(equal)),
            ));
        }
        Ok(is_text)
    }

    /// Takes a token after a finished value; gives whether a value is due next, `None` at the end.
    fn after_value(&mut self, token: Token) -> Result<Option<bool>, ParseError> {
        let end = token.span.end();
        match token.kind {
            Kind::Binary(operator) => self.infix(operator),
            Kind::Equal => self.infix(BinaryOp::Equal),
            Kind::Plus => self.infix(BinaryOp::Add),
            Kind::Minus => self.infix(BinaryOp::Subtract),
            Kind::Comma => {
                self.reduce(0);
                match self.pending.last().copied() {
                    Some(Pending::Call(..)) => {}
                    Some(Pending::Map(_, _, texts)) => {
                        self.key(Some(texts))?;
                    }
                    _ => return Err(self.expected_operator(token)),
                }
            }
            Kind::Close => {
                self.reduce(0);
                match self.pending.last().copied() {
                    Some(Pending::Paren(open)) => {
                        self.pending.pop();
                        if let Some(operand) = self.operands.last_mut() {
                            operand.span = Span::new(open, end);
                        }
                        self.finish_value();
                    }
                    Some(Pending::Call(name, _, below)) => {
                        self.pending.pop();
                        self.finish_call(name, below, end);
                    }
                    _ => return Err(self.expected_operator(token)),
                }
                return Ok(Some(false));
            }
            Kind::CloseBracket => {
                self.reduce(0);
                let Some(Pending::Map(start, below, _)) = self.pending.last().copied() else {
                    return Err(self.expected_operator(token));
                };
                self.pending.pop();
                let entries = self.take_operands(below);
                self.leaf(Node::Map(entries), Span::new(start, end));
                return Ok(Some(false));
            }
            Kind::End => {
                self.reduce(0);
                return match self.pending.last() {
                    None => Ok(None),
                    Some(_) => Err(self.unclosed(token)),
                };
            }
            _ => return Err(self.expected_operator(token)),
        }
        Ok(Some(true))
    }

    fn infix(&mut self, operator: BinaryOp) {
        self.reduce(operator.precedence());
        self.pending.push(Pending::Binary(operator));
    }

    /// Builds all waiting binary operators that bind at least as tightly as `precedence`.
    fn reduce(&mut self, precedence: u8) {
        while let Some(Pending::Binary(operator)) = self.pending.last().copied() {
            if operator.precedence() < precedence {
                return;
            }
            self.pending.pop();
            if let (Some(right), Some(left)) = (self.operands.pop(), self.operands.pop()) {
                let span = Span::new(left.span.start(), right.span.end());
                let id = self
                    .ast
                    .push(Node::Binary(operator, left.id, right.id), span);
                self.operands.push(Operand { id, span });
            }
        }
    }

    fn leaf(&mut self, node: Node, span: Span) {
        let id = self.ast.push(node, span);
        self.operands.push(Operand { id, span });
        self.finish_value();
    }

    /// A prefix binds more tightly than anything else, so it is built as soon as its value is there.
    fn finish_value(&mut self) {
        while let Some(Pending::Unary(operator, start)) = self.pending.last().copied() {
            self.pending.pop();
            if let Some(operand) = self.operands.pop() {
                let span = Span::new(start, operand.span.end());
                let id = self.ast.push(Node::Unary(operator, operand.id), span);
                self.operands.push(Operand { id, span });
            }
        }
    }

    fn finish_call(&mut self, name: Span, below: usize, end: usize) {
        let arguments = self.take_operands(below);
        let function = Function::named(self.ast.source(name));
        let call = Node::Call {
            function,
            name,
            arguments,
        };
        self.leaf(call, Span::new(name.start(), end));
    }

    fn take_operands(&mut self, below: usize) -> super::ast::Children {
        let below = below.min(self.operands.len());
        self.ast
            .push_children(self.operands.drain(below..).map(|operand| operand.id))
    }

    fn shown(&self, token: Token) -> String {
        match self.text.get(token.span.start()..token.span.end()) {
            None | Some("") => "the end of the formula".to_owned(),
            Some(text) if text.chars().count() > 40 => {
                format!("`{}…`", text.chars().take(40).collect::<String>())
            }
            Some(text) => format!("`{text}`"),
        }
    }

    fn expected_value(&self, token: Token) -> ParseError {
        let hint = match token.kind {
            Kind::Binary(BinaryOp::Less | BinaryOp::Greater)
                if self
                    .text
                    .get(..token.span.start())
                    .is_some_and(|before| before.ends_with('=')) =>
            {
                "; 'at most' and 'at least' are written `<=` and `>=`"
            }
            _ => "",
        };
        ParseError::new(
            token.span.start(),
            format!("expected a value, found {}{hint}", self.shown(token)),
        )
    }

    fn expected_operator(&self, token: Token) -> ParseError {
        let word = self
            .text
            .get(token.span.start()..token.span.end())
            .unwrap_or_default();
        let (found, hint) = (
            self.shown(token),
            match token.kind {
                Kind::Close => {
                    return ParseError::new(
                        token.span.start(),
                        "this `)` closes nothing that was opened",
                    );
                }
                Kind::CloseBracket => {
                    return ParseError::new(
                        token.span.start(),
                        "this `]` closes nothing that was opened",
                    );
                }
                Kind::Comma => "; only the arguments of a function are parted by commas",
                Kind::Identifier
                    if word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or") =>
                {
                    "; AND and OR are functions, between two values write `&&` or `||`"
                }
                _ => "",
            },
        );
        ParseError::new(
            token.span.start(),
            format!("expected an operator, found {found}{hint}"),
        )
    }

    fn unclosed(&self, end: Token) -> ParseError {
        let (what, at) = match self.pending.last() {
            Some(Pending::Paren(at) | Pending::Call(_, at, _)) => ("`)`", *at),
            Some(Pending::Map(at, _, _)) => ("`]`", *at),
            _ => return self.expected_value(end),
        };
        let (line, column) = ParseError::new(at, "").line_and_column(self.text);
        ParseError::new(
            end.span.start(),
            format!(
                "a {what} is missing: what opens at line {line}, column {column} is not closed"
            ),
        )
    }
}
