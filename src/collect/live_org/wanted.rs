//! What is to be collected of a live org.

use std::collections::{BTreeMap, BTreeSet};

use crate::snapshot::Name;

/// What is to be collected.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Username or id of the integration user; empty for whoever the session is of.
    pub user: String,
    /// The objects that the sync touches.
    pub objects: BTreeSet<Name>,
    /// The mapped fields of each object.
    pub fields: BTreeMap<Name, BTreeSet<Name>>,
    /// The flows that HubSpot or its user starts, as `permgap.toml` declares them.
    pub flows: BTreeSet<Name>,
    /// How many records of each object Salesforce is asked about; 0 for none.
    pub sample: u32,
    /// Record types, by object, of which the picklist values count.
    pub record_types: BTreeSet<(Name, Name)>,
    /// The addresses of HubSpot's owners, whose users are looked for.
    pub owner_emails: BTreeSet<String>,
    /// What is read in full beside what the user has.
    pub beside: Beside,
    /// Whether all that containers list is read, whatever objects it is on: to compare users, not to audit one. No object is
    /// described for it.
    pub whole: bool,
    /// Formulas that are tried, whose globals count beside those of the objects' rules.
    pub formulas: Vec<String>,
}

/// Containers that are read in full though nobody need have them: they count as assigned, or are compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// Permission sets by API name.
    pub permission_sets: BTreeSet<Name>,
    /// Permission set groups by API name.
    pub groups: BTreeSet<Name>,
    /// Profiles by name.
    pub profiles: BTreeSet<Name>,
}
