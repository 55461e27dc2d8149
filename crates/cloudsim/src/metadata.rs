//! A simulated ECS metadata service, and a credentials URI beside it.
//!
//! Speaks what an instance finds at `http://100.100.100.200`: the hardened mode with its token, the
//! old tokenless mode while that is allowed, the role and its session (also where a machine of Tencent
//! Cloud looks for it, and as it expects it), attributes of the instance,
//! and the notice of a spot machine. Sessions come from a [`SessionSource`], so that a simulated
//! cloud can mint ones it knows.
//!
//! Invariant: a session is never printed; its `Debug` shows the key id's ends and the expiration.

mod door;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::{Clock, Tasks, redact};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

/// How many requests are remembered.
const MAX_REQUESTS: usize = 4096;
/// How many tokens live at once; the oldest goes first.
const MAX_TOKENS: usize = 1024;

/// One session of a role.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// The temporary key's id, `STS.…`.
    pub access_key_id: String,
    /// Its secret.
    pub access_key_secret: String,
    /// The token that goes with both.
    pub security_token: String,
    /// When all three end.
    pub expiration: Timestamp,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("access_key_id", &redact::key_id(&self.access_key_id))
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}

/// Gives the session that the service hands out at an instant; asked at every request.
pub type SessionSource = Arc<dyn Fn(Timestamp) -> Session + Send + Sync>;

/// Whether requests without a token are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// With and without a token: the service's default.
    Any,
    /// With a token only; 403 without one.
    TokenOnly,
    /// Without a token only, as before the hardened mode: the `PUT` is not found.
    TokenlessOnly,
}

/// How the service feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Answers.
    Well,
    /// Takes requests and never answers, as a firewall that drops makes it look.
    Hanging,
    /// Answers everything with this HTTP status.
    Failing(u16),
}

/// The running service; dropping it closes the door.
#[derive(Debug)]
pub struct Metadata {
    shared: Arc<Shared>,
    base: Url,
    closing: watch::Sender<bool>,
    tasks: Tasks,
}

impl Metadata {
    /// Starts the service on a free port of loopback, without a role.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let base = Url::parse(&format!("http://{address}/")).map_err(io::Error::other)?;
        let (closing, closed) = watch::channel(false);
        let shared = Arc::new(Shared {
            clock,
            closing: closed,
            state: Mutex::default(),
        });
        let mut tasks = Tasks::new();
        tasks.start(door::serve(listener, Arc::clone(&shared)));
        Ok(Self {
            shared,
            base,
            closing,
            tasks,
        })
    }

    /// Returns the address that stands for `http://100.100.100.200/`.
    #[must_use]
    pub fn url(&self) -> Url {
        self.base.clone()
    }

    /// Returns an address for `ALIBABA_CLOUD_CREDENTIALS_URI` that serves the role's session.
    #[must_use]
    pub fn credentials_uri(&self) -> Url {
        let mut url = self.base.clone();
        url.set_path("credentials-uri");
        url
    }

    /// Gives the instance a role, whose sessions come from `source`.
    pub fn give_role(&self, name: &str, source: SessionSource) {
        self.shared.lock().role = Some((name.to_owned(), source));
    }

    /// Gives the instance a role whose sessions are `sessions` in turn: the first that has not
    /// expired at the instant of the request, or the last one.
    pub fn give_role_with(&self, name: &str, sessions: Vec<Session>) {
        let Some(last) = sessions.last().cloned() else {
            return self.take_role();
        };
        let pick = move |now: Timestamp| {
            sessions
                .iter()
                .find(|it| it.expiration > now)
                .unwrap_or(&last)
                .clone()
        };
        self.give_role(name, Arc::new(pick));
    }

    /// Takes the role away: listing the roles is a 404 then.
    pub fn take_role(&self) {
        self.shared.lock().role = None;
    }

    /// Sets who is answered.
    pub fn set_access(&self, access: Access) {
        self.shared.lock().access = access;
    }

    /// Sets how the service feels.
    pub fn set_health(&self, health: Health) {
        self.shared.lock().health = health;
    }

    /// Sets what is found under `path`, which starts with `/latest/`.
    pub fn set(&self, path: &str, value: &str) {
        self.shared
            .lock()
            .values
            .insert(path.to_owned(), value.to_owned());
    }

    /// Removes what is found under `path`: a 404 then.
    pub fn unset(&self, path: &str) {
        self.shared.lock().values.remove(path);
    }

    /// Announces that the spot machine ends at `at`; `None` takes the notice back.
    pub fn announce_termination(&self, at: Option<Timestamp>) {
        const PATH: &str = "/latest/meta-data/instance/spot/termination-time";
        match at {
            Some(at) => self.set(PATH, &seconds(at)),
            None => self.unset(PATH),
        }
    }

    /// Returns the requests so far, oldest first: `PUT /latest/api/token`, `GET /… with token`.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.shared.lock().requests.iter().cloned().collect()
    }

    /// Closes the door and waits for the requests under way, hanging ones cut short.
    pub async fn stop(mut self) {
        self.closing.send_replace(true);
        while self.tasks.next().await.is_some() {}
    }
}

/// Returns an instant as the service writes it: whole seconds, `Z`.
fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

struct Shared {
    clock: Arc<dyn Clock>,
    closing: watch::Receiver<bool>,
    state: Mutex<State>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct State {
    role: Option<(String, SessionSource)>,
    access: Access,
    health: Health,
    values: BTreeMap<String, String>,
    /// Tokens and when they end, on the clock's monotonic hand, oldest first.
    tokens: VecDeque<(String, Duration)>,
    minted: u64,
    requests: VecDeque<String>,
}

impl Default for State {
    fn default() -> Self {
        let values = [
            ("/latest/meta-data/instance-id", "i-bp1sim0000000000001a"),
            ("/latest/meta-data/region-id", "cn-hangzhou"),
            ("/latest/meta-data/zone-id", "cn-hangzhou-i"),
            ("/latest/meta-data/instance/instance-type", "ecs.g7.large"),
            ("/latest/meta-data/owner-account-id", "1234567890123456"),
            ("/latest/meta-data/private-ipv4", "172.16.0.10"),
        ];
        Self {
            role: None,
            access: Access::Any,
            health: Health::Well,
            values: values.map(|it| (it.0.to_owned(), it.1.to_owned())).into(),
            tokens: VecDeque::new(),
            minted: 0,
            requests: VecDeque::new(),
        }
    }
}
