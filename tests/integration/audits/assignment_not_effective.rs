use serde_json::json;

use super::{SYSTEM, WHO, audit, audit_live, sound, sound_but, sync_grants};
use crate::saved::live_org;

const AUDIT: &str = "assignment-not-effective";

#[test]
fn an_expired_assignment_is_high_where_the_sync_needs_it() {
    let mut org = live_org();
    org["users"][0]["assignments"][0]["expires_at"] = json!("2026-10-31T00:00:00Z");
    let audited = audit_live(&org);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "high");
    assert!(
        finding["title"]
            .as_str()
            .unwrap()
            .contains("expired at 2026-10-31"),
        "{finding}"
    );
    assert!(
        finding["detail"]
            .as_str()
            .unwrap()
            .contains("Read on Account"),
        "{finding}"
    );
    assert_eq!(audited.verdict("Account", "Segment__c"), "gap");
}

#[test]
fn an_expired_assignment_that_nothing_needs_is_low() {
    let mut org = live_org();
    org["permission_sets"]["Old"] = json!({"kind": "permission_set", "name": "Old"});
    org["users"][0]["assignments"]
        .as_array_mut()
        .unwrap()
        .push(json!({"of": {"permission_set": "Old"}, "is_revoked": true}));
    let audited = audit_live(&org);
    assert_eq!(audited.finding(AUDIT)["severity"], "low");
    assert_eq!(audited.run.status, 0);
}

#[test]
fn an_assignment_that_ends_within_30_days_is_told_before() {
    let mut org = live_org();
    org["users"][0]["assignments"][0]["expires_at"] = json!("2026-11-20T00:00:00Z");
    let audited = audit_live(&org);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "medium");
    assert!(
        finding["detail"].as_str().unwrap().contains("4 rights"),
        "{finding}"
    );
    assert_eq!(audited.verdict("Account", "Segment__c"), "ok");
    org["users"][0]["assignments"][0]["expires_at"] = json!("2027-11-20T00:00:00Z");
    audit_live(&org).is_clean(AUDIT);
}

#[test]
fn a_session_based_set_grants_nothing() {
    let session = sync_grants() + "<hasActivationRequired>true</hasActivationRequired>";
    let audited = audit(&sound_but(&SYSTEM, &session), &WHO);
    let finding = audited.finding(AUDIT);
    assert!(
        finding["title"].as_str().unwrap().contains("session-based"),
        "{finding}"
    );
    assert_eq!(audited.verdict("Account", "Segment__c"), "gap");
}

#[test]
fn a_group_that_is_not_updated_is_told_and_leaves_its_grants_open() {
    let mut org = live_org();
    org["permission_set_groups"] = json!({"G": {
        "name": "G", "status": "Outdated", "members": ["Sync"],
        "aggregate": {"kind": "permission_set", "name": "X00e"},
    }});
    org["users"][0]["assignments"] = json!([{"of": {"permission_set_group": "G"}}]);
    let audited = audit_live(&org);
    assert!(
        audited.finding(AUDIT)["title"]
            .as_str()
            .unwrap()
            .contains("Outdated")
    );
    assert_eq!(audited.verdict("Account", "Segment__c"), "unknown");
}

#[test]
fn a_tree_does_not_hold_assignments() {
    audit(&sound(), &WHO).is_not_evaluated(AUDIT, "until when things are assigned");
}

#[test]
fn what_an_ended_assignment_would_close_is_told_once_and_pointed_to() {
    let mut org = live_org();
    org["users"][0]["assignments"][0]["expires_at"] = json!("2026-10-31T00:00:00Z");
    // Salesforce denies what the user has no more; that says nothing of what it would have.
    org["users"][0]["platform_access"] = json!([
        {"object": "Account", "read": false, "create": false, "edit": false, "delete": false},
    ]);
    let audited = audit_live(&org);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "high", "{finding}");
    let detail = finding["detail"].as_str().unwrap();
    assert!(detail.contains("Read on Account"), "{detail}");
    audited.is_clean("permission-set-unassigned");
    let gap = audited.finding("object-not-accessible");
    assert!(
        gap["evidence"]
            .to_string()
            .contains("would grant it, but the assignment expired at 2026-10-31"),
        "{gap:#}"
    );
    assert!(
        gap["fix"]["steps"]
            .to_string()
            .contains("Or renew the assignment of permission set Sync"),
        "{gap:#}"
    );
}
