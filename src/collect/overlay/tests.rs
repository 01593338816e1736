use super::*;
use crate::collect::metadata::Deletion;
use crate::snapshot::{
    ContainerKind, Field, FieldPermissions, FieldType, NamedPermission, ObjectPermissions,
    ObjectRight, ObjectRights, PermissionSet, Place, SObject,
};

fn set(kind: ContainerKind, objects: &[(&str, &[ObjectRight])], fields: &[&str]) -> PermissionSet {
    let mut set = PermissionSet::new(kind, "P".into());
    for (object, rights) in objects {
        set.object_permissions.push(ObjectPermissions {
            object: (*object).into(),
            rights: rights.iter().copied().collect(),
            at: Some(Place { file: 0, line: 7 }),
        });
    }
    for field in fields {
        let entries = set.field_permissions.entry("Account".into()).or_default();
        entries.push(FieldPermissions {
            field: (*field).into(),
            read: true,
            edit: false,
            at: None,
        });
    }
    set.sort();
    set
}

fn deletion(metadata_type: &str, member: &str) -> Deletion {
    Deletion {
        metadata_type: metadata_type.into(),
        member: member.into(),
        file: "destructiveChanges.xml".into(),
        line: 3,
    }
}

#[test]
fn a_profile_is_laid_over_and_a_permission_set_is_replaced() {
    use ObjectRight::{Edit, Read};
    for kind in [ContainerKind::Profile, ContainerKind::PermissionSet] {
        let mut base = Snapshot {
            files: vec!["base.xml".into()],
            ..Snapshot::default()
        };
        let mut tree = Snapshot {
            files: vec!["tree.xml".into()],
            ..Snapshot::default()
        };
        let old = set(
            kind,
            &[("Account", &[Read, Edit]), ("Lead", &[Read])],
            &["A__c"],
        );
        let new = set(kind, &[("Account", &[Read])], &["B__c"]);
        for (snapshot, set) in [(&mut base, old), (&mut tree, new)] {
            let sets = match kind {
                ContainerKind::Profile => &mut snapshot.profiles,
                _ => &mut snapshot.permission_sets,
            };
            sets.insert("P".into(), set);
        }
        let after = overlay(base, tree, &Deletions::default());
        let profile = kind == ContainerKind::Profile;
        let sets = if profile {
            &after.profiles
        } else {
            &after.permission_sets
        };
        let set = &sets[&"P".into()];
        let account = set.object(&"Account".into());
        assert_eq!(account.len(), 1);
        assert_eq!(
            account[0].rights,
            ObjectRights::NONE.with(Read),
            "Edit is revoked"
        );
        assert_eq!(after.file(account[0].at.unwrap()), Some("tree.xml"));
        assert_eq!(set.object(&"Lead".into()).len(), usize::from(profile));
        assert_eq!(
            set.field(&"Account".into(), &"A__c".into()).len(),
            usize::from(profile)
        );
        assert_eq!(set.field(&"Account".into(), &"B__c".into()).len(), 1);
    }
}

#[test]
fn a_profile_is_found_by_either_of_its_names_and_false_revokes() {
    let enabled = |enabled| NamedPermission {
        name: "ApiEnabled".into(),
        enabled,
        at: None,
    };
    let mut base = Snapshot::default();
    let mut own = PermissionSet::new(ContainerKind::Profile, "System Administrator".into());
    own.user_permissions = vec![enabled(true)];
    base.profiles.insert(own.name.clone(), own);
    let mut tree = Snapshot::default();
    let mut listed = PermissionSet::new(ContainerKind::Profile, "Admin".into());
    listed.user_permissions = vec![enabled(false)];
    tree.profiles.insert(listed.name.clone(), listed);
    let after = overlay(base, tree, &Deletions::default());
    assert_eq!(after.profiles.len(), 1);
    let admin = &after.profiles[&"System Administrator".into()];
    assert_eq!(admin.user_permissions, [enabled(false)]);
}

#[test]
fn a_group_whose_member_changes_is_recalculated() {
    let mut base = Snapshot::default();
    for (name, member) in [("Touched", "P"), ("Left", "Q")] {
        let mut group = PermissionSetGroup::new(name.into());
        group.members = vec![member.into()];
        let aggregate = PermissionSet::new(ContainerKind::PermissionSet, name.into());
        group.aggregate = Some(Box::new(aggregate));
        base.permission_set_groups.insert(name.into(), group);
    }
    let mut tree = Snapshot::default();
    let member = set(ContainerKind::PermissionSet, &[], &["A__c"]);
    tree.permission_sets.insert("P".into(), member);
    let after = overlay(base, tree, &Deletions::default());
    assert!(
        after.permission_set_groups[&"Touched".into()]
            .aggregate
            .is_none()
    );
    assert!(
        after.permission_set_groups[&"Left".into()]
            .aggregate
            .is_some()
    );
}

#[test]
fn a_field_keeps_what_the_tree_does_not_tell_unless_its_nature_changes() {
    let field = |required| {
        let mut field = Field::new("A__c".into());
        field.field_type = FieldType::Text;
        field.required = required;
        field
    };
    for required in [false, true] {
        let mut base = Snapshot::default();
        let mut account = SObject::new("Account".into());
        let mut own = field(false);
        own.permissionable = Some(true);
        own.created_at = Some("2026-01-01T00:00:00Z".into());
        account.fields.insert("A__c".into(), own);
        base.objects.insert("Account".into(), account);
        let mut tree = Snapshot::default();
        let mut account = SObject::new("Account".into());
        account.fields.insert("A__c".into(), field(required));
        tree.objects.insert("Account".into(), account);
        let after = overlay(base, tree, &Deletions::default());
        let field = &after.objects[&"Account".into()].fields[&"A__c".into()];
        assert_eq!(field.permissionable, (!required).then_some(true));
        assert!(field.created_at.is_some());
    }
}

#[test]
fn what_is_deleted_takes_its_grants_along_and_is_known_to_be_gone() {
    let base = || {
        let mut base = Snapshot::default();
        let mut account = SObject::new("Account".into());
        account
            .fields
            .insert("A__c".into(), Field::new("A__c".into()));
        base.objects.insert("Account".into(), account);
        let granting = set(ContainerKind::PermissionSet, &[], &["A__c"]);
        base.permission_sets.insert("P".into(), granting);
        base
    };
    let deletions = Deletions {
        before: vec![
            deletion("CustomField", "Account.A__c"),
            deletion("Layout", "Account-X"),
        ],
        after: vec![deletion("PermissionSet", "Missing")],
    };
    let after = overlay(base(), Snapshot::default(), &deletions);
    assert!(
        after.permission_sets[&"P".into()]
            .field(&"Account".into(), &"A__c".into())
            .is_empty()
    );
    assert_eq!(
        crate::effective::exists(&after, &"Account".into(), &"A__c".into()),
        Some(false)
    );
    assert_eq!(after.problems.len(), 1, "{:?}", after.problems);
    assert!(after.problems[0].message.contains("PermissionSet Missing"));

    // What is deleted first and then deployed is there; the other way round it is gone.
    for (before, there) in [(true, true), (false, false)] {
        let mut deletions = Deletions::default();
        let list = if before {
            &mut deletions.before
        } else {
            &mut deletions.after
        };
        list.push(deletion("CustomField", "Account.A__c"));
        let after = overlay(base(), base(), &deletions);
        let exists = crate::effective::exists(&after, &"Account".into(), &"A__c".into());
        assert_eq!(exists, Some(there));
    }
}

#[test]
fn an_area_that_only_the_tree_holds_is_known_in_part() {
    let mut base = Snapshot::default();
    base.coverage
        .set(Area::Profiles, CoverageStatus::Read, None);
    let mut tree = Snapshot::default();
    for area in [Area::Profiles, Area::Flows] {
        tree.coverage
            .set(area, CoverageStatus::Partial, Some("sparse".into()));
    }
    tree.coverage.set(Area::Apex, CoverageStatus::Absent, None);
    let after = overlay(base, tree, &Deletions::default());
    assert_eq!(after.coverage.status(Area::Profiles), CoverageStatus::Read);
    assert_eq!(after.coverage.status(Area::Flows), CoverageStatus::Partial);
    assert_eq!(after.coverage.status(Area::Apex), CoverageStatus::Absent);
}

#[test]
fn what_no_file_of_a_permission_set_expresses_stays_as_it_is() {
    use crate::snapshot::ContainerPart::{ConnectedApps, FieldPermissions};
    let with = |change: fn(&mut PermissionSet)| {
        let mut snapshot = Snapshot::default();
        let mut set = set(ContainerKind::PermissionSet, &[], &["A__c"]);
        change(&mut set);
        snapshot.permission_sets.insert(set.name.clone(), set);
        snapshot
    };
    let laid = |base: Snapshot| {
        let after = overlay(base, with(|_| {}), &Deletions::default());
        after.permission_sets[&"P".into()].clone()
    };
    let after = laid(with(|set| {
        set.connected_apps = vec!["HubSpot".into()];
        set.license = Some("Salesforce".into());
        set.unread = vec![FieldPermissions];
    }));
    assert_eq!(after.connected_apps, ["HubSpot".into()]);
    assert_eq!(after.license.as_deref(), Some("Salesforce"));
    assert!(after.unread.is_empty(), "the file tells all of its fields");
    assert_eq!(
        laid(with(|set| set.unread = vec![ConnectedApps])).unread,
        [ConnectedApps]
    );
    assert_eq!(
        laid(with(|set| set.incomplete = true)).unread,
        [ConnectedApps]
    );
}

#[test]
fn what_users_have_is_not_deleted_without_a_word() {
    let user = serde_json::json!({
        "id": "005000000000001AAA", "username": "hubspot@acme.example", "is_active": true, "profile": "Sync",
        "assignments": [{ "of": { "permission_set": "Had" } }, { "of": { "permission_set_group": "Group" } }],
    });
    let told = |metadata_type: &str, member: &str| {
        let base = Snapshot {
            users: vec![serde_json::from_value(user.clone()).unwrap()],
            ..Snapshot::default()
        };
        let deletions = Deletions {
            before: Vec::new(),
            after: vec![deletion(metadata_type, member)],
        };
        let after = overlay(base, Snapshot::default(), &deletions);
        let problems = after.problems.iter();
        problems
            .filter(|one| one.message.contains("may refuse"))
            .count()
    };
    assert_eq!(told("PermissionSet", "Had"), 1);
    assert_eq!(told("PermissionSetGroup", "Group"), 1);
    assert_eq!(told("Profile", "Sync"), 1);
    assert_eq!(told("PermissionSet", "Other"), 0);
    assert_eq!(told("Profile", "Had"), 0);
}

#[test]
fn a_connected_app_that_goes_leaves_the_login_open() {
    let mut base = Snapshot::default();
    base.coverage
        .set(Area::LoginPolicy, CoverageStatus::Read, None);
    let deletions = Deletions {
        before: vec![deletion("ConnectedApp", "HubSpot")],
        after: Vec::new(),
    };
    let after = overlay(base, Snapshot::default(), &deletions);
    assert_eq!(
        after.coverage.status(Area::LoginPolicy),
        CoverageStatus::Partial
    );
    let why = after.coverage.reason(Area::LoginPolicy).unwrap();
    assert!(why.contains("connected app HubSpot"), "{why}");
}
