//! The formula language from outside.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod cases;
mod corpora;
mod properties;
mod two_valued;
