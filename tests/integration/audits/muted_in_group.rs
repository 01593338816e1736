use super::{SYSTEM, as_live_snapshot, audit, audit_snapshot, evidence, sound_but, sync_grants};
use crate::tree::{Tree, field_permissions, object_permissions, user_permissions};

const AUDIT: &str = "muted-in-group";
const WHO: [&str; 4] = [
    "--profile",
    "HubSpot",
    "--permission-set-group",
    "Integration",
];

fn tree(mutes: &str) -> Tree {
    sound_but(&SYSTEM, &sync_grants())
        .muting("Quiet", mutes)
        .group("Integration", &["Sync"], &["Quiet"])
}

#[test]
fn a_muted_edit_is_named_with_group_set_and_muting() {
    let audited = audit(&tree(&field_permissions("Account.Segment__c", "e")), &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["type"], 7);
    let evidence = evidence(finding);
    assert!(
        evidence.contains("muting: permission set Sync in group Integration grants edit"),
        "{evidence}"
    );
    assert!(
        evidence.contains("Quiet.mutingpermissionset-meta.xml:"),
        "{evidence}"
    );
    assert_eq!(audited.verdict("Account", "Segment__c"), "gap");
    // The set lists the right, so that it is not among those that do not grant it.
    let other = super::evidence(audited.finding("field-not-editable"));
    assert!(
        other.contains("no-grant: profile HubSpot does not grant")
            && !other.contains("Sync in group Integration does not grant"),
        "{other}"
    );
}

#[test]
fn a_muted_object_right_takes_what_needs_it_along() {
    let audited = audit(&tree(&object_permissions("Account", "e")), &WHO);
    assert_eq!(audited.finding(AUDIT)["operation"], "edit");
    assert_eq!(audited.verdict("Account", "Segment__c"), "gap");
    assert_eq!(audited.verdict("Account", "Website"), "ok");
}

#[test]
fn the_same_right_from_outside_the_group_stays() {
    let who = [&WHO[..], &["--permission-set", "Sync"]].concat();
    let audited = audit(&tree(&field_permissions("Account.Segment__c", "re")), &who);
    audited.is_clean(AUDIT);
    assert_eq!(audited.verdict("Account", "Segment__c"), "ok");
}

#[test]
fn false_in_a_muting_file_mutes_nothing() {
    audit(&tree(&field_permissions("Account.Segment__c", "")), &WHO).is_clean(AUDIT);
}

#[test]
fn a_muting_permission_set_without_a_file_leaves_it_open() {
    let tree = sound_but(&SYSTEM, &sync_grants()).group("Integration", &["Sync"], &["Lost"]);
    let audited = audit(&tree, &WHO);
    audited.is_not_evaluated(AUDIT, "muting permission set Lost");
    assert_eq!(audited.verdict("Account", "Segment__c"), "unknown");
    assert_eq!(audited.run.status, 3);
}

#[test]
fn read_and_edit_on_one_field_are_one_finding() {
    let audited = audit(&tree(&field_permissions("Account.Segment__c", "re")), &WHO);
    let title = audited.finding(AUDIT)["title"].as_str().unwrap();
    assert_eq!(
        title,
        "Muting permission set Quiet takes away Read and Edit on Account.Segment__c"
    );
}

#[test]
fn all_that_a_muted_object_takes_is_one_finding() {
    let audited = audit(&tree(&object_permissions("Account", "rce")), &WHO);
    let title = audited.finding(AUDIT)["title"].as_str().unwrap();
    assert_eq!(
        title,
        "Muting permission set Quiet takes away Read, Create and Edit on Account"
    );
}

/// A live org: the group's aggregate is what the sound permission set grants without Edit on Account.Segment__c.
fn live(mutings: &[&str]) -> Tree {
    let tree = sound_but(&SYSTEM, &sync_grants()).group("Integration", &["Sync"], mutings);
    as_live_snapshot(tree, |snapshot| {
        let mut aggregate = snapshot["permission_sets"]["Sync"].clone();
        aggregate["name"] = "X00e000000000001".into();
        let fields = aggregate["field_permissions"]["Account"].as_array_mut();
        let segment = fields
            .unwrap()
            .iter_mut()
            .find(|entry| entry["field"] == "Segment__c");
        segment.unwrap()["edit"] = false.into();
        let group = &mut snapshot["permission_set_groups"]["Integration"];
        group["status"] = "Updated".into();
        group["aggregate"] = aggregate;
    })
}

#[test]
fn what_a_live_orgs_group_leaves_out_of_a_member_is_muted() {
    let audited = audit_snapshot(&live(&["Quiet"]), "org.json", &[]);
    let finding = audited.finding(AUDIT);
    assert_eq!(
        finding["title"],
        "Muting permission set Quiet takes away Edit on Account.Segment__c"
    );
    assert_eq!(finding["confidence"], "certain");
    let evidence = evidence(finding);
    assert!(
        evidence.contains("muting: permission set Sync in group Integration grants edit, which"),
        "{evidence}"
    );
    assert!(
        !audited.run.stdout.contains("X00e"),
        "nobody knows that name"
    );
    assert_eq!(audited.verdict("Account", "Segment__c"), "gap");
    assert_eq!(audited.verdict("Account", "Website"), "ok");
    assert_eq!(audited.run.status, 1);
}

#[test]
fn a_live_group_that_leaves_something_out_without_a_known_muting_is_likely() {
    let audited = audit_snapshot(&live(&[]), "org.json", &[]);
    let finding = audited.finding(AUDIT);
    assert_eq!(
        finding["title"],
        "Group Integration does not pass on Edit on Account.Segment__c"
    );
    assert_eq!(finding["confidence"], "likely");
}

#[test]
fn a_live_group_that_is_recalculated_cannot_be_judged() {
    let tree = sound_but(&SYSTEM, &sync_grants()).group("Integration", &["Sync"], &["Quiet"]);
    let tree = as_live_snapshot(tree, |snapshot| {
        let aggregate = snapshot["permission_sets"]["Sync"].clone();
        let group = &mut snapshot["permission_set_groups"]["Integration"];
        group["status"] = "Updating".into();
        group["aggregate"] = aggregate;
    });
    let audited = audit_snapshot(&tree, "org.json", &[]);
    audited.is_not_evaluated(AUDIT, "whether it counts is not known");
    assert_eq!(audited.run.status, 3);
}

#[test]
fn a_muted_right_that_something_unread_may_grant_is_left_open() {
    let who = ["--permission-set-group", "Integration"];
    let audited = audit(&tree(&field_permissions("Account.Segment__c", "e")), &who);
    audited.is_not_evaluated(AUDIT, "whether the user has Edit on Account.Segment__c");
}

#[test]
fn muted_edit_tasks_is_found_behind_every_right_that_it_gives() {
    let tree = sound_but(
        &["ApiEnabled", "ViewSetup", "ActivitiesAccess"],
        &sync_grants(),
    )
    .permission_set("Tasks", &user_permissions(&["EditTask"]))
    .muting("Quiet", &user_permissions(&["EditTask"]))
    .group("Integration", &["Sync", "Tasks"], &["Quiet"]);
    let audited = audit(&tree, &WHO);
    let operations: Vec<_> = audited
        .findings(AUDIT)
        .iter()
        .map(|finding| finding["operation"].as_str().unwrap())
        .collect();
    assert_eq!(operations, ["create", "edit"]);
}
