//! `permgap verify`: the integration user's own session, against what permgap computed from an admin's snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::args::{ClockArgs, SourceArgs, UserArgs};
use super::clock;
use super::context::Context;
use super::exit_status::ExitStatus;
use super::explain::TextOrJson;
use super::live::LiveOrg;
use super::org::{Errand, Source, Who, mapping_rows, requirements};
use crate::effective::EffectivePermissions;
use crate::error::Error;
use crate::report::verify::{VerifyReport, json, table};
use crate::salesforce::soql::Api;
use crate::salesforce::{ApiError, ApiErrorKind, Client, Sub};
use crate::snapshot::{Name, User};
use crate::verify::{Answer, Described, verify};

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
        owners: &[],
        who: &user,
        rows: &rows,
        asked: &[],
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
    let answers = live.ask(&hosts, context, |client| async move {
        is_the_user(&client, account).await?;
        Ok(ask(&client, &objects).await)
    })?;

    let effective = EffectivePermissions::of(&snapshot, &who.subject, context.config.profiles);
    let report = VerifyReport {
        generated_at: now.to_string(),
        username: account.username.clone(),
        notices: effective.open().collect(),
        verified: verify(&effective, &requirements, &answers),
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

/// Another user's session would answer for that user.
async fn is_the_user(client: &Client, account: &User) -> Result<(), Error> {
    let caller = client.caller().await.map_err(|error| {
        Error::Usage(format!("whose session it is could not be asked: {error}"))
    })?;
    if caller
        .user_id
        .get(..15)
        .is_some_and(|id| account.id.get(..15) == Some(id))
    {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "the session is that of {}, not of {}: log in as the integration user, or choose it with --user",
        caller.preferred_username, account.username
    )))
}

async fn ask(client: &Client, objects: &BTreeSet<Name>) -> BTreeMap<Name, Answer> {
    let subs: Vec<(Name, Result<Sub, ApiError>)> = objects
        .iter()
        .map(|object| (object.clone(), Sub::describe(object.as_str())))
        .collect();
    let valid: Vec<Sub> = subs
        .iter()
        .filter_map(|(_, sub)| sub.as_ref().ok().cloned())
        .collect();
    let mut replies = match client.composite_get(Api::Rest, &valid).await {
        Ok(replies) => replies.into_iter(),
        Err(error) => {
            let why = error.to_string();
            return objects
                .iter()
                .map(|object| (object.clone(), Answer::NotAsked(why.clone())))
                .collect();
        }
    };
    subs.into_iter()
        .map(|(object, sub)| {
            let reply = match sub {
                Ok(_) => replies.next(),
                Err(error) => Some(Err(error)),
            };
            let Some(reply) = reply else {
                return (object, Answer::NotAsked("no answer came".to_owned()));
            };
            let answer = match reply.and_then(|reply| reply.decode::<DescribeRow>("describe")) {
                Ok(row) => Answer::Described(row.into()),
                Err(error) if error.kind == ApiErrorKind::Refused => Answer::Denied,
                Err(error) => Answer::NotAsked(error.to_string()),
            };
            (object, answer)
        })
        .collect()
}

/// The describe of an object, as it is on the wire.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeRow {
    queryable: bool,
    createable: bool,
    updateable: bool,
    deletable: bool,
    fields: Vec<FieldRow>,
    #[serde(default)]
    record_type_infos: Vec<RecordTypeRow>,
}

#[derive(Deserialize)]
struct FieldRow {
    name: Name,
    createable: bool,
    updateable: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordTypeRow {
    developer_name: Option<Name>,
    available: bool,
}

impl From<DescribeRow> for Described {
    fn from(row: DescribeRow) -> Self {
        Self {
            read: row.queryable,
            create: row.createable,
            edit: row.updateable,
            delete: row.deletable,
            fields: row
                .fields
                .into_iter()
                .map(|field| (field.name, field.createable || field.updateable))
                .collect(),
            record_types: row
                .record_type_infos
                .into_iter()
                .filter_map(|info| Some((info.developer_name?, info.available)))
                .collect(),
        }
    }
}
