//! Alibaba Cloud (阿里云) behind the ports of `cloud`.
//!
//! One thin client: requests are signed with signature version 3 and sent as the official clients
//! send them; answers are read leniently; refusals are sorted by their code.
//!
//! Invariant: this room reads nothing of its surroundings by itself (see [`Environment`]).
//! Invariant: nothing is forced: what the cloud holds, protects or counts as in use stays.
//! Invariant: no secret is ever printed, logged or put into an error.

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
mod numbering;
mod operations;
mod organization;
mod protections;
mod rpc;
mod sign;
mod sites;
mod times;
mod tokens;

use std::sync::Arc;

use async_trait::async_trait;
use cloud::{
    Access, Addresses, Alarms, Billing, CallSite, Callable, Caller, Certificates, CloudError,
    Clusters, Copies, Disks, Domains, ImageMaking, Images, Inventory, LoadBalancers,
    MachineChanges, Machines, Organization, Provider,
};
use model::{AccountId, CloudId, Identity, Place};
use serde::Deserialize;

pub use cloud::Quotas;

pub use self::auth::{CredentialSource, Environment, NoCredentials, ProfileOnDisk};
use self::auth::{Keys, Member};
use self::decode::{Loose, Misread};
pub use self::endpoints::{EndpointError, Endpoints, Site};
use self::operations::{GET_CALLER_IDENTITY, Operation};
use self::rpc::{Decode, Line, Rpc, Signer};

/// The name of this cloud.
pub const CLOUD: &str = "aliyun";

/// The role that every account created inside an organization has for its administrator.
pub const MEMBER_ROLE: &str = "ResourceDirectoryAccountAccessRole";

/// Returns what may be called here, by which quotas can be told.
#[must_use]
pub fn callable() -> Callable {
    let calls = operations::all();
    calls.map(|it| (it.service.code(), it.name)).collect()
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
    /// Its commercial site; found out when `None`.
    pub site: Option<Site>,
    /// Addresses instead of the cloud's own.
    pub endpoints: Endpoints,
    /// What it may call, where that differs from what the cloud publishes.
    pub quotas: Quotas,
}

/// One account on Alibaba Cloud. Cheap to clone; clones share keys and what was learnt.
#[derive(Debug, Clone)]
pub struct Aliyun {
    cloud: CloudId,
    line: Arc<Line>,
    keys: Arc<Keys>,
}

impl Aliyun {
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
        } = settings;
        let line = Arc::new(Line::new(account, endpoints, quotas, site, caller));
        let keys = Arc::new(Keys::new(line.clone(), source, environment));
        Self {
            cloud: CloudId::new(CLOUD),
            line,
            keys,
        }
    }

    /// Returns the member account `number` of the organization that this account administers; it is
    /// entered by taking `role` there, [`MEMBER_ROLE`] when it is empty, with this account's keys.
    #[must_use]
    pub fn member(&self, account: AccountId, number: &str, role: &str) -> Self {
        let line = Arc::new(self.line.of_member(account));
        let role = if role.is_empty() { MEMBER_ROLE } else { role };
        let arn = format!("acs:ram::{number}:role/{role}");
        let keys = Keys::of_member(
            line.clone(),
            Member {
                parent: self.keys.clone(),
                arn,
            },
        );
        Self {
            cloud: self.cloud.clone(),
            line,
            keys: Arc::new(keys),
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
        self.line.call_site(operation.name, place)
    }
}

#[async_trait]
impl Provider for Aliyun {
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
        match self.line.site.to_ask() {
            Site::Domestic => "https://usercenter2.aliyun.com/renew/manual",
            Site::International => "https://usercenter2-intl.aliyun.com/renew/manual",
        }
    }

    fn site(&self) -> Option<&'static str> {
        self.line.site.get().map(Site::word)
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

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct CallerIdentity<'a> {
    #[serde(borrow)]
    account_id: Loose<'a>,
    #[serde(borrow)]
    arn: Loose<'a>,
    #[serde(borrow)]
    identity_type: Loose<'a>,
}

fn decode_identity(body: &str) -> Result<Identity, Misread> {
    let identity: CallerIdentity<'_> = serde_json::from_str(body)?;
    Ok(Identity {
        account: identity
            .account_id
            .some_text()
            .ok_or(Misread::Lacks("AccountId"))?,
        principal: identity.arn.into_text(),
        sort: identity.identity_type.into_text(),
    })
}
