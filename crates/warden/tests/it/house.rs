//! A house to watch: a simulated world, a store in a folder of its own, and a chat named `ops`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use base::SeededChance;
use cloud::Provider;
use cloudsim::{AccessKey, Account, Door, Prepaid, Rights, Uid, World};
use duty::{Audience, Duty, FindingKey, KnownFinding, Takes};
use duty_orphans::Orphans;
use duty_patrol::Patrol;
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, Language, ResourceId};
use notify::Courier;
use store::{Db, FindingFilter, StoreError, StoreOptions, StoreUrl};
use tempfile::TempDir;
use warden::{Outcome, Post, RunRequest, Silent, Tell, Warden, Watched};

use crate::chats::{Chats, channel};

pub(crate) const SHOP: Uid = Uid(1_000_000_000_000_001);

/// Ten in the morning in Beijing: after the hour of the digest.
pub(crate) fn start() -> Timestamp {
    "2026-03-01T02:00:00Z".parse().unwrap()
}

pub(crate) fn day(days: i64) -> Timestamp {
    start() + SignedDuration::from_hours(24 * days)
}

pub(crate) fn account(name: &str, uid: Uid) -> Account {
    let key = AccessKey::new(format!("LTAI-{name}"), format!("secret-of-{name}"));
    Account::new(name, uid).user("patrol", key, Rights::all())
}

pub(crate) fn shop() -> Account {
    account("shop", SHOP)
}

/// Something that is not renewed and ends then.
pub(crate) fn thing(id: &str, ends: Timestamp) -> Prepaid {
    Prepaid::new("rds", id, ends)
}

pub(crate) struct House {
    pub(crate) door: Door,
    pub(crate) chats: Arc<Chats>,
    pub(crate) patrol: Patrol,
    pub(crate) watched: Vec<Watched>,
    pub(crate) posts: Vec<Post>,
    pub(crate) ignore_unseen: BTreeMap<String, Timestamp>,
    pub(crate) db: Db,
    pub(crate) url: StoreUrl,
    _folder: TempDir,
}

impl House {
    /// Watches every account of the world that has a key; everything is told to `ops`.
    pub(crate) async fn of(world: World) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = StoreUrl::sqlite(folder.path().join("store.db"));
        let names: Vec<String> = world.accounts().into_iter().map(|it| it.name).collect();
        let door = Door::open(world);
        let watch = |name: &String| Some(watched(door.provider(name)?));
        let all = names.iter().map(AccountId::new);
        Self {
            watched: names.iter().filter_map(watch).collect(),
            posts: vec![post("ops", Takes::Accounts(all.collect()))],
            door,
            chats: Arc::default(),
            patrol: Patrol::default(),
            ignore_unseen: BTreeMap::new(),
            db: Db::open(&url).await.unwrap(),
            url,
            _folder: folder,
        }
    }

    /// A house with the one account `shop`.
    pub(crate) async fn with(account: Account) -> Self {
        Self::of(World::new(start()).with(account)).await
    }

    pub(crate) fn warden(&self) -> Warden {
        let chance = Arc::new(SeededChance::new(7));
        let courier = Courier::new(
            Arc::new(self.db.clone()),
            self.chats.clone(),
            self.door.clock(),
            chance.clone(),
        );
        Warden {
            watched: self.watched.clone(),
            db: self.db.clone(),
            clock: self.door.clock(),
            chance,
            courier,
            posts: self.posts.clone(),
        }
    }

    pub(crate) async fn try_run(&self, tell: Tell) -> Result<Arc<Outcome>, StoreError> {
        self.run_duty(&self.patrol, tell).await
    }

    /// Looks for orphans and tells people.
    pub(crate) async fn look_for_orphans(&self) -> Arc<Outcome> {
        let duty = Orphans::default();
        self.run_duty(&duty, Tell::People).await.unwrap()
    }

    pub(crate) async fn run_duty(
        &self,
        duty: &dyn Duty,
        tell: Tell,
    ) -> Result<Arc<Outcome>, StoreError> {
        let request = RunRequest {
            duty,
            tell,
            ignore_unseen: &self.ignore_unseen,
            patience: Duration::from_secs(120),
            progress: Arc::new(Silent),
        };
        let outcome = self.warden().run(&request).await;
        // Two runs never have the same second, so that ids and readings differ.
        self.door.world().advance(SignedDuration::from_secs(1));
        outcome
    }

    /// Runs the patrol and tells people.
    pub(crate) async fn run(&self) -> Arc<Outcome> {
        self.try_run(Tell::People).await.unwrap()
    }

    /// Moves the world to the same time of the day, so many days after the start.
    pub(crate) fn on_day(&self, days: i64) {
        self.door.world().set_now(day(days));
    }

    pub(crate) fn edit(&self, change: impl FnOnce(&mut Account)) {
        self.door.world().edit(SHOP, change).unwrap();
    }

    /// Takes something off the shelf, as if somebody had renewed or released it.
    pub(crate) fn remove(&self, id: &str) {
        self.edit(|shop| assert!(shop.prepaid.change(id, |_| None)));
    }

    /// Opens the store anew, under other conditions.
    pub(crate) async fn reopen(&mut self, options: &StoreOptions) {
        self.db.clone().close().await;
        self.db = Db::open_with(&self.url, options).await.unwrap();
    }

    pub(crate) async fn stored(&self) -> Vec<KnownFinding> {
        let all = FindingFilter::default();
        self.db.finding_list(&all).await.unwrap()
    }
}

pub(crate) fn watched(provider: Arc<dyn Provider>) -> Watched {
    Watched {
        provider,
        expect_identity: None,
        regions: Vec::new(),
        discover: None,
    }
}

pub(crate) fn post(name: &str, takes: Takes) -> Post {
    Post {
        channel: channel(name),
        audience: Audience {
            channel: name.to_owned(),
            language: Language::English,
            takes: vec![takes],
        },
    }
}

pub(crate) fn takes_account(name: &str) -> Takes {
    Takes::Accounts(BTreeSet::from([AccountId::new(name)]))
}

pub(crate) fn expiry(account: &str, resource: &str) -> FindingKey {
    FindingKey {
        duty: "patrol".to_owned(),
        kind: "expiry".to_owned(),
        account: AccountId::new(account),
        resource: ResourceId::new(resource),
    }
}

/// Returns each finding as `resource state`, with `frozen` where it is.
pub(crate) fn findings(known: &[KnownFinding]) -> Vec<String> {
    let line = |it: &KnownFinding| {
        let frozen = if it.frozen { " frozen" } else { "" };
        format!("{} {}{frozen}", it.finding.key.resource, it.state.word())
    };
    known.iter().map(line).collect()
}

/// Returns each scope that was not seen, with the reason.
pub(crate) fn unseen(outcome: &Outcome) -> Vec<String> {
    let unseen = outcome.census.unseen();
    let lines = unseen
        .iter()
        .map(|(scope, it)| format!("{scope} {}", it.why.word()));
    lines.collect()
}
