//! Money of an account: what is there, and what is spent a day.

use jiff::Timestamp;
use rust_decimal::Decimal;

/// The money of an account, shrinking by the day in world time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// What was there at `since`.
    pub amount: Decimal,
    /// What runs off every day.
    pub daily_spend: Decimal,
    /// The instant `amount` was true; the world's beginning when absent.
    pub since: Option<Timestamp>,
    /// The credit granted by the cloud.
    pub credit: Decimal,
    /// CNY, USD or JPY.
    pub currency: &'static str,
}

impl Balance {
    /// Returns a balance of whole units that does not shrink.
    #[must_use]
    pub fn new(amount: impl Into<Decimal>, currency: &'static str) -> Self {
        Self {
            amount: amount.into(),
            daily_spend: Decimal::ZERO,
            since: None,
            credit: Decimal::ZERO,
            currency,
        }
    }

    /// Lets `daily_spend` run off every day of world time.
    #[must_use]
    pub fn spending(mut self, daily_spend: impl Into<Decimal>) -> Self {
        self.daily_spend = daily_spend.into();
        self
    }

    /// Returns what is left at `now`, in hundredths.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Decimal {
        let since = self.since.unwrap_or(now);
        let seconds = Decimal::from(now.as_second() - since.as_second());
        (self.amount - self.daily_spend * seconds / Decimal::from(86_400)).round_dp(2)
    }
}

/// Returns `amount` with two decimals and commas between thousands, as the billing service writes it.
#[must_use]
pub fn with_commas(amount: Decimal) -> String {
    let text = format!("{:.2}", amount.abs());
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let mut out = String::with_capacity(text.len() + 8);
    if amount.is_sign_negative() && !amount.is_zero() {
        out.push('-');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push('.');
    out.push_str(cents);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_commas_and_signs() {
        for (amount, text) in [
            ("0", "0.00"),
            ("-1234.5", "-1,234.50"),
            ("2672769.6", "2,672,769.60"),
            ("999.994", "999.99"),
        ] {
            assert_eq!(with_commas(amount.parse().unwrap()), text);
        }
    }

    #[test]
    fn money_runs_off_in_world_time() {
        let start = Timestamp::UNIX_EPOCH;
        let balance = Balance {
            since: Some(start),
            ..Balance::new(100, "CNY").spending(10)
        };
        assert_eq!(
            balance.at(start + jiff::SignedDuration::from_hours(36)),
            Decimal::from(85)
        );
    }
}
