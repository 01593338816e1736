//! `permgap login` and `permgap logout`: the browser's part is played over HTTP, against the simulated org.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use super::{ADMIN, HUBSPOT, Site};
use crate::runner::{Run, command, finish};

/// A `permgap login` that waits for the browser.
struct Waiting {
    child: Child,
    told: BufReader<ChildStderr>,
    /// The address that it asks to be opened.
    address: String,
    /// What it has said so far.
    said: String,
}

impl Waiting {
    fn begin(site: &Site, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("permgap"));
        command
            .args([
                "login",
                &site.simulator.url(),
                "--port",
                "0",
                "--alias",
                "prod",
                "--timeout",
                "60",
            ])
            .current_dir(site.folder.path())
            .env_clear()
            .env("HOME", site.folder.path())
            .env("RUST_LOG", "trace")
            .env("PERMGAP_NO_KEYRING", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let (mut address, mut said) = (String::new(), String::new());
        while address.is_empty() {
            let mut line = String::new();
            assert_ne!(told.read_line(&mut line).unwrap(), 0, "no address: {said}");
            if line.starts_with("http") {
                address = line.trim().to_owned();
            }
            said.push_str(&line);
        }
        Self {
            child,
            told,
            address,
            said,
        }
    }

    /// What the org sends the browser back to, once the user has answered.
    fn approve(&self) -> String {
        let (status, head, _) = get(&self.address);
        assert_eq!(status, 302, "{head}");
        let location = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("location")
                .then(|| value.trim().to_owned())
        });
        location.unwrap()
    }

    fn end(mut self) -> Run {
        let mut rest = String::new();
        self.told.read_to_string(&mut rest).unwrap();
        let output = self.child.wait_with_output().unwrap();
        Run {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: self.said + &rest,
        }
    }
}

/// GET as a browser sends it; redirects are not followed. Status, head and body.
fn get(address: &str) -> (u16, String, String) {
    let url = url::Url::parse(address).unwrap();
    let host = format!("127.0.0.1:{}", url.port().unwrap());
    let mut stream = TcpStream::connect(&host).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    write!(
        stream,
        "GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_owned(), body.to_owned())
}

fn kept(site: &Site) -> Vec<PathBuf> {
    let folder = site.path(".config/permgap/logins");
    match std::fs::read_dir(folder) {
        Ok(files) => files.map(|file| file.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    }
}

fn run(site: &Site, args: &[&str]) -> Run {
    let mut command = command(site.folder.path());
    command
        .env("PERMGAP_NO_KEYRING", "1")
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "full");
    site.add_args(&mut command, args);
    finish(&mut command)
}

const AUDIT: [&str; 9] = [
    "audit",
    "--org",
    "prod",
    "--user",
    HUBSPOT,
    "--mappings",
    "mappings.csv",
    "--format",
    "json",
];

#[test]
fn a_login_in_the_browser_serves_until_it_is_ended() {
    let site = Site::new(|_| {});
    site.simulator.set_browser_user(ADMIN);
    let login = Waiting::begin(&site, |_| {});
    let back = login.approve();
    // Somebody else's page, which knows the port and not the state, is turned away, and the login goes on.
    let mut forged = url::Url::parse(&back).unwrap();
    forged
        .query_pairs_mut()
        .clear()
        .append_pair("code", "x")
        .append_pair("state", "guessed");
    for wrong in [forged.as_str(), back.split("&state=").next().unwrap()] {
        assert_eq!(get(wrong).0, 404, "{wrong}");
    }
    let code = url::Url::parse(&back)
        .unwrap()
        .query_pairs()
        .next()
        .unwrap()
        .1
        .into_owned();
    assert!(code.starts_with("aPrx"), "{code}");
    let (status, _, page) = get(&back);
    assert!(
        status == 200 && page.contains("Logged in"),
        "{status} {page}"
    );
    let told = login.end();
    assert_eq!(told.status, 0, "{}", told.stderr);
    assert!(
        told.stderr.contains(&format!("as {ADMIN}")),
        "{}",
        told.stderr
    );
    assert!(
        told.stderr.contains("a file that only you can read"),
        "{}",
        told.stderr
    );

    let files = kept(&site);
    let [file] = files.as_slice() else {
        panic!("{files:?}")
    };
    let text = std::fs::read_to_string(file).unwrap();
    let login: serde_json::Value = serde_json::from_str(&text).unwrap();
    let token = login["refresh_token"].as_str().unwrap().to_owned();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(file) & 0o777, 0o600);
        assert_eq!(mode(file.parent().unwrap()) & 0o777, 0o700);
    }

    let audit = run(&site, &AUDIT);
    assert_eq!(audit.status, 1, "{}", audit.stderr);
    assert_eq!(audit.json()["user"]["username"], HUBSPOT);
    let logout = run(&site, &["logout", "prod"]);
    assert_eq!(logout.status, 0, "{}", logout.stderr);
    assert_eq!(kept(&site), Vec::<PathBuf>::new());
    let requests = site.simulator.requests();
    let revoked = requests
        .iter()
        .find(|request| request.path.ends_with("/revoke"));
    assert_eq!(revoked.unwrap().status, 200);
    assert!(requests.iter().all(|request| request.is_read()));
    let after = run(&site, &AUDIT);
    assert_eq!((after.status, after.stdout.as_str()), (2, ""));
    assert!(after.stderr.contains("permgap login"), "{}", after.stderr);
    let none = run(&site, &["logout", "prod"]);
    assert_eq!(none.status, 2, "{}", none.stderr);
    for run in [&told, &audit, &logout, &after, &none] {
        for secret in [token.as_str(), code.as_str(), "Bearer "] {
            assert!(
                !run.stdout.contains(secret) && !run.stderr.contains(secret),
                "{secret}: {}",
                run.stderr
            );
        }
    }
}

#[test]
fn who_refuses_in_the_browser_is_not_logged_in() {
    let site = Site::new(|_| {});
    site.simulator.refuse_in_browser();
    let login = Waiting::begin(&site, |_| {});
    let (status, _, page) = get(&login.approve());
    assert!(
        status == 400 && page.contains("Not logged in"),
        "{status} {page}"
    );
    let told = login.end();
    assert_eq!(told.status, 2, "{}", told.stderr);
    assert!(told.stderr.contains("access_denied"), "{}", told.stderr);
    assert!(told.stderr.contains("permgap login"), "{}", told.stderr);
    assert_eq!(kept(&site), Vec::<PathBuf>::new());
}

/// A machine without a keyring, which is told from one whose keyring was turned off.
#[cfg(target_os = "linux")]
#[test]
fn without_a_keyring_the_token_goes_to_a_file() {
    let site = Site::new(|_| {});
    site.simulator.set_browser_user(ADMIN);
    let login = Waiting::begin(&site, |command| {
        command
            .env_remove("PERMGAP_NO_KEYRING")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/permgap");
    });
    assert_eq!(get(&login.approve()).0, 200);
    let told = login.end();
    assert_eq!(told.status, 0, "{}", told.stderr);
    assert!(told.stderr.contains("no OS keyring"), "{}", told.stderr);
    assert_eq!(kept(&site).len(), 1);
}

/// A kept login whose token the org has revoked says how to log in again.
#[test]
fn a_login_that_the_org_has_ended_says_what_to_do() {
    let site = Site::new(|_| {});
    site.simulator.set_browser_user(ADMIN);
    let login = Waiting::begin(&site, |_| {});
    assert_eq!(get(&login.approve()).0, 200);
    assert_eq!(login.end().status, 0);
    site.simulator.end_logins();
    let run = run(&site, &AUDIT);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("permgap login"), "{}", run.stderr);
}
