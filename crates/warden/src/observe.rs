//! Takes the census: asks every account for what a duty wants, each at its own pace.

mod bill;
mod estate;
mod members;
mod observed;
mod pauses;
mod recall;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Tasks};
use cloud::{
    AccountSight, Census, Harvest, Probe, Provider, RegionSight, Sighting, Unseen, Wants, Why,
    pager,
};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, Kind, Place, Prepaid, RegionId, Scope};

use self::bill::{bill, harvest};
pub(crate) use self::members::{Hearing, Members};
pub(crate) use self::observed::Clouds;
pub use self::observed::Observed;
use self::pauses::Pauses;
pub use self::recall::Recall;
pub(crate) use self::recall::Recalling;
use crate::each::{self, each};
use crate::watch::{Turn, Watched, members};

const PROBE_TIME: Duration = Duration::from_secs(10);

/// Is told how a census is getting on.
pub trait Progress: Send + Sync {
    /// So many accounts will be looked at.
    fn accounts(&self, many: usize);
    /// One account was looked at.
    fn done(&self, account: &AccountId);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn accounts(&self, _many: usize) {}
    fn done(&self, _account: &AccountId) {}
}

/// How long the list of a whole account is empty before it is believed: until the patrol of the next
/// day, whose schedule may come a little earlier. Nobody loses all there is from one look to the next.
const EMPTY_ACCOUNT: SignedDuration = SignedDuration::from_hours(20);
/// How long the list of a region is empty before it is believed: a person may well clear a region
/// out, and waits for the next look to say so.
const EMPTY_REGION: SignedDuration = SignedDuration::from_mins(10);

/// What earlier looks gave: to doubt a list that is suddenly empty, and to keep in sight what was
/// part of something once.
#[derive(Debug, Clone, Default)]
pub struct Looks {
    /// When the looks are that these are compared with.
    pub now: Timestamp,
    /// How many things there were at the last complete look.
    pub counts: BTreeMap<Scope, u64>,
    /// Since when the list of a scope has come back empty and was not believed.
    pub doubted: BTreeMap<Scope, Timestamp>,
    /// When the list of all regions of an account was last seen, and all of them looked at: by
    /// whichever duty, for what that duty wants.
    pub swept: BTreeMap<AccountId, Timestamp>,
    /// What became of the last look at each scope.
    pub last: BTreeMap<Scope, LastLook>,
    /// Which machines are kept whatever they look like now.
    pub recall: Recall,
}

/// What became of the last look at a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastLook {
    /// When it was.
    pub attempted: Timestamp,
    /// When one last saw the scope whole.
    pub complete: Option<Timestamp>,
    /// Whether this one did.
    pub seen: bool,
}

/// A look that has begun; dropping it ends what is under way.
pub struct Begun {
    turns: Vec<Turn>,
    _asking: Tasks,
}

/// Takes censuses.
#[derive(Clone)]
pub struct Observer {
    clock: Arc<dyn Clock>,
    progress: Arc<dyn Progress>,
    members: Members,
}

impl Observer {
    /// Returns an observer that dates by `clock` and tells `progress` how it gets on.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, progress: Arc<dyn Progress>) -> Self {
        Self {
            clock,
            progress,
            members: Members::UNHEARD,
        }
    }

    /// Returns an observer that also tells who is a node of what.
    pub(crate) fn telling(self, members: Members) -> Self {
        Self { members, ..self }
    }

    /// Begins to ask all of `watched` who they are, which has to be known before anything else is
    /// asked and needs no word on what is wanted.
    #[must_use]
    pub fn begin(&self, watched: &[Watched]) -> Begun {
        let turns: Vec<Turn> = watched.iter().cloned().map(Turn::new).collect();
        let mut asking = Tasks::new();
        for turn in &turns {
            let turn = turn.clone();
            asking.start(async move { drop(turn.identity().await) });
        }
        Begun {
            turns,
            _asking: asking,
        }
    }

    /// Asks all accounts, and the members of their organizations, for what is wanted.
    pub async fn observe(&self, begun: &Begun, wants: &Arc<Wants>, looks: &Arc<Looks>) -> Observed {
        let taken = self.clock.now();
        let own = &begun.turns;
        self.progress.accounts(own.len());
        let sights = self.sights(own, wants, looks, taken);
        let members = async {
            let members = members(own, looks).await;
            self.progress.accounts(own.len() + members.turns.len());
            let sights = self.sights(&members.turns, wants, looks, taken).await;
            (members, sights)
        };
        let probes = self.probes(&wants.endpoints);
        let (sights, (members, member_sights), endpoints) = tokio::join!(sights, members, probes);
        let mut census = Census {
            taken,
            accounts: BTreeMap::new(),
            endpoints,
        };
        let mut providers = BTreeMap::new();
        let turns = own.iter().chain(&members.turns);
        for (turn, sight) in turns.zip(sights.into_iter().chain(member_sights)) {
            let provider = &turn.watched.provider;
            let sight =
                sight.unwrap_or_else(|| unseen_sight(turn, wants, looks, &each::broken_off()));
            census.accounts.insert(provider.account().clone(), sight);
            providers.insert(provider.account().clone(), provider.clone());
        }
        for (scope, sighting) in members.lists {
            if let Some(sight) = census.accounts.get_mut(&scope.account) {
                sight.details.insert(scope, sighting);
            }
        }
        Observed {
            census,
            present: members.present,
            providers,
        }
    }

    /// Looks at accounts, each for itself; `None` where a look broke off.
    async fn sights(
        &self,
        turns: &[Turn],
        wants: &Arc<Wants>,
        looks: &Arc<Looks>,
        now: Timestamp,
    ) -> Vec<Option<AccountSight>> {
        let sights = turns.iter().map(|turn| {
            let (turn, wants, looks) = (turn.clone(), wants.clone(), looks.clone());
            let (progress, members) = (self.progress.clone(), self.members.clone());
            async move {
                let sight = account_sight(&turn, &wants, &looks, &members, now).await;
                progress.done(turn.watched.account());
                sight
            }
        });
        each(sights).await
    }

    async fn probes(&self, endpoints: &[String]) -> BTreeMap<String, Sighting<Probe>> {
        let probes = endpoints.iter().cloned().map(|endpoint| async move {
            let probe = tokio::select! {
                probe = probe(&endpoint) => probe,
                () = self.clock.sleep(PROBE_TIME) => Sighting::Unseen(Unseen::new(
                    Why::Unreachable,
                    format!("{endpoint} did not answer in {} s", PROBE_TIME.as_secs()),
                )),
            };
            (endpoint, probe)
        });
        join_all(probes).await.into_iter().collect()
    }
}

impl Looks {
    /// Returns the regions that held anything of an account at the last look.
    fn held(&self, account: &AccountId) -> BTreeSet<RegionId> {
        let counts = self.counts.iter().filter(|(_, many)| **many > 0);
        let unsure = self.doubted.keys();
        let scopes = counts.map(|(scope, _)| scope).chain(unsure);
        scopes
            .filter(|it| it.account == *account)
            .filter_map(|it| match &it.place {
                Place::Region(region) => Some(region.clone()),
                Place::Global => None,
            })
            .collect()
    }

    /// Returns the regions that were looked at since `since`.
    fn tried(&self, account: &AccountId, since: Timestamp) -> BTreeSet<RegionId> {
        let last = self.last.iter();
        last.filter(|(scope, look)| scope.account == *account && look.attempted >= since)
            .filter_map(|(scope, _)| match &scope.place {
                Place::Region(region) => Some(region.clone()),
                Place::Global => None,
            })
            .collect()
    }

    /// Returns whether the last look at a scope saw it whole, after `since`.
    fn was_seen(&self, scope: &Scope, since: Timestamp) -> bool {
        let last = self.last.get(scope);
        last.is_some_and(|it| it.seen && it.complete.is_some_and(|at| at > since))
    }

    /// Doubts a list that is empty where there was something: a key that lost its rights gets an
    /// empty list, not an error. It is believed once it has been empty for a while, however often it
    /// was asked for meanwhile.
    fn doubt<T>(&self, scope: &Scope, sighting: Sighting<T>, total: u64) -> Sighting<T> {
        match self.counts.get(scope) {
            Some(&before) if before > 0 && total == 0 && !self.is_believed_empty(scope) => {
                let detail = format!("the list is empty, and had {before} rows at the last look");
                Sighting::Unseen(Unseen::new(Why::EmptyAfter { before }, detail))
            }
            _ => sighting,
        }
    }

    fn is_believed_empty(&self, scope: &Scope) -> bool {
        let long_enough = match scope.place {
            Place::Global => EMPTY_ACCOUNT,
            Place::Region(_) => EMPTY_REGION,
        };
        let since = self.doubted.get(scope);
        since.is_some_and(|since| self.now.duration_since(*since) >= long_enough)
    }

    /// Doubts a list of all there is.
    pub(crate) fn doubt_all<T>(
        &self,
        scope: &Scope,
        sighting: Sighting<Vec<T>>,
    ) -> Sighting<Vec<T>> {
        let total = sighting.seen().map_or(1, |it| it.get().len() as u64);
        self.doubt(scope, sighting, total)
    }
}

async fn account_sight(
    turn: &Turn,
    wants: &Wants,
    looks: &Looks,
    members: &Members,
    now: Timestamp,
) -> AccountSight {
    let provider = &*turn.watched.provider;
    let identity = turn.identity().await;
    if let Sighting::Unseen(unseen) = &identity {
        // Nothing is asked of an account that is not the one it should be, or whose key is wrong.
        return unseen_sight(turn, wants, looks, unseen);
    }
    let account = provider.account();
    let pauses = Pauses::new();
    let balance = async {
        let wanted = wants.wants_balance_of(account);
        let billing = provider.billing().filter(|_| wanted)?;
        pauses.next().await;
        Some(pager::single(billing.balance().await))
    };
    let certificates = async {
        let store = provider.certificates().filter(|_| wants.certificates)?;
        pauses.next().await;
        let sighting = pager::collect(&*store.certificates()).await;
        Some(looks.doubt_all(&Scope::global(account, Kind::CERTIFICATE), sighting))
    };
    let domains = async {
        let registrar = provider.domains().filter(|_| wants.domains)?;
        pauses.next().await;
        let sighting = pager::collect(&*registrar.domains()).await;
        Some(looks.doubt_all(&Scope::global(account, Kind::DOMAIN), sighting))
    };
    let keys = async {
        let asked = wants.wants_access_keys_of(account);
        let keys = provider.keys().filter(|_| asked)?;
        pauses.next().await;
        Some(pager::collect(&*keys.access_keys()).await)
    };
    let regional = async {
        pauses.first().await;
        regional(turn, wants, looks, members, now).await
    };
    let (bill, balance, certificates, domains, access_keys, regional) = tokio::join!(
        bill(provider, wants, looks, &pauses),
        balance,
        certificates,
        domains,
        keys,
        regional
    );
    let (cloud, page) = (provider.cloud().clone(), provider.renewal_page());
    AccountSight {
        prepaid: bill.prepaid,
        uncovered: bill.uncovered,
        details: bill.details,
        balance,
        certificates,
        domains,
        access_keys,
        regions: regional.regions,
        terms: regional.terms,
        estate: regional.estate,
        ..AccountSight::unasked(cloud, identity, page)
    }
}

/// What is looked at region by region.
#[derive(Default)]
struct Regional {
    regions: Option<Sighting<Vec<model::Region>>>,
    terms: BTreeMap<Scope, Sighting<Harvest<Prepaid>>>,
    estate: BTreeMap<RegionId, RegionSight>,
}

async fn regional(
    turn: &Turn,
    wants: &Wants,
    looks: &Looks,
    members: &Members,
    now: Timestamp,
) -> Regional {
    let provider = &*turn.watched.provider;
    if !wants_regions(provider, wants) {
        let terms = terms(provider, wants, &BTreeSet::new(), looks).await;
        return Regional {
            terms,
            ..Regional::default()
        };
    }
    let wanted = |region: &RegionId| regional_scopes(provider, wants, region);
    let chosen = estate::regions(provider, &turn.watched.regions, looks, &wanted, now).await;
    let estate = async {
        if !wants.estate.asks_of(provider.account()) {
            return BTreeMap::new();
        }
        let asked = chosen.chosen.iter().map(|region| async move {
            let look = estate::Look {
                provider,
                region,
                wants: &wants.estate,
                looks,
                members,
                pauses: Pauses::new(),
                now,
            };
            let sight = look.region_sight().await;
            (region.clone(), sight)
        });
        join_all(asked).await.into_iter().collect()
    };
    let (estate, terms) = tokio::join!(estate, terms(provider, wants, &chosen.chosen, looks));
    Regional {
        regions: chosen.list,
        terms,
        estate,
    }
}

/// Returns whether anything is wanted that is looked at region by region.
fn wants_regions(provider: &dyn Provider, wants: &Wants) -> bool {
    let terms = provider
        .terms()
        .filter(|_| wants.prepaid_ending_before.is_some());
    wants.estate.asks_of(provider.account())
        || terms.is_some_and(|it| it.lists().iter().any(|list| list.regional))
}

/// Returns the scopes of a region that a look at it is to see.
fn regional_scopes(provider: &dyn Provider, wants: &Wants, region: &RegionId) -> Vec<Scope> {
    let regions = BTreeSet::from([region.clone()]);
    let ends = wants.prepaid_ending_before.is_some();
    let terms = term_scopes(provider, &regions).filter(|(list, _)| ends && list.regional);
    let terms = terms.map(|(_, scope)| scope);
    terms
        .chain(estate::scopes(provider, region, &wants.estate))
        .collect()
}

/// Returns the scopes of the lists of what ends.
fn term_scopes<'a>(
    provider: &'a dyn Provider,
    regions: &'a BTreeSet<RegionId>,
) -> impl Iterator<Item = (&'a cloud::TermList, Scope)> + 'a {
    let account = provider.account();
    let lists = provider.terms().map_or(&[][..], |it| it.lists());
    lists.iter().flat_map(move |list| {
        let regional = regions.iter().filter(|_| list.regional);
        let regional = regional.map(|region| Scope::regional(account, region, list.kind));
        let global = (!list.regional).then(|| Scope::global(account, list.kind));
        regional.chain(global).map(move |scope| (list, scope))
    })
}

async fn terms(
    provider: &dyn Provider,
    wants: &Wants,
    regions: &BTreeSet<RegionId>,
    looks: &Looks,
) -> BTreeMap<Scope, Sighting<Harvest<Prepaid>>> {
    let Some((port, before)) = provider.terms().zip(wants.prepaid_ending_before) else {
        return BTreeMap::new();
    };
    let asked = term_scopes(provider, regions).map(|(list, scope)| async move {
        let sighting = harvest(&*port.ending(list, &scope.place), before).await;
        let total = sighting.seen().map_or(1, |it| it.get().total());
        let sighting = looks.doubt(&scope, sighting, total);
        (scope, sighting)
    });
    join_all(asked).await.into_iter().collect()
}

/// Returns the sight of an account of which nothing was seen that was wanted.
fn unseen_sight(turn: &Turn, wants: &Wants, looks: &Looks, unseen: &Unseen) -> AccountSight {
    fn if_asked<T>(asked: bool, unseen: &Unseen) -> Option<Sighting<T>> {
        asked.then(|| Sighting::Unseen(unseen.clone()))
    }
    let provider = &*turn.watched.provider;
    let mut regions: BTreeSet<RegionId> = turn.watched.regions.iter().cloned().collect();
    let named = !regions.is_empty();
    if !named {
        regions = looks.held(provider.account());
    }
    let ends = wants.prepaid_ending_before.is_some();
    let terms = term_scopes(provider, &regions).filter(|_| ends);
    let estate = regions
        .iter()
        .filter(|_| wants.estate.asks_of(provider.account()));
    let billed = provider.billing().is_some();
    let balance = wants.wants_balance_of(provider.account());
    let identity = Sighting::Unseen(unseen.clone());
    AccountSight {
        prepaid: if_asked(billed && wants.prepaid_ending_before.is_some(), unseen),
        balance: if_asked(billed && balance, unseen),
        certificates: if_asked(
            provider.certificates().is_some() && wants.certificates,
            unseen,
        ),
        domains: if_asked(provider.domains().is_some() && wants.domains, unseen),
        access_keys: if_asked(
            provider.keys().is_some() && wants.wants_access_keys_of(provider.account()),
            unseen,
        ),
        regions: if_asked(!named && wants_regions(provider, wants), unseen),
        terms: terms
            .map(|(_, scope)| (scope, Sighting::Unseen(unseen.clone())))
            .collect(),
        estate: estate
            .map(|region| {
                let sight = estate::unseen_region(provider, &wants.estate, unseen);
                (region.clone(), sight)
            })
            .collect(),
        ..AccountSight::unasked(provider.cloud().clone(), identity, provider.renewal_page())
    }
}

async fn probe(endpoint: &str) -> Sighting<Probe> {
    let (host, port) = endpoint.rsplit_once(':').unwrap_or((endpoint, "443"));
    let Ok(port) = port.parse() else {
        let detail = format!("{endpoint:?} is not host:port");
        return Sighting::Unseen(Unseen::new(Why::Refused, detail));
    };
    match net::tls_probe::shown_certificate(host, port).await {
        Ok(shown) => pager::single(Ok(Probe {
            endpoint: endpoint.to_owned(),
            ends: shown.ends,
            subject: shown.subject,
            issuer: shown.issuer,
        })),
        Err(error) => Sighting::Unseen(Unseen::new(Why::Unreachable, base::chain(&error))),
    }
}
