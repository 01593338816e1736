//! Runs the built binary with nothing of the machine's own environment.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// What one run gave.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }
}

/// The built binary in `folder`, with an empty environment and home.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("permgap").unwrap();
    command
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("SOURCE_DATE_EPOCH", "1790000000");
    command
}

/// Runs permgap in `folder`.
pub(crate) fn permgap(folder: &Path, args: &[&str]) -> Run {
    finish(command(folder).args(args))
}

pub(crate) fn finish(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
