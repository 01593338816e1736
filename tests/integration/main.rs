//! Integration tests: permgap from outside.

mod client;
