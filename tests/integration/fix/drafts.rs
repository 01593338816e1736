//! Drafts of what no permission set closes: each is the org's own file with what must change, and nothing else.

use super::{fix, read};
use crate::audits::sound;

const RULE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- asked for by Sales -->\n\
    <ValidationRule xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n    <fullName>Needs_Code</fullName>\n    \
    <active>true</active>\n    <description>Codes &amp; fleets</description>\n    \
    <errorConditionFormula>AND(Segment__c = &quot;Fleet&quot;, ISBLANK(Shut__c))</errorConditionFormula>\n    \
    <errorMessage>No</errorMessage> <!-- short -->\n    <shouldEvaluateOnClient>false</shouldEvaluateOnClient>\n\
    </ValidationRule>\n";

const FLOW: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Flow xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n    \
    <label>Stamp</label>\n    <processType>AutoLaunchedFlow</processType>\n    <recordUpdates>\n        <name>Set</name>\n        \
    <object>Account</object>\n        <inputAssignments>\n            <field>Shut__c</field>\n            \
    <value><stringValue>x</stringValue></value>\n        </inputAssignments>\n    </recordUpdates>\n    <!-- starts nowhere -->\n    \
    <status>Active</status>\n</Flow>\n";

#[test]
fn rules_and_flows_keep_every_byte_but_what_changes() {
    let tree = sound()
        .field("Account", "Shut__c", "Text", "<length>20</length>")
        .file(
            "force-app/main/default/objects/Account/validationRules/Needs_Code.validationRule-meta.xml",
            RULE,
        )
        .file("force-app/main/default/flows/Stamp.flow-meta.xml", FLOW)
        .file(
            "permgap.toml",
            "[sync]\nactivities = false\nflows = [\"Stamp\"]\n",
        );
    let run = fix(&tree, &[]);
    assert!(run.status < 2, "{}", run.stderr);
    let rule = "fix/suggestions/objects/Account/validationRules/Needs_Code.validationRule-meta.xml";
    let drafted = read(tree.path(), rule);
    let bypass = "AND(NOT($Permission.HubSpot_Bypass_Validation), AND(Segment__c = \"Fleet\", ISBLANK(Shut__c)))";
    let old = "AND(Segment__c = &quot;Fleet&quot;, ISBLANK(Shut__c))";
    assert_eq!(drafted, RULE.replace(old, bypass));
    let drafted = read(tree.path(), "fix/suggestions/flows/Stamp.flow-meta.xml");
    let mode = "<runInMode>SystemModeWithSharing</runInMode>\n    <status>";
    assert_eq!(drafted, FLOW.replace("<status>", mode));
    let notes = read(tree.path(), "fix/FIX.md");
    assert!(
        notes.contains("suggestions/flows/Stamp") && notes.contains("vouch"),
        "{notes}"
    );
}

#[test]
fn a_rule_of_an_objects_file_is_drafted_whole() {
    let body = "<validationRules>\n        <fullName>Needs_Code</fullName>\n        <active>true</active>\n        \
        <description>Why</description>\n        \
        <errorConditionFormula>AND(Segment__c = &quot;Fleet&quot;, ISBLANK(Shut__c))</errorConditionFormula>\n        \
        <errorMessage>No</errorMessage>\n    </validationRules>";
    let tree = sound()
        .object(
            "Account",
            &format!("<sharingModel>Private</sharingModel>\n    {body}"),
        )
        .field("Account", "Shut__c", "Text", "<length>20</length>")
        .file("permgap.toml", "[sync]\nactivities = false\n");
    let run = fix(&tree, &[]);
    assert!(run.status < 2, "{}", run.stderr);
    let path = "fix/suggestions/objects/Account/validationRules/Needs_Code.validationRule-meta.xml";
    let drafted = read(tree.path(), path);
    assert!(
        drafted.contains("\n    <description>Why</description>\n"),
        "{drafted}"
    );
    assert!(
        drafted.contains("$Permission.HubSpot_Bypass_Validation"),
        "{drafted}"
    );
    assert!(
        drafted.ends_with("\n    <errorMessage>No</errorMessage>\n</ValidationRule>\n"),
        "{drafted}"
    );
}
