use super::{SYSTEM, audit, evidence, sound_but, sync_grants};
use crate::tree::{Tree, field_permissions, object_permissions};

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
