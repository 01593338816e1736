//! Why a fix could not be written.

use crate::collect::overlay::OverlayError;
use crate::output::OutputError;

/// Why a fix could not be made. Nothing was written then, unless the error says so.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// A name that no permission set can have.
    #[error(
        "`--name {name}`: an API name has letters, digits and single underscores, begins with a letter, does not end \
         in an underscore and has at most 80 characters"
    )]
    BadName {
        /// As given.
        name: String,
    },
    /// A label that no permission set can have.
    #[error(
        "the label `{label}`: a permission set's label has 1 to 80 characters on one line: choose another --label"
    )]
    BadLabel {
        /// As given, or with what was added for a second set.
        label: String,
    },
    /// The org has a permission set of that name, which a deployment would replace as a whole.
    #[error(
        "the org already has a permission set {name}, and deploying another of that name would revoke what it grants: \
         choose another --name, or add to its file with --extend FILE"
    )]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The file to extend.
    #[error("the permission set file {place}: {message}")]
    Extend {
        /// The file, with the line where known.
        place: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// The folder holds something else.
    #[error(
        "`{path}` is not empty and not an earlier output of `permgap fix`: name another folder, or write into it with \
         --force"
    )]
    NotEmpty {
        /// The folder, as given.
        path: String,
    },
    /// A file of the folder that an earlier run did not write.
    #[error(
        "`{path}` is there and no output of `permgap fix`: move it away, name another folder, or overwrite it with --force"
    )]
    Foreign {
        /// The file.
        path: String,
    },
    /// The folder, or one that must be there for it.
    #[error("`{path}` cannot be used ({source}): check the path and its permissions")]
    Folder {
        /// The path.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A file of the project.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The project could not be read back.
    #[error("the project just written could not be read back: {0}")]
    ReadBack(#[from] OverlayError),
    /// The proof failed.
    #[error(
        "the fix was not written, because it would not do what it claims: {}; please report this with a snapshot",
        .reasons.join("; ")
    )]
    Unproven {
        /// Each a clause.
        reasons: Vec<String>,
    },
}
