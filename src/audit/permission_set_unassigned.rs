//! `permission-set-unassigned`: a permission set that exists would close gaps, and is not assigned.

use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Existence, Known};
use crate::finding::{Change, Confidence, Finding, Fix, Operation, Safety, Severity};
use crate::snapshot::{Area, CoverageStatus, Name, ObjectRight, PermissionSet};

pub(super) static META: AuditMeta = AuditMeta {
    id: "permission-set-unassigned",
    error_type: Some(7),
    title: "A permission set that would close gaps is not assigned",
    severity: Severity::Medium,
    confidence: Confidence::Possible,
    salesforce_errors: &["INVALID_FIELD_FOR_INSERT_UPDATE", "INSUFFICIENT_ACCESS_OR_READONLY"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
Whether permission sets of the org that the user does not have would close gaps that were found. Those that close the
most come first, at most three; sets that grant Modify All Data or View All Data are never proposed.
## Why it matters for the sync
HubSpot's own package brings a permission set that someone has to assign; a release may bring another.
## What it cannot see
Whether the licence of the user allows the assignment.
## How to fix it
Assign the permission set to the integration user, after a look at what else it grants.
## Example
Permission set HubSpot_Sync grants Edit on Account.Segment__c, and is assigned to nobody.
",
};

/// How many permission sets are proposed at most.
const PROPOSED: usize = 3;

/// A right that the user lacks: object, field, whether Edit is needed, mappings.
struct Gap<'f> {
    object: &'f Name,
    keys: Vec<(Name, Name)>,
    right: ObjectRight,
    label: String,
    mappings: &'f [usize],
}

impl Gap<'_> {
    fn closed_by(&self, set: &PermissionSet) -> bool {
        if self.keys.is_empty() {
            return set
                .object_rights(self.object)
                .with_prerequisites_met()
                .has(self.right);
        }
        self.keys.iter().any(|(object, field)| {
            set.field(object, field)
                .iter()
                .any(|entry| match self.right {
                    ObjectRight::Edit => entry.read && entry.edit,
                    _ => entry.read,
                })
        })
    }
}

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    if facts.snapshot.coverage.status(Area::PermissionSets) == CoverageStatus::Absent {
        outcome.not_known("the source holds no permission sets");
        return outcome;
    }
    for missing in &facts.effective.missing {
        outcome.not_known(missing.sentence());
    }
    let needed = facts.needed_fields();
    let mut gaps = Vec::new();
    for (object, needs) in &facts.requirements.objects {
        let access = facts.object(object);
        let wanted = [
            (ObjectRight::Read, &needs.read),
            (ObjectRight::Create, &needs.create),
            (ObjectRight::Edit, &needs.edit),
            (ObjectRight::Delete, &needs.delete),
        ];
        for (right, need) in wanted {
            if let Some(need) = need
                && access.right(right) == Known::No
            {
                gaps.push(Gap {
                    object,
                    keys: Vec::new(),
                    right,
                    label: format!("{} on {object}", right.label()),
                    mappings: &need.mappings,
                });
            }
        }
    }
    for field in &needed {
        let access = field.access;
        if access.nature.existence == Existence::Missing {
            continue;
        }
        let writable = !field.writing.is_empty() && access.nature.never_editable.is_none();
        let (right, mappings) = if writable && access.security_edit == Known::No {
            (ObjectRight::Edit, &field.writing)
        } else if access.security_read == Known::No {
            (ObjectRight::Read, &field.mappings)
        } else {
            continue;
        };
        gaps.push(Gap {
            object: field.object,
            keys: access.nature.keys.clone(),
            right,
            label: format!("{} on {}", right.label(), field.label()),
            mappings,
        });
    }
    if !gaps.is_empty() || facts.snapshot.coverage.status(Area::Assignments) != CoverageStatus::Read
    {
        facts.unless_read(Area::PermissionSets, &mut outcome);
    }
    propose(facts, gaps, &mut outcome);
    outcome
}

fn propose(facts: &Facts<'_>, mut open: Vec<Gap<'_>>, outcome: &mut Outcome) {
    let held: Vec<&Name> = facts.effective.held().map(|set| &set.name).collect();
    let candidates: Vec<&PermissionSet> = facts
        .snapshot
        .permission_sets
        .values()
        .filter(|set| !set.has_activation_required && !held.contains(&&set.name))
        .filter(|set| {
            !["ModifyAllData", "ViewAllData"]
                .iter()
                .any(|name| set.user_permission(name).iter().any(|entry| entry.enabled))
        })
        .collect();
    for _ in 0..PROPOSED {
        let best = candidates
            .iter()
            .map(|set| (open.iter().filter(|gap| gap.closed_by(set)).count(), set))
            .filter(|(closes, _)| *closes > 0)
            .max_by(|(a, x), (b, y)| {
                (a, is_hubspots(x))
                    .cmp(&(b, is_hubspots(y)))
                    .then_with(|| size(y).cmp(&size(x)))
                    .then_with(|| y.name.cmp(&x.name))
            });
        let Some((closes, set)) = best else { return };
        let (closed, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|gap| gap.closed_by(set));
        open = rest;
        let mut mappings: Vec<usize> = closed
            .iter()
            .flat_map(|gap| gap.mappings.iter().copied())
            .collect();
        mappings.sort_unstable();
        mappings.dedup();
        let examples: Vec<&str> = closed
            .iter()
            .take(3)
            .map(|gap| gap.label.as_str())
            .collect();
        let gaps = if closes == 1 { "gap" } else { "gaps" };
        let fix = Fix::new(
            Safety::Unsafe,
            format!("Assign permission set {} to the integration user", set.name),
        )
        .step(format!("Look at what else {} grants", set.name))
        .step("Manage Assignments > Add Assignment: choose the integration user")
        .setup(format!(
            "Setup > Permission Sets > {} > Manage Assignments",
            set.label.as_deref().unwrap_or(set.name.as_str())
        ))
        .change(Change::Assign {
            permission_set: set.name.clone(),
        });
        let label = format!("permission set {}", set.name);
        let mut finding = Finding::new(
            &META,
            format!(
                "Permission set {} would close {closes} {gaps}, and is not assigned",
                set.name
            ),
            fix,
        )
        .detail(format!(
            "It grants {}{}.",
            examples.join("; "),
            if closes > 3 { "; …" } else { "" }
        ))
        .operation(Operation::Assign)
        .subject(set.name.as_str())
        .evidence([facts
            .fact(
                crate::finding::EvidenceKind::Grant,
                format!("{label} grants what is missing, and the user does not have it"),
                set.at,
            )
            .container(label)]);
        if is_hubspots(set) {
            finding.severity = Severity::High;
            finding.confidence = Confidence::Likely;
        }
        outcome.find(finding, mappings);
    }
}

/// Whether a set is the connector's or made for it, by its name: HubSpot's package has the namespace
/// `HubSpot_Inc`.
fn is_hubspots(set: &PermissionSet) -> bool {
    let name = set.name.as_str().to_ascii_lowercase();
    let label = set
        .label
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    name.contains("hubspot") || label.contains("hubspot")
}

/// How much a set grants, for choosing the smallest.
fn size(set: &PermissionSet) -> usize {
    set.object_permissions.len()
        + set.field_permissions.values().map(Vec::len).sum::<usize>()
        + set.user_permissions.len()
}
