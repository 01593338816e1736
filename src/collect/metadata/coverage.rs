//! What a metadata tree tells of an org, area by area, and what it cannot tell.

use std::collections::BTreeMap;

use super::kind::FileKind;
use crate::snapshot::{ApexKind, Area, Coverage, CoverageStatus, Snapshot};

/// How many files of each area could not be used wholly.
#[derive(Debug, Default)]
pub(super) struct Tally {
    faulty: BTreeMap<Area, u32>,
}

impl Tally {
    /// Counts a file of which something could not be used.
    pub(super) fn faulty(&mut self, kind: FileKind) {
        // A whole object's file holds its fields, record types and rules too.
        let parts: &[Area] = if kind == FileKind::Object {
            &[
                Area::Fields,
                Area::RecordTypes,
                Area::ValidationRules,
                Area::OrgWideDefaults,
            ]
        } else {
            &[]
        };
        for area in parts.iter().chain([&kind.area()]) {
            *self.faulty.entry(*area).or_default() += 1;
        }
    }
}

/// Areas of which metadata holds nothing, and why.
const NOT_IN_METADATA: &[(Area, &str)] = &[
    (Area::User, "a metadata tree holds no users"),
    (
        Area::Assignments,
        "a metadata tree does not hold which permission sets a user has: name them on the command line",
    ),
    (
        Area::Licences,
        "a metadata tree does not hold which licences a user has",
    ),
    (
        Area::Packages,
        "a metadata tree does not hold which packages are installed and licensed",
    ),
    (Area::RecordAccess, "a metadata tree holds no records"),
    (Area::Owners, "a metadata tree holds no users and queues"),
];

/// Why a profile's file does not tell all that the profile grants (rule R6).
const SPARSE_PROFILES: &str = "a retrieve writes into a profile only what its manifest names, so a profile may \
     grant more than its file lists";

const ORG_WIDE_DEFAULTS: &str =
    "known only for objects whose definition in the tree names a sharing model";

const LOGIN_POLICY: &str = "only the login hours and IP ranges in profile files were read; a metadata tree does not \
     tell frozen users, login history and network access";

/// Fills the snapshot's coverage. `gaps` are reasons why any area may lack something.
pub(super) fn fill(snapshot: &mut Snapshot, tally: &Tally, gaps: Vec<String>) {
    let mut coverage = Coverage::default();
    for (area, reason) in NOT_IN_METADATA {
        coverage.set(*area, CoverageStatus::Absent, Some((*reason).to_owned()));
    }
    for (area, present, what) in read_areas(snapshot) {
        let faulty = tally.faulty.get(&area).copied().unwrap_or_default();
        if present || faulty > 0 {
            coverage.set(area, CoverageStatus::Read, None);
        } else {
            let reason = format!("no {what} in the metadata tree");
            coverage.set(area, CoverageStatus::Absent, Some(reason));
        }
        let present = coverage.status(area) != CoverageStatus::Absent;
        match area {
            Area::Profiles if present => {
                coverage.lower(area, CoverageStatus::Partial, SPARSE_PROFILES);
            }
            Area::OrgWideDefaults if present => {
                coverage.lower(area, CoverageStatus::Partial, ORG_WIDE_DEFAULTS);
            }
            Area::Apex => {
                if let Some(reason) = triggers_on_nothing(snapshot) {
                    coverage.lower(area, CoverageStatus::Partial, reason);
                }
            }
            _ => {}
        }
        if faulty > 0 {
            let files = if faulty == 1 { "file" } else { "files" };
            let reason = format!("{faulty} {files} could not be used wholly");
            coverage.lower(area, CoverageStatus::Partial, reason);
        }
        for gap in &gaps {
            coverage.lower(area, CoverageStatus::Partial, gap.as_str());
        }
    }
    if snapshot.profiles.is_empty() {
        let reason = "a metadata tree without profiles tells nothing of logins";
        coverage.set(
            Area::LoginPolicy,
            CoverageStatus::Absent,
            Some(reason.to_owned()),
        );
    } else {
        coverage.set(
            Area::LoginPolicy,
            CoverageStatus::Partial,
            Some(LOGIN_POLICY.to_owned()),
        );
    }
    snapshot.coverage = coverage;
}

/// That the objects of some triggers are not known.
fn triggers_on_nothing(snapshot: &Snapshot) -> Option<String> {
    let count = snapshot
        .apex
        .iter()
        .filter(|apex| apex.kind == ApexKind::Trigger && apex.object.is_none())
        .count();
    let triggers = if count == 1 { "trigger" } else { "triggers" };
    (count > 0).then(|| {
        format!(
            "the object of {count} {triggers} is not known: the source is hidden, as in managed packages, or not in \
             the tree"
        )
    })
}

/// The areas that metadata can hold: whether the snapshot has something of each, and what that is called.
fn read_areas(snapshot: &Snapshot) -> Vec<(Area, bool, &'static str)> {
    let any = |test: fn(&crate::snapshot::SObject) -> bool| snapshot.objects.values().any(test);
    vec![
        (
            Area::Objects,
            any(|object| object.defined),
            "object definition",
        ),
        (
            Area::Fields,
            any(|object| !object.fields.is_empty()),
            "field",
        ),
        (
            Area::RecordTypes,
            any(|object| !object.record_types.is_empty()),
            "record type",
        ),
        (
            Area::ValidationRules,
            any(|object| !object.validation_rules.is_empty()),
            "validation rule",
        ),
        (
            Area::OrgWideDefaults,
            any(|object| object.sharing_model.is_some()),
            "org-wide default",
        ),
        (Area::Profiles, !snapshot.profiles.is_empty(), "profile"),
        (
            Area::PermissionSets,
            !snapshot.permission_sets.is_empty(),
            "permission set",
        ),
        (
            Area::PermissionSetGroups,
            !snapshot.permission_set_groups.is_empty(),
            "permission set group",
        ),
        (
            Area::MutingPermissionSets,
            !snapshot.muting_permission_sets.is_empty(),
            "muting permission set",
        ),
        (Area::Flows, !snapshot.flows.is_empty(), "flow"),
        (Area::Apex, !snapshot.apex.is_empty(), "Apex"),
        (
            Area::SharingRules,
            !snapshot.sharing_rules.is_empty(),
            "sharing rule",
        ),
        (
            Area::CustomPermissions,
            !snapshot.custom_permissions.is_empty(),
            "custom permission",
        ),
    ]
}
