//! Queries: pages followed to the end, several statements at once.

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;

use super::call::Call;
use super::client::Client;
use super::composite::{MOST_QUERIES, Sub, SubReply};
use super::engine::json;
use super::error::{ApiError, ApiErrorKind};
use super::soql::{Api, Statement};

/// The code for a page whose query Salesforce has dropped.
const LOST_LOCATOR: &str = "INVALID_QUERY_LOCATOR";

/// One page of an answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    #[serde(default)]
    total_size: u64,
    done: bool,
    #[serde(default)]
    next_records_url: Option<String>,
    records: Vec<T>,
}

/// The pages of one statement, read as they are asked for.
pub struct Pages<T> {
    client: Client,
    name: &'static str,
    next: Option<String>,
    total: Option<u64>,
    rows: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Pages<T> {
    /// The rows of the next page; none after the last. An error ends the pages: what was read before it is
    /// then known not to be all.
    pub async fn next(&mut self) -> Option<Result<Vec<T>, ApiError>> {
        let path = self.next.take()?;
        Some(self.read(path).await)
    }

    /// How many rows Salesforce says there are, after the first page. Rows hidden from the caller may be
    /// counted in it.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    async fn read(&mut self, path: String) -> Result<Vec<T>, ApiError> {
        let call = Call::get(self.name, &path)?;
        let page: Page<T> = self
            .client
            .engine
            .fetch(&self.client.branch, &call, json)
            .await?;
        self.take(page, &path)
    }

    /// The rows of a page that was read, with where it goes on kept.
    fn take(&mut self, page: Page<T>, path: &str) -> Result<Vec<T>, ApiError> {
        self.total.get_or_insert(page.total_size);
        // `done` decides. A page that is not the last and names no next one must not pass for the end.
        if !page.done {
            match page.next_records_url {
                Some(next) if next != path => self.next = Some(next),
                _ => {
                    return Err(ApiError::new(
                        ApiErrorKind::BadBody,
                        self.name,
                        &Call::get(self.name, path)?.shown(),
                        "the answer is not complete, and does not say where it goes on",
                    ));
                }
            }
        }
        Ok(page.records)
    }
}

impl Client {
    /// The pages of a statement, for answers too large to hold.
    pub fn pages<T: DeserializeOwned>(&self, statement: &Statement) -> Pages<T> {
        Pages {
            client: self.clone(),
            name: statement.name(),
            next: Some(self.path(statement.api(), &resource(statement))),
            total: None,
            rows: PhantomData,
        }
    }

    /// All rows of a statement.
    pub async fn query<T: DeserializeOwned>(
        &self,
        statement: &Statement,
    ) -> Result<Vec<T>, ApiError> {
        self.rest_of(statement, Vec::new(), self.pages(statement))
            .await
    }

    /// All rows of a statement of which some pages were read.
    async fn rest_of<T: DeserializeOwned>(
        &self,
        statement: &Statement,
        mut rows: Vec<T>,
        mut pages: Pages<T>,
    ) -> Result<Vec<T>, ApiError> {
        let mut begun_again = false;
        while let Some(page) = pages.next().await {
            match page {
                Ok(mut page) => rows.append(&mut page),
                // Salesforce keeps few open queries a user; one that it has dropped is begun again.
                Err(error) if error.error_code.as_deref() == Some(LOST_LOCATOR) && !begun_again => {
                    begun_again = true;
                    rows.clear();
                    pages = self.pages(statement);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(rows)
    }

    /// All rows of a statement that must be one of the Tooling API.
    pub async fn tooling_query<T: DeserializeOwned>(
        &self,
        statement: &Statement,
    ) -> Result<Vec<T>, ApiError> {
        if statement.api() != Api::Tooling {
            return Err(ApiError::new(
                ApiErrorKind::Rejected,
                statement.name(),
                "GET query",
                "the statement is not one of the Tooling API",
            ));
        }
        self.query(statement).await
    }

    /// All rows of several statements, asked at once; rows come in the order of the statements. The first
    /// failure in that order is returned, so that one cause gives one message.
    pub async fn query_all<T: DeserializeOwned + Send + 'static>(
        &self,
        statements: &[Statement],
    ) -> Result<Vec<T>, ApiError> {
        if let [only] = statements {
            return self.query(only).await;
        }
        let mut tasks = JoinSet::new();
        let mut branches = Vec::with_capacity(statements.len());
        for (at, statement) in statements.iter().enumerate() {
            let branch = self.branch();
            branches.push(branch.clone());
            let statement = statement.clone();
            tasks.spawn(async move { (at, branch.query::<T>(&statement).await) });
        }
        let mut answers = collect(&mut tasks).await?;
        for branch in &branches {
            self.join(branch);
        }
        answers.sort_by_key(|(at, _)| *at);
        let mut rows = Vec::new();
        for (_, answer) in answers {
            rows.append(&mut answer?);
        }
        Ok(rows)
    }
}

impl Client {
    /// All rows of each of several statements, asked at once with up to `together` in one API call; each for
    /// itself: one refused statement costs only itself. The answers are in the order of the statements.
    pub async fn query_each<T: DeserializeOwned + Send + 'static>(
        &self,
        statements: &[Statement],
        together: usize,
    ) -> Result<Vec<Result<Vec<T>, ApiError>>, ApiError> {
        let mut tasks = JoinSet::new();
        let mut branches = Vec::new();
        for api in [Api::Rest, Api::Tooling] {
            let of_api: Vec<(usize, Statement)> = (statements.iter().cloned().enumerate())
                .filter(|(_, statement)| statement.api() == api)
                .collect();
            for chunk in of_api.chunks(together.clamp(1, MOST_QUERIES)) {
                let branch = self.branch();
                branches.push(branch.clone());
                let chunk = chunk.to_vec();
                tasks.spawn(async move { branch.query_together::<T>(api, chunk).await });
            }
        }
        let answers = collect(&mut tasks).await?;
        for branch in &branches {
            self.join(branch);
        }
        let answers: Result<Vec<Vec<Answer<T>>>, ApiError> = answers.into_iter().collect();
        let mut answers: Vec<Answer<T>> = answers?.into_iter().flatten().collect();
        answers.sort_by_key(|(at, _)| *at);
        Ok(answers.into_iter().map(|(_, answer)| answer).collect())
    }

    /// The first pages in one call; what follows the one does not wait for what follows the other.
    async fn query_together<T: DeserializeOwned + Send + 'static>(
        &self,
        api: Api,
        statements: Vec<(usize, Statement)>,
    ) -> Result<Vec<Answer<T>>, ApiError> {
        if let [(at, only)] = statements.as_slice() {
            return Ok(vec![(*at, self.query(only).await)]);
        }
        let subs: Vec<Sub> = statements.iter().map(|(_, one)| Sub::query(one)).collect();
        let replies = match self.composite_get(api, &subs).await {
            Ok(replies) => replies,
            Err(error) => statements.iter().map(|_| Err(error.clone())).collect(),
        };
        let mut tasks = JoinSet::new();
        let mut branches = Vec::with_capacity(statements.len());
        for ((at, statement), reply) in statements.into_iter().zip(replies) {
            let branch = self.branch();
            branches.push(branch.clone());
            tasks.spawn(async move {
                let answer = match reply {
                    Ok(reply) => branch.query_from(&statement, &reply).await,
                    Err(error) => Err(ApiError {
                        query: statement.name().to_owned(),
                        ..error
                    }),
                };
                (at, answer)
            });
        }
        let answers = collect(&mut tasks).await?;
        branches.iter().for_each(|branch| self.join(branch));
        Ok(answers)
    }

    /// All rows of a statement whose first page is there.
    async fn query_from<T: DeserializeOwned>(
        &self,
        statement: &Statement,
        first: &SubReply,
    ) -> Result<Vec<T>, ApiError> {
        let mut pages = self.pages(statement);
        let path = pages.next.take().unwrap_or_default();
        let rows = pages.take(first.decode(statement.name())?, &path)?;
        self.rest_of(statement, rows, pages).await
    }
}

/// A statement's place among others, and its rows.
type Answer<T> = (usize, Result<Vec<T>, ApiError>);

/// What answers a statement, below the version.
pub(super) fn resource(statement: &Statement) -> String {
    let text: String = url::form_urlencoded::byte_serialize(statement.text().as_bytes()).collect();
    format!("query?q={text}")
}

/// Waits for all tasks of a set.
pub(super) async fn collect<T: 'static>(tasks: &mut JoinSet<T>) -> Result<Vec<T>, ApiError> {
    let mut out = Vec::with_capacity(tasks.len());
    while let Some(task) = tasks.join_next().await {
        out.push(task.map_err(|_| {
            ApiError::new(
                ApiErrorKind::Transport,
                "several requests",
                "GET",
                "a request was given up because the program is ending",
            )
        })?);
    }
    Ok(out)
}
