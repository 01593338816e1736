use serde_json::{Value, json};

use super::{Audited, WHO, audit, evidence, sound};

const AUDIT: &str = "super-admin-left-over";

fn judged(changes: Value, policy: &str) -> Audited {
    let facts = json!({
        "schema": "permgap.hubspot/1",
        "users": {"status": "read", "rows": [{"id": "7", "email": "ann@x.example", "super_admin": true}]},
        "admin_changes": changes,
    });
    let tree = sound()
        .file("hubspot.json", facts.to_string())
        .file("policy.toml", policy);
    let files = [
        "--hubspot",
        "hubspot.json",
        "--hubspot-policy",
        "policy.toml",
        "--now",
        "2026-11-02T00:00:00Z",
    ];
    audit(&tree, &[&WHO[..], &files].concat())
}

fn change(kind: &str, at: &str) -> Value {
    json!({"type": kind, "at": at, "user_id": "7", "by": "ops@x.example"})
}

fn read(rows: Value) -> Value {
    json!({"status": "read", "rows": rows})
}

fn person(line: &str) -> String {
    format!("[[person]]\nemail = 'ann@x.example'\n{line}\n")
}

#[test]
fn rights_that_were_given_and_not_taken_back() {
    let given = change("ADD_ADMIN_PERMISSIONS", "2026-05-01T00:00:00Z");
    let audited = judged(read(json!([given])), "");
    let finding = audited.finding(AUDIT);
    assert_eq!(
        finding["title"],
        "ann@x.example was made super admin and still is"
    );
    assert_eq!(finding["confidence"], "possible");
    let taken = change("REMOVE_ADMIN_PERMISSIONS", "2026-05-02T00:00:00Z");
    judged(read(json!([given, taken])), "").is_clean(AUDIT);
    judged(read(json!([])), "").is_clean(AUDIT);
    judged(read(json!([given])), &person("super-admin = true")).is_clean(AUDIT);
    judged(
        read(json!([given])),
        &person("super-admin-until = 2026-12-24"),
    )
    .is_clean(AUDIT);
}

#[test]
fn a_date_that_is_past_is_certain_without_security_activity() {
    let refused = json!({"status": "refused", "reason": "security activities were not read: 403"});
    let audited = judged(refused.clone(), &person("super-admin-until = 2026-10-01"));
    let finding = audited.finding(AUDIT);
    assert_eq!(finding["confidence"], "certain");
    assert!(evidence(finding).contains("until 2026-10-01"));
    judged(refused, "").is_not_evaluated(AUDIT, "security activities");
}

#[test]
fn an_activity_that_names_nobody_is_not_taken_for_nothing() {
    let nameless = json!({"type": "ADD_ADMIN_USER", "at": "2026-05-01T00:00:00Z"});
    judged(read(json!([nameless])), "").is_not_evaluated(AUDIT, "name no user");
}

#[test]
fn files_alone_tell_of_a_date_that_is_past_and_neither_tells_nothing() {
    let policy = format!(
        "users-export = 'users.csv'\n{}",
        person("super-admin-until = 2026-10-01")
    );
    let run = |rights: &str| {
        let tree = sound().file("policy.toml", &policy).file(
            "users.csv",
            format!("User ID,First name,Email address,Permissions\n7,Ann,ann@x.example,{rights}\n"),
        );
        let files = [
            "--hubspot-policy",
            "policy.toml",
            "--now",
            "2026-11-02T00:00:00Z",
        ];
        audit(&tree, &[&WHO[..], &files].concat())
    };
    let audited = run("Super Admin");
    assert_eq!(audited.finding(AUDIT)["confidence"], "certain");
    assert!(evidence(audited.finding(AUDIT)).contains("export of users"));
    // Whoever else was made super admin, an export does not tell.
    let audited = run("Sales");
    assert!(audited.findings(AUDIT).is_empty());
    audited.is_not_evaluated(AUDIT, "were not read");
    audit(&sound(), &WHO).is_not_evaluated(AUDIT, "HubSpot was not asked");
}
