//! Live orgs: the platform's own union of a group, and parts of a user's access that were not read.

use super::*;
use crate::snapshot::{
    Assigned, Assignment, ContainerKind, CoverageStatus, FieldPermissions, NamedPermission,
    ObjectPermissions, ObjectRight, ObjectRights, RecordTypeVisibility, User,
};

const NOW: &str = "2026-01-02T03:04:05Z";

/// Read and Edit on Account and on two of its fields, API Enabled, and a record type.
fn set(kind: ContainerKind, name: &str, edit: bool) -> PermissionSet {
    let mut set = PermissionSet::new(kind, name.into());
    let read = ObjectRights::NONE.with(ObjectRight::Read);
    set.object_permissions.push(ObjectPermissions {
        object: "Account".into(),
        rights: if edit {
            read.with(ObjectRight::Edit)
        } else {
            read
        },
        at: None,
    });
    let fields = ["A__c", "B__c"].map(|field| FieldPermissions {
        field: field.into(),
        read: true,
        edit,
        at: None,
    });
    set.field_permissions
        .insert("Account".into(), fields.into());
    set.user_permissions.push(NamedPermission {
        name: "ApiEnabled".into(),
        enabled: edit,
        at: None,
    });
    set
}

/// A user with an empty profile and a group, whose member grants more than the platform's union does.
fn org() -> Snapshot {
    let mut org = Snapshot::default();
    for area in [
        Area::Assignments,
        Area::Profiles,
        Area::PermissionSets,
        Area::PermissionSetGroups,
        Area::MutingPermissionSets,
        Area::RecordTypes,
    ] {
        org.coverage.set(area, CoverageStatus::Read, None);
    }
    let profile = PermissionSet::new(ContainerKind::Profile, "P".into());
    org.profiles.insert("P".into(), profile);
    let mut member = set(ContainerKind::PermissionSet, "Sync", true);
    member.record_types.push(RecordTypeVisibility {
        object: "Account".into(),
        record_type: "Shop".into(),
        visible: true,
        default: false,
        at: None,
    });
    org.permission_sets.insert("Sync".into(), member);
    let mut group = PermissionSetGroup::new("Team".into());
    group.status = Some("Updated".into());
    group.members = vec!["Sync".into()];
    group.mutings = vec!["Quiet".into()];
    group.aggregate = Some(Box::new(set(ContainerKind::PermissionSet, "X00e1", false)));
    org.permission_set_groups.insert("Team".into(), group);
    let mut user: User =
        serde_json::from_str(r#"{"id":"005","username":"a@b.c","profile":"P"}"#).unwrap();
    user.assignments.push(Assignment {
        of: Assigned::PermissionSetGroup("Team".into()),
        expires_at: None,
        is_active: None,
        is_revoked: None,
    });
    org.users.push(user);
    org
}

fn folded(org: &Snapshot) -> EffectivePermissions<'_> {
    let subject = Subject::of_user(&org.users[0], NOW.parse().unwrap());
    EffectivePermissions::of(org, &subject, ProfileReading::Complete)
}

/// Edit on Account, Edit on Account.A__c, API Enabled.
fn edits(org: &Snapshot) -> [Known; 3] {
    let folded = folded(org);
    let access = folded.object(&"Account".into());
    let field = folded.field(&"Account".into(), &access, &"A__c".into());
    [
        access.right(ObjectRight::Edit),
        field.security_edit,
        folded.user_permission("ApiEnabled").known,
    ]
}

fn group(org: &mut Snapshot) -> &mut PermissionSetGroup {
    org.permission_set_groups.get_mut(&"Team".into()).unwrap()
}

#[test]
fn the_platforms_own_union_decides_and_the_members_explain() {
    let org = org();
    assert_eq!(edits(&org), [Known::No; 3]);
    let folded = folded(&org);
    assert!(
        folded.is_complete(),
        "{:?}",
        folded.open().collect::<Vec<_>>()
    );
    let access = folded.object(&"Account".into());
    assert_eq!(access.right(ObjectRight::Read), Known::Yes);
    let sentences: Vec<String> = access.trail.iter().map(Grant::sentence).collect();
    assert_eq!(
        sentences,
        [
            "permission set Sync in group Team grants read",
            "permission set Sync in group Team grants edit, which muting permission set Quiet takes away",
        ]
    );
    let api = folded.user_permission("ApiEnabled");
    assert_eq!(api.trail[0].effect, Effect::Muted);
}

#[test]
fn members_that_were_not_read_leave_the_groups_union_to_show_what_it_grants() {
    let mut org = org();
    org.permission_sets.clear();
    let folded = folded(&org);
    assert!(folded.is_complete(), "the union decides");
    let access = folded.object(&"Account".into());
    let sentences: Vec<String> = access.trail.iter().map(Grant::sentence).collect();
    assert_eq!(sentences, ["permission set group Team grants read"]);
    let shop = folded.record_type(&"Account".into(), &"Shop".into());
    assert_eq!(shop, Known::Unknown, "only members tell of record types");
}

#[test]
fn record_types_of_a_group_are_those_of_its_members() {
    let mut org = org();
    let shop =
        |org: &Snapshot, name: &str| folded(org).record_type(&"Account".into(), &name.into());
    assert_eq!(shop(&org, "Shop"), Known::Yes);
    assert_eq!(shop(&org, "Other"), Known::No);
    let refused = CoverageStatus::Refused;
    org.coverage.set(Area::RecordTypes, refused, None);
    assert_eq!(shop(&org, "Shop"), Known::Yes);
    assert_eq!(shop(&org, "Other"), Known::Unknown);
}

#[test]
fn a_group_that_is_still_recalculated_is_not_known() {
    let mut org = org();
    group(&mut org).status = Some("Outdated".into());
    assert_eq!(edits(&org), [Known::Unknown; 3]);
    let folded = folded(&org);
    let open: Vec<String> = folded.open().collect();
    assert!(
        open[0].contains("group Team: its status is Outdated"),
        "{open:?}"
    );
    let access = folded.object(&"Account".into());
    assert!(
        access
            .trail
            .iter()
            .all(|grant| grant.effect == Effect::Uncertain)
    );
}

#[test]
fn what_was_not_read_of_a_users_access_is_never_no() {
    for (area, aggregate, changes) in [
        (Area::Assignments, true, true),
        (Area::Profiles, true, true),
        (Area::PermissionSets, true, true),
        // The platform's union holds them already.
        (Area::PermissionSetGroups, true, false),
        (Area::MutingPermissionSets, true, false),
        (Area::PermissionSetGroups, false, true),
        (Area::MutingPermissionSets, false, true),
    ] {
        for status in [CoverageStatus::Partial, CoverageStatus::Refused] {
            let mut org = org();
            if !aggregate {
                let group = group(&mut org);
                group.aggregate = None;
                group.mutings.clear();
                if area == Area::PermissionSetGroups {
                    group.members.clear();
                }
            }
            org.coverage.set(area, status, Some("no View Setup".into()));
            let expected = if changes { Known::Unknown } else { Known::No };
            assert_eq!(edits(&org), [expected; 3], "{area:?} {status:?}");
            let folded = folded(&org);
            let open: Vec<String> = folded.open().collect();
            assert_eq!(open.len(), usize::from(changes), "{open:?}");
            assert_eq!(folded.is_complete(), !changes);
            assert!(
                open.iter().all(|text| text.contains("no View Setup")),
                "{open:?}"
            );
        }
    }
}

#[test]
fn who_is_named_by_hand_has_what_is_named() {
    let mut org = org();
    org.coverage
        .set(Area::Assignments, CoverageStatus::Refused, None);
    let subject = Subject {
        profile: Some("P".into()),
        ..Subject::default()
    };
    let folded = EffectivePermissions::of(&org, &subject, ProfileReading::Complete);
    assert_eq!(folded.user_permission("ApiEnabled").known, Known::No);
}

#[test]
fn a_system_permission_that_was_not_asked_for_is_not_known() {
    let mut org = org();
    org.user_permissions_asked = Some(vec!["ApiEnabled".into(), "ViewSetup".into()]);
    let folded = folded(&org);
    assert_eq!(folded.user_permission("apienabled").known, Known::No);
    assert_eq!(folded.user_permission("ViewSetup").known, Known::No);
    assert_eq!(folded.user_permission("ViewRoles").known, Known::Unknown);
}
