//! `permgap.toml` beside flags.

use crate::audits::{audit, sound};
use crate::runner::permgap;

#[test]
fn each_flag_of_the_user_wins_over_its_own_key_only() {
    let tree = sound().file(
        "permgap.toml",
        "profile = \"HubSpot\"\npermission-set = \"Lost\"\n",
    );
    let audited = audit(&tree, &["--permission-set", "Sync"]);
    assert_eq!(audited.run.status, 0, "{:#}", audited.report);
    assert_eq!(audited.report["user"]["profile"], "HubSpot");
    assert_eq!(
        audited.report["user"]["permission_sets"],
        serde_json::json!(["Sync"])
    );
}

#[test]
fn an_intended_gap_for_an_audit_that_does_not_exist_is_an_error() {
    let gap = "[[intended-gap]]\nobject = \"Account\"\naudit = \"field-not-redable\"\nreason = \"x\"\nuntil = 2999-12-31\n";
    let tree = sound().file("permgap.toml", gap);
    let run = permgap(tree.path(), &["audit", "--source-dir", "force-app"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("intended gap on Account") && run.stderr.contains("field-not-readable"),
        "{}",
        run.stderr
    );
}
