//! Fixes and shortened evidence that several audits give.

use super::facts::{Facts, NeededField};
use super::prove::list_rights;
use crate::effective::{Known, is_activity};
use crate::finding::{Change, Evidence, EvidenceKind, Fix, Safety};
use crate::snapshot::{Name, ObjectKind, ObjectRight, ObjectRights, kind_of_name};

/// How many mapping rows are shown before the rest is counted.
const ROWS_SHOWN: usize = 3;

impl Facts<'_> {
    /// The rights on an object that the sync needs, in the order of Setup.
    pub(super) fn rights_needed(&self, object: &Name) -> Vec<ObjectRight> {
        let Some(needs) = self.requirements.objects.get(object) else {
            return vec![ObjectRight::Read];
        };
        [
            (ObjectRight::Read, needs.read.is_some()),
            (ObjectRight::Create, needs.create.is_some()),
            (ObjectRight::Edit, needs.edit.is_some()),
            (ObjectRight::Delete, needs.delete.is_some()),
        ]
        .into_iter()
        .filter_map(|(right, needed)| needed.then_some(right))
        .collect()
    }

    /// Grants object permissions with their prerequisites; for tasks and events the system permissions that
    /// stand in for them (rule R16).
    pub(super) fn fix_object(&self, object: &Name, rights: &[ObjectRight]) -> Fix {
        if is_activity(object) {
            return self.fix_activity(object, rights);
        }
        if let Some(fix) = self.fix_what_is_no_record(object) {
            return fix;
        }
        let rights: Vec<ObjectRight> = rights
            .iter()
            .fold(ObjectRights::NONE, |sum, right| {
                sum.with(*right).union(right.prerequisites())
            })
            .iter()
            .collect();
        let list = list_rights(&rights);
        Fix::new(Safety::Safe, format!("Grant {list} on {object}"))
            .step("Open a permission set that is assigned to the integration user")
            .step(format!(
                "Object Settings > {object} > Edit: select {list}, save"
            ))
            .setup(format!(
                "{} > Object Settings > {object}",
                self.setup_container()
            ))
            .change(Change::GrantObject {
                object: object.clone(),
                rights,
            })
    }

    /// Settings and events are no records that sync, and the permissions of records do not open them (Metadata API, PermissionSet:
    /// `customMetadataTypeAccesses`, `customSettingAccesses`; Platform Events Developer Guide: Read and Create alone).
    fn fix_what_is_no_record(&self, object: &Name) -> Option<Fix> {
        let kind = match self.snapshot.objects.get(object) {
            Some(known) => known.kind,
            None => kind_of_name(object),
        };
        let (what, step) = match kind {
            ObjectKind::CustomMetadata => (
                "custom metadata is configuration",
                "Custom Metadata Types > Edit: there alone the user is let read it",
            ),
            ObjectKind::CustomSetting => (
                "a custom setting is configuration",
                "Custom Setting Definitions > Edit: there alone the user is let read it",
            ),
            ObjectKind::PlatformEvent => (
                "a platform event is published once, and never changed",
                "Object Settings: Read and Create are all that there is, and its fields have no permissions",
            ),
            _ => return None,
        };
        let fix = Fix::new(
            Safety::Advice,
            format!("Take {object} out of the mappings: {what}"),
        )
        .step("HubSpot > Settings > Integrations > Salesforce: remove the mappings of this object")
        .step(format!(
            "If it is meant all the same: {} > {step}",
            self.setup_container()
        ));
        Some(fix)
    }

    /// Enables what of the two system permissions is missing. The one for writing needs the one for seeing, also
    /// in the container that grants it.
    fn fix_activity(&self, object: &Name, rights: &[ObjectRight]) -> Fix {
        let see = ("ActivitiesAccess", "Access Activities");
        let write = if object.is("Task") {
            ("EditTask", "Edit Tasks")
        } else {
            ("EditEvent", "Edit Events")
        };
        let lacks = |name| self.effective.user_permission(name).known != Known::Yes;
        let writes = rights.iter().any(|right| *right != ObjectRight::Read) && lacks(write.0);
        let (list, change) = if writes {
            let list = if lacks(see.0) {
                format!("{} and {}", see.1, write.1)
            } else {
                write.1.to_owned()
            };
            (list, (write.0.into(), vec![see.0.into()]))
        } else {
            (see.1.to_owned(), (see.0.into(), Vec::new()))
        };
        let (name, requires) = change;
        Fix::new(
            Safety::Safe,
            format!("Enable {list} for the integration user"),
        )
        .step("Open a permission set that is assigned to the integration user")
        .step(format!("System Permissions > Edit: select {list}, save"))
        .setup(format!("{} > System Permissions", self.setup_container()))
        .change(Change::GrantUserPermission { name, requires })
    }

    /// Grants field-level security on the field that carries it: the compound one for a part of an address.
    pub(super) fn fix_field(&self, needed: &NeededField<'_>, edit: bool) -> Fix {
        let key = needed.access.nature.keys.first();
        let (object, field) = match key {
            Some((object, field)) => (object, field),
            None => (needed.object, needed.field),
        };
        let list = if edit { "Read and Edit" } else { "Read" };
        Fix::new(Safety::Safe, format!("Grant {list} on {object}.{field}"))
            .step("Open a permission set that is assigned to the integration user")
            .step(format!(
                "Object Settings > {object} > Edit > Field Permissions: select {list} for {field}, save"
            ))
            .setup(format!("{} > Object Settings > {object}", self.setup_container()))
            .change(Change::GrantField {
                object: object.clone(),
                field: field.clone(),
                read: true,
                edit,
            })
    }

    /// The first mapping rows, and how many more there are.
    pub(super) fn rows_in_short(&self, mappings: &[usize]) -> Vec<Evidence> {
        let shown = mappings.get(..ROWS_SHOWN).unwrap_or(mappings);
        let mut evidence = self.rows(shown);
        let more = mappings.len() - shown.len();
        if more > 0 {
            let text = format!("and {more} more mapping rows");
            evidence.push(Evidence::new(EvidenceKind::Mapping, text));
        }
        evidence
    }
}
