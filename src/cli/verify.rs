//! `permgap verify`: the integration user's own session, against what permgap computed from an admin's snapshot.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::args::{ClockArgs, SourceArgs, UserArgs};
use super::clock;
use super::context::Context;
use super::exit_status::ExitStatus;
use super::explain::TextOrJson;
use super::live::LiveOrg;
use super::org::{Errand, Source, Who, mapping_rows, requirements};
use crate::collect::own_session;
use crate::effective::EffectivePermissions;
use crate::error::Error;
use crate::report::verify::{VerifyReport, json, table};
use crate::snapshot::Name;
use crate::verify::verify;

/// Flags of `permgap verify`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  permgap snapshot --org prod --user hubspot@acme.example --mappings mappings.csv -o org.json
  permgap verify --org hubspot-user --snapshot org.json --mappings mappings.csv

The first command uses an admin's login, the second the integration user's own. Nothing is written to the org.")]
pub(super) struct VerifyArgs {
    /// The integration user's own login: an alias, a username, or the org's address with SF_ACCESS_TOKEN set
    #[arg(long, value_name = "ALIAS|USERNAME|URL")]
    org: String,
    /// What permgap computes from: a snapshot that an admin saved
    #[arg(long, value_name = "FILE")]
    snapshot: PathBuf,
    /// Which user of the snapshot it is, where it holds several
    #[arg(long, value_name = "USERNAME|ID")]
    user: Option<String>,
    /// A file of field mappings (repeatable)
    #[arg(long, value_name = "FILE")]
    mappings: Vec<PathBuf>,
    /// A host outside Salesforce's domains that may see a token (repeatable)
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Seconds that it may take
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: TextOrJson,
    #[command(flatten)]
    clock: ClockArgs,
}

pub(super) fn run(args: &VerifyArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let now = clock::now(&args.clock, &context.config)?;
    let source = Source::Snapshot(args.snapshot.clone());
    let rows = mapping_rows(&args.mappings, &context.config, &source)?;
    let user = UserArgs {
        user: args.user.clone(),
        ..UserArgs::default()
    };
    let errand = Errand {
        compared: None,
        owners: &[],
        who: &user,
        rows: &rows,
        asked: &[],
        formulas: &[],
        allow_host: &args.allow_host,
        overlay: &[],
        now,
    };
    let snapshot = source.collect(&errand, context)?;
    let who = Who::find(&user, &context.config, &source, &snapshot, now)?;
    let account = who.account(&snapshot).ok_or_else(|| {
        Error::Usage(format!(
            "snapshot `{}` holds no user to verify: save one of a live org with `permgap snapshot --org`",
            args.snapshot.display()
        ))
    })?;
    let requirements = requirements(rows, &context.config, &snapshot);
    let mut objects: BTreeSet<Name> = requirements.objects.keys().cloned().collect();
    objects.extend(
        requirements
            .mappings
            .iter()
            .map(|mapping| mapping.object.clone()),
    );
    if objects.is_empty() {
        return Err(Error::Usage(
            "nothing to verify: name the mappings with --mappings".into(),
        ));
    }

    let live = SourceArgs {
        org: Some(args.org.clone()),
        timeout: args.timeout,
        ..SourceArgs::default()
    };
    let live = LiveOrg::of(&args.org, &live, &context.config);
    let hosts: Vec<String> = args
        .allow_host
        .iter()
        .chain(&context.config.allow_host)
        .cloned()
        .collect();
    let samples = &snapshot.record_samples;
    let answers = live.ask(&hosts, context, |client| async move {
        Ok(own_session::ask(&client, account, &objects, samples).await?)
    })?;

    let effective = EffectivePermissions::of(&snapshot, &who.subject, context.config.profiles);
    let report = VerifyReport {
        generated_at: now.to_string(),
        username: account.username.clone(),
        notices: effective.open().collect(),
        verified: verify(&effective, &requirements, &answers, samples),
    };
    let style = context.style;
    match args.format {
        TextOrJson::Json => context.print(|stdout| json(&report, stdout))?,
        TextOrJson::Table => context.print(|stdout| table(&report, &style, stdout))?,
    }
    Ok(if !report.verified.differ.is_empty() {
        ExitStatus::Findings
    } else if !report.verified.not_asked.is_empty() {
        ExitStatus::NotEvaluated
    } else {
        ExitStatus::Success
    })
}
