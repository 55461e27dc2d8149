//! The vault: names and the secrets sealed under them.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use crate::envelope::Envelope;
use crate::error::VaultError;
use crate::key::{Fingerprint, MasterKey};
use crate::sealed_file::{SealedFile, WriteLock};

/// The longest name of a secret, in bytes.
const NAME_LIMIT: usize = 128;

/// A sealed file, opened with its key.
pub struct Vault {
    path: PathBuf,
    key: MasterKey,
    file: SealedFile,
}

impl Vault {
    /// Opens the sealed file at `path`; when there is none, the vault is empty and the first
    /// [`Vault::put`] makes the file.
    ///
    /// # Errors
    ///
    /// [`VaultError::WrongKey`] when the file belongs to another key, [`VaultError::Malformed`] or
    /// [`VaultError::NewerFormat`] when it cannot be understood.
    pub fn open(path: &Path, key: MasterKey) -> Result<Self, VaultError> {
        let file = read_with(path, &key)?;
        Ok(Self {
            path: path.into(),
            key,
            file,
        })
    }

    /// Returns the fingerprint of the key that the file at `path` belongs to, or `None` when there
    /// is no file: what a person without the key can be told.
    ///
    /// # Errors
    ///
    /// The same as [`Vault::open`], except that no key is needed.
    pub fn fingerprint_of(path: &Path) -> Result<Option<Fingerprint>, VaultError> {
        Ok(SealedFile::read(path)?.map(|it| it.fingerprint()))
    }

    /// Returns the secret called `name`.
    ///
    /// # Errors
    ///
    /// [`VaultError::NotFound`], or [`VaultError::Tampered`] when the record was changed or was
    /// sealed under another name.
    pub fn get(&self, name: &str) -> Result<SecretString, VaultError> {
        let envelope = self
            .file
            .records
            .get(name)
            .ok_or_else(|| self.not_found(name))?;
        let bytes = envelope
            .open(&self.key, name)
            .map_err(|_| self.tampered(name))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| self.tampered(name))?;
        Ok(SecretString::from(text))
    }

    /// Seals `value` as `name`, in place of what was there, and writes the file.
    ///
    /// # Errors
    ///
    /// [`VaultError::BadName`], [`VaultError::EmptyValue`], or why the file could not be written;
    /// then nothing has changed.
    pub fn put(&mut self, name: &str, value: &SecretString) -> Result<(), VaultError> {
        self.put_all([(name, value)])
    }

    /// Seals several secrets with one write: all of them or none.
    ///
    /// # Errors
    ///
    /// The same as [`Vault::put`].
    pub fn put_all<'a>(
        &mut self,
        secrets: impl IntoIterator<Item = (&'a str, &'a SecretString)>,
    ) -> Result<(), VaultError> {
        let mut sealed = Vec::new();
        for (name, value) in secrets {
            check_name(name)?;
            if value.expose_secret().is_empty() {
                return Err(VaultError::EmptyValue {
                    name: name.to_owned(),
                });
            }
            let envelope = Envelope::seal(&self.key, name, value.expose_secret().as_bytes())
                .map_err(|_| self.tampered(name))?;
            sealed.push((name.to_owned(), envelope));
        }
        self.change(|file| {
            file.records.extend(sealed);
            Ok(())
        })
    }

    /// Removes the secret called `name` and writes the file.
    ///
    /// # Errors
    ///
    /// [`VaultError::NotFound`], or why the file could not be written.
    pub fn remove(&mut self, name: &str) -> Result<(), VaultError> {
        let not_found = self.not_found(name);
        self.change(|file| file.records.remove(name).map(drop).ok_or(not_found))
    }

    /// Returns the names of all secrets, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.file.records.keys().map(String::as_str)
    }

    /// Wraps every data key with `new` and writes the file; from then on only `new` opens it.
    ///
    /// Keep `new` somewhere safe first: a crash between the two leaves the file with the old key,
    /// never with one that nobody has.
    ///
    /// # Errors
    ///
    /// [`VaultError::Tampered`] when a record does not open; then nothing has changed.
    pub fn rotate(&mut self, new: MasterKey) -> Result<(), VaultError> {
        let lock = WriteLock::take(&self.path)?;
        let current = read_with(&self.path, &self.key)?;
        let mut file = SealedFile::empty(&new.fingerprint());
        for (name, envelope) in &current.records {
            let rewrapped = envelope
                .rewrap(&self.key, &new, name)
                .map_err(|_| self.tampered(name))?;
            file.records.insert(name.clone(), rewrapped);
        }
        file.write(&self.path)?;
        drop(lock);
        self.file = file;
        self.key = new;
        Ok(())
    }

    /// Returns the authentication code (HMAC-SHA-256) of `message` under this vault's key.
    #[must_use]
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        self.key.mac(message)
    }

    /// Tells whether `mac` is the authentication code of `message`, in constant time.
    #[must_use]
    pub fn verify(&self, message: &[u8], mac: &[u8]) -> bool {
        self.key.verify(message, mac)
    }

    /// Returns the fingerprint of the key that this vault was opened with.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.key.fingerprint()
    }

    /// Returns where the sealed file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Changes the file as it is now, not as it was when this vault was opened: another process may
    /// have sealed something since.
    fn change(
        &mut self,
        change: impl FnOnce(&mut SealedFile) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let lock = WriteLock::take(&self.path)?;
        let mut file = read_with(&self.path, &self.key)?;
        change(&mut file)?;
        file.write(&self.path)?;
        drop(lock);
        self.file = file;
        Ok(())
    }

    fn not_found(&self, name: &str) -> VaultError {
        VaultError::NotFound {
            name: name.to_owned(),
            path: self.path.clone(),
        }
    }

    fn tampered(&self, name: &str) -> VaultError {
        VaultError::Tampered {
            name: name.to_owned(),
            path: self.path.clone(),
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("path", &self.path)
            .field("key", &self.key)
            .field("names", &self.file.records.keys())
            .finish()
    }
}

/// Checks that `name` can be the name of a secret: letters, digits, `.`, `_`, `-`, at most 128
/// bytes, no dot first.
///
/// # Errors
///
/// [`VaultError::BadName`].
pub fn check_name(name: &str) -> Result<(), VaultError> {
    let fits = !name.is_empty()
        && name.len() <= NAME_LIMIT
        && !name.starts_with('.')
        && name
            .chars()
            .all(|it| it.is_alphanumeric() || matches!(it, '.' | '_' | '-'));
    if fits {
        Ok(())
    } else {
        Err(VaultError::BadName {
            name: name.to_owned(),
        })
    }
}

fn read_with(path: &Path, key: &MasterKey) -> Result<SealedFile, VaultError> {
    let given = key.fingerprint();
    let Some(file) = SealedFile::read(path)? else {
        return Ok(SealedFile::empty(&given));
    };
    let wanted = file.fingerprint();
    if wanted != given {
        return Err(VaultError::WrongKey {
            path: path.into(),
            given,
            wanted,
        });
    }
    Ok(file)
}

#[cfg(test)]
mod tests;
