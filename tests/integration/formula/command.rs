//! `permgap formula` against trees, the demo, and what people give it by mistake.

use serde_json::Value;

use crate::runner::{Run, command, finish, permgap};
use crate::tree::Tree;

/// Judges a formula from standard input.
fn tried(formula: &str, more: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    command.arg("formula").args(more).write_stdin(formula);
    finish(&mut command)
}

#[test]
fn a_formula_that_gives_no_true_or_false_is_not_valid_as_a_rule() {
    for (formula, of) in [
        ("1+1", "a number"),
        ("Name", "a text"),
        ("TODAY()", "a date"),
        ("IF(Flag__c, 'a', 'b')", "a text"),
    ] {
        let run = tried(formula, &[]);
        assert_eq!(run.status, 2, "{formula}: {}", run.stdout);
        assert!(
            run.stdout.contains("not valid as a rule at character 0"),
            "{}",
            run.stdout
        );
        assert!(run.stdout.contains(of), "{}", run.stdout);
        assert!(!run.stdout.contains("can fire"), "{}", run.stdout);
        let json = tried(formula, &["--format", "json"]).json();
        assert_eq!(json["verdict"], "can fire", "one of the contract's three");
        assert_eq!(json["because"], Value::Null);
        assert_eq!(json["problems"].as_array().unwrap().len(), 1);
    }
    for formula in [
        "Flag__c",
        "NOT Flag__c",
        "ISBLANK(Name)",
        "PRIORVALUE(Flag__c)",
    ] {
        assert_eq!(tried(formula, &[]).status, 0, "{formula}");
    }
}

#[test]
fn an_object_is_looked_up_in_an_org_and_by_its_name() {
    for (args, says) in [
        (
            &["--object", "Account"][..],
            "looks the formula's fields up in an org",
        ),
        (&["--object", "a b", "--demo"], "no API name"),
    ] {
        let run = tried("TRUE", args);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(says), "{}", run.stderr);
    }
}

#[test]
fn references_are_looked_up_in_a_tree() {
    let tree = Tree::new()
        .object("Account", "<sharingModel>Private</sharingModel>")
        .field("Account", "Code__c", "Text", "<length>20</length>")
        .field("Account", "Score__c", "Number", "")
        .object(
            "Sync__c",
            "<customSettingsType>Hierarchy</customSettingsType>",
        )
        .field("Sync__c", "Off__c", "Checkbox", "")
        .metadata(
            "customPermissions/Bypass.customPermission-meta.xml",
            "CustomPermission",
            "<label>Bypass</label>",
        )
        .metadata(
            "profiles/Sync.profile-meta.xml",
            "Profile",
            "<custom>true</custom>",
        );
    let judged = |formula: &str, object: &[&str]| -> Value {
        std::fs::write(tree.path().join("rule.txt"), formula).unwrap();
        let args = [
            "formula",
            "rule.txt",
            "--source-dir",
            "force-app",
            "--profile",
            "Sync",
            "--format",
            "json",
        ];
        permgap(tree.path(), &[&args[..], object].concat()).json()
    };
    let on_account = ["--object", "Account"];
    let sound = judged(
        "$Permission.Bypass || $Setup.Sync__c.Off__c || Code__c = 'x' || Owner.Name = 'x' || $User.Alias = 'x'",
        &on_account,
    );
    assert_eq!(sound["problems"], serde_json::json!([]), "{sound}");
    assert_eq!(sound["not_known"], serde_json::json!([]), "{sound}");
    for (formula, says) in [
        (
            "ISNEW() && $Permission.Bypas",
            "there is no custom permission Bypas (nearest: Bypass)",
        ),
        (
            "ISNEW() && $Setup.Synk__c.Off__c",
            "there is no object or custom setting Synk__c",
        ),
        (
            "ISNEW() && $Setup.Sync__c.Of__c",
            "Sync__c has no field or relationship Of__c",
        ),
        (
            "ISNEW() && Cod__c = 'x'",
            "Account has no field or relationship Cod__c",
        ),
        (
            "ISNEW() && Gone__r.Name = 'x'",
            "Account has no field or relationship Gone__r",
        ),
    ] {
        let given = judged(formula, &on_account);
        let problem = &given["problems"][0];
        assert!(
            problem["message"].as_str().unwrap().contains(says),
            "{given}"
        );
        assert_eq!(problem["offset"], 11, "{given}");
        assert_eq!(given["valid"], true);
    }
    let number = judged("Score__c", &on_account);
    assert!(
        number["problems"].to_string().contains("gives a number"),
        "{number}"
    );
    // Without the object nothing is said of its fields; of packages a tree holds nothing.
    assert_eq!(
        judged("Cod__c = 'x'", &[])["problems"],
        serde_json::json!([])
    );
    let of_package = judged("$Permission.pack__Bypass", &[]);
    assert_eq!(
        of_package["problems"],
        serde_json::json!([]),
        "{of_package}"
    );
    assert!(
        of_package["not_known"].to_string().contains("pack__Bypass"),
        "{of_package}"
    );
}

#[test]
fn what_was_not_read_is_not_called_missing() {
    let tree = Tree::new().metadata(
        "profiles/Sync.profile-meta.xml",
        "Profile",
        "<custom>true</custom>",
    );
    std::fs::write(
        tree.path().join("rule.txt"),
        "$Permission.Any || $Setup.Any__c.Off__c || Any__c = 'x'",
    )
    .unwrap();
    let args = [
        "formula",
        "rule.txt",
        "--source-dir",
        "force-app",
        "--profile",
        "Sync",
        "--object",
        "Account",
        "--format",
        "json",
    ];
    let given = permgap(tree.path(), &args).json();
    assert_eq!(given["problems"], serde_json::json!([]), "{given}");
    assert_eq!(given["not_known"].as_array().unwrap().len(), 3, "{given}");
}

#[test]
fn bad_lines_are_named_and_the_others_answered() {
    let lines = "{\"id\":1,\"formula\":\"TRUE\"}\n{oops\n\n[1]\n{\"id\":2,\"formula\":\"1+\"}\n{\"id\":3,\"formula\":\"1\"}";
    for source in [&[][..], &["--demo"]] {
        let run = tried(lines, &[&["--jsonl"][..], source].concat());
        assert_eq!(run.status, 2, "{}", run.stderr);
        assert!(
            run.stderr.contains("line 2") && run.stderr.contains("line 4"),
            "{}",
            run.stderr
        );
        let answers: Vec<Value> = run
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let valid: Vec<&Value> = answers.iter().map(|answer| &answer["valid"]).collect();
        assert_eq!(valid, [&Value::from(true), &false.into(), &true.into()]);
        assert_eq!(answers[2]["because"], Value::Null);
    }
}
