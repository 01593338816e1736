//! `permgap formula`: a validation-rule formula for one user.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::args::{SourceArgs, UserArgs};
use super::clock;
use super::context::Context;
use super::exit_status::ExitStatus;
use super::explain::TextOrJson;
use super::org::{Errand, Source, Who};
use crate::automation::{environment, type_of_reference, unresolved};
use crate::effective::EffectivePermissions;
use crate::error::Error;
use crate::formula::{self, Env, Fault, Judgement, Request};
use crate::report::access::Asked;
use crate::report::{AuditedUser, printable};
use crate::snapshot::{Name, Snapshot};

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
    /// The object that the rule is on, so that its fields are looked up in the org
    #[arg(long, value_name = "OBJECT")]
    object: Option<Name>,
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
    let shown = match &args.file {
        Some(path) => path.display().to_string(),
        None => "standard input".to_owned(),
    };
    let mut input = open(args.file.as_deref()).map_err(|source| Error::Input {
        path: shown.clone(),
        source,
    })?;
    let with_org = args.source.is_given() || args.user.is_given();
    if let Some(object) = &args.object {
        if !with_org {
            return Err(Error::Usage(
                "--object looks the formula's fields up in an org: name one with --org, --source-dir, --snapshot or --demo"
                    .into(),
            ));
        }
        if !crate::salesforce::soql::is_api_name(object.as_str()) {
            return Err(Error::Usage(format!(
                "--object {object}: that is no API name of an object; write Account or Invoice__c"
            )));
        }
    }
    // What formulas ask of the user is asked of the org, so that they are read before it.
    let end = if args.jsonl { b'\n' } else { u8::MAX };
    let mut held = Vec::new();
    while !args.jsonl && held.is_empty() || args.jsonl && with_org {
        let piece = read_limited(&mut input, &shown, end)?;
        if piece.is_empty() && args.jsonl {
            break;
        }
        held.push(piece);
    }
    let org = match with_org {
        true => Some(Org::of(args, &formulas(args, &held), context)?),
        false => None,
    };
    let judge = Judge {
        known: org.as_ref().map(|org| {
            let subject = &org.who.subject;
            let effective =
                EffectivePermissions::of(&org.snapshot, subject, context.config.profiles);
            (effective, &org.who.user)
        }),
        object: args.object.as_ref(),
        operation: args.operation.map(Operation::of_formula),
    };
    if args.jsonl {
        return lines(held, &mut input, &shown, &judge, context);
    }
    let text = held.pop().unwrap_or_default();
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
    Ok(if judgement.valid && judgement.problems.is_empty() {
        ExitStatus::Success
    } else {
        ExitStatus::Failure
    })
}

/// The formulas of the input, as far as it can be read.
fn formulas(args: &FormulaArgs, held: &[String]) -> Vec<String> {
    if !args.jsonl {
        return held.to_vec();
    }
    (1_usize..)
        .zip(held)
        .filter_map(|(number, line)| formula::read_line(number, line).ok().flatten())
        .map(|request| request.formula)
        .collect()
}

/// The objects that formulas name themselves: hierarchy settings, custom metadata types, looked-up objects.
fn named_objects(formulas: &[String]) -> BTreeSet<Name> {
    let kinds = ["$setup", "$custommetadata", "$objecttype"];
    formulas
        .iter()
        .filter_map(|text| formula::parse(text).ok())
        .flat_map(|ast| formula::references(&ast).globals)
        .filter_map(|global| {
            let mut parts = global.split('.');
            let kind = parts.next()?.to_ascii_lowercase();
            kinds.contains(&kind.as_str()).then_some(())?;
            parts.next().map(Name::new)
        })
        .filter(|name| crate::salesforce::soql::is_api_name(name.as_str()))
        .collect()
}

/// The org whose user fills the environment, where one was named.
struct Org {
    snapshot: Snapshot,
    who: Who,
}

impl Org {
    fn of(
        args: &FormulaArgs,
        formulas: &[String],
        context: &mut Context<'_>,
    ) -> Result<Self, Error> {
        let flags = &args.source;
        let objects = named_objects(formulas)
            .into_iter()
            .chain(args.object.clone());
        let asked: Vec<Asked> = objects
            .map(|object| Asked {
                object,
                field: None,
            })
            .collect();
        let now = clock::now(&super::args::ClockArgs::default(), &context.config)?;
        let source = Source::choose(flags, &context.config)?;
        let errand = Errand {
            compared: None,
            owners: &[],
            who: &args.user,
            rows: &[],
            asked: &asked,
            formulas,
            allow_host: &flags.allow_host,
            overlay: &flags.overlay,
            now,
        };
        let snapshot = source.collect(&errand, context)?;
        let who = Who::find(&args.user, &context.config, &source, &snapshot, now)?;
        Ok(Self { snapshot, who })
    }
}

/// What is known beside the requests.
struct Judge<'o> {
    known: Option<(EffectivePermissions<'o>, &'o AuditedUser)>,
    object: Option<&'o Name>,
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
        let env = env.on(operation);
        let Some((effective, _)) = &self.known else {
            return formula::judge_with(&request.id, &request.formula, &env);
        };
        let snapshot = effective.snapshot();
        let of_name = |name: &str| type_of_reference(snapshot, self.object, name);
        let mut judgement = formula::judge_typed(&request.id, &request.formula, &env, &of_name);
        let Ok(ast) = formula::parse(&request.formula) else {
            return judgement;
        };
        for one in unresolved(snapshot, self.object, &ast) {
            let fault = Fault::at(&request.formula, one.offset, one.message);
            match one.is_missing {
                true => judgement.refuse(fault),
                false => judgement.not_known.push(fault),
            }
        }
        judgement
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
    held: Vec<String>,
    input: &mut dyn BufRead,
    shown: &str,
    judge: &Judge<'_>,
    context: &mut Context<'_>,
) -> Result<ExitStatus, Error> {
    let mut status = ExitStatus::Success;
    let mut held = held.into_iter();
    for number in 1.. {
        let line = match held.next() {
            Some(line) => line,
            None => read_limited(input, shown, b'\n')?,
        };
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
    for problem in &judgement.problems {
        writeln!(
            out,
            "not valid as a rule at character {}: {}",
            problem.offset,
            printable(&problem.message)
        )?;
        point(formula, problem.offset, out)?;
    }
    let words = |verdict| serde_json::to_value(verdict).ok();
    let verdict = judgement.verdict.and_then(words);
    // What Salesforce does not save cannot fire, so nobody is told that it can.
    if let (Some(verdict), Some(because)) = (
        verdict.as_ref().and_then(serde_json::Value::as_str),
        &judgement.because,
    ) {
        writeln!(out, "{verdict}")?;
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
    for one in &judgement.not_known {
        writeln!(out, "not looked up: {}", printable(&one.message))?;
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
