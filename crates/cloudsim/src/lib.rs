//! One simulated world, and the doors through which it is seen.
//!
//! A [`World`] holds accounts, keys, prepaid resources, machines, certificates, domains and balances, and a
//! clock of its own. [`Sim`] opens its wire doors: real HTTP on loopback that verifies the real signatures of
//! Alibaba Cloud, Tencent Cloud and AWS, pages, throttles, delays and fails on demand. [`Door`] is its in-process door: the ports of `cloud`
//! over the same typed functions of [`World`], with the same rights, quotas and faults, in microseconds.
//!
//! ```no_run
//! # async fn example(now: jiff::Timestamp) -> std::io::Result<()> {
//! use cloudsim::{Effect, Estate, Fault, Options, Quota, Sim};
//!
//! let world = Estate::seeded(7).accounts(3).resources(1_200).build(now);
//! let sim = Sim::start(world, Options::default().quota(Quota::per_second(10))).await?;
//! let key = sim.world().key("account-001").expect("a seeded account has a key");
//! println!("{} {}", sim.url(), key.id);
//! // Page 7 of the first account's list fails for good, the others are served.
//! sim.faults().add(
//!     Fault::new(Effect::Status { status: 502 })
//!         .account(sim.world().accounts()[0].uid)
//!         .action("QueryAvailableInstances")
//!         .page(7),
//! );
//! assert_eq!(sim.stats().throttled, 0);
//! # Ok(())
//! # }
//! ```
//!
//! Two times: what the world is about (ages, ends, renewals) lives in world time, moved by
//! [`World::advance`] or `POST /_sim/clock`; signatures, `Date` headers and sessions live in wall time, because
//! clients check them against their own clocks.
//!
//! Invariant: nothing here is shared with the adapters: signing, paging and encoding are written a second
//! time, so that a mistake in one does not hide in the other.

pub mod aliyun;
pub mod aws;
pub mod door;
pub mod estate;
pub mod fault;
pub mod mailbox;
pub mod metadata;
pub mod offer;
pub mod robots;
pub mod sim;
pub mod stats;
pub mod tencent;
pub mod throttle;
pub mod world;

pub use door::{Door, Visitor};
pub use estate::Estate;
pub use fault::{Effect, Fault, Faults};
pub use offer::Offer;
pub use sim::{Host, Options, Sim};
pub use stats::{CallRecord, Stats};
pub use throttle::Quota;
pub use world::World;
pub use world::account::{AccessKey, Account, Rights, Role, Site, Uid, User};
pub use world::balance::Balance;
pub use world::caller::{Caller, Principal};
pub use world::certificates::Certificate;
pub use world::cloud::{Cloud, Partition};
pub use world::domains::Domain;
pub use world::holdings::Holdings;
pub use world::instances::Instance;
pub use world::prepaid::{Prepaid, Renewal};
pub use world::refusal::Refusal;
