//! A HubSpot of invented values: real paths, bodies and paging, and the faults of real days.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// The token that it knows.
pub(crate) const TOKEN: &str = "pat-na1-PLANTED0-0000-4000-8000-000000000001";

/// An OAuth app's access token that it knows as well.
pub(crate) const OAUTH_TOKEN: &str = "CPLANTEDa0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3e4f5+/=x";

/// What happens to requests of one path instead of the answer.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// This status and body.
    Answer(u16, Value),
    /// The same, for the first requests only.
    First(usize, u16, Value),
    /// A body that ends before it is whole.
    Cut,
    /// This status line's number, these header lines and this body, and nothing of HubSpot's.
    Raw(u16, String, String),
    /// No answer at all.
    Hang,
}

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) bearer: bool,
}

struct State {
    faults: BTreeMap<String, Fault>,
    scopes: Vec<&'static str>,
    asked: Mutex<Vec<Asked>>,
}

/// A running one. It ends with the process.
pub(crate) struct HubSpot {
    pub(crate) url: String,
    state: Arc<State>,
}

impl HubSpot {
    /// All that permgap itself reads is granted.
    pub(crate) fn sound() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(faults: &[(&str, Fault)]) -> Self {
        Self::granting(
            &[
                "oauth",
                "crm.schemas.contacts.read",
                "crm.schemas.companies.read",
                "crm.schemas.deals.read",
                "crm.objects.owners.read",
                "settings.users.read",
            ],
            faults,
        )
    }

    pub(crate) fn granting(scopes: &[&'static str], faults: &[(&str, Fault)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            faults: faults
                .iter()
                .map(|(path, fault)| ((*path).to_owned(), fault.clone()))
                .collect(),
            scopes: scopes.to_vec(),
            asked: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &state));
            }
        });
        Self { url, state }
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap().clone()
    }

    /// How often a path was asked for.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.asked()
            .iter()
            .filter(|asked| asked.target.split('?').next() == Some(path))
            .count()
    }
}

pub(crate) fn missing_scopes(scope: &str) -> Value {
    json!({
        "status": "error", "category": "MISSING_SCOPES", "correlationId": "00000000-0000-4000-8000-000000000004",
        "message": "This app hasn't been granted all required scopes to make this call.",
        "errors": [{"message": "One or more of the following scopes are required.", "context": {"requiredGranularScopes": [scope]}}],
    })
}

pub(crate) fn expired(when: &str, ago: &str) -> Value {
    json!({
        "status": "error", "category": "EXPIRED_AUTHENTICATION", "correlationId": "00000000-0000-4000-8000-000000000002",
        "message": format!("The OAuth token used to make this call expired {ago} ago."), "context": {"expire time": [when]},
    })
}

pub(crate) fn limited(policy: &str) -> Value {
    json!({
        "status": "error", "category": "RATE_LIMITS", "errorType": "RATE_LIMIT", "policyName": policy,
        "correlationId": "00000000-0000-4000-8000-000000000007", "message": format!("You have reached your {} limit.", policy.to_lowercase()),
    })
}

fn serve(mut stream: TcpStream, state: &State) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let (head, body) = loop {
        let Ok(read) = stream.read(&mut chunk) else {
            return;
        };
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse::<usize>()
                    .ok()
            });
            if body.len() >= length.unwrap_or(0) {
                break (head.to_owned(), body.to_owned());
            }
        }
        if read == 0 {
            return;
        }
    };
    let mut words = head.split(' ');
    let (method, target) = (
        words.next().unwrap().to_owned(),
        words.next().unwrap().to_owned(),
    );
    let bearer = head.lines().any(|line| {
        let line = line.to_lowercase();
        [TOKEN, OAUTH_TOKEN]
            .iter()
            .any(|token| line == format!("authorization: bearer {}", token.to_lowercase()))
    });
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let earlier = {
        let mut asked = state.asked.lock().unwrap();
        let earlier = asked
            .iter()
            .filter(|asked| asked.target.split('?').next() == Some(path))
            .count();
        asked.push(Asked {
            method: method.clone(),
            target: target.clone(),
            bearer,
        });
        earlier
    };
    let (status, answer, missing) = match state.faults.get(path) {
        Some(Fault::Raw(status, headers, body)) => {
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} X\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
            );
            return;
        }
        Some(Fault::Hang) => {
            thread::sleep(std::time::Duration::from_secs(120));
            return;
        }
        Some(Fault::Answer(status, answer)) => (*status, answer.clone(), 0),
        Some(Fault::First(times, status, answer)) if earlier < *times => {
            (*status, answer.clone(), 0)
        }
        Some(Fault::Cut) => (200, json!({"results": []}), 500),
        _ if !bearer => (
            401,
            json!({
                "status": "error", "category": "INVALID_AUTHENTICATION", "message": format!("Authentication credentials not found: {head} {body}"),
            }),
            0,
        ),
        _ => {
            let (status, answer) = answer(state, &method, path, query);
            (status, answer, 0)
        }
    };
    let answer = answer.to_string();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Type: application/json\r\nX-HubSpot-RateLimit-Interval-Milliseconds: 20\r\n\
         X-HubSpot-RateLimit-Remaining: 5\r\nContent-Length: {}\r\n\r\n{answer}",
        answer.len() + missing
    );
}

fn property(name: &str, data_type: &str, field_type: &str) -> Value {
    json!({
        "name": name, "label": name, "type": data_type, "fieldType": field_type, "options": [], "calculated": false, "archived": false,
        "modificationMetadata": {"archivable": true, "readOnlyDefinition": false, "readOnlyValue": false},
    })
}

fn answer(state: &State, method: &str, path: &str, query: &str) -> (u16, Value) {
    let user = |id: &str, admin: bool| json!({"id": id, "email": format!("user{id}@example.com"), "superAdmin": admin, "roleIds": ["70001"], "primaryTeamId": "501", "seatNames": ["Core"]});
    let owner = |email: &str, archived: bool| json!({"id": "1", "email": email, "type": "PERSON", "firstName": "A", "lastName": "B", "archived": archived});
    let body = match (method, path) {
        ("POST", "/oauth/v2/private-apps/get/access-token-info") => {
            json!({"userId": 1001, "hubId": 4711001, "appId": 2002001, "scopes": state.scopes})
        }
        ("GET", "/account-info/v3/details") => json!({
            "portalId": 4711001, "accountType": "STANDARD", "timeZone": "Europe/Berlin", "companyCurrency": "EUR", "dataHostingLocation": "na1",
        }),
        ("GET", "/account-info/v3/api-usage/daily/private-apps") => {
            json!({"results": [{"name": "private-apps-api-calls-daily", "usageLimit": 650_000, "currentUsage": 1234, "fetchStatus": "SUCCESS"}]})
        }
        ("GET", "/crm/v3/properties/companies") if query == "archived=true" => {
            json!({"results": [property("old_segment", "string", "text")]})
        }
        ("GET", "/crm/v3/properties/companies") => {
            let mut score = property("score", "number", "calculation_equation");
            score["calculated"] = true.into();
            let mut all = vec![score];
            for (name, data, entry) in [
                ("property_0", "string", "text"),
                ("property_1", "bool", "booleancheckbox"),
                ("renewal_date__c", "date", "date"),
                ("made_here__c", "string", "text"),
            ] {
                all.push(property(name, data, entry));
            }
            json!({"results": all})
        }
        ("GET", path) if path.starts_with("/crm/v3/properties/") => json!({"results": []}),
        ("GET", "/crm/v3/owners") if query.contains("archived=true") => {
            json!({"results": [owner("ann@example.com", true), owner("gone@example.com", true)]})
        }
        ("GET", "/crm/v3/owners") if query.contains("after=9") => {
            json!({"results": [owner("Ann@example.com", false)]})
        }
        ("GET", "/crm/v3/owners") => {
            json!({"results": [owner("ben@example.com", false), {"id": "9", "type": "QUEUE"}], "paging": {"next": {"after": "9"}}})
        }
        ("GET", path) if path.starts_with("/oauth/v1/access-tokens/") => json!({
            "token": TOKEN, "user_id": 1002, "hub_id": 4711001, "app_id": 3, "expires_in": 1744, "token_type": "access", "scopes": state.scopes,
            "signed_access_token": {"isUserLevel": false, "signature": "PLANTEDSIGNATURE"},
        }),
        ("GET", "/crm/v3/objects/companies") if query.contains("propertiesWithHistory") => {
            json!({"results": [{"id": "1", "propertiesWithHistory": {
                "renewal_date__c": [{"value": "PLANTEDVALUE", "sourceType": "SALESFORCE"}, {"value": "x", "sourceType": "CRM_UI"}],
                "made_here__c": [{"value": "PLANTEDVALUE", "sourceType": "CRM_UI"}],
            }}]})
        }
        ("GET", "/settings/v3/users/teams") => {
            json!({"results": [{"id": "501", "name": "Sales EMEA", "userIds": []}]})
        }
        ("GET", "/settings/v3/users") if query.contains("after=2") => {
            json!({"results": [user("1002", true)]})
        }
        ("GET", "/settings/v3/users") => {
            json!({"results": [user("1001", false)], "paging": {"next": {"after": "2", "link": "https://example.com/elsewhere"}}})
        }
        ("GET", "/settings/v3/users/roles") => {
            json!({"results": [{"id": "70001", "name": "Sales rep", "requiresBillingWrite": false}]})
        }
        ("GET", "/account-info/v3/activity/security") => {
            json!({"results": [{"id": "sa-1", "type": "ADD_ADMIN_PERMISSIONS", "objectId": "1002", "actingUser": "ops@example.com", "createdAt": "2026-05-01T00:00:00Z"}]})
        }
        _ => {
            return (
                404,
                json!({"status": "error", "category": "OBJECT_NOT_FOUND", "message": "resource not found"}),
            );
        }
    };
    (200, body)
}
