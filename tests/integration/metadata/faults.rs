//! Bad input: each costs its own facts only, lowers coverage and is told with file and line.

use std::fs::{self, File};

use permgap::snapshot::{Area, CoverageStatus};
use proptest::prelude::*;

use super::tree::{Tree, collect, field_permission, xml};

/// The problem that `content` of a permission set's file makes beside a good one, which must not suffer.
fn problem_of(content: impl AsRef<[u8]>) -> String {
    let good = xml(
        "PermissionSet",
        &field_permission("Account.Site", true, true),
    );
    let tree = Tree::new(&[("permissionsets/Good.permissionset", good)]);
    tree.add("permissionsets/Bad.permissionset", content);
    let snapshot = tree.collect();
    let good = snapshot.permission_sets.get(&"Good".into()).unwrap();
    assert_eq!(good.field(&"Account".into(), &"Site".into()).len(), 1);
    assert!(!good.incomplete);
    // The bad one exists, and what it grants is not known.
    assert!(
        snapshot
            .permission_sets
            .get(&"Bad".into())
            .unwrap()
            .incomplete
    );
    assert_eq!(
        snapshot.coverage.status(Area::PermissionSets),
        CoverageStatus::Partial
    );
    let mut problems = tree.problems(&snapshot);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn a_file_that_cannot_be_used_costs_its_own_facts_only() {
    let latin = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PermissionSet>\n<label>caf\xE9</label></PermissionSet>";
    let deep = format!("<PermissionSet>{}", "<a>".repeat(200_000));
    for (content, line, words) in [
        (&b""[..], "-", "the file is empty"),
        (b"\n<PermissionSet>\n<label>x</lable>\n</PermissionSet>", "3", "expected `</label>`"),
        (b"<PermissionSet>\n<label>x</label>\n", "2", "cut off"),
        (b"<Profile/>", "1", "root element is `<Profile>`"),
        (b"<PermissionSet>\n<<<<<<< HEAD\n</PermissionSet>", "2", "merge conflict"),
        (b"<PermissionSet>\n<label>&nbsp;</label></PermissionSet>", "2", "stands for nothing"),
        (b"<!DOCTYPE a [<!ENTITY b \"c\">]>\n<PermissionSet/>", "1", "DOCTYPE"),
        (b"<PermissionSet>\n<hasActivationRequired>maybe</hasActivationRequired></PermissionSet>", "2", "`maybe`"),
        (b"version https://git-lfs.example/spec/v1\n", "1", "not XML"),
        (latin, "3", "saved as Latin-1"),
        (deep.as_bytes(), "1", "cut off"),
        (&[0; 1000], "1", "not XML"),
    ] {
        let problem = problem_of(content);
        let start = format!("permission-sets permissionsets/Bad.permissionset:{line} ");
        assert!(problem.starts_with(&start), "{words}: {problem}");
        assert!(problem.contains(words), "{words}: {problem}");
        assert!(problem.contains("retrieve it again"), "{problem}");
    }
}

#[test]
fn a_latin_1_file_that_says_so_is_read() {
    let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<PermissionSet><label>caf\xE9</label></PermissionSet>";
    let tree = Tree::new(&[("permissionsets/A.permissionset", latin)]);
    let snapshot = tree.collect();
    assert!(snapshot.problems.is_empty());
    let set = snapshot.permission_sets.get(&"A".into()).unwrap();
    assert_eq!(set.label.as_deref(), Some("café"));
}

#[test]
fn a_huge_file_is_refused_without_reading_it() {
    let good = xml("Profile", "");
    let tree = Tree::new(&[
        ("profiles/Good.profile", good),
        ("profiles/Noise.profile", String::new()),
    ]);
    File::options()
        .write(true)
        .open(tree.path("profiles/Noise.profile"))
        .unwrap()
        .set_len(200 * 1024 * 1024)
        .unwrap();
    let snapshot = tree.collect();
    let problems = tree.problems(&snapshot);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with("profiles profiles/Noise.profile:- the file has 200 MiB"),
        "{problems:?}"
    );
    assert!(snapshot.profiles.get(&"Noise".into()).unwrap().incomplete);
    assert!(!snapshot.profiles.get(&"Good".into()).unwrap().incomplete);
}

#[test]
fn huge_project_files_are_refused() {
    let tree = Tree::new(&[("profiles/Good.profile", xml("Profile", ""))]);
    for name in ["sfdx-project.json", ".forceignore"] {
        let file = File::create(tree.path(name)).unwrap();
        file.set_len(1024 * 1024 * 1024).unwrap();
    }
    let snapshot = tree.collect();
    assert_eq!(snapshot.problems.len(), 2);
    assert!(
        snapshot
            .problems
            .iter()
            .all(|problem| problem.message.contains("more than 1 MiB"))
    );
    assert_eq!(snapshot.profiles.len(), 1);
}

#[test]
fn a_wrong_entry_costs_itself_only() {
    let body = [
        field_permission("Account.Site", true, true),
        field_permission("NoDot", true, true),
        "<fieldPermissions><field>Account.Fax</field><readable>yes</readable></fieldPermissions>"
            .to_owned(),
        "<objectPermissions><allowRead>true</allowRead></objectPermissions>".to_owned(),
    ]
    .join("\n");
    let tree = Tree::new(&[(
        "permissionsets/A.permissionset",
        xml("PermissionSet", &body),
    )]);
    let snapshot = tree.collect();
    let lines: Vec<_> = snapshot
        .problems
        .iter()
        .map(|problem| problem.line)
        .collect();
    assert_eq!(lines, [Some(4), Some(5), Some(6)]);
    let set = snapshot.permission_sets.get(&"A".into()).unwrap();
    assert!(set.incomplete);
    assert_eq!(set.field(&"Account".into(), &"Site".into()).len(), 1);
    assert!(set.field(&"Account".into(), &"Fax".into()).is_empty());
}

#[test]
fn a_file_wrong_throughout_is_told_in_few_lines() {
    let wrong = format!("{}\n", field_permission("NoDot", true, true));
    let tree = Tree::new(&[(
        "permissionsets/A.permissionset",
        xml("PermissionSet", &wrong.repeat(50_000)),
    )]);
    let snapshot = tree.collect();
    assert!(snapshot.problems.len() < 50);
    let told = |problem: &str| problem.contains("49980 more entries");
    assert!(tree.problems(&snapshot).iter().any(|problem| told(problem)));
    assert!(
        snapshot
            .permission_sets
            .get(&"A".into())
            .unwrap()
            .incomplete
    );
}

#[test]
fn broken_definitions_are_not_taken_for_absent_ones() {
    let tree = Tree::new(&[
        (
            "objects/A__c/fields/X__c.field-meta.xml",
            xml("CustomField", "<required>yes</required>"),
        ),
        (
            "objects/A__c/fields/Y__c.field-meta.xml",
            "<CustomField>".to_owned(),
        ),
        ("objects/B__c.object", "<CustomObject>".to_owned()),
        (
            "objects/A__c/recordTypes/R.recordType-meta.xml",
            xml("RecordType", "<active/>"),
        ),
        ("permissionsetgroups/G.permissionsetgroup", "<".to_owned()),
        ("triggers/T.trigger", "class T {}".to_owned()),
        ("X__c.field-meta.xml", xml("CustomField", "")),
    ]);
    let snapshot = tree.collect();
    let a = snapshot.objects.get(&"A__c".into()).unwrap();
    for field in ["X__c", "Y__c"] {
        assert!(a.fields.get(&field.into()).unwrap().incomplete, "{field}");
    }
    assert!(snapshot.objects.get(&"B__c".into()).unwrap().incomplete);
    assert!(
        snapshot
            .permission_set_groups
            .get(&"G".into())
            .unwrap()
            .incomplete
    );
    assert_eq!(snapshot.apex[0].object, None);
    for area in [
        Area::Fields,
        Area::Objects,
        Area::RecordTypes,
        Area::ValidationRules,
        Area::PermissionSetGroups,
        Area::Apex,
    ] {
        assert_eq!(
            snapshot.coverage.status(area),
            CoverageStatus::Partial,
            "{area:?}"
        );
    }
    assert_eq!(snapshot.problems.len(), 7, "{:?}", snapshot.problems);
}

#[test]
fn folders_that_are_none_are_refused_with_the_next_step() {
    let tree = Tree::new(&[
        ("README.md", "hello"),
        ("objects/Account.object", "<CustomObject/>"),
    ]);
    fs::create_dir(tree.path("empty")).unwrap();
    for (path, words) in [
        ("no/such", "does not exist: check the spelling"),
        ("README.md", "is a file, and a metadata tree is a folder"),
        ("empty", "no Salesforce metadata in"),
    ] {
        let error = collect(&[&tree.path(path)]).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(error.contains(path), "{error}");
        // One bad folder beside a good one is an error too.
        assert!(collect(&[&tree.path("objects"), &tree.path(path)]).is_err());
    }
    assert!(
        collect(&[])
            .unwrap_err()
            .to_string()
            .contains("at least one")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_damage_panics(at in 0_usize..700, bytes in proptest::collection::vec(any::<u8>(), 0..4), cut in 0_usize..8) {
        let body = format!(
            "<hasActivationRequired>false</hasActivationRequired>{}<label>&amp;<![CDATA[x]]></label><!-- c -->",
            field_permission("Account.Site", true, true)
        );
        let files = [
            ("a/A.permissionset", xml("PermissionSet", &body)),
            ("a/A.object", xml("CustomObject", "<fields><fullName>X__c</fullName><length>8</length></fields>")),
            ("a/A.flow", xml("Flow", "<start><object>Lead</object></start>")),
            ("a/A.sharingRules", xml("SharingRules", "<sharingOwnerRules><fullName>x</fullName></sharingOwnerRules>")),
            ("a/A.trigger", "// x\ntrigger A on Lead (before insert) {}".to_owned()),
            ("sfdx-project.json", "{\"packageDirectories\":[{\"path\":\"a\"}]}".to_owned()),
        ]
        .map(|(path, text)| {
            let mut content = text.into_bytes();
            let start = at.min(content.len());
            let end = (start + cut).min(content.len());
            content.splice(start..end, bytes.iter().copied());
            (path, content)
        });
        let _ = Tree::new(&files).try_collect();
    }
}
