//! Stored credentials: secrets in the system's keyring, or in a file that only its owner can read.
//!
//! `credentials.toml` lists the wikis that have a credential. An entry either holds the secret or refers to the
//! keyring, so that commands without a stored credential never ask the keyring.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use clap::ValueEnum;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::{
    complete::is_completing,
    config::{folder, read_toml, to_toml, write_private},
    failure::{Failure, Result},
};

/// Name of this program's entries in the keyring.
const SERVICE: &str = "wikijs";
/// Time after which a message tells the user that the keyring has not responded.
const NOTICE_AFTER: Duration = Duration::from_secs(2);
/// Timeout for the user to unlock the keyring.
const UNLOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// Credentials of a request.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    ApiKey(SecretString),
    Session(SecretString),
    Guest,
}

/// Place for new credentials.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    /// The system's keyring, or the file where there is none
    #[default]
    Auto,
    /// The system's keyring: Secret Service, Keychain or Credential Manager
    Keyring,
    /// The file credentials.toml, which only its owner can read
    File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    ApiKey,
    SessionToken,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct File {
    #[serde(default)]
    wikis: BTreeMap<String, Entry>,
}

/// The credential of one wiki.
#[derive(Default, Clone, Serialize, Deserialize)]
struct Entry {
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<String>,
    /// Kind of the secret in the keyring.
    #[serde(skip_serializing_if = "Option::is_none")]
    keyring: Option<Kind>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entry([redacted])")
    }
}

impl Kind {
    fn credential(self, secret: SecretString) -> Credential {
        match self {
            Self::ApiKey => Credential::ApiKey(secret),
            Self::SessionToken => Credential::Session(secret),
        }
    }
}

impl Credential {
    fn parts(&self) -> Option<(Kind, &SecretString)> {
        match self {
            Self::ApiKey(key) => Some((Kind::ApiKey, key)),
            Self::Session(token) => Some((Kind::SessionToken, token)),
            Self::Guest => None,
        }
    }
}

fn file() -> Result<PathBuf> {
    Ok(folder()?.join("credentials.toml"))
}

/// Stores the credential of a wiki. Returns a description of the storage for messages.
pub(crate) fn store(name: &str, credential: &Credential, store: Store) -> Result<String> {
    let path = file()?;
    let mut stored: File = read_toml(&path)?;
    let Some((kind, secret)) = credential.parts() else {
        return remove(name).map(|()| String::new());
    };
    let in_keyring = match store {
        Store::File => false,
        Store::Keyring => {
            let written = keyring_set(name, secret.clone());
            written.map_err(|error| {
                Failure::failed(format!("the keyring cannot store the secret: {error}"))
                    .hint("use --store file to store it in credentials.toml")
            })?;
            true
        }
        Store::Auto => keyring_set(name, secret.clone()).is_ok(),
    };
    let mut entry = Entry::default();
    match kind {
        _ if in_keyring => entry.keyring = Some(kind),
        Kind::ApiKey => entry.api_key = Some(secret.expose_secret().to_owned()),
        Kind::SessionToken => entry.session_token = Some(secret.expose_secret().to_owned()),
    }
    let before = stored.wikis.insert(name.to_owned(), entry);
    write_private(&path, &to_toml(&stored)?)?;
    if in_keyring {
        return Ok("the system's keyring".to_owned());
    }
    if before.is_some_and(|entry| entry.keyring.is_some()) {
        // An outdated secret that cannot be deleted is harmless, since the file no longer refers to it.
        let _ = keyring_delete(name);
    }
    Ok(path.display().to_string())
}

/// Replaces the credential of a wiki where it is stored, such as a renewed session token.
pub(crate) fn renew(name: &str, credential: &Credential) -> Result {
    let stored: File = read_toml(&file()?)?;
    let entry = stored.wikis.get(name);
    let place = match entry {
        Some(entry) if entry.keyring.is_some() => Store::Auto,
        _ => Store::File,
    };
    store(name, credential, place).map(|_| ())
}

/// Removes the credential of a wiki.
pub(crate) fn remove(name: &str) -> Result {
    let path = file()?;
    let mut stored: File = read_toml(&path)?;
    let Some(entry) = stored.wikis.remove(name) else {
        return Ok(());
    };
    if entry.keyring.is_some() {
        keyring_delete(name).map_err(|error| {
            Failure::failed(format!(
                "the keyring cannot delete the secret of `{name}`: {error}"
            ))
        })?;
    }
    write_private(&path, &to_toml(&stored)?)
}

/// Returns the credential of a wiki and a description of its storage.
pub(crate) fn load(name: &str) -> Result<Option<(Credential, &'static str)>> {
    let path = file()?;
    refuse_readable(&path)?;
    let mut stored: File = read_toml(&path)?;
    let Some(entry) = stored.wikis.remove(name) else {
        return Ok(None);
    };
    if let Some(kind) = entry.keyring {
        let secret = keyring_get(name).map_err(|error| {
            Failure::refused(format!(
                "the keyring does not return the secret of `{name}`: {error}"
            ))
            .hint("unlock the keyring, or run `wikijs login` again with --store file")
        })?;
        return Ok(Some((kind.credential(secret), "keyring")));
    }
    let credential = match (entry.api_key, entry.session_token) {
        (Some(key), _) => Credential::ApiKey(key.into()),
        (None, Some(token)) => Credential::Session(token.into()),
        (None, None) => return Ok(None),
    };
    Ok(Some((credential, "credentials.toml")))
}

fn keyring_set(name: &str, secret: SecretString) -> Result<(), String> {
    with_keyring(name, move |entry| {
        entry.set_password(secret.expose_secret())
    })
}

fn keyring_get(name: &str) -> Result<SecretString, String> {
    with_keyring(name, |entry| entry.get_password().map(SecretString::from))
}

fn keyring_delete(name: &str) -> Result<(), String> {
    with_keyring(name, |entry| match entry.delete_credential() {
        Err(keyring::Error::NoEntry) => Ok(()),
        result => result,
    })
}

/// Runs an operation on the keyring in a separate thread, since it may wait for the user without a timeout.
fn with_keyring<T: Send + 'static>(
    name: &str,
    work: impl FnOnce(&keyring::Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<T, String> {
    // The folder distinguishes wikis of the same name in several configurations.
    let account = match folder() {
        Ok(folder) => format!("{name} in {}", folder.display()),
        Err(_) => name.to_owned(),
    };
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let result = keyring::Entry::new(SERVICE, &account).and_then(|entry| work(&entry));
        // Fails if the receiver was dropped after a timeout.
        let _ = sender.send(result.map_err(|error| error.to_string()));
    });
    if let Ok(result) = receiver.recv_timeout(NOTICE_AFTER) {
        return result;
    }
    if is_completing() {
        return Err("it does not respond in time".to_owned());
    }
    // Ignores a closed standard error, since there is no other channel for the message.
    let _ = writeln!(
        io::stderr(),
        "waiting for the system's keyring, which may ask for its password"
    );
    receiver
        .recv_timeout(UNLOCK_TIMEOUT)
        .unwrap_or_else(|_| Err("it does not respond".to_owned()))
}

/// Returns an error if other users can read the credentials file.
#[cfg(unix)]
fn refuse_readable(path: &Path) -> Result {
    use std::os::unix::fs::PermissionsExt as _;
    match fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
            let path = path.display();
            Err(Failure::refused(format!(
                "{path}: other users can read the keys in this file"
            ))
            .hint(format!("chmod 600 {path}")))
        }
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn refuse_readable(_path: &Path) -> Result {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_in_debug_output() {
        let entry = Entry {
            api_key: Some("secret-key".to_owned()),
            ..Entry::default()
        };
        let credential = Credential::ApiKey("secret-key".into());
        let text = format!("{entry:?} {credential:?}");
        assert!(!text.contains("secret-key"), "{text}");
    }
}
