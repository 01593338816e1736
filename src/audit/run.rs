//! Runs the catalogue over one set of facts, and judges every mapping row.
//!
//! In: an [`Input`]. Out: an [`AuditReport`]. A row's verdict comes from what the user has, not from findings, so
//! that an audit that misses something cannot turn a gap into an 'ok'.

use std::collections::{BTreeMap, BTreeSet};

use super::{CATALOGUE, Facts, Found, Outcome, assignment_not_effective};
use crate::config::IntendedGap;
use crate::effective::{
    EffectivePermissions, FieldAccess, Known, ObjectAccess, ProfileReading, Subject,
};
use crate::finding::{BaselineState, Evidence, EvidenceKind, Finding, Operation};
use crate::mapping::requirements::{Mapping, Requirements};
use crate::report::{
    AuditOutcome, AuditReport, AuditedUser, FieldHas, JudgedMapping, ObjectHas, OutcomeKind,
    Verdict,
};
use crate::snapshot::hubspot::KnownOwners;
use crate::snapshot::{Name, ObjectRight, Snapshot, User};

/// The fields that a change brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFields {
    /// Since when, for a sentence: `main (0123456789)`.
    pub since: String,
    /// The fields of each object.
    pub fields: BTreeMap<Name, BTreeSet<Name>>,
    /// The fields of each object whose definition the change takes away.
    pub gone: BTreeMap<Name, BTreeSet<Name>>,
}

/// Everything that an audit run depends on; the same input gives the same report.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The org.
    pub snapshot: &'a Snapshot,
    /// Whose access is audited.
    pub subject: &'a Subject,
    /// The same for reports.
    pub user: &'a AuditedUser,
    /// What the sync needs.
    pub requirements: &'a Requirements,
    /// How the silence of a profile file is read.
    pub profiles: ProfileReading,
    /// Gaps that are meant to be there.
    pub intended: &'a [IntendedGap],
    /// The user's own record, where the source knows users and it is a user that was named.
    pub account: Option<&'a User>,
    /// Since when a field counts as new; none where the source does not tell when fields were made.
    pub fields_since: Option<jiff::Timestamp>,
    /// The fields that a change brings, where one is looked at; they count instead of those made since a time.
    pub new_fields: Option<&'a NewFields>,
    /// HubSpot's owners, where they are known.
    pub hubspot_owners: Option<KnownOwners<'a>>,
    /// The time of the audit.
    pub now: jiff::Timestamp,
}

/// Runs every audit and judges every mapping row.
pub fn run(input: &Input<'_>) -> AuditReport {
    let effective = EffectivePermissions::of(input.snapshot, input.subject, input.profiles);
    let today = input.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (ended, intended): (Vec<&IntendedGap>, Vec<_>) =
        (input.intended.iter()).partition(|gap| gap.ended_by(today));
    let facts = Facts::new(input, &effective, intended.clone());
    let mut found: Vec<Found> = Vec::new();
    let mut audits = Vec::new();
    for audit in CATALOGUE {
        let mut outcome = (audit.look)(&facts);
        keep_first(&mut outcome.unknown);
        audits.push(AuditOutcome {
            audit: audit.meta,
            outcome: kind_of(&outcome),
            reason: reason_of(&outcome),
        });
        found.extend(outcome.found);
    }
    assignment_not_effective::refer(&facts, &mut found);
    found.sort_by(|a, b| order(&a.finding).cmp(&order(&b.finding)));
    let mut notices = notices(input, &effective);
    excuse(&mut found, &intended, &mut notices);
    accuse(&mut found, &ended, &mut notices);

    let mut mappings: Vec<JudgedMapping> = facts
        .mappings()
        .map(|(_, mapping, field)| judge(mapping, &facts.object(&mapping.object), field))
        .collect();
    let mut findings = Vec::with_capacity(found.len());
    for (
        index,
        Found {
            mut finding,
            mappings: concerned,
        },
    ) in found.into_iter().enumerate()
    {
        for mapping in &concerned {
            if let Some(mapping) = mappings.get_mut(*mapping) {
                mapping.findings.push(index);
            }
        }
        // What is about the connection or a whole object concerns many rows and is about none of them.
        if finding.field.is_some() {
            finding.mapping = finding.mapping.or(concerned.first().copied());
        }
        findings.push(finding);
    }
    let coverage = input.snapshot.coverage.iter();
    AuditReport {
        generated_at: input.now.to_string(),
        org: input.snapshot.org.clone(),
        user: input.user.clone(),
        notices,
        mappings,
        findings,
        audits,
        coverage: coverage
            .map(|(area, entry)| (area, entry.clone()))
            .collect(),
        problems: input.snapshot.problems.clone(),
        changed_since: None,
        subject_incomplete: !effective.is_complete(),
    }
}

fn kind_of(outcome: &Outcome) -> OutcomeKind {
    if !outcome.found.is_empty() {
        OutcomeKind::Findings
    } else if outcome.unknown.is_empty() {
        OutcomeKind::Clean
    } else {
        OutcomeKind::NotEvaluated
    }
}

/// How many things that could not be looked at are named before the rest is counted.
const UNKNOWN_NAMED: usize = 5;

fn reason_of(outcome: &Outcome) -> Option<String> {
    let named = outcome
        .unknown
        .get(..UNKNOWN_NAMED)
        .unwrap_or(&outcome.unknown);
    let more = outcome.unknown.len() - named.len();
    match (named, more) {
        ([], _) if outcome.found.is_empty() => outcome.note.clone(),
        ([], _) => None,
        (named, 0) => Some(named.join("; ")),
        (named, more) => Some(format!("{}; and {more} more", named.join("; "))),
    }
}

/// Worst first, then by object, field and audit; what one audit says of one thing keeps the audit's order.
fn order(finding: &Finding) -> impl Ord + use<'_> {
    (
        std::cmp::Reverse(finding.severity),
        finding.object.as_ref(),
        finding.field.as_ref(),
        CATALOGUE
            .iter()
            .position(|audit| audit.meta.id == finding.audit.id),
        finding.operation,
    )
}

/// What a reader must know first: containers that were not found, assignments without effect, how rows counted.
fn notices(input: &Input<'_>, effective: &EffectivePermissions<'_>) -> Vec<String> {
    let mut notices = input.snapshot.org.overlay_notices();
    notices.extend((input.subject.as_if.iter()).map(|name| {
        format!("`{name}` counts as assigned to the user, as --permission-set or --permission-set-group asks: in the org it is not")
    }));
    notices.extend(unassigned(input).map(|name| {
        format!(
            "the overlay brings permission set `{name}`, which the user is not assigned to: --permission-set {name} counts \
             it as assigned"
        )
    }));
    if !input.snapshot.users.is_empty() && !input.subject.of_user {
        notices.push(
            "no user of the org was audited, but one who has exactly the named profile, permission sets and groups: \
             name one with --user"
                .to_owned(),
        );
    }
    notices.extend(effective.open());
    notices.extend(
        effective
            .without_effect
            .iter()
            .map(|text| format!("assigned without effect: {text}")),
    );
    if input.requirements.mappings.is_empty() {
        notices.push(
            "no field mappings were given, so fields were not audited: name a file with --mappings"
                .to_owned(),
        );
    }
    notices.extend(input.requirements.notes.iter().cloned());
    keep_first(&mut notices);
    notices
}

/// The permission sets that overlays bring and that do not count for the user.
fn unassigned<'i>(input: &Input<'i>) -> impl Iterator<Item = &'i Name> {
    let (snapshot, subject) = (input.snapshot, input.subject);
    let in_group = |name: &Name| {
        let groups =
            (subject.groups.iter()).filter_map(|group| snapshot.permission_set_groups.get(group));
        groups.into_iter().any(|group| group.members.contains(name))
    };
    let new = snapshot.org.overlay_permission_sets.iter();
    new.filter(move |name| !subject.permission_sets.contains(name) && !in_group(name))
}

/// Keeps the first of equal texts.
fn keep_first(texts: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    texts.retain(|text| seen.insert(text.clone()));
}

/// Marks findings that a declared gap covers as known.
fn excuse(found: &mut [Found], intended: &[&IntendedGap], notices: &mut Vec<String>) {
    for gap in intended {
        let mut covers_any = false;
        for Found { finding, .. } in found.iter_mut() {
            if gap.covers_finding(finding) {
                covers_any = true;
                finding.baseline = BaselineState::Known;
                let text = format!(
                    "permgap.toml declares the gap on {} as intended until {}: {}",
                    gap.label(),
                    gap.until,
                    gap.reason
                );
                finding
                    .evidence
                    .push(Evidence::new(EvidenceKind::Setting, text));
            }
        }
        if !covers_any {
            notices.push(format!(
                "the intended gap on {} covers no finding: remove it from permgap.toml if the gap is closed",
                gap.label()
            ));
        }
    }
}

/// Says of each finding whose declared gap has ended that it counts again, in its title, which every format shows.
fn accuse(found: &mut [Found], ended: &[&IntendedGap], notices: &mut Vec<String>) {
    for gap in ended {
        let mut again = 0;
        for Found { finding, .. } in found.iter_mut() {
            // A gap that is still declared wins over one that has ended.
            if finding.baseline == BaselineState::Known || !gap.covers_finding(finding) {
                continue;
            }
            again += 1;
            let since = format!(" (its intended gap ended on {})", gap.until);
            if !finding.title.ends_with(&since) {
                finding.title.push_str(&since);
            }
            let text = format!(
                "permgap.toml declared the gap on {} as intended until {}, which has passed: {}",
                gap.label(),
                gap.until,
                gap.reason
            );
            finding
                .evidence
                .push(Evidence::new(EvidenceKind::Setting, text));
        }
        let (label, until, reason) = (gap.label(), gap.until, &gap.reason);
        notices.push(match again {
            0 => format!(
                "the intended gap on {label} ended on {until} and covers no finding: remove it from permgap.toml"
            ),
            1 => format!(
                "EXPIRED: the intended gap on {label} ended on {until}, and its finding counts again ({reason}): close the \
                 gap, or set a new date"
            ),
            again => format!(
                "EXPIRED: the intended gap on {label} ended on {until}, and its {again} findings count again ({reason}): \
                 close the gaps, or set a new date"
            ),
        });
    }
}

fn judge(mapping: &Mapping, object: &ObjectAccess, field: &FieldAccess) -> JudgedMapping {
    let row = &mapping.row;
    let rule = row.sync_rule;
    let mut needs = Vec::new();
    let mut has_all = Known::Yes;
    // `FieldAccess` has the object's own rights in it (rule R11).
    if rule.reads() {
        needs.push(Operation::Read);
        has_all = has_all.and(field.read);
    }
    if rule.writes() {
        needs.push(Operation::Edit);
        has_all = has_all.and(field.edit);
    }
    let right = |right| object.right(right).to_option();
    JudgedMapping {
        row: row.row,
        line: row.line,
        file: row.file.clone(),
        hubspot_object: row.hubspot_object.clone(),
        hubspot_property: row.hubspot_property.clone(),
        object: mapping.object.clone(),
        field: row.field.clone(),
        sync_rule: rule.label().to_owned(),
        needs,
        has_object: ObjectHas {
            read: right(ObjectRight::Read),
            create: right(ObjectRight::Create),
            edit: right(ObjectRight::Edit),
            delete: right(ObjectRight::Delete),
            view_all: right(ObjectRight::ViewAll),
            modify_all: right(ObjectRight::ModifyAll),
        },
        has_field: FieldHas {
            read: field.read.to_option(),
            edit: field.edit.to_option(),
        },
        verdict: match has_all {
            Known::Yes => Verdict::Ok,
            Known::No => Verdict::Gap,
            Known::Unknown => Verdict::Unknown,
        },
        findings: Vec::new(),
    }
}
