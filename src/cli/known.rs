//! `--baseline` and `--write-baseline`: findings that are known and do not fail.

use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Context;
use crate::baseline::{self, Baseline, BaselineError};
use crate::config::Config;
use crate::error::Error;
use crate::output::write_atomically;
use crate::report::AuditReport;

/// Where a baseline is written when no file is named.
const DEFAULT_FILE: &str = "permgap-baseline.json";

/// Flags on known findings.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Report")]
pub(super) struct KnownArgs {
    /// Findings of this report or baseline file are known: they are shown and do not fail
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the findings of this run as a baseline [default: the file of --baseline, else permgap-baseline.json]
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    write_baseline: Option<Option<PathBuf>>,
}

/// What is known, and where to write what will be.
pub(super) struct KnownFindings {
    baseline: Option<Baseline>,
    write: Option<PathBuf>,
}

impl KnownFindings {
    /// Reads the baseline that the flags name, or else `permgap.toml`.
    pub(super) fn of(args: &KnownArgs, config: &Config) -> Result<Self, Error> {
        let file = args.baseline.as_ref().or(config.baseline.as_ref());
        let write = args.write_baseline.as_ref().map(|given| {
            let default = || file.cloned().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
            given.clone().unwrap_or_else(default)
        });
        let write = write.or_else(|| config.write_baseline.clone());
        let baseline = match file {
            Some(file) => match Baseline::load(file) {
                Ok(baseline) => Some(baseline),
                // The first run that writes the baseline has none yet.
                Err(BaselineError::Unreadable { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound
                        && write.as_deref() == Some(Path::new(file)) =>
                {
                    None
                }
                Err(error) => return Err(error.into()),
            },
            None => None,
        };
        Ok(Self { baseline, write })
    }

    /// Marks the report's known findings; where a baseline is written, those of this run are known from now on.
    pub(super) fn apply(
        self,
        report: &mut AuditReport,
        now: jiff::Timestamp,
        context: &mut Context<'_>,
    ) -> Result<(), Error> {
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let intended = &context.config.intended_gap;
        let Some(path) = self.write else {
            if let Some(baseline) = self.baseline {
                baseline.apply(report, intended, today);
            }
            return Ok(());
        };
        let old = self.baseline.unwrap_or_default();
        let new = Baseline::of(report, intended, &old);
        write_atomically(&path, |writer| new.write(writer))?;
        new.apply(report, intended, today);
        context.note(&format!(
            "wrote {} ({}, {} known)",
            path.display(),
            baseline::SCHEMA,
            new.len()
        ));
        Ok(())
    }
}
