//! The seam to the clouds: narrow ports, errors sorted by what the caller does next, the pace, the
//! pager, and the census with its coverage.
//!
//! Invariant: no one cloud is named or special here.
//! Invariant: only [`pager`] makes a [`Seen`]; there is no other way to claim that something was
//! looked at whole.

pub mod call;
pub mod census;
pub mod conformance;
pub mod error;
pub mod pacer;
pub mod pager;
pub mod ports;
pub mod quotas;
pub mod seen;

pub use call::{Attempt, Call, Caller, RetryPolicy};
pub use census::{
    AccountSight, Census, Doubt, EstateWants, Harvest, Hint, IdSet, Keep, Kept, Keyring, Part,
    Probe, RegionSight, Remembered, SecondLook, TrafficWanted, Wants,
};
pub use error::{CallSite, CloudError, ErrorKind};
pub use pacer::{Bucket, Pacer, Quota, Share};
pub use pager::{Key, Keyed, Next, Page, PageAt, PageSource};
pub use ports::{
    Access, Addresses, Alarms, BesideOrder, Billing, Certificates, Clusters, Copies, CryptKeys,
    Detail, DiskOrder, Disks, Domains, ImageMaking, Images, Inventory, Keys, Lending,
    LoadBalancers, MachineChanges, Machines, Member, Organization, Provider, Removal, Requirement,
    Taggable, TermList, Terms,
};
pub use quotas::{Callable, Quotas};
pub use seen::{Seen, Sighting, Unseen, Why};
