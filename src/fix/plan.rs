//! Gathers the findings' changes into permission sets, and says of each finding what becomes of it.

use std::collections::BTreeSet;

use super::dependencies::{demanded_by, parents};
use super::grants::{Grants, Reason};
use super::{FixError, Original};
use crate::audit::licence_limits_grant::left_out_by;
use crate::effective::{Governed, definition, field_nature, is_activity};
use crate::finding::{BaselineState, Change, Finding};
use crate::mapping::requirements::Requirements;
use crate::report::AuditReport;
use crate::snapshot::{
    Area, FieldType, Name, ObjectKind, ObjectRight, Snapshot, User, kind_of_name, standard,
};

/// How long a permission set's label may be (Metadata API Developer Guide, PermissionSet).
const MAX_LABEL: usize = 80;

/// What is asked of a fix.
#[derive(Debug, Clone)]
pub struct Options {
    /// API name of the permission set.
    pub name: String,
    /// Its label.
    pub label: String,
    /// Whether system permissions may be granted.
    pub allow_unsafe: bool,
    /// Whether to grant what renewing an ended assignment would close.
    pub instead_of_renewal: bool,
    /// API version of the project: `66.0`.
    pub api_version: String,
    /// How commands name the org.
    pub target_org: String,
}

/// What becomes of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treatment {
    /// A permission set grants what is missing.
    Granted,
    /// A permission set could, and does not; the reason as a clause.
    Withheld(String),
    /// No file of this project closes it; a person does.
    Manual,
    /// It is known or intended, and so left alone.
    Accepted,
}

/// A permission set to write.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedSet {
    /// API name.
    pub name: Name,
    /// The label.
    pub label: String,
    /// One sentence on what it is for.
    pub description: String,
    /// What it grants.
    pub grants: Grants,
    /// The file that it is added to; none for a new set.
    pub original: Option<Original>,
    /// Whether the user has to be given it.
    pub assign: bool,
}

/// The audited user.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'h> {
    /// Its account, where the source knows users.
    pub account: Option<&'h User>,
    /// The permission sets assigned to it.
    pub sets: &'h [Name],
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The permission sets to write, none of them empty.
    pub sets: Vec<PlannedSet>,
    /// What becomes of each finding, in the order of the report.
    pub treatments: Vec<Treatment>,
    /// Fields, as `Object.Field`, that are granted for editing though nothing tells whether anybody can edit them.
    pub unsure: BTreeSet<String>,
}

impl Plan {
    /// Plans the fix of a report.
    ///
    /// `opened` is what shows only once the rest is granted; what a permission set closes of it is granted too.
    ///
    /// # Errors
    /// A name that no permission set can have, or that a set of the org has already.
    pub fn of(
        snapshot: &Snapshot,
        report: &AuditReport,
        requirements: &Requirements,
        holder: Holder<'_>,
        opened: &[Finding],
        original: Option<Original>,
        options: &Options,
    ) -> Result<Self, FixError> {
        let mut planning = Planning {
            snapshot,
            options,
            account: holder.account,
            limited: (report.findings.iter())
                .filter(|finding| finding.audit.id == "licence-limits-grant")
                .filter_map(|finding| finding.object.clone())
                .collect(),
            needed: needed_fields(snapshot, requirements),
            unsure: BTreeSet::new(),
            grants: Grants::default(),
        };
        let mut treatments: Vec<Treatment> = (report.findings.iter().enumerate())
            .map(|(index, finding)| planning.treat(finding, &Reason::Finding(index)))
            .collect();
        for finding in opened {
            let because = format!(
                "{} ({}), which shows once the rest is granted",
                finding.title, finding.audit.id
            );
            planning.treat(finding, &Reason::Needed(because));
        }
        planning.complete(report, &mut treatments);
        let mut grants = planning.grants;
        let system = if is_limited(holder.account) && grants.len() > grants.user_permissions.len() {
            Grants {
                user_permissions: std::mem::take(&mut grants.user_permissions),
                ..Grants::default()
            }
        } else {
            Grants::default()
        };
        let mut plan = Self {
            sets: Vec::new(),
            treatments,
            unsure: planning.unsure,
        };
        let what = "what HubSpot's field mappings need and the integration user lacked";
        match original {
            Some(original) => plan.sets.push(PlannedSet {
                name: original.name.clone(),
                label: original.label.clone(),
                description: String::new(),
                grants,
                assign: !holder.sets.contains(&original.name),
                original: Some(original),
            }),
            None => plan.sets.push(PlannedSet {
                name: Name::new(&options.name),
                label: options.label.clone(),
                description: format!("Grants {what}. Written by permgap."),
                grants,
                original: None,
                assign: true,
            }),
        }
        plan.sets.push(PlannedSet {
            name: Name::from(format!("{}_System", options.name)),
            label: format!("{} (system permissions)", options.label),
            description: format!(
                "Grants the system permissions of {what}, apart, because the user's licence may refuse them. Written \
                 by permgap."
            ),
            grants: system,
            original: None,
            assign: true,
        });
        plan.sets.retain(|set| !set.grants.is_empty());
        for set in plan.sets.iter().filter(|set| set.original.is_none()) {
            if !is_api_name(set.name.as_str()) {
                let name = set.name.to_string();
                return Err(FixError::BadName { name });
            }
            let controls = set.label.chars().any(char::is_control);
            if set.label.trim().is_empty() || set.label.chars().count() > MAX_LABEL || controls {
                let label = set.label.clone();
                return Err(FixError::BadLabel { label });
            }
            if snapshot.permission_sets.contains_key(&set.name) {
                let name = set.name.to_string();
                return Err(FixError::NameTaken { name });
            }
        }
        Ok(plan)
    }
}

fn needed_fields(snapshot: &Snapshot, requirements: &Requirements) -> BTreeSet<(Name, Name)> {
    (requirements.mappings.iter())
        .filter(|mapping| mapping.row.sync_rule.reads())
        .flat_map(|mapping| field_nature(snapshot, &mapping.object, &mapping.row.field).keys)
        .collect()
}

/// Whether the user's licence may refuse system permissions; which ones, Salesforce publishes for no licence.
fn is_limited(user: Option<&User>) -> bool {
    user.and_then(|user| user.license.as_deref())
        .is_some_and(|licence| !licence.eq_ignore_ascii_case("Salesforce"))
}

/// Object Reference, PermissionSet, `Name`: unique, letters, digits and underscores, no two underscores together.
fn is_api_name(name: &str) -> bool {
    name.len() <= 80
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.ends_with('_')
        && !name.contains("__")
}

struct Planning<'p> {
    snapshot: &'p Snapshot,
    options: &'p Options,
    account: Option<&'p User>,
    /// The objects of which the audit tells already that the licence takes away what is granted.
    limited: BTreeSet<Name>,
    /// The fields that some mapping needs, under every name that a container can list them by.
    needed: BTreeSet<(Name, Name)>,
    /// See [`Plan::unsure`].
    unsure: BTreeSet<String>,
    grants: Grants,
}

impl Planning<'_> {
    fn treat(&mut self, finding: &Finding, reason: &Reason) -> Treatment {
        if finding.baseline == BaselineState::Known {
            return Treatment::Accepted;
        }
        if let Some(of) = finding
            .fix
            .renewal
            .as_deref()
            .filter(|_| !self.options.instead_of_renewal)
        {
            return Treatment::Withheld(format!(
                "renewing the assignment of {of} closes it; --instead-of-renewal grants it all the same"
            ));
        }
        self.grant(finding, reason)
    }

    /// A grant on a field or record type does nothing without the object's own, which some renewal may have been left to.
    fn complete(&mut self, report: &AuditReport, treatments: &mut [Treatment]) {
        let fields = self.grants.fields.keys().map(|(object, _)| object);
        let types = self.grants.record_types.keys().map(|(object, _)| object);
        let objects: BTreeSet<Name> = fields.chain(types).cloned().collect();
        for (index, (finding, treatment)) in report.findings.iter().zip(treatments).enumerate() {
            let renewed = finding.fix.renewal.is_some()
                && matches!(treatment, Treatment::Withheld(_))
                && matches!(
                    finding.fix.change,
                    Some(Change::GrantObject { .. } | Change::GrantUserPermission { .. })
                );
            if renewed
                && finding
                    .object
                    .as_ref()
                    .is_some_and(|one| objects.contains(one))
            {
                *treatment = self.grant(finding, &Reason::Finding(index));
            }
        }
    }

    fn grant(&mut self, finding: &Finding, reason: &Reason) -> Treatment {
        let result = match &finding.fix.change {
            Some(Change::GrantObject { object, rights }) => self.object(object, rights, reason),
            Some(Change::GrantField {
                object,
                field,
                edit,
                ..
            }) => self.field(object, field, *edit, reason),
            Some(Change::GrantUserPermission { name, requires }) => {
                self.user_permission(name, requires, reason)
            }
            Some(Change::GrantRecordType {
                object,
                record_type,
            }) => self.record_type(object, record_type, reason),
            Some(Change::GrantCustomPermission { name }) => self.custom_permission(name, reason),
            Some(
                Change::Assign { .. }
                | Change::ChangeSyncRule { .. }
                | Change::ChangeValidationRule { .. },
            )
            | None => return Treatment::Manual,
        };
        match result {
            Ok(()) => Treatment::Granted,
            Err(why) => Treatment::Withheld(why),
        }
    }

    fn object(
        &mut self,
        object: &Name,
        rights: &[ObjectRight],
        reason: &Reason,
    ) -> Result<(), String> {
        let defined = self.snapshot.objects.get(object);
        if defined.is_some_and(|defined| defined.deleted) {
            return Err(format!("the deployment deletes {object}"));
        }
        self.licensed(object)?;
        if let Some(parent) = standard::controlling_parent(object) {
            // The object has no permissions of its own: the parent's decide (Object Reference).
            for right in rights {
                let on_parent = match right {
                    ObjectRight::Read => ObjectRight::Read,
                    _ => ObjectRight::Edit,
                };
                self.with_parents(&parent, on_parent, reason);
            }
            return Ok(());
        }
        self.grantable(object)?;
        let kind = defined.map_or_else(|| kind_of_name(object), |defined| defined.kind);
        if matches!(kind, ObjectKind::CustomMetadata | ObjectKind::CustomSetting) {
            return Err(format!(
                "access to {object} is not granted by object permissions"
            ));
        }
        let of_events =
            |right: &ObjectRight| matches!(right, ObjectRight::Read | ObjectRight::Create);
        if kind == ObjectKind::PlatformEvent && !rights.iter().all(of_events) {
            return Err(format!("{object} has Read and Create alone to grant"));
        }
        for right in rights {
            self.with_parents(object, *right, reason);
        }
        Ok(())
    }

    /// Whether object permissions for the object are known to exist: a deployment is refused that grants others.
    fn grantable(&self, object: &Name) -> Result<(), String> {
        let listed = || {
            (self.snapshot.containers())
                .flat_map(|set| &set.object_permissions)
                .any(|entry| entry.object == *object)
        };
        if let Some((_, suffix)) = object.as_str().rsplit_once("__") {
            // Shares, history and feeds of custom objects follow the object; settings and metadata are told below.
            const TAKE: [&str; 6] = ["c", "e", "b", "x", "kav", "mdt"];
            if TAKE.iter().any(|one| one.eq_ignore_ascii_case(suffix)) || listed() {
                return Ok(());
            }
            return Err(format!(
                "no permission set can grant it: {object} has no object permissions of its own"
            ));
        }
        match standard::has_object_permissions(object) {
            Some(true) => Ok(()),
            _ if listed() => Ok(()),
            Some(false) => Err(format!(
                "no permission set can grant it: {object} has no object permissions"
            )),
            None => Err(format!(
                "no permission set can grant it, as far as is known: no profile or permission set of the org lists object \
                 permissions for {object}, and a deployment of such is refused where there are none"
            )),
        }
    }

    /// Whether the user's licence is known to leave out the object, or one that has to be readable with it: what is
    /// granted has no effect then, and Salesforce may refuse the assignment. What the audit tells of already stays as it is.
    fn licensed(&self, object: &Name) -> Result<(), String> {
        let Some(account) = self.account else {
            return Ok(());
        };
        let controlling = standard::controlling_parent(object);
        let parents = parents(self.snapshot, controlling.as_ref().unwrap_or(object));
        let all = std::iter::once(object).chain(&controlling).chain(&parents);
        for one in all.filter(|one| !self.limited.contains(*one)) {
            if let Some(text) = left_out_by(self.snapshot, account, one) {
                return Err(format!(
                    "a licence that covers {one} comes first ({text}); then run this again"
                ));
            }
        }
        Ok(())
    }

    fn with_parents(&mut self, object: &Name, right: ObjectRight, reason: &Reason) {
        self.grants.object(object, right, reason);
        for parent in parents(self.snapshot, object) {
            let because = Reason::Needed(format!("{object} needs Read on {parent}"));
            self.grants.object(&parent, ObjectRight::Read, &because);
        }
    }

    fn field(
        &mut self,
        object: &Name,
        field: &Name,
        edit: bool,
        reason: &Reason,
    ) -> Result<(), String> {
        self.licensed(object)?;
        let nature = field_nature(self.snapshot, object, field);
        if nature.existence == crate::effective::Existence::Missing {
            return Err(format!("{object}.{field} does not exist"));
        }
        if !nature.keys.iter().any(|key| self.needed.contains(key)) {
            return Err(format!("no mapping needs {object}.{field}"));
        }
        if nature.governed != Governed::Yes {
            // "You cannot deploy to a required field", as Salesforce answers.
            return Err(format!(
                "{object}.{field} is {}, and Salesforce refuses an entry for it",
                nature.because
            ));
        }
        let edit = edit && nature.writable != crate::effective::Known::No;
        if edit && self.may_be_read_only(object, field) {
            self.unsure.insert(format!("{object}.{field}"));
        }
        if is_activity(object) && field.is_custom() {
            // Tasks and events share the field and its field-level security: either entry counts for both, and Salesforce's
            // own files list both.
            for object in ["Event", "Task"].map(Name::new) {
                self.grants.field(&object, field, edit, reason);
            }
        } else {
            self.grants.field(object, field, edit, reason);
        }
        Ok(())
    }

    /// Whether neither a definition nor the table of standard fields tells that somebody can write the field.
    fn may_be_read_only(&self, object: &Name, field: &Name) -> bool {
        let defined = definition(self.snapshot, object, field);
        let standard = standard::field(object, field);
        let writable = standard.is_some_and(|field| {
            let whole = matches!(
                field.field_type,
                FieldType::Address | FieldType::Geolocation
            );
            whole || field.updateable == Some(true) || field.createable == Some(true)
        });
        defined.is_none_or(|field| field.incomplete) && !writable
    }

    fn user_permission(
        &mut self,
        name: &Name,
        requires: &[Name],
        reason: &Reason,
    ) -> Result<(), String> {
        if !self.options.allow_unsafe {
            return Err(format!(
                "the system permission {name} is granted only with --allow-unsafe"
            ));
        }
        self.grants.user_permission(name, reason);
        let demanded = demanded_by(name);
        for other in requires.iter().cloned().chain(demanded) {
            let because = Reason::Needed(format!("{name} needs {other}"));
            self.grants.user_permission(&other, &because);
        }
        Ok(())
    }

    /// A deployment is refused that grants a custom permission which the org does not have.
    fn custom_permission(&mut self, name: &Name, reason: &Reason) -> Result<(), String> {
        let all_read = self.snapshot.coverage.is_read(Area::CustomPermissions);
        if all_read && !self.snapshot.custom_permissions.contains_key(name) {
            return Err(format!("the org has no custom permission {name}"));
        }
        self.grants.custom_permission(name, reason);
        Ok(())
    }

    fn record_type(&mut self, object: &Name, name: &Name, reason: &Reason) -> Result<(), String> {
        let defined = self.snapshot.objects.get(object);
        let record_type = defined.and_then(|object| object.record_types.get(name));
        match record_type {
            Some(record_type) if !record_type.active => {
                return Err(format!("record type {object}.{name} is not active"));
            }
            None if defined.is_some_and(|object| object.fields_complete) => {
                return Err(format!("record type {object}.{name} does not exist"));
            }
            _ => {}
        }
        self.licensed(object)?;
        self.grants.record_type(object, name, reason);
        Ok(())
    }
}
