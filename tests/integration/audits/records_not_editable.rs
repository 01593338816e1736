use serde_json::json;

use super::records_not_visible::{grant, rule, shared, with_roles};
use super::{WHO, audit, audit_live, evidence, sound};

const AUDIT: &str = "records-not-editable";

#[test]
fn public_read_only() {
    for spelling in ["Read", "ReadSelect"] {
        let audited = audit_live(&shared(spelling));
        let finding = audited.finding(AUDIT);
        assert_eq!(finding["confidence"], "likely");
        assert_eq!(finding["operation"], "edit");
        assert_eq!(
            finding["title"],
            "The user can edit only Account records that it owns: the org-wide default Public Read Only"
        );
        assert_eq!(finding["fix"]["safety"], "unsafe");
        assert!(audited.findings("records-not-visible").is_empty());
    }
}

#[test]
fn public_read_write_is_clean() {
    for spelling in [
        "ReadWrite",
        "Edit",
        "ReadWriteTransfer",
        "ReadEditTransfer",
        "All",
    ] {
        audit_live(&shared(spelling)).is_clean(AUDIT);
    }
}

#[test]
fn owner_based_rule_read_only() {
    let mut org = shared("Private");
    org["sharing_rules"] = json!([rule(
        "owner",
        "Read",
        json!([["allInternalUsers", ""]]),
        json!([["allInternalUsers", ""]])
    )]);
    let audited = audit_live(&org);
    audited.is_clean("records-not-visible");
    let text = evidence(audited.finding(AUDIT));
    assert!(text.contains("gives Read only"), "{text}");
}

#[test]
fn view_all_lets_the_user_see_and_not_edit() {
    let mut org = shared("Private");
    grant(&mut org, json!(["read", "create", "edit", "view_all"]));
    assert_eq!(audit_live(&org).finding(AUDIT)["confidence"], "likely");
    with_roles(&mut org, "00E000000000001AAA");
    assert_eq!(audit_live(&org).finding(AUDIT)["confidence"], "likely");
}

#[test]
fn a_private_object_is_reported_once() {
    let audited = audit_live(&shared("Private"));
    assert!(
        audited.findings(AUDIT).is_empty(),
        "what is not seen is another audit's"
    );
    assert_eq!(audited.finding("records-not-visible")["object"], "Account");
}

#[test]
fn a_sample_shows_shares_and_confidence() {
    let mut org = shared("Read");
    org["record_samples"] = json!({"Account": {"strata": [
        {"owner": "owned in EMEA", "owner_active": true, "asked": 200, "readable": 200, "editable": 0, "examples": ["001000000000001AAA"]},
    ]}});
    let audited = audit_live(&org);
    let finding = audited.finding(AUDIT);
    assert_eq!(
        finding["title"],
        "The user can edit 0 of 200 Account records that were looked at"
    );
    assert_eq!(finding["severity"], "high");
    let text = evidence(finding);
    assert!(text.contains("0 of 200 Account records owned in EMEA (owner active): editable; not 001000000000001AAA"), "{text}");
    assert!(text.contains("0.0 % to 1.5 %"), "{text}");
    org["record_samples"]["Account"]["strata"][0]["editable"] = json!(200);
    audit_live(&org).is_clean(AUDIT);
}

#[test]
fn without_edit_on_the_object_it_is_not_about_sharing() {
    let mut org = shared("Read");
    grant(&mut org, json!(["read"]));
    let audited = audit_live(&org);
    assert!(audited.findings(AUDIT).is_empty());
    assert!(!audited.findings("object-operation-missing").is_empty());
}

#[test]
fn on_a_tree_a_private_object_is_not_evaluated() {
    audit(&sound(), &WHO).is_not_evaluated(AUDIT, "Account");
}
