//! `permgap audit`: collect, evaluate, report.

use std::path::PathBuf;

use clap::Args;

use super::args::{ClockArgs, FailOn, SourceArgs, UserArgs, format_parser};
use super::change::{Change, ChangeArgs};
use super::context::{Context, setting};
use super::exit_status::ExitStatus;
use super::hubspot::HubSpotFiles;
use super::known::{KnownArgs, KnownFindings};
use super::org::{Errand, Source, Who, mapping_rows, requirements};
use super::owners::Owners;
use super::{clock, output};
use crate::audit::{self, Input};
use crate::demo;
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
    source: SourceArgs,
    #[command(flatten)]
    user: UserArgs,
    /// A file of field mappings: csv, json or toml, or HubSpot's own export (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "What HubSpot needs")]
    mappings: Vec<PathBuf>,
    /// A file of HubSpot's owners: the answer of its owners API, or a CSV with email, name, archived
    #[arg(long, value_name = "FILE", help_heading = "What HubSpot needs")]
    hubspot_owners: Option<PathBuf>,
    /// Format of the report on standard output [default: table]
    #[arg(long, value_name = "FORMAT", help_heading = "Report", value_parser = format_parser())]
    format: Option<Format>,
    /// Write the report to a file as well; the ending tells the format (repeatable)
    #[arg(long, short, value_name = "FILE", help_heading = "Report")]
    output: Vec<PathBuf>,
    /// The least severity that makes the exit status 1 [default: high]
    #[arg(long, value_name = "SEVERITY", help_heading = "Report")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    hubspot: HubSpotFiles,
    /// Since when a field counts as new: a date or a time [default: 90 days before the org was read]
    #[arg(long, value_name = "DATE", help_heading = "What HubSpot needs")]
    fields_since: Option<String>,
    /// An audit that must be evaluated, or `all`; otherwise the exit status is 3 (repeatable)
    #[arg(long, value_name = "AUDIT", help_heading = "Report")]
    require: Vec<String>,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    clock: ClockArgs,
}

pub(super) fn run(args: &AuditArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    // Everything that can be wrong in flags and files is looked at before the long work.
    let now = clock::now(&args.clock, &context.config)?;
    let source = Source::choose(&args.source, &context.config)?;
    if source == Source::Demo {
        context.config = demo::config(std::mem::take(&mut context.config))?;
    }
    let fields_since = clock::fields_since(args.fields_since.as_deref(), &context.config)?;
    let rules = Rules::of(args, context)?;
    let outputs = output::targets(&args.output, &context.config.output)?;
    let format = output::format(args.format, context)?;
    let known = KnownFindings::of(&args.known, &context.config)?;
    let change = Change::of(&args.change, &context.config, &source)?;
    let rows = mapping_rows(&args.mappings, &context.config, &source)?;

    let facts = super::hubspot::declared(&args.hubspot, &context.config)?;
    let owners = Owners::find(
        args.hubspot_owners.as_deref(),
        &source,
        &context.config,
        facts.as_ref(),
    )?;
    let errand = Errand {
        owners: owners.as_ref().map_or(&[], |owners| &owners.rows),
        user: args.user.user.as_deref(),
        rows: &rows,
        asked: &[],
        allow_host: &args.source.allow_host,
        overlay: &args.source.overlay,
        now,
    };
    let mut snapshot = source.collect(&errand, context)?;
    super::hubspot::attach(facts, &mut snapshot);
    let who = Who::find(&args.user, &context.config, &source, &snapshot, now)?;
    let requirements = requirements(rows, &context.config, &snapshot);
    let input = Input {
        snapshot: &snapshot,
        subject: &who.subject,
        user: &who.user,
        requirements: &requirements,
        profiles: context.config.profiles,
        intended: &context.config.intended_gap,
        account: who.account(&snapshot),
        fields_since: fields_since.or_else(|| clock::fields_since_by_default(&snapshot)),
        new_fields: None,
        hubspot_owners: owners.as_ref().map(Owners::known),
        now,
    };
    let mut report = match &change {
        Some(change) => change.report(&input, &args.mappings, context)?,
        None => audit::run(&input),
    };
    known.apply(&mut report, now, context)?;
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
        let fail_on = match (args.fail_on, config.fail_on.as_deref()) {
            (Some(severity), _) => severity,
            (None, Some(text)) => setting("fail-on", text)?,
            (None, None) => FailOn::default(),
        };
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
