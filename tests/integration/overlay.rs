//! `--overlay`: the org as it will be once a tree is deployed.

use serde_json::Value;

use crate::audits::sound;
use crate::fix::{audit, fingerprints, over};
use crate::runner::permgap;
use crate::tree::{Tree, field_permissions, object_permissions};

const NAMESPACE: &str = "xmlns=\"http://soap.sforce.com/2006/04/metadata\"";

fn manifest(metadata_type: &str, member: &str) -> String {
    format!(
        "<Package {NAMESPACE}>\n<types><members>{member}</members><name>{metadata_type}</name></types>\n\
         <version>66.0</version></Package>"
    )
}

fn audits(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["audit"].as_str().unwrap())
        .collect()
}

/// The sound tree with a change beside it.
fn with(file: &str, root: &str, body: &str) -> Tree {
    sound().file(
        &format!("change/{file}"),
        format!("<{root} {NAMESPACE}>{body}</{root}>"),
    )
}

#[test]
fn a_permission_set_is_replaced_and_a_profile_is_laid_over() {
    let tree = sound();
    assert!(audits(&audit(&tree, &[])).is_empty());
    // The set loses the fields that the file does not list.
    let grants = format!(
        "<label>Sync</label>{}",
        object_permissions("Account", "rce")
    );
    let tree = with(
        "permissionsets/Sync.permissionset",
        "PermissionSet",
        &grants,
    );
    let report = audit(&tree, &["--overlay", "change"]);
    assert_eq!(
        audits(&report),
        ["field-not-readable", "field-not-readable"]
    );
    let notice = report["notices"][0].as_str().unwrap();
    assert!(notice.contains("once `change` is deployed"), "{notice}");

    // The profile keeps what the file does not list, and loses what it lists as false.
    let off = "<userPermissions><enabled>false</enabled><name>ApiEnabled</name></userPermissions>";
    let tree = with("profiles/HubSpot.profile", "Profile", off);
    let report = audit(&tree, &["--overlay", "change"]);
    assert_eq!(audits(&report), ["api-access-missing"]);
    let evidence = report["findings"][0]["evidence"].to_string();
    assert!(evidence.contains("profiles/HubSpot"), "{evidence}");
}

#[test]
fn a_new_field_without_a_grant_opens_a_gap_with_its_place_in_the_overlay() {
    let field = "<fullName>New__c</fullName><type>Text</type><length>9</length>";
    let tree = with(
        "objects/Account/fields/New__c.field-meta.xml",
        "CustomField",
        field,
    )
    .mappings(&[("Account", "New__c", "Two-way")]);
    let before = audit(&tree, &[]);
    assert!(audits(&before).is_empty(), "{before:#}");
    let report = audit(&tree, &["--overlay", "change"]);
    assert_eq!(audits(&report), ["field-not-readable"]);
    let evidence = report["findings"][0]["evidence"].to_string();
    assert!(
        evidence.contains("change/objects/Account/fields/New__c.field-meta.xml"),
        "{evidence}"
    );
}

#[test]
fn what_a_manifest_deletes_is_gone_for_certain() {
    let gone = |metadata_type: &str, member: &str| {
        let tree = sound().file(
            "change/destructiveChanges.xml",
            manifest(metadata_type, member),
        );
        audit(&tree, &["--overlay", "change"])
    };
    let report = gone("CustomField", "Account.Segment__c");
    assert_eq!(audits(&report), ["mapped-field-missing"]);
    let report = gone("PermissionSet", "Sync");
    assert!(
        audits(&report).is_empty() && report["notices"].to_string().contains("Sync was not found")
    );
    let report = gone("PermissionSet", "Other");
    assert!(
        report["problems"].to_string().contains("was not found"),
        "{report:#}"
    );
}

#[test]
fn wildcards_and_folders_without_metadata_are_refused() {
    let tree = sound().file(
        "change/destructiveChanges.xml",
        manifest("CustomField", "*"),
    );
    let run = over(&tree, "audit", &["--overlay", "change"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr
            .contains("destructiveChanges.xml:2: the wildcard"),
        "{}",
        run.stderr
    );
    let tree = sound().file("empty/readme.txt", "");
    let run = over(&tree, "audit", &["--overlay", "empty"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("no Salesforce metadata in `empty`"),
        "{}",
        run.stderr
    );
}

#[test]
fn access_is_shown_as_it_will_be() {
    let grants = format!(
        "<label>Sync</label>{}{}",
        object_permissions("Account", "r"),
        field_permissions("Account.Website", "r")
    );
    let tree = with(
        "permissionsets/Sync.permissionset",
        "PermissionSet",
        &grants,
    );
    let args = ["Account.Website", "--format", "json"];
    let edit = |more: &[&str]| {
        let run = over(&tree, "access", &[&args[..], more].concat());
        run.json()["objects"][0]["has"]["edit"].clone()
    };
    assert_eq!(edit(&[]), true);
    assert_eq!(edit(&["--overlay", "change"]), false);
}

/// The demo's user as `fix` proves it: with the new set deployed, and assigned or not.
#[test]
fn a_new_set_counts_for_a_named_user_once_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut all = args.to_vec();
        all.extend([
            "--demo",
            "--now",
            "2026-11-24T00:00:00Z",
            "--format",
            "json",
        ]);
        let run = permgap(folder.path(), &all);
        assert!(run.status < 2, "{}", run.stderr);
        run.json()
    };
    let before = run(&["audit"]);
    let fixed = run(&["fix", "-o", "fix"]);
    let user = before["user"]["username"].as_str().unwrap();
    let overlay = ["audit", "--overlay", "fix/force-app", "--user", user];

    let deployed = run(&overlay);
    assert_eq!(deployed["summary"]["high"], before["summary"]["high"]);
    let notices = deployed["notices"].to_string();
    assert!(
        notices.contains("--permission-set HubSpot_Sync_Access counts"),
        "{notices}"
    );

    // A set that is nowhere would leave everything open, and gaps would look closed.
    let mut args = overlay.to_vec();
    args.extend(["--permission-set", "HubSpot_Sync_Acces", "--demo"]);
    let refused = permgap(folder.path(), &args);
    assert_eq!(refused.status, 2);
    assert!(
        refused.stderr.contains("nearest: HubSpot_Sync_Access"),
        "{}",
        refused.stderr
    );

    let assigned = run(&[&overlay[..], &["--permission-set", "HubSpot_Sync_Access"]].concat());
    let notices = assigned["notices"].to_string();
    assert!(
        notices.contains("`HubSpot_Sync_Access` counts as assigned"),
        "{notices}"
    );
    assert!(
        !notices.contains("which the user is not assigned to"),
        "{notices}"
    );
    assert_eq!(assigned["user"]["username"], user);
    let open = fingerprints(&assigned, "findings");
    let closes = fixed["closes"].as_array().unwrap();
    assert!(!closes.is_empty());
    for closed in closes {
        let fingerprint = closed["fingerprint"].as_str().unwrap();
        assert!(!open.iter().any(|open| open == fingerprint), "{closed:#}");
    }
}
