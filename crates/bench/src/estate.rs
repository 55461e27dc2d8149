//! The estate that is patrolled, and what a patrol of it has to find.

use std::collections::BTreeSet;

use cloudsim::{AccessKey, Estate, Options, Quota, Renewal, Sim, World};
use jiff::{SignedDuration, Timestamp};

use crate::floor::Rules;

/// How many accounts there are.
pub(crate) const ACCOUNTS: u32 = 100;
/// How many resources each has.
pub(crate) const RESOURCES: u32 = 3_000;
/// How many of all resources end soon and do not renew themselves.
pub(crate) const EXPIRING: u32 = 1_000;

const SEED: u64 = 20_260;
/// The planted ones end within 14 days, all others in 40 or later.
const SOON: SignedDuration = SignedDuration::from_hours(24 * 15);

/// One account of the estate, as the product is told of it.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// Its name.
    pub(crate) name: String,
    /// Its number, which the cloud must answer with.
    pub(crate) uid: String,
    /// The key to it.
    pub(crate) key: AccessKey,
}

/// Opens the estate over the wire, every answer as late as `rules` say; without rules there is no
/// latency. Nothing is counted or limited before [`limit`].
pub(crate) async fn open(now: Timestamp, rules: Option<Rules>) -> std::io::Result<Sim> {
    let world = Estate::seeded(SEED)
        .accounts(ACCOUNTS)
        .resources(RESOURCES)
        .expiring(EXPIRING)
        .build(now);
    let mut options = Options::default();
    if let Some(rules) = rules {
        options = options.latency(rules.latency);
    }
    Sim::start(world, options).await
}

/// Starts to count from zero, with full buckets and the quota of `rules`.
pub(crate) fn limit(sim: &Sim, rules: Option<Rules>) {
    sim.set_quota(rules.map(|it| Quota::per_second(it.per_second)));
    sim.reset_stats();
}

/// Returns every account with its key, by name.
pub(crate) fn accesses(world: &World) -> Vec<Access> {
    let accounts = world.accounts().into_iter();
    accounts
        .filter_map(|account| {
            Some(Access {
                key: world.key(&account.name)?,
                uid: account.uid.to_string(),
                name: account.name,
            })
        })
        .collect()
}

/// Returns the ids of everything that ends soon and does not renew itself.
pub(crate) fn planted(world: &World) -> BTreeSet<String> {
    let soon = world.now() + SOON;
    let accounts = world.accounts();
    let rows = accounts.iter().flat_map(|it| it.prepaid.rows());
    rows.filter(|it| it.renewal == Renewal::Manual && it.ends.is_some_and(|ends| ends < soon))
        .map(|it| it.id)
        .collect()
}
