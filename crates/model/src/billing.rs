//! What is paid in advance, when it ends, and the money that is left.

use std::sync::Arc;

use jiff::Timestamp;

use crate::Tags;
use crate::ids::{Kind, RegionId, ResourceId};
use crate::money::Money;

/// When a thing ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// It never does: pay-as-you-go, or a sentinel of the year 2099 or later.
    Never,
    /// At this instant.
    At(Timestamp),
    /// The cloud's answer did not say, or not readably; never to be taken for [`Expiry::Never`].
    Unknown,
}

/// What happens at the end of the paid time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// The cloud renews by itself, for so many months where known.
    Auto {
        /// Length of the next period in months.
        months: Option<u32>,
    },
    /// A person has to renew.
    Manual,
    /// It was decided not to renew.
    Never,
    /// The cloud used a word we do not know, or none.
    Unknown(String),
}

/// Life of a prepaid resource in the eyes of the billing system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrepaidStatus {
    /// Being made.
    Creating,
    /// In order.
    Normal,
    /// Past its end, not yet released, or about to be.
    Expired,
    /// A word of the cloud that we do not know.
    Other(String),
}

/// One resource that is paid in advance, as the bill knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepaid {
    /// The cloud's product code: `ecs`, `rds`, `redisa`.
    pub kind: Kind,
    /// The finer product type where the cloud has one; empty otherwise.
    pub product_type: Arc<str>,
    /// The resource.
    pub id: ResourceId,
    /// Its name, where another reader knew one.
    pub name: Option<String>,
    /// Where it is, if anywhere.
    pub region: Option<RegionId>,
    /// Its tags, where another reader knew them.
    pub tags: Tags,
    /// When it was bought.
    pub created: Option<Timestamp>,
    /// When it ends.
    pub expiry: Expiry,
    /// What happens then.
    pub renewal: Renewal,
    /// Its state.
    pub status: PrepaidStatus,
    /// When it will be released for good, where the cloud says.
    pub release: Option<Timestamp>,
    /// What the next period costs, where it is known.
    pub renewal_price: Option<Money>,
}

/// The money an account can spend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// What can be spent now; Alibaba Cloud `AvailableAmount`.
    pub available: Money,
    /// Of that, cash.
    pub cash: Option<Money>,
    /// Of that, credit.
    pub credit: Option<Money>,
}
