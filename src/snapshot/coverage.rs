//! What was looked at, and what could not be: the difference between 'no' and 'could not look'.
//!
//! Each source fills one [`Coverage`]. Audits and effective permissions consult it before they say that
//! something is absent, and every report shows it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of an org that a source may or may not be able to read.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// The integration user's own record: active, profile, role, licence.
    User,
    /// Which permission sets and groups are assigned to the user, and until when.
    Assignments,
    /// Profiles.
    Profiles,
    /// Permission sets.
    PermissionSets,
    /// Permission set groups.
    PermissionSetGroups,
    /// Muting permission sets.
    MutingPermissionSets,
    /// Object definitions, org-wide defaults among them.
    Objects,
    /// Field definitions.
    Fields,
    /// Record types, and which profiles and permission sets make them available.
    RecordTypes,
    /// Validation rules.
    ValidationRules,
    /// Flows.
    Flows,
    /// Apex classes and triggers.
    Apex,
    /// Sharing rules.
    SharingRules,
    /// Org-wide sharing defaults.
    OrgWideDefaults,
    /// User licences and permission set licences.
    Licences,
    /// Login hours, IP ranges, frozen users.
    LoginPolicy,
    /// Installed packages and their licences.
    Packages,
    /// Record-level access, asked of Salesforce for sampled records.
    RecordAccess,
    /// Owners, queues and the users behind them.
    Owners,
    /// Custom permissions and who has them.
    CustomPermissions,
    /// Permission sets that the user does not have, which might close gaps.
    UnassignedPermissionSets,
    /// HubSpot's properties, owners and scopes.
    #[serde(rename = "hubspot")]
    HubSpot,
}

impl Area {
    /// The name used in reports, `permission-sets` for example.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assignments => "assignments",
            Self::Profiles => "profiles",
            Self::PermissionSets => "permission-sets",
            Self::PermissionSetGroups => "permission-set-groups",
            Self::MutingPermissionSets => "muting-permission-sets",
            Self::Objects => "objects",
            Self::Fields => "fields",
            Self::RecordTypes => "record-types",
            Self::ValidationRules => "validation-rules",
            Self::Flows => "flows",
            Self::Apex => "apex",
            Self::SharingRules => "sharing-rules",
            Self::OrgWideDefaults => "org-wide-defaults",
            Self::Licences => "licences",
            Self::LoginPolicy => "login-policy",
            Self::Packages => "packages",
            Self::RecordAccess => "record-access",
            Self::Owners => "owners",
            Self::CustomPermissions => "custom-permissions",
            Self::UnassignedPermissionSets => "unassigned-permission-sets",
            Self::HubSpot => "hubspot",
        }
    }
}

/// How much of an area was read. Ordered from best to worst.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum CoverageStatus {
    /// Everything that the source can hold was read.
    Read,
    /// Some of it was read; what is missing is in the reason.
    Partial,
    /// The source holds it, but would not show it.
    Refused,
    /// The source cannot hold it, or holds none.
    Absent,
}

impl CoverageStatus {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Absent => "absent",
        }
    }
}

/// The state of one area, with the reason where it is not fully read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaCoverage {
    /// How much was read.
    pub status: CoverageStatus,
    /// Why not more, each reason once, in the order met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// The areas of a snapshot and how far each was read.
///
/// An area that no source spoke of counts as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Coverage {
    areas: BTreeMap<Area, AreaCoverage>,
}

impl Coverage {
    /// Says how an area was read, replacing what was said before.
    pub fn set(&mut self, area: Area, status: CoverageStatus, reason: Option<String>) {
        let reasons = reason.into_iter().collect();
        self.areas.insert(area, AreaCoverage { status, reasons });
    }

    /// Lowers an area to `status` at best, and adds a reason. Never raises it.
    pub fn lower(&mut self, area: Area, status: CoverageStatus, reason: impl Into<String>) {
        let entry = self.areas.entry(area).or_insert(AreaCoverage {
            status,
            reasons: Vec::new(),
        });
        entry.status = entry.status.max(status);
        let reason = reason.into();
        if !entry.reasons.contains(&reason) {
            entry.reasons.push(reason);
        }
    }

    /// How an area was read.
    pub fn status(&self, area: Area) -> CoverageStatus {
        self.areas
            .get(&area)
            .map_or(CoverageStatus::Absent, |entry| entry.status)
    }

    /// Whether everything of the area was read.
    pub fn is_read(&self, area: Area) -> bool {
        self.status(area) == CoverageStatus::Read
    }

    /// Why an area was not fully read, as one sentence; none where nothing was said.
    pub fn reason(&self, area: Area) -> Option<String> {
        let reasons = &self.areas.get(&area)?.reasons;
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// All areas that a source spoke of, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (Area, &AreaCoverage)> {
        self.areas.iter().map(|(area, entry)| (*area, entry))
    }
}

/// Something that could not be read and that costs only its own facts: a broken metadata file, say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CollectionProblem {
    /// The area whose coverage it lowers.
    pub area: Area,
    /// The file, or the query, that failed.
    pub place: String,
    /// Line in the file, counted from 1, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What is wrong, and what to do next.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lowering_never_raises_and_keeps_each_reason_once() {
        let mut coverage = Coverage::default();
        assert_eq!(coverage.status(Area::Flows), CoverageStatus::Absent);
        coverage.set(Area::Flows, CoverageStatus::Refused, Some("no".into()));
        coverage.lower(Area::Flows, CoverageStatus::Partial, "cut");
        coverage.lower(Area::Flows, CoverageStatus::Partial, "cut");
        assert_eq!(coverage.status(Area::Flows), CoverageStatus::Refused);
        assert_eq!(coverage.reason(Area::Flows).as_deref(), Some("no; cut"));
    }
}
