//! A bare HTTP client: it shows what arrives, broken or not.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::super::org_simulator::OrgSimulator;

/// One caller.
pub(super) struct Client {
    address: String,
    pub(super) session: String,
}

/// What arrived.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
    /// The body is as long as the head promised.
    pub(super) whole: bool,
    /// The connection was reset.
    pub(super) reset: bool,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// A header, by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let line = self
            .head
            .lines()
            .find(|line| line.to_lowercase().starts_with(&format!("{name}:")))?;
        line.split_once(':')
            .map(|(_, value)| value.trim().to_owned())
    }

    /// Error code and message of a refusal.
    pub(super) fn refusal(&self) -> (u16, String, String) {
        let body = self.json();
        let part = |key: &str| body[0][key].as_str().unwrap_or_default().to_owned();
        (self.status, part("errorCode"), part("message"))
    }
}

impl Client {
    pub(super) fn of(simulator: &OrgSimulator, username: &str) -> Self {
        Self {
            address: simulator.url().trim_start_matches("http://").to_owned(),
            session: simulator.session_of(username).unwrap(),
        }
    }

    pub(super) fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut request = format!(
            "{method} {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.address,
            body.len()
        );
        if !self.session.is_empty() && !headers.iter().any(|(name, _)| *name == "authorization") {
            request += &format!("authorization: Bearer {}\r\n", self.session);
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        stream
            .write_all(format!("{request}\r\n{body}").as_bytes())
            .unwrap();
        let mut bytes = Vec::new();
        let reset = stream.read_to_end(&mut bytes).is_err();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        let mut answer = Answer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
            whole: false,
            reset,
        };
        let promised = answer
            .header("content-length")
            .and_then(|length| length.parse::<usize>().ok());
        answer.whole = promised == Some(answer.body.len());
        answer
    }

    pub(super) fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &[], "")
    }

    pub(super) fn query(&self, soql: &str) -> Answer {
        self.get(&format!("/services/data/v66.0/query?q={}", encode(soql)))
    }

    pub(super) fn tooling(&self, soql: &str) -> Answer {
        self.get(&format!(
            "/services/data/v66.0/tooling/query?q={}",
            encode(soql)
        ))
    }

    pub(super) fn form(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = pairs
            .iter()
            .map(|(key, value)| format!("{key}={}", encode(value)))
            .collect();
        self.send(
            "POST",
            path,
            &[("content-type", "application/x-www-form-urlencoded")],
            &body.join("&"),
        )
    }
}

pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
