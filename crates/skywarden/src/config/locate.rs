//! Which file is the configuration.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use crate::surroundings::Surroundings;

const FILE_NAME: &str = "skywarden.toml";
const VARIABLE: &str = "SKYWARDEN_CONFIG";

/// How the configuration was found; a file that merely lay in the working directory is trusted
/// less than one that was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Named with `--config`.
    Flag,
    /// Named by `SKYWARDEN_CONFIG`.
    Environment,
    /// Found in the working directory.
    WorkingDirectory,
    /// Found in the user's configuration folder.
    ConfigFolder,
}

/// A configuration file and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The file.
    pub path: PathBuf,
    /// How it was found.
    pub origin: Origin,
}

impl Located {
    /// Returns the configuration of the user's configuration folder, whether it exists or not;
    /// `None` where no home is known.
    #[must_use]
    pub fn in_config_folder(surroundings: &Surroundings) -> Option<Self> {
        let path = surroundings.config_folder()?.join(FILE_NAME);
        let origin = Origin::ConfigFolder;
        Some(Self { path, origin })
    }
}

/// Finds the configuration: `--config`, `SKYWARDEN_CONFIG`, the working directory, then the
/// configuration folder.
///
/// # Errors
///
/// [`ConfigError::Missing`] with every place that was looked at. A file that was named and does not
/// exist is an error of its own when it is read: another one must not be taken in its stead.
pub fn locate(flag: Option<&Path>, surroundings: &Surroundings) -> Result<Located, ConfigError> {
    if let Some(path) = flag {
        return Ok(Located {
            path: surroundings.absolute(path),
            origin: Origin::Flag,
        });
    }
    if let Some(path) = surroundings.variable(VARIABLE) {
        let path = surroundings.absolute(Path::new(path));
        return Ok(Located {
            path,
            origin: Origin::Environment,
        });
    }
    let here = surroundings.working_directory.join(FILE_NAME);
    let at_home = surroundings.config_folder().map(|it| it.join(FILE_NAME));
    if here.is_file() && !at_home.as_ref().is_some_and(|it| is_same_file(&here, it)) {
        return Ok(Located {
            path: here,
            origin: Origin::WorkingDirectory,
        });
    }
    match at_home {
        Some(path) if path.is_file() => Ok(Located {
            path,
            origin: Origin::ConfigFolder,
        }),
        at_home => Err(ConfigError::Missing {
            looked: std::iter::once(here).chain(at_home).collect(),
        }),
    }
}

/// Standing in the configuration folder does not make its file a stranger.
fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
