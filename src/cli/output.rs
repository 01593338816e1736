//! Writes a report to standard output and to files.

use std::path::PathBuf;

use super::context::Context;
use crate::error::Error;
use crate::output::write_atomically;
use crate::report::{AuditReport, Format, Style, headline, render};

/// A file with the format that its ending names.
pub(super) struct Target {
    path: PathBuf,
    format: Format,
}

/// The files of `-o`, or else of `permgap.toml`.
pub(super) fn targets(flags: &[PathBuf], config: &[PathBuf]) -> Result<Vec<Target>, Error> {
    let files = if flags.is_empty() { config } else { flags };
    files
        .iter()
        .map(|path| {
            let format = Format::from_ending(path)?;
            Ok(Target {
                path: path.clone(),
                format,
            })
        })
        .collect()
}

/// The format for standard output, where one was asked for.
pub(super) fn format(flag: Option<Format>, context: &Context<'_>) -> Result<Option<Format>, Error> {
    match (flag, context.config.format.as_deref()) {
        (Some(format), _) => Ok(Some(format)),
        (None, Some(text)) => Ok(Some(text.parse()?)),
        (None, None) => Ok(None),
    }
}

/// Writes the report wherever it was asked for. `--quiet` with files keeps the table from standard output.
pub(super) fn write(
    report: &AuditReport,
    format: Option<Format>,
    targets: &[Target],
    context: &mut Context<'_>,
) -> Result<(), Error> {
    for target in targets {
        let plain = Style {
            colour: false,
            ..context.style
        };
        write_atomically(&target.path, |writer| {
            render(report, target.format, &plain, writer)
        })?;
        context.note(&format!("wrote {}", target.path.display()));
    }
    if format.is_none() && context.quiet && !targets.is_empty() {
        return Ok(());
    }
    let format = format.unwrap_or(Format::Table);
    if format == Format::Csv {
        // A gap report has a line for each gap and none for what could not be looked at.
        context.note(&headline(report));
    }
    let style = context.style;
    context.print(|stdout| render(report, format, &style, stdout))
}
