//! The `permgap` command.

use std::io::{BufWriter, stderr, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut out = BufWriter::new(stdout().lock());
    permgap::cli::run(std::env::args_os(), &mut out, &mut stderr().lock()).into()
}
