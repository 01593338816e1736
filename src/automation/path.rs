//! Field paths of formulas, followed through the org's relationships.
//!
//! In: a path such as `Account.Owner.Name` and the object that it starts from. Out: the field at its end, or the
//! part that is not there. Knows nothing of formulas or users.

use crate::effective::{definition, exists, is_activity};
use crate::formula::limits::MAX_RELATIONSHIPS;
use crate::snapshot::{Name, Snapshot, standard};

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// To a field that exists.
    Field {
        /// The object that has the field.
        object: Name,
        /// The field.
        field: Name,
        /// Whether it is a field of the record itself.
        own: bool,
    },
    /// To a field or relationship that the source does not hold.
    NotFound {
        /// The object on which the part was looked for.
        object: Name,
        /// The part of the path.
        part: String,
    },
    /// Beyond what can be followed: a lookup of several objects, or one whose objects are not known.
    NotFollowed,
}

/// Follows a path from an object, part by part (Salesforce Help, "Tips for Referencing Fields in Formulas").
pub fn follow(snapshot: &Snapshot, object: &Name, path: &str) -> Path {
    let mut object = object.clone();
    let mut rest = path;
    for depth in 0..=MAX_RELATIONSHIPS {
        let Some((relationship, after)) = rest.split_once('.') else {
            let field = Name::new(rest);
            return match exists(snapshot, &object, &field) {
                Some(true) => Path::Field {
                    object,
                    field,
                    own: depth == 0,
                },
                // Of an object that is in no source, such as User, only custom fields can be missed.
                None if !field.is_custom()
                    && (snapshot.objects.get(&object)).is_none_or(|object| object.incomplete)
                    && !standard::is_standard_object(&object) =>
                {
                    Path::NotFollowed
                }
                _ => Path::NotFound {
                    object,
                    part: rest.to_owned(),
                },
            };
        };
        // `Owner:User.Name` says which of several objects is meant.
        let (relationship, chosen) = match relationship.split_once(':') {
            Some((relationship, chosen)) => (relationship, Some(Name::new(chosen))),
            None => (relationship, None),
        };
        let Some(targets) = targets(snapshot, &object, relationship) else {
            return Path::NotFound {
                object,
                part: relationship.to_owned(),
            };
        };
        object = match (chosen, targets.as_slice()) {
            (Some(chosen), _) => chosen,
            (None, [only]) => only.clone(),
            (None, _) => return Path::NotFollowed,
        };
        rest = after;
    }
    Path::NotFollowed
}

/// The objects that a relationship leads to; none where the object has no such relationship.
fn targets(snapshot: &Snapshot, object: &Name, relationship: &str) -> Option<Vec<Name>> {
    if relationship.eq_ignore_ascii_case("RecordType") {
        return Some(vec![Name::new("RecordType")]);
    }
    if let Some(field) = custom_lookup(relationship) {
        let field = definition(snapshot, object, &field)?;
        return Some(field.reference_to.clone());
    }
    let listed = snapshot.objects.get(object).and_then(|object| {
        let fields = object.fields.values();
        fields
            .filter(|field| !field.reference_to.is_empty())
            .find(|field| {
                field
                    .relationship_name
                    .as_ref()
                    .is_some_and(|name| name.is(relationship))
            })
    });
    if let Some(field) = listed {
        return Some(field.reference_to.clone());
    }
    let known = standard::fields(object).find(|field| {
        field
            .relationship
            .as_ref()
            .is_some_and(|name| name.is(relationship))
    });
    if let Some(field) = known {
        return Some(field.reference_to.clone());
    }
    // Every object with an owner has these three, custom ones among them.
    let of_every_object = ["CreatedBy", "LastModifiedBy", "Owner"];
    let known = of_every_object
        .iter()
        .any(|name| relationship.eq_ignore_ascii_case(name));
    (known && (object.is_custom() || is_activity(object))).then(|| vec![Name::new("User")])
}

/// `Parent__c` for `Parent__r`.
fn custom_lookup(relationship: &str) -> Option<Name> {
    let cut = relationship.len().checked_sub(1)?;
    let name = Name::new(relationship);
    let stem = relationship.get(..cut)?;
    name.has_suffix("__r")
        .then(|| Name::from(format!("{stem}c")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Field, FieldType, SObject};

    fn org() -> Snapshot {
        let mut snapshot = Snapshot::default();
        let mut child = SObject::new("Child__c".into());
        let mut parent = Field::new("Parent__c".into());
        parent.field_type = FieldType::Lookup;
        parent.reference_to = vec!["Account".into()];
        child.fields.insert(parent.name.clone(), parent);
        let mut text = Field::new("Code__c".into());
        text.field_type = FieldType::Text;
        let mut account = SObject::new("Account".into());
        account.fields.insert(text.name.clone(), text);
        snapshot.objects.insert(child.name.clone(), child);
        snapshot.objects.insert(account.name.clone(), account);
        snapshot
    }

    #[track_caller]
    fn leads(from: &str, path: &str, to: &str) {
        let said = match follow(&org(), &from.into(), path) {
            Path::Field { object, field, own } => {
                format!("{object}.{field}{}", if own { " own" } else { "" })
            }
            Path::NotFound { object, part } => format!("{object} has no {part}"),
            Path::NotFollowed => "not followed".into(),
        };
        assert_eq!(said, to, "{path}");
    }

    #[test]
    fn relationships_are_followed_to_their_end() {
        leads("Account", "Code__c", "Account.Code__c own");
        leads("Child__c", "parent__R.code__c", "Account.code__c");
        leads("Child__c", "Parent__r.Parent.Name", "Account.Name");
        leads("Contact", "Account.Owner.Gone__c", "User has no Gone__c");
        leads("Opportunity", "Owner:User.Gone__c", "User has no Gone__c");
        leads("Child__c", "RecordType.DeveloperName", "not followed");
    }

    #[test]
    fn what_is_not_there_is_named() {
        leads("Account", "Gone__c", "Account has no Gone__c");
        leads("Child__c", "Gone__r.Name", "Child__c has no Gone__r");
        leads("Child__c", "Parent__r.Gone__c", "Account has no Gone__c");
        leads("Account", "", "Account has no ");
        let deep = "Parent.".repeat(40) + "Name";
        leads("Account", &deep, "not followed");
    }
}
