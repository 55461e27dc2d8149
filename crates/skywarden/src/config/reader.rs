//! Reads the sections out of the text once it is parsed, with the place of whatever does not fit.
//!
//! The values are `toml`'s. Its own reader of them makes eight thousand bytes of program for each type
//! that is read, 0.3 MB in all (measured), and reads the text a second time.

use std::fmt;
use std::ops::Range;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// What does not fit, in serde's words, and where it stands.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) message: String,
    pub(crate) span: Option<Range<usize>>,
}

impl Misfit {
    /// Says where it stands, unless that is known more closely.
    fn at(self, span: Range<usize>) -> Self {
        Self {
            span: self.span.or(Some(span)),
            ..self
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            span: None,
        }
    }
}

/// Reads a whole table.
///
/// # Errors
///
/// At the first thing in it that does not fit.
pub(crate) fn read<'de, T: Deserialize<'de>>(
    table: &'de Spanned<DeTable<'de>>,
) -> Result<T, Misfit> {
    T::deserialize(Whole(table))
}

/// The outermost table.
struct Whole<'de>(&'de Spanned<DeTable<'de>>);

impl<'de> Deserializer<'de> for Whole<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let fields = Fields::of(self.0.get_ref());
        let read = visitor.visit_map(fields);
        read.map_err(|misfit| misfit.at(self.0.span()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// One value.
#[derive(Clone, Copy)]
struct Node<'de>(&'de Spanned<DeValue<'de>>);

impl<'de> Node<'de> {
    fn read<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0.get_ref() {
            DeValue::String(text) => visitor.visit_borrowed_str(text),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => visitor.visit_i64(number),
                    Err(_) => Err(de::Error::custom("integer number overflowed")),
                }
            }
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => visitor.visit_f64(number),
                Err(_) => Err(de::Error::custom("floating-point number overflowed")),
            },
            DeValue::Boolean(flag) => visitor.visit_bool(*flag),
            DeValue::Datetime(time) => visitor.visit_string(time.to_string()),
            DeValue::Array(items) => visitor.visit_seq(Items(items.iter())),
            DeValue::Table(table) => visitor.visit_map(Fields::of(table)),
        }
    }
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.read(visitor)
            .map_err(|misfit| misfit.at(self.0.span()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let word: Result<_, Misfit> = match self.0.get_ref() {
            DeValue::String(word) => visitor.visit_enum(word.as_ref().into_deserializer()),
            _ => Err(de::Error::custom("wanted string")),
        };
        word.map_err(|misfit| misfit.at(self.0.span()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The values of an array.
struct Items<'de>(std::slice::Iter<'de, Spanned<DeValue<'de>>>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misfit> {
        let Some(item) = self.0.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(Node(item));
        read.map(Some).map_err(|misfit| misfit.at(item.span()))
    }
}

/// The keys and values of a table.
struct Fields<'de> {
    entries:
        Box<dyn Iterator<Item = (&'de Spanned<DeString<'de>>, &'de Spanned<DeValue<'de>>)> + 'de>,
    value: Option<&'de Spanned<DeValue<'de>>>,
}

impl<'de> Fields<'de> {
    fn of(table: &'de DeTable<'de>) -> Self {
        Self {
            entries: Box::new(table.iter()),
            value: None,
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        let name: StrDeserializer<'_, Misfit> = key.get_ref().as_ref().into_deserializer();
        let read = seed.deserialize(name);
        read.map(Some).map_err(|misfit| misfit.at(key.span()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let Some(value) = self.value.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(Node(value))
            .map_err(|misfit| misfit.at(value.span()))
    }
}
