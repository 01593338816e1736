//! The one place that builds an HTTP client: TLS, proxies, certificates of the user's own, no redirects.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::redirect::Policy;

/// How this program names itself to servers.
pub(crate) const USER_AGENT: &str = concat!("permgap/", env!("CARGO_PKG_VERSION"));

/// Why no client could be built.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ClientError {
    /// A certificate file that the environment names cannot be used.
    #[error("{variable} names {path}, which cannot be used as certificates: {reason}")]
    Certificates {
        /// The environment variable.
        variable: &'static str,
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The TLS or HTTP library did not start.
    #[error("no https connections can be made on this machine: {0}")]
    Start(String),
}

/// What a client is built from.
#[derive(Debug, Clone)]
pub struct NetSettings {
    /// Files of certificates trusted besides the system's, each with the variable that names it.
    pub certificates: Vec<(&'static str, PathBuf)>,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
}

impl Default for NetSettings {
    fn default() -> Self {
        Self {
            certificates: Vec::new(),
            connect_timeout: Duration::from_secs(15),
        }
    }
}

impl NetSettings {
    /// Settings from the environment: `NODE_EXTRA_CA_CERTS`, which users of the Salesforce CLI behind an
    /// inspecting proxy have set, and `SSL_CERT_FILE`, which not every system's verifier reads by itself.
    pub fn from_env(lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let certificates = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]
            .into_iter()
            .filter_map(|name| {
                let path = lookup(name).filter(|path| !path.is_empty())?;
                Some((name, PathBuf::from(path)))
            })
            .collect();
        Self {
            certificates,
            ..Self::default()
        }
    }
}

/// Largest certificate bundle read, in bytes.
const LARGEST_BUNDLE: u64 = 8 * 1024 * 1024;

/// Builds a client. It follows no redirect: a redirected request would carry a token to where nobody
/// decided to send it. Proxies are taken from the usual variables and the system's settings.
pub fn build_client(settings: &NetSettings) -> Result<reqwest::Client, ClientError> {
    let mut certificates = Vec::new();
    for (variable, path) in &settings.certificates {
        let broken = |reason: String| ClientError::Certificates {
            variable,
            path: path.display().to_string(),
            reason,
        };
        let size = std::fs::metadata(path)
            .map_err(|error| broken(error.to_string()))?
            .len();
        if size > LARGEST_BUNDLE {
            return Err(broken("the file is too large".into()));
        }
        let pem = std::fs::read(path).map_err(|error| broken(error.to_string()))?;
        let bundle = reqwest::Certificate::from_pem_bundle(&pem)
            .map_err(|_| broken("it holds no PEM certificates".into()))?;
        certificates.extend(bundle);
    }
    let mut builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(settings.connect_timeout)
        .tcp_nodelay(true);
    if !certificates.is_empty() {
        builder = builder.tls_certs_merge(certificates);
    }
    builder
        .build()
        .map_err(|error| ClientError::Start(error.without_url().to_string()))
}

/// What went wrong with a request, in words and without its URL, which may carry a query.
pub fn describe_failure(error: reqwest::Error) -> String {
    let error = error.without_url();
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection failed"
    };
    let mut source = std::error::Error::source(&error);
    let mut innermost = None;
    // A chain of causes is short; the bound keeps a cyclic one from hanging.
    for _ in 0..16 {
        let Some(cause) = source else { break };
        innermost = Some(cause.to_string());
        source = cause.source();
    }
    match innermost {
        Some(cause) => format!("{kind} ({})", super::bounded(&cause, 200)),
        None => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_come_from_the_environment_and_a_broken_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("proxy-ca.pem");
        let settings = NetSettings::from_env(&|name| {
            (name == "NODE_EXTRA_CA_CERTS").then(|| path.display().to_string())
        });
        assert_eq!(settings.certificates.len(), 1);
        let error = build_client(&settings).unwrap_err().to_string();
        assert!(error.starts_with("NODE_EXTRA_CA_CERTS names"), "{error}");
        assert!(error.contains("proxy-ca.pem"), "{error}");
        std::fs::write(
            &path,
            "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n",
        )
        .unwrap();
        assert!(build_client(&settings).is_err());
    }
}
