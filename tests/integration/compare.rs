//! `permgap compare`, from outside.

use serde_json::{Value, json};

use crate::audits::{sound, sync_grants};
use crate::runner::permgap;
use crate::tree::{Tree, field_permissions, object_permissions};

fn compare(tree: &Tree, args: &[&str]) -> Value {
    let mut all = vec!["compare", "--format", "json"];
    all.extend(args);
    let run = permgap(tree.path(), &all);
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.json()
}

fn differing(report: &Value) -> Vec<(String, Value, Value)> {
    let all = report["differences"].as_array().unwrap().iter();
    all.map(|it| {
        let on = format!(
            "{} {}",
            it["on"].as_str().unwrap(),
            it["right"].as_str().unwrap()
        );
        (on, it["a"].clone(), it["b"].clone())
    })
    .collect()
}

#[test]
fn two_permission_sets_of_a_tree() {
    let tree = sound().permission_set(
        "Less",
        &(object_permissions("Account", "r") + &field_permissions("Account.Segment__c", "r")),
    );
    let args = ["Sync", "permset:less", "--source-dir", "force-app"];
    let report = compare(&tree, &args);
    let only_a = |on: &str| (on.to_owned(), json!(true), json!(false));
    assert_eq!(
        differing(&report),
        [
            only_a("Account create"),
            only_a("Account edit"),
            only_a("Account.Segment__c edit"),
            only_a("Account.Website read"),
            only_a("Account.Website edit"),
        ]
    );
    let same = compare(&tree, &["Sync", "SYNC", "--source-dir", "force-app"]);
    assert!(differing(&same).is_empty());
}

#[test]
fn two_snapshots_of_one_user() {
    let tree = sound();
    let save = |file: &str| {
        let run = permgap(
            tree.path(),
            &["snapshot", "--source-dir", "force-app", "-o", file],
        );
        assert_eq!(run.status, 0, "{}", run.stderr);
    };
    save("old.json");
    let tree = {
        let more = sync_grants()
            + "<userPermissions><enabled>true</enabled><name>ViewAllData</name></userPermissions>";
        tree.permission_set("Sync", &more)
    };
    let run = permgap(
        tree.path(),
        &["snapshot", "--source-dir", "force-app", "-o", "new.json.gz"],
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
    let mut args = vec!["old.json", "new.json.gz"];
    args.extend(crate::audits::WHO);
    let found = differing(&compare(&tree, &args));
    assert!(
        found.contains(&("ViewAllData enabled".to_owned(), json!(false), json!(true))),
        "{found:?}"
    );
    assert!(
        found.contains(&("Account view_all".to_owned(), json!(false), json!(true))),
        "{found:?}"
    );
}

#[test]
fn two_users_of_one_source_and_names_that_are_not_there() {
    let folder = Tree::new();
    let run = permgap(folder.path(), &["snapshot", "--demo", "-o", "demo.json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let path = folder.path().join("demo.json");
    let mut snapshot: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let mut other = snapshot["users"][0].clone();
    other["id"] = "0050000000000PGBAA".into();
    other["username"] = "second@nordlicht-bikes.example".into();
    other["assignments"] = json!([]);
    other["platform_access"] = json!([]);
    snapshot["users"].as_array_mut().unwrap().push(other);
    std::fs::write(&path, snapshot.to_string()).unwrap();
    let (a, b) = (
        "hubspot@nordlicht-bikes.example",
        "second@nordlicht-bikes.example",
    );
    let found = differing(&compare(&folder, &[a, b, "--snapshot", "demo.json"]));
    assert!(!found.is_empty());
    assert!(
        found.iter().all(|(_, a, b)| *a != false && *b == false),
        "{found:?}"
    );
    let back = differing(&compare(&folder, &[b, a, "--snapshot", "demo.json"]));
    assert_eq!(back.len(), found.len());

    for (args, says) in [
        (
            vec!["compare", "HubSpot_Snyc", a, "--demo"],
            "did you mean HubSpot_Sync",
        ),
        (
            vec!["compare", "permset:Nope", a, "--demo"],
            "there is no permission set `Nope`",
        ),
        (vec!["compare", "A", "B"], "no source of the org"),
        (vec!["compare", "a.json", "b.json"], "a.json"),
    ] {
        let run = permgap(folder.path(), &args);
        assert_eq!(run.status, 2, "{args:?}");
        assert!(run.stderr.contains(says), "{}", run.stderr);
    }
    let run = permgap(folder.path(), &["compare", "HubSpot_Sync", a, "--demo"]);
    assert!(
        run.stdout.contains("Only B may"),
        "{}\n{}",
        run.stdout,
        run.stderr
    );
}

#[test]
fn each_format_tells_the_same_rights() {
    let tree = sound().permission_set("Less", &object_permissions("Account", "r"));
    let written = |format: &str| {
        let args = [
            "compare",
            "Sync",
            "Less",
            "--source-dir",
            "force-app",
            "--format",
            format,
        ];
        let run = permgap(tree.path(), &args);
        assert_eq!(run.status, 0, "{}", run.stderr);
        run.stdout
    };
    let csv = written("csv");
    assert!(
        csv.starts_with("kind,on,right,a,b\nobject,Account,create,yes,no\n"),
        "{csv}"
    );
    let json: Value = serde_json::from_str(&written("json")).unwrap();
    assert_eq!(json["summary"]["differ"], csv.lines().count() - 1);
    let markdown = written("markdown");
    assert!(
        markdown.contains("| Account | create, edit | object | yes | no |"),
        "{markdown}"
    );
    assert!(written("table").contains("create, edit"));
}

#[test]
fn mappings_narrow_a_comparison_to_their_objects() {
    let tree = sound().permission_set(
        "More",
        &(object_permissions("Lead", "r") + &object_permissions("Account", "r")),
    );
    let args = ["Sync", "More", "--source-dir", "force-app"];
    let all = differing(&compare(&tree, &args));
    assert!(all.iter().any(|(on, ..)| on == "Lead read"), "{all:?}");
    let mapped = compare(
        &tree,
        &[&args[..], &["--mappings", "mappings.csv"]].concat(),
    );
    let mapped = differing(&mapped);
    assert!(
        !mapped.is_empty() && mapped.iter().all(|(on, ..)| !on.starts_with("Lead")),
        "{mapped:?}"
    );
}

#[test]
fn what_is_known_of_neither_is_not_the_same() {
    let broken = "<PermissionSet><label>";
    let path =
        |name: &str| format!("force-app/main/default/permissionsets/{name}.permissionset-meta.xml");
    let tree = sound().file(&path("X"), broken).file(&path("Y"), broken);
    let args = ["compare", "X", "Y", "--source-dir", "force-app"];
    let run = permgap(tree.path(), &args);
    assert!(
        run.status != 0 && !run.stdout.contains("Both may do the same"),
        "{}\n{}",
        run.stdout,
        run.stderr
    );
}
