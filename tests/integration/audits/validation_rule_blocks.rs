use serde_json::Value;

use super::{SYSTEM, sync_grants};
use super::{
    WHO, as_complete_snapshot, as_snapshot_but, audit, audit_snapshot, evidence, sound, sound_but,
};
use crate::runner::permgap;
use crate::tree::{Tree, field_permissions};

const AUDIT: &str = "validation-rule-blocks";

/// The sound tree with two fields that nothing maps: one that the user may edit, and one that it may not.
fn tree() -> Tree {
    fields(sound_but(
        &SYSTEM,
        &(sync_grants() + &field_permissions("Account.Open__c", "re")),
    ))
}

fn fields(tree: Tree) -> Tree {
    tree.field("Account", "Open__c", "Text", "<length>20</length>")
        .field("Account", "Shut__c", "Text", "<length>20</length>")
        .file("permgap.toml", "[sync]\nactivities = false\n")
}

fn text<'v>(finding: &'v Value, key: &str) -> &'v str {
    finding[key].as_str().unwrap()
}

#[test]
fn a_rule_that_demands_a_field_that_the_user_cannot_edit() {
    let tree = tree().rule(
        "Account",
        "Fleet_Needs_Code",
        "AND(Segment__c = \"Fleet\", ISBLANK(Shut__c))",
    );
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "high");
    assert_eq!(finding["confidence"], "likely");
    assert_eq!(finding["type"], 8);
    assert_eq!(finding["field"], "Shut__c");
    assert_eq!(
        finding["title"],
        "Rule Fleet_Needs_Code on Account demands Shut__c, which the user cannot edit"
    );
    let detail = text(finding, "detail");
    for part in [
        "creates or updates",
        "It demands Shut__c filled",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION: \"Fleet_Needs_Code says no\"",
    ] {
        assert!(detail.contains(part), "{detail}");
    }
    let evidence = evidence(finding);
    assert!(
        evidence.contains("validationRules/Fleet_Needs_Code.validationRule-meta.xml:2"),
        "{evidence}"
    );
    assert!(evidence.contains("row 1: companies property_0 is mapped to Account.Segment__c"));
    assert!(evidence.contains("permission set Sync does not grant Edit on Account.Shut__c"));
    let change = &finding["fix"]["change"];
    assert_eq!(change["kind"], "change-validation-rule");
    assert_eq!(
        change["formula"],
        "AND(NOT($Permission.HubSpot_Bypass_Validation), AND(Segment__c = \"Fleet\", ISBLANK(Shut__c)))"
    );
    assert_eq!(finding["fix"]["safety"], "unsafe");
    assert!(
        finding["fix"]
            .to_string()
            .contains("grant Read and Edit on Account.Shut__c")
    );
}

#[test]
fn a_rule_that_demands_a_field_that_no_mapping_fills() {
    let tree = tree().rule(
        "Account",
        "Fleet_Needs_Note",
        "AND(Segment__c = \"Fleet\", ISBLANK(Open__c))",
    );
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "medium");
    assert!(text(finding, "title").ends_with("demands Open__c, which no mapping fills"));
    assert!(
        finding["fix"]
            .to_string()
            .contains("map a property to Account.Open__c")
    );
}

#[test]
fn a_rule_on_synced_values_alone_is_a_risk() {
    let tree = tree().rule("Account", "No_X", "BEGINS(Segment__c, \"X\")");
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "low");
    assert_eq!(finding["confidence"], "possible");
    assert_eq!(audited.run.status, 0);
}

#[test]
fn a_demanded_field_that_a_mapping_fills_only_needs_the_right() {
    let tree = tree()
        .rule("Account", "Code", "ISBLANK(Shut__c)")
        .mappings(&[("Account", "Shut__c", "Two-way")]);
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "high");
    assert_eq!(finding["fix"]["change"]["kind"], "grant-field");
    assert_eq!(finding["fix"]["change"]["field"], "Shut__c");
    assert_eq!(finding["fix"]["safety"], "safe");
}

#[test]
fn any_of_several_fields_will_do() {
    let or = "AND(ISBLANK(Segment__c), ISBLANK(Shut__c))";
    let audited = audit(&tree().rule("Account", "One_Of", or), &WHO);
    assert_eq!(audited.finding(AUDIT)["severity"], "low");
    let and = "OR(ISBLANK(Segment__c), ISBLANK(Shut__c))";
    let audited = audit(&tree().rule("Account", "Both", and), &WHO);
    assert_eq!(audited.finding(AUDIT)["severity"], "high");
}

#[test]
fn the_worst_of_the_cases_counts() {
    let worst = |rule: &str| {
        let audited = audit(&tree().rule("Account", "Cases", rule), &WHO);
        let finding = audited.finding(AUDIT);
        let title = text(finding, "title").to_owned();
        (text(finding, "severity").to_owned(), title)
    };
    let of_shut = (
        "high".to_owned(),
        "Rule Cases on Account demands Shut__c, which the user cannot edit".to_owned(),
    );
    for rule in [
        // Open__c at one value and Shut__c at another: records of the other are lost.
        "OR(AND(Segment__c = \"A\", ISBLANK(Open__c)), AND(Segment__c = \"B\", ISBLANK(Shut__c)))",
        "IF(Segment__c = \"A\", ISBLANK(Open__c), ISBLANK(Shut__c))",
        // That one value is spared is no way out for the others.
        "AND(Segment__c &lt;&gt; \"New\", ISBLANK(Shut__c))",
    ] {
        assert_eq!(worst(rule), of_shut, "{rule}");
    }
    // Either field will do, whatever the value.
    let either = "AND(Segment__c &lt;&gt; \"New\", ISBLANK(Open__c), ISBLANK(Shut__c))";
    assert_eq!(worst(either).0, "medium");
    assert_eq!(worst("Segment__c &lt;&gt; \"New\"").0, "low");
}

#[test]
fn a_multi_select_picklist_that_must_hold_a_value_must_be_filled() {
    let rule = "NOT(OR(INCLUDES(Days__c, \"Mo\"), INCLUDES(Days__c, \"Tu\")))";
    let tree = tree()
        .field("Account", "Days__c", "MultiselectPicklist", "")
        .rule("Account", "Days", rule);
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "high");
    assert_eq!(finding["field"], "Days__c");
}

#[test]
fn a_rule_that_always_fires_is_certain() {
    let audited = audit(&tree().rule("Account", "Closed", "1 = 1"), &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["confidence"], "certain");
    assert!(
        text(finding, "detail")
            .starts_with("It fires on every Account that HubSpot creates or updates")
    );
}

#[test]
fn a_bypass_that_the_user_has_proves_the_rule_harmless() {
    let rule = "AND(NOT($Permission.Skip), ISBLANK(Shut__c))";
    let bypass = "<customPermissions><enabled>true</enabled><name>Skip</name></customPermissions>";
    let spared = fields(sound_but(&SYSTEM, &(sync_grants() + bypass)));
    audit(&spared.rule("Account", "Code", rule), &WHO).is_clean(AUDIT);

    let audited = audit(&fields(sound()).rule("Account", "Code", rule), &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "high");
    let change = &finding["fix"]["change"];
    assert_eq!(change["kind"], "grant-custom-permission");
    assert_eq!(change["name"], "Skip");
}

#[test]
fn what_is_known_of_the_user_and_the_operation_counts() {
    let by_profile = "AND($Profile.Name = \"Sales\", ISBLANK(Shut__c))";
    audit(&tree().rule("Account", "P", by_profile), &WHO).is_clean(AUDIT);
    let other = "AND($Profile.Name = \"HubSpot\", ISBLANK(Shut__c))";
    assert_eq!(
        audit(&tree().rule("Account", "P", other), &WHO)
            .findings(AUDIT)
            .len(),
        1
    );
    let new = tree().rule("Account", "N", "AND(ISNEW(), ISBLANK(Shut__c))");
    let settings = "[sync]\nactivities = false\nnever-creates = [\"Account\"]\n";
    audit(&new.file("permgap.toml", settings), &WHO).is_clean(AUDIT);
}

#[test]
fn an_inactive_rule_and_a_rule_of_another_object_do_not_matter() {
    let tree = tree()
        .object("Case", "")
        .rule("Case", "Case_Rule", "ISBLANK(Subject)")
        .rule("Account", "Never", "FALSE")
        .file(
            "force-app/main/default/objects/Account/validationRules/Off.validationRule-meta.xml",
            "<ValidationRule xmlns=\"http://soap.sforce.com/2006/04/metadata\"><fullName>Off</fullName>\
             <active>false</active><errorConditionFormula>ISBLANK(Shut__c)</errorConditionFormula></ValidationRule>",
        );
    audit(&tree, &WHO).is_clean(AUDIT);
}

#[test]
fn the_fix_follows_the_habit_of_the_org() {
    let tree = tree()
        .object("Case", "")
        .rule(
            "Case",
            "One",
            "AND($User.Bypass__c = FALSE, ISBLANK(Subject))",
        )
        .rule(
            "Account",
            "Two",
            "AND(Segment__c = \"Fleet\", ISBLANK(Shut__c))",
        );
    let audited = audit(&tree, &WHO);
    let formula = &audited.finding(AUDIT)["fix"]["change"]["formula"];
    assert_eq!(
        formula,
        "AND(NOT($User.Bypass__c), AND(Segment__c = \"Fleet\", ISBLANK(Shut__c)))"
    );
    let tree = tree.rule(
        "Case",
        "Three",
        "NOT($Permission.Skip_Rules) &amp;&amp; ISBLANK(Subject)",
    );
    let audited = audit(&tree, &WHO);
    let fix = &audited.finding(AUDIT)["fix"];
    assert!(
        text(fix, "summary").contains("NOT($Permission.Skip_Rules)"),
        "{fix}"
    );
}

#[test]
fn what_apex_or_a_flow_might_change_is_not_evaluated() {
    let rule = "AND(ISCHANGED(Shut__c), ISBLANK(Shut__c))";
    let audited = audit(&tree().rule("Account", "Kept", rule), &WHO);
    audited.is_not_evaluated(AUDIT, "unless Apex or a flow writes Shut__c");
    // Where the source holds the automation of the org and none touches the object, it is proved.
    let tree = as_complete_snapshot(tree().rule("Account", "Kept", rule));
    let path = tree.path().join("org.json");
    let mut snapshot: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    for area in ["flows", "apex"] {
        snapshot["coverage"][area] = serde_json::json!({"status": "read"});
    }
    std::fs::write(&path, snapshot.to_string()).unwrap();
    audit_snapshot(&tree, "org.json", &WHO).is_clean(AUDIT);
}

/// The tree as an org whose flows and Apex were read.
fn with_automation_read(tree: Tree) -> Tree {
    as_snapshot_but(tree, |snapshot| {
        for area in ["flows", "apex"] {
            snapshot["coverage"][area] = serde_json::json!({"status": "read"});
        }
    })
}

/// A flow that starts when a record of `object` was saved, and then writes `field` on records of another.
fn flow_after_save(object: &str, writes: &str, field: &str) -> String {
    format!(
        "<start><object>{object}</object><recordTriggerType>CreateAndUpdate</recordTriggerType>\
         <triggerType>RecordAfterSave</triggerType></start>\
         <recordUpdates><name>Write</name><object>{writes}</object><inputAssignments><field>{field}</field>\
         <value><stringValue>x</stringValue></value></inputAssignments></recordUpdates>"
    )
}

#[test]
fn a_save_that_comes_back_through_another_object_may_write_the_field() {
    let rule = "AND(ISCHANGED(Shut__c), ISBLANK(Shut__c))";
    let there = || {
        tree()
            .object("Site__c", "")
            .field("Site__c", "Seen__c", "Text", "<length>20</length>")
            .rule("Account", "Kept", rule)
            .flow(
                "There",
                "AutoLaunchedFlow",
                &flow_after_save("Account", "Site__c", "Seen__c"),
            )
    };
    let audited = audit_snapshot(&with_automation_read(there()), "org.json", &WHO);
    audited.is_clean(AUDIT);
    let and_back = there().flow(
        "Back",
        "AutoLaunchedFlow",
        &flow_after_save("Site__c", "Account", "Shut__c"),
    );
    let audited = audit_snapshot(&with_automation_read(and_back), "org.json", &WHO);
    audited.is_not_evaluated(AUDIT, "unless Apex or a flow writes Shut__c");
}

#[test]
fn a_permission_in_small_letters_is_one_all_the_same() {
    let rule = "AND(NOT($permission.Skip_Code), ISBLANK(Shut__c))";
    let audited = audit(
        &tree().rule("Account", "Code", rule),
        &["--permission-set", "Sync"],
    );
    audited.is_not_evaluated(AUDIT, "whether $permission.Skip_Code spares the user");
}

#[test]
fn a_text_of_the_user_is_no_checkbox_to_go_by() {
    let tree = tree()
        .object("Case", "")
        .rule(
            "Case",
            "One",
            "AND($User.Team__c &lt;&gt; \"Sync\", ISBLANK(Subject))",
        )
        .rule("Account", "Two", "ISBLANK(Shut__c)");
    let audited = audit(&tree, &WHO);
    let formula = &audited.finding(AUDIT)["fix"]["change"]["formula"];
    assert_eq!(
        formula,
        "AND(NOT($Permission.HubSpot_Bypass_Validation), ISBLANK(Shut__c))"
    );
}

#[test]
fn a_picklist_is_blank_on_a_new_record_only_where_no_record_type_gives_it_a_value() {
    let rule = "AND(ISNEW(), ISPICKVAL(Kind__c, \"A\"), ISBLANK(Segment__c))";
    let tree = || {
        tree()
            .field("Account", "Kind__c", "Picklist", "")
            .rule("Account", "Kinds", rule)
    };
    audit(&tree(), &WHO).is_not_evaluated(AUDIT, "unless Apex or a flow writes Kind__c");
    let audited = audit(&tree().record_type("Account", "Partner", true), &WHO);
    assert_eq!(audited.findings(AUDIT).len(), 1);
}

#[test]
fn a_checkbox_is_as_its_default_says_on_a_new_record() {
    let rule = "AND(ISNEW(), Flag__c, ISBLANK(Segment__c))";
    let tree = |default: &str| {
        tree()
            .field(
                "Account",
                "Flag__c",
                "Checkbox",
                &format!("<defaultValue>{default}</defaultValue>"),
            )
            .rule("Account", "Flags", rule)
    };
    audit(&tree("false"), &WHO).is_not_evaluated(AUDIT, "unless Apex or a flow writes");
    assert_eq!(audit(&tree("true"), &WHO).findings(AUDIT).len(), 1);
}

#[test]
fn a_formula_that_cannot_be_read_is_not_evaluated() {
    let audited = audit(&tree().rule("Account", "Broken", "AND(Segment__c"), &WHO);
    audited.is_not_evaluated(AUDIT, "validation rule Account.Broken cannot be read");
    let audited = audit(&tree().rule("Account", "Hidden", ""), &WHO);
    audited.is_not_evaluated(AUDIT, "validation rule Account.Hidden is hidden");
    audit(&tree(), &WHO).is_not_evaluated(AUDIT, "no validation rule in the metadata tree");
}

#[test]
fn references_are_followed_and_those_not_found_are_named() {
    let tree = tree().rule(
        "Account",
        "Parent",
        "AND(ISBLANK(Shut__c), Parent.Gone__c = \"A\", Parent.Open__c = Owner.Name)",
    );
    let audited = audit(&tree, &WHO);
    let evidence = evidence(audited.finding(AUDIT));
    assert!(
        evidence.contains(
            "`Parent.Gone__c` could not be followed: the source holds no Account.Gone__c"
        ),
        "{evidence}"
    );
    assert!(
        !evidence.contains("`Parent.Open__c`") && !evidence.contains("`Owner.Name`"),
        "{evidence}"
    );
}

#[test]
fn the_demo_shows_the_bypass() {
    let folder = tempfile::tempdir().unwrap();
    let report = permgap(folder.path(), &["audit", "--demo", "--format", "json"]).json();
    let found = report["findings"].as_array().unwrap().iter();
    let found: Vec<&Value> = found.filter(|finding| finding["audit"] == AUDIT).collect();
    assert_eq!(found[0]["field"], "Loss_Reason__c");
    assert!(text(&found[0]["fix"], "summary").contains("NOT($Permission.Skip_Validation_Rules)"));
}
