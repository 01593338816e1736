//! The org as plain data: what every source produces and every audit reads.
//!
//! In: nothing; sources fill it. Out: facts with the place where each was read, and the coverage that tells
//! what could not be read. No I/O here except in [`store`].

mod apex;
mod automation;
mod coverage;
mod custom_permission;
pub(crate) mod date;
mod field;
mod flow;
pub mod hubspot;
mod id;
mod login;
mod name;
mod object;
mod organization;
mod permission_set;
mod place;
mod sharing;
pub mod standard;
pub mod store;
mod user;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use apex::{Apex, ApexBody, ApexKind, ApexMode, ApexOperation, ApexOperationKind};
pub use automation::{SharingRule, SharingRuleKind, ValidationRule};
pub use coverage::{Area, AreaCoverage, CollectionProblem, Coverage, CoverageStatus};
pub use custom_permission::CustomPermission;
pub use field::{Field, FieldType, PicklistValue, ValueSet};
pub use flow::{Flow, FlowBody, FlowCall, FlowStep, FlowStepKind};
pub use id::{same_id, short_id};
pub use login::{ConnectedApp, IpRange, LoginLimits};
pub use name::{Name, NameInterner};
pub use object::{NameField, ObjectKind, RecordType, SObject, kind_of_name};
pub use organization::{InstalledPackage, PackageLicense, Queue, Role};
pub use permission_set::{
    ContainerKind, ContainerPart, FieldPermissions, NamedPermission, ObjectPermissions,
    ObjectRight, ObjectRights, PermissionSet, PermissionSetGroup, RecordTypeVisibility,
};
pub use place::Place;
pub use sharing::{
    Login, OtherShares, Ownership, Person, RecordSample, RestrictionRule, SampledRecord, Stratum,
    UserGroup,
};
pub use user::{Assigned, Assignment, GlobalValue, PlatformAccess, User};

/// What kind of source a snapshot was made from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A live org over its APIs.
    Live,
    /// One or more metadata trees.
    #[default]
    Metadata,
    /// A snapshot saved earlier.
    Snapshot,
    /// The org built into the binary.
    Demo,
}

/// Which org the facts are of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgInfo {
    /// Organization id, 18 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The org's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address that the API answers at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_url: Option<String>,
    /// API version of the facts: `66.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Edition: `Enterprise Edition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// The instance that hosts it: `DEU42`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Whether it is a sandbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_sandbox: Option<bool>,
    /// Where the facts are from; `snapshot` once they were loaded from a file.
    #[serde(default)]
    pub source: SourceKind,
    /// When (RFC 3339), for a live org.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected_at: Option<String>,
    /// The metadata trees that were laid over the org: it is shown as it will be once they are deployed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overlays: Vec<String>,
    /// The permission sets that those trees bring and the org does not have: nobody is assigned to them yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overlay_permission_sets: Vec<Name>,
    /// Whether what was laid over the org, or counts as assigned, changes what users may do: what Salesforce answered on
    /// records is of the org as it was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub access_changed: bool,
}

impl OrgInfo {
    /// For each metadata tree that was laid over the org, that it was, as a sentence.
    pub fn overlay_notices(&self) -> Vec<String> {
        let notice =
            |dir: &String| format!("the org is shown as it will be once `{dir}` is deployed to it");
        self.overlays.iter().map(notice).collect()
    }
}

/// Everything known of an org.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Which org.
    pub org: OrgInfo,
    /// What was read and what was not.
    pub coverage: Coverage,
    /// What went wrong while reading, in a fixed order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<CollectionProblem>,
    /// The files that [`Place`]s point to, as shown to people (relative where given so).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// The users that were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<User>,
    /// Objects by API name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub objects: BTreeMap<Name, SObject>,
    /// Profiles by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<Name, PermissionSet>,
    /// Permission sets by API name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub permission_sets: BTreeMap<Name, PermissionSet>,
    /// Muting permission sets by API name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub muting_permission_sets: BTreeMap<Name, PermissionSet>,
    /// Permission set groups by developer name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub permission_set_groups: BTreeMap<Name, PermissionSetGroup>,
    /// Global and standard value sets by API name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub value_sets: BTreeMap<Name, ValueSet>,
    /// The custom permissions that the org defines, by API name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_permissions: BTreeMap<Name, CustomPermission>,
    /// Connected apps whose policy was read, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connected_apps: Vec<ConnectedApp>,
    /// Flows, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<Flow>,
    /// Apex classes and triggers, sorted by kind and name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apex: Vec<Apex>,
    /// Sharing rules, sorted by object and name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sharing_rules: Vec<SharingRule>,
    /// What HubSpot's API tells of the account that syncs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hubspot: Option<hubspot::HubSpotFacts>,
    /// The role hierarchy, sorted by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// Restriction rules of the objects that were looked at, sorted by object and name; none where they were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restriction_rules: Option<Vec<RestrictionRule>>,
    /// Users who own records or whom HubSpot knows as owners, sorted by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
    /// The addresses, in lower case, that users were looked for by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails_looked_up: Vec<String>,
    /// Who owns the records of each object that was counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ownership: BTreeMap<Name, Ownership>,
    /// Salesforce's answers on a sample of records, by object.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub record_samples: BTreeMap<Name, RecordSample>,
    /// Queues that may own records of the objects that were looked at, sorted by developer name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<Queue>,
    /// Installed packages, sorted by namespace and name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<InstalledPackage>,
    /// The objects that were looked at, sorted, where the source looked at some only (a live org does): what
    /// containers list none of on any other object is not known. None where all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Vec<Name>>,
    /// Objects beside the scope that mapped fields point to, sorted: of these only the org-wide default was read, and what
    /// containers list on the object itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents_in_scope: Vec<Name>,
    /// Objects beside the scope that flows and Apex touch in the user's name, sorted: their fields were read, and all that
    /// containers list on them but record types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub automation_in_scope: Vec<Name>,
    /// The system permissions that were asked for, sorted, where the source was asked for some only (a live org is):
    /// what containers list none of is not known of any other. None where all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_permissions_asked: Option<Vec<Name>>,
}

impl Snapshot {
    /// The file that a place is in.
    pub fn file(&self, place: Place) -> Option<&str> {
        self.files.get(place.file as usize).map(String::as_str)
    }

    /// Whether the source looked at an object at all.
    pub fn is_in_scope(&self, object: &Name) -> bool {
        self.scope
            .as_ref()
            .is_none_or(|scope| scope.contains(object))
    }

    /// Whether the source looked at what containers list on an object itself.
    pub fn has_object_permissions_of(&self, object: &Name) -> bool {
        self.has_field_permissions_of(object) || self.parents_in_scope.contains(object)
    }

    /// Whether the source looked at what containers list on an object's fields.
    pub fn has_field_permissions_of(&self, object: &Name) -> bool {
        self.is_in_scope(object) || self.automation_in_scope.contains(object)
    }

    /// Whether the source was asked for a system permission (`ApiEnabled`).
    pub fn asked_for_user_permission(&self, name: &str) -> bool {
        self.user_permissions_asked
            .as_ref()
            .is_none_or(|asked| asked.iter().any(|one| one.is(name)))
    }

    /// Every container of the snapshot that can grant: profiles and permission sets.
    pub fn containers(&self) -> impl Iterator<Item = &PermissionSet> {
        self.profiles.values().chain(self.permission_sets.values())
    }
}
