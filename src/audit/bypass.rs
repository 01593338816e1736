//! The fix of a validation rule: what spares the user, in the way in which the org already spares users.
//!
//! In: every rule of the org, for its habits, and one rule that can block. Out: a [`Fix`].

use std::collections::BTreeMap;

use super::Facts;
use super::validation_rule_blocks::Case;
use crate::automation::{Shortfall, is_custom_profile};
use crate::effective::field_nature;
use crate::finding::{Change, Fix, Safety};
use crate::formula::{BypassClause, BypassKind, Reach, Value, bypass_idioms, limits, parse, wrap};
use crate::snapshot::{Name, Snapshot};

/// The custom permission that is proposed where the org has no habit.
const PROPOSED_PERMISSION: &str = "HubSpot_Bypass_Validation";

/// A permission named so is meant for rules in general, and not for one of them.
const GENERAL: [&str; 5] = ["bypass", "skip", "validation", "ignore", "disable"];

/// How the org spares users from its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Style {
    clause: BypassClause,
    /// How many rules of the org do so.
    rules: usize,
}

impl Style {
    /// The habit of the org that suits this user: a custom permission if any rule has one, or else what most rules go by.
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        let mut permissions: BTreeMap<String, usize> = BTreeMap::new();
        let mut others: BTreeMap<(BypassKind, String), usize> = BTreeMap::new();
        for (kind, global) in habits(facts.snapshot) {
            let Some((_, name)) = global.split_once('.') else {
                continue;
            };
            match kind {
                BypassKind::Permission => *permissions.entry(name.to_owned()).or_default() += 1,
                _ => *others.entry((kind, name.to_owned())).or_default() += 1,
            }
        }
        let permission = permissions
            .into_iter()
            .filter(|(name, rules)| *rules > 1 || is_general(name))
            .max_by_key(|(name, rules)| (*rules, std::cmp::Reverse(name.clone())));
        if let Some((name, rules)) = permission {
            return Self {
                clause: BypassClause::Permission(name),
                rules,
            };
        }
        let mut ranked: Vec<((BypassKind, String), usize)> = others.into_iter().collect();
        ranked.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(&two.0)));
        ranked
            .into_iter()
            .find_map(|((kind, name), rules)| {
                clause(facts, kind, name).map(|clause| Self { clause, rules })
            })
            .unwrap_or(Self {
                clause: BypassClause::Permission(PROPOSED_PERMISSION.into()),
                rules: 0,
            })
    }

    /// What closes a rule's finding.
    pub(super) fn fix(&self, case: &Case<'_>) -> Fix {
        if let Some(fix) = grant_fields(case) {
            return fix;
        }
        if let Some(permission) = case.own_permission() {
            return grant_permission(case, &permission);
        }
        let object = &case.saves.object;
        let rule = &case.rule.name;
        let formula = wrap(case.text, &self.clause);
        let too_long = parse(&formula)
            .map(|ast| limits::warnings(&ast))
            .unwrap_or_default();
        let mut fix = Fix::new(
            Safety::Unsafe,
            format!("Add `{}` to rule {rule} of {object}", self.clause),
        );
        fix = match (&self.clause, self.rules) {
            (BypassClause::Permission(name), 0) => fix.step(format!(
                "Setup > Custom Permissions: create {name}, and enable it in a permission set of the integration user"
            )),
            (BypassClause::Permission(name), _) => fix.step(format!(
                "Enable the custom permission {name} in a permission set of the integration user; other rules of the org \
                 already go by it"
            )),
            (BypassClause::UserFlag(field), _) => {
                fix.step(format!("Set {field} on the integration user"))
            }
            (BypassClause::Setting { setting, field }, _) => fix.step(format!(
                "Setup > Custom Settings > {setting} > Manage: add a row for the integration user with {field} checked"
            )),
            _ => fix,
        };
        fix = fix.step(format!("Replace the rule's formula with: {formula}"));
        fix = demand_step(fix, case);
        for warning in &too_long {
            fix = fix.step(format!("Shorten the rule first: {warning}"));
        }
        fix = fix.setup(format!(
            "Setup > Object Manager > {object} > Validation Rules > {rule}"
        ));
        if too_long.is_empty() {
            fix = fix.change(Change::ChangeValidationRule {
                object: object.clone(),
                rule: rule.clone(),
                formula,
            });
        }
        fix
    }
}

/// Each bypass of the whole rule that any rule of the org has: kind and global, once a rule.
fn habits(snapshot: &Snapshot) -> Vec<(BypassKind, String)> {
    let rules = snapshot
        .objects
        .values()
        .flat_map(|object| &object.validation_rules);
    let mut habits = Vec::new();
    for text in rules.filter_map(|rule| rule.formula.as_deref()) {
        // Only a formula with a global can have a bypass.
        let Some(ast) = text.contains('$').then(|| parse(text).ok()).flatten() else {
            continue;
        };
        let mut of_rule: Vec<(BypassKind, String)> = bypass_idioms(&ast)
            .into_iter()
            .filter(|bypass| bypass.reach == Reach::Whole && is_habit(bypass.kind, &bypass.value))
            .map(|bypass| (bypass.kind, bypass.global))
            .collect();
        of_rule.dedup();
        habits.extend(of_rule);
    }
    habits
}

/// Whether another rule can do likewise: a checkbox of the user or of a setting only where it is one.
fn is_habit(kind: BypassKind, value: &Value) -> bool {
    match kind {
        BypassKind::Permission | BypassKind::User | BypassKind::Setting => {
            *value == Value::Bool(true)
        }
        BypassKind::Profile | BypassKind::Username | BypassKind::Role => {
            *value != Value::Bool(false)
        }
    }
}

fn is_general(permission: &str) -> bool {
    let folded = permission.to_ascii_lowercase();
    GENERAL.iter().any(|word| folded.contains(word))
}

/// The clause of a kind for this user; none where what it takes is not known, or spares more than the user.
fn clause(facts: &Facts<'_>, kind: BypassKind, name: String) -> Option<BypassClause> {
    match kind {
        BypassKind::Permission => Some(BypassClause::Permission(name)),
        BypassKind::Username => facts.audited.username.clone().map(BypassClause::Username),
        BypassKind::Profile => {
            let profile = facts.audited.profile.as_ref()?;
            is_custom_profile(profile).then(|| BypassClause::Profile(profile.clone()))
        }
        BypassKind::User => Name::new(&name)
            .is_custom()
            .then_some(BypassClause::UserFlag(name)),
        BypassKind::Setting => {
            let (setting, field) = name.split_once('.')?;
            Some(BypassClause::Setting {
                setting: setting.to_owned(),
                field: field.to_owned(),
            })
        }
        BypassKind::Role => None,
    }
}

/// Where HubSpot fills what the rule demands, and only the user's rights are in the way: those rights.
fn grant_fields(case: &Case<'_>) -> Option<Fix> {
    let demanded = &case.blocking.demanded;
    let object = &case.saves.object;
    let filled = demanded.iter().all(|field| case.saves.writes(field));
    if case.blocking.shortfall != Shortfall::NotEditable || !filled {
        return None;
    }
    let fields: Vec<String> = demanded
        .iter()
        .map(|field| format!("{object}.{field}"))
        .collect();
    let fields = fields.join(" and ");
    let fix = Fix::new(
        Safety::Safe,
        format!("Grant Read and Edit on {fields}, which the mapping fills"),
    )
    .step("Open a permission set that is assigned to the integration user")
    .step(format!(
        "Object Settings > {object} > Edit > Field Permissions: select Read and Edit for {fields}, save"
    ))
    .setup(format!(
        "{} > Object Settings > {object}",
        case.facts.setup_container()
    ));
    let [field] = demanded.as_slice() else {
        return Some(fix);
    };
    let nature = field_nature(case.facts.snapshot, object, field);
    let (object, field) = nature.keys.first()?.clone();
    Some(fix.change(Change::GrantField {
        object,
        field,
        read: true,
        edit: true,
    }))
}

fn grant_permission(case: &Case<'_>, permission: &str) -> Fix {
    let fix = Fix::new(
        Safety::Unsafe,
        format!("Grant the custom permission {permission}, by which the rule spares users"),
    )
    .step("Open a permission set that is assigned to the integration user")
    .step(format!(
        "Custom Permissions > Edit: enable {permission}, save; every other rule that goes by it spares the user too"
    ))
    .setup(format!(
        "{} > Custom Permissions",
        case.facts.setup_container()
    ))
    .change(Change::GrantCustomPermission {
        name: Name::new(permission),
    });
    demand_step(fix, case)
}

/// The other way: give the rule what it demands.
fn demand_step(fix: Fix, case: &Case<'_>) -> Fix {
    let fields: Vec<String> = case
        .blocking
        .demanded
        .iter()
        .map(|field| format!("{}.{field}", case.saves.object))
        .collect();
    let fields = fields.join(" and ");
    match case.blocking.shortfall {
        Shortfall::Values => fix,
        Shortfall::NotWritten => fix.step(format!(
            "Or keep the rule for HubSpot and map a property to {fields} with a writing rule"
        )),
        Shortfall::NotEditable => fix.step(format!(
            "Or keep the rule for HubSpot: grant Read and Edit on {fields} in a permission set of the integration user, and \
             map a property to it with a writing rule"
        )),
    }
}
