//! What may go: images and sets that are past their time.
//!
//! Invariant: of a machine that is there so many whole sets stay as are asked for, of one that is
//! gone the last one, and always the newest; whatever of a machine goes waits for what was begun for
//! it.
//! Invariant: what an image stands on does not go but with it, and with nothing unseen about images.

mod images;

pub(crate) use images::{old as old_images, ours as set_of_image};

use std::collections::{BTreeMap, BTreeSet};

use cloud::Doubt;
use duty::{Reason, Step};
use model::{AccountId, Image, Kind, RegionId, ResourceId, Snapshot};

use super::draft::Draft;
use super::ground::{Fate, Ground, Home, House};
use super::making::{Begun, Start};
use super::retention::kept;
use super::stock::{Bound, Owner, Set, Stock, is_image};
use images::{Holds, Leaving};
use jiff::{SignedDuration, Timestamp};

/// How long a set that never became whole stays, for a person to look at.
const PARTIAL_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many snapshots that images hold are named.
const HELD_SHOWN: usize = 20;

/// Returns what became of the machine of some sets, and where it is at home.
pub(super) fn fate(
    houses: &[House<'_>],
    house: &House<'_>,
    ground: &Ground<'_>,
    owner: &Owner<'_>,
) -> (Fate, Home) {
    let home = Home::of(owner, ground);
    let machine = ResourceId::new(owner.machine);
    let at_home = home.house(houses, house);
    let grounds = || at_home.iter().flat_map(|it| &it.grounds);
    let there = grounds().find(|it| *it.region == home.region);
    // Where nobody looked, it may be there.
    let fate = there.map_or(Fate::Unseen, |it| it.fate(&machine));
    let is_lost = matches!(fate, Fate::Missing | Fate::Gone);
    let lists = || grounds().filter_map(|it| it.machines);
    match is_lost && lists().any(|it| it.ids.may_have(&machine)) {
        true => (Fate::Elsewhere, home),
        false => (fate, home),
    }
}

/// Returns the machines that have to be asked for by id before their last sets but one may go.
pub(super) fn doubts(houses: &[House<'_>]) -> Vec<Doubt> {
    let mut asked: BTreeMap<(AccountId, RegionId), BTreeSet<ResourceId>> = BTreeMap::new();
    for house in houses {
        for ground in &house.grounds {
            for (stock, owner) in owners(ground) {
                let newest = stock.sets(owner).iter().find(|it| it.whole);
                let is_old = newest.is_some_and(|it| is_past(it, ground, house.now));
                if !is_old {
                    continue;
                }
                if let (Fate::Missing, home) = fate(houses, house, ground, owner)
                    && let Some(at_home) = home.house(houses, house)
                    && let Some(there) = at_home.ground(&home.region)
                {
                    let machine = ResourceId::new(owner.machine);
                    let asked = asked.entry((there.account.clone(), there.region.clone()));
                    asked.or_default().insert(machine);
                }
            }
        }
    }
    let doubt = |ground: &Ground<'_>| {
        Some(Doubt {
            account: ground.account.clone(),
            region: ground.region.clone(),
            machines: BTreeSet::new(),
            clusters: BTreeSet::new(),
            disks: BTreeSet::new(),
            sources: asked.remove(&(ground.account.clone(), ground.region.clone()))?,
            traffic: None,
        })
    };
    houses
        .iter()
        .flat_map(|it| &it.grounds)
        .filter_map(doubt)
        .collect()
}

/// Returns whether the sets of a machine that is gone have stayed long enough after its last one.
pub(super) fn is_past(newest: &Set, ground: &Ground<'_>, now: Timestamp) -> bool {
    now.duration_since(newest.moment.at) > ground.settings.gone_keep
}

fn owners<'g, 'a>(ground: &'g Ground<'a>) -> impl Iterator<Item = (&'g Stock<'a>, &'g Owner<'a>)> {
    let stock = ground.stock.iter();
    stock.flat_map(|stock| stock.machines.iter().map(move |it| (stock, it)))
}

/// Writes down everything that may go.
pub(super) fn plan(houses: &[House<'_>], house: &House<'_>, begun: &[Begun], draft: &mut Draft) {
    for ground in &house.grounds {
        plan_ground((houses, house), ground, begun, draft);
    }
}

/// A set that is past its time.
pub(super) struct Going<'g> {
    pub(super) machine: &'g str,
    pub(super) set: &'g Set,
    pub(super) why: Past,
    /// The steps it waits for.
    pub(super) after: Vec<usize>,
}

/// Why a set may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Past {
    /// No word keeps it.
    Retention,
    /// Its machine is gone for long.
    Gone,
    /// It never became whole.
    Partial,
}

fn plan_ground(
    (houses, house): (&[House<'_>], &House<'_>),
    ground: &Ground<'_>,
    begun: &[Begun],
    draft: &mut Draft,
) {
    let Some(stock) = &ground.stock else {
        return;
    };
    // What was begun in the account in which a machine is at home.
    let of = |home: &House<'_>| {
        let place = houses.iter().position(|it| std::ptr::eq(it, home));
        place.and_then(|it| begun.get(it))
    };
    let Some(here) = of(house) else {
        return;
    };
    let holds = Holds::of(ground);
    let leaving = Leaving::new(images::leaving(ground, draft));
    let mut going = Vec::new();
    let (mut steady, mut unseen) = (0, 0usize);
    for owner in &stock.machines {
        let sets = stock.sets(owner);
        let newest = sets.iter().find(|it| it.whole);
        let size = newest.map_or(0, Set::len);
        let machine = ResourceId::new(owner.machine);
        let (fate, home) = fate(houses, house, ground, owner);
        let at_home = home.house(houses, house).and_then(of);
        let start = at_home.and_then(|it| it.starts.get(&machine));
        let is_withheld = at_home.is_some_and(|it| it.withheld.contains(&machine));
        let is_old = newest.is_some_and(|it| is_past(it, ground, draft.made()));
        let before = going.len();
        match fate {
            Fate::Unseen => unseen += 1,
            Fate::Elsewhere => {}
            Fate::Gone if is_old => {
                // One at a time: a house that lost many machines does not lose their sets at once.
                steady += size;
                let free = |it: &Set| freed(stock, it, &holds, &leaving).is_some();
                going.extend(of_gone(owner, sets, free));
            }
            Fate::Missing if is_old => {
                let reason = Reason::new("gone_unproven", [("region", home.region.to_string())]);
                draft.undecided(&ground.spot(), owner.machine, reason);
            }
            Fate::Here | Fate::Missing | Fate::Gone => {
                // Each word lets one set of a machine go at most when a new one comes.
                steady += size * ground.settings.keep.words().max(1);
                if is_withheld {
                    continue;
                }
                of_words(ground, owner, sets, start, &home, draft, &mut going);
            }
        }
        // The oldest goes first.
        if let Some(of_one) = going.get_mut(before..) {
            of_one.reverse();
        }
        // What is worth nothing stands in nobody's way.
        let partial = going.iter().skip(before);
        let partial = partial.filter(|it| it.why == Past::Partial);
        steady += partial.map(|it| it.set.len()).sum::<u64>();
    }
    if unseen > 0 && ground.machines.is_some() {
        let many = ("machines", unseen.to_string());
        draft.undecided(&ground.spot(), "*", Reason::new("homes_unseen", [many]));
    }
    draft.count(ground.account, Kind::SNAPSHOT, stock.total(), steady);
    release(ground, stock, going, (&holds, leaving), here, draft);
}

/// Returns the oldest set of a machine that is gone, unless it is the last whole one.
fn of_gone<'g>(
    owner: &'g Owner<'_>,
    sets: &'g [Set],
    is_free: impl Fn(&Set) -> bool,
) -> Option<Going<'g>> {
    let last = sets.iter().position(|it| it.whole)?;
    let free = |(place, set): &(usize, &Set)| {
        *place != last && set.bound.is_none() && !set.pending && is_free(set)
    };
    let (_, set) = sets.iter().enumerate().rev().find(free)?;
    Some(Going {
        machine: owner.machine,
        set,
        why: Past::Gone,
        after: Vec::new(),
    })
}

fn of_words<'g>(
    ground: &Ground<'_>,
    owner: &'g Owner<'_>,
    sets: &'g [Set],
    start: Option<&Start>,
    home: &Home,
    draft: &Draft,
    going: &mut Vec<Going<'g>>,
) {
    let settings = ground.settings;
    let now = draft.made();
    let period = ground.period.map(|it| it.start);
    let (coming, coming_of) = match home.is(ground) {
        true => (start.and_then(|it| it.set), period),
        false => {
            let mut copies = start.iter().flat_map(|it| &it.copies);
            let copying = copies.find(|it| it.is_to(ground));
            (copying.map(|it| it.place), copying.map(|it| it.period))
        }
    };
    // What is made under such a key may be of no use: it does not count before it does.
    let is_barred = sets.iter().any(|it| it.bound == Some(Bound::Key));
    let coming_at = coming
        .filter(|_| !is_barred)
        .and(coming_of)
        .map(|period| super::retention::Moment { period, at: now });
    let whole = || sets.iter().filter(|it| it.whole);
    let moments: Vec<_> = coming_at
        .into_iter()
        .chain(whole().map(|it| it.moment))
        .collect();
    let stays = kept(
        &moments,
        &settings.keep,
        settings.tolerance,
        &settings.timezone,
    );
    let mut stays = stays.into_iter().skip(usize::from(coming_at.is_some()));
    // What is begun for the machine comes first: when that fails, nothing of it goes.
    let mut after: Vec<usize> = start.and_then(|it| it.set).into_iter().collect();
    after.extend(coming);
    after.dedup();
    let mut newer = 0u32;
    for set in sets {
        let why = if set.whole {
            newer += 1;
            // The newest one stays, whatever is to come.
            let stays = stays.next().unwrap_or(true) || newer == 1;
            (!stays).then_some(Past::Retention)
        } else {
            let is_worthless = set.is_worthless() && Some(set.moment.period) < period;
            let is_old = now.duration_since(set.moment.at) > PARTIAL_KEPT;
            let is_replaced = newer >= settings.keep.at_least.max(1) && is_old && !set.pending;
            (is_worthless || is_replaced).then_some(Past::Partial)
        };
        if let (Some(why), None) = (why, set.bound) {
            going.push(Going {
                machine: owner.machine,
                set,
                why,
                // What is worth nothing need not be replaced.
                after: match set.is_worthless() {
                    true => Vec::new(),
                    false => after.clone(),
                },
            });
        }
    }
}

/// Writes down the images that go, and the sets that nothing holds then.
fn release(
    ground: &Ground<'_>,
    stock: &Stock<'_>,
    going: Vec<Going<'_>>,
    (holds, mut leaving): (&Holds<'_>, Leaving<'_>),
    begun: &Begun,
    draft: &mut Draft,
) {
    if ground.images.is_none() {
        if !going.is_empty() {
            let many = ("sets", going.len().to_string());
            draft.undecided(&ground.spot(), "*", Reason::new("images_unseen", [many]));
        }
        return;
    }
    let mut held = Vec::new();
    let mut free: Vec<(Going<'_>, Vec<&Snapshot>)> = Vec::new();
    for going in going {
        let Some(taken) = freed(stock, going.set, holds, &leaving) else {
            held.extend(holders(ground, stock, going.set, holds));
            continue;
        };
        let mut alone = Vec::new();
        for snapshot in stock.snapshots(going.set) {
            match taken.iter().find(|(id, _)| **id == snapshot.id) {
                Some((id, image)) => leaving.carry(*image, id),
                None => alone.push(snapshot),
            }
        }
        free.push((going, alone));
    }
    note_held(ground, &held, draft);
    let places = leaving.write(ground, begun, draft);
    for (going, alone) in free {
        let mut after = going.after.clone();
        after.extend(stock.snapshots(going.set).iter().filter_map(|it| {
            let image = holds.of_snapshot(&it.id).first()?;
            places.get(image).copied()
        }));
        after.sort_unstable();
        after.dedup();
        for snapshot in alone {
            write(ground, &going, snapshot, after.clone(), draft);
        }
    }
}

/// Returns what of a set images stand on, and which.
fn holders(ground: &Ground<'_>, stock: &Stock<'_>, set: &Set, holds: &Holds<'_>) -> Vec<String> {
    let images: &[Image] = ground.images.map_or(&[], |it| &it.rows);
    let mut held = Vec::new();
    for snapshot in stock.snapshots(set) {
        let places = holds.of_snapshot(&snapshot.id).iter();
        let ids = places
            .filter_map(|it| images.get(*it))
            .map(|it| it.id.as_str());
        let mut ids: Vec<&str> = ids.collect();
        ids.sort_unstable();
        let unlisted = snapshot.held_by.as_deref().filter(|it| is_image(it));
        if ids.is_empty() {
            ids.extend(unlisted);
        }
        if !ids.is_empty() {
            held.push(format!("{} ({})", snapshot.id, ids.join(", ")));
        }
    }
    held
}

/// Notes the snapshots that stay past their time because images stand on them.
fn note_held(ground: &Ground<'_>, held: &[String], draft: &mut Draft) {
    if held.is_empty() {
        return;
    }
    let mut which = held[..held.len().min(HELD_SHOWN)].join(", ");
    if held.len() > HELD_SHOWN {
        which.push_str(", …");
    }
    let facts = [
        ("account", ground.account.to_string()),
        ("region", ground.region.to_string()),
        ("snapshots", held.len().to_string()),
        ("which", which),
    ];
    draft.note(Reason::new("held_by_images", facts));
}

/// Returns which snapshots of a set go with which image; `None` when an image that stays stands on
/// one of them.
fn freed<'s>(
    stock: &Stock<'s>,
    set: &Set,
    holds: &Holds<'_>,
    leaving: &Leaving<'_>,
) -> Option<Vec<(&'s ResourceId, usize)>> {
    let mut taken = Vec::new();
    for snapshot in stock.snapshots(set) {
        match holds.of_snapshot(&snapshot.id) {
            // The cloud says that an image stands on it, and the list does not show that one.
            [] if snapshot.held_by.as_deref().is_some_and(is_image) => return None,
            [] => {}
            // It goes with the only one.
            [image] if leaving.has(*image) => taken.push((&snapshot.id, *image)),
            _ => return None,
        }
    }
    Some(taken)
}

fn write(
    ground: &Ground<'_>,
    going: &Going<'_>,
    snapshot: &Snapshot,
    after: Vec<usize>,
    draft: &mut Draft,
) {
    let set = going.set;
    let days = draft.made().duration_since(set.moment.at).as_hours() / 24;
    let facts = [
        ("machine", going.machine.to_owned()),
        ("period", set.moment.period.to_string()),
        ("age_days", days.to_string()),
        ("keep", ground.settings.keep.text()),
    ];
    let word = match going.why {
        Past::Retention => "set_past",
        Past::Gone => "set_of_gone",
        Past::Partial => "set_partial",
    };
    let step = Step::DeleteSnapshot {
        snapshot: snapshot.id.clone(),
        set: set.id(going.machine),
    };
    let saved = ground.saved(snapshot.size_gib);
    draft.step(ground.spot(), step, Reason::new(word, facts), after, saved);
}
