//! A simulated cloud, a clock that hurries, and accounts that look at it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, ManualClock, SeededChance};
use cloud::pager::collect;
use cloud::{Caller, Pacer, RetryPolicy, Share, Sighting};
use cloud_aliyun::{Aliyun, CredentialSource, Endpoints, Environment, Quotas, Settings};
use cloudsim::{AccessKey, Account, Options, Rights, Sim, Uid, World};
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, Certificate, Domain};
use net::{Http, NetworkSettings};

pub(crate) const UID: Uid = Uid(1_234_567_890_123_456);

/// A secret that must never be seen in anything printed.
pub(crate) const SECRET: &str = "CANARY-7f3a-secret";

pub(crate) fn key() -> AccessKey {
    AccessKey::new("LTAI5tExampleKeyId99", SECRET)
}

pub(crate) fn now() -> Timestamp {
    "2026-11-21T02:00:00Z".parse().unwrap()
}

pub(crate) fn days(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

/// An account with one user that may do everything.
pub(crate) fn shop() -> Account {
    shop_with(Rights::all())
}

pub(crate) fn shop_with(rights: Rights) -> Account {
    Account::new("shop", UID).user("skywarden", key(), rights)
}

pub(crate) struct Stand {
    pub(crate) sim: Sim,
    pub(crate) clock: ManualClock,
    pub(crate) caller: Arc<Caller>,
}

impl Stand {
    /// A cloud with `account` in it, on a clock that jumps ahead whenever somebody waits.
    pub(crate) async fn of(account: Account) -> Self {
        Self::with(World::new(now()).with(account)).await
    }

    pub(crate) async fn with(world: World) -> Self {
        let clock = ManualClock::hurrying(now());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let chance = Arc::new(SeededChance::new(7));
        let options = Options::default().clock(shared.clone());
        let sim = Sim::start(world, options).await.unwrap();
        let http = Arc::new(Http::new(&NetworkSettings::default()).unwrap());
        let pacer = Pacer::new(shared.clone(), Share::percent(100));
        let caller = Caller::new(http, shared, chance, pacer, RetryPolicy::default());
        Self {
            sim,
            clock,
            caller: Arc::new(caller),
        }
    }

    pub(crate) fn settings(&self, source: CredentialSource) -> Settings {
        Settings {
            account: AccountId::new("shop"),
            source,
            environment: Environment::default(),
            site: None,
            endpoints: endpoints(&[("default", self.sim.url())]),
            quotas: Quotas::default(),
        }
    }

    pub(crate) fn account(&self, settings: Settings) -> Aliyun {
        Aliyun::new(settings, self.caller.clone())
    }

    /// The account that signs with `key()`.
    pub(crate) fn aliyun(&self) -> Aliyun {
        self.account(self.settings(fixed(&key())))
    }

    pub(crate) fn calls(&self, action: &str) -> u64 {
        self.sim.stats().calls_of(action)
    }

    /// What became of the calls of `action`, oldest first.
    pub(crate) fn outcomes(&self, action: &str) -> Vec<String> {
        let calls = self.sim.recent_calls();
        calls
            .into_iter()
            .filter(|it| it.action == action)
            .map(|it| it.outcome)
            .collect()
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.monotonic()
    }
}

pub(crate) fn fixed(key: &AccessKey) -> CredentialSource {
    let (id, secret) = (key.id.clone(), key.secret.as_str().into());
    CredentialSource::Static {
        id,
        secret,
        token: None,
    }
}

pub(crate) async fn certificates(aliyun: &Aliyun) -> Sighting<Vec<Certificate>> {
    collect(cloud::Certificates::certificates(aliyun).as_ref()).await
}

pub(crate) async fn domains(aliyun: &Aliyun) -> Sighting<Vec<Domain>> {
    collect(cloud::Domains::domains(aliyun).as_ref()).await
}

pub(crate) fn endpoints(pairs: &[(&str, &str)]) -> Endpoints {
    let pairs = pairs
        .iter()
        .map(|(key, url)| ((*key).to_owned(), url.parse().unwrap()));
    Endpoints::new(pairs.collect::<BTreeMap<_, _>>()).unwrap()
}
