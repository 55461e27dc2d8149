//! What to do about an error, in the language of who reads it.
//!
//! The rooms say what went wrong in English, as the outside does; what the reader can do about it is
//! said here, by the kind of the error.

use std::error::Error;
use std::io;

use vault::VaultError;

use super::{CliError, ErrorClass, Ui};
use crate::config::{ConfigError, SecretError};
use crate::import::ApplyError;
use crate::import::aws_man::AwsManError;
use crate::import::sentry::SentryError;
use crate::import::tke_orphans::TkeOrphansError;
use crate::wiring::channels::ChannelError;

/// Returns the error of a secret that cannot be had.
pub(crate) fn of_secret(error: &SecretError, ui: &Ui) -> CliError {
    told(error, secret_class(error), secret_hint(error, ui))
}

/// Returns the error of a key or a sealed file.
pub(crate) fn of_vault(error: &VaultError, ui: &Ui) -> CliError {
    told(error, vault_class(error), vault_hint(error, ui))
}

/// Returns the error of an import that could not be written.
pub(crate) fn of_apply(error: &ApplyError, ui: &Ui) -> CliError {
    let (class, hint) = match error {
        ApplyError::Exists { path } => (
            ErrorClass::Usage,
            Some(ui.say(
                "advice-import-exists",
                &[("path", path.display().to_string().into())],
            )),
        ),
        ApplyError::SecretTaken { name, .. } => (
            ErrorClass::Usage,
            Some(ui.say(
                "advice-import-secret-taken",
                &[("name", name.as_str().into())],
            )),
        ),
        ApplyError::Io { source, .. } => (io_class(source), None),
        ApplyError::Vault(source) => (vault_class(source), vault_hint(source, ui)),
    };
    told(error, class, hint)
}

/// Returns the hint for an old configuration that cannot be taken over.
pub(crate) fn sentry_hint(error: &SentryError, ui: &Ui) -> String {
    match error {
        SentryError::Key { .. } => ui.say("advice-import-key", &[]),
        SentryError::Twice { .. } => ui.say("advice-import-twice", &[]),
        _ => ui.say("advice-import-correct", &[]),
    }
}

/// Returns what to do about a run script that is not taken over.
pub(crate) fn aws_man_hint(error: &AwsManError, ui: &Ui) -> String {
    match error {
        AwsManError::Nothing => ui.say("advice-import-nothing", &[]),
        AwsManError::Crontab => ui.say("advice-import-crontab", &[]),
        AwsManError::Computed { name, .. } => {
            ui.say("advice-import-computed", &[("name", (*name).into())])
        }
        AwsManError::HalfKey { .. } | AwsManError::Value { .. } => {
            ui.say("advice-import-correct", &[])
        }
    }
}

/// Returns what to do about an old `config.yaml` that is not taken over.
pub(crate) fn tke_orphans_hint(error: &TkeOrphansError, ui: &Ui) -> String {
    match error {
        TkeOrphansError::Blank { key, what, .. } => {
            let what = ui.say(what, &[]);
            let places = [("key", (*key).into()), ("what", what.into())];
            ui.say("advice-import-blank", &places)
        }
        TkeOrphansError::NoAddress { key, switch, .. } => {
            let places = [
                ("key", key.as_str().into()),
                ("switch", switch.as_str().into()),
            ];
            ui.say("advice-import-no-address", &places)
        }
        TkeOrphansError::NoSecret { key, .. } => {
            ui.say("advice-import-no-secret", &[("key", key.as_str().into())])
        }
        TkeOrphansError::UnknownKey { key, known, .. } => {
            let likeness = |it: &&&str| strsim::normalized_damerau_levenshtein(key, it);
            let nearest = known
                .iter()
                .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            match nearest.filter(|it| likeness(it) >= 0.5) {
                Some(nearest) => ui.say("advice-import-nearest", &[("key", (*nearest).into())]),
                None => {
                    let keys = known.join("`, `");
                    ui.say("advice-import-choices", &[("keys", keys.into())])
                }
            }
        }
        TkeOrphansError::Twice { .. } => ui.say("advice-import-twice", &[]),
        _ => ui.say("advice-import-correct", &[]),
    }
}

/// Returns the error of a configuration.
pub(crate) fn of_config(error: ConfigError, ui: &Ui) -> CliError {
    let hint = match &error {
        ConfigError::Missing { .. } => Some(ui.say("advice-config-missing", &[])),
        ConfigError::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            Some(ui.say("advice-config-path", &[]))
        }
        ConfigError::NotText { .. } => Some(ui.say("advice-not-utf8", &[])),
        ConfigError::Unreadable { .. } | ConfigError::Invalid { .. } => None,
    };
    let mut told = CliError::from(error);
    if let Some(hint) = hint {
        told.hints = vec![hint];
    }
    told
}

/// Returns the error of a channel.
pub(crate) fn of_channel(error: &ChannelError, ui: &Ui) -> CliError {
    told(error, ErrorClass::Usage, channel_hint(error, ui))
}

/// Returns what to do about a channel that cannot be used.
pub(crate) fn channel_hint(error: &ChannelError, ui: &Ui) -> Option<String> {
    match error {
        ChannelError::Secret(error) => secret_hint(error, ui),
        ChannelError::UnknownKind { .. } => Some(ui.say("advice-channel-kind", &[])),
        ChannelError::Refused { .. } => Some(ui.say("advice-channel-refused", &[])),
        ChannelError::NoPassword { .. } => Some(ui.say("advice-channel-password", &[])),
        ChannelError::Authorities { .. } => None,
    }
}

/// Returns what to do about a secret that cannot be had.
pub(crate) fn secret_hint(error: &SecretError, ui: &Ui) -> Option<String> {
    match error {
        SecretError::Unset { variable, .. } => Some(ui.say(
            "advice-secret-unset",
            &[("variable", variable.as_str().into())],
        )),
        SecretError::NoKey { key_file, .. } => {
            let path = key_file.as_ref().map(|it| it.display().to_string());
            Some(match path {
                Some(path) => ui.say("advice-no-key", &[("path", path.into())]),
                None => ui.say("advice-no-key-no-home", &[]),
            })
        }
        SecretError::File { .. } => None,
        SecretError::Sealed { source, .. } => vault_hint(source, ui),
    }
}

fn vault_hint(error: &VaultError, ui: &Ui) -> Option<String> {
    let with_path = |key: &str, path: &std::path::Path| {
        Some(ui.say(key, &[("path", path.display().to_string().into())]))
    };
    match error {
        VaultError::Io { source, path, .. } => match source.kind() {
            io::ErrorKind::NotFound => with_path("advice-vault-not-found", path),
            io::ErrorKind::PermissionDenied => with_path("advice-vault-denied", path),
            _ => None,
        },
        VaultError::Exists { path } => with_path("advice-vault-exists", path),
        VaultError::MalformedKey { .. } => Some(ui.say("advice-vault-key-form", &[])),
        VaultError::OpenKeyFile { path, .. } => Some(format!("chmod 600 {}", path.display())),
        VaultError::ForeignKeyFile { path, own, .. } => {
            Some(format!("chown {own} {}", path.display()))
        }
        VaultError::KeyFileKind { .. } => Some(ui.say("advice-vault-key-kind", &[])),
        VaultError::WrongKey { wanted, .. } => {
            let wanted = wanted.to_string();
            Some(ui.say("advice-vault-wrong-key", &[("fingerprint", wanted.into())]))
        }
        VaultError::Malformed { path, .. } => with_path("advice-vault-malformed", path),
        VaultError::NewerFormat { .. } => Some(ui.say("advice-vault-newer", &[])),
        VaultError::NotFound { name, .. } => {
            Some(ui.say("advice-vault-seal", &[("name", name.as_str().into())]))
        }
        VaultError::Tampered { name, .. } => {
            Some(ui.say("advice-vault-seal-again", &[("name", name.as_str().into())]))
        }
        VaultError::BadName { .. } => Some(ui.say("advice-vault-name", &[])),
        VaultError::EmptyValue { .. } => Some(ui.say("advice-vault-empty", &[])),
    }
}

fn secret_class(error: &SecretError) -> ErrorClass {
    match error {
        SecretError::Sealed { source, .. } => vault_class(source),
        _ => ErrorClass::Usage,
    }
}

fn vault_class(error: &VaultError) -> ErrorClass {
    match error {
        VaultError::Io { source, .. } => io_class(source),
        _ => ErrorClass::Usage,
    }
}

/// A path or right that is wrong is for the caller to correct; a disk that fails is not.
fn io_class(error: &io::Error) -> ErrorClass {
    match error.kind() {
        io::ErrorKind::NotFound
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory => ErrorClass::Usage,
        _ => ErrorClass::Internal,
    }
}

fn told(error: &(dyn Error + 'static), class: ErrorClass, hint: Option<String>) -> CliError {
    CliError {
        class,
        text: base::chain(error),
        hints: hint.into_iter().collect(),
    }
}
