//! A running simulation: one world behind open doors, until it is dropped.

pub(crate) mod due;
pub(crate) mod line;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use base::{Chance, Clock, SystemChance, SystemClock, Tasks};
use tokio::net::TcpListener;
use tokio::sync::watch;

use self::line::{Cut, Lines};
use crate::aliyun::Door;
use crate::aliyun::control::site_word;
use crate::aliyun::nonces::Nonces;
use crate::aliyun::pages::Pages;
use crate::aws;
use crate::fault::Faults;
use crate::offer::Offer;
use crate::stats::{CallRecord, Counters, Stats};
use crate::tencent;
use crate::throttle::{Quota, Throttle};
use crate::world::World;
use crate::world::account::{AccessKey, Site, Uid};

/// How a simulation runs.
#[derive(Debug, Clone)]
pub struct Options {
    offer: Offer,
    listen: SocketAddr,
    latency: Duration,
    quota: Option<Quota>,
    aws_defaults: aws::buckets::Defaults,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

impl Default for Options {
    /// Everything on free ports on loopback, no latency, no quota, the machine's clock.
    fn default() -> Self {
        Self::offering(Offer::EVERYTHING)
    }
}

impl Options {
    /// Serves what is offered on free ports on loopback, with no latency, no quota, and the machine's
    /// clock.
    #[must_use]
    pub fn offering(offer: Offer) -> Self {
        Self {
            offer,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            latency: Duration::ZERO,
            quota: None,
            aws_defaults: aws::buckets::Defaults::Kept,
            clock: Arc::new(SystemClock::new()),
            chance: Arc::new(SystemChance),
        }
    }

    /// Listens on `address`; the doors that belong to one site take free ports beside it.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Delays every answer.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Limits the calls of each account, region and action.
    #[must_use]
    pub fn quota(mut self, quota: Quota) -> Self {
        self.quota = Some(quota);
        self
    }

    /// Lifts the quotas that every account of the real AWS has; they hold where no other quota was set.
    #[must_use]
    pub fn without_aws_quotas(mut self) -> Self {
        self.aws_defaults = aws::buckets::Defaults::Lifted;
        self
    }

    /// Takes wall time (signatures, sessions, `Date`) and waiting (latency, quotas) from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Takes request ids and session keys from `chance`.
    #[must_use]
    pub fn chance(mut self, chance: Arc<dyn Chance>) -> Self {
        self.chance = chance;
        self
    }
}

/// What all doors of one simulation share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) offer: Offer,
    pub(crate) world: World,
    pub(crate) faults: Faults,
    pub(crate) counters: Arc<Counters>,
    pub(crate) throttle: Throttle,
    pub(crate) tencent_quotas: tencent::Quotas,
    pub(crate) aws: aws::state::State,
    pub(crate) nonces: Nonces,
    pub(crate) pages: Pages,
    pub(crate) latency: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) stop: watch::Receiver<()>,
}

/// A host that a simulation serves, each on a port of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Host {
    /// Every product of Alibaba Cloud, and the operator's side of the simulation.
    Aliyun,
    /// The hosts of one commercial site of Alibaba Cloud.
    Site(Site),
    /// Every service of Tencent Cloud.
    Tencent,
    /// Every service, region and partition of AWS.
    Aws,
}

/// Returns what is served; the first host listens where the options say.
fn hosts(shared: &Arc<Shared>) -> Vec<(Host, Router)> {
    let aliyun = |site| {
        let shared = shared.clone();
        Door { shared, site }.router()
    };
    vec![
        (Host::Aliyun, aliyun(None)),
        (Host::Site(Site::Domestic), aliyun(Some(Site::Domestic))),
        (
            Host::Site(Site::International),
            aliyun(Some(Site::International)),
        ),
        (Host::Tencent, tencent::router(shared.clone())),
        (Host::Aws, aws::router(shared.clone())),
    ]
}

/// A running simulation; dropping it closes its doors and ends its connections.
#[derive(Debug)]
pub struct Sim {
    shared: Arc<Shared>,
    url: String,
    addresses: Vec<(Host, SocketAddr)>,
    _tasks: Tasks,
    _stop: watch::Sender<()>,
}

impl Sim {
    /// Opens the wire doors of `world`: one port for each [`Host`].
    ///
    /// # Errors
    ///
    /// When a port cannot be opened.
    pub async fn start(world: World, options: Options) -> std::io::Result<Self> {
        let (stop, stopped) = watch::channel(());
        let shared = Arc::new(Shared {
            offer: options.offer,
            world,
            faults: Faults::new(options.clock.clone()),
            counters: Arc::default(),
            throttle: Throttle::new(options.quota),
            tencent_quotas: tencent::Quotas::new(options.quota),
            aws: aws::state::State::new(&*options.chance, options.aws_defaults),
            nonces: Nonces::default(),
            pages: Pages::default(),
            latency: options.latency,
            clock: options.clock,
            chance: options.chance,
            stop: stopped,
        });
        let mut tasks = Tasks::new();
        let mut addresses = Vec::new();
        let mut listen = options.listen;
        for (host, router) in hosts(&shared) {
            let listener = TcpListener::bind(listen).await?;
            listen.set_port(0);
            addresses.push((host, listener.local_addr()?));
            let lines = Lines::new(listener, shared.counters.clone());
            let router = router.into_make_service_with_connect_info::<Cut>();
            let mut stopped = shared.stop.clone();
            tasks.start(async move {
                let server = axum::serve(lines, router).with_graceful_shutdown(async move {
                    // Nothing is ever sent: the channel closes when the simulation is dropped.
                    while stopped.changed().await.is_ok() {}
                });
                if let Err(error) = server.await {
                    tracing::error!("a door of the simulation closed: {error}");
                }
            });
        }
        let Some((_, address)) = addresses.first() else {
            return Err(std::io::Error::other("no door was opened"));
        };
        Ok(Self {
            shared,
            url: format!("http://{address}"),
            addresses,
            _tasks: tasks,
            _stop: stop,
        })
    }

    /// Returns the address of the door that serves everything, as `http://127.0.0.1:port`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the address of the door that serves everything.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address_of(Host::Aliyun)
    }

    /// Returns the address of `host`.
    #[must_use]
    pub fn address_of(&self, host: Host) -> SocketAddr {
        let mut addresses = self.addresses.iter();
        let found = addresses.find(|it| it.0 == host);
        // Every host is opened when the simulation starts.
        found.map_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), |it| it.1)
    }

    /// Returns the address of `host`, as `http://127.0.0.1:port`.
    #[must_use]
    pub fn url_of(&self, host: Host) -> String {
        format!("http://{}", self.address_of(host))
    }

    /// Returns the address of the hosts of one commercial site, as `http://127.0.0.1:port`: the billing service
    /// there refuses accounts of the other site.
    #[must_use]
    pub fn site_url(&self, site: Site) -> String {
        self.url_of(Host::Site(site))
    }

    /// Returns the world behind the doors.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.shared.world
    }

    /// Returns the planted faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Lets every session of account `uid` end now, so that the next call with one is refused as expired.
    pub fn expire_sessions(&self, uid: Uid) -> usize {
        self.shared
            .world
            .expire_sessions(uid, self.shared.clock.now())
    }

    /// Returns what was counted so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.counters.snapshot()
    }

    /// Returns the last calls, oldest first; 4096 at most.
    #[must_use]
    pub fn recent_calls(&self) -> Vec<CallRecord> {
        self.shared.counters.recent()
    }

    /// Counts from zero again.
    pub fn reset_stats(&self) {
        self.shared.counters.reset();
    }

    /// Returns every account with its keys, secrets included, as JSON for the operator of the simulation.
    #[must_use]
    pub fn accounts_with_keys(&self) -> serde_json::Value {
        accounts_json(&self.shared.world)
    }

    /// Changes the quota from now on; `None` takes it away.
    pub fn set_quota(&self, quota: Option<Quota>) {
        self.shared.set_quota(quota);
    }
}

impl Shared {
    /// Changes the quota of every door from now on.
    pub(crate) fn set_quota(&self, quota: Option<Quota>) {
        self.throttle.set(quota);
        self.tencent_quotas.set(quota);
    }
}

/// Returns all accounts with their keys, for the operator of the simulation.
pub(crate) fn accounts_json(world: &World) -> serde_json::Value {
    let key = |it: &AccessKey| serde_json::json!({"id": it.id, "secret": it.secret});
    let accounts = world.accounts().into_iter().map(|account| {
        let users = account.users.iter().map(|user| serde_json::json!({"name": user.name, "keys": user.keys.iter().map(key).collect::<Vec<_>>()}));
        serde_json::json!({
            "name": account.name,
            "cloud": account.cloud().as_str(),
            "uid": account.number(),
            "site": site_word(account.site),
            "keys": account.keys.iter().map(key).collect::<Vec<_>>(),
            "users": users.collect::<Vec<_>>(),
            "roles": account.roles.iter().map(|it| account.cloud().role_arn(account.uid, &it.name)).collect::<Vec<_>>(),
        })
    });
    accounts.collect()
}
