//! The operating system's keyring: Keychain, Credential Manager, or the Secret Service of a Linux desktop.
//!
//! A keyring may be missing (a server, a container) or may wait for somebody to unlock it, so each use has
//! a time limit and every failure only says that there is none.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

/// The name under which the keyring shows permgap's entries.
const SERVICE: &str = "permgap";

/// How long the keyring may take, unlocking by a person included.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps secrets by name. Implemented by the OS keyring; tests use one of their own.
pub(super) trait SecretKeeper: Send + Sync + std::fmt::Debug {
    /// Keeps a secret; false where there is no keyring.
    fn set(&self, name: &str, secret: &SecretString) -> bool;
    /// The secret kept under a name.
    fn get(&self, name: &str) -> Option<SecretString>;
    /// Forgets a secret; true if nothing is kept afterwards.
    fn delete(&self, name: &str) -> bool;
}

/// The keyring of this machine.
#[derive(Debug)]
pub(super) struct OsKeyring;

impl SecretKeeper for OsKeyring {
    fn set(&self, name: &str, secret: &SecretString) -> bool {
        let secret = secret.clone();
        with_entry(name, move |entry| {
            entry.set_password(secret.expose_secret()).is_ok()
        })
        .unwrap_or(false)
    }

    fn get(&self, name: &str) -> Option<SecretString> {
        with_entry(name, |entry| {
            entry.get_password().ok().map(SecretString::from)
        })
        .flatten()
    }

    fn delete(&self, name: &str) -> bool {
        with_entry(name, |entry| {
            matches!(
                entry.delete_credential(),
                Ok(()) | Err(keyring::v1::Error::NoEntry)
            )
        })
        .unwrap_or(false)
    }
}

/// Uses an entry of the keyring on a thread of its own; none where there is no keyring or it takes too long.
fn with_entry<T: Send + 'static>(
    name: &str,
    work: impl FnOnce(&keyring::v1::Entry) -> T + Send + 'static,
) -> Option<T> {
    let name = name.to_owned();
    let (send, receive) = mpsc::channel();
    thread::Builder::new()
        .name("keyring".into())
        .spawn(move || {
            if let Ok(entry) = keyring::v1::Entry::new(SERVICE, &name) {
                // The receiver may have given up; then nobody needs the answer.
                let _ = send.send(work(&entry));
            }
        })
        .ok()?;
    receive.recv_timeout(PATIENCE).ok()
}
