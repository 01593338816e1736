//! What Salesforce demands beside a grant, in the same permission set.
//!
//! A deployment is refused with "Permission Read Contact depends on permission(s): Read Account" where a set grants
//! a child object and not Read on its parent, whatever else the user has.

use std::collections::BTreeSet;

use crate::snapshot::{FieldType, Name, Snapshot};

/// Standard objects whose permissions demand Read on others (Salesforce Security Guide, "Object Permissions":
/// child objects ask for Read on the parent). Of Asset's contact, entitlements and service contracts no document says so;
/// they are taken along, for a refusal would cost the whole deployment.
const PARENTS: &[(&str, &str)] = &[
    ("Asset", "Account"),
    ("Asset", "Contact"),
    ("Contact", "Account"),
    ("Contract", "Account"),
    ("Entitlement", "Account"),
    ("Opportunity", "Account"),
    ("Order", "Account"),
    ("Quote", "Opportunity"),
    ("ServiceContract", "Account"),
];

/// System permissions that demand others in the same set. Setup selects them along, and no public profile or permission
/// set has the first without the rest.
const SYSTEM: &[(&str, &[&str])] = &[
    ("EditEvent", &["ActivitiesAccess"]),
    ("EditTask", &["ActivitiesAccess"]),
    ("TransferAnyEntity", &["TransferAnyCase", "TransferAnyLead"]),
    ("ViewSetup", &["ViewRoles"]),
];

/// The system permissions without which a set cannot grant `name`.
pub(super) fn demanded_by(name: &Name) -> impl Iterator<Item = Name> {
    (SYSTEM.iter())
        .find(|(one, _)| name.is(one))
        .into_iter()
        .flat_map(|(_, others)| others.iter().map(|other| Name::new(other)))
}

/// The objects that must be readable for a set to grant anything on `object`: its parents, theirs, and so on.
pub(super) fn parents(snapshot: &Snapshot, object: &Name) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    let mut pending = vec![object.clone()];
    while let Some(child) = pending.pop() {
        let standard = PARENTS
            .iter()
            .filter(|(name, _)| child.is(name))
            .map(|(_, parent)| Name::new(parent));
        let custom = (snapshot.objects.get(&child).into_iter())
            .flat_map(|object| object.fields.values())
            .filter(|field| field.field_type == FieldType::MasterDetail)
            .flat_map(|field| field.reference_to.iter().cloned());
        for parent in standard.chain(custom) {
            if parent != *object && found.insert(parent.clone()) {
                pending.push(parent);
            }
        }
    }
    found
}

/// The parents that a user must be able to edit to write `object`: masters of a detail whose field does not content itself
/// with Read (Metadata API, CustomField: `writeRequiresMasterRead`), and the campaign of a campaign member.
pub(super) fn parents_edited(snapshot: &Snapshot, object: &Name) -> Vec<Name> {
    if object.is("CampaignMember") {
        return vec![Name::new("Campaign")];
    }
    (snapshot.objects.get(object).into_iter())
        .filter(|_| object.is_custom())
        .flat_map(|object| object.fields.values())
        .filter(|field| field.field_type == FieldType::MasterDetail)
        .filter(|field| field.write_requires_master_read == Some(false))
        .flat_map(|field| field.reference_to.iter().cloned())
        .collect()
}
