//! The script of the GitHub Action: inputs in, annotations, files and outputs out.
//!
//! The hook for pre-commit and the action's own steps need their hosts; what they run is this and the command line.

use std::path::Path;
use std::process::{Command, Output};

use crate::audits::{sound, sync_grants};
use crate::runner::permgap;
use crate::tree::field_permissions;

/// Runs the script in `folder` as the action does.
fn action(folder: &Path, inputs: &[(&str, &str)]) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_permgap"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/action/audit.sh");
    let path = std::env::var("PATH").unwrap();
    Command::new("bash")
        .arg(script)
        .current_dir(folder)
        .env_clear()
        .env(
            "PATH",
            format!("{}:{path}", binary.parent().unwrap().display()),
        )
        .env("HOME", folder)
        .env("GITHUB_OUTPUT", folder.join("output"))
        .env("GITHUB_STEP_SUMMARY", folder.join("summary"))
        .envs(inputs.iter().copied())
        .output()
        .unwrap()
}

const INPUTS: [(&str, &str); 5] = [
    ("MAPPINGS", "  mappings.csv\n\n"),
    ("PROFILE", "HubSpot"),
    ("PERMISSION_SET", "Sync\n"),
    ("SARIF", "permgap.sarif"),
    ("MARKDOWN", "permgap.md"),
];

#[test]
fn a_gap_fails_with_annotations_a_summary_and_the_status_as_output() {
    let tree = sound();
    let run = action(tree.path(), &INPUTS);
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );

    let gap = sync_grants().replace(&field_permissions("Account.Segment__c", "re"), "");
    let tree = tree.permission_set("Sync", &gap);
    let run = action(tree.path(), &INPUTS);
    assert_eq!(run.status.code(), Some(1));
    let stdout = String::from_utf8(run.stdout).unwrap();
    assert!(stdout.starts_with("::notice "), "{stdout}");
    assert!(stdout.contains("\n::error "), "{stdout}");
    let read = |file: &str| std::fs::read_to_string(tree.path().join(file)).unwrap();
    assert_eq!(read("output"), "status=0\nstatus=1\n");
    assert!(read("summary").ends_with(&read("permgap.md")));
    assert!(read("permgap.sarif").contains("field-not-readable"));
}

#[test]
fn a_tree_is_laid_over_a_snapshot() {
    let tree = sound();
    let saved = permgap(
        tree.path(),
        &["snapshot", "--source-dir", "force-app", "-o", "org.json"],
    );
    assert_eq!(saved.status, 0, "{}", saved.stderr);
    std::fs::remove_dir_all(tree.path().join("force-app/main/default/profiles")).unwrap();
    let inputs = [&INPUTS[..], &[("SNAPSHOT", "org.json")]].concat();
    let run = action(tree.path(), &inputs);
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stdout)
    );
}

/// What a pull request can choose must not run.
#[test]
fn an_input_is_never_read_as_shell() {
    let tree = sound();
    let hostile = "Sync\n$(touch ran)`touch ran`; touch ran\n--fail-on=never";
    let mut inputs = INPUTS.to_vec();
    inputs[2].1 = hostile;
    let run = action(tree.path(), &inputs);
    assert!(!tree.path().join("ran").exists());
    // The names are permission sets that the tree does not have.
    assert_eq!(
        run.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
}
