//! The table, which a person reads first.

use crate::audits::{SYSTEM, WHO, sound_but};
use crate::runner::permgap;
use crate::tree::{field_permissions, object_permissions};

fn table(grants: &str) -> String {
    let tree = sound_but(&SYSTEM, &(object_permissions("Account", "rce") + grants)).mappings(&[
        ("Account", "Segment__c", "Two-way"),
        ("Account", "Website", "Two-way"),
    ]);
    let args = [
        &[
            "audit",
            "--source-dir",
            "force-app",
            "--mappings",
            "mappings.csv",
        ],
        &WHO[..],
    ];
    permgap(tree.path(), &args.concat()).stdout
}

#[test]
fn what_is_the_same_for_the_next_field_is_not_said_again() {
    let text = table("");
    assert_eq!(
        text.matches("HIGH The user cannot read").count(),
        2,
        "{text}"
    );
    assert_eq!(text.matches("Setup     ").count(), 1, "{text}");
    assert!(text.contains("why, error and Setup as above"), "{text}");
    assert!(
        text.contains("Grant Read and Edit on Account.Segment__c"),
        "{text}"
    );
    assert!(
        text.contains("Grant Read and Edit on Account.Website"),
        "{text}"
    );
}

#[test]
fn another_cause_is_said() {
    let text = table(&field_permissions("Account.Website", "r"));
    assert!(!text.contains("as above"), "{text}");
    assert!(
        text.contains("HIGH The user cannot edit Account.Website"),
        "{text}"
    );
}
