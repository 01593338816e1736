//! One org as a live org, as a metadata tree and as a saved snapshot gives the same findings where coverage is equal.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Site, verdicts};
use crate::org_simulator::tree;
use crate::runner::permgap;

/// Findings, each as its audit, subject and fix, without evidence, which names other places.
/// What takes users, records, or every object of the org: one of the two sources cannot tell of it.
const NOT_IN_BOTH: [&str; 7] = [
    "broader-than-needed",
    "owner-inactive",
    "owner-not-assignable",
    "parent-not-accessible",
    "records-not-editable",
    "records-not-visible",
    "shared-with-people",
];

fn findings(report: &Value) -> BTreeSet<String> {
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| !NOT_IN_BOTH.iter().any(|audit| finding["audit"] == *audit))
        .map(|finding| {
            format!(
                "{} {} {} {} {}",
                finding["audit"],
                finding["title"],
                finding["object"],
                finding["field"],
                finding["fix"]["change"]
            )
        })
        .collect()
}

#[test]
fn live_tree_and_snapshot_agree() {
    let site = Site::new(|_| {});
    let live = site.audit(&[]).json();

    site.save("org.json.gz");
    let mut saved = permgap(
        site.folder.path(),
        &[
            "audit",
            "--snapshot",
            "org.json.gz",
            "--mappings",
            "mappings.csv",
            "--format",
            "json",
        ],
    )
    .json();
    saved["org"]["source"] = "live".into();
    assert_eq!(saved, live);

    let org = crate::org_simulator::Org::nordlicht().unwrap();
    tree::write(&org, &site.path("tree")).unwrap();
    let tree = permgap(
        site.folder.path(),
        &[
            "audit",
            "--source-dir",
            "tree",
            "--profile",
            "HubSpot Integration",
            "--permission-set",
            "HubSpot_Sync",
            "--permission-set-group",
            "HubSpot_Group",
            "--mappings",
            "mappings.csv",
            "--format",
            "json",
        ],
    )
    .json();
    assert_eq!(verdicts(&tree), verdicts(&live));
    assert_eq!(findings(&tree), findings(&live));
    let count = live["findings"].as_array().unwrap().len();
    assert!(count > 8, "{count} findings");
}
