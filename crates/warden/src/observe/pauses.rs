//! Lets a long list go first.

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Page, PageAt, PageSource};
use tokio::sync::Semaphore;

/// The pauses between the pages of the longest way through what is looked at: of an account the bill,
/// of a region the nodes of its clusters.
///
/// Its pages are a pace apart, and a run ends with the way that began last. So none of its pages waits
/// behind the other lists of a hundred accounts or regions: of those, one begins with each page that
/// has come, and all when the way is at its end or there is none.
pub(super) struct Pauses(Semaphore);

impl Pauses {
    /// Returns the pauses of a way that has not begun.
    pub(super) fn new() -> Self {
        Self(Semaphore::new(0))
    }

    /// Waits for the next pause that nobody has taken, and takes it.
    pub(super) async fn next(&self) {
        // An error says that the way is at its end.
        if let Ok(pause) = self.0.acquire().await {
            pause.forget();
        }
    }

    /// Waits for a pause, and leaves it to the others.
    pub(super) async fn first(&self) {
        drop(self.0.acquire().await);
    }

    /// Returns a list of the way, with a pause after each page that has come.
    pub(super) fn after_each_page<'a, T>(&'a self, list: &'a dyn PageSource<T>) -> Paused<'a, T> {
        Paused { list, pauses: self }
    }

    /// Nobody waits any more.
    pub(super) fn over(&self) {
        self.0.close();
    }
}

/// A list with a pause after each page that has come.
pub(super) struct Paused<'a, T> {
    list: &'a dyn PageSource<T>,
    pauses: &'a Pauses,
}

#[async_trait]
impl<T: Send> PageSource<T> for Paused<'_, T> {
    fn site(&self) -> CallSite {
        self.list.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<T>, CloudError> {
        let page = self.list.page(at).await;
        self.pauses.0.add_permits(1);
        page
    }

    fn parallel(&self) -> usize {
        self.list.parallel()
    }
}
