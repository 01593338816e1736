//! HubSpot's API, read only: what the token is and may ask, and what the account tells of properties and users.
//!
//! In: a token and an address from the environment; what a person declares ([`policy`]). Out: [`HubSpotFacts`](crate::snapshot::hubspot::HubSpotFacts), also
//! as a file ([`file`]). By construction it sends GET, and the one POST by which HubSpot tells a private app's scopes.

mod address;
mod client;
mod collect;
pub mod file;
mod hints;
mod histories;
mod paths;
pub mod policy;
mod scopes;

pub use address::{ApiUrl, ApiUrlError};
pub use client::{ConnectError, HubSpotClient};
pub use collect::{Wanted, collect};
pub use hints::{Hint, hints};
pub use scopes::{Feature, ScopeState, features, is_feature};
