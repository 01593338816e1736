//! `permgap verify`: the integration user's own session against an admin's snapshot.

use super::{ADMIN, HUBSPOT, Site};
use crate::runner::Run;

fn snapshot(site: &Site) {
    let run = site.run_as(
        ADMIN,
        &[
            "snapshot",
            "--org",
            "ORG",
            "--user",
            HUBSPOT,
            "--mappings",
            "mappings.csv",
            "-o",
            "org.json",
        ],
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
}

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
    snapshot(&site);
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
    snapshot(&site);
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
    snapshot(&site);
    let run = verify(&site, ADMIN);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains(ADMIN) && run.stderr.contains(HUBSPOT),
        "{}",
        run.stderr
    );
}
