//! How long a balance lasts, by what was spent of late.
//!
//! A rise between two readings is a top-up: what was spent meanwhile is not known, so that stretch
//! is left out, its time too. One purchase that towers over the rest counts only so far, or a year
//! paid in advance would foretell ruin for a month.

use duty::BalancePoint;
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, Money};
use rust_decimal::Decimal;

/// The fewest readings a forecast is made from.
pub const FEWEST_POINTS: usize = 3;

/// How far back readings count.
const WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How much time without a top-up must have been watched.
const SHORTEST_WATCH_SECONDS: i64 = 24 * 3600;

/// How many times the usual spending one stretch may count.
const TOWERING: Decimal = Decimal::from_parts(5, 0, 0, false, 0);

/// The longest forecast that is worth a number, in days.
const LONGEST_DAYS: i64 = 3650;

/// What can be said of how long a balance lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forecast {
    /// Too little is known: so many readings are there, or they are too close together.
    NotEnough {
        /// How many readings there are, the present one among them.
        points: usize,
    },
    /// Nothing to speak of was spent: it lasts for ten years or longer.
    Ages,
    /// It lasts for so many whole days.
    Lasts {
        /// How many; 0 when it is used up.
        days: i64,
        /// What was spent in a day.
        per_day: Decimal,
    },
}

/// A stretch of time between two readings, without a top-up.
struct Stretch {
    spent: Decimal,
    seconds: i64,
}

impl Stretch {
    fn per_second(&self) -> Decimal {
        self.spent
            .checked_div(Decimal::from(self.seconds))
            .unwrap_or_default()
    }
}

/// Returns how long what is `available` now lasts, by the readings of the account in its currency.
#[must_use]
pub fn forecast(
    account: &AccountId,
    available: &Money,
    history: &[BalancePoint],
    now: Timestamp,
) -> Forecast {
    let begin = now.checked_sub(WINDOW).unwrap_or(Timestamp::MIN);
    let mut points: Vec<(Timestamp, Decimal)> = history
        .iter()
        .filter(|it| it.account == *account && it.available.currency == available.currency)
        .filter(|it| it.at >= begin && it.at < now)
        .map(|it| (it.at, it.available.amount))
        .collect();
    points.push((now, available.amount));
    points.sort();
    points.dedup_by_key(|it| it.0);
    let stretches = stretches(&points);
    let watched: i64 = stretches.iter().map(|it| it.seconds).sum();
    if points.len() < FEWEST_POINTS || watched < SHORTEST_WATCH_SECONDS {
        return Forecast::NotEnough {
            points: points.len(),
        };
    }
    // Products before quotients: 100 a day out of 700 is seven days, not six and a very long tail.
    let spent_by_day = spent(&stretches)
        .checked_mul(Decimal::from(24 * 3600))
        .unwrap_or_default();
    if spent_by_day <= Decimal::ZERO {
        return Forecast::Ages;
    }
    let watched = Decimal::from(watched);
    let per_day = spent_by_day.checked_div(watched).unwrap_or_default();
    let left = available.amount.max(Decimal::ZERO);
    let days = left
        .checked_mul(watched)
        .and_then(|it| it.checked_div(spent_by_day));
    let days = days.and_then(|it| i64::try_from(it.floor()).ok());
    match days {
        Some(days) if days < LONGEST_DAYS => Forecast::Lasts { days, per_day },
        _ => Forecast::Ages,
    }
}

fn stretches(points: &[(Timestamp, Decimal)]) -> Vec<Stretch> {
    let pairs = points.windows(2).filter_map(|pair| {
        let [(from, before), (to, after)] = pair else {
            return None;
        };
        let spent = before
            .checked_sub(*after)
            .filter(|it| !it.is_sign_negative() || it.is_zero())?;
        let seconds = to.duration_since(*from).as_secs().max(1);
        Some(Stretch { spent, seconds })
    });
    pairs.collect()
}

/// Returns what was spent in all, no stretch counting more than so many times the usual.
fn spent(stretches: &[Stretch]) -> Decimal {
    let usual = usual_per_second(stretches);
    let counted = stretches.iter().map(|it| {
        let most = usual
            .checked_mul(TOWERING)
            .and_then(|most| most.checked_mul(Decimal::from(it.seconds)))
            .unwrap_or(Decimal::MAX);
        if usual.is_zero() {
            it.spent
        } else {
            it.spent.min(most)
        }
    });
    counted.fold(Decimal::ZERO, Decimal::saturating_add)
}

/// Returns the rate that half of the watched time stayed at or below.
fn usual_per_second(stretches: &[Stretch]) -> Decimal {
    let mut sorted: Vec<&Stretch> = stretches.iter().collect();
    sorted.sort_by_key(|it| it.per_second());
    let half = stretches.iter().map(|it| it.seconds).sum::<i64>() / 2;
    let mut passed = 0;
    for stretch in sorted {
        passed += stretch.seconds;
        if passed > half {
            return stretch.per_second();
        }
    }
    Decimal::ZERO
}

#[cfg(test)]
mod tests;
