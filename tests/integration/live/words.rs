//! What permgap says when it cannot log in, and what it leaves unsaid when it is to be quiet.

use super::{ADMIN, HUBSPOT, Site};
use crate::runner::{Run, command, finish};

fn audit(site: &Site, org: &str, env: &[(&str, &str)], more: &[&str]) -> Run {
    let mut command = command(site.folder.path());
    command
        .envs(env.iter().copied())
        .env("PERMGAP_NO_KEYRING", "1");
    let mut args = vec![
        "audit",
        "--org",
        org,
        "--user",
        HUBSPOT,
        "--mappings",
        "mappings.csv",
    ];
    args.extend(more);
    site.add_args(&mut command, &args);
    finish(&mut command)
}

/// Where to, what with, and what is said.
type Case<'c> = (&'c str, &'c [(&'c str, &'c str)], &'c [&'c str]);

#[test]
fn a_login_that_fails_says_how_to_log_in() {
    let site = Site::new(|_| {});
    let dead = [("SF_REFRESH_TOKEN", "5Aep861notatokenatall")];
    let stale = [("SF_ACCESS_TOKEN", "00D7Q0000004NrdUAE!stale")];
    let token = [("SF_ACCESS_TOKEN", "00D7Q0000004NrdUAE!any")];
    let cases: [Case<'_>; 6] = [
        (
            "ORG",
            &dead,
            &["refresh token is no longer valid", "permgap login"],
        ),
        ("ORG", &stale, &["SF_ACCESS_TOKEN"]),
        (
            "prod",
            &[],
            &["`sf` is not installed", "permgap login", "--org"],
        ),
        (
            "http://acme.my.salesforce.com",
            &token,
            &["https", "loopback"],
        ),
        (
            "https://crm.acme.example",
            &token,
            &["--allow-host crm.acme.example"],
        ),
        (
            "https://login.salesforce.com",
            &token,
            &["my.salesforce.com"],
        ),
    ];
    for (org, env, words) in cases {
        let run = audit(&site, org, env, &[]);
        assert_eq!(
            (run.status, run.stdout.as_str()),
            (2, ""),
            "{org}: {}",
            run.stderr
        );
        for word in words {
            assert!(
                run.stderr.contains(word),
                "{org}: {word} is not in {}",
                run.stderr
            );
        }
        // What it has cost is told besides; no line is a trace or a dump.
        let is_plain = |line: &str| line.starts_with("permgap: ");
        assert!(run.stderr.lines().all(is_plain), "{org}: {}", run.stderr);
    }
}

#[test]
fn quiet_says_nothing_and_no_bar_is_drawn_into_a_file() {
    let site = Site::new(|_| {});
    let token = site.simulator.session_of(ADMIN).unwrap();
    let env = [("SF_ACCESS_TOKEN", token.as_str())];
    let loud = audit(&site, "ORG", &env, &[]);
    assert!(loud.stderr.contains("API calls used"), "{}", loud.stderr);
    assert!(!loud.stderr.contains('\u{1b}'), "{}", loud.stderr);
    let quiet = audit(&site, "ORG", &env, &["--quiet"]);
    assert_eq!((quiet.status, quiet.stderr.as_str()), (1, ""));
    assert_eq!(quiet.stdout, loud.stdout);
}
