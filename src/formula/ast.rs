//! The tree of a formula, laid flat.
//!
//! In: nodes from the parser, children before their parents. Out: [`Ast`], which owns the text and
//! lets everything else walk the tree without recursion: a pass from the first node to the last sees
//! each child before its parent. Knows nothing of what an operator or a function does.

use std::borrow::Cow;

use super::function::Function;

/// A stretch of the formula's text, in bytes: start included, end not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Both ends must lie below 4 GiB, which the parser checks once for the whole text.
    pub(super) fn new(start: usize, end: usize) -> Self {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: narrow(start),
            end: narrow(end),
        }
    }

    /// The offset of the first byte.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// The offset after the last byte.
    pub fn end(self) -> usize {
        self.end as usize
    }
}

/// Names one node of one tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

/// The children of a call or a map, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Children {
    start: u32,
    end: u32,
}

impl Children {
    /// How many there are.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// An operator before its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `NOT` or `!`
    Not,
    /// `-`
    Minus,
    /// `+`
    Plus,
}

/// An operator between two values. All associate to the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `=` or `==`
    Equal,
    /// `<>` or `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `&`
    Concat,
    /// `^`
    Power,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl BinaryOp {
    /// How tightly the operator binds, 1 the loosest. `^` is looser than `*`, against all custom.
    pub fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::NotEqual => 3,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 4,
            Self::Add | Self::Subtract | Self::Concat => 5,
            Self::Power => 6,
            Self::Multiply | Self::Divide => 7,
        }
    }

    /// The operator as it is printed.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Concat => "&",
            Self::Power => "^",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }
}

/// One node. Texts, numbers and names are where the node's span says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// A text in quotes; see [`Ast::literal`].
    Text,
    /// A number as written.
    Number,
    /// `TRUE` or `FALSE`
    Bool(bool),
    /// `NULL`
    Null,
    /// A field path or a global (`$User.Id`).
    Reference,
    /// An operator before a value.
    Unary(UnaryOp, NodeId),
    /// An operator between two values.
    Binary(BinaryOp, NodeId, NodeId),
    /// A function call.
    Call {
        /// Which function, where the evaluator knows it.
        function: Function,
        /// Where its name stands.
        name: Span,
        /// The arguments.
        arguments: Children,
    },
    /// `[key = value, …]`: parses, though no function of validation rules takes one. Keys and values
    /// alternate.
    Map(Children),
    /// The key of a map entry, a name or a text in quotes; it refers to nothing.
    Key,
}

/// A parsed formula with its text.
#[derive(Clone, Debug)]
pub struct Ast {
    text: Box<str>,
    nodes: Vec<(Node, Span)>,
    children: Vec<NodeId>,
}

impl Ast {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: Box::from(text),
            // Real formulas have a node for every eight characters or so.
            nodes: Vec::with_capacity(text.len() / 8 + 1),
            children: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, node: Node, span: Span) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push((node, span));
        id
    }

    pub(super) fn push_children(&mut self, ids: impl Iterator<Item = NodeId>) -> Children {
        let count = |children: &Vec<NodeId>| u32::try_from(children.len()).unwrap_or(u32::MAX);
        let start = count(&self.children);
        self.children.extend(ids);
        Children {
            start,
            end: count(&self.children),
        }
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The node at the top; `None` never happens for a parsed formula.
    pub fn root(&self) -> Option<NodeId> {
        let last = self.nodes.len().checked_sub(1)?;
        Some(NodeId(u32::try_from(last).ok()?))
    }

    /// All nodes, every child before its parent.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (NodeId, Node, Span)> + '_ {
        self.nodes
            .iter()
            .enumerate()
            .map(|(at, (node, span))| (NodeId(u32::try_from(at).unwrap_or(u32::MAX)), *node, *span))
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node: never, for a parsed formula.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node of this name (`NULL` for a name of another tree).
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes
            .get(id.index())
            .map_or(Node::Null, |(node, _)| *node)
    }

    /// Where the node stands, with the parentheses of its operands but without its own.
    pub fn span(&self, id: NodeId) -> Span {
        self.nodes
            .get(id.index())
            .map_or(Span::default(), |(_, span)| *span)
    }

    /// The children that a call or a map names.
    pub fn children(&self, children: Children) -> &[NodeId] {
        self.children
            .get(children.start as usize..children.end as usize)
            .unwrap_or_default()
    }

    /// All operands of a node, from left to right.
    pub fn operands(&self, node: Node) -> Operands<'_> {
        match node {
            Node::Unary(_, operand) => Operands::Few([Some(operand), None], 0),
            Node::Binary(_, left, right) => Operands::Few([Some(left), Some(right)], 0),
            Node::Call { arguments, .. } | Node::Map(arguments) => {
                Operands::Many(self.children(arguments).iter())
            }
            Node::Text
            | Node::Number
            | Node::Bool(_)
            | Node::Null
            | Node::Reference
            | Node::Key => Operands::Few([None, None], 0),
        }
    }

    /// The first node of the subtree under `id`: the subtree is all nodes from there to `id`.
    pub fn first_of(&self, id: NodeId) -> NodeId {
        let mut at = id;
        while let Some(first) = self.operands(self.node(at)).next() {
            at = first;
        }
        at
    }

    /// The nodes of the subtree under `id`, every child before its parent.
    pub fn subtree(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        (self.first_of(id).0..=id.0).map(NodeId)
    }

    /// The text under a span.
    pub fn source(&self, span: Span) -> &str {
        self.text.get(span.start()..span.end()).unwrap_or_default()
    }

    /// What a text in quotes stands for, escapes resolved. `None` where an escape is written with a
    /// capital (`"\N"`): it parses, but what it becomes is not known.
    pub fn literal(&self, id: NodeId) -> Option<Cow<'_, str>> {
        unescape(self.source(self.span(id)))
    }

    /// Whether both are the same tree: spans, comments, superfluous parentheses, the kind of quotes and
    /// the case of function names do not count.
    pub fn same_tree(&self, other: &Self) -> bool {
        self.nodes.len() == other.nodes.len()
            && self.nodes().zip(other.nodes()).all(
                |((id, node, span), (other_id, twin, twin_span))| {
                    let (here, there) = (self.source(span), other.source(twin_span));
                    match (node, twin) {
                        (Node::Text, Node::Text) => {
                            match (self.literal(id), other.literal(other_id)) {
                                (None, None) => here == there,
                                (one, two) => one == two,
                            }
                        }
                        (Node::Number, Node::Number)
                        | (Node::Reference, Node::Reference)
                        | (Node::Key, Node::Key) => here == there,
                        (
                            Node::Call {
                                name, arguments, ..
                            },
                            Node::Call {
                                name: twin_name,
                                arguments: twin_arguments,
                                ..
                            },
                        ) => {
                            self.source(name)
                                .eq_ignore_ascii_case(other.source(twin_name))
                                && self.children(arguments) == other.children(twin_arguments)
                        }
                        (Node::Map(entries), Node::Map(twin_entries)) => {
                            self.children(entries) == other.children(twin_entries)
                        }
                        _ => node == twin,
                    }
                },
            )
    }
}

impl NodeId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The operands of one node; see [`Ast::operands`].
pub enum Operands<'a> {
    /// Of an operator or a leaf.
    Few([Option<NodeId>; 2], usize),
    /// Of a call or a map.
    Many(std::slice::Iter<'a, NodeId>),
}

impl Iterator for Operands<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        match self {
            Self::Few(ids, at) => {
                let id = ids.get(*at).copied().flatten();
                *at += 1;
                id
            }
            Self::Many(rest) => rest.next().copied(),
        }
    }
}

/// Strips the quotes and resolves the escapes.
fn unescape(quoted: &str) -> Option<Cow<'_, str>> {
    let inside = quoted.get(1..quoted.len().checked_sub(1)?)?;
    if !inside.contains('\\') {
        return Some(Cow::Borrowed(inside));
    }
    let mut result = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        result.push(match character {
            '\\' => match characters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                same @ ('"' | '\'' | '\\') => same,
                _ => return None,
            },
            _ => character,
        });
    }
    Some(Cow::Owned(result))
}
