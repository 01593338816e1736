//! `parent-not-accessible`: the sync points a record to a parent that the user may not read, or not change where it must.

use super::records::has_sharing;
use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Known, definition};
use crate::finding::{Confidence, Evidence, EvidenceKind, Finding, Operation, Severity};
use crate::sharing::Level;
use crate::snapshot::{FieldType, Name, ObjectRight, standard};

pub(super) static META: AuditMeta = AuditMeta {
    id: "parent-not-accessible",
    error_type: Some(4),
    title: "The integration user has no access to a parent that synced records point to",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &[
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "INVALID_CROSS_REFERENCE_KEY",
    ],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
For each mapped lookup field that a rule writes, for each master-detail field of an object that syncs, and for the fixed associations of the sync (contact and
opportunity to account, task to the records it is about, contact role, campaign member): Read on the parent object, and Edit
where Salesforce demands it (of a master, unless its field lets Read be enough to write the detail); and whether sharing hides parents that do not sync themselves.
## Why it matters for the sync
Salesforce refuses a record that points to one which the user may not read.
## What it cannot see
Which single parents HubSpot points to. The objects of a lookup that the source does not define. Owners are other audits'.
## How to fix it
Grant Read on the parent object, and share its records with the user.
## Example
Opportunities sync with their account, and the user has no Read on Account.
",
};

/// Associations that the sync makes without a mapping: child, field, parents, the right that Salesforce demands on the parent
/// (Object Reference, OpportunityContactRole, CampaignMember, Task).
const ASSOCIATIONS: &[(&str, &str, &[&str], ObjectRight)] = &[
    ("Contact", "AccountId", &["Account"], ObjectRight::Read),
    ("Opportunity", "AccountId", &["Account"], ObjectRight::Read),
    ("Task", "WhoId", &["Contact", "Lead"], ObjectRight::Read),
    (
        "Task",
        "WhatId",
        &["Account", "Opportunity"],
        ObjectRight::Read,
    ),
    (
        "OpportunityContactRole",
        "OpportunityId",
        &["Opportunity"],
        ObjectRight::Edit,
    ),
    (
        "OpportunityContactRole",
        "ContactId",
        &["Contact"],
        ObjectRight::Read,
    ),
    (
        "CampaignMember",
        "CampaignId",
        &["Campaign"],
        ObjectRight::Edit,
    ),
    (
        "CampaignMember",
        "ContactId",
        &["Contact"],
        ObjectRight::Read,
    ),
    ("CampaignMember", "LeadId", &["Lead"], ObjectRight::Read),
];

/// One reference from a synced object.
struct Reference {
    child: Name,
    field: Name,
    parents: Vec<Name>,
    right: ObjectRight,
    /// A master-detail field.
    is_detail: bool,
    mappings: Vec<usize>,
    because: String,
}

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut references = mapped(facts, &mut outcome);
    masters(facts, &mut references);
    for (child, field, parents, right) in ASSOCIATIONS {
        let (child, field) = (Name::new(child), Name::new(field));
        if !facts.needs_edit(&child)
            || (references.iter()).any(|known| known.child == child && known.field == field)
        {
            continue;
        }
        // Only parents that sync are pointed to.
        for parent in parents.iter().map(|parent| Name::new(parent)) {
            if facts.requirements.objects.contains_key(&parent) {
                references.push(Reference {
                    because: format!("the sync associates {child} with {parent} ({child}.{field})"),
                    child: child.clone(),
                    field: field.clone(),
                    parents: vec![parent],
                    right: *right,
                    is_detail: false,
                    mappings: Vec::new(),
                });
            }
        }
    }
    for reference in &references {
        judge(facts, reference, &mut outcome);
    }
    outcome
}

/// The masters of the details that sync: Salesforce demands access to the master of whoever writes a detail, mapped or not.
/// How much is the field's own setting (Metadata API, CustomField: `writeRequiresMasterRead`).
fn masters(facts: &Facts<'_>, references: &mut Vec<Reference>) {
    for child in facts.requirements.objects.keys() {
        let definition = facts.snapshot.objects.get(child);
        // Of standard objects the built-in associations speak.
        if !facts.needs_edit(child) || !child.is_custom() {
            continue;
        }
        let details = definition
            .into_iter()
            .flat_map(|object| object.fields.values());
        for field in details.filter(|field| field.field_type == FieldType::MasterDetail) {
            let right = match field.write_requires_master_read {
                Some(false) => ObjectRight::Edit,
                _ => ObjectRight::Read,
            };
            let known = (references.iter_mut())
                .find(|known| known.child == *child && known.field == field.name);
            match known {
                Some(known) => known.right = right,
                None => references.push(Reference {
                    child: child.clone(),
                    field: field.name.clone(),
                    parents: field.reference_to.clone(),
                    right,
                    is_detail: true,
                    mappings: Vec::new(),
                    because: format!(
                        "{child}.{} is a master-detail field, and the sync writes {child}",
                        field.name
                    ),
                }),
            }
        }
    }
}

/// The lookup and master-detail fields that rules write.
fn mapped(facts: &Facts<'_>, outcome: &mut Outcome) -> Vec<Reference> {
    let mut references = Vec::new();
    for needed in facts.needed_fields() {
        if needed.writing.is_empty() {
            continue;
        }
        let defined = definition(facts.snapshot, needed.object, needed.field);
        let standard = standard::field(needed.object, needed.field);
        let kind = match (defined, standard) {
            (Some(field), _) if field.field_type != FieldType::Unknown => &field.field_type,
            (_, Some(field)) => &field.field_type,
            _ => continue,
        };
        if !matches!(kind, FieldType::Lookup | FieldType::MasterDetail) {
            continue;
        }
        let told = defined
            .map(|field| field.reference_to.clone())
            .filter(|to| !to.is_empty());
        let all = told.or_else(|| standard.map(|field| field.reference_to.clone()));
        let all = all.unwrap_or_default();
        if all.is_empty() {
            outcome.not_known(format!("what {} points to is not known", needed.label()));
            continue;
        }
        let parents: Vec<Name> = (all.into_iter())
            .filter(|parent| !standard::is_of_setup(parent))
            .collect();
        if parents.is_empty() {
            continue;
        }
        references.push(Reference {
            because: format!("{} is a reference, and a rule writes it", needed.label()),
            child: needed.object.clone(),
            field: needed.field.clone(),
            parents,
            right: ObjectRight::Read,
            is_detail: *kind == FieldType::MasterDetail,
            mappings: needed.writing.to_vec(),
        });
    }
    references
}

/// Whether object permissions are known to decide over an object. Over others, such as BusinessHours, no entry proves
/// nothing.
fn has_object_permissions(facts: &Facts<'_>, object: &Name) -> bool {
    let listed = || {
        (facts.snapshot.containers())
            .flat_map(|set| &set.object_permissions)
            .any(|entry| entry.object == *object)
    };
    object.is_custom() || standard::is_standard_object(object) || listed()
}

fn judge(facts: &Facts<'_>, reference: &Reference, outcome: &mut Outcome) {
    let right = reference.right;
    // A reference to one of several objects works as long as one of them may be read.
    let access = reference.parents.iter().fold(Known::No, |sum, parent| {
        let known = match facts.object(parent).right(right) {
            Known::No if !has_object_permissions(facts, parent) => Known::Unknown,
            known => known,
        };
        sum.or(known)
    });
    let Some(parent) = reference.parents.first() else {
        return;
    };
    match access {
        Known::Unknown => outcome.not_known(format!(
            "{} on {parent}, which {}.{} points to, is not known",
            right.label(),
            reference.child,
            reference.field
        )),
        Known::No => {
            let trail = facts.object(parent).trail.clone();
            let finding = base(
                facts,
                reference,
                format!(
                    "The user cannot {} {}, which {}.{} points to",
                    if right == ObjectRight::Edit {
                        "edit"
                    } else {
                        "read"
                    },
                    names(&reference.parents),
                    reference.child,
                    reference.field
                ),
                parent,
            )
            .evidence(facts.trail(&trail))
            .evidence(facts.no_grant(
                &format!("{} on {parent}", right.label()),
                right.as_str(),
                &trail,
            ));
            let finding = facts.unless_profile_is_silent_on_object(finding, parent);
            // What the field demands is access to the master record; the object's own right goes with it, and is not
            // documented by itself.
            let finding = if right == ObjectRight::Edit && reference.is_detail {
                finding.at_most(Confidence::Likely)
            } else {
                finding
            };
            outcome.find(finding, reference.mappings.clone());
        }
        Known::Yes => records(facts, reference, outcome),
    }
}

/// Sharing of parents that do not sync themselves: of those that do, `records-not-visible` speaks.
fn records(facts: &Facts<'_>, reference: &Reference, outcome: &mut Outcome) {
    let [parent] = reference.parents.as_slice() else {
        return;
    };
    if facts.requirements.objects.contains_key(parent) || !has_sharing(parent) {
        return;
    }
    let level = match reference.right {
        ObjectRight::Edit => Level::Edit,
        _ => Level::Read,
    };
    let reach = facts.sharing().reach(parent, level);
    match reach.all {
        Known::Yes => {}
        Known::Unknown => reach
            .unknown
            .iter()
            .for_each(|what| outcome.not_known(what)),
        Known::No => {
            let mut finding = base(
                facts,
                reference,
                format!(
                    "The user cannot {} every {parent} record that {}.{} may point to: {}",
                    level.verb(),
                    reference.child,
                    reference.field,
                    reach.control
                ),
                parent,
            )
            .severity(Severity::Medium)
            .at_most(reach.confidence);
            for fact in &reach.facts {
                finding =
                    finding.evidence([facts.fact(EvidenceKind::Platform, &fact.text, fact.at)]);
            }
            outcome.find(finding, reference.mappings.clone());
        }
    }
}

fn base(facts: &Facts<'_>, reference: &Reference, title: String, parent: &Name) -> Finding {
    Finding::new(&META, title, facts.fix_object(parent, &[reference.right]))
        .detail(format!(
            "Salesforce refuses {} records that point to a record of {parent} that the user may not reach.",
            reference.child
        ))
        .object(&reference.child)
        .field(&reference.field)
        .operation(Operation::Edit)
        .subject(parent.as_str())
        .evidence([Evidence::new(
            EvidenceKind::Platform,
            reference.because.clone(),
        )])
        .evidence(facts.rows_in_short(&reference.mappings))
}

fn names(parents: &[Name]) -> String {
    let words: Vec<&str> = parents.iter().map(Name::as_str).collect();
    words.join(" or ")
}
