//! The `permgap` command.
fn main() {}
