//! `permgap login` and `permgap logout`: a login in the browser, kept in the OS keyring or a file of the user's own.

use std::time::Duration;

use clap::Args;

use super::context::Context;
use super::exit_status::ExitStatus;
use super::live::{authenticator, block_on, env};
use crate::auth::{LoginRequest, OAuthClient, StoredLogin};
use crate::error::Error;
use crate::net::OrgUrl;

/// Where people of most orgs log in.
const PRODUCTION: &str = "https://login.salesforce.com";

/// Flags of `permgap login`.
#[derive(Debug, Args)]
pub(super) struct LoginArgs {
    /// Login host: https://login.salesforce.com, https://test.salesforce.com for a sandbox, or the org's own address
    #[arg(value_name = "URL", default_value = PRODUCTION)]
    url: String,
    /// Name to keep the login under, for --org
    #[arg(long, value_name = "NAME")]
    alias: Option<String>,
    /// A host outside Salesforce's domains that may see a token (repeatable)
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Port on this machine that the connected app redirects to
    #[arg(long, value_name = "PORT", default_value_t = 1717)]
    port: u16,
    /// Seconds to wait for the browser
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
}

/// Flags of `permgap logout`.
#[derive(Debug, Args)]
pub(super) struct LogoutArgs {
    /// Which login: alias, username or address; not needed where there is only one
    #[arg(value_name = "ALIAS|USERNAME|URL")]
    org: Option<String>,
    /// A host outside Salesforce's domains that may see a token (repeatable)
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
}

pub(super) fn login(args: &LoginArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let mut hosts = context.config.allow_host.clone();
    hosts.extend(args.allow_host.iter().cloned());
    let auth = authenticator(&hosts)?;
    let set = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    let url = OrgUrl::parse(&args.url).map_err(crate::auth::AuthError::from)?;
    let request = LoginRequest {
        client: set("SF_CLIENT_ID").map(|id| OAuthClient {
            id,
            secret: set("SF_CLIENT_SECRET").map(Into::into),
        }),
        alias: args.alias.clone(),
        port: args.port,
        patience: Duration::from_secs(args.timeout),
        ..LoginRequest::new(url)
    };
    let (login, in_keyring) = block_on(async {
        let pending = auth.begin_login(request).await?;
        // What has to be done is told even to those who want it quiet.
        let address = pending.url().to_string();
        let _told = writeln!(
            context.stderr,
            "permgap: open this address in a browser and log in as an administrator:\n{address}"
        );
        let _flushed = context.stderr.flush();
        Ok(pending.finish(&auth).await?)
    })?;
    let place = if in_keyring {
        "the OS keyring"
    } else {
        "a file that only you can read, for there is no OS keyring to use"
    };
    context.note(&format!(
        "logged in to {} as {}; the login is kept in {place}",
        login.instance_url, login.username
    ));
    Ok(ExitStatus::Success)
}

pub(super) fn logout(args: &LogoutArgs, context: &mut Context<'_>) -> Result<ExitStatus, Error> {
    let mut hosts = context.config.allow_host.clone();
    hosts.extend(args.allow_host.iter().cloned());
    let auth = authenticator(&hosts)?;
    let login = chosen(args.org.as_deref(), &auth)?;
    block_on(async { Ok(auth.log_out(&login).await?) })?;
    context.note(&format!(
        "logged out of {} as {}",
        login.instance_url, login.username
    ));
    Ok(ExitStatus::Success)
}

fn chosen(org: Option<&str>, auth: &crate::auth::Authenticator) -> Result<StoredLogin, Error> {
    let store = auth.store();
    let all = store.list()?;
    let names = || -> String {
        let names: Vec<&str> = all.iter().map(|login| login.username.as_str()).collect();
        match names.as_slice() {
            [] => "there are none".to_owned(),
            names => format!("there are {}", names.join(", ")),
        }
    };
    let Some(org) = org else {
        return match all.as_slice() {
            [one] => Ok(one.clone()),
            _ => Err(Error::Usage(format!(
                "say which login to end; of permgap's own {}",
                names()
            ))),
        };
    };
    let found = if OrgUrl::looks_like_address(org) {
        let url = OrgUrl::parse(org).map_err(crate::auth::AuthError::from)?;
        store.find_by_host(url.host())?
    } else {
        store.find_by_name(org)?
    };
    found.ok_or_else(|| Error::Usage(format!("permgap keeps no login `{org}`; {}", names())))
}
