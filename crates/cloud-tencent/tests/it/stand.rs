//! A simulated cloud, a clock that hurries, and accounts that look at it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, ManualClock, SeededChance};
use cloud::conformance::Trouble;
use cloud::{Caller, Pacer, RetryPolicy, Share};
use cloud_tencent::{Bill, CredentialSource, Endpoints, Environment, Quotas, Settings, Tencent};
use cloudsim::{AccessKey, Account, Cloud, Effect, Fault, Host, Options, Rights, Sim, Uid, World};
use jiff::{SignedDuration, Timestamp};
use model::AccountId;
use net::{Http, NetworkSettings, Transport};

pub(crate) const UID: Uid = Uid(100_000_000_001);

/// A secret that must never be seen in anything printed.
pub(crate) const SECRET: &str = "CANARY-7f3a-secret";

pub(crate) const REGION: &str = "ap-guangzhou";

pub(crate) fn key() -> AccessKey {
    AccessKey::new("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", SECRET)
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
        .on(Cloud::Tencent)
        .user("skywarden", key(), rights)
}

pub(crate) struct Stand {
    pub(crate) sim: Sim,
    pub(crate) clock: ManualClock,
    pub(crate) caller: Arc<Caller>,
}

/// Returns a caller over `transport` that dates by a clock that jumps ahead whenever somebody waits.
pub(crate) fn caller(transport: Arc<dyn Transport>, clock: &ManualClock) -> Arc<Caller> {
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let pacer = Pacer::new(shared.clone(), Share::percent(100));
    let chance = Arc::new(SeededChance::new(7));
    let policy = RetryPolicy::default();
    Arc::new(Caller::new(transport, shared, chance, pacer, policy))
}

impl Stand {
    pub(crate) async fn of(account: Account) -> Self {
        Self::with(World::new(now()).with(account)).await
    }

    pub(crate) async fn with(world: World) -> Self {
        let clock = ManualClock::hurrying(now());
        let options = Options::default().clock(Arc::new(clock.clone()));
        let sim = Sim::start(world, options).await.unwrap();
        let http = Arc::new(Http::new(&NetworkSettings::default()).unwrap());
        let caller = caller(http, &clock);
        Self { sim, clock, caller }
    }

    pub(crate) fn settings(&self, source: CredentialSource) -> Settings {
        settings(
            source,
            &[("default", self.sim.url_of(Host::Tencent).as_str())],
        )
    }

    pub(crate) fn account(&self, settings: Settings) -> Tencent {
        Tencent::new(settings, self.caller.clone())
    }

    /// The account that signs with `key()`.
    pub(crate) fn tencent(&self) -> Tencent {
        self.account(self.settings(fixed(&key())))
    }

    pub(crate) fn calls(&self, action: &str) -> u64 {
        self.sim.stats().calls_of(action)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.monotonic()
    }
}

pub(crate) fn settings(source: CredentialSource, addresses: &[(&str, &str)]) -> Settings {
    Settings {
        account: AccountId::new("shop"),
        source,
        environment: Environment::default(),
        site: None,
        endpoints: endpoints(addresses),
        quotas: Quotas::default(),
        bill: Bill::default(),
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

pub(crate) fn endpoints(pairs: &[(&str, &str)]) -> Endpoints {
    let pairs = pairs
        .iter()
        .map(|(key, url)| ((*key).to_owned(), url.parse().unwrap()));
    Endpoints::new(pairs.collect::<BTreeMap<_, _>>()).unwrap()
}

/// A refusal in the words of the cloud.
pub(crate) fn refused(code: &str) -> Effect {
    Effect::Refused {
        status: 200,
        code: code.to_owned(),
        message: "Refused.".to_owned(),
    }
}

pub(crate) fn throttle() -> Effect {
    Effect::Throttle {
        code: None,
        status: None,
        retry_after_ms: None,
    }
}

/// Returns the fault that is a trouble.
pub(crate) fn fault_of(trouble: Trouble) -> Fault {
    match trouble {
        Trouble::Throttled { calls } => Fault::new(throttle()).times(calls.into()),
        Trouble::LostAnswer => Fault::new(Effect::LostAnswer).times(1),
        Trouble::HalfAnswer => Fault::new(Effect::HalfPage).times(1),
        Trouble::Down => Fault::new(refused("InternalError")),
        Trouble::DeadPage { page } => Fault::new(refused("InternalError")).page(page.into()),
        Trouble::Empty => Fault::new(Effect::EmptyList),
        Trouble::LyingTotal => Fault::new(Effect::LyingTotal { by: 1 }),
        Trouble::RepeatedRow => Fault::new(Effect::DuplicateRows),
        Trouble::RowLostOnce => Fault::new(Effect::ShiftedRows).times(1),
        Trouble::RowLost => Fault::new(Effect::ShiftedRows),
        Trouble::Denied => Fault::new(Effect::Denied),
        Trouble::NewFields => Fault::new(Effect::ExtraFields),
        Trouble::LogInPage => Fault::new(Effect::ProxyPage),
        Trouble::Garbage => Fault::new(Effect::GarbageJson),
        Trouble::WrongKey => Fault::new(refused("AuthFailure.SecretIdNotFound")),
    }
}
