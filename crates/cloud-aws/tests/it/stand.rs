//! A simulated cloud, a clock that hurries, and accounts that look at it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, ManualClock, SeededChance};
use cloud::conformance::Trouble;
use cloud::{Caller, Pacer, PageSource, Provider, RetryPolicy, Share, pager};
use cloud_aws::{Aws, CredentialSource, Endpoints, Environment, Quotas, Settings};
use cloudsim::{
    AccessKey, Account, Cloud, Effect, Fault, Host, Options, Partition, Rights, Sim, Uid, World,
};
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, RegionId};
use net::{Http, NetworkSettings};

pub(crate) const UID: Uid = Uid(12_345_678_901);
/// Its number as the cloud writes it.
pub(crate) const NUMBER: &str = "012345678901";
/// A secret that must never be seen in anything printed.
pub(crate) const SECRET: &str = "CANARY-7f3a-secret";
/// Where things stand; not the region that is asked for what is of no region.
pub(crate) const REGION: &str = "eu-west-1";

pub(crate) fn region() -> RegionId {
    RegionId::new(REGION)
}

pub(crate) fn key() -> AccessKey {
    AccessKey::new("AKIAIOSFODNN7EXAMPLE", SECRET)
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
    Account::new("shop", UID)
        .on(Cloud::Aws(Partition::Aws))
        .user("skywarden", key(), rights)
}

pub(crate) struct Stand {
    pub(crate) sim: Sim,
    pub(crate) clock: ManualClock,
    pub(crate) caller: Arc<Caller>,
}

/// Returns what makes calls on a clock, using all of every quota.
pub(crate) fn caller(clock: &Arc<dyn Clock>) -> Arc<Caller> {
    let http = Arc::new(Http::new(&NetworkSettings::default()).unwrap());
    let pacer = Pacer::new(clock.clone(), Share::percent(100));
    let chance = Arc::new(SeededChance::new(7));
    let caller = Caller::new(http, clock.clone(), chance, pacer, RetryPolicy::default());
    Arc::new(caller)
}

impl Stand {
    /// A cloud with `account` in it, on a clock that jumps ahead whenever somebody waits.
    pub(crate) async fn of(account: Account) -> Self {
        Self::with(World::new(now()).with(account)).await
    }

    pub(crate) async fn with(world: World) -> Self {
        let clock = ManualClock::hurrying(now());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let options = Options::default().clock(shared.clone());
        let sim = Sim::start(world, options).await.unwrap();
        let caller = caller(&shared);
        Self { sim, clock, caller }
    }

    pub(crate) fn settings(&self, source: CredentialSource) -> Settings {
        Settings {
            account: AccountId::new("shop"),
            source,
            environment: Environment::default(),
            partition: None,
            region: None,
            regions: Vec::new(),
            endpoints: endpoints(&[("default", &self.sim.url_of(Host::Aws))]),
            quotas: Quotas::default(),
        }
    }

    pub(crate) fn account(&self, settings: Settings) -> Aws {
        Aws::new(settings, self.caller.clone())
    }

    /// The account that signs with `key()`.
    pub(crate) fn aws(&self) -> Aws {
        self.account(self.settings(fixed(&key())))
    }

    pub(crate) fn calls(&self, action: &str) -> u64 {
        self.sim.stats().calls_of(action)
    }

    pub(crate) fn outcomes(&self) -> Vec<String> {
        let calls = self.sim.recent_calls().into_iter();
        calls.map(|it| it.outcome).collect()
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.monotonic()
    }
}

/// Returns the account itself; beside its ports, names of methods would mean two things.
pub(crate) fn itself(aws: &Aws) -> &dyn Provider {
    aws
}

pub(crate) fn fixed(key: &AccessKey) -> CredentialSource {
    let (id, secret) = (key.id.clone(), key.secret.as_str().into());
    CredentialSource::Static {
        id,
        secret,
        token: None,
    }
}

/// Returns the rows of a list that is seen.
pub(crate) async fn rows<T: cloud::Keyed + Send>(list: Box<dyn PageSource<T> + '_>) -> Vec<T> {
    match pager::collect(list.as_ref()).await {
        cloud::Sighting::Seen(seen) => seen.into_inner(),
        cloud::Sighting::Unseen(unseen) => panic!("{unseen}"),
    }
}

pub(crate) fn endpoints(pairs: &[(&str, &str)]) -> Endpoints {
    let pairs = pairs
        .iter()
        .map(|(key, url)| ((*key).to_owned(), url.parse().unwrap()));
    Endpoints::new(pairs.collect::<BTreeMap<_, _>>()).unwrap()
}

pub(crate) fn throttle() -> Effect {
    Effect::Throttle {
        code: None,
        status: None,
        retry_after_ms: None,
    }
}

/// Returns the fault that is a trouble; a wrong key is refused as `wrong_key`, each service in its own
/// words.
pub(crate) fn fault_of(trouble: Trouble, wrong_key: Effect) -> Fault {
    match trouble {
        Trouble::Throttled { calls } => Fault::new(throttle()).times(calls.into()),
        Trouble::LostAnswer => Fault::new(Effect::LostAnswer).times(1),
        Trouble::HalfAnswer => Fault::new(Effect::HalfPage).times(1),
        Trouble::Down => Fault::new(Effect::Status { status: 503 }),
        Trouble::DeadPage { page } => Fault::new(Effect::Status { status: 502 }).page(page.into()),
        Trouble::Empty => Fault::new(Effect::EmptyList),
        Trouble::RepeatedRow => Fault::new(Effect::DuplicateRows),
        Trouble::Denied => Fault::new(Effect::Denied),
        Trouble::NewFields => Fault::new(Effect::ExtraFields),
        Trouble::LogInPage => Fault::new(Effect::ProxyPage),
        Trouble::Garbage => Fault::new(Effect::GarbageJson),
        Trouble::WrongKey => Fault::new(wrong_key),
        Trouble::LyingTotal | Trouble::RowLostOnce | Trouble::RowLost => {
            unreachable!("there is no total to be wrong")
        }
    }
}
