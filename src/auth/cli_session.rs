//! The `sf` command line's own login: permgap asks it for a token, and never reads its files.
//!
//! Newer versions of the CLI hide tokens in `sf org display` and give them with `sf org auth
//! show-access-token`; older ones know only the former. Both are asked at once.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::Stdio;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use super::source::check_org_name;
use super::{AuthError, Session};
use crate::net::{HostPolicy, OrgUrl, bounded, redact};

/// Largest output read, in bytes.
const LARGEST_OUTPUT: u64 = 1024 * 1024;

/// How newer CLIs begin what stands in place of a hidden token.
const HIDDEN: &str = "[REDACTED]";

/// How to call the `sf` command line.
#[derive(Debug, Clone)]
pub struct SfCli {
    /// The program.
    pub program: OsString,
    /// How long one call may take; the CLI starts slowly and may refresh a token.
    pub patience: Duration,
}

impl Default for SfCli {
    fn default() -> Self {
        Self {
            // The CLI's launcher on Windows is a batch file, which is found only by its full name.
            program: if cfg!(windows) { "sf.cmd" } else { "sf" }.into(),
            patience: Duration::from_secs(60),
        }
    }
}

/// The CLI's `--json` envelope.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    status: i64,
    #[serde(default)]
    result: Option<Answer>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    access_token: Option<SecretText>,
    instance_url: Option<String>,
}

/// A token as it is read: straight into a type that does not show it.
struct SecretText(SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}

impl SecretText {
    /// The token, unless the CLI put a note in its place.
    fn token(self) -> Option<SecretString> {
        use secrecy::ExposeSecret;
        let text = self.0.expose_secret();
        (!text.is_empty() && !text.starts_with(HIDDEN)).then_some(self.0)
    }
}

impl SfCli {
    /// A session of the org that the CLI knows by an alias or username.
    pub(super) async fn session(
        &self,
        org: &str,
        hosts: &HostPolicy,
    ) -> Result<Session, AuthError> {
        check_org_name(org)?;
        let (display, shown) = tokio::join!(
            self.run(org, &["org", "display"]),
            self.run(org, &["org", "auth", "show-access-token"]),
        );
        // The address comes from `display` in every version, so its failure is the one to tell.
        let display = display?;
        let shown = shown.ok().and_then(|answer| answer.access_token?.token());
        let fail = |reason: &str| AuthError::SfCli {
            org: org.to_owned(),
            reason: reason.to_owned(),
        };
        let token = shown
            .or_else(|| display.access_token.and_then(SecretText::token))
            .ok_or_else(|| {
                fail(
                    "it hides the token and has no `sf org auth show-access-token`: update it with `sf update`, \
                     or set SF_ACCESS_TOKEN and give the org's address with --org",
                )
            })?;
        let address = display.instance_url.ok_or_else(|| {
            fail("it names no instance URL: log in again with `sf org login web`")
        })?;
        let instance_url = OrgUrl::parse(&address)?;
        hosts.check(instance_url.url())?;
        Ok(Session {
            instance_url,
            access_token: token,
            // The CLI tells the org's id, but not the user's.
            identity: None,
        })
    }

    async fn run(&self, org: &str, words: &[&str]) -> Result<Answer, AuthError> {
        let fail = |reason: String| AuthError::SfCli {
            org: org.to_owned(),
            reason,
        };
        let program = self.program.to_string_lossy();
        let mut child = Command::new(&self.program)
            .args(words)
            // One word, so that no value can be taken for an option.
            .arg(format!("--target-org={org}"))
            .arg("--json")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => fail(format!(
                    "`{program}` is not installed or not on the path: install the Salesforce CLI, run `permgap \
                     login`, or give the org's address with --org and credentials in the environment"
                )),
                _ => fail(format!("`{program}` could not be started: {error}")),
            })?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let work = async {
            let (out, err) = tokio::join!(read_all(out), read_all(err));
            let status = child.wait().await;
            (out, err, status)
        };
        let Ok((out, err, status)) = tokio::time::timeout(self.patience, work).await else {
            return Err(fail(format!(
                "`{program} {}` did not answer within {} s: run it by hand to see what it waits for",
                words.join(" "),
                self.patience.as_secs()
            )));
        };
        let envelope =
            json_part(&out).and_then(|json| serde_json::from_slice::<Envelope>(json).ok());
        match envelope {
            Some(Envelope {
                status: 0,
                result: Some(answer),
                ..
            }) => Ok(answer),
            Some(envelope) => {
                let message = envelope.message.unwrap_or_default();
                let name = envelope.name.unwrap_or_default();
                Err(fail(explain(&name, &redact(&message, &[]))))
            }
            None => {
                let words = words.join(" ");
                let err = bounded(&redact(&String::from_utf8_lossy(&err), &[]), 300);
                let status =
                    status.map_or_else(|_| "no status".to_owned(), |status| status.to_string());
                Err(fail(format!(
                    "`{program} {words}` gave no JSON answer ({status}): {err}"
                )))
            }
        }
    }
}

/// What to do about an error of the CLI.
fn explain(name: &str, message: &str) -> String {
    let message = bounded(message, 300);
    let next = match name {
        "NamedOrgNotFoundError" | "NamedOrgNotFound" | "NoAuthInfoFound" => {
            ": see `sf org list` for the names it knows, or log in with `sf org login web`"
        }
        "RefreshTokenAuthError" | "AuthDecryptError" | "expired access/refresh token" => {
            ": log in again with `sf org login web`"
        }
        _ => "",
    };
    format!("{message}{next}")
}

async fn read_all(pipe: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // An output cut off by an error is judged by what it says.
        let _ = pipe.take(LARGEST_OUTPUT).read_to_end(&mut bytes).await;
    }
    bytes
}

/// The JSON of an output that may begin with a warning, such as that of a newer version.
fn json_part(out: &[u8]) -> Option<&[u8]> {
    let start = out.iter().position(|byte| *byte == b'{')?;
    let end = out.iter().rposition(|byte| *byte == b'}')?;
    out.get(start..=end)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    /// A stand-in for `sf`: a shell script that answers by its third word.
    fn sf(script: &str) -> (tempfile::TempDir, SfCli) {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("sf");
        // Another process writes the file: one that this process holds open for writing, were it only in a
        // child forked by another test, could not be started.
        let written = std::process::Command::new("sh")
            .args([
                "-c",
                "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$2\" && chmod 755 \"$2\"",
                "sh",
            ])
            .arg(script)
            .arg(&program)
            .status()
            .unwrap();
        assert!(written.success());
        let cli = SfCli {
            program: program.into(),
            patience: Duration::from_secs(10),
        };
        (dir, cli)
    }

    async fn session(script: &str) -> Result<Session, AuthError> {
        let (_dir, cli) = sf(script);
        cli.session("prod", &HostPolicy::default()).await
    }

    const DISPLAY: &str = r#"{"status":0,"result":{"id":"00D000000000001EAA","accessToken":"TOKEN","instanceUrl":"https://acme.my.salesforce.com","username":"a@b.example"},"warnings":[]}"#;

    #[tokio::test]
    async fn a_hidden_token_is_taken_from_the_newer_command() {
        let display = DISPLAY.replace(
            "TOKEN",
            "[REDACTED] Use 'sf org auth show-access-token' to view",
        );
        let script = format!(
            "case \"$2\" in display) echo 'Warning: update available'; echo '{}' ;; \
             auth) echo '{{\"status\":0,\"result\":{{\"accessToken\":\"00Dplanted!x\"}}}}' ;; esac",
            display.replace('\'', "'\\''")
        );
        let session = session(&script).await.unwrap();
        assert_eq!(session.access_token.expose_secret(), "00Dplanted!x");
        assert_eq!(session.instance_url.host(), "acme.my.salesforce.com");
    }

    #[tokio::test]
    async fn an_older_cli_shows_the_token_itself() {
        let script = format!(
            "case \"$2\" in display) echo '{DISPLAY}' ;; \
             *) echo 'Warning: org auth is not a sf command' >&2; exit 127 ;; esac"
        );
        let session = session(&script).await.unwrap();
        assert_eq!(session.access_token.expose_secret(), "TOKEN");
    }

    #[tokio::test]
    async fn a_hidden_token_without_the_newer_command_says_what_to_do() {
        let script = format!(
            "case \"$2\" in display) echo '{}' ;; *) exit 1 ;; esac",
            DISPLAY.replace("TOKEN", "[REDACTED] x")
        );
        let error = session(&script).await.unwrap_err().to_string();
        assert!(error.contains("sf update"), "{error}");
    }

    #[tokio::test]
    async fn errors_of_the_cli_are_told_with_a_next_step() {
        let script = r#"echo '{"status":1,"name":"NamedOrgNotFoundError","message":"No authorization information found for prod."}'; exit 1"#;
        let error = session(script).await.unwrap_err().to_string();
        assert!(error.contains("sf org list"), "{error}");
    }

    #[tokio::test]
    async fn a_missing_or_hanging_cli_is_told() {
        let missing = SfCli {
            program: "/nonexistent/sf".into(),
            patience: Duration::from_secs(5),
        };
        let error = missing
            .session("prod", &HostPolicy::default())
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("install the Salesforce CLI"),
            "{error}"
        );
        let (_dir, mut hanging) = sf("exec sleep 30");
        hanging.patience = Duration::from_millis(300);
        let error = hanging
            .session("prod", &HostPolicy::default())
            .await
            .unwrap_err();
        assert!(error.to_string().contains("did not answer"), "{error}");
    }

    #[tokio::test]
    async fn a_session_elsewhere_is_refused() {
        let display = DISPLAY.replace("acme.my.salesforce.com", "evil.example");
        let script = format!("echo '{display}'");
        let error = session(&script).await.unwrap_err().to_string();
        assert!(
            error.contains("evil.example is not a Salesforce host"),
            "{error}"
        );
    }
}
