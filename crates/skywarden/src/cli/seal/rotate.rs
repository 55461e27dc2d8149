//! `skywarden seal key rotate`: a new key for what is sealed.
//!
//! The new key is on the disk before the sealed file needs it, and the old one is kept: a crash at
//! any point leaves a key for the file as it is, and a second run goes on from there.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use vault::{MasterKey, Vault};

use super::{Place, make_folder_of};
use crate::cli::{CliError, Ui, advice};

#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
}

/// Runs `skywarden seal key rotate`.
pub(super) fn run(args: &RotateArgs, place: &Place, ui: &mut Ui) -> Result<(), CliError> {
    let named = args.new_key_file.as_deref();
    match named.map(|it| place.surroundings.absolute(it)) {
        Some(path) => into_named_file(&path, place, ui),
        None if place.surroundings.variable("SKYWARDEN_KEY").is_some() => {
            Err(CliError::usage(ui.say("rotate-variable", &[]))
                .hint(ui.say("rotate-variable-hint", &[])))
        }
        None => in_place(place, ui),
    }
}

/// The caller takes the new key from there to where it is kept.
fn into_named_file(path: &Path, place: &Place, ui: &mut Ui) -> Result<(), CliError> {
    let mut vault = opened(place, ui)?;
    make_folder_of(path)?;
    let new = MasterKey::generate();
    new.write_key_file(path)
        .map_err(|error| advice::of_vault(&error, ui))?;
    let places = [
        ("fingerprint", new.fingerprint().to_string().into()),
        ("path", path.display().to_string().into()),
    ];
    vault
        .rotate(new)
        .map_err(|error| advice::of_vault(&error, ui))?;
    let text = ui.say("rotate-named", &places);
    ui.status(&text);
    Ok(())
}

fn in_place(place: &Place, ui: &mut Ui) -> Result<(), CliError> {
    let Some(key_file) = place.key_file() else {
        return Err(CliError::usage(ui.say("seal-no-home", &[])));
    };
    let new_file = beside(&key_file, ".new");
    if new_file.exists() {
        return finish(&key_file, &new_file, place, ui);
    }
    let mut vault = opened(place, ui)?;
    let new = MasterKey::generate();
    new.write_key_file(&new_file)
        .map_err(|error| advice::of_vault(&error, ui))?;
    vault
        .rotate(new)
        .map_err(|error| advice::of_vault(&error, ui))?;
    take_place(&key_file, &new_file, ui)
}

/// Goes on where an earlier run was cut off.
///
/// The key it left may be the only one of another sealed file, so it is used and never replaced.
fn finish(key_file: &Path, new_file: &Path, place: &Place, ui: &mut Ui) -> Result<(), CliError> {
    let new = MasterKey::from_file(new_file).map_err(|error| advice::of_vault(&error, ui))?;
    let wanted = Vault::fingerprint_of(&place.sealed());
    let wanted = wanted.map_err(|error| advice::of_vault(&error, ui))?;
    if wanted != Some(new.fingerprint()) {
        opened(place, ui)?
            .rotate(new)
            .map_err(|error| advice::of_vault(&error, ui))?;
    }
    let text = ui.say("rotate-finished", &[]);
    ui.status(&text);
    take_place(key_file, new_file, ui)
}

/// Moves the new key to where the key is looked for; the old one stays under a name of its own.
fn take_place(key_file: &Path, new_file: &Path, ui: &mut Ui) -> Result<(), CliError> {
    let old = MasterKey::from_file(key_file).map_err(|error| advice::of_vault(&error, ui))?;
    let old_file = beside(key_file, &format!(".{}.old", old.fingerprint()));
    match fs::hard_link(key_file, &old_file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(failed(&old_file, &error));
        }
        _ => {}
    }
    fs::rename(new_file, key_file).map_err(|error| failed(key_file, &error))?;
    let folder = key_file.parent().unwrap_or(Path::new("/"));
    // Without this the names themselves may be lost in a power failure.
    let synced = File::open(folder).and_then(|it| it.sync_all());
    synced.map_err(|error| failed(folder, &error))?;
    let places = [
        ("path", key_file.display().to_string().into()),
        ("old", old_file.display().to_string().into()),
    ];
    let text = ui.say("rotate-done", &places);
    ui.status(&text);
    Ok(())
}

fn opened(place: &Place, ui: &Ui) -> Result<Vault, CliError> {
    place.vault(ui)?.ok_or_else(|| {
        let path = place.sealed().display().to_string();
        CliError::usage(ui.say("seal-nothing", &[("path", path.into())]))
    })
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(ending);
    name.into()
}

fn failed(path: &Path, error: &io::Error) -> CliError {
    CliError::internal(&path.display().to_string(), error)
}
