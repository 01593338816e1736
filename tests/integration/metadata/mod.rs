//! The metadata reader.

mod access;
mod corpora;
mod faults;
mod generated;
mod schema;
pub(crate) mod tree;
mod trees;
