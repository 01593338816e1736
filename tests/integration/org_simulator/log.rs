//! What was asked: every request, and what can be said of all of them.

use std::time::Duration;

use super::soap::Envelope;

/// A request that the simulator answered, or failed on purpose.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// HTTP method.
    pub(crate) method: String,
    /// Path without the query.
    pub(crate) path: String,
    /// The SOQL of a query request, decoded.
    pub(crate) soql: Option<String>,
    /// The body, as text; form posts with secrets are left out.
    pub(crate) body: String,
    /// Username behind the session, empty without one.
    pub(crate) user: String,
    /// HTTP status of the answer.
    pub(crate) status: u16,
    /// Bytes of the answer's body.
    pub(crate) bytes: usize,
    /// It counts against the daily allowance.
    pub(crate) counted: bool,
    /// Since the simulator's start.
    pub(crate) started: Duration,
    /// Since the simulator's start.
    pub(crate) ended: Duration,
}

impl Request {
    /// Whether a request can change nothing in an org.
    pub(crate) fn is_read(&self) -> bool {
        let path = self.path.as_str();
        match self.method.as_str() {
            "GET" | "HEAD" => true,
            // A session is opened or ended; the org's data and set-up stay as they are.
            "POST" => path.starts_with("/services/oauth2/") || self.is_read_post(),
            _ => false,
        }
    }

    /// Whether a POST is one of those that read.
    fn is_read_post(&self) -> bool {
        let path = self.path.as_str();
        if path.starts_with("/services/Soap/m/") {
            let reads = ["readMetadata", "listMetadata", "describeMetadata"];
            let envelope = Envelope::parse(&self.body);
            let calls = envelope.calls();
            return !calls.is_empty() && calls.iter().all(|name| reads.contains(&name.as_str()));
        }
        if !path.ends_with("/composite") && !path.ends_with("/composite/batch") {
            return false;
        }
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        let parts: Vec<&serde_json::Value> = ["compositeRequest", "batchRequests"]
            .iter()
            .filter_map(|key| body.get(key)?.as_array())
            .flatten()
            .collect();
        let method = |part: &&serde_json::Value| {
            part.get("method").and_then(|method| method.as_str()) == Some("GET")
        };
        !parts.is_empty() && parts.iter().all(method)
    }
}

/// Requests that were, or may have been, waiting for one another: the most that one can line up so that each starts
/// after the one before has ended.
pub(crate) fn longest_chain(requests: &[Request]) -> usize {
    let mut sorted: Vec<&Request> = requests.iter().collect();
    sorted.sort_by_key(|request| request.ended);
    // The classic choice by earliest end.
    let mut chain = 0;
    let mut free_at = Duration::ZERO;
    for request in sorted {
        if chain == 0 || request.started >= free_at {
            chain += 1;
            free_at = request.ended;
        }
    }
    chain
}

/// The most requests that were under way at one time.
pub(crate) fn most_at_once(requests: &[Request]) -> usize {
    let at = |moment: Duration| {
        requests
            .iter()
            .filter(|request| request.started <= moment && moment < request.ended)
            .count()
    };
    requests
        .iter()
        .map(|request| at(request.started))
        .max()
        .unwrap_or(0)
}
