//! `--org`: logs in, collects the org with progress on standard error, and says what that cost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::args::SourceArgs;
use super::context::Context;
use super::progress::AreaProgress;
use crate::auth::{AuthError, Authenticator, LoginStore, SessionSource, SfCli};
use crate::collect::live_org::{self, Wanted};
use crate::config::Config;
use crate::error::Error;
use crate::mapping::MappingRow;
use crate::mapping::requirements::{Mapping, Requirements};
use crate::net::{HostPolicy, NetSettings};
use crate::report::access::Asked;
use crate::salesforce::{CallBudget, Client, ClientSettings, Observer, Traffic};
use crate::snapshot::{Name, Snapshot, standard};

/// Seconds that a run may take where neither flag nor file says otherwise.
const TIMEOUT: u64 = 600;

/// Records of each object that Salesforce is asked about where neither flag nor file says otherwise: one request's worth.
const SAMPLE: u32 = 200;

/// Requests at once: what does not wait for other work is some 20 requests. Salesforce limits only those that take longer
/// than 20 seconds, to 25 (REST API Developer Guide, "API Request Limits"); the client lowers it where an org asks for it.
const AT_ONCE: usize = 24;

/// A live org as flags and `permgap.toml` name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LiveOrg {
    /// Alias, username or address.
    pub(super) org: String,
    timeout: Duration,
    calls: CallBudget,
    sample: u32,
}

impl LiveOrg {
    pub(super) fn of(org: &str, args: &SourceArgs, config: &Config) -> Self {
        let calls = args.max_api_calls.or(config.max_api_calls);
        Self {
            org: org.to_owned(),
            timeout: Duration::from_secs(args.timeout.or(config.timeout).unwrap_or(TIMEOUT)),
            calls: calls.map_or_else(CallBudget::default, CallBudget::Calls),
            sample: args.sample.or(config.sample).unwrap_or(SAMPLE),
        }
    }

    /// Collects the org.
    pub(super) fn collect(
        &self,
        wanted: &Wanted,
        now: jiff::Timestamp,
        hosts: &[String],
        context: &mut Context<'_>,
    ) -> Result<Snapshot, Error> {
        let progress = Arc::new(AreaProgress::new(context.progress));
        let observer = Arc::clone(&progress);
        let observer = context
            .progress
            .then(|| -> Observer { Arc::new(move |traffic| observer.calls(traffic)) });
        let shown = context.progress;
        let told = |area| progress.area(area);
        let wanted = Wanted {
            sample: self.sample,
            ..wanted.clone()
        };
        let outcome = self.talk(hosts, observer, |client| async move {
            let told: Option<live_org::Told<'_>> = if shown { Some(&told) } else { None };
            Ok(live_org::collect(&client, &wanted, now, told).await)
        });
        progress.clear();
        let (snapshot, traffic) = outcome?;
        context.note(&cost(&traffic));
        Ok(snapshot?)
    }

    /// Asks the org something else than a snapshot.
    pub(super) fn ask<T, F: Future<Output = Result<T, Error>>>(
        &self,
        hosts: &[String],
        context: &mut Context<'_>,
        question: impl FnOnce(Client) -> F,
    ) -> Result<T, Error> {
        let (answer, traffic) = self.talk(hosts, None, question)?;
        context.note(&cost(&traffic));
        Ok(answer)
    }

    /// Opens a session, and tells what the work with it came to and cost.
    fn talk<T, F: Future<Output = Result<T, Error>>>(
        &self,
        hosts: &[String],
        observer: Option<Observer>,
        work: impl FnOnce(Client) -> F,
    ) -> Result<(T, Traffic), Error> {
        let settings = ClientSettings {
            net: NetSettings::from_env(&env),
            run_timeout: Some(self.timeout),
            calls: self.calls,
            start_at_once: AT_ONCE,
            most_at_once: AT_ONCE,
            observer,
            ..ClientSettings::default()
        };
        let auth = authenticator(hosts)?;
        let source = SessionSource::resolve(&self.org, &env, auth.store())?;
        block_on(async {
            let client = Client::connect(auth, source, settings).await?;
            let done = work(client.clone()).await?;
            Ok((done, client.traffic()))
        })
    }
}

/// What a run has cost, for a person.
fn cost(traffic: &Traffic) -> String {
    let mut text = format!("{} API calls used", traffic.api_calls);
    if let Some(left) = traffic.api_calls_left {
        text.push_str(&format!(", {left} left for this run"));
    }
    if let Some((used, total)) = traffic.org_usage {
        text.push_str(&format!(" (the org has used {used} of {total} today)"));
    }
    text
}

/// Reads an environment variable.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What opens sessions, with the logins that permgap keeps.
pub(super) fn authenticator(hosts: &[String]) -> Result<Authenticator, AuthError> {
    Authenticator::new(
        &NetSettings::from_env(&env),
        HostPolicy::new(hosts.iter().cloned()),
        SfCli::default(),
        Arc::new(LoginStore::of_user(&env)?),
    )
}

/// Runs work that talks to a network. Ctrl-C ends it where it waits: nothing is written before all is collected.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    runtime.block_on(async {
        tokio::select! {
            done = work => done,
            Ok(()) = tokio::signal::ctrl_c() => Err(Error::Interrupted),
        }
    })
}

/// The object that a standard lookup points to, which whoever writes the lookup must be able to read. What a custom one points
/// to is not known before the org is asked.
fn parent(mapping: &Mapping) -> Option<Name> {
    let field = standard::field(&mapping.object, &mapping.row.field)?;
    match field.reference_to.as_slice() {
        [parent] if mapping.row.sync_rule.writes() && !standard::is_of_setup(parent) => {
            Some(parent.clone())
        }
        _ => None,
    }
}

/// What a run wants of a live org: the objects of mappings and settings, and those asked for by name.
pub(super) fn wanted(user: &str, rows: &[MappingRow], config: &Config, asked: &[Asked]) -> Wanted {
    // Which objects a row counts on may hang on fields that are not known yet: then it counts on both.
    let needs = Requirements::derive(rows.to_vec(), &config.sync, &|_, _| None);
    let record_types = (needs.record_types.iter())
        .map(|used| (used.object.clone(), used.name.clone()))
        .chain((needs.picklists.iter()).filter_map(|used| {
            let name = used.record_type.clone()?;
            Some((used.object.clone(), name))
        }))
        .collect();
    let mut objects: BTreeSet<Name> = needs.objects.into_keys().collect();
    let mut fields: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for mapping in needs.mappings {
        objects.insert(mapping.object.clone());
        objects.extend(parent(&mapping));
        fields
            .entry(mapping.object)
            .or_default()
            .insert(mapping.row.field);
    }
    objects.extend(needs.any_create.into_iter().flat_map(|any| any.objects));
    objects.extend(needs.record_types.into_iter().map(|used| used.object));
    objects.extend(config.sync.objects.iter().cloned());
    for asked in asked {
        objects.insert(asked.object.clone());
        if let Some(field) = &asked.field {
            let of_object = fields.entry(asked.object.clone()).or_default();
            of_object.insert(field.clone());
        }
    }
    Wanted {
        user: user.to_owned(),
        objects,
        fields,
        flows: needs.flows.into_iter().collect(),
        record_types,
        ..Wanted::default()
    }
}
