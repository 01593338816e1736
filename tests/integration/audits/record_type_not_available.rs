use super::{SYSTEM, WHO, audit, sound, sound_but, sync_grants};
use crate::tree::{Tree, record_type_visibility};

const AUDIT: &str = "record-type-not-available";
const USES: &str = "[[sync.record-type]]\nobject = \"Account\"\nname = \"Partner\"\n";

fn tree(visible: bool, active: bool) -> Tree {
    let grants = sync_grants() + &record_type_visibility("Account.Partner", visible);
    sound_but(&SYSTEM, &grants)
        .record_type("Account", "Partner", active)
        .file("permgap.toml", USES)
}

#[test]
fn a_record_type_that_no_container_makes_visible() {
    let audited = audit(&tree(false, true), &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["type"], 10);
    assert_eq!(
        finding["salesforce_errors"][0],
        "INVALID_CROSS_REFERENCE_KEY"
    );
    assert_eq!(finding["fix"]["change"]["record_type"], "Partner");
}

#[test]
fn a_permission_set_alone_makes_it_available() {
    audit(&tree(true, true), &WHO).is_clean(AUDIT);
}

#[test]
fn an_inactive_record_type_is_available_to_nobody() {
    let audited = audit(&tree(true, false), &WHO);
    assert!(
        audited.finding(AUDIT)["title"]
            .as_str()
            .unwrap()
            .contains("is not active")
    );
}

#[test]
fn a_profile_without_a_file_leaves_it_open() {
    let who = ["--profile", "Elsewhere", "--permission-set", "Sync"];
    audit(&tree(false, true), &who).is_not_evaluated(AUDIT, "Account.Partner");
}

#[test]
fn nothing_declared_and_no_record_type_id_mapped_is_clean() {
    audit(&sound(), &WHO).is_clean(AUDIT);
}
