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
    let run = site.audit(&["--timeout", "3"]);
    assert!(started.elapsed().as_secs() < 30);
    let report = run.json();
    let reason = super::reason_of(&report, "permission-sets");
    assert!(reason.contains("--timeout"), "{reason}");
}
