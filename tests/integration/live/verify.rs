//! `permgap verify`: the integration user's own session against an admin's snapshot.

use super::{ADMIN, HUBSPOT, Site};
use crate::runner::Run;

fn verify(site: &Site, user: &str) -> Run {
    site.run_as(
        user,
        &[
            "verify",
            "--org",
            "ORG",
            "--snapshot",
            "org.json",
            "--mappings",
            "mappings.csv",
            "--format",
            "json",
        ],
    )
}

#[test]
fn what_salesforce_answers_the_user_agrees_with_what_was_computed() {
    let site = Site::new(|_| {});
    site.save("org.json");
    site.simulator.forget_requests();
    let run = verify(&site, HUBSPOT);
    let report = run.json();
    assert_eq!(report["differ"], serde_json::json!([]), "{report:#}");
    assert!(report["agree"].as_u64().unwrap() >= 40, "{report:#}");
    assert_eq!(report["not_asked"], serde_json::json!([]));
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        site.simulator
            .requests()
            .iter()
            .all(|request| request.is_read())
    );
}

#[test]
fn access_that_was_taken_away_since_is_a_contradiction_with_both_sides() {
    let site = Site::new(|_| {});
    site.save("org.json");
    site.simulator.change(|org| {
        let gone = org.remove("FieldPermissions", |row| row["Field"] == "Account.Industry");
        assert!(gone > 0);
    });
    let run = verify(&site, HUBSPOT);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let report = run.json();
    let differ = report["differ"].as_array().unwrap();
    let industry: Vec<_> = differ
        .iter()
        .filter(|check| check["on"] == "Account.Industry")
        .collect();
    assert!(!industry.is_empty(), "{report:#}");
    for check in industry {
        assert_eq!(check["computed"], true);
        assert_eq!(check["salesforce"], false);
    }
}

#[test]
fn the_session_of_another_user_proves_nothing() {
    let site = Site::new(|_| {});
    site.save("org.json");
    let run = verify(&site, ADMIN);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains(ADMIN) && run.stderr.contains(HUBSPOT),
        "{}",
        run.stderr
    );
}

/// The records of one object that the snapshot holds answers on.
fn sampled(site: &Site, object: &str) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(site.path("org.json")).unwrap();
    let snapshot: serde_json::Value = serde_json::from_str(&text).unwrap();
    let records = &snapshot["record_samples"][object]["records"];
    records.as_array().unwrap().clone()
}

#[test]
fn sampled_records_are_asked_for_again_in_the_users_own_session() {
    let site = Site::new(|_| {});
    site.save("org.json");
    let records = sampled(&site, "Account");
    let with = |readable: bool, editable: bool| {
        let is = |record: &&serde_json::Value| {
            record["readable"] == readable && record["editable"] == editable
        };
        let record = records.iter().find(is).unwrap();
        record["id"].as_str().unwrap().to_owned()
    };
    let agreed = verify(&site, HUBSPOT).json()["agree"].as_u64().unwrap();

    // One record is handed to the user, and one is deleted.
    let (read_only, editable) = (with(true, false), with(true, true));
    site.simulator.change(|org| {
        let user = org.id_of("User", HUBSPOT).unwrap();
        org.update(
            "Account",
            |row| row["Id"] == read_only.as_str(),
            &serde_json::json!({ "OwnerId": user }),
        );
        assert_eq!(
            org.remove("Account", |row| row["Id"] == editable.as_str()),
            1
        );
    });
    let run = verify(&site, HUBSPOT);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let report = run.json();
    let differ = report["differ"].as_array().unwrap();
    assert!(
        differ.iter().all(|check| check["kind"] == "record"),
        "{report:#}"
    );
    // Its contacts are controlled by it.
    let account = format!("Account {read_only}");
    let on_account: Vec<_> = (differ.iter())
        .filter(|check| check["on"] == account.as_str())
        .collect();
    assert_eq!(on_account.len(), 1, "{report:#}");
    assert_eq!(on_account[0]["right"], "edit");
    assert_eq!(on_account[0]["computed"], false);
    assert_eq!(on_account[0]["salesforce"], true);
    let silent = report["not_asked"].to_string();
    assert!(
        silent.contains("1 of 3 sampled records got no answer") && silent.contains(&editable),
        "{silent}"
    );
    assert!(report["agree"].as_u64().unwrap() < agreed, "{report:#}");

    // Without a sample there is nothing of records to verify.
    let text = std::fs::read_to_string(site.path("org.json")).unwrap();
    let mut file: serde_json::Value = serde_json::from_str(&text).unwrap();
    file.as_object_mut().unwrap().remove("record_samples");
    std::fs::write(site.path("org.json"), file.to_string()).unwrap();
    let report = verify(&site, HUBSPOT).json();
    assert_eq!(report["differ"], serde_json::json!([]), "{report:#}");
}
