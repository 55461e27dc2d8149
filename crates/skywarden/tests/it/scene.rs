//! A house with a simulated cloud and simulated robots beside it, all on one clock: whole patrols.
//!
//! The clock hurries: who waits moves it, so that a minute of refusals takes no time.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use base::Clock;
use cloudsim::robots::{Robots, Security};
use cloudsim::{AccessKey, Account, Cloud, Host, Options, Rights, Sim, Uid, World};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use store::rehearsal::Stranger;
use tokio::runtime::{Builder, Runtime};
use url::Url;

use crate::house::{House, NOW, Said};

/// The number of the account that most scenes are about.
pub(crate) const SHOP: Uid = Uid(1_690_700_000_000_001);

/// A whole patrol's surroundings.
pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) sim: Sim,
    pub(crate) robots: Robots,
    accounts: Vec<AccountLines>,
    channels: Vec<ChannelLines>,
    patrol: String,
    tables: String,
    // Last, so that what runs on it goes first.
    runtime: Runtime,
}

struct AccountLines {
    name: String,
    cloud: Cloud,
    credentials: String,
    more: String,
}

struct ChannelLines {
    name: String,
    text: String,
}

/// What a patrol came to, with its document.
pub(crate) struct Report {
    pub(crate) said: Said,
    pub(crate) json: Value,
}

/// Returns the instant so many days from now, and half an hour more: never a matter of seconds.
pub(crate) fn day(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days) + SignedDuration::from_mins(30)
}

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// Returns an account whose only user may do everything, with money enough.
pub(crate) fn account(name: &str, uid: Uid) -> Account {
    account_with(name, uid, Rights::all())
}

/// Returns an account whose only user has `rights`.
pub(crate) fn account_with(name: &str, uid: Uid, rights: Rights) -> Account {
    let key = AccessKey::new(
        format!("LTAI5t{name}"),
        format!("secret-of-{name}-0123456789"),
    );
    Account::new(name, uid).user("skywarden", key, rights)
}

/// Returns the account of most scenes.
pub(crate) fn shop() -> Account {
    account("shop", SHOP)
}

impl Scene {
    /// Returns a scene of these accounts, each watched with the key of its first user.
    pub(crate) fn of(accounts: impl IntoIterator<Item = Account>) -> Self {
        let world = World::new(now());
        for account in accounts {
            world.add(account);
        }
        Self::of_world(world)
    }

    /// Returns a scene of every account of `world`.
    pub(crate) fn of_world(world: World) -> Self {
        let house = House::new().with_lasting_chance();
        let clock = Arc::new(house.clock.clone());
        Self::on(world, house, clock)
    }

    /// Returns a scene whose cloud and robots go by `clock`.
    pub(crate) fn on(world: World, mut house: House, clock: Arc<dyn Clock>) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (sim, robots) = runtime.block_on(async {
            let options = Options::default().clock(Arc::clone(&clock));
            let sim = Sim::start(world, options).await.unwrap();
            (sim, Robots::start(clock).await.unwrap())
        });
        let mut accounts = Vec::new();
        for (place, account) in sim.world().accounts().iter().enumerate() {
            let key = sim.world().key(&account.name);
            let AccessKey { id, secret, .. } =
                key.unwrap_or_else(|| AccessKey::new("LTAI5tNobody", "nobody"));
            let cloud = account.cloud();
            let (id_word, secret_word) = match cloud {
                Cloud::Aliyun => ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET"),
                Cloud::Tencent => ("SECRET_ID", "SECRET_KEY"),
                Cloud::Aws(_) => ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"),
            };
            house.set(&format!("KEY{place}_{id_word}"), &id);
            house.set(&format!("KEY{place}_{secret_word}"), &secret);
            accounts.push(AccountLines {
                name: account.name.clone(),
                cloud,
                credentials: format!("{{ env = \"KEY{place}\" }}"),
                more: String::new(),
            });
        }
        Self {
            house,
            sim,
            robots,
            accounts,
            channels: Vec::new(),
            patrol: String::new(),
            tables: String::new(),
            runtime,
        }
    }

    /// Adds a DingTalk robot that is told everything.
    pub(crate) fn dingtalk(&mut self, name: &str) {
        let url = self.robots.dingtalk(name, Security::none());
        self.channel(name, "dingtalk", &url);
    }

    /// Adds a Feishu robot that is told everything.
    pub(crate) fn feishu(&mut self, name: &str) {
        let url = self.robots.feishu(name, Security::none());
        self.channel(name, "feishu", &url);
    }

    /// Adds a WeCom robot that is told everything.
    pub(crate) fn wecom(&mut self, name: &str) {
        let url = self.robots.wecom(name);
        self.channel(name, "wecom", &url);
    }

    /// Adds a channel that is told everything; its address is in the environment.
    pub(crate) fn channel(&mut self, name: &str, kind: &str, url: &Url) {
        let variable = format!("{}_WEBHOOK", name.to_uppercase());
        self.house.set(&variable, url.as_str());
        let text = format!("kind = \"{kind}\"\nwebhook = {{ env = \"{variable}\" }}\n");
        self.channel_table(name, &text);
    }

    /// Adds a channel that is told everything, as it stands in the file.
    pub(crate) fn channel_table(&mut self, name: &str, text: &str) {
        let (name, text) = (name.to_owned(), text.to_owned());
        self.channels.push(ChannelLines { name, text });
    }

    /// Adds a line to `[patrol]`.
    pub(crate) fn patrol_key(&mut self, line: &str) {
        writeln!(self.patrol, "{line}").unwrap();
    }

    /// Adds a line to an account.
    pub(crate) fn account_key(&mut self, name: &str, line: &str) {
        writeln!(self.lines(name).more, "{line}").unwrap();
    }

    /// Lets an account be looked at in these regions only.
    pub(crate) fn regions(&mut self, name: &str, regions: &[&str]) {
        let lines = self.lines(name);
        let mut kept: Vec<&str> = lines.more.lines().collect();
        kept.retain(|it| !it.starts_with("regions = "));
        let line = format!("regions = {regions:?}");
        kept.push(&line);
        lines.more = kept.join("\n") + "\n";
    }

    /// Gives an account other credentials.
    pub(crate) fn credentials(&mut self, name: &str, credentials: &str) {
        credentials.clone_into(&mut self.lines(name).credentials);
    }

    /// Configures an account once more under another name.
    pub(crate) fn again(&mut self, name: &str, called: &str) {
        let lines = self.lines(name);
        let again = AccountLines {
            name: called.to_owned(),
            cloud: lines.cloud,
            credentials: lines.credentials.clone(),
            more: lines.more.clone(),
        };
        self.accounts.push(again);
    }

    /// Leaves an account out of the configuration.
    pub(crate) fn forget(&mut self, name: &str) {
        self.accounts.retain(|it| it.name != name);
    }

    /// Adds tables to the end of the file.
    pub(crate) fn table(&mut self, text: &str) {
        writeln!(self.tables, "{text}").unwrap();
    }

    fn lines(&mut self, name: &str) -> &mut AccountLines {
        let mut accounts = self.accounts.iter_mut();
        accounts.find(|it| it.name == name).unwrap()
    }

    /// Returns the configuration.
    pub(crate) fn config(&self) -> String {
        let mut text = "language = \"en\"\n[pace]\nscheduled = 100\n".to_owned();
        for AccountLines {
            name,
            cloud,
            credentials,
            more,
        } in &self.accounts
        {
            let (cloud, host) = match cloud {
                Cloud::Aliyun => ("aliyun", Host::Aliyun),
                Cloud::Tencent => ("tencent", Host::Tencent),
                Cloud::Aws(_) => ("aws", Host::Aws),
            };
            let url = self.sim.url_of(host);
            write!(
                text,
                "[accounts.{name}]\ncloud = \"{cloud}\"\ncredentials = {credentials}\n\
                 endpoints = {{ default = \"{url}\" }}\n{more}"
            )
            .unwrap();
        }
        for ChannelLines { name, text: lines } in &self.channels {
            write!(text, "[channels.{name}]\n{lines}").unwrap();
        }
        let names: Vec<&str> = self.channels.iter().map(|it| it.name.as_str()).collect();
        write!(
            text,
            "[patrol]\nreport_to = {names:?}\n{}\n{}",
            self.patrol, self.tables
        )
        .unwrap();
        text
    }

    /// Patrols and prints tables.
    pub(crate) fn patrol(&self) -> Said {
        self.run(&["patrol"])
    }

    /// Patrols and prints the document.
    pub(crate) fn report(&self) -> Report {
        self.document(&["patrol", "-o", "json"])
    }

    /// Looks for orphans and prints the document.
    pub(crate) fn orphans(&self) -> Report {
        self.document(&["orphans", "-o", "json"])
    }

    fn document(&self, arguments: &[&str]) -> Report {
        let said = self.run(arguments);
        let json = serde_json::from_str(&said.stdout);
        let json = json.unwrap_or_else(|error| panic!("{error}: {said}"));
        Report { said, json }
    }

    /// Looks for orphans and prints tables.
    pub(crate) fn orphan_tables(&self) -> Said {
        self.run(&["orphans"])
    }

    /// Writes the configuration and runs a command line.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.house.configure(&self.config());
        self.house.run(arguments)
    }

    /// Lets time go by, for everybody.
    pub(crate) fn go_by(&self, by: SignedDuration) {
        self.house.clock.advance(by.unsigned_abs());
        self.sim.world().advance(by);
    }

    /// Returns where the store is, made or not.
    pub(crate) fn store_path(&self) -> PathBuf {
        self.house.path(".local/state/skywarden/skywarden.db")
    }

    /// Lets somebody else at the store's file.
    pub(crate) fn on_store<T>(&self, act: impl AsyncFnOnce(&mut Stranger) -> T) -> T {
        self.wait_for(async {
            let mut stranger = Stranger::open(&self.store_path()).await.unwrap();
            let done = act(&mut stranger).await;
            stranger.close().await.unwrap();
            done
        })
    }

    /// Waits for something of the simulated outside.
    pub(crate) fn wait_for<T>(&self, something: impl Future<Output = T>) -> T {
        self.runtime.block_on(something)
    }
}

impl Report {
    /// Returns every finding as `account kind id state`, and ` unseen` if it is only remembered.
    pub(crate) fn findings(&self) -> Vec<String> {
        let row = |it: &Value| {
            let word = |name: &str| it[name].as_str().unwrap().to_owned();
            let unseen = if it["frozen"] == true { " unseen" } else { "" };
            let words = ["account", "kind", "id", "state"].map(word).join(" ");
            format!("{words}{unseen}")
        };
        let mut rows: Vec<String> = self.rows("/findings").iter().map(row).collect();
        rows.sort();
        rows
    }

    /// Returns every open finding about an orphan as `account id verdict` and why no more is said.
    pub(crate) fn verdicts(&self) -> Vec<String> {
        let row = |it: &&Value| {
            let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let why = it["why"].as_array().into_iter().flatten();
            let why = why.map(|it| match word(&it["about"]) {
                about if about.is_empty() => word(&it["reason"]),
                about => format!("{}:{about}", word(&it["reason"])),
            });
            let words = [&it["account"], &it["id"], &it["verdict"]].map(word);
            words.into_iter().chain(why).collect::<Vec<_>>().join(" ")
        };
        let open = self
            .rows("/findings")
            .iter()
            .filter(|it| it["state"] != "gone");
        let mut rows: Vec<String> = open.collect::<Vec<_>>().iter().map(row).collect();
        rows.sort();
        rows
    }

    /// Returns every scope that was not seen, as `scope why`.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let row = |it: &Value| {
            let word = |name: &str| it[name].as_str().unwrap().to_owned();
            format!("{} {}", word("scope"), word("why"))
        };
        self.rows("/coverage/unseen").iter().map(row).collect()
    }

    pub(crate) fn rows(&self, pointer: &str) -> &Vec<Value> {
        let rows = self.json.pointer(pointer).and_then(Value::as_array);
        rows.unwrap_or_else(|| panic!("no {pointer} in {}", self.json))
    }
}
