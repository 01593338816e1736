//! `permgap explain`: an audit's documentation.

use clap::{Args, ValueEnum};

use super::context::Context;
use super::exit_status::ExitStatus;
use crate::audit::{self, AuditMeta, CATALOGUE};
use crate::effective::nearest;
use crate::error::Error;
use crate::report::explain;
use crate::snapshot::Name;

/// Flags of `permgap explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The audit's id; without it, the list of all
    audit: Option<String>,
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
    match &args.audit {
        None if json => context.print(|stdout| explain::list_json(all(), stdout))?,
        None => context.print(|stdout| explain::list_table(all(), &style, stdout))?,
        Some(id) => {
            let Some(audit) = audit::by_id(id) else {
                return Err(no_such_audit(id));
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
