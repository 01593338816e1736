//! `assignment-not-effective`: something is assigned to the user and grants nothing, or will soon.

use super::{AuditMeta, Facts, Found, Outcome};
use crate::effective::{EffectivePermissions, Known, Subject};
use crate::finding::{Change, Confidence, EvidenceKind, Finding, Fix, Operation, Safety, Severity};
use crate::snapshot::{Area, Assigned, Assignment, Name, ObjectRight};

pub(super) static META: AuditMeta = AuditMeta {
    id: "assignment-not-effective",
    error_type: Some(7),
    title: "An assigned permission set or group grants nothing, or will stop to",
    severity: Severity::High,
    confidence: Confidence::Certain,
    salesforce_errors: &["INVALID_FIELD_FOR_INSERT_UPDATE", "INSUFFICIENT_ACCESS_OR_READONLY"],
    hubspot_category: Some("Permissions"),
    docs: "\
## What it checks
Each assignment of the user: whether it has expired or expires within 30 days, was revoked by a user access policy, is marked as
not active, is session-based, or is of a group that Salesforce has still to recalculate. High where the sync needs what it would
grant, low otherwise.
## Why it matters for the sync
Setup shows the assignment, so that everybody looks elsewhere for the cause. An expiry stops the sync from one day to the next.
## What it cannot see
A metadata tree does not hold assignments: of it only the session-based sets and groups are known.
## How to fix it
Renew the assignment without an end, assign a set that is not session-based, or recalculate the group.
## Example
HubSpot_Sync was assigned for the time of the migration, until 31 March.
",
};

/// How long before its end an assignment is reported, in hours.
const SOON: i64 = 30 * 24;

pub(super) fn look(facts: &Facts<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for (assigned, reason) in &facts.subject.ineffective {
        over(facts, assigned, reason, &mut outcome);
    }
    for assigned in &facts.effective.session_based {
        session_based(facts, assigned, &mut outcome);
    }
    for (assigned, reason) in &facts.subject.uncertain {
        outcome.not_known(format!("{}: {reason}", assigned.label()));
    }
    let Some(user) = facts.user else {
        outcome.not_known("the source does not tell since when and until when things are assigned");
        return outcome;
    };
    if !facts.snapshot.coverage.is_read(Area::Assignments) {
        outcome.not_known("the user's assignments were not read in full");
    }
    for assignment in &user.assignments {
        ends_soon(facts, assignment, &mut outcome);
        stale_group(facts, assignment, &mut outcome);
    }
    outcome
}

/// An assignment that grants nothing any more.
fn over(facts: &Facts<'_>, assigned: &Assigned, reason: &str, outcome: &mut Outcome) {
    let label = assigned.label();
    let missed = facts.rights_gained(&with(facts.subject, assigned));
    let fix = Fix::new(
        Safety::Advice,
        format!("Renew the assignment of {label}, or remove it"),
    )
    .step(
        "Manage Assignments > Add Assignment: choose the integration user, without an expiry date",
    )
    .setup(setup(assigned));
    let title = format!(
        "{} is assigned and grants nothing: {reason}",
        capitalised(&label)
    );
    let finding = Finding::new(&META, title, fix);
    outcome.find(
        graded(facts, finding, assigned, reason, &missed),
        Vec::new(),
    );
}

/// A session-based set or group grants nothing outside an activated session (rule R19).
fn session_based(facts: &Facts<'_>, assigned: &Assigned, outcome: &mut Outcome) {
    let label = assigned.label();
    let fix = Fix::new(
        Safety::Advice,
        format!("Assign the user a permission set that is not session-based instead of {label}"),
    )
    .step("Make a copy of it without 'Session Activation Required'")
    .step("Manage Assignments > Add Assignment: choose the integration user")
    .setup(setup(assigned));
    let reason = "it is session-based, and an integration opens no session that activates it";
    let title = format!(
        "{} is assigned and grants nothing: {reason}",
        capitalised(&label)
    );
    let finding = Finding::new(&META, title, fix)
        .severity(Severity::Medium)
        .operation(Operation::Assign)
        .subject(label)
        .evidence([facts.fact(EvidenceKind::Setting, reason, None)]);
    outcome.find(finding, Vec::new());
}

fn ends_soon(facts: &Facts<'_>, assignment: &Assignment, outcome: &mut Outcome) {
    let Some(text) = assignment.expires_at.as_deref() else {
        return;
    };
    let Ok(end) = text.parse::<jiff::Timestamp>() else {
        return;
    };
    let hours = end.duration_since(facts.now).as_hours();
    if end <= facts.now || hours > SOON {
        return;
    }
    let label = assignment.of.label();
    let lost = facts.rights_lost(&without(facts.subject, &assignment.of));
    let fix = Fix::new(
        Safety::Advice,
        format!("Extend the assignment of {label}, or take its end away"),
    )
    .step("Manage Assignments: change the expiration of the integration user's assignment")
    .setup(setup(&assignment.of));
    let title = format!("The assignment of {label} ends at {text}");
    let finding = Finding::new(&META, title, fix);
    let reason = format!("the assignment ends at {text}");
    let finding = graded(facts, finding, &assignment.of, &reason, &lost);
    // It still works today.
    let severity = finding.severity.min(Severity::Medium);
    outcome.find(finding.severity(severity), Vec::new());
}

/// Until a group is Updated, it may grant what it granted before the change (Salesforce Help, permission set group
/// status).
fn stale_group(facts: &Facts<'_>, assignment: &Assignment, outcome: &mut Outcome) {
    let Assigned::PermissionSetGroup(name) = &assignment.of else {
        return;
    };
    let group = facts.snapshot.permission_set_groups.get(name);
    let Some(status) = group.and_then(|group| group.status.as_deref()) else {
        return;
    };
    if status.eq_ignore_ascii_case("Updated") {
        return;
    }
    let fix = Fix::new(
        Safety::Advice,
        format!("Recalculate permission set group {name}"),
    )
    .step("Open the group: choose Recalculate, and wait until its status is Updated")
    .setup(setup(&assignment.of));
    let finding = Finding::new(
        &META,
        format!("Permission set group {name} has the status {status}"),
        fix,
    )
    .severity(Severity::Medium)
    .detail("Until it is Updated, the group may grant what it granted before its last change.")
    .operation(Operation::Assign)
    .subject(format!("status of {name}"))
    .evidence([facts.fact(
        EvidenceKind::Setting,
        format!("permission set group {name} has the status {status}"),
        group.and_then(|group| group.at),
    )]);
    outcome.find(finding, Vec::new());
}

/// Severity by what the sync needs of it.
fn graded(
    facts: &Facts<'_>,
    finding: Finding,
    assigned: &Assigned,
    reason: &str,
    rights: &[String],
) -> Finding {
    let detail = match rights {
        [] => "The sync needs nothing that only it would grant.".to_owned(),
        [one] => format!("The sync needs what only it would grant: {one}."),
        [first, rest @ ..] => format!(
            "The sync needs {} rights that only it would grant: {first} and {} more.",
            rights.len(),
            rest.len()
        ),
    };
    let severity = if rights.is_empty() {
        Severity::Low
    } else {
        Severity::High
    };
    let label = assigned.label();
    finding
        .severity(severity)
        .detail(detail)
        .operation(Operation::Assign)
        .subject(label.clone())
        .evidence([facts
            .fact(EvidenceKind::Setting, format!("{label}: {reason}"), None)
            .container(label)])
}

/// The subject with an assignment that counts. What Salesforce answers of the user's access is of the org without it, and says
/// nothing of what would be.
fn with(subject: &Subject, assigned: &Assigned) -> Subject {
    let mut subject = subject.clone();
    subject.platform.clear();
    match assigned {
        Assigned::PermissionSet(name) => subject.permission_sets.push(name.clone()),
        Assigned::PermissionSetGroup(name) => subject.groups.push(name.clone()),
    }
    subject
}

fn without(subject: &Subject, assigned: &Assigned) -> Subject {
    let mut subject = subject.clone();
    match assigned {
        Assigned::PermissionSet(name) => subject.permission_sets.retain(|set| set != name),
        Assigned::PermissionSetGroup(name) => subject.groups.retain(|group| group != name),
    }
    subject
}

fn setup(assigned: &Assigned) -> String {
    match assigned {
        Assigned::PermissionSet(name) => {
            format!("Setup > Permission Sets > {name} > Manage Assignments")
        }
        Assigned::PermissionSetGroup(name) => {
            format!("Setup > Permission Set Groups > {name} > Manage Assignments")
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// An assignment that grants nothing any more, and what the user would have if it did.
pub(super) struct Renewed<'f> {
    assigned: &'f Assigned,
    reason: &'f str,
    effective: EffectivePermissions<'f>,
}

impl<'f> Renewed<'f> {
    /// Each of the user's, alone.
    pub(super) fn each(facts: &'f Facts<'_>) -> Vec<Self> {
        (facts.subject.ineffective.iter())
            .map(|(assigned, reason)| Self {
                assigned,
                reason,
                effective: EffectivePermissions::of(
                    facts.snapshot,
                    &with(facts.subject, assigned),
                    facts.profiles,
                ),
            })
            .collect()
    }

    /// Whether the user would have a right on an object.
    pub(super) fn grants_object(&self, object: &Name, right: ObjectRight) -> bool {
        self.effective.object(object).right(right) == Known::Yes
    }

    /// Whether the user would have Read, or Edit, on a field by field-level security.
    pub(super) fn grants_field(&self, object: &Name, field: &Name, edit: bool) -> bool {
        let access = self.effective.object(object);
        let field = self.effective.field(object, &access, field);
        let known = if edit {
            field.security_edit
        } else {
            field.security_read
        };
        known == Known::Yes
    }

    /// Whether renewing it makes a change needless.
    fn makes_needless(&self, change: &Change) -> bool {
        let effective = &self.effective;
        match change {
            Change::GrantObject { object, rights } => {
                (rights.iter()).all(|right| self.grants_object(object, *right))
            }
            Change::GrantField {
                object,
                field,
                edit,
                ..
            } => self.grants_field(object, field, *edit),
            Change::GrantUserPermission { name, .. } => {
                effective.user_permission(name.as_str()).known == Known::Yes
            }
            Change::GrantCustomPermission { name } => {
                effective.custom_permission(name.as_str()).known == Known::Yes
            }
            Change::GrantRecordType {
                object,
                record_type,
            } => effective.record_type(object, record_type) == Known::Yes,
            _ => false,
        }
    }
}

/// Points from each gap to the assignment that once closed it, and makes that one's finding as grave as what hangs on it.
pub(super) fn refer(facts: &Facts<'_>, found: &mut [Found]) {
    for renewed in Renewed::each(facts) {
        let label = renewed.assigned.label();
        let mut titles = Vec::new();
        for Found { finding, .. } in found.iter_mut() {
            let change = finding.fix.change.as_ref();
            if !change.is_some_and(|change| renewed.makes_needless(change)) {
                continue;
            }
            titles.push(finding.title.clone());
            let text = format!("{label} would grant it, but {}", renewed.reason);
            let evidence = facts.fact(EvidenceKind::Setting, text, None);
            finding.evidence.push(evidence.container(label.clone()));
            let step = format!("Or renew the assignment of {label}, which closes this as well");
            finding.fix.steps.push(step);
            finding.fix.renewal.get_or_insert_with(|| label.clone());
        }
        let own = found
            .iter_mut()
            .map(|found| &mut found.finding)
            .find(|it| it.audit.id == META.id && it.subject.as_deref() == Some(label.as_str()));
        if let (Some(own), Some(first)) = (own, titles.first())
            && own.severity < Severity::High
        {
            own.severity = Severity::High;
            own.detail = match titles.len() {
                1 => format!("What only it would grant is missing: {first}."),
                all => format!(
                    "What only it would grant is missing, in {all} findings: {first}, and more."
                ),
            };
        }
    }
}

impl Facts<'_> {
    /// The needed rights that the user lacks and another subject would have.
    fn rights_gained(&self, other: &Subject) -> Vec<String> {
        self.rights_that_differ(other, |now, then| now != Known::Yes && then == Known::Yes)
    }

    /// The needed rights that the user has and another subject would not.
    fn rights_lost(&self, other: &Subject) -> Vec<String> {
        self.rights_that_differ(other, |now, then| now == Known::Yes && then != Known::Yes)
    }

    fn rights_that_differ(
        &self,
        other: &Subject,
        differs: impl Fn(Known, Known) -> bool,
    ) -> Vec<String> {
        let other = EffectivePermissions::of(self.snapshot, other, self.profiles);
        let mut rights = Vec::new();
        for needed in self.needed_rights() {
            let now = self.object(needed.object).right(needed.right);
            let then = other.object(needed.object).right(needed.right);
            if differs(now, then) {
                rights.push(format!("{} on {}", needed.right.label(), needed.object));
            }
        }
        for needed in self.needed_fields() {
            let then = other.field(needed.object, &other.object(needed.object), needed.field);
            let access = needed.access;
            if !needed.writing.is_empty() && differs(access.edit, then.edit) {
                rights.push(format!("Edit on {}", needed.label()));
            } else if differs(access.read, then.read) {
                rights.push(format!("Read on {}", needed.label()));
            }
        }
        rights
    }
}
