//! Ids as types, so that an account is never taken for a region.
//!
//! A clone shares the text: an id of a large estate stands in the rows of many lists, in sets and in
//! the memory of earlier runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Returns the id that is spelt `text`.
            #[must_use]
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// Returns how the id is spelt.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type! {
    /// Our own name of one cloud login, as in `[accounts.NAME]`.
    AccountId
}
name_type! {
    /// The name of a cloud: `aliyun`, `tencent`, `aws`. A name and not an enum: a fourth cloud is one room.
    CloudId
}
name_type! {
    /// A region as its cloud spells it: `cn-hangzhou`.
    RegionId
}
name_type! {
    /// A resource as its cloud spells it: `i-bp1…`, `rm-bp1…`, `example.com`.
    ResourceId
}
name_type! {
    /// A kind of resource: the cloud's product code (`ecs`, `rds`), or one of the constants here.
    Kind
}

impl AccountId {
    /// Returns the account that administers this one, when it is a member of an organization:
    /// `shop` of `shop/1234567890`.
    #[must_use]
    pub fn administrator(&self) -> Option<Self> {
        self.0
            .split_once('/')
            .map(|(administrator, _)| Self::new(administrator))
    }

    /// Returns what `all` has for it or else for its administrator.
    #[must_use]
    pub fn find_in<'a, T>(&self, all: &'a BTreeMap<Self, T>) -> Option<&'a T> {
        let own = all.get(self);
        own.or_else(|| all.get(&self.administrator()?))
    }

    /// Returns whether it or its administrator is one of `all`.
    #[must_use]
    pub fn is_among(&self, all: &BTreeSet<Self>) -> bool {
        all.contains(self) || self.administrator().is_some_and(|it| all.contains(&it))
    }
}

impl Kind {
    /// The kind under which everything that is paid in advance is seen at once.
    pub const PREPAID: &'static str = "prepaid";
    /// Machines.
    pub const INSTANCE: &'static str = "instance";
    /// TLS certificates.
    pub const CERTIFICATE: &'static str = "certificate";
    /// Domain names.
    pub const DOMAIN: &'static str = "domain";
    /// The money of an account.
    pub const BALANCE: &'static str = "balance";
    /// Who the cloud says we are.
    pub const IDENTITY: &'static str = "identity";
    /// Regions the account can use.
    pub const REGION: &'static str = "region";
    /// A TLS endpoint that is probed from outside.
    pub const ENDPOINT: &'static str = "endpoint";
    /// Member accounts of an organization.
    pub const MEMBER: &'static str = "member";
    /// Kubernetes clusters.
    pub const CLUSTER: &'static str = "cluster";
    /// Block-storage disks.
    pub const DISK: &'static str = "disk";
    /// Snapshots of disks.
    pub const SNAPSHOT: &'static str = "snapshot";
    /// Machine images of the account's own.
    pub const IMAGE: &'static str = "image";
    /// Public addresses that are kept.
    pub const ADDRESS: &'static str = "address";
    /// Load balancers.
    pub const LOAD_BALANCER: &'static str = "load_balancer";
    /// What the cloud has planned for machines.
    pub const MAINTENANCE: &'static str = "maintenance";
    /// Long-lived keys of users.
    pub const ACCESS_KEY: &'static str = "access_key";
    /// Alarms of the monitoring service.
    pub const ALARM: &'static str = "alarm";
    /// What machines sent out, by the monitoring service.
    pub const TRAFFIC: &'static str = "traffic";
    /// Whom alarms tell.
    pub const ALARM_TARGET: &'static str = "alarm_target";
    /// Policies by which the cloud itself keeps copies.
    pub const PROTECTION: &'static str = "protection";
    /// What no list of copies shows: fast restores, what is in the recycle bin.
    pub const COPY_NOTE: &'static str = "copy_note";
    /// Keys that copies are encrypted with.
    pub const CRYPT_KEY: &'static str = "encryption_key";
    /// Who uses which image.
    pub const IMAGE_USE: &'static str = "image_use";
    /// What a second source says of machines, asked by id.
    pub const OPINION: &'static str = "opinion";
    /// The changes that the duty `backups` makes.
    pub const BACKUPS_WRITE: &'static str = "backups:write";
    /// The changes that lending copies to another account makes.
    pub const LOANS_WRITE: &'static str = "loans:write";
    /// The changes that the duty `alarms` makes.
    pub const ALARMS_WRITE: &'static str = "alarms:write";
    /// The changes that the duty `orphans` makes.
    pub const ORPHANS_WRITE: &'static str = "orphans:write";

    /// Returns the kind of the nodes of one cluster: a cluster that does not answer is a gap of its
    /// own, and the others stay seen.
    #[must_use]
    pub fn nodes_of(cluster: &ResourceId) -> Self {
        Self::new(format!("node@{cluster}"))
    }
}

/// Who the cloud says an account is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// The cloud's own number of the account.
    pub account: String,
    /// The full name of the caller, an ARN where the cloud has them.
    pub principal: String,
    /// The sort of caller in the cloud's word: `RAMUser`, `AssumedRoleUser`, `Account`.
    pub sort: String,
}
