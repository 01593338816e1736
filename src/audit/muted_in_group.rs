//! `muted-in-group`: a permission set of a group grants what is needed, and the group's muting takes it away.

use super::prove::list_rights;
use super::{AuditMeta, Facts, Outcome};
use crate::effective::{Effect, Existence, Grant, Known};
use crate::finding::{Confidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity};
use crate::snapshot::{Area, CoverageStatus, Name, ObjectRight};

pub(super) static META: AuditMeta = AuditMeta {
    id: "muted-in-group",
    error_type: Some(7),
    title: "A muting permission set takes away what the sync needs",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_FIELD_FOR_INSERT_UPDATE", "INSUFFICIENT_ACCESS_OR_READONLY"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
For each object and field right that is needed and missing: whether a member of one of the user's permission set groups
grants it, and a muting permission set of the same group takes it away.
## Why it matters for the sync
The permission set shows the access, so that everybody looks elsewhere for the cause.
## What it cannot see
Groups of a live org that are still being recalculated; system permissions, which have audits of their own.
## How to fix it
Remove the muting, or grant the access by a permission set that is assigned outside the group.
## Example
Group Integration holds HubSpot_Sync, whose Edit on Contact.Phone is muted for the people in the group.
",
};

/// Something needed that the user lacks, or may lack.
struct Lack<'f> {
    object: &'f Name,
    field: Option<&'f Name>,
    /// The right, and those that are muted as well and need it: they are no findings of their own.
    rights: Vec<ObjectRight>,
    operation: Operation,
    known: Known,
    trail: Vec<Grant>,
    mappings: &'f [usize],
}

impl Lack<'_> {
    /// `Edit on Account.Industry`.
    fn label(&self) -> String {
        let rights = list_rights(&self.rights);
        match self.field {
            Some(field) => format!("{rights} on {}.{field}", self.object),
            None => format!("{rights} on {}", self.object),
        }
    }
}

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for missing in &facts.effective.missing {
        // Whoever is in a group that was not found may be muted there.
        if missing.group.is_some() || missing.kind == "permission set group" {
            outcome.not_known(missing.sentence());
        }
    }
    // Without the assignments there may be groups that nobody sees.
    let coverage = &facts.snapshot.coverage;
    let assignments = Area::Assignments;
    if matches!(
        coverage.status(assignments),
        CoverageStatus::Partial | CoverageStatus::Refused
    ) {
        let why = coverage.reason(assignments).unwrap_or_default();
        outcome.not_known(format!("which groups the user is in is not known ({why})"));
    }
    let lacks = if facts.effective.has_groups() {
        lacking(facts)
    } else {
        Vec::new()
    };
    for lack in lacks {
        let in_groups = lack
            .trail
            .iter()
            .filter(|grant| grant.container.group.is_some())
            .filter(|grant| grant.gives(lack.operation.as_str()));
        if lack.known == Known::Unknown {
            let matters = |grant: &Grant| matches!(grant.effect, Effect::Muted | Effect::Uncertain);
            if let Some(grant) = in_groups.clone().find(|grant| matters(grant)) {
                outcome.not_known(format!(
                    "whether the user has {} is not known ({})",
                    lack.label(),
                    grant.sentence()
                ));
            } else if !facts.effective.is_complete() {
                // What was not read may be the member's grant, or the muting.
                outcome.not_known(format!(
                    "whether the user has {} is not known, for a part of what is assigned was not read",
                    lack.label()
                ));
            }
            continue;
        }
        let muted: Vec<Grant> = in_groups
            .filter(|grant| grant.effect == Effect::Muted)
            .cloned()
            .collect();
        if let Some(first) = muted.first() {
            let finding = finding(facts, &lack, first, &muted);
            outcome.find(finding, lack.mappings.to_vec());
        }
    }
    outcome
}

fn finding(facts: &Facts<'_>, lack: &Lack<'_>, first: &Grant, muted: &[Grant]) -> Finding {
    let what = lack.label();
    let member = &first.container.name;
    let group = first.container.group.as_ref().map_or("", Name::as_str);
    let fix = Fix::new(
        Safety::Unsafe,
        format!("Assign {member} to the user outside group {group}, or remove the muting"),
    )
    .step(format!(
        "Setup > Permission Sets > {member} > Manage Assignments: assign it to the integration user"
    ))
    .setup(format!(
        "Setup > Permission Set Groups > {group} > Muting Permission Set"
    ));
    // A live org tells what a group grants in the end, and not always which of its mutings takes the rest away.
    let (title, fix) = match &first.muted_by {
        Some((muting, _)) => (
            format!("Muting permission set {muting} takes away {what}"),
            fix.step(format!(
                "Or open group {group}, its muting permission set {muting}, and clear {what}; this reaches everybody \
                 in the group"
            )),
        ),
        None => (
            format!("Group {group} does not pass on {what}"),
            fix.step(format!(
                "Or open group {group}: clear {what} in its muting permission set, or recalculate the group where it \
                 has none; this reaches everybody in the group"
            )),
        ),
    };
    let mut finding = Finding::new(&META, title, fix)
        .detail(format!(
            "{member} grants it, but inside group {group} it does not count."
        ))
        .object(lack.object)
        .operation(lack.operation)
        // The group and not the muting set, whose name is not always read: a known finding stays the same one.
        .subject(group)
        .evidence(facts.rows_in_short(lack.mappings))
        .evidence(facts.trail(muted));
    match &first.muted_by {
        Some((muting, Some(at))) => {
            let text = format!("muting permission set {muting} mutes it here");
            finding = finding.evidence([facts
                .fact(EvidenceKind::Muting, text, Some(*at))
                .container(format!("muting permission set {muting}"))]);
        }
        Some((_, None)) => {}
        None => finding = finding.at_most(Confidence::Likely),
    }
    match lack.field {
        Some(field) => finding.field(field),
        None => finding,
    }
}

/// A right with those of `others` that are muted as well.
fn with_muted(right: ObjectRight, others: &[ObjectRight], trail: &[Grant]) -> Vec<ObjectRight> {
    let muted = |right: &&ObjectRight| {
        (trail.iter()).any(|grant| grant.gives(right.as_str()) && grant.effect == Effect::Muted)
    };
    let others = others.iter().filter(|other| **other != right);
    std::iter::once(right)
        .chain(others.filter(muted).copied())
        .collect()
}

fn lacking<'f>(facts: &'f Facts<'_>) -> Vec<Lack<'f>> {
    let mut lacks = Vec::new();
    for needed in facts.needed_rights() {
        let access = facts.object(needed.object);
        let known = access.right(needed.right);
        // What needs Read is lost with it, and is said there.
        let with_read = needed.right != ObjectRight::Read
            && access.right(ObjectRight::Read) == Known::No
            && facts
                .rights_needed(needed.object)
                .contains(&ObjectRight::Read);
        if known != Known::Yes && !with_read {
            let others = match needed.right {
                ObjectRight::Read => facts.rights_needed(needed.object),
                _ => Vec::new(),
            };
            lacks.push(Lack {
                object: needed.object,
                field: None,
                rights: with_muted(needed.right, &others, &access.trail),
                operation: needed.operation,
                known,
                trail: access.trail.clone(),
                mappings: &needed.need.mappings,
            });
        }
    }
    for needed in facts.needed_fields() {
        let access = needed.access;
        if access.nature.existence == Existence::Missing {
            continue;
        }
        let edit = if needed.writing.is_empty() || access.nature.never_editable.is_some() {
            Known::Yes
        } else {
            access.security_edit
        };
        if access.security_read.and(edit) == Known::Yes {
            continue;
        }
        let trail = facts.effective.field_trail(&access.nature);
        let with_read = match edit {
            Known::Yes => vec![ObjectRight::Read],
            _ => with_muted(ObjectRight::Read, &[ObjectRight::Edit], &trail),
        };
        // Edit is lost with Read, and is said there.
        let edit = if access.security_read == Known::No {
            Known::Yes
        } else {
            edit
        };
        for (operation, known, mappings, rights) in [
            (
                Operation::Read,
                access.security_read,
                needed.mappings,
                with_read,
            ),
            (
                Operation::Edit,
                edit,
                needed.writing,
                vec![ObjectRight::Edit],
            ),
        ] {
            if known != Known::Yes {
                lacks.push(Lack {
                    object: needed.object,
                    field: Some(needed.field),
                    rights,
                    operation,
                    known,
                    trail: trail.clone(),
                    mappings,
                });
            }
        }
    }
    lacks
}
