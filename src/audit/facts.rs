//! What every audit reads: the org, the user's access and the mappings' needs, each looked up once.

use std::collections::BTreeMap;

use super::run::NewFields;
use crate::effective::{EffectivePermissions, FieldAccess, ObjectAccess, Subject};
use crate::mapping::requirements::{Mapping, Requirements};
use crate::snapshot::{Name, Snapshot};

/// The facts of one audit run.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The org.
    pub snapshot: &'a Snapshot,
    /// Whose access it is.
    pub subject: &'a Subject,
    /// What that user may do.
    pub effective: &'a EffectivePermissions<'a>,
    /// What the sync needs.
    pub requirements: &'a Requirements,
    /// The fields that count as new, where new ones are asked for.
    pub since: Option<&'a NewFields>,
    objects: BTreeMap<Name, ObjectAccess>,
    fields: Vec<FieldAccess>,
}

impl<'a> Facts<'a> {
    /// Looks up the access to every object and field that the requirements name.
    pub fn new(
        subject: &'a Subject,
        effective: &'a EffectivePermissions<'a>,
        requirements: &'a Requirements,
        since: Option<&'a NewFields>,
    ) -> Self {
        let mut objects: BTreeMap<Name, ObjectAccess> = BTreeMap::new();
        let named = requirements
            .mappings
            .iter()
            .map(|mapping| &mapping.object)
            .chain(requirements.objects.keys())
            .chain(requirements.any_create.iter().flat_map(|any| &any.objects));
        for object in named {
            if !objects.contains_key(object) {
                objects.insert(object.clone(), effective.object(object));
            }
        }
        let fields = requirements
            .mappings
            .iter()
            .map(|mapping| match objects.get(&mapping.object) {
                Some(access) => effective.field(&mapping.object, access, &mapping.row.field),
                None => effective.field(
                    &mapping.object,
                    &effective.object(&mapping.object),
                    &mapping.row.field,
                ),
            })
            .collect();
        Self {
            snapshot: effective.snapshot(),
            subject,
            effective,
            requirements,
            since,
            objects,
            fields,
        }
    }

    /// The user's access to an object.
    pub fn object(&self, object: &Name) -> ObjectAccess {
        match self.objects.get(object) {
            Some(access) => access.clone(),
            None => self.effective.object(object),
        }
    }

    /// Each mapping with its index and the user's access to its field.
    pub fn mappings(&self) -> impl Iterator<Item = (usize, &'a Mapping, &FieldAccess)> {
        self.requirements
            .mappings
            .iter()
            .zip(&self.fields)
            .enumerate()
            .map(|(index, (mapping, access))| (index, mapping, access))
    }

    /// The mapped fields that some syncing rule needs, each once, in the order of the input: object, field,
    /// access, and the mappings of it.
    pub fn needed_fields(&self) -> Vec<NeededField<'_>> {
        let mut by_field: BTreeMap<(&Name, &Name), usize> = BTreeMap::new();
        let mut needed: Vec<NeededField<'_>> = Vec::new();
        for (index, mapping, access) in self.mappings() {
            let rule = mapping.row.sync_rule;
            if !rule.reads() {
                continue;
            }
            let key = (&mapping.object, &mapping.row.field);
            let at = *by_field.entry(key).or_insert_with(|| {
                needed.push(NeededField {
                    object: key.0,
                    field: key.1,
                    access,
                    mappings: Vec::new(),
                    writing: Vec::new(),
                });
                needed.len() - 1
            });
            if let Some(entry) = needed.get_mut(at) {
                entry.mappings.push(index);
                if rule.writes() {
                    entry.writing.push(index);
                }
            }
        }
        needed
    }
}

/// A mapped field with every mapping that needs it.
#[derive(Debug)]
pub struct NeededField<'f> {
    /// The object.
    pub object: &'f Name,
    /// The field, without its object.
    pub field: &'f Name,
    /// What the user may do on it.
    pub access: &'f FieldAccess,
    /// The mappings that need Read, in the order of the input.
    pub mappings: Vec<usize>,
    /// Those among them that need Edit as well.
    pub writing: Vec<usize>,
}

impl NeededField<'_> {
    /// `Account.Industry`.
    pub fn label(&self) -> String {
        format!("{}.{}", self.object, self.field)
    }
}
