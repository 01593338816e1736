//! The audits, one a file: each compares what the mappings need with what the user may do.
//!
//! In: [`Facts`]. Out: [`Outcome`]s, which [`run`] turns into findings and verdicts. Audits are pure: no I/O and
//! no clock, so the same snapshot and mappings give the same findings.
//!
//! To add an audit, copy `api_access_missing.rs`, list it in [`CATALOGUE`], give it a case in the demo org and
//! tests in `tests/`. `CONTRIBUTING.md` has the steps.

mod apex_runs_as_user;
mod api_access_missing;
mod assignment_not_effective;
mod broader_than_needed;
mod bypass;
mod connector_exceeds_user;
mod duplicate_mapping;
mod facts;
mod field_never_editable;
mod field_not_editable;
mod field_not_readable;
mod flow_runs_as_user;
mod hubspot_property_missing;
mod hubspot_property_not_writable;
mod hubspot_scope_missing;
mod hubspot_scope_unused;
mod hubspot_token_invalid;
mod installer_below_minimum;
mod lacks;
pub(crate) mod licence_limits_grant;
mod login_restricted;
mod mapped_field_missing;
mod mapped_property;
mod meta;
mod muted_in_group;
mod new_field_without_access;
mod object_not_accessible;
mod object_operation_missing;
mod owner_inactive;
mod owner_not_assignable;
mod owner_unmatched;
mod owners;
mod package_access_missing;
mod package_not_licensed;
mod packages;
mod parent_not_accessible;
mod permission_set_unassigned;
mod picklist_value_rejected;
mod prove;
mod record_type_not_available;
mod records;
mod records_not_editable;
mod records_not_visible;
mod remedy;
mod required_field_unmapped;
mod run;
mod shared_with_people;
mod super_admin_left_over;
mod system_permission_missing;
mod type_mismatch;
mod user_cannot_log_in;
mod validation_rule_blocks;

pub use facts::Facts;
pub use meta::AuditMeta;
pub use run::{Input, NewFields, run};

use crate::finding::Finding;

/// A finding and the mappings that it concerns: indices into the requirements' mappings.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What is wrong.
    pub finding: Finding,
    /// The mappings that cannot work because of it.
    pub mappings: Vec<usize>,
}

/// What one audit says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// What is wrong.
    pub found: Vec<Found>,
    /// What could not be looked at, each a clause: `Read on Lead is not known`. One that stands twice counts once.
    pub unknown: Vec<String>,
    /// Why there is nothing to find, where that needs saying: a sentence.
    pub note: Option<String>,
}

impl Outcome {
    fn find(&mut self, finding: Finding, mappings: Vec<usize>) {
        self.found.push(Found { finding, mappings });
    }

    fn note(&mut self, why: impl Into<String>) {
        self.note = Some(why.into());
    }

    fn not_known(&mut self, what: impl Into<String>) {
        self.unknown.push(what.into());
    }
}

/// One audit of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Audit {
    /// What is fixed about it.
    pub meta: &'static AuditMeta,
    /// Looks for the fault.
    pub look: fn(&Facts<'_>) -> Outcome,
}

macro_rules! catalogue {
    ($($module:ident),+ $(,)?) => {
        /// Every audit, in the order in which reports list them: the connection, objects, fields, values,
        /// the mapping itself.
        pub const CATALOGUE: &[Audit] = &[$(Audit { meta: &$module::META, look: $module::look }),+];
    };
}

catalogue!(
    user_cannot_log_in,
    login_restricted,
    api_access_missing,
    system_permission_missing,
    licence_limits_grant,
    object_not_accessible,
    object_operation_missing,
    mapped_field_missing,
    field_not_readable,
    field_not_editable,
    field_never_editable,
    muted_in_group,
    permission_set_unassigned,
    assignment_not_effective,
    record_type_not_available,
    records_not_visible,
    records_not_editable,
    parent_not_accessible,
    owner_inactive,
    owner_unmatched,
    owner_not_assignable,
    picklist_value_rejected,
    package_not_licensed,
    package_access_missing,
    validation_rule_blocks,
    flow_runs_as_user,
    apex_runs_as_user,
    new_field_without_access,
    required_field_unmapped,
    duplicate_mapping,
    type_mismatch,
    hubspot_property_missing,
    hubspot_property_not_writable,
    hubspot_token_invalid,
    hubspot_scope_missing,
    hubspot_scope_unused,
    connector_exceeds_user,
    installer_below_minimum,
    super_admin_left_over,
    broader_than_needed,
    shared_with_people,
);

/// The audit of that id.
pub fn by_id(id: &str) -> Option<&'static Audit> {
    CATALOGUE.iter().find(|audit| audit.meta.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_audit_is_documented_under_the_same_headings_and_named_after_its_file() {
        for audit in CATALOGUE {
            let file = format!("src/audit/{}.rs", audit.meta.id.replace('-', "_"));
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
            assert!(path.exists(), "{file}");
            let mut from = 0;
            for heading in [
                "## What it checks",
                "## Why it matters for the sync",
                "## What it cannot see",
                "## How to fix it",
                "## Example",
            ] {
                let at = audit.meta.docs[from..].find(heading);
                assert!(at.is_some(), "{}: {heading}", audit.meta.id);
                from += at.unwrap();
            }
        }
    }

    #[test]
    fn ids_are_unique() {
        let ids: std::collections::BTreeSet<_> = CATALOGUE.iter().map(|a| a.meta.id).collect();
        assert_eq!(ids.len(), CATALOGUE.len());
    }
}
