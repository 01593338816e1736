//! What servers answer: any status, headers and body, to each kind of request.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use permgap::auth::{Authenticator, Credentials, LoginStore, SessionSource, SfCli};
use permgap::hubspot::{ApiUrl, HubSpotClient, Wanted};
use permgap::net::{HostPolicy, NetSettings, OrgUrl};
use permgap::salesforce::soql::{Api, OrgSchema, Query};
use permgap::salesforce::{ApiError, Client, ClientSettings, Sub};
use serde_json::Value;

/// Shaped like a session, so that its echo can be looked for.
const TOKEN: &str = "00D000000000001!PLANTEDaccesstoken";

/// How long HubSpot is asked.
const LONGEST: Duration = Duration::from_millis(150);

/// The status and, behind `|`, headers stand in the first line; the rest is the body.
pub(super) fn answers(bytes: &[u8]) {
    thread_local! {
        static SERVER: RefCell<Option<Server>> = const { RefCell::new(None) };
    }
    SERVER.with_borrow_mut(|server| {
        let server = server.get_or_insert_with(Server::start);
        *server.answer.lock().unwrap() = answer(bytes);
        server.runtime.block_on(ask(&server.url));
    });
}

/// The answer as it goes over the wire.
fn answer(bytes: &[u8]) -> Vec<u8> {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (head, body) = bytes.split_at(end.unwrap_or(0));
    let body = body.strip_prefix(b"\n").unwrap_or(body);
    let head = String::from_utf8_lossy(head);
    let mut parts = head.split('|');
    // An informational answer would only make the client wait for another.
    let status = parts
        .next()
        .and_then(|text| text.trim().parse::<u16>().ok())
        .filter(|status| (200..=599).contains(status))
        .unwrap_or(200);
    let mut out = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n");
    for header in parts.filter(|header| !header.contains(char::is_control)) {
        let name = header.split(':').next().unwrap_or_default().trim();
        // Lengths are the server's own affair here.
        let framing = ["content-length", "transfer-encoding", "connection"];
        if !framing.contains(&name.to_ascii_lowercase().as_str()) {
            out.push_str(&format!("{}\r\n", header.trim()));
        }
    }
    out.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut out = out.into_bytes();
    out.extend_from_slice(body);
    out
}

struct Server {
    url: String,
    answer: Arc<Mutex<Vec<u8>>>,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer: Arc<Mutex<Vec<u8>>> = Arc::default();
        let shared = Arc::clone(&answer);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                // A request of these fits into one read; what it says is all the same, but for the list of versions.
                let mut request = [0; 16 * 1024];
                let read = stream.read(&mut request).unwrap_or(0);
                let versions = b"GET /services/data/ ";
                let answer = if request
                    .get(..read)
                    .is_some_and(|got| got.starts_with(versions))
                {
                    let body = r#"[{"version":"66.0"}]"#;
                    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length:";
                    format!("{head} {}\r\n\r\n{body}", body.len()).into_bytes()
                } else {
                    shared.lock().unwrap().clone()
                };
                let _ = stream.write_all(&answer);
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            url,
            answer,
            runtime,
        }
    }
}

fn settings() -> ClientSettings {
    ClientSettings {
        request_timeout: Duration::from_secs(2),
        run_timeout: Some(Duration::from_secs(8)),
        attempts: 1,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(1),
        largest_body: 1 << 20,
        ..ClientSettings::default()
    }
}

async fn ask(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let authenticator = Authenticator::new(
        &NetSettings::default(),
        HostPolicy::default(),
        SfCli::default(),
        Arc::new(LoginStore::in_dir(folder.path())),
    );
    let source = SessionSource {
        credentials: Credentials::AccessToken {
            instance_url: OrgUrl::parse(url).unwrap(),
            token: secrecy::SecretString::from(TOKEN),
        },
        expected: None,
    };
    let client = Client::connect(authenticator.unwrap(), source, settings())
        .await
        .unwrap();
    let statements = Query::UserRoles
        .bind()
        .statements(&OrgSchema::default())
        .unwrap();
    is_safe(client.query_all::<Value>(&statements).await);
    is_safe(client.list_metadata("Profile").await);
    let names = ["Admin".to_owned()];
    if let Ok(records) = client.soap_read_metadata("Profile", &names).await {
        for record in records {
            record.document();
        }
    }
    let subs = [Sub::describe("Account").unwrap()];
    if let Ok(replies) = client.composite_get(Api::Rest, &subs).await {
        for reply in replies {
            is_safe(reply.and_then(|reply| reply.decode::<Value>("describe")));
        }
    }
    is_safe(client.schema_of(&[(Api::Tooling, "Flow")]).await);
    is_safe(client.caller().await);

    let base = ApiUrl::parse(Some(url)).unwrap();
    let token = Some(TOKEN.to_owned());
    let mut hubspot = HubSpotClient::new(base, token, &NetSettings::default(), None).unwrap();
    let wanted = Wanted {
        objects: BTreeSet::from(["contacts".to_owned()]),
        users: true,
        ..Wanted::default()
    };
    let now = jiff::Timestamp::UNIX_EPOCH;
    let read = permgap::hubspot::collect(&mut hubspot, &wanted, now);
    // What asks for patience is waited for; here it is left instead.
    if let Ok(facts) = tokio::time::timeout(LONGEST, read).await {
        assert!(!serde_json::to_string(&facts).unwrap().contains(TOKEN));
    }
}

/// An error names no session, whatever was echoed.
fn is_safe<T>(answer: Result<T, ApiError>) {
    if let Err(error) = answer {
        let shown = format!("{error} {error:?} {:?}", error.hint());
        assert!(!shown.contains(TOKEN), "{shown}");
    }
}
