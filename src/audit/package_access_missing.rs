//! `package-access-missing`: mapped fields belong to a package whose access nobody gave the user.

use super::packages::{known, label};
use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Existence, Known};
use crate::finding::{
    Change, Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::snapshot::{Name, ObjectRight};

pub(super) static META: AuditMeta = AuditMeta {
    id: "package-access-missing",
    error_type: Some(12),
    title: "The integration user lacks access to objects or fields of a package that are mapped",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_FIELD", "INVALID_TYPE", "INVALID_FIELD_FOR_INSERT_UPDATE"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
For each namespace among mapped objects and fields: Read on its objects, Read and where a rule writes Edit on its fields, and which
permission sets of the package the user does not have.
## Why it matters for the sync
Packages bring permission sets of their own, and a user who is given none of them sees nothing of the package.
## What it cannot see
What the package's code checks besides. Permission sets of the package that were not read.
## How to fix it
Assign the package's permission set to the integration user, or grant the fields in a set of your own.
## Example
A field of Salesforce CPQ is mapped, and the user has none of the SBQQ permission sets.
",
};

/// How many fields are named before the rest is counted.
const NAMED: usize = 5;

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for (namespace, mappings) in facts.namespaces() {
        let mut lacking: Vec<String> = Vec::new();
        let mut concerned: Vec<usize> = Vec::new();
        for (index, mapping, access) in facts
            .mappings()
            .filter(|(index, ..)| mappings.contains(index))
        {
            // That a field does not exist is another fault.
            if access.nature.existence == Existence::Missing {
                continue;
            }
            let object = facts.object(&mapping.object);
            let of_package = |name: &Name| name.namespace().is_some_and(|own| namespace.is(own));
            let read = if of_package(&mapping.object) {
                object.right(ObjectRight::Read)
            } else {
                Known::Yes
            };
            let on_field = if !of_package(&mapping.row.field) {
                Known::Yes
            } else if mapping.row.sync_rule.writes() && access.nature.never_editable.is_none() {
                access.security_edit
            } else {
                access.security_read
            };
            match read.and(on_field) {
                Known::Yes => {}
                Known::Unknown => outcome.not_known(format!(
                    "access to {}.{} is not known",
                    mapping.object, mapping.row.field
                )),
                Known::No => {
                    let label = format!("{}.{}", mapping.object, mapping.row.field);
                    if !lacking.contains(&label) {
                        lacking.push(label);
                    }
                    concerned.push(index);
                }
            }
        }
        if !lacking.is_empty() {
            let finding = finding(facts, &namespace, &lacking, &concerned);
            outcome.find(finding, concerned);
        }
    }
    outcome
}

fn finding(
    facts: &Facts<'_>,
    namespace: &Name,
    lacking: &[String],
    concerned: &[usize],
) -> Finding {
    let name = label(namespace, facts.package(namespace));
    let held: Vec<&Name> = facts.effective.held().map(|set| &set.name).collect();
    let own: Vec<&Name> = (facts.snapshot.permission_sets.values())
        .map(|set| &set.name)
        .filter(|set| is_of(set, namespace) && !held.contains(set))
        .collect();
    let mut fix = Fix::new(
        Safety::Unsafe,
        format!("Give the integration user access to {name}"),
    );
    for set in &own {
        fix = fix.step(format!("Setup > Permission Sets > {set} > Manage Assignments: assign it to the integration user"));
    }
    if let Some((_, advice)) = known(namespace) {
        fix = fix.step(format!("For {name}: {advice}"));
    }
    fix = fix
        .step("Or grant these fields in a permission set of the integration user, which gives less")
        .setup("Setup > Permission Sets");
    if let [only] = own.as_slice() {
        fix = fix.change(Change::Assign {
            permission_set: (*only).clone(),
        });
    }
    let shown: Vec<&str> = lacking.iter().take(NAMED).map(String::as_str).collect();
    let more = lacking.len().saturating_sub(NAMED);
    let list = if more > 0 {
        format!("{} and {more} more", shown.join(", "))
    } else {
        shown.join(", ")
    };
    let sets = if own.is_empty() {
        format!("no permission set of {name} was read that the user does not have")
    } else {
        let names: Vec<&str> = own.iter().map(|set| set.as_str()).collect();
        format!("the user does not have {} of {name}", names.join(", "))
    };
    let finding = Finding::new(
        &META,
        format!("The user lacks access to {name}: {list}"),
        fix,
    )
    .detail("What belongs to the package is hidden from the user, or read-only.")
    .operation(Operation::Read)
    .subject(namespace.as_str())
    .evidence([Evidence::new(EvidenceKind::NoGrant, sets)])
    .evidence(facts.rows_in_short(concerned));
    if facts
        .snapshot
        .coverage
        .is_read(crate::snapshot::Area::Profiles)
    {
        finding
    } else {
        finding.at_most(Confidence::Likely)
    }
}

/// Whether a permission set is the package's own: its name has no ending, as that of an object or field has.
fn is_of(set: &Name, namespace: &Name) -> bool {
    set.as_str()
        .split_once("__")
        .is_some_and(|(own, _)| namespace.is(own))
}
