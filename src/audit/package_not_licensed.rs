//! `package-not-licensed`: mapped fields belong to a package that the user has no licence for.

use super::packages::label;
use super::{AuditMeta, Facts, Outcome};
use crate::finding::{
    Confidence, Evidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity,
};
use crate::snapshot::Area;

pub(super) static META: AuditMeta = AuditMeta {
    id: "package-not-licensed",
    error_type: Some(12),
    title: "The integration user has no licence for a package whose objects or fields are mapped",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_TYPE", "INVALID_FIELD"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
For each namespace among mapped objects and fields: whether the installed package needs a licence for each user, whether that is
expired, and whether the integration user has one.
## Why it matters for the sync
What belongs to a package without a licence is hidden from the user, whatever permission sets grant.
## What it cannot see
Licences that the package checks in its own code, and what its permission set licences are for.
## How to fix it
Assign the package licence to the integration user, or renew it.
## Example
A field of Gainsight is mapped, and all licences of the package are with the sales team.
",
};

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for (namespace, mappings) in facts.namespaces() {
        let package = facts.package(&namespace);
        let Some(package) = package else {
            outcome.not_known(format!(
                "whether a licence is needed for what has the namespace {namespace} is not known: {}",
                if facts.snapshot.coverage.is_read(Area::Packages) {
                    "no installed package has it"
                } else {
                    "packages were not fully read"
                }
            ));
            continue;
        };
        // A package without a licence row is free for every user, as far as the rows were read.
        let Some(license) = &package.license else {
            if !facts.snapshot.coverage.is_read(Area::Packages) {
                outcome.not_known(format!(
                    "whether {} needs a licence for each user was not fully read",
                    label(&namespace, Some(package))
                ));
            }
            continue;
        };
        let name = label(&namespace, Some(package));
        let expired = (license.status.as_deref())
            .is_some_and(|status| status.eq_ignore_ascii_case("Expired"));
        // -1: the whole org is licensed (Object Reference, PackageLicense).
        let site = license.allowed == Some(-1);
        let (title, text) = match (expired, site, license.held_by_user) {
            (true, ..) => (
                format!("The licence of {name} has expired"),
                format!("the status of the licence of {name} is Expired"),
            ),
            (false, true, _) | (false, false, Some(true)) => continue,
            (false, false, Some(false)) => (
                format!("The user has no licence for {name}"),
                format!(
                    "licences of {name}: {} allowed, {} used, none of them by the integration user",
                    count(license.allowed),
                    count(license.used)
                ),
            ),
            (false, false, None) => {
                outcome.not_known(format!(
                    "whether the user has a licence for {name} is not known"
                ));
                continue;
            }
        };
        let fix = Fix::new(
            Safety::Advice,
            format!("Assign a licence for {name} to the integration user"),
        )
        .step("Setup > Installed Packages > Manage Licenses: add the integration user")
        .step("Renew or extend the licence with its vendor where none is left")
        .step("Or take the rows of this package out of the mappings")
        .setup("Setup > Installed Packages");
        let finding = Finding::new(&META, title, fix)
            .detail("The package's objects and fields are hidden from the user, whatever permission sets grant.")
            .operation(Operation::Read)
            .subject(namespace.as_str())
            .evidence([Evidence::new(EvidenceKind::Platform, text)])
            .evidence(facts.rows_in_short(&mappings));
        outcome.find(finding, mappings);
    }
    outcome
}

fn count(number: Option<i64>) -> String {
    number.map_or_else(|| "(not told)".to_owned(), |number| number.to_string())
}
