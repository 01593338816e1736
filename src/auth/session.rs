//! A session: where the org is, and the token that it accepts.

use secrecy::SecretString;
use serde::Deserialize;

use crate::net::OrgUrl;

/// Who a session belongs to, as the token answer's `id` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The org's id, 15 or 18 characters.
    pub org_id: String,
    /// The user's id, 15 or 18 characters.
    pub user_id: String,
}

impl Identity {
    /// Reads the last two segments of an identity URL,
    /// `https://login.salesforce.com/id/<org id>/<user id>`.
    pub fn from_url(text: &str) -> Option<Self> {
        let mut segments = text.trim_end_matches('/').rsplit('/');
        let user_id = segments.next()?;
        let org_id = segments.next()?;
        let is_id = |id: &str| {
            matches!(id.len(), 15 | 18) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        (is_id(org_id) && is_id(user_id)).then(|| Self {
            org_id: org_id.to_owned(),
            user_id: user_id.to_owned(),
        })
    }
}

/// What `/services/oauth2/userinfo` says of the caller.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserInfo {
    /// The user's id.
    pub user_id: String,
    /// The org's id.
    pub organization_id: String,
    /// The username.
    pub preferred_username: String,
}

/// Where a session is asked whose it is.
pub(crate) const USER_INFO: &str = "/services/oauth2/userinfo";

/// An open session in an org. `Debug` shows no token.
#[derive(Debug, Clone)]
pub struct Session {
    /// Where the org answers: always what the token answer said, never the login host.
    pub instance_url: OrgUrl,
    /// What the org accepts as proof.
    pub access_token: SecretString,
    /// Whose session it is, where the source tells.
    pub identity: Option<Identity>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_is_the_last_two_segments() {
        let id = "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA";
        let identity = Identity::from_url(id).unwrap();
        assert_eq!(identity.org_id, "00D000000000001EAA");
        assert_eq!(identity.user_id, "005000000000001AAA");
        assert!(Identity::from_url("https://login.salesforce.com/id/x").is_none());
    }

    #[test]
    fn debug_shows_no_token() {
        let session = Session {
            instance_url: OrgUrl::parse("https://a.my.salesforce.com").unwrap(),
            access_token: SecretString::from("00Dplanted!secret"),
            identity: None,
        };
        assert!(!format!("{session:?}").contains("planted"));
    }
}
