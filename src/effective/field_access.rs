//! What the user may do on a field, and from where.

use std::collections::BTreeSet;

use super::field_nature::{Existence, FieldNature, Governed, field_nature};
use super::object_access::ObjectAccess;
use super::{EffectivePermissions, Grant, Known};
use crate::snapshot::{Name, ObjectRight};

/// What the user may do on one field, the object's own rights taken into account (rule R11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldAccess {
    /// Read: the object's Read and field-level security.
    pub read: Known,
    /// Edit: the object's Edit and field-level security, for a field that can be written at all.
    pub edit: Known,
    /// Read by field-level security alone, the object aside.
    pub security_read: Known,
    /// Edit by field-level security alone, the object aside.
    pub security_edit: Known,
    /// Read by what is assigned, whatever Salesforce itself answers on the user's access.
    pub granted_read: Known,
    /// Edit, likewise.
    pub granted_edit: Known,
    /// What decides.
    pub nature: FieldNature,
}

impl EffectivePermissions<'_> {
    /// What the user may do on a field of an object, whose access was asked for before.
    pub fn field(&self, object: &Name, access: &ObjectAccess, field: &Name) -> FieldAccess {
        let nature = field_nature(self.snapshot, object, field);
        self.field_of(nature, object, access, field)
    }

    /// The same for a field that some container of the org lists, be it in another snapshot: a list holds only fields that
    /// field-level security governs (rule R13), so that no entry is no access.
    pub fn listed_field(&self, object: &Name, access: &ObjectAccess, field: &Name) -> FieldAccess {
        let mut nature = field_nature(self.snapshot, object, field);
        if nature.governed == Governed::NotKnown && nature.existence == Existence::NotKnown {
            nature.governed = Governed::Yes;
        }
        self.field_of(nature, object, access, field)
    }

    fn field_of(
        &self,
        nature: FieldNature,
        object: &Name,
        access: &ObjectAccess,
        field: &Name,
    ) -> FieldAccess {
        let (security_read, security_edit) = match nature.governed {
            _ if nature.existence == Existence::Missing => (Known::No, Known::No),
            Governed::Yes if !self.snapshot.has_field_permissions_of(object) => {
                (Known::Unknown, Known::Unknown)
            }
            Governed::No => (Known::Yes, Known::Yes),
            Governed::Yes => (
                self.security(&nature, object, access, false),
                self.security(&nature, object, access, true),
            ),
            // A grant that is there counts, whatever governs the field; its absence proves nothing.
            Governed::NotKnown => (
                self.security(&nature, object, access, false)
                    .or(Known::Unknown),
                self.security(&nature, object, access, true)
                    .or(Known::Unknown),
            ),
        };
        let security_edit = security_edit.and(nature.writable);
        let granted_read = access.granted(ObjectRight::Read).and(security_read);
        let granted_edit = access.granted(ObjectRight::Edit).and(security_edit);
        let mut own = FieldAccess {
            read: access.right(ObjectRight::Read).and(security_read),
            edit: access.right(ObjectRight::Edit).and(security_edit),
            security_read,
            security_edit,
            granted_read,
            granted_edit,
            nature,
        };
        if let Some(answer) = self.platform_answer(object, Some(field)) {
            // Whether an answer on a field counts the object's rights is not confirmed: a 'yes' speaks of the field alone.
            let heard = |said: Option<bool>, right| {
                said.filter(|said| !said || access.right(right) != Known::No)
            };
            own.read = own
                .read
                .weighed_against(heard(answer.read, ObjectRight::Read));
            own.edit = own
                .edit
                .weighed_against(heard(answer.edit, ObjectRight::Edit));
            // A denial by field-level security that Salesforce does not confirm is no proof of one.
            if answer.read == Some(true) {
                own.security_read = own.security_read.weighed_against(answer.read);
            }
            if answer.edit == Some(true) {
                own.security_edit = own.security_edit.weighed_against(answer.edit);
            }
        }
        own
    }

    /// Field-level security over everything assigned. The keys of one field are one entry in Setup, so a
    /// grant under any of them counts.
    fn security(
        &self,
        nature: &FieldNature,
        asked: &Name,
        access: &ObjectAccess,
        edit: bool,
    ) -> Known {
        nature.keys.iter().fold(Known::No, |sum, (object, field)| {
            // View All Fields makes every field readable, none editable (rule R10).
            let by_object = if edit || sum == Known::Yes {
                Known::No
            } else if object == asked && access.decided_by.is_none() {
                access.right(ObjectRight::ViewAllFields)
            } else {
                self.any(|source| source.object_right(object, ObjectRight::ViewAllFields))
            };
            let sum = sum.or(by_object);
            if sum == Known::Yes {
                return sum;
            }
            sum.or(self.any(|source| source.field_entry(object, field, edit)))
        })
    }

    /// Every entry that gives, or would give, Read or Edit on a field. Most fields are never asked for it.
    pub fn field_trail(&self, nature: &FieldNature) -> Vec<Grant> {
        let mut trail = Vec::new();
        if nature.existence == Existence::Missing || nature.governed == Governed::No {
            return trail;
        }
        for edit in [false, true] {
            for (object, field) in &nature.keys {
                for source in &self.sources {
                    source.field_trail(object, field, edit, &mut trail);
                }
            }
        }
        // View All Fields makes every field readable (rule R10).
        let objects: BTreeSet<&Name> = nature.keys.iter().map(|(object, _)| object).collect();
        for object in objects {
            let start = trail.len();
            for source in &self.sources {
                source.object_trail(object, ObjectRight::ViewAllFields, &mut trail);
            }
            for grant in trail.iter_mut().skip(start) {
                grant.right = "read (by View All Fields)";
            }
        }
        trail
    }
}
