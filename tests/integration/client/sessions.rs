//! An expired session is renewed once for all who wait, and only where that can help.

use permgap::salesforce::soql::{OrgSchema, Query};
use permgap::salesforce::{ApiErrorKind, Client};
use serde_json::Value;

use super::server::{Reply, Server};
use super::{SECOND_TOKEN, TOKEN, access_token, connect, quick, refresh_token, token_answer};

const LOGIN: &str = "/services/oauth2/token";

async fn organization(client: &Client) -> Result<Vec<Value>, permgap::salesforce::ApiError> {
    let statements = Query::Organization
        .bind()
        .statements(&OrgSchema::default())
        .unwrap();
    client.query_all(&statements).await
}

#[tokio::test]
async fn one_renewal_serves_all_requests_that_find_the_session_expired() {
    let server = Server::start(|seen, earlier| match seen.path() {
        LOGIN => {
            // The org's address is the server's own: the Host header names it.
            let url = format!("http://{}", seen.header("host").unwrap());
            let token = if earlier == 0 { TOKEN } else { SECOND_TOKEN };
            Reply::Json(200, token_answer(&url, token))
        }
        _ if seen.bears(SECOND_TOKEN) => Reply::page(r#"[{"Id":"00D000000000001EAA"}]"#),
        _ => Reply::expired(),
    })
    .await;
    let client = connect(refresh_token(&server), quick()).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let client = client.clone();
        tasks.spawn(async move { organization(&client).await });
    }
    while let Some(task) = tasks.join_next().await {
        assert_eq!(task.unwrap().unwrap().len(), 1);
    }
    assert_eq!(server.count(LOGIN), 2, "one to log in, one to renew");
}

#[tokio::test]
async fn a_session_that_cannot_be_renewed_says_how_to_log_in() {
    let server = Server::start(|_, _| Reply::expired()).await;
    let client = connect(access_token(&server), quick()).await.unwrap();
    let error = organization(&client).await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::SessionInvalid);
    assert!(!error.is_local());
    assert!(error.to_string().contains("SF_ACCESS_TOKEN"), "{error}");
    assert_eq!(server.count("/services/data/v67.0/query"), 1);
}

#[tokio::test]
async fn a_fresh_session_that_is_refused_is_not_renewed_for_ever() {
    let server = Server::start(|seen, _| match seen.path() {
        LOGIN => Reply::Json(
            200,
            token_answer(&format!("http://{}", seen.header("host").unwrap()), TOKEN),
        ),
        _ => Reply::expired(),
    })
    .await;
    let client = connect(refresh_token(&server), quick()).await.unwrap();
    for _ in 0..3 {
        let error = organization(&client).await.unwrap_err();
        assert_eq!(error.kind, ApiErrorKind::SessionInvalid);
    }
    assert_eq!(server.count(LOGIN), 5);
}

#[tokio::test]
async fn a_session_that_ends_as_it_begins_is_renewed_once_more() {
    let server = Server::start(|seen, earlier| match seen.path() {
        LOGIN => {
            let url = format!("http://{}", seen.header("host").unwrap());
            Reply::Json(200, token_answer(&url, &format!("{TOKEN}{earlier}")))
        }
        _ if seen.bears(&format!("{TOKEN}2")) => Reply::page("[]"),
        _ => Reply::expired(),
    })
    .await;
    let client = connect(refresh_token(&server), quick()).await.unwrap();
    assert!(organization(&client).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_session_of_the_wrong_kind_is_not_renewed() {
    let server = Server::start(|seen, _| match seen.path() {
        LOGIN => Reply::Json(
            200,
            token_answer(&format!("http://{}", seen.header("host").unwrap()), TOKEN),
        ),
        _ => Reply::error(
            401,
            "INVALID_SESSION_ID",
            "This session is not valid for use with the REST API",
        ),
    })
    .await;
    let client = connect(refresh_token(&server), quick()).await.unwrap();
    let error = organization(&client).await.unwrap_err();
    assert!(error.to_string().contains("not valid for use"), "{error}");
    assert_eq!(server.count(LOGIN), 1);
}

#[tokio::test]
async fn the_newest_version_known_to_both_is_used_and_asked_without_a_token() {
    let server = Server::start(|_, _| Reply::page("[]")).await;
    let client = connect(access_token(&server), quick()).await.unwrap();
    assert_eq!(client.api_version(), "67.0");
    let seen = server.seen();
    assert_eq!(seen[0].path(), "/services/data/");
    assert_eq!(seen[0].header("authorization"), None);
    assert_eq!(client.traffic().api_calls, 0);
}
