//! What the user may do on an object, and from where.

use super::field_nature::is_activity;
use super::{EffectivePermissions, Grant, Known};
use crate::snapshot::{Name, ObjectRight, standard};

/// What the user may do on one object's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectAccess {
    rights: [Known; ObjectRight::ALL.len()],
    /// The rights before Salesforce's own answer was heard.
    granted: [Known; ObjectRight::ALL.len()],
    /// Every entry that gives, or would give, one of the rights.
    pub trail: Vec<Grant>,
    /// What decides where it is not the object's own permissions: `the system permission Edit Tasks`.
    pub decided_by: Option<&'static str>,
}

impl ObjectAccess {
    /// Whether the user has a right.
    pub fn right(&self, right: ObjectRight) -> Known {
        self.rights[right as usize]
    }

    /// Whether what is assigned gives the right, whatever Salesforce itself answers on the user's access.
    pub fn granted(&self, right: ObjectRight) -> Known {
        self.granted[right as usize]
    }

    fn new(
        rights: [Known; ObjectRight::ALL.len()],
        trail: Vec<Grant>,
        decided_by: Option<&'static str>,
    ) -> Self {
        Self {
            rights,
            granted: rights,
            trail,
            decided_by,
        }
    }
}

impl EffectivePermissions<'_> {
    /// What the user may do on an object.
    pub fn object(&self, object: &Name) -> ObjectAccess {
        let parent = standard::controlling_parent(object);
        let mut access = if is_activity(object) {
            self.activity(object)
        } else if parent.is_none() && self.decided_elsewhere(object) {
            ObjectAccess::new(
                ObjectRight::ALL.map(|_| Known::Unknown),
                Vec::new(),
                Some("something else than object permissions, which the object does not have"),
            )
        } else {
            self.by_object_permissions(object)
        };
        self.add_data_permissions(&mut access);
        if let Some(parent) = parent {
            self.follow_parent(&mut access, object, parent);
        }
        access.granted = access.rights;
        self.hear_salesforce(&mut access, object);
        access
    }

    /// Where Salesforce's own answer contradicts what is assigned (a licence, a session, a rule that permgap does not
    /// know), neither is taken for true. It settles nothing by itself: whether it answers for another user in each
    /// org is not confirmed.
    fn hear_salesforce(&self, access: &mut ObjectAccess, object: &Name) {
        let Some(answer) = self.platform_answer(object, None) else {
            return;
        };
        for (right, said) in [
            (ObjectRight::Read, answer.read),
            (ObjectRight::Create, answer.create),
            (ObjectRight::Edit, answer.edit),
            (ObjectRight::Delete, answer.delete),
        ] {
            let own = &mut access.rights[right as usize];
            *own = own.weighed_against(said);
        }
    }

    /// Whether the object has no object permissions: a parent record, a library or a system permission decides,
    /// so that no entry for it is no proof of no access.
    fn decided_elsewhere(&self, object: &Name) -> bool {
        standard::has_object_permissions(object) == Some(false) && !self.lists_object(object)
    }

    fn by_object_permissions(&self, object: &Name) -> ObjectAccess {
        let mut trail = Vec::new();
        let rights = ObjectRight::ALL.map(|right| {
            for source in &self.sources {
                source.object_trail(object, right, &mut trail);
            }
            self.any(|source| source.object_right(object, right))
                .or(self.outside_scope(object))
        });
        ObjectAccess::new(rights, trail, None)
    }

    /// Tasks and events have no object permissions (rule R16): seeing them takes Access Activities, writing
    /// them Edit Tasks or Edit Events besides.
    fn activity(&self, object: &Name) -> ObjectAccess {
        let (edit_permission, decided_by) = if object.is("Task") {
            (
                "EditTask",
                "the system permissions Access Activities and Edit Tasks",
            )
        } else {
            (
                "EditEvent",
                "the system permissions Access Activities and Edit Events",
            )
        };
        let read = self.user_permission("ActivitiesAccess");
        let edit = self.user_permission(edit_permission);
        let write = read.known.and(edit.known);
        let rights = ObjectRight::ALL.map(|right| match right {
            ObjectRight::Read => read.known,
            ObjectRight::Create | ObjectRight::Edit | ObjectRight::Delete => write,
            ObjectRight::ViewAll | ObjectRight::ModifyAll | ObjectRight::ViewAllFields => Known::No,
        });
        let mut trail: Vec<Grant> = relabel(read.trail, "read (by ActivitiesAccess)").collect();
        let label = if object.is("Task") {
            "create, edit, delete (by EditTask)"
        } else {
            "create, edit, delete (by EditEvent)"
        };
        trail.extend(relabel(edit.trail, label));
        ObjectAccess::new(rights, trail, Some(decided_by))
    }

    /// View All Data is Read and View All on every object, Modify All Data every right (rule R15). Neither
    /// lifts field-level security.
    fn add_data_permissions(&self, access: &mut ObjectAccess) {
        let modify = self.user_permission("ModifyAllData");
        let view = self.user_permission("ViewAllData");
        for right in ObjectRight::ALL {
            let by_data = match right {
                ObjectRight::Read | ObjectRight::ViewAll => view.known.or(modify.known),
                ObjectRight::ViewAllFields => Known::No,
                _ => modify.known,
            };
            let own = &mut access.rights[right as usize];
            *own = own.or(by_data);
        }
        access
            .trail
            .extend(relabel(modify.trail, "every right (by ModifyAllData)"));
        access
            .trail
            .extend(relabel(view.trail, "read, view_all (by ViewAllData)"));
    }

    /// Some standard objects have no object permissions of their own and follow their parent's
    /// (Object Reference, OpportunityLineItem: "you must have Edit on the opportunity").
    ///
    /// Where any container lists the object all the same, its own permissions are believed and the parent is not
    /// asked.
    fn follow_parent(&self, access: &mut ObjectAccess, object: &Name, parent: Name) {
        if self.lists_object(object) {
            return;
        }
        let parent = self.object(&parent);
        access.decided_by = Some("the parent object's permissions");
        for right in ObjectRight::ALL {
            let by_parent = match right {
                ObjectRight::Read => parent.right(ObjectRight::Read),
                ObjectRight::Create | ObjectRight::Edit | ObjectRight::Delete => {
                    parent.right(ObjectRight::Edit)
                }
                ObjectRight::ViewAll | ObjectRight::ModifyAll | ObjectRight::ViewAllFields => {
                    continue;
                }
            };
            let own = &mut access.rights[right as usize];
            *own = own.or(by_parent);
        }
        access.trail.extend(parent.trail);
    }

    /// Whether any container of the snapshot lists object permissions for the object.
    fn lists_object(&self, object: &Name) -> bool {
        self.snapshot
            .containers()
            .any(|set| !set.object(object).is_empty())
    }
}

fn relabel(trail: Vec<Grant>, right: &'static str) -> impl Iterator<Item = Grant> {
    trail.into_iter().map(move |grant| Grant { right, ..grant })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effective::{ProfileReading, Subject};
    use crate::snapshot::{ContainerKind, PermissionSet, Snapshot};

    #[test]
    fn silence_on_an_object_without_object_permissions_proves_nothing() {
        let mut snapshot = Snapshot::default();
        let profile: Name = "Sync".into();
        let empty = PermissionSet::new(ContainerKind::Profile, profile.clone());
        snapshot.profiles.insert(profile.clone(), empty);
        let subject = Subject {
            profile: Some(profile),
            ..Subject::default()
        };
        let folded = EffectivePermissions::of(&snapshot, &subject, ProfileReading::Complete);
        let edit = |object: &str| folded.object(&object.into()).right(ObjectRight::Edit);
        assert_eq!(edit("Note"), Known::Unknown);
        assert_eq!(edit("Account"), Known::No);
        assert_eq!(edit("Invoice__c"), Known::No);
        // These follow a parent, of which everything is known.
        assert_eq!(edit("OpportunityLineItem"), Known::No);
    }
}
