//! Which hosts HubSpot's token may be sent to.

use url::{Host, Url};

use crate::net::bounded;

/// Where HubSpot's API is, unless the environment says otherwise.
const DEFAULT: &str = "https://api.hubapi.com/";

/// The address of HubSpot's API: one of HubSpot's hosts, or this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiUrl(Url);

/// An address that no token is sent to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiUrlError {
    /// Not a URL with a host.
    #[error(
        "HUBSPOT_API_URL is `{0}`, which is no address: give one such as https://api.hubapi.com"
    )]
    NotAnAddress(String),
    /// Plain HTTP to another machine, or a name or password in the URL.
    #[error(
        "HUBSPOT_API_URL names {0} over plain http or with a password: a token is sent over https only, or to this machine"
    )]
    NotHttps(String),
    /// Not HubSpot.
    #[error(
        "HUBSPOT_API_URL names {0}, which is not HubSpot's: a token is sent to hubapi.com and its hosts only"
    )]
    NotHubSpot(String),
}

impl ApiUrl {
    /// HubSpot's own, or the one that the environment names.
    ///
    /// # Errors
    /// An address that is not HubSpot's or not safe.
    pub fn parse(text: Option<&str>) -> Result<Self, ApiUrlError> {
        let text = text
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .unwrap_or(DEFAULT);
        let not_an_address = || ApiUrlError::NotAnAddress(bounded(text, 200));
        let url = Url::parse(text).map_err(|_| not_an_address())?;
        let host = url.host().ok_or_else(not_an_address)?;
        let name = host.to_string().to_ascii_lowercase();
        let loopback = match host {
            Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
        if !safe || !url.username().is_empty() || url.password().is_some() {
            return Err(ApiUrlError::NotHttps(name));
        }
        if !loopback && name != "hubapi.com" && !name.ends_with(".hubapi.com") {
            return Err(ApiUrlError::NotHubSpot(name));
        }
        Ok(Self(url))
    }

    /// The URL of a path, which may carry a query; none where the result would leave the host.
    pub(super) fn join(&self, path: &str) -> Option<Url> {
        if !path.starts_with('/') {
            return None;
        }
        self.0
            .join(path)
            .ok()
            .filter(|url| url.origin() == self.0.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hubspots_hosts_and_this_machine_see_a_token() {
        for good in [
            None,
            Some(""),
            Some("https://api.hubapi.com"),
            Some("https://api-eu1.hubapi.com/"),
            Some("https://hubapi.com"),
            Some("http://127.0.0.1:99"),
            Some("http://localhost"),
        ] {
            assert!(ApiUrl::parse(good).is_ok(), "{good:?}");
        }
        for bad in [
            "http://api.hubapi.com",
            "https://api.hubapi.com.example",
            "https://evilhubapi.com",
            "https://u:p@api.hubapi.com",
            "ftp://api.hubapi.com",
            "hubapi",
            "https://example.com",
        ] {
            assert!(ApiUrl::parse(Some(bad)).is_err(), "{bad}");
        }
        let url = ApiUrl::parse(None).unwrap();
        assert!(url.join("//example.com/x").is_none() && url.join("x").is_none());
    }
}
