//! How an admin's session in an org is obtained, renewed and ended.
//!
//! In: `--org` and the environment ([`SessionSource::resolve`]), the `sf` command line's own login, or a
//! login that permgap keeps ([`LoginStore`]). Out: a [`Session`], an address and an access token.
//! [`Authenticator`] does the talking and is asked again when a session has expired. Nothing here knows
//! what the session is used for, and no secret leaves through `Debug`, an error or a log.

mod authenticator;
mod cli_session;
mod error;
mod jwt_bearer;
mod keyring;
mod oauth;
mod session;
mod sfdx_url;
mod source;
mod store;
mod web_server;

pub use authenticator::Authenticator;
pub use cli_session::SfCli;
pub use error::AuthError;
pub(crate) use session::USER_INFO;
pub use session::{Identity, Session, UserInfo};
pub use sfdx_url::SfdxUrl;
pub use source::{Credentials, JwtGrant, OAuthClient, RefreshGrant, SessionSource};
pub use store::{LoginStore, StoredLogin};
pub use web_server::{LoginRequest, PendingLogin};
