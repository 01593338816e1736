//! `permgap hubspot`: HubSpot's side, from its API or from a saved file.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::args::{ClockArgs, FailOn};
use super::clock;
use super::context::Context;
use super::exit_status::ExitStatus;
use super::explain::TextOrJson;
use super::live::{block_on, env};
use crate::audit::{self, Input};
use crate::config::Config;
use crate::effective::Subject;
use crate::error::Error;
use crate::hubspot::{
    ApiUrl, HubSpotClient, Wanted, collect, features, file, hints, is_feature, policy,
};
use crate::mapping::{self, requirements::Requirements};
use crate::net::NetSettings;
use crate::report::{AuditReport, AuditedUser, hubspot as report};
use crate::snapshot::hubspot::policy::Policy;
use crate::snapshot::hubspot::{HubSpotFacts, TokenState};
use crate::snapshot::{Area, CoverageStatus, Snapshot};

const NOTES: &str = "\
Environment:
  HUBSPOT_ACCESS_TOKEN  a service key, a private app's token or an OAuth access token
  HUBSPOT_API_URL       one of HubSpot's hosts [default: https://api.hubapi.com]";

/// The audits of HubSpot's own facts, and those that need mappings besides.
const AUDITS: [&str; 6] = [
    "hubspot-token-invalid",
    "hubspot-scope-missing",
    "hubspot-scope-unused",
    "connector-exceeds-user",
    "installer-below-minimum",
    "super-admin-left-over",
];
const AUDITS_OF_MAPPINGS: [&str; 2] = ["hubspot-property-missing", "hubspot-property-not-writable"];

/// The objects that the integration maps by default.
const OBJECTS: [&str; 3] = ["contacts", "companies", "deals"];

/// Files that tell of HubSpot what its API told once, or does not tell.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct HubSpotFiles {
    /// HubSpot's facts, as `permgap hubspot --save` wrote them
    #[arg(long, value_name = "FILE", help_heading = "What HubSpot needs")]
    hubspot: Option<PathBuf>,
    /// What people may do through a connector, and what HubSpot's API does not tell of users and apps
    #[arg(long, value_name = "FILE", help_heading = "What HubSpot needs")]
    hubspot_policy: Option<PathBuf>,
}

/// Flags of `permgap hubspot`.
#[derive(Debug, Args)]
#[command(after_help = NOTES)]
pub(super) struct HubspotArgs {
    #[command(flatten)]
    files: HubSpotFiles,
    /// Save the facts, for `--hubspot` of this command and of `permgap audit`
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// What the token is meant for; `list` names all (repeatable) [default: what permgap itself reads]
    #[arg(long, value_name = "NAME")]
    feature: Vec<String>,
    /// A HubSpot object whose properties are read (repeatable) [default: contacts, companies, deals, and those mapped]
    #[arg(long, value_name = "NAME")]
    object: Vec<String>,
    /// Ask the histories of a few records which properties get values from Salesforce; no value is kept
    #[arg(long)]
    history: bool,
    /// Seconds that reading HubSpot may take; a call gets a quarter of it, a minute at most [default: 300]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,
    /// A file of field mappings, to hold against the properties (repeatable)
    #[arg(long, value_name = "FILE")]
    mappings: Vec<PathBuf>,
    /// Format on standard output
    #[arg(
        long,
        value_name = "FORMAT",
        help_heading = "Report",
        default_value = "table"
    )]
    format: TextOrJson,
    /// The least severity that makes the exit status 1 [default: high]
    #[arg(long, value_name = "SEVERITY", help_heading = "Report")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    clock: ClockArgs,
}

pub(super) fn run(args: &HubspotArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let style = context.style;
    if args.feature.iter().any(|name| name == "list") {
        context.print(|stdout| report::features(features(), &style, stdout))?;
        return Ok(ExitStatus::Success);
    }
    let now = clock::now(&args.clock, &context.config)?;
    let fail_on = FailOn::of(args.fail_on, &context.config)?;
    let config = &context.config;
    let named = if args.feature.is_empty() {
        &config.hubspot.features
    } else {
        &args.feature
    };
    check(named)?;
    let files = if args.mappings.is_empty() {
        &config.mappings
    } else {
        &args.mappings
    };
    let mut rows = Vec::new();
    for file in files {
        rows.extend(mapping::read(file)?);
    }
    let policy = policy_of(&args.files, config)?;
    let token = env("HUBSPOT_ACCESS_TOKEN");
    let mut facts = match &args.files.hubspot {
        Some(path) => file::load(path)?,
        // A policy alone says enough for some audits.
        None if token.is_none() && policy.is_some() => HubSpotFacts::default(),
        None => {
            let given = if args.object.is_empty() {
                &config.hubspot.objects
            } else {
                &args.object
            };
            let mut wanted = Wanted {
                objects: given
                    .iter()
                    .cloned()
                    .chain(rows.iter().map(|row| row.hubspot_object.clone()))
                    .collect(),
                features: named.clone(),
                optional_scopes: config.hubspot.optional_scopes.clone(),
                users: true,
                owners: true,
                histories: args.history,
            };
            if given.is_empty() {
                wanted.objects.extend(OBJECTS.map(str::to_owned));
            }
            let base = ApiUrl::parse(env("HUBSPOT_API_URL").as_deref())?;
            let net = NetSettings::from_env(&env);
            let mut client =
                HubSpotClient::new(base, token, &net, args.timeout.map(Duration::from_secs))?;
            let facts = block_on(async { Ok(collect(&mut client, &wanted, now).await) })?;
            answered(&facts)?;
            facts
        }
    };
    if !named.is_empty() {
        facts.features.clone_from(named);
    }
    if policy.is_some() {
        facts.policy = policy;
    }
    if let Some(path) = &args.save {
        file::save(&facts, path)?;
        context.note(&format!("saved {}", path.display()));
    }
    let with_mappings = !rows.is_empty();
    let hints = hints(&facts, &rows);
    let requirements = Requirements::derive(rows, &context.config.sync, &|_, _| None);
    let mut snapshot = Snapshot::default();
    cover(&facts, &mut snapshot);
    snapshot.hubspot = Some(facts);
    let mut audited = audit::run(&Input {
        hubspot_owners: None,
        snapshot: &snapshot,
        subject: &Subject::default(),
        user: &AuditedUser::default(),
        requirements: &requirements,
        profiles: context.config.profiles,
        intended: &[],
        account: None,
        fields_since: None,
        new_fields: None,
        now,
    });
    let own =
        |id: &str| AUDITS.contains(&id) || (with_mappings && AUDITS_OF_MAPPINGS.contains(&id));
    audited.findings.retain(|finding| own(finding.audit.id));
    audited.audits.retain(|outcome| own(outcome.audit.id));
    // The indices of findings in the rows are of the whole catalogue.
    audited.mappings.clear();
    for finding in &mut audited.findings {
        finding.mapping = None;
    }
    let facts = snapshot.hubspot.unwrap_or_default();
    let json = args.format == TextOrJson::Json;
    context.print(|stdout| match json {
        true => report::json(&facts, &audited, &hints, stdout),
        false => report::table(&facts, &audited, &hints, &style, stdout),
    })?;
    Ok(status(&facts, &audited, fail_on))
}

/// Without any answer to the token there is nothing to report or to save.
fn answered(facts: &HubSpotFacts) -> Result<(), Error> {
    let token = (facts.token.as_ref()).filter(|token| token.state == TokenState::Unanswered);
    match token.and_then(|token| token.refusal.as_ref()) {
        Some(refusal) if refusal.status.is_none() => {
            Err(Error::HubSpotSilent(refusal.message.clone()))
        }
        _ => Ok(()),
    }
}

fn check(names: &[String]) -> Result<(), Error> {
    match names.iter().find(|name| !is_feature(name)) {
        None => Ok(()),
        Some(name) => Err(Error::Usage(format!(
            "there is no feature `{name}`: `permgap hubspot --feature list` names all"
        ))),
    }
}

fn status(facts: &HubSpotFacts, audited: &AuditReport, fail_on: FailOn) -> ExitStatus {
    if audited
        .findings
        .iter()
        .any(|finding| fail_on.fails(finding.severity))
    {
        return ExitStatus::Findings;
    }
    let token = facts.token.as_ref().map(|token| token.state);
    if token == Some(TokenState::Unanswered) {
        return ExitStatus::NotEvaluated;
    }
    ExitStatus::Success
}

fn policy_of(files: &HubSpotFiles, config: &Config) -> Result<Option<Policy>, Error> {
    let path = (files.hubspot_policy.as_deref()).or(config.hubspot.policy.as_deref());
    Ok(path.map(policy::load).transpose()?)
}

/// HubSpot's facts and policy that flags or `permgap.toml` name.
pub(super) fn declared(
    files: &HubSpotFiles,
    config: &Config,
) -> Result<Option<HubSpotFacts>, Error> {
    check(&config.hubspot.features)?;
    let path = (files.hubspot.as_deref()).or(config.hubspot.facts.as_deref());
    let mut facts = path.map(file::load).transpose()?;
    if let Some(facts) = &mut facts
        && !config.hubspot.features.is_empty()
    {
        facts.features.clone_from(&config.hubspot.features);
    }
    if let Some(policy) = policy_of(files, config)? {
        facts.get_or_insert_default().policy = Some(policy);
    }
    Ok(facts)
}

/// Puts HubSpot's facts beside an org.
pub(super) fn attach(facts: Option<HubSpotFacts>, snapshot: &mut Snapshot) {
    if let Some(facts) = facts {
        cover(&facts, snapshot);
        snapshot.hubspot = Some(facts);
    }
}

/// Says how far HubSpot was read.
fn cover(facts: &HubSpotFacts, snapshot: &mut Snapshot) {
    snapshot
        .coverage
        .set(Area::HubSpot, CoverageStatus::Read, None);
    let properties = facts
        .properties
        .values()
        .map(|part| (part.status, &part.reason));
    let others = [
        (facts.users.status, &facts.users.reason),
        (facts.admin_changes.status, &facts.admin_changes.reason),
        (facts.owners.status, &facts.owners.reason),
    ];
    for (status, reason) in properties.chain(others) {
        if status != CoverageStatus::Read {
            let reason = reason
                .clone()
                .unwrap_or_else(|| "a part of it was not asked for".into());
            snapshot
                .coverage
                .lower(Area::HubSpot, CoverageStatus::Partial, reason);
        }
    }
}
