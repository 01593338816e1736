//! Salesforce's formula language, as validation rules use it.
//!
//! In: the text of a formula and what is known of the user, the org and the sync. Out: a tree, the names
//! it refers to, and whether the rule can fire. Pure: no input or output, and nothing of snapshots, users
//! or mappings; whoever knows those fills an [`Env`].
//!
//! The grammar is that of `salesforce/formula-engine` (the public engine). Nothing here recurses, so
//! no depth of nesting exhausts the stack, and all of it takes linear time.

mod ast;
mod bypass;
mod check;
mod clause;
mod demand;
mod error;
mod evaluate;
mod flow;
mod function;
mod judge;
mod known;
pub mod limits;
mod number;
mod parse;
mod print;
mod reason;
mod references;
mod result;
mod signature;
mod text;
mod token;
mod value;
mod ways;

pub use ast::{Ast, BinaryOp, Children, Node, NodeId, Operands, Span, UnaryOp};
pub use bypass::{BypassIdiom, BypassKind, Reach, bypass_idioms};
pub use clause::{BypassClause, wrap};
pub use demand::ways_to_make_false;
pub use error::ParseError;
pub use evaluate::{Outcome, Verdict, evaluate};
pub use flow::without_braces;
pub use function::Function;
pub use judge::{
    Fault, Judgement, Known, LineError, Request, judge, judge_typed, judge_with, read_line,
};
pub use number::Number;
pub use parse::parse;
pub use print::{print, print_part, quote};
pub use reason::Because;
pub use references::{References, references};
pub use result::ResultType;
pub use value::{Env, Operation, Value};
pub use ways::{Demand, Need, Ways};
