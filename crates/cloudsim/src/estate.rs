//! Worlds to look at: seeded ones of any size, and a lively one written by hand.

pub mod demo;
pub mod drift;
pub mod rows;
mod standing;

use jiff::Timestamp;

use self::rows::{Crop, mix};
use self::standing::Stock;
use crate::world::World;
use crate::world::account::{AccessKey, Account, Rights, Uid};
use crate::world::balance::Balance;
use crate::world::cloud::{Cloud, Partition};
use crate::world::prepaid::Shelf;

pub use demo::demo;
pub use drift::Drift;

/// A world of any size; the same seed, size and instant give the same world, byte for byte.
///
/// ```
/// # let now = jiff::Timestamp::UNIX_EPOCH;
/// let world = cloudsim::Estate::seeded(7).accounts(100).resources(3_000).expiring(1_000).build(now);
/// assert_eq!(world.accounts().len(), 100);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Estate {
    seed: u64,
    accounts: u32,
    resources: u32,
    expiring: Option<u32>,
    clouds: &'static [Cloud],
    regions: usize,
    standing: u32,
    orphans: u32,
}

impl Estate {
    /// Returns one account without resources.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            seed,
            accounts: 1,
            resources: 0,
            expiring: None,
            clouds: &[Cloud::Aliyun],
            regions: 0,
            standing: 0,
            orphans: 0,
        }
    }

    /// Sets the clouds that the accounts are at, in turn; Alibaba Cloud if it is not said.
    #[must_use]
    pub fn clouds(mut self, clouds: &'static [Cloud]) -> Self {
        self.clouds = clouds;
        self
    }

    /// Spreads `in_all` things over the first `regions` regions of every account: machines, clusters, disks, copies,
    /// addresses and balancers.
    #[must_use]
    pub fn standing(mut self, regions: usize, in_all: u32) -> Self {
        (self.regions, self.standing) = (regions, in_all);
        self
    }

    /// Sets how many of the machines of all accounts together were forgotten by their cluster; of a hundred things
    /// at most one.
    #[must_use]
    pub fn orphans(mut self, in_all: u32) -> Self {
        self.orphans = in_all;
        self
    }

    /// Sets the number of accounts; they are called `account-001` and so on.
    #[must_use]
    pub fn accounts(mut self, accounts: u32) -> Self {
        self.accounts = accounts;
        self
    }

    /// Sets the number of resources of each account.
    #[must_use]
    pub fn resources(mut self, each: u32) -> Self {
        self.resources = each;
        self
    }

    /// Sets how many of all resources together end within 14 days without renewing themselves; one in a hundred
    /// if it is not said.
    #[must_use]
    pub fn expiring(mut self, in_all: u32) -> Self {
        self.expiring = Some(in_all);
        self
    }

    /// Returns the world as it stands at `now`: every account has a RAM user `skywarden` that may do
    /// everything, with one key, and a balance of 50,000 CNY.
    #[must_use]
    pub fn build(self, now: Timestamp) -> World {
        let world = World::new(now);
        let expiring = self
            .expiring
            .unwrap_or(self.accounts.saturating_mul(self.resources) / 100);
        for number in 0..self.accounts {
            let chance = mix(self.seed ^ (u64::from(number) << 20));
            let uid = Uid(1_000_000_000_000_000
                + chance % 1_000_000_000_000 * 1_000
                + u64::from(number) % 1_000);
            let share = share_of(expiring, number, self.accounts);
            let key = AccessKey::new(
                format!("LTAI5t{chance:018X}"),
                format!("{:016x}{:014x}", mix(chance), chance >> 8),
            );
            let cloud = match self.clouds {
                [] => Cloud::Aliyun,
                clouds => clouds[number as usize % clouds.len()],
            };
            let (uid, key) = match cloud {
                Cloud::Aliyun => (uid, key),
                Cloud::Tencent => {
                    let id = format!("AKID{chance:032x}");
                    (
                        Uid(100_000_000_000 + u64::from(number)),
                        AccessKey::new(id, key.secret),
                    )
                }
                Cloud::Aws(_) => {
                    let id = format!("AKIA{chance:016X}");
                    (
                        Uid(200_000_000_000 + u64::from(number)),
                        AccessKey::new(id, key.secret),
                    )
                }
            };
            let mut account = Account::new(format!("account-{:03}", number + 1), uid)
                .on(cloud)
                .user("skywarden", key, Rights::all())
                .balance(Balance::new(50_000, "CNY"));
            account.prepaid = Shelf::planted(Crop::new(
                self.seed,
                uid,
                self.resources,
                share,
                world.now(),
            ));
            self.stand(&mut account, number, world.now());
            world.add(account);
        }
        world
    }
}

impl Estate {
    /// Puts what stands in regions into `account`.
    fn stand(&self, account: &mut Account, number: u32, now: Timestamp) {
        let (uid, cloud) = (account.uid, account.cloud());
        let things = share_of(self.standing, number, self.accounts);
        let orphans = share_of(self.orphans, number, self.accounts);
        let regions: Vec<&'static str> = regions(cloud).take(self.regions).collect();
        let parts = u32::try_from(regions.len()).unwrap_or(u32::MAX);
        for (part, region) in (0..).zip(regions) {
            let stock = Stock {
                seed: self.seed,
                uid,
                cloud,
                region,
                now,
                orphans: share_of(orphans, part, parts),
            };
            let held = account.regions.at_mut(region);
            stock.put(held, share_of(things, part, parts));
        }
    }
}

/// Returns the regions that things are put into; on AWS the last ones are such as one has to ask for.
fn regions(cloud: Cloud) -> impl Iterator<Item = &'static str> {
    let asked_for: &[&str] = match cloud {
        Cloud::Aws(Partition::Aws) => &["ap-east-1", "me-south-1", "af-south-1"],
        _ => &[],
    };
    let open = cloud.regions().iter().map(|it| it.0);
    open.chain(asked_for.iter().copied())
}

/// Returns the part of `whole` that falls to `number` of `parts`; all parts together are the whole.
fn share_of(whole: u32, number: u32, parts: u32) -> u32 {
    let before = |number: u32| u64::from(number) * u64::from(whole) / u64::from(parts.max(1));
    u32::try_from(before(number + 1) - before(number)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
