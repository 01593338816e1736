//! `hubspot-property-missing`: a mapping names a HubSpot property that is archived or not there.

use super::mapped_property::mapped;
use super::{AuditMeta, Facts, Outcome};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Fix, Safety, Severity};

pub(super) static META: AuditMeta = AuditMeta {
    id: "hubspot-property-missing",
    error_type: None,
    title: "A mapped HubSpot property is archived or does not exist",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &[],
    hubspot_category: Some("Property Mappings"),
    docs: "\
## What it checks
Each syncing mapping's property against the properties that HubSpot's API lists for the object (`permgap hubspot --save`, then
`--hubspot FILE`).
## Why it matters for the sync
A mapping to an archived property carries no values.
## What it cannot see
Mapping files that hold labels instead of internal names: nearly every row is then reported.
## How to fix it
Restore the property, or remove the mapping.
## Example
`renewal_date__c` was archived last spring, and its mapping is still there.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for mapped in mapped(facts, &mut outcome) {
        if mapped.property.is_some() {
            continue;
        }
        let row = &mapped.mapping.row;
        let label = format!("{} {}", row.hubspot_object, row.hubspot_property);
        let archived = mapped.part.rows.iter().any(|property| {
            property.archived && property.name.eq_ignore_ascii_case(&row.hubspot_property)
        });
        let (title, fix) = if archived {
            let fix = Fix::new(
                Safety::Advice,
                format!("Restore {label}, or remove its mapping"),
            );
            (format!("HubSpot property {label} is archived"), fix)
        } else {
            let fix = Fix::new(
                Safety::Advice,
                format!("Correct or remove the mapping of {label}"),
            );
            (format!("HubSpot has no property {label}"), fix)
        };
        let fix = fix
            .step("HubSpot > Settings > Properties: look the property up, among the archived ones too")
            .step("HubSpot > Settings > Integrations > Salesforce: open the object's mappings");
        let text = match mapped.part.rows.len() {
            0 => "HubSpot lists no properties".to_owned(),
            count => format!(
                "HubSpot lists {count} properties of {}, archived ones included",
                row.hubspot_object
            ),
        };
        let mut finding = Finding::new(&META, title, fix)
            .detail("The mapping carries no values.")
            .object(&mapped.mapping.object)
            .field(&row.field)
            .subject(label)
            .mapping(mapped.index)
            .evidence(facts.rows(&[mapped.index]))
            .evidence([Evidence::new(EvidenceKind::Definition, text)]);
        if mapped.part.rows.is_empty() {
            finding = finding.at_most(Confidence::Possible);
        }
        outcome.find(finding, vec![mapped.index]);
    }
    outcome
}
