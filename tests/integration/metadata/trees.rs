//! Which files of which folders are read, and how several are put together.

use std::fs;

use permgap::snapshot::{Area, CoverageStatus, Name, Snapshot};

use super::tree::{Tree, collect, field_permission, object_permission, xml};

fn field(label: &str) -> String {
    xml(
        "CustomField",
        &format!("<label>{label}</label><type>Text</type>"),
    )
}

fn label(snapshot: &Snapshot, object: &str, field: &str) -> Option<String> {
    let object = snapshot.objects.get(&Name::new(object))?;
    object.fields.get(&Name::new(field))?.label.clone()
}

#[test]
fn both_formats_give_the_same_facts() {
    let field = "<label>Ex</label><required>true</required><type>Text</type>";
    let rule = "<active>true</active><errorConditionFormula>FALSE</errorConditionFormula>";
    let source = Tree::new(&[
        (
            "main/objects/A__c/A__c.object-meta.xml",
            xml("CustomObject", "<sharingModel>Read</sharingModel>"),
        ),
        (
            "main/objects/A__c/fields/X__c.field-meta.xml",
            xml("CustomField", field),
        ),
        (
            "other/deep/objects/A__c/validationRules/R.validationRule-meta.xml",
            xml("ValidationRule", rule),
        ),
    ]);
    let package = Tree::new(&[
        (
            "objects/A__c.object",
            xml(
                "CustomObject",
                &format!(
                    "<fields><fullName>X__c</fullName>{field}</fields><sharingModel>Read</sharingModel>\
                     <validationRules><fullName>R</fullName>{rule}</validationRules>"
                ),
            ),
        ),
        ("package.xml", xml("Package", "<version>66.0</version>")),
    ]);
    let without_places = |tree: &Tree| {
        let snapshot = tree.collect();
        assert_eq!(tree.problems(&snapshot), [""; 0]);
        let mut objects = snapshot.objects;
        for object in objects.values_mut() {
            object.at = None;
            object.fields.values_mut().for_each(|field| field.at = None);
            object
                .validation_rules
                .iter_mut()
                .for_each(|rule| rule.at = None);
        }
        objects
    };
    let objects = without_places(&source);
    assert_eq!(objects.len(), 1);
    assert_eq!(objects, without_places(&package));
}

#[test]
fn of_several_trees_the_later_definition_counts_and_entries_are_united() {
    let set = |field: &str| xml("PermissionSet", &field_permission(field, true, false));
    let rules = |level: &str| {
        xml(
            "SharingRules",
            &format!(
                "<sharingOwnerRules><fullName>R</fullName><accessLevel>{level}</accessLevel></sharingOwnerRules>"
            ),
        )
    };
    let first = Tree::new(&[
        ("objects/Account/fields/X__c.field-meta.xml", field("first")),
        ("objects/Account/fields/Y__c.field-meta.xml", field("first")),
        ("permissionsets/S.permissionset", set("Account.X__c")),
        ("sharingRules/Account.sharingRules", rules("Read")),
    ]);
    let second = Tree::new(&[
        (
            "objects/ACCOUNT/fields/x__C.field-meta.xml",
            field("second"),
        ),
        ("permissionsets/s.permissionset", set("Account.Y__c")),
        ("sharingRules/account.sharingRules", rules("Edit")),
    ]);
    let both = collect(&[&first.path(""), &second.path("")]).unwrap();
    assert_eq!(both.objects.len(), 1);
    assert_eq!(label(&both, "Account", "X__c").as_deref(), Some("second"));
    assert_eq!(label(&both, "Account", "Y__c").as_deref(), Some("first"));
    let set = both.permission_sets.get(&"S".into()).unwrap();
    assert_eq!(both.permission_sets.len(), 1);
    for name in ["X__c", "Y__c"] {
        assert_eq!(set.field(&"Account".into(), &name.into()).len(), 1);
    }
    let levels: Vec<_> = both
        .sharing_rules
        .iter()
        .map(|rule| rule.access_level.as_deref())
        .collect();
    assert_eq!(levels, [Some("Edit")]);
    let reversed = collect(&[&second.path(""), &first.path("")]).unwrap();
    assert_eq!(
        label(&reversed, "Account", "X__c").as_deref(),
        Some("first")
    );
    // The same folder twice is the same org.
    let twice = collect(&[&first.path(""), &first.path("")]).unwrap();
    assert_eq!(twice, first.collect());
}

#[test]
fn a_project_is_read_through_its_package_directories() {
    let tree = Tree::new(&[
        ("sfdx-project.json", "\u{FEFF}{\"packageDirectories\":[{\"path\":\"./app/\",\"default\":true},{\"path\":\"more\"}]}".to_owned()),
        ("app/objects/Account/fields/A__c.field-meta.xml", field("a")),
        ("more/objects/Account/fields/B__c.field-meta.xml", field("b")),
        ("unlisted/objects/Account/fields/C__c.field-meta.xml", field("c")),
    ]);
    let snapshot = tree.collect();
    assert_eq!(tree.problems(&snapshot), [""; 0]);
    assert!(label(&snapshot, "Account", "A__c").is_some());
    assert!(label(&snapshot, "Account", "B__c").is_some());
    assert!(label(&snapshot, "Account", "C__c").is_none());
    assert!(snapshot.coverage.is_read(Area::Fields));

    // A package directory that is not there is told, and what may be missing is not known.
    fs::remove_dir_all(tree.path("more")).unwrap();
    let snapshot = tree.collect();
    let problems = tree.problems(&snapshot);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].contains("sfdx-project.json:- its package directory `more`"),
        "{problems:?}"
    );
    assert_eq!(
        snapshot.coverage.status(Area::Fields),
        CoverageStatus::Partial
    );

    // A project file that cannot be used is told with its line, and everything is read.
    tree.add("sfdx-project.json", "{\n\"packageDirectories\": 7}");
    let snapshot = tree.collect();
    assert!(tree.problems(&snapshot)[0].contains("sfdx-project.json:2 "));
    assert!(label(&snapshot, "Account", "C__c").is_some());
}

#[test]
fn forceignore_excludes() {
    let tree = Tree::new(&[
        (
            ".forceignore",
            "# comment\n**/B__c.*\n**/profiles/**\n".to_owned(),
        ),
        (
            "sfdx-project.json",
            "{\"packageDirectories\":[{\"path\":\"app\"}]}".to_owned(),
        ),
        ("app/objects/Account/fields/A__c.field-meta.xml", field("a")),
        ("app/objects/Account/fields/B__c.field-meta.xml", field("b")),
        ("app/profiles/Admin.profile-meta.xml", "broken".to_owned()),
    ]);
    // It rules for the project, and for a folder of it.
    for folder in ["", "app"] {
        let snapshot = collect(&[&tree.path(folder)]).unwrap();
        assert!(snapshot.problems.is_empty());
        assert!(label(&snapshot, "Account", "A__c").is_some());
        assert!(label(&snapshot, "Account", "B__c").is_none());
    }
    tree.add(".forceignore", "app\n");
    let error = tree.try_collect().unwrap_err().to_string();
    assert!(error.contains(".forceignore"), "{error}");
}

#[test]
fn what_is_not_source_is_left_alone() {
    let tree = Tree::new(&[
        ("objects/Account/fields/A__c.field-meta.xml", field("a")),
        (
            "node_modules/p/objects/Account/fields/B__c.field-meta.xml",
            field("b"),
        ),
        (
            ".sfdx/objects/Account/fields/C__c.field-meta.xml",
            field("c"),
        ),
        (
            "objects/Account/fields/D__c.field-meta.xml.bak",
            "<".to_owned(),
        ),
        (
            "objects/Account/listViews/All.listView-meta.xml",
            "<".to_owned(),
        ),
    ]);
    let snapshot = tree.collect();
    assert!(snapshot.problems.is_empty());
    assert_eq!(snapshot.files.len(), 1);
}

#[test]
fn coverage_tells_what_a_tree_cannot() {
    let tree = Tree::new(&[(
        "profiles/A.profile",
        xml("Profile", &object_permission("Lead", &["allowRead"])),
    )]);
    let coverage = tree.collect().coverage;
    for (area, status) in [
        (Area::User, CoverageStatus::Absent),
        (Area::Assignments, CoverageStatus::Absent),
        (Area::Fields, CoverageStatus::Absent),
        (Area::Profiles, CoverageStatus::Partial),
        (Area::LoginPolicy, CoverageStatus::Partial),
    ] {
        assert_eq!(coverage.status(area), status, "{area:?}");
        assert!(coverage.reason(area).is_some(), "{area:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_loops_are_told() {
    use std::os::unix::fs::symlink;
    let tree = Tree::new(&[
        ("app/objects/Account/fields/A__c.field-meta.xml", field("a")),
        (
            "elsewhere/objects/Lead/fields/B__c.field-meta.xml",
            field("b"),
        ),
    ]);
    symlink("..", tree.path("app/loop")).unwrap();
    symlink("../elsewhere", tree.path("app/linked")).unwrap();
    symlink("../elsewhere", tree.path("app/again")).unwrap();
    symlink("nowhere", tree.path("app/Dead.profile")).unwrap();
    symlink("self", tree.path("app/self")).unwrap();
    let snapshot = collect(&[&tree.path("app")]).unwrap();
    assert!(label(&snapshot, "Account", "A__c").is_some());
    assert!(label(&snapshot, "Lead", "B__c").is_some());
    assert_eq!(snapshot.files.len(), 2);
    let problems = tree.problems(&snapshot);
    let about = |link: &str, words: &str| {
        let found = problems
            .iter()
            .find(|problem| problem.contains(&format!(" app/{link}:")));
        assert!(
            found.is_some_and(|problem| problem.contains(words)),
            "{link}: {problems:?}"
        );
    };
    about("loop", "leads back");
    about("Dead.profile", "cannot be followed");
    about("self", "cannot be followed");
    assert_eq!(problems.len(), 3);
}
