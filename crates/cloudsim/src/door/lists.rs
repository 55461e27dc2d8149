//! The lists of an account, in the pages the cloud gives.

use async_trait::async_trait;
use cloud::{
    Billing, CallSite, Certificates, CloudError, Domains, ErrorKind, Keyed, Next, Page, PageAt,
    PageSource,
};
use jiff::Timestamp;
use model::{Balance, Certificate, Domain, Prepaid};

use super::rows;
use super::visitor::{Question, Visitor};
use crate::world::World;
use crate::world::caller::Caller;
use crate::world::certificates::CertificateFilter;
use crate::world::cloud::Cloud;
use crate::world::domains::DomainFilter;
use crate::world::paging::{PageAsked, Paged};
use crate::world::prepaid::PrepaidFilter;
use crate::world::refusal::Refusal;

/// The largest page of the bill.
pub(super) const BILL_PAGE: u32 = 300;
/// The page of certificates that the service gives by itself.
pub(super) const CERTIFICATE_PAGE: u32 = 50;
/// The largest page of every other list.
pub(super) const LIST_PAGE: u32 = 100;

pub(super) const BILL: &str = "QueryAvailableInstances";
pub(super) const BALANCE: &str = "QueryAccountBalance";
pub(super) const CERTIFICATES: &str = "ListUserCertificateOrder";
pub(super) const DOMAINS: &str = "QueryDomainList";

/// A page of the bill.
pub(super) fn bill(
    world: &World,
    caller: &Caller,
    asked: PageAsked,
) -> Result<Paged<crate::Prepaid>, Refusal> {
    world.prepaid_page(caller, &PrepaidFilter::default(), asked)
}

/// A page of the certificates, expired ones too.
pub(super) fn certificates(
    world: &World,
    caller: &Caller,
    asked: PageAsked,
) -> Result<Paged<crate::Certificate>, Refusal> {
    let filter = CertificateFilter {
        with_expired: true,
        ..CertificateFilter::default()
    };
    world.certificates_page(
        caller,
        "yundun-cert:ListUserCertificateOrder",
        &filter,
        asked,
    )
}

/// A page of the domain names.
pub(super) fn domains(
    world: &World,
    caller: &Caller,
    asked: PageAsked,
) -> Result<Paged<crate::Domain>, Refusal> {
    world.domains_page(caller, &DomainFilter::default(), asked)
}

#[async_trait]
impl Billing for Visitor {
    fn prepaid(&self) -> Option<Box<dyn PageSource<Prepaid> + '_>> {
        if self.at() != Cloud::Aliyun {
            return None;
        }
        Some(Box::new(List {
            visitor: self,
            action: BILL,
            size: BILL_PAGE,
            fetch: bill,
            show: rows::prepaid,
        }))
    }

    async fn balance(&self) -> Result<Balance, CloudError> {
        let money = self.ask(Question::plain(BALANCE), World::money).await?;
        Ok(rows::balance(&money))
    }
}

impl Certificates for Visitor {
    fn certificates(&self) -> Box<dyn PageSource<Certificate> + '_> {
        Box::new(List {
            visitor: self,
            action: CERTIFICATES,
            size: CERTIFICATE_PAGE,
            fetch: certificates,
            show: rows::certificate,
        })
    }
}

impl Domains for Visitor {
    fn domains(&self) -> Box<dyn PageSource<Domain> + '_> {
        Box::new(List {
            visitor: self,
            action: DOMAINS,
            size: LIST_PAGE,
            fetch: domains,
            show: rows::domain,
        })
    }
}

/// A list of the world, shown in rows of the model.
pub(super) struct List<'a, W, M> {
    pub(super) visitor: &'a Visitor,
    pub(super) action: &'static str,
    pub(super) size: u32,
    pub(super) fetch: fn(&World, &Caller, PageAsked) -> Result<Paged<W>, Refusal>,
    pub(super) show: fn(&W, Timestamp) -> M,
}

impl<W, M> List<'_, W, M> {
    fn question(&self, page: Option<usize>) -> Question<'static> {
        Question {
            action: self.action,
            region: "",
            about: "",
            page,
        }
    }
}

#[async_trait]
impl<W: Clone + Send, M: Keyed + Send> PageSource<M> for List<'_, W, M> {
    fn site(&self) -> CallSite {
        self.visitor.call_site(&self.question(None))
    }

    async fn page(&self, at: &PageAt) -> Result<Page<M>, CloudError> {
        let number = match at {
            PageAt::First => 1,
            PageAt::Number(number) => *number as usize,
            PageAt::Token(_) => {
                let words = "the pages of this list are numbered";
                return Err(CloudError::new(self.site(), ErrorKind::Invalid, words));
            }
        };
        let asked = PageAsked {
            number,
            size: self.size as usize,
        };
        let fetch = |world: &World, caller: &Caller| (self.fetch)(world, caller, asked);
        let page = self.visitor.ask(self.question(Some(number)), fetch).await?;
        let now = self.visitor.door.world().now();
        let next = match u32::try_from(page.pages()).unwrap_or(u32::MAX) {
            0 | 1 => Next::End,
            pages => Next::Through(pages),
        };
        Ok(Page {
            next,
            total: Some(page.total as u64),
            items: page.items.iter().map(|row| (self.show)(row, now)).collect(),
        })
    }
}
