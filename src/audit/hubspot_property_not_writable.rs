//! `hubspot-property-not-writable`: a rule lets Salesforce write a property that HubSpot keeps itself.

use super::mapped_property::mapped;
use super::{AuditMeta, Facts, Outcome};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Fix, Safety, Severity};

pub(super) static META: AuditMeta = AuditMeta {
    id: "hubspot-property-not-writable",
    error_type: None,
    title: "A mapping writes a HubSpot property that is calculated or read-only",
    severity: Severity::Medium,
    confidence: Confidence::Certain,
    salesforce_errors: &[],
    hubspot_category: Some("Property Mappings"),
    docs: "\
## What it checks
Syncing mappings of properties that HubSpot calculates, or whose values it calls read-only: every rule that syncs lets Salesforce's
value overwrite HubSpot's.
## Why it matters for the sync
HubSpot refuses the value, or loses it at the next calculation.
## What it cannot see
Validation rules on properties, which refuse single values.
## How to fix it
Map another property, and compute from it.
## Example
The lead score of HubSpot is mapped Two-way: what Salesforce has never arrives.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for mapped in mapped(facts, &mut outcome) {
        let Some(property) = mapped.property else {
            continue;
        };
        let row = &mapped.mapping.row;
        let why = match (property.calculated, property.read_only_value) {
            (true, _) => "HubSpot calculates it",
            (false, Some(true)) => "HubSpot calls its values read-only",
            (false, _) => continue,
        };
        let label = format!("{} {}", row.hubspot_object, row.hubspot_property);
        let fix = Fix::new(Safety::Advice, format!("Map another property than {label}"))
            .step("Make a property of the same type that can be written, and map that")
            .step("HubSpot > Settings > Integrations > Salesforce: open the object's mappings");
        let finding = Finding::new(
            &META,
            format!("Salesforce cannot write HubSpot property {label}"),
            fix,
        )
        .detail(format!(
            "{why}, and the rule {} lets Salesforce overwrite it.",
            row.sync_rule.label()
        ))
        .object(&mapped.mapping.object)
        .field(&row.field)
        .subject(label)
        .mapping(mapped.index)
        .evidence(facts.rows(&[mapped.index]))
        .evidence([Evidence::new(
            EvidenceKind::Definition,
            format!("{}: {why}", property.name),
        )]);
        outcome.find(finding, vec![mapped.index]);
    }
    outcome
}
