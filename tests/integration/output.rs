//! What becomes of output where it cannot be written: the old file is whole, the error is clear, and a reader that leaves is
//! no error.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::runner::{Run, permgap};

fn plain(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_permgap"));
    command
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("SOURCE_DATE_EPOCH", "1790000000");
    command
}

/// Each command that writes a file, with the file.
const WRITERS: [(&[&str], &str); 4] = [
    (&["snapshot", "--demo", "-o"], "org.json"),
    (
        &["audit", "--demo", "--fail-on", "never", "-o"],
        "gaps.html",
    ),
    (
        &["audit", "--demo", "--fail-on", "never", "-o"],
        "gaps.json",
    ),
    (
        &["audit", "--demo", "--fail-on", "never", "--write-baseline"],
        "known.json",
    ),
];

/// Runs a command in a shell that allows files of two blocks; `first` is said before.
#[cfg(target_os = "linux")]
fn cramped(folder: &Path, first: &str, args: &[&str], file: &str) -> std::process::Output {
    let script = format!("{first} ulimit -f 2; exec \"$0\" \"$@\"");
    Command::new("/bin/sh")
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .args(["-c", &script, env!("CARGO_BIN_EXE_permgap")])
        .args(args)
        .arg(file)
        .output()
        .unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_killed_in_mid_write_leaves_the_old_file_whole() {
    use std::os::unix::process::ExitStatusExt;
    for (args, file) in WRITERS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        fs::write(&path, "old").unwrap();
        // The kernel kills whoever writes beyond the limit.
        let output = cramped(folder.path(), "", args, file);
        let killed = output.status.signal().is_some();
        assert!(killed, "{args:?}: {output:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old", "{args:?}");
        // A later run is not in the way of what the killed one left.
        let run = permgap(folder.path(), &[args, &[file]].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert_ne!(fs::read_to_string(&path).unwrap(), "old");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_not_grow_is_an_error_and_the_old_one_stays() {
    for (args, file) in WRITERS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        fs::write(&path, "old").unwrap();
        let output = cramped(folder.path(), "trap '' XFSZ;", args, file);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(
            stderr.contains(file) && stderr.contains("ulimit -f"),
            "{stderr}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{args:?}");
    }
}

fn fails(run: &Run, words: &[&str]) {
    assert_eq!(run.status, 2, "{}", run.stderr);
    for word in words {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for (args, file) in WRITERS {
        std::os::unix::fs::symlink("/dev/full", folder.path().join(file)).ok();
        let run = permgap(folder.path(), &[args, &[file]].concat());
        fails(&run, &[file, "disk is full"]);
    }
    for args in [
        &["audit", "--demo"][..],
        &["audit", "--demo", "--format", "json"],
        &["explain"],
    ] {
        let output = plain(folder.path())
            .args(args)
            .stdout(File::create("/dev/full").unwrap())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains("standard output"), "{stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_refuses_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (args, file) in WRITERS {
        // No user may make a file there, root included.
        let path = format!("/sys/{file}");
        let run = permgap(folder.path(), &[args, &[&path]].concat());
        fails(&run, &[&path, "does not allow it"]);
    }
    let run = permgap(folder.path(), &["fix", "--demo", "-o", "/sys/project"]);
    fails(&run, &["`/sys`", "permissions"]);
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (args, file) in WRITERS {
        let path = format!("nowhere/{file}");
        let run = permgap(folder.path(), &[args, &[&path]].concat());
        fails(&run, &[&path, "create it first"]);
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["audit", "--demo"][..],
        &["audit", "--demo", "--format", "json"],
        &["audit", "--demo", "--format", "html"],
        &["access", "--demo"],
        &[
            "compare",
            "--demo",
            "hubspot@nordlicht-bikes.example",
            "permset:HubSpot_Sync",
        ],
        &["explain"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = plain(folder.path())
            .args(args)
            .stdout(Stdio::from(writer))
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}
