//! The demo's home: a configuration as a person would write it, and sealed throw-away keys.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use cloudsim::estate::demo::aws::WAREHOUSE;
use cloudsim::estate::demo::tencent::ARCADE;
use cloudsim::estate::demo::{FINANCE, GAME, LEGACY, LEGACY_BAD_KEY, OVERSEAS, SHOP};
use cloudsim::{AccessKey, Account, Cloud, Host, Site, Uid};
use secrecy::SecretString;
use vault::{MasterKey, Vault, VaultError};

use super::outside::{KEYWORD, Outside};
use crate::cli::{CliError, Ui};
use crate::config::sealed_path;
use crate::surroundings::Surroundings;

/// A folder that stands for a home.
pub(super) struct Household {
    folder: PathBuf,
}

/// The accounts of the demo, on three clouds: our name, what reports call it, the cloud's number.
const ACCOUNTS: [(&str, &str, Uid); 7] = [
    ("shop", "商城", SHOP),
    ("game", "游戏", ARCADE),
    ("data", "数据", WAREHOUSE),
    ("lobby", "游戏大厅", GAME),
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
            surroundings.variables_mut().remove(name);
        }
        for (name, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "state"),
        ] {
            let path = self.folder.join(folder).display().to_string();
            surroundings
                .variables_mut()
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
            let (id, secret) = key_of(outside, uid);
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
        for (name, title, uid) in ACCOUNTS {
            // Writing to a string cannot fail.
            write!(
                text,
                "[accounts.{name}]\n{}title = \"{title}\"\ncredentials = {{ sealed = \"{name}\" }}\n\
                 expect_identity = \"{}\"\n\n",
                cloud_keys(outside, uid),
                number(outside, uid),
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
             report_to = [\"ops\", \"feishu\", \"wecom\"]\n\n\
             [orphans]\ngrace = \"30m\"\nwaste_after = \"30m\"\n\n\
             [backups]\naccounts = [\"data\"]\nprices = { aws = \"0.05 USD\" }\n\n\
             [alarms]\naccounts = [\"data\"]\n",
        );
        text
    }
}

/// Returns the keys of an account's table that say where it is: its cloud, and the doors of it.
fn cloud_keys(outside: &Outside, uid: Uid) -> String {
    let sim = &outside.sim;
    match account(outside, uid).map_or(Cloud::Aliyun, |it| it.cloud()) {
        Cloud::Aliyun => {
            let home = sim.site_url(Site::Domestic);
            let abroad = sim.site_url(Site::International);
            format!(
                "cloud = \"aliyun\"\nendpoints = {{ default = \"{}\", bss = \"{home}\", \
                 bss-intl = \"{abroad}\", cas = \"{home}\", cas-intl = \"{abroad}\" }}\n",
                sim.url(),
            )
        }
        Cloud::Tencent => format!(
            "cloud = \"tencent\"\nendpoints = {{ default = \"{}\" }}\n",
            sim.url_of(Host::Tencent)
        ),
        Cloud::Aws(_) => format!(
            "cloud = \"aws\"\npartition = \"aws\"\nendpoints = {{ default = \"{}\" }}\n",
            sim.url_of(Host::Aws)
        ),
    }
}

fn account(outside: &Outside, uid: Uid) -> Option<Account> {
    let accounts = outside.sim.world().accounts();
    accounts.into_iter().find(|it| it.uid == uid)
}

/// Returns the cloud's own number of an account, as the cloud writes it.
fn number(outside: &Outside, uid: Uid) -> String {
    account(outside, uid).map_or_else(|| uid.to_string(), |it| it.number())
}

/// Returns the key the configuration has: the reader's, or a deleted one for the legacy account.
fn key_of(outside: &Outside, uid: Uid) -> (String, String) {
    if uid == LEGACY {
        let (id, secret) = LEGACY_BAD_KEY;
        return (id.to_owned(), secret.to_owned());
    }
    let reader = account(outside, uid).and_then(|account| {
        let user = account.users.iter().find(|it| it.name == "skywarden")?;
        user.keys.first().cloned()
    });
    let AccessKey { id, secret, .. } =
        reader.unwrap_or_else(|| AccessKey::new("LTAI5tDemoUnknown", "unknown"));
    (id, secret)
}
