//! Kept addresses and load balancers, in no cloud's words.

use jiff::Timestamp;

use super::machines::Tags;
use super::rows::{Row, sooner};
use super::terms::{RECYCLE_BIN, Term, Turn, later};

/// Where a kept address stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressState {
    /// At something.
    Bound,
    /// At nothing.
    Unbound,
    /// On its way to something.
    Binding,
    /// On its way from something.
    Unbinding,
    /// A word that no door translates: it is shown as it stands.
    Odd(String),
}

/// What an address is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A machine.
    Machine,
    /// A network interface.
    Interface,
    /// A gateway.
    Gateway,
    /// A load balancer.
    Balancer,
}

/// A public address that is kept whether something uses it or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `eip-…`, `eipalloc-…`.
    pub id: String,
    /// The address.
    pub ip: String,
    /// Its name; may be empty.
    pub name: String,
    /// Where it stands.
    pub state: AddressState,
    /// What it turns into next.
    pub turn: Option<Turn<AddressState>>,
    /// What it is at.
    pub holder: Option<(Holder, String)>,
    /// The address inside that it stands for; empty if it is at nothing.
    pub private_ip: String,
    /// How it is paid for.
    pub term: Term,
    /// Its speed, in Mbit/s.
    pub bandwidth: u32,
    /// When it was allocated.
    pub created: Timestamp,
    /// Whether its paid time is over, or it was not paid for.
    pub isolated: bool,
    /// Its tags.
    pub tags: Tags,
}

impl Address {
    /// Returns an address that is at nothing and is paid by use.
    #[must_use]
    pub fn new(id: impl Into<String>, ip: impl Into<String>, created: Timestamp) -> Self {
        Self {
            id: id.into(),
            ip: ip.into(),
            name: String::new(),
            state: AddressState::Unbound,
            turn: None,
            holder: None,
            private_ip: String::new(),
            term: Term::on_demand(),
            bandwidth: 5,
            created,
            isolated: false,
            tags: Vec::new(),
        }
    }

    /// Puts it at `id`, which is a `holder`.
    #[must_use]
    pub fn at(mut self, holder: Holder, id: impl Into<String>) -> Self {
        self.state = AddressState::Bound;
        self.holder = Some((holder, id.into()));
        self
    }

    /// Sets its name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets its terms.
    #[must_use]
    pub fn term(mut self, term: Term) -> Self {
        self.term = term;
        self
    }

    /// Returns whether it is at machine `id`.
    #[must_use]
    pub fn is_at_machine(&self, id: &str) -> bool {
        self.holder
            .as_ref()
            .is_some_and(|it| it.0 == Holder::Machine && it.1 == id)
    }
}

impl Row for Address {
    fn id(&self) -> &str {
        &self.id
    }

    fn due(&self) -> Option<Timestamp> {
        let lapse = self.term.due().filter(|_| !self.isolated);
        sooner(self.turn.as_ref().map(|it| it.at), lapse)
    }

    fn age(&mut self, now: Timestamp) -> bool {
        while let Some(at) = self.due().filter(|it| *it <= now) {
            if self.turn.as_ref().is_some_and(|it| it.at == at) {
                match self.turn.take().and_then(|it| it.into) {
                    Some(state) => self.state = state,
                    None => return false,
                }
            } else if !self.term.renew() {
                self.isolated = true;
                self.turn = Turn::gone(later(at, RECYCLE_BIN));
            }
        }
        true
    }
}

/// What sort of load balancer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BalancerSort {
    /// The old one: SLB, CLB, ELB classic.
    Classic,
    /// For HTTP: ALB.
    Application,
    /// For TCP and UDP: NLB.
    Network,
}

/// Something behind a load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// A machine's id, or an address.
    pub id: String,
    /// The port it listens on.
    pub port: u16,
    /// Its share of the requests.
    pub weight: u32,
}

impl Backend {
    /// Returns a backend on port 80.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            port: 80,
            weight: 100,
        }
    }
}

/// One load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balancer {
    /// `lb-…`; the last part of the ARN on AWS.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What sort it is.
    pub sort: BalancerSort,
    /// The network.
    pub vpc: String,
    /// Where it answers.
    pub ip: String,
    /// Whether it answers to the outside.
    pub public: bool,
    /// Whether it works; the others are made, or cut off.
    pub active: bool,
    /// What stands behind it.
    pub backends: Vec<Backend>,
    /// How it is paid for.
    pub term: Term,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags.
    pub tags: Tags,
}

impl Balancer {
    /// Returns a public balancer of the old sort without backends, paid by use.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>, created: Timestamp) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            sort: BalancerSort::Classic,
            vpc: "vpc-main".to_owned(),
            ip: "203.0.113.80".to_owned(),
            public: true,
            active: true,
            backends: Vec::new(),
            term: Term::on_demand(),
            created,
            tags: Vec::new(),
        }
    }

    /// Sets what sort it is.
    #[must_use]
    pub fn sort(mut self, sort: BalancerSort) -> Self {
        self.sort = sort;
        self
    }

    /// Puts `backend` behind it.
    #[must_use]
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backends.push(backend);
        self
    }

    /// Sets its terms.
    #[must_use]
    pub fn term(mut self, term: Term) -> Self {
        self.term = term;
        self
    }
}

impl Row for Balancer {
    fn id(&self) -> &str {
        &self.id
    }

    fn due(&self) -> Option<Timestamp> {
        self.term.due().filter(|_| self.active)
    }

    fn age(&mut self, now: Timestamp) -> bool {
        while self.due().is_some_and(|it| it <= now) {
            if !self.term.renew() {
                self.active = false;
            }
        }
        true
    }
}
