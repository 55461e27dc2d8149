//! Reads the cloud's JSON leniently: numbers, flags and texts are mixed up, fields are missing or
//! `null` against their own definition, and neither is fatal.
//!
//! Every answer is an object `Response`; an `Error` in it is a failure whatever else is there, and
//! texts in `Errors` say that the rest is not all. One datum may come under two spellings in one
//! object (`Key` and `tagKey`), so no field has a second name here.
//!
//! Rows borrow from the answer's bytes and become `model` values at once, so that a page of a long
//! list costs its own size and no more.

mod loose;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use model::Tags;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

pub(crate) use self::loose::Loose;

/// Why an answer was not understood, or was none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Misread {
    /// It is no JSON of the shape that was expected.
    #[error("the answer is not the JSON that was expected")]
    Json(#[from] serde_json::Error),
    /// It lacks something without which it means nothing.
    #[error("the answer has no {0}")]
    Lacks(&'static str),
    /// It is a refusal.
    #[error("the answer is a refusal")]
    Refused(Refusal),
    /// It names failures of its own beside its rows: it is not all there is.
    #[error("the answer says that it is not whole: {words}")]
    Partial {
        /// The first of its failures.
        words: String,
        /// The cloud's id of the request.
        request_id: Option<String>,
    },
}

/// What the cloud refuses with.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
}

/// Declares rows as the wire has them: every field may be missing or `null`, and is borrowed.
macro_rules! wire {
    ($($(#[$doc:meta])* $vis:vis struct $name:ident<$life:lifetime> {
        $($(#[$attr:meta])* $field_vis:vis $field:ident: $type:ty),* $(,)?
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default, rename_all = "PascalCase")]
        $vis struct $name<$life> {
            $($(#[$attr])* #[serde(borrow)] $field_vis $field: $type,)*
        }
    )*};
}
pub(crate) use wire;

wire! {
    /// A tag of machines, disks, addresses and clusters.
    pub(crate) struct Tag<'a> {
        key: Loose<'a>,
        value: Loose<'a>,
    }
    /// A tag of databases, balancers and certificates.
    pub(crate) struct LongTag<'a> {
        tag_key: Loose<'a>,
        tag_value: Loose<'a>,
    }
    struct Refused<'a> {
        code: Loose<'a>,
        message: Loose<'a>,
    }
}

/// Returns the tags of a row; a row without tags may have no list of them.
pub(crate) fn tags(list: Option<Vec<Tag<'_>>>) -> Tags {
    let list = list.unwrap_or_default().into_iter();
    list.map(|it| (it.key.into_text(), it.value.into_text()))
        .collect()
}

/// Returns the tags of a row of the products that spell them out.
pub(crate) fn long_tags(list: Option<Vec<LongTag<'_>>>) -> Tags {
    let list = list.unwrap_or_default().into_iter();
    list.map(|it| (it.tag_key.into_text(), it.tag_value.into_text()))
        .collect()
}

/// Returns the texts of a list that may be `null` and have empty texts in it.
pub(crate) fn texts(list: Option<Vec<Loose<'_>>>) -> impl Iterator<Item = String> {
    list.unwrap_or_default()
        .into_iter()
        .filter_map(|it| it.some_text())
}

/// Reads an answer that is one object.
///
/// # Errors
///
/// When it is a refusal, says that it is not whole, or is not of that shape.
pub(crate) fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Misread> {
    #[derive(serde::Deserialize)]
    struct Envelope<T> {
        #[serde(rename = "Response")]
        response: T,
    }
    // Refusals first, and by themselves: they have none of the fields that are wanted.
    list::<IgnoredAny>(body, &Shape::NONE)?;
    let envelope: Envelope<T> = match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text)?,
        Err(_) => serde_json::from_slice(body)?,
    };
    Ok(envelope.response)
}

/// Reads of an answer only that it is one and no refusal.
pub(crate) fn succeeded(body: &[u8]) -> Result<(), Misread> {
    list::<IgnoredAny>(body, &Shape::NONE).map(drop)
}

/// Where in an answer its list is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// The object it is in, inside of `Response`; empty where it is in `Response` itself.
    pub(crate) within: &'static str,
    /// The field of the rows; empty where there is no list.
    pub(crate) rows: &'static str,
    /// The field of the number of all rows; empty where there is none.
    pub(crate) total: &'static str,
}

impl Shape {
    const NONE: Self = Self {
        within: "",
        rows: "",
        total: "",
    };

    /// Returns the shape of most lists, of which only the field of the rows differs.
    pub(crate) const fn rows(rows: &'static str) -> Self {
        Self {
            within: "",
            rows,
            total: "TotalCount",
        }
    }
}

/// The rows of one page as they came.
pub(crate) struct RawList<R> {
    pub(crate) rows: Vec<R>,
    pub(crate) total: Option<u64>,
    /// What leads to the next page, where the list has tokens.
    pub(crate) token: Option<String>,
}

/// Reads one page of a list.
///
/// # Errors
///
/// When it is a refusal, says that it is not whole, or has neither rows nor their number.
pub(crate) fn list<'a, R: Deserialize<'a>>(
    body: &'a [u8],
    shape: &Shape,
) -> Result<RawList<R>, Misread> {
    let seed = AnswerSeed::<R> {
        shape,
        level: Level::Outer,
        rows: PhantomData,
    };
    // Checked as a whole, which is much faster than text by text; what fails is told by the reader.
    let answer = match std::str::from_utf8(body) {
        Ok(text) => read(seed, serde_json::Deserializer::from_str(text))?,
        Err(_) => read(seed, serde_json::Deserializer::from_slice(body))?,
    };
    let request_id = answer.request_id.some_text();
    if let Some(refused) = answer.refused {
        let (code, message) = (refused.code.into_text(), refused.message.into_text());
        return Err(Misread::Refused(Refusal {
            code,
            message,
            request_id,
        }));
    }
    if !answer.responded {
        return Err(Misread::Lacks("Response"));
    }
    if let Some(words) = answer.errors {
        return Err(Misread::Partial { words, request_id });
    }
    let total = answer.total.count();
    let rows = match (answer.rows, total) {
        (Some(rows), _) => rows,
        (None, Some(_)) => Vec::new(),
        (None, None) if shape.rows.is_empty() => Vec::new(),
        (None, None) => return Err(Misread::Lacks(shape.rows)),
    };
    let token = answer.token.some_text();
    Ok(RawList { rows, total, token })
}

fn read<'de, R: serde_json::de::Read<'de>, S: DeserializeSeed<'de>>(
    seed: S,
    mut json: serde_json::Deserializer<R>,
) -> Result<S::Value, serde_json::Error> {
    let value = seed.deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// What is read of an answer.
struct Answer<'a, R> {
    responded: bool,
    rows: Option<Vec<R>>,
    total: Loose<'a>,
    token: Loose<'a>,
    refused: Option<Refused<'a>>,
    errors: Option<String>,
    request_id: Loose<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Outer,
    Response,
    Within,
}

struct AnswerSeed<'s, R> {
    shape: &'s Shape,
    level: Level,
    rows: PhantomData<fn() -> R>,
}

impl<'de, R: Deserialize<'de>> DeserializeSeed<'de> for AnswerSeed<'_, R> {
    type Value = Answer<'de, R>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: Deserialize<'de>> AnswerSeed<'_, R> {
    fn field<A: MapAccess<'de>>(
        &self,
        key: &str,
        fields: &mut A,
        answer: &mut Answer<'de, R>,
    ) -> Result<(), A::Error> {
        let shape = self.shape;
        let inner = |level| Self {
            shape,
            level,
            rows: PhantomData,
        };
        let in_list = match self.level {
            Level::Outer => false,
            Level::Response => shape.within.is_empty(),
            Level::Within => true,
        };
        let named = |name: &str| !name.is_empty() && key == name;
        match key {
            "Response" if self.level == Level::Outer => {
                *answer = fields.next_value_seed(inner(Level::Response))?;
                answer.responded = true;
            }
            "Error" if self.level == Level::Response => answer.refused = fields.next_value()?,
            "Errors" if self.level == Level::Response => {
                let errors: Option<Vec<Loose<'de>>> = fields.next_value()?;
                answer.errors = texts(errors).next();
            }
            "RequestId" if self.level == Level::Response => {
                answer.request_id = fields.next_value()?;
            }
            "NextToken" if in_list => answer.token = fields.next_value()?,
            _ if in_list && named(shape.rows) => {
                answer.rows = fields.next_value()?;
                // A list of nothing may be `null`, but a list with a total has to say that, too.
                if shape.total.is_empty() {
                    answer.rows.get_or_insert_default();
                }
            }
            _ if in_list && named(shape.total) => answer.total = fields.next_value()?,
            _ if self.level == Level::Response && named(shape.within) => {
                let within = fields.next_value_seed(inner(Level::Within))?;
                (answer.rows, answer.total) = (within.rows, within.total);
                answer.token = within.token;
            }
            _ => {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de, R: Deserialize<'de>> Visitor<'de> for AnswerSeed<'_, R> {
    type Value = Answer<'de, R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut answer = Answer {
            responded: false,
            rows: None,
            total: Loose::Absent,
            token: Loose::Absent,
            refused: None,
            errors: None,
            request_id: Loose::Absent,
        };
        while let Some(key) = fields.next_key::<Cow<'de, str>>()? {
            self.field(&key, &mut fields, &mut answer)?;
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests;
