//! `permgap snapshot`: collect, and save one JSON file.

use std::path::PathBuf;

use clap::Args;

use super::args::{ClockArgs, SourceArgs, UserArgs};
use super::clock;
use super::context::Context;
use super::exit_status::ExitStatus;
use super::org::{Errand, Source, mapping_rows};
use crate::error::Error;
use crate::snapshot::store;

/// Flags of `permgap snapshot`.
#[derive(Debug, Args)]
pub(super) struct SnapshotArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Username or id of the integration user, for a live org
    #[arg(long, value_name = "USERNAME|ID", help_heading = "Integration user")]
    user: Option<String>,
    /// A file of field mappings, which names what to collect of a live org (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "What HubSpot needs")]
    mappings: Vec<PathBuf>,
    #[command(flatten)]
    clock: ClockArgs,
    /// Where to save it: `.json`, or `.json.gz` to compress
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(args: &SnapshotArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let source = Source::choose(&args.source, &context.config)?;
    let rows = match &source {
        Source::Live(_) => mapping_rows(&args.mappings, &context.config, &source)?,
        _ => Vec::new(),
    };
    let who = UserArgs {
        user: args.user.clone(),
        ..UserArgs::default()
    };
    let errand = Errand {
        compared: None,
        owners: &[],
        who: &who,
        rows: &rows,
        asked: &[],
        formulas: &[],
        allow_host: &args.source.allow_host,
        overlay: &args.source.overlay,
        now: clock::now(&args.clock, &context.config)?,
    };
    let snapshot = source.collect(&errand, context)?;
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
