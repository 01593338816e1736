//! The formula language from outside.

mod cases;
mod command;
mod corpora;
mod functions;
mod platform;
mod properties;
mod two_valued;
mod wild;
