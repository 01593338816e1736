//! Runs the catalogue over one set of facts, and judges every mapping row.
//!
//! In: an [`Input`]. Out: an [`AuditReport`]. A row's verdict comes from what the user has, not from findings, so
//! that an audit that misses something cannot turn a gap into an 'ok'.

use std::collections::{BTreeMap, BTreeSet};

use super::{CATALOGUE, Facts, Found, Outcome};
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
use crate::snapshot::{Name, ObjectRight, Snapshot};

/// The fields that came into the org since some time or commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFields {
    /// Since when, for a sentence: `main`, `2026-01-31`.
    pub since: String,
    /// The fields of each object.
    pub fields: BTreeMap<Name, BTreeSet<Name>>,
    /// The fields of which the source does not tell when they came.
    pub untold: BTreeMap<Name, BTreeSet<Name>>,
}

impl NewFields {
    /// The fields that a source says were created on that day (UTC) or later.
    pub fn created_since(snapshot: &Snapshot, since: jiff::civil::Date) -> Self {
        let first = since.to_string();
        let mut new = Self {
            since: first.clone(),
            fields: BTreeMap::new(),
            untold: BTreeMap::new(),
        };
        for (name, object) in &snapshot.objects {
            for field in object.fields.values() {
                // Times of RFC 3339 in UTC sort as texts do.
                let list = match field.created_at.as_deref() {
                    Some(at) if at >= first.as_str() => &mut new.fields,
                    Some(_) => continue,
                    // A standard field came with the platform.
                    None if field.name.is_custom() => &mut new.untold,
                    None => continue,
                };
                list.entry(name.clone())
                    .or_default()
                    .insert(field.name.clone());
            }
        }
        new
    }
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
    /// The fields that count as new, where new ones are asked for.
    pub since: Option<&'a NewFields>,
    /// The time of the audit.
    pub now: jiff::Timestamp,
}

/// Runs every audit and judges every mapping row.
pub fn run(input: &Input<'_>) -> AuditReport {
    let effective = EffectivePermissions::of(input.snapshot, input.subject, input.profiles);
    let facts = Facts::new(input.subject, &effective, input.requirements, input.since);
    let mut found: Vec<Found> = Vec::new();
    let mut audits = Vec::new();
    for audit in CATALOGUE {
        // Nobody asked for new fields, so nothing is to be said of them.
        if audit.meta.id == super::new_field_without_access::META.id && input.since.is_none() {
            continue;
        }
        let outcome = (audit.look)(&facts);
        audits.push(AuditOutcome {
            audit: audit.meta,
            outcome: kind_of(&outcome),
            reason: reason_of(&outcome),
        });
        found.extend(outcome.found);
    }
    found.sort_by(|a, b| order(&a.finding).cmp(&order(&b.finding)));
    let mut notices = notices(input, &effective);
    excuse(&mut found, input, &mut notices);

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
        finding.mapping = finding.mapping.or(concerned.first().copied());
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
        subject_incomplete: !effective.missing.is_empty() || !effective.profile_known,
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
        ([], _) => None,
        (named, 0) => Some(named.join("; ")),
        (named, more) => Some(format!("{}; and {more} more", named.join("; "))),
    }
}

/// Worst first, then by object, field and audit.
fn order(finding: &Finding) -> impl Ord + use<'_> {
    (
        std::cmp::Reverse(finding.severity),
        finding.object.as_ref(),
        finding.field.as_ref(),
        CATALOGUE
            .iter()
            .position(|audit| audit.meta.id == finding.audit.id),
        finding.operation,
        finding.subject.as_deref(),
    )
}

/// What a reader must know first: containers that were not found, assignments without effect, how rows counted.
fn notices(input: &Input<'_>, effective: &EffectivePermissions<'_>) -> Vec<String> {
    let mut notices = Vec::new();
    if !effective.profile_known {
        notices.push(
            "no profile was named; a user always has one, so what nothing else grants is not known: name it with \
             --profile"
                .to_owned(),
        );
    }
    notices.extend(effective.missing.iter().map(|missing| missing.sentence()));
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
    let unique: BTreeSet<String> = notices.iter().cloned().collect();
    if unique.len() < notices.len() {
        let mut seen = BTreeSet::new();
        notices.retain(|notice| seen.insert(notice.clone()));
    }
    notices
}

/// Marks findings that a declared gap covers as known, until the gap's end date.
fn excuse(found: &mut [Found], input: &Input<'_>, notices: &mut Vec<String>) {
    let today = input.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    for gap in input.intended {
        if gap.ended_by(today) {
            notices.push(format!(
                "the intended gap on {} ended on {}: its findings count again ({})",
                gap.label(),
                gap.until,
                gap.reason
            ));
            continue;
        }
        let mut covers_any = false;
        for Found { finding, .. } in found.iter_mut() {
            if gap.covers(finding) {
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
