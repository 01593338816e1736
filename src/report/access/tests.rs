//! Access reports over a small org with a group, a muting permission set and a member that was not read.

use super::*;
use crate::effective::{EffectivePermissions, ProfileReading, Subject};
use crate::report::Style;
use crate::snapshot::{
    ContainerKind, Field, FieldPermissions, FieldType, NamedPermission, ObjectPermissions,
    ObjectRights, PermissionSet, PermissionSetGroup, Place, SObject, Snapshot,
};

const AT: fn(u32, u32) -> Option<Place> = |file, line| Some(Place { file, line });

fn set(
    kind: ContainerKind,
    name: &str,
    file: u32,
    rights: &[ObjectRight],
    fields: &[(&str, bool, bool)],
) -> (Name, PermissionSet) {
    let mut set = PermissionSet::new(kind, name.into());
    set.object_permissions.push(ObjectPermissions {
        object: "Account".into(),
        rights: rights.iter().copied().collect::<ObjectRights>(),
        at: AT(file, 3),
    });
    let fields = fields
        .iter()
        .zip(10..)
        .map(|((field, read, edit), line)| FieldPermissions {
            field: (*field).into(),
            read: *read,
            edit: *edit,
            at: AT(file, line),
        });
    set.field_permissions
        .insert("Account".into(), fields.collect());
    set.sort();
    (name.into(), set)
}

fn org() -> Snapshot {
    use ObjectRight::{Create, Edit, Read};
    let mut snapshot = Snapshot {
        files: [
            "profiles/P",
            "permissionsets/Sync",
            "permissionsets/Sales",
            "muting/Mute\u{1b}",
        ]
        .map(str::to_owned)
        .into(),
        ..Snapshot::default()
    };
    let (name, mut profile) = set(ContainerKind::Profile, "P", 0, &[], &[]);
    profile.user_permissions.push(NamedPermission {
        name: "ApiEnabled".into(),
        enabled: true,
        at: AT(0, 7),
    });
    snapshot.profiles.insert(name, profile);
    snapshot.permission_sets.extend([
        set(
            ContainerKind::PermissionSet,
            "Sync",
            1,
            &[Read, Create],
            &[("Code__c", true, false)],
        ),
        set(
            ContainerKind::PermissionSet,
            "Sales",
            2,
            &[Read, Edit],
            &[("Code__c", true, true), ("Sum__c", true, false)],
        ),
    ]);
    snapshot.muting_permission_sets.extend([set(
        ContainerKind::MutingPermissionSet,
        "Mute",
        3,
        &[Edit],
        &[("Code__c", false, true)],
    )]);
    let mut group = PermissionSetGroup::new("HubSpot".into());
    group.members = vec!["Sales".into()];
    group.mutings = vec!["Mute".into()];
    snapshot
        .permission_set_groups
        .insert("HubSpot".into(), group);
    let mut account = SObject::new("Account".into());
    for (name, field_type, formula) in [
        ("Code__c", FieldType::Text, None),
        ("Sum__c", FieldType::Number, Some("1 + 1".into())),
    ] {
        let mut field = Field::new(name.into());
        field.field_type = field_type;
        field.formula = formula;
        account.fields.insert(name.into(), field);
    }
    snapshot.objects.insert("Account".into(), account);
    snapshot
}

fn report(asked: &[&str], missing: bool) -> AccessReport {
    let snapshot = org();
    let mut subject = Subject {
        profile: Some("P".into()),
        permission_sets: vec!["Sync".into()],
        groups: vec!["HubSpot".into()],
        ..Subject::default()
    };
    if missing {
        subject.permission_sets.push("Snyc".into());
    }
    let effective = EffectivePermissions::of(&snapshot, &subject, ProfileReading::Complete);
    let user = AuditedUser {
        profile: Some("P".into()),
        permission_sets: vec!["Sync".into()],
        permission_set_groups: vec!["HubSpot".into()],
        ..AuditedUser::default()
    };
    let asked: Vec<Asked> = asked.iter().map(|asked| asked.parse().unwrap()).collect();
    AccessReport::of(&effective, user, "2026-01-02T03:04:05Z", &asked)
}

fn shown(report: &AccessReport, width: usize) -> String {
    let mut out = Vec::new();
    let style = Style {
        width,
        colour: false,
    };
    table(report, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_matrix_and_every_grant_and_muting_are_shown() {
    insta::assert_snapshot!(shown(&report(&["Account.Code__c", "account"], false), 100));
}

#[test]
fn a_narrow_terminal_stacks_the_matrix_and_shows_what_is_not_known() {
    insta::assert_snapshot!(shown(&report(&["Account.Sum__c"], true), 60));
}

#[test]
fn programs_get_the_same_with_places() {
    let mut out = Vec::new();
    json(&report(&["Account.Code__c"], true), &mut out).unwrap();
    let version = format!("\"version\": {:?}", env!("CARGO_PKG_VERSION"));
    let json = String::from_utf8(out)
        .unwrap()
        .replace(&version, "\"version\": \"…\"");
    insta::assert_snapshot!(json);
}

#[test]
fn without_a_question_every_object_that_is_listed_is_answered() {
    let report = report(&[], false);
    assert_eq!(report.objects.len(), 1);
    assert!(report.objects[0].fields.is_empty());
    assert_eq!(report.objects[0].has[0], (ObjectRight::Read, Known::Yes));
    let shown = shown(&report, 100);
    assert!(
        shown.contains("Account") && !shown.contains("Why"),
        "{shown}"
    );
}

#[test]
fn a_question_is_an_object_or_a_field() {
    let asked: Asked = "Account.Code__c".parse().unwrap();
    assert_eq!(asked.field, Some("Code__c".into()));
    for text in [
        "",
        ".",
        "Account.",
        ".Name",
        "A.B.C",
        "a b",
        "Account.*",
        "\u{1b}",
    ] {
        let error = text.parse::<Asked>().unwrap_err().to_string();
        assert!(error.contains("Account.Industry"), "{error}");
        assert!(!error.contains('\u{1b}'));
    }
}
