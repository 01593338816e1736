//! What is granted beside the findings, and what is left to something smaller.

use serde_json::json;

use super::{SET, after, fix, gaps, over, read};
use crate::audits::SYSTEM;
use crate::runner::permgap;
use crate::saved::{live_org, saved};
use crate::tree::{Tree, user_permissions};

/// The names in the set of one kind of entry.
fn names(xml: &str, open: &str) -> Vec<String> {
    (xml.split(open).skip(1))
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect()
}

#[test]
fn what_a_grant_lets_show_is_granted_too() {
    let mappings = [
        ("Account", "Industry", "Two-way"),
        ("Account", "OwnerId", "Two-way"),
    ];
    let tree = Tree::new()
        .object("Account", "<sharingModel>ReadWrite</sharingModel>")
        .profile("HubSpot", &user_permissions(&["ApiEnabled"]))
        .permission_set("Sync", "")
        .mappings(&mappings);
    let run = fix(&tree, &[]);
    let notes = read(tree.path(), "fix/FIX.md");
    assert!(
        notes.contains("## What shows once that is closed")
            && notes.contains("Enable Transfer Record"),
        "{}\n{notes}",
        run.stdout
    );
    fix(&tree, &["--allow-unsafe"]);
    let system = names(&read(tree.path(), SET), "<name>");
    // Transfer Record demands the two for leads and cases, View Setup that for roles, Edit Tasks Access Activities.
    let expected = [
        "ActivitiesAccess",
        "EditTask",
        "TransferAnyCase",
        "TransferAnyEntity",
        "TransferAnyLead",
        "ViewRoles",
        "ViewSetup",
    ];
    assert_eq!(system, expected);
    let report = after(&tree);
    for finding in report["findings"].as_array().unwrap() {
        let kind = finding["fix"]["change"]["kind"]
            .as_str()
            .unwrap_or_default();
        assert!(!kind.starts_with("grant"), "{finding}");
    }
}

#[test]
fn an_objects_parents_are_readable_in_the_same_set() {
    let tree = gaps().mappings(&[
        ("Asset", "SerialNumber", "Two-way"),
        ("QuoteLineItem", "Discount", "Two-way"),
    ]);
    fix(&tree, &[]);
    let objects = names(&read(tree.path(), SET), "<object>");
    for object in ["Account", "Asset", "Contact", "Opportunity", "Quote"] {
        assert!(
            objects.iter().any(|name| name == object),
            "{object}: {objects:?}"
        );
    }
    // The line item's permissions are the quote's.
    assert!(
        !objects.iter().any(|name| name == "QuoteLineItem"),
        "{objects:?}"
    );
}

#[test]
fn what_a_renewal_closes_is_left_to_it_unless_asked_for() {
    let mut org = live_org();
    org["users"][0]["assignments"][0]["expires_at"] = json!("2026-10-31T00:00:00Z");
    let tree = saved(&org);
    let run = |more: &[&str]| {
        let mut args = vec![
            "fix",
            "--snapshot",
            "org.json",
            "--mappings",
            "mappings.csv",
            "-o",
            "fix",
            "--format",
            "json",
            "--now",
            "2026-11-02T00:00:00Z",
        ];
        args.extend(more);
        permgap(tree.path(), &args)
    };
    let left = run(&[]);
    assert_eq!(left.status, 1, "{}", left.stderr);
    let report = left.json();
    assert_eq!(report["permission_sets"], json!([]), "{report:#}");
    let whys = report["remains"].to_string();
    assert!(
        whys.contains("renewing the assignment of permission set Sync closes it"),
        "{whys}"
    );
    let notes = read(tree.path(), "fix/FIX.md");
    assert!(
        notes.contains("Setup > Permission Sets > Sync > Manage Assignments")
            && notes.contains("--instead-of-renewal"),
        "{notes}"
    );
    let asked = run(&["--instead-of-renewal"]);
    assert!(asked.status != 2, "{}", asked.stderr);
    let set = read(tree.path(), SET);
    assert!(
        set.contains("Account.Segment__c") && set.contains("<object>Account<"),
        "{set}"
    );
}

#[test]
fn a_field_is_granted_with_its_object_though_a_renewal_would_open_that() {
    let mut org = live_org();
    org["users"][0]["assignments"][0]["expires_at"] = json!("2026-10-31T00:00:00Z");
    org["permission_sets"]["Sync"]["field_permissions"] = json!({});
    let tree = saved(&org);
    let args = [
        "fix",
        "--snapshot",
        "org.json",
        "--mappings",
        "mappings.csv",
        "-o",
        "fix",
        "--now",
        "2026-11-02T00:00:00Z",
    ];
    let run = permgap(tree.path(), &args);
    assert!(run.status != 2, "{}", run.stderr);
    let set = read(tree.path(), SET);
    assert!(
        set.contains("Account.Segment__c") && set.contains("<object>Account<"),
        "{set}"
    );
}

#[test]
fn what_is_not_known_is_said_first() {
    let tree = gaps().profile("HubSpot", &user_permissions(&SYSTEM));
    let args = [
        "--source-dir",
        "force-app",
        "--mappings",
        "mappings.csv",
        "--profile",
        "Hubspt",
    ];
    let run = permgap(tree.path(), &[&["fix", "-o", "fix"][..], &args].concat());
    assert!(run.stdout.contains("Not known"), "{}", run.stdout);
    assert!(
        run.stdout.contains("Hubspt") && run.stdout.contains("HubSpot"),
        "{}",
        run.stdout
    );
    assert!(
        !run.stdout.contains("There is nothing to fix"),
        "{}",
        run.stdout
    );
    assert!(read(tree.path(), "fix/FIX.md").contains("Not known of"));
    let known = over(&tree, "fix", &["-o", "other"]);
    assert!(!known.stdout.contains("Hubspt"), "{}", known.stdout);
}

#[test]
fn what_takes_no_object_permissions_gets_none_and_is_told() {
    let tree = gaps().mappings(&[
        ("Account", "Segment__c", "Two-way"),
        ("UserRole", "Name", "Two-way"),
        ("LeadStatus", "MasterLabel", "Two-way"),
        ("AccountShare", "RowCause", "Two-way"),
        ("Invoice__History", "Field", "Always use Salesforce"),
    ]);
    let run = fix(&tree, &[]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(
        names(&read(tree.path(), SET), "<object>"),
        ["Account"],
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("no permission set can grant it"),
        "{}",
        run.stdout
    );
}

#[test]
fn what_the_licence_leaves_out_is_left_out_and_the_rest_is_granted() {
    let mut org = live_org();
    org["users"][0]["license"] = json!("Salesforce Platform");
    let tree = saved(&org).mappings(&[
        ("Account", "Segment__c", "Two-way"),
        ("Contact", "Phone", "Two-way"),
        ("Lead", "Phone", "Two-way"),
    ]);
    let args = [
        "fix",
        "--snapshot",
        "org.json",
        "--mappings",
        "mappings.csv",
        "-o",
        "fix",
    ];
    let run = permgap(tree.path(), &args);
    assert_eq!(run.status, 1, "{}\n{}", run.stdout, run.stderr);
    let set = read(tree.path(), SET);
    assert!(
        set.contains("<object>Contact<") && !set.contains("Lead"),
        "{set}"
    );
    assert!(
        run.stdout
            .contains("a licence that covers Lead comes first"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_field_of_unknown_nature_is_granted_with_a_caution() {
    // The tree has no definition of it, but a set that lists it.
    let listed = "<label>Other</label><fieldPermissions><editable>false</editable><field>Case.Score__c</field>\
                  <readable>true</readable></fieldPermissions>";
    let tree = gaps()
        .metadata(
            "permissionsets/Other.permissionset-meta.xml",
            "PermissionSet",
            listed,
        )
        .mappings(&[
            ("Account", "Segment__c", "Two-way"),
            ("Case", "Score__c", "Two-way"),
        ]);
    let run = fix(&tree, &[]);
    let set = read(tree.path(), SET);
    assert!(set.contains("<field>Case.Score__c<"), "{set}");
    let caution = "Edit is granted on Case.Score__c, of which no definition was read";
    let page = read(tree.path(), "fix/FIX.md").replace('\\', "");
    assert!(page.contains(caution), "{page}");
    assert!(run.stdout.contains("Caution"), "{}", run.stdout);
    let sure = gaps().mappings(&[("Account", "Segment__c", "Two-way")]);
    let run = fix(&sure, &[]);
    assert!(!run.stdout.contains("Caution"), "{}", run.stdout);
}

#[test]
fn a_draft_of_a_sharing_rule_gives_what_its_finding_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let run = permgap(folder.path(), &["fix", "--demo", "-o", "fix"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let page = read(folder.path(), "fix/FIX.md");
    assert!(
        page.contains("share the records that sync (Read/Write)"),
        "{page}"
    );
    let draft = read(
        folder.path(),
        "fix/suggestions/sharingRules/Account.sharingRules-meta.xml",
    );
    assert!(draft.contains("<accessLevel>Edit<"), "{draft}");
    assert!(page.contains("group name HubSpot_Integration"), "{page}");
}
