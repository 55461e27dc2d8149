//! Lists in pages of offset and limit: one reader for all products.
//!
//! The end of a list is where its total says; a page shorter than its limit is no proof of the end,
//! and the total of a page past the end is still the real one.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use cloud::{CallSite, CloudError, ErrorKind, Next, Page, PageAt, PageSource};
use model::{Place, ResourceId};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Tencent;
use crate::decode::{self, Misread, Shape};
use crate::errors;
use crate::operations::Operation;
use crate::rpc::Decode;

/// The rows of one page, understood.
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    pub(crate) total: Option<u64>,
}

/// Reads a page and understands its rows by `make`.
///
/// # Errors
///
/// When the page or a row of it is not understood.
pub(crate) fn read<'a, R: Deserialize<'a>, T>(
    body: &'a str,
    shape: &Shape,
    make: impl FnMut(R) -> Result<T, Misread>,
) -> Result<Listed<T>, Misread> {
    let page = decode::list::<R>(body, shape)?;
    let items = page.rows.into_iter().map(make).collect::<Result<_, _>>()?;
    Ok(Listed {
        items,
        total: page.total,
    })
}

/// What a list's offset counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Rows, as everywhere.
    Rows,
    /// Pages, from 0.
    Pages,
}

/// What a list is asked by.
pub(crate) struct Question<T> {
    pub(crate) operation: &'static Operation,
    pub(crate) place: Place,
    /// What its offset counts.
    pub(crate) counts: Counts,
    /// What is said beside offset and limit.
    pub(crate) arguments: Map<String, Value>,
    /// The largest page there is.
    pub(crate) page_size: u32,
    /// How large a row is at most, as far as one can tell.
    pub(crate) row_bytes: u64,
    pub(crate) decode: Decode<Listed<T>>,
}

/// A list in pages of offset and limit.
pub(crate) struct OffsetList<'a, T> {
    tencent: &'a Tencent,
    question: Question<T>,
    /// How many rows a page really has: a service may give fewer than it is asked for.
    held: AtomicU64,
}

impl<'a, T: Send> OffsetList<'a, T> {
    pub(crate) fn new(tencent: &'a Tencent, question: Question<T>) -> Self {
        let held = AtomicU64::new(question.page_size.into());
        Self {
            tencent,
            question,
            held,
        }
    }

    /// Asks for the rows from `offset` on.
    pub(crate) async fn rows(&self, offset: u64, limit: u64) -> Result<Listed<T>, CloudError> {
        let question = &self.question;
        let said = match question.counts {
            Counts::Rows => offset,
            Counts::Pages => offset / limit.max(1),
        };
        let call = self
            .tencent
            .call(question.operation, question.decode)
            .at(question.place.clone())
            .with("Offset", said)
            .with("Limit", limit)
            .with_all(question.arguments.clone())
            .expecting(limit, question.row_bytes);
        match call.send().await {
            // Not offered in the region is nothing there, as a fact.
            Err(error) if offset == 0 && errors::is_absent_product(&error) => Ok(Listed {
                items: Vec::new(),
                total: Some(0),
            }),
            answer => answer,
        }
    }
}

#[async_trait]
impl<T: Send> PageSource<T> for OffsetList<'_, T> {
    fn site(&self) -> CallSite {
        let Question {
            operation, place, ..
        } = &self.question;
        self.tencent.call_site(operation, place)
    }

    async fn page(&self, at: &PageAt) -> Result<Page<T>, CloudError> {
        let number = number(at);
        let held = match number {
            1 => self.question.page_size.into(),
            _ => self.held.load(Ordering::Acquire),
        };
        let offset = u64::from(number - 1).saturating_mul(held);
        let listed = self.rows(offset, held).await?;
        let held = if number == 1 {
            let held = page_held(held, &listed);
            self.held.store(held, Ordering::Release);
            held
        } else {
            held
        };
        Ok(Page {
            next: next(number, held, &listed),
            items: listed.items,
            total: listed.total,
        })
    }
}

/// Asks for rows by id, as many in a question as a page holds; `field` is what the ids are said in.
/// One that is missing in the answer does not exist any more.
///
/// # Errors
///
/// When a question fails, or its answer says that there is more than it has: then nothing is known.
pub(crate) async fn by_id<T: Send>(
    tencent: &Tencent,
    field: &str,
    ids: &[ResourceId],
    question: impl Fn() -> Question<T>,
) -> Result<Vec<T>, CloudError> {
    let mut found = Vec::new();
    let most = question().page_size as usize;
    let mut waiting: Vec<&[ResourceId]> = ids.chunks(most.max(1)).rev().collect();
    while let Some(ids) = waiting.pop() {
        let mut question = question();
        let named: Vec<Value> = ids.iter().map(|it| it.as_str().into()).collect();
        question.arguments.insert(field.to_owned(), named.into());
        let limit = question.page_size;
        let list = OffsetList::new(tencent, question);
        match list.rows(0, limit.into()).await {
            Ok(answer) => {
                let came = answer.items.len() as u64;
                if let Some(total) = answer.total.filter(|it| *it > came) {
                    let words =
                        format!("an answer by id has {total} rows by its own word and gave {came}");
                    return Err(CloudError::new(list.site(), ErrorKind::Undecodable, words));
                }
                found.extend(answer.items);
            }
            // The whole question is refused for one id that is gone, and does not say for which.
            Err(error) if error.kind == ErrorKind::NotFound => {
                if ids.len() > 1 {
                    let (first, second) = ids.split_at(ids.len() / 2);
                    waiting.extend([second, first]);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// More pages than what is asked for by disk or tag comes in.
const MOST_PAGES: u32 = 2_000;

/// Returns all rows of a list that is a short one as a rule.
///
/// # Errors
///
/// When a page cannot be had, or there is no end of them.
pub(crate) async fn whole<T: Send>(
    tencent: &Tencent,
    question: Question<T>,
) -> Result<Vec<T>, CloudError> {
    let list = OffsetList::new(tencent, question);
    let mut rows = Vec::new();
    let mut at = PageAt::First;
    for _ in 0..MOST_PAGES {
        let page = list.page(&at).await?;
        rows.extend(page.items);
        match page.next {
            Next::Through(last) if number(&at) < last => at = PageAt::Number(number(&at) + 1),
            _ => return Ok(rows),
        }
    }
    const WORDS: &str = "what was asked for comes in pages without end";
    Err(CloudError::new(list.site(), ErrorKind::Undecodable, WORDS))
}

/// Returns the number of a page, counted from 1.
pub(crate) fn number(at: &PageAt) -> u32 {
    match at {
        PageAt::First => 1,
        PageAt::Number(number) => (*number).max(1),
        // No token is ever handed out; page 1 again would be found to be a repetition.
        PageAt::Token(_) => 1,
    }
}

/// Returns how many rows the pages of a list have, from its first: a first page that is not full and
/// not all there is shows that the service gives smaller pages than it is asked for.
pub(crate) fn page_held<T>(asked: u64, first: &Listed<T>) -> u64 {
    let came = first.items.len() as u64;
    match first.total {
        Some(total) if came > 0 && came < asked && came < total => came,
        _ => asked,
    }
}

/// Returns what follows page `number` of a list whose pages have `held` rows.
pub(crate) fn next<T>(number: u32, held: u64, page: &Listed<T>) -> Next {
    let came = page.items.len() as u64;
    let pages = match page.total {
        Some(total) => u32::try_from(total.div_ceil(held.max(1))).unwrap_or(u32::MAX),
        // Without a total, a page that is not full is the last one.
        None if came >= held => number.saturating_add(1),
        None => number,
    };
    if pages <= 1 {
        Next::End
    } else {
        Next::Through(pages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: usize, total: Option<u64>) -> Listed<u8> {
        Listed {
            items: vec![0; rows],
            total,
        }
    }

    #[test]
    fn the_total_tells_the_pages() {
        assert_eq!(next(1, 100, &page(0, Some(0))), Next::End);
        assert_eq!(next(1, 100, &page(100, Some(100))), Next::End);
        assert_eq!(next(1, 100, &page(100, Some(101))), Next::Through(2));
        assert_eq!(next(3, 100, &page(7, Some(301))), Next::Through(4));
    }

    #[test]
    fn a_service_that_gives_smaller_pages_than_asked_for_is_followed_to_the_end() {
        assert_eq!(page_held(100, &page(20, Some(1_000))), 20);
        assert_eq!(next(1, 20, &page(20, Some(1_000))), Next::Through(50));
        assert_eq!(page_held(100, &page(20, Some(20))), 100);
        assert_eq!(page_held(100, &page(0, Some(20))), 100);
        assert_eq!(page_held(100, &page(20, None)), 100);
    }

    #[test]
    fn without_a_total_pages_are_followed_until_one_is_not_full() {
        assert_eq!(next(1, 100, &page(100, None)), Next::Through(2));
        assert_eq!(next(2, 100, &page(100, None)), Next::Through(3));
        assert_eq!(next(3, 100, &page(99, None)), Next::Through(3));
        assert_eq!(next(1, 100, &page(99, None)), Next::End);
        assert_eq!(number(&PageAt::Number(7)), 7);
    }
}
