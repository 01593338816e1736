//! Why a live org gives no snapshot at all.

use crate::salesforce::ApiError;
use crate::salesforce::soql::SoqlError;

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The org has no such user, or does not show it.
    #[error("user `{wanted}` is not in {host}{}", nearest_of(.nearest))]
    NoSuchUser {
        /// As given.
        wanted: String,
        /// The org's host.
        host: String,
        /// Usernames that come near.
        nearest: Vec<String>,
    },
    /// The org does not answer what everything hangs on.
    #[error("{error}{}", .error.hint().map(|hint| format!("; {hint}")).unwrap_or_default())]
    Api {
        /// What failed.
        error: ApiError,
    },
    /// The user's name cannot be asked for.
    #[error(transparent)]
    Query(#[from] SoqlError),
}

impl From<ApiError> for LiveError {
    fn from(error: ApiError) -> Self {
        Self::Api { error }
    }
}

fn nearest_of(names: &[String]) -> String {
    match names {
        [] => ": check the spelling, and that the session is for the right org".to_owned(),
        names => format!("; usernames near it: {}", names.join(", ")),
    }
}
