//! Simulated chat robots on loopback that enforce the limits of the real ones.
//!
//! DingTalk, Feishu, WeCom and Slack are spoken to as on the internet; beside them stands a generic
//! webhook that verifies our own signature. Whatever is accepted is recorded with the text a person
//! would see and the mentions that would really ring, so that a test can say that a hostile name
//! rang nobody. Faults are armed from the test or over `POST /_sim/robots/faults`.
//!
//! Where a vendor's rule is not documented, the stricter reading is enforced and said beside it.
//!
//! Invariant: shares no code with the product's senders; a recipe both get wrong would pass.
//! Invariant: memory is bounded; the oldest record goes when a robot holds [`MAX_RECORDS`].

mod dingtalk;
mod door;
mod fault;
mod feishu;
mod line;
mod markup;
mod pace;
mod record;
mod seal;
mod slack;
mod state;
#[cfg(test)]
pub(crate) mod tests;
mod webhook;
mod wecom;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use base::{Clock, Tasks};
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

pub use self::fault::{Fault, Times};
pub use self::record::{Answer, MAX_RECORDS, Mentions, Message, Refusal};
pub use self::state::{Kind, Security, Wording};

use self::state::Shared;

/// The running robots; dropping them closes their door.
#[derive(Debug)]
pub struct Robots {
    shared: Arc<Shared>,
    closing: watch::Sender<bool>,
    tasks: Tasks,
}

impl Robots {
    /// Starts the robots on a free port of loopback; all limits run on `clock`.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        Self::start_at(clock, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// Starts the robots at `address`, which must be a loopback address.
    ///
    /// # Errors
    /// When `address` is not loopback or cannot be bound.
    pub async fn start_at(clock: Arc<dyn Clock>, address: SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            let why = format!("simulated robots listen on loopback only, not on {address}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let listener = TcpListener::bind(address).await?;
        let (closing, closed) = watch::channel(false);
        let shared = Arc::new(Shared::new(clock, listener.local_addr()?, closed));
        let mut tasks = Tasks::new();
        tasks.start(door::serve(listener, Arc::clone(&shared)));
        Ok(Self {
            shared,
            closing,
            tasks,
        })
    }

    /// Returns the address of the door, without a path: `http://127.0.0.1:PORT/`.
    #[must_use]
    pub fn url(&self) -> Url {
        self.shared.url("")
    }

    /// Adds a DingTalk robot and returns its webhook address; a robot of the same name is replaced.
    pub fn dingtalk(&self, name: &str, security: Security) -> Url {
        self.shared.add(Kind::DingTalk, name, security)
    }

    /// Adds a Feishu custom bot and returns its webhook address; a robot of the same name is replaced.
    pub fn feishu(&self, name: &str, security: Security) -> Url {
        self.shared.add(Kind::Feishu, name, security)
    }

    /// Adds a WeCom group robot and returns its webhook address; a robot of the same name is replaced.
    pub fn wecom(&self, name: &str) -> Url {
        self.shared.add(Kind::WeCom, name, Security::none())
    }

    /// Adds a Slack incoming webhook and returns its address; a robot of the same name is replaced.
    pub fn slack(&self, name: &str) -> Url {
        self.shared.add(Kind::Slack, name, Security::none())
    }

    /// Adds a generic webhook and returns its address; with [`Security::sign`] it verifies the
    /// `X-Skywarden-*` headers. A robot of the same name is replaced.
    pub fn webhook(&self, name: &str, security: Security) -> Url {
        self.shared.add(Kind::Webhook, name, security)
    }

    /// Chooses how the robot `name` words its refusals (DingTalk has two generations of texts).
    pub fn word(&self, name: &str, wording: Wording) {
        self.shared.with(name, |robot| robot.wording = wording);
    }

    /// Returns everything the robot `name` has accepted, oldest first.
    #[must_use]
    pub fn messages(&self, name: &str) -> Vec<Message> {
        self.shared
            .with(name, |robot| robot.messages.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Returns what the robot `name` has refused and why, oldest first.
    #[must_use]
    pub fn refusals(&self, name: &str) -> Vec<Refusal> {
        self.shared
            .with(name, |robot| robot.refusals.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Returns how many requests have reached the robot `name`, faulty ones included.
    #[must_use]
    pub fn calls(&self, name: &str) -> u64 {
        self.shared
            .with(name, |robot| robot.calls)
            .unwrap_or_default()
    }

    /// Waits until `calls` requests have reached the robot `name`; what they left behind is there
    /// then, whether they are answered or not.
    pub async fn called(&self, name: &str, calls: u64) {
        loop {
            // Registered before looking, so that a request in between is not missed.
            let taken = self.shared.taken.notified();
            if self.calls(name) >= calls {
                return;
            }
            taken.await;
        }
    }

    /// Arms a fault for the next requests to `name`; faults armed earlier come first.
    pub fn arm(&self, name: &str, fault: Fault, times: Times) {
        self.arm_after(name, 0, fault, times);
    }

    /// Arms a fault that lets `healthy` requests through first: a failure in mid-batch.
    pub fn arm_after(&self, name: &str, healthy: u32, fault: Fault, times: Times) {
        self.shared
            .with(name, |robot| robot.faults.arm(healthy, fault, times));
    }

    /// Takes back all faults of the robot `name`.
    pub fn heal(&self, name: &str) {
        self.shared.with(name, |robot| robot.faults.clear());
    }

    /// Closes the door and waits for the requests under way, hanging ones cut short.
    pub async fn stop(mut self) {
        self.closing.send_replace(true);
        while self.tasks.next().await.is_some() {}
    }
}

/// Returns whether `address` may knock, given the allow-list of a robot; no list lets all in.
fn is_allowed(allowed: Option<&[IpAddr]>, address: IpAddr) -> bool {
    allowed.is_none_or(|list| list.contains(&address))
}
