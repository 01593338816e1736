//! `broader-than-needed` and `shared-with-people`.

use serde_json::{Value, json};

use super::{case, grants, insert, title};

const BROAD: &str = "broader-than-needed";
const SHARED: &str = "shared-with-people";

/// After the user's assignment of service contracts has ended.
const NOW: &[&str] = &["--now", "2026-11-20T09:00:00Z"];

/// What the user may change is what the sync of accounts and their tasks changes.
fn narrow(source: &mut Value) {
    for object in ["Contact", "Lead", "Campaign", "Opportunity"] {
        super::take_object(source, object);
    }
}

#[test]
fn objects_that_no_mapping_touches_are_read_though_nobody_asked_for_them() {
    let report = case(|source| {
        narrow(source);
        grants(source, "HubSpot_Activities")["objects"] = json!({"Campaign": "RE", "Lead": "R"});
    })
    .args(NOW)
    .run();
    let finding = report.fires(BROAD, "");
    assert_eq!(
        title(finding),
        "The user may change 1 object that no mapping touches: Campaign"
    );
    assert_eq!(finding["severity"], "low");
    assert!(
        finding["fix"]["steps"]
            .to_string()
            .contains("The sync needs Account: Read, Create and Edit")
    );
    // An assignment that has ended, and what a group mutes, let the user change nothing.
    case(narrow).args(NOW).run().is_clean(BROAD);
    case(narrow)
        .args(NOW)
        .refused("ObjectPermissions", "PermissionsCreate = true OR")
        .run()
        .is_not_evaluated(BROAD, "beside the objects that sync was not read");
}

#[test]
fn permissions_over_all_data_are_told_with_the_smallest_set_that_would_do() {
    let report = case(|source| {
        narrow(source);
        grants(source, "HubSpot_Sync")["system"] = json!(["ModifyAllData"]);
    })
    .run();
    let finding = report.fires(BROAD, "");
    assert_eq!(finding["severity"], "medium");
    let steps = finding["fix"]["steps"].to_string();
    assert!(steps.contains("Account: Read, Create and Edit"), "{steps}");
    assert!(
        steps.contains("Keeping it adds every right on every record"),
        "{steps}"
    );
}

#[test]
fn a_login_or_a_profile_that_people_use() {
    case(|_| {}).run().is_clean(SHARED);
    let at_a_browser = case(|source| {
        let login = json!({"UserId": "=hubspot@nordlicht.example", "LoginTime": "2026-11-20T08:40:00.000+0000",
            "LoginType": "Application", "Status": "Success", "Application": "Browser"});
        insert(source, "LoginHistory", login);
    })
    .run();
    assert!(title(at_a_browser.fires(SHARED, "")).contains("at a browser"));
    let with_jonas = case(|source| {
        let profile = json!({ "ProfileId": "=HubSpot Integration" });
        super::update(
            source,
            "User",
            "Username",
            "jonas@nordlicht.example",
            &profile,
        );
    })
    .run();
    assert!(title(with_jonas.fires(SHARED, "")).contains("1 other active user"));
    case(|_| {})
        .refused("LoginHistory", "FROM LoginHistory")
        .run()
        .is_not_evaluated(SHARED, "how the user logged in was not read");
}
