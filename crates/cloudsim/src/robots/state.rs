//! What the robots remember: settings, windows, faults and records.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::{Clock, hex};
use http::Uri;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Notify, watch};
use url::{Url, form_urlencoded};

use super::fault::Faults;
use super::pace::Window;
use super::record::{MAX_RECORDS, Message, Refusal};

/// Whose protocol a robot speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// DingTalk custom robot.
    DingTalk,
    /// Feishu (Lark) custom bot.
    Feishu,
    /// WeCom group robot.
    WeCom,
    /// Slack incoming webhook.
    Slack,
    /// Generic webhook for CloudEvents.
    Webhook,
}

impl Kind {
    /// Returns the kind and the credential that `uri` names; `None` when it is no robot's address.
    pub(super) fn of(uri: &Uri) -> Option<(Self, String)> {
        let path = uri.path();
        let token = |prefix: &str| path.strip_prefix(prefix).map(str::to_owned);
        if path == "/robot/send" {
            return Some((
                Self::DingTalk,
                query_value(uri, "access_token").unwrap_or_default(),
            ));
        }
        if path == "/cgi-bin/webhook/send" {
            return Some((Self::WeCom, query_value(uri, "key").unwrap_or_default()));
        }
        let feishu = token("/open-apis/bot/v2/hook/");
        let feishu = feishu.map(|it| (Self::Feishu, it.trim_end_matches('/').to_owned()));
        let slack = || token("/services/").map(|it| (Self::Slack, it));
        let webhook = || token("/hook/").map(|it| (Self::Webhook, it));
        feishu.or_else(slack).or_else(webhook)
    }
}

/// Returns the first value of `key` in the query, decoded once, `+` as a space, as servers do.
pub(super) fn query_value(uri: &Uri, key: &str) -> Option<String> {
    let query = uri.query()?;
    form_urlencoded::parse(query.as_bytes())
        .find(|it| it.0 == key)
        .map(|it| it.1.into_owned())
}

/// What a robot demands of a sender; several demands add up.
#[derive(Clone, Default)]
pub struct Security {
    pub(super) secret: Option<String>,
    pub(super) keywords: Vec<String>,
    pub(super) allowed: Option<Vec<IpAddr>>,
}

impl Security {
    /// Demands nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Demands a signature made with `secret`.
    #[must_use]
    pub fn sign(secret: &str) -> Self {
        Self::none().and_sign(secret)
    }

    /// Demands that the visible text has `keyword`.
    #[must_use]
    pub fn keyword(keyword: &str) -> Self {
        Self::none().and_keyword(keyword)
    }

    /// Demands a signature made with `secret` as well.
    #[must_use]
    pub fn and_sign(mut self, secret: &str) -> Self {
        self.secret = Some(secret.to_owned());
        self
    }

    /// Adds a keyword; one of all the keywords is enough.
    #[must_use]
    pub fn and_keyword(mut self, keyword: &str) -> Self {
        self.keywords.push(keyword.to_owned());
        self
    }

    /// Lets only senders from `addresses` in.
    #[must_use]
    pub fn and_from(mut self, addresses: &[IpAddr]) -> Self {
        self.allowed = Some(addresses.to_vec());
        self
    }

    /// Returns whether `text` has one of the keywords, or none is demanded.
    pub(super) fn has_keyword(&self, text: &str) -> bool {
        self.keywords.is_empty() || self.keywords.iter().any(|it| text.contains(it.as_str()))
    }
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Security")
            .field("secret", &self.secret.as_ref().map(|_| "***"))
            .field("keywords", &self.keywords)
            .field("allowed", &self.allowed)
            .finish()
    }
}

/// Which generation of refusal texts a DingTalk robot uses; both are met in the field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wording {
    /// English: `sign not match, more: […]`.
    #[default]
    English,
    /// Chinese: `description:…;solution:…;link:…`.
    Described,
}

/// One instant on both hands of the clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// The wall, for signatures.
    pub(super) wall: jiff::Timestamp,
    /// Time since the clock was made, for windows: an operator who sets the wall opens no window.
    pub(super) elapsed: Duration,
}

/// One robot.
#[derive(Debug)]
pub(super) struct Robot {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) token: String,
    pub(super) security: Security,
    pub(super) wording: Wording,
    pub(super) window: Window,
    pub(super) muted_until: Option<Duration>,
    /// Digest of the body by idempotency key, for the generic webhook.
    pub(super) keys: BTreeMap<String, String>,
    pub(super) faults: Faults,
    pub(super) messages: VecDeque<Message>,
    pub(super) refusals: VecDeque<Refusal>,
    pub(super) calls: u64,
}

impl Robot {
    pub(super) fn keep(&mut self, message: Message) {
        push_bounded(&mut self.messages, message);
    }

    pub(super) fn keep_refusal(&mut self, refusal: Refusal) {
        push_bounded(&mut self.refusals, refusal);
    }
}

fn push_bounded<T>(records: &mut VecDeque<T>, record: T) {
    if records.len() == MAX_RECORDS {
        records.pop_front();
    }
    records.push_back(record);
}

/// What the door and the handle share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) closing: watch::Receiver<bool>,
    /// Wakes whoever waits for a request to have been taken.
    pub(super) taken: Notify,
    address: SocketAddr,
    robots: Mutex<BTreeMap<String, Robot>>,
}

impl Shared {
    pub(super) fn new(
        clock: Arc<dyn Clock>,
        address: SocketAddr,
        closing: watch::Receiver<bool>,
    ) -> Self {
        Self {
            clock,
            closing,
            taken: Notify::new(),
            address,
            robots: Mutex::new(BTreeMap::new()),
        }
    }

    pub(super) fn url(&self, path_and_query: &str) -> Url {
        let text = format!("http://{}/{path_and_query}", self.address);
        Url::parse(&text).expect("an address and an escaped path make a URL")
    }

    pub(super) fn moment(&self) -> Moment {
        Moment {
            wall: self.clock.now(),
            elapsed: self.clock.monotonic(),
        }
    }

    pub(super) fn add(&self, kind: Kind, name: &str, security: Security) -> Url {
        let token = token(kind, name);
        let url = self.address_of(kind, &token);
        let robot = Robot {
            kind,
            name: name.to_owned(),
            token,
            security,
            wording: Wording::default(),
            window: Window::default(),
            muted_until: None,
            keys: BTreeMap::new(),
            faults: Faults::default(),
            messages: VecDeque::new(),
            refusals: VecDeque::new(),
            calls: 0,
        };
        self.lock().insert(name.to_owned(), robot);
        url
    }

    pub(super) fn address_of(&self, kind: Kind, token: &str) -> Url {
        self.url(&match kind {
            Kind::DingTalk => format!("robot/send?access_token={token}"),
            Kind::Feishu => format!("open-apis/bot/v2/hook/{token}"),
            Kind::WeCom => format!("cgi-bin/webhook/send?key={token}"),
            Kind::Slack => format!("services/{token}"),
            Kind::Webhook => format!("hook/{token}"),
        })
    }

    /// Runs `act` on the robot called `name`, if there is one.
    pub(super) fn with<T>(&self, name: &str, act: impl FnOnce(&mut Robot) -> T) -> Option<T> {
        self.lock().get_mut(name).map(act)
    }

    /// Runs `act` on the robot of this kind with this credential, if there is one.
    pub(super) fn with_token<T>(
        &self,
        kind: Kind,
        token: &str,
        act: impl FnOnce(&mut Robot) -> T,
    ) -> Option<T> {
        self.lock()
            .values_mut()
            .find(|it| it.kind == kind && it.token == token)
            .map(act)
    }

    /// Returns name, kind and address of every robot, by name.
    pub(super) fn roll(&self) -> Vec<(String, Kind, Url)> {
        let robots = self.lock();
        let one = |it: &Robot| {
            (
                it.name.clone(),
                it.kind,
                self.address_of(it.kind, &it.token),
            )
        };
        robots.values().map(one).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Robot>> {
        self.robots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the credential of a robot, shaped as the vendor's and the same in every run.
fn token(kind: Kind, name: &str) -> String {
    let digest = hex::encode(&Sha256::digest(format!("{kind:?}/{name}")));
    match kind {
        Kind::DingTalk => digest,
        Kind::Feishu | Kind::WeCom => format!(
            "{}-{}-{}-{}-{}",
            &digest[..8],
            &digest[8..12],
            &digest[12..16],
            &digest[16..20],
            &digest[20..32]
        ),
        Kind::Slack => {
            let upper = digest.to_uppercase();
            format!("T{}/B{}/{}", &upper[..9], &upper[9..18], &digest[18..42])
        }
        Kind::Webhook => form_urlencoded::byte_serialize(name.as_bytes()).collect(),
    }
}
