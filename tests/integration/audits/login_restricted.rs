use serde_json::json;

use super::{SYSTEM, WHO, audit, audit_live, evidence, sound_but, sync_grants};
use crate::saved::live_org;
use crate::tree::user_permissions;

const AUDIT: &str = "login-restricted";

#[test]
fn an_ip_range_of_the_profile_is_shown_with_its_place() {
    let grants = user_permissions(&SYSTEM)
        + "<loginIpRanges><startAddress>192.0.2.0</startAddress><endAddress>192.0.2.255</endAddress></loginIpRanges>";
    let tree = sound_but(&[], &sync_grants()).profile("HubSpot", &grants);
    let audited = audit(&tree, &WHO);
    let finding = audited.finding(AUDIT);
    assert_eq!(
        finding["confidence"], "possible",
        "HubSpot's addresses are not known"
    );
    assert!(
        evidence(finding).contains("HubSpot.profile-meta.xml:"),
        "{}",
        evidence(finding)
    );
}

#[test]
fn a_range_of_all_addresses_restricts_nothing() {
    let mut org = live_org();
    org["profiles"]["HubSpot"]["login_limits"] =
        json!({"ip_ranges": [{"start": "0.0.0.0", "end": "255.255.255.255"}]});
    audit_live(&org).is_clean(AUDIT);
}

#[test]
fn login_hours_are_told_day_by_day() {
    let mut org = live_org();
    let hour = |name: &str, minutes: &str| json!([name, minutes]);
    org["profiles"]["HubSpot"]["login_limits"] = json!({"hours": [
        hour("mondayStart", "0"), hour("mondayEnd", "1440"),
        hour("tuesdayStart", "480"), hour("tuesdayEnd", "1080"),
        hour("sundayStart", "0"), hour("sundayEnd", "0"),
    ]});
    let audited = audit_live(&org);
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["severity"], "medium");
    let evidence = evidence(finding);
    assert!(
        evidence.contains("tuesday outside 08:00 to 18:00, all sunday"),
        "{evidence}"
    );
    assert!(!evidence.contains("monday"), "{evidence}");
}

#[test]
fn an_app_for_approved_users_must_be_granted() {
    let mut org = live_org();
    org["connected_apps"] = json!([
        {"name": "HubSpot", "admin_approved_only": true},
        {"name": "Other", "admin_approved_only": true},
        {"name": "HubSpot Two", "admin_approved_only": false},
    ]);
    let audited = audit_live(&org);
    assert_eq!(audited.finding(AUDIT)["severity"], "critical");
    org["permission_sets"]["Sync"]["connected_apps"] = json!(["HubSpot"]);
    audit_live(&org).is_clean(AUDIT);
}

#[test]
fn a_login_policy_that_was_not_read_is_open() {
    let mut org = live_org();
    org["coverage"]["login-policy"] = json!({"status": "refused", "reasons": ["no View Setup"]});
    audit_live(&org).is_not_evaluated(AUDIT, "no View Setup");
}
