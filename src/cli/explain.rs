//! `permgap explain`: an audit's documentation, what an error means, and the checklist from an error to its cause.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::context::Context;
use super::exit_status::ExitStatus;
use super::triage::read_report;
use crate::audit::{self, AuditMeta, CATALOGUE};
use crate::effective::nearest;
use crate::error::Error;
use crate::report::{checklist, explain, runbook};
use crate::snapshot::Name;
use crate::triage::{Rules, RunbookEntry};

/// Flags of `permgap explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// An audit's id, a status code (`UNABLE_TO_LOCK_ROW`) or a group of errors (`lock`); without it, the list of all audits
    audit: Option<String>,
    /// Every group of errors: if an error says this, check that first
    #[arg(long, conflicts_with_all = ["audit", "checklist"])]
    errors: bool,
    /// Seven steps from an error to its cause, and how to confirm the fixes
    #[arg(long, conflicts_with = "audit")]
    checklist: bool,
    /// A JSON report of `permgap audit`, whose answers tick the checklist
    #[arg(long, value_name = "FILE", requires = "checklist")]
    report: Option<PathBuf>,
    /// Format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: TextOrJson,
}

/// The formats of commands that report no findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TextOrJson {
    /// For people.
    Table,
    /// For programs.
    Json,
}

pub(super) fn run(args: &ExplainArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let json = args.format == TextOrJson::Json;
    let style = context.style;
    if args.checklist {
        let read = match &args.report {
            Some(path) => Some((path.display().to_string(), read_report(path)?)),
            None => None,
        };
        let report = read.as_ref().map(|(path, report)| (path.as_str(), report));
        context.print(|stdout| match json {
            true => checklist::json(report, stdout),
            false => checklist::table(report, &style, stdout),
        })?;
        return Ok(ExitStatus::Success);
    }
    let rules = Rules::built_in()?;
    if args.errors {
        print_errors(&rules.runbook().collect::<Vec<_>>(), json, context)?;
        return Ok(ExitStatus::Success);
    }
    match &args.audit {
        None if json => context.print(|stdout| explain::list_json(all(), stdout))?,
        None => context.print(|stdout| explain::list_table(all(), &style, stdout))?,
        Some(id) => {
            let Some(audit) = audit::by_id(id) else {
                let entries = rules.explaining(id);
                if entries.is_empty() {
                    return Err(no_such_audit(id));
                }
                print_errors(&entries, json, context)?;
                return Ok(ExitStatus::Success);
            };
            if json {
                context.print(|stdout| explain::audit_json(audit.meta, stdout))?;
            } else {
                context.print(|stdout| explain::audit_table(audit.meta, &style, stdout))?;
            }
        }
    }
    Ok(ExitStatus::Success)
}

fn print_errors(
    entries: &[RunbookEntry<'_>],
    json: bool,
    context: &mut Context<'_>,
) -> Result<(), Error> {
    let style = context.style;
    context.print(|stdout| match json {
        true => runbook::json(entries, stdout),
        false => runbook::table(entries, &style, stdout),
    })
}

fn all() -> impl Iterator<Item = &'static AuditMeta> {
    CATALOGUE.iter().map(|audit| audit.meta)
}

/// The mistake of naming an audit that does not exist.
pub(super) fn no_such_audit(id: &str) -> Error {
    let ids: Vec<Name> = CATALOGUE
        .iter()
        .map(|audit| Name::new(audit.meta.id))
        .collect();
    let near = nearest(&Name::new(id), ids.iter());
    let hint = if near.is_empty() {
        "`permgap explain` lists them".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Error::Usage(format!("there is no audit `{id}`: {hint}"))
}
