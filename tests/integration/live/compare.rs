//! `permgap compare` of a live org, and sets that count as assigned without being the user's.

use serde_json::Value;

use super::{ADMIN, HUBSPOT, Site};
use crate::runner::Run;

fn compare(site: &Site, more: &[&str]) -> Run {
    let args = ["compare", "--org", "ORG", "--format", "json"];
    site.run_as(ADMIN, &[&args[..], more].concat())
}

/// What the sides have of one right, where they differ.
fn of(report: &Value, on: &str, right: &str) -> Option<(Value, Value)> {
    let mut all = report["differences"].as_array().unwrap().iter();
    let found = all.find(|it| it["on"] == on && it["right"] == right)?;
    Some((found["a"].clone(), found["b"].clone()))
}

#[test]
fn all_that_two_users_may_do_is_known_without_mappings() {
    let site = Site::new(|_| {});
    let run = compare(&site, &[HUBSPOT, ADMIN]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let report = run.json();
    assert_eq!(report["not_known"], serde_json::json!([]));
    for it in report["differences"].as_array().unwrap() {
        assert!(it["a"].is_boolean() && it["b"].is_boolean(), "{it}");
    }
    let only_b = Some((false.into(), true.into()));
    assert_eq!(of(&report, "Campaign", "delete"), only_b);
    assert_eq!(of(&report, "Account.Description", "edit"), only_b);
    assert!(
        report["summary"]["both"].as_u64().unwrap() > 50,
        "{report:#}"
    );
    assert!(
        site.simulator
            .requests()
            .iter()
            .all(|request| request.is_read())
    );

    // Mappings narrow it to their objects.
    let run = compare(&site, &[HUBSPOT, ADMIN, "--mappings", "mappings.csv"]);
    let report = run.json();
    assert_eq!(of(&report, "Campaign", "delete"), None);
    assert_eq!(of(&report, "Account", "delete"), only_b);
}

#[test]
fn sets_profiles_and_groups_of_a_live_org_are_read_by_name() {
    let site = Site::new(|_| {});
    let run = compare(
        &site,
        &["permset:Service_Contracts", "profile:System Administrator"],
    );
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    let report = run.json();
    assert_eq!(of(&report, "Service_Contract__c", "read"), None);
    assert_eq!(
        of(&report, "Campaign", "read"),
        Some((false.into(), true.into()))
    );
    let run = compare(&site, &["HubSpot_Sync", "group:HubSpot_Group"]);
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    assert!(
        of(&run.json(), "Opportunity", "edit").is_some(),
        "{}",
        run.stdout
    );
    let run = compare(&site, &["HubSpot_Snyc", "HubSpot_Sync"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("did you mean HubSpot_Sync"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_set_that_the_user_does_not_have_counts_as_assigned_on_a_live_org() {
    let site = Site::new(|org| {
        let gone = org.remove("PermissionSetAssignment", |row| {
            row.get("ExpirationDate").is_some_and(|end| !end.is_null())
        });
        assert!(gone > 0);
    });
    std::fs::write(
        site.path("contracts.csv"),
        "hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule\n\
         contracts,account,Service_Contract__c,Account__c,Always use Salesforce\n",
    )
    .unwrap();
    let audit = |more: &[&str]| {
        let args = [
            "audit",
            "--org",
            "ORG",
            "--user",
            HUBSPOT,
            "--mappings",
            "contracts.csv",
            "--format",
            "json",
        ];
        site.run_as(ADMIN, &[&args[..], more].concat())
    };
    let unreadable = |report: &Value| {
        let mut all = report["findings"].as_array().unwrap().iter();
        all.any(|it| it["audit"] == "object-not-accessible")
    };
    assert!(unreadable(&audit(&[]).json()));
    let run = audit(&["--permission-set", "service_contracts"]);
    assert!(run.status < 2, "{}", run.stderr);
    let report = run.json();
    assert!(!unreadable(&report), "{report:#}");
    assert!(
        report["notices"].to_string().contains("counts as assigned"),
        "{report:#}"
    );
    let run = audit(&["--permission-set", "Nowhere"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("no permission set of that name"),
        "{}",
        run.stderr
    );
}
