//! The demo's home: a configuration as a person would write it, and sealed throw-away keys.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use cloudsim::Site;
use cloudsim::estate::demo::{FINANCE, GAME, LEGACY, LEGACY_BAD_KEY, OVERSEAS, SHOP};
use cloudsim::{AccessKey, Uid};
use secrecy::SecretString;
use vault::{MasterKey, Vault, VaultError};

use super::{KEYWORD, Outside};
use crate::cli::{CliError, Ui};
use crate::config::sealed_path;
use crate::surroundings::Surroundings;

/// A folder that stands for a home.
pub(super) struct Household {
    folder: PathBuf,
}

/// The accounts of the demo: our name, what reports call it, the cloud's number.
const ACCOUNTS: [(&str, &str, Uid); 5] = [
    ("shop", "商城", SHOP),
    ("game", "游戏", GAME),
    ("overseas", "Overseas", OVERSEAS),
    ("finance", "财务", FINANCE),
    ("legacy", "旧系统", LEGACY),
];

impl Household {
    /// Makes the folder, seals the keys and writes the configuration.
    pub(super) fn furnish(outside: &Outside, ui: &Ui) -> Result<Self, CliError> {
        let folder = tempfile::Builder::new()
            .prefix("skywarden-demo-")
            .tempdir()?
            .keep();
        let household = Self { folder };
        fs::create_dir_all(household.config_folder())?;
        fs::create_dir_all(household.data_folder())?;
        household
            .seal(outside)
            .map_err(|error| CliError::internal("cannot seal the demo's keys", &error))?;
        fs::write(household.config_path(), household.config(outside, ui))?;
        Ok(household)
    }

    /// Returns where the configuration is, for people.
    pub(super) fn config_shown(&self) -> String {
        self.config_path().display().to_string()
    }

    /// Returns the surroundings of a run in this home.
    pub(super) fn surroundings(&self, outer: &Surroundings) -> Surroundings {
        let mut surroundings = outer.clone();
        surroundings.home = Some(self.folder.clone());
        surroundings.working_directory = self.folder.clone();
        for name in ["SKYWARDEN_CONFIG", "SKYWARDEN_KEY", "SKYWARDEN_KEY_FILE"] {
            surroundings.variables.remove(name);
        }
        for (name, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "state"),
        ] {
            let path = self.folder.join(folder).display().to_string();
            surroundings
                .variables
                .insert(name.to_owned(), SecretString::from(path));
        }
        surroundings
    }

    fn config_folder(&self) -> PathBuf {
        self.folder.join("config/skywarden")
    }

    fn data_folder(&self) -> PathBuf {
        self.folder.join("data/skywarden")
    }

    fn config_path(&self) -> PathBuf {
        self.config_folder().join("skywarden.toml")
    }

    fn seal(&self, outside: &Outside) -> Result<(), VaultError> {
        let key = MasterKey::generate();
        key.write_key_file(&self.data_folder().join("skywarden.key"))?;
        let mut secrets = Vec::new();
        for (name, _, uid) in ACCOUNTS {
            let (id, secret) = key_of(outside, name, uid);
            secrets.push((format!("{name}.access_key_id"), SecretString::from(id)));
            secrets.push((
                format!("{name}.access_key_secret"),
                SecretString::from(secret),
            ));
        }
        for channel in &outside.channels {
            let name = channel.name;
            secrets.push((
                format!("{name}.webhook"),
                SecretString::from(channel.address.clone()),
            ));
            if let Some(secret) = channel.secret {
                secrets.push((format!("{name}.secret"), SecretString::from(secret)));
            }
        }
        let mut vault = Vault::open(&sealed_path(&self.config_path()), key)?;
        vault.put_all(secrets.iter().map(|(name, value)| (name.as_str(), value)))
    }

    fn config(&self, outside: &Outside, ui: &Ui) -> String {
        let mut text = format!("language = \"{}\"\n\n", ui.language.tag());
        let sites = (
            outside.sim.site_url(Site::Domestic),
            outside.sim.site_url(Site::International),
        );
        for (name, title, uid) in ACCOUNTS {
            // Writing to a string cannot fail.
            write!(
                text,
                "[accounts.{name}]\ncloud = \"aliyun\"\ntitle = \"{title}\"\n\
                 credentials = {{ sealed = \"{name}\" }}\nexpect_identity = \"{uid}\"\n\
                 endpoints = {{ default = \"{}\", bss = \"{}\", bss-intl = \"{}\", cas = \"{}\", \
                 cas-intl = \"{}\" }}\n\n",
                outside.sim.url(),
                sites.0,
                sites.1,
                sites.0,
                sites.1,
            )
            .ok();
        }
        for channel in &outside.channels {
            let name = channel.name;
            write!(
                text,
                "[channels.{name}]\nkind = \"{}\"\nwebhook = {{ sealed = \"{name}.webhook\" }}\n",
                channel.kind
            )
            .ok();
            if channel.secret.is_some() {
                writeln!(text, "secret = {{ sealed = \"{name}.secret\" }}").ok();
            }
            if name == "ops" {
                writeln!(text, "keyword = \"{KEYWORD}\"").ok();
            }
            text.push('\n');
        }
        text.push_str(
            "[people]\n\"张伟\" = { mobile = \"13800000001\", wecom = \"zhangwei\" }\n\
             \"li.na\" = { mobile = \"13800000002\", wecom = \"lina\" }\n\n\
             [patrol]\nwarn_days = 15\nurgent_days = 7\nbalance_below = { CNY = 10000, USD = 500 }\n\
             report_to = [\"ops\", \"feishu\", \"wecom\"]\n",
        );
        text
    }
}

/// Returns the key the configuration has: the reader's, or a deleted one for the legacy account.
fn key_of(outside: &Outside, name: &str, uid: Uid) -> (String, String) {
    if uid == LEGACY {
        let (id, secret) = LEGACY_BAD_KEY;
        return (id.to_owned(), secret.to_owned());
    }
    let reader = outside.sim.world().account(name).and_then(|account| {
        let user = account.users.iter().find(|it| it.name == "skywarden")?;
        user.keys.first().cloned()
    });
    let AccessKey { id, secret, .. } =
        reader.unwrap_or_else(|| AccessKey::new("LTAI5tDemoUnknown", "unknown"));
    (id, secret)
}
