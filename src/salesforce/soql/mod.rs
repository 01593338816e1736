//! The statements that permgap may send, and the only place that puts values into them.
//!
//! Each statement is a file in `queries/`. Its first line is a comment that says which API answers it and
//! why it is asked:
//!
//! ```text
//! -- REST: the rows that say what a permission set grants on an object.
//! SELECT ParentId, SobjectType, PermissionsRead, /*?*/ PermissionsViewAllFields
//! FROM ObjectPermissions
//! WHERE ParentId IN :parents AND SobjectType IN :objects
//! ```
//!
//! `/*?*/` before a column says that not every org or API version has it: it is left out where the
//! [`OrgSchema`] lacks it. `:name` is a value, bound with [`Query::bind`]; `:name(200)` says that at most
//! 200 values may stand in the list. Lists that would make the URI too long are split into several
//! [`Statement`]s. SOQL itself has neither comments nor placeholders; nothing of either is sent.

mod bind;
mod literal;
mod schema;
mod table;
mod template;

pub use bind::{Binding, Statement};
pub use literal::{Literal, is_api_name, is_record_id};
pub use schema::{ObjectColumns, OrgSchema};
pub use table::Query;
pub use template::{Column, Template};

/// Which API answers a statement or describes an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Api {
    /// The REST API: `/services/data/vXX.0/query`.
    Rest,
    /// The Tooling API: `/services/data/vXX.0/tooling/query`.
    Tooling,
}

impl Api {
    /// What stands between the version and the resource in a path.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Rest => "",
            Self::Tooling => "/tooling",
        }
    }
}

/// Why a statement cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SoqlError {
    /// A file in `queries/` is broken.
    #[error("query {query}: {what}")]
    Template {
        /// The file's name.
        query: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A placeholder was given no value, or a value has no placeholder.
    #[error("query {query}: `:{placeholder}` {what}")]
    Placeholder {
        /// The file's name.
        query: &'static str,
        /// The placeholder.
        placeholder: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A value that cannot be what it is given as.
    #[error(
        "`{value}` is not {what}: correct it where it comes from (mappings, configuration, arguments)"
    )]
    Value {
        /// The value, bounded.
        value: String,
        /// What it should be.
        what: &'static str,
    },
    /// The statement is too long even with one value in each list.
    #[error("query {query} is too long for a request, even when its lists are split")]
    TooLong {
        /// The file's name.
        query: &'static str,
    },
}
