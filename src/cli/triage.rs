//! `permgap triage`: sync errors sorted, and joined with an audit.

use std::fs::File;
use std::io::{IsTerminal, Read, stdin};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::args::FailOn;
use super::audited::{Asked, AuditedArgs};
use super::clock;
use super::context::Context;
use super::exit_status::ExitStatus;
use crate::audit;
use crate::error::Error;
use crate::output::write_atomically;
use crate::report::Style;
use crate::report::json::{self, v1};
use crate::report::triage as report;
use crate::triage::input::{self, Column};
use crate::triage::{Kind, Reading, Rules, Sorter, Triage};

const EXIT_STATUS: &str = "\
Exit status:
  0 every error is none of permissions, or is explained by findings below --fail-on
  1 a permission error that nothing explains, or that a finding at or above --fail-on explains
  2 the work could not be done
  3 no error fails, but some are unclassified";

/// Largest report that is read, in bytes.
const LARGEST_REPORT: u64 = 512 * 1024 * 1024;

/// Flags of `permgap triage`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(super) struct TriageArgs {
    /// HubSpot's export of sync errors, or a file of messages [default: standard input]
    file: Option<PathBuf>,
    /// How the input is written [default: found out]
    #[arg(long, value_name = "FORM", help_heading = "Input")]
    input: Option<Form>,
    /// The column of messages, by its header
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    col_message: Option<String>,
    /// The column of HubSpot's error type
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    col_type: Option<String>,
    /// The column of HubSpot's category (the card of Sync Health)
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    col_category: Option<String>,
    /// The column of the Salesforce object
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    col_object: Option<String>,
    /// The column of the Salesforce field
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    col_field: Option<String>,
    /// The column of the Salesforce record id
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    col_record: Option<String>,
    /// The column of what was tried: create, update, delete
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    col_operation: Option<String>,
    /// Rules of your own, looked at before the built-in ones
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    rules: Option<PathBuf>,
    /// A JSON report of `permgap audit` to find the causes in, instead of a source of the org
    #[arg(long, value_name = "FILE", help_heading = "Source of the org", conflicts_with_all = ["org", "source_dir", "snapshot", "demo"])]
    report: Option<PathBuf>,
    #[command(flatten)]
    audited: AuditedArgs,
    /// Format on standard output
    #[arg(
        long,
        value_name = "FORMAT",
        help_heading = "Report",
        default_value = "table"
    )]
    format: TriageFormat,
    /// Write it to a file as well: `.csv`, `.json` or `.md` (repeatable)
    #[arg(long, short, value_name = "FILE", help_heading = "Report")]
    output: Vec<PathBuf>,
    /// The least severity that makes the exit status 1 [default: high]
    #[arg(long, value_name = "SEVERITY", help_heading = "Report")]
    fail_on: Option<FailOn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A table with headers.
    Csv,
    /// One message a line, or JSON bodies.
    Text,
}

/// The formats of a triage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TriageFormat {
    /// For people: grouped.
    Table,
    /// One line an error.
    Csv,
    /// permgap.triage/1.
    Json,
    /// For a ticket: grouped.
    Markdown,
}

pub(super) fn run(args: &TriageArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let now = clock::now(&args.audited.clock, &context.config)?;
    let fail_on = FailOn::of(args.fail_on, &context.config)?;
    let outputs: Vec<(&Path, TriageFormat)> = (args.output.iter())
        .map(|path| Ok((path.as_path(), of_ending(path)?)))
        .collect::<Result<_, Error>>()?;
    let rules = match &args.rules {
        Some(file) => Rules::with_file(file)?,
        None => Rules::built_in()?,
    };
    let audited = match &args.report {
        Some(file) => Some(read_report(file)?),
        None => audit(args, context)?,
    };
    let mut sorter = Sorter::new(&rules, audited.as_ref());
    let shown = read(args, &mut |error| sorter.add(error))?;
    let triage = sorter.finish();

    let generated_at = now.to_string();
    let about = report::About {
        generated_at: &generated_at,
        input: &shown,
        joined: audited.is_some(),
    };
    for (path, format) in outputs {
        let plain = Style {
            colour: false,
            ..context.style
        };
        write_atomically(path, |writer| write(&triage, about, format, &plain, writer))?;
        context.note(&format!("wrote {}", path.display()));
    }
    let style = context.style;
    context.print(|stdout| write(&triage, about, args.format, &style, stdout))?;
    if triage.not_listed > 0 || triage.not_grouped > 0 {
        context.note(&format!(
            "{} errors are counted and not listed one by one, {} are not sorted: split the input",
            triage.not_listed, triage.not_grouped
        ));
    }
    Ok(status(&triage, fail_on))
}

fn status(triage: &Triage, fail_on: FailOn) -> ExitStatus {
    let fails = triage
        .groups
        .iter()
        .filter_map(|group| group.severity())
        .any(|severity| fail_on.fails(severity));
    if fails {
        ExitStatus::Findings
    } else if triage.count(Kind::Unclassified) > 0 || triage.not_grouped > 0 {
        ExitStatus::NotEvaluated
    } else {
        ExitStatus::Success
    }
}

fn write(
    triage: &Triage,
    about: report::About<'_>,
    format: TriageFormat,
    style: &Style,
    out: &mut dyn std::io::Write,
) -> std::io::Result<()> {
    match format {
        TriageFormat::Table => report::table(triage, about, style, out),
        TriageFormat::Csv => report::csv(triage, out),
        TriageFormat::Json => report::json(triage, about, out),
        TriageFormat::Markdown => report::markdown(triage, about, out),
    }
}

fn of_ending(path: &Path) -> Result<TriageFormat, Error> {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    Ok(match ending.to_ascii_lowercase().as_str() {
        "csv" => TriageFormat::Csv,
        "json" => TriageFormat::Json,
        "md" => TriageFormat::Markdown,
        _ => {
            return Err(Error::Usage(format!(
                "{}: the ending tells no format; choose one of .csv, .json, .md",
                path.display()
            )));
        }
    })
}

/// Reads every error; returns what the input is called.
fn read(
    args: &TriageArgs,
    each: &mut dyn FnMut(&crate::triage::SyncError),
) -> Result<String, Error> {
    let columns = [
        (Column::Message, &args.col_message),
        (Column::ErrorType, &args.col_type),
        (Column::Category, &args.col_category),
        (Column::SalesforceObject, &args.col_object),
        (Column::Field, &args.col_field),
        (Column::SalesforceRecord, &args.col_record),
        (Column::Operation, &args.col_operation),
    ];
    let file = args.file.as_deref().filter(|path| *path != Path::new("-"));
    let csv_file = file.and_then(Path::extension).is_some_and(|ending| {
        ending.eq_ignore_ascii_case("csv") || ending.eq_ignore_ascii_case("tsv")
    });
    let how = Reading {
        csv: args
            .input
            .map(|form| form == Form::Csv)
            .or(csv_file.then_some(true)),
        columns: columns
            .into_iter()
            .filter_map(|(column, name)| Some((column, name.clone()?)))
            .collect(),
    };
    let (source, shown): (Box<dyn Read>, String) = match file {
        Some(path) => {
            let shown = path.display().to_string();
            let file = File::open(path).map_err(|source| Error::Input {
                path: shown.clone(),
                source,
            })?;
            (Box::new(file), shown)
        }
        None if stdin().is_terminal() => {
            return Err(Error::Usage(
                "no sync errors: name HubSpot's export, or pipe messages to standard input".into(),
            ));
        }
        None => (Box::new(stdin().lock()), "standard input".to_owned()),
    };
    input::read(source, &shown, &how, &mut |error| each(&error))?;
    Ok(shown)
}

pub(super) fn read_report(path: &Path) -> Result<v1::Report, Error> {
    let shown = path.display().to_string();
    let unreadable = |source| Error::Input {
        path: shown.clone(),
        source,
    };
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(unreadable)?
        .take(LARGEST_REPORT)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    json::read(&bytes).map_err(|error| Error::Usage(format!("{shown}: {error}")))
}

/// Audits the source that flags or `permgap.toml` name; none where they name none.
fn audit(args: &TriageArgs, context: &mut Context<'_>) -> Result<Option<v1::Report>, Error> {
    let config = &context.config;
    let declared = config.org.is_some()
        || config.snapshot.is_some()
        || !config.source_dir.is_empty()
        || config.demo == Some(true);
    if !args.audited.source.is_given() && !declared {
        return Ok(None);
    }
    let audited = Asked::of(&args.audited, context)?.collect(context)?;
    let report = audit::run(&audited.input(&context.config));
    Ok(Some(v1::Report::from(&report)))
}
