//! The way from a request to its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State as Extension};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};

use super::faults::Fault;
use super::listener::Connection;
use super::log::Request;
use super::org::{Org, flag};
use super::refusal::Refusal;
use super::rest::{self, Call};
use super::rights::Rights;
use super::shared::{Reply, Shared};
use super::{oauth, soap};

/// The longest URI, in bytes (REST API, "Status Codes and Error Responses": 414 and 431).
const LONGEST_URI: usize = 16_384;
/// The largest body that is read.
const LARGEST_BODY: usize = 4 << 20;

/// Answers one request, or fails it as told.
pub(super) async fn handle(
    Extension(shared): Extension<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let started = shared.started.elapsed();
    let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    let query = uri.query().unwrap_or_default().to_owned();
    let soql = rest::parameters(&query).remove("q");
    let told = format!(
        "{method} {} {} {body}",
        uri.path(),
        soql.as_deref().unwrap_or(&query)
    );
    let (latency, fault) = {
        let mut state = shared.state();
        let fault = state
            .chooser
            .choose(&told, !uri.path().starts_with("/services/oauth2/"));
        (state.chooser.faults.latency, fault)
    };
    let wait = match &fault {
        Some(Fault::Slow(more)) => latency.saturating_add(*more),
        Some(Fault::Hang) => Duration::from_secs(3600),
        _ => latency,
    };
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let asked = Asked {
        method: method.as_str(),
        uri: &uri,
        query: &query,
        headers: &headers,
        body: &body,
    };
    let (reply, user, counted) = reply(&shared, &asked, fault.as_ref());
    if let Some(Fault::Reset | Fault::Cut) = fault {
        connection.end_after(reply.body.len() / 2 + 80, fault == Some(Fault::Reset));
    }
    let secret = uri.path().starts_with("/services/oauth2/");
    let request = Request {
        method: method.as_str().to_owned(),
        path: uri.path().to_owned(),
        soql,
        body: if secret { String::new() } else { body },
        user,
        status: reply.status,
        bytes: reply.body.len(),
        counted,
        started,
        ended: shared.started.elapsed(),
    };
    shared.state().log.push(request);
    respond(reply)
}

fn respond(reply: Reply) -> Response<Body> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let kind = ("content-type", reply.kind.to_owned());
    for (name, value) in std::iter::once(kind).chain(reply.headers) {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
    response
}

struct Asked<'a> {
    method: &'a str,
    uri: &'a Uri,
    query: &'a str,
    headers: &'a HeaderMap,
    body: &'a str,
}

impl Asked<'_> {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    fn bearer(&self) -> Option<&str> {
        let header = self.header("authorization");
        header
            .strip_prefix("Bearer ")
            .or_else(|| header.strip_prefix("OAuth "))
    }

    /// Refuses a URI that is too long, by itself or with the headers.
    fn too_long(&self) -> Option<Reply> {
        let uri = self.uri.path().len() + self.query.len() + 1;
        let headers: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 4)
            .sum();
        match (uri > LONGEST_URI, uri + headers > LONGEST_URI) {
            (true, _) => Some(Reply::text(
                414,
                "<html><head><title>414 URI Too Long</title></head></html>",
            )),
            (false, true) => Some(Reply::text(
                431,
                "<html><head><title>431 Request Header Fields Too Large</title></head></html>",
            )),
            (false, false) => None,
        }
    }
}

/// The answer, the username behind it, and whether the request counts.
fn reply(shared: &Shared, asked: &Asked<'_>, fault: Option<&Fault>) -> (Reply, String, bool) {
    let path = asked.uri.path();
    let org = shared.org();
    if let Some(reply) = asked.too_long() {
        return (reply, String::new(), false);
    }
    if let Some(reply) = fault.and_then(|fault| show(shared, fault, asked)) {
        return (reply, String::new(), true);
    }
    if path.starts_with("/services/oauth2/") {
        let mut form = rest::parameters(asked.body);
        form.extend(rest::parameters(asked.query));
        if let Some(basic) = asked.header("authorization").strip_prefix("Basic ") {
            for (key, value) in ["client_id", "client_secret"]
                .iter()
                .zip(basic_parts(basic))
            {
                form.entry((*key).to_owned()).or_insert(value);
            }
        }
        return (
            oauth::answer(shared, asked.method, path, &form, asked.bearer()),
            String::new(),
            false,
        );
    }
    if let Some(rest) = path.strip_prefix("/services/Soap/m/") {
        return metadata(shared, &org, rest, asked);
    }
    let Some(rest) = path.strip_prefix("/services/data") else {
        return (
            Reply::text(404, "<html><body>URL No Longer Exists</body></html>"),
            String::new(),
            false,
        );
    };
    let rest = rest.trim_start_matches('/');
    if rest.is_empty() && asked.method == "GET" {
        return (
            Reply::json(200, &rest::versions(&org)),
            String::new(),
            false,
        );
    }
    data(shared, &org, rest, asked)
}

fn basic_parts(basic: &str) -> Vec<String> {
    // Standard base64: the same digits but two.
    let text = oauth::base64url(&basic.replace('+', "-").replace('/', "_")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let decode = |part: &str| {
        percent_encoding::percent_decode_str(part)
            .decode_utf8_lossy()
            .into_owned()
    };
    text.split_once(':')
        .map(|(id, secret)| vec![decode(id), decode(secret)])
        .unwrap_or_default()
}

/// The faults that are an answer of their own.
fn show(shared: &Shared, fault: &Fault, asked: &Asked<'_>) -> Option<Reply> {
    let soap = asked.uri.path().starts_with("/services/Soap/");
    let refused = |refusal: &Refusal| {
        if soap {
            soap::fault(&refusal.code, &refusal.message)
        } else {
            Reply::refusal(refusal)
        }
    };
    match fault {
        Fault::Unavailable => Some(Reply::text(
            503,
            "<html><head><title>Server Unavailable</title></head><body><h1>We are down for maintenance.</h1></body></html>",
        )),
        Fault::TooManyRequests(seconds) => {
            let mut reply = refused(&fault.refusal()?);
            reply.status = 429;
            reply.headers.push(("retry-after", seconds.to_string()));
            Some(reply)
        }
        Fault::ExpiredSession => {
            let envelope = soap.then(|| soap::Envelope::parse(asked.body));
            let session = envelope.as_ref().map(|envelope| envelope.text("sessionId"));
            if let Some(token) = session.or_else(|| asked.bearer()) {
                shared.state().sessions.remove(token);
            }
            Some(refused(&fault.refusal()?))
        }
        _ => Some(refused(&fault.refusal()?)),
    }
}

/// The session's user, who must be active and may use the API.
fn caller(shared: &Shared, org: &Org, token: Option<&str>) -> Result<Arc<Rights>, Refusal> {
    let token = token.ok_or_else(Refusal::session_expired)?;
    let user = shared
        .state()
        .sessions
        .get(token)
        .cloned()
        .ok_or_else(Refusal::session_expired)?;
    let active = org
        .by_id(&user)
        .is_some_and(|(_, row)| flag(row, "IsActive"));
    if !active {
        return Err(Refusal::session_expired());
    }
    let rights = shared.rights(org, &user);
    if !rights.can("ApiEnabled") {
        return Err(Refusal::new(
            403,
            "API_DISABLED_FOR_ORG",
            "The REST API is not enabled for this Organization or user type.",
        ));
    }
    Ok(rights)
}

/// Counts a call against the allowance.
fn count(shared: &Shared, org: &Org) -> Result<(), Refusal> {
    let mut state = shared.state();
    if org.calls_before + state.calls >= org.daily_limit {
        return Err(Refusal::new(
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "TotalRequests Limit exceeded.",
        ));
    }
    state.calls += 1;
    Ok(())
}

fn data(shared: &Shared, org: &Arc<Org>, rest: &str, asked: &Asked<'_>) -> (Reply, String, bool) {
    let (version, path) = rest.split_once('/').unwrap_or((rest, ""));
    let number = version
        .strip_prefix('v')
        .and_then(|v| v.strip_suffix(".0"))
        .and_then(|v| v.parse::<u32>().ok());
    let rights = match caller(shared, org, asked.bearer())
        .and_then(|rights| count(shared, org).map(|()| rights))
    {
        Ok(rights) => rights,
        Err(refusal) => return (Reply::refusal(&refusal), String::new(), false),
    };
    let user = rest::username(org, &rights.user);
    let result = match number {
        Some(version) if version <= 30 => Err(Refusal::new(
            410,
            "UNSUPPORTED_API_VERSION",
            format!("API version {version}.0 is retired"),
        )),
        Some(version) if org.versions.contains(&version) => {
            let options = asked.header("sforce-query-options");
            let batch = options
                .split(',')
                .find_map(|part| part.trim().strip_prefix("batchSize=")?.parse().ok());
            let call = Call {
                shared,
                org,
                rights: &rights,
                version,
                batch,
            };
            call.answer(asked.method, path, asked.query, asked.body)
        }
        _ => Err(Refusal::not_found()),
    };
    let mut reply = match result {
        Ok(body) => Reply::json(200, &body),
        Err(refusal) => Reply::refusal(&refusal),
    };
    let (used, most) = shared.usage();
    reply
        .headers
        .push(("sforce-limit-info", format!("api-usage={used}/{most}")));
    (reply, user, true)
}

fn metadata(shared: &Shared, org: &Org, version: &str, asked: &Asked<'_>) -> (Reply, String, bool) {
    let envelope = soap::Envelope::parse(asked.body);
    let rights = match caller(shared, org, Some(envelope.text("sessionId"))) {
        Ok(rights) => rights,
        Err(refusal) => {
            return (
                soap::fault(&refusal.code, &refusal.message),
                String::new(),
                false,
            );
        }
    };
    let user = rest::username(org, &rights.user);
    if let Err(refusal) = count(shared, org) {
        return (soap::fault(&refusal.code, &refusal.message), user, false);
    }
    if !(rights.can("ModifyAllData") || rights.can("ModifyMetadata")) {
        return (
            soap::fault(
                "INSUFFICIENT_ACCESS",
                "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions",
            ),
            user,
            true,
        );
    }
    let number = version
        .split('.')
        .next()
        .and_then(|v| v.parse().ok())
        .unwrap_or(0);
    if !org.versions.contains(&number) {
        return (
            soap::fault(
                "UNSUPPORTED_API_VERSION",
                "Invalid Api version specified on URL",
            ),
            user,
            true,
        );
    }
    (soap::answer(org, number, &envelope), user, true)
}
