//! What a SOQL statement says.

/// A column or a walk over relationships to one: `Profile.UserLicense.Name`.
pub(crate) type Path = Vec<String>;

/// A SELECT statement.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Query {
    /// What is selected; empty for `COUNT()`.
    pub(crate) items: Vec<Item>,
    /// `SELECT COUNT()`.
    pub(crate) count: bool,
    /// The object, or in a child subquery the relationship.
    pub(crate) from: String,
    /// WHERE.
    pub(crate) filter: Option<Expr>,
    /// GROUP BY.
    pub(crate) group_by: Vec<Path>,
    /// ORDER BY.
    pub(crate) order_by: Vec<Order>,
    /// LIMIT.
    pub(crate) limit: Option<usize>,
    /// OFFSET.
    pub(crate) offset: Option<usize>,
}

/// One selected thing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// A column.
    Column(Path, Option<String>),
    /// `COUNT(Id)`, `MAX(CreatedDate)` …, with its alias.
    Aggregate(Function, Path, Option<String>),
    /// `(SELECT … FROM Contacts)`.
    Child(Box<Query>),
}

/// An aggregate function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Count,
    CountDistinct,
    Min,
    Max,
    Sum,
    Avg,
}

/// One column of ORDER BY.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    pub(crate) path: Path,
    pub(crate) descending: bool,
    pub(crate) nulls_last: bool,
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Compare(Path, Operator, Literal),
    In {
        path: Path,
        negated: bool,
        values: Vec<Literal>,
    },
    SemiJoin {
        path: Path,
        negated: bool,
        query: Box<Query>,
    },
    Includes {
        path: Path,
        negated: bool,
        values: Vec<Literal>,
    },
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
}

/// A value written in the statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
    /// `2026-01-31`.
    Date(String),
    /// `2026-01-31T10:00:00Z`.
    DateTime(String),
    /// `TODAY`, `LAST_N_DAYS:30`.
    Relative(String, i64),
}

impl Expr {
    /// The conditions that must all hold: the parts of a conjunction, or the one condition there is.
    pub(crate) fn conjuncts(&self) -> Vec<&Expr> {
        match self {
            Self::And(parts) => parts.iter().flat_map(Self::conjuncts).collect(),
            other => vec![other],
        }
    }
}
