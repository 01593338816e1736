//! What runs within a save and may write what a rule looks at, or save records that other rules are on.

use super::validation_rule_blocks::{AUDIT, flow_after_save, tree, with_automation_read};
use super::{WHO, audit, audit_snapshot};
use crate::tree::Tree;

/// A rule that never fires unless something else than HubSpot writes Shut__c.
fn kept() -> Tree {
    tree().rule("Account", "Kept", "ISCHANGED(Shut__c)")
}

/// A flow that starts when a record of `object` was saved, and has one action.
fn flow_with_action(object: &str, kind: &str) -> String {
    format!(
        "<start><object>{object}</object><recordTriggerType>CreateAndUpdate</recordTriggerType>\
         <triggerType>RecordAfterSave</triggerType></start>\
         <actionCalls><name>Act</name><actionName>Stamp_It</actionName><actionType>{kind}</actionType></actionCalls>"
    )
}

#[track_caller]
fn is_proved(tree: Tree) {
    audit_snapshot(&with_automation_read(tree), "org.json", &WHO).is_clean(AUDIT);
}

#[track_caller]
fn is_open(tree: Tree) {
    let audited = audit_snapshot(&with_automation_read(tree), "org.json", &WHO);
    audited.is_not_evaluated(AUDIT, "unless Apex or a flow writes Shut__c");
}

#[test]
fn an_action_of_a_flow_may_write_anything_unless_it_only_sends() {
    let with = |object: &str, kind: &str| {
        kept().flow("Act", "AutoLaunchedFlow", &flow_with_action(object, kind))
    };
    is_open(with("Account", "apex"));
    is_open(with("Account", "quickAction"));
    is_proved(with("Account", "emailAlert"));
    is_proved(with("Case", "apex"));
}

#[test]
fn an_action_saves_records_of_an_object_that_a_trigger_may_be_on() {
    let with = || {
        let flow = flow_with_action("Account", "chatterPost");
        kept().flow("Post", "AutoLaunchedFlow", &flow)
    };
    is_proved(with());
    is_open(with().trigger("OnPost", "FeedItem", "60.0", ""));
}

#[test]
fn a_deleted_record_starts_triggers_too() {
    let deletes = "<start><object>Account</object><recordTriggerType>CreateAndUpdate</recordTriggerType>\
                   <triggerType>RecordAfterSave</triggerType></start>\
                   <recordDeletes><name>Gone</name><object>Case</object></recordDeletes>";
    let with = || kept().flow("Tidy", "AutoLaunchedFlow", deletes);
    is_proved(with());
    is_open(with().trigger("OnCase", "Case", "60.0", ""));
}

#[test]
fn what_saves_of_another_synced_object_start_may_come_back() {
    let contacts = |tree: Tree| {
        tree.mappings(&[
            ("Account", "Segment__c", "Two-way"),
            ("Contact", "LastName", "Two-way"),
        ])
    };
    let trigger = || kept().trigger("OnContact", "Contact", "60.0", "");
    is_open(contacts(trigger()));
    is_proved(trigger());
    let flow = |writes: &str| {
        let flow = flow_after_save("Contact", "Account", writes);
        kept().flow("Up", "AutoLaunchedFlow", &flow)
    };
    is_open(contacts(flow("Shut__c")));
    is_proved(contacts(flow("Open__c")));
}

#[test]
fn rules_on_what_only_a_flow_saves_are_not_evaluated() {
    let with = |formula: &str| {
        tree()
            .object("Visit__c", "")
            .field("Visit__c", "Note__c", "Text", "<length>20</length>")
            .field("Visit__c", "Kind__c", "Text", "<length>20</length>")
            .rule("Visit__c", "Kind_Needed", formula)
            .flow(
                "Plan",
                "AutoLaunchedFlow",
                "<start><object>Account</object><recordTriggerType>CreateAndUpdate</recordTriggerType>\
                 <triggerType>RecordAfterSave</triggerType></start>\
                 <recordCreates><name>New</name><object>Visit__c</object><inputAssignments><field>Note__c</field>\
                 <value><stringValue>x</stringValue></value></inputAssignments></recordCreates>",
            )
    };
    let audited = audit(&with("ISBLANK(Kind__c)"), &WHO);
    audited.is_not_evaluated(
        AUDIT,
        "whether Visit__c rule Kind_Needed can refuse the records that flow Plan saves",
    );
    // Not one that only updates meet, nor one that spares the user.
    audit(&with("AND(NOT(ISNEW()), ISBLANK(Kind__c))"), &WHO).is_clean(AUDIT);
    audit(
        &with("AND($Profile.Name = \"Sales\", ISBLANK(Kind__c))"),
        &WHO,
    )
    .is_clean(AUDIT);
    // Of an org, only the rules of what is synced are read.
    let org = super::as_snapshot_but(with("ISBLANK(Kind__c)"), |snapshot| {
        snapshot["org"]["id"] = "00D000000000001EAA".into();
        snapshot["objects"]["Visit__c"]["validation_rules"] = serde_json::json!([]);
    });
    audit_snapshot(&org, "org.json", &WHO)
        .is_not_evaluated(AUDIT, "and the rules of Visit__c were not read");
}
