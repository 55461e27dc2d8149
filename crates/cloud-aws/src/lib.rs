//! AWS behind the ports of `cloud`.
//!
//! One thin client, no SDK: requests are signed with Signature Version 4 and sent as the official
//! clients send them, to the partitions `aws` and `aws-cn`; answers are read leniently; refusals are
//! sorted by their code.
//!
//! Invariant: this room reads nothing of its surroundings by itself (see [`Environment`]).
//! Invariant: what makes something is asked once, unless the cloud takes a token for it.
//! Invariant: no secret is ever printed, logged or put into an error.

mod access;
mod access_keys;
mod addresses;
mod alarms;
pub mod auth;
mod call;
mod certificates;
mod clusters;
mod copies;
mod crypt_keys;
mod decode;
mod disks;
mod domains;
mod endpoints;
mod errors;
mod image_making;
mod images;
mod inventory;
mod lists;
mod load_balancers;
mod machine_changes;
mod machines;
mod operations;
mod organization;
mod query;
mod sign;
mod terms;
mod times;
mod xml;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use cloud::{
    Access, Addresses, Alarms, CallSite, Callable, Caller, Certificates, CloudError, Clusters,
    Copies, CryptKeys, Disks, Domains, ImageMaking, Images, Inventory, Keys as AccessKeys, Lending,
    LoadBalancers, MachineChanges, Machines, Organization, Provider, Terms,
};
use model::{AccountId, CloudId, Identity, Place, RegionId};
use serde::Deserialize;

pub use cloud::Quotas;

pub use self::auth::{CredentialSource, Environment, NoCredentials, ProfileOnDisk};
use self::auth::{Keys, Member};
use self::call::{AwsCall, Decode, Line, Signer};
use self::decode::Misread;
pub use self::endpoints::{EndpointError, Endpoints, Partition};
use self::operations::{GET_CALLER_IDENTITY, Operation};
use self::query::{read_result, some};

/// The name of this cloud.
pub const CLOUD: &str = "aws";

/// The role that every account created inside an organization has for its administrator.
pub const MEMBER_ROLE: &str = "OrganizationAccountAccessRole";

/// Returns what may be called here, by which quotas can be told.
#[must_use]
pub fn callable() -> Callable {
    let calls = operations::all();
    calls.map(|it| (it.service.name(), it.name)).collect()
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
    /// Its partition; told by the home region or the role that is taken when `None`.
    pub partition: Option<Partition>,
    /// The region that is asked for what is of no region; that of `AWS_REGION`, or the partition's
    /// first one, when `None`.
    pub region: Option<RegionId>,
    /// The regions whose certificates are read; all that the account has opened when empty.
    pub regions: Vec<RegionId>,
    /// Addresses instead of the cloud's own.
    pub endpoints: Endpoints,
    /// What it may call, where that differs from what the cloud publishes.
    pub quotas: Quotas,
}

impl Settings {
    /// Returns the partition and the home region.
    fn home(&self) -> (Partition, RegionId) {
        let said = self.region.clone();
        let variable = |name: &str| self.environment.get(name).map(RegionId::new);
        // The environment speaks of one account, and is asked last.
        let around = || variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
        let of = |region: &RegionId| Partition::of_region(region.as_str());
        let partition = self
            .partition
            .or_else(|| said.as_ref().map(of))
            .or_else(|| self.regions.first().map(of))
            .or_else(|| self.source.partition())
            .or_else(|| around().as_ref().map(of))
            .unwrap_or(Partition::Aws);
        let fits = |region: &RegionId| of(region) == partition;
        let home = said.or_else(|| around().filter(fits));
        (partition, home.unwrap_or_else(|| partition.home()))
    }
}

/// One account on AWS. Cheap to clone; clones share keys and what was learnt.
#[derive(Debug, Clone)]
pub struct Aws {
    cloud: CloudId,
    line: Arc<Line>,
    keys: Arc<Keys>,
    regions: Arc<Vec<RegionId>>,
    /// Whether a region that refused a good key is one that was not opened.
    closed: Arc<tokio::sync::Mutex<BTreeMap<RegionId, bool>>>,
}

impl Aws {
    /// Returns an account; nothing is asked or read yet.
    #[must_use]
    pub fn new(settings: Settings, caller: Arc<Caller>) -> Self {
        let (partition, home) = settings.home();
        let Settings {
            account,
            source,
            environment,
            regions,
            endpoints,
            quotas,
            ..
        } = settings;
        let line = Line::new(account, partition, home, endpoints, quotas, caller);
        let line = Arc::new(line);
        let keys = Arc::new(Keys::new(line.clone(), source, environment));
        Self::with(line, keys, Arc::new(regions))
    }

    fn with(line: Arc<Line>, keys: Arc<Keys>, regions: Arc<Vec<RegionId>>) -> Self {
        Self {
            cloud: CloudId::new(CLOUD),
            line,
            keys,
            regions,
            closed: Arc::default(),
        }
    }

    /// Returns the member account `number` of the organization that this account administers; it is
    /// entered by taking `role` there, [`MEMBER_ROLE`] when it is empty, with this account's keys.
    #[must_use]
    pub fn member(&self, account: AccountId, number: &str, role: &str) -> Self {
        let line = Arc::new(self.line.of_member(account));
        let role = if role.is_empty() { MEMBER_ROLE } else { role };
        let partition = line.partition.name();
        let member = Member {
            parent: self.keys.clone(),
            arn: format!("arn:{partition}:iam::{number}:role/{role}"),
        };
        let keys = Arc::new(Keys::of_member(line.clone(), member));
        Self::with(line, keys, self.regions.clone())
    }

    /// Begins a call that the account's own keys sign.
    pub(crate) fn call<T: Send>(
        &self,
        operation: &'static Operation,
        decode: Decode<T>,
    ) -> AwsCall<'_, T> {
        AwsCall::new(&self.line, Signer::Keys(&self.keys), operation, decode)
    }

    pub(crate) fn call_site(&self, operation: &Operation, place: &Place) -> CallSite {
        self.line.call_site(operation.name, place)
    }
}

#[async_trait]
impl Provider for Aws {
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
        match self.line.partition {
            Partition::Aws => "https://console.aws.amazon.com/costmanagement/home",
            Partition::China => "https://console.amazonaws.cn/billing/home",
        }
    }

    fn inventory(&self) -> Option<&dyn Inventory> {
        Some(self)
    }

    fn certificates(&self) -> Option<&dyn Certificates> {
        Some(self)
    }

    /// The China regions sell no domain names.
    fn domains(&self) -> Option<&dyn Domains> {
        (self.line.partition == Partition::Aws).then_some(self as &dyn Domains)
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

    fn lending(&self) -> Option<&dyn Lending> {
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

    fn crypt_keys(&self) -> Option<&dyn CryptKeys> {
        Some(self)
    }

    fn keys(&self) -> Option<&dyn AccessKeys> {
        Some(self)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct CallerIdentity {
    account: String,
    arn: String,
}

fn decode_identity(body: &[u8]) -> Result<Identity, Misread> {
    let identity: CallerIdentity = read_result(body, "GetCallerIdentityResponse")?;
    let account = some(&identity.account).ok_or(Misread::Lacks("Account"))?;
    let principal = identity.arn.trim().to_owned();
    Ok(Identity {
        account: account.to_owned(),
        sort: sort_of(&principal).to_owned(),
        principal,
    })
}

/// Returns the sort of caller that an ARN names: `user`, `assumed-role`, `root`.
fn sort_of(arn: &str) -> &str {
    let name = arn.splitn(6, ':').nth(5).unwrap_or_default();
    name.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
