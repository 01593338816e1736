//! SOQL: a lexer, a parser and an evaluator over the tables of an [`Org`](super::org::Org).
//!
//! Written from the SOQL and SOSL Reference; what a statement may not say is refused as Salesforce refuses it
//! (`refuse`), with the real error codes.

pub(crate) mod ast;
pub(crate) mod columns;
pub(crate) mod evaluate;
mod filter;
mod lexer;
pub(crate) mod parser;
mod refuse;
pub(crate) mod value;
