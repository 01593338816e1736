//! The formula language from outside.

mod cases;
mod corpora;
mod properties;
mod two_valued;
