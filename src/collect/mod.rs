//! Sources of an org's facts, all with one result: a [`Snapshot`](crate::snapshot::Snapshot) with its coverage.
//!
//! In: where to look. Out: facts, and what could not be read. Knows nothing of mappings, users' effective
//! permissions or findings.

pub mod live_org;
pub mod metadata;
