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
