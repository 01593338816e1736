//! `mapped-field-missing`: a mapping names a field that the object does not have.

use super::facts::NeededField;
use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Existence, nearest};
use crate::finding::{Confidence, Finding, Fix, Operation, Safety, Severity};
use crate::snapshot::{Area, CoverageStatus};

pub(super) static META: AuditMeta = AuditMeta {
    id: "mapped-field-missing",
    error_type: Some(1),
    title: "A mapped field does not exist",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"],
    hubspot_category: Some("Property Mappings"),
    docs: "\
## What it checks
Whether each mapped field exists on its object, where the source holds all fields of the object. Salesforce answers a
field that is hidden and one that does not exist with the same error.
## Why it matters for the sync
A dead mapping fails on every record, and looks like a missing permission.
## What it cannot see
A metadata tree seldom holds all fields of an object: there a field that is nowhere defined is reported as not known.
## How to fix it
Correct the field's name in the mapping, or remove the mapping.
## Example
`leadscore` is mapped to Lead.Score__c, which was renamed to Lead_Score__c.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for needed in facts.needed_fields() {
        match needed.access.nature.existence {
            Existence::Exists => {}
            Existence::NotKnown => match gone(facts, &needed) {
                Some(since) => {
                    let detail = format!(
                        "Its definition was in the metadata tree at {since}, and is gone. Once it is deleted from the org, \
                         Salesforce answers every sync of it with 'no such column'."
                    );
                    let title = format!("The change removes {}", needed.label());
                    let finding =
                        missing(facts, &needed, title, detail).at_most(Confidence::Likely);
                    outcome.find(finding, needed.mappings.to_vec());
                }
                None => {
                    outcome.not_known(format!("no definition of {} was found", needed.label()));
                }
            },
            Existence::Missing => {
                let title = format!("{} does not exist", needed.label());
                let detail = "Salesforce answers every sync of it with 'no such column'.";
                let mut finding = missing(facts, &needed, title, detail.to_owned());
                if facts.snapshot.coverage.status(Area::Fields) != CoverageStatus::Read {
                    finding = finding.at_most(Confidence::Likely);
                }
                outcome.find(finding, needed.mappings.to_vec());
            }
        }
    }
    outcome
}

/// Since when the change that is looked at has the field no more, where it has defined it before.
fn gone<'a>(facts: &Facts<'a>, needed: &NeededField<'_>) -> Option<&'a str> {
    let change = facts.new_fields?;
    let fields = change.gone.get(needed.object)?;
    fields
        .contains(needed.field)
        .then_some(change.since.as_str())
}

fn missing(facts: &Facts<'_>, needed: &NeededField<'_>, title: String, detail: String) -> Finding {
    let near = facts
        .snapshot
        .objects
        .get(needed.object)
        .map(|object| nearest(needed.field, object.fields.keys()))
        .unwrap_or_default();
    let mut fix = Fix::new(
        Safety::Advice,
        format!("Correct or remove the mapping to {}", needed.label()),
    )
    .step("HubSpot > Settings > Integrations > Salesforce: open the object's mappings");
    if !near.is_empty() {
        fix = fix.step(format!("Fields with a similar name: {}", near.join(", ")));
    }
    Finding::new(&META, title, fix)
        .detail(detail)
        .object(needed.object)
        .field(needed.field)
        .operation(Operation::Read)
        .evidence(facts.rows(needed.mappings))
}
