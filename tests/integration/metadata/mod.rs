//! The metadata reader.

mod access;
mod corpora;
mod faults;
mod generated;
mod schema;
mod tree;
mod trees;
