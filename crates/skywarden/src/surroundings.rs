//! What the process finds around itself: environment, home, working directory, terminal, user.
//!
//! Invariant: [`Surroundings::of_this_process`] is the only reader of all that, called once by
//! `main`; everybody else is handed the value, so that tests can make their own.

use std::collections::BTreeMap;
use std::fmt;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

/// The environment of one run, as a plain value.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// The environment variables, which many share; values may be secrets, so they are never printed.
    pub variables: Arc<BTreeMap<String, SecretString>>,
    /// The user's home folder, when there is one.
    pub home: Option<PathBuf>,
    /// The working directory.
    pub working_directory: PathBuf,
    /// Whether a person can be asked.
    pub stdin_is_terminal: bool,
    /// Whether a person reads the output.
    pub stdout_is_terminal: bool,
    /// Whether a person reads the talk beside it.
    pub stderr_is_terminal: bool,
    /// The numeric id of the user this process acts as.
    pub user_id: u32,
    /// The program that is running, for those who start it again later.
    pub executable: Option<PathBuf>,
}

impl Surroundings {
    /// Returns the environment variables, to be changed for this process's own use.
    pub fn variables_mut(&mut self) -> &mut BTreeMap<String, SecretString> {
        Arc::make_mut(&mut self.variables)
    }

    /// Returns the surroundings of this process.
    ///
    /// Variables whose names or values are not UTF-8 are left out.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the reader the ban points to"
    )]
    #[must_use]
    pub fn of_this_process() -> Self {
        let variables: BTreeMap<String, SecretString> = std::env::vars_os()
            .filter_map(|(name, value)| {
                Some((
                    name.into_string().ok()?,
                    SecretString::from(value.into_string().ok()?),
                ))
            })
            .collect();
        Self {
            variables: Arc::new(variables),
            home: std::env::home_dir().filter(|it| it.is_absolute()),
            working_directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            user_id: rustix::process::geteuid().as_raw(),
            executable: std::env::current_exe().ok(),
        }
    }

    /// Returns an environment variable, or `None` when it is unset or empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(SecretString::expose_secret)
            .filter(|it| !it.is_empty())
    }

    /// Returns `path` made absolute from the working directory, with a leading `~/` as the home
    /// folder.
    #[must_use]
    pub fn absolute(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), &self.home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => self.working_directory.join(path),
        }
    }

    /// Returns the folder for configuration: `$XDG_CONFIG_HOME/skywarden` or
    /// `~/.config/skywarden`.
    #[must_use]
    pub fn config_folder(&self) -> Option<PathBuf> {
        self.xdg("XDG_CONFIG_HOME", ".config")
    }

    /// Returns the folder for what runs leave behind: `$XDG_STATE_HOME/skywarden` or
    /// `~/.local/state/skywarden`.
    #[must_use]
    pub fn state_folder(&self) -> Option<PathBuf> {
        self.xdg("XDG_STATE_HOME", ".local/state")
    }

    /// Returns the folder for the user's own data: `$XDG_DATA_HOME/skywarden` or
    /// `~/.local/share/skywarden`.
    #[must_use]
    pub fn data_folder(&self) -> Option<PathBuf> {
        self.xdg("XDG_DATA_HOME", ".local/share")
    }

    /// The XDG rules: a relative path in the variable is to be ignored.
    fn xdg(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let base = self
            .variable(variable)
            .map(PathBuf::from)
            .filter(|it| it.is_absolute())
            .or_else(|| self.home.as_ref().map(|home| home.join(below_home)))?;
        Some(base.join("skywarden"))
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .field("working_directory", &self.working_directory)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_follow_the_xdg_rules() {
        let mut surroundings = Surroundings {
            home: Some("/home/me".into()),
            ..Surroundings::default()
        };
        assert_eq!(
            surroundings.config_folder(),
            Some("/home/me/.config/skywarden".into())
        );
        surroundings
            .variables_mut()
            .insert("XDG_CONFIG_HOME".to_owned(), "relative".into());
        assert_eq!(
            surroundings.config_folder(),
            Some("/home/me/.config/skywarden".into())
        );
        surroundings
            .variables_mut()
            .insert("XDG_CONFIG_HOME".to_owned(), "/etc/x".into());
        assert_eq!(
            surroundings.config_folder(),
            Some("/etc/x/skywarden".into())
        );
        surroundings.home = None;
        assert_eq!(surroundings.state_folder(), None);
    }

    #[test]
    fn a_tilde_is_home_and_the_rest_starts_in_the_working_directory() {
        let surroundings = Surroundings {
            home: Some("/home/me".into()),
            working_directory: "/srv".into(),
            ..Surroundings::default()
        };
        assert_eq!(
            surroundings.absolute(Path::new("~/a")),
            PathBuf::from("/home/me/a")
        );
        assert_eq!(
            surroundings.absolute(Path::new("a/b")),
            PathBuf::from("/srv/a/b")
        );
        assert_eq!(surroundings.absolute(Path::new("/a")), PathBuf::from("/a"));
    }

    #[test]
    fn debug_names_variables_and_never_their_values() {
        let mut surroundings = Surroundings::default();
        surroundings
            .variables_mut()
            .insert("SKYWARDEN_KEY".to_owned(), "CANARY-7f3a".into());
        let shown = format!("{surroundings:?}");
        assert!(
            shown.contains("SKYWARDEN_KEY") && !shown.contains("CANARY"),
            "{shown}"
        );
    }
}
