//! The requests that can be made. There is no constructor for one that writes.

use http::Method;

use super::error::{ApiError, ApiErrorKind};

/// Most sub-requests of a composite (REST API Developer Guide, "Send Multiple Requests Using Composite").
pub(super) const MOST_SUBREQUESTS: usize = 25;

/// A read.
#[derive(Debug, Clone)]
pub(super) struct Call {
    name: String,
    path: String,
    kind: Kind,
}

/// What is sent besides the path.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// GET.
    Get {
        /// Whether the token goes along; the list of API versions needs none and is not counted.
        with_token: bool,
    },
    /// A composite of GETs: POST of a JSON body made here.
    Batch(Vec<u8>),
    /// A SOAP read: POST of an envelope; this is the operation's element.
    Soap(String),
}

impl Call {
    /// GET of a path below `/services/data/`. Other paths are refused: a GET of an Apex REST service, for
    /// one, runs code of the org's own that may write.
    pub(super) fn get(name: &str, path: &str) -> Result<Self, ApiError> {
        let call = Self {
            name: name.to_owned(),
            path: path.to_owned(),
            kind: Kind::Get { with_token: true },
        };
        if is_data_path(path) {
            Ok(call)
        } else {
            Err(ApiError::new(
                ApiErrorKind::Rejected,
                name,
                &call.shown(),
                "the path is not below /services/data/vXX.X/",
            ))
        }
    }

    /// The list of API versions; it needs no session.
    pub(super) fn versions() -> Self {
        Self {
            name: "API versions".to_owned(),
            path: "/services/data/".to_owned(),
            kind: Kind::Get { with_token: false },
        }
    }

    /// Whose session it is.
    pub(super) fn user_info() -> Self {
        Self {
            name: "the caller".to_owned(),
            path: crate::auth::USER_INFO.to_owned(),
            kind: Kind::Get { with_token: true },
        }
    }

    /// A composite of GETs. `paths` are checked like those of [`Call::get`].
    pub(super) fn batch(name: &str, path: &str, paths: &[String]) -> Result<Self, ApiError> {
        let outer = Self::get(name, path)?;
        for path in paths {
            Self::get(name, path)?;
        }
        let subrequests: Vec<_> = paths
            .iter()
            .enumerate()
            .map(|(at, path)| {
                serde_json::json!({"method": "GET", "url": path, "referenceId": format!("r{at}")})
            })
            .collect();
        let body = serde_json::json!({"allOrNone": false, "compositeRequest": subrequests});
        Ok(Self {
            kind: Kind::Batch(body.to_string().into_bytes()),
            ..outer
        })
    }

    /// A SOAP read. Only `super::soap` makes the operation.
    pub(super) fn soap(name: &str, path: String, operation: super::soap::ReadOperation) -> Self {
        Self {
            name: name.to_owned(),
            path,
            kind: Kind::Soap(operation.into_xml()),
        }
    }

    /// What is asked, for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Path and query.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    pub(super) fn method(&self) -> Method {
        match self.kind {
            Kind::Get { .. } => Method::GET,
            Kind::Batch(_) | Kind::Soap(_) => Method::POST,
        }
    }

    pub(super) fn is_soap(&self) -> bool {
        matches!(self.kind, Kind::Soap(_))
    }

    /// Whether Salesforce counts it against the daily allowance.
    pub(super) fn is_counted(&self) -> bool {
        !matches!(self.kind, Kind::Get { with_token: false })
    }

    /// Method and path without the query string, for messages and logs.
    pub(super) fn shown(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        format!("{} {}", self.method(), crate::net::bounded(path, 200))
    }
}

/// Whether a path is below a version of the data API and stays there.
fn is_data_path(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("/services/data/v") else {
        return false;
    };
    let (file, _) = rest.split_once('?').unwrap_or((rest, ""));
    let version = file.split('/').next().unwrap_or_default();
    let is_version = version
        .split_once('.')
        .is_some_and(|(major, minor)| is_number(major) && is_number(minor));
    let plain = |segment: &str| {
        segment != "."
            && segment != ".."
            && segment
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
    };
    is_version && file.split('/').all(plain) && !path.contains(['\\', '#', '\r', '\n', ' '])
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_data_api_is_read() {
        for good in [
            "/services/data/v66.0/query?q=SELECT+Id+FROM+User",
            "/services/data/v66.0/query/01g000000000001AAA-2000",
            "/services/data/v66.0/tooling/sobjects/ValidationRule/03d000000000001AAA",
            "/services/data/v66.0/limits/",
        ] {
            assert!(Call::get("x", good).is_ok(), "{good}");
        }
        for bad in [
            "/services/apexrest/wipe",
            "/services/data/../apexrest/wipe",
            "/services/data/v66.0/../../apexrest/wipe",
            "/services/data/v66.0/%2e%2e/apexrest",
            "/services/data/v66.0/..\\apexrest",
            "//evil.example/services/data/v66.0/",
            "https://evil.example/services/data/v66.0/",
            "/services/data/vx/query",
            "/services/data/",
            "",
        ] {
            assert!(Call::get("x", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_batch_holds_gets_only() {
        let paths = ["/services/data/v66.0/limits".to_owned()];
        let call = Call::batch("x", "/services/data/v66.0/composite", &paths).unwrap();
        let Kind::Batch(body) = call.kind() else {
            panic!("{call:?}")
        };
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        let methods: Vec<_> = body["compositeRequest"]
            .as_array()
            .unwrap()
            .iter()
            .map(|sub| sub["method"].as_str().unwrap())
            .collect();
        assert_eq!(methods, ["GET"]);
        let bad = ["/services/apexrest/wipe".to_owned()];
        assert!(Call::batch("x", "/services/data/v66.0/composite", &bad).is_err());
    }
}
