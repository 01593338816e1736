//! The OAuth endpoints: tokens, the browser's approval, revocation.

use std::collections::BTreeMap;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::org::{App, Org, flag, text};
use super::shared::{Reply, Shared, State};

/// Form or query parameters.
pub(super) type Form = BTreeMap<String, String>;

/// The client of the `sf` command line, which every org knows.
const PLATFORM_CLI: &str = "PlatformCLI";
/// Seconds that a signed assertion may be valid.
const LONGEST_ASSERTION: i64 = 300;

/// What an authorization code stands for.
#[derive(Debug, Clone)]
pub(super) struct Code {
    client_id: String,
    redirect_uri: String,
    challenge: String,
    plain: bool,
    user: String,
}

fn refuse(error: &str, description: &str) -> Reply {
    Reply::json(
        400,
        &json!({ "error": error, "error_description": description }),
    )
}

/// Answers `/services/oauth2/…`.
pub(super) fn answer(
    shared: &Shared,
    method: &str,
    path: &str,
    form: &Form,
    session: Option<&str>,
) -> Reply {
    let org = shared.org();
    match (method, path.strip_prefix("/services/oauth2/")) {
        ("POST", Some("token")) => token(shared, &org, form),
        ("GET" | "POST", Some("authorize")) => authorize(shared, &org, form),
        ("POST" | "GET", Some("revoke")) => {
            let token = get(form, "token");
            let mut state = shared.state();
            let known = state.sessions.remove(token).is_some()
                | state.refresh_tokens.remove(token).is_some();
            if known {
                Reply::json(200, &json!({}))
            } else {
                refuse("unsupported_token_type", "this token type is not supported")
            }
        }
        ("GET" | "POST", Some("userinfo")) => {
            let user = session.and_then(|token| shared.state().sessions.get(token).cloned());
            let user = user.and_then(|id| org.by_id(&id).map(|(_, row)| row.clone()));
            match user {
                Some(user) => Reply::json(
                    200,
                    &json!({
                        "sub": identity(shared, &org, text(&user, "Id")), "user_id": text(&user, "Id"),
                        "organization_id": org_id(&org), "preferred_username": text(&user, "Username"),
                        "name": text(&user, "Name"), "email": text(&user, "Email"),
                    }),
                ),
                None => Reply::text(403, "Bad_OAuth_Token"),
            }
        }
        _ => Reply::text(404, "Not Found"),
    }
}

fn get<'a>(form: &'a Form, key: &str) -> &'a str {
    form.get(key).map_or("", String::as_str)
}

fn org_id(org: &Org) -> String {
    org.rows("Organization")
        .first()
        .map(|row| text(row, "Id").to_owned())
        .unwrap_or_default()
}

fn identity(shared: &Shared, org: &Org, user: &str) -> String {
    format!("{}/id/{}/{user}", shared.url(), org_id(org))
}

fn token(shared: &Shared, org: &Org, form: &Form) -> Reply {
    let client_id = get(form, "client_id");
    let app = org.apps.iter().find(|app| app.client_id == client_id);
    match get(form, "grant_type") {
        "client_credentials" => {
            let Some(app) = app else {
                return refuse("invalid_client_id", "client identifier invalid");
            };
            if app.client_secret != get(form, "client_secret") {
                return refuse("invalid_client", "invalid client credentials");
            }
            let user = app
                .run_as
                .as_deref()
                .and_then(|name| org.id_of("User", name));
            match user {
                Some(user) => issue(shared, org, &user, false),
                None => refuse("invalid_grant", "no client credentials user enabled"),
            }
        }
        "refresh_token" => {
            if app.is_none() && client_id != PLATFORM_CLI {
                return refuse("invalid_client_id", "client identifier invalid");
            }
            if app.is_some_and(|app| {
                !app.client_secret.is_empty() && app.client_secret != get(form, "client_secret")
            }) {
                return refuse("invalid_client", "invalid client credentials");
            }
            let user = shared
                .state()
                .refresh_tokens
                .get(get(form, "refresh_token"))
                .cloned();
            match user {
                Some(user) => issue(shared, org, &user, false),
                None => refuse("invalid_grant", "expired access/refresh token"),
            }
        }
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
            assertion(shared, org, get(form, "assertion"))
        }
        "authorization_code" => exchange(shared, org, form),
        _ => refuse("unsupported_grant_type", "grant type not supported"),
    }
}

/// A session for the user, as the token endpoint answers it.
fn issue(shared: &Shared, org: &Org, user: &str, refresh: bool) -> Reply {
    let active = org
        .by_id(user)
        .is_some_and(|(_, row)| flag(row, "IsActive"));
    if !active {
        return refuse("inactive_user", "user is inactive");
    }
    let mut state = shared.state();
    let mut answer = json!({
        "access_token": new_session(&mut state, org, user), "instance_url": shared.url(), "token_type": "Bearer",
        "id": identity(shared, org, user), "issued_at": "1763629200000", "signature": "c2lnbmF0dXJl",
        "scope": "refresh_token api",
    });
    if refresh {
        let token = new_refresh_token(&mut state, user);
        if let Some(entries) = answer.as_object_mut() {
            entries.insert("refresh_token".to_owned(), json!(token));
        }
    }
    Reply::json(200, &answer)
}

/// Opens a session for a user.
pub(super) fn new_session(state: &mut State, org: &Org, user: &str) -> String {
    state.issued += 1;
    let secret = hex(&Sha256::digest(format!("session {} {user}", state.issued)));
    let token = format!(
        "{}!AQ{secret}",
        org_id(org).chars().take(15).collect::<String>()
    );
    state.sessions.insert(token.clone(), user.to_owned());
    token
}

/// Gives a refresh token for a user.
pub(super) fn new_refresh_token(state: &mut State, user: &str) -> String {
    state.issued += 1;
    let token = format!(
        "5Aep861{}",
        hex(&Sha256::digest(format!("refresh {} {user}", state.issued)))
    );
    state.refresh_tokens.insert(token.clone(), user.to_owned());
    token
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The JWT bearer flow: the signature and each claim are checked as Salesforce checks them; `exp` is in seconds.
fn assertion(shared: &Shared, org: &Org, assertion: &str) -> Reply {
    let claims = assertion.split('.').nth(1).and_then(base64url);
    let Some(claims) = claims.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) else {
        return refuse("invalid_grant", "invalid assertion");
    };
    let claim = |name: &str| {
        claims
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let Some(app) = org.apps.iter().find(|app| app.client_id == claim("iss")) else {
        return refuse("invalid_client_id", "client identifier invalid");
    };
    if !is_signed(app, assertion) {
        return refuse("invalid_grant", "invalid assertion");
    }
    let audiences = [
        "https://login.salesforce.com".to_owned(),
        "https://test.salesforce.com".to_owned(),
        shared.url(),
    ];
    if !audiences.contains(&claim("aud").trim_end_matches('/').to_owned()) {
        return refuse("invalid_grant", "audience is invalid");
    }
    let now = jiff::Timestamp::now().as_second();
    let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or(0);
    if expires <= now || expires > now.saturating_add(LONGEST_ASSERTION) {
        return refuse("invalid_grant", "expired authorization code");
    }
    match org.find("User", "Username", &claim("sub")) {
        Some(user) => issue(shared, org, text(user, "Id"), false),
        None => refuse("invalid_grant", "user hasn't approved this consumer"),
    }
}

/// Whether the app's own key signed an assertion, with RS256.
fn is_signed(app: &App, assertion: &str) -> bool {
    let key = app
        .public_key
        .as_deref()
        .and_then(|pem| DecodingKey::from_rsa_pem(pem.as_bytes()).ok());
    let mut rules = Validation::new(Algorithm::RS256);
    // The claims are looked at one by one, for the sake of their error texts.
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    key.is_some_and(|key| jsonwebtoken::decode::<Value>(assertion, &key, &rules).is_ok())
}

/// The browser's part of the web server flow: the user that the test set has approved.
fn authorize(shared: &Shared, org: &Org, form: &Form) -> Reply {
    let client_id = get(form, "client_id");
    let redirect_uri = get(form, "redirect_uri");
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    if client_id != PLATFORM_CLI && !org.apps.iter().any(|app| app.client_id == client_id) {
        return Reply::text(
            400,
            "error=invalid_client_id&error_description=client%20identifier%20invalid",
        );
    }
    if get(form, "response_type") != "code" || redirect_uri.is_empty() {
        return Reply::text(400, "error=unsupported_response_type");
    }
    let mut state = shared.state();
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    let back = format!("&state={}", encode(get(form, "state")));
    let someone = || org.rows("User").first().map(|u| text(u, "Id").to_owned());
    let user = state.browser_user.clone().or_else(someone);
    let Some(user) = user.filter(|_| !state.browser_refuses) else {
        return Reply::redirect(&format!(
            "{redirect_uri}{joint}error=access_denied&error_description=end-user+denied+authorization{back}"
        ));
    };
    state.issued += 1;
    let code = format!(
        "aPrx{}",
        hex(&Sha256::digest(format!("code {}", state.issued)))
    );
    state.codes.insert(
        code.clone(),
        Code {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            challenge: get(form, "code_challenge").to_owned(),
            plain: get(form, "code_challenge_method") == "plain",
            user,
        },
    );
    Reply::redirect(&format!(
        "{redirect_uri}{joint}code={}{back}",
        encode(&code)
    ))
}

fn exchange(shared: &Shared, org: &Org, form: &Form) -> Reply {
    // A code serves once.
    let Some(code) = shared.state().codes.remove(get(form, "code")) else {
        return refuse("invalid_grant", "invalid authorization code");
    };
    if code.client_id != get(form, "client_id") {
        return refuse("invalid_client_id", "client identifier invalid");
    }
    if code.redirect_uri != get(form, "redirect_uri") {
        return refuse(
            "redirect_uri_mismatch",
            "redirect_uri must match configuration",
        );
    }
    let verifier = get(form, "code_verifier");
    let proof = if code.plain {
        verifier.to_owned()
    } else {
        to_base64url(&Sha256::digest(verifier))
    };
    if !code.challenge.is_empty() && proof != code.challenge {
        return refuse("invalid_grant", "invalid code verifier");
    }
    issue(shared, org, &code.user, true)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64url without padding.
pub(super) fn to_base64url(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            let index = usize::try_from(bits >> (18 - 6 * digit) & 63).unwrap_or(0);
            text.push(ALPHABET.get(index).copied().map_or('A', char::from));
        }
    }
    text
}

/// Reads base64url, padding or not.
pub(super) fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for c in text.trim_end_matches('=').bytes() {
        let digit = ALPHABET.iter().position(|known| *known == c)?;
        bits = bits << 6 | u32::try_from(digit).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}
