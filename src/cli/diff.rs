//! `permgap diff`: two JSON reports side by side.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::args::FailOn;
use super::context::Context;
use super::exit_status::ExitStatus;
use crate::error::Error;
use crate::report::diff::{self, Diff};
use crate::report::json::{self, v1};

/// Most bytes that are read of a report.
const SIZE_LIMIT: u64 = 1024 * 1024 * 1024;

/// Flags of `permgap diff`.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The earlier report, of `permgap audit -o OLD.json`
    old: PathBuf,
    /// The later report
    new: PathBuf,
    /// Format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: DiffFormat,
    /// The least severity of a new finding that makes the exit status 1 [default: high]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
}

/// The formats of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DiffFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For a comment on a pull request.
    Markdown,
}

pub(super) fn run(args: &DiffArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let fail_on = FailOn::of(args.fail_on, &context.config)?;
    let diff = Diff::of(&read(&args.old)?, &read(&args.new)?);
    let style = context.style;
    match args.format {
        DiffFormat::Table => context.print(|stdout| diff::table(&diff, &style, stdout))?,
        DiffFormat::Json => context.print(|stdout| diff::json(&diff, stdout))?,
        DiffFormat::Markdown => context.print(|stdout| diff::markdown(&diff, stdout))?,
    }
    let fails = diff
        .counting()
        .any(|finding| fail_on.fails(finding.severity));
    Ok(if fails {
        ExitStatus::Findings
    } else {
        ExitStatus::Success
    })
}

fn read(path: &Path) -> Result<v1::Report, Error> {
    let shown = path.display().to_string();
    let unreadable = |source| Error::Input {
        path: shown.clone(),
        source,
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > SIZE_LIMIT {
        return Err(Error::Usage(format!("`{shown}` is larger than any report")));
    }
    // Some shells and editors of Windows put one before the text.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    json::read(text).map_err(|error| Error::Usage(format!("`{shown}`: {error}")))
}
