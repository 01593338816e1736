//! The audits, one a file: each compares what the mappings need with what the user may do.

mod meta;
pub use meta::AuditMeta;
