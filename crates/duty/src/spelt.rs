//! How the nouns of `model`, which know nothing of JSON, stand in plan files and the journal.

use model::{AccountId, Kind, RegionId, ResourceId};

/// An id that is a text.
pub(crate) trait Spelt: Sized {
    fn spell(&self) -> &str;
    fn read(text: String) -> Self;
}

macro_rules! spelt {
    ($($id:ty),*) => {$(
        impl Spelt for $id {
            fn spell(&self) -> &str {
                self.as_str()
            }
            fn read(text: String) -> Self {
                Self::new(text)
            }
        }
    )*};
}

spelt!(AccountId, Kind, RegionId, ResourceId);

/// One id.
pub(crate) mod one {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Spelt;

    pub(crate) fn serialize<T: Spelt, S: Serializer>(id: &T, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(id.spell())
    }

    pub(crate) fn deserialize<'a, T: Spelt, D: Deserializer<'a>>(from: D) -> Result<T, D::Error> {
        String::deserialize(from).map(T::read)
    }
}

/// Several ids.
pub(crate) mod many {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Spelt;

    pub(crate) fn serialize<T: Spelt, S: Serializer>(ids: &[T], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(ids.iter().map(Spelt::spell))
    }

    pub(crate) fn deserialize<'a, T: Spelt, D: Deserializer<'a>>(
        from: D,
    ) -> Result<Vec<T>, D::Error> {
        let all = Vec::<String>::deserialize(from)?;
        Ok(all.into_iter().map(T::read).collect())
    }
}

/// Tags, and facts by name.
pub(crate) mod tags {
    use std::collections::BTreeMap;

    use model::Tags;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(tags: &Tags, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(tags)
    }

    pub(crate) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Tags, D::Error> {
        let tags = BTreeMap::<String, String>::deserialize(from)?;
        Ok(tags.into_iter().collect())
    }
}

/// An id, or none.
pub(crate) mod maybe {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Spelt;

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(crate) fn serialize<T: Spelt, S: Serializer>(
        id: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => to.serialize_some(id.spell()),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'a, T: Spelt, D: Deserializer<'a>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(T::read))
    }
}

/// A set of copies.
pub(crate) mod set {
    use model::SetId;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(set: &SetId, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(set)
    }

    pub(crate) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<SetId, D::Error> {
        let text = String::deserialize(from)?;
        SetId::parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} names no set")))
    }
}

/// When a traffic alarm fires.
pub(crate) mod rule {
    use jiff::SignedDuration;
    use model::TrafficRule;
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    #[derive(serde::Serialize, Deserialize)]
    struct Written {
        bytes: u64,
        period_s: i64,
        periods: u32,
    }

    pub(crate) fn serialize<S: Serializer>(rule: &TrafficRule, to: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            bytes: rule.bytes,
            period_s: rule.period.as_secs(),
            periods: rule.periods,
        };
        written.serialize(to)
    }

    pub(crate) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<TrafficRule, D::Error> {
        let written = Written::deserialize(from)?;
        Ok(TrafficRule {
            bytes: written.bytes,
            period: SignedDuration::from_secs(written.period_s),
            periods: written.periods,
        })
    }
}

/// An amount with its currency, or none: `-12.50 USD`.
pub(crate) mod money {
    use model::{Currency, Money};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(crate) fn serialize<S: Serializer>(
        money: &Option<Money>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match money {
            Some(it) => to.serialize_some(&format!("{} {}", it.amount, it.currency.code())),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Option<Money>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else {
            return Ok(None);
        };
        let bad = || D::Error::custom(format!("{text:?} is no amount of money"));
        let (amount, currency) = text.split_once(' ').ok_or_else(bad)?;
        let money = Money::parse(amount, Currency::new(currency));
        money.map(Some).map_err(|_| bad())
    }
}
