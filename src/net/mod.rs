//! What every connection of this program shares: which hosts may see a credential, how a client is built,
//! how a body is read within bounds, and how text is cleared of secrets.
//!
//! In: URLs and settings from arguments and the environment. Out: checked [`OrgUrl`]s, a [`reqwest`]
//! client, bounded bodies. Knows neither Salesforce's API nor OAuth.

mod body;
mod client;
mod host;
mod redact;

pub use body::{BodyError, read_body};
pub use client::{ClientError, NetSettings, build_client, describe_failure};
pub use host::{HostPolicy, OrgUrl, UrlError};
pub use redact::{bounded, redact};
