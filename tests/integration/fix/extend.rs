//! `--extend`: an existing permission set with more in it.

use super::{after, audit, fingerprints, fix, gaps, read};
use crate::tree::object_permissions;

const FILE: &str = "force-app/main/default/permissionsets/Sync.permissionset-meta.xml";
const EXTENDED: &str = "fix/force-app/main/default/permissionsets/Sync.permissionset-meta.xml";

#[test]
fn an_assigned_set_is_extended_with_comments_kept() {
    let tree = gaps();
    let commented =
        read(tree.path(), FILE).replace("<label>", "<!-- by the sales team -->\n  <label>");
    let tree = tree.file(FILE, &commented);
    let run = fix(
        &tree,
        &["--extend", FILE, "--allow-unsafe", "--format", "json"],
    );
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    let set = &run.json()["permission_sets"][0];
    assert_eq!(
        (&set["name"], &set["assign"]),
        (&"Sync".into(), &false.into())
    );
    let new = read(tree.path(), EXTENDED);
    // Every line of the old file is there, in its order, but for the flags that turned.
    let mut lines = new.lines();
    for line in commented
        .lines()
        .filter(|line| !line.contains("Permissions>"))
    {
        assert!(lines.any(|other| other == line), "{line}\n{new}");
    }
    let report = audit(&tree, &["--overlay", "fix"]);
    assert!(fingerprints(&report, "findings").is_empty(), "{report:#}");
    assert!(!read(tree.path(), "fix/FIX.md").contains("## 2. Assign"));
    assert!(read(tree.path(), "fix/FIX.md").contains("replaces a permission set as a whole"));
}

#[test]
fn a_file_that_is_behind_the_org_is_refused() {
    let tree = gaps().permission_set("Sync", &object_permissions("Lead", "r")).file(
        "old/Sync.permissionset",
        "<PermissionSet xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n<label>Sync</label>\n</PermissionSet>\n",
    );
    let run = fix(&tree, &["--extend", "old/Sync.permissionset"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("would revoke") && run.stderr.contains("Read on Lead"),
        "{}",
        run.stderr
    );
    assert!(!tree.path().join("fix").exists());
}

#[test]
fn a_set_that_is_not_assigned_is_assigned() {
    let file = "force-app/main/default/permissionsets/HubSpot_Sync_Access.permissionset-meta.xml";
    let tree = gaps().permission_set("HubSpot_Sync_Access", "");
    let run = fix(&tree, &["--extend", file]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(read(tree.path(), "fix/FIX.md").contains("--name HubSpot_Sync_Access"));
    assert_eq!(after(&tree)["summary"]["high"], 0);
}

#[test]
fn what_is_no_permission_set_of_the_orgs_own_is_refused_with_a_hint() {
    let set = "<PermissionSet xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n<label>S</label>\n</PermissionSet>\n";
    let tree = gaps()
        .file("x/G.permissionsetgroup-meta.xml", "<PermissionSetGroup/>")
        .file("x/M.mutingpermissionset", "<MutingPermissionSet/>")
        .file("x/Admin.profile", "<Profile/>")
        .file("x/pkg__Sync.permissionset", set)
        .file("x/Cut.permissionset", "<PermissionSet>\n<label>S")
        .file(
            "x/Latin.permissionset",
            b"<PermissionSet><label>\xe9</label></PermissionSet>",
        );
    for (file, says) in [
        (
            "G.permissionsetgroup-meta.xml",
            "it is a permission set group",
        ),
        ("M.mutingpermissionset", "it is a muting permission set"),
        ("Admin.profile", "it is a profile"),
        ("pkg__Sync.permissionset", "managed package"),
        ("Cut.permissionset", "cut off"),
        ("Latin.permissionset", "not UTF-8"),
    ] {
        let run = fix(&tree, &["--extend", &format!("x/{file}")]);
        assert_eq!(run.status, 2, "{file}: {}", run.stdout);
        assert!(run.stderr.contains(says), "{file}: {}", run.stderr);
        assert!(!tree.path().join("fix").exists());
    }
}

#[test]
fn a_set_that_grants_nothing_is_not_extended() {
    let session = "<hasActivationRequired>true</hasActivationRequired>";
    let tree = gaps().permission_set("Sync", session);
    let run = fix(&tree, &["--extend", FILE]);
    assert_eq!(run.status, 2, "{}", run.stdout);
    assert!(
        run.stderr.contains("session-based") && run.stderr.contains("leave --extend out"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("please report"), "{}", run.stderr);
}

#[test]
fn the_licence_of_a_set_is_told() {
    let tree = gaps().permission_set("Sync", "<license>Identity</license>");
    let run = fix(&tree, &["--extend", FILE]);
    assert!(run.status != 2, "{}", run.stderr);
    let notes = read(tree.path(), "fix/FIX.md");
    assert!(
        notes.contains("Sync carries the licence Identity"),
        "{notes}"
    );
}
