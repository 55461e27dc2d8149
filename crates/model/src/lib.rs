//! The nouns: what every room means by account, region, money, certificate, message.
//!
//! Invariant: no I/O, no async and no serde here; nobody's JSON decides what a word means.

pub mod alarm;
pub mod backup;
pub mod billing;
pub mod certificate;
pub mod cluster;
pub mod crypt;
pub mod ids;
pub mod language;
pub mod machine;
pub mod message;
pub mod money;
pub mod network;
pub mod region;
pub mod scope;
pub mod storage;
pub mod tags;
pub mod upkeep;

pub use alarm::{Alarm, AlarmMetric, AlarmOrder, AlarmTarget, Traffic, TrafficRule, Watches};
pub use backup::{
    CopyNote, CopyNoteSort, CopyOrder, Covers, ImageOrder, ImageUse, LENT, LENT_TAG, ORPHAN_TAG,
    Protection, RETURNED, SET_TAG, STEP_TAG, SetDisk, SetId, SetOrder, WEEK_TAG,
};
pub use billing::{Balance, Expiry, Prepaid, PrepaidStatus, Renewal};
pub use certificate::{Certificate, Domain};
pub use cluster::{Cluster, ClusterNode, ClusterState, NodeMachine, NodeSort, NodeView, Opinion};
pub use crypt::KeyState;
pub use ids::{AccountId, CloudId, Identity, Kind, RegionId, ResourceId};
pub use language::Language;
pub use machine::{Charge, Machine, MachineState, Tie, TieSort};
pub use message::{Block, Message, Span, Tone};
pub use money::{Currency, Money, MoneyError};
pub use network::{Address, AddressState, LoadBalancer};
pub use region::Region;
pub use scope::{Place, Scope};
pub use storage::{CopyState, CopyTier, Disk, DiskRole, DiskState, Image, Snapshot};
pub use tags::Tags;
pub use upkeep::{AccessKey, Maintenance};
