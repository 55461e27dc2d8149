//! What was seen, region by region, with what is asked of it.
//!
//! Two logins of one identity see the same things: what is to be done there is done once.

use std::collections::{BTreeMap, HashMap};

use cloud::{AccountSight, Census, Kept, RegionSight, Sighting};
use duty::{Reason, Spot};
use jiff::{SignedDuration, Timestamp};
use model::{
    AccountId, CloudId, Disk, DiskState, Image, ImageUse, Machine, Money, Protection, RegionId,
    ResourceId,
};
use rust_decimal::Decimal;

use super::draft::Draft;
use super::stock::{Barred, Owner, Set, Stock, Times};
use crate::settings::{BackupSettings, Period, Settings};

/// One identity.
pub(crate) struct House<'a> {
    pub(crate) cloud: &'a CloudId,
    /// The cloud's own number of it; empty when it has none.
    pub(crate) number: &'a str,
    /// The logins of it.
    pub(crate) accounts: Vec<&'a AccountId>,
    /// Its regions, sorted.
    pub(crate) grounds: Vec<Ground<'a>>,
    pub(crate) now: Timestamp,
}

/// One region of one identity.
pub(crate) struct Ground<'a> {
    /// The login that is used there.
    pub(crate) account: &'a AccountId,
    pub(crate) cloud: &'a CloudId,
    /// The cloud's own number of the account.
    pub(crate) number: &'a str,
    pub(crate) region: &'a RegionId,
    pub(crate) sight: &'a RegionSight,
    pub(crate) settings: &'a BackupSettings,
    pub(crate) all: &'a Settings,
    /// The period of the cadence that it is now; `None` when the cadence never fires.
    pub(crate) period: Option<Period>,
    /// The machines, when all were seen.
    pub(crate) machines: Option<&'a Kept<Machine>>,
    /// The disks, when all were seen.
    pub(crate) disks: Option<&'a Kept<Disk>>,
    /// The images, when all were seen.
    pub(crate) images: Option<&'a Kept<Image>>,
    /// Who uses which image, when all of it was seen.
    pub(crate) uses: Option<&'a [ImageUse]>,
    /// The policies of the cloud itself, when all were seen or it has none.
    pub(crate) protections: Option<&'a [Protection]>,
    /// The keys that are known not to be usable now; of one that was not seen nothing is said.
    pub(crate) barred: Barred<'a>,
    /// The sets, when all snapshots were seen.
    pub(crate) stock: Option<Stock<'a>>,
}

/// What became of a machine that a set names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is there: in the list, or the cloud says so by its id.
    Here,
    /// It is not in the whole list, and was not asked for by id.
    Missing,
    /// It is gone: neither the whole list nor the cloud, asked by id, knows it.
    Gone,
    /// It is in another region, and nothing says that its sets were copied here by us: a person did.
    Elsewhere,
    /// It could not be told.
    Unseen,
}

/// Returns the identities that could be seen, with their regions.
pub(crate) fn houses<'a>(
    census: &'a Census,
    settings: &'a Settings,
    now: Timestamp,
) -> Vec<House<'a>> {
    type Logins<'a> = Vec<(&'a AccountId, &'a AccountSight)>;
    let mut houses: BTreeMap<(&CloudId, &str, &str), Logins<'_>> = BTreeMap::new();
    for (account, sight) in &census.accounts {
        let Some(identity) = sight.identity.seen() else {
            continue;
        };
        let number = identity.get().account.as_str();
        // Who has no number cannot be told to be another.
        let apart = if number.is_empty() {
            account.as_str()
        } else {
            ""
        };
        let logins = houses.entry((&sight.cloud, number, apart)).or_default();
        logins.push((account, sight));
    }
    let longest = longest_period(settings, now);
    let house = |((cloud, number, _), logins): ((&'a CloudId, &'a str, &str), Logins<'a>)| {
        let mut regions: BTreeMap<&RegionId, (&AccountId, &RegionSight)> = BTreeMap::new();
        for (account, sight) in &logins {
            for (region, estate) in &sight.estate {
                let best = regions.entry(region).or_insert((*account, estate));
                if blind(estate) < blind(best.1) {
                    *best = (*account, estate);
                }
            }
        }
        let ground = |(region, (account, sight))| {
            let place = Place {
                account,
                cloud,
                number,
                region,
                longest,
            };
            Ground::new(&place, sight, settings, now)
        };
        House {
            cloud,
            number,
            accounts: logins.iter().map(|it| it.0).collect(),
            grounds: regions.into_iter().map(ground).collect(),
            now,
        }
    };
    houses.into_iter().map(house).collect()
}

/// Returns the longest period of any account: a copy is as old as the account it is of lets it be.
fn longest_period(settings: &Settings, now: Timestamp) -> SignedDuration {
    let all = settings.accounts.values().chain([&settings.defaults]);
    let periods = all.filter_map(|it| it.every.period(now, &it.timezone));
    let lengths = periods.map(|it| it.end.duration_since(it.start));
    lengths.max().unwrap_or(SignedDuration::ZERO)
}

/// Writes down the accounts and regions of which nothing can be decided.
pub(crate) fn gaps(census: &Census, draft: &mut Draft) {
    for (account, sight) in &census.accounts {
        let nowhere = Spot {
            account: account.clone(),
            region: RegionId::new("*"),
        };
        if sight.identity.seen().is_none() {
            draft.undecided(&nowhere, "*", Reason::new("identity_unseen", []));
        } else if sight.regions.as_ref().is_some_and(|it| it.seen().is_none()) {
            draft.undecided(&nowhere, "*", Reason::new("regions_unseen", []));
        }
    }
}

/// Returns how many lists of a region were not seen.
fn blind(sight: &RegionSight) -> usize {
    let unseen = [
        rows(sight.machines.as_ref()).is_none(),
        rows(sight.disks.as_ref()).is_none(),
        rows(sight.snapshots.as_ref()).is_none(),
        rows(sight.images.as_ref()).is_none(),
        list(sight.image_uses.as_ref()).is_none(),
    ];
    unseen.into_iter().filter(|it| *it).count()
}

struct Place<'a> {
    account: &'a AccountId,
    cloud: &'a CloudId,
    number: &'a str,
    region: &'a RegionId,
    longest: SignedDuration,
}

/// Where the machine of some sets is at home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Home {
    /// The number of the account, where it is another.
    pub(crate) number: Option<String>,
    pub(crate) region: RegionId,
}

impl Home {
    /// Returns the home of the machine of sets that stand in a region.
    pub(crate) fn of(owner: &Owner<'_>, ground: &Ground<'_>) -> Self {
        let from = owner.from.unwrap_or(ground.region.as_str());
        let (number, region) = match from.split_once('/') {
            Some((number, region)) => (Some(number.to_owned()), region),
            None => (None, from),
        };
        Self {
            number: number.filter(|it| it != ground.number),
            region: RegionId::new(region),
        }
    }

    /// Returns whose it is; `here` is the identity in which the sets stand.
    pub(crate) fn house<'h, 'a>(
        &self,
        houses: &'h [House<'a>],
        here: &'h House<'a>,
    ) -> Option<&'h House<'a>> {
        match &self.number {
            None => Some(here),
            Some(number) => numbered(houses, here.cloud, number),
        }
    }

    /// Returns whether it is where the sets stand.
    pub(crate) fn is(&self, ground: &Ground<'_>) -> bool {
        self.number.is_none() && self.region == *ground.region
    }
}

/// Returns the identity that a cloud calls so.
pub(crate) fn numbered<'h, 'a>(
    houses: &'h [House<'a>],
    cloud: &CloudId,
    number: &str,
) -> Option<&'h House<'a>> {
    let mut houses = houses.iter();
    houses.find(|it| it.cloud == cloud && it.number == number)
}

impl<'a> House<'a> {
    /// Returns what was seen of a region.
    pub(crate) fn ground(&self, region: &RegionId) -> Option<&Ground<'a>> {
        self.grounds.iter().find(|it| it.region == region)
    }
}

impl<'a> Ground<'a> {
    fn new(place: &Place<'a>, sight: &'a RegionSight, all: &'a Settings, now: Timestamp) -> Self {
        let settings = all.of(place.account);
        let period = settings.every.period(now, &settings.timezone);
        let snapshots = rows(sight.snapshots.as_ref());
        let times = Times {
            period,
            elsewhere: place.longest,
            now,
        };
        let protections = match &sight.protections {
            None => Some(Default::default()),
            some => list(some.as_ref()),
        };
        let barred = barred(sight);
        Ground {
            account: place.account,
            cloud: place.cloud,
            number: place.number,
            region: place.region,
            sight,
            settings,
            all,
            period,
            machines: rows(sight.machines.as_ref()),
            disks: rows(sight.disks.as_ref()),
            images: rows(sight.images.as_ref()),
            uses: list(sight.image_uses.as_ref()),
            protections,
            stock: snapshots.map(|it| Stock::of(&it.rows, &barred, times, settings)),
            barred,
        }
    }

    pub(crate) fn spot(&self) -> Spot {
        super::draft::spot(self.account, self.region)
    }

    /// Returns the machines, sorted by their ids.
    pub(crate) fn sorted_machines(&self) -> Vec<&'a Machine> {
        let mut machines: Vec<&Machine> = self.machines.iter().flat_map(|it| &it.rows).collect();
        machines.sort_by(|a, b| a.id.cmp(&b.id));
        machines
    }

    /// Returns the disks that can be copied, by the machines they are on, the root one first.
    pub(crate) fn disks_by_machine(&self) -> HashMap<&'a ResourceId, Vec<&'a Disk>> {
        let mut disks: HashMap<&ResourceId, Vec<&Disk>> = HashMap::new();
        for disk in self.disks.iter().flat_map(|it| &it.rows) {
            if let DiskState::Attached(machines) = &disk.state
                && !is_local(disk)
            {
                for machine in machines {
                    disks.entry(machine).or_default().push(disk);
                }
            }
        }
        for on_one in disks.values_mut() {
            on_one.sort_by(|a, b| (&a.device, &a.id).cmp(&(&b.device, &b.id)));
        }
        disks
    }

    /// Returns what became of a machine that is at home here.
    pub(crate) fn fate(&self, machine: &ResourceId) -> Fate {
        let Some(list) = self.machines else {
            return Fate::Unseen;
        };
        if list.ids.may_have(machine) {
            return Fate::Here;
        }
        let second = self.sight.second.as_ref();
        match second.and_then(|it| it.sources.as_ref()) {
            None => Fate::Missing,
            Some(Sighting::Unseen(_)) => Fate::Unseen,
            Some(Sighting::Seen(found)) if found.get().iter().any(|it| it.id == *machine) => {
                Fate::Here
            }
            Some(Sighting::Seen(_)) => Fate::Gone,
        }
    }

    /// Returns what copies of so many GiB cost a month, where the price is known.
    pub(crate) fn monthly(&self, gib: u64, percent: u32) -> Option<Money> {
        let price = self.all.prices.get(self.cloud)?;
        let share = Decimal::from(percent) / Decimal::ONE_HUNDRED;
        let amount = price.amount * Decimal::from(gib) * share;
        Some(Money::new(
            amount.round_dp(2).normalize(),
            price.currency.clone(),
        ))
    }

    /// Returns what is saved when the changes of so many GiB go.
    pub(crate) fn saved(&self, gib: u64) -> Option<Money> {
        let money = self.monthly(gib, self.settings.changes_percent)?;
        Some(Money::new(-money.amount, money.currency))
    }
}

fn barred(sight: &RegionSight) -> Barred<'_> {
    let keys = sight.crypt_keys.iter().flatten();
    let seen = keys.filter_map(|(key, state)| Some((key, state.seen()?.get())));
    seen.filter(|it| it.1.bars()).map(|it| it.0).collect()
}

/// Returns the first of the keys that cannot be used among those a set stands under.
pub(crate) fn barring_key(ground: &Ground<'_>, set: &Set) -> String {
    let snapshots = ground.stock.iter().flat_map(|it| it.snapshots(set));
    let mut keys = snapshots.filter_map(|it| it.key.as_ref());
    let key = keys.find(|it| ground.barred.contains(it));
    key.map_or_else(String::new, ToString::to_string)
}

/// Returns whether a disk is of the host itself, which no cloud can copy.
fn is_local(disk: &Disk) -> bool {
    let category = disk.category.to_ascii_lowercase();
    category.starts_with("local_") || category.starts_with("ephemeral")
}

/// Returns the disk a machine starts from, among those that are on it.
pub(crate) fn root_of<'a>(machine: &Machine, disks: &[&'a Disk]) -> Option<&'a Disk> {
    let named = machine.root_disk.as_ref();
    let by_machine = disks.iter().find(|it| Some(&it.id) == named);
    let system = || {
        let mut all = disks.iter();
        all.find(|it| it.role == model::DiskRole::System)
    };
    by_machine.or_else(system).copied()
}

fn rows<T>(sighting: Option<&Sighting<Kept<T>>>) -> Option<&Kept<T>> {
    Some(sighting?.seen()?.get())
}

fn list<T>(sighting: Option<&Sighting<Vec<T>>>) -> Option<&[T]> {
    Some(sighting?.seen()?.get())
}
