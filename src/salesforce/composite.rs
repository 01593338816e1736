//! Composite reads: up to 25 GETs in one API call.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::task::JoinSet;

use super::call::{Call, MOST_SUBREQUESTS};
use super::classify::{self, Again};
use super::client::Client;
use super::engine::json;
use super::error::{ApiError, ApiErrorKind};
use super::query::collect;
use super::soql::{Api, ObjectColumns, OrgSchema, Statement, is_api_name, is_record_id};

/// Most queries of a composite (REST API Developer Guide, "Send Multiple Requests Using Composite").
pub(super) const MOST_QUERIES: usize = 5;

/// One read in a composite: checked when it is made, so that a name from outside cannot become a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sub {
    /// What it is, for messages.
    name: String,
    resource: String,
}

impl Sub {
    /// A row by id, with all its columns: the only way to `Metadata` of many rows, which a query gives for
    /// one row at a time.
    pub fn row(object: &str, id: &str) -> Result<Self, ApiError> {
        if is_api_name(object) && is_record_id(id) {
            Ok(Self {
                name: format!("{object} {id}"),
                resource: format!("sobjects/{object}/{id}"),
            })
        } else {
            Err(refuse(&format!("{object} {id}")))
        }
    }

    /// The first page of a statement. A composite takes [`MOST_QUERIES`] of them.
    pub(super) fn query(statement: &Statement) -> Self {
        Self {
            name: statement.name().to_owned(),
            resource: super::query::resource(statement),
        }
    }

    /// The describe of an object.
    pub fn describe(object: &str) -> Result<Self, ApiError> {
        if is_api_name(object) {
            Ok(Self {
                name: format!("describe of {object}"),
                resource: format!("sobjects/{object}/describe"),
            })
        } else {
            Err(refuse(object))
        }
    }
}

fn refuse(what: &str) -> ApiError {
    ApiError::new(
        ApiErrorKind::Rejected,
        &crate::net::bounded(what, 100),
        "composite",
        "the object's name or the id is not one",
    )
}

/// The answer to one read of a composite.
#[derive(Debug)]
pub struct SubReply(Box<RawValue>);

impl SubReply {
    /// The answer, decoded.
    pub fn decode<T: DeserializeOwned>(&self, query: &str) -> Result<T, ApiError> {
        serde_json::from_str(self.0.get()).map_err(|error| {
            let message = format!("the answer is not what the API gives: {error}");
            ApiError::new(ApiErrorKind::BadBody, query, "composite", message)
        })
    }
}

/// What each read of a composite came to; a failure with whether it passes.
type SubReplies = Vec<Result<SubReply, (ApiError, bool)>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CompositeAnswer {
    composite_response: Vec<SubAnswer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubAnswer {
    body: Option<Box<RawValue>>,
    http_status_code: u16,
    reference_id: String,
}

impl Client {
    /// Reads many things at 25 an API call, all calls at once. The answers are in the order of `subs`, each
    /// for itself: one refused read costs only itself.
    pub async fn composite_get(
        &self,
        api: Api,
        subs: &[Sub],
    ) -> Result<Vec<Result<SubReply, ApiError>>, ApiError> {
        let mut pauses = self.engine.pauses();
        let mut answers: BTreeMap<usize, Result<SubReply, ApiError>> = BTreeMap::new();
        let mut waiting: Vec<(usize, Sub)> = subs.iter().cloned().enumerate().collect();
        while !waiting.is_empty() {
            let mut tasks = JoinSet::new();
            let mut branches = Vec::new();
            for chunk in waiting.chunks(MOST_SUBREQUESTS) {
                let branch = self.branch();
                branches.push(branch.clone());
                let chunk = chunk.to_vec();
                tasks.spawn(async move { branch.one_composite(api, chunk).await });
            }
            let done = collect(&mut tasks).await?;
            for branch in &branches {
                self.join(branch);
            }
            let mut again = Vec::new();
            for (chunk, outcome) in done {
                match outcome {
                    Ok(replies) => {
                        for ((at, sub), reply) in chunk.into_iter().zip(replies) {
                            match reply {
                                Ok(reply) => {
                                    answers.insert(at, Ok(reply));
                                }
                                // A passing failure inside a composite is asked again with the others.
                                Err((error, passes)) => {
                                    answers.insert(at, Err(error));
                                    if passes {
                                        again.push((at, sub));
                                    }
                                }
                            }
                        }
                    }
                    Err(error) if error.is_local() => {
                        for (at, sub) in chunk {
                            let mut error = error.clone();
                            error.query = sub.name;
                            answers.insert(at, Err(error));
                        }
                    }
                    Err(error) => return Err(error),
                }
            }
            waiting = again;
            waiting.sort_by_key(|(at, _)| *at);
            if waiting.is_empty() {
                break;
            }
            match pauses.next() {
                Some(pause) => tokio::time::sleep(pause).await,
                None => break,
            }
        }
        Ok(answers.into_values().collect())
    }

    /// Reads many rows or describes of the Tooling API.
    pub async fn tooling_composite_get(
        &self,
        subs: &[Sub],
    ) -> Result<Vec<Result<SubReply, ApiError>>, ApiError> {
        self.composite_get(Api::Tooling, subs).await
    }

    /// Describes objects for their columns, 25 an API call. What cannot be described stays unknown: its
    /// optional columns are then not asked for.
    pub async fn schema_of(&self, objects: &[(Api, &str)]) -> Result<OrgSchema, ApiError> {
        let mut schema = OrgSchema::default();
        let mut pending = Vec::new();
        for api in [Api::Rest, Api::Tooling] {
            let of_api: Vec<&str> = objects
                .iter()
                .filter(|(of, _)| *of == api)
                .map(|(_, object)| *object)
                .collect();
            if of_api.is_empty() {
                continue;
            }
            let subs = of_api
                .iter()
                .map(|object| Sub::describe(object))
                .collect::<Result<Vec<_>, _>>()?;
            pending.push((api, of_api, subs));
        }
        let answers = match pending.as_slice() {
            [(first, _, a), (second, _, b)] => {
                let (a, b) = tokio::join!(
                    self.composite_get(*first, a),
                    self.composite_get(*second, b)
                );
                vec![a?, b?]
            }
            [(api, _, subs)] => vec![self.composite_get(*api, subs).await?],
            _ => Vec::new(),
        };
        for ((api, of_api, _), replies) in pending.iter().zip(answers) {
            let mut known: Vec<_> = of_api
                .iter()
                .zip(replies)
                .map(|(object, reply)| {
                    let columns = reply.and_then(|reply| reply.decode::<ObjectColumns>(object));
                    ((*object).to_owned(), columns)
                })
                .collect();
            // Composites are documented to hold describes, though not in so many words for the Tooling API:
            // an org that refuses them all is asked for each by itself.
            if known.iter().all(|(_, columns)| columns.is_err()) {
                known = self.describe_each(*api, of_api).await?;
            }
            for (object, columns) in known {
                match columns {
                    Ok(columns) => schema.insert(*api, &object, columns),
                    Err(error) => tracing::debug!(object, %error, "not described"),
                }
            }
        }
        Ok(schema)
    }

    async fn describe_each(
        &self,
        api: Api,
        objects: &[&str],
    ) -> Result<Vec<(String, Result<ObjectColumns, ApiError>)>, ApiError> {
        let mut tasks = JoinSet::new();
        let mut branches = Vec::new();
        for object in objects {
            let (branch, object) = (self.branch(), (*object).to_owned());
            branches.push(branch.clone());
            tasks.spawn(async move {
                let columns = branch.describe::<ObjectColumns>(api, &object).await;
                (object, columns)
            });
        }
        let described = collect(&mut tasks).await?;
        for branch in &branches {
            self.join(branch);
        }
        Ok(described)
    }

    async fn one_composite(
        &self,
        api: Api,
        chunk: Vec<(usize, Sub)>,
    ) -> (Vec<(usize, Sub)>, Result<SubReplies, ApiError>) {
        let outcome = self.read_composite(api, &chunk).await;
        (chunk, outcome)
    }

    async fn read_composite(
        &self,
        api: Api,
        chunk: &[(usize, Sub)],
    ) -> Result<SubReplies, ApiError> {
        let paths: Vec<String> = chunk
            .iter()
            .map(|(_, sub)| self.path(api, &sub.resource))
            .collect();
        let name = match chunk {
            [(_, only)] => only.name.clone(),
            [(_, first), .., (_, last)] => format!("{} … {}", first.name, last.name),
            [] => return Ok(Vec::new()),
        };
        let call = Call::batch(&name, &self.path(api, "composite"), &paths)?;
        let answer: CompositeAnswer = self.engine.fetch(&self.branch, &call, json).await?;
        let mut by_reference: BTreeMap<String, SubAnswer> = answer
            .composite_response
            .into_iter()
            .map(|sub| (sub.reference_id.clone(), sub))
            .collect();
        let mut replies = Vec::with_capacity(chunk.len());
        for (at, ((_, sub), path)) in chunk.iter().zip(&paths).enumerate() {
            let inner = Call::get(&sub.name, path)?;
            replies.push(match by_reference.remove(&format!("r{at}")) {
                Some(SubAnswer {
                    body: Some(body),
                    http_status_code: 200..=299,
                    ..
                }) => Ok(SubReply(body)),
                Some(answer) => {
                    let body = answer.body.as_ref().map_or("", |body| body.get());
                    let (code, message) =
                        classify::parse_errors(body.as_bytes()).unwrap_or_default();
                    let failure =
                        classify::of_code(&inner, Some(answer.http_status_code), &code, &message);
                    let passes = matches!(failure.again, Again::Later { .. });
                    Err((*failure.error, passes))
                }
                None => Err((
                    ApiError::new(
                        ApiErrorKind::BadBody,
                        &sub.name,
                        &inner.shown(),
                        "the composite's answer leaves it out",
                    ),
                    true,
                )),
            });
        }
        Ok(replies)
    }
}
