//! Tencent Cloud (腾讯云) behind the ports of `cloud`.
//!
//! One thin client: requests are signed with TC3-HMAC-SHA256 and sent as the official clients send
//! them; answers are read leniently; refusals are sorted by their code.
//!
//! Invariant: this room reads nothing of its surroundings by itself (see [`Environment`]).
//! Invariant: nothing is forced: what the cloud holds, protects or counts as in use stays.
//! Invariant: no secret is ever printed, logged or put into an error; of nodes, the scripts that
//! users gave them are not even read.

mod access;
mod addresses;
mod alarms;
pub mod auth;
mod billing;
mod certificates;
mod changes;
mod clusters;
mod copies;
mod decode;
mod disks;
mod domains;
mod endpoints;
mod errors;
mod image_making;
mod image_uses;
mod images;
mod inventory;
mod keys;
mod lists;
mod load_balancers;
mod machine_changes;
mod machines;
mod operations;
mod organization;
mod protections;
mod rpc;
mod sign;
mod staged;
mod terms;
mod times;
mod tokens;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use cloud::{
    Access, Addresses, Alarms, Billing, CallSite, Callable, Caller, Certificates, CloudError,
    Clusters, Copies, Disks, Domains, ImageMaking, Images, Inventory, LoadBalancers,
    MachineChanges, Machines, Organization, Provider, Terms,
};
use model::{AccountId, CloudId, Identity, Place};

pub use cloud::Quotas;

pub use self::auth::{CredentialSource, Environment, NoCredentials, ProfileOnDisk};
use self::auth::{Keys, Member};
use self::clusters::KnownClusters;
use self::decode::{Loose, Misread};
pub use self::endpoints::{EndpointError, Endpoints, Site};
use self::operations::{GET_CALLER_IDENTITY, Operation};
use self::rpc::{Decode, Line, Rpc, Signer};

/// The name of this cloud.
pub const CLOUD: &str = "tencent";

/// The role that every account created inside an organization has for its administrator.
pub const MEMBER_ROLE: &str = "OrganizationAccessControlRole";

/// Returns what may be called here, by which quotas can be told.
#[must_use]
pub fn callable() -> Callable {
    let calls = operations::all();
    calls.map(|it| (it.service, it.name)).collect()
}

/// What an account is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Our name of it.
    pub account: AccountId,
    /// How it proves who it is.
    pub source: CredentialSource,
    /// What the process found around itself.
    pub environment: Environment,
    /// Its commercial site; the domestic one when `None`.
    pub site: Option<Site>,
    /// Addresses instead of the cloud's own.
    pub endpoints: Endpoints,
    /// What it may call, where that differs from what the cloud publishes.
    pub quotas: Quotas,
    /// What of the bill is read, and how.
    pub bill: Bill,
}

/// What of the bill is read, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bill {
    /// Which money counts as available.
    pub counted: Counted,
    /// Whether the list of the renewal page is read beside the products' own: it needs a right that
    /// can renew, too, so only who asks for it gets it.
    pub renewal_page: RenewalPage,
}

/// Which money counts as available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Counted {
    /// What is there.
    #[default]
    Money,
    /// What is there, and the credit that is left.
    MoneyAndCredit,
}

/// Whether the list of the renewal page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RenewalPage {
    /// It is not.
    #[default]
    LeftAlone,
    /// It is.
    Read,
}

/// One account on Tencent Cloud. Cheap to clone; clones share keys and what was learnt.
#[derive(Debug, Clone)]
pub struct Tencent {
    cloud: CloudId,
    line: Arc<Line>,
    keys: Arc<Keys>,
    bill: Bill,
    known_clusters: Arc<KnownClusters>,
}

impl Tencent {
    /// Returns an account; nothing is asked or read yet.
    #[must_use]
    pub fn new(settings: Settings, caller: Arc<Caller>) -> Self {
        let Settings {
            account,
            source,
            environment,
            site,
            endpoints,
            quotas,
            bill,
        } = settings;
        let site = site.unwrap_or(Site::Domestic);
        let line = Arc::new(Line::new(account, endpoints, quotas, site, caller));
        let keys = Arc::new(Keys::new(line.clone(), source, environment));
        Self {
            cloud: CloudId::new(CLOUD),
            line,
            keys,
            bill,
            known_clusters: Arc::default(),
        }
    }

    /// Returns the member account `number` of the organization that this account administers; it is
    /// entered by taking `role` there, [`MEMBER_ROLE`] when it is empty, with this account's keys.
    #[must_use]
    pub fn member(&self, account: AccountId, number: &str, role: &str) -> Self {
        let line = Arc::new(self.line.of_member(account));
        let role = if role.is_empty() { MEMBER_ROLE } else { role };
        let arn = format!("qcs::cam::uin/{number}:roleName/{role}");
        let parent = self.keys.clone();
        let keys = Keys::of_member(line.clone(), Member { parent, arn });
        Self {
            cloud: self.cloud.clone(),
            line,
            keys: Arc::new(keys),
            bill: self.bill,
            known_clusters: Arc::default(),
        }
    }

    /// Begins a call that the account's own keys sign.
    pub(crate) fn call<T: Send>(
        &self,
        operation: &'static Operation,
        decode: Decode<T>,
    ) -> Rpc<'_, T> {
        Rpc::new(&self.line, Signer::Keys(&self.keys), operation, decode)
    }

    pub(crate) fn call_site(&self, operation: &Operation, place: &Place) -> CallSite {
        self.line.call_site(operation, place)
    }
}

#[async_trait]
impl Provider for Tencent {
    fn cloud(&self) -> &CloudId {
        &self.cloud
    }

    fn account(&self) -> &AccountId {
        &self.line.account
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        self.call(&GET_CALLER_IDENTITY, decode_identity)
            .send()
            .await
    }

    fn renewal_page(&self) -> &str {
        match self.line.site {
            Site::Domestic => "https://console.cloud.tencent.com/account/renewal",
            Site::International => "https://console.tencentcloud.com/account/renewal",
        }
    }

    fn site(&self) -> Option<&'static str> {
        Some(self.line.site.word())
    }

    fn billing(&self) -> Option<&dyn Billing> {
        Some(self)
    }

    fn inventory(&self) -> Option<&dyn Inventory> {
        Some(self)
    }

    fn certificates(&self) -> Option<&dyn Certificates> {
        Some(self)
    }

    fn domains(&self) -> Option<&dyn Domains> {
        Some(self)
    }

    fn organization(&self) -> Option<&dyn Organization> {
        Some(self)
    }

    fn access(&self) -> Option<&dyn Access> {
        Some(self)
    }

    fn terms(&self) -> Option<&dyn Terms> {
        Some(self)
    }

    fn machines(&self) -> Option<&dyn Machines> {
        Some(self)
    }

    fn clusters(&self) -> Option<&dyn Clusters> {
        Some(self)
    }

    fn disks(&self) -> Option<&dyn Disks> {
        Some(self)
    }

    fn images(&self) -> Option<&dyn Images> {
        Some(self)
    }

    fn addresses(&self) -> Option<&dyn Addresses> {
        Some(self)
    }

    fn load_balancers(&self) -> Option<&dyn LoadBalancers> {
        Some(self)
    }

    fn copies(&self) -> Option<&dyn Copies> {
        Some(self)
    }

    fn image_making(&self) -> Option<&dyn ImageMaking> {
        Some(self)
    }

    fn machine_changes(&self) -> Option<&dyn MachineChanges> {
        Some(self)
    }

    fn alarms(&self) -> Option<&dyn Alarms> {
        Some(self)
    }

    fn keys(&self) -> Option<&dyn cloud::Keys> {
        Some(self)
    }
}

decode::wire! {
    struct CallerIdentity<'a> {
        account_id: Loose<'a>,
        arn: Loose<'a>,
        #[serde(rename = "Type")]
        sort: Loose<'a>,
    }
}

fn decode_identity(body: &str) -> Result<Identity, Misread> {
    let identity: CallerIdentity<'_> = decode::object(body)?;
    let account = identity.account_id.some_text();
    Ok(Identity {
        account: account.ok_or(Misread::Lacks("AccountId"))?,
        principal: identity.arn.into_text(),
        sort: identity.sort.into_text(),
    })
}
