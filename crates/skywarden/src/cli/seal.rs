//! `skywarden seal`: secrets that only the holder of the key can read.
//!
//! Invariant: a secret comes from a hidden prompt or from stdin, never from the command line, where
//! every process and the shell's history would see it; and none is ever printed.

mod rotate;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use clap::{Args, Subcommand};
use vault::{MasterKey, Vault, VaultError};
use warden::Exit;

use super::{Cell, CliError, Context, ErrorClass, Global, Sheet, Ui, advice, references};
use crate::config::{self, Config, ConfigError, Located, Secrets, key_file_path, sealed_path};
use crate::surroundings::Surroundings;

#[derive(Debug, Args)]
pub(crate) struct SealArgs {
    #[command(subcommand)]
    action: SealAction,
}

#[derive(Debug, Subcommand)]
enum SealAction {
    Set(SetArgs),
    List,
    Remove(RemoveArgs),
    Key(KeyArgs),
}

#[derive(Debug, Args)]
struct SetArgs {
    name: String,
    // Taken so that a secret given here is refused without being repeated.
    #[arg(hide = true, num_args = 0.., allow_hyphen_values = true)]
    value: Vec<std::ffi::OsString>,
}

#[derive(Debug, Args)]
struct RemoveArgs {
    name: String,
}

#[derive(Debug, Args)]
struct KeyArgs {
    #[command(subcommand)]
    action: KeyAction,
}

#[derive(Debug, Subcommand)]
enum KeyAction {
    Rotate(rotate::RotateArgs),
}

/// Runs `skywarden seal`.
pub(crate) fn run(args: &SealArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let place = Place::find(global, ui)?;
    match &args.action {
        SealAction::Set(args) => set(args, &place, ui),
        SealAction::List => list(&place, ui),
        SealAction::Remove(args) => remove(args, &place, ui),
        SealAction::Key(KeyArgs {
            action: KeyAction::Rotate(args),
        }) => rotate::run(args, &place, ui),
    }?;
    Ok(Exit::Fine)
}

/// Where the sealed file and its key are: beside the configuration, or where that would be.
pub(super) struct Place {
    pub(super) config: Config,
    pub(super) surroundings: Surroundings,
}

impl Place {
    fn find(global: &Global, ui: &mut Ui) -> Result<Self, CliError> {
        let surroundings = ui.host.surroundings.clone();
        let located = match config::locate(global.config.as_deref(), &surroundings) {
            Ok(located) if located.path.exists() => {
                let Context { config } = Context::load(global, ui)?;
                return Ok(Self {
                    config,
                    surroundings,
                });
            }
            // A configuration that is yet to be written; its secrets may well come first.
            Ok(located) => Some(located),
            Err(ConfigError::Missing { .. }) => Located::in_config_folder(&surroundings),
            Err(error) => return Err(advice::of_config(error, ui)),
        };
        let located = located.ok_or_else(|| CliError::usage(ui.say("seal-no-home", &[])))?;
        let config = config::parse("", &located, &surroundings)
            .map_err(|error| advice::of_config(error, ui))?;
        Ok(Self {
            config,
            surroundings,
        })
    }

    pub(super) fn sealed(&self) -> std::path::PathBuf {
        sealed_path(&self.config.path)
    }

    fn key_file(&self) -> Option<std::path::PathBuf> {
        key_file_path(self.config.key_file.as_deref(), &self.surroundings)
    }

    /// Returns the key, or `None` where none has been made yet.
    fn key(&self, ui: &Ui) -> Result<Option<MasterKey>, CliError> {
        let secrets = Secrets::new(&self.config, &self.surroundings);
        let key = secrets
            .key()
            .map_err(|error| advice::of_vault(&error, ui))?;
        if key.is_some() {
            return Ok(key);
        }
        let sealed = self.sealed();
        // A new key would not open what is there, and would hide that the old one is missing.
        match Vault::fingerprint_of(&sealed).map_err(|error| advice::of_vault(&error, ui))? {
            None => Ok(None),
            Some(fingerprint) => {
                let places = [
                    ("path", sealed.display().to_string().into()),
                    ("fingerprint", fingerprint.to_string().into()),
                ];
                let error = CliError::usage(ui.say("seal-key-missing", &places));
                Err(match self.key_file() {
                    Some(path) => {
                        let path = path.display().to_string();
                        error.hint(ui.say("advice-no-key", &[("path", path.into())]))
                    }
                    None => error.hint(ui.say("advice-no-key-no-home", &[])),
                })
            }
        }
    }

    /// Opens the vault with the key there is; `None` where nothing was ever sealed.
    pub(super) fn vault(&self, ui: &Ui) -> Result<Option<Vault>, CliError> {
        let Some(key) = self.key(ui)? else {
            return Ok(None);
        };
        Vault::open(&self.sealed(), key)
            .map(Some)
            .map_err(|error| advice::of_vault(&error, ui))
    }
}

fn set(args: &SetArgs, place: &Place, ui: &mut Ui) -> Result<(), CliError> {
    if !args.value.is_empty() {
        let error = CliError::usage(ui.say("seal-argv", &[]));
        let name = args.name.as_str();
        return Err(error.hint(ui.say("seal-argv-hint", &[("name", name.into())])));
    }
    vault::check_name(&args.name).map_err(|error| advice::of_vault(&error, ui))?;
    // The wrong key is told before anybody types a secret.
    let vault = place.vault(ui)?;
    let question = ui.say("seal-question", &[("name", args.name.as_str().into())]);
    let value = ui.read_secret(&question)?;
    let mut vault = match vault {
        Some(vault) => vault,
        None => Vault::open(&place.sealed(), make_key(place, ui)?)
            .map_err(|error| advice::of_vault(&error, ui))?,
    };
    make_folder_of(&place.sealed())?;
    let is_known = vault.names().any(|it| it == args.name);
    vault
        .put(&args.name, &value)
        .map_err(|error| advice::of_vault(&error, ui))?;
    let places = [
        ("name", args.name.as_str().into()),
        ("path", place.sealed().display().to_string().into()),
    ];
    let text = match is_known {
        true => ui.say("seal-replaced", &places),
        false => ui.say("seal-done", &places),
    };
    ui.status(&text);
    Ok(())
}

fn list(place: &Place, ui: &mut Ui) -> Result<(), CliError> {
    let vault = place.vault(ui)?;
    let mut sheet = Sheet::new(&["name"]);
    for name in vault.iter().flat_map(Vault::names) {
        sheet.rows.push(vec![Cell::text(name)]);
    }
    if sheet.rows.is_empty() {
        let path = place.sealed().display().to_string();
        let text = ui.say("seal-nothing", &[("path", path.into())]);
        ui.status(&text);
    }
    ui.sheet(&sheet)
}

fn remove(args: &RemoveArgs, place: &Place, ui: &mut Ui) -> Result<(), CliError> {
    let Some(mut vault) = place.vault(ui)? else {
        let path = place.sealed().display().to_string();
        return Err(CliError::usage(
            ui.say("seal-nothing", &[("path", path.into())]),
        ));
    };
    vault.remove(&args.name).map_err(|error| {
        let told = advice::of_vault(&error, ui);
        match error {
            VaultError::NotFound { .. } => CliError {
                hints: vec![ui.say("seal-list-hint", &[])],
                ..told
            },
            _ => told,
        }
    })?;
    let places = [
        ("name", args.name.as_str().into()),
        ("path", place.sealed().display().to_string().into()),
    ];
    let text = ui.say("seal-removed", &places);
    ui.status(&text);
    for reference in references::of(&place.config) {
        if reference.sealed_names().contains(&args.name) {
            let places = [
                ("key", reference.key.as_str().into()),
                ("name", args.name.as_str().into()),
            ];
            let text = ui.say("seal-still-wanted", &places);
            ui.warn(&text);
        }
    }
    Ok(())
}

/// Makes the key file and says where, since whoever loses it loses what is sealed.
pub(super) fn make_key(place: &Place, ui: &mut Ui) -> Result<MasterKey, CliError> {
    let Some(path) = place.key_file() else {
        return Err(CliError::usage(ui.say("seal-no-home", &[])));
    };
    make_folder_of(&path)?;
    let key = MasterKey::generate();
    key.write_key_file(&path)
        .map_err(|error| advice::of_vault(&error, ui))?;
    let path = path.display().to_string();
    let text = ui.say("seal-key-made", &[("path", path.into())]);
    ui.status(&text);
    Ok(key)
}

/// Makes the folder that a file goes into, for this user alone.
pub(super) fn make_folder_of(path: &Path) -> Result<(), CliError> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| CliError {
        class: ErrorClass::Internal,
        ..CliError::usage(format!("{}: {error}", folder.display()))
    })
}
