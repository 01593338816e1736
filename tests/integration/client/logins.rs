//! The OAuth flows against a login host of the test's own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_lc_rs::encoding::AsDer;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use permgap::auth::{
    AuthError, Authenticator, Credentials, JwtGrant, LoginRequest, LoginStore, OAuthClient,
    SessionSource,
};
use permgap::net::OrgUrl;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::server::{Reply, Seen, Server};
use super::{REFRESH_TOKEN, TOKEN, authenticator, refresh_token, token_answer};

fn host(seen: &Seen) -> String {
    format!("http://{}", seen.header("host").unwrap())
}

fn refusal(description: &str) -> Reply {
    Reply::Json(
        400,
        serde_json::json!({"error": "invalid_grant", "error_description": description}).to_string(),
    )
}

/// Writes a private key made for this test.
fn key_file(dir: &Path) -> PathBuf {
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let text = BASE64_STANDARD.encode(der.as_ref());
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let path = dir.join("server.key");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        lines.join("\n")
    );
    std::fs::write(&path, pem).unwrap();
    path
}

fn claims(seen: &Seen) -> Value {
    let assertion = seen.parameter("assertion").unwrap();
    let payload = assertion.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn jwt(server: &Server, dir: &Path) -> SessionSource {
    SessionSource {
        credentials: Credentials::Jwt(JwtGrant {
            login_url: OrgUrl::parse(&server.url).unwrap(),
            audience: None,
            client_id: "consumer-key".into(),
            username: "admin@acme.example".into(),
            key_file: key_file(dir),
        }),
        expected: None,
    }
}

#[tokio::test]
async fn jwt_claims_are_what_salesforce_asks_for() {
    let server = Server::start(|seen, _| {
        assert_eq!(
            seen.parameter("grant_type").as_deref(),
            Some("urn:ietf:params:oauth:grant-type:jwt-bearer")
        );
        let claims = claims(seen);
        assert_eq!(claims["iss"], "consumer-key");
        assert_eq!(claims["sub"], "admin@acme.example");
        assert_eq!(claims["aud"], "https://login.salesforce.com");
        let ahead = claims["exp"].as_i64().unwrap() - jiff::Timestamp::now().as_second();
        assert!((60..=180).contains(&ahead), "{ahead} s ahead");
        Reply::Json(200, token_answer(&host(seen), TOKEN))
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let session = authenticator(dir.path())
        .open(&jwt(&server, dir.path()))
        .await
        .unwrap();
    assert_eq!(session.access_token.expose_secret(), TOKEN);
    assert_eq!(session.identity.unwrap().user_id, "005000000000001AAA");
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_once_by_the_servers() {
    let offset = jiff::SignedDuration::from_mins(10);
    let server = Server::start(move |seen, earlier| {
        let now = jiff::Timestamp::now() + offset;
        let ahead = claims(seen)["exp"].as_i64().unwrap() - now.as_second();
        if (1..=180).contains(&ahead) {
            assert_eq!(earlier, 1);
            return Reply::Json(200, token_answer(&host(seen), TOKEN));
        }
        Reply::With {
            status: 400,
            headers: vec![(
                "Date",
                now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            )],
            body: br#"{"error":"invalid_grant","error_description":"expired authorization code"}"#
                .to_vec(),
        }
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let auth = authenticator(dir.path());
    auth.open(&jwt(&server, dir.path())).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn the_orgs_own_address_is_tried_as_audience_and_refusals_are_told() {
    let server = Server::start(|_, _| refusal("audience is invalid")).await;
    let dir = tempfile::tempdir().unwrap();
    let auth = authenticator(dir.path());
    let error = auth.open(&jwt(&server, dir.path())).await.unwrap_err();
    let audiences: Vec<Value> = server
        .seen()
        .iter()
        .map(|seen| claims(seen)["aud"].clone())
        .collect();
    assert_eq!(
        audiences,
        ["https://login.salesforce.com", server.url.as_str()]
    );
    assert!(error.to_string().contains("SF_LOGIN_URL"), "{error}");
}

#[tokio::test]
async fn client_credentials_need_the_orgs_own_host() {
    let server = Server::start(|seen, _| {
        assert_eq!(
            seen.parameter("grant_type").as_deref(),
            Some("client_credentials")
        );
        assert_eq!(seen.parameter("client_id").as_deref(), Some("id"));
        assert_eq!(
            seen.parameter("client_secret").as_deref(),
            Some("PLANTEDsecret")
        );
        assert_eq!(seen.header("authorization"), None);
        Reply::Json(200, token_answer(&host(seen), TOKEN))
    })
    .await;
    let source = |login_url: &str| SessionSource {
        credentials: Credentials::ClientCredentials {
            login_url: OrgUrl::parse(login_url).unwrap(),
            client: OAuthClient {
                id: "id".into(),
                secret: Some("PLANTEDsecret".into()),
            },
        },
        expected: None,
    };
    let dir = tempfile::tempdir().unwrap();
    let auth = authenticator(dir.path());
    auth.open(&source(&server.url)).await.unwrap();
    let error = auth
        .open(&source("https://login.salesforce.com"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("My Domain"), "{error}");
}

#[tokio::test]
async fn a_dead_refresh_token_says_to_log_in_and_is_not_tried_again() {
    let server = Server::start(|_, _| refusal("expired access/refresh token")).await;
    let dir = tempfile::tempdir().unwrap();
    let error = authenticator(dir.path())
        .open(&refresh_token(&server))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("permgap login"), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_login_host_that_is_down_is_asked_again() {
    let server = Server::start(|seen, earlier| {
        if earlier == 0 {
            Reply::Json(503, "<html>".into())
        } else {
            Reply::Json(200, token_answer(&host(seen), TOKEN))
        }
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    authenticator(dir.path())
        .open(&refresh_token(&server))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_token_answer_that_names_a_foreign_host_is_refused() {
    let server = Server::start(|_, _| {
        Reply::Json(200, token_answer("https://salesforce.evil.example", TOKEN))
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let error = authenticator(dir.path())
        .open(&refresh_token(&server))
        .await
        .unwrap_err();
    assert!(matches!(error, AuthError::Url(_)), "{error}");
}

#[tokio::test]
async fn a_session_of_another_org_than_asked_for_is_refused() {
    let server = Server::start(|seen, _| Reply::Json(200, token_answer(&host(seen), TOKEN))).await;
    let dir = tempfile::tempdir().unwrap();
    let mut source = refresh_token(&server);
    source.expected = Some(OrgUrl::parse("https://acme.my.salesforce.com").unwrap());
    let error = authenticator(dir.path()).open(&source).await.unwrap_err();
    assert!(
        error.to_string().contains("acme.my.salesforce.com"),
        "{error}"
    );
}

/// Sends a GET to the login's listener, as a browser does.
async fn browse(port: u16, target: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Begins a login; returns it with the parameters of the address that the browser opens.
async fn begin(
    auth: &Authenticator,
    server: &Server,
) -> (permgap::auth::PendingLogin, impl Fn(&str) -> String) {
    let mut request = LoginRequest::new(OrgUrl::parse(&server.url).unwrap());
    request.port = 0;
    request.alias = Some("prod".into());
    let pending = auth.begin_login(request).await.unwrap();
    let url = pending.url().clone();
    let get = move |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap()
    };
    (pending, get)
}

fn port_of(redirect: &str) -> u16 {
    url::Url::parse(redirect).unwrap().port().unwrap()
}

#[tokio::test]
async fn login_keeps_a_refresh_token_and_logout_revokes_it() {
    let challenge: Arc<Mutex<String>> = Arc::default();
    let expected = Arc::clone(&challenge);
    let server = Server::start(move |seen, _| match seen.path() {
        "/services/oauth2/token" if seen.parameter("code").is_some() => {
            assert_eq!(seen.parameter("code").as_deref(), Some("the code"));
            let verifier = seen.parameter("code_verifier").unwrap();
            let digest = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            assert_eq!(digest, *expected.lock().unwrap());
            let mut answer: Value =
                serde_json::from_str(&token_answer(&host(seen), TOKEN)).unwrap();
            answer["refresh_token"] = REFRESH_TOKEN.into();
            Reply::Json(200, answer.to_string())
        }
        "/services/oauth2/token" => {
            assert_eq!(
                seen.parameter("refresh_token").as_deref(),
                Some(REFRESH_TOKEN)
            );
            Reply::Json(200, token_answer(&host(seen), TOKEN))
        }
        "/services/oauth2/userinfo" => {
            assert!(seen.bears(TOKEN));
            Reply::ok(
                r#"{"user_id":"005000000000001AAA","organization_id":"00D000000000001EAA",
                    "preferred_username":"admin@acme.example"}"#,
            )
        }
        "/services/oauth2/revoke" => {
            assert_eq!(seen.parameter("token").as_deref(), Some(REFRESH_TOKEN));
            Reply::ok("")
        }
        other => panic!("{other}"),
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let auth = authenticator(dir.path());
    let (pending, get) = begin(&auth, &server).await;
    assert_eq!(get("code_challenge_method"), "S256");
    assert_eq!(get("response_type"), "code");
    *challenge.lock().unwrap() = get("code_challenge");
    let redirect = get("redirect_uri");
    let port = port_of(&redirect);
    assert_eq!(redirect, format!("http://localhost:{port}/OauthRedirect"));
    let state = get("state");

    let login = auth.clone();
    let finish = tokio::spawn(async move { pending.finish(&login).await });
    // Other pages, a wrong state and a missing one are turned away, and the login goes on.
    for target in [
        "/favicon.ico",
        "/OauthRedirect?code=x&state=wrong",
        "/OauthRedirect?code=x",
    ] {
        let answer = browse(port, target).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
    let answer = browse(
        port,
        &format!("/OauthRedirect?code=the%20code&state={state}"),
    )
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("Logged in"),
        "{answer}"
    );
    assert!(!answer.contains("PLANTED") && !answer.contains("the code"));
    let (login, in_keyring) = finish.await.unwrap().unwrap();
    assert!(!in_keyring);
    assert_eq!(login.username, "admin@acme.example");

    // The kept login opens sessions by its alias.
    let store = LoginStore::in_dir(dir.path());
    let source = SessionSource::resolve("prod", &|_| None, &store).unwrap();
    assert_eq!(
        auth.open(&source)
            .await
            .unwrap()
            .access_token
            .expose_secret(),
        TOKEN
    );

    auth.log_out(&login).await.unwrap();
    assert!(store.list().unwrap().is_empty());
    assert_eq!(server.count("/services/oauth2/revoke"), 1);
}

#[tokio::test]
async fn a_login_refused_in_the_browser_is_told() {
    let server = Server::start(|_, _| Reply::Hangup).await;
    let dir = tempfile::tempdir().unwrap();
    let auth = authenticator(dir.path());
    let (pending, get) = begin(&auth, &server).await;
    let (port, state) = (port_of(&get("redirect_uri")), get("state"));
    let login = auth.clone();
    let finish = tokio::spawn(async move { pending.finish(&login).await });
    let target = format!(
        "/OauthRedirect?error=invalid_client&error_description=app+must+be+installed+into+org&state={state}"
    );
    let answer = browse(port, &target).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let error = finish.await.unwrap().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("Approve Uninstalled Connected Apps"),
        "{error}"
    );
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_replaced_refresh_token_is_kept() {
    let server = Server::start(|seen, earlier| {
        let mut answer: Value = serde_json::from_str(&token_answer(&host(seen), TOKEN)).unwrap();
        answer["refresh_token"] = "5Aep861PLANTEDrotated".into();
        let expected = if earlier == 0 {
            REFRESH_TOKEN
        } else {
            "5Aep861PLANTEDrotated"
        };
        assert_eq!(seen.parameter("refresh_token").as_deref(), Some(expected));
        Reply::Json(200, answer.to_string())
    })
    .await;
    let dir = tempfile::tempdir().unwrap();
    let auth = authenticator(dir.path());
    let login = permgap::auth::StoredLogin {
        alias: Some("prod".into()),
        username: "admin@acme.example".into(),
        instance_url: server.url.clone(),
        client_id: "PlatformCLI".into(),
        org_id: "00D000000000001EAA".into(),
    };
    auth.store()
        .keep(&login, &SecretString::from(REFRESH_TOKEN))
        .unwrap();
    for _ in 0..2 {
        let source = SessionSource::resolve("prod", &|_| None, auth.store()).unwrap();
        auth.open(&source).await.unwrap();
    }
    let kept = auth.store().refresh_token(&login).unwrap();
    assert_eq!(kept.expose_secret(), "5Aep861PLANTEDrotated");
}
