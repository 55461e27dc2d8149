//! A run of the backup duty as plain rows, for tables and JSON.

use std::collections::BTreeMap;

use cloud::Census;
use duty::coverage::{self, CoverageRows};
use duty::{FindingState, KnownFinding};
use jiff::Timestamp;
use model::{Currency, Money, ResourceId};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::facts::{self, Facts};
use crate::rules::ground::{Ground, houses};
use crate::rules::stock::{Bound, Owner, Set, Stock};
use crate::settings::Settings;

/// A run of the backup duty; the names of the fields are those of the JSON output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupReport {
    /// When the census was taken.
    pub taken: Timestamp,
    /// How many open findings there are that nobody muted, by their kind.
    pub counts: BTreeMap<String, usize>,
    /// What is kept of each machine.
    pub kept: Vec<Holding>,
    /// Each known finding, the worst first; gone and muted ones too, and marked so.
    pub findings: Vec<ItemRow>,
    /// What was looked at.
    pub coverage: CoverageRows,
}

/// What is kept of a machine in one region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// The account's name in the config.
    pub account: String,
    /// Where the copies are.
    pub region: String,
    /// The machine.
    pub machine: String,
    /// Its name; empty when it has none.
    pub name: String,
    /// Where its sets were made, when they are copies from another region.
    pub from: Option<String>,
    /// How many whole sets there are.
    pub whole: usize,
    /// How many sets there are that are not whole.
    pub partial: usize,
    /// When the newest whole one was begun.
    pub newest: Option<Timestamp>,
    /// When the oldest whole one was begun.
    pub oldest: Option<Timestamp>,
    /// The size of the newest one, in GiB.
    pub size_gib: u64,
    /// What all of it costs a month, by an estimate; `null` where no price is known.
    pub monthly: Option<String>,
    /// Its sets, the newest first.
    pub sets: Vec<SetRow>,
}

/// One set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetRow {
    /// What it is known by.
    pub set: String,
    /// When it was begun.
    pub begun: Timestamp,
    /// `whole`, `pending`, `partial`, `failed`, or `barred` when its key cannot be used.
    pub state: &'static str,
    /// Of how many disks it has a snapshot that can be used.
    pub disks: u64,
    /// Of how many it should be.
    pub wanted: u64,
    /// The sizes of its disks together, in GiB.
    pub size_gib: u64,
    /// Why it stays whatever the words say: `held`, `archived`, `protected`, `state`, `age_unknown`,
    /// `key`.
    pub bound: Option<&'static str>,
    /// The images that stand on it.
    pub images: Vec<String>,
}

/// One known finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemRow {
    /// Its identity, as `skywarden findings` takes it.
    pub key: String,
    /// The account's name in the config.
    pub account: String,
    /// What it is about: `unprotected`, `stale`, `key_unusable`, `key_leaving`, `not_done`,
    /// `incomplete`, `unclear`, `image_held`, `key_unclear`, `last_copy`, `fast_restore`,
    /// `recycle_bin`.
    pub kind: String,
    /// How soon to act: `notice`, `warning`, `urgent`.
    pub severity: &'static str,
    /// `new`, `still` or `gone`.
    pub state: &'static str,
    /// Whether it was not seen this time and is told as last seen.
    pub frozen: bool,
    /// The id of the thing.
    pub id: String,
    /// Its name; empty when it has none.
    pub name: String,
    /// Its region.
    pub region: String,
    /// When the newest copy was begun.
    pub newest: Option<Timestamp>,
    /// The owner as the tags say.
    pub owner: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// Until when it is kept quiet.
    pub muted_until: Option<Timestamp>,
    /// Who has taken it on.
    pub acked_by: Option<String>,
    /// All facts it rests on.
    pub evidence: BTreeMap<String, String>,
}

/// Returns a run as rows.
#[must_use]
pub fn summarize(
    census: &Census,
    known: &[KnownFinding],
    settings: &Settings,
    now: Timestamp,
) -> BackupReport {
    let findings = rows(known, settings, now);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let open = findings
        .iter()
        .filter(|it| it.state != FindingState::Gone.word() && it.muted_until.is_none());
    for row in open {
        *counts.entry(row.kind.clone()).or_default() += 1;
    }
    BackupReport {
        taken: census.taken,
        counts,
        kept: holdings(census, settings, now),
        findings,
        coverage: coverage::rows(census, |scope| settings.accepts_gap(scope, now)),
    }
}

/// Returns what is kept of each machine, by account, region and machine.
#[must_use]
pub fn holdings(census: &Census, settings: &Settings, now: Timestamp) -> Vec<Holding> {
    let mut held = Vec::new();
    for house in houses(census, settings, now) {
        for ground in &house.grounds {
            let images = images(ground);
            if let Some(stock) = &ground.stock {
                let owners = stock.machines.iter();
                held.extend(owners.map(|it| holding(ground, stock, it, &images)));
            }
        }
    }
    held.sort_by(|a, b| {
        let place = |it: &Holding| (it.account.clone(), it.region.clone(), it.machine.clone());
        place(a).cmp(&place(b))
    });
    held
}

/// Returns what everything that is kept costs a month, by currency.
#[must_use]
pub(crate) fn monthly(ground: &Ground<'_>, sets: &[Set]) -> Option<Money> {
    let mut whole = sets.iter().filter(|it| !it.is_worthless());
    // One is whole, and of the others the changes are kept.
    let first = whole.next().map_or(0, |it| it.gib);
    let first = ground.monthly(first, 100)?;
    let rest = ground.monthly(
        whole.map(|it| it.gib).sum(),
        ground.settings.changes_percent,
    )?;
    Some(Money::new(first.amount + rest.amount, first.currency))
}

/// Returns which images stand on which snapshots.
fn images<'a>(ground: &Ground<'a>) -> BTreeMap<&'a ResourceId, Vec<&'a ResourceId>> {
    let mut holders: BTreeMap<&ResourceId, Vec<&ResourceId>> = BTreeMap::new();
    for image in ground.images.iter().flat_map(|it| &it.rows) {
        for snapshot in &image.snapshots {
            holders.entry(snapshot).or_default().push(&image.id);
        }
    }
    holders
}

fn holding(
    ground: &Ground<'_>,
    stock: &Stock<'_>,
    owner: &Owner<'_>,
    images: &BTreeMap<&ResourceId, Vec<&ResourceId>>,
) -> Holding {
    let sets = stock.sets(owner);
    let whole: Vec<&Set> = sets.iter().filter(|it| it.whole).collect();
    let name = sets
        .first()
        .and_then(|it| stock.snapshots(it).first().copied());
    let name = name.and_then(|it| it.tags.get("Name"));
    Holding {
        account: ground.account.to_string(),
        region: ground.region.to_string(),
        machine: owner.machine.to_owned(),
        name: name.cloned().unwrap_or_default(),
        from: owner.from.map(str::to_owned),
        whole: whole.len(),
        partial: sets.len() - whole.len(),
        newest: whole.first().map(|it| it.moment.at),
        oldest: whole.last().map(|it| it.moment.at),
        size_gib: sets.first().map_or(0, |it| it.gib),
        monthly: monthly(ground, sets).map(|it| it.to_string()),
        sets: sets
            .iter()
            .map(|it| set_row(stock, owner, it, images))
            .collect(),
    }
}

fn set_row(
    stock: &Stock<'_>,
    owner: &Owner<'_>,
    set: &Set,
    images: &BTreeMap<&ResourceId, Vec<&ResourceId>>,
) -> SetRow {
    let state = match (set.whole, set.pending, set.is_worthless()) {
        _ if set.bound == Some(Bound::Key) => "barred",
        (true, _, _) => "whole",
        (_, true, _) => "pending",
        (_, _, true) => "failed",
        _ => "partial",
    };
    let snapshots = stock.snapshots(set);
    let holders = snapshots
        .iter()
        .filter_map(|it| images.get(&it.id))
        .flatten();
    let mut holders: Vec<String> = holders.map(ToString::to_string).collect();
    holders.sort();
    holders.dedup();
    SetRow {
        set: set.id(owner.machine).to_string(),
        begun: set.moment.at,
        state,
        disks: set.ready,
        wanted: set.wanted,
        size_gib: set.gib,
        bound: set.bound.map(Bound::word),
        images: holders,
    }
}

/// Returns the findings that are still asked for as rows, the worst first.
#[must_use]
pub fn rows(known: &[KnownFinding], settings: &Settings, now: Timestamp) -> Vec<ItemRow> {
    let asked = known
        .iter()
        .filter(|it| settings.still_asks(&it.finding.key.account));
    let mut sorted: Vec<&KnownFinding> = asked.collect();
    sorted.sort_by_cached_key(|it| Facts::of(&it.finding).rank());
    sorted.into_iter().map(|it| item_row(it, now)).collect()
}

fn item_row(known: &KnownFinding, now: Timestamp) -> ItemRow {
    let finding = &known.finding;
    let facts = Facts::of(finding);
    let muted = known.muted.as_ref().map(|it| it.until);
    ItemRow {
        key: finding.key.to_string(),
        account: finding.key.account.to_string(),
        kind: finding.key.kind.clone(),
        severity: finding.severity.word(),
        state: known.state.word(),
        frozen: known.frozen,
        id: finding.key.resource.to_string(),
        name: finding.name.clone(),
        region: facts.get(facts::REGION).to_owned(),
        newest: facts.time(facts::NEWEST),
        owner: finding.owner.clone(),
        tags: finding.tags.clone().into_iter().collect(),
        first_seen: known.first_seen,
        last_seen: known.last_seen,
        muted_until: muted.filter(|it| now < *it),
        acked_by: known.acked.as_ref().map(|it| it.by.clone()),
        evidence: finding.evidence.clone(),
    }
}

/// Everything that is kept, together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Total {
    /// Of how many machines.
    pub machines: usize,
    /// How many whole sets.
    pub sets: usize,
    /// What it costs a month by an estimate, by currency.
    pub monthly: Vec<Money>,
}

/// Returns what is kept in some accounts, together.
pub(crate) fn total(
    census: &Census,
    settings: &Settings,
    now: Timestamp,
    is_theirs: impl Fn(&model::AccountId) -> bool,
) -> Total {
    let mut total = Total::default();
    let mut costs: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for house in houses(census, settings, now) {
        for ground in house.grounds.iter().filter(|it| is_theirs(it.account)) {
            if let Some(stock) = &ground.stock {
                for owner in &stock.machines {
                    let sets = stock.sets(owner);
                    total.machines += 1;
                    total.sets += sets.iter().filter(|it| it.whole).count();
                    if let Some(cost) = monthly(ground, sets) {
                        *costs.entry(cost.currency).or_default() += cost.amount;
                    }
                }
            }
        }
    }
    let costs = costs
        .into_iter()
        .map(|(currency, amount)| Money::new(amount, currency));
    total.monthly = costs.collect();
    total
}

#[cfg(test)]
mod tests;
