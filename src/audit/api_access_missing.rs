//! `api-access-missing`: the user may not call the API, so nothing syncs.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::Known;
use crate::finding::{Change, Confidence, Finding, Fix, Operation, Safety, Severity};

pub(super) static META: AuditMeta = AuditMeta {
    id: "api-access-missing",
    error_type: Some(6),
    title: "The integration user may not use the API",
    severity: Severity::Critical,
    confidence: Confidence::Certain,
    salesforce_errors: &["API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
Whether the profile or an assigned permission set enables API Enabled (`ApiEnabled`).
## Why it matters for the sync
HubSpot reads and writes only through the API. Without it the whole integration is suspended.
## What it cannot see
Whether the org's edition includes the API, and what a connected app's policies demand besides.
## How to fix it
Enable API Enabled in a permission set of the integration user, then re-enter the connection in HubSpot.
## Example
A profile cloned from Minimum Access with no permission set that enables `ApiEnabled`.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let access = facts.effective.user_permission("ApiEnabled");
    match access.known {
        Known::Yes => {}
        Known::Unknown => outcome.not_known("whether the user has API Enabled is not known"),
        Known::No => {
            let fix = Fix::new(Safety::Safe, "Enable API Enabled for the integration user")
                .step("Open a permission set that is assigned to the integration user")
                .step("System Permissions > Edit: select API Enabled, save")
                .setup(format!("{} > System Permissions", facts.setup_container()))
                .change(Change::GrantUserPermission {
                    name: "ApiEnabled".into(),
                    requires: Vec::new(),
                });
            let finding = Finding::new(&META, "The user has no API access (API Enabled)", fix)
                .detail("HubSpot cannot log in: every object stops syncing.")
                .operation(Operation::Connect)
                .subject("ApiEnabled")
                .evidence(facts.trail(&access.trail))
                .evidence(facts.no_grant("API Enabled", "it", &access.trail));
            let finding = facts.unless_profile_is_silent_on(finding, "ApiEnabled");
            let all = facts
                .mappings()
                .filter(|(_, mapping, _)| mapping.row.sync_rule.reads())
                .map(|(index, ..)| index)
                .collect();
            outcome.find(finding, all);
        }
    }
    outcome
}
