use serde_json::{Value, json};

use super::{Audited, WHO, audit, evidence, sound};
use crate::tree::Tree;

const AUDIT: &str = "installer-below-minimum";

const APP: &str = "
[[app]]
name = 'Dialler'
installer = 'ann@x.example'
needs = { contacts = 'edit', deals = 'delete' }
also = ['App Marketplace access']
";

fn with(policy: &str, facts: Value) -> Tree {
    let mut facts = facts;
    facts["schema"] = "permgap.hubspot/1".into();
    sound()
        .file("policy.toml", policy)
        .file("hubspot.json", facts.to_string())
}

fn judged(person: &str, users: Value) -> Audited {
    let policy = format!("{APP}\n[[person]]\nemail = 'ann@x.example'\n{person}\n");
    let tree = with(&policy, json!({"users": users}));
    let files = [
        "--hubspot",
        "hubspot.json",
        "--hubspot-policy",
        "policy.toml",
    ];
    audit(&tree, &[&WHO[..], &files].concat())
}

fn ann(admin: bool) -> Value {
    json!({"status": "read", "rows": [{"id": "1", "email": "ann@x.example", "super_admin": admin}]})
}

#[test]
fn an_installer_who_may_not_edit_is_below_the_minimum() {
    let rights = "rights = { contacts = 'view', deals = 'none' }\nhas = []";
    let audited = judged(rights, ann(false));
    let finding = audited.finding(AUDIT);
    assert_eq!(
        finding["title"],
        "ann@x.example cannot install Dialler: write contacts, write deals, App Marketplace access"
    );
    assert!(
        evidence(finding)
            .contains("Dialler needs write on contacts, and policy.toml declares read")
    );
}

#[test]
fn edit_is_enough_where_delete_is_asked_and_a_super_admin_may_all() {
    let rights = "rights = { contacts = 'edit', deals = 'edit' }\nhas = ['app marketplace access']";
    judged(rights, ann(false)).is_clean(AUDIT);
    judged("", ann(true)).is_clean(AUDIT);
    // What is meant stands in for what HubSpot was not asked, and not for its answer.
    judged("super-admin = true", ann(false)).is_not_evaluated(AUDIT, "Settings > Users & Teams");
}

#[test]
fn what_nobody_tells_is_not_evaluated_and_says_where_to_look() {
    judged("", ann(false)).is_not_evaluated(AUDIT, "Settings > Users & Teams");
    let rights =
        "rights = { contacts = 'edit-team', deals = 'edit' }\nhas = ['App Marketplace access']";
    judged(rights, ann(false)).is_not_evaluated(AUDIT, "own or of the team");
    let rights = "rights = { contacts = 'edit', deals = 'edit' }\nhas = ['App Marketplace access']";
    judged(rights, json!({"status": "refused"})).is_not_evaluated(AUDIT, "is a HubSpot user still");
    audit(&sound(), &WHO).is_not_evaluated(AUDIT, "--hubspot-policy");
    let tree = with("", json!({"users": ann(false)}));
    let files = [
        "--hubspot",
        "hubspot.json",
        "--hubspot-policy",
        "policy.toml",
    ];
    audit(&tree, &[&WHO[..], &files].concat()).is_not_evaluated(AUDIT, "[[app]]");
}

#[test]
fn an_installer_who_has_left_is_found_by_each_source() {
    let other = json!({"status": "read", "rows": [{"id": "2", "email": "ben@x.example"}]});
    for audited in [
        judged("", other),
        judged("left = true", json!({"status": "refused"})),
    ] {
        assert_eq!(
            audited.finding(AUDIT)["title"],
            "ann@x.example, who installed Dialler, has left"
        );
    }
    let policy = format!("users-export = 'users.csv'\n{APP}");
    let export = |row: &str| {
        format!(
            "\u{feff}User ID,First name,Email address,Assigned role,Permissions\r\n7,Ann,{row}\r\n"
        )
    };
    let files = ["--hubspot-policy", "policy.toml"];
    let run = |row: &str| {
        let tree = sound()
            .file("policy.toml", &policy)
            .file("users.csv", export(row));
        audit(&tree, &[&WHO[..], &files].concat())
    };
    assert!(evidence(run("ben@x.example,,").finding(AUDIT)).contains("export of users"));
    run("Ann@x.example,Super Admin,").is_clean(AUDIT);
}

#[test]
fn a_token_whose_maker_has_left() {
    let facts = |id: &str| json!({"token": {"kind": "static", "state": "accepted", "user_id": id}, "users": ann(false)});
    let files = ["--hubspot", "hubspot.json"];
    let who = [&WHO[..], &files].concat();
    let audited = audit(&with("", facts("9")), &who);
    assert_eq!(
        audited.finding(AUDIT)["title"],
        "The user who made the HubSpot token has left"
    );
    assert!(
        audit(&with("", facts("1")), &who)
            .findings(AUDIT)
            .is_empty()
    );
}

#[test]
fn files_alone_judge_the_rights_of_an_installer() {
    let run = |person: &str, row: &str| {
        let policy = format!(
            "users-export = 'users.csv'\n{APP}[[person]]\nemail = 'ann@x.example'\n{person}\n"
        );
        let tree = sound().file("policy.toml", policy).file(
            "users.csv",
            format!("User ID,First name,Email address,Permissions\n7,Ann,{row}\n"),
        );
        audit(
            &tree,
            &[&WHO[..], &["--hubspot-policy", "policy.toml"]].concat(),
        )
    };
    let row = "ann@x.example,Sales";
    let few = "rights = { deals = 'read', contacts = 'read' }";
    assert!(!run(few, row).findings(AUDIT).is_empty());
    run(few, "ann@x.example,Super Admin").is_clean(AUDIT);
    run("", row).is_not_evaluated(AUDIT, "is not declared");
}

#[test]
fn an_export_of_users_with_semicolons_is_read_and_another_file_is_named() {
    let run = |export: &str| {
        let tree = sound()
            .file("policy.toml", format!("users-export = 'users.csv'\n{APP}"))
            .file("users.csv", export);
        crate::runner::permgap(
            tree.path(),
            &[
                "hubspot",
                "--hubspot-policy",
                "policy.toml",
                "--format",
                "json",
            ],
        )
    };
    let report = run("User ID;E-mail;Role\n7;ann@x.example;Super Admin\n").json();
    assert_eq!(report["findings"], json!([]));
    let other = run("Deal,Amount\nBig,7\n");
    assert_eq!(other.status, 2);
    assert!(
        other.stderr.contains("`email`") && other.stderr.contains("Deal, Amount"),
        "{}",
        other.stderr
    );
}
