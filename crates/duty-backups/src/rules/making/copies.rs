//! Copies of sets in other regions and other accounts.
//!
//! Invariant: nothing is copied to where it was not seen what there is.

use std::collections::BTreeSet;

use duty::{Other, Reason, Step, Tagged};
use jiff::Timestamp;
use model::{RegionId, ResourceId, SetId, Snapshot};

use super::{Begun, Chosen, root_mark, set_tags};
use crate::rules::FROM_TAG;
use crate::rules::draft::{Draft, spot};
use crate::rules::ground::{Ground, Home, House};
use crate::rules::stock::{Set, Stock};
use crate::settings::{CopyAccount, CopyTo, Entry};

/// So many ids are tagged at once; no cloud takes fewer.
const TAGGED_AT_ONCE: usize = 20;

/// A copy of a set that was begun.
#[derive(Debug, Clone)]
pub(in crate::rules) struct Copying {
    /// The cloud's number of the account it is made in.
    pub(in crate::rules) number: String,
    pub(in crate::rules) region: RegionId,
    /// The period of the set.
    pub(in crate::rules) period: Timestamp,
    /// The place of the step.
    pub(in crate::rules) place: usize,
}

impl Copying {
    /// Returns whether it is made in that region.
    pub(in crate::rules) fn is_to(&self, ground: &Ground<'_>) -> bool {
        self.number == ground.number && self.region == *ground.region
    }
}

/// Where sets are copied to, with what is there.
struct Target<'h, 'a> {
    ground: &'h Ground<'a>,
    stock: &'h Stock<'a>,
    /// The account, when it is another.
    other: Option<Other>,
}

/// Writes down the copies of the newest sets that other regions and accounts do not have.
pub(super) fn plan(
    (houses, house): (&[House<'_>], &House<'_>),
    ground: &Ground<'_>,
    chosen: &[Chosen<'_>],
    begun: &mut Begun,
    draft: &mut Draft,
) {
    let Some(stock) = &ground.stock else {
        return;
    };
    if chosen.is_empty() {
        return;
    }
    let mut lent_to = BTreeSet::new();
    for to in &ground.settings.copy_to {
        let target = match target(houses, house, ground, to) {
            Ok(Some(target)) => target,
            Ok(None) => continue,
            Err(reason) => {
                draft.undecided(&ground.spot(), "*", reason);
                continue;
            }
        };
        // A leave is given to an account, whatever the region: two copies would share one.
        if let Some(other) = &target.other
            && !lent_to.insert(other.number.clone())
        {
            let reason = Reason::new("copies_twice", [("to", to.place(ground))]);
            draft.undecided(&ground.spot(), "*", reason);
            continue;
        }
        for one in chosen {
            let machine = &one.machine.id;
            let there = target.stock.sets_of(machine);
            let start = begun.starts.entry(machine.clone()).or_default();
            let here = stock.sets_of(machine).iter().find(|it| it.whole);
            let (set, count, after) = match (start.set, here, ground.period) {
                (Some(made), _, Some(period)) => {
                    let set = SetId {
                        machine: machine.clone(),
                        period: period.start,
                    };
                    (set, one.disks.len(), vec![made])
                }
                (_, Some(newest), _) => {
                    let count = usize::try_from(newest.ready).unwrap_or(usize::MAX);
                    (newest.id(machine.as_str()), count, Vec::new())
                }
                _ => continue,
            };
            let is_there = |it: &&Set| it.moment.period == set.period && it.is_settled();
            if there.iter().find(is_there).is_some() {
                continue;
            }
            let period = set.period;
            let copied = Copied {
                one,
                to,
                set,
                count,
                is_first: !there.iter().any(|it| it.whole),
            };
            let place = copied.step(ground, &target, after, draft);
            start.copies.push(Copying {
                number: target.ground.number.to_owned(),
                region: target.ground.region.clone(),
                period,
                place,
            });
        }
    }
}

impl CopyTo {
    fn region_of<'r>(&'r self, ground: &'r Ground<'_>) -> &'r RegionId {
        self.region.as_ref().unwrap_or(ground.region)
    }

    /// Returns how the place is called: a region, or an account and a region.
    fn place(&self, ground: &Ground<'_>) -> String {
        let region = self.region_of(ground);
        match &self.account {
            Some(it) => format!("{}/{region}", it.account),
            None => region.to_string(),
        }
    }
}

/// Returns where sets of a region are copied to; `None` when that is where they stand.
fn target<'h, 'a>(
    houses: &'h [House<'a>],
    house: &'h House<'a>,
    ground: &Ground<'_>,
    to: &CopyTo,
) -> Result<Option<Target<'h, 'a>>, Reason> {
    let region = to.region_of(ground);
    let place = || [("to", to.place(ground))];
    let unseen = || Reason::new("copies_unseen", place());
    let (there, other) = match &to.account {
        None if region == ground.region => return Ok(None),
        None => (house, None),
        Some(wanted) if wanted.entry == Entry::Closed => {
            return Err(Reason::new("copies_closed", place()));
        }
        Some(wanted) => {
            let there = house_of(houses, house, wanted).ok_or_else(unseen)?;
            if std::ptr::eq(there, house) {
                return Err(Reason::new("copies_same", place()));
            }
            // Who has no number cannot be given a leave, nor be told from another.
            if there.number.is_empty() || ground.number.is_empty() {
                return Err(unseen());
            }
            let other = Other {
                account: wanted.account.clone(),
                number: there.number.to_owned(),
            };
            (there, Some(other))
        }
    };
    let ground = there.ground(region).ok_or_else(unseen)?;
    let stock = ground.stock.as_ref().ok_or_else(unseen)?;
    Ok(Some(Target {
        ground,
        stock,
        other,
    }))
}

fn house_of<'h, 'a>(
    houses: &'h [House<'a>],
    house: &House<'_>,
    wanted: &CopyAccount,
) -> Option<&'h House<'a>> {
    let has = |it: &&House<'_>| it.accounts.contains(&&wanted.account);
    let mut of_cloud = houses.iter().filter(|it| it.cloud == house.cloud);
    of_cloud.find(has)
}

struct Copied<'a> {
    one: &'a Chosen<'a>,
    to: &'a CopyTo,
    set: SetId,
    count: usize,
    is_first: bool,
}

impl Copied<'_> {
    fn step(
        self,
        ground: &Ground<'_>,
        target: &Target<'_, '_>,
        after: Vec<usize>,
        draft: &mut Draft,
    ) -> usize {
        let gib = self.one.disks.iter().map(|it| it.size_gib).sum();
        let percent = match self.is_first {
            true => 100,
            false => target.ground.settings.changes_percent,
        };
        let mut tags = set_tags(self.one.machine, &self.set, self.count);
        let from = match &target.other {
            Some(_) => format!("{}/{}", ground.number, ground.region),
            None => ground.region.to_string(),
        };
        tags.insert(FROM_TAG.to_owned(), from);
        let facts = [
            ("period", self.set.period.to_string()),
            ("to", self.to.place(ground)),
        ];
        let step = Step::CopySet {
            set: self.set,
            to: target.ground.region.clone(),
            key: self.to.key.clone(),
            tags,
            root: self.one.root.map(|it| it.id.clone()),
            root_tags: root_mark(),
            other: target.other.clone(),
        };
        let reason = Reason::new("copy_due", facts);
        let monthly = target.ground.monthly(gib, percent);
        draft.step(ground.spot(), step, reason, after, monthly)
    }
}

/// Writes down the tags that say which snapshot of a set the machine starts from, where they are
/// missing: no cloud sets them together with the set. Copies in other regions and accounts have them,
/// too.
pub(super) fn root_tags(
    (houses, house): (&[House<'_>], &House<'_>),
    ground: &Ground<'_>,
    chosen: &[Chosen<'_>],
    draft: &mut Draft,
) {
    let copied_to = ground.settings.copy_to.iter();
    let targets = copied_to.filter_map(|to| target(houses, house, ground, to).ok()?);
    let targets: Vec<&Ground<'_>> = targets.map(|it| it.ground).collect();
    let everywhere = houses
        .iter()
        .flat_map(|at| at.grounds.iter().map(move |it| (it, at)));
    for (place, at) in everywhere {
        let is_home = std::ptr::eq(place, ground);
        if !is_home && !targets.iter().any(|it| std::ptr::eq(*it, place)) {
            continue;
        }
        let Some(stock) = &place.stock else {
            continue;
        };
        let mut bare: BTreeSet<ResourceId> = BTreeSet::new();
        for one in chosen {
            let (Some(root), Some(owner)) = (one.root, stock.owner(&one.machine.id)) else {
                continue;
            };
            let home = Home::of(owner, place);
            let is_ours = home
                .house(houses, at)
                .is_some_and(|it| std::ptr::eq(it, house));
            if !is_ours || home.region != *ground.region {
                continue;
            }
            let untagged = stock.sets(owner).iter();
            for set in
                untagged.filter(|it| !it.has_root && !it.is_worthless() && it.bound.is_none())
            {
                let of_root = |it: &&Snapshot| it.disk.as_ref() == Some(&root.id);
                let mut snapshots = stock.snapshots(set).into_iter();
                bare.extend(snapshots.find(of_root).map(|it| it.id.clone()));
            }
        }
        let bare: Vec<ResourceId> = bare.into_iter().collect();
        for ids in bare.chunks(TAGGED_AT_ONCE) {
            let step = Step::PutTags {
                kind: Tagged::Snapshot,
                ids: ids.to_vec(),
                tags: root_mark(),
            };
            let many = ("many", ids.len().to_string());
            let reason = Reason::new("root_tag_missing", [many]);
            let spot = spot(place.account, place.region);
            draft.step(spot, step, reason, Vec::new(), None);
        }
    }
}
