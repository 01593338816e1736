//! Flows, Apex and what rules ask of the user, of a live org: read, bounded, and the same as from a tree.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ADMIN, HUBSPOT, Site, entry, reason_of, status_of};
use crate::org_simulator::{Org, tree};
use crate::runner::permgap;

/// Adds rows to a table.
fn add(org: &mut Org, table: &str, value: Value) {
    org.insert(table, value.as_object().unwrap().clone());
}

/// Adds an active flow. `number` makes its ids.
fn flow(org: &mut Org, number: u32, name: &str, view: Value, metadata: Value) {
    let (definition, version) = (
        format!("3007Q0000Test{number:02}QAR"),
        format!("3017Q0000Test{number:02}QAR"),
    );
    let mut listed = json!({
        "Id": definition, "DurableId": definition, "ApiName": name, "Label": name, "ProcessType": "AutoLaunchedFlow",
        "ActiveVersionId": version, "LatestVersionId": version, "IsActive": true, "ManageableState": "unmanaged",
    });
    listed
        .as_object_mut()
        .unwrap()
        .extend(view.as_object().unwrap().clone());
    let mut definition_of =
        json!({ "label": name, "processType": "AutoLaunchedFlow", "status": "Active" });
    definition_of
        .as_object_mut()
        .unwrap()
        .extend(metadata.as_object().unwrap().clone());
    let hidden = listed["ManageableState"] == "installed";
    add(
        org,
        "Flow",
        json!({
            "Id": version, "DefinitionId": definition, "MasterLabel": name, "ProcessType": "AutoLaunchedFlow",
            "Status": "Active", "RunInMode": metadata["runInMode"], "VersionNumber": 1,
            "ManageableState": listed["ManageableState"], "FullName": format!("{name}-1"),
            "Metadata": if hidden { Value::Null } else { definition_of },
        }),
    );
    add(org, "FlowDefinitionView", listed);
}

fn class(org: &mut Org, name: &str, version: f64, body: &str) {
    add(
        org,
        "ApexClass",
        json!({ "Name": name, "Status": "Active", "ApiVersion": version, "IsValid": true, "Body": body }),
    );
}

/// Flows that are started from outside and call each other, and a trigger whose handler calls a service.
fn automated(org: &mut Org) {
    flow(
        org,
        1,
        "Score",
        json!({}),
        json!({
            "variables": [{ "name": "found", "dataType": "SObject", "objectType": "Account", "isInput": false }],
            "recordLookups": [{
                "name": "Find", "object": "Account", "outputReference": "found", "queriedFields": ["Id", "Churn_Risk__c"],
                "filters": [{ "field": "Segment__c", "operator": "EqualTo", "value": { "stringValue": "Large" } }],
            }],
            "assignments": [{
                "name": "Fill",
                "assignmentItems": [{ "assignToReference": "found.AnnualRevenue", "operator": "Assign", "value": { "numberValue": 1.0 } }],
            }],
            "recordUpdates": [{ "name": "Write", "inputReference": "found", "faultConnector": { "targetReference": "Deep" } }],
            "subflows": [{ "name": "Go_Deeper", "flowName": "Deep" }],
            "recordDeletes": null,
        }),
    );
    flow(
        org,
        2,
        "Deep",
        json!({}),
        json!({
            "recordCreates": [{
                "name": "Log", "object": "Contact",
                "inputAssignments": [{ "field": "Title", "value": { "elementReference": "$Flow.CurrentDate" } }],
            }],
        }),
    );
    flow(
        org,
        3,
        "By_System",
        json!({}),
        json!({ "runInMode": "SystemModeWithSharing", "recordDeletes": [{ "name": "Del", "object": "Account" }] }),
    );
    flow(
        org,
        4,
        "Not_Declared",
        json!({}),
        json!({ "recordDeletes": [{ "name": "Del", "object": "Account" }] }),
    );
    org.update(
        "ApexClass",
        |row| row["Name"] == "AccountHandler",
        &json!({ "Body": "public with sharing class AccountHandler {\n  public static void check(List<Account> accounts) {\n    \
                          new AccountService().run(accounts);\n  }\n}\n" }),
    );
    class(
        org,
        "AccountService",
        60.0,
        "public class AccountService {\n  public void run(List<Account> all) {\n    for (Account a : all) { a.Churn_Risk__c = 'x'; }\n    \
         update as user all;\n    delete all;\n  }\n}\n",
    );
    class(
        org,
        "Unreached",
        60.0,
        "public class Unreached { void m(List<Lead> l) { delete as user l; } }",
    );
}

const CONFIG: &str = "[sync]\nflows = [\"Score\", \"By_System\"]\n";

/// What the flow and Apex audits find, without places.
fn automation(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| {
            [
                "flow-runs-as-user",
                "apex-runs-as-user",
                "validation-rule-blocks",
            ]
            .iter()
            .any(|audit| finding["audit"] == *audit)
        })
        .map(|finding| {
            format!(
                "{} {} {} {} {}",
                finding["audit"],
                finding["severity"],
                finding["title"],
                finding["detail"],
                finding["fix"]["change"]
            )
        })
        .collect()
}

#[test]
fn flows_and_apex_of_a_live_org_of_its_snapshot_and_of_its_tree_are_the_same() {
    let site = Site::new(automated);
    std::fs::write(site.path("permgap.toml"), CONFIG).unwrap();
    let run = site.audit(&[]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let live = run.json();
    for area in ["flows", "apex"] {
        assert_eq!(status_of(&live, area), "read", "{}", reason_of(&live, area));
    }
    let found = automation(&live);
    let one = |part: &str| found.iter().filter(|text| text.contains(part)).count();
    assert_eq!(one("Flow Score needs"), 2, "{found:#?}");
    assert_eq!(one("Flow Deep needs"), 1, "{found:#?}");
    assert_eq!(one("Class AccountService needs Edit"), 1, "{found:#?}");
    assert_eq!(
        one("trigger AccountTrigger > AccountHandler > AccountService"),
        1,
        "{found:#?}"
    );
    for silent in ["By_System", "Not_Declared", "Unreached"] {
        assert_eq!(one(silent), 0, "{found:#?}");
    }

    site.save("org.json");
    let text = std::fs::read_to_string(site.path("org.json")).unwrap();
    assert!(
        !text.contains("Unreached") && !text.contains("update as user"),
        "no source is kept"
    );
    let who = ["--mappings", "mappings.csv", "--format", "json"];
    let saved = permgap(
        site.folder.path(),
        &[&["audit", "--snapshot", "org.json"][..], &who].concat(),
    );
    assert_eq!(automation(&saved.json()), found);

    let mut org = Org::nordlicht().unwrap();
    automated(&mut org);
    tree::write(&org, &site.path("tree")).unwrap();
    let as_user = [
        "audit",
        "--source-dir",
        "tree",
        "--profile",
        "HubSpot Integration",
        "--permission-set",
        "HubSpot_Sync",
        "--permission-set-group",
        "HubSpot_Group",
    ];
    let of_tree = permgap(site.folder.path(), &[&as_user[..], &who].concat());
    assert_eq!(automation(&of_tree.json()), found);
}

/// A flow that is started from outside and writes an object that no mapping names, and a trigger that queries it.
fn beside_the_mappings(org: &mut Org) {
    flow(
        org,
        1,
        "Log_It",
        json!({}),
        json!({
            "recordCreates": [{
                "name": "Log", "object": "Campaign",
                "inputAssignments": [{ "field": "Type", "value": { "stringValue": "Email" } }],
            }],
            "recordLookups": [{ "name": "Look", "object": "Gone__c", "queriedFields": ["Name"] }],
        }),
    );
    org.update(
        "ApexTrigger",
        |row| row["Name"] == "AccountTrigger",
        &json!({ "Body": "trigger AccountTrigger on Account (before insert) {\n  \
                          Object o = [SELECT Status FROM Campaign WITH USER_MODE];\n}" }),
    );
}

#[test]
fn objects_that_no_mapping_names_are_looked_at_where_automation_touches_them() {
    let site = Site::new(beside_the_mappings);
    std::fs::write(site.path("permgap.toml"), "[sync]\nflows = [\"Log_It\"]\n").unwrap();
    let live = site.audit(&[]).json();
    let found = automation(&live);
    let one = |part: &str| found.iter().filter(|text| text.contains(part)).count();
    assert_eq!(one("Flow Log_It needs Create on Campaign"), 1, "{found:#?}");
    assert_eq!(
        one("Trigger AccountTrigger needs Read on Campaign.Status"),
        1,
        "{found:#?}"
    );
    assert_eq!(
        status_of(&live, "objects"),
        "read",
        "{}",
        reason_of(&live, "objects")
    );
    let outcome = entry(&live, "audits", "audit", "flow-runs-as-user");
    let reason = outcome["reason"].as_str().unwrap();
    assert!(reason.contains("Read on Gone__c"), "{reason}");
    site.save("org.json");
    let saved = permgap(
        site.folder.path(),
        &[
            "audit",
            "--snapshot",
            "org.json",
            "--mappings",
            "mappings.csv",
            "--format",
            "json",
        ],
    );
    assert_eq!(automation(&saved.json()), found);
}

#[test]
fn rights_on_objects_that_no_mapping_names_count() {
    let site = Site::new(|org| {
        beside_the_mappings(org);
        let set = org.id_of("PermissionSet", "HubSpot_Sync").unwrap();
        add(
            org,
            "ObjectPermissions",
            json!({
                "ParentId": set, "SobjectType": "Campaign", "PermissionsRead": true, "PermissionsCreate": true,
                "PermissionsEdit": true, "PermissionsDelete": false, "PermissionsViewAllRecords": false,
                "PermissionsModifyAllRecords": false, "PermissionsViewAllFields": false,
            }),
        );
        add(
            org,
            "FieldPermissions",
            json!({
                "ParentId": set, "SobjectType": "Campaign", "Field": "Campaign.Status",
                "PermissionsRead": true, "PermissionsEdit": false,
            }),
        );
    });
    std::fs::write(site.path("permgap.toml"), "[sync]\nflows = [\"Log_It\"]\n").unwrap();
    let found = automation(&site.audit(&[]).json());
    let one = |part: &str| found.iter().filter(|text| text.contains(part)).count();
    assert_eq!(
        one("Flow Log_It needs Edit on Campaign.Type"),
        1,
        "{found:#?}"
    );
    assert_eq!(one("Trigger AccountTrigger needs"), 0, "{found:#?}");
}

#[test]
fn what_packages_hide_is_not_evaluated() {
    let site = Site::new(|org| {
        flow(
            org,
            1,
            "Sync",
            json!({ "NamespacePrefix": "pack", "ManageableState": "installed" }),
            json!({}),
        );
        add(
            org,
            "ApexTrigger",
            json!({
                "Name": "Hidden", "NamespacePrefix": "pack", "EntityDefinitionId": "Account", "TableEnumOrId": "Account",
                "Status": "Active", "ApiVersion": 60.0, "Body": "(hidden)",
            }),
        );
    });
    std::fs::write(
        site.path("permgap.toml"),
        "[sync]\nflows = [\"pack__Sync\"]\n",
    )
    .unwrap();
    let report = site.audit(&[]).json();
    for (audit, says) in [
        ("flow-runs-as-user", "what flow pack__Sync does is hidden"),
        ("apex-runs-as-user", "trigger pack__Hidden is hidden"),
    ] {
        let outcome = entry(&report, "audits", "audit", audit);
        assert!(
            outcome["reason"].as_str().unwrap().contains(says),
            "{outcome}"
        );
    }
}

#[test]
fn a_class_of_a_package_that_a_trigger_calls_is_not_taken_for_one_of_the_org() {
    let site = Site::new(|org| {
        org.update(
            "ApexTrigger",
            |row| row["Name"] == "AccountTrigger",
            &json!({ "Body": "trigger AccountTrigger on Account (before insert) { pack.Runner.run(Trigger.new); }" }),
        );
        class(
            org,
            "Runner",
            60.0,
            "public class Runner { void m(List<Lead> l) { delete as user l; } }",
        );
        add(
            org,
            "ApexClass",
            json!({ "Name": "Runner", "NamespacePrefix": "pack", "Status": "Active", "ApiVersion": 60.0, "Body": "(hidden)" }),
        );
    });
    let report = site.audit(&[]).json();
    let outcome = entry(&report, "audits", "audit", "apex-runs-as-user");
    let reason = outcome["reason"].as_str().unwrap();
    assert!(
        reason.contains("trigger AccountTrigger > pack__Runner"),
        "{reason}"
    );
    assert!(
        automation(&report)
            .iter()
            .all(|text| !text.contains("Runner needs"))
    );
}

#[test]
fn an_allowance_that_ends_before_the_definitions_is_said() {
    let site = Site::new(automated);
    std::fs::write(site.path("permgap.toml"), CONFIG).unwrap();
    let whole = site.audit(&[]);
    assert_eq!(whole.status, 1, "{}", whole.stderr);
    let run = site.audit(&["--max-api-calls", "14", "--fail-on", "never"]);
    let report = run.json();
    let areas = ["flows", "apex"].map(|area| status_of(&report, area).to_owned());
    assert!(areas.iter().any(|status| status != "read"), "{areas:?}");
    let counted = site.simulator.requests();
    assert!(!counted.is_empty());
    for (audit, area) in [
        ("flow-runs-as-user", "flows"),
        ("apex-runs-as-user", "apex"),
    ] {
        if status_of(&report, area) != "read" {
            let outcome = &entry(&report, "audits", "audit", audit);
            assert!(outcome["reason"].is_string(), "{outcome}");
        }
    }
}

/// Gives Account a rule that the user's own values decide.
fn rule(org: &mut Org, name: &str, condition: &str) {
    let formula = format!("AND({condition}, ISBLANK(AnnualRevenue))");
    add(
        org,
        "ValidationRule",
        json!({
            "ValidationName": name, "EntityDefinitionId": "Account", "Active": true, "ErrorMessage": "No.",
            "ManageableState": "unmanaged", "FullName": format!("Account.{name}"),
            "Metadata": { "active": true, "errorConditionFormula": formula, "errorMessage": "No.", "description": "Why it is" },
        }),
    );
}

#[test]
fn settings_and_fields_of_the_user_decide_rules_where_they_were_read() {
    let site = Site::new(|org| {
        rule(
            org,
            "By_Setting",
            "NOT($Setup.Sync_Settings__c.Skip_Validation__c)",
        );
        rule(org, "By_Other_Setting", "NOT($Setup.Gone__c.Bypass__c)");
        rule(org, "By_Flag", "$User.Bypass_Rules__c = FALSE");
        rule(org, "By_Org", "$Organization.Name <> \"Nordlicht GmbH\"");
        let organization = org.rows("Organization")[0]["Id"].clone();
        let user = org.id_of("User", HUBSPOT).unwrap();
        let changed = org.update(
            "User",
            |row| row["Username"] == HUBSPOT,
            &json!({ "Bypass_Rules__c": true }),
        );
        assert_eq!(changed, 1);
        for (owner, on) in [(organization, false), (json!(user), true)] {
            add(
                org,
                "Sync_Settings__c",
                json!({ "SetupOwnerId": owner, "Skip_Validation__c": on, "Name": "kept by the org" }),
            );
        }
    });
    let found = automation(&site.audit(&[]).json());
    let has = |name: &str| found.iter().any(|text| text.contains(name));
    assert!(!has("By_Setting"), "{found:#?}");
    assert!(!has("By_Flag"), "{found:#?}");
    assert!(!has("By_Org"), "{found:#?}");
    assert!(has("By_Other_Setting"), "{found:#?}");
    site.save("org.json");
    let text = std::fs::read_to_string(site.path("org.json")).unwrap();
    assert!(
        text.contains("$Setup.Sync_Settings__c.Skip_Validation__c")
            && !text.contains("kept by the org")
    );
}

#[test]
fn a_formula_is_tried_for_the_user_of_an_org_of_its_snapshot_and_of_its_tree() {
    let site = Site::new(|_| {});
    std::fs::write(
        site.path("rule.txt"),
        "AND(NOT($Permission.Bypass_Validation), ISBLANK(Phone))",
    )
    .unwrap();
    let tried = ["formula", "rule.txt", "--format", "json"];
    let verdict = |report: Value| report["verdict"].as_str().unwrap().to_owned();
    assert_eq!(
        verdict(permgap(site.folder.path(), &tried).json()),
        "can fire"
    );
    for (user, says) in [(HUBSPOT, "never fires"), (ADMIN, "can fire")] {
        let run = site.run_as(
            ADMIN,
            &[&tried[..], &["--org", "ORG", "--user", user]].concat(),
        );
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert_eq!(verdict(run.json()), says, "{user}");
    }
    site.save("org.json");
    tree::write(&Org::nordlicht().unwrap(), &site.path("tree")).unwrap();
    for source in [
        &["--snapshot", "org.json"][..],
        &[
            "--source-dir",
            "tree",
            "--profile",
            "HubSpot Integration",
            "--permission-set",
            "HubSpot_Sync",
        ],
    ] {
        let run = permgap(site.folder.path(), &[&tried[..], source].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert_eq!(verdict(run.json()), "never fires", "{source:?}");
    }
}

#[test]
fn what_a_formula_asks_of_the_user_is_read_without_mappings() {
    let site = Site::new(|org| {
        let user = org.id_of("User", HUBSPOT).unwrap();
        let changed = org.update(
            "User",
            |row| row["Username"] == HUBSPOT,
            &json!({ "Bypass_Rules__c": true }),
        );
        assert_eq!(changed, 1);
        add(
            org,
            "Sync_Settings__c",
            json!({ "SetupOwnerId": user, "Skip_Validation__c": true, "Name": "of the user" }),
        );
    });
    let lines = [
        "{\"id\":1,\"formula\":\"NOT($Setup.Sync_Settings__c.Skip_Validation__c)\"}",
        "{\"id\":2,\"formula\":\"$User.Bypass_Rules__c = FALSE\"}",
        "{\"id\":3,\"formula\":\"$Setup.Gone__c.Off__c || $Permission.Gone || $Setup.Sync_Settings__c.Gone__c\"}",
        "{\"id\":4,\"formula\":\"Segment__c = 'x' || Gone__c = 'x' || ISBLANK(Parent.Gone__c)\"}",
        "{\"id\":5,\"formula\":\"AnnualRevenue\"}",
        "{\"id\":6,\"formula\":\"NOT($Setup.Sync_Settings__c.Skip_Validation__c)\",\"env\":{}}",
    ];
    std::fs::write(site.path("rules.jsonl"), lines.join("\n")).unwrap();
    let run = site.run_as(
        ADMIN,
        &[
            "formula",
            "rules.jsonl",
            "--jsonl",
            "--object",
            "Account",
            "--org",
            "ORG",
            "--user",
            HUBSPOT,
        ],
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
    let answers: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (at, verdict) in [(0, "never fires"), (1, "never fires"), (5, "can fire")] {
        assert_eq!(answers[at]["verdict"], verdict, "{}", answers[at]);
    }
    let messages = |at: usize, key: &str| answers[at][key].to_string();
    for missing in [
        "Gone__c",
        "no custom permission Gone",
        "Sync_Settings__c has no field or relationship Gone__c",
    ] {
        assert!(messages(2, "problems").contains(missing), "{}", answers[2]);
    }
    assert!(
        messages(3, "problems").contains("Account has no field or relationship Gone__c"),
        "{}",
        answers[3]
    );
    assert_eq!(answers[3]["problems"][0]["offset"], 20, "{}", answers[3]);
    assert!(
        messages(4, "problems").contains("gives a number"),
        "{}",
        answers[4]
    );
}
