//! The nouns: what every room means by account, region, money, certificate, message.
//!
//! Invariant: no I/O, no async and no serde here; nobody's JSON decides what a word means.

pub mod billing;
pub mod certificate;
pub mod ids;
pub mod language;
pub mod message;
pub mod money;
pub mod region;
pub mod scope;

pub use billing::{Balance, Expiry, Prepaid, PrepaidStatus, Renewal};
pub use certificate::{Certificate, Domain};
pub use ids::{AccountId, CloudId, Identity, Kind, RegionId, ResourceId};
pub use language::Language;
pub use message::{Block, Message, Span, Tone};
pub use money::{Currency, Money, MoneyError};
pub use region::Region;
pub use scope::{Place, Scope};

/// Tags of a resource, sorted by key.
pub type Tags = std::collections::BTreeMap<String, String>;
