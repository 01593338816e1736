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
fn a_gap_that_is_meant_to_be_there_needs_no_set_until_it_ends() {
    let grants = object_permissions("Account", "rce") + &field_permissions("Account.Website", "r");
    let tree = |until: &str, audit: &str| {
        let gap = format!(
            "[[intended-gap]]\nobject = \"Account\"\nfield = \"Segment__c\"\nreason = \"hidden\"\nuntil = {until}\n{audit}"
        );
        sound_but(&SYSTEM, &grants)
            .permission_set("HubSpot_Fields", &sync_grants())
            .file("permgap.toml", gap)
    };
    for named in ["", "audit = \"field-not-readable\"\n"] {
        let audited = audit(&tree("2999-12-31", named), &WHO);
        audited.is_clean(AUDIT);
        assert_eq!(audited.run.status, 0, "{:#}", audited.report["findings"]);
    }
    for (until, named) in [
        ("2001-01-01", ""),
        ("2999-12-31", "audit = \"field-not-editable\"\n"),
    ] {
        let audited = audit(&tree(until, named), &WHO);
        audited.finding(AUDIT);
        assert_eq!(audited.run.status, 1);
    }
}

#[test]
fn a_profile_of_the_same_name_does_not_hide_a_set() {
    let tree = sound_but(&SYSTEM, &object_permissions("Account", "rce"))
        .permission_set("HubSpot", &sync_grants());
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["fix"]["change"]["permission_set"], "HubSpot");
}

#[test]
fn the_set_that_closes_the_most_comes_first() {
    let most =
        field_permissions("Account.Segment__c", "re") + &field_permissions("Account.Website", "re");
    let tree = sound_but(&SYSTEM, &object_permissions("Account", "rce"))
        .permission_set("Z_Most", &most)
        .permission_set("A_Least", &field_permissions("Account.Phone", "r"))
        .mappings(&[
            ("Account", "Segment__c", "Two-way"),
            ("Account", "Website", "Two-way"),
            ("Account", "Phone", "Always use Salesforce"),
        ]);
    let audited = audit(&tree, &WHO);
    let sets: Vec<&str> = audited
        .findings(AUDIT)
        .iter()
        .map(|finding| finding["fix"]["change"]["permission_set"].as_str().unwrap())
        .collect();
    assert_eq!(sets, ["Z_Most", "A_Least"]);
}

#[test]
fn what_a_set_grants_is_counted_in_rights() {
    let grants = object_permissions("Account", "rce") + &field_permissions("Account.Website", "r");
    let tree = sound_but(&SYSTEM, "").permission_set("Other", &grants);
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(
        finding["title"],
        "Permission set Other grants 4 rights that are missing, and is not assigned"
    );
    let detail = finding["detail"].as_str().unwrap();
    assert!(detail.ends_with("; and 1 more."), "{detail}");
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
