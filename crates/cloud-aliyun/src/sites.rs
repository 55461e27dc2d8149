//! Asks at the site an account is of, and finds out which that is.
//!
//! A host of the wrong site need not say so: asked for certificates or domains, it may answer that
//! there are none. So the site is known before such an answer is believed.

use std::future::Future;

use cloud::{Billing as _, CloudError, ErrorKind};

use crate::Aliyun;
use crate::endpoints::{KnownSite, Service, Site};

impl Aliyun {
    /// Returns the account's site; asks billing, which tells for sure, where it is not known yet.
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
