//! The configuration: found, read, checked once at the border, and handed on as typed values.
//!
//! Every error points at its place with a caret, an unknown key is answered with the nearest known
//! one, and all that depends on two places at once (names, references) is reported together.
//!
//! Invariant: a secret that stands in the file is never shown, neither by an error nor by `Debug`
//! nor by [`show`]; and this room reads nothing but the file it is told to read and the
//! [`Surroundings`] it is handed.

mod address;
mod alarms;
mod backups;
mod changing;
mod channel;
mod check;
mod checked;
mod digests;
mod error;
mod excerpt;
mod file;
mod guard;
mod locate;
mod money;
mod orphans;
mod overridable;
mod patrol;
mod quotas;
mod reader;
mod reference;
mod secrets;
mod source;
mod values;

use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::surroundings::Surroundings;

pub use address::{Address, TlsEndpoint, check_transport};
pub use alarms::{AlarmName, AlarmOverride, AlarmSection, Rate};
pub use backups::{BackupOverride, BackupSection, CopySection, ImageDisks, ImageRhythm, Keep};
pub use changing::{Age, Limit, Mode, Selection, TagRule};
pub use channel::{ChannelKind, ChannelSection, Language, Mention, SmtpSection, SmtpSecurity};
pub use checked::{AccountConfig, ChannelConfig, Config, DutyWord, StoreConfig};
pub use error::{ConfigError, Problem};
pub use excerpt::Excerpt;
pub use file::{
    AccountSection, BillSection, CloudName, ConfigFile, DiscoverSection, LogFormat, LogLevel,
    LogRotation, LogSection, NetworkSection, PaceSection, Partition, PersonSection, Region,
    RouteSection, Site, StoreSection, VaultSection,
};
pub use guard::{GuardOverride, GuardSection};
pub use locate::{Located, Origin, locate};
pub use money::{Amount, Currency, Price};
pub use orphans::{
    Act, Allow, AllowSection, HintSection, LookAt, OrphanOverride, OrphanSection, Urgency,
};
pub use patrol::{BalanceWatch, IgnoreUnseen, PatrolOverride, PatrolSection};
pub use quotas::{CallRate, QuotaSection};
pub use reference::{AssumeRole, Credentials, SecretRef};
pub use secrets::{SecretError, Secrets, key_file_path, sealed_path};

pub use values::{Day, Hour, Name, Percent, Schedule, Span, Zone};

/// The commented default configuration: it parses, and it is the documentation of every key.
pub const DEFAULT: &str = include_str!("../default.toml");

/// Finds, reads and checks the configuration.
///
/// # Errors
///
/// [`ConfigError`], whose text is ready to be shown and whose hints say what to do.
pub fn load(flag: Option<&Path>, surroundings: &Surroundings) -> Result<Config, ConfigError> {
    let located = locate(flag, surroundings)?;
    let unreadable = |source| ConfigError::Unreadable {
        path: located.path.clone(),
        source,
    };
    let bytes = Zeroizing::new(fs::read(&located.path).map_err(unreadable)?);
    let text = std::str::from_utf8(&bytes).map_err(|error| ConfigError::NotText {
        path: located.path.clone(),
        line: bytes[..error.valid_up_to()]
            .iter()
            .filter(|it| **it == b'\n')
            .count()
            + 1,
    })?;
    parse(text, &located, surroundings)
}

/// Checks the text of a configuration that was found at `located`.
///
/// # Errors
///
/// [`ConfigError::Invalid`] with every problem.
pub fn parse(
    text: &str,
    located: &Located,
    surroundings: &Surroundings,
) -> Result<Config, ConfigError> {
    let invalid = |problems| ConfigError::Invalid {
        path: located.path.clone(),
        problems,
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parsed = source::Source::parse(text);
    let (source, table) = parsed.map_err(|problem| invalid(vec![problem]))?;
    let file: ConfigFile = reader::read(&table)
        .map_err(|it| invalid(vec![source.problem_of(&it.message, it.span)]))?;
    check::check(file, &source, located, surroundings).map_err(invalid)
}

/// Returns the effective configuration as TOML: defaults filled in, secrets as references only.
///
/// # Errors
///
/// When a value cannot be written as TOML, which would be a mistake of this program.
pub fn show(config: &Config) -> Result<String, toml::ser::Error> {
    toml::to_string(&config.file)
}

/// The JSON Schema of the configuration, for editors. A test makes it of the types that read the file;
/// what makes it would be a fiftieth of the program.
pub const SCHEMA: &str = include_str!("config/schema.json");

/// Returns `path` as it is meant in the configuration at `config`: from the folder it lies in.
fn beside(config: &Path, path: &Path, surroundings: &Surroundings) -> PathBuf {
    if path.starts_with("~") {
        return surroundings.absolute(path);
    }
    config.parent().unwrap_or(Path::new("/")).join(path)
}

#[cfg(test)]
mod tests;
