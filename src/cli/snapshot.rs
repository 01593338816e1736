//! `permgap snapshot`: collect, and save one JSON file.

use std::path::PathBuf;

use clap::Args;

use super::args::SourceArgs;
use super::context::Context;
use super::exit_status::ExitStatus;
use super::org::Source;
use crate::error::Error;
use crate::snapshot::store;

/// Flags of `permgap snapshot`.
#[derive(Debug, Args)]
pub(super) struct SnapshotArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Where to save it: `.json`, or `.json.gz` to compress
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(args: &SnapshotArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let source = Source::choose(&args.source, &context.config)?;
    let snapshot = source.collect(&args.source, context)?;
    store::save(&snapshot, &args.output)?;
    context.note(&format!("saved {}", args.output.display()));
    for problem in &snapshot.problems {
        let place = match problem.line {
            Some(line) => format!("{}:{line}", problem.place),
            None => problem.place.clone(),
        };
        context.note(&format!("{place}: {}", problem.message));
    }
    Ok(ExitStatus::Success)
}
