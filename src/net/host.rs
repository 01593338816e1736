//! Which hosts a token may be sent to.
//!
//! In: what somebody typed, or what a server answered. Out: an [`OrgUrl`], or the reason why it is refused.

use std::collections::BTreeSet;
use std::fmt;

use url::{Host, Url};

/// Domains that Salesforce runs (the same list as the Salesforce CLI's): a token goes nowhere else unless
/// the user allows a host by name.
const SALESFORCE_SUFFIXES: [&str; 7] = [
    ".salesforce.com",
    ".force.com",
    ".cloudforce.com",
    ".salesforce.mil",
    ".crmforce.mil",
    ".force.mil",
    ".sfcrmproducts.cn",
];

/// Why a URL cannot be used as an org's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not a URL with a host.
    #[error("`{0}` is not an address: give one such as https://example.my.salesforce.com")]
    NotAnAddress(String),
    /// A name or password stands in the URL.
    #[error(
        "the address of {0} holds a name or password: take it out, credentials come from the environment"
    )]
    HoldsCredentials(String),
    /// Plain HTTP, and not to this machine.
    #[error(
        "{0} is not reached over https: a token is sent over plain http to this machine (loopback) only"
    )]
    NotHttps(String),
    /// Outside Salesforce's domains.
    #[error(
        "{0} is not a Salesforce host, so no token is sent to it: if it is a proxy of your own, allow it with \
         --allow-host {0}"
    )]
    HostNotAllowed(String),
}

/// The address of an org or of a login host: scheme, host and port, nothing else.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrgUrl(Url);

impl OrgUrl {
    /// Reads an address as people type or paste it: the scheme may be missing, a path is dropped, and the
    /// host of Lightning pages becomes the My Domain host, which is the one that answers the API.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let not_an_address = || UrlError::NotAnAddress(super::bounded(text, 200));
        let with_scheme = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let url = Url::parse(&with_scheme).map_err(|_| not_an_address())?;
        let host = url.host_str().ok_or_else(not_an_address)?.to_owned();
        if !matches!(url.scheme(), "https" | "http") {
            return Err(not_an_address());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::HoldsCredentials(host));
        }
        let api_host = match host.strip_suffix(".lightning.force.com") {
            Some(domain) => format!("{domain}.my.salesforce.com"),
            None => host,
        };
        let port = url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        Url::parse(&format!("{}://{api_host}{port}/", url.scheme()))
            .map(Self)
            .map_err(|_| not_an_address())
    }

    /// Whether `text` is meant as an address rather than as an alias or a username.
    pub fn looks_like_address(text: &str) -> bool {
        let text = text.trim();
        if text.contains("://") {
            return true;
        }
        let host = text.split(['/', ':']).next().unwrap_or_default();
        !text.contains('@')
            && SALESFORCE_SUFFIXES
                .iter()
                .any(|suffix| has_suffix(host, suffix))
    }

    /// The host name, in lower case.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether this is a host that serves logins of many orgs, not one org's My Domain.
    pub fn is_shared_login_host(&self) -> bool {
        matches!(
            self.host(),
            "login.salesforce.com" | "test.salesforce.com" | "welcome.salesforce.com"
        )
    }

    /// Whether the host is that of a sandbox or scratch org, or their shared login host.
    pub fn is_sandbox(&self) -> bool {
        let host = self.host();
        host == "test.salesforce.com"
            || host.contains(".sandbox.")
            || host.contains(".scratch.")
            || host
                .split('.')
                .next()
                .is_some_and(|name| name.contains("--"))
            || host
                .strip_prefix("cs")
                .and_then(|rest| rest.split('.').next())
                .is_some_and(|digits| {
                    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
                })
    }

    /// Whether both addresses are the same scheme, host and port.
    pub fn same_origin(&self, other: &Url) -> bool {
        self.0.origin() == other.origin()
    }

    /// The URL of a host-relative path, which may carry a query; none where the result would leave the host.
    pub fn join(&self, path: &str) -> Option<Url> {
        if !path.starts_with('/') {
            return None;
        }
        self.0.join(path).ok().filter(|url| self.same_origin(url))
    }

    /// The address as text, without a closing slash.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The address as a URL.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for OrgUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for OrgUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The hosts that may see a token: Salesforce's own domains, this machine, and what the user allows by name.
#[derive(Debug, Clone, Default)]
pub struct HostPolicy {
    extra: BTreeSet<String>,
}

impl HostPolicy {
    /// A policy that allows `extra` hosts besides Salesforce's (`--allow-host`).
    pub fn new<I: IntoIterator<Item = String>>(extra: I) -> Self {
        Self {
            extra: extra
                .into_iter()
                .map(|host| host.trim().to_ascii_lowercase())
                .collect(),
        }
    }

    /// Says whether a credential may be sent to `url`.
    pub fn check(&self, url: &Url) -> Result<(), UrlError> {
        let Some(host) = url.host() else {
            return Err(UrlError::NotAnAddress(super::bounded(url.as_str(), 200)));
        };
        let name = host.to_string().to_ascii_lowercase();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::HoldsCredentials(name));
        }
        let loopback = is_loopback(&host);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => return Err(UrlError::NotHttps(name)),
        }
        let known = loopback
            || self.extra.contains(&name)
            || SALESFORCE_SUFFIXES
                .iter()
                .any(|suffix| has_suffix(&name, suffix));
        if known {
            Ok(())
        } else {
            Err(UrlError::HostNotAllowed(name))
        }
    }
}

fn has_suffix(host: &str, suffix: &str) -> bool {
    let (host, suffix) = (host.as_bytes(), suffix.as_bytes());
    host.len() > suffix.len()
        && host
            .get(host.len() - suffix.len()..)
            .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn tokens_go_to_salesforce_and_this_machine_only() {
        let policy = HostPolicy::default();
        for good in [
            "https://acme.my.salesforce.com/services",
            "https://ACME--uat.sandbox.my.salesforce.com",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://localhost:1717",
        ] {
            assert_eq!(policy.check(&url(good)), Ok(()), "{good}");
        }
        for bad in [
            "https://salesforce.com.evil.example",
            "https://evilsalesforce.com",
            "https://evil-force.com",
            "https://salesforce.com.",
            "https://127.0.0.1.evil.example",
            "https://user@acme.my.salesforce.com",
            "http://acme.my.salesforce.com",
            "http://localhost.evil.example",
            "ftp://acme.my.salesforce.com",
        ] {
            assert!(policy.check(&url(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_named_host_is_allowed_over_https_only() {
        let policy = HostPolicy::new(["Proxy.Example.com".to_owned()]);
        assert_eq!(policy.check(&url("https://proxy.example.com/x")), Ok(()));
        assert!(policy.check(&url("https://sub.proxy.example.com")).is_err());
        assert!(policy.check(&url("http://proxy.example.com")).is_err());
    }

    #[test]
    fn addresses_are_read_as_people_paste_them() {
        let parse = |text: &str| OrgUrl::parse(text).map(|url| url.to_string());
        assert_eq!(
            parse("acme.lightning.force.com/lightning/page/home").unwrap(),
            "https://acme.my.salesforce.com"
        );
        assert_eq!(
            parse("https://acme--uat.sandbox.lightning.force.com").unwrap(),
            "https://acme--uat.sandbox.my.salesforce.com"
        );
        assert_eq!(
            parse("http://127.0.0.1:99/x?y").unwrap(),
            "http://127.0.0.1:99"
        );
        assert!(parse("https://a:b@acme.my.salesforce.com").is_err());
        assert!(parse("file:///etc/passwd").is_err());
        assert!(parse("").is_err());
    }

    #[test]
    fn an_alias_is_not_an_address() {
        assert!(OrgUrl::looks_like_address("https://x.example"));
        assert!(OrgUrl::looks_like_address("acme.my.salesforce.com"));
        assert!(!OrgUrl::looks_like_address("prod"));
        assert!(!OrgUrl::looks_like_address("admin@acme.my.salesforce.com"));
    }

    #[test]
    fn a_joined_path_stays_on_the_host() {
        let org = OrgUrl::parse("https://acme.my.salesforce.com").unwrap();
        assert!(org.join("/services/data/v66.0/query/01g-500?x=1").is_some());
        for bad in [
            "//evil.example/x",
            "https://evil.example/",
            "/\\evil.example/x",
            "x",
            "",
        ] {
            assert!(org.join(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn sandboxes_are_told_from_production() {
        let sandbox = |text: &str| OrgUrl::parse(text).unwrap().is_sandbox();
        assert!(sandbox("acme--uat.sandbox.my.salesforce.com"));
        assert!(sandbox("acme--uat.my.salesforce.com"));
        assert!(sandbox("cs42.salesforce.com"));
        assert!(sandbox("https://test.salesforce.com"));
        assert!(!sandbox("csi.my.salesforce.com"));
        assert!(!sandbox("acme-dev-ed.develop.my.salesforce.com"));
    }
}
