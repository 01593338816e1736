//! What is asked again and what is not, pages, limits, and where a token may go.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use permgap::net::HostPolicy;
use permgap::salesforce::soql::{OrgSchema, Query, Statement};
use permgap::salesforce::{ApiError, ApiErrorKind, CallBudget, Client, ClientSettings};
use serde::Deserialize;

use super::server::{Reply, Seen, Server};
use super::{TOKEN, access_token, connect, quick};

const QUERY: &str = "/services/data/v67.0/query";

#[derive(Debug, Deserialize, PartialEq)]
struct Row {
    #[serde(rename = "Id")]
    id: String,
}

fn roles() -> Statement {
    Query::UserRoles
        .bind()
        .statements(&OrgSchema::default())
        .unwrap()
        .remove(0)
}

async fn ask(
    settings: ClientSettings,
    handler: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
) -> (Server, Client, Result<Vec<Row>, ApiError>) {
    let server = Server::start(handler).await;
    let client = connect(access_token(&server), settings).await.unwrap();
    let rows = client.query(&roles()).await;
    (server, client, rows)
}

fn good() -> Reply {
    Reply::page(r#"[{"Id":"a"}]"#)
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    type Fault = fn() -> Reply;
    let faults: [(&str, Fault); 8] = [
        ("503", || Reply::error(503, "SERVER_UNAVAILABLE", "busy")),
        ("502 page", || {
            Reply::Json(502, "<html>bad gateway</html>".into())
        }),
        ("hangup", || Reply::Hangup),
        ("cut", || Reply::Cut(r#"{"totalSize":1,"done":tr"#.into())),
        ("cut json", || {
            Reply::ok(r#"{"totalSize":1,"done":true,"records":[{"Id""#)
        }),
        ("empty", || Reply::ok("")),
        ("lock", || {
            Reply::error(
                400,
                "UNABLE_TO_LOCK_ROW",
                "unable to obtain exclusive access",
            )
        }),
        ("429", || Reply::With {
            status: 429,
            headers: vec![("Retry-After", "0".into())],
            body: Vec::new(),
        }),
    ];
    for (name, fault) in faults {
        let handler = move |_: &Seen, earlier| if earlier < 2 { fault() } else { good() };
        let (server, client, rows) = ask(quick(), handler).await;
        assert_eq!(rows.unwrap(), [Row { id: "a".into() }], "{name}");
        assert_eq!(server.count(QUERY), 3, "{name}");
        assert_eq!(client.traffic().retries, 2, "{name}");
        assert_eq!(client.traffic().api_calls, 3, "{name}");
    }
}

#[tokio::test]
async fn what_will_not_change_is_asked_once() {
    for (status, code, message, kind) in [
        (
            400,
            "MALFORMED_QUERY",
            "unexpected token",
            ApiErrorKind::Rejected,
        ),
        (
            400,
            "INVALID_FIELD",
            "No such column 'X'",
            ApiErrorKind::NoSuchColumn,
        ),
        (
            400,
            "INVALID_TYPE",
            "sObject type 'X' is not supported.",
            ApiErrorKind::Refused,
        ),
        (
            403,
            "INSUFFICIENT_ACCESS",
            "insufficient access rights",
            ApiErrorKind::Refused,
        ),
        (
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "TotalRequests Limit exceeded.",
            ApiErrorKind::LimitReached,
        ),
        (400, "EXCEEDED_ID_LIMIT", "use LIMIT", ApiErrorKind::TooMuch),
    ] {
        let handler = move |_: &Seen, _| Reply::error(status, code, message);
        let (server, _, rows) = ask(quick(), handler).await;
        let error = rows.unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
        assert_eq!(server.count(QUERY), 1, "{code}");
        let text = error.to_string();
        assert!(text.starts_with("user_roles: "), "{text}");
        assert!(
            text.contains(code) && text.contains("GET /services/data/v67.0/query"),
            "{text}"
        );
        assert!(!text.contains("SELECT"), "{text}");
    }
}

#[tokio::test]
async fn repeats_end() {
    let (server, _, rows) = ask(quick(), |_, _| Reply::Hangup).await;
    assert_eq!(rows.unwrap_err().kind, ApiErrorKind::Transport);
    assert_eq!(server.count(QUERY), 5);
}

#[tokio::test]
async fn a_web_page_is_not_an_answer() {
    let (server, _, rows) = ask(quick(), |_, _| Reply::ok("<html>please log in</html>")).await;
    let error = rows.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::BadBody);
    assert!(error.to_string().contains("web page"), "{error}");
    assert_eq!(server.count(QUERY), 1);
}

#[tokio::test]
async fn pages_are_followed_to_the_end_and_asked_for_in_full() {
    let next = "/services/data/v67.0/query/01g000000000001AAA-2000";
    let handler = move |seen: &Seen, _| {
        assert_eq!(seen.header("sforce-query-options"), Some("batchSize=2000"));
        assert!(
            seen.header("sforce-call-options")
                .unwrap()
                .starts_with("client=permgap/")
        );
        if seen.path() == next {
            Reply::page(r#"[{"Id":"b"}]"#)
        } else {
            Reply::ok(&format!(
                r#"{{"totalSize":2,"done":false,"nextRecordsUrl":"{next}","records":[{{"Id":"a"}}]}}"#
            ))
        }
    };
    let (server, client, rows) = ask(quick(), handler).await;
    let ids: Vec<String> = rows.unwrap().into_iter().map(|row| row.id).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(server.count(next), 1);
    assert_eq!(client.traffic().longest_path, 3);
}

#[tokio::test]
async fn a_query_that_salesforce_has_dropped_is_begun_again_once() {
    let next = "/services/data/v67.0/query/01g000000000001AAA-2000";
    for (lost, whole) in [(1, true), (2, false)] {
        let handler = move |seen: &Seen, earlier| {
            if seen.path() != next {
                Reply::ok(&format!(
                    r#"{{"totalSize":2,"done":false,"nextRecordsUrl":"{next}","records":[{{"Id":"a"}}]}}"#
                ))
            } else if earlier < lost {
                Reply::error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
            } else {
                Reply::page(r#"[{"Id":"b"}]"#)
            }
        };
        let (_, _, rows) = ask(quick(), handler).await;
        let ids = rows.map(|rows| rows.into_iter().map(|row| row.id).collect::<String>());
        assert_eq!(ids.ok().as_deref(), whole.then_some("ab"), "{lost}");
    }
}

#[tokio::test]
async fn a_page_that_is_not_the_last_and_has_no_next_is_an_error() {
    for next in [
        "",
        r#""nextRecordsUrl":"//evil.example/services/data/v67.0/query/1","#,
        r#""nextRecordsUrl":"https://evil.example/services/data/v67.0/query/1","#,
        r#""nextRecordsUrl":"/services/apexrest/wipe","#,
    ] {
        let body = format!(r#"{{"totalSize":2,"done":false,{next}"records":[]}}"#);
        let (server, _, rows) = ask(quick(), move |_, _| Reply::ok(&body)).await;
        assert!(rows.is_err(), "{next}");
        assert_eq!(server.seen().len(), 2, "{next}");
    }
}

#[tokio::test]
async fn a_redirect_takes_no_token_along() {
    let other = Server::start(|_, _| good()).await;
    let target = format!("{}{QUERY}", other.url);
    let (_, _, rows) = ask(quick(), move |_, _| Reply::With {
        status: 302,
        headers: vec![("Location", target.clone())],
        body: Vec::new(),
    })
    .await;
    assert_eq!(rows.unwrap_err().kind, ApiErrorKind::Redirected);
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn a_host_that_is_not_salesforces_gets_nothing() {
    use permgap::auth::{Authenticator, Credentials, LoginStore, SessionSource, SfCli};
    use permgap::net::{NetSettings, OrgUrl};
    let dir = tempfile::tempdir().unwrap();
    let auth = Authenticator::new(
        &NetSettings::default(),
        HostPolicy::default(),
        SfCli::default(),
        Arc::new(LoginStore::in_dir(dir.path())),
    )
    .unwrap();
    for (address, part) in [
        (
            "https://salesforce.evil.example",
            "--allow-host salesforce.evil.example",
        ),
        ("http://acme.my.salesforce.com", "not reached over https"),
    ] {
        let source = SessionSource {
            credentials: Credentials::AccessToken {
                instance_url: OrgUrl::parse(address).unwrap(),
                token: TOKEN.into(),
            },
            expected: None,
        };
        let error = Client::connect(auth.clone(), source, quick())
            .await
            .unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn gzip_is_undone_and_a_cut_one_is_asked_again() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(br#"{"totalSize":1,"done":true,"records":[{"Id":"a"}]}"#)
        .unwrap();
    let packed = packed.finish().unwrap();
    let handler = move |seen: &Seen, earlier| {
        assert_eq!(seen.header("accept-encoding"), Some("gzip"));
        let whole = packed.clone();
        let body = if earlier == 0 {
            whole[..whole.len() - 9].to_vec()
        } else {
            whole
        };
        Reply::With {
            status: 200,
            headers: vec![("Content-Encoding", "gzip".into())],
            body,
        }
    };
    let (server, _, rows) = ask(quick(), handler).await;
    assert_eq!(rows.unwrap().len(), 1);
    assert_eq!(server.count(QUERY), 2);
}

#[tokio::test]
async fn a_body_is_not_read_without_bound() {
    let settings = ClientSettings {
        largest_body: 1000,
        ..quick()
    };
    let bomb = {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(&vec![b' '; 200_000]).unwrap();
        packed.finish().unwrap()
    };
    assert!(bomb.len() < 1000);
    let handler = move |_: &Seen, _| Reply::With {
        status: 200,
        headers: vec![("Content-Encoding", "gzip".into())],
        body: bomb.clone(),
    };
    let (_, _, rows) = ask(settings, handler).await;
    assert_eq!(rows.unwrap_err().kind, ApiErrorKind::TooMuch);
}

#[tokio::test]
async fn the_share_of_the_allowance_is_kept() {
    let settings = ClientSettings {
        calls: CallBudget::ShareOfLeft(20),
        ..quick()
    };
    let handler = |_: &Seen, _| Reply::With {
        status: 200,
        headers: vec![("Sforce-Limit-Info", "api-usage=14990/15000".into())],
        body: br#"{"totalSize":0,"done":true,"records":[]}"#.to_vec(),
    };
    let (server, client, rows) = ask(settings, handler).await;
    rows.unwrap();
    let mut outcomes = Vec::new();
    for _ in 0..4 {
        outcomes.push(
            client
                .query::<Row>(&roles())
                .await
                .map_err(|error| error.kind),
        );
    }
    // Ten calls were left after the first; two of them are this run's.
    assert_eq!(outcomes[..2], [Ok(vec![]), Ok(vec![])]);
    assert_eq!(
        outcomes[2..],
        [
            Err(ApiErrorKind::AllowanceSpent),
            Err(ApiErrorKind::AllowanceSpent)
        ]
    );
    assert_eq!(server.count(QUERY), 3);
    let error = client.query::<Row>(&roles()).await.unwrap_err();
    assert!(error.is_local());
    assert!(error.to_string().contains("left out"), "{error}");
    assert_eq!(client.traffic().api_calls_left, Some(0));
}

#[tokio::test]
async fn silence_ends_with_the_request_and_the_run_with_its_limit() {
    let begun = Instant::now();
    let settings = ClientSettings {
        request_timeout: Duration::from_millis(50),
        attempts: 2,
        ..quick()
    };
    let (server, _, rows) = ask(settings, |_, _| Reply::Silence).await;
    assert_eq!(rows.unwrap_err().kind, ApiErrorKind::Timeout);
    assert_eq!(server.count(QUERY), 2);

    let settings = ClientSettings {
        run_timeout: Some(Duration::from_millis(300)),
        ..quick()
    };
    let (_, client, rows) = ask(settings, |_, _| Reply::Silence).await;
    let error = rows.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Timeout);
    assert!(
        error.to_string().contains("time limit of the run"),
        "{error}"
    );
    let error = client.query::<Row>(&roles()).await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(3));

    // A server that asks for more patience than there is gets none.
    let settings = ClientSettings {
        run_timeout: Some(Duration::from_secs(2)),
        ..quick()
    };
    let later = |_: &Seen, _| Reply::With {
        status: 503,
        headers: vec![("Retry-After", "3600".into())],
        body: Vec::new(),
    };
    let (_, _, rows) = ask(settings, later).await;
    assert_eq!(rows.unwrap_err().kind, ApiErrorKind::Unavailable);
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn statements_asked_at_once_give_rows_in_their_order() {
    let ids: Vec<String> = (0..900).map(|n| format!("005{n:015}")).collect();
    let statements = Query::UserLogins
        .bind()
        .ids("users", &ids)
        .statements(&OrgSchema::default())
        .unwrap();
    assert!(statements.len() > 2);
    let server = Server::start(|seen, _| {
        assert!(seen.target.len() < 8200, "{}", seen.target.len());
        let soql = seen.parameter("q").unwrap();
        let first = soql.split('\'').nth(1).unwrap().to_owned();
        Reply::page(&format!(r#"[{{"Id":"{first}"}}]"#))
    })
    .await;
    let client = connect(access_token(&server), quick()).await.unwrap();
    let rows: Vec<Row> = client.query_all(&statements).await.unwrap();
    assert_eq!(rows.len(), statements.len());
    assert!(rows.is_sorted_by(|a, b| a.id < b.id));
    assert_eq!(
        client.traffic().longest_path,
        2,
        "versions, then all at once"
    );
}
