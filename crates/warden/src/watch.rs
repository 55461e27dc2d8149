//! The accounts that are watched, and how members of an organization join them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cloud::{Member, Provider, Sighting, Unseen, Why, pager};
use model::{AccountId, CloudId, Identity, Kind, RegionId, Scope};
use tokio::sync::OnceCell;

use crate::each::{self, each};
use crate::observe::Looks;

/// One account that is watched.
#[derive(Clone)]
pub struct Watched {
    /// The account on its cloud.
    pub provider: Arc<dyn Provider>,
    /// The cloud's number the account must have, when the config says one.
    pub expect_identity: Option<String>,
    /// The regions that are looked at; those that hold something when none is named.
    pub regions: Vec<RegionId>,
    /// How the member accounts of its organization are found, when they are to be.
    pub discover: Option<Discover>,
}

/// How member accounts are found and entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discover {
    /// The role that is taken in each member account.
    pub role: String,
    /// Members that are left out, by the cloud's number.
    pub exclude: Vec<String>,
}

impl Watched {
    /// Returns our name of the account.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        self.provider.account()
    }

    /// Asks who the cloud says we are; another than the config expects is as good as none.
    pub(crate) async fn identity(&self) -> Sighting<Identity> {
        let sighting = pager::single(self.provider.identity().await);
        let (Some(seen), Some(expected)) = (sighting.seen(), &self.expect_identity) else {
            return sighting;
        };
        let found = &seen.get().account;
        if found == expected {
            return sighting;
        }
        let account = self.account();
        let detail =
            format!("account {account} should be number {expected}, but its key is of {found}");
        Sighting::Unseen(Unseen::new(Why::Credentials, detail))
    }
}

/// An account whose turn it is to be looked at.
#[derive(Clone)]
pub(crate) struct Turn {
    pub(crate) watched: Watched,
    identity: Arc<OnceCell<Sighting<Identity>>>,
}

impl Turn {
    pub(crate) fn new(watched: Watched) -> Self {
        Self {
            watched,
            identity: Arc::default(),
        }
    }

    /// Returns who the cloud says we are; asked once, by whoever needs to know first.
    pub(crate) async fn identity(&self) -> Sighting<Identity> {
        let asked = self.identity.get_or_init(|| self.watched.identity());
        asked.await.clone()
    }

    fn cloud(&self) -> &CloudId {
        self.watched.provider.cloud()
    }
}

/// The members of all organizations that are to be discovered.
#[derive(Default)]
pub(crate) struct Members {
    /// Those that are to be looked at.
    pub(crate) turns: Vec<Turn>,
    /// What the looks at the lists gave.
    pub(crate) lists: Vec<(Scope, Sighting<u64>)>,
    /// Of each organization whose list was seen, by its administrator: its members as we call them,
    /// with the cloud's numbers.
    pub(crate) present: BTreeMap<AccountId, BTreeMap<AccountId, String>>,
}

/// Returns the members of every organization that one of `watched` administers and that is to be
/// discovered.
///
/// Nothing is asked of an organization before its administrator has proved to be who it should be.
/// A member that is watched already is not watched twice.
pub(crate) async fn members(watched: &[Turn], looks: &Looks) -> Members {
    let parents: Vec<(Turn, Discover)> = watched
        .iter()
        .filter_map(|it| Some((it.clone(), it.watched.discover.clone()?)))
        .collect();
    let asked = parents.iter().map(|(parent, _)| listed(parent.clone()));
    let sightings = each(asked).await;
    let lists = parents.iter().zip(sightings).map(|((parent, _), it)| {
        let scope = Scope::global(parent.watched.account(), Kind::MEMBER);
        let sighting = it.unwrap_or_else(|| Sighting::Unseen(each::broken_off()));
        looks.doubt_all(&scope, sighting)
    });
    let lists: Vec<Sighting<Vec<Member>>> = lists.collect();
    let mut known = known(watched, &parents, &lists).await;

    let mut members = Members::default();
    for ((parent, discover), sighting) in parents.iter().zip(lists) {
        let provider = &parent.watched.provider;
        let mut present = BTreeMap::new();
        for member in sighting.seen().into_iter().flat_map(|it| it.get()) {
            // The organization was there a moment ago, to list its members.
            let Some(organization) = provider.organization().filter(|_| member.active) else {
                continue;
            };
            let entered = organization.enter(member, &discover.role);
            present.insert(entered.account().clone(), member.number.clone());
            let number = (provider.cloud().clone(), member.number.clone());
            if discover.exclude.contains(&member.number) || !known.insert(number) {
                continue;
            }
            members.turns.push(Turn::new(Watched {
                provider: entered,
                expect_identity: Some(member.number.clone()),
                regions: parent.watched.regions.clone(),
                discover: None,
            }));
        }
        if sighting.seen().is_some() {
            members.present.insert(provider.account().clone(), present);
        }
        let scope = Scope::global(provider.account(), Kind::MEMBER);
        members.lists.push((scope, counted(sighting)));
    }
    members
}

/// Returns the numbers of the accounts that are watched already and that may be members.
///
/// Only those are waited for whose number neither the config says nor the lists leave out.
async fn known(
    watched: &[Turn],
    parents: &[(Turn, Discover)],
    lists: &[Sighting<Vec<Member>>],
) -> BTreeSet<(CloudId, String)> {
    let clouds: BTreeSet<&CloudId> = parents
        .iter()
        .zip(lists)
        .filter(|(_, list)| list.seen().is_some_and(|it| !it.get().is_empty()))
        .map(|((parent, _), _)| parent.cloud())
        .collect();
    let candidates = watched.iter().filter(|it| clouds.contains(it.cloud()));
    let numbers = each(candidates.cloned().map(number)).await;
    numbers.into_iter().flatten().flatten().collect()
}

/// Returns the cloud's number of an account: as the config says, or else as the cloud does.
async fn number(turn: Turn) -> Option<(CloudId, String)> {
    let number = match &turn.watched.expect_identity {
        Some(expected) => expected.clone(),
        None => turn.identity().await.seen()?.get().account.clone(),
    };
    Some((turn.cloud().clone(), number))
}

async fn listed(parent: Turn) -> Sighting<Vec<Member>> {
    if let Sighting::Unseen(unseen) = parent.identity().await {
        return Sighting::Unseen(unseen);
    }
    match parent.watched.provider.organization() {
        Some(organization) => pager::collect(&*organization.members()).await,
        None => {
            let words = "this cloud has no organizations";
            Sighting::Unseen(Unseen::new(Why::Refused, words))
        }
    }
}

fn counted<T>(sighting: Sighting<Vec<T>>) -> Sighting<u64> {
    match sighting {
        Sighting::Seen(seen) => Sighting::Seen(seen.map(|all| all.len() as u64)),
        Sighting::Unseen(unseen) => Sighting::Unseen(unseen),
    }
}
