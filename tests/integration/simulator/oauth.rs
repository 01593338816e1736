//! Getting a session.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::client::encode;
use super::{ADMIN, Client, HUBSPOT, org};
use crate::org_simulator::OrgSimulator;

const TOKEN: &str = "/services/oauth2/token";

/// A client without a session.
fn stranger(simulator: &OrgSimulator) -> Client {
    let mut client = Client::of(simulator, ADMIN);
    client.session.clear();
    client
}

/// Base64url without padding.
fn base64url(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<u8> = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect();
    bits.chunks(6)
        .map(|chunk| {
            let digit = (0..6).fold(0, |digit, at| {
                digit << 1 | chunk.get(at).copied().unwrap_or(0)
            });
            char::from(alphabet[usize::from(digit)])
        })
        .collect()
}

fn error(answer: &super::client::Answer) -> (u16, String) {
    (
        answer.status,
        answer.json()["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    )
}

#[test]
fn versions_need_no_session_and_everything_else_does() {
    let (simulator, _) = org(|_| {});
    let nobody = stranger(&simulator);
    let versions = nobody.get("/services/data/").json();
    let newest = &versions.as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        *newest,
        json!({ "label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0" })
    );
    assert_eq!(
        nobody.query("SELECT Id FROM Account").refusal().1,
        "INVALID_SESSION_ID"
    );
    assert_eq!(nobody.get("/services/data/v66.0/limits").status, 401);
}

#[test]
fn client_credentials_and_who_one_is() {
    let (simulator, _) = org(|_| {});
    let mut client = stranger(&simulator);
    let ask = |client: &Client, secret: &str, id: &str| {
        client.form(
            TOKEN,
            &[
                ("grant_type", "client_credentials"),
                ("client_id", id),
                ("client_secret", secret),
            ],
        )
    };
    assert_eq!(
        error(&ask(&client, "wrong", "3MVG9nordlichtCollector")),
        (400, "invalid_client".to_owned())
    );
    assert_eq!(
        error(&ask(&client, "", "unknown")),
        (400, "invalid_client_id".to_owned())
    );
    assert_eq!(
        error(&ask(&client, "", "3MVG9nordlichtJwt")),
        (400, "invalid_grant".to_owned()),
        "no user to run as"
    );
    let token = ask(&client, "planted-client-secret", "3MVG9nordlichtCollector").json();
    assert_eq!(token["instance_url"], simulator.url());
    client.session = token["access_token"].as_str().unwrap().to_owned();
    let info = client.get("/services/oauth2/userinfo").json();
    assert_eq!(info["preferred_username"], ADMIN);
    let id = token["id"].as_str().unwrap();
    assert!(id.ends_with(&format!(
        "/id/{}/{}",
        info["organization_id"].as_str().unwrap(),
        info["user_id"].as_str().unwrap()
    )));
    assert_eq!(
        client
            .form("/services/oauth2/revoke", &[("token", &client.session)])
            .status,
        200
    );
    assert_eq!(client.query("SELECT Id FROM Account").status, 401);
}

#[test]
fn a_refresh_token_renews_and_can_die() {
    let (simulator, _) = org(|_| {});
    let mut client = stranger(&simulator);
    let refresh = simulator.refresh_token_of(HUBSPOT).unwrap();
    let ask = |client: &Client| {
        client.form(
            TOKEN,
            &[
                ("grant_type", "refresh_token"),
                ("client_id", "PlatformCLI"),
                ("refresh_token", &refresh),
            ],
        )
    };
    let token = ask(&client).json();
    client.session = token["access_token"].as_str().unwrap().to_owned();
    assert_eq!(client.query("SELECT Id FROM Account").status, 200);
    client.form("/services/oauth2/revoke", &[("token", &refresh)]);
    let dead = ask(&client);
    assert_eq!(
        dead.json(),
        json!({ "error": "invalid_grant", "error_description": "expired access/refresh token" })
    );
}

#[test]
fn a_signed_assertion_is_checked_claim_by_claim() {
    let (simulator, _) = org(|_| {});
    let client = stranger(&simulator);
    let now = jiff::Timestamp::now().as_second();
    let key = EncodingKey::from_rsa_pem(include_bytes!("../../../fixtures/keys/jwt-test.key.pem"))
        .unwrap();
    let good = json!({ "iss": "3MVG9nordlichtJwt", "sub": ADMIN, "aud": "https://login.salesforce.com", "exp": now + 180 });
    let sign = |claims: &Value| {
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &key).unwrap()
    };
    let ask = |assertion: &str| {
        client.form(
            TOKEN,
            &[
                ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                ("assertion", assertion),
            ],
        )
    };
    assert_eq!(ask(&sign(&good)).status, 200);
    for (claim, value, description) in [
        ("aud", json!("https://example.com"), "audience is invalid"),
        ("exp", json!(now - 5), "expired authorization code"),
        // Milliseconds are far in the future.
        (
            "exp",
            json!((now + 180) * 1000),
            "expired authorization code",
        ),
        (
            "sub",
            json!("nobody@nordlicht.example"),
            "user hasn't approved this consumer",
        ),
        ("iss", json!("unknown"), "client identifier invalid"),
        // An app without a key takes no assertions.
        ("iss", json!("3MVG9nordlichtCollector"), "invalid assertion"),
        ("sub", json!("lena@nordlicht.example"), "user is inactive"),
    ] {
        let mut claims = good.clone();
        claims[claim] = value;
        let answer = ask(&sign(&claims));
        assert_eq!(
            (answer.status, &answer.json()["error_description"]),
            (400, &json!(description)),
            "{claim}"
        );
    }
    // Claims under another signature; no signature at all.
    let signed = sign(&good);
    let (_, signature) = signed.rsplit_once('.').unwrap();
    let mut claims = good.clone();
    claims["sub"] = json!(HUBSPOT);
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    let rs256 = part(&json!({ "alg": "RS256" }));
    for forged in [
        format!("{rs256}.{}.{signature}", part(&claims)),
        format!("{}.{}.", part(&json!({ "alg": "none" })), part(&good)),
    ] {
        assert_eq!(
            ask(&forged).json()["error_description"],
            "invalid assertion"
        );
    }
}

#[test]
fn the_web_server_flow_holds_the_verifier_against_the_challenge() {
    let (simulator, _) = org(|_| {});
    let client = stranger(&simulator);
    simulator.set_browser_user(HUBSPOT);
    let verifier = "a".repeat(64);
    let challenge = base64url(&Sha256::digest(&verifier));
    let redirect = "http://localhost:1717/OauthRedirect";
    let approve = || {
        let target = format!(
            "/services/oauth2/authorize?response_type=code&client_id=PlatformCLI&redirect_uri={}&state=s%2F1&code_challenge={challenge}&code_challenge_method=S256",
            encode(redirect)
        );
        let answer = client.get(&target);
        assert_eq!(answer.status, 302);
        let location = answer.header("location").unwrap();
        let (code, state) = location
            .strip_prefix(&format!("{redirect}?code="))
            .unwrap()
            .split_once("&state=")
            .unwrap();
        assert_eq!(state, "s%2F1");
        code.to_owned()
    };
    let exchange = |code: &str, verifier: &str, redirect: &str| {
        client.form(
            TOKEN,
            &[
                ("grant_type", "authorization_code"),
                ("client_id", "PlatformCLI"),
                ("code", code),
                ("redirect_uri", redirect),
                ("code_verifier", verifier),
            ],
        )
    };
    assert_eq!(
        exchange(&approve(), "b", redirect).json()["error_description"],
        "invalid code verifier"
    );
    assert_eq!(
        error(&exchange(&approve(), &verifier, "http://localhost:1/")),
        (400, "redirect_uri_mismatch".to_owned())
    );
    let code = approve();
    let token = exchange(&code, &verifier, redirect).json();
    assert!(token["access_token"].is_string() && token["refresh_token"].is_string());
    assert_eq!(
        exchange(&code, &verifier, redirect).json()["error_description"],
        "invalid authorization code"
    );
}
