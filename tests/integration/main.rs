//! Integration tests: permgap from outside.

#[cfg(test)]
mod client;
