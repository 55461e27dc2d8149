//! Lists that differ in their words only: numbered pages, or pages that lead to each other by token.
//!
//! Invariant: an empty list of machines, disks and the like is believed only after the cloud has
//! said that the key may look: without the right, the list is just empty.

use std::borrow::Cow;

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Next, Page, PageAt, PageSource};
use model::{Place, RegionId};

use crate::Aliyun;
use crate::decode::Misread;
use crate::errors::DRY_RUN_PASSED;
use crate::numbering::{Numbering, Told};
use crate::operations::Operation;

/// More pages than a hundred rows come in.
const MOST_PAGES: u32 = 20;

/// One page, as it was read.
#[derive(Debug)]
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    pub(crate) told: Told,
    /// The token of the next page; empty at the end.
    pub(crate) next: String,
}

/// What is said in a question, by name.
pub(crate) type Said = Vec<(Cow<'static, str>, String)>;

/// How a list comes in pages.
pub(crate) enum Paging {
    /// In numbered ones, with these parameters.
    Numbers {
        page: &'static str,
        size: &'static str,
        numbering: Numbering,
    },
    /// Each leads to the next (`MaxResults`, `NextToken`).
    Tokens,
}

/// Whether an empty list is an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Empty {
    /// It is: without the right, the question is refused.
    Believed,
    /// Only when a dry run says that the key may look.
    Checked,
}

/// One list.
pub(crate) struct List<'a, T> {
    pub(crate) aliyun: &'a Aliyun,
    pub(crate) operation: &'static Operation,
    pub(crate) place: Place,
    /// The path, where it is a ROA product's.
    pub(crate) path: Option<String>,
    pub(crate) asked: Said,
    pub(crate) paging: Paging,
    pub(crate) page_rows: u32,
    pub(crate) row_bytes: usize,
    pub(crate) empty: Empty,
    pub(crate) decode: fn(&str) -> Result<Listed<T>, Misread>,
}

impl<'a, T> List<'a, T> {
    /// Returns a list of a region in numbered pages.
    pub(crate) fn numbered(
        aliyun: &'a Aliyun,
        operation: &'static Operation,
        region: &RegionId,
        rows: u32,
        decode: fn(&str) -> Result<Listed<T>, Misread>,
    ) -> Self {
        let paging = Paging::Numbers {
            page: "PageNumber",
            size: "PageSize",
            numbering: Numbering::new(rows),
        };
        Self::of(aliyun, operation, region, rows, paging, decode)
    }

    /// Returns a list of a region whose pages lead to each other.
    pub(crate) fn linked(
        aliyun: &'a Aliyun,
        operation: &'static Operation,
        region: &RegionId,
        rows: u32,
        decode: fn(&str) -> Result<Listed<T>, Misread>,
    ) -> Self {
        Self::of(aliyun, operation, region, rows, Paging::Tokens, decode)
    }

    fn of(
        aliyun: &'a Aliyun,
        operation: &'static Operation,
        region: &RegionId,
        rows: u32,
        paging: Paging,
        decode: fn(&str) -> Result<Listed<T>, Misread>,
    ) -> Self {
        Self {
            aliyun,
            operation,
            place: Place::Region(region.clone()),
            path: None,
            asked: vec![("RegionId".into(), region.as_str().to_owned())],
            paging,
            page_rows: rows,
            row_bytes: 2048,
            empty: Empty::Believed,
            decode,
        }
    }

    /// Says something more in the question.
    pub(crate) fn with(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Self {
        self.asked.push((name.into(), value.into()));
        self
    }

    /// Asks for what carries a tag.
    pub(crate) fn tagged(self, key: &str, value: &str) -> Self {
        self.with("Tag.1.Key", key).with("Tag.1.Value", value)
    }

    /// Returns all rows of a short list, asked by id.
    ///
    /// # Errors
    ///
    /// When a page cannot be had, or there is no end of them.
    pub(crate) async fn rows(&self) -> Result<Vec<T>, CloudError>
    where
        T: Send + 'static,
    {
        self.rows_of(MOST_PAGES).await
    }

    /// Returns all rows of a list that has at most so many pages.
    ///
    /// # Errors
    ///
    /// When a page cannot be had, or there are more of them.
    pub(crate) async fn rows_of(&self, most_pages: u32) -> Result<Vec<T>, CloudError>
    where
        T: Send + 'static,
    {
        let mut rows = Vec::new();
        let mut at = PageAt::First;
        for _ in 0..most_pages {
            let page = self.page(&at).await?;
            rows.extend(page.items);
            at = match page.next {
                Next::End => return Ok(rows),
                Next::Token(token) => PageAt::Token(token),
                Next::Through(last) => match Numbering::number(&at) {
                    number if number >= last => return Ok(rows),
                    number => PageAt::Number(number + 1),
                },
            };
        }
        const WORDS: &str = "what was asked for comes in pages without end";
        let kind = cloud::ErrorKind::Undecodable;
        Err(CloudError::new(self.site(), kind, WORDS))
    }

    /// Does not believe an empty list before the cloud has said that the key may look.
    pub(crate) fn checked(mut self) -> Self {
        self.empty = Empty::Checked;
        self
    }
}

#[async_trait]
impl<T: Send + 'static> PageSource<T> for List<'_, T> {
    fn site(&self) -> CallSite {
        self.aliyun.call_site(self.operation, &self.place)
    }

    async fn page(&self, at: &PageAt) -> Result<Page<T>, CloudError> {
        let listed = self
            .aliyun
            .call(self.operation, self.decode)
            .at(self.place.clone())
            .at_path(self.path.as_deref())
            .expecting(self.page_rows as usize, self.row_bytes)
            .with_all(self.paging.said(&self.asked, self.page_rows, at))
            .send()
            .await?;
        if listed.items.is_empty() && *at == PageAt::First && self.empty == Empty::Checked {
            self.aliyun
                .may_look(self.operation, &self.place, &self.asked)
                .await?;
        }
        let (next, total) = self.paging.following(at, listed.told, listed.next);
        Ok(Page {
            items: listed.items,
            next,
            total,
        })
    }
}

impl Paging {
    /// Returns all that is said to ask for a page.
    fn said(&self, asked: &[(Cow<'static, str>, String)], rows: u32, at: &PageAt) -> Said {
        let rows = rows.to_string();
        let mut said = asked.to_vec();
        match self {
            Self::Numbers { page, size, .. } => {
                said.push(((*page).into(), Numbering::number(at).to_string()));
                said.push(((*size).into(), rows));
            }
            Self::Tokens => {
                said.push(("MaxResults".into(), rows));
                if let PageAt::Token(token) = at {
                    said.push(("NextToken".into(), token.clone()));
                }
            }
        }
        said
    }

    /// Returns what follows a page, and how many rows the list has by its own word.
    fn following(&self, at: &PageAt, told: Told, next: String) -> (Next, Option<u64>) {
        match self {
            Self::Numbers { numbering, .. } => {
                (numbering.next(Numbering::number(at), told), told.total)
            }
            // With tokens, what the list says of its length means nothing.
            Self::Tokens if next.is_empty() => (Next::End, None),
            Self::Tokens => (Next::Token(next), None),
        }
    }
}

impl Aliyun {
    /// Asks by a dry run whether the key may ask this.
    ///
    /// # Errors
    ///
    /// When it may not, or cannot be asked.
    pub(crate) async fn may_look(
        &self,
        operation: &'static Operation,
        place: &Place,
        asked: &[(Cow<'static, str>, String)],
    ) -> Result<(), CloudError> {
        let call = self.call(operation, |_| Ok(())).at(place.clone());
        let call = call.with_all(asked.to_vec()).with("DryRun", "true");
        match call.send().await {
            Err(error) if error.code != DRY_RUN_PASSED => Err(error),
            _ => Ok(()),
        }
    }
}

/// Declares how the rows of a list stand in an answer, `{"Outer": {"Inner": [row]}}`, and reads them
/// with paging in either style.
macro_rules! listed {
    ($body:expr, $outer:literal, $inner:literal, $row:ident, $read:expr) => {{
        #[derive(serde::Deserialize)]
        struct Inner<'a> {
            #[serde(borrow, default, rename = $inner)]
            rows: Option<Vec<$row<'a>>>,
        }
        #[derive(serde::Deserialize)]
        struct Answer<'a> {
            #[serde(borrow, default, rename = $outer)]
            outer: Option<Inner<'a>>,
            #[serde(borrow, default, rename = "TotalCount")]
            total: $crate::decode::Loose<'a>,
            #[serde(borrow, default, rename = "PageSize")]
            page_size: $crate::decode::Loose<'a>,
            #[serde(borrow, default, rename = "NextToken")]
            next: $crate::decode::Loose<'a>,
        }
        let answer: Answer<'_> = serde_json::from_str($body)?;
        let rows = answer.outer.ok_or(Misread::Lacks($outer))?.rows;
        let rows = rows.unwrap_or_default();
        let told = $crate::numbering::Told {
            rows: rows.len(),
            total: answer.total.count(),
            page_size: answer.page_size.count(),
        };
        let items = rows
            .into_iter()
            .map($read)
            .collect::<Result<Vec<_>, Misread>>()?;
        Ok($crate::lists::Listed {
            items,
            told,
            next: answer.next.into_text(),
        })
    }};
}
pub(crate) use listed;

/// Tags, whichever way a service spells them.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct TagList<'a> {
    #[serde(borrow, rename = "Tag")]
    tag: Option<Vec<Tag<'a>>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Tag<'a> {
    #[serde(borrow, rename = "TagKey")]
    tag_key: crate::decode::Loose<'a>,
    #[serde(borrow, rename = "TagValue")]
    tag_value: crate::decode::Loose<'a>,
    #[serde(borrow, rename = "Key")]
    key: crate::decode::Loose<'a>,
    #[serde(borrow, rename = "Value")]
    value: crate::decode::Loose<'a>,
}

impl TagList<'_> {
    /// Returns them as tags.
    pub(crate) fn into_tags(this: Option<Self>) -> model::Tags {
        let tags = this.and_then(|it| it.tag).into_iter().flatten();
        tags.map(|tag| {
            let first = |a: crate::decode::Loose<'_>, b: crate::decode::Loose<'_>| {
                let text = a.into_text();
                if text.is_empty() { b.into_text() } else { text }
            };
            (first(tag.tag_key, tag.key), first(tag.tag_value, tag.value))
        })
        .collect()
    }
}

/// Returns the id that a row must have.
pub(crate) fn id(
    field: &crate::decode::Loose<'_>,
    what: &'static str,
) -> Result<model::ResourceId, Misread> {
    let id = field.some_text().ok_or(Misread::Lacks(what))?;
    Ok(model::ResourceId::new(id))
}

/// Returns how a thing is paid for.
pub(crate) fn charge(word: &str, spot: &str) -> model::Charge {
    match (word.to_ascii_lowercase().as_str(), spot) {
        (_, "SpotAsPriceGo" | "SpotWithPriceLimit") => model::Charge::Spot,
        ("prepaid" | "prepay", _) => model::Charge::Prepaid,
        ("postpaid" | "payondemand" | "postpay", _) => model::Charge::OnDemand,
        (other, _) => model::Charge::Other(other.to_owned()),
    }
}

/// Spells ids as the machine service takes them: a JSON array in one parameter.
pub(crate) fn json_ids(ids: &[model::ResourceId]) -> String {
    let ids: Vec<&str> = ids.iter().map(model::ResourceId::as_str).collect();
    serde_json::json!(ids).to_string()
}
