use super::super::grants::Reason;
use super::*;
use crate::snapshot::ObjectRight;

const FILE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!-- owned by sales -->
<PermissionSet xmlns=\"http://soap.sforce.com/2006/04/metadata\">
  <fieldPermissions>
    <editable>false</editable>
    <field>Account.B__c</field> <!-- read only, for now -->
    <readable>true</readable>
  </fieldPermissions> <!-- end of B -->
  <!-- the segment -->
  <fieldPermissions>
    <editable>true</editable>
    <field>Account.S__c</field>
    <readable>true</readable>
  </fieldPermissions>
  <label>Sync &amp; more</label>
</PermissionSet>
";

fn original(text: &str) -> Original {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Sync.permissionset-meta.xml");
    std::fs::write(&path, text).unwrap();
    Original::read(&path).unwrap()
}

fn grants() -> Grants {
    let mut grants = Grants::default();
    let reason = Reason::Needed("x".into());
    for (field, edit) in [
        ("A__c", true),
        ("B__c", true),
        ("C__c", false),
        ("D__c", false),
    ] {
        grants.field(&"Account".into(), &field.into(), edit, &reason);
    }
    grants.object(&"Account".into(), ObjectRight::Edit, &reason);
    grants
}

#[test]
fn entries_go_to_their_places_and_nothing_else_changes() {
    let file = original(FILE);
    assert_eq!(
        (file.name.as_str(), file.label.as_str()),
        ("Sync", "Sync & more")
    );
    insta::assert_snapshot!(extended(&file, &grants(), "66.0").unwrap());
}

#[test]
fn nothing_to_add_gives_the_same_bytes_and_adding_twice_adds_once() {
    for text in [
        FILE.to_owned(),
        FILE.replace('\n', "\r\n"),
        format!("\u{feff}{FILE}"),
    ] {
        let file = original(&text);
        assert_eq!(extended(&file, &Grants::default(), "66.0").unwrap(), text);
        let once = extended(&file, &grants(), "66.0").unwrap();
        assert_ne!(once, text);
        assert_eq!(once.matches("\r\n").count() > 0, text.contains('\r'));
        let twice = extended(&original(&once), &grants(), "66.0").unwrap();
        assert_eq!(twice, once);
    }
}

#[test]
fn a_file_of_one_line_stays_one() {
    let text = "<PermissionSet xmlns=\"http://soap.sforce.com/2006/04/metadata\"><label>L</label></PermissionSet>";
    let new = extended(&original(text), &grants(), "66.0").unwrap();
    assert_eq!(new.lines().count(), 1);
    assert!(
        new.contains("</fieldPermissions><label>L</label><objectPermissions>"),
        "{new}"
    );
}

#[test]
fn what_is_no_permission_set_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, says) in [
        ("A.xml", FILE, "not named as a permission set"),
        ("A.profile-meta.xml", FILE, "it is a profile"),
        (
            "A.permissionset",
            "\n<Profile></Profile>",
            "A.permissionset:2: the root element",
        ),
        ("A.permissionset", "<PermissionSet><label>", "cut off"),
        ("A.permissionset", "", "cut off"),
        ("A.permissionset", "<PermissionSet></Other>", "not XML"),
        (
            "A.permissionset",
            "<!DOCTYPE x><PermissionSet></PermissionSet>",
            "DOCTYPE",
        ),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let error = Original::read(&path).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn an_entry_that_changes_is_completed_in_order_and_others_stay() {
    let entry = |object: &str| {
        format!(
            "    <objectPermissions>\n        <allowRead>true</allowRead>\n        <object>{object}</object>\n    \
             </objectPermissions>\n"
        )
    };
    let text = format!(
        "<PermissionSet>\n{}{}</PermissionSet>\n",
        entry("Account"),
        entry("Lead")
    );
    let mut grants = Grants::default();
    let reason = Reason::Needed("x".into());
    grants.object(&"Account".into(), ObjectRight::Edit, &reason);
    grants.object(&"Lead".into(), ObjectRight::Read, &reason);
    let new = extended(&original(&text), &grants, "66.0").unwrap();
    assert!(new.contains(&entry("Lead")), "{new}");
    let names: Vec<&str> = (new.lines().skip(2))
        .map_while(|line| line.trim().strip_prefix('<')?.split_once("</"))
        .map(|(leaf, _)| leaf)
        .collect();
    assert_eq!(
        names,
        [
            "allowCreate>false",
            "allowDelete>false",
            "allowEdit>true",
            "allowRead>true",
            "modifyAllRecords>false",
            "object>Account",
            "viewAllFields>false",
            "viewAllRecords>false"
        ]
    );
}
