//! Flags that commands share, grouped as `--help` shows them.

use std::path::PathBuf;

use clap::builder::TypedValueParser as _;
use clap::{Args, ValueEnum};

use super::context::setting;
use crate::config::Config;
use crate::error::Error;
use crate::finding::Severity;
use crate::report::Format;

/// Where the org's facts come from.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Source of the org")]
#[group(multiple = true)]
pub(super) struct SourceArgs {
    /// A live org: an alias or username of the `sf` command line or of `permgap login`, or an address with credentials
    /// in the environment
    #[arg(long, value_name = "ALIAS|USERNAME|URL", conflicts_with_all = ["source_dir", "snapshot", "demo"])]
    pub(super) org: Option<String>,
    /// A host outside Salesforce's domains that may see a token (repeatable)
    #[arg(long, value_name = "HOST")]
    pub(super) allow_host: Vec<String>,
    /// Seconds that collecting a live org may take [default: 600]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) timeout: Option<u64>,
    /// API calls that collecting a live org may use [default: 20% of what is left of the org's daily allowance]
    #[arg(long, value_name = "N")]
    pub(super) max_api_calls: Option<u64>,
    /// Records of each object that Salesforce is asked about for the user, ids only; 0 for none [default: 200]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=2000))]
    pub(super) sample: Option<u32>,
    /// A metadata tree: SFDX source or Metadata API format (repeatable; several are read as one org)
    #[arg(long, value_name = "DIR", conflicts_with_all = ["snapshot", "demo"])]
    pub(super) source_dir: Vec<PathBuf>,
    /// A snapshot that `permgap snapshot` saved (.json or .json.gz)
    #[arg(long, value_name = "FILE", conflicts_with = "demo")]
    pub(super) snapshot: Option<PathBuf>,
    /// The invented org that is built into permgap, with its mappings
    #[arg(long)]
    pub(super) demo: bool,
    /// A metadata tree to lay over the org: everything is shown as it will be once it is deployed, its
    /// `destructiveChanges*.xml` too (repeatable, in the order of deployment)
    #[arg(long, value_name = "DIR")]
    pub(super) overlay: Vec<PathBuf>,
}

impl SourceArgs {
    /// Whether a flag names a source.
    pub(super) fn is_given(&self) -> bool {
        self.org.is_some() || self.demo || self.snapshot.is_some() || !self.source_dir.is_empty()
    }
}

/// Whose access is looked at.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Integration user")]
pub(super) struct UserArgs {
    /// Username or id of the integration user, where the source knows users
    #[arg(long, value_name = "USERNAME|ID")]
    pub(super) user: Option<String>,
    /// The user's profile, for a metadata tree, which knows no users
    #[arg(long, value_name = "NAME", conflicts_with = "user")]
    pub(super) profile: Option<String>,
    /// A permission set of the user, by API name; with --user, one that counts as assigned as well (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(super) permission_set: Vec<String>,
    /// A permission set group of the user, by API name; with --user, one that counts as assigned as well (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(super) permission_set_group: Vec<String>,
}

impl UserArgs {
    /// Whether the user is to have more than is assigned in the org.
    pub(super) fn assigns_more(&self) -> bool {
        self.user.is_some()
            && !(self.permission_set.is_empty() && self.permission_set_group.is_empty())
    }

    /// Whether a flag names the user or what the user has.
    pub(super) fn is_given(&self) -> bool {
        self.user.is_some()
            || self.profile.is_some()
            || !self.permission_set.is_empty()
            || !self.permission_set_group.is_empty()
    }
}

/// What every command takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "General")]
pub(super) struct GeneralArgs {
    /// Settings file [default: permgap.toml in the current folder, where there is one]
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,
    /// Print nothing but what was asked for, and errors
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// Show no progress bars (they are off anyway in CI and where standard error is no terminal)
    #[arg(long, global = true)]
    pub(super) no_progress: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", global = true)]
    pub(super) color: Option<ColorChoice>,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The least severity that makes the exit status 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum FailOn {
    Critical,
    #[default]
    High,
    Medium,
    Low,
    /// Findings never fail.
    Never,
}

impl FailOn {
    /// What the flag says, or else `permgap.toml`.
    pub(super) fn of(flag: Option<Self>, config: &Config) -> Result<Self, Error> {
        match (flag, config.fail_on.as_deref()) {
            (Some(severity), _) => Ok(severity),
            (None, Some(text)) => setting("fail-on", text),
            (None, None) => Ok(Self::default()),
        }
    }

    /// Whether a finding of that severity fails.
    pub(super) fn fails(self, severity: Severity) -> bool {
        let least = match self {
            Self::Critical => Severity::Critical,
            Self::High => Severity::High,
            Self::Medium => Severity::Medium,
            Self::Low => Severity::Low,
            Self::Never => return false,
        };
        severity >= least
    }
}

/// Parses a report format, so that `--help` lists them all.
pub(super) fn format_parser() -> impl clap::builder::TypedValueParser<Value = Format> {
    let names = Format::ALL.iter().map(|format| format.as_str());
    clap::builder::PossibleValuesParser::new(names).try_map(|name| name.parse::<Format>())
}

/// The clock that a report is dated by.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Report")]
pub(super) struct ClockArgs {
    /// The time of the audit, RFC 3339 [default: SOURCE_DATE_EPOCH, or now]
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<String>,
}
