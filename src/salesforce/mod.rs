//! The Salesforce API client: REST, Tooling, composite reads and the two SOAP reads that nothing replaces.
//!
//! In: a session and statements. Out: rows as they are on the wire, or an [`ApiError`] that says what was
//! refused and why. It knows HTTP and Salesforce's rules for requests, nothing of audits.
//!
//! It can only read. A request is a `Call`, and the only constructors of one are: a GET below
//! `/services/data/` (and of `/services/oauth2/userinfo`), a composite batch of such GETs, and the SOAP
//! operations `readMetadata` and `listMetadata`.

mod allowance;
mod call;
mod classify;
mod client;
mod composite;
mod engine;
mod error;
mod governor;
mod keeper;
mod query;
mod soap;
pub mod soql;
mod traffic;

pub use client::{CallBudget, Client, ClientSettings, ConnectError};
pub use composite::{Sub, SubReply};
pub use error::{ApiError, ApiErrorKind};
pub use query::Pages;
pub use soap::{FileProperties, MetadataRecord};
pub use traffic::{Observer, Traffic};
