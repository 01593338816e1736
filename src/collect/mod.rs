//! Sources of an org's facts, all with one result: a [`Snapshot`](crate::snapshot::Snapshot) with its coverage.
//!
//! In: where to look. Out: facts, and what could not be read. Knows nothing of mappings, users' effective
//! permissions or findings.

mod apex_source;
mod flow_body;
pub mod live_org;
pub mod metadata;
pub mod overlay;
pub mod own_session;
