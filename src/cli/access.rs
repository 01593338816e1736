//! `permgap access`: what the user may do, and every grant that says so.

use clap::Args;

use super::args::{ClockArgs, SourceArgs, UserArgs};
use super::clock;
use super::context::Context;
use super::exit_status::ExitStatus;
use super::explain::TextOrJson;
use super::org::{Errand, Source, Who, mapping_rows};
use crate::effective::EffectivePermissions;
use crate::error::Error;
use crate::report::access::{self, AccessReport, Asked};

/// Flags of `permgap access`.
#[derive(Debug, Args)]
pub(super) struct AccessArgs {
    /// Objects and fields: `Account`, `Account.Industry`; without any, every object that is known
    #[arg(value_name = "OBJECT[.FIELD]")]
    subjects: Vec<String>,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    user: UserArgs,
    /// Format
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "table",
        help_heading = "Report"
    )]
    format: TextOrJson,
    #[command(flatten)]
    clock: ClockArgs,
}

pub(super) fn run(args: &AccessArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let now = clock::now(&args.clock, &context.config)?;
    let asked = args
        .subjects
        .iter()
        .map(|text| text.parse::<Asked>())
        .collect::<Result<Vec<_>, _>>()?;
    let source = Source::choose(&args.source, &context.config)?;
    let rows = match &source {
        Source::Live(_) => mapping_rows(&[], &context.config, &source)?,
        _ => Vec::new(),
    };
    let errand = Errand {
        compared: None,
        owners: &[],
        who: &args.user,
        rows: &rows,
        asked: &asked,
        formulas: &[],
        allow_host: &args.source.allow_host,
        overlay: &args.source.overlay,
        now,
    };
    let snapshot = source.collect(&errand, context)?;
    let who = Who::find(&args.user, &context.config, &source, &snapshot, now)?;
    let effective = EffectivePermissions::of(&snapshot, &who.subject, context.config.profiles);
    let report = AccessReport::of(&effective, who.user, now.to_string(), &asked);
    let style = context.style;
    match args.format {
        TextOrJson::Json => context.print(|stdout| access::json(&report, stdout))?,
        TextOrJson::Table => context.print(|stdout| access::table(&report, &style, stdout))?,
    }
    Ok(if effective.is_complete() {
        ExitStatus::Success
    } else {
        ExitStatus::NotEvaluated
    })
}
