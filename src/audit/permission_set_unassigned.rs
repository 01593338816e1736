//! `permission-set-unassigned`: a permission set that exists would close gaps, and is not assigned.

use std::collections::BTreeSet;

use super::assignment_not_effective::Renewed;
use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Existence, Known};
use crate::finding::{Change, Confidence, Finding, Fix, Operation, Safety, Severity};
use crate::snapshot::{Area, ContainerKind, CoverageStatus, Name, ObjectRight, PermissionSet};

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
Whether permission sets of the org that the user does not have would close gaps that were found and that are not declared
as intended, nor would close if an assignment of the user had not ended, which `assignment-not-effective` tells. Those that
close the most come first, at most three; sets that grant Modify All Data or View All Data are never proposed.
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

/// A right that the user lacks, or may lack; on a field where there are keys.
struct Gap<'f> {
    object: &'f Name,
    field: Option<&'f Name>,
    keys: &'f [(Name, Name)],
    right: ObjectRight,
    known: Known,
    label: String,
    mappings: &'f [usize],
}

impl Gap<'_> {
    fn closed_by_renewing(&self, renewed: &Renewed<'_>) -> bool {
        match self.field {
            Some(field) => {
                let edit = self.right == ObjectRight::Edit;
                renewed.grants_field(self.object, field, edit)
            }
            None => renewed.grants_object(self.object, self.right),
        }
    }

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
    let mut gaps = gaps(facts);
    // What an assignment that has ended would grant, `assignment-not-effective` tells.
    let renewed = Renewed::each(facts);
    gaps.retain(|gap| {
        !renewed
            .iter()
            .any(|renewed| gap.closed_by_renewing(renewed))
    });
    if gaps.is_empty() {
        return outcome;
    }
    let coverage = &facts.snapshot.coverage;
    let others = Area::UnassignedPermissionSets;
    if matches!(
        coverage.status(others),
        CoverageStatus::Partial | CoverageStatus::Refused
    ) {
        let why = coverage.reason(others).unwrap_or_default();
        outcome.not_known(format!("not every permission set was read ({why})"));
    }
    match coverage.status(Area::PermissionSets) {
        CoverageStatus::Read => {}
        CoverageStatus::Absent => outcome.not_known("the source holds no permission sets"),
        status => outcome.not_known(format!(
            "permission sets that might close gaps may not have been read ({})",
            coverage
                .reason(Area::PermissionSets)
                .unwrap_or_else(|| status.as_str().to_owned())
        )),
    }
    let candidates = candidates(facts);
    let (open, unclear): (Vec<_>, Vec<_>) =
        gaps.into_iter().partition(|gap| gap.known == Known::No);
    for gap in unclear {
        if let Some(set) = candidates.iter().find(|set| gap.closed_by(set)) {
            outcome.not_known(format!(
                "whether the user has {} is not known; permission set {} would grant it",
                gap.label, set.name
            ));
        }
    }
    if facts.effective.has_groups() && !coverage.is_read(Area::PermissionSetGroups) {
        // A set that looks unassigned may be in a group that the user has.
        if open
            .iter()
            .any(|gap| candidates.iter().any(|set| gap.closed_by(set)))
        {
            let why = coverage
                .reason(Area::PermissionSetGroups)
                .unwrap_or_default();
            outcome.not_known(format!(
                "which permission sets are in the user's groups already is not known ({why})"
            ));
        }
        return outcome;
    }
    propose(facts, &open, &candidates, &mut outcome);
    outcome
}

/// What is needed, and missing or perhaps missing.
fn gaps<'f>(facts: &'f Facts<'_>) -> Vec<Gap<'f>> {
    let mut gaps = Vec::new();
    for needed in facts.needed_rights() {
        let known = facts.object(needed.object).right(needed.right);
        let reported_by = match needed.right {
            ObjectRight::Read => "object-not-accessible",
            _ => "object-operation-missing",
        };
        let intended = facts.is_intended(needed.object, None, &[META.id, reported_by]);
        if known != Known::Yes && !intended {
            gaps.push(Gap {
                object: needed.object,
                field: None,
                keys: &[],
                right: needed.right,
                known,
                label: format!("{} on {}", needed.right.label(), needed.object),
                mappings: &needed.need.mappings,
            });
        }
    }
    for field in facts.needed_fields() {
        let access = field.access;
        if access.nature.existence == Existence::Missing {
            continue;
        }
        let writable = !field.writing.is_empty() && access.nature.never_editable.is_none();
        let (right, known, mappings) = if writable && access.security_edit != Known::Yes {
            (ObjectRight::Edit, access.security_edit, field.writing)
        } else if access.security_read != Known::Yes {
            (ObjectRight::Read, access.security_read, field.mappings)
        } else {
            continue;
        };
        let reported_by = match access.security_read {
            Known::No => "field-not-readable",
            _ => "field-not-editable",
        };
        if facts.is_intended(field.object, Some(field.field), &[META.id, reported_by]) {
            continue;
        }
        gaps.push(Gap {
            object: field.object,
            field: Some(field.field),
            keys: &access.nature.keys,
            right,
            known,
            label: format!("{} on {}", right.label(), field.label()),
            mappings,
        });
    }
    gaps
}

/// The permission sets that could be assigned: not the user's yet, and none that opens all data.
fn candidates<'f>(facts: &Facts<'f>) -> Vec<&'f PermissionSet> {
    // A profile may have the name of a permission set.
    let held: BTreeSet<&Name> = facts
        .effective
        .held()
        .filter(|set| set.kind == ContainerKind::PermissionSet)
        .map(|set| &set.name)
        .collect();
    facts
        .snapshot
        .permission_sets
        .values()
        .filter(|set| !set.has_activation_required && !held.contains(&set.name))
        .filter(|set| {
            !["ModifyAllData", "ViewAllData"]
                .iter()
                .any(|name| set.user_permission(name).iter().any(|entry| entry.enabled))
        })
        .collect()
}

fn propose(
    facts: &Facts<'_>,
    open: &[Gap<'_>],
    candidates: &[&PermissionSet],
    outcome: &mut Outcome,
) {
    // Each set is asked for each gap once: an org has hundreds of sets, and mappings thousands of gaps.
    let mut candidates: Vec<(Vec<usize>, &PermissionSet)> = candidates
        .iter()
        .map(|set| {
            let closes = (0..).zip(open).filter(|(_, gap)| gap.closed_by(set));
            (closes.map(|(index, _)| index).collect(), *set)
        })
        .collect();
    for _ in 0..PROPOSED {
        let best = candidates
            .iter()
            .map(|(closes, set)| (closes.len(), *set))
            .filter(|(closes, _)| *closes > 0)
            .max_by(|(a, x), (b, y)| {
                (a, is_hubspots(x))
                    .cmp(&(b, is_hubspots(y)))
                    .then_with(|| size(y).cmp(&size(x)))
                    .then_with(|| y.name.cmp(&x.name))
            });
        let Some((closes, set)) = best else { return };
        let chosen: BTreeSet<usize> = candidates
            .iter()
            .find(|(_, candidate)| candidate.name == set.name)
            .map(|(closes, _)| closes.iter().copied().collect())
            .unwrap_or_default();
        for (closes, _) in &mut candidates {
            closes.retain(|index| !chosen.contains(index));
        }
        let closed: Vec<&Gap<'_>> = chosen.iter().filter_map(|index| open.get(*index)).collect();
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
        // One finding may stand for several rights: the gaps of the report are counted otherwise.
        let rights = if closes == 1 {
            "1 right that is missing".to_owned()
        } else {
            format!("{closes} rights that are missing")
        };
        let more = match closes.saturating_sub(examples.len()) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
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
                "Permission set {} grants {rights}, and is not assigned",
                set.name
            ),
            fix,
        )
        .detail(format!("It grants {}{more}.", examples.join("; ")))
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
