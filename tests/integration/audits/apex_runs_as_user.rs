use super::{Audited, WHO, audit, evidence, sound};
use crate::runner::permgap;
use crate::tree::Tree;

const AUDIT: &str = "apex-runs-as-user";

/// The sound tree with a field that the user cannot edit.
fn tree() -> Tree {
    sound()
        .field("Account", "Code__c", "Text", "<length>20</length>")
        .file("permgap.toml", "[sync]\nactivities = false\n")
}

fn trigger(version: &str, code: &str) -> Audited {
    audit(&tree().trigger("OnAccount", "Account", version, code), &WHO)
}

#[test]
fn a_trigger_that_writes_as_the_user_what_the_user_cannot() {
    let audited = trigger(
        "60.0",
        "Account a = new Account(Code__c = 'x');\ninsert as user a;",
    );
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "high");
    assert_eq!(finding["confidence"], "likely");
    assert_eq!(finding["type"], 13);
    assert_eq!(
        finding["title"],
        "Trigger OnAccount needs Edit on Account.Code__c, which the user lacks"
    );
    assert!(
        evidence(finding).contains("triggers/OnAccount.trigger:3]"),
        "{}",
        evidence(finding)
    );
    assert!(finding["fix"].to_string().contains("run in system mode"));
}

#[test]
fn queries_in_texts_and_fields_of_related_records_count() {
    let titles = |code: &str| -> Vec<String> {
        let audited = trigger("60.0", code);
        let found = audited.findings(AUDIT);
        found
            .iter()
            .map(|finding| finding["title"].as_str().unwrap().to_owned())
            .collect()
    };
    let needs = "Trigger OnAccount needs Read on Account.Code__c, which the user lacks";
    assert_eq!(
        titles("Object o = Database.query('SELECT Code__c FROM Account', AccessLevel.USER_MODE);"),
        [needs]
    );
    let related = "Object o = [SELECT Account.Code__c, Owner.Name FROM Contact WITH USER_MODE];";
    assert!(titles(related).contains(&needs.to_owned()));
    trigger(
        "60.0",
        "Object o = Database.query('SELECT Code__c FROM Account');",
    )
    .is_clean(AUDIT);
    trigger(
        "60.0",
        "Flow.Interview.createInterview('Log_It', null).start();",
    )
    .is_clean(AUDIT);
    trigger(
        "60.0",
        "Object o = Database.query(text, AccessLevel.USER_MODE);",
    )
    .is_not_evaluated(AUDIT, "which object line 2 of OnAccount works on");
    trigger(
        "60.0",
        "Object o = [SELECT (SELECT Id FROM Lines__r) FROM Account WITH USER_MODE];",
    )
    .is_not_evaluated(AUDIT, "which object line 2 of OnAccount works on");
}

#[test]
fn system_mode_is_left_alone() {
    trigger("66.0", "insert new Case(Subject = 'x');").is_clean(AUDIT);
    trigger("67.0", "insert as system new Case(Subject = 'x');").is_clean(AUDIT);
    trigger("60.0", "// insert as user new Case();").is_clean(AUDIT);
    trigger("60.0", "update as user new Account(Segment__c = 'x');").is_clean(AUDIT);
}

#[test]
fn from_version_67_user_mode_is_the_default_and_of_triggers_disputed() {
    let audited = trigger("67.0", "insert new Case(Subject = 'x');");
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["object"], "Case");
    assert_eq!(finding["confidence"], "possible");
    assert!(evidence(finding).contains("is disputed"));
}

#[test]
fn classes_are_reached_and_named_with_file_and_line() {
    let class = "public with sharing class Handler {\n  void run() {\n    List<Lead> l = [SELECT Id FROM Lead WITH USER_MODE];\n  }\n}\n";
    let tree = tree()
        .trigger("OnAccount", "Account", "60.0", "new Handler().run();")
        .class("Handler", "60.0", class);
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(
        finding["title"],
        "Class Handler needs Read on Lead, which the user lacks"
    );
    let evidence = evidence(finding);
    assert!(evidence.contains("classes/Handler.cls:3]"), "{evidence}");
    assert!(evidence.contains("declared `with sharing`"));
    assert!(
        finding["detail"]
            .as_str()
            .unwrap()
            .contains("trigger OnAccount > Handler")
    );
}

#[test]
fn what_no_synced_object_reaches_does_not_matter() {
    let class = "public class Other { void run() { insert as user new Case(); } }";
    let tree = tree()
        .trigger("OnCase", "Case", "60.0", "insert as user new Lead();")
        .trigger("OnAccount", "Account", "60.0", "Integer i = 1;")
        .class("Other", "60.0", class);
    audit(&tree, &WHO).is_clean(AUDIT);
}

#[test]
fn an_upsert_names_its_fields_once_and_each_object_right_apart() {
    let fields = trigger("60.0", "upsert as user new Account(Code__c = 'x');");
    assert_eq!(fields.findings(AUDIT).len(), 1);
    let rights = trigger("60.0", "upsert as user new Case(Subject = 'x');");
    assert_eq!(rights.findings(AUDIT).len(), 2);
}

#[test]
fn stripping_is_silent_and_so_less_bad() {
    let audited = trigger(
        "60.0",
        "Account a = new Account(Code__c = 'x');\nSecurity.stripInaccessible(AccessType.UPDATABLE, new List<Account>{a});",
    );
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "medium");
    assert_eq!(finding["confidence"], "possible");
}

#[test]
fn hidden_source_is_not_evaluated() {
    let hidden = tree()
        .trigger("OnAccount", "Account", "60.0", "pkg.run();")
        .file(
            "force-app/main/default/triggers/Packaged.trigger",
            "(hidden)",
        );
    audit(&hidden, &WHO).is_not_evaluated(AUDIT, "the source of trigger Packaged is hidden");
    audit(&tree(), &WHO).is_not_evaluated(AUDIT, "no Apex in the metadata tree");
    trigger("60.0", "Type.forName('X').newInstance();").is_not_evaluated(AUDIT, "starts by name");
    let dynamic = "List<SObject> l = Database.query(text, AccessLevel.USER_MODE);";
    trigger("60.0", dynamic).is_not_evaluated(AUDIT, "which object line 2 of OnAccount");
}

#[test]
fn the_demo_reaches_a_class_by_a_trigger() {
    let folder = tempfile::tempdir().unwrap();
    let report = permgap(folder.path(), &["audit", "--demo", "--format", "json"]).json();
    let found = report["findings"].as_array().unwrap().iter();
    assert_eq!(found.filter(|finding| finding["audit"] == AUDIT).count(), 1);
}
