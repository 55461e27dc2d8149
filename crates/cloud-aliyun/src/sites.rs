//! Asks at the site an account is of, and finds out which that is.
//!
//! A host of the wrong site need not say so: asked for certificates or domains, it may answer that
//! there are none. So the site is known before such an answer is believed.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};

use cloud::{Billing as _, CloudError, ErrorKind};
use tokio::sync::Notify;

use crate::Aliyun;
use crate::endpoints::{KnownSite, Service, Site};

/// The calls under way whose answers tell the site: those of the bill.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    many: AtomicUsize,
    ended: Notify,
}

impl Telling {
    /// Says that a call has begun; it ends with what is returned.
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        self.many.fetch_add(1, Ordering::AcqRel);
        UnderWay(self)
    }

    /// Waits until the site is known, or no call is under way that could tell it.
    async fn wait(&self, is_known: impl Fn() -> bool) {
        loop {
            // Registered before looking, so that an end in between is not missed.
            let ended = self.ended.notified();
            if is_known() || self.many.load(Ordering::Acquire) == 0 {
                return;
            }
            ended.await;
        }
    }
}

/// One such call, until it is dropped.
pub(crate) struct UnderWay<'a>(&'a Telling);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.many.fetch_sub(1, Ordering::AcqRel);
        self.0.ended.notify_waiters();
    }
}

impl Aliyun {
    /// Returns the account's site; asks billing, which tells for sure, where it is not known yet and
    /// no call that is under way tells it.
    ///
    /// `None` when billing does not tell either, for lack of a right.
    pub(crate) async fn settled_site(&self, service: Service) -> Option<Site> {
        if !self.line.endpoints.sites_differ(service) {
            return Some(self.line.site.to_ask());
        }
        if let Some(site) = self.line.site.get() {
            return Some(site);
        }
        let _turn = self.line.settling.lock().await;
        let line = &self.line;
        line.telling.wait(|| line.site.get().is_some()).await;
        if self.line.site.get().is_none()
            && let Err(error) = self.balance().await
        {
            tracing::debug!(
                account.id = %self.line.account,
                "the site of account {} is not known: {}", self.line.account, base::chain(&error),
            );
        }
        self.line.site.get()
    }

    /// Asks for the begin of a list at the right site, and remembers in `site` where the rest is.
    ///
    /// Where nobody knows the site, nothing at the domestic one is believed only after a look at
    /// the other.
    ///
    /// # Errors
    ///
    /// When a site that may be the right one cannot be seen.
    pub(crate) async fn begin_at_right_site<T, F>(
        &self,
        service: Service,
        site: &KnownSite,
        ask: impl Fn(Option<Site>) -> F,
        is_empty: impl Fn(&T) -> bool,
    ) -> Result<T, CloudError>
    where
        F: Future<Output = Result<T, CloudError>>,
    {
        if self.settled_site(service).await.is_some() {
            return ask(None).await;
        }
        let here = ask(Some(Site::Domestic)).await;
        let elsewhere = match &here {
            Ok(page) => is_empty(page),
            Err(error) => matches!(error.kind, ErrorKind::WrongSite | ErrorKind::Denied { .. }),
        };
        site.remember(Site::Domestic);
        if !elsewhere {
            return here;
        }
        match (ask(Some(Site::International)).await, here) {
            // A host that has never heard of the account has nothing to tell of it, and the one that
            // may have refused to.
            (Ok(there), Err(error)) if is_empty(&there) && error.kind != ErrorKind::WrongSite => {
                Err(error)
            }
            (Ok(there), Err(_)) => {
                site.remember(Site::International);
                Ok(there)
            }
            (Ok(there), Ok(here)) if is_empty(&there) => Ok(here),
            (Ok(there), Ok(_)) => {
                site.remember(Site::International);
                Ok(there)
            }
            (Err(error), Ok(here)) if error.kind == ErrorKind::WrongSite => Ok(here),
            (Err(error), Ok(_)) => Err(error),
            (Err(_), Err(error)) => Err(error),
        }
    }
}
