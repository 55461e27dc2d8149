//! What every adapter keeps to, whatever its cloud: one suite, run by each against its own
//! simulated cloud over the wire.
//!
//! A test builds a [`Stage`]: a provider, what was planted there, and a way to make the far
//! side misbehave. [`breaches`] plays every scene and returns what was not kept to; a test asserts
//! that there is none.
//!
//! Invariant: nothing here knows a cloud; what the provider has no port for is left out.

pub mod changes;
pub mod lists;
mod scenes;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use model::{Place, RegionId, ResourceId};

use self::scenes::{Expected, SCENES};
use crate::error::{CloudError, ErrorKind};
use crate::pager::{self, Keyed, PageSource};
use crate::ports::Provider;
use crate::seen::{Sighting, Why};

/// Something that an adapter may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// [`Provider::identity`]; its key is the account's number.
    Identity,
    /// [`crate::Billing::balance`]; its key is what can be spent, as [`model::Money`] shows it.
    Balance,
    /// [`crate::Inventory::regions`]; the keys are their ids.
    Regions,
    /// [`crate::Billing::prepaid`].
    Prepaid,
    /// [`crate::Certificates::certificates`].
    Certificates,
    /// [`crate::Domains::domains`].
    Domains,
    /// [`crate::Organization::members`].
    Members,
    /// [`crate::Machines::machines`] of [`Stage::region`].
    Machines,
    /// [`crate::Clusters::clusters`] of [`Stage::region`].
    Clusters,
    /// [`crate::Clusters::nodes`] of [`Stage::cluster`]; the keys are their names.
    Nodes,
    /// [`crate::Disks::disks`] of [`Stage::region`].
    Disks,
    /// [`crate::Disks::snapshots`] of [`Stage::region`].
    Snapshots,
    /// [`crate::Images::images`] of [`Stage::region`].
    Images,
    /// [`crate::Addresses::addresses`] of [`Stage::region`].
    Addresses,
    /// [`crate::LoadBalancers::load_balancers`] of [`Stage::region`].
    LoadBalancers,
    /// [`crate::Keys::access_keys`]; the keys are the names of their users, each with one key.
    AccessKeys,
    /// [`crate::Terms::ending`] of the list with this kind.
    Term(&'static str),
}

impl Asked {
    /// Everything there is, but for [`Self::Term`], which [`Stage::terms`] names.
    pub const ALL: [Self; 16] = [
        Self::Identity,
        Self::Balance,
        Self::Regions,
        Self::Prepaid,
        Self::Certificates,
        Self::Domains,
        Self::Members,
        Self::Machines,
        Self::Clusters,
        Self::Nodes,
        Self::Disks,
        Self::Snapshots,
        Self::Images,
        Self::Addresses,
        Self::LoadBalancers,
        Self::AccessKeys,
    ];

    /// Returns whether it is a list in pages.
    #[must_use]
    pub fn is_list(self) -> bool {
        !matches!(self, Self::Identity | Self::Balance | Self::Regions)
    }

    /// Returns the kind of [`crate::Requirement`] that it needs, if any.
    #[must_use]
    pub fn requirement(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Balance => Some(model::Kind::BALANCE),
            Self::Regions => Some(model::Kind::INSTANCE),
            Self::Prepaid => Some(model::Kind::PREPAID),
            Self::Certificates => Some(model::Kind::CERTIFICATE),
            Self::Domains => Some(model::Kind::DOMAIN),
            Self::Members => Some(model::Kind::MEMBER),
            Self::Machines => Some(model::Kind::INSTANCE),
            Self::Clusters | Self::Nodes => Some(model::Kind::CLUSTER),
            Self::Disks => Some(model::Kind::DISK),
            Self::Snapshots => Some(model::Kind::SNAPSHOT),
            Self::Images => Some(model::Kind::IMAGE),
            Self::Addresses => Some(model::Kind::ADDRESS),
            Self::LoadBalancers => Some(model::Kind::LOAD_BALANCER),
            Self::AccessKeys => Some(model::Kind::ACCESS_KEY),
            Self::Term(kind) => Some(kind),
        }
    }
}

/// How the far side misbehaves when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It refuses so many calls for their number, then serves.
    Throttled {
        /// How many.
        calls: u32,
    },
    /// It takes one call, does its work, and the answer is lost.
    LostAnswer,
    /// One answer ends in its middle.
    HalfAnswer,
    /// Every call fails for good with an error of the cloud's own.
    Down,
    /// One page of a list fails for good with an error of the cloud's own.
    DeadPage {
        /// Which, counted from 1.
        page: u32,
    },
    /// Nothing is in the list, and it says so.
    Empty,
    /// The list says that it has one row more than it has, for good.
    LyingTotal,
    /// A row is given twice on its page.
    RepeatedRow,
    /// A row is lost between two pages the first time the list is read, and not the second.
    RowLostOnce,
    /// A row is lost every time.
    RowLost,
    /// The key has no right to the list, and the cloud says so.
    Denied,
    /// Rows and answers have fields that nobody knows.
    NewFields,
    /// Something between us and the cloud answers with its own page, and status 200.
    LogInPage,
    /// The answer is no JSON, for good.
    Garbage,
    /// The key is wrong.
    WrongKey,
}

/// A provider over a far side that can be made to misbehave.
#[async_trait]
pub trait Stage: Send + Sync {
    /// Returns a provider that has not been used yet.
    fn provider(&self) -> Arc<dyn Provider>;

    /// Returns the keys of what is there; a list has more than two pages. `None` when the cloud has
    /// no such thing.
    fn planted(&self, asked: Asked) -> Option<BTreeSet<String>>;

    /// Returns the region whose lists are asked for.
    fn region(&self) -> RegionId {
        RegionId::new("")
    }

    /// Returns the cluster of that region whose nodes are asked for.
    fn cluster(&self) -> Option<ResourceId> {
        None
    }

    /// Returns the kinds of the lists of what ends that are asked for.
    fn terms(&self) -> &[&'static str] {
        &[]
    }

    /// Returns whether a list says how many rows it has, so that it can be doubted.
    fn tells_total(&self, _asked: Asked) -> bool {
        true
    }

    /// Returns whether a list has more than two pages at the cloud; some come whole.
    fn has_pages(&self, _asked: Asked) -> bool {
        true
    }

    /// Lets the far side misbehave from now on, beside whatever it does already.
    async fn trouble(&self, asked: Asked, trouble: Trouble);

    /// Lets the far side behave again.
    async fn calm(&self);
}

/// Something that an adapter does not keep to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// When it was asked for this.
    pub asked: Asked,
    /// What the rule is.
    pub rule: &'static str,
    /// What was seen instead.
    pub saw: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}; saw {}", self.asked, self.rule, self.saw)
    }
}

impl Trouble {
    /// Returns whether only a list can have it.
    fn is_of_lists(self) -> bool {
        matches!(
            self,
            Self::DeadPage { .. }
                | Self::Empty
                | Self::LyingTotal
                | Self::RepeatedRow
                | Self::RowLostOnce
                | Self::RowLost
        )
    }
}

impl Trouble {
    /// Returns whether only a list that tells its length can have it.
    fn is_of_totals(self) -> bool {
        matches!(self, Self::LyingTotal | Self::RowLostOnce | Self::RowLost)
    }
}

/// Plays every scene with everything the provider can be asked for and returns what was not kept to.
pub async fn breaches(stage: &dyn Stage) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let terms = stage.terms().iter().map(|kind| Asked::Term(kind));
    for asked in Asked::ALL.into_iter().chain(terms) {
        let Some(planted) = stage.planted(asked) else {
            continue;
        };
        for scene in SCENES {
            if scene.trouble.is_some_and(Trouble::is_of_lists) && !asked.is_list() {
                continue;
            }
            if scene.trouble.is_some_and(Trouble::is_of_totals) && !stage.tells_total(asked) {
                continue;
            }
            let paged = matches!(scene.trouble, Some(Trouble::DeadPage { .. }));
            if paged && !stage.has_pages(asked) {
                continue;
            }
            if let Some(trouble) = scene.trouble {
                stage.trouble(asked, trouble).await;
            }
            let saw = look(stage, stage.provider().as_ref(), asked).await;
            stage.calm().await;
            if let Some(saw) = differs(&scene.expected, &planted, &saw) {
                breaches.push(Breach {
                    asked,
                    rule: scene.rule,
                    saw,
                });
            }
        }
        breaches.extend(access(stage, asked).await);
    }
    breaches
}

/// What a look gave: the keys in order, or why not.
type Look = Result<Vec<String>, Why>;

async fn look(stage: &dyn Stage, provider: &dyn Provider, asked: Asked) -> Look {
    let region = &stage.region();
    match asked {
        Asked::Identity => one(Some(provider.identity().await), |it| vec![it.account]),
        Asked::Balance => {
            let balance = match provider.billing() {
                Some(billing) => Some(billing.balance().await),
                None => None,
            };
            one(balance, |it| vec![it.available.to_string()])
        }
        Asked::Regions => {
            let regions = match provider.inventory() {
                Some(inventory) => Some(inventory.regions().await),
                None => None,
            };
            one(regions, |all| {
                all.into_iter().map(|it| it.id.to_string()).collect()
            })
        }
        Asked::Prepaid => {
            let list = provider.billing().and_then(|it| it.prepaid());
            names(list, |it| it.id.to_string()).await
        }
        Asked::Certificates => {
            let list = provider.certificates().map(|it| it.certificates());
            names(list, |it| it.id.to_string()).await
        }
        Asked::Domains => {
            let list = provider.domains().map(|it| it.domains());
            names(list, |it| it.name.clone()).await
        }
        Asked::Members => {
            let list = provider.organization().map(|it| it.members());
            names(list, |it| it.number.clone()).await
        }
        Asked::Machines => {
            let list = provider.machines().map(|it| it.machines(region));
            names(list, |it| it.id.to_string()).await
        }
        Asked::Clusters => {
            let list = provider.clusters().map(|it| it.clusters(region));
            names(list, |it| it.id.to_string()).await
        }
        Asked::Nodes => nodes(stage, provider).await,
        Asked::Disks => {
            let list = provider.disks().map(|it| it.disks(region));
            names(list, |it| it.id.to_string()).await
        }
        Asked::Snapshots => {
            let list = provider.disks().map(|it| it.snapshots(region));
            names(list, |it| it.id.to_string()).await
        }
        Asked::Images => {
            let list = provider.images().map(|it| it.images(region));
            names(list, |it| it.id.to_string()).await
        }
        Asked::Addresses => {
            let list = provider.addresses().map(|it| it.addresses(region));
            names(list, |it| it.id.to_string()).await
        }
        Asked::LoadBalancers => {
            let list = provider
                .load_balancers()
                .map(|it| it.load_balancers(region));
            names(list, |it| it.id.to_string()).await
        }
        Asked::AccessKeys => {
            let list = provider.keys().map(|it| it.access_keys());
            names(list, |it| it.user.clone()).await
        }
        Asked::Term(kind) => {
            let list = provider.terms().and_then(|terms| {
                let list = terms.lists().iter().find(|it| it.kind == kind)?;
                let place = if list.regional {
                    Place::Region(region.clone())
                } else {
                    Place::Global
                };
                Some(terms.ending(list, &place))
            });
            names(list, |it| it.id.to_string()).await
        }
    }
}

/// Looks for the stage's cluster, and then at its nodes.
async fn nodes(stage: &dyn Stage, provider: &dyn Provider) -> Look {
    let (Some(port), Some(id)) = (provider.clusters(), stage.cluster()) else {
        return Err(Why::NotReached);
    };
    let region = stage.region();
    let clusters = match pager::collect(port.clusters(&region).as_ref()).await {
        Sighting::Seen(seen) => seen.into_inner(),
        Sighting::Unseen(unseen) => return Err(unseen.why),
    };
    match clusters.iter().find(|it| it.id == id) {
        Some(cluster) => names(Some(port.nodes(&region, cluster)), |it| it.name.clone()).await,
        None => Err(Why::NotReached),
    }
}

fn one<T>(answer: Option<Result<T, CloudError>>, keys: impl FnOnce(T) -> Vec<String>) -> Look {
    match answer.map(pager::single) {
        Some(Sighting::Seen(seen)) => Ok(keys(seen.into_inner())),
        Some(Sighting::Unseen(unseen)) => Err(unseen.why),
        // A port that is missing although something was planted is found as a breach.
        None => Err(Why::NotReached),
    }
}

/// Returns what the rows of a list were planted as.
async fn names<T: Keyed + Send>(
    source: Option<Box<dyn PageSource<T> + '_>>,
    name: fn(&T) -> String,
) -> Look {
    let Some(source) = source else {
        return Err(Why::NotReached);
    };
    match pager::collect(source.as_ref()).await {
        Sighting::Seen(seen) => Ok(seen.get().iter().map(name).collect()),
        Sighting::Unseen(unseen) => Err(unseen.why),
    }
}

/// Returns what was seen, in words, where that is not what was expected.
fn differs(expected: &Expected, planted: &BTreeSet<String>, saw: &Look) -> Option<String> {
    let all = match saw {
        Ok(keys) => keys.iter().cloned().collect::<BTreeSet<_>>(),
        Err(why) => {
            let kept = matches!(expected, Expected::Unseen(word) if *word == why.word());
            return (!kept).then(|| format!("unseen, {}", why.word()));
        }
    };
    let many = saw.as_ref().map_or(0, Vec::len);
    let kept = match expected {
        Expected::All => all == *planted && many == all.len(),
        Expected::Nothing => many == 0,
        Expected::Unseen(_) => false,
    };
    let (missing, strange) = (
        planted.difference(&all).count(),
        all.difference(planted).count(),
    );
    (!kept).then(|| format!("a list of {many} rows: {missing} missing, {strange} never planted"))
}

/// The permission check agrees with what the call itself gives.
async fn access(stage: &dyn Stage, asked: Asked) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let breach = |rule, saw: String| Breach { asked, rule, saw };
    let provider = stage.provider();
    let Some(kind) = asked.requirement() else {
        return breaches;
    };
    let Some(access) = provider.access() else {
        return breaches;
    };
    let requirement = access.requirements().iter().find(|it| it.kind == kind);
    let Some(requirement) = requirement else {
        return vec![breach(
            "whatever needs a right has its requirement",
            "none".to_owned(),
        )];
    };
    if let Err(error) = access.check(requirement).await {
        breaches.push(breach(
            "a key with all rights passes the check",
            error.to_string(),
        ));
    }
    let policy = access.policy(&[requirement]);
    for permission in requirement.permissions {
        if !policy.contains(permission) {
            breaches.push(breach("the policy grants what is required", policy.clone()));
        }
    }
    stage.trouble(asked, Trouble::Denied).await;
    let checked = stage.provider();
    let denied = match checked.access() {
        Some(access) => access.check(requirement).await,
        None => Ok(()),
    };
    stage.calm().await;
    if !names_permission(&denied, requirement.permissions) {
        let saw = format!("{:?}", denied.map_err(|error| error.kind));
        breaches.push(breach(
            "a missing right is found by the check, and named",
            saw,
        ));
    }
    breaches
}

fn names_permission(outcome: &Result<(), CloudError>, permissions: &[&str]) -> bool {
    match outcome.as_ref().map_err(|error| &error.kind) {
        Err(ErrorKind::Denied {
            permission: Some(named),
        }) => permissions.contains(&named.as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
