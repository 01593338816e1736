//! What every audit reads: the org, the user's access and the mappings' needs, each looked up once.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Input, NewFields};
use crate::config::IntendedGap;
use crate::effective::{EffectivePermissions, FieldAccess, ObjectAccess, ProfileReading, Subject};
use crate::finding::Operation;
use crate::mapping::requirements::{Mapping, Need, Requirements};
use crate::report::AuditedUser;
use crate::sharing::Sharing;
use crate::snapshot::hubspot::KnownOwners;
use crate::snapshot::{Name, ObjectRight, Snapshot, User};

/// The facts of one audit run.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The org.
    pub snapshot: &'a Snapshot,
    /// Who is audited, as reports show it.
    pub audited: &'a AuditedUser,
    /// Whose access it is.
    pub subject: &'a Subject,
    /// What that user may do.
    pub effective: &'a EffectivePermissions<'a>,
    /// What the sync needs.
    pub requirements: &'a Requirements,
    /// The user's own record, where the source knows users and it is a user that was named.
    pub user: Option<&'a User>,
    /// How the silence of a profile file is read.
    pub profiles: ProfileReading,
    /// The time of the audit.
    pub now: jiff::Timestamp,
    /// Since when a field counts as new; none where the source does not tell when fields were made.
    pub fields_since: Option<jiff::Timestamp>,
    /// The fields that a change brings, where one is looked at.
    pub new_fields: Option<&'a NewFields>,
    /// HubSpot's owners, where they are known.
    pub hubspot_owners: Option<KnownOwners<'a>>,
    /// Gaps that are meant to be there, as far as they have not ended.
    pub intended: Vec<&'a IntendedGap>,
    objects: BTreeMap<Name, ObjectAccess>,
    /// The access to each mapped field once, however many mappings it has.
    fields: Vec<FieldAccess>,
    /// For each mapping, where its field's access is in `fields`.
    field_of_mapping: Vec<usize>,
    needed: Vec<Needed>,
}

/// A mapped field that some syncing rule needs: the mappings that need Read, the first of which names the field, and
/// those that need Edit as well.
#[derive(Debug, Default)]
struct Needed {
    mappings: Vec<usize>,
    writing: Vec<usize>,
}

impl<'a> Facts<'a> {
    /// Looks up the access to every object and field that the requirements name.
    pub fn new(
        input: &Input<'a>,
        effective: &'a EffectivePermissions<'a>,
        intended: Vec<&'a IntendedGap>,
    ) -> Self {
        let requirements = input.requirements;
        let mut facts = Self {
            snapshot: effective.snapshot(),
            subject: input.subject,
            effective,
            requirements,
            audited: input.user,
            user: input.account,
            profiles: input.profiles,
            now: input.now,
            fields_since: input.fields_since,
            new_fields: input.new_fields,
            hubspot_owners: input.hubspot_owners,
            intended,
            objects: BTreeMap::new(),
            fields: Vec::new(),
            field_of_mapping: Vec::with_capacity(requirements.mappings.len()),
            needed: Vec::new(),
        };
        let named = requirements
            .mappings
            .iter()
            .map(|mapping| &mapping.object)
            .chain(requirements.objects.keys())
            .chain(requirements.any_create.iter().flat_map(|any| &any.objects));
        for object in named {
            if !facts.objects.contains_key(object) {
                let access = effective.object(object);
                facts.objects.insert(object.clone(), access);
            }
        }
        facts.look_up_fields();
        facts
    }

    fn look_up_fields(&mut self) {
        let mut fields: BTreeMap<(&Name, &Name), usize> = BTreeMap::new();
        let mut needed: BTreeMap<usize, usize> = BTreeMap::new();
        for (index, mapping) in self.requirements.mappings.iter().enumerate() {
            let (object, field) = (&mapping.object, &mapping.row.field);
            let at = *fields.entry((object, field)).or_insert_with(|| {
                let access = match self.objects.get(object) {
                    Some(access) => self.effective.field(object, access, field),
                    None => {
                        let access = self.effective.object(object);
                        self.effective.field(object, &access, field)
                    }
                };
                self.fields.push(access);
                self.fields.len() - 1
            });
            self.field_of_mapping.push(at);
            let rule = mapping.row.sync_rule;
            if !rule.reads() {
                continue;
            }
            let entry = *needed.entry(at).or_insert_with(|| {
                self.needed.push(Needed::default());
                self.needed.len() - 1
            });
            if let Some(entry) = self.needed.get_mut(entry) {
                entry.mappings.push(index);
                if rule.writes() {
                    entry.writing.push(index);
                }
            }
        }
    }

    /// The user's access to an object.
    pub fn object(&self, object: &Name) -> Cow<'_, ObjectAccess> {
        match self.objects.get(object) {
            Some(access) => Cow::Borrowed(access),
            None => Cow::Owned(self.effective.object(object)),
        }
    }

    /// How the org's sharing meets the user.
    pub fn sharing(&self) -> Sharing<'_> {
        Sharing::new(self.snapshot, self.effective, self.user)
    }

    /// Whether a gap is meant to be there that one of these audits reports.
    pub fn is_intended(&self, object: &Name, field: Option<&Name>, audits: &[&str]) -> bool {
        let mut pairs = (self.intended.iter()).flat_map(|gap| audits.iter().map(move |a| (gap, a)));
        pairs.any(|(gap, audit)| gap.covers(object, field, audit))
    }

    /// Each mapping with its index and the user's access to its field.
    pub fn mappings(&self) -> impl Iterator<Item = (usize, &'a Mapping, &FieldAccess)> {
        let mappings = self.requirements.mappings.iter();
        mappings
            .zip(&self.field_of_mapping)
            .enumerate()
            .filter_map(|(index, (mapping, at))| Some((index, mapping, self.fields.get(*at)?)))
    }

    /// The mappings that sync at all.
    pub fn syncing_mappings(&self) -> Vec<usize> {
        self.mappings()
            .filter(|(_, mapping, _)| mapping.row.sync_rule.reads())
            .map(|(index, ..)| index)
            .collect()
    }

    /// The mapped fields that some syncing rule needs, each once, in the order of the input.
    pub fn needed_fields(&self) -> impl Iterator<Item = NeededField<'_>> {
        self.needed.iter().filter_map(|needed| {
            let first = *needed.mappings.first()?;
            let mapping = self.requirements.mappings.get(first)?;
            Some(NeededField {
                object: &mapping.object,
                field: &mapping.row.field,
                access: self.fields.get(*self.field_of_mapping.get(first)?)?,
                mappings: &needed.mappings,
                writing: &needed.writing,
            })
        })
    }

    /// Each right on an object that the sync needs, with why, in the order of Setup.
    pub fn needed_rights(&self) -> impl Iterator<Item = NeededRight<'_>> {
        self.requirements
            .objects
            .iter()
            .flat_map(|(object, needs)| {
                [
                    (ObjectRight::Read, Operation::Read, &needs.read),
                    (ObjectRight::Create, Operation::Create, &needs.create),
                    (ObjectRight::Edit, Operation::Edit, &needs.edit),
                    (ObjectRight::Delete, Operation::Delete, &needs.delete),
                ]
                .into_iter()
                .filter_map(move |(right, operation, need)| {
                    Some(NeededRight {
                        object,
                        right,
                        operation,
                        need: need.as_ref()?,
                    })
                })
            })
    }
}

/// A right on an object that the sync needs.
#[derive(Debug, Clone, Copy)]
pub struct NeededRight<'f> {
    /// The object.
    pub object: &'f Name,
    /// The right.
    pub right: ObjectRight,
    /// What the sync does with it.
    pub operation: Operation,
    /// Why, and for which mappings.
    pub need: &'f Need,
}

/// A mapped field with every mapping that needs it.
#[derive(Debug, Clone, Copy)]
pub struct NeededField<'f> {
    /// The object.
    pub object: &'f Name,
    /// The field, without its object.
    pub field: &'f Name,
    /// What the user may do on it.
    pub access: &'f FieldAccess,
    /// The mappings that need Read, in the order of the input.
    pub mappings: &'f [usize],
    /// Those among them that need Edit as well.
    pub writing: &'f [usize],
}

impl NeededField<'_> {
    /// `Account.Industry`.
    pub fn label(&self) -> String {
        format!("{}.{}", self.object, self.field)
    }
}
