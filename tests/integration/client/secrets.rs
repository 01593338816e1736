//! Planted secrets appear in no error, no debug output and no log at any level.

use std::io;
use std::sync::{Arc, Mutex};

use permgap::auth::{Credentials, OAuthClient, SessionSource};
use permgap::net::OrgUrl;
use permgap::salesforce::soql::{OrgSchema, Query};
use permgap::salesforce::{Client, Sub};
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use super::server::{Reply, Server};
use super::{
    REFRESH_TOKEN, TOKEN, access_token, authenticator, quick, refresh_token, token_answer,
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// Set in the process that is listened to.
const LISTENED_TO: &str = "PERMGAP_TEST_LISTENED_TO";

#[test]
fn no_secret_reaches_any_output() {
    // Other tests of this binary log too, without a listener; what they leave in the logging library decides
    // what is heard. A process of its own hears everything.
    if std::env::var_os(LISTENED_TO).is_none() {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "client::secrets::no_secret_reaches_any_output"])
            .env(LISTENED_TO, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{text}"
        );
        return;
    }
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut shown = tracing::subscriber::with_default(subscriber, || runtime.block_on(exercise()));
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("user_roles"), "the log is listened to: {log}");
    assert!(
        shown.contains("[removed]"),
        "the server's echo is cleared: {shown}"
    );
    shown.push_str(&log);
    let lower = shown.to_ascii_lowercase();
    if let Some(at) = lower.find("planted") {
        let around = &shown.as_bytes()[at.saturating_sub(200)..at + 20];
        panic!("a secret is shown: {}", String::from_utf8_lossy(around));
    }
}

/// Runs into every kind of failure with servers that echo all that they are sent; returns what a user or a
/// developer would see of it.
async fn exercise() -> String {
    let mut shown = String::new();
    let mut show = |what: &dyn std::fmt::Debug, text: String| {
        shown.push_str(&format!("{what:?}\n{what:#?}\n{text}\n"));
    };
    let dir = tempfile::tempdir().unwrap();
    let auth = authenticator(dir.path());

    // A login host that echoes the request in its refusal.
    let echo = Server::start(|seen, _| {
        let body = serde_json::json!({
            "error": "invalid_grant", "error_description": format!("{} {}", seen.body, seen.head)});
        Reply::Json(400, body.to_string())
    })
    .await;
    let client_credentials = SessionSource {
        credentials: Credentials::ClientCredentials {
            login_url: OrgUrl::parse(&echo.url).unwrap(),
            client: OAuthClient {
                id: "id".into(),
                secret: Some("PLANTEDclientsecret".into()),
            },
        },
        expected: None,
    };
    for source in [refresh_token(&echo), client_credentials] {
        let error = auth.open(&source).await.unwrap_err();
        show(&source, String::new());
        show(&error, error.to_string());
    }
    // One that answers a token in a shape that is not the protocol's.
    let odd = Server::start(|_, _| {
        Reply::ok(&format!(
            r#"{{"access_token":"{TOKEN}","refresh_token":"{REFRESH_TOKEN}","token_type":3}}"#
        ))
    })
    .await;
    let error = auth.open(&refresh_token(&odd)).await.unwrap_err();
    show(&error, error.to_string());

    // An org that echoes the session in its answers.
    let org = Server::start(|seen, earlier| {
        let all = format!("{} {}", seen.head, seen.body);
        match (seen.path(), earlier) {
            ("/services/oauth2/token", _) => Reply::Json(
                200,
                token_answer(&format!("http://{}", seen.header("host").unwrap()), TOKEN),
            ),
            (path, _) if path.ends_with("/composite") => Reply::ok(
                &serde_json::json!({"compositeResponse": [{"body": [{"errorCode": "X", "message": "no"}],
                    "httpHeaders": {}, "httpStatusCode": 400, "referenceId": "r0"}]})
                .to_string(),
            ),
            (_, 0) => Reply::error(500, "UNKNOWN_EXCEPTION", &all),
            (_, 1) => Reply::Json(200, format!(r#"{{"done":true,"records":"{TOKEN}"}}"#)),
            (_, 2) => Reply::error(400, TOKEN, &all),
            (_, 3) => Reply::Json(503, format!("<html>{all}</html>")),
            (_, 4) => Reply::expired(),
            _ => Reply::Json(
                500,
                format!("<E><B><Fault><faultcode>sf:X</faultcode><faultstring>{TOKEN}</faultstring></Fault></B></E>"),
            ),
        }
    })
    .await;
    for source in [access_token(&org), refresh_token(&org)] {
        show(&source, String::new());
        let client = Client::connect(auth.clone(), source, quick())
            .await
            .unwrap();
        show(
            &client,
            format!("{:?} {:?}", client.session(), client.traffic()),
        );
        let statement = Query::UserRoles
            .bind()
            .statements(&OrgSchema::default())
            .unwrap()
            .remove(0);
        for _ in 0..3 {
            if let Err(error) = client.query::<Value>(&statement).await {
                show(&error, format!("{error} {:?}", error.hint()));
            }
        }
        if let Err(error) = client.list_metadata("Profile").await {
            show(&error, error.to_string());
        }
        let subs = [Sub::describe("Account").unwrap()];
        let replies = client
            .composite_get(permgap::salesforce::soql::Api::Rest, &subs)
            .await;
        show(&replies, String::new());
    }
    shown
}
