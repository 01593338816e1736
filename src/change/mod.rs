//! What a change of a metadata tree brings: the findings that the tree did not have before, each where the change
//! made it.
//!
//! In: the report and facts of the tree as it is, those of the tree as it was, and which lines differ ([`lines`]).
//! Out: the report with only what is new. [`git`] reads the tree as it was. Only [`git`] does I/O.

pub mod git;
pub mod lines;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::audit::NewFields;
use crate::effective::{EffectivePermissions, Grant, Subject, find_profile};
use crate::finding::{Evidence, EvidenceKind, Finding};
use crate::report::AuditReport;
use crate::snapshot::{
    Area, ContainerKind, CoverageStatus, Name, PermissionSet, PermissionSetGroup, Snapshot,
};
use lines::Changes;

/// The tree as it was.
#[derive(Debug)]
pub struct Before<'b> {
    /// Its report.
    pub report: &'b AuditReport,
    /// What the user could do; places are in files named from the repository's root.
    pub effective: &'b EffectivePermissions<'b>,
}

/// How files of the tree are named in reports and in the repository.
pub trait Paths {
    /// The path from the repository's root of a file as reports name it.
    fn in_repository(&self, shown: &str) -> Option<String>;
    /// The name in reports of a path from the repository's root.
    fn shown(&self, path: &str) -> String;
}

/// The fields of `now` that `before` does not have, and those of `before` that `now` does not have.
pub fn new_fields(now: &Snapshot, before: &Snapshot, since: &str) -> NewFields {
    NewFields {
        since: since.to_owned(),
        fields: only_in(now, before),
        gone: only_in(before, now),
    }
}

fn only_in(one: &Snapshot, other: &Snapshot) -> BTreeMap<Name, BTreeSet<Name>> {
    let mut fields = BTreeMap::new();
    for (name, object) in &one.objects {
        let known = other.objects.get(name);
        let only: BTreeSet<Name> = object
            .fields
            .keys()
            .filter(|field| known.is_none_or(|known| !known.fields.contains_key(*field)))
            .cloned()
            .collect();
        if !only.is_empty() {
            fields.insert(name.clone(), only);
        }
    }
    fields
}

/// Gives one side of a change an empty container for each of the user's that only the other side has, and names them.
///
/// Without it the container would be one that was not read, and what the change takes away would be 'not known'.
pub fn fill_in(one: &mut Snapshot, other: &Snapshot, subject: &Subject) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(name) = &subject.profile
        && find_profile(one, name).is_none()
        && find_profile(other, name).is_some()
    {
        let profile = PermissionSet::new(ContainerKind::Profile, name.clone());
        one.profiles.insert(name.clone(), profile);
        take_coverage(one, other, Area::Profiles);
        names.push(format!("profile {name}"));
    }
    for name in &subject.groups {
        let groups = &other.permission_set_groups;
        if !one.permission_set_groups.contains_key(name) && groups.contains_key(name) {
            let group = PermissionSetGroup::new(name.clone());
            one.permission_set_groups.insert(name.clone(), group);
            take_coverage(one, other, Area::PermissionSetGroups);
            names.push(format!("permission set group {name}"));
        }
    }
    let members = (subject.groups.iter())
        .filter_map(|group| one.permission_set_groups.get(group))
        .flat_map(|group| group.members.iter().cloned());
    let sets: BTreeSet<Name> = members.chain(subject.permission_sets.clone()).collect();
    for name in sets {
        if !one.permission_sets.contains_key(&name) && other.permission_sets.contains_key(&name) {
            names.push(format!("permission set {name}"));
            let set = PermissionSet::new(ContainerKind::PermissionSet, name.clone());
            one.permission_sets.insert(name, set);
            take_coverage(one, other, Area::PermissionSets);
        }
    }
    names
}

/// A side that has none of an area says that it does not hold it; the other side tells how such files are read.
fn take_coverage(one: &mut Snapshot, other: &Snapshot, area: Area) {
    if one.coverage.status(area) == CoverageStatus::Absent {
        let (status, reason) = (other.coverage.status(area), other.coverage.reason(area));
        one.coverage.set(area, status, reason);
    }
}

/// Leaves out of the report every finding that the tree had before, and places the others at the change.
pub fn only_new(
    report: &mut AuditReport,
    before: &Before<'_>,
    changes: &Changes,
    paths: &dyn Paths,
    since: &str,
) {
    let old: BTreeMap<String, &Finding> = before
        .report
        .findings
        .iter()
        .map(|finding| (finding.fingerprint(), finding))
        .collect();
    let mut kept = Vec::new();
    let mut index_now = BTreeMap::new();
    for (index, mut finding) in std::mem::take(&mut report.findings).into_iter().enumerate() {
        let was = old.get(&finding.fingerprint());
        if was.is_some_and(|was| !came_into_being(was, &finding)) {
            continue;
        }
        index_now.insert(index, kept.len());
        let place = Placing {
            before,
            changes,
            paths,
        };
        place.place(&mut finding, since);
        kept.push(finding);
    }
    report.findings = kept;
    for mapping in &mut report.mappings {
        mapping.findings = mapping
            .findings
            .iter()
            .filter_map(|index| index_now.get(index).copied())
            .collect();
    }
    if !old.is_empty() {
        report.notices.push(format!(
            "only what changed since {since} is reported; the tree had {} {} then",
            old.len(),
            if old.len() == 1 {
                "finding"
            } else {
                "findings"
            }
        ));
    }
    report.changed_since = Some(since.to_owned());
}

/// Whether a finding was about a record type that did not exist then and does now: that the sync is meant to set it was a
/// mistake of the settings, and that the user may not use it is what the change brings.
fn came_into_being(was: &Finding, is: &Finding) -> bool {
    is.audit.id == "record-type-not-available" && !defined(was) && defined(is)
}

fn defined(finding: &Finding) -> bool {
    let mut kinds = finding.evidence.iter().map(|evidence| evidence.kind);
    kinds.any(|kind| kind == EvidenceKind::Definition)
}

/// Kinds of evidence whose file a change may have touched, best first.
const BEST_FIRST: [EvidenceKind; 5] = [
    EvidenceKind::Muting,
    EvidenceKind::Grant,
    EvidenceKind::Definition,
    EvidenceKind::NoGrant,
    EvidenceKind::Mapping,
];

/// How many lines an entry of a permission set may have: `<objectPermissions>` with all its children.
const ENTRY: u32 = 11;
/// And `<fieldPermissions>`, `<userPermissions>`.
const SHORT_ENTRY: u32 = 4;

struct Placing<'p> {
    before: &'p Before<'p>,
    changes: &'p Changes,
    paths: &'p dyn Paths,
}

impl Placing<'_> {
    /// Where the change made the finding: where a grant was taken away, else a line that is new among those that
    /// the evidence names, else the changed definition.
    fn place(&self, finding: &mut Finding, since: &str) {
        // What a field that is gone was granted matters no more.
        let lost = match self.definition(finding) {
            Some(definition) => definition,
            None => self.taken_away(finding),
        };
        if let Some(lost) = lost {
            let mut text = format!("before {since}, {}; the change took it away", lost.sentence);
            let mut evidence = None;
            if let Some((path, line)) = lost.place {
                let file = self.paths.shown(&path);
                text.push_str(" here");
                evidence = Some(Evidence::new(lost.kind, &text).at(Some(&file), Some(line)));
                finding.changed_at = Some((file, line));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(text, " with `{}`", self.paths.shown(lost.file));
            }
            let evidence = evidence.unwrap_or_else(|| Evidence::new(lost.kind, text));
            finding.evidence.insert(0, evidence);
            if finding.changed_at.is_some() {
                return;
            }
        }
        for kind in BEST_FIRST {
            let entry = match kind {
                EvidenceKind::Muting | EvidenceKind::Grant => SHORT_ENTRY,
                _ => 0,
            };
            let found = finding
                .evidence
                .iter()
                .filter(|evidence| evidence.kind == kind)
                .find_map(|evidence| {
                    let (file, line) = (evidence.file.as_deref()?, evidence.line?);
                    let path = self.paths.in_repository(file)?;
                    let last = line.saturating_add(entry);
                    let touched = self.changes.first_new(&path, line, last).or_else(|| {
                        // One file is one definition in source format; what changed in it is what matters.
                        (kind == EvidenceKind::Definition)
                            .then(|| self.changes.first_changed(&path))
                            .flatten()
                    })?;
                    Some((file.to_owned(), touched))
                });
            if found.is_some() {
                finding.changed_at = found;
                return;
            }
        }
    }

    /// The definition of a mapped field that the change took away; the inner value is none where no file of it was read.
    fn definition(&self, finding: &Finding) -> Option<Option<Lost<'_>>> {
        if finding.audit.id != "mapped-field-missing" {
            return None;
        }
        let snapshot = self.before.effective.snapshot();
        let (object, name) = (finding.object.as_ref()?, finding.field.as_ref()?);
        let field = snapshot.objects.get(object)?.fields.get(name)?;
        Some(field.at.and_then(|at| {
            let file = snapshot.file(at)?;
            let last = at.line.saturating_add(SHORT_ENTRY);
            Some(Lost {
                kind: EvidenceKind::Definition,
                sentence: format!("{object}.{name} was defined"),
                file,
                place: self.changes.removed(file, at.line, last),
            })
        }))
    }

    /// A grant of the tree as it was that the change took away or changed, where it was.
    fn taken_away(&self, finding: &Finding) -> Option<Lost<'_>> {
        let effective = self.before.effective;
        let mut trail: Vec<(Grant, u32)> = Vec::new();
        if let Some(object) = &finding.object {
            let access = effective.object(object);
            if let Some(field) = &finding.field {
                let field = effective.field(object, &access, field);
                let grants = effective.field_trail(&field.nature);
                trail.extend(grants.into_iter().map(|grant| (grant, SHORT_ENTRY)));
            }
            trail.extend(access.trail.into_iter().map(|grant| (grant, ENTRY)));
        }
        if let Some(subject) = &finding.subject {
            let switch = effective.user_permission(subject).trail;
            trail.extend(switch.into_iter().map(|grant| (grant, SHORT_ENTRY)));
        }
        trail.into_iter().find_map(|(grant, length)| {
            let at = grant.at?;
            let file = effective.snapshot().file(at)?;
            let last = at.line.saturating_add(length);
            let place = self.changes.removed(file, at.line, last);
            (place.is_some() || self.changes.is_gone(file)).then(|| Lost {
                kind: EvidenceKind::Grant,
                sentence: grant.sentence(),
                file,
                place,
            })
        })
    }
}

/// What the tree had and the change took away.
struct Lost<'p> {
    kind: EvidenceKind,
    sentence: String,
    /// The file that had it, from the repository's root, as it was.
    file: &'p str,
    /// The file and line where it would be now; none where the file itself is gone.
    place: Option<(String, u32)>,
}
