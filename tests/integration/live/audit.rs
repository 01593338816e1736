//! A whole audit of the fixture org, and what it costs.

use super::{HUBSPOT, Site, entry, status_of, verdicts};

#[test]
fn a_whole_audit_finds_the_gaps_and_only_reads() {
    let site = Site::new(|_| {});
    let run = site.audit(&[]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let report = run.json();
    assert_eq!(report["org"]["name"], "Nordlicht GmbH");
    assert_eq!(report["org"]["source"], "live");
    assert_eq!(report["org"]["collected_at"], report["generated_at"]);
    assert_eq!(report["user"]["username"], HUBSPOT);
    assert_eq!(report["user"]["profile"], "HubSpot Integration");
    assert_eq!(report["user"]["permission_set_groups"][0], "HubSpot_Group");
    let gaps: Vec<String> = verdicts(&report)
        .into_iter()
        .filter(|verdict| !verdict.ends_with(" ok"))
        .collect();
    assert_eq!(
        gaps,
        [
            "Contact.Title gap",
            "Contact.MailingCity gap",
            "Account.AnnualRevenue gap",
            "Account.Churn_Risk__c gap",
            "Account.Health_Score__c gap",
            "Account.Customer_Number__c gap",
            "Opportunity.Margin__c gap",
            "Opportunity.NextStep gap",
        ]
    );
    // A group's muting is in its aggregate; who mutes it is told all the same.
    let muted = entry(&report, "findings", "audit", "muted-in-group");
    assert_eq!(muted["confidence"], "certain");
    for area in report["coverage"].as_array().unwrap() {
        assert_eq!(area["status"], "read", "{area}");
    }
    let requests = site.simulator.requests();
    assert!(requests.iter().all(|request| request.is_read()));
    let counted = requests.iter().filter(|request| request.counted).count();
    // Half of them count owners and ask about the samples of five objects.
    assert!(counted <= 85, "{counted} API calls");
    assert!(
        run.stderr.contains(&format!("{counted} API calls used")),
        "{}",
        run.stderr
    );
}

#[test]
fn the_same_org_gives_the_same_bytes() {
    let site = Site::new(|_| {});
    let save = |name: &str| {
        site.save(name);
        std::fs::read(site.path(name)).unwrap()
    };
    assert!(save("first.json") == save("second.json"));
}

#[test]
fn assignments_licences_and_dates_come_along() {
    let site = Site::new(|_| {});
    site.save("org.json");
    let text = std::fs::read_to_string(site.path("org.json")).unwrap();
    let snapshot: serde_json::Value = serde_json::from_str(&text).unwrap();
    let user = &snapshot["users"][0];
    assert_eq!(user["is_frozen"], false);
    assert_eq!(user["license"], "Salesforce");
    assert_eq!(user["permission_set_licenses"][0], "SalesConsolePsl");
    let expired = user["assignments"]
        .as_array()
        .unwrap()
        .iter()
        .find(|assignment| assignment["of"]["permission_set"] == "Service_Contracts")
        .unwrap();
    assert_eq!(expired["expires_at"], "2026-10-31T22:00:00Z");
    let account = &snapshot["objects"]["Account"];
    let churn = &account["fields"]["Churn_Risk__c"];
    assert_eq!(churn["created_at"], "2026-11-12T14:00:00Z");
    assert_eq!(account["sharing_model"], "Private");
    let rule = &account["validation_rules"][0];
    assert!(
        rule["formula"]
            .as_str()
            .unwrap()
            .contains("Bypass_Validation")
    );
    let profile = &snapshot["profiles"]["HubSpot Integration"];
    assert_eq!(
        profile["login_limits"]["ip_ranges"][0]["start"],
        "54.174.52.0"
    );
    let sync = &snapshot["permission_sets"]["HubSpot_Sync"];
    assert_eq!(sync["custom_permissions"][0]["name"], "Bypass_Validation");
    assert_eq!(sync["connected_apps"][0], "HubSpot");
    // No record of the org is in it.
    assert!(!text.contains("Windpark"), "record data");
}

#[test]
fn an_object_asked_for_by_name_is_collected_too() {
    let site = Site::new(|_| {});
    let args = [
        "access",
        "Service_Contract__c",
        "Account.Segment__c",
        "--org",
        "ORG",
        "--user",
        HUBSPOT,
        "--format",
        "json",
    ];
    let run = site.run_as(super::ADMIN, &args);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.contains("Service_Contract__c"), "{}", run.stdout);
}

#[test]
fn a_snapshot_knows_which_objects_it_looked_at() {
    let site = Site::new(|_| {});
    site.save("org.json");
    // Campaign is granted by a set of the group, and was not asked for: it must not read as 'no'.
    let run = crate::runner::permgap(
        site.folder.path(),
        &[
            "access",
            "Campaign",
            "--snapshot",
            "org.json",
            "--format",
            "json",
        ],
    );
    let report = run.json();
    let campaign = &report["objects"][0];
    assert_eq!(campaign["object"], "Campaign", "{report:#}");
    // What sets let the user change is read of every object; the rest stays open.
    assert_eq!(campaign["has"]["edit"], true, "{report:#}");
    for right in ["create", "delete"] {
        let known = &campaign["has"][right];
        assert_eq!(*known, serde_json::Value::Null, "{right}: {report:#}");
    }
}

#[test]
fn the_area_of_everything_read_is_named() {
    let site = Site::new(|_| {});
    let report = site.audit(&[]).json();
    for area in [
        "user",
        "assignments",
        "licences",
        "login-policy",
        "packages",
        "owners",
    ] {
        assert_eq!(status_of(&report, area), "read");
    }
}

#[test]
fn a_sample_of_records_is_asked_about_and_only_ids_are_read() {
    let site = Site::new(|_| {});
    let report = site.audit(&[]).json();
    let found = entry(&report, "findings", "audit", "records-not-visible");
    assert_eq!(found["confidence"], "certain", "{found:#}");
    assert!(
        found["title"]
            .as_str()
            .unwrap()
            .contains("records that were looked at"),
        "{found:#}"
    );
    let text = found["evidence"].to_string();
    assert!(text.contains("with 95 % confidence"), "{text}");
    for request in site.simulator.requests() {
        let soql = request.soql.as_deref().unwrap_or_default();
        for object in [
            "FROM Account",
            "FROM Contact",
            "FROM Lead",
            "FROM Opportunity",
            "FROM Task",
        ] {
            let columns = soql.split(" FROM ").next().unwrap_or_default();
            let reads = soql.contains(&format!("{object} "));
            let allowed = [
                "SELECT Id, OwnerId",
                "SELECT Id, OwnerId, RecordTypeId",
                "SELECT OwnerId, COUNT(Id) records",
            ];
            assert!(!reads || allowed.contains(&columns), "{soql}");
        }
    }
}

#[test]
fn a_sample_of_none_asks_about_no_record() {
    let site = Site::new(|_| {});
    let report = site.audit(&["--sample", "0"]).json();
    assert_eq!(
        entry(&report, "coverage", "area", "record-access")["status"],
        "absent"
    );
    let asked = site
        .simulator
        .requests()
        .into_iter()
        .filter_map(|request| request.soql);
    let asked: Vec<String> = asked
        .filter(|soql| soql.contains("UserRecordAccess"))
        .collect();
    assert_eq!(asked, Vec::<String>::new());
    // Who owns the records still tells who reaches them.
    let found = entry(&report, "findings", "audit", "records-not-visible");
    assert!(
        found["evidence"]
            .to_string()
            .contains("have an owner whose records"),
        "{found:#}"
    );
}
