//! Money: a decimal with its currency, never a float.

use std::fmt;

use rust_decimal::Decimal;

/// A currency by its ISO 4217 code in upper case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(String);

impl Currency {
    /// Returns the currency of an ISO code in any case.
    #[must_use]
    pub fn new(code: &str) -> Self {
        Self(code.trim().to_ascii_uppercase())
    }

    /// Returns the ISO code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }

    /// Returns the sign people write: `¥`, `$`, or the code where none is usual.
    #[must_use]
    pub fn sign(&self) -> &str {
        match self.0.as_str() {
            "CNY" => "¥",
            "USD" => "$",
            code => code,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An amount in one currency; it may be negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// How much.
    pub amount: Decimal,
    /// Of what.
    pub currency: Currency,
}

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an amount of money")]
pub struct MoneyError {
    /// What stood there.
    pub text: String,
}

impl Money {
    /// Returns an amount of a currency.
    #[must_use]
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Parses an amount as the clouds write it: thousands commas, a sign, stray white space
    /// (`"-1,234.50"`, `"2,672,769.60\n"`).
    ///
    /// # Errors
    ///
    /// When what is left without commas and white space is no decimal number.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let plain: String = text
            .chars()
            .filter(|it| *it != ',' && !it.is_whitespace())
            .collect();
        match plain.parse::<Decimal>() {
            Ok(amount) => Ok(Self { amount, currency }),
            Err(_) => Err(MoneyError {
                text: text.chars().take(40).collect(),
            }),
        }
    }

    /// Returns the amount with thousands commas and two decimals at least: `2,672,769.60`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let shown = if self.amount.scale() < 2 {
            format!("{:.2}", self.amount.abs())
        } else {
            self.amount.abs().to_string()
        };
        let (whole, fraction) = shown.split_once('.').unwrap_or((&shown, "00"));
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let minus = if self.amount.is_sign_negative() && !self.amount.is_zero() {
            "-"
        } else {
            ""
        };
        format!("{minus}{grouped}.{fraction}")
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.grouped(), self.currency.sign())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yuan(text: &str) -> Result<String, MoneyError> {
        Money::parse(text, Currency::new("cny")).map(|it| it.to_string())
    }

    #[test]
    fn amounts_are_read_and_written_as_the_clouds_write_them() {
        assert_eq!(yuan("2,672,769.60").unwrap(), "2,672,769.60 ¥");
        assert_eq!(yuan("-1,234.50").unwrap(), "-1,234.50 ¥");
        assert_eq!(yuan("-11.1").unwrap(), "-11.10 ¥");
        assert_eq!(yuan(" 0\n").unwrap(), "0.00 ¥");
        assert_eq!(yuan("999").unwrap(), "999.00 ¥");
        assert_eq!(yuan("0.005").unwrap(), "0.005 ¥");
    }

    #[test]
    fn what_is_no_number_is_no_amount() {
        for text in ["", "abc", "1.2.3", "--1", "NaN"] {
            assert!(yuan(text).is_err(), "{text}");
        }
    }
}
