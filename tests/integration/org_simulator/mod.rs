//! A simulated Salesforce org over real HTTP, for tests and for trying permgap without Salesforce.
//!
//! [`OrgSimulator::start`] serves an [`Org`] on a loopback port. It answers REST and Tooling queries with a SOQL
//! evaluator of its own, describes objects as the caller sees them, gives out OAuth sessions, refuses what Salesforce
//! refuses, pages, counts calls, shows faults on demand, and remembers every request. It knows nothing of permgap.

mod describe;
pub(crate) mod faults;
pub(crate) mod fixture;
mod fixture_object;
mod groups;
mod http;
pub(crate) mod large;
mod listener;
pub(crate) mod log;
pub(crate) mod metadata;
pub(crate) mod model;
mod oauth;
pub(crate) mod org;
mod permission_rows;
mod refusal;
mod rest;
mod rights;
mod schema;
mod server;
mod shared;
mod sharing;
mod soap;
mod soql;
pub(crate) mod tree;
mod virtual_objects;

pub(crate) use org::Org;
pub(crate) use server::OrgSimulator;
