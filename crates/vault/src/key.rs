//! The master key: where it comes from, and what is derived from it.
//!
//! Invariant: no byte of the key is ever printed; what names a key is its [`Fingerprint`].

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use base::{Chance as _, SystemChance};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::atomic_file;
use crate::error::VaultError;

/// The bytes of a key, wiped when dropped.
pub(crate) type KeyBytes = Zeroizing<[u8; 32]>;

/// The most a key file may hold: a key and some white space.
const KEY_FILE_LIMIT: u64 = 256;

/// How many hexadecimal digits name a key.
pub(crate) const FINGERPRINT_DIGITS: usize = 16;

/// The key that the user holds, under which every data key is wrapped.
pub struct MasterKey {
    bytes: KeyBytes,
}

impl MasterKey {
    /// Returns a new key of 32 random bytes.
    #[must_use]
    pub fn generate() -> Self {
        Self {
            bytes: random_key(),
        }
    }

    /// Returns the key that `text` spells: 32 bytes in base64, as in `SKYWARDEN_KEY`.
    ///
    /// # Errors
    ///
    /// [`VaultError::MalformedKey`], which says what is wrong and shows nothing of the text.
    pub fn from_base64(text: &SecretString) -> Result<Self, VaultError> {
        Self::parse(text.expose_secret(), "SKYWARDEN_KEY")
    }

    /// Returns the key in the file at `path`, which must belong to this user and to nobody else.
    ///
    /// # Errors
    ///
    /// [`VaultError::OpenKeyFile`] when group or others have any right to it,
    /// [`VaultError::ForeignKeyFile`] when another user owns it, [`VaultError::MalformedKey`] when
    /// it does not hold a key, [`VaultError::Io`] when it cannot be read.
    pub fn from_file(path: &Path) -> Result<Self, VaultError> {
        let io = |source| VaultError::Io {
            action: "read the key file",
            path: path.into(),
            source,
        };
        // The rights are asked of the open file, so that nobody can exchange it in between.
        let mut file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(VaultError::KeyFileKind { path: path.into() });
        }
        let own = rustix::process::geteuid().as_raw();
        if metadata.uid() != own {
            return Err(VaultError::ForeignKeyFile {
                path: path.into(),
                owner: metadata.uid(),
                own,
            });
        }
        let mode = metadata.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(VaultError::OpenKeyFile {
                path: path.into(),
                mode,
            });
        }
        // Room for all that is ever read, so that the text is not copied about while it grows.
        let mut text = Zeroizing::new(Vec::with_capacity(512));
        (&mut file)
            .take(KEY_FILE_LIMIT)
            .read_to_end(&mut text)
            .map_err(io)?;
        let origin = path.display().to_string();
        let text = std::str::from_utf8(&text).map_err(|_| VaultError::MalformedKey {
            origin: origin.clone(),
            problem: "it is not text",
        })?;
        Self::parse(text, &origin)
    }

    /// Writes the key to a new file at `path` that only this user may read (mode 0600).
    ///
    /// # Errors
    ///
    /// [`VaultError::Exists`] when there is a file already: a key is never overwritten.
    pub fn write_key_file(&self, path: &Path) -> Result<(), VaultError> {
        let text = self.to_base64();
        let mut line = Zeroizing::new(Vec::with_capacity(64));
        line.extend_from_slice(text.expose_secret().as_bytes());
        line.push(b'\n');
        atomic_file::write_new(path, &line)
    }

    /// Returns the key in base64, for a key file or a secret store of the user's.
    #[must_use]
    pub fn to_base64(&self) -> SecretString {
        SecretString::from(STANDARD.encode(self.bytes.as_slice()))
    }

    /// Returns the name of this key, which tells nothing about its bytes.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let digest = self.derive(b"skywarden 1 fingerprint");
        Fingerprint(base::hex::encode(&digest[..FINGERPRINT_DIGITS / 2]))
    }

    /// Returns the key for one purpose, so that no two purposes share one.
    pub(crate) fn derive(&self, purpose: &[u8]) -> KeyBytes {
        let mut digest = keyed(&self.bytes)
            .chain_update(purpose)
            .finalize()
            .into_bytes();
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(&digest);
        digest.as_mut_slice().zeroize();
        bytes
    }

    /// Returns the authentication code (HMAC-SHA-256) of `message`, for files that leave this
    /// machine and come back.
    #[must_use]
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        self.message_mac(message).finalize().into_bytes().into()
    }

    /// Tells whether `mac` is the authentication code of `message`, in constant time.
    #[must_use]
    pub fn verify(&self, message: &[u8], mac: &[u8]) -> bool {
        self.message_mac(message).verify_slice(mac).is_ok()
    }

    fn message_mac(&self, message: &[u8]) -> Hmac<Sha256> {
        keyed(&self.derive(b"skywarden 1 mac")).chain_update(message)
    }

    fn parse(text: &str, origin: &str) -> Result<Self, VaultError> {
        let malformed = |problem| VaultError::MalformedKey {
            origin: origin.to_owned(),
            problem,
        };
        let text = text.trim();
        match text.len() {
            0 => return Err(malformed("it is empty")),
            44 => {}
            _ => return Err(malformed("it is not 44 characters long")),
        }
        let mut decoded = Zeroizing::new([0; 33]);
        let length = STANDARD
            .decode_slice(text, decoded.as_mut_slice())
            .map_err(|_| malformed("it has characters that are not base64"))?;
        if length != 32 {
            return Err(malformed("it has another length"));
        }
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(&decoded[..32]);
        Ok(Self { bytes })
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.fingerprint())
    }
}

/// The name of a key: 16 hexadecimal digits of a keyed hash, which tell nothing about its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(pub(crate) String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns 32 bytes of chance from the operating system.
pub(crate) fn random_key() -> KeyBytes {
    let mut bytes = Zeroizing::new([0; 32]);
    SystemChance.fill(bytes.as_mut_slice());
    bytes
}

fn keyed(key: &KeyBytes) -> Hmac<Sha256> {
    // HMAC fills a short key up with zeros to its block of 64 bytes; done here, it cannot fail.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key.as_slice());
    Hmac::new(&(*block).into())
}

#[cfg(test)]
mod tests;
