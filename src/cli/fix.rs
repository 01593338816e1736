//! `permgap fix`: a deployable project that closes the gaps, and the proof that it does.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::FailOn;
use super::audited::{Asked, AuditedArgs};
use super::context::Context;
use super::exit_status::ExitStatus;
use super::explain::TextOrJson;
use super::org::Source;
use crate::audit;
use crate::collect::metadata::{self, FILE_SIZE_LIMIT};
use crate::collect::overlay;
use crate::error::Error;
use crate::finding::{BaselineState, Finding};
use crate::fix::{self, Options, Original, Plan};
use crate::report::AuditReport;
use crate::report::fix::{FixReport, json, table};

/// The API version of the project where the org's is not known.
const API_VERSION: &str = "66.0";

/// How often what has come up is planned for. A grant lets one more thing show, and hardly ever that one another.
const ROUNDS: usize = 4;

/// How commands name the org where nothing names it.
const TARGET_ORG: &str = "ORG";

/// Flags of `permgap fix`.
#[derive(Debug, Args)]
pub(super) struct FixArgs {
    #[command(flatten)]
    audited: AuditedArgs,
    /// The folder of the project; made where it is not there
    #[arg(long, short, value_name = "DIR", help_heading = "Fix")]
    output: PathBuf,
    /// API name of the permission set
    #[arg(
        long,
        value_name = "NAME",
        default_value = "HubSpot_Sync_Access",
        help_heading = "Fix"
    )]
    name: String,
    /// Label of the permission set
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "HubSpot Sync Access",
        help_heading = "Fix"
    )]
    label: String,
    /// Add to the file of an existing permission set instead of making one; comments and order are kept
    #[arg(long, value_name = "FILE", help_heading = "Fix")]
    extend: Option<PathBuf>,
    /// Grant system permissions too
    #[arg(long, help_heading = "Fix")]
    allow_unsafe: bool,
    /// Grant also what renewing an ended assignment would close
    #[arg(long, help_heading = "Fix")]
    instead_of_renewal: bool,
    /// Write into a folder that holds something else
    #[arg(long, help_heading = "Fix")]
    force: bool,
    /// The least severity of what remains that makes the exit status 1 [default: high]
    #[arg(long, value_name = "SEVERITY", help_heading = "Report")]
    fail_on: Option<FailOn>,
    /// Format
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "table",
        help_heading = "Report"
    )]
    format: TextOrJson,
}

pub(super) fn run(args: &FixArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let asked = Asked::of(&args.audited, context)?;
    let fail_on = FailOn::of(args.fail_on, &context.config)?;
    let original = args.extend.as_deref().map(Original::read).transpose()?;
    let target_org = match &asked.source {
        Source::Live(live) => live.org.clone(),
        _ => TARGET_ORG.to_owned(),
    };
    let is_tree = matches!(asked.source, Source::Metadata(_));

    let audited = asked.collect(context)?;
    let (snapshot, who) = (&audited.snapshot, &audited.who);
    let input = audited.input(&context.config);
    let before = audit::run(&input);
    let options = Options {
        name: args.name.clone(),
        label: args.label.clone(),
        allow_unsafe: args.allow_unsafe,
        instead_of_renewal: args.instead_of_renewal,
        api_version: (snapshot.org.api_version.clone()).unwrap_or_else(|| API_VERSION.to_owned()),
        target_org,
    };
    let holder = fix::Holder {
        account: who.account(snapshot),
        sets: &who.subject.permission_sets,
    };
    let text_of = |place| {
        let file = snapshot.file(place).filter(|_| is_tree)?;
        read_bounded(Path::new(file))
    };
    let mut opened: Vec<Finding> = Vec::new();
    let mut rounds = 0;
    let (plan, mut staged, proof) = loop {
        rounds += 1;
        let plan = Plan::of(
            snapshot,
            &before,
            &audited.requirements,
            holder,
            &opened,
            original.clone(),
            &options,
        )?;
        let files = fix::files(snapshot, &before, &plan, &options, &text_of)?;
        let staged = fix::stage(&args.output, files, args.force)?;
        // What is proved is what was written: the files are read back and laid over the org.
        let deployed = if plan.sets.is_empty() {
            snapshot.clone()
        } else {
            let project = staged.path().join("force-app");
            overlay::read(snapshot.clone(), &project, &metadata::Options::default())
                .map_err(fix::FixError::from)?
        };
        let proof = fix::prove(&input, &before, &plan, &deployed)?;
        // What only shows once the rest is granted may be closed by the same set.
        let more = proof.opened_grants();
        if more.is_empty() || rounds == ROUNDS {
            break (plan, staged, proof);
        }
        opened.extend(more);
    };
    let notes = fix::write_notes(&before, &plan, &options, &proof, staged.files());
    staged.add(notes)?;
    let paths: Vec<String> = staged
        .files()
        .iter()
        .map(|file| file.path.clone())
        .collect();
    staged.put_in_place()?;

    let directory = args.output.display().to_string();
    let report = FixReport {
        before: &before,
        plan: &plan,
        proof: &proof,
        directory: &directory,
        files: &paths,
    };
    let style = context.style;
    match args.format {
        TextOrJson::Json => context.print(|stdout| json(&report, stdout))?,
        TextOrJson::Table => context.print(|stdout| table(&report, &style, stdout))?,
    }
    Ok(status(&proof.after, fail_on))
}

/// A file of the tree. One that can no longer be read is no reason to fail: its draft is then written anew.
fn read_bounded(path: &Path) -> Option<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(FILE_SIZE_LIMIT).read_to_string(&mut text).ok()?;
    Some(text)
}

/// What remains decides.
fn status(after: &AuditReport, fail_on: FailOn) -> ExitStatus {
    let fails = after
        .findings
        .iter()
        .any(|finding| finding.baseline == BaselineState::New && fail_on.fails(finding.severity));
    if fails {
        ExitStatus::Findings
    } else if after.subject_incomplete {
        ExitStatus::NotEvaluated
    } else {
        ExitStatus::Success
    }
}
