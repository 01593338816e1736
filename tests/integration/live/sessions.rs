//! Sessions and users of a live org.

use super::{ADMIN, HUBSPOT, Site};
use crate::org_simulator::faults::{Fault, Faults, Rule};
use crate::runner::{Run, command, finish};

impl Site {
    /// An audit with credentials that can be renewed.
    pub(super) fn with_refresh_token(&self, more: &[&str]) -> Run {
        let token = self.simulator.refresh_token_of(ADMIN).unwrap();
        let mut command = command(self.folder.path());
        command
            .env("SF_REFRESH_TOKEN", token)
            .env("PERMGAP_NO_KEYRING", "1");
        let mut args = vec![
            "audit",
            "--org",
            "ORG",
            "--user",
            HUBSPOT,
            "--mappings",
            "mappings.csv",
            "--format",
            "json",
        ];
        args.extend(more);
        self.add_args(&mut command, &args);
        finish(&mut command)
    }
}

#[test]
fn an_expired_session_is_renewed_where_it_can_be() {
    let site = Site::new(|_| {});
    let whole = site.with_refresh_token(&[]);
    assert_eq!(whole.status, 1, "{}", whole.stderr);
    let expire = || {
        site.simulator.set_faults(Faults {
            rules: vec![Rule::once(Fault::ExpiredSession, "FROM ObjectPermissions")],
            ..Faults::default()
        });
    };
    expire();
    let renewed = site.with_refresh_token(&[]);
    assert_eq!(renewed.stdout, whole.stdout, "{}", renewed.stderr);
    expire();
    let lost = site.audit(&[]);
    assert_eq!((lost.status, lost.stdout.as_str()), (2, ""));
    assert!(lost.stderr.contains("SF_ACCESS_TOKEN"), "{}", lost.stderr);
}

#[test]
fn a_user_who_is_not_there_is_told_with_the_nearest() {
    let site = Site::new(|_| {});
    let args = |user| {
        vec![
            "audit",
            "--org",
            "ORG",
            "--user",
            user,
            "--mappings",
            "mappings.csv",
        ]
    };
    let run = site.run_as(ADMIN, &args("hubspt@nordlicht.example"));
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains(HUBSPOT), "{}", run.stderr);
    let run = site.run_as(ADMIN, &args("x' OR Username != '"));
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("is not in"), "{}", run.stderr);
}

#[test]
fn a_user_can_be_named_by_id() {
    let site = Site::new(|org| {
        assert!(org.id_of("User", HUBSPOT).is_some());
    });
    let by_name = site.audit(&[]).json();
    let id = by_name["user"]["id"].as_str().unwrap();
    let run = site.run_as(
        ADMIN,
        &[
            "audit",
            "--org",
            "ORG",
            "--user",
            id,
            "--mappings",
            "mappings.csv",
            "--format",
            "json",
        ],
    );
    assert_eq!(run.json(), by_name);
}

#[test]
fn what_is_missing_on_the_command_line_is_said_before_any_request() {
    let site = Site::new(|_| {});
    let run = site.run_as(
        ADMIN,
        &["audit", "--org", "ORG", "--mappings", "mappings.csv"],
    );
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("--user"), "{}", run.stderr);
    let run = site.run_as(ADMIN, &["audit", "--org", "ORG", "--demo"]);
    assert_eq!(run.status, 2);
    let mut none = command(site.folder.path());
    site.add_args(
        &mut none,
        &[
            "audit",
            "--org",
            "ORG",
            "--user",
            HUBSPOT,
            "--mappings",
            "mappings.csv",
        ],
    );
    let run = finish(&mut none);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("permgap login"), "{}", run.stderr);
    assert!(site.simulator.requests().is_empty());
}

#[test]
fn a_run_ends_when_its_time_is_over() {
    let site = Site::new(|_| {});
    site.simulator.set_faults(Faults {
        rules: vec![Rule::always(Fault::Hang, "FROM FieldPermissions")],
        ..Faults::default()
    });
    let started = std::time::Instant::now();
    let run = site.audit(&["--timeout", "6"]);
    assert!(started.elapsed().as_secs() < 40);
    // A busy machine may not come as far as the user within the time.
    if run.status == 2 {
        assert!(run.stderr.contains("--timeout"), "{}", run.stderr);
        return;
    }
    let report = run.json();
    let told = |area: &serde_json::Value| {
        let reason = area["reason"].as_str().unwrap_or_default();
        reason.contains("--timeout")
    };
    let coverage = report["coverage"].as_array().unwrap();
    assert!(coverage.iter().any(told), "{report:#}");
}

/// Ctrl-C ends a run where it waits, and leaves no file behind.
#[cfg(unix)]
#[test]
fn an_interrupt_stops_cleanly() {
    let site = Site::new(|_| {});
    site.simulator.set_faults(Faults {
        rules: vec![Rule::always(Fault::Hang, "FROM FieldPermissions")],
        ..Faults::default()
    });
    let child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("permgap"))
        .args(["snapshot", "--user", HUBSPOT, "--mappings", "mappings.csv"])
        .args(["-o", "org.json", "--org", &site.simulator.url()])
        .current_dir(site.folder.path())
        .env_clear()
        .env("HOME", site.folder.path())
        .env("PERMGAP_NO_KEYRING", "1")
        .env("SF_ACCESS_TOKEN", site.simulator.session_of(ADMIN).unwrap())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let asked = || {
        let requests = site.simulator.requests();
        requests
            .iter()
            .any(|request| request.path.contains("/query"))
    };
    for _ in 0..200 {
        if asked() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(asked());
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("Ctrl-C"), "{told}");
    assert!(!site.path("org.json").exists());
    let files = std::fs::read_dir(site.folder.path()).unwrap().count();
    assert_eq!(files, 1, "only the mappings are there");
}
