//! Rows that are computed from their number instead of being kept.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use crate::world::account::Uid;
use crate::world::instances::Instance;
use crate::world::prepaid::{Prepaid, Renewal, never};

/// Product code, product type, prefix of ids, share in percent.
const PRODUCTS: &[(&str, &str, &str, u64)] = &[
    ("ecs", "ecs", "i-bp1", 46),
    ("yundisk", "yundisk", "d-bp1", 14),
    ("rds", "rds", "rm-bp1", 10),
    ("redisa", "redisa", "r-bp1", 8),
    ("slb", "slb", "lb-bp1", 5),
    ("eip", "eip", "eip-bp1", 5),
    ("polardb", "polardb_mysql_cn", "pc-bp1", 4),
    ("dds", "dds", "dds-bp1", 3),
    ("ons", "ons_onsproxy_pre", "MQ_INST_", 2),
    ("elasticsearch", "elasticsearchpre", "es-cn-", 2),
    ("oss", "oss", "oss-", 1),
];

/// Digits of an id between its prefix and the number of its row.
const CHANCE_DIGITS: usize = 14;

const REGIONS: [&str; 6] = [
    "cn-hangzhou",
    "cn-hangzhou",
    "cn-beijing",
    "cn-shanghai",
    "cn-shenzhen",
    "cn-hongkong",
];

/// Thousands of rows as five numbers.
///
/// Of `rows`, exactly `expiring` end within 1 to 14 days of `epoch` without renewing themselves; all others end
/// in 40 days or later, renew themselves, or never end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crop {
    seed: u64,
    uid: Uid,
    /// How many rows there are.
    pub rows: u32,
    expiring: u32,
    epoch: Timestamp,
}

impl Crop {
    /// Returns `rows` rows of account `uid`, of which `expiring` are due soon after `epoch`.
    #[must_use]
    pub fn new(seed: u64, uid: Uid, rows: u32, expiring: u32, epoch: Timestamp) -> Self {
        Self {
            seed,
            uid,
            rows,
            expiring: expiring.min(rows),
            epoch,
        }
    }

    /// Returns row number `index`.
    #[must_use]
    pub fn row(&self, index: u32) -> Prepaid {
        let chance = mix(self.seed
            ^ self.uid.0.rotate_left(17)
            ^ u64::from(index).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let expiring = self.is_expiring(index);
        let (product, product_type, prefix) = product(chance % 100, expiring);
        let days = |days: u64| self.epoch + SignedDuration::from_hours(days.cast_signed() * 24);
        let (ends, renewal) = match (expiring, (chance >> 8) % 10) {
            // Half an hour short of whole days, so that a day more or less is never a matter of seconds.
            (true, _) => (
                days(1 + (chance >> 16) % 14) - SignedDuration::from_mins(30),
                Renewal::Manual,
            ),
            (false, 0..=2) => (never(), Renewal::Auto),
            (false, 3..=4) => (days(40 + (chance >> 16) % 300), Renewal::Auto),
            (false, _) => (days(40 + (chance >> 16) % 300), Renewal::Manual),
        };
        Prepaid {
            id: format!(
                "{prefix}{:0CHANCE_DIGITS$x}{index:05x}",
                (chance >> 4) & 0x00ff_ffff_ffff_ffff
            ),
            product: Cow::Borrowed(product),
            product_type: Cow::Borrowed(product_type),
            region: Cow::Borrowed(REGIONS[(chance >> 24) as usize % REGIONS.len()]),
            created: self.epoch
                - SignedDuration::from_hours(24 * (30 + ((chance >> 32) % 900).cast_signed())),
            ends: (product != "oss").then_some(ends),
            renewal,
            renewal_months: 1,
            released_after_days: 15,
            status: None,
            owner: None,
        }
    }

    /// Returns the number of the row with `id`, which its id tells.
    #[must_use]
    pub fn index_of(&self, id: &str) -> Option<u32> {
        PRODUCTS.iter().find_map(|(_, _, prefix, _)| {
            let index = id.strip_prefix(prefix)?.get(CHANCE_DIGITS..)?;
            let index = u32::from_str_radix(index, 16).ok()?;
            (index < self.rows && self.row(index).id == id).then_some(index)
        })
    }

    /// Returns the machine behind `row`, which has number `index`.
    #[must_use]
    pub fn instance(&self, index: u32, row: &Prepaid) -> Instance {
        let mut instance = Instance::new(row.id.clone(), format!("web-{index:05}"), row.created)
            .region(&row.region);
        instance.private_ip = format!(
            "10.{}.{}.{}",
            self.uid.0 % 250,
            index / 250 % 250,
            index % 250 + 2
        );
        if index.is_multiple_of(3) {
            instance = instance.tag("owner", format!("team-{}", index % 7));
        }
        instance
    }

    /// Tells whether row `index` is one of the expiring ones, which lie evenly among the others.
    fn is_expiring(&self, index: u32) -> bool {
        let (index, expiring, rows) = (
            u64::from(index),
            u64::from(self.expiring),
            u64::from(self.rows.max(1)),
        );
        (index + 1) * expiring / rows > index * expiring / rows
    }
}

fn product(share: u64, must_end: bool) -> (&'static str, &'static str, &'static str) {
    let mut left = share;
    for (code, kind, prefix, percent) in PRODUCTS {
        if left < *percent && !(must_end && *code == "oss") {
            return (code, kind, prefix);
        }
        left = left.saturating_sub(*percent);
    }
    (PRODUCTS[0].0, PRODUCTS[0].1, PRODUCTS[0].2)
}

/// Spreads a number over all 64 bits (splitmix64).
pub(super) fn mix(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_repeat_and_exactly_the_asked_number_is_due() {
        let epoch = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 20_000);
        let crop = Crop::new(3, Uid(1), 3_000, 11, epoch);
        assert_eq!(crop.row(1234), crop.row(1234));
        let horizon = epoch + SignedDuration::from_hours(24 * 15);
        let due = (0..3_000)
            .map(|it| crop.row(it))
            .filter(|it| it.ends.is_some_and(|ends| ends < horizon))
            .count();
        assert_eq!(due, 11);
        let ids: std::collections::HashSet<_> = (0..3_000).map(|it| crop.row(it).id).collect();
        assert_eq!(ids.len(), 3_000);
        assert!((0..3_000).all(|it| crop.index_of(&crop.row(it).id) == Some(it)));
        for strange in ["", "i-bp1", "i-é", "i-bp1000000000000000004d2", "x"] {
            assert_eq!(crop.index_of(strange), None, "{strange}");
        }
    }
}
