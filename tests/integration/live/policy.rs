//! What lets the user in, and what of its assignments counts: each state of the simulated org, as a finding.

use serde_json::{Value, json};

use super::{HUBSPOT, Site, entry, verdicts};
use crate::org_simulator::Org;
use crate::org_simulator::faults::{Fault, Faults, Rule};

/// The time of the fixture org.
const NOW: &str = "2026-11-20T09:00:00Z";

fn audit(change: impl FnOnce(&mut Org)) -> Value {
    let run = Site::new(change).audit(&["--now", NOW, "--fail-on", "never"]);
    assert!([0, 3].contains(&run.status), "{}", run.stderr);
    run.json()
}

fn outcome<'r>(report: &'r Value, audit: &str) -> &'r str {
    entry(report, "audits", "audit", audit)["outcome"]
        .as_str()
        .unwrap()
}

/// The titles of an audit's findings.
fn titles(report: &Value, audit: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["audit"] == audit)
        .map(|finding| finding["title"].as_str().unwrap().to_owned())
        .collect()
}

fn set(org: &mut Org, table: &str, column: &str, value: &str, change: Value) {
    let id = org.id_of(table.split('/').next_back().unwrap(), value);
    let table = table.split('/').next().unwrap();
    let is = |cell: Option<&Value>| {
        let text = cell.and_then(Value::as_str);
        text == Some(value) || (id.is_some() && text == id.as_deref())
    };
    assert_eq!(
        org.update(table, |row| is(row.get(column)), &change),
        1,
        "{table}"
    );
}

/// Changes the assignment of the set that grants the sync most of what it has.
fn assignment(org: &mut Org, change: Value) {
    set(
        org,
        "PermissionSetAssignment/PermissionSet",
        "PermissionSetId",
        "HubSpot_Sync",
        change,
    );
}

#[test]
fn what_is_assigned_and_grants_nothing_is_found() {
    const AUDIT: &str = "assignment-not-effective";
    type Change = fn(&mut Org);
    let sound = audit(|_| {});
    let told = titles(&sound, AUDIT);
    assert!(
        matches!(told.as_slice(), [one] if one.contains("Service_Contracts")),
        "{told:?}"
    );
    assert!(verdicts(&sound).contains(&"Account.Segment__c ok".to_owned()));
    // The change, what the title says, and whether a row of a mapping that was sound is a gap now.
    let cases: [(Change, &str, &str); 7] = [
        (
            |org| {
                assignment(
                    org,
                    json!({ "ExpirationDate": "2026-11-19T00:00:00.000+0000" }),
                )
            },
            "the assignment expired at 2026-11-19T00:00:00Z",
            "gap",
        ),
        (
            |org| {
                assignment(
                    org,
                    json!({ "ExpirationDate": "2026-12-01T00:00:00.000+0000" }),
                )
            },
            "ends at 2026-12-01T00:00:00Z",
            "ok",
        ),
        (
            |org| assignment(org, json!({ "IsRevoked": true })),
            "a user access policy revoked the assignment",
            "gap",
        ),
        (
            |org| assignment(org, json!({ "IsActive": false })),
            "Salesforce marks the assignment as not active",
            "gap",
        ),
        (
            |org| {
                set(
                    org,
                    "PermissionSet",
                    "Name",
                    "HubSpot_Sync",
                    json!({ "HasActivationRequired": true }),
                )
            },
            "it is session-based",
            "gap",
        ),
        (
            |org| {
                let group = json!({ "HasActivationRequired": true });
                set(
                    org,
                    "PermissionSetGroup",
                    "DeveloperName",
                    "HubSpot_Group",
                    group,
                );
            },
            "it is session-based",
            "ok",
        ),
        (
            |org| {
                let group = json!({ "Status": "Outdated" });
                set(
                    org,
                    "PermissionSetGroup",
                    "DeveloperName",
                    "HubSpot_Group",
                    group,
                );
            },
            "has the status Outdated",
            "ok",
        ),
    ];
    for (change, title, segment) in cases {
        let report = audit(change);
        let told = titles(&report, AUDIT);
        assert!(
            told.iter().any(|one| one.contains(title)),
            "{title}: {told:?}"
        );
        let verdict = format!("Account.Segment__c {segment}");
        assert!(
            verdicts(&report).contains(&verdict),
            "{title}: {:?}",
            verdicts(&report)
        );
    }
    // What a group that has to be recalculated grants is not known, and no 'ok'.
    for status in ["Outdated", "Failed"] {
        let report = audit(|org| {
            let group = json!({ "Status": status });
            set(
                org,
                "PermissionSetGroup",
                "DeveloperName",
                "HubSpot_Group",
                group,
            );
        });
        let stage = "Opportunity.Amount unknown".to_owned();
        assert!(
            verdicts(&report).contains(&stage),
            "{status}: {:?}",
            verdicts(&report)
        );
    }
}

#[test]
fn a_user_who_is_kept_out_is_found() {
    const AUDIT: &str = "user-cannot-log-in";
    let sound = audit(|_| {});
    assert_eq!(outcome(&sound, AUDIT), "clean");
    let cases = [
        (
            "UserLogin/User",
            "UserId",
            json!({ "IsFrozen": true }),
            "is frozen",
        ),
        (
            "UserLogin/User",
            "UserId",
            json!({ "IsPasswordLocked": true }),
            "is locked",
        ),
        (
            "User",
            "Username",
            json!({ "IsActive": false }),
            "is not active",
        ),
        (
            "User",
            "Username",
            json!({ "UserType": "PowerPartner" }),
            "PowerPartner",
        ),
    ];
    for (table, column, change, title) in cases {
        let report = audit(|org| set(org, table, column, HUBSPOT, change));
        let told = titles(&report, AUDIT);
        assert!(
            told.iter().any(|one| one.contains(title)),
            "{title}: {told:?}"
        );
    }
    // Salesforce keeps no row for one who never was frozen.
    let report = audit(|org| {
        assert_eq!(org.remove("UserLogin", |_| true), 2);
    });
    assert_eq!(outcome(&report, AUDIT), "clean");
    // Who may not manage users is shown none either, and that proves nothing.
    let site = Site::new(|org| {
        let admin = |row: &crate::org_simulator::model::Row| {
            row.get("PermissionsManageUsers") == Some(&Value::Bool(true))
        };
        assert!(
            org.update(
                "PermissionSet",
                admin,
                &json!({ "PermissionsManageUsers": false })
            ) > 0
        );
    });
    let report = site.audit(&["--now", NOW]).json();
    assert_eq!(outcome(&report, AUDIT), "not_evaluated");
    assert!(
        super::reason_of(&report, "login-policy").contains("Manage Users"),
        "{report:#}"
    );
}

#[test]
fn the_profiles_login_policy_is_read() {
    const AUDIT: &str = "login-restricted";
    let profile = |org: &mut Org, metadata: Value| {
        let key = ("Profile".to_owned(), "HubSpot Integration".to_owned());
        org.metadata.insert(key, metadata);
    };
    let open = audit(|org| profile(org, json!({})));
    assert_eq!(outcome(&open, AUDIT), "clean", "{open:#}");
    let ranges = titles(&audit(|_| {}), AUDIT);
    assert!(
        ranges.iter().any(|title| title.contains("1 IP range")),
        "{ranges:?}"
    );
    let hours = audit(|org| {
        profile(
            org,
            json!({ "loginHours": { "mondayStart": "480", "mondayEnd": "1080" } }),
        );
    });
    let told = titles(&hours, AUDIT);
    assert!(
        told.iter().any(|title| title.contains("login hours")),
        "{told:?}"
    );
    // The set that admits the user to HubSpot's app is gone.
    let kept_out = audit(|org| {
        profile(org, json!({}));
        let of_app = |row: &crate::org_simulator::model::Row| {
            row.get("SetupEntityType").and_then(Value::as_str) == Some("ConnectedApplication")
        };
        assert!(org.remove("SetupEntityAccess", of_app) > 0);
    });
    let told = titles(&kept_out, AUDIT);
    assert!(
        told.iter()
            .any(|title| title.contains("connected app HubSpot")),
        "{told:?}"
    );
    // The profile's metadata refused: nothing is known of ranges and hours.
    let site = Site::new(|org| profile(org, json!({})));
    site.simulator.set_faults(Faults {
        rules: vec![Rule::always(
            Fault::RefusedObject("Profile".to_owned()),
            "sobjects/Profile/",
        )],
        ..Faults::default()
    });
    let report = site.audit(&["--now", NOW]).json();
    assert_eq!(outcome(&report, AUDIT), "not_evaluated", "{report:#}");
}

/// A restriction rule hides records that sharing opens, and the user's logins tell who shares the account.
#[test]
fn restriction_rules_and_logins_are_read() {
    let report = audit(|org| {
        let rule = json!({
            "DeveloperName": "Only_Medium", "TargetEntity": "Account", "IsActive": true, "EnforcementType": "Restrict",
            "UserCriteria": "$User.IsActive = true", "RecordFilter": "Segment__c = 'Medium'",
        });
        let Value::Object(row) = rule else {
            unreachable!()
        };
        org.insert("RestrictionRule", row.into_iter().collect());
    });
    let told = titles(&report, "records-not-visible");
    assert!(
        told.iter().any(|title| title.contains("Only_Medium")),
        "{told:?}"
    );
    let report = audit(|org| {
        let login = json!({
            "LoginTime": "2026-11-20T08:45:00.000+0000", "LoginType": "Application", "Application": "Browser",
            "Status": "Success", "UserId": org.id_of("User", HUBSPOT), "SourceIp": "10.0.0.1",
        });
        let Value::Object(row) = login else {
            unreachable!()
        };
        org.insert("LoginHistory", row.into_iter().collect());
    });
    let told = titles(&report, "shared-with-people");
    assert!(
        told.iter().any(|title| title.contains("log")),
        "{told:?}: {}",
        entry(&report, "audits", "audit", "shared-with-people")
    );
}

/// What the sync points to without syncing it: its object permissions decide, and are read.
#[test]
fn the_parents_of_mapped_lookups_are_read() {
    const AUDIT: &str = "parent-not-accessible";
    let site = Site::new(|_| {});
    let mappings = "\
hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule
contact,lastname,Contact,LastName,Two-way
contact,account,Contact,AccountId,Two-way
";
    std::fs::write(site.path("mappings.csv"), mappings).unwrap();
    let unreadable = |report: &Value| {
        let told = titles(report, AUDIT);
        told.iter()
            .any(|title| title.contains("cannot read Account"))
    };
    let sound = site.audit(&["--fail-on", "never"]).json();
    assert!(!unreadable(&sound), "{sound:#}");
    site.simulator.change(|org| {
        let on_account = |row: &crate::org_simulator::model::Row| {
            row.get("SobjectType").and_then(Value::as_str) == Some("Account")
        };
        assert!(org.remove("ObjectPermissions", on_account) > 1);
    });
    let report = site.audit(&["--fail-on", "never"]).json();
    assert!(unreadable(&report), "{report:#}");
    site.save("org.json");
    let text = std::fs::read_to_string(site.path("org.json")).unwrap();
    let snapshot: Value = serde_json::from_str(&text).unwrap();
    // It counts as asked for, so that its absence from a list is a 'no'.
    let scope = snapshot["scope"].as_array().unwrap();
    assert!(scope.contains(&json!("Account")), "{scope:?}");
}

/// Salesforce's own answer on fields: agreement changes nothing, a denial is shown, and one who does not answer costs nothing.
#[test]
fn salesforces_own_answers_on_fields_are_held_against_what_is_computed() {
    let site = Site::new(|_| {});
    let whole = site.audit(&[]).json();
    let asked = |site: &Site| {
        let requests = site.simulator.requests();
        requests.iter().any(|request| {
            request
                .soql
                .as_deref()
                .unwrap_or_default()
                .contains("FROM UserFieldAccess")
        })
    };
    assert!(asked(&site));
    let silent = Site::new(|org| org.user_field_access = false);
    let report = silent.audit(&[]).json();
    assert_eq!(report["findings"], whole["findings"]);
    assert_eq!(report["mappings"], whole["mappings"]);
    site.simulator.set_faults(Faults {
        rules: vec![Rule::always(
            Fault::RefusedObject("UserFieldAccess".to_owned()),
            "FROM UserFieldAccess",
        )],
        ..Faults::default()
    });
    let report = site.audit(&[]).json();
    assert_eq!(report["findings"], whole["findings"]);
    assert_eq!(super::status_of(&report, "user"), "read");
    assert!(
        super::reason_of(&report, "user").contains("user_field_access"),
        "{report:#}"
    );
    // The licence withholds a field: permission sets grant it, and Salesforce says no.
    let withheld = Site::new(|org| {
        let names = ["Account.Segment__c".to_owned()];
        org.withheld
            .insert("Salesforce".to_owned(), names.into_iter().collect());
    });
    let report = withheld.audit(&["--fail-on", "never"]).json();
    let told = titles(&report, "licence-limits-grant");
    assert!(
        told.iter()
            .any(|title| title.contains("Account.Segment__c")),
        "{told:?}"
    );
    assert!(verdicts(&report).contains(&"Account.Segment__c unknown".to_owned()));
}
