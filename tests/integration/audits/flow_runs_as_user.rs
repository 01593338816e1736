use serde_json::Value;

use super::{Audited, WHO, audit, evidence, sound};
use crate::runner::permgap;
use crate::tree::Tree;

const AUDIT: &str = "flow-runs-as-user";

const UPDATE: &str = "<recordUpdates><name>Set_Code</name><object>Account</object>\n\
    <filters><field>Segment__c</field><operator>EqualTo</operator><value><stringValue>A</stringValue></value></filters>\n\
    <inputAssignments><field>Code__c</field><value><stringValue>x</stringValue></value></inputAssignments></recordUpdates>";

/// The sound tree with a field that the user cannot edit, and flows that are started from outside.
fn tree(started: &[&str]) -> Tree {
    sound()
        .field("Account", "Code__c", "Text", "<length>20</length>")
        .file(
            "permgap.toml",
            format!("[sync]\nactivities = false\nflows = {started:?}\n"),
        )
}

fn run(process_type: &str, elements: &str) -> Audited {
    audit(
        &tree(&["Stamp"]).flow("Stamp", process_type, elements),
        &WHO,
    )
}

#[test]
fn an_element_that_writes_what_the_user_cannot() {
    let audited = run("AutoLaunchedFlow", UPDATE);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "high");
    assert_eq!(finding["type"], 13);
    assert_eq!(
        finding["title"],
        "Flow Stamp needs Edit on Account.Code__c, which the user lacks"
    );
    assert!(
        evidence(finding).contains("flows/Stamp.flow-meta.xml:6]"),
        "{}",
        evidence(finding)
    );
    assert_eq!(finding["fix"]["change"]["kind"], "grant-field");
    assert!(
        finding["fix"]
            .to_string()
            .contains("System Context With Sharing")
    );
}

#[test]
fn a_fault_path_makes_it_less_bad() {
    let handled = UPDATE.replace(
        "<object>",
        "<faultConnector><targetReference>X</targetReference></faultConnector><object>",
    );
    assert_eq!(run("Flow", &handled).finding(AUDIT)["severity"], "medium");
}

#[test]
fn system_context_is_left_alone() {
    for elements in [
        "<runInMode>SystemModeWithSharing</runInMode>",
        "<runInMode>SystemModeWithoutSharing</runInMode>",
        "<start><object>Account</object><triggerType>RecordAfterSave</triggerType></start>",
        "<start><triggerType>Scheduled</triggerType></start>",
    ] {
        run("AutoLaunchedFlow", &format!("{UPDATE}{elements}")).is_clean(AUDIT);
    }
    run("Workflow", UPDATE).is_clean(AUDIT);
}

#[test]
fn a_flow_that_nobody_declares_is_not_started_by_a_sync() {
    let audited = audit(&tree(&[]).flow("Stamp", "AutoLaunchedFlow", UPDATE), &WHO);
    audited.is_clean(AUDIT);
    let outcome = audited.report["audits"].as_array().unwrap().iter();
    let outcome: Vec<&Value> = outcome
        .filter(|outcome| outcome["audit"] == AUDIT)
        .collect();
    assert!(
        outcome[0]["reason"]
            .as_str()
            .unwrap()
            .contains("declares no flow")
    );
}

#[test]
fn subflows_are_followed_and_keep_to_their_own_mode() {
    let call = "<subflows><name>Call</name><flowName>Inner</flowName></subflows>";
    let tree = |inner: &str| {
        tree(&["Stamp"])
            .flow("Stamp", "AutoLaunchedFlow", call)
            .flow("Inner", "AutoLaunchedFlow", &format!("{UPDATE}{inner}"))
    };
    let audited = audit(&tree(""), &WHO);
    let finding = audited.finding(AUDIT);
    assert!(evidence(finding).contains("Stamp > Inner"));
    audit(
        &tree("<runInMode>SystemModeWithoutSharing</runInMode>"),
        &WHO,
    )
    .is_clean(AUDIT);
    let circle = tree(&call.replace("Inner", "Stamp"));
    assert_eq!(audit(&circle, &WHO).findings(AUDIT).len(), 1);
}

#[test]
fn record_variables_and_loops_are_followed() {
    let elements = "\
        <recordLookups><name>Find</name><object>Account</object><queriedFields>Website</queriedFields></recordLookups>\
        <loops><name>Each</name><collectionReference>Find</collectionReference></loops>\
        <assignments><name>Fill</name><assignmentItems><assignToReference>Each.Code__c</assignToReference>\
        <operator>Assign</operator><value><elementReference>F</elementReference></value></assignmentItems>\
        <assignmentItems><assignToReference>list</assignToReference><operator>Add</operator>\
        <value><elementReference>Each</elementReference></value></assignmentItems></assignments>\
        <formulas><name>F</name><expression>{!Each.Secret__c} &amp; 'x'</expression></formulas>\
        <variables><name>list</name><objectType>Account</objectType></variables>\
        <recordUpdates><name>Save</name><inputReference>list</inputReference></recordUpdates>";
    let tree = tree(&["Stamp"])
        .field("Account", "Secret__c", "Text", "<length>20</length>")
        .flow("Stamp", "AutoLaunchedFlow", elements);
    let audited = audit(&tree, &WHO);
    let mut titles: Vec<&str> = audited
        .findings(AUDIT)
        .iter()
        .map(|finding| finding["title"].as_str().unwrap())
        .collect();
    titles.sort_unstable();
    assert_eq!(
        titles,
        [
            "Flow Stamp needs Edit on Account.Code__c, which the user lacks",
            "Flow Stamp needs Read on Account.Secret__c, which the user lacks"
        ]
    );
}

#[test]
fn choices_screens_templates_outputs_and_related_records_count() {
    let needs = |elements: &str| -> Vec<String> {
        let tree = tree(&["Stamp"])
            .field("Account", "Secret__c", "Text", "<length>20</length>")
            .flow("Stamp", "Flow", elements);
        let audited = audit(&tree, &WHO);
        let titles = audited.findings(AUDIT);
        titles
            .iter()
            .map(|finding| finding["title"].as_str().unwrap().to_owned())
            .collect()
    };
    let read = "Flow Stamp needs Read on Account.Secret__c, which the user lacks";
    let edit = "Flow Stamp needs Edit on Account.Secret__c, which the user lacks";
    let find = "<recordLookups><name>Find</name><object>Account</object></recordLookups>";
    let save =
        "<recordUpdates><name>Save</name><inputReference>Find</inputReference></recordUpdates>";
    assert_eq!(
        needs(
            "<dynamicChoiceSets><name>Pick</name><object>Account</object><displayField>Secret__c</displayField></dynamicChoiceSets>"
        ),
        [read]
    );
    assert!(
        needs("<dynamicChoiceSets><name>Pick</name><picklistObject>Account</picklistObject><picklistField>Secret__c</picklistField></dynamicChoiceSets>")
            .is_empty()
    );
    for mention in [
        "<textTemplates><name>T</name><text>Dear {!Find.Secret__c},</text></textTemplates>",
        "<screens><name>S</name><fields><fieldText>{!Find.Secret__c}</fieldText></fields></screens>",
        "<decisions><name>D</name><rules><conditions><leftValueReference>Find.Secret__c</leftValueReference></conditions></rules></decisions>",
        "<assignments><name>A</name><assignmentItems><assignToReference>x</assignToReference><operator>Assign</operator>\
         <value><stringValue>{!Find.Secret__c}</stringValue></value></assignmentItems></assignments>",
        "<collectionProcessors><name>Few</name><collectionReference>Find</collectionReference></collectionProcessors>\
         <textTemplates><name>T</name><text>{!Few.Secret__c}</text></textTemplates>",
    ] {
        assert_eq!(needs(&format!("{find}{mention}")), [read], "{mention}");
    }
    let screen = "<screens><name>S</name><fields><objectFieldReference>Find.Secret__c</objectFieldReference></fields></screens>";
    assert!(needs(&format!("{find}{screen}{save}")).contains(&edit.to_owned()));
    let action = "<actionCalls><name>Do</name><actionName>emailAlert</actionName><actionType>emailAlert</actionType>\
                  <outputParameters><assignToReference>Find.Secret__c</assignToReference></outputParameters></actionCalls>";
    assert!(needs(&format!("{find}{action}{save}")).contains(&edit.to_owned()));
    let upsert = "<recordCreates><name>Put</name><object>Account</object><doesUpsert>true</doesUpsert>\
                  <inputAssignments><field>Secret__c</field><value><stringValue>x</stringValue></value></inputAssignments></recordCreates>";
    assert!(needs(upsert).contains(&edit.to_owned()));
    let related = "<recordLookups><name>Of</name><object>Contact</object></recordLookups>\
                   <textTemplates><name>T</name><text>{!Of.Account.Secret__c} {!Of.Owner.Name}</text></textTemplates>";
    assert!(
        needs(related).contains(&read.to_owned()),
        "{:?}",
        needs(related)
    );
}

#[test]
fn actions_and_updates_of_unknown_fields_are_not_evaluated() {
    let chatter = "<actionCalls><name>Do</name><actionName>chatterPost</actionName><actionType>chatterPost</actionType></actionCalls>";
    run("AutoLaunchedFlow", chatter)
        .is_not_evaluated(AUDIT, "action chatterPost chatterPost of flow Stamp");
    let plugin = "<apexPluginCalls><name>Do</name><apexClass>Old</apexClass></apexPluginCalls>";
    run("AutoLaunchedFlow", plugin).is_not_evaluated(AUDIT, "Apex action Old of flow Stamp");
    let given = "<variables><name>given</name><isInput>true</isInput><objectType>Account</objectType></variables>\
                 <recordUpdates><name>Save</name><inputReference>given</inputReference></recordUpdates>";
    run("AutoLaunchedFlow", given)
        .is_not_evaluated(AUDIT, "which fields element Save of flow Stamp writes");
    run("Workflow", chatter).is_clean(AUDIT);
}

#[test]
fn objects_without_object_permissions_are_not_held_against_the_user() {
    let lookup = |object: &str| {
        let lookup =
            format!("<recordLookups><name>Find</name><object>{object}</object></recordLookups>");
        run("AutoLaunchedFlow", &lookup)
    };
    lookup("RecordType").is_clean(AUDIT);
    lookup("Rates__mdt").is_not_evaluated(AUDIT, "Read on Rates__mdt");
    lookup("EmailTemplate").is_not_evaluated(AUDIT, "Read on EmailTemplate");
    assert_eq!(lookup("Case").findings(AUDIT).len(), 1);
}

#[test]
fn what_cannot_be_looked_at_is_not_evaluated() {
    let audited = audit(&tree(&["Gone"]).flow("Stamp", "Flow", ""), &WHO);
    audited.is_not_evaluated(AUDIT, "flow Gone was not found");
    audit(&tree(&[]), &WHO).is_not_evaluated(AUDIT, "no flow in the metadata tree");
    let apex = "<actionCalls><name>Do</name><actionName>Worker</actionName><actionType>apex</actionType></actionCalls>";
    run("AutoLaunchedFlow", apex).is_not_evaluated(AUDIT, "Apex action Worker of flow Stamp");
}

#[test]
fn what_a_flow_of_the_same_save_writes_counts_against_validation_rules() {
    let flow = |trigger: &str, elements: &str| {
        let start = format!(
            "<start><object>Account</object><triggerType>{trigger}</triggerType></start>{elements}"
        );
        let tree = tree(&[]).flow("Stamp", "AutoLaunchedFlow", &start).rule(
            "Account",
            "Kept",
            "AND(ISCHANGED(Code__c), ISBLANK(Website))",
        );
        audit(&tree, &WHO).findings("validation-rule-blocks").len()
    };
    let assign = "<assignments><name>Fill</name><assignmentItems><assignToReference>$Record.Code__c</assignToReference>\
        <operator>Assign</operator><value><stringValue>x</stringValue></value></assignmentItems></assignments>";
    assert_eq!(flow("RecordBeforeSave", assign), 1);
    assert_eq!(flow("RecordAfterSave", UPDATE), 1);
    assert_eq!(flow("Scheduled", UPDATE), 0);
}

#[test]
fn the_demo_declares_a_flow() {
    let folder = tempfile::tempdir().unwrap();
    let report = permgap(folder.path(), &["audit", "--demo", "--format", "json"]).json();
    let found = report["findings"].as_array().unwrap().iter();
    assert_eq!(found.filter(|finding| finding["audit"] == AUDIT).count(), 1);
}
