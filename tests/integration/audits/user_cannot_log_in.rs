use serde_json::json;

use super::{WHO, audit, audit_live, sound};
use crate::saved::live_org;

const AUDIT: &str = "user-cannot-log-in";

#[test]
fn an_inactive_and_a_frozen_user_end_the_sync() {
    for (key, value, title) in [
        ("is_active", json!(false), "is not active"),
        ("is_frozen", json!(true), "is frozen"),
    ] {
        let mut org = live_org();
        org["users"][0][key] = value;
        let audited = audit_live(&org);
        let finding = audited.finding(AUDIT);
        assert_eq!(finding["severity"], "critical");
        assert!(
            finding["title"].as_str().unwrap().contains(title),
            "{finding}"
        );
        assert_eq!(audited.run.status, 1);
    }
}

#[test]
fn a_portal_user_is_no_user_for_a_sync() {
    let mut org = live_org();
    org["users"][0]["user_type"] = json!("PowerPartner");
    assert_eq!(audit_live(&org).finding(AUDIT)["severity"], "high");
}

#[test]
fn an_active_standard_user_is_clean() {
    let audited = audit_live(&live_org());
    audited.is_clean(AUDIT);
    assert_eq!(audited.report["findings"], json!([]));
    assert_eq!(audited.run.status, 0);
}

#[test]
fn what_was_not_read_of_the_user_is_open() {
    let mut org = live_org();
    org["users"][0].as_object_mut().unwrap().remove("is_frozen");
    audit_live(&org).is_not_evaluated(AUDIT, "frozen");
    audit(&sound(), &WHO).is_not_evaluated(AUDIT, "user's own record");
}
