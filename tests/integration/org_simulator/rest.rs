//! The REST, Tooling and composite resources under `/services/data`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::describe;
use super::org::{Org, text};
use super::refusal::Refusal;
use super::rights::Rights;
use super::schema::Api;
use super::shared::{Locator, Shared};
use super::soql::columns::Session;
use super::soql::evaluate::{Answer, run};

/// Rows a page when the caller does not say.
const PAGE: usize = 2000;
/// Rows a page that the caller may ask for at least (REST API, "Query Options Header").
const SMALLEST_PAGE: usize = 200;
/// Subrequests of a composite or batch request.
const SUBREQUESTS: usize = 25;
/// Queries among them (REST API, "Composite").
const QUERIES: usize = 5;

/// One request as the resources see it.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) org: &'a Arc<Org>,
    pub(super) rights: &'a Rights,
    pub(super) version: u32,
    /// `batchSize` of `Sforce-Query-Options`.
    pub(super) batch: Option<usize>,
}

/// Query parameters, decoded.
pub(super) fn parameters(query: &str) -> std::collections::BTreeMap<String, String> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text)
            .decode_utf8_lossy()
            .into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

/// `/services/data/`: the versions; nobody has to log in for it, and it does not count.
pub(super) fn versions(org: &Org) -> Value {
    let season = ["Spring", "Summer", "Winter"];
    let list: Vec<Value> = org
        .versions
        .iter()
        .map(|version| {
            let name = usize::try_from(version % 3).ok().and_then(|at| season.get(at)).copied().unwrap_or_default();
            let year = (version + 13) / 3;
            json!({ "label": format!("{name} '{year}"), "url": format!("/services/data/v{version}.0"), "version": format!("{version}.0") })
        })
        .collect();
    Value::Array(list)
}

impl Call<'_> {
    fn session(&self, api: Api) -> Session<'_> {
        Session::new(self.org, self.rights, api, self.version)
    }

    /// Answers a resource.
    ///
    /// # Errors
    /// The refusal that Salesforce answers.
    pub(super) fn answer(
        &self,
        method: &str,
        path: &str,
        query: &str,
        body: &str,
    ) -> Result<Value, Refusal> {
        let segments: Vec<&str> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        let (api, segments) = match segments.as_slice() {
            ["tooling", rest @ ..] => (Api::Tooling, rest),
            rest => (Api::Rest, rest),
        };
        if method == "POST" {
            return match (api, segments) {
                (api, ["composite"]) => self.composite(api, body),
                (Api::Rest, ["composite", "batch"]) => self.batch(body),
                _ => Err(self.not_allowed(method)),
            };
        }
        if method != "GET" {
            return Err(self.not_allowed(method));
        }
        match segments {
            [] => Ok(json!({
                "query": format!("/services/data/v{}.0/query", self.version),
                "sobjects": format!("/services/data/v{}.0/sobjects", self.version),
                "tooling": format!("/services/data/v{}.0/tooling", self.version),
                "limits": format!("/services/data/v{}.0/limits", self.version),
            })),
            ["query" | "queryAll"] => self.query(api, query),
            ["query" | "queryAll", locator] => self.more(api, locator),
            ["sobjects"] => Ok(describe::global(&self.session(api))),
            ["sobjects", name, "describe"] => describe::object(&self.session(api), name),
            ["sobjects", name, id] => self.record(api, name, id, query),
            ["limits"] if api == Api::Rest => Ok(self.limits()),
            _ => Err(Refusal::not_found()),
        }
    }

    fn not_allowed(&self, method: &str) -> Refusal {
        Refusal::new(
            405,
            "METHOD_NOT_ALLOWED",
            format!("HTTP Method '{method}' not allowed. Allowed are HEAD,GET"),
        )
    }

    fn limits(&self) -> Value {
        let (used, most) = self.shared.usage();
        json!({
            "DailyApiRequests": { "Max": most, "Remaining": most.saturating_sub(used) },
            "ConcurrentAsyncGetReportInstances": { "Max": 200, "Remaining": 200 },
        })
    }

    fn query(&self, api: Api, query: &str) -> Result<Value, Refusal> {
        let parameters = parameters(query);
        let Some(soql) = parameters.get("q") else {
            return Err(Refusal::malformed("SOQL statement is required"));
        };
        let answer = run(&self.session(api), soql).map_err(|refusal| refusal.at(soql))?;
        Ok(self.first_page(api, answer))
    }

    /// Rows a page: what was asked for, the test's own smaller size, or 2000.
    fn page_size(&self) -> usize {
        let asked = self.batch.unwrap_or(PAGE).clamp(SMALLEST_PAGE, PAGE);
        self.org
            .page_size
            .map_or(asked, |size| size.min(asked))
            .max(1)
    }

    fn first_page(&self, api: Api, answer: Answer) -> Value {
        let mut records = answer.records;
        let size = if answer.one_batch {
            usize::MAX
        } else {
            self.page_size()
        };
        let rest = cut(&mut records, size);
        let next = (!rest.is_empty()).then(|| self.keep(api, answer.total, records.len(), rest));
        page(answer.total, records, next)
    }

    fn keep(&self, api: Api, total: usize, offset: usize, rest: Vec<Value>) -> String {
        let tooling = if api == Api::Tooling { "tooling/" } else { "" };
        let locator = self.shared.keep(Locator {
            rest,
            total,
            offset,
            user: self.rights.user.clone(),
            tooling: api == Api::Tooling,
        });
        format!(
            "/services/data/v{}.0/{tooling}query/{locator}-{offset}",
            self.version
        )
    }

    fn more(&self, api: Api, locator: &str) -> Result<Value, Refusal> {
        let invalid = || Refusal::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
        let (id, offset) = locator.split_once('-').ok_or_else(invalid)?;
        let kept = self.shared.kept(id).ok_or_else(invalid)?;
        let wanted: usize = offset.parse().map_err(|_| invalid())?;
        if kept.user != self.rights.user
            || kept.tooling != (api == Api::Tooling)
            || wanted != kept.offset
        {
            return Err(invalid());
        }
        // The same page may be asked for again, after a broken answer.
        let mut records = kept.rest;
        let rest = cut(&mut records, self.page_size());
        let next = (!rest.is_empty())
            .then(|| self.keep(api, kept.total, kept.offset + records.len(), rest));
        Ok(page(kept.total, records, next))
    }

    fn record(&self, api: Api, name: &str, id: &str, query: &str) -> Result<Value, Refusal> {
        let session = self.session(api);
        let view = session.view(name).map_err(|_| Refusal::not_found())?;
        let parameters = parameters(query);
        let columns: Vec<String> = match parameters.get("fields") {
            Some(fields) => fields
                .split(',')
                .map(|field| field.trim().to_owned())
                .collect(),
            None => view
                .columns
                .values()
                .map(|column| column.name.clone())
                .collect(),
        };
        let valid = id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_');
        if !valid {
            return Err(Refusal::new(
                404,
                "NOT_FOUND",
                format!("Provided external ID field does not exist or is not accessible: {id}"),
            ));
        }
        let key = if matches!(id.len(), 15 | 18) {
            "Id"
        } else {
            "DurableId"
        };
        let soql = format!(
            "SELECT {} FROM {} WHERE {key} = '{id}'",
            columns.join(", "),
            view.name
        );
        let answer = run(&session, &soql)?;
        answer
            .records
            .into_iter()
            .next()
            .ok_or_else(|| Refusal::new(404, "NOT_FOUND", "The requested resource does not exist"))
    }

    /// `/composite`: 25 subrequests, five of them queries. One API call.
    fn composite(&self, api: Api, body: &str) -> Result<Value, Refusal> {
        let requests = subrequests(body, "compositeRequest")?;
        let base = format!("/services/data/v{}.0/", self.version);
        let is_query = |request: &&Value| {
            let url = request
                .get("url")
                .and_then(Value::as_str)
                .unwrap_or_default();
            ["/query/?", "/query?", "/queryAll?", "/queryAll/?"]
                .iter()
                .any(|part| url.contains(part))
        };
        if api == Api::Rest && requests.iter().filter(is_query).count() > QUERIES {
            return Err(Refusal::new(
                400,
                "PROCESSING_HALTED",
                format!(
                    "Composite requests can contain at most {QUERIES} query, queryAll or sObject collection requests"
                ),
            ));
        }
        let mut answers = Vec::new();
        for request in &requests {
            let part = |key: &str| request.get(key).and_then(Value::as_str).unwrap_or_default();
            let inside = part("url").strip_prefix(&base).unwrap_or_default();
            let of_tooling = inside.starts_with("tooling/");
            let result = if inside.is_empty()
                || (of_tooling != (api == Api::Tooling))
                || inside.contains("composite")
            {
                Err(Refusal::new(
                    400,
                    "INVALID_INPUT",
                    format!("Invalid subrequest url: {}", part("url")),
                ))
            } else {
                self.subrequest(part("method"), inside)
            };
            let (status, body) = outcome(result);
            answers.push(json!({
                "body": body, "httpHeaders": {}, "httpStatusCode": status, "referenceId": part("referenceId"),
            }));
        }
        Ok(json!({ "compositeResponse": answers }))
    }

    /// `/composite/batch`: 25 independent subrequests, none of them Tooling.
    fn batch(&self, body: &str) -> Result<Value, Refusal> {
        let requests = subrequests(body, "batchRequests")?;
        let mut answers = Vec::new();
        let mut errors = false;
        for request in &requests {
            let part = |key: &str| request.get(key).and_then(Value::as_str).unwrap_or_default();
            let inside = part("url").trim_start_matches("/services/data/");
            let (version, inside) = inside.split_once('/').unwrap_or_default();
            let allowed = [
                "limits", "sobjects", "query", "queryAll", "search", "connect", "chatter",
            ];
            let resource = inside.split(['/', '?']).next().unwrap_or_default();
            let result = if version.trim_start_matches('v').parse::<f64>().is_err()
                || !allowed.contains(&resource)
            {
                Err(Refusal::new(
                    400,
                    "INVALID_BATCH_REQUEST",
                    format!("Invalid batch subrequest url: {}", part("url")),
                ))
            } else {
                self.subrequest(part("method"), inside)
            };
            let (status, body) = outcome(result);
            errors |= status >= 400;
            answers.push(json!({ "statusCode": status, "result": body }));
        }
        Ok(json!({ "hasErrors": errors, "results": answers }))
    }

    fn subrequest(&self, method: &str, inside: &str) -> Result<Value, Refusal> {
        let (path, query) = inside.split_once('?').unwrap_or((inside, ""));
        if method != "GET" {
            return Err(self.not_allowed(method));
        }
        let told = format!(
            "{path} {}",
            parameters(query)
                .remove("q")
                .unwrap_or_else(|| query.to_owned())
        );
        let fault = self.shared.state().chooser.choose_inside(&told);
        match fault.and_then(|fault| fault.refusal()) {
            Some(refusal) => Err(refusal),
            None => self.answer(method, path, query, ""),
        }
    }
}

fn outcome(result: Result<Value, Refusal>) -> (u16, Value) {
    match result {
        Ok(body) => (200, body),
        Err(refusal) => (refusal.status, refusal.body()),
    }
}

fn subrequests(body: &str, key: &str) -> Result<Vec<Value>, Refusal> {
    let body: Value = serde_json::from_str(body)
        .map_err(|error| Refusal::new(400, "JSON_PARSER_ERROR", error.to_string()))?;
    let requests = body.get(key).and_then(Value::as_array).cloned();
    let requests = requests
        .ok_or_else(|| Refusal::new(400, "JSON_PARSER_ERROR", format!("{key} is required")))?;
    if requests.len() > SUBREQUESTS {
        return Err(Refusal::new(
            400,
            "LIMIT_EXCEEDED",
            format!("The number of subrequests exceeds the limit of {SUBREQUESTS}"),
        ));
    }
    Ok(requests)
}

/// Cuts a page off: rows of child subqueries count (REST API, "Query Options Header").
fn cut(records: &mut Vec<Value>, size: usize) -> Vec<Value> {
    let mut count = 0_usize;
    let mut keep = 0;
    for record in records.iter() {
        let children = record
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(_, value)| value.get("records")?.as_array());
        count = count.saturating_add(1 + children.map(Vec::len).sum::<usize>());
        if count > size && keep > 0 {
            break;
        }
        keep += 1;
    }
    records.split_off(keep)
}

fn page(total: usize, records: Vec<Value>, next: Option<String>) -> Value {
    match next {
        None => json!({ "totalSize": total, "done": true, "records": records }),
        Some(next) => {
            json!({ "totalSize": total, "done": false, "nextRecordsUrl": next, "records": records })
        }
    }
}

/// The username of a user's id.
pub(super) fn username(org: &Org, id: &str) -> String {
    org.by_id(id)
        .map(|(_, row)| text(row, "Username").to_owned())
        .unwrap_or_default()
}
