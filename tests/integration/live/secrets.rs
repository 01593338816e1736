//! Tokens, keys and secrets appear in nothing that permgap writes, and on no command line.

use std::path::{Path, PathBuf};

use super::{ADMIN, HUBSPOT, Site};
use crate::org_simulator::faults::{Fault, Faults, Rule};
use crate::runner::{command, finish};

/// Consumer key of the fixture's app for client credentials; its secret stands in the fixture.
const APP: (&str, &str) = ("3MVG9nordlichtCollector", "planted-client-secret");

/// A way to log in: the environment, and the parts of it that are secret.
struct Login {
    env: Vec<(&'static str, String)>,
    secrets: Vec<String>,
}

fn logins(site: &Site) -> Vec<Login> {
    let token = site.simulator.session_of(ADMIN).unwrap();
    let refresh = site.simulator.refresh_token_of(ADMIN).unwrap();
    let host = site.simulator.url().replace("http://", "");
    let key_file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys/jwt-test.key.pem");
    let key = std::fs::read_to_string(&key_file).unwrap();
    let key_line = key.lines().nth(3).unwrap().to_owned();
    let jwt = vec![
        ("SF_CLIENT_ID", "3MVG9nordlichtJwt".to_owned()),
        ("SF_USERNAME", ADMIN.to_owned()),
        ("SF_JWT_KEY_FILE", key_file.display().to_string()),
    ];
    vec![
        Login {
            // The part after the org's id is the secret one.
            secrets: vec![token.rsplit('!').next().unwrap().to_owned()],
            env: vec![("SF_ACCESS_TOKEN", token)],
        },
        Login {
            secrets: vec![refresh.clone(), APP.1.to_owned()],
            env: vec![
                ("SF_REFRESH_TOKEN", refresh.clone()),
                ("SF_CLIENT_SECRET", APP.1.to_owned()),
            ],
        },
        Login {
            secrets: vec![APP.1.to_owned()],
            env: vec![
                ("SF_CLIENT_ID", APP.0.to_owned()),
                ("SF_CLIENT_SECRET", APP.1.to_owned()),
            ],
        },
        Login {
            secrets: vec![key_line.clone()],
            env: jwt,
        },
        Login {
            secrets: vec![refresh.clone()],
            env: vec![(
                "SFDX_AUTH_URL",
                format!("force://PlatformCLI::{refresh}@{host}"),
            )],
        },
        // Ones that do not work: the refusals must not repeat them.
        Login {
            secrets: vec!["5AepPLANTEDdeadtoken".to_owned()],
            env: vec![("SF_REFRESH_TOKEN", "5AepPLANTEDdeadtoken".to_owned())],
        },
        Login {
            secrets: vec!["PLANTEDbrokenurl".to_owned()],
            env: vec![("SFDX_AUTH_URL", "force://x:PLANTEDbrokenurl".to_owned())],
        },
        Login {
            secrets: vec!["PLANTEDwrongsecret".to_owned()],
            env: vec![
                ("SF_CLIENT_ID", APP.0.to_owned()),
                ("SF_CLIENT_SECRET", "PLANTEDwrongsecret".to_owned()),
            ],
        },
        Login {
            secrets: vec!["PLANTEDnotaheader".to_owned()],
            env: vec![("SF_ACCESS_TOKEN", "00D!PLANTEDnotaheader\u{7f}x".to_owned())],
        },
    ]
}

/// Everything that a run wrote holds none of the secrets.
fn assert_clean(site: &Site, login: &Login, written: Vec<String>, what: &str) {
    let files = walk(site.folder.path())
        .into_iter()
        .map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned());
    for text in written.into_iter().chain(files) {
        for secret in &login.secrets {
            assert!(secret.len() > 10);
            let at = text.to_ascii_lowercase().find(&secret.to_ascii_lowercase());
            assert!(at.is_none(), "{what}: {secret} in {text}");
        }
        assert!(!text.contains("Bearer "), "{what}: {text}");
    }
}

#[test]
fn no_secret_is_written_anywhere() {
    let site = Site::new(|_| {});
    let mappings = ["--mappings", "mappings.csv"];
    std::fs::write(site.path("errors.txt"), "INVALID_SESSION_ID: expired\n").unwrap();
    std::fs::write(site.path("rule.txt"), "ISBLANK(Industry)").unwrap();
    let commands: [(&[&str], Option<Rule>); 12] = [
        (&["audit", "--format", "json", "-o", "gaps.csv"], None),
        (&["snapshot", "-o", "org.json"], None),
        (&["fix", "-o", "fixes", "--force"], None),
        (&["triage", "errors.txt"], None),
        (&["formula", "rule.txt"], None),
        (&["compare", HUBSPOT, ADMIN], None),
        (&["verify", "--snapshot", "org.json"], None),
        // Answers that break off.
        (&["audit"], Some(Rule::always(Fault::Cut, "services/data"))),
        (&["audit"], Some(Rule::always(Fault::Reset, "oauth2"))),
        (&["access", "Account.Industry"], None),
        (&["audit"], Some(Rule::always(Fault::RequestLimit, "FROM"))),
        (
            &["audit"],
            Some(Rule::always(Fault::ExpiredSession, "FROM User ")),
        ),
    ];
    for (number, (args, rule)) in commands.into_iter().enumerate() {
        // Every login with the first command; the first two with each.
        let most = if number == 0 { usize::MAX } else { 2 };
        for login in logins(&site).into_iter().take(most) {
            site.simulator.set_faults(Faults {
                rules: rule.clone().into_iter().collect(),
                ..Faults::default()
            });
            let mut command = command(site.folder.path());
            command
                .envs(login.env.iter().map(|(name, value)| (*name, value)))
                .env("RUST_LOG", "trace")
                .env("RUST_BACKTRACE", "full")
                .env("PERMGAP_NO_KEYRING", "1");
            let mut all = args.to_vec();
            all.extend(["--org", "ORG"]);
            if args.first() != Some(&"compare") {
                all.extend(["--user", HUBSPOT]);
            }
            if !["access", "compare", "formula"].contains(&args[0]) {
                all.extend(mappings);
            }
            site.add_args(&mut command, &all);
            let run = finish(&mut command);
            let what = format!("{args:?} with {}", login.env[0].0);
            assert_clean(&site, &login, vec![run.stdout, run.stderr], &what);
        }
    }
}

/// The `sf` command line's login: the token comes through a pipe, and stands on no command line, permgap's own included.
#[cfg(unix)]
#[test]
fn no_secret_is_on_a_command_line() {
    let site = Site::new(|_| {});
    let token = site.simulator.session_of(ADMIN).unwrap();
    let programs = tempfile::tempdir().unwrap();
    let script = format!(
        "for id in $$ $PPID; do tr '\\000' ' ' <\"/proc/$id/cmdline\"; echo; done >>\"$HOME/processes\"\n\
         echo '{{\"status\":0,\"result\":{{\"accessToken\":\"{token}\",\"instanceUrl\":\"{}\"}}}}'",
        site.simulator.url()
    );
    // Another process writes the file: one that this process holds open for writing could not be started.
    let written = std::process::Command::new("sh")
        .args([
            "-c",
            "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$2\" && chmod 755 \"$2\"",
            "sh",
        ])
        .arg(script)
        .arg(programs.path().join("sf"))
        .status()
        .unwrap();
    assert!(written.success());
    let login = Login {
        secrets: vec![token.rsplit('!').next().unwrap().to_owned()],
        env: Vec::new(),
    };
    let path = format!("{}:/usr/bin:/bin", programs.path().display());
    for args in [["access", "Account"], ["access", "Nothing__c"]] {
        let run = finish(
            command(site.folder.path())
                .env("PATH", &path)
                .env("SF_CLIENT_SECRET", "planted-client-secret")
                .env("PERMGAP_NO_KEYRING", "1")
                .args(args)
                .args(["--org", "prod", "--user", HUBSPOT]),
        );
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert_clean(&site, &login, vec![run.stdout, run.stderr], "sf");
    }
    let seen = std::fs::read_to_string(site.path("processes")).unwrap();
    assert!(seen.contains("--target-org=prod"), "{seen}");
    assert!(seen.contains("access Account"), "{seen}");
    assert!(!seen.contains("planted"), "{seen}");
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}
