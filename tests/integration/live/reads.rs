//! Whatever permgap is told to do, it only reads: every request of every command that talks to an org.

use super::{ADMIN, HUBSPOT, Site};
use crate::runner::{command, finish};

const NAMESPACE: &str = "xmlns=\"http://soap.sforce.com/2006/04/metadata\"";

#[test]
fn every_request_of_every_command_reads() {
    let site = Site::new(|_| {});
    let write = |name: &str, text: &str| {
        let path = site.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "errors.txt",
        "INVALID_FIELD_FOR_INSERT_UPDATE: Unable to create/update fields: Title.\n",
    );
    write(
        "rule.txt",
        "ISBLANK(Industry) && NOT($Permission.Bypass_Validation)",
    );
    write(
        "change/permissionsets/Extra.permissionset-meta.xml",
        &format!("<PermissionSet {NAMESPACE}><label>Extra</label></PermissionSet>"),
    );
    write(
        "sfdx-project.json",
        r#"{"packageDirectories":[{"path":"change","default":true}]}"#,
    );
    let mappings = ["--mappings", "mappings.csv"];
    let of_user = ["--org", "ORG", "--user", HUBSPOT];
    let commands: [(&str, &[&str], bool); 11] = [
        (ADMIN, &["audit"], true),
        (ADMIN, &["audit", "--overlay", "change"], true),
        (ADMIN, &["audit", "--sample", "0"], true),
        (ADMIN, &["snapshot", "-o", "org.json"], true),
        (ADMIN, &["access", "Account.Industry", "Lead"], false),
        (ADMIN, &["access"], false),
        (ADMIN, &["fix", "-o", "fixes"], true),
        (
            ADMIN,
            &["fix", "-o", "fixes", "--force", "--allow-unsafe"],
            true,
        ),
        (ADMIN, &["triage", "errors.txt"], true),
        (ADMIN, &["formula", "rule.txt"], false),
        // One who may see little asks no other questions.
        (HUBSPOT, &["audit"], true),
    ];
    let others: [(&str, &[&str]); 3] = [
        (ADMIN, &["compare", HUBSPOT, ADMIN, "--org", "ORG"]),
        (
            HUBSPOT,
            &[
                "verify",
                "--org",
                "ORG",
                "--snapshot",
                "org.json",
                "--mappings",
                "mappings.csv",
            ],
        ),
        (ADMIN, &["compare", HUBSPOT, "org.json", "--org", "ORG"]),
    ];
    let whole = commands.iter().map(|(user, args, mapped)| {
        let mut args = args.to_vec();
        args.extend(of_user);
        if *mapped {
            args.extend(mappings);
        }
        (*user, args)
    });
    let all = whole.chain(others.iter().map(|(user, args)| (*user, args.to_vec())));
    for (user, args) in all {
        site.simulator.forget_requests();
        let token = site.simulator.refresh_token_of(user).unwrap();
        let mut command = command(site.folder.path());
        command
            .env("SF_REFRESH_TOKEN", token)
            .env("PERMGAP_NO_KEYRING", "1");
        site.add_args(&mut command, &args);
        let run = finish(&mut command);
        assert!(
            [0, 1, 3].contains(&run.status),
            "{args:?}: {} {}",
            run.status,
            run.stderr
        );
        let requests = site.simulator.requests();
        assert!(
            requests.len() >= 3,
            "{args:?} asked the org {} times",
            requests.len()
        );
        for request in &requests {
            assert!(request.is_read(), "{args:?}: {request:?}");
            let of_token = request.path == "/services/oauth2/token";
            assert!(
                request.method == "GET" || of_token || !request.body.is_empty(),
                "{request:?}"
            );
        }
    }
}
