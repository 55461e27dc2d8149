//! The sealed file: versioned JSON, one record a name, and the fingerprint of the key it belongs to.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::atomic_file::{folder_of, write_replacing};
use crate::envelope::{Envelope, FORMAT_VERSION};
use crate::error::VaultError;
use crate::key::{FINGERPRINT_DIGITS, Fingerprint};

const FORMAT: &str = "skywarden-sealed";

/// A sealed file is a few kilobytes; anything larger than this is not one.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// All that stands in a sealed file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealedFile {
    format: String,
    version: u64,
    /// The fingerprint of the master key.
    key: String,
    pub(crate) records: BTreeMap<String, Envelope>,
}

/// The first look at a file: what it is, before its version says how to read the rest.
#[derive(Deserialize)]
struct Preamble {
    format: String,
    version: u64,
}

impl SealedFile {
    pub(crate) fn empty(key: &Fingerprint) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: FORMAT_VERSION,
            key: key.0.clone(),
            records: BTreeMap::new(),
        }
    }

    /// Returns what is at `path`, or `None` when there is no file.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, VaultError> {
        let io = |source| VaultError::Io {
            action: "read",
            path: path.into(),
            source,
        };
        let malformed = |problem: String| VaultError::Malformed {
            path: path.into(),
            problem,
        };
        let size = match fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(error)),
        };
        if size > SIZE_LIMIT {
            return Err(malformed(format!("it is {size} bytes long")));
        }
        let bytes = fs::read(path).map_err(io)?;
        let position = |error: &serde_json::Error| {
            // Only the place: the message of a parser may quote what it read.
            format!(
                "line {}, column {} does not belong there",
                error.line(),
                error.column()
            )
        };
        if bytes.trim_ascii().is_empty() {
            return Err(malformed("it is empty".to_owned()));
        }
        let preamble: Preamble =
            serde_json::from_slice(&bytes).map_err(|error| malformed(position(&error)))?;
        if preamble.format != FORMAT {
            return Err(malformed(format!("its format is not {FORMAT:?}")));
        }
        if preamble.version != FORMAT_VERSION {
            return Err(VaultError::NewerFormat {
                path: path.into(),
                version: preamble.version,
                known: FORMAT_VERSION,
            });
        }
        let file: Self =
            serde_json::from_slice(&bytes).map_err(|error| malformed(position(&error)))?;
        // The fingerprint is shown in errors, so it must be one.
        let digits = file.key.bytes().all(|it| it.is_ascii_hexdigit());
        if file.key.len() != FINGERPRINT_DIGITS || !digits {
            return Err(malformed("it names no key".to_owned()));
        }
        Ok(Some(file))
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), VaultError> {
        let mut text = serde_json::to_vec_pretty(self).map_err(|source| VaultError::Io {
            action: "encode",
            path: path.into(),
            source: source.into(),
        })?;
        text.push(b'\n');
        write_replacing(path, &text)
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint(self.key.clone())
    }
}

/// Keeps other processes from changing the sealed file at the same time; released when dropped.
#[derive(Debug)]
pub(crate) struct WriteLock {
    _file: File,
}

impl WriteLock {
    /// Waits until nobody else is changing the file at `path`.
    pub(crate) fn take(path: &Path) -> Result<Self, VaultError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        let lock_path = folder_of(path).join(name);
        let io = |source| VaultError::Io {
            action: "lock",
            path: lock_path.clone(),
            source,
        };
        let file = File::options()
            .create(true)
            .append(true)
            .open(&lock_path)
            .map_err(io)?;
        file.lock().map_err(io)?;
        Ok(Self { _file: file })
    }
}
