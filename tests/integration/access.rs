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
    assert!(!text.contains("because something"), "{text}");
}

#[test]
fn an_object_that_nothing_tells_of_is_said_with_the_nearest() {
    let text = access("Acount").replace('\n', " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    assert!(
        text.contains("object Acount was not found") && text.contains("did you mean Account"),
        "{text}"
    );
    assert!(!access("Account").contains("was not found"));
    assert!(!access("Opportunity").contains("was not found"));
}

#[test]
fn why_a_field_cannot_be_written_is_said_once() {
    let text = access("Account.CreatedDate");
    assert!(
        text.contains("a system field, which nobody can edit\n"),
        "{text}"
    );
}
