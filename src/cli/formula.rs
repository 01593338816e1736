//! `permgap formula`: a validation-rule formula for one user.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::args::{SourceArgs, UserArgs};
use super::clock;
use super::context::Context;
use super::exit_status::ExitStatus;
use super::explain::TextOrJson;
use super::org::{Errand, Source, Who};
use crate::automation::environment;
use crate::effective::EffectivePermissions;
use crate::error::Error;
use crate::formula::{self, Env, Judgement, Request};
use crate::report::{AuditedUser, printable};
use crate::snapshot::Snapshot;

/// Most bytes of one formula or one line: Salesforce takes 5,000 characters.
const SIZE_LIMIT: u64 = 4 * 1024 * 1024;

/// Flags of `permgap formula`.
#[derive(Debug, Args)]
pub(super) struct FormulaArgs {
    /// The file with the formula; standard input without it
    file: Option<PathBuf>,
    /// One request a line, `{"id","formula","env"}`, and one answer a line
    #[arg(long)]
    jsonl: bool,
    /// Whether the record is created or updated; without it, either
    #[arg(long, value_name = "OPERATION")]
    operation: Option<Operation>,
    /// Format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: TextOrJson,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    user: UserArgs,
}

/// What happens to the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Operation {
    /// It is created.
    Create,
    /// It is updated.
    Update,
}

impl Operation {
    fn of_formula(self) -> formula::Operation {
        match self {
            Self::Create => formula::Operation::Create,
            Self::Update => formula::Operation::Update,
        }
    }
}

pub(super) fn run(args: &FormulaArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let org = Org::of(args, context)?;
    let judge = Judge {
        known: org.as_ref().map(|org| {
            let subject = &org.who.subject;
            let effective =
                EffectivePermissions::of(&org.snapshot, subject, context.config.profiles);
            (effective, &org.who.user)
        }),
        operation: args.operation.map(Operation::of_formula),
    };
    let shown = match &args.file {
        Some(path) => path.display().to_string(),
        None => "standard input".to_owned(),
    };
    let mut input = open(args.file.as_deref()).map_err(|source| Error::Input {
        path: shown.clone(),
        source,
    })?;
    if args.jsonl {
        return lines(&mut input, &shown, &judge, context);
    }
    let text = read_limited(&mut input, &shown, u8::MAX)?;
    let formula = text.trim_end_matches(['\n', '\r']);
    let request = Request {
        id: serde_json::Value::Null,
        formula: formula.to_owned(),
        env: None,
        operation: formula::Operation::default(),
    };
    let judgement = judge.judge(&request);
    match args.format {
        TextOrJson::Json => context.print(|out| write_line(out, &judgement))?,
        TextOrJson::Table => context.print(|out| table(&judgement, formula, out))?,
    }
    Ok(if judgement.valid {
        ExitStatus::Success
    } else {
        ExitStatus::Failure
    })
}

/// The org whose user fills the environment, where one was named.
struct Org {
    snapshot: Snapshot,
    who: Who,
}

impl Org {
    fn of(args: &FormulaArgs, context: &mut Context<'_>) -> Result<Option<Self>, Error> {
        let flags = &args.source;
        if !flags.is_given() && !args.user.is_given() {
            return Ok(None);
        }
        let now = clock::now(&super::args::ClockArgs::default(), &context.config)?;
        let source = Source::choose(flags, &context.config)?;
        let errand = Errand {
            compared: None,
            owners: &[],
            who: &args.user,
            rows: &[],
            asked: &[],
            allow_host: &flags.allow_host,
            overlay: &flags.overlay,
            now,
        };
        let snapshot = source.collect(&errand, context)?;
        let who = Who::find(&args.user, &context.config, &source, &snapshot, now)?;
        Ok(Some(Self { snapshot, who }))
    }
}

/// What is known beside the requests.
struct Judge<'o> {
    known: Option<(EffectivePermissions<'o>, &'o AuditedUser)>,
    operation: Option<formula::Operation>,
}

impl Judge<'_> {
    /// A request's own `env` counts alone; without one the user's is taken.
    fn judge(&self, request: &Request) -> Judgement {
        let operation = self.operation.unwrap_or(request.operation);
        let env: Env = match (&request.env, &self.known) {
            (Some(env), _) => env.0.clone().into_iter().collect(),
            (None, Some((effective, user))) => match formula::parse(&request.formula) {
                Ok(ast) => environment(&ast, effective, user),
                Err(_) => Env::new(),
            },
            (None, None) => Env::new(),
        };
        formula::judge_with(&request.id, &request.formula, &env.on(operation))
    }
}

fn open(file: Option<&Path>) -> std::io::Result<Box<dyn BufRead>> {
    Ok(match file {
        Some(path) => Box::new(BufReader::new(std::fs::File::open(path)?)),
        None => Box::new(BufReader::new(std::io::stdin())),
    })
}

/// Everything up to `end`, or to the end of the input for a byte that UTF-8 never has.
fn read_limited(input: &mut dyn BufRead, shown: &str, end: u8) -> Result<String, Error> {
    let failed = |source| Error::Input {
        path: shown.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    input
        .take(SIZE_LIMIT + 1)
        .read_until(end, &mut bytes)
        .map_err(failed)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > SIZE_LIMIT {
        return Err(Error::Usage(format!(
            "{shown} holds more than {SIZE_LIMIT} bytes in one piece: that is no formula"
        )));
    }
    String::from_utf8(bytes)
        .map_err(|_| Error::Usage(format!("{shown} is not UTF-8: save it as UTF-8")))
}

/// Answers each line; a line that cannot be read is named, and the others are answered all the same.
fn lines(
    input: &mut dyn BufRead,
    shown: &str,
    judge: &Judge<'_>,
    context: &mut Context<'_>,
) -> Result<ExitStatus, Error> {
    let mut status = ExitStatus::Success;
    for number in 1.. {
        let line = read_limited(input, shown, b'\n')?;
        if line.is_empty() {
            break;
        }
        match formula::read_line(number, &line) {
            Ok(None) => {}
            Ok(Some(request)) => {
                let judgement = judge.judge(&request);
                context.print(|out| write_line(out, &judgement))?;
            }
            Err(error) => {
                status = ExitStatus::Failure;
                let text = printable(&error.to_string());
                // If standard error is closed, the exit status has to do.
                let _told = writeln!(context.stderr, "permgap: {shown}: {text}");
            }
        }
    }
    Ok(status)
}

fn write_line(out: &mut dyn Write, judgement: &Judgement) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, judgement)?;
    out.write_all(b"\n")
}

fn table(judgement: &Judgement, formula: &str, out: &mut dyn Write) -> std::io::Result<()> {
    if let Some(error) = &judgement.error {
        writeln!(
            out,
            "not valid at character {}: {}",
            error.offset,
            printable(&error.message)
        )?;
        return point(formula, error.offset, out);
    }
    let words = |verdict| serde_json::to_value(verdict).ok();
    let verdict = judgement.verdict.and_then(words);
    writeln!(
        out,
        "{}",
        verdict
            .as_ref()
            .and_then(|v| v.as_str())
            .unwrap_or_default()
    )?;
    if let Some(because) = &judgement.because {
        writeln!(out, "  {}", printable(because))?;
    }
    for (what, names) in [
        ("fields", &judgement.fields),
        ("globals", &judgement.globals),
        ("functions", &judgement.functions),
    ] {
        if !names.is_empty() {
            writeln!(out, "{what}: {}", printable(&names.join(", ")))?;
        }
    }
    Ok(())
}

/// Shows the line of the formula that a character is in, with a mark below the character.
fn point(formula: &str, character: usize, out: &mut dyn Write) -> std::io::Result<()> {
    let before: String = formula.chars().take(character).collect();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    let line = formula.get(line_start..).unwrap_or_default();
    let line = line.lines().next().unwrap_or_default();
    writeln!(out, "  {}", printable(line))?;
    writeln!(out, "  {}^", " ".repeat(column))
}
