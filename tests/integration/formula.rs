//! The formula language from outside.

mod cases;
mod corpora;
mod platform;
mod properties;
mod two_valued;
mod wild;
