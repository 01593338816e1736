//! The one error of the library's boundary: why the work could not be done. Exit status 2.

use crate::auth::AuthError;
use crate::baseline::BaselineError;
use crate::change::git::GitError;
use crate::collect::live_org::LiveError;
use crate::collect::metadata::CollectError;
use crate::collect::overlay::OverlayError;
use crate::collect::own_session::SessionError;
use crate::config::ConfigError;
use crate::fix::FixError;
use crate::hubspot::file::FactsError;
use crate::hubspot::policy::PolicyError;
use crate::hubspot::{ApiUrlError, ConnectError as HubSpotConnectError};
use crate::mapping::MappingFileError;
use crate::mapping::owners::OwnersFileError;
use crate::output::OutputError;
use crate::report::UnknownFormat;
use crate::report::access::NotAsked;
use crate::salesforce::ConnectError;
use crate::snapshot::store::StoreError;
use crate::triage::{InputError, RulesError};

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The flags do not say what is wanted, or contradict each other.
    #[error("{0}")]
    Usage(String),
    /// The settings file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A metadata tree.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// No session.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// No connection to a live org.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A live org.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// The operating system gives no means to wait for a network.
    #[error("no network can be used ({0})")]
    Runtime(#[source] std::io::Error),
    /// Ctrl-C.
    #[error("stopped by Ctrl-C; nothing was written")]
    Interrupted,
    /// A metadata tree to lay over the org.
    #[error(transparent)]
    Overlay(#[from] OverlayError),
    /// The integration user's own session.
    #[error(transparent)]
    OwnSession(#[from] SessionError),
    /// A snapshot.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A baseline.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// The repository that a change is looked for in.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A mapping file.
    #[error(transparent)]
    Mapping(#[from] MappingFileError),
    /// A file of HubSpot's facts.
    #[error(transparent)]
    HubSpotFacts(#[from] FactsError),
    /// A policy of HubSpot's side.
    #[error(transparent)]
    HubSpotPolicy(#[from] PolicyError),
    /// The address of HubSpot's API.
    #[error(transparent)]
    HubSpotUrl(#[from] ApiUrlError),
    /// HubSpot gave no answer at all.
    #[error("HubSpot did not answer ({0}): check the network, and HUBSPOT_API_URL where it is set")]
    HubSpotSilent(String),
    /// No way to ask HubSpot.
    #[error(transparent)]
    HubSpot(#[from] HubSpotConnectError),
    /// A file of triage rules.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// An input of sync errors.
    #[error(transparent)]
    SyncErrors(#[from] InputError),
    /// A file of HubSpot's owners.
    #[error(transparent)]
    Owners(#[from] OwnersFileError),
    /// A fix.
    #[error(transparent)]
    Fix(#[from] FixError),
    /// The user is not in the source.
    #[error("user `{wanted}` is not in {source_name}{}", nearest_of(.nearest))]
    NoSuchUser {
        /// As given.
        wanted: String,
        /// The source, for people.
        source_name: String,
        /// Usernames that come nearest, or all where they are few.
        nearest: Vec<String>,
    },
    /// An input file or standard input.
    #[error("`{path}` cannot be read ({source}): check the path and its permissions")]
    Input {
        /// The file, as given.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// What was asked for is no object and no field.
    #[error(transparent)]
    NotAsked(#[from] NotAsked),
    /// A report format that does not exist.
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    /// A file could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Standard output could not be written.
    #[error("standard output cannot be written ({0})")]
    Stdout(#[source] std::io::Error),
}

fn nearest_of(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!("; it knows {}", names.join(", ")),
    }
}

impl Error {
    /// Whether the reader of standard output went away, which is no error.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Stdout(source) if source.kind() == std::io::ErrorKind::BrokenPipe)
    }
}
