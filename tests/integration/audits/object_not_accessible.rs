use super::{SYSTEM, WHO, audit, evidence, sound, sound_but, sync_grants};
use crate::tree::{field_permissions, object_permissions};

const AUDIT: &str = "object-not-accessible";

#[test]
fn field_permissions_without_the_object_are_worth_nothing() {
    let audited = audit(
        &sound_but(&SYSTEM, &field_permissions("Account.Segment__c", "re")),
        &WHO,
    );
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "critical");
    assert_eq!(finding["object"], "Account");
    assert_eq!(
        finding["fix"]["change"]["rights"],
        serde_json::json!(["read", "create", "edit"])
    );
    assert!(
        evidence(finding).contains("no-grant: permission set Sync"),
        "{}",
        evidence(finding)
    );
    assert_eq!(audited.verdict("Account", "Segment__c"), "gap");
    assert!(
        audited.findings("object-operation-missing").is_empty(),
        "one fault, one finding"
    );
}

#[test]
fn view_all_data_reads_every_object() {
    let system = [&SYSTEM[..], &["ViewAllData"]].concat();
    audit(
        &sound_but(&system, &field_permissions("Account.Segment__c", "re")),
        &WHO,
    )
    .is_clean(AUDIT);
}

#[test]
fn edit_without_read_grants_nothing() {
    let audited = audit(
        &sound_but(&SYSTEM, &object_permissions("Account", "ce")),
        &WHO,
    );
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["operation"], "read");
}

#[test]
fn a_permission_set_in_no_tree_leaves_it_open() {
    let audited = audit(
        &sound_but(&SYSTEM, ""),
        &["--profile", "HubSpot", "--permission-set", "Synk"],
    );
    audited.is_not_evaluated(AUDIT, "Read on Account");
    assert_eq!(audited.run.status, 3);
    let notices = audited.report["notices"].to_string();
    assert!(
        notices.contains("permission set Synk was not found; nearest: Sync"),
        "{notices}"
    );
    assert_eq!(audited.verdict("Account", "Segment__c"), "unknown");
}

#[test]
fn the_sound_tree_is_clean() {
    audit(&sound(), &WHO).is_clean(AUDIT);
}

#[test]
fn tasks_are_opened_by_the_permission_that_is_missing() {
    let fix = |system: &[&str]| {
        let audited = audit(&sound_but(system, &sync_grants()), &WHO);
        audited.finding(AUDIT)["fix"].clone()
    };
    let both = fix(&["ApiEnabled", "ViewSetup"]);
    let summary = both["summary"].as_str().unwrap();
    assert!(
        summary.contains("Access Activities and Edit Tasks"),
        "{summary}"
    );
    assert_eq!(both["change"]["name"], "EditTask");
    assert_eq!(
        both["change"]["requires"],
        serde_json::json!(["ActivitiesAccess"])
    );
    let see = fix(&["ApiEnabled", "ViewSetup", "EditTask"]);
    assert_eq!(
        see["change"]["name"], "ActivitiesAccess",
        "Edit Tasks is there already"
    );
}

#[test]
fn an_object_that_nothing_mentions_is_taken_for_a_wrong_name() {
    let tree = sound().mappings(&[("Acount", "Website", "Two-way")]);
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["confidence"], "possible");
    let fix = finding["fix"].to_string();
    assert!(
        fix.contains("Check the name Acount") && fix.contains("nearest: Account"),
        "{fix}"
    );
    assert_eq!(audited.verdict("Acount", "Website"), "gap");
}
