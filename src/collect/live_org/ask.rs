//! Asks an org and keeps the account of what was read and what was not, area by area.
//!
//! In: bound queries and reads. Out: rows, or nothing and an entry in the [`Ledger`]. Whatever happens to one question
//! costs only what it was asked for; what ends a run (no session, no API) is kept as the run's failure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::de::{DeserializeOwned, IgnoredAny};

use crate::salesforce::soql::{Binding, OrgSchema};
use crate::salesforce::{ApiError, ApiErrorKind, Client};
use crate::snapshot::{Area, Coverage, CoverageStatus};

/// How far the questions on one area are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The area.
    pub area: Area,
    /// Questions asked so far.
    pub asked: u64,
    /// Questions answered so far, refusals among them.
    pub answered: u64,
    /// Rows and things read.
    pub rows: u64,
}

/// Told after each question how far its area is; must return at once.
pub type Told<'t> = &'t (dyn Fn(Progress) + Sync);

#[derive(Debug, Default, Clone)]
struct Account {
    asked: u64,
    answered: u64,
    rows: u64,
    read: bool,
    missed: BTreeSet<String>,
    notes: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct State {
    areas: BTreeMap<Area, Account>,
    fatal: Option<ApiError>,
}

/// What was read and what was not.
pub(super) struct Ledger<'t> {
    state: Mutex<State>,
    told: Option<Told<'t>>,
}

impl<'t> Ledger<'t> {
    pub(super) fn new(told: Option<Told<'t>>) -> Self {
        Self {
            state: Mutex::default(),
            told,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A question on some areas is about to be asked.
    pub(super) fn ask(&self, areas: &[Area]) {
        for area in areas {
            self.change(*area, |account| {
                account.asked = account.asked.saturating_add(1);
            });
        }
    }

    /// A question was answered.
    pub(super) fn answer(&self, areas: &[Area], rows: usize) {
        for area in areas {
            self.change(*area, |account| {
                account.answered = account.answered.saturating_add(1);
                account.rows = account
                    .rows
                    .saturating_add(u64::try_from(rows).unwrap_or(u64::MAX));
                account.read = true;
            });
        }
    }

    /// A question was refused, or got no answer.
    pub(super) fn refuse(&self, areas: &[Area], error: &ApiError) {
        if !error.is_local() {
            let mut state = self.state();
            state.fatal.get_or_insert_with(|| error.clone());
        }
        let reason = reason(error);
        for area in areas {
            self.change(*area, |account| {
                account.answered = account.answered.saturating_add(1);
                account.missed.insert(reason.clone());
            });
        }
    }

    /// Something of an area is missing for a reason that is no failed question.
    pub(super) fn lack(&self, area: Area, reason: impl Into<String>) {
        self.state()
            .areas
            .entry(area)
            .or_default()
            .missed
            .insert(reason.into());
    }

    /// Something is worth saying of an area, though nothing that decides is missing.
    fn note(&self, area: Area, text: String) {
        let mut state = self.state();
        state.areas.entry(area).or_default().notes.insert(text);
    }

    fn change(&self, area: Area, change: impl FnOnce(&mut Account)) {
        let progress = {
            let mut state = self.state();
            let account = state.areas.entry(area).or_default();
            change(account);
            Progress {
                area,
                asked: account.asked,
                answered: account.answered,
                rows: account.rows,
            }
        };
        if let Some(told) = self.told {
            told(progress);
        }
    }

    /// The failure that ends the run, if there was one.
    pub(super) fn fatal(&self) -> Option<ApiError> {
        self.state().fatal.clone()
    }

    /// Fills the coverage; reasons are sorted, for questions are answered in any order.
    pub(super) fn finish(self, coverage: &mut Coverage) {
        let state = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        for (area, account) in state.areas {
            let status = match (account.missed.is_empty(), account.read) {
                (true, _) => CoverageStatus::Read,
                (false, true) => CoverageStatus::Partial,
                (false, false) => CoverageStatus::Refused,
            };
            coverage.set(area, status, None);
            for reason in account.missed.into_iter().chain(account.notes) {
                coverage.lower(area, status, reason);
            }
        }
    }
}

/// Why something was not read, with the name of the query and the next step.
fn reason(error: &ApiError) -> String {
    let hint = error
        .hint()
        .map(|hint| format!("; {hint}"))
        .unwrap_or_default();
    match error.kind {
        // The guard says that something was left out; which one it was, the query's name tells.
        ApiErrorKind::AllowanceSpent => format!("{}: {}{hint}", error.query, error.message),
        _ => format!("{error}{hint}"),
    }
}

/// What came of one of several questions.
#[derive(Debug)]
pub(super) enum Answer<T> {
    /// All its rows.
    Rows(Vec<T>),
    /// An error that is an answer.
    Told,
    /// It was refused, which the ledger has.
    Nothing,
}

/// A handle for the questions of one line of work.
#[derive(Clone)]
pub(super) struct Ask<'l> {
    pub(super) client: Client,
    pub(super) ledger: &'l Ledger<'l>,
}

impl<'l> Ask<'l> {
    pub(super) fn new(client: Client, ledger: &'l Ledger<'l>) -> Self {
        Self { client, ledger }
    }

    /// A handle for work beside other work; see [`Client::branch`].
    pub(super) fn branch(&self) -> Self {
        Self {
            client: self.client.branch(),
            ledger: self.ledger,
        }
    }

    /// This line of work has waited for another.
    pub(super) fn join(&self, other: &Self) {
        self.client.join(&other.client);
    }

    /// How many rows a query has, of an object that comes with a feature: an org that does not use it has none. None where
    /// that cannot be told. It costs no area's coverage, since what it tells only lowers confidence.
    pub(super) async fn count_where_used(&self, binding: Binding) -> Option<u64> {
        let statements = binding.statements(&OrgSchema::default()).ok()?;
        match self.client.query_all::<IgnoredAny>(&statements).await {
            Ok(rows) => u64::try_from(rows.len()).ok(),
            Err(error) if error.error_code.as_deref() == Some("INVALID_TYPE") => Some(0),
            Err(error) => {
                self.ledger.refuse(&[], &error);
                None
            }
        }
    }

    /// All rows of each of several queries, up to `together` statements in one API call. `tells`: whether an error is an
    /// answer, which leaves nothing unread.
    pub(super) async fn rows_of_each<T: DeserializeOwned + Send + 'static>(
        &self,
        areas: &[Area],
        bindings: Vec<Binding>,
        schema: &OrgSchema,
        together: usize,
        tells: fn(&ApiError) -> bool,
    ) -> Vec<Answer<T>> {
        let mut statements = Vec::new();
        let mut counts = Vec::with_capacity(bindings.len());
        for binding in bindings {
            match binding.statements(schema) {
                Ok(own) => {
                    counts.push(Some(own.len()));
                    if !own.is_empty() {
                        self.ledger.ask(areas);
                    }
                    statements.extend(own);
                }
                Err(error) => {
                    counts.push(None);
                    areas
                        .iter()
                        .for_each(|area| self.ledger.lack(*area, error.to_string()));
                }
            }
        }
        let answers = self.client.query_each::<T>(&statements, together).await;
        let mut answers = match answers {
            Ok(answers) => answers.into_iter(),
            Err(error) => {
                for _ in counts.iter().flatten().filter(|count| **count > 0) {
                    self.ledger.refuse(areas, &error);
                }
                return counts.iter().map(|_| Answer::Nothing).collect();
            }
        };
        let mut all = Vec::with_capacity(counts.len());
        for count in counts {
            let Some(count) = count else {
                all.push(Answer::Nothing);
                continue;
            };
            // All of its answers are taken, whichever of them failed.
            let own: Vec<Result<Vec<T>, ApiError>> = answers.by_ref().take(count).collect();
            let own: Result<Vec<Vec<T>>, ApiError> = own.into_iter().collect();
            all.push(match own {
                // A list to look in is empty: nothing was asked.
                Ok(rows) if rows.is_empty() => Answer::Rows(Vec::new()),
                Ok(rows) => {
                    let rows: Vec<T> = rows.into_iter().flatten().collect();
                    self.ledger.answer(areas, rows.len());
                    Answer::Rows(rows)
                }
                Err(error) if tells(&error) => {
                    self.ledger.answer(areas, 0);
                    Answer::Told
                }
                Err(error) => {
                    self.ledger.refuse(areas, &error);
                    Answer::Nothing
                }
            });
        }
        all
    }

    /// All rows of one question that was cut into several queries; none where one of them was refused.
    pub(super) async fn rows_of_all<T: DeserializeOwned + Send + 'static>(
        &self,
        areas: &[Area],
        bindings: Vec<Binding>,
        schema: &OrgSchema,
        together: usize,
    ) -> Option<Vec<T>> {
        let parts = self
            .rows_of_each::<T>(areas, bindings, schema, together, |_| false)
            .await;
        let mut all = Vec::new();
        for part in parts {
            match part {
                Answer::Rows(rows) => all.extend(rows),
                Answer::Told | Answer::Nothing => return None,
            }
        }
        Some(all)
    }

    /// All rows of a query. None where it was refused, which the ledger then has; no rows where a list to look in is
    /// empty.
    pub(super) async fn rows<T: DeserializeOwned + Send + 'static>(
        &self,
        areas: &[Area],
        binding: Binding,
        schema: &OrgSchema,
    ) -> Option<Vec<T>> {
        let statements = match binding.statements(schema) {
            Ok(statements) => statements,
            Err(error) => {
                areas
                    .iter()
                    .for_each(|area| self.ledger.lack(*area, error.to_string()));
                return None;
            }
        };
        if statements.is_empty() {
            return Some(Vec::new());
        }
        self.ledger.ask(areas);
        match self.client.query_all(&statements).await {
            Ok(rows) => {
                self.ledger.answer(areas, rows.len());
                Some(rows)
            }
            Err(error) => {
                self.ledger.refuse(areas, &error);
                None
            }
        }
    }

    /// All rows of a query that only confirms what others tell. Salesforce's refusal is noted and costs the area nothing;
    /// that no answer came is told as of any other query.
    pub(super) async fn rows_that_confirm<T: DeserializeOwned + Send + 'static>(
        &self,
        area: Area,
        binding: Binding,
        schema: &OrgSchema,
    ) -> Vec<T> {
        let statements = match binding.statements(schema) {
            Ok(statements) => statements,
            Err(error) => {
                self.ledger.note(area, error.to_string());
                return Vec::new();
            }
        };
        if statements.is_empty() {
            return Vec::new();
        }
        self.ledger.ask(&[area]);
        match self.client.query_all(&statements).await {
            Ok(rows) => {
                self.ledger.answer(&[area], rows.len());
                rows
            }
            Err(error) if is_answer(error.kind) => {
                self.ledger.answer(&[area], 0);
                self.ledger.note(area, reason(&error));
                Vec::new()
            }
            Err(error) => {
                self.ledger.refuse(&[area], &error);
                Vec::new()
            }
        }
    }
}

/// Whether Salesforce has answered that it does not answer this.
fn is_answer(kind: ApiErrorKind) -> bool {
    matches!(
        kind,
        ApiErrorKind::Refused
            | ApiErrorKind::NoSuchColumn
            | ApiErrorKind::TooMuch
            | ApiErrorKind::Rejected
    )
}
