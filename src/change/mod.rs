//! What a change of a metadata tree brings: the findings that the tree did not have before, each where the change
//! made it.
//!
//! In: the report and facts of the tree as it is, those of the tree as it was, and which lines differ ([`lines`]).
//! Out: the report with only what is new. [`git`] reads the tree as it was. Only [`git`] does I/O.

pub mod git;
pub mod lines;

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::NewFields;
use crate::effective::{EffectivePermissions, Grant};
use crate::finding::{Evidence, EvidenceKind, Finding};
use crate::report::AuditReport;
use crate::snapshot::{Name, Snapshot};
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

/// The fields of `now` that `before` does not have.
pub fn new_fields(now: &Snapshot, before: &Snapshot, since: &str) -> NewFields {
    let mut fields: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for (name, object) in &now.objects {
        let old = before.objects.get(name);
        let new = object
            .fields
            .keys()
            .filter(|field| old.is_none_or(|old| !old.fields.contains_key(*field)))
            .cloned()
            .collect::<BTreeSet<Name>>();
        if !new.is_empty() {
            fields.insert(name.clone(), new);
        }
    }
    NewFields {
        since: since.to_owned(),
        fields,
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
    let old: BTreeSet<String> = before
        .report
        .findings
        .iter()
        .map(Finding::fingerprint)
        .collect();
    let mut kept = Vec::new();
    let mut index_now = BTreeMap::new();
    for (index, mut finding) in std::mem::take(&mut report.findings).into_iter().enumerate() {
        if old.contains(&finding.fingerprint()) {
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
        if let Some((path, line, sentence)) = self.taken_away(finding) {
            let file = self.paths.shown(&path);
            let text = format!("before {since}, {sentence}; the change took it away here");
            finding.evidence.insert(
                0,
                Evidence::new(EvidenceKind::Grant, text).at(Some(&file), Some(line)),
            );
            finding.changed_at = Some((file, line));
            return;
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

    /// A grant of the tree as it was that the change took away or changed: its file and line as they are now.
    fn taken_away(&self, finding: &Finding) -> Option<(String, u32, String)> {
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
            let (path, line) =
                self.changes
                    .removed(file, at.line, at.line.saturating_add(length))?;
            Some((path, line, grant.sentence()))
        })
    }
}
