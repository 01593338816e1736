//! What the commands that audit share: their flags, what is read for them, and the input of the audits made of it.

use std::path::PathBuf;

use clap::Args;

use super::args::{ClockArgs, SourceArgs, UserArgs};
use super::context::Context;
use super::hubspot::HubSpotFiles;
use super::org::{Errand, Source, Who, lay_over, mapping_rows, overlays, requirements};
use super::owners::Owners;
use super::{clock, hubspot};
use crate::audit::Input;
use crate::config::Config;
use crate::demo;
use crate::error::Error;
use crate::mapping::MappingRow;
use crate::mapping::requirements::Requirements;
use crate::snapshot::Snapshot;
use crate::snapshot::hubspot::HubSpotFacts;

/// What an audit is made of.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct AuditedArgs {
    #[command(flatten)]
    pub(super) source: SourceArgs,
    #[command(flatten)]
    pub(super) user: UserArgs,
    #[command(flatten)]
    pub(super) needs: NeedsArgs,
    #[command(flatten)]
    pub(super) clock: ClockArgs,
}

/// What HubSpot needs, and what it tells.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What HubSpot needs")]
pub(super) struct NeedsArgs {
    /// A file of field mappings: csv, json or toml, or HubSpot's own export (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(super) mappings: Vec<PathBuf>,
    /// A file of HubSpot's owners: the answer of its owners API, or a CSV with email, name, archived
    #[arg(long, value_name = "FILE")]
    hubspot_owners: Option<PathBuf>,
    #[command(flatten)]
    hubspot: HubSpotFiles,
    /// Since when a field counts as new: a date or a time [default: 90 days before the org was read]
    #[arg(long, value_name = "DATE")]
    fields_since: Option<String>,
}

/// Everything that is read before the org is: what is wrong in flags and files shows before the long work.
pub(super) struct Asked<'a> {
    args: &'a AuditedArgs,
    pub(super) source: Source,
    now: jiff::Timestamp,
    fields_since: Option<jiff::Timestamp>,
    rows: Vec<MappingRow>,
    owners: Option<Owners>,
    facts: Option<HubSpotFacts>,
}

impl<'a> Asked<'a> {
    /// Reads what the flags name, or else `permgap.toml`; the demo brings its own settings.
    pub(super) fn of(args: &'a AuditedArgs, context: &mut Context<'_>) -> Result<Self, Error> {
        let now = clock::now(&args.clock, &context.config)?;
        let source = Source::choose(&args.source, &context.config)?;
        if source == Source::Demo {
            context.config = demo::config(std::mem::take(&mut context.config))?;
        }
        let config = &context.config;
        let needs = &args.needs;
        let facts = hubspot::declared(&needs.hubspot, config)?;
        let flag = needs.hubspot_owners.as_deref();
        let owners = Owners::find(flag, &source, config, facts.as_ref())?;
        Ok(Self {
            fields_since: clock::fields_since(needs.fields_since.as_deref(), config)?,
            rows: mapping_rows(&needs.mappings, config, &source)?,
            args,
            source,
            now,
            owners,
            facts,
        })
    }

    /// Collects the org.
    pub(super) fn collect(self, context: &mut Context<'_>) -> Result<Audited, Error> {
        Ok(self.collect_with_base(context, false)?.0)
    }

    /// Collects the org, and where `keep` says so, as it is without what is laid over it.
    pub(super) fn collect_with_base(
        self,
        context: &mut Context<'_>,
        keep: bool,
    ) -> Result<(Audited, Option<Snapshot>), Error> {
        let args = self.args;
        let errand = Errand {
            compared: None,
            owners: self.owners.as_ref().map_or(&[], |owners| &owners.rows),
            who: &args.user,
            rows: &self.rows,
            asked: &[],
            formulas: &[],
            allow_host: &args.source.allow_host,
            overlay: &args.source.overlay,
            now: self.now,
        };
        let mut base = self.source.collect_base(&errand, context)?;
        let config = &context.config;
        hubspot::attach(self.facts, &mut base);
        let kept = keep.then(|| base.clone());
        let snapshot = lay_over(base, overlays(&args.source.overlay, config))?;
        let audited = Audited {
            who: Who::find(&args.user, config, &self.source, &snapshot, self.now)?,
            requirements: requirements(self.rows, config, &snapshot),
            fields_since: (self.fields_since).or_else(|| clock::fields_since_by_default(&snapshot)),
            owners: self.owners,
            now: self.now,
            snapshot,
        };
        Ok((audited, kept))
    }
}

/// Everything that an audit looks at.
pub(super) struct Audited {
    pub(super) snapshot: Snapshot,
    pub(super) who: Who,
    pub(super) requirements: Requirements,
    pub(super) now: jiff::Timestamp,
    fields_since: Option<jiff::Timestamp>,
    owners: Option<Owners>,
}

impl Audited {
    /// The input of the audits.
    pub(super) fn input<'i>(&'i self, config: &'i Config) -> Input<'i> {
        Input {
            snapshot: &self.snapshot,
            subject: &self.who.subject,
            user: &self.who.user,
            requirements: &self.requirements,
            profiles: config.profiles,
            intended: &config.intended_gap,
            account: self.who.account(&self.snapshot),
            fields_since: self.fields_since,
            new_fields: None,
            hubspot_owners: self.owners.as_ref().map(Owners::known),
            now: self.now,
        }
    }
}
