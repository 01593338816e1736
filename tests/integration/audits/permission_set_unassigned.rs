use super::{SYSTEM, WHO, audit, sound, sound_but, sync_grants};
use crate::tree::{field_permissions, object_permissions, user_permissions};

const AUDIT: &str = "permission-set-unassigned";

#[test]
fn a_set_that_closes_a_gap_is_proposed() {
    let tree = sound_but(&SYSTEM, &object_permissions("Account", "rce"))
        .permission_set("HubSpot_Fields", &sync_grants());
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["fix"]["change"]["permission_set"], "HubSpot_Fields");
    assert_eq!(
        finding["severity"], "high",
        "its name says that it is made for HubSpot"
    );
}

#[test]
fn a_set_that_grants_all_data_is_never_proposed() {
    let grants = sync_grants() + &user_permissions(&["ModifyAllData"]);
    let tree = sound_but(&SYSTEM, &object_permissions("Account", "rce"))
        .permission_set("Everything", &grants);
    audit(&tree, &WHO).is_clean(AUDIT);
}

#[test]
fn a_set_that_closes_nothing_is_not_proposed() {
    let tree = sound_but(&SYSTEM, &object_permissions("Account", "rce"))
        .permission_set("Other", &field_permissions("Account.Other__c", "re"));
    audit(&tree, &WHO).is_clean(AUDIT);
}

#[test]
fn a_tree_without_permission_sets_cannot_tell() {
    let tree = sound();
    std::fs::remove_dir_all(tree.dir().join("main/default/permissionsets")).unwrap();
    audit(&tree, &["--profile", "HubSpot"]).is_not_evaluated(AUDIT, "no permission sets");
}

#[test]
fn a_broken_permission_set_may_have_closed_the_gap() {
    let tree = sound_but(&SYSTEM, &object_permissions("Account", "rce")).file(
        "force-app/main/default/permissionsets/Broken.permissionset-meta.xml",
        "<PermissionSet><label>",
    );
    audit(&tree, &WHO).is_not_evaluated(AUDIT, "could not be used wholly");
    // Where nothing is missing, nothing could be closed.
    let tree = sound().file(
        "force-app/main/default/permissionsets/Broken.permissionset-meta.xml",
        "<PermissionSet><label>",
    );
    audit(&tree, &WHO).is_clean(AUDIT);
}

#[test]
fn a_gap_that_is_not_known_leaves_open_whether_a_set_would_close_it() {
    let tree = sound_but(&SYSTEM, &object_permissions("Account", "rce"))
        .permission_set("Fields", &sync_grants());
    audit(&tree, &["--permission-set", "Sync"])
        .is_not_evaluated(AUDIT, "permission set Fields would grant it");
}
