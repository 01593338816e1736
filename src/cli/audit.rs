//! `permgap audit`: collect, evaluate, report.

use std::path::PathBuf;

use clap::Args;

use super::args::{FailOn, format_parser};
use super::audited::{Asked, AuditedArgs};
use super::change::{Change, ChangeArgs};
use super::context::Context;
use super::exit_status::ExitStatus;
use super::known::{KnownArgs, KnownFindings};
use super::output;
use crate::audit;
use crate::error::Error;
use crate::finding::BaselineState;
use crate::report::{AuditReport, Format};

const EXAMPLES: &str = "\
Examples:
  permgap audit --demo -o gaps.html
      the org that is built in, as one page
  permgap audit --source-dir force-app --profile \"HubSpot\" --mappings mappings.csv --fail-on medium
      a metadata tree; gaps of medium severity fail as well
  permgap audit --source-dir force-app --profile \"HubSpot\" --mappings mappings.csv --write-baseline
      what is open now is known from now on: permgap-baseline.json
  permgap audit --source-dir force-app --profile \"HubSpot\" --mappings mappings.csv --changed-since origin/main
      only what the branch brings

The formats of -o by ending: .csv .json .sarif .xml (JUnit) .html .md";

/// Flags of `permgap audit`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    audited: AuditedArgs,
    /// Format of the report on standard output [default: table]
    #[arg(long, value_name = "FORMAT", help_heading = "Report", value_parser = format_parser())]
    format: Option<Format>,
    /// Write the report to a file as well; the ending tells the format (repeatable)
    #[arg(long, short, value_name = "FILE", help_heading = "Report")]
    output: Vec<PathBuf>,
    /// The least severity that makes the exit status 1 [default: high]
    #[arg(long, value_name = "SEVERITY", help_heading = "Report")]
    fail_on: Option<FailOn>,
    /// An audit that must be evaluated, or `all`; otherwise the exit status is 3 (repeatable)
    #[arg(long, value_name = "AUDIT", help_heading = "Report")]
    require: Vec<String>,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn run(args: &AuditArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    // Everything that can be wrong in flags and files is looked at before the long work.
    let asked = Asked::of(&args.audited, context)?;
    let rules = Rules::of(args, context)?;
    let outputs = output::targets(&args.output, &context.config.output)?;
    let format = output::format(args.format, context)?;
    let known = KnownFindings::of(&args.known, &context.config)?;
    let change = Change::of(
        &args.change,
        &context.config,
        &asked.source,
        &args.audited.source.overlay,
    )?;

    let over_org = change.as_ref().is_some_and(Change::is_over_org);
    let (audited, base) = asked.collect_with_base(context, over_org)?;
    let input = audited.input(&context.config);
    let mut report = match &change {
        Some(change) => change.report(&input, base, &args.audited.needs.mappings, context)?,
        None => audit::run(&input),
    };
    known.apply(&mut report, audited.now, context)?;
    output::write(&report, format, &outputs, context)?;
    Ok(rules.status(&report))
}

/// What decides the exit status.
struct Rules {
    fail_on: FailOn,
    require: Vec<String>,
}

impl Rules {
    fn of(args: &AuditArgs, context: &Context<'_>) -> Result<Self, Error> {
        let config = &context.config;
        let fail_on = FailOn::of(args.fail_on, config)?;
        let require = if args.require.is_empty() {
            config.require.clone()
        } else {
            args.require.clone()
        };
        for audit in require.iter().filter(|audit| *audit != "all") {
            if audit::by_id(audit).is_none() {
                return Err(super::explain::no_such_audit(audit));
            }
        }
        for gap in &config.intended_gap {
            if let Some(audit) = &gap.audit
                && audit::by_id(audit).is_none()
            {
                let mistake = super::explain::no_such_audit(audit);
                return Err(Error::Usage(format!(
                    "the intended gap on {} in permgap.toml: {mistake}",
                    gap.label()
                )));
            }
        }
        Ok(Self { fail_on, require })
    }

    fn status(&self, report: &AuditReport) -> ExitStatus {
        let fails = report.findings.iter().any(|finding| {
            finding.baseline == BaselineState::New && self.fail_on.fails(finding.severity)
        });
        if fails {
            return ExitStatus::Findings;
        }
        let required = |id: &str| {
            self.require
                .iter()
                .any(|audit| audit == "all" || audit == id)
        };
        // A reason means that something was not looked at, whatever else the audit found.
        let open = report
            .audits
            .iter()
            .any(|outcome| outcome.reason.is_some() && required(outcome.audit.id));
        if open || report.subject_incomplete {
            ExitStatus::NotEvaluated
        } else {
            ExitStatus::Success
        }
    }
}
