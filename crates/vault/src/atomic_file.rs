//! Files that are whole or not there: written beside their place, synced, then moved.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base::{Chance as _, SystemChance};

use crate::error::VaultError;

/// Writes `bytes` to a new file at `path` (mode 0600), whole or not at all.
///
/// # Errors
///
/// [`VaultError::Exists`] when anything is at `path` already, even a dangling link.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    write(path, bytes, |temporary| {
        // A hard link, unlike a move, refuses to replace what is there: O_EXCL for whole files.
        fs::hard_link(temporary, path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => VaultError::Exists { path: path.into() },
            _ => failed("create", path, source),
        })?;
        fs::remove_file(temporary).map_err(|source| failed("remove", temporary, source))
    })
}

/// Writes `bytes` to `path` (mode 0600) in place of what is there; a reader or a crash sees the old
/// file or the new one, never a part.
///
/// # Errors
///
/// [`VaultError::Io`] names the file that could not be written.
pub fn write_replacing(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    // A link is followed, so that a file kept elsewhere stays there.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    write(&place, bytes, |temporary| {
        fs::rename(temporary, &place).map_err(|source| failed("replace", &place, source))
    })
}

/// Returns the folder that `path` lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn write(
    path: &Path,
    bytes: &[u8],
    put_in_place: impl FnOnce(&Path) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let temporary = temporary_beside(path);
    let outcome = write_synced(&temporary, bytes)
        .map_err(|source| failed("write", &temporary, source))
        .and_then(|()| put_in_place(&temporary));
    if let Err(error) = outcome {
        // It may never have been made; the first error is the one worth telling.
        fs::remove_file(&temporary).ok();
        return Err(error);
    }
    let folder = folder_of(path);
    // Without this the name itself may be lost in a power failure.
    File::open(folder)
        .and_then(|it| it.sync_all())
        .map_err(|source| failed("sync the folder", folder, source))
}

fn write_synced(temporary: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(temporary)?;
    // The umask can only take rights away; an odd one must not leave us unable to read it.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn temporary_beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", SystemChance.token()));
    folder_of(path).join(name)
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> VaultError {
    VaultError::Io {
        action,
        path: path.into(),
        source,
    }
}
