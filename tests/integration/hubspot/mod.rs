//! `permgap hubspot` against the simulated HubSpot, and its facts in an audit.

use std::path::Path;

use serde_json::{Value, json};

use crate::audits::{WHO, audit, sound};
use crate::hubspot_simulator::{
    Fault, HubSpot, OAUTH_TOKEN, TOKEN, expired, limited, missing_scopes,
};
use crate::runner::{Run, command, finish, permgap};

const INFO: &str = "/oauth/v2/private-apps/get/access-token-info";
const ACCOUNT: &str = "/account-info/v3/details";

fn asked_with(token: &str, hubspot: &HubSpot, folder: &Path, args: &[&str]) -> Run {
    let run = finish(
        command(folder)
            .env("HUBSPOT_ACCESS_TOKEN", token)
            .env("HUBSPOT_API_URL", &hubspot.url)
            .arg("hubspot")
            .args(args),
    );
    let all = format!("{}{}", run.stdout, run.stderr);
    assert!(
        !all.contains("PLANTED") && !all.contains("panicked"),
        "{all}"
    );
    run
}

fn asked(hubspot: &HubSpot, args: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    asked_with(
        TOKEN,
        hubspot,
        folder.path(),
        &[&["--format", "json"], args].concat(),
    )
}

fn finding<'r>(report: &'r Value, audit: &str) -> Option<&'r Value> {
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["audit"] == audit)
}

fn outcome<'r>(report: &'r Value, audit: &str) -> &'r str {
    let all = report["audits"].as_array().unwrap();
    all.iter()
        .find(|outcome| outcome["audit"] == audit)
        .unwrap()["outcome"]
        .as_str()
        .unwrap()
}

#[test]
fn a_sound_account_is_read_with_get_and_one_post() {
    let hubspot = HubSpot::sound();
    let run = asked(&hubspot, &[]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    let report = run.json();
    assert_eq!(report["schema"], "permgap.hubspot/1");
    assert_eq!(report["account"]["portal_id"], 4_711_001);
    assert_eq!(report["token"]["state"], "accepted");
    assert_eq!(report["token"]["kind"], "static");
    for audit in [
        "hubspot-token-invalid",
        "hubspot-scope-missing",
        "hubspot-scope-unused",
    ] {
        assert_eq!(outcome(&report, audit), "clean", "{audit}");
    }
    assert_eq!(
        report["users"]["rows"].as_array().unwrap().len(),
        2,
        "both pages"
    );
    assert_eq!(
        report["users"]["rows"][0]["permission_sets"],
        json!(["Sales rep"])
    );
    assert_eq!(report["usage"][0]["used"], 1234);
    let admin = finding(&report, "super-admin-left-over").unwrap();
    assert!(
        admin["title"]
            .as_str()
            .unwrap()
            .contains("user1002@example.com")
    );
    for asked in hubspot.asked() {
        assert!(
            asked.method == "GET" || (asked.method == "POST" && asked.target == INFO),
            "{asked:?}"
        );
        assert!(asked.bearer);
    }
}

#[test]
fn a_missing_scope_costs_its_own_part_and_shows_the_servers_answer() {
    let hubspot = HubSpot::granting(
        &[
            "oauth",
            "crm.objects.contacts.read",
            "crm.schemas.companies.read",
            "crm.schemas.deals.read",
            "settings.users.read",
            "crm.objects.deals.write",
        ],
        &[(
            "/crm/v3/owners",
            Fault::Answer(403, missing_scopes("crm.objects.owners.read")),
        )],
    );
    let report = asked(&hubspot, &[]).json();
    let missing = finding(&report, "hubspot-scope-missing").unwrap();
    assert!(
        missing["fix"]["summary"]
            .as_str()
            .unwrap()
            .contains("crm.objects.owners.read")
    );
    let evidence = missing["evidence"].to_string();
    assert!(
        evidence.contains("00000000-0000-4000-8000-000000000004")
            && evidence.contains("MISSING_SCOPES"),
        "{evidence}"
    );
    // Reading contacts is a second way to their property definitions.
    assert_eq!(
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|f| f["audit"] == "hubspot-scope-missing")
            .count(),
        1
    );
    let unused: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["audit"] == "hubspot-scope-unused")
        .map(|f| f["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        unused,
        ["No declared feature needs the scope crm.objects.deals.write"]
    );
    assert_eq!(report["users"]["status"], "read");
}

#[test]
fn a_key_whose_scopes_are_not_told_is_judged_by_the_servers_answers() {
    let hubspot = HubSpot::with(&[
        (
            INFO,
            Fault::Answer(404, json!({"status": "error", "message": "not found"})),
        ),
        (
            "/crm/v3/properties/deals",
            Fault::Answer(403, missing_scopes("crm.schemas.deals.read")),
        ),
    ]);
    let run = asked(
        &hubspot,
        &[
            "--feature",
            "owners",
            "--feature",
            "deal-properties",
            "--feature",
            "contacts-write",
        ],
    );
    assert_eq!(run.status, 1);
    let report = run.json();
    assert_eq!(report["token"]["state"], "accepted");
    assert_eq!(outcome(&report, "hubspot-scope-unused"), "not_evaluated");
    let states: Vec<&str> = report["scopes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scope| scope["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["missing", "granted", "not known"]);
    assert_eq!(report["properties"]["deals"]["status"], "refused");
    assert_eq!(report["properties"]["companies"]["status"], "read");
}

#[test]
fn expired_unknown_and_wrong_tokens_are_told_apart() {
    for (answer, state, says) in [
        (
            expired("2026-11-24T07:37:52.040Z", "75 second(s)"),
            "expired",
            "has expired",
        ),
        (
            expired("1970-01-01T00:00:00Z", "20781 day(s)"),
            "wrong-kind",
            "no API access token",
        ),
    ] {
        let faults = [INFO, ACCOUNT].map(|path| (path, Fault::Answer(401, answer.clone())));
        let report = asked(&HubSpot::with(&faults), &[]).json();
        assert_eq!(report["token"]["state"], state);
        assert!(
            finding(&report, "hubspot-token-invalid").unwrap()["title"]
                .as_str()
                .unwrap()
                .contains(says)
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let hubspot = HubSpot::sound();
    let run = asked_with(
        "pat-na1-PLANTEDOTHER",
        &hubspot,
        folder.path(),
        &["--format", "json"],
    );
    assert_eq!(run.status, 1);
    assert_eq!(run.json()["token"]["state"], "not-known");
    assert_eq!(
        hubspot.asked().len(),
        2,
        "a token that is refused is confirmed once, and not tried again"
    );
    let key = "0a0b0c0d-0000-4000-8000-00000PLANTED".replace("PLANTED", "0000000");
    let run = asked_with(
        &key,
        &HubSpot::sound(),
        folder.path(),
        &["--format", "json"],
    );
    assert_eq!(run.json()["token"]["state"], "wrong-kind");
}

#[test]
fn a_storm_of_429_a_fault_and_a_cut_body_leave_the_rest_right() {
    let hubspot = HubSpot::with(&[
        (
            "/crm/v3/properties/companies",
            Fault::First(2, 429, limited("TEN_SECONDLY_ROLLING")),
        ),
        (
            "/crm/v3/properties/deals",
            Fault::First(1, 500, json!({"message": "oops"})),
        ),
        ("/crm/v3/properties/contacts", Fault::Cut),
    ]);
    let report = asked(&hubspot, &[]).json();
    assert_eq!(
        report["properties"]["companies"]["rows"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
    assert_eq!(report["properties"]["deals"]["status"], "read");
    assert_eq!(report["properties"]["contacts"]["status"], "refused");
    assert!(
        report["properties"]["contacts"]["reason"]
            .as_str()
            .unwrap()
            .contains("cut off")
    );
    assert_eq!(report["users"]["status"], "read");
    let daily = HubSpot::with(&[(
        "/crm/v3/properties/companies",
        Fault::Answer(429, limited("DAILY")),
    )]);
    let report = asked(&daily, &[]).json();
    assert_eq!(
        daily.count("/crm/v3/properties/companies"),
        1,
        "the day's limit is not tried again"
    );
    assert_eq!(report["users"]["status"], "refused");
    assert!(
        report["users"]["reason"]
            .as_str()
            .unwrap()
            .contains("daily limit")
    );
    assert_eq!(outcome(&report, "hubspot-token-invalid"), "clean");
}

#[test]
fn a_token_that_expires_half_way_keeps_what_was_read() {
    let hubspot = HubSpot::with(&[(
        "/crm/v3/properties/contacts",
        Fault::Answer(401, expired("2026-11-24T07:37:52.040Z", "1 second(s)")),
    )]);
    let report = asked(&hubspot, &[]).json();
    assert_eq!(report["account"]["portal_id"], 4_711_001);
    assert_eq!(report["properties"]["companies"]["status"], "read");
    assert_eq!(report["properties"]["contacts"]["status"], "refused");
    assert_eq!(report["users"]["status"], "refused");
}

#[test]
fn no_token_no_hubspot_and_no_such_feature_are_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let run = permgap(folder.path(), &["hubspot"]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("HUBSPOT_ACCESS_TOKEN"),
        "{}",
        run.stderr
    );
    for url in ["http://api.hubapi.com", "https://hubapi.com.example"] {
        let run = finish(
            command(folder.path())
                .env("HUBSPOT_ACCESS_TOKEN", TOKEN)
                .env("HUBSPOT_API_URL", url)
                .arg("hubspot"),
        );
        assert_eq!(run.status, 2, "{url}");
        assert!(!run.stderr.contains("PLANTED"), "{}", run.stderr);
    }
    // Nobody listens any more: nothing is reported, and nothing is saved.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let run = finish(
        command(folder.path())
            .env("HUBSPOT_ACCESS_TOKEN", TOKEN)
            .env("HUBSPOT_API_URL", format!("http://{gone}"))
            .args(["hubspot", "--save", "facts.json"]),
    );
    assert_eq!(run.status, 2, "{}", run.stdout);
    assert!(
        run.stderr.contains("HubSpot did not answer"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("PLANTED") && !folder.path().join("facts.json").exists());
    let run = permgap(folder.path(), &["hubspot", "--feature", "flying"]);
    assert!(
        run.status == 2 && run.stderr.contains("flying"),
        "{}",
        run.stderr
    );
    let list = permgap(folder.path(), &["hubspot", "--feature", "list"]);
    assert!(list.stdout.contains("contacts-write"), "{}", list.stdout);
}

#[test]
fn saved_facts_feed_an_audit_and_hold_no_token() {
    let tree = sound().mappings(&[
        ("Account", "Segment__c", "Two-way"),
        ("Account", "Website", "Always use Salesforce"),
    ]);
    let hubspot = HubSpot::sound();
    let run = asked_with(TOKEN, &hubspot, tree.path(), &["--save", "hubspot.json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.contains("4711001"), "{}", run.stdout);
    let saved = std::fs::read_to_string(tree.path().join("hubspot.json")).unwrap();
    assert!(!saved.contains("PLANTED"));
    let who = [&WHO[..], &["--hubspot", "hubspot.json"]].concat();
    let audited = audit(&tree, &who);
    for id in [
        "hubspot-property-missing",
        "hubspot-property-not-writable",
        "hubspot-token-invalid",
        "hubspot-scope-missing",
    ] {
        audited.is_clean(id);
    }
    let again = permgap(
        tree.path(),
        &["hubspot", "--hubspot", "hubspot.json", "--format", "json"],
    );
    assert_eq!(again.status, 0);
    std::fs::write(tree.path().join("again.json"), &again.stdout).unwrap();
    let third = permgap(
        tree.path(),
        &["hubspot", "--hubspot", "again.json", "--format", "json"],
    );
    assert_eq!(third.stdout, again.stdout, "what it prints, it reads");
    std::fs::write(
        tree.path().join("other.json"),
        "{\"schema\":\"permgap.report/1\"}",
    )
    .unwrap();
    let run = permgap(tree.path(), &["hubspot", "--hubspot", "other.json"]);
    assert!(
        run.status == 2 && run.stderr.contains("permgap.hubspot/1"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_oauth_token_is_looked_up_by_its_own_way_and_shown_nowhere() {
    let hubspot = HubSpot::sound();
    let folder = tempfile::tempdir().unwrap();
    let run = asked_with(OAUTH_TOKEN, &hubspot, folder.path(), &["--format", "json"]);
    let report = run.json();
    assert_eq!(report["token"]["kind"], "oauth");
    assert_eq!(report["token"]["state"], "accepted");
    assert_eq!(report["token"]["expires_in"], 1744);
    assert_eq!(report["token"]["user_level"], false);
    assert_eq!(outcome(&report, "hubspot-scope-missing"), "clean");
    let asked = hubspot.asked();
    // The characters of the token that mean something in a path are escaped.
    assert!(
        asked[0]
            .target
            .starts_with("/oauth/v1/access-tokens/CPLANTED")
            && asked[0].target.ends_with("%2B%2F%3Dx"),
        "{asked:?}"
    );
    assert!(asked.iter().all(|asked| asked.method == "GET"));
}

#[test]
fn owners_teams_and_seats_are_kept_and_feed_the_owner_audits() {
    let hubspot = HubSpot::sound();
    let tree = sound().mappings(&[("Account", "Segment__c", "Two-way")]);
    let run = asked_with(
        TOKEN,
        &hubspot,
        tree.path(),
        &["--save", "hubspot.json", "--format", "json"],
    );
    let report = run.json();
    let owners: Vec<(&str, bool)> = (report["owners"]["rows"].as_array().unwrap().iter())
        .map(|owner| (owner["email"].as_str().unwrap(), owner["archived"] == true))
        .collect();
    assert_eq!(
        owners,
        [
            ("ann@example.com", false),
            ("ben@example.com", false),
            ("gone@example.com", true)
        ]
    );
    assert_eq!(report["users"]["rows"][0]["teams"], json!(["Sales EMEA"]));
    assert_eq!(report["users"]["rows"][0]["seats"], json!(["Core"]));
    let mut org = crate::saved::live_org();
    org["people"] = json!([{"id": "005000000000011AAA", "username": "a", "email": "ann@example.com", "is_active": true}]);
    org["emails_looked_up"] = json!(["ann@example.com", "ben@example.com"]);
    let tree = tree.file("org.json", org.to_string());
    let args = ["--hubspot", "hubspot.json", "--now", "2026-11-02T00:00:00Z"];
    let audited = crate::audits::audit_snapshot(&tree, "org.json", &args);
    assert!(
        audited.finding("owner-unmatched")["title"]
            .as_str()
            .unwrap()
            .contains("ben@example.com")
    );
    let part = HubSpot::with(&[(
        "/crm/v3/owners",
        Fault::Answer(403, missing_scopes("crm.objects.owners.read")),
    )]);
    asked_with(TOKEN, &part, tree.path(), &["--save", "hubspot.json"]);
    crate::audits::audit_snapshot(&tree, "org.json", &args)
        .is_not_evaluated("owner-unmatched", "--hubspot");
}

#[test]
fn properties_in_no_mapping_are_hints_and_never_findings() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("m.csv"),
        "hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule\ncompanies,property_0,Account,Name,Two-way\n",
    )
    .unwrap();
    let hubspot = HubSpot::sound();
    let hinted = |more: &[&str]| -> Vec<Value> {
        let args = [&["--mappings", "m.csv", "--format", "json"], more].concat();
        let report = asked_with(TOKEN, &hubspot, folder.path(), &args).json();
        assert!(!report["findings"].to_string().contains("__c"));
        report["hints"].as_array().unwrap().clone()
    };
    assert_eq!(hinted(&[]).len(), 2);
    assert_eq!(
        hubspot.count("/crm/v3/objects/companies"),
        0,
        "no record is read unasked"
    );
    let asked = hinted(&["--history"]);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["hubspot_property"], "renewal_date__c");
    assert_eq!(asked[0]["from_salesforce"], true);
}

#[test]
fn a_storm_of_429_on_one_endpoint_leaves_the_others_right() {
    let storm = |path: &'static str| {
        HubSpot::with(&[(path, Fault::Answer(429, limited("TEN_SECONDLY_ROLLING")))])
    };
    let report = asked(&storm("/settings/v3/users"), &[]).json();
    assert_eq!(report["users"]["status"], "refused");
    assert_eq!(report["properties"]["companies"]["status"], "read");
    assert_eq!(
        report["admin_changes"]["status"], "read",
        "one endpoint's storm is not the account's"
    );
    assert_eq!(report["owners"]["status"], "read");
    assert_eq!(outcome(&report, "super-admin-left-over"), "not_evaluated");
    assert_eq!(outcome(&report, "hubspot-scope-missing"), "clean");
}

#[test]
fn a_key_that_the_lookup_of_scopes_does_not_know_is_no_false_alarm() {
    let unknown =
        json!({"status": "error", "category": "INVALID_AUTHENTICATION", "message": "no such app"});
    let report = asked(&HubSpot::with(&[(INFO, Fault::Answer(401, unknown))]), &[]).json();
    assert_eq!(report["token"]["state"], "accepted");
    assert!(finding(&report, "hubspot-token-invalid").is_none());
    assert_eq!(report["properties"]["companies"]["status"], "read");
}

/// Each fault at each endpoint: its own part is said to be unread, all others are right, and the run ends.
#[test]
fn any_fault_at_any_endpoint_costs_that_part_only() {
    let elsewhere = HubSpot::sound();
    let raw = |status: u16, headers: &str, body: &str| {
        Fault::Raw(status, headers.to_owned(), body.to_owned())
    };
    let limit = limited("TEN_SECONDLY_ROLLING");
    let same_page = json!({"results": [], "paging": {"next": {"after": "7"}}});
    let moved = format!("Location: {}/stolen\r\n", elsewhere.url);
    let faults = [
        ("429 with headers", Fault::Answer(429, limit.clone())),
        ("429 without headers", raw(429, "", &limit.to_string())),
        ("no scope", Fault::Answer(403, missing_scopes("some.scope"))),
        ("500", Fault::Answer(500, json!({"message": "oops"}))),
        ("503", raw(503, "", "<html>maintenance</html>")),
        ("no JSON", raw(200, "", "<html>hello</html>")),
        ("no list", raw(200, "", "{\"results\": null}")),
        ("cut off", Fault::Cut),
        ("the same page for ever", Fault::Answer(200, same_page)),
        ("moved", raw(302, &moved, "")),
        ("hangs", Fault::Hang),
    ];
    let endpoints = [
        ("/properties/companies", "/crm/v3/properties/companies"),
        ("/owners", "/crm/v3/owners"),
        ("/users", "/settings/v3/users"),
        ("/admin_changes", "/account-info/v3/activity/security"),
    ];
    let try_all = |part: &str, path: &str| {
        for (name, fault) in &faults {
            // Properties come in one page.
            if part == "/properties/companies" && *name == "the same page for ever" {
                continue;
            }
            let began = std::time::Instant::now();
            let hubspot = HubSpot::with(&[(path, fault.clone())]);
            let report = asked(&hubspot, &["--timeout", "8"]).json();
            let case = format!("{name} at {path}");
            assert!(began.elapsed().as_secs() < 30, "{case}");
            for (other, _) in endpoints {
                let told = report.pointer(other).unwrap();
                if other == part {
                    assert_ne!(told["status"], "read", "{case}: {told}");
                    assert!(!told["reason"].as_str().unwrap().is_empty(), "{case}");
                } else {
                    assert_eq!(told["status"], "read", "{case}: {other} {told}");
                }
            }
            assert_eq!(report["account"]["portal_id"], 4_711_001, "{case}");
            assert_eq!(report["token"]["state"], "accepted", "{case}");
            assert_eq!(outcome(&report, "hubspot-token-invalid"), "clean", "{case}");
        }
    };
    // Most of the time of a case is waited.
    std::thread::scope(|scope| {
        for (part, path) in endpoints {
            let try_all = &try_all;
            scope.spawn(move || try_all(part, path));
        }
    });
    assert!(elsewhere.asked().is_empty(), "the token went elsewhere");
}

#[test]
fn calls_that_serve_a_part_tell_their_refusal() {
    let oops = || Fault::Answer(403, json!({"message": "not you"}));
    let hubspot = HubSpot::with(&[
        ("/settings/v3/users/roles", oops()),
        ("/account-info/v3/api-usage/daily/private-apps", oops()),
    ]);
    let report = asked(&hubspot, &[]).json();
    let refused: Vec<&str> = (report["probes"].as_array().unwrap().iter())
        .filter(|probe| !probe["refusal"].is_null())
        .map(|probe| probe["feature"].as_str().unwrap())
        .collect();
    assert_eq!(refused, ["api-usage", "names of permission sets"]);
    assert_eq!(report["users"]["status"], "read");
    assert_eq!(
        report["users"]["rows"][0]["permission_sets"],
        json!(["70001"])
    );
}
