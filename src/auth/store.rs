//! Logins that permgap keeps between runs.
//!
//! One small JSON file a login says which org and user it is for. The refresh token is in the OS keyring;
//! where there is none, it is in the same file, which only its owner may read (mode 0600).

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::AuthError;
use super::keyring::{OsKeyring, SecretKeeper};
use crate::net::OrgUrl;

/// Largest login file read, in bytes.
const LARGEST_FILE: u64 = 64 * 1024;

/// A kept login, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLogin {
    /// The name that the user gave it, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The username logged in.
    pub username: String,
    /// Where the org answers.
    pub instance_url: String,
    /// The connected app that the refresh token belongs to.
    pub client_id: String,
    /// The org's id.
    pub org_id: String,
}

impl StoredLogin {
    /// The name of its keyring entry: two orgs may share a username's spelling, so both are in it.
    fn key(&self) -> String {
        format!("{}:{}", self.org_id, self.username.to_ascii_lowercase())
    }
}

/// A login file as it is on disk.
#[derive(Serialize, Deserialize)]
struct LoginFile {
    #[serde(flatten)]
    login: StoredLogin,
    /// The refresh token, where there is no keyring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// Where logins are kept.
#[derive(Debug)]
pub struct LoginStore {
    dir: PathBuf,
    keyring: Option<Box<dyn SecretKeeper>>,
}

impl LoginStore {
    /// The store of this user: the user's configuration folder and the OS keyring.
    ///
    /// The folder is `$XDG_CONFIG_HOME/permgap` or `~/.config/permgap`, on Windows `%APPDATA%\permgap`.
    /// `PERMGAP_NO_KEYRING` set to anything leaves the keyring alone.
    pub fn of_user(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, AuthError> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let base = if cfg!(windows) {
            set("APPDATA").map(PathBuf::from)
        } else {
            set("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .or_else(|| set("HOME").map(|home| Path::new(&home).join(".config")))
        };
        let base = base.ok_or_else(|| AuthError::Store {
            place: "the configuration folder".into(),
            reason: "neither XDG_CONFIG_HOME nor HOME (APPDATA on Windows) is set".into(),
        })?;
        let keyring: Option<Box<dyn SecretKeeper>> = match set("PERMGAP_NO_KEYRING") {
            Some(_) => None,
            None => Some(Box::new(OsKeyring)),
        };
        Ok(Self {
            dir: base.join("permgap").join("logins"),
            keyring,
        })
    }

    /// A store in a folder of the caller's choice, without a keyring.
    pub fn in_dir(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            keyring: None,
        }
    }

    #[cfg(test)]
    fn with_keyring(dir: &Path, keyring: Box<dyn SecretKeeper>) -> Self {
        Self {
            dir: dir.to_owned(),
            keyring: Some(keyring),
        }
    }

    /// All kept logins, sorted by username and org.
    pub fn list(&self) -> Result<Vec<StoredLogin>, AuthError> {
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(broken(&self.dir, error.to_string())),
        };
        let mut logins = Vec::new();
        for entry in entries {
            let path = entry
                .map_err(|error| broken(&self.dir, error.to_string()))?
                .path();
            if path.extension().is_some_and(|ext| ext == "json") {
                logins.push(read(&path)?.login);
            }
        }
        logins.sort_by(|a, b| (&a.username, &a.org_id).cmp(&(&b.username, &b.org_id)));
        Ok(logins)
    }

    /// The login of an alias or username; an alias wins.
    pub fn find_by_name(&self, name: &str) -> Result<Option<StoredLogin>, AuthError> {
        let logins = self.list()?;
        let by_alias = logins
            .iter()
            .find(|login| login.alias.as_deref() == Some(name));
        let by_username = || {
            logins
                .iter()
                .find(|login| login.username.eq_ignore_ascii_case(name))
        };
        Ok(by_alias.or_else(by_username).cloned())
    }

    /// The login of the org that answers at a host.
    pub fn find_by_host(&self, host: &str) -> Result<Option<StoredLogin>, AuthError> {
        Ok(self.list()?.into_iter().find(|login| {
            OrgUrl::parse(&login.instance_url)
                .is_ok_and(|url| url.host().eq_ignore_ascii_case(host))
        }))
    }

    /// The refresh token of a kept login.
    pub fn refresh_token(&self, login: &StoredLogin) -> Result<SecretString, AuthError> {
        let path = self.path(login);
        if let Some(token) = read(&path)?.refresh_token {
            return Ok(SecretString::from(token));
        }
        self.keyring
            .as_ref()
            .and_then(|keyring| keyring.get(&login.key()))
            .ok_or_else(|| AuthError::Store {
                place: "the OS keyring".into(),
                reason: format!(
                    "it holds no token for {} or was not unlocked: run `permgap login` again",
                    login.username
                ),
            })
    }

    /// Keeps a login and its refresh token. Returns true where the keyring keeps the token, false where the
    /// file does.
    pub fn keep(&self, login: &StoredLogin, token: &SecretString) -> Result<bool, AuthError> {
        let in_keyring = self
            .keyring
            .as_ref()
            .is_some_and(|keyring| keyring.set(&login.key(), token));
        let file = LoginFile {
            login: login.clone(),
            refresh_token: (!in_keyring).then(|| token.expose_secret().to_owned()),
        };
        let path = self.path(login);
        let text =
            serde_json::to_vec_pretty(&file).map_err(|error| broken(&path, error.to_string()))?;
        write_private(&self.dir, &path, &text).map_err(|error| broken(&path, error.to_string()))?;
        // An alias names one login: an older holder loses it.
        if let Some(alias) = &login.alias {
            for mut other in self.list()? {
                if other.alias.as_ref() == Some(alias) && other.key() != login.key() {
                    let token = self.refresh_token(&other)?;
                    other.alias = None;
                    self.keep(&other, &token)?;
                }
            }
        }
        Ok(in_keyring)
    }

    /// Forgets a login: its file, and its token in the keyring.
    pub fn forget(&self, login: &StoredLogin) -> Result<(), AuthError> {
        let path = self.path(login);
        let token_in_file = read(&path)?.refresh_token.is_some();
        if let Some(keyring) = self.keyring.as_ref().filter(|_| !token_in_file)
            && !keyring.delete(&login.key())
        {
            return Err(AuthError::Store {
                place: "the OS keyring".into(),
                reason: "the token could not be deleted: unlock the keyring and run `permgap logout` again"
                    .into(),
            });
        }
        fs::remove_file(&path).map_err(|error| broken(&path, error.to_string()))
    }

    fn path(&self, login: &StoredLogin) -> PathBuf {
        let digest = Sha256::digest(login.key().as_bytes());
        let name: String = digest
            .iter()
            .take(12)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.dir.join(format!("{name}.json"))
    }
}

fn broken(path: &Path, reason: String) -> AuthError {
    AuthError::Store {
        place: path.display().to_string(),
        reason,
    }
}

fn read(path: &Path) -> Result<LoginFile, AuthError> {
    let fail = |reason: String| broken(path, reason);
    let file = fs::File::open(path).map_err(|error| fail(error.to_string()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file
            .metadata()
            .map_err(|error| fail(error.to_string()))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            return Err(fail(format!(
                "others may read it (mode {:o}): run `chmod 600` on it, and log in again if it was shared",
                mode & 0o777
            )));
        }
    }
    let mut text = Vec::new();
    file.take(LARGEST_FILE)
        .read_to_end(&mut text)
        .map_err(|error| fail(error.to_string()))?;
    // The parser's message may quote the file, which may hold a token: only the line is told.
    serde_json::from_slice(&text).map_err(|error| {
        fail(format!(
            "it is no login file (line {}): delete it and run `permgap login` again",
            error.line()
        ))
    })
}

/// Writes a file that only its owner may read, whole or not at all.
fn write_private(dir: &Path, path: &Path, text: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
        options.mode(0o600);
    }
    // One left by a run that was killed.
    if temporary.exists() {
        fs::remove_file(&temporary)?;
    }
    let written = options
        .open(&temporary)
        .and_then(|mut file| file.write_all(text).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The reason for the failure matters more than a leftover.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    #[derive(Debug, Default, Clone)]
    struct Memory(Arc<Mutex<BTreeMap<String, String>>>);

    impl SecretKeeper for Memory {
        fn set(&self, name: &str, secret: &SecretString) -> bool {
            let secret = secret.expose_secret().to_owned();
            self.0.lock().unwrap().insert(name.to_owned(), secret);
            true
        }
        fn get(&self, name: &str) -> Option<SecretString> {
            self.0
                .lock()
                .unwrap()
                .get(name)
                .cloned()
                .map(SecretString::from)
        }
        fn delete(&self, name: &str) -> bool {
            self.0.lock().unwrap().remove(name);
            true
        }
    }

    fn login(alias: Option<&str>, username: &str) -> StoredLogin {
        StoredLogin {
            alias: alias.map(str::to_owned),
            username: username.into(),
            instance_url: "https://acme.my.salesforce.com".into(),
            client_id: "PlatformCLI".into(),
            org_id: "00D000000000001EAA".into(),
        }
    }

    #[test]
    fn without_a_keyring_the_file_is_the_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let store = LoginStore::in_dir(&dir.path().join("logins"));
        let kept = login(Some("prod"), "admin@acme.example");
        assert!(!store.keep(&kept, &SecretString::from("tok")).unwrap());
        let path = store.path(&kept);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            let error = store.find_by_name("prod").unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let found = store.find_by_name("ADMIN@acme.example").unwrap().unwrap();
        assert_eq!(store.refresh_token(&found).unwrap().expose_secret(), "tok");
        assert!(
            store
                .find_by_host("acme.my.salesforce.com")
                .unwrap()
                .is_some()
        );
        store.forget(&found).unwrap();
        assert!(store.find_by_name("prod").unwrap().is_none());
        assert!(!path.exists());
    }

    #[test]
    fn with_a_keyring_no_token_is_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory::default();
        let store = LoginStore::with_keyring(dir.path(), Box::new(memory.clone()));
        let kept = login(None, "admin@acme.example");
        assert!(store.keep(&kept, &SecretString::from("planted")).unwrap());
        let text = fs::read_to_string(store.path(&kept)).unwrap();
        assert!(!text.contains("planted"));
        assert_eq!(
            store.refresh_token(&kept).unwrap().expose_secret(),
            "planted"
        );
        store.forget(&kept).unwrap();
        assert!(memory.0.lock().unwrap().is_empty());
    }

    #[test]
    fn an_alias_moves_to_the_login_that_took_it_last() {
        let dir = tempfile::tempdir().unwrap();
        let store = LoginStore::in_dir(dir.path());
        store
            .keep(
                &login(Some("prod"), "a@x.example"),
                &SecretString::from("one"),
            )
            .unwrap();
        store
            .keep(
                &login(Some("prod"), "b@x.example"),
                &SecretString::from("two"),
            )
            .unwrap();
        let found = store.find_by_name("prod").unwrap().unwrap();
        assert_eq!(found.username, "b@x.example");
        let other = store.find_by_name("a@x.example").unwrap().unwrap();
        assert_eq!(other.alias, None);
        assert_eq!(store.refresh_token(&other).unwrap().expose_secret(), "one");
    }

    #[test]
    fn a_broken_file_is_named_and_not_quoted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.json");
        write_private(dir.path(), &path, b"{\"refresh_token\": \"planted\" oops").unwrap();
        let error = LoginStore::in_dir(dir.path())
            .list()
            .unwrap_err()
            .to_string();
        assert!(error.contains("x.json"), "{error}");
        assert!(!error.contains("planted"), "{error}");
    }
}
