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
use std::collections::BTreeMap;

use model::Tags;
use serde::Deserialize;
use serde_json::value::RawValue;

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
pub(crate) fn object<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, Misread> {
    let envelope: Envelope<&'a RawValue> = serde_json::from_str(body)?;
    let response = envelope.response.ok_or(Misread::Lacks("Response"))?;
    judge(&serde_json::from_str(response.get())?)?;
    Ok(serde_json::from_str(response.get())?)
}

/// Reads of an answer only that it is one and no refusal.
pub(crate) fn succeeded(body: &str) -> Result<(), Misread> {
    fields(body).map(drop)
}

/// Where in an answer its list is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// The object it is in, inside of `Response`; empty where it is in `Response` itself.
    pub(crate) within: &'static str,
    /// The field of the rows.
    pub(crate) rows: &'static str,
    /// The field of the number of all rows; empty where there is none.
    pub(crate) total: &'static str,
}

impl Shape {
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
    body: &'a str,
    shape: &Shape,
) -> Result<RawList<R>, Misread> {
    let response = fields(body)?;
    let list = match shape.within {
        "" => response,
        within => read(&response, within)?.unwrap_or_default(),
    };
    let total: Loose<'_> = read(&list, shape.total)?.unwrap_or_default();
    let token: Loose<'_> = read(&list, "NextToken")?.unwrap_or_default();
    let (total, token) = (total.count(), token.some_text());
    let rows = match (read(&list, shape.rows)?, total) {
        (Some(rows), _) => rows,
        (None, Some(_)) => Vec::new(),
        // A list of nothing may be `null`, but a list with a total has to say that, too.
        (None, None) if shape.total.is_empty() && list.contains_key(shape.rows) => Vec::new(),
        (None, None) => return Err(Misread::Lacks(shape.rows)),
    };
    Ok(RawList { rows, total, token })
}

/// Every answer; what is in it differs.
///
/// The envelope is read apart from the rows, for all sorts of rows at once: read together they cost
/// sixteen thousand bytes of program for each sort (measured).
#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
struct Envelope<R> {
    #[serde(rename = "Response")]
    response: Option<R>,
}

/// The fields of an object, not understood yet.
type Fields<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// Returns the fields of an answer that is one.
fn fields(body: &str) -> Result<Fields<'_>, Misread> {
    let envelope: Envelope<Fields<'_>> = serde_json::from_str(body)?;
    let response = envelope.response.ok_or(Misread::Lacks("Response"))?;
    judge(&response)?;
    Ok(response)
}

/// Lets an answer pass that is no refusal and does not say that it is not whole.
fn judge(response: &Fields<'_>) -> Result<(), Misread> {
    let request_id = || {
        let id: Loose<'_> = read(response, "RequestId")?.unwrap_or_default();
        Ok::<_, Misread>(id.some_text())
    };
    if let Some(refused) = read::<Refused<'_>>(response, "Error")? {
        return Err(Misread::Refused(Refusal {
            code: refused.code.into_text(),
            message: refused.message.into_text(),
            request_id: request_id()?,
        }));
    }
    if let Some(words) = texts(read(response, "Errors")?).next() {
        let request_id = request_id()?;
        return Err(Misread::Partial { words, request_id });
    }
    Ok(())
}

/// Reads a field, which may be missing or `null`.
fn read<'a, T: Deserialize<'a>>(fields: &Fields<'a>, name: &str) -> Result<Option<T>, Misread> {
    let Some(value) = fields.get(name) else {
        return Ok(None);
    };
    Ok(serde_json::from_str(value.get())?)
}

#[cfg(test)]
mod tests;
