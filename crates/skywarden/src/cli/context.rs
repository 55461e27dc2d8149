//! What a command that works with the configuration stands on.

use crate::config::{self, Config};
use model::Language;

use super::{CliError, Global, Ui, advice, language_of};

/// The loaded configuration, with the language settled.
pub struct Context {
    /// The configuration.
    pub config: Config,
}

impl Context {
    /// Loads the configuration and lets it speak on the language, if `--lang` did not.
    ///
    /// # Errors
    ///
    /// When there is none, or something in it is wrong.
    pub fn load(global: &Global, ui: &mut Ui) -> Result<Self, CliError> {
        let loaded = config::load(global.config.as_deref(), &ui.host.surroundings);
        let config = loaded.map_err(|error| advice::of_config(error, ui))?;
        super::log::start(&config.log)?;
        Ok(Self::of(config, global, ui))
    }

    /// Takes a loaded configuration and lets it speak on the language, if `--lang` did not.
    pub(crate) fn of(config: Config, global: &Global, ui: &mut Ui) -> Self {
        if language_of(global).is_none()
            && let Some(language) = config.language
        {
            ui.language = match language {
                config::Language::Chinese => Language::Chinese,
                config::Language::English => Language::English,
            };
        }
        Self { config }
    }
}

/// Tells whether a store can be there already; one that nothing was ever put into is not made just
/// to be looked at.
pub(crate) fn has_store(config: &Config) -> bool {
    let path = config.store.default_path.as_ref();
    config.store.url.is_some() || path.is_some_and(|it| it.exists())
}
