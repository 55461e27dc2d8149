//! Writes what was imported: the key, the sealed secrets, then the configuration.
//!
//! The configuration comes last, so that a crash never leaves one that refers to nothing, and a
//! second run after a crash goes on with the key and the secrets that are there already.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use vault::{Fingerprint, MasterKey, Vault, VaultError};

use super::Imported;

/// Where the files go.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The new `skywarden.toml`; it must not exist yet.
    pub config: PathBuf,
    /// The sealed file beside it; secrets are added to one that exists.
    pub sealed: PathBuf,
    /// The key file (mode 0600); made when it does not exist, and not touched when a key is given.
    pub key_file: PathBuf,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The fingerprint of the key that the secrets are sealed with.
    pub fingerprint: Fingerprint,
    /// Whether a key was made, which the user must keep from now on.
    pub key_made: bool,
    /// How many secrets were sealed.
    pub sealed_count: usize,
}

/// Why the import could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// There is a configuration already.
    #[error("{} already exists and is not overwritten", path.display())]
    Exists {
        /// The configuration that is in the way.
        path: PathBuf,
    },
    /// A secret of that name is sealed already, with another value.
    #[error("{} already has another secret called {name:?}", path.display())]
    SecretTaken {
        /// The name.
        name: String,
        /// The sealed file.
        path: PathBuf,
    },
    /// A folder or file could not be made or removed.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was being done, as a verb.
        action: &'static str,
        /// The folder or file.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
    /// The key or the sealed file cannot be used or written.
    #[error("cannot seal the secrets")]
    Vault(#[from] VaultError),
}

impl ApplyError {
    /// Returns what the reader can do about it, as one sentence, when there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Exists { path } => Some(format!(
                "move {} away first, or name another place with --to.",
                path.display()
            )),
            Self::SecretTaken { name, .. } => Some(format!(
                "remove it with `skywarden seal remove {name}`, or import into another folder."
            )),
            Self::Io { .. } => None,
            Self::Vault(error) => error.hint(),
        }
    }
}

/// Writes `imported` to `destination`. With `key` the secrets are sealed with it; without, with the
/// key file, which is made when it is not there.
///
/// # Errors
///
/// [`ApplyError`]; nothing that existed has been changed then, apart from secrets that may have
/// been added to the sealed file.
pub fn apply(
    imported: &Imported,
    destination: &Destination,
    key: Option<MasterKey>,
) -> Result<Applied, ApplyError> {
    let path = &destination.config;
    if fs::symlink_metadata(path).is_ok() {
        return Err(ApplyError::Exists { path: path.clone() });
    }
    for file in [path, &destination.sealed] {
        make_folder_of(file)?;
    }
    let (key, key_made) = match key {
        Some(key) => (key, false),
        None => key_of(&destination.key_file)?,
    };
    let fingerprint = key.fingerprint();
    let mut vault = Vault::open(&destination.sealed, key)?;
    let missing = secrets_to_seal(imported, &vault)?;
    if !missing.is_empty() {
        vault.put_all(missing.iter().copied())?;
    }
    vault::write_new(path, imported.toml.as_bytes()).map_err(|error| match error {
        VaultError::Exists { path } => ApplyError::Exists { path },
        other => ApplyError::Vault(other),
    })?;
    Ok(Applied {
        fingerprint,
        key_made,
        sealed_count: imported.secrets.len(),
    })
}

/// Removes the old file, once its owner has said so.
///
/// # Errors
///
/// [`ApplyError::Io`] when it cannot be removed.
pub fn remove_source(path: &Path) -> Result<(), ApplyError> {
    fs::remove_file(path).map_err(|source| ApplyError::Io {
        action: "remove",
        path: path.into(),
        source,
    })
}

fn key_of(path: &Path) -> Result<(MasterKey, bool), ApplyError> {
    match MasterKey::from_file(path) {
        Ok(key) => Ok((key, false)),
        Err(VaultError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            make_folder_of(path)?;
            let key = MasterKey::generate();
            key.write_key_file(path)?;
            Ok((key, true))
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns the secrets that are not sealed yet; an earlier try may have sealed some.
fn secrets_to_seal<'a>(
    imported: &'a Imported,
    vault: &Vault,
) -> Result<Vec<(&'a str, &'a SecretString)>, ApplyError> {
    let mut missing = Vec::new();
    for (name, value) in &imported.secrets {
        match vault.get(name) {
            Ok(known) if known.expose_secret() == value.expose_secret() => {}
            Ok(_) => {
                let path = vault.path().to_owned();
                return Err(ApplyError::SecretTaken {
                    name: name.clone(),
                    path,
                });
            }
            Err(VaultError::NotFound { .. }) => missing.push((name.as_str(), value)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(missing)
}

fn make_folder_of(path: &Path) -> Result<(), ApplyError> {
    let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) else {
        return Ok(());
    };
    fs::create_dir_all(folder).map_err(|source| ApplyError::Io {
        action: "make the folder",
        path: folder.into(),
        source,
    })
}
