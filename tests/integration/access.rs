//! `permgap access` over a metadata tree.

use crate::audits::sound;
use crate::runner::permgap;

fn access(subject: &str) -> String {
    let tree = sound();
    let who = ["--profile", "HubSpot", "--permission-set", "Sync"];
    let args = [&["access", subject, "--source-dir", "force-app"], &who[..]].concat();
    permgap(tree.path(), &args).stdout
}

#[test]
fn what_the_object_forbids_is_not_called_unknown() {
    let text = access("Nope.Foo");
    assert!(text.contains("but the object does not (no)"), "{text}");
    assert!(!text.contains("was not read"), "{text}");
}

#[test]
fn why_a_field_cannot_be_written_is_said_once() {
    let text = access("Account.CreatedDate");
    assert!(
        text.contains("a system field, which nobody can edit\n"),
        "{text}"
    );
}
