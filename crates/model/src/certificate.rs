//! Certificates and domain names: things that end and are not machines.

use jiff::Timestamp;

use crate::Tags;
use crate::billing::Expiry;
use crate::ids::ResourceId;

/// A TLS certificate in a cloud's store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The cloud's id of it.
    pub id: ResourceId,
    /// Its display name.
    pub name: String,
    /// The names it is for, lower case, sorted, without doubles.
    pub names: Vec<String>,
    /// When it began to be valid.
    pub starts: Option<Timestamp>,
    /// When it ends.
    pub expiry: Expiry,
    /// Who issued it.
    pub issuer: String,
    /// Whether it was uploaded, rather than bought from the cloud.
    pub uploaded: bool,
    /// Whether the cloud says that something uses it; `None` where it does not say.
    pub deployed: Option<bool>,
}

/// A registered domain name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// The cloud's id of the registration.
    pub id: ResourceId,
    /// The name itself.
    pub name: String,
    /// When the registration ends.
    pub expiry: Expiry,
    /// Whether it is renewed by itself; `None` where the cloud does not say.
    pub auto_renew: Option<bool>,
    /// Whether it is past its end and can only be redeemed at a higher price.
    pub in_redemption: bool,
    /// Its tags.
    pub tags: Tags,
}
