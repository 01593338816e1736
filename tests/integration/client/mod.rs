//! Sessions and the API client against small servers that answer as a test says.

mod batches;
mod logins;
mod requests;
mod secrets;
mod server;
mod sessions;
mod simulated_org;
mod tls;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use permgap::auth::{
    Authenticator, Credentials, LoginStore, OAuthClient, RefreshGrant, SessionSource, SfCli,
};
use permgap::net::{HostPolicy, NetSettings, OrgUrl};
use permgap::salesforce::{Client, ClientSettings, ConnectError};
use secrecy::SecretString;

use server::Server;

/// What a session of these tests is: recognisable, and shaped like Salesforce's.
const TOKEN: &str = "00D000000000001!PLANTEDaccesstoken.first";

/// The token after a renewal.
const SECOND_TOKEN: &str = "00D000000000001!PLANTEDaccesstoken.second";

const REFRESH_TOKEN: &str = "5Aep861PLANTEDrefreshtoken0000000000000000000";

const VERSIONS: &str = r#"[{"version":"58.0"},{"version":"66.0"},{"version":"99.0"}]"#;

/// Settings that do not make a test wait.
pub(crate) fn quick() -> ClientSettings {
    ClientSettings {
        request_timeout: Duration::from_secs(5),
        run_timeout: Some(Duration::from_secs(20)),
        first_pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(10),
        ..ClientSettings::default()
    }
}

fn authenticator(dir: &Path) -> Authenticator {
    Authenticator::new(
        &NetSettings::default(),
        HostPolicy::default(),
        SfCli::default(),
        Arc::new(LoginStore::in_dir(dir)),
    )
    .unwrap()
}

fn access_token(server: &Server) -> SessionSource {
    SessionSource {
        credentials: Credentials::AccessToken {
            instance_url: OrgUrl::parse(&server.url).unwrap(),
            token: SecretString::from(TOKEN),
        },
        expected: None,
    }
}

fn refresh_token(server: &Server) -> SessionSource {
    SessionSource {
        credentials: Credentials::Refresh(RefreshGrant {
            login_url: OrgUrl::parse(&server.url).unwrap(),
            client: OAuthClient {
                id: "PlatformCLI".into(),
                secret: None,
            },
            token: SecretString::from(REFRESH_TOKEN).into(),
            kept: None,
        }),
        expected: None,
    }
}

pub(crate) async fn connect(
    source: SessionSource,
    settings: ClientSettings,
) -> Result<Client, ConnectError> {
    let dir = tempfile::tempdir().unwrap();
    Client::connect(authenticator(dir.path()), source, settings).await
}

/// A token answer of the server's own.
fn token_answer(url: &str, token: &str) -> String {
    serde_json::json!({
        "id": "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA",
        "access_token": token, "instance_url": url, "issued_at": "1700000000000",
        "signature": "c2ln", "token_type": "Bearer", "scope": "api refresh_token"
    })
    .to_string()
}
