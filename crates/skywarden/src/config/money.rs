//! Money in the configuration: amounts by currency.

use std::fmt;
use std::str::FromStr as _;

use rust_decimal::Decimal;
#[cfg(test)]
use schemars::JsonSchema;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

/// A code of three capital letters such as `CNY`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

impl Currency {
    /// Returns the code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Currency {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() == 3 && text.bytes().all(|it| it.is_ascii_uppercase()) {
            Ok(Self(text))
        } else {
            Err("a currency is three capital letters such as CNY or USD".to_owned())
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}

/// A price: an amount with its currency, such as `0.05 USD`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(test, schemars(with = "String"))]
pub struct Price {
    /// How much; never less than nothing.
    pub amount: Decimal,
    /// In which currency.
    pub currency: Currency,
}

impl Price {
    /// Returns it as money.
    #[must_use]
    pub fn money(&self) -> model::Money {
        model::Money::new(self.amount, model::Currency::new(self.currency.as_str()))
    }
}

impl TryFrom<String> for Price {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read = text.trim().split_once(' ').and_then(|(amount, currency)| {
            let amount = Decimal::from_str(amount).ok()?;
            let currency = Currency::try_from(currency.trim().to_owned()).ok()?;
            Some(Self { amount, currency })
        });
        read.filter(|it| it.amount >= Decimal::ZERO)
            .ok_or_else(|| format!("{text:?} is not a price such as \"0.05 USD\""))
    }
}

impl From<Price> for String {
    fn from(price: Price) -> Self {
        format!("{} {}", price.amount, price.currency.as_str())
    }
}

/// An amount of money: a number, or text such as `"1,000,000.50"` that keeps every digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount(pub Decimal);

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match i64::try_from(self.0) {
            Ok(whole) if Decimal::from(whole) == self.0 => serializer.serialize_i64(whole),
            _ => serializer.collect_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AmountVisitor;

        impl Visitor<'_> for AmountVisitor {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount of money such as 10000 or \"10000.50\"")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Amount, E> {
                Ok(Amount(Decimal::from(value)))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Amount, E> {
                // The shortest text of a float is what was written.
                self.visit_str(&value.to_string())
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Amount, E> {
                Decimal::from_str(&value.replace(',', ""))
                    .map(Amount)
                    .map_err(|_| {
                        E::custom("this is not an amount of money such as 10000 or \"10000.50\"")
                    })
            }
        }

        deserializer.deserialize_any(AmountVisitor)
    }
}

#[cfg(test)]
impl JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An amount of money: a number, or text that keeps every digit.",
            "type": ["number", "string"]
        })
    }
}
