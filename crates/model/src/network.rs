//! Addresses and load balancers.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::Tags;
use crate::billing::Expiry;
use crate::ids::ResourceId;
use crate::machine::Charge;

/// A public address that is kept whether something uses it or not (EIP).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The allocation.
    pub id: ResourceId,
    /// The address itself.
    pub ip: Option<IpAddr>,
    /// Its name; may be empty.
    pub name: String,
    /// Whether something uses it.
    pub state: AddressState,
    /// How it is paid for.
    pub charge: Charge,
    /// When it was allocated.
    pub created: Option<Timestamp>,
    /// When its paid time ends.
    pub expiry: Expiry,
    /// Its tags.
    pub tags: Tags,
}

/// Whether an address is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressState {
    /// At this machine, interface, gateway or balancer.
    Bound(ResourceId),
    /// At nothing.
    Unbound,
    /// On its way, in the cloud's word.
    Changing(String),
}

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBalancer {
    /// The balancer.
    pub id: ResourceId,
    /// Its name; may be empty.
    pub name: String,
    /// What sort it is in the cloud's word: `slb`, `application`, `OPEN`.
    pub sort: String,
    /// Where it answers: an address or a host name; empty when unknown.
    pub answers_at: String,
    /// How many backends stand behind it; `None` when that could not be told.
    pub backends: Option<u64>,
    /// How it is paid for.
    pub charge: Charge,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
}
