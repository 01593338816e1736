//! `permgap fix`, from outside: what it writes, what it proves, what it refuses.

mod corpora;
mod drafts;
mod extend;
mod files;
mod lines;
mod needs;
mod schema;

use std::path::Path;

use serde_json::Value;

use crate::audits::{SYSTEM, WHO};
use crate::runner::{Run, permgap};
use crate::tree::{Tree, field_permissions, object_permissions, user_permissions};

/// Where a new permission set is written.
pub(crate) const SET: &str =
    "fix/force-app/main/default/permissionsets/HubSpot_Sync_Access.permissionset-meta.xml";

/// Runs permgap over the tree, its mappings and the usual user.
pub(crate) fn over(tree: &Tree, command: &str, more: &[&str]) -> Run {
    let mut args = vec![command, "--source-dir", "force-app"];
    if command != "access" {
        args.extend(["--mappings", "mappings.csv"]);
    }
    args.extend(WHO);
    args.extend(more);
    permgap(tree.path(), &args)
}

pub(crate) fn fix(tree: &Tree, more: &[&str]) -> Run {
    let mut args = vec!["-o", "fix"];
    args.extend(more);
    over(tree, "fix", &args)
}

/// The tree's audit, with `more` flags, as JSON.
pub(crate) fn audit(tree: &Tree, more: &[&str]) -> Value {
    let mut args = vec!["--format", "json"];
    args.extend(more);
    let run = over(tree, "audit", &args);
    assert!(run.status != 2, "{}", run.stderr);
    run.json()
}

/// The audit of the org as it will be once the fix is deployed and assigned.
pub(crate) fn after(tree: &Tree) -> Value {
    audit(
        tree,
        &[
            "--overlay",
            "fix",
            "--permission-set",
            "HubSpot_Sync_Access",
        ],
    )
}

pub(crate) fn fingerprints(report: &Value, list: &str) -> Vec<String> {
    let mut all: Vec<String> = report[list]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["fingerprint"].as_str().unwrap().to_owned())
        .collect();
    all.sort();
    all
}

pub(crate) fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap()
}

/// A tree with a gap of each kind that a permission set can close, and some that none can.
pub(crate) fn gaps() -> Tree {
    let line = "<referenceTo>Account</referenceTo><relationshipName>Invoices</relationshipName>";
    Tree::new()
        .object("Account", "<sharingModel>Private</sharingModel>")
        .object(
            "Invoice__c",
            "<label>Invoice</label><nameField><type>Text</type></nameField>",
        )
        .field("Account", "Segment__c", "Text", "<length>20</length>")
        .field("Account", "Score__c", "Number", "<formula>1 + 1</formula>")
        .field(
            "Account",
            "Must__c",
            "Text",
            "<required>true</required><defaultValue>\"x\"</defaultValue>",
        )
        .field("Invoice__c", "Account__c", "MasterDetail", line)
        .field("Invoice__c", "Total__c", "Currency", "")
        .field("Activity", "Outcome__c", "Text", "<length>20</length>")
        .record_type("Account", "Partner", true)
        .profile("HubSpot", &user_permissions(&SYSTEM[2..]))
        .permission_set(
            "Sync",
            &(object_permissions("Account", "r") + &field_permissions("Account.Website", "r")),
        )
        .mappings(&[
            ("Account", "Segment__c", "Two-way"),
            ("Account", "Score__c", "Always use Salesforce"),
            ("Account", "Must__c", "Two-way"),
            ("Account", "Website", "Two-way"),
            ("Account", "BillingCity", "Two-way"),
            ("Contact", "Title", "Two-way"),
            ("Invoice__c", "Total__c", "Always use Salesforce"),
            ("Invoice__c", "Account__c", "Two-way"),
            ("Task", "Outcome__c", "Two-way"),
        ])
        .file(
            "permgap.toml",
            "[[sync.record-type]]\nobject = \"Account\"\nname = \"Partner\"\n",
        )
}

#[test]
fn what_it_claims_closes_and_the_rest_is_said() {
    let tree = gaps();
    let before = audit(&tree, &[]);
    let run = fix(&tree, &["--format", "json"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let fixed = run.json();
    assert_eq!(fixed["schema"], "permgap.fix/1");
    let report = after(&tree);
    assert_eq!(
        fingerprints(&fixed, "remains"),
        fingerprints(&report, "findings")
    );
    let mut all = fingerprints(&fixed, "closes");
    all.extend(fingerprints(&fixed, "remains"));
    all.sort();
    assert_eq!(all, fingerprints(&before, "findings"));
    // Both system permissions are left to a person.
    for finding in fixed["remains"].as_array().unwrap() {
        let why = finding["why"].as_str().unwrap();
        assert!(why.contains("--allow-unsafe"), "{finding}");
    }
    assert_eq!(fixed["access"]["beyond_needs"], 0);

    let run = fix(&tree, &["--allow-unsafe"]);
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("closes all of"), "{}", run.stdout);
    assert!(after(&tree)["findings"].as_array().unwrap().is_empty());
}

#[test]
fn the_permission_set_is_sorted_and_has_what_salesforce_demands_and_nothing_that_it_refuses() {
    let tree = gaps();
    fix(&tree, &["--allow-unsafe"]);
    insta::assert_snapshot!(read(tree.path(), SET));
    schema::check(&read(tree.path(), SET));
}

#[test]
fn the_notes_tell_commands_reasons_and_what_is_left() {
    let tree = gaps();
    fix(&tree, &[]);
    let notes = read(tree.path(), "fix/FIX.md").replace(tree.path().to_str().unwrap(), "");
    insta::assert_snapshot!(notes);
    assert_eq!(
        read(tree.path(), "fix/package.xml")
            .matches("<members>HubSpot_Sync_Access<")
            .count(),
        1
    );
}

#[test]
fn what_is_intended_or_already_there_is_not_granted() {
    let tree = gaps().file(
        "permgap.toml",
        "[[intended-gap]]\nobject = \"Account\"\nfield = \"Segment__c\"\nreason = \"secret\"\nuntil = 2099-01-01\n",
    );
    fix(&tree, &[]);
    assert!(!read(tree.path(), SET).contains("Segment__c"));
    assert!(read(tree.path(), "fix/FIX.md").contains("it is known or intended"));

    let tree = crate::audits::sound();
    let run = fix(&tree, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stdout.starts_with("There is nothing to fix."),
        "{}",
        run.stdout
    );
    assert!(!tree.path().join(SET).exists() && tree.path().join("fix/FIX.md").exists());
}

#[test]
fn a_user_of_a_limited_licence_gets_system_permissions_apart() {
    let folder = tempfile::tempdir().unwrap();
    let demo = permgap(folder.path(), &["snapshot", "--demo", "-o", "demo.json"]);
    assert_eq!(demo.status, 0, "{}", demo.stderr);
    let text = read(folder.path(), "demo.json").replace(
        "\"license\":\"Salesforce\"",
        "\"license\":\"Salesforce Integration\"",
    );
    std::fs::write(folder.path().join("demo.json"), text).unwrap();
    let mappings = "hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule\n\
                    companies,segment,Account,Segment__c,Two-way\n";
    std::fs::write(folder.path().join("m.csv"), mappings).unwrap();
    let args = [
        "fix",
        "--snapshot",
        "demo.json",
        "--mappings",
        "m.csv",
        "-o",
        "fix",
        "--allow-unsafe",
    ];
    let run = permgap(folder.path(), &args);
    // A required field is mapped to nothing, which no permission cures.
    assert_eq!(run.status, 1, "{}\n{}", run.stdout, run.stderr);
    let set = read(folder.path(), SET);
    assert!(!set.contains("userPermissions"));
    // A new field that no mapping names is a finding, and no need.
    assert!(!set.contains("Tier__c"), "{set}");
    let system = read(folder.path(), &SET.replace("Access.", "Access_System."));
    assert!(system.contains("<name>ApiEnabled</name>") && !system.contains("objectPermissions"));
    for set in [read(folder.path(), SET), system] {
        assert!(!set.contains("<license>"), "{set}");
        schema::check(&set);
    }
}
