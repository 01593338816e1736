//! What Salesforce answers the integration user itself.
//!
//! In: that user's session, the objects of the sync, and the records that an admin's session was answered on. Out: what
//! [`crate::verify`] compares. Reads ids and rights, no values.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::live_org::{RecordAccessRow, all};
use crate::salesforce::soql::{Api, OrgSchema, Query};
use crate::salesforce::{ApiError, ApiErrorKind, Client, Sub};
use crate::snapshot::{Name, RecordSample, SampledRecord, User, same_id};
use crate::verify::{Answer, Answers, Described};

/// Why the session cannot answer for the user.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Salesforce did not say whose it is.
    #[error("whose session it is could not be asked: {0}")]
    Caller(#[source] ApiError),
    /// It is another user's.
    #[error(
        "the session is that of {caller}, not of {wanted}: log in as the integration user, or choose it with --user"
    )]
    Another {
        /// Whose it is.
        caller: String,
        /// Whose it should be.
        wanted: String,
    },
}

/// Asks for the describe of each object, and for the rights on each sampled record.
///
/// # Errors
/// A session that is not `account`'s: it would answer for another user. What else cannot be asked is among the answers.
pub async fn ask(
    client: &Client,
    account: &User,
    objects: &BTreeSet<Name>,
    samples: &BTreeMap<Name, RecordSample>,
) -> Result<Answers, SessionError> {
    is_the_user(client, account).await?;
    let sampled = samples
        .iter()
        .filter(|(_, sample)| !sample.records.is_empty());
    let rights = sampled.map(|(object, sample)| async move {
        (
            object.clone(),
            rights(client, account, &sample.records).await,
        )
    });
    let (objects, records) = tokio::join!(describes(client, objects), all(rights));
    Ok(Answers {
        objects,
        records: records.into_iter().collect(),
    })
}

/// Salesforce leaves out the records that the caller cannot read (Object Reference, UserRecordAccess).
async fn rights(
    client: &Client,
    account: &User,
    records: &[SampledRecord],
) -> Result<Vec<SampledRecord>, String> {
    let statements = Query::UserRecordAccess
        .bind()
        .ids("user", [&account.id])
        .ids("records", records.iter().map(|record| &record.id))
        .statements(&OrgSchema::default())
        .map_err(|error| error.to_string())?;
    let rows: Vec<RecordAccessRow> =
        (client.query_all(&statements).await).map_err(|error| error.to_string())?;
    Ok(rows.into_iter().map(SampledRecord::from).collect())
}

impl From<RecordAccessRow> for SampledRecord {
    fn from(row: RecordAccessRow) -> Self {
        Self {
            id: row.record_id,
            readable: row.has_read_access,
            editable: row.has_edit_access,
        }
    }
}

/// Another user's session would answer for that user.
async fn is_the_user(client: &Client, account: &User) -> Result<(), SessionError> {
    let caller = client.caller().await.map_err(SessionError::Caller)?;
    if same_id(&caller.user_id, &account.id) {
        return Ok(());
    }
    Err(SessionError::Another {
        caller: caller.preferred_username,
        wanted: account.username.clone(),
    })
}

async fn describes(client: &Client, objects: &BTreeSet<Name>) -> BTreeMap<Name, Answer> {
    let subs: Vec<(Name, Result<Sub, ApiError>)> = objects
        .iter()
        .map(|object| (object.clone(), Sub::describe(object.as_str())))
        .collect();
    let valid: Vec<Sub> = subs
        .iter()
        .filter_map(|(_, sub)| sub.as_ref().ok().cloned())
        .collect();
    let mut replies = match client.composite_get(Api::Rest, &valid).await {
        Ok(replies) => replies.into_iter(),
        Err(error) => {
            let why = error.to_string();
            return objects
                .iter()
                .map(|object| (object.clone(), Answer::NotAsked(why.clone())))
                .collect();
        }
    };
    subs.into_iter()
        .map(|(object, sub)| {
            let reply = match sub {
                Ok(_) => replies.next(),
                Err(error) => Some(Err(error)),
            };
            let Some(reply) = reply else {
                return (object, Answer::NotAsked("no answer came".to_owned()));
            };
            let answer = match reply.and_then(|reply| reply.decode::<DescribeRow>("describe")) {
                Ok(row) => Answer::Described(row.into()),
                Err(error) if is_not_visible(&error) => Answer::Denied,
                Err(error) => Answer::NotAsked(error.to_string()),
            };
            (object, answer)
        })
        .collect()
}

/// Whether Salesforce says that there is no such object for the caller; any other refusal is about the request.
fn is_not_visible(error: &ApiError) -> bool {
    error.kind == ApiErrorKind::Refused
        && (error.error_code.as_deref())
            .is_some_and(|code| matches!(code, "NOT_FOUND" | "INVALID_TYPE"))
}

/// The describe of an object, as it is on the wire.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeRow {
    queryable: bool,
    createable: bool,
    updateable: bool,
    deletable: bool,
    fields: Vec<FieldRow>,
    #[serde(default)]
    record_type_infos: Vec<RecordTypeRow>,
}

#[derive(Deserialize)]
struct FieldRow {
    name: Name,
    createable: bool,
    updateable: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordTypeRow {
    developer_name: Option<Name>,
    available: bool,
}

impl From<DescribeRow> for Described {
    fn from(row: DescribeRow) -> Self {
        Self {
            read: row.queryable,
            create: row.createable,
            edit: row.updateable,
            delete: row.deletable,
            fields: row
                .fields
                .into_iter()
                .map(|field| (field.name, field.createable || field.updateable))
                .collect(),
            record_types: row
                .record_type_infos
                .into_iter()
                .filter_map(|info| Some((info.developer_name?, info.available)))
                .collect(),
        }
    }
}
