//! `duplicate-mapping`: two mappings that write one Salesforce field.

use std::collections::BTreeMap;

use super::{AuditMeta, Facts, Outcome};
use crate::finding::{Confidence, Finding, Fix, Operation, Safety, Severity};

pub(super) static META: AuditMeta = AuditMeta {
    id: "duplicate-mapping",
    error_type: None,
    title: "A Salesforce field is written by more than one mapping",
    severity: Severity::Medium,
    confidence: Confidence::Certain,
    salesforce_errors: &[],
    hubspot_category: Some("Property Mappings"),
    docs: "\
## What it checks
Whether two mappings of one HubSpot object whose rules write point to the same Salesforce field, upper and lower case aside. A
mapping that only reads the field (`Always use Salesforce`) sets nothing in Salesforce, and so is in nobody's way.
## Why it matters for the sync
The properties overwrite each other, and which one wins changes from sync to sync.
## What it cannot see
Mappings that are in no file given. One HubSpot property that takes its value from two Salesforce fields.
## How to fix it
Keep one of the mappings that write; set the others to `Always use Salesforce` or `Don't sync`, or remove them.
## Example
`phone` and `mobilephone` are both mapped to Contact.Phone.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    if facts.requirements.mappings.is_empty() {
        outcome.not_known("no mappings were given");
        return outcome;
    }
    let mut by_field = BTreeMap::new();
    for (index, mapping, _) in facts.mappings() {
        if mapping.row.sync_rule.writes() {
            let hubspot = mapping.row.hubspot_object.to_lowercase();
            let key = (&mapping.object, &mapping.row.field, hubspot);
            by_field.entry(key).or_insert_with(Vec::new).push(index);
        }
    }
    for ((object, field, hubspot_object), mappings) in by_field {
        if mappings.len() < 2 {
            continue;
        }
        let properties: Vec<&str> = mappings
            .iter()
            .filter_map(|index| facts.requirements.mappings.get(*index))
            .map(|mapping| mapping.row.hubspot_property.as_str())
            .collect();
        let fix = Fix::new(
            Safety::Advice,
            format!("Keep one mapping that writes {object}.{field}"),
        )
        .step("HubSpot > Settings > Integrations > Salesforce: open the object's mappings")
        .step(format!(
            "Keep one of {}, set the others to 'Always use Salesforce' or 'Don't sync'",
            properties.join(", ")
        ));
        let finding = Finding::new(
            &META,
            format!("{object}.{field} is written by {} mappings", mappings.len()),
            fix,
        )
        .detail(format!(
            "Its values come from {} in turn.",
            properties.join(", ")
        ))
        .object(object)
        .field(field)
        .operation(Operation::Edit)
        .subject(hubspot_object)
        .evidence(facts.rows(&mappings));
        outcome.find(finding, mappings);
    }
    outcome
}
