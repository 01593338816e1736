use serde_json::{Value, json};

use super::{Audited, WHO, audit_snapshot, evidence, sound};
use crate::runner::permgap;
use crate::saved::{live_org, saved};

const AUDIT: &str = "connector-exceeds-user";

const POLICY: &str = "
[connector]
name = 'Assistant'

[[person]]
email = 'Ann@x.example'
may = { contacts = 'read', deals = 'write' }

[[person]]
email = 'ben@x.example'
may = { contacts = 'read', deals = 'read' }
";

fn org(scopes: &[&str], users: Value) -> Value {
    let mut org = live_org();
    org["hubspot"] = json!({
        "token": {"kind": "static", "state": "accepted", "scopes": scopes},
        "users": users,
    });
    org
}

fn users(emails: &[&str]) -> Value {
    let rows: Vec<Value> = (emails.iter().enumerate())
        .map(|(index, email)| json!({"id": index.to_string(), "email": email}))
        .collect();
    json!({"status": "read", "rows": rows})
}

fn judged(org: &Value, policy: &str) -> Audited {
    let tree = saved(org)
        .file("policy.toml", policy)
        .file("hubspot.json", {
            let mut facts = org["hubspot"].clone();
            facts["schema"] = "permgap.hubspot/1".into();
            facts.to_string()
        });
    let args = [
        "--now",
        "2026-11-02T00:00:00Z",
        "--hubspot",
        "hubspot.json",
        "--hubspot-policy",
        "policy.toml",
    ];
    audit_snapshot(&tree, "org.json", &args)
}

#[test]
fn what_a_key_gives_everybody_is_more_than_one_person_may() {
    let scopes = [
        "oauth",
        "crm.objects.contacts.read",
        "crm.objects.deals.write",
        "crm.export",
    ];
    let audited = judged(
        &org(&scopes, users(&["ann@x.example", "ben@x.example"])),
        POLICY,
    );
    let found = audited.findings(AUDIT);
    let titles: Vec<&str> = found
        .iter()
        .map(|found| found["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        titles,
        [
            "Assistant lets ann@x.example read export",
            "Assistant lets ben@x.example write deals, read export"
        ]
        .iter()
        .rev()
        .copied()
        .collect::<Vec<_>>()
    );
    let ben = found[0];
    assert_eq!(ben["severity"], "medium");
    assert!(evidence(ben).contains("crm.objects.deals.write opens deals to write"));
    assert!(evidence(ben).contains("on deals: read through the connector"));
    // The smallest keys: the scope that nobody may use goes, and what only Ann may is split off.
    let steps = ben["fix"]["steps"].to_string();
    assert!(steps.contains("Take crm.export from Assistant"), "{steps}");
    assert!(
        steps.contains(
            "A key for ann@x.example: crm.objects.contacts.read, crm.objects.deals.write"
        ),
        "{steps}"
    );
    assert!(
        steps.contains("A key for ben@x.example: crm.objects.contacts.read"),
        "{steps}"
    );
    assert!(!found[1]["fix"]["steps"].to_string().contains("A key for"));
}

#[test]
fn scopes_within_everybodys_rights_are_clean() {
    // Who reads contacts may see how their properties are defined.
    let scopes = [
        "oauth",
        "crm.objects.contacts.read",
        "crm.schemas.contacts.read",
        "crm.objects.deals.read",
    ];
    judged(
        &org(&scopes, users(&["ann@x.example", "ben@x.example"])),
        POLICY,
    )
    .is_clean(AUDIT);
}

#[test]
fn own_rights_in_hubspot_count_and_a_super_admin_has_all() {
    let policy = "[[person]]\nemail = 'ann@x.example'\nrights = { deals = 'edit-own' }\n";
    let scopes = ["crm.objects.deals.read"];
    let mut org = org(&scopes, users(&["ann@x.example"]));
    let audited = judged(&org, policy);
    assert_eq!(audited.finding(AUDIT)["severity"], "low");
    assert!(evidence(audited.finding(AUDIT)).contains("write-own in HubSpot"));
    org["hubspot"]["users"]["rows"][0]["super_admin"] = true.into();
    judged(&org, policy).is_clean(AUDIT);
    org["hubspot"]["users"]["rows"][0]["super_admin"] = false.into();
    org["hubspot"]["token"]["user_level"] = true.into();
    assert_eq!(
        judged(&org, policy).finding(AUDIT)["confidence"],
        "possible"
    );
}

#[test]
fn everybody_else_is_one_entry_and_who_is_left_out_is_said() {
    let scopes = ["crm.objects.contacts.read"];
    let org = org(
        &scopes,
        users(&["ann@x.example", "ben@x.example", "cleo@x.example"]),
    );
    judged(&org, POLICY).is_not_evaluated(AUDIT, "1 of 3 HubSpot users");
    let rest = format!("{POLICY}\n[[person]]\nemail = '*'\nmay = {{}}\n");
    assert_eq!(
        judged(&org, &rest).finding(AUDIT)["title"],
        "Assistant lets everybody else read contacts"
    );
}

#[test]
fn files_alone_are_enough_and_without_them_it_is_not_evaluated() {
    let policy = POLICY.replace(
        "'Assistant'",
        "'Assistant'\nscopes = ['crm.objects.companies.read']",
    );
    let tree = sound().file("policy.toml", &policy);
    let who = [&WHO[..], &["--hubspot-policy", "policy.toml"]].concat();
    let audited = super::audit(&tree, &who);
    assert_eq!(audited.findings(AUDIT).len(), 2);
    let run = permgap(
        tree.path(),
        &[
            "hubspot",
            "--hubspot-policy",
            "policy.toml",
            "--format",
            "json",
        ],
    );
    let found = run.json()["findings"].as_array().unwrap().len();
    assert_eq!((found, run.stderr.as_str()), (2, ""));
    super::audit(&tree, &WHO).is_not_evaluated(AUDIT, "--hubspot-policy");
    let tree = sound().file("policy.toml", POLICY);
    super::audit(&tree, &who).is_not_evaluated(AUDIT, "scopes");
}

#[test]
fn a_policy_that_says_something_else_is_a_mistake() {
    for (policy, says) in [
        (
            "[[person]]\nemail = 'a@x.example'\nmay = { contacts = 'all' }",
            "policy.toml:3: ",
        ),
        ("[[person]]\nemail = 'a@x.example'\nmight = {}", "might"),
        (
            "[[person]]\nemail = 'a@x.example'\n[[person]]\nemail = 'A@x.example'",
            "stands twice",
        ),
        ("users-export = 'users.csv'", "users.csv"),
    ] {
        let tree = sound().file("policy.toml", policy);
        let run = permgap(tree.path(), &["hubspot", "--hubspot-policy", "policy.toml"]);
        assert_eq!(run.status, 2, "{policy}");
        assert!(run.stderr.contains(says), "{policy}: {}", run.stderr);
    }
}
