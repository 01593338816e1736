//! The formula language from outside.

mod cases;
mod command;
mod corpora;
mod properties;
mod two_valued;
