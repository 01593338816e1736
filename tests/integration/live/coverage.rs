//! What could not be read lowers coverage with the reason, and never reads as a right or as its absence.

use serde_json::Value;

use super::{HUBSPOT, Site, entry, reason_of, status_of, verdicts};
use crate::org_simulator::faults::{Chance, Fault, Faults, Rule};

/// Verdicts that differ from what is so, other than by being unknown.
fn wrong(report: &Value, truth: &Value) -> Vec<String> {
    verdicts(report)
        .into_iter()
        .zip(verdicts(truth))
        .filter(|(found, so)| found != so && !found.ends_with("unknown"))
        .map(|(found, so)| format!("{found}, but it is {so}"))
        .collect()
}

#[test]
fn without_view_setup_no_row_is_no_answer() {
    let site = Site::new(|_| {});
    let truth = site.audit(&[]).json();
    let run = site.audit_as(HUBSPOT, &["--fail-on", "never", "--require", "all"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    let report = run.json();
    assert_eq!(wrong(&report, &truth), Vec::<String>::new());
    // Salesforce itself answers for objects, which is enough where no field-level security governs a field.
    let found = verdicts(&report);
    for field in ["Contact.Email", "Account.Industry", "Account.AnnualRevenue"] {
        let unknown = format!("{field} unknown");
        assert!(found.contains(&unknown), "{unknown}: {found:?}");
    }
    for area in ["assignments", "profiles", "permission-sets", "fields"] {
        assert_ne!(status_of(&report, area), "read");
        assert!(reason_of(&report, area).contains("View Setup"), "{area}");
    }
    for audit in [
        "system-permission-missing",
        "field-not-readable",
        "field-not-editable",
        "muted-in-group",
        "permission-set-unassigned",
    ] {
        let outcome = &entry(&report, "audits", "audit", audit)["outcome"];
        assert_eq!(*outcome, "not_evaluated", "{audit}");
    }
}

/// View Setup alone shows permission rows, and may hide fields: what is not seen is not missing then.
#[test]
fn a_caller_with_little_right_may_not_see_all_fields() {
    let site = Site::new(|org| {
        let changed = org.update(
            "PermissionSet",
            |row| row.get("Name").and_then(Value::as_str) == Some("HubSpot_Sync"),
            &serde_json::json!({ "PermissionsViewSetup": true }),
        );
        assert_eq!(changed, 1);
    });
    let truth = site.audit(&[]).json();
    let report = site.audit_as(HUBSPOT, &["--fail-on", "never"]).json();
    assert_eq!(wrong(&report, &truth), Vec::<String>::new());
    assert_eq!(status_of(&report, "permission-sets"), "read");
    assert_ne!(status_of(&report, "fields"), "read");
    assert!(reason_of(&report, "fields").contains("may have more fields"));
    let missing = entry(&report, "audits", "audit", "mapped-field-missing");
    assert_ne!(missing["outcome"], "findings");
}

/// A session-based set grants nothing, also where its own row is refused and only its assignment tells.
#[test]
fn a_session_based_set_is_known_by_its_assignment() {
    let site = Site::new(|org| {
        let changed = org.update(
            "PermissionSet",
            |row| row.get("Name").and_then(Value::as_str) == Some("HubSpot_Sync"),
            &serde_json::json!({ "HasActivationRequired": true }),
        );
        assert_eq!(changed, 1);
    });
    let truth = site.audit(&[]).json();
    assert!(verdicts(&truth).contains(&"Account.Segment__c gap".to_owned()));
    site.simulator.set_faults(Faults {
        rules: vec![Rule::always(
            Fault::RefusedObject("PermissionSet".to_owned()),
            "FROM PermissionSet ",
        )],
        ..Faults::default()
    });
    let report = site.audit(&[]).json();
    assert_ne!(status_of(&report, "permission-sets"), "read");
    assert_eq!(wrong(&report, &truth), Vec::<String>::new());
}

#[test]
fn a_refused_object_costs_only_its_own_facts() {
    let truth = Site::new(|_| {}).audit(&[]).json();
    for (object, area) in [
        ("ObjectPermissions", "permission-sets"),
        ("FieldPermissions", "permission-sets"),
        ("PermissionSetAssignment", "assignments"),
        ("SetupEntityAccess", "custom-permissions"),
        ("PermissionSetGroupComponent", "permission-set-groups"),
        ("ValidationRule", "validation-rules"),
        ("FlowDefinitionView", "flows"),
        ("UserLogin", "login-policy"),
        ("CustomField", "fields"),
        ("EntityDefinition", "org-wide-defaults"),
        ("UserPermissionAccess", "assignments"),
    ] {
        let site = Site::new(|_| {});
        site.simulator.set_faults(Faults {
            rules: Rule::everywhere(
                Fault::RefusedObject(object.to_owned()),
                &format!("FROM {object} "),
            ),
            ..Faults::default()
        });
        let run = site.audit(&[]);
        assert!([0, 1, 3].contains(&run.status), "{object}: {}", run.stderr);
        let report = run.json();
        assert_ne!(status_of(&report, area), "read", "{object}");
        let reason = reason_of(&report, area);
        assert!(
            reason.contains("INVALID_TYPE") || reason.contains("prove nothing"),
            "{object}: {reason}"
        );
        assert_eq!(wrong(&report, &truth), Vec::<String>::new(), "{object}");
    }
}

#[test]
fn an_org_that_lacks_columns_is_read_all_the_same() {
    let site = Site::new(|org| {
        for column in [
            "PermissionSetAssignment.IsRevoked",
            "ObjectPermissions.PermissionsViewAllFields",
            "PermissionSet.PermissionsViewAllFieldsGlobal",
            "UserEntityAccess.IsUpdatable",
        ] {
            org.lacks(column);
        }
    });
    let report = site.audit(&[]).json();
    let truth = Site::new(|_| {}).audit(&[]).json();
    assert_eq!(verdicts(&report), verdicts(&truth));
    assert_eq!(status_of(&report, "assignments"), "read");
    assert_eq!(status_of(&report, "permission-sets"), "read");
}

#[test]
fn fields_hidden_from_the_administrator_exist() {
    let site = Site::new(|org| {
        // Nobody has field-level security on it, as on a field that was made over the API.
        org.remove("FieldPermissions", |row| {
            row.get("Field").and_then(Value::as_str) == Some("Account.Churn_Risk__c")
        });
    });
    let report = site.audit(&[]).json();
    let finding = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["field"] == "Churn_Risk__c")
        .unwrap();
    assert_eq!(finding["audit"], "field-not-readable");
    assert_eq!(status_of(&report, "fields"), "read");
}

#[test]
fn the_guard_over_the_allowance_says_what_it_left_out() {
    let site = Site::new(|_| {});
    let truth = site.audit(&[]).json();
    for calls in ["8", "15", "25", "35"] {
        let run = site.audit(&["--max-api-calls", calls]);
        if run.status == 2 {
            assert!(run.stderr.contains("--max-api-calls"), "{}", run.stderr);
            continue;
        }
        let report = run.json();
        assert_eq!(wrong(&report, &truth), Vec::<String>::new(), "{calls}");
        let left_out = report["coverage"].as_array().unwrap().iter().any(|area| {
            area["reason"]
                .as_str()
                .is_some_and(|why| why.contains("left out"))
        });
        assert!(left_out, "{calls}: {report:#}");
    }
}

#[test]
fn passing_failures_change_nothing_or_are_told() {
    let site = Site::new(|_| {});
    let truth = site.with_refresh_token(&[]).json();
    for seed in 1..=4 {
        site.simulator.set_faults(Faults {
            chance: Some(Chance::passing(seed, 10)),
            ..Faults::default()
        });
        let run = site.with_refresh_token(&[]);
        assert_ne!(run.status, 2, "seed {seed}: {}", run.stderr);
        let report = run.json();
        if report != truth {
            assert_eq!(wrong(&report, &truth), Vec::<String>::new(), "seed {seed}");
            assert_ne!(report["coverage"], truth["coverage"], "seed {seed}");
        }
    }
}
