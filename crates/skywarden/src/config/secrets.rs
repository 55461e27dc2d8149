//! Opens the references of a configuration: environment, files, and the vault, which is only
//! opened when something sealed is asked for.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;
use vault::{MasterKey, Vault, VaultError};
use zeroize::Zeroizing;

use super::beside;
use super::checked::Config;
use super::reference::{Credentials, SecretRef};
use crate::surroundings::Surroundings;

const KEY_VARIABLE: &str = "SKYWARDEN_KEY";
const KEY_FILE_VARIABLE: &str = "SKYWARDEN_KEY_FILE";
const KEY_FILE_NAME: &str = "skywarden.key";

/// Why the secret behind a reference could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is unset or empty.
    #[error("{wanted_by} wants the environment variable {variable}, which is not set")]
    Unset {
        /// The key of the configuration that wants it.
        wanted_by: String,
        /// The variable.
        variable: String,
    },
    /// The file cannot be read, or has nothing in it.
    #[error("{wanted_by} wants the file {}, which cannot be used", path.display())]
    File {
        /// The key of the configuration that wants it.
        wanted_by: String,
        /// The file.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: std::io::Error,
    },
    /// Something sealed is wanted, and there is no key.
    #[error("{wanted_by} wants a sealed secret, and there is no key to open it with")]
    NoKey {
        /// The key of the configuration that wants it.
        wanted_by: String,
        /// Where a key file is looked for.
        key_file: Option<PathBuf>,
    },
    /// The vault, or the record in it, does not open.
    #[error("{wanted_by} wants a sealed secret, which does not open")]
    Sealed {
        /// The key of the configuration that wants it.
        wanted_by: String,
        /// What the vault says.
        #[source]
        source: VaultError,
    },
}

impl SecretError {
    /// Returns what the reader can do about it, as one sentence, when there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unset { variable, .. } => Some(format!(
                "set {variable} for this process, or seal the secret and refer to it by {{ sealed = \"…\" }}."
            )),
            Self::File { .. } => None,
            Self::NoKey {
                key_file: Some(path),
                ..
            } => Some(format!(
                "set {KEY_VARIABLE}, or put the key file at {} (mode 0600).",
                path.display()
            )),
            Self::NoKey { key_file: None, .. } => Some(format!(
                "set {KEY_VARIABLE}, or name the key file in {KEY_FILE_VARIABLE}."
            )),
            Self::Sealed { source, .. } => source.hint(),
        }
    }
}

/// Returns where the sealed file of the configuration at `config` is: beside it.
#[must_use]
pub fn sealed_path(config: &Path) -> PathBuf {
    config.with_extension("sealed")
}

/// Returns where the key file is looked for: `SKYWARDEN_KEY_FILE`, what the configuration names,
/// then the data folder, which is not copied along with the configuration.
#[must_use]
pub fn key_file_path(named: Option<&Path>, surroundings: &Surroundings) -> Option<PathBuf> {
    surroundings
        .variable(KEY_FILE_VARIABLE)
        .map(|it| surroundings.absolute(Path::new(it)))
        .or_else(|| named.map(Path::to_owned))
        .or_else(|| surroundings.data_folder().map(|it| it.join(KEY_FILE_NAME)))
}

/// Opens references. The vault is opened once, when the first sealed secret is asked for.
pub struct Secrets<'a> {
    surroundings: &'a Surroundings,
    config: PathBuf,
    sealed: PathBuf,
    key_file: Option<PathBuf>,
    vault: Mutex<Option<Vault>>,
}

impl<'a> Secrets<'a> {
    /// Returns the opener of the references in `config`.
    #[must_use]
    pub fn new(config: &Config, surroundings: &'a Surroundings) -> Self {
        Self {
            surroundings,
            config: config.path.clone(),
            sealed: sealed_path(&config.path),
            key_file: key_file_path(config.key_file.as_deref(), surroundings),
            vault: Mutex::new(None),
        }
    }

    /// Returns the secret behind `reference`; `wanted_by` names the key of the configuration, for
    /// the error.
    ///
    /// # Errors
    ///
    /// [`SecretError`], which names the key and the place, never a value.
    pub fn open(
        &self,
        wanted_by: &str,
        reference: &SecretRef,
    ) -> Result<SecretString, SecretError> {
        match reference {
            SecretRef::Plain(text) => Ok(text.clone()),
            SecretRef::Sealed(name) => self.sealed(wanted_by, name),
            SecretRef::Env(variable) => self
                .surroundings
                .variable(variable)
                .map(|it| SecretString::from(it.trim()))
                .ok_or_else(|| SecretError::Unset {
                    wanted_by: wanted_by.to_owned(),
                    variable: variable.clone(),
                }),
            SecretRef::File(path) => self.file(wanted_by, path),
        }
    }

    /// Returns the id and the secret of the access key that `credentials = { sealed = "NAME" }`
    /// stands for.
    ///
    /// # Errors
    ///
    /// The same as [`Secrets::open`].
    pub fn access_key(
        &self,
        wanted_by: &str,
        name: &str,
    ) -> Result<(SecretString, SecretString), SecretError> {
        let [id, secret] = Credentials::sealed_records(name);
        Ok((
            self.sealed(wanted_by, &id)?,
            self.sealed(wanted_by, &secret)?,
        ))
    }

    /// Calls `with` with the opened vault, for sealing and for authentication codes.
    ///
    /// # Errors
    ///
    /// [`SecretError`] when there is no key, when it is the wrong one, or what `with` returns.
    pub fn with_vault<T>(
        &self,
        wanted_by: &str,
        with: impl FnOnce(&mut Vault) -> Result<T, VaultError>,
    ) -> Result<T, SecretError> {
        let failed = |source| SecretError::Sealed {
            wanted_by: wanted_by.to_owned(),
            source,
        };
        let mut slot = self.vault.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            let key = self
                .key()
                .map_err(failed)?
                .ok_or_else(|| SecretError::NoKey {
                    wanted_by: wanted_by.to_owned(),
                    key_file: self.key_file.clone(),
                })?;
            *slot = Some(Vault::open(&self.sealed, key).map_err(failed)?);
        }
        match slot.as_mut() {
            Some(vault) => with(vault).map_err(failed),
            None => Err(SecretError::NoKey {
                wanted_by: wanted_by.to_owned(),
                key_file: self.key_file.clone(),
            }),
        }
    }

    /// Returns the master key, or `None` when there is none.
    ///
    /// # Errors
    ///
    /// When there is one that cannot be used, such as a key file that others may read.
    pub fn key(&self) -> Result<Option<MasterKey>, VaultError> {
        if let Some(text) = self.surroundings.variable(KEY_VARIABLE) {
            return MasterKey::from_base64(&SecretString::from(text)).map(Some);
        }
        match &self.key_file {
            Some(path) if path.exists() => MasterKey::from_file(path).map(Some),
            _ => Ok(None),
        }
    }

    fn sealed(&self, wanted_by: &str, name: &str) -> Result<SecretString, SecretError> {
        self.with_vault(wanted_by, |vault| vault.get(name))
    }

    fn file(&self, wanted_by: &str, path: &Path) -> Result<SecretString, SecretError> {
        let path = beside(&self.config, path, self.surroundings);
        let failed = |source| SecretError::File {
            wanted_by: wanted_by.to_owned(),
            path: path.clone(),
            source,
        };
        let text = Zeroizing::new(fs::read_to_string(&path).map_err(failed)?);
        match text.lines().next().map(str::trim) {
            Some(line) if !line.is_empty() => Ok(SecretString::from(line)),
            _ => Err(failed(std::io::Error::new(
                std::io::ErrorKind::UnexpectedEof,
                "its first line is empty",
            ))),
        }
    }
}

#[cfg(test)]
mod tests;
