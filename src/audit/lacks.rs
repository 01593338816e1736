//! What a piece of automation needs on one object and the user lacks.

use std::collections::BTreeMap;

use super::Facts;
use super::prove::join_and;
use crate::automation::{Path, follow};
use crate::effective::{Existence, Known, field_nature};
use crate::finding::{Change, Evidence, Finding, Fix, Safety};
use crate::snapshot::{Name, ObjectKind, ObjectRight, kind_of_name, standard};

/// For how many fields the containers without a grant are named.
const FIELDS_PROVED: usize = 2;

/// Objects of Setup that every user reads over the API, without object permissions (Object Reference, "Special Access
/// Rules" of each).
const OPEN: [&str; 8] = [
    "BusinessHours",
    "Group",
    "GroupMember",
    "Organization",
    "Profile",
    "RecordType",
    "User",
    "UserRole",
];

/// Whether object permissions decide over an object. Not over objects of Setup, custom settings and custom metadata, so
/// that no entry for them proves nothing.
fn has_object_permissions(facts: &Facts<'_>, object: &Name) -> bool {
    let kind = match facts.snapshot.objects.get(object) {
        Some(known) => known.kind,
        None => kind_of_name(object),
    };
    let own_rules = matches!(
        kind,
        ObjectKind::CustomSetting | ObjectKind::CustomMetadata | ObjectKind::PlatformEvent
    );
    let known = object.is_custom() || standard::is_standard_object(object);
    known && !own_rules && !OPEN.iter().any(|name| object.is(name))
}

/// What automation reads by way of one object.
#[derive(Debug, Clone, Default)]
pub(super) struct Reads {
    /// Fields of the object itself.
    pub(super) own: Vec<Name>,
    /// Fields of records that it leads to, by their object.
    pub(super) related: BTreeMap<Name, Vec<Name>>,
    /// Paths of which it is not known where they lead.
    pub(super) not_followed: Vec<Name>,
}

impl Reads {
    /// Follows the paths among what is read.
    pub(super) fn of(facts: &Facts<'_>, object: &Name, reads: &[Name]) -> Self {
        let mut all = Self::default();
        for read in reads {
            let Some((first, rest)) = read.as_str().split_once('.') else {
                all.own.push(read.clone());
                continue;
            };
            let relationship = first.split(':').next().unwrap_or(first);
            let is_open = ["CreatedBy", "LastModifiedBy", "Owner", "RecordType"]
                .iter()
                .any(|open| relationship.eq_ignore_ascii_case(open));
            match follow(facts.snapshot, object, read.as_str()) {
                Path::Field { object, field, .. } => {
                    all.related.entry(object).or_default().push(field);
                }
                // Users, queues and record types are read by everybody.
                _ if is_open && !rest.contains("__") => {}
                _ => all.not_followed.push(read.clone()),
            }
        }
        all
    }
}

/// The rights that are missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lacks {
    object: Option<Name>,
    /// The object right that is missing.
    right: Option<ObjectRight>,
    /// Fields without Read.
    read: Vec<Name>,
    /// Fields without Edit.
    edit: Vec<Name>,
    /// What is not known, as phrases.
    pub(super) unknown: Vec<String>,
}

impl Lacks {
    /// Compares needs with the user's rights. Fields matter only where the object itself is allowed, and not at all where
    /// nobody could write them or they do not exist.
    pub(super) fn of(
        facts: &Facts<'_>,
        object: &Name,
        right: ObjectRight,
        reads: &[Name],
        writes: &[Name],
    ) -> Self {
        let mut lacks = Self {
            object: Some(object.clone()),
            ..Self::default()
        };
        if !has_object_permissions(facts, object) {
            let open = right == ObjectRight::Read && OPEN.iter().any(|name| object.is(name));
            if !open {
                lacks.unknown.push(format!("{} on {object}", right.label()));
            }
            return lacks;
        }
        let access = facts.object(object);
        match access.right(right) {
            Known::Yes => {}
            Known::No => {
                lacks.right = Some(right);
                return lacks;
            }
            Known::Unknown => {
                lacks.unknown.push(format!("{} on {object}", right.label()));
            }
        }
        for (fields, edit) in [(reads, false), (writes, true)] {
            for field in fields {
                let known = facts.effective.field(object, &access, field);
                let impossible = known.nature.existence == Existence::Missing
                    || edit && known.nature.never_editable.is_some();
                if impossible {
                    continue;
                }
                let (security, list, word) = if edit {
                    (known.security_edit, &mut lacks.edit, "Edit")
                } else {
                    (known.security_read, &mut lacks.read, "Read")
                };
                match security {
                    Known::Yes => {}
                    Known::No => list.push(field.clone()),
                    Known::Unknown => lacks.unknown.push(format!("{word} on {object}.{field}")),
                }
            }
        }
        lacks.read.retain(|field| !lacks.edit.contains(field));
        lacks
    }

    /// Whether it is the object's own right that is missing, and not that of fields.
    pub(super) fn is_of_object(&self) -> bool {
        self.right.is_some()
    }

    /// `Edit on Lead.Grade__c and Read on Lead.Score__c`; none where nothing is missing.
    pub(super) fn sentence(&self) -> Option<String> {
        let object = self.object.as_ref()?;
        let right = self
            .right
            .map(|right| format!("{} on {object}", right.label()));
        let fields = |word: &str, fields: &[Name]| -> Vec<String> {
            fields
                .iter()
                .map(|field| format!("{word} on {object}.{field}"))
                .collect()
        };
        let all: Vec<String> = right
            .into_iter()
            .chain(fields("Edit", &self.edit))
            .chain(fields("Read", &self.read))
            .collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        (!all.is_empty()).then(|| join_and(&all))
    }

    /// Grants what is missing. The change as data holds the first of it, the steps all.
    pub(super) fn fix(&self, facts: &Facts<'_>, safety: Safety) -> Fix {
        let what = self.sentence().unwrap_or_default();
        let Some(object) = &self.object else {
            return Fix::new(safety, what);
        };
        if let Some(right) = self.right {
            let mut fix = facts.fix_object(object, &[right]);
            fix.safety = safety;
            return fix;
        }
        let mut fix = Fix::new(safety, format!("Grant {what}"))
            .step("Open a permission set that is assigned to the integration user")
            .step(format!(
                "Object Settings > {object} > Edit > Field Permissions: grant {what}, save"
            ))
            .setup(format!(
                "{} > Object Settings > {object}",
                facts.setup_container()
            ));
        let first = self.edit.first().map(|field| (field, true));
        if let Some((field, edit)) = first.or_else(|| self.read.first().map(|field| (field, false)))
            && self.edit.len() + self.read.len() == 1
        {
            fix = fix.change(Change::GrantField {
                object: object.clone(),
                field: field.clone(),
                read: true,
                edit,
            });
        }
        fix
    }

    /// What was looked at: the object's grants, or those of the first fields that are missing.
    pub(super) fn proof(&self, facts: &Facts<'_>) -> Vec<Evidence> {
        let Some(object) = &self.object else {
            return Vec::new();
        };
        if let Some(right) = self.right {
            let access = facts.object(object);
            let what = format!("{} on {object}", right.label());
            return facts.no_grant(&what, right.as_str(), &access.trail);
        }
        let edit = self.edit.iter().map(|field| (field, "Edit", "edit"));
        let read = self.read.iter().map(|field| (field, "Read", "read"));
        edit.chain(read)
            .take(FIELDS_PROVED)
            .flat_map(|(field, word, right)| {
                let nature = field_nature(facts.snapshot, object, field);
                let trail = facts.effective.field_trail(&nature);
                facts.no_grant(&format!("{word} on {object}.{field}"), right, &trail)
            })
            .collect()
    }

    /// Lowers a finding that rests on a profile's silence.
    pub(super) fn lower(&self, facts: &Facts<'_>, finding: Finding) -> Finding {
        let Some(object) = &self.object else {
            return finding;
        };
        if self.right.is_some() {
            return facts.unless_profile_is_silent_on_object(finding, object);
        }
        self.edit
            .iter()
            .chain(&self.read)
            .fold(finding, |finding, field| {
                let nature = field_nature(facts.snapshot, object, field);
                facts.unless_profile_is_silent_on_field(finding, &nature.keys)
            })
    }
}
