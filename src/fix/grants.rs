//! What one permission set is to grant, and why.

use std::collections::{BTreeMap, BTreeSet};

use crate::snapshot::{Name, ObjectRight, ObjectRights};

/// One grant with its reasons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Granted<T> {
    /// What is granted.
    pub what: T,
    /// The findings that it closes: indices into the report's findings.
    pub findings: BTreeSet<usize>,
    /// Why, where no finding asks for it: `Contact needs Read on Account`.
    pub because: BTreeSet<String>,
}

/// What a permission set grants beside what the user has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Object permissions, prerequisites included.
    pub objects: BTreeMap<Name, Granted<ObjectRights>>,
    /// Field-level security by object and field: Read, and Edit where the flag is set.
    pub fields: BTreeMap<(Name, Name), Granted<bool>>,
    /// Record types by object and developer name.
    pub record_types: BTreeMap<(Name, Name), Granted<()>>,
    /// System permissions.
    pub user_permissions: BTreeMap<Name, Granted<()>>,
    /// Custom permissions.
    pub custom_permissions: BTreeMap<Name, Granted<()>>,
}

/// Why something is granted.
#[derive(Debug, Clone)]
pub(super) enum Reason {
    Finding(usize),
    Needed(String),
}

impl<T> Granted<T> {
    fn add(&mut self, reason: &Reason) {
        match reason {
            Reason::Finding(index) => {
                self.findings.insert(*index);
            }
            Reason::Needed(text) => {
                self.because.insert(text.clone());
            }
        }
    }
}

impl Grants {
    /// Whether nothing is granted.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries a permission set needs for it.
    pub fn len(&self) -> usize {
        self.objects.len()
            + self.fields.len()
            + self.record_types.len()
            + self.user_permissions.len()
            + self.custom_permissions.len()
    }

    pub(super) fn object(&mut self, object: &Name, right: ObjectRight, reason: &Reason) {
        let entry = self.objects.entry(object.clone()).or_default();
        entry.what = entry.what.with(right).union(right.prerequisites());
        entry.add(reason);
    }

    pub(super) fn field(&mut self, object: &Name, field: &Name, edit: bool, reason: &Reason) {
        let key = (object.clone(), field.clone());
        let entry = self.fields.entry(key).or_default();
        entry.what |= edit;
        entry.add(reason);
    }

    pub(super) fn record_type(&mut self, object: &Name, name: &Name, reason: &Reason) {
        let key = (object.clone(), name.clone());
        self.record_types.entry(key).or_default().add(reason);
    }

    pub(super) fn user_permission(&mut self, name: &Name, reason: &Reason) {
        let entry = self.user_permissions.entry(name.clone()).or_default();
        entry.add(reason);
    }
}
