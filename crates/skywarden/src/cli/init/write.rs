//! Writes what was answered: the key, the sealed secrets, then the file, each whole or not at all.
//!
//! The file comes last, so that a crash never leaves one that refers to nothing.

use std::fs;
use std::path::{Path, PathBuf};

use vault::Vault;

use super::draft::Draft;
use crate::cli::seal::{Place, make_folder_of, make_key};
use crate::cli::{CliError, Ui, advice};

/// What becomes of a file that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Existing {
    /// There is none; one that appears meanwhile is left alone.
    None,
    /// It is kept at this path, and replaced.
    KeptAt(PathBuf),
}

/// Seals the secrets and writes `text` as the configuration of `place`.
///
/// # Errors
///
/// Names the file that could not be written; nothing is half written then.
pub(super) fn write(
    draft: &Draft,
    text: &str,
    place: &Place,
    existing: &Existing,
    ui: &mut Ui,
) -> Result<(), CliError> {
    let path = &place.config.path;
    make_folder_of(path)?;
    let secrets = draft.secrets();
    if !secrets.is_empty() {
        let mut vault = match place.vault(ui)? {
            Some(vault) => vault,
            None => {
                let key = make_key(place, ui)?;
                Vault::open(&place.sealed(), key).map_err(|error| advice::of_vault(&error, ui))?
            }
        };
        vault
            .put_all(secrets.iter().map(|(name, value)| (name.as_str(), *value)))
            .map_err(|error| advice::of_vault(&error, ui))?;
    }
    let written = match existing {
        Existing::None => vault::write_new(path, text.as_bytes()),
        Existing::KeptAt(backup) => {
            let old = fs::read(path).map_err(|error| unreadable(path, &error))?;
            vault::write_replacing(backup, &old)
                .and_then(|()| vault::write_replacing(path, text.as_bytes()))
        }
    };
    written.map_err(|error| advice::of_vault(&error, ui))
}

fn unreadable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::usage(format!("{}: {error}", path.display()))
}
