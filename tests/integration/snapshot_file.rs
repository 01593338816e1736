//! Snapshots saved and loaded.

use std::io::Write as _;
use std::path::Path;

use flate2::{Compression, GzBuilder};
use proptest::prelude::*;

use permgap::snapshot::store::{SIZE_LIMIT, StoreError, load, read, save, write};
use permgap::snapshot::{
    Area, ContainerKind, CoverageStatus, FieldPermissions, ObjectPermissions, ObjectRight,
    ObjectRights, PermissionSet, Place, SObject, Snapshot,
};

fn snapshot() -> Snapshot {
    let at = Some(Place { file: 0, line: 7 });
    let mut set = PermissionSet::new(ContainerKind::PermissionSet, "HubSpot".into());
    set.object_permissions.push(ObjectPermissions {
        object: "Account".into(),
        rights: ObjectRights::NONE.with(ObjectRight::Read),
        at,
    });
    let fields = ["Industry", "Site"].map(|field| FieldPermissions {
        field: field.into(),
        read: true,
        edit: false,
        at,
    });
    set.field_permissions
        .insert("Account".into(), fields.into());
    let mut snapshot = Snapshot::default();
    snapshot.files.push("a/HubSpot.permissionset".to_owned());
    snapshot.permission_sets.insert(set.name.clone(), set);
    let account = SObject::new("Account".into());
    snapshot.objects.insert(account.name.clone(), account);
    snapshot
        .coverage
        .set(Area::PermissionSets, CoverageStatus::Read, None);
    snapshot
}

fn text() -> String {
    let mut bytes = Vec::new();
    write(&snapshot(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn read_bytes(bytes: &[u8]) -> Result<Snapshot, StoreError> {
    read(bytes, "s.json", SIZE_LIMIT)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_is_saved_is_loaded_and_gives_the_same_bytes_each_time() {
    let folder = tempfile::tempdir().unwrap();
    for (name, magic) in [("a.json", b"{\""), ("a.json.gz", b"\x1F\x8B")] {
        let path = folder.path().join(name);
        save(&snapshot(), &path).unwrap();
        let first = std::fs::read(&path).unwrap();
        assert!(first.starts_with(magic), "{name}");
        assert_eq!(load(&path).unwrap(), snapshot());
        save(&load(&path).unwrap(), &path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), first);
        // The name does not matter for loading.
        let other = folder.path().join("other");
        std::fs::rename(&path, &other).unwrap();
        assert_eq!(load(&other).unwrap(), snapshot());
    }
    assert!(text().starts_with("{\"schema\":\"permgap.snapshot/1\","));
}

#[test]
fn each_thing_that_is_no_snapshot_is_told_apart() {
    let text = text();
    let newer = text.replacen("snapshot/1", "snapshot/2", 1);
    let cut = text.get(..text.len() / 2).unwrap();
    let report = r#"{"schema":"permgap.report/1","findings":[]}"#;
    for (bytes, words) in [
        ("", "is empty"),
        (
            "{}",
            "s.json:1: this is not a snapshot: it names no `schema`",
        ),
        (
            "[1]",
            "s.json:1: this is not a snapshot: it names no `schema`",
        ),
        ("7", "it names no `schema`"),
        ("{\"schema\":1}", "its `schema` is `1`"),
        (report, "its `schema` is `permgap.report/1`"),
        ("{\"schema\":\"permgap.snapshot/x\"}", "its `schema` is"),
        (
            "\n\nname;value",
            "s.json:3: this is not a snapshot: it is not JSON",
        ),
        (cut, "s.json:1: the snapshot is cut off"),
        (&newer, "has the format `permgap.snapshot/2`"),
        (&newer, "reads up to `permgap.snapshot/1`: upgrade permgap"),
        (
            "{\"schema\":\"permgap.snapshot/1\",\n\"org\":{},\"coverage\":{},\n\"files\":7}",
            "s.json:3: the snapshot holds something that it cannot",
        ),
        (&format!("{text}{text}"), "s.json:2: this is not a snapshot"),
    ] {
        let error = read_bytes(bytes.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
    let missing = load(Path::new("no-such.json")).unwrap_err().to_string();
    assert!(
        missing.contains("`no-such.json` does not exist"),
        "{missing}"
    );
}

#[test]
fn what_a_later_version_of_the_format_adds_is_passed_over() {
    let text = text().replacen(
        "\"org\":{",
        "\"added\":[{\"x\":1}],\"org\":{\"added\":{},",
        1,
    );
    assert!(text.contains("added"));
    assert_eq!(read_bytes(text.as_bytes()).unwrap(), snapshot());
}

#[test]
fn a_collected_org_comes_back_whole() {
    use crate::metadata::tree::{Tree, field_permission, xml};
    let picklist = "<fullName>P__c</fullName><type>Picklist</type><valueSet><valueSetDefinition><value>\
        <fullName>\u{e9} \\ \"</fullName></value></valueSetDefinition></valueSet>";
    let odd = "<fullName>O__c</fullName><type>Novel</type><formula>\t1\n</formula>";
    let object = format!(
        "<fields>{picklist}</fields><fields>{odd}</fields><nameField><type>Text</type></nameField>\
         <validationRules><fullName>R</fullName></validationRules>\
         <recordTypes><fullName>T</fullName><picklistValues><picklist>P__c</picklist><values><fullName>a</fullName>\
         </values></picklistValues></recordTypes>"
    );
    let tree = Tree::new(&[
        ("A__c.object", xml("CustomObject", &object)),
        (
            "P.profile",
            xml(
                "Profile",
                "<loginHours><mondayEnd>1</mondayEnd></loginHours>",
            ),
        ),
        (
            "S.permissionset",
            xml("PermissionSet", &field_permission("A__c.P__c", true, false)),
        ),
        (
            "M.mutingpermissionset",
            xml("MutingPermissionSet", "<label>m</label>"),
        ),
        (
            "G.permissionsetgroup",
            xml("PermissionSetGroup", "<permissionSets>S</permissionSets>"),
        ),
        (
            "F.flow",
            xml("Flow", "<start><object>A__c</object></start>"),
        ),
        (
            "V.globalValueSet",
            xml(
                "GlobalValueSet",
                "<customValue><fullName>v</fullName></customValue>",
            ),
        ),
        (
            "C.customPermission",
            xml("CustomPermission", "<label>c</label>"),
        ),
        (
            "T.trigger",
            "trigger T on A__c (before insert) {}".to_owned(),
        ),
        (
            "A__c.sharingRules",
            xml(
                "SharingRules",
                "<sharingOwnerRules><fullName>x</fullName><sharedTo><role>r</role></sharedTo></sharingOwnerRules>",
            ),
        ),
        ("Broken.profile", String::new()),
    ]);
    let collected = tree.collect();
    assert_eq!(collected.problems.len(), 1);
    let path = tree.path("saved.json.gz");
    save(&collected, &path).unwrap();
    assert_eq!(load(&path).unwrap(), collected);
}

#[test]
fn damaged_compression_is_told() {
    let whole = gzip(text().as_bytes());
    assert_eq!(read_bytes(&whole).unwrap(), snapshot());
    let error = read_bytes(b"\x1F\x8B\x07").unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    let cut = whole.get(..whole.len() - 9).unwrap();
    let error = read_bytes(cut).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    let mut wrong = whole.clone();
    let checksum = whole.len() - 6;
    wrong[checksum] ^= 0xFF;
    let error = read_bytes(&wrong).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[test]
fn little_that_unpacks_to_much_is_refused() {
    let blank = " ".repeat(1_000_000);
    let bomb = gzip(blank.as_bytes());
    assert!(bomb.len() < 10_000);
    let error = read(bomb.as_slice(), "b.gz", 100_000).unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { limit: 100_000, .. }));
    let tiny = read(&b"{}"[..], "t", 1).unwrap_err();
    assert!(matches!(tiny, StoreError::TooLarge { .. }), "{tiny}");
    let text = text();
    let exact = u64::try_from(text.len()).unwrap();
    assert!(read(text.as_bytes(), "s.json", exact).is_ok());
    assert!(read(text.as_bytes(), "s.json", exact - 1).is_err());
}

#[test]
fn edited_files_are_brought_into_order() {
    let text = text();
    // Fields out of order, a name in two spellings, the schema last, a byte order mark.
    let text = text.replace("\"Industry\"", "\"Zone\"");
    let text = text.replacen("{\"schema\":\"permgap.snapshot/1\",", "\u{FEFF}{", 1);
    let text = text.replacen(
        "\"objects\":{",
        "\"objects\":{\"ACCOUNT\":{\"name\":\"Other\",\"label\":\"first\"},",
        1,
    );
    let end = text.trim_end().len() - 1;
    let text = format!(
        "{},\"schema\":\"permgap.snapshot/1\"}}",
        text.get(..end).unwrap()
    );
    let loaded = read_bytes(text.as_bytes()).unwrap();
    let set = loaded.permission_sets.get(&"hubspot".into()).unwrap();
    for field in ["site", "zone"] {
        assert_eq!(set.field(&"account".into(), &field.into()).len(), 1);
    }
    assert_eq!(loaded.objects.len(), 1);
    let account = loaded.objects.get(&"account".into()).unwrap();
    assert_eq!(account.name, "Account".into());
    assert_eq!(account.label, None);
    assert_eq!(loaded.file(Place { file: 9, line: 1 }), None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(bytes.as_slice(), "x", 1000);
        let _ = read(gzip(&bytes).as_slice(), "x", 1000);
    }

    #[test]
    fn no_change_of_a_byte_panics(at in 0_usize..400, byte in any::<u8>()) {
        let mut bytes = text().into_bytes();
        if let Some(slot) = bytes.get_mut(at) {
            *slot = byte;
        }
        let _ = read_bytes(&bytes);
        let mut bytes = gzip(text().as_bytes());
        if let Some(slot) = bytes.get_mut(at) {
            *slot = byte;
        }
        let _ = read_bytes(&bytes);
    }
}
