//! What the user may do on a field, and from where.

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
    /// What decides.
    pub nature: FieldNature,
    /// Every entry that gives, or would give, Read or Edit.
    pub trail: Vec<Grant>,
}

impl EffectivePermissions<'_> {
    /// What the user may do on a field of an object, whose access was asked for before.
    pub fn field(&self, object: &Name, access: &ObjectAccess, field: &Name) -> FieldAccess {
        let nature = field_nature(self.snapshot, object, field);
        let mut trail = Vec::new();
        let (security_read, security_edit) = match nature.governed {
            _ if nature.existence == Existence::Missing => (Known::No, Known::No),
            Governed::Yes if !self.snapshot.is_in_scope(object) => (Known::Unknown, Known::Unknown),
            Governed::No => (Known::Yes, Known::Yes),
            Governed::Yes => (
                self.security(&nature, false, &mut trail),
                self.security(&nature, true, &mut trail),
            ),
            // A grant that is there counts, whatever governs the field; its absence proves nothing.
            Governed::NotKnown => (
                self.security(&nature, false, &mut trail).or(Known::Unknown),
                self.security(&nature, true, &mut trail).or(Known::Unknown),
            ),
        };
        let security_edit = security_edit.and(nature.writable);
        FieldAccess {
            read: access.right(ObjectRight::Read).and(security_read),
            edit: access.right(ObjectRight::Edit).and(security_edit),
            security_read,
            security_edit,
            nature,
            trail,
        }
    }

    /// Field-level security over everything assigned. The keys of one field are one entry in Setup, so a
    /// grant under any of them counts.
    fn security(&self, nature: &FieldNature, edit: bool, trail: &mut Vec<Grant>) -> Known {
        nature.keys.iter().fold(Known::No, |sum, (object, field)| {
            for source in &self.sources {
                source.field_trail(object, field, edit, trail);
            }
            sum.or(self.any(|source| source.field(object, field, edit)))
        })
    }
}
