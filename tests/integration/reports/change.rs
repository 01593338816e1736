//! `--changed-since`: a repository's history is replayed, and each step says only what it brings.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::audits::{SYSTEM, WHO, sound, sync_grants};
use crate::runner::{Run, command, finish};
use crate::tree::{Tree, field_permissions, user_permissions};

const MAPPINGS: &str =
    "hubspot_object,hubspot_property,salesforce_object,salesforce_field,sync_rule\n";

fn git(folder: &Path, args: &[&str]) {
    let output = Command::new("git")
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["-c", "user.name=T", "-c", "user.email=t@example.com"])
        .args(["-c", "protocol.file.allow=always"])
        .args(args)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
}

fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "x"]);
}

/// The sound tree as the first commit of a repository.
fn repository() -> Tree {
    let tree = sound();
    git(tree.path(), &["init", "-q", "-b", "main"]);
    commit(tree.path());
    tree
}

fn audit(folder: &Path, dir: &str, since: &str) -> Run {
    let mut args = vec!["audit", "--source-dir", dir, "--mappings", "mappings.csv"];
    args.extend(["--changed-since", since, "--format", "json"]);
    args.extend(WHO);
    let mut command = command(folder);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    finish(command.args(args))
}

/// Audit, object, field and place of each finding.
fn found(run: &Run) -> Vec<String> {
    let report: Value = run.json();
    let all = report["findings"].as_array().unwrap().iter();
    all.map(|f| {
        format!(
            "{} {}.{}",
            f["audit"].as_str().unwrap(),
            f["object"].as_str().unwrap_or("-"),
            f["field"].as_str().unwrap_or("-")
        )
    })
    .collect()
}

/// The annotations of the same run, where lines are shown.
fn annotations(folder: &Path, since: &str) -> String {
    let mut args = vec![
        "audit",
        "--source-dir",
        "force-app",
        "--mappings",
        "mappings.csv",
    ];
    args.extend(["--changed-since", since, "--format", "github"]);
    args.extend(WHO);
    let mut command = command(folder);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    finish(command.args(args)).stdout
}

fn line_of(folder: &Path, file: &str, text: &str) -> usize {
    let content = std::fs::read_to_string(folder.join(file)).unwrap();
    1 + content
        .lines()
        .position(|line| line.contains(text))
        .unwrap()
}

const SET: &str = "force-app/main/default/permissionsets/Sync.permissionset-meta.xml";

#[test]
fn a_history_is_replayed_and_each_step_says_what_it_brings() {
    let mut tree = repository();
    let path = tree.path().to_owned();

    // A mapped field comes without access.
    let rows = MAPPINGS.to_owned()
        + "companies,a,Account,Segment__c,Two-way\ncompanies,b,Account,Website,Always use Salesforce\n"
        + "companies,c,Account,Tier__c,Two-way\n";
    tree = tree
        .field("Account", "Tier__c", "Text", "<length>20</length>")
        .field("Account", "Unmapped__c", "Text", "<length>20</length>")
        .file("mappings.csv", &rows);
    // Before it is committed, and after, the answer is the same.
    for _ in 0..2 {
        let run = audit(&path, "force-app", "main");
        assert_eq!(run.status, 1, "{}", run.stderr);
        assert_eq!(
            found(&run),
            [
                "field-not-readable Account.Tier__c",
                "new-field-without-access Account.Unmapped__c"
            ]
        );
        let text = annotations(&path, "main");
        assert!(
            text.contains("::error file=force-app/main/default/objects/Account/fields/Tier__c.field-meta.xml,line="),
            "{text}"
        );
        git(&path, &["checkout", "-q", "-B", "work"]);
        git(&path, &["add", "-A"]);
    }
    commit(&path);
    assert_eq!(audit(&path, "force-app", "HEAD").status, 0);

    // Its access is added.
    let granted = sync_grants() + &field_permissions("Account.Tier__c", "re");
    tree = tree.permission_set("Sync", &granted);
    commit(&path);
    let run = audit(&path, "force-app", "main");
    assert_eq!(run.status, 0, "{}", run.stdout);
    assert_eq!(
        found(&run),
        ["new-field-without-access Account.Unmapped__c"]
    );

    // Another field's access is taken away.
    let line = line_of(&path, SET, "Account.Segment__c");
    let removed = granted.replace(&field_permissions("Account.Segment__c", "re"), "");
    tree = tree.permission_set("Sync", &removed);
    let run = audit(&path, "force-app", "HEAD");
    assert_eq!(run.status, 1);
    assert_eq!(found(&run), ["field-not-readable Account.Segment__c"]);
    let text = annotations(&path, "HEAD");
    assert!(
        text.contains(&format!("::error file={SET},line={},", line - 1)),
        "{text}"
    );
    let place = &run.json()["findings"][0]["location"];
    assert_eq!(*place, serde_json::json!({"file": SET, "line": line - 1}));
    let evidence = run.json()["findings"][0]["evidence"][0]["text"].to_string();
    assert!(evidence.contains("the change took it away"), "{evidence}");
    tree = tree.permission_set("Sync", &granted);
    assert_eq!(audit(&path, "force-app", "HEAD").status, 0);

    // A field's definition is taken away; its mapping and its grant stay.
    let definition =
        path.join("force-app/main/default/objects/Account/fields/Tier__c.field-meta.xml");
    let text = std::fs::read_to_string(&definition).unwrap();
    std::fs::remove_file(&definition).unwrap();
    let run = audit(&path, "force-app", "HEAD");
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(found(&run), ["mapped-field-missing Account.Tier__c"]);
    std::fs::write(&definition, text).unwrap();

    // A field is renamed, and the mapping with it; the grant is forgotten.
    let fields = "force-app/main/default/objects/Account/fields";
    let (old, new) = (
        format!("{fields}/Tier__c.field-meta.xml"),
        format!("{fields}/Level__c.field-meta.xml"),
    );
    git(&path, &["mv", &old, &new]);
    tree = tree
        .field("Account", "Level__c", "Text", "<length>20</length>")
        .file("mappings.csv", rows.replace("Tier__c", "Level__c"));
    let run = audit(&path, "force-app", "HEAD");
    assert_eq!(found(&run), ["field-not-readable Account.Level__c"]);
    let text = annotations(&path, "HEAD");
    assert!(
        text.contains(&format!("::error file={new},line=")),
        "{text}"
    );
    drop(tree);
}

#[test]
fn a_permission_set_that_the_change_deletes_grants_nothing_any_more() {
    let tree = repository();
    let path = tree.path();
    std::fs::remove_file(path.join(SET)).unwrap();
    let run = audit(path, "force-app", "HEAD");
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    let report = run.json();
    assert!(
        found(&run).contains(&"object-not-accessible Account.-".to_owned()),
        "{:?}",
        found(&run)
    );
    let notices = report["notices"].to_string();
    assert!(
        notices.contains("takes away permission set Sync"),
        "{notices}"
    );
    let all = report["findings"].to_string();
    assert!(
        all.contains(&format!("the change took it away with `{SET}`")),
        "{all}"
    );
}

/// Before the change the set did not exist, and that is known: what it does not grant is an old gap.
#[test]
fn a_permission_set_that_the_change_brings_closes_gaps_and_opens_none() {
    let tree = repository();
    let path = &tree.path().to_owned();
    let only = field_permissions("Account.Segment__c", "re");
    let set = sync_grants().replace(&only, "");
    let tree = tree.permission_set("Sync", &set);
    commit(path);
    let tree = tree.permission_set("More", &field_permissions("Account.Website", "r"));
    let mut args = vec!["audit", "--source-dir", "force-app", "--format", "json"];
    args.extend(["--mappings", "mappings.csv", "--changed-since", "HEAD"]);
    args.extend(["--permission-set", "More"]);
    args.extend(WHO);
    let mut command = command(tree.path());
    command.env("PATH", std::env::var_os("PATH").unwrap());
    let run = finish(command.args(&args));
    assert_eq!(found(&run), [""; 0], "{}", run.stderr);
    assert_eq!(run.status, 0);
}

#[test]
fn a_field_that_is_renamed_under_its_mapping_is_placed_where_it_was_defined() {
    let tree = repository();
    let path = &tree.path().to_owned();
    let fields = "force-app/main/default/objects/Account/fields";
    let (old, new) = (
        format!("{fields}/Segment__c.field-meta.xml"),
        format!("{fields}/Sector__c.field-meta.xml"),
    );
    git(path, &["mv", &old, &new]);
    let text = std::fs::read_to_string(path.join(&new)).unwrap();
    std::fs::write(path.join(&new), text.replace("Segment__c", "Sector__c")).unwrap();
    let line = line_of(path, &new, "Sector__c");
    // The grant follows the field, the mapping does not.
    let grants = sync_grants().replace("Account.Segment__c", "Account.Sector__c");
    let tree = tree.permission_set("Sync", &grants);
    let text = annotations(tree.path(), "HEAD");
    assert!(
        text.contains(&format!(
            "::error file={new},line={line},title=mapped-field-missing"
        )),
        "{text}"
    );
}

#[test]
fn a_record_type_that_the_sync_sets_is_looked_at_once_it_exists() {
    let setting = "[[sync.record-type]]\nobject = \"Account\"\nname = \"Dealer\"\n";
    let tree = sound().file("permgap.toml", setting);
    let path = &tree.path().to_owned();
    git(path, &["init", "-q", "-b", "main"]);
    commit(path);
    let file = "force-app/main/default/objects/Account/recordTypes/Dealer.recordType-meta.xml";
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
               <RecordType xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n\
               <fullName>Dealer</fullName>\n<active>true</active>\n<label>Dealer</label>\n</RecordType>\n";
    let tree = tree.file(file, xml);
    let run = audit(tree.path(), "force-app", "HEAD");
    assert_eq!(
        found(&run),
        ["record-type-not-available Account.-"],
        "{}",
        run.stderr
    );
    assert_eq!(run.json()["findings"][0]["location"]["file"], file);
    assert_eq!(run.status, 1);
}

/// The permission sets live only in the org: the repository holds objects, and is laid over a snapshot.
#[test]
fn a_tree_laid_over_a_snapshot_is_compared_with_the_same_org() {
    let tree = repository();
    let path = &tree.path().to_owned();
    let elsewhere = tempfile::tempdir().unwrap();
    let org = elsewhere.path().join("org.json");
    let org = org.to_str().unwrap();
    let permgap = |args: &[&str]| {
        let mut command = command(path);
        command.env("PATH", std::env::var_os("PATH").unwrap());
        finish(command.args(args))
    };
    let saved = permgap(&["snapshot", "--source-dir", "force-app", "-o", org]);
    assert_eq!(saved.status, 0, "{}", saved.stderr);
    std::fs::remove_dir_all(path.join("force-app/main/default/permissionsets")).unwrap();
    std::fs::remove_dir_all(path.join("force-app/main/default/profiles")).unwrap();
    commit(path);

    let mut args = vec!["audit", "--mappings", "mappings.csv", "--format", "json"];
    args.extend(["--changed-since", "HEAD", "--snapshot", org]);
    args.extend(WHO);
    let over: Vec<&str> = [&args[..], &["--overlay", "force-app"]].concat();
    let run = permgap(&over);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(found(&run), [""; 0]);

    let rows = MAPPINGS.to_owned() + "companies,c,Account,Tier__c,Two-way\n";
    let tree = tree
        .field("Account", "Tier__c", "Text", "<length>20</length>")
        .file("mappings.csv", rows);
    let run = permgap(&over);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(found(&run), ["field-not-readable Account.Tier__c"]);
    let place = &run.json()["findings"][0]["location"]["file"];
    assert_eq!(
        place,
        "force-app/main/default/objects/Account/fields/Tier__c.field-meta.xml"
    );

    // A set of the org that the change brings anew loses what its file does not list.
    let tree = tree.permission_set("Sync", &field_permissions("Account.Tier__c", "re"));
    let lost = found(&permgap(&over));
    assert!(
        lost.contains(&"object-not-accessible Account.-".to_owned()),
        "{lost:?}"
    );

    // Without an overlay there is no tree to compare, and with two trees it is not said which.
    let run = permgap(&args);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("lay it over the org with --overlay"),
        "{}",
        run.stderr
    );
    let run = permgap(&[
        "audit",
        "--source-dir",
        "force-app",
        "--overlay",
        "force-app",
        "--changed-since",
        "HEAD",
        "--profile",
        "HubSpot",
    ]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("which of the two trees"),
        "{}",
        run.stderr
    );
    drop(tree);
}

#[test]
fn moved_folders_are_no_change() {
    let tree = repository();
    let path = &tree.path().to_owned();
    // A gap that was there before must stay out of it.
    let tree = sound_gap(tree);
    commit(path);
    std::fs::create_dir(path.join("src")).unwrap();
    git(path, &["mv", "force-app/main/default", "src/app"]);
    git(path, &["mv", "mappings.csv", "src/app/mappings.csv"]);
    commit(path);
    let mut args = vec![
        "audit",
        "--source-dir",
        "src/app",
        "--mappings",
        "src/app/mappings.csv",
    ];
    args.extend(["--changed-since", "HEAD~1", "--format", "json"]);
    args.extend(WHO);
    let mut command = command(path);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    let run = finish(command.args(&args));
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(found(&run), [""; 0]);
    // An old gap is left out, and nothing says that all is well.
    let rows = &run.json()["summary"]["mappings"];
    assert_eq!(rows["gap"], 1);
    args.extend(["-o", "r.md"]);
    let mut command = self::command(path);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    assert_eq!(finish(command.args(&args)).status, 0);
    let text = std::fs::read_to_string(path.join("r.md")).unwrap();
    assert!(
        text.contains("The change brings no gap") && !text.contains("No gaps:"),
        "{text}"
    );
    assert!(
        run.json()["notices"]
            .to_string()
            .contains("the tree had 1 finding")
    );
    drop(tree);
}

fn sound_gap(tree: Tree) -> Tree {
    tree.permission_set(
        "Sync",
        &sync_grants().replace(&field_permissions("Account.Segment__c", "re"), ""),
    )
}

#[test]
fn a_system_permission_taken_away_is_placed_where_it_was() {
    let tree = repository();
    let path = &tree.path().to_owned();
    let file = "force-app/main/default/profiles/HubSpot.profile-meta.xml";
    let line = line_of(path, file, "ViewSetup");
    let fewer: Vec<&str> = SYSTEM
        .into_iter()
        .filter(|name| *name != "ViewSetup")
        .collect();
    let tree_now = tree.profile("HubSpot", &user_permissions(&fewer));
    let text = annotations(tree_now.path(), "main");
    let expected = format!("file={file},line={},", line - 1);
    assert!(text.contains(&expected), "{expected}: {text}");
}

#[test]
fn it_works_in_a_worktree_and_from_a_subfolder() {
    let tree = repository();
    let other = tempfile::tempdir().unwrap();
    let folder = other.path().join("wt");
    git(
        tree.path(),
        &["worktree", "add", "-q", "-b", "w", folder.to_str().unwrap()],
    );
    let set = folder.join(SET);
    let text = std::fs::read_to_string(&set).unwrap();
    let gone = field_permissions("Account.Segment__c", "re");
    std::fs::write(&set, text.replace(&gone, "")).unwrap();
    let run = audit(&folder, "force-app", "main");
    assert_eq!(found(&run), ["field-not-readable Account.Segment__c"]);
}

#[test]
fn what_cannot_be_compared_is_said_with_the_next_step() {
    let tree = repository();
    let path = tree.path();
    commit_empty(path);
    for (revision, says) in [
        ("nowhere", "no commit `nowhere`"),
        ("--output=x", "no git revision"),
        ("-x", "no git revision"),
        ("", "no git revision"),
        ("main; touch x", "no commit"),
    ] {
        let run = audit(path, "force-app", revision);
        assert_eq!(run.status, 2, "{revision}");
        assert!(run.stderr.contains(says), "{revision}: {}", run.stderr);
    }
    assert!(!path.join("x").exists());

    let shallow = tempfile::tempdir().unwrap();
    let url = format!("file://{}", path.display());
    let to = shallow.path().join("clone");
    git(
        path,
        &["clone", "-q", "--depth", "1", &url, to.to_str().unwrap()],
    );
    let run = audit(&to, "force-app", "HEAD~1");
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("shallow clone"), "{}", run.stderr);
    assert!(run.stderr.contains("fetch-depth: 0"), "{}", run.stderr);

    let outside = sound();
    let run = audit(outside.path(), "force-app", "main");
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("in no git repository"),
        "{}",
        run.stderr
    );

    let mut args = vec![
        "audit",
        "--source-dir",
        "force-app",
        "--changed-since",
        "main",
    ];
    args.extend(WHO);
    let run = finish(command(path).env("PATH", path).args(args));
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("install git"), "{}", run.stderr);
}

fn commit_empty(path: &Path) {
    git(path, &["commit", "-q", "--allow-empty", "-m", "y"]);
}
