//! Tokens appear in nothing that permgap writes.

use super::{ADMIN, HUBSPOT, Site};
use crate::org_simulator::faults::{Fault, Faults, Rule};
use crate::runner::{command, finish};

#[test]
fn no_token_is_written_anywhere() {
    let site = Site::new(|_| {});
    let faults = |rules| Faults {
        rules,
        ..Faults::default()
    };
    let runs: [(&[&str], Vec<Rule>); 4] = [
        (&["audit", "--format", "json", "-o", "gaps.csv"], vec![]),
        (&["snapshot", "-o", "org.json"], vec![]),
        (&["audit"], vec![Rule::always(Fault::ServerError, "FROM")]),
        (
            &["audit"],
            vec![Rule::once(Fault::ExpiredSession, "FROM User")],
        ),
    ];
    for (args, rules) in runs {
        site.simulator.set_faults(faults(rules));
        let token = site.simulator.session_of(ADMIN).unwrap();
        let refresh = site.simulator.refresh_token_of(ADMIN).unwrap();
        for (variable, secret) in [("SF_ACCESS_TOKEN", &token), ("SF_REFRESH_TOKEN", &refresh)] {
            let mut command = command(site.folder.path());
            command
                .env(variable, secret)
                .env("RUST_LOG", "trace")
                .env("PERMGAP_NO_KEYRING", "1");
            let mut all = args.to_vec();
            all.extend([
                "--org",
                "ORG",
                "--user",
                HUBSPOT,
                "--mappings",
                "mappings.csv",
            ]);
            site.add_args(&mut command, &all);
            let run = finish(&mut command);
            // The part after the org's id is the secret one.
            let secret = secret.rsplit('!').next().unwrap();
            assert!(secret.len() > 10);
            let mut written = vec![run.stdout, run.stderr];
            for file in walk(site.folder.path()) {
                written.push(String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned());
            }
            for text in written {
                assert!(!text.contains(secret), "a token in {text}");
            }
        }
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
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
