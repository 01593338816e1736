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

#[test]
fn the_time_and_the_source_can_stand_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("permgap.toml");
    let audit = |settings: &str, flags: &[&str]| {
        std::fs::write(&file, settings).unwrap();
        permgap(
            folder.path(),
            &[&["audit", "--format", "json"], flags].concat(),
        )
    };
    let settings = "demo = true\nnow = \"2027-01-31T08:00:00Z\"\n";
    let run = audit(settings, &[]);
    assert_eq!(run.json()["org"]["source"], "demo");
    assert_eq!(run.json()["generated_at"], "2027-01-31T08:00:00Z");
    let run = audit(settings, &["--now", "2027-02-01T08:00:00Z"]);
    assert_eq!(run.json()["generated_at"], "2027-02-01T08:00:00Z");
    let run = audit("demo = true\nsnapshot = \"a.json\"\n", &[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("more than one of"), "{}", run.stderr);
    let run = audit("demo = true\nnow = \"soon\"\n", &[]);
    assert!(run.stderr.contains("now = \"soon\""), "{}", run.stderr);
}
