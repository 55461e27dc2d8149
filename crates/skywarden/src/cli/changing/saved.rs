//! Plans in files: saved by one command, vouched for by the store or the vault's key, applied by
//! another.

use std::fs;
use std::path::Path;

use duty::{BadFile, PlanFile};
use store::Db;
use vault::MasterKey;
use warden::ApplyError;

use super::of_apply;
use crate::cli::{CliError, Ui, advice};
use crate::config::{Config, Secrets};

/// Saves a plan, seals it with the vault's key where there is one, and lets the store remember it.
///
/// # Errors
///
/// When something else lies there, or the file or the store cannot be written.
pub(in crate::cli) async fn save(
    mut file: PlanFile,
    path: &Path,
    config: &Config,
    db: &Db,
    ui: &mut Ui,
) -> Result<(), CliError> {
    let path = ui.host.surroundings.absolute(path);
    let shown = path.display().to_string();
    // A plan of yesterday may go; anything else that was named by mistake may not.
    let is_other = match fs::read_to_string(&path) {
        Ok(text) => PlanFile::read(&text).is_err(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    };
    if is_other {
        let text = ui.say("plan-save-other", &[("path", shown.into())]);
        return Err(CliError::usage(text));
    }
    let sealed = match key(config, ui)? {
        Some(key) => {
            file.seal = Some(base::hex::encode(&key.mac(file.body().as_bytes())));
            true
        }
        None => false,
    };
    vault::write_replacing(&path, file.text().as_bytes())
        .map_err(|error| advice::of_vault(&error, ui))?;
    // After the file: what is remembered is what lies there.
    let now = ui.host.clock.now();
    db.plan_save(&file.digest(), &file.plan.duty, now).await?;
    let said = match sealed {
        true => "plan-saved",
        false => "plan-saved-unsealed",
    };
    let text = ui.say(said, &[("path", shown.into())]);
    ui.status(&text);
    Ok(())
}

/// Reads a plan's file.
///
/// # Errors
///
/// When it cannot be read, or is no plan.
pub(in crate::cli) fn read(path: &Path, ui: &Ui) -> Result<PlanFile, CliError> {
    let path = ui.host.surroundings.absolute(path);
    let text = fs::read_to_string(&path).map_err(|error| {
        let places = [
            ("path", path.display().to_string().into()),
            ("error", error.to_string().into()),
        ];
        CliError::usage(ui.say("plan-unreadable", &places)).hint(ui.say("apply-what-hint", &[]))
    })?;
    PlanFile::read(&text).map_err(|bad| of_apply(ApplyError::File(bad), ui))
}

/// Checks that the store knows the file, or the vault's key has sealed it.
///
/// # Errors
///
/// When nobody vouches for it.
pub(in crate::cli) async fn vouch(
    file: &PlanFile,
    config: &Config,
    db: &Db,
    ui: &Ui,
) -> Result<(), CliError> {
    if db.plan_known(&file.digest()).await?.is_some() {
        return Ok(());
    }
    let seal = file.seal.as_deref().and_then(base::hex::decode);
    let sealed = match (seal, key(config, ui)?) {
        (Some(seal), Some(key)) => key.verify(file.body().as_bytes(), &seal),
        _ => false,
    };
    match sealed {
        true => Ok(()),
        false => Err(of_apply(ApplyError::File(BadFile::Unvouched), ui)),
    }
}

fn key(config: &Config, ui: &Ui) -> Result<Option<MasterKey>, CliError> {
    let secrets = Secrets::new(config, &ui.host.surroundings);
    secrets.key().map_err(|error| advice::of_vault(&error, ui))
}
