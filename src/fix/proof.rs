//! The same audit over the org as it will be once the project is deployed and assigned.
//!
//! In: the audit's input and report, the plan, and the snapshot with the project laid over it. Out: what closes, what
//! remains, and whether access grew beyond the needs; or an error where the plan claims what does not hold.

use std::collections::BTreeSet;

use super::FixError;
use super::dependencies::{parents, parents_edited};
use super::plan::{Plan, Treatment};
use crate::audit::{self, Input};
use crate::compare::{Right, compare};
use crate::effective::{EffectivePermissions, Known, Subject, field_nature};
use crate::finding::{Change, Finding, Operation};
use crate::mapping::requirements::Requirements;
use crate::report::AuditReport;
use crate::snapshot::{Name, ObjectRight, ObjectRights, Snapshot, User, standard};

/// A finding that closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// Its index in the report before.
    pub finding: usize,
    /// Whether the plan claims it; else it closes along with others.
    pub claimed: bool,
}

/// What the project does, by the audit's own judgement.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// The audit over the org as it will be.
    pub after: AuditReport,
    /// What closes.
    pub closes: Vec<Closing>,
    /// What remains: indices into the report before, and into the one after.
    pub remains: Vec<(usize, usize)>,
    /// What only the org as it will be shows: indices into the report after. Nothing of it is a gap.
    pub opened: Vec<usize>,
    /// How many rights the user gains; none of them is beyond the needs.
    pub gained: usize,
}

impl Proof {
    /// What has come up and a grant would close.
    pub fn opened_grants(&self) -> Vec<Finding> {
        (self.opened.iter())
            .filter_map(|index| self.after.findings.get(*index))
            .filter(|finding| {
                finding.fix.change.as_ref().is_some_and(|change| {
                    matches!(
                        change,
                        Change::GrantObject { .. }
                            | Change::GrantField { .. }
                            | Change::GrantUserPermission { .. }
                            | Change::GrantRecordType { .. }
                            | Change::GrantCustomPermission { .. }
                    )
                })
            })
            .cloned()
            .collect()
    }
}

/// Audits the org as it will be.
///
/// # Errors
/// A gap that the plan claims to close stays, a new one opens, access grows beyond the needs, or the deployment of an
/// extended set takes rights away.
pub fn prove(
    input: &Input<'_>,
    before: &AuditReport,
    plan: &Plan,
    snapshot: &Snapshot,
) -> Result<Proof, FixError> {
    let mut subject = input.subject.clone();
    let mut user = input.user.clone();
    for set in plan.sets.iter().filter(|set| set.assign) {
        subject.permission_sets.push(set.name.clone());
        user.permission_sets.push(set.name.to_string());
    }
    let old = EffectivePermissions::of(input.snapshot, input.subject, input.profiles);
    // Salesforce's answers are of the org as it is; only what it denies in spite of a grant, it will deny then too.
    subject.platform = old.standing_denials();
    let account = input.account.map(|account| User {
        platform_access: subject.platform.clone(),
        ..account.clone()
    });
    let after = audit::run(&Input {
        snapshot,
        subject: &subject,
        user: &user,
        account: account.as_ref(),
        ..*input
    });
    let new = EffectivePermissions::of(snapshot, &subject, input.profiles);
    let unasked = Subject {
        platform: subject.platform.clone(),
        ..input.subject.clone()
    };
    let old = EffectivePermissions::of(input.snapshot, &unasked, input.profiles);
    let changes = compare(&old, &new, None).differences;

    let revoked: Vec<String> = changes
        .iter()
        .filter(|change| change.a == Known::Yes && change.b != Known::Yes)
        .map(|change| change.right.to_string())
        .collect();
    if let (false, Some(original)) = (
        revoked.is_empty(),
        plan.sets.iter().find_map(|set| set.original.as_ref()),
    ) {
        return Err(FixError::Extend {
            place: original.shown.clone(),
            message: format!(
                "deploying it would revoke what the org's own permission set grants ({}): retrieve the set anew with \
                 `sf project retrieve start --metadata PermissionSet:{}`",
                in_short(&revoked),
                original.name
            ),
        });
    }

    let mut reasons = Vec::new();
    let fingerprints = |report: &AuditReport| -> Vec<String> {
        report.findings.iter().map(Finding::fingerprint).collect()
    };
    let (were, are) = (fingerprints(before), fingerprints(&after));
    let mut closes = Vec::new();
    let mut remains = Vec::new();
    for (index, fingerprint) in were.iter().enumerate() {
        let claimed = plan.treatments.get(index) == Some(&Treatment::Granted);
        match are.iter().position(|other| other == fingerprint) {
            None => closes.push(Closing {
                finding: index,
                claimed,
            }),
            Some(at) => {
                remains.push((index, at));
                if claimed && let Some(finding) = before.findings.get(index) {
                    reasons.push(format!("\"{}\" would stay", finding.title));
                }
            }
        }
    }
    let opened: Vec<usize> = (0..are.len())
        .filter(|index| are.get(*index).is_some_and(|it| !were.contains(it)))
        .collect();
    for finding in opened.iter().filter_map(|index| after.findings.get(*index)) {
        // Sharing is the question only once the object itself can be read, and a validation rule only once the field can be
        // written: what they hide and refuse, they did before.
        let of_records = matches!(finding.audit.error_type, Some(3 | 8 | 9));
        let faulty = finding.audit.error_type.is_some() && !of_records;
        if faulty && finding.operation != Some(Operation::Assign) {
            reasons.push(format!("\"{}\" would come up", finding.title));
        }
    }
    let gained: Vec<&Right> = changes
        .iter()
        .filter(|change| change.a != Known::Yes && change.b == Known::Yes)
        .map(|change| &change.right)
        .filter(|right| !had_by_field_security(&old, right))
        .collect();
    let needed = needed(snapshot, input.requirements, plan);
    let unneeded = gained
        .iter()
        .filter(|right| !needed.contains(**right) && !is_part_of(snapshot, right, &needed));
    for right in unneeded {
        reasons.push(format!("{right} would be granted, which nothing needs"));
    }
    if let (false, Some(original)) = (
        reasons.is_empty(),
        plan.sets.iter().find_map(|set| set.original.as_ref()),
    ) {
        return Err(FixError::Extend {
            place: original.shown.clone(),
            message: format!(
                "adding to {} does not do it ({}): its group may mute it, it may be session-based, or more may come with it: \
                 leave --extend out",
                original.name,
                in_short(&reasons)
            ),
        });
    }
    if !reasons.is_empty() {
        return Err(FixError::Unproven { reasons });
    }
    Ok(Proof {
        after,
        closes,
        remains,
        opened,
        gained: gained.len(),
    })
}

/// Whether field-level security allowed it before, so that the object's own right, which is needed, lets it through.
fn had_by_field_security(old: &EffectivePermissions<'_>, right: &Right) -> bool {
    let Right::Field(object, field, edit) = right else {
        return false;
    };
    let access = old.field(object, &old.object(object), field);
    let security = if *edit {
        access.security_edit
    } else {
        access.security_read
    };
    security == Known::Yes
}

/// Whether a field has its access from an entry that is needed for another one: a street, a city and a postal code have
/// theirs from the one for the whole address.
fn is_part_of(snapshot: &Snapshot, right: &Right, needed: &BTreeSet<Right>) -> bool {
    let Right::Field(object, field, edit) = right else {
        return false;
    };
    (field_nature(snapshot, object, field).keys.into_iter())
        .any(|(object, field)| needed.contains(&Right::Field(object, field, *edit)))
}

/// Everything that the mappings need, with what Salesforce demands besides. Derived from the needs and not from the
/// plan, except for what no need names: system permissions and record types, which findings name.
fn needed(snapshot: &Snapshot, requirements: &Requirements, plan: &Plan) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    for (object, needs) in &requirements.objects {
        let wanted = [
            (ObjectRight::Read, needs.read.is_some()),
            (ObjectRight::Create, needs.create.is_some()),
            (ObjectRight::Edit, needs.edit.is_some()),
            (ObjectRight::Delete, needs.delete.is_some()),
        ];
        for (right, _) in wanted.iter().filter(|(_, needed)| *needed) {
            add_object(&mut rights, snapshot, object, *right);
        }
    }
    for (object, needs) in &requirements.objects {
        if needs.create.is_some() || needs.edit.is_some() {
            for master in parents_edited(snapshot, object) {
                add_object(&mut rights, snapshot, &master, ObjectRight::Edit);
            }
        }
    }
    for any in &requirements.any_create {
        if let Some(object) = any.objects.first() {
            add_object(&mut rights, snapshot, object, ObjectRight::Create);
        }
    }
    for mapping in &requirements.mappings {
        let rule = mapping.row.sync_rule;
        let nature = field_nature(snapshot, &mapping.object, &mapping.row.field);
        for (object, field) in nature.keys {
            if rule.reads() {
                rights.insert(Right::Field(object.clone(), field.clone(), false));
            }
            if rule.writes() {
                rights.insert(Right::Field(object, field, true));
            }
        }
        // A record may point only to one that the user can read.
        let (object, field) = (&mapping.object, &mapping.row.field);
        let defined = crate::effective::definition(snapshot, object, field);
        let parents = match defined {
            Some(defined) if !defined.reference_to.is_empty() => Some(&defined.reference_to),
            _ => standard::field(object, field).map(|field| &field.reference_to),
        };
        for parent in parents.into_iter().flatten() {
            if rule.writes() {
                add_object(&mut rights, snapshot, parent, ObjectRight::Read);
            }
        }
    }
    for set in &plan.sets {
        for name in set.grants.user_permissions.keys() {
            rights.insert(Right::System(name.clone()));
        }
        for name in set.grants.custom_permissions.keys() {
            rights.insert(Right::Custom(name.clone()));
        }
        for (object, name) in set.grants.record_types.keys() {
            rights.insert(Right::RecordType(object.clone(), name.clone()));
        }
    }
    rights
}

fn add_object(
    rights: &mut BTreeSet<Right>,
    snapshot: &Snapshot,
    object: &Name,
    right: ObjectRight,
) {
    let (object, right) = match standard::controlling_parent(object) {
        Some(parent) if right == ObjectRight::Read => (parent, right),
        Some(parent) => (parent, ObjectRight::Edit),
        None => (object.clone(), right),
    };
    for right in ObjectRights::NONE
        .with(right)
        .union(right.prerequisites())
        .iter()
    {
        rights.insert(Right::Object(object.clone(), right));
    }
    for parent in parents(snapshot, &object) {
        rights.insert(Right::Object(parent, ObjectRight::Read));
    }
}

fn in_short(texts: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = texts.get(..SHOWN).unwrap_or(texts).join(", ");
    match texts.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
