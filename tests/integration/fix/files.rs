//! The folder: what is refused, what is replaced, what is left alone.

use serde_json::Value;

use super::{SET, audit, fix, gaps, read};
use crate::audits::SYSTEM;
use crate::runner::permgap;
use crate::tree::{Tree, object_permissions, user_permissions};

fn all(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                found.push((path.display().to_string(), std::fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_same_input_gives_the_same_bytes_and_nothing_beside_the_folder() {
    let tree = gaps();
    fix(&tree, &[]);
    let once = all(tree.path());
    fix(&tree, &[]);
    assert_eq!(all(tree.path()), once);
}

#[test]
fn a_folder_of_something_else_is_left_alone_unless_forced() {
    let tree = gaps().file("fix/README.md", "mine");
    let run = fix(&tree, &[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("--force"), "{}", run.stderr);
    assert!(!tree.path().join(SET).exists());
    let run = fix(&tree, &["--force"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(read(tree.path(), "fix/README.md"), "mine");
    assert!(tree.path().join(SET).exists());
    let hidden = |name: &str| name.contains(".permgap-fix-");
    assert!(!all(tree.path()).iter().any(|(name, _)| hidden(name)));
}

#[test]
fn files_of_an_earlier_output_go_and_no_others() {
    let tree = gaps().file("outside.txt", "kept");
    fix(&tree, &["--name", "Old_Name"]);
    let old = SET.replace("HubSpot_Sync_Access", "Old_Name");
    assert!(tree.path().join(&old).exists());
    let list = read(tree.path(), "fix/.permgap-fix.json")
        .replace("\"FIX.md\"", "\"FIX.md\", \"../outside.txt\"");
    std::fs::write(tree.path().join("fix/.permgap-fix.json"), list).unwrap();
    fix(&tree, &[]);
    assert!(!tree.path().join(old).exists() && tree.path().join(SET).exists());
    assert_eq!(read(tree.path(), "outside.txt"), "kept");
}

#[test]
fn a_file_that_somebody_put_into_an_earlier_output_is_left_alone_unless_forced() {
    let tree = gaps();
    fix(&tree, &[]);
    let theirs = SET.replace("HubSpot_Sync_Access", "Theirs");
    let tree = tree.file(&theirs, "mine");
    let run = fix(&tree, &["--name", "Theirs"]);
    assert_eq!(run.status, 2, "{}", run.stdout);
    assert!(
        run.stderr.contains("Theirs.permissionset") && run.stderr.contains("--force"),
        "{}",
        run.stderr
    );
    assert_eq!(read(tree.path(), &theirs), "mine");
    assert!(tree.path().join(SET).exists());
    assert_eq!(fix(&tree, &["--name", "Theirs", "--force"]).status, 1);
    assert!(read(tree.path(), &theirs).contains("<PermissionSet"));
}

#[test]
fn names_that_would_harm_are_refused() {
    let tree = gaps();
    for (name, says) in [
        ("Sync", "already has a permission set Sync"),
        ("9lives", "begins with a letter"),
        ("a/b", "API name"),
    ] {
        let run = fix(&tree, &["--name", name]);
        assert_eq!(run.status, 2, "{name}");
        assert!(run.stderr.contains(says), "{}", run.stderr);
        assert!(!tree.path().join("fix").exists());
    }
    for label in ["", &"x".repeat(81)] {
        let run = fix(&tree, &["--label", label]);
        assert_eq!(run.status, 2, "{label}");
        assert!(run.stderr.contains("80 characters"), "{}", run.stderr);
        assert!(!tree.path().join("fix").exists());
    }
    let run = fix(&tree, &["--label", "one\ntwo"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("on one line"), "{}", run.stderr);
    let run = fix(&tree, &["--label", "A & <B>"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(read(tree.path(), SET).contains("<label>A &amp; &lt;B&gt;</label>"));
}

#[test]
fn notes_and_drafts_do_what_the_findings_of_the_demo_tell() {
    let folder = tempfile::tempdir().unwrap();
    let run = permgap(folder.path(), &["fix", "--demo", "-o", "fix"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let notes = read(folder.path(), "fix/FIX.md");
    assert!(
        notes.contains("--sobject UserLogin") && notes.contains("IsFrozen=false"),
        "{notes}"
    );
    assert!(!notes.contains("IsActive"), "{notes}");
    let rule = "fix/suggestions/objects/Opportunity/validationRules/Closed_Lost_Needs_Reason.validationRule-meta.xml";
    assert!(read(folder.path(), rule).contains("NOT($Permission.Skip_Validation_Rules)"));
    assert!(
        !folder
            .path()
            .join("fix/suggestions/customPermissions")
            .exists()
    );
    // Salesforce has no sharing rules for activities, and demands more of those for accounts.
    let rules = folder.path().join("fix/suggestions/sharingRules");
    assert!(!rules.join("Task.sharingRules-meta.xml").exists());
    let account = std::fs::read_to_string(rules.join("Account.sharingRules-meta.xml")).unwrap();
    assert!(
        account.contains("<accountSettings>")
            && account.find("<accountSettings>") < account.find("<label>"),
        "{account}"
    );
}

#[test]
fn settings_and_events_have_nothing_to_grant() {
    let tree = Tree::new()
        .profile("HubSpot", &user_permissions(&SYSTEM))
        .permission_set("Sync", &object_permissions("Account", "rce"))
        .mappings(&[
            ("Rate__mdt", "Value__c", "Two-way"),
            ("Ping__e", "Text__c", "Two-way"),
        ]);
    let report = audit(&tree, &[]);
    let findings = report["findings"].as_array().unwrap();
    for object in ["Rate__mdt", "Ping__e"] {
        let finding = findings
            .iter()
            .find(|finding| finding["object"] == object)
            .unwrap();
        let summary = finding["fix"]["summary"].as_str().unwrap();
        assert!(
            summary.starts_with(&format!("Take {object} out of the mappings")),
            "{summary}"
        );
        assert_eq!(finding["fix"]["change"], Value::Null);
    }
    let run = fix(&tree, &[]);
    assert!(!tree.path().join(SET).exists(), "{}", run.stdout);
}
