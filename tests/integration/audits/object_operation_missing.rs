use super::{SYSTEM, WHO, audit, sound, sound_but, sync_grants};
use crate::tree::{field_permissions, object_permissions};

const AUDIT: &str = "object-operation-missing";

fn fields() -> String {
    field_permissions("Account.Segment__c", "re") + &field_permissions("Account.Website", "re")
}

#[test]
fn read_alone_is_too_little_for_a_rule_that_writes() {
    let audited = audit(
        &sound_but(&SYSTEM, &(object_permissions("Account", "r") + &fields())),
        &WHO,
    );
    let operations: Vec<&str> = audited
        .findings(AUDIT)
        .iter()
        .map(|finding| finding["operation"].as_str().unwrap())
        .collect();
    assert_eq!(operations, ["create", "edit"]);
    assert_eq!(audited.verdict("Account", "Segment__c"), "gap");
    assert_eq!(
        audited.verdict("Account", "Website"),
        "ok",
        "a rule that reads needs Read only"
    );
}

#[test]
fn activities_need_edit_tasks_unless_settings_say_otherwise() {
    let tree = sound_but(
        &["ApiEnabled", "ViewSetup", "ActivitiesAccess"],
        &sync_grants(),
    );
    let audited = audit(&tree, &WHO);
    let tasks = audited.findings(AUDIT);
    assert_eq!(tasks.len(), 2);
    assert!(tasks.iter().all(|finding| finding["object"] == "Task"));
    assert_eq!(tasks[0]["fix"]["change"]["name"], "EditTask");
    let tree = tree.file("permgap.toml", "[sync]\nactivities = false\n");
    audit(&tree, &WHO).is_clean(AUDIT);
}

#[test]
fn a_lead_or_a_contact_must_be_creatable() {
    let grants = |contact: &str| {
        object_permissions("Contact", contact)
            + &object_permissions("Lead", "re")
            + &field_permissions("Contact.Title", "re")
            + &field_permissions("Lead.Title", "re")
    };
    let tree = |contact| {
        sound_but(&SYSTEM, &grants(contact)).file(
            "mappings.csv",
            "hubspot_object,hubspot_property,salesforce_field,sync_rule\ncontacts,jobtitle,Title,Two-way\n",
        )
    };
    let audited = audit(&tree("re"), &WHO);
    let finding = audited.finding(AUDIT);
    assert!(
        finding["title"]
            .as_str()
            .unwrap()
            .contains("neither Lead nor Contact"),
        "{finding}"
    );
    audit(&tree("rce"), &WHO).is_clean(AUDIT);
}

#[test]
fn deletes_are_needed_only_where_declared() {
    let tree = sound().file("permgap.toml", "[sync]\ndeletes = [\"Account\"]\n");
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["operation"], "delete");
    assert_eq!(
        finding["fix"]["change"]["rights"],
        serde_json::json!(["read", "edit", "delete"])
    );
    audit(&sound(), &WHO).is_clean(AUDIT);
}

#[test]
fn a_sparse_profile_leaves_it_open() {
    let tree = sound_but(&SYSTEM, &(object_permissions("Account", "r") + &fields()))
        .file("permgap.toml", "profiles = \"sparse\"\n");
    let audited = audit(&tree, &WHO);
    audited.is_not_evaluated(AUDIT, "Edit on Account");
    assert_eq!(audited.verdict("Account", "Segment__c"), "unknown");
}
