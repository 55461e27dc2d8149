//! Lists that are followed by a token.
//!
//! A token that has run out is no reason to give up: the list is read again from its begin, and the
//! pager lets every row through once. A region that the account has not opened has nothing in it.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use cloud::{CallSite, CloudError, ErrorKind, Next, Page, PageAt, PageSource};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use model::Place;

use crate::call::Managed;
use crate::operations::Operation;
use crate::{Aws, errors};

/// How many questions of one list are under way at once, where a page takes several.
pub(crate) const PARALLEL: usize = 4;
/// How often a list is begun anew because its token has run out.
const MOST_RESTARTS: u32 = 2;
/// More pages than the answer to a question by id has.
const MOST_PAGES: u32 = 1_000;

/// Stands between the number of the reading and a token: the same token in another reading is no
/// circle.
const READING: char = '\n';

/// Some rows of a list, and where the rest is.
#[derive(Debug)]
pub(crate) struct Batch<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) next: Option<String>,
}

impl<T> Batch<T> {
    /// Returns a batch; a token that is empty leads nowhere.
    pub(crate) fn new(rows: Vec<T>, next: &str) -> Self {
        let next = next.trim();
        Self {
            rows,
            next: (!next.is_empty()).then(|| next.to_owned()),
        }
    }
}

type Asking<'a, T> = BoxFuture<'a, Result<Batch<T>, CloudError>>;

struct TokenList<'a, T> {
    aws: &'a Aws,
    operation: &'static Operation,
    place: Place,
    ask: Box<dyn Fn(Option<String>) -> Asking<'a, T> + Send + Sync + 'a>,
    restarts: AtomicU32,
}

impl Aws {
    /// Returns a list whose pages `ask` gets: the first one without a token.
    pub(crate) fn list<'a, T, F, R>(
        &'a self,
        operation: &'static Operation,
        place: Place,
        ask: F,
    ) -> Box<dyn PageSource<T> + 'a>
    where
        T: Send + 'a,
        F: Fn(Option<String>) -> R + Send + Sync + 'a,
        R: Future<Output = Result<Batch<T>, CloudError>> + Send + 'a,
    {
        Box::new(TokenList {
            aws: self,
            operation,
            place,
            ask: Box::new(move |token| ask(token).boxed()),
            restarts: AtomicU32::new(0),
        })
    }

    /// Asks by id for things that may be hidden: only then what is missing in the answer is gone.
    /// Regions that got the question late refuse it, and have nothing to hide.
    ///
    /// # Errors
    ///
    /// When the question without it fails, too.
    pub(crate) async fn with_managed<T, R>(
        &self,
        ask: impl Fn(Managed) -> R,
    ) -> Result<T, CloudError>
    where
        R: Future<Output = Result<T, CloudError>>,
    {
        match ask(Managed::Shown).await {
            Err(error) if error.code == "UnknownParameter" => ask(Managed::Hidden).await,
            answered => answered,
        }
    }

    /// Returns all rows of a list that is no scope of its own: the answer to a question by id, a step
    /// on the way to something else.
    ///
    /// # Errors
    ///
    /// When one page cannot be had.
    pub(crate) async fn all<T, R>(
        &self,
        operation: &'static Operation,
        place: &Place,
        ask: impl Fn(Option<String>) -> R,
    ) -> Result<Vec<T>, CloudError>
    where
        R: Future<Output = Result<Batch<T>, CloudError>>,
    {
        let mut rows = Vec::new();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let batch = ask(token).await?;
            rows.extend(batch.rows);
            token = batch.next;
            if token.is_none() {
                return Ok(rows);
            }
        }
        let site = self.call_site(operation, place);
        let words = "the pages of the list lead in circles";
        Err(CloudError::new(site, ErrorKind::Undecodable, words))
    }
}

#[async_trait]
impl<T: Send> PageSource<T> for TokenList<'_, T> {
    fn site(&self) -> CallSite {
        self.aws.call_site(self.operation, &self.place)
    }

    async fn page(&self, at: &PageAt) -> Result<Page<T>, CloudError> {
        let token = match at {
            PageAt::Token(token) => token.split_once(READING).map(|it| it.1.to_owned()),
            PageAt::First | PageAt::Number(_) => None,
        };
        let is_begun = token.is_some();
        let mut asked = (self.ask)(token).await;
        if let Err(error) = &asked
            && is_begun
            && errors::is_spent_token(error)
            && self.restarts.fetch_add(1, Ordering::AcqRel) < MOST_RESTARTS
        {
            tracing::debug!(
                account.id = %error.site.account,
                operation = error.site.operation,
                "a token of {} has run out; the list is read from its begin", error.site,
            );
            asked = (self.ask)(None).await;
        }
        let batch = match asked {
            Err(error) if self.aws.is_of_closed_region(&self.place, &error).await => {
                Batch::new(Vec::new(), "")
            }
            asked => asked?,
        };
        let reading = self.restarts.load(Ordering::Acquire);
        let next = batch.next.map(|token| format!("{reading}{READING}{token}"));
        Ok(Page {
            items: batch.rows,
            next: next.map_or(Next::End, Next::Token),
            // No list of this cloud says how many there are.
            total: None,
        })
    }
}
