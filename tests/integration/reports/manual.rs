//! `init`, `completions` and `man`.

use crate::runner::permgap;

#[test]
fn init_writes_settings_that_permgap_reads_and_replaces_none() {
    let folder = tempfile::tempdir().unwrap();
    let run = permgap(folder.path(), &["init"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let file = folder.path().join("permgap.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("#fail-on = \"high\""), "{text}");
    // It is read by every command that runs in the folder.
    let run = permgap(folder.path(), &["audit", "--demo", "--quiet"]);
    assert_eq!(run.status, 1, "{}", run.stderr);

    std::fs::write(&file, "quiet = true\n").unwrap();
    let run = permgap(folder.path(), &["init"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("--force"), "{}", run.stderr);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "quiet = true\n");
    assert_eq!(permgap(folder.path(), &["init", "--force"]).status, 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn every_shell_gets_completions_that_name_the_flags() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = permgap(folder.path(), &["completions", shell]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(run.stdout.contains("changed-since"), "{shell}");
    }
    assert_eq!(permgap(folder.path(), &["completions", "cmd"]).status, 2);
}

#[test]
fn man_writes_one_page_or_all() {
    let folder = tempfile::tempdir().unwrap();
    let run = permgap(folder.path(), &["man"]);
    assert!(run.stdout.contains(".TH permgap 1"), "{}", run.stdout);
    let run = permgap(folder.path(), &["man", "-o", "."]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    for page in ["permgap.1", "permgap-audit.1", "permgap-explain.1"] {
        let text = std::fs::read_to_string(folder.path().join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
}
