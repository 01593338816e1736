//! `system-permission-missing`: a system permission that HubSpot asks of its user is not enabled.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::Known;
use crate::finding::{Change, Confidence, Finding, Fix, Operation, Safety, Severity};

pub(super) static META: AuditMeta = AuditMeta {
    id: "system-permission-missing",
    error_type: Some(6),
    title: "A system permission that HubSpot asks for is missing",
    severity: Severity::Medium,
    confidence: Confidence::Likely,
    salesforce_errors: &["INSUFFICIENT_ACCESS_OR_READONLY"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
Whether the user has View Setup and Configuration (`ViewSetup`), which HubSpot lists among the permissions of its
Salesforce user. API Enabled has an audit of its own, and those of tasks and events count with their objects.
## Why it matters for the sync
HubSpot reads the org's set-up (fields, record types, users) through it: mappings cannot be listed or refreshed without it.
## What it cannot see
Permissions that only the installation needs (Modify Metadata, Download AppExchange Packages), and whether today's
connector still needs this one for each of its features.
## How to fix it
Enable the permission in a permission set of the integration user.
## Example
A user on Minimum Access whose only permission set grants objects and fields.
",
};

/// HubSpot's own list of minimum permissions (HubSpot Knowledge Base, "Salesforce integration user permissions").
const ASKED_FOR: &[(&str, &str)] = &[("ViewSetup", "View Setup and Configuration")];

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for (name, label) in ASKED_FOR {
        let access = facts.effective.user_permission(name);
        match access.known {
            Known::Yes => {}
            Known::Unknown => {
                outcome.not_known(format!("whether the user has {label} is not known"));
            }
            Known::No => {
                let fix = Fix::new(
                    Safety::Unsafe,
                    format!("Enable {label} for the integration user"),
                )
                .step("Open a permission set that is assigned to the integration user")
                .step(format!("System Permissions > Edit: select {label}, save"))
                .setup(format!("{} > System Permissions", facts.setup_container()))
                .change(Change::GrantUserPermission {
                    name: (*name).into(),
                    requires: Vec::new(),
                });
                let finding = Finding::new(&META, format!("The user lacks {label}"), fix)
                    .detail("HubSpot asks for it to read the org's fields, record types and users.")
                    .operation(Operation::Connect)
                    .subject(*name)
                    .evidence(facts.trail(&access.trail))
                    .evidence(facts.no_grant(label, "it", &access.trail));
                outcome.find(facts.unless_profile_is_silent_on(finding, name), Vec::new());
            }
        }
    }
    outcome
}
