//! The accounts that are watched, and how members of an organization join them.

use std::collections::BTreeSet;
use std::sync::Arc;

use cloud::{Member, Provider, Sighting, Unseen, Why, pager};
use model::{AccountId, CloudId, Identity, Kind, RegionId, Scope};

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
    /// Who the cloud says we are, where that was asked already.
    pub(crate) identity: Option<Sighting<Identity>>,
}

/// The accounts of a run, members included, and what the looks at the member lists gave.
pub(crate) struct Expanded {
    pub(crate) turns: Vec<Turn>,
    pub(crate) lists: Vec<(Scope, Sighting<u64>)>,
}

/// Adds the member accounts of every organization that is to be discovered.
///
/// Nothing is asked of an organization before its administrator has proved to be who it should be.
pub(crate) async fn expand(watched: &[Watched], looks: &Looks) -> Expanded {
    let turn = |watched: &Watched| Turn {
        watched: watched.clone(),
        identity: None,
    };
    let mut turns: Vec<Turn> = watched.iter().map(turn).collect();
    if watched.iter().all(|it| it.discover.is_none()) {
        return Expanded {
            turns,
            lists: Vec::new(),
        };
    }
    // Who everybody is comes first: a member that is watched already is not watched twice.
    let asked = turns.iter().map(|it| it.watched.clone());
    let identities = each(asked.map(|it| async move { it.identity().await })).await;
    for (turn, identity) in turns.iter_mut().zip(identities) {
        turn.identity = Some(identity.unwrap_or_else(|| Sighting::Unseen(each::broken_off())));
    }
    let mut known: BTreeSet<(CloudId, String)> = turns.iter().filter_map(number).collect();

    let parents: Vec<(Turn, Discover)> = turns
        .iter()
        .filter_map(|it| Some((it.clone(), it.watched.discover.clone()?)))
        .collect();
    let asked = parents.iter().map(|(parent, _)| members(parent.clone()));
    let sightings = each(asked).await;
    let mut lists = Vec::new();
    for ((parent, discover), sighting) in parents.iter().zip(sightings) {
        let provider = &parent.watched.provider;
        let scope = Scope::global(provider.account(), Kind::MEMBER);
        let sighting = sighting.unwrap_or_else(|| Sighting::Unseen(each::broken_off()));
        let sighting = looks.doubt_all(&scope, sighting);
        for member in sighting.seen().into_iter().flat_map(|it| it.get()) {
            let left_out = !member.active || discover.exclude.contains(&member.number);
            let number = (provider.cloud().clone(), member.number.clone());
            if left_out || !known.insert(number) {
                continue;
            }
            // The organization was there a moment ago, to list its members.
            let Some(organization) = provider.organization() else {
                continue;
            };
            turns.push(turn(&Watched {
                provider: organization.enter(member, &discover.role),
                expect_identity: Some(member.number.clone()),
                regions: parent.watched.regions.clone(),
                discover: None,
            }));
        }
        lists.push((scope, counted(sighting)));
    }
    Expanded { turns, lists }
}

/// Returns the cloud's number of an account: as the cloud says, or else as the config does.
fn number(turn: &Turn) -> Option<(CloudId, String)> {
    let seen = turn.identity.as_ref().and_then(Sighting::seen);
    let number = match seen {
        Some(identity) => identity.get().account.clone(),
        None => turn.watched.expect_identity.clone()?,
    };
    Some((turn.watched.provider.cloud().clone(), number))
}

async fn members(parent: Turn) -> Sighting<Vec<Member>> {
    if let Some(Sighting::Unseen(unseen)) = parent.identity {
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
