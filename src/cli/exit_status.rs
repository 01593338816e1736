//! Every exit status, the same in each command and format.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// 0: nothing at or above `--fail-on`.
    Success,
    /// 1: findings at or above `--fail-on`.
    Findings,
    /// 2: the work could not be done: usage, input, login, collection, output.
    Failure,
    /// 3: it ran and no finding fails, but something required could not be evaluated.
    NotEvaluated,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(match status {
            ExitStatus::Success => 0,
            ExitStatus::Findings => 1,
            ExitStatus::Failure => 2,
            ExitStatus::NotEvaluated => 3,
        })
    }
}
