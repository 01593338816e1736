//! What the two audits on managed packages share: namespaces of the mappings, and advice by package.

use std::collections::BTreeMap;

use super::Facts;
use crate::snapshot::{InstalledPackage, Name};

/// Packages that syncs meet often, by namespace, each with its name and what its access takes.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "SBQQ",
        "Salesforce CPQ",
        "assign the permission set licence Salesforce CPQ and a set made from SteelBrick CPQ User",
    ),
    (
        "pi",
        "Account Engagement (Pardot)",
        "assign the Account Engagement Connector User set; the sync should only read its fields",
    ),
    (
        "APXTConga4",
        "Conga Composer",
        "assign the set Conga Composer User, or map fields of your own instead",
    ),
    (
        "APXT_Redlining",
        "Conga Contracts",
        "assign the package's user set, or map fields of your own instead",
    ),
    (
        "JBCXM",
        "Gainsight",
        "assign the set Gainsight_Standard, and a licence of the package",
    ),
    (
        "c2g",
        "FinancialForce Accounting",
        "assign the set that your finance team uses for read access",
    ),
    (
        "fferpcore",
        "FinancialForce ERP Core",
        "assign the set that your finance team uses for read access",
    ),
    (
        "pse",
        "FinancialForce PSA",
        "assign the set that your services team uses for read access",
    ),
    (
        "HubSpot_Inc",
        "HubSpot for Salesforce",
        "assign the set HubSpot Integration that the package installs",
    ),
];

/// The name and advice for a namespace.
pub(super) fn known(namespace: &Name) -> Option<(&'static str, &'static str)> {
    KNOWN
        .iter()
        .find(|(known, ..)| namespace.is(known))
        .map(|(_, name, advice)| (*name, *advice))
}

/// `Salesforce CPQ (SBQQ)`.
pub(super) fn label(namespace: &Name, package: Option<&InstalledPackage>) -> String {
    let name = package
        .and_then(|package| package.name.as_deref())
        .or(known(namespace).map(|(name, _)| name));
    match name {
        Some(name) => format!("{name} ({namespace})"),
        None => format!("the package {namespace}"),
    }
}

impl Facts<'_> {
    /// The namespaces among mapped objects and fields that sync, each with its mappings.
    pub(super) fn namespaces(&self) -> BTreeMap<Name, Vec<usize>> {
        let mut found: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
        for (index, mapping, _) in self.mappings() {
            if !mapping.row.sync_rule.reads() {
                continue;
            }
            for name in [&mapping.object, &mapping.row.field] {
                if let Some(namespace) = name.namespace() {
                    let rows = found.entry(Name::new(namespace)).or_default();
                    if rows.last() != Some(&index) {
                        rows.push(index);
                    }
                }
            }
        }
        found
    }

    /// The installed package of a namespace.
    pub(super) fn package(&self, namespace: &Name) -> Option<&InstalledPackage> {
        (self.snapshot.packages.iter())
            .find(|package| package.namespace.as_ref() == Some(namespace))
    }
}
