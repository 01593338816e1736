//! What is known of a user, as the globals of a formula.

use crate::effective::{EffectivePermissions, Known, profile_alias};
use crate::formula::{Ast, Env, Number, Value, references};
use crate::report::AuditedUser;
use crate::snapshot::{Area, GlobalValue, Name};

/// How the names of standard profiles begin that have no second name of their own (Salesforce Help, "Standard
/// Profiles"). They are translated like those that have.
const STANDARD_PROFILES: [&str; 17] = [
    "Analytics Cloud ",
    "Anypoint ",
    "Authenticated Website",
    "Chatter ",
    "Company Communities ",
    "Cross Org Data Proxy ",
    "Customer Community ",
    "Customer Portal ",
    "External ",
    "Force.com ",
    "Gold Partner ",
    "High Volume ",
    "Identity User",
    "Minimum Access - ",
    "Partner ",
    "Salesforce API Only ",
    "Standard Platform ",
];

/// The globals that `formula` refers to and that are known of the user; everything else is left out, which makes
/// it unknown to the evaluation.
pub fn environment(formula: &Ast, effective: &EffectivePermissions<'_>, user: &AuditedUser) -> Env {
    let mut env = Env::new();
    if let Some(username) = &user.username {
        env.set("$User.Username", username.as_str());
    }
    // A standard profile goes by a translated name in an org of another language, so only a custom one is known.
    if let Some(profile) = &user.profile
        && is_custom_profile(profile)
    {
        env.set("$Profile.Name", profile.as_str());
    }
    let of_snapshot = effective
        .snapshot()
        .users
        .iter()
        .find(|known| user.username.as_deref() == Some(known.username.as_str()));
    if let Some(known) = of_snapshot {
        // Merge fields give ids with 15 characters.
        if let Some(id) = known.id.get(..15) {
            env.set("$User.Id", id);
        }
        if let Some(role) = &known.role {
            env.set("$UserRole.Name", role.as_str());
        }
        if let Some(user_type) = &known.user_type {
            env.set("$User.UserType", user_type.as_str());
        }
    }
    let org = &effective.snapshot().org;
    if let Some(id) = org.id.as_deref().and_then(|id| id.get(..15)) {
        env.set("$Organization.Id", id);
    }
    // Without an id the source is no org, and its name one of a folder.
    if let (Some(_), Some(name)) = (&org.id, &org.name) {
        env.set("$Organization.Name", name.as_str());
    }
    if let Some(known) = of_snapshot {
        for (global, value) in &known.globals {
            match value {
                GlobalValue::Checkbox(checked) => env.set(global.as_str(), *checked),
                GlobalValue::Text(text) => {
                    if let Some(text) = as_merge_field(global, text) {
                        env.set(global.as_str(), text);
                    }
                }
                GlobalValue::Blank => env.set(global.as_str(), Value::Null),
                GlobalValue::Number(number) => {
                    if let Some(number) = Number::from_json(number) {
                        env.set(global.as_str(), Value::Number(number));
                    }
                }
            }
        }
    }
    for global in references(formula).globals {
        let Some((kind, permission)) = global.split_once('.') else {
            continue;
        };
        if !kind.eq_ignore_ascii_case("$Permission") {
            continue;
        }
        match effective.custom_permission(permission).known {
            Known::Yes => env.set(&global, true),
            Known::No => env.set(&global, false),
            Known::Unknown => {}
        }
    }
    env
}

/// A text as a merge field gives it: the id of a standard lookup with 15 characters. What else looks like an id of 18 may
/// be a lookup or a text that holds one, so it is not known.
fn as_merge_field<'t>(global: &Name, text: &'t str) -> Option<&'t str> {
    let is_long_id = text.len() == 18 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match (is_long_id, global.has_suffix("Id")) {
        (false, _) => Some(text),
        (true, true) => text.get(..15),
        (true, false) => None,
    }
}

/// Whether a profile's name is one that somebody gave it, and so the same in every language.
pub fn is_custom_profile(profile: &str) -> bool {
    let standard = STANDARD_PROFILES
        .iter()
        .any(|start| profile.starts_with(start));
    !standard && profile_alias(&Name::new(profile)).is_none()
}

/// The record type that a new record of the object gets: the only active one that the user may use, in a source that
/// holds all of the object's.
pub fn only_record_type<'s>(
    effective: &EffectivePermissions<'s>,
    object: &Name,
) -> Option<&'s Name> {
    let snapshot = effective.snapshot();
    let definition = snapshot.objects.get(object)?;
    let complete = definition.fields_complete && !definition.incomplete;
    if !complete || !snapshot.coverage.is_read(Area::RecordTypes) {
        return None;
    }
    let mut only = None;
    for record_type in definition.record_types.values().filter(|one| one.active) {
        match (effective.record_type(object, &record_type.name), only) {
            (Known::No, _) => {}
            (Known::Yes, None) => only = Some(&record_type.name),
            _ => return None,
        }
    }
    only
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effective::{ProfileReading, Subject};
    use crate::formula::{Verdict, evaluate, parse};
    use crate::snapshot::{ContainerKind, NamedPermission, PermissionSet, Snapshot};

    fn verdict(formula: &str, profile: Option<&str>, sets: &[&str]) -> Verdict {
        let mut snapshot = Snapshot::default();
        for (name, kind) in [
            ("Integration", ContainerKind::Profile),
            ("Admin", ContainerKind::Profile),
        ] {
            let set = PermissionSet::new(kind, name.into());
            snapshot.profiles.insert(name.into(), set);
        }
        let mut bypass = PermissionSet::new(ContainerKind::PermissionSet, "Bypass".into());
        bypass.custom_permissions.push(NamedPermission {
            name: "Skip_Rules".into(),
            enabled: true,
            at: None,
        });
        snapshot.permission_sets.insert("Bypass".into(), bypass);
        let subject = Subject {
            profile: profile.map(Name::new),
            permission_sets: sets.iter().copied().map(Name::new).collect(),
            ..Subject::default()
        };
        let effective = EffectivePermissions::of(&snapshot, &subject, ProfileReading::Complete);
        let user = AuditedUser {
            profile: profile.map(str::to_owned),
            ..AuditedUser::default()
        };
        let formula = parse(formula).unwrap();
        evaluate(&formula, &environment(&formula, &effective, &user)).verdict
    }

    #[test]
    fn custom_permissions_and_custom_profiles_are_known_and_nothing_else_is() {
        let bypassed = "AND(NOT($Permission.skip_rules), ISBLANK(Phone))";
        let integration = Some("Integration");
        assert_eq!(
            verdict(bypassed, integration, &["Bypass"]),
            Verdict::NeverFires
        );
        assert_eq!(verdict(bypassed, integration, &[]), Verdict::CanFire);
        assert_eq!(
            verdict("$Permission.Skip_Rules", integration, &[]),
            Verdict::NeverFires
        );
        assert_eq!(
            verdict("$Permission.Skip_Rules", None, &[]),
            Verdict::CanFire
        );
        let by_profile = "$Profile.Name = \"System Administrator\"";
        assert_eq!(verdict(by_profile, integration, &[]), Verdict::NeverFires);
        assert_eq!(verdict(by_profile, Some("Admin"), &[]), Verdict::CanFire);
    }
}
