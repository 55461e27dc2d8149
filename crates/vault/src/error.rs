//! Why a secret could not be sealed or opened, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::key::Fingerprint;

/// Why a secret could not be sealed or opened.
///
/// `Display` says what failed and where; [`VaultError::hint`] says what to do. Neither ever shows a
/// secret or a part of one.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A file could not be read, written, locked or moved.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was being done, as a verb: `read`, `write`.
        action: &'static str,
        /// The file it was done to.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
    /// The file is there already, and this call never overwrites.
    #[error("{} already exists and is not overwritten", path.display())]
    Exists {
        /// The file that is in the way.
        path: PathBuf,
    },
    /// The text of a key is not 32 bytes in base64.
    #[error("the key from {origin} is not 32 bytes in base64 ({problem})")]
    MalformedKey {
        /// Where the text came from: a path, or the name of the value.
        origin: String,
        /// What is wrong with it, without showing it.
        problem: &'static str,
    },
    /// Others than the owner may read or change the key file.
    #[error("the key file {} is open to others (mode {mode:04o})", path.display())]
    OpenKeyFile {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file belongs to another user, who could change it.
    #[error("the key file {} belongs to user {owner}, not to user {own}", path.display())]
    ForeignKeyFile {
        /// The key file.
        path: PathBuf,
        /// The numeric id of its owner.
        owner: u32,
        /// The numeric id of the user this process runs as.
        own: u32,
    },
    /// The path of the key file leads to something else, such as a folder.
    #[error("the key file {} is not a regular file", path.display())]
    KeyFileKind {
        /// What the path leads to.
        path: PathBuf,
    },
    /// The sealed file was made with another key.
    #[error(
        "the key {given} does not open {}, which was sealed with the key {wanted}",
        path.display()
    )]
    WrongKey {
        /// The sealed file.
        path: PathBuf,
        /// The fingerprint of the key that was given.
        given: Fingerprint,
        /// The fingerprint that the file names.
        wanted: Fingerprint,
    },
    /// The sealed file is not what this program writes.
    #[error("{} is not a sealed file: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong and where; never content.
        problem: String,
    },
    /// The sealed file was written by a newer program.
    #[error("{} has format version {version}, this program reads version {known}", path.display())]
    NewerFormat {
        /// The sealed file.
        path: PathBuf,
        /// The version it names.
        version: u64,
        /// The version this program knows.
        known: u64,
    },
    /// There is no secret of that name.
    #[error("there is no secret {name:?} in {}", path.display())]
    NotFound {
        /// The name that was asked for.
        name: String,
        /// The sealed file.
        path: PathBuf,
    },
    /// The record was changed, or moved here from under another name.
    #[error("the secret {name:?} in {} does not open: it was changed after it was sealed", path.display())]
    Tampered {
        /// The name of the record.
        name: String,
        /// The sealed file.
        path: PathBuf,
    },
    /// The name cannot be the name of a secret.
    #[error("{name:?} cannot be the name of a secret")]
    BadName {
        /// The name that was given.
        name: String,
    },
    /// The value is empty, which is never a secret.
    #[error("the value for {name:?} is empty")]
    EmptyValue {
        /// The name it was given for.
        name: String,
    },
}

impl VaultError {
    /// Returns what the reader can do about it, as one sentence, when there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io { source, path, .. } if source.kind() == io::ErrorKind::NotFound => Some(
                format!("check that {} exists and is spelled right.", path.display()),
            ),
            Self::Io { source, path, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some(format!("check who owns {} and its folder.", path.display()))
            }
            Self::Io { .. } => None,
            Self::Exists { path } => Some(format!(
                "move {} away first, or choose another path.",
                path.display()
            )),
            Self::MalformedKey { .. } => Some(
                "a key is 32 random bytes, as `openssl rand -base64 32` prints them.".to_owned(),
            ),
            Self::OpenKeyFile { path, .. } => Some(format!("chmod 600 {}", path.display())),
            Self::ForeignKeyFile { path, own, .. } => {
                Some(format!("chown {own} {}", path.display()))
            }
            Self::KeyFileKind { .. } => Some("name the key file itself.".to_owned()),
            Self::WrongKey { wanted, .. } => Some(format!(
                "give the key with the fingerprint {wanted}, or seal the secrets again with the new key."
            )),
            Self::Malformed { path, .. } => Some(format!(
                "restore {} from a backup, or seal the secrets again into a new file.",
                path.display()
            )),
            Self::NewerFormat { .. } => Some("use the newer skywarden that wrote it.".to_owned()),
            Self::NotFound { name, .. } => {
                Some(format!("seal it with `skywarden seal set {name}`."))
            }
            Self::Tampered { name, .. } => {
                Some(format!("seal it again with `skywarden seal set {name}`."))
            }
            Self::BadName { .. } => Some(
                "use letters, digits, `.`, `_` and `-`, at most 128 bytes, not a dot first."
                    .to_owned(),
            ),
            Self::EmptyValue { .. } => {
                Some("give a value, or remove the secret with `skywarden seal remove`.".to_owned())
            }
        }
    }
}
