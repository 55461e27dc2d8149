//! Everything the billing service knows of: what was bought, when it ends, whether it renews itself.
//!
//! Rows are kept as values where somebody wrote them by hand, and computed from their number where an
//! [`crate::Estate`] planted thousands: 300,000 rows cost no memory until a page of them is asked for.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::account::Uid;
use super::balance::Balance;
use super::instances::Standing;
use crate::estate::rows::Crop;

/// What happens at the end of a resource's term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// `AutoRenewal`: nine days before the end it is charged and extended.
    Auto,
    /// `AutoRenewal`, but every charge fails: the end stays.
    AutoFailing,
    /// `ManualRenewal`: somebody has to.
    Manual,
    /// `NotRenewal`: to be let go.
    Never,
}

impl Renewal {
    /// Returns the word of the billing service.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto | Self::AutoFailing => "AutoRenewal",
            Self::Manual => "ManualRenewal",
            Self::Never => "NotRenewal",
        }
    }
}

/// The instant the billing service shows for "never": year 2999.
#[must_use]
pub fn never() -> Timestamp {
    // 2999-09-09T16:00:00Z, as recorded.
    Timestamp::constant(32_493_888_000, 0)
}

/// One row of the billing service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepaid {
    /// The resource's own id.
    pub id: String,
    /// `ecs`, `rds`, `redisa`, `oss` and so on.
    pub product: Cow<'static, str>,
    /// The finer word beside the product, often the same.
    pub product_type: Cow<'static, str>,
    /// Where it is.
    pub region: Cow<'static, str>,
    /// When it was bought.
    pub created: Timestamp,
    /// When it ends; `None` for rows that have no such key at all (pay as you go).
    pub ends: Option<Timestamp>,
    /// What happens at the end.
    pub renewal: Renewal,
    /// By how many months an automatic renewal extends it.
    pub renewal_months: u16,
    /// Days between the end and the release; afterwards the row is gone.
    pub released_after_days: u16,
    /// A status shown instead of the one that follows from the times.
    pub status: Option<Cow<'static, str>>,
    /// The owner shown, if it is another account than the one that is asked (consolidated billing).
    pub owner: Option<Uid>,
}

impl Prepaid {
    /// Returns a subscription of `product` that ends at `ends` and has to be renewed by hand.
    #[must_use]
    pub fn new(
        product: impl Into<Cow<'static, str>>,
        id: impl Into<String>,
        ends: Timestamp,
    ) -> Self {
        let product = product.into();
        Self {
            id: id.into(),
            product_type: product.clone(),
            product,
            region: Cow::Borrowed("cn-hangzhou"),
            created: ends - SignedDuration::from_hours(365 * 24),
            ends: Some(ends),
            renewal: Renewal::Manual,
            renewal_months: 1,
            released_after_days: 15,
            status: None,
            owner: None,
        }
    }

    /// Returns a pay-as-you-go row, which has no end.
    #[must_use]
    pub fn pay_as_you_go(
        product: impl Into<Cow<'static, str>>,
        id: impl Into<String>,
        created: Timestamp,
    ) -> Self {
        Self {
            created,
            ends: None,
            ..Self::new(product, id, never())
        }
    }

    /// Puts it into `region`.
    #[must_use]
    pub fn region(mut self, region: impl Into<Cow<'static, str>>) -> Self {
        self.region = region.into();
        self
    }

    /// Sets what happens at the end.
    #[must_use]
    pub fn renewal(mut self, renewal: Renewal) -> Self {
        self.renewal = renewal;
        self
    }

    /// Returns the row as it stands at `now`: renewed as often as was due, or `None` once released.
    #[must_use]
    pub fn at(mut self, now: Timestamp, balance: &Balance) -> Option<Self> {
        let Some(mut ends) = self.ends else {
            return Some(self);
        };
        if self.renewal == Renewal::Auto {
            let term = SignedDuration::from_hours(i64::from(self.renewal_months.max(1)) * 30 * 24);
            loop {
                let charged = ends - SignedDuration::from_hours(9 * 24);
                if charged > now || !balance.at(charged).is_sign_positive() {
                    break;
                }
                ends += term;
            }
            self.ends = Some(ends);
        }
        (now < self.released(ends)).then_some(self)
    }

    /// Returns when the resource is released if it ends at `ends`.
    #[must_use]
    pub fn released(&self, ends: Timestamp) -> Timestamp {
        let grace = SignedDuration::from_hours(i64::from(self.released_after_days) * 24);
        ends.checked_add(grace).unwrap_or(Timestamp::MAX)
    }

    /// Returns the status shown at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> &str {
        match (&self.status, self.ends) {
            (Some(status), _) => status,
            (None, Some(ends)) if ends <= now => "Expired",
            _ => "Normal",
        }
    }

    /// Returns `Subscription` or `PayAsYouGo`.
    #[must_use]
    pub fn subscription(&self) -> &'static str {
        if self.ends.is_some() {
            "Subscription"
        } else {
            "PayAsYouGo"
        }
    }
}

/// Which rows are asked for; an absent part asks for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrepaidFilter {
    /// The product code.
    pub product: Option<String>,
    /// The product type.
    pub product_type: Option<String>,
    /// `Subscription` or `PayAsYouGo`.
    pub subscription: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// These ids only.
    pub ids: Option<Vec<String>>,
    /// `AutoRenewal`, `ManualRenewal` or `NotRenewal`.
    pub renewal: Option<String>,
    /// Ends not before.
    pub ends_from: Option<Timestamp>,
    /// Ends not after.
    pub ends_to: Option<Timestamp>,
    /// Bought not before.
    pub created_from: Option<Timestamp>,
    /// Bought not after.
    pub created_to: Option<Timestamp>,
}

impl PrepaidFilter {
    fn keeps(&self, row: &Prepaid) -> bool {
        let same = |asked: &Option<String>, has: &str| asked.as_deref().is_none_or(|it| it == has);
        let within =
            |from: Option<Timestamp>, to: Option<Timestamp>, at: Option<Timestamp>| match at {
                Some(at) => from.is_none_or(|it| at >= it) && to.is_none_or(|it| at <= it),
                None => from.is_none() && to.is_none(),
            };
        same(&self.product, &row.product)
            && same(&self.product_type, &row.product_type)
            && same(&self.subscription, row.subscription())
            && same(&self.region, &row.region)
            && same(&self.renewal, row.renewal.as_str())
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&row.id))
            && within(self.ends_from, self.ends_to, row.ends)
            && within(self.created_from, self.created_to, Some(row.created))
    }
}

/// All rows of one account: the written ones first, then the planted ones.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    written: Vec<Prepaid>,
    crop: Option<Crop>,
    changed: HashMap<u32, Option<Prepaid>>,
}

impl Shelf {
    /// Returns a shelf of planted rows.
    #[must_use]
    pub fn planted(crop: Crop) -> Self {
        Self {
            crop: Some(crop),
            ..Self::default()
        }
    }

    /// Returns whether no row is planted.
    #[must_use]
    pub fn is_written_by_hand(&self) -> bool {
        self.crop.is_none()
    }

    /// Adds a row.
    pub fn add(&mut self, row: Prepaid) {
        self.written.push(row);
    }

    /// Returns every row as it was planted or written, in a fixed order.
    pub fn rows(&self) -> impl Iterator<Item = Prepaid> + '_ {
        self.written
            .iter()
            .cloned()
            .chain(self.planted_rows(None).map(|(_, row)| row))
    }

    /// Returns the written row with `id`.
    #[must_use]
    pub fn written(&self, id: &str) -> Option<&Prepaid> {
        self.written.iter().find(|it| it.id == id)
    }

    /// Returns the machines behind the planted rows, those with one of `ids` or all.
    pub fn planted_instances<'a>(
        &'a self,
        now: Timestamp,
        balance: &'a Balance,
        ids: Option<&'a [String]>,
    ) -> impl Iterator<Item = Standing> + 'a {
        self.crop.iter().flat_map(move |crop| {
            self.planted_rows(ids)
                .filter(|(_, row)| row.product == "ecs")
                .filter_map(move |(index, row)| {
                    let row = row.at(now, balance)?;
                    let instance = crop.instance(index, &row);
                    Some(Standing {
                        region: instance.region.clone(),
                        machine: Arc::new(instance.into_machine(row.ends, Some(row.renewal))),
                    })
                })
        })
    }

    /// Returns the planted rows with their numbers: those with one of `ids`, found without looking
    /// at the others, or all.
    fn planted_rows<'a>(
        &'a self,
        ids: Option<&'a [String]>,
    ) -> impl Iterator<Item = (u32, Prepaid)> + 'a {
        let rows = self.crop.as_ref().map_or(0, |it| it.rows);
        let asked: BTreeSet<u32> = ids
            .unwrap_or_default()
            .iter()
            .filter_map(|id| self.planted_index(id))
            .collect();
        let all = if ids.is_none() { 0..rows } else { 0..0 };
        all.chain(asked).filter_map(|index| {
            let row = match self.changed.get(&index) {
                Some(changed) => changed.clone()?,
                None => self.crop.as_ref()?.row(index),
            };
            Some((index, row))
        })
    }

    /// Returns the number of the planted row with `id`, unless it was taken off the shelf.
    fn planted_index(&self, id: &str) -> Option<u32> {
        let is_it = |changed: &Option<Prepaid>| changed.as_ref().is_some_and(|it| it.id == id);
        let mut changed = self.changed.iter();
        if let Some((index, _)) = changed.find(|(_, changed)| is_it(changed)) {
            return Some(*index);
        }
        let index = self.crop.as_ref()?.index_of(id)?;
        (!self.changed.contains_key(&index)).then_some(index)
    }

    /// Returns the row with `id`.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Prepaid> {
        if let Some(row) = self.written(id) {
            return Some(row.clone());
        }
        let asked = [id.to_owned()];
        self.planted_rows(Some(&asked)).next().map(|(_, row)| row)
    }

    /// Changes the row with `id`; returning `None` takes it off the shelf. Tells whether it was there.
    pub fn change(&mut self, id: &str, change: impl FnOnce(Prepaid) -> Option<Prepaid>) -> bool {
        if let Some(at) = self.written.iter().position(|it| it.id == id) {
            match change(self.written[at].clone()) {
                Some(row) => self.written[at] = row,
                None => drop(self.written.remove(at)),
            }
            return true;
        }
        let Some(crop) = &self.crop else { return false };
        let Some(index) = self.planted_index(id) else {
            return false;
        };
        let row = self
            .changed
            .get(&index)
            .cloned()
            .flatten()
            .unwrap_or_else(|| crop.row(index));
        self.changed.insert(index, change(row));
        true
    }

    /// Returns how many rows pass `filter` at `now`, and those of them from `skip` on, `take` at most.
    #[must_use]
    pub fn page(
        &self,
        filter: &PrepaidFilter,
        now: Timestamp,
        balance: &Balance,
        (skip, take): (usize, usize),
    ) -> (usize, Vec<Prepaid>) {
        let mut total = 0;
        let mut page = Vec::with_capacity(take.min(300));
        for row in self
            .rows()
            .filter_map(|it| it.at(now, balance))
            .filter(|it| filter.keeps(it))
        {
            if total >= skip && page.len() < take {
                page.push(row);
            }
            total += 1;
        }
        (total, page)
    }
}

#[cfg(test)]
mod tests;
