//! Machines, and the scaling groups they may stand in, in no cloud's words.

use jiff::{SignedDuration, Timestamp};

use super::images::Build;
use super::rows::{Row, sooner};
use super::terms::{RECYCLE_BIN, Term, Turn, later};

/// Key and value, in the order they were set.
pub type Tags = Vec<(String, String)>;

/// Where a machine stands in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MachineState {
    /// Being made.
    Pending,
    /// On.
    Running,
    /// On its way from on to off.
    Stopping,
    /// Off, and kept.
    Stopped,
    /// On its way from off to on.
    Starting,
    /// On, and soon on again.
    Rebooting,
    /// In the recycle bin: its paid time is over, or somebody returned it.
    Recycled,
    /// Being destroyed.
    Terminating,
    /// Destroyed, and still shown (only AWS shows it, for an hour).
    Terminated,
    /// It could not be made.
    Failed,
    /// A word that no door translates: it is shown as it stands.
    Odd(String),
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// `i-…`, `ins-…`.
    pub id: String,
    /// The name people or the cloud gave it.
    pub name: String,
    /// Its type: `ecs.g7.large`, `S5.LARGE8`, `m6i.large`.
    pub kind: String,
    /// The zone inside the region.
    pub zone: String,
    /// The network; empty if it has none.
    pub vpc: String,
    /// The part of the network.
    pub subnet: String,
    /// Addresses inside.
    pub private_ips: Vec<String>,
    /// Addresses outside that are the machine's own; those of kept addresses are in `addresses`.
    pub public_ips: Vec<String>,
    /// Where it stands in its life.
    pub state: MachineState,
    /// Since when.
    pub since: Timestamp,
    /// What it turns into next.
    pub turn: Option<Turn<MachineState>>,
    /// How it is paid for.
    pub term: Term,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags.
    pub tags: Tags,
    /// The scaling group it stands in.
    pub group: Option<String>,
    /// The cluster it is a node of; kept by [`super::holdings::Holdings`].
    pub cluster: Option<String>,
    /// The image it was made from.
    pub image: String,
    /// Its disks, the system disk first; kept by [`super::holdings::Holdings`].
    pub disks: Vec<String>,
    /// What it needs to start.
    pub build: Build,
    /// The role it acts with; empty if it has none.
    pub role: String,
    /// Its security groups.
    pub security_groups: Vec<String>,
    /// Until when no answer shows it.
    pub shown_from: Option<Timestamp>,
    /// Whether it may not be destroyed.
    pub protected: bool,
    /// Whether lists leave it out, as a list does that is filtered by resource group or tag rights; asked for by
    /// its id it is shown.
    pub hidden: bool,
}

impl Machine {
    /// Returns a running machine that is paid by use.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>, created: Timestamp) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            kind: "general.large".to_owned(),
            zone: String::new(),
            vpc: "vpc-main".to_owned(),
            subnet: "subnet-main".to_owned(),
            private_ips: vec!["10.0.0.10".to_owned()],
            public_ips: Vec::new(),
            state: MachineState::Running,
            since: created,
            turn: None,
            term: Term::on_demand(),
            created,
            tags: Vec::new(),
            group: None,
            cluster: None,
            image: "img-base".to_owned(),
            disks: Vec::new(),
            build: Build::default(),
            role: String::new(),
            security_groups: Vec::new(),
            shown_from: None,
            protected: false,
            hidden: false,
        }
    }

    /// Sets its type.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    /// Puts it into `zone`.
    #[must_use]
    pub fn zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = zone.into();
        self
    }

    /// Puts it into network `vpc`.
    #[must_use]
    pub fn vpc(mut self, vpc: impl Into<String>) -> Self {
        self.vpc = vpc.into();
        self
    }

    /// Sets its only address inside.
    #[must_use]
    pub fn ip(mut self, ip: impl Into<String>) -> Self {
        self.private_ips = vec![ip.into()];
        self
    }

    /// Gives it an address outside.
    #[must_use]
    pub fn public_ip(mut self, ip: impl Into<String>) -> Self {
        self.public_ips.push(ip.into());
        self
    }

    /// Sets its state.
    #[must_use]
    pub fn state(mut self, state: MachineState) -> Self {
        self.state = state;
        self
    }

    /// Lets it be made until `at`, and run from then on.
    #[must_use]
    pub fn pending_until(mut self, at: Timestamp) -> Self {
        self.state = MachineState::Pending;
        self.turn = Turn::into(at, MachineState::Running);
        self
    }

    /// Sets its terms.
    #[must_use]
    pub fn term(mut self, term: Term) -> Self {
        self.term = term;
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    /// Puts it into scaling group `group`.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Sets the image it was made from.
    #[must_use]
    pub fn image(mut self, image: impl Into<String>) -> Self {
        self.image = image.into();
        self
    }

    /// Sets what it needs to start.
    #[must_use]
    pub fn build(mut self, build: Build) -> Self {
        self.build = build;
        self
    }

    /// Protects it against being destroyed.
    #[must_use]
    pub fn protected(mut self) -> Self {
        self.protected = true;
        self
    }

    /// Lets lists leave it out.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Returns the value of its tag `key`.
    #[must_use]
    pub fn tag_value(&self, key: &str) -> Option<&str> {
        let mut tags = self.tags.iter();
        tags.find(|it| it.0 == key).map(|it| it.1.as_str())
    }

    /// Returns whether it will be there no more.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        matches!(
            self.state,
            MachineState::Terminating | MachineState::Terminated
        )
    }

    /// Moves it to `state` at `now`, from where it does not move on by itself.
    pub fn turn_to(&mut self, state: MachineState, now: Timestamp) {
        (self.state, self.since, self.turn) = (state, now, None);
    }

    /// Moves it to `state` at `now`, and on to `then` after `takes`.
    pub fn turn_through(
        &mut self,
        state: MachineState,
        then: MachineState,
        now: Timestamp,
        takes: SignedDuration,
    ) {
        self.turn_to(state, now);
        self.turn = Turn::into(later(now, takes), then);
    }

    /// Returns when its paid time changes, unless it is over already.
    fn lapse(&self) -> Option<Timestamp> {
        let over = self.is_leaving() || self.state == MachineState::Recycled;
        self.term.due().filter(|_| !over)
    }
}

impl Row for Machine {
    fn id(&self) -> &str {
        &self.id
    }

    fn shown_from(&self) -> Option<Timestamp> {
        self.shown_from
    }

    fn due(&self) -> Option<Timestamp> {
        sooner(self.turn.as_ref().map(|it| it.at), self.lapse())
    }

    fn age(&mut self, now: Timestamp) -> bool {
        while let Some(at) = self.due().filter(|it| *it <= now) {
            if self.turn.as_ref().is_some_and(|it| it.at == at) {
                match self.turn.take().and_then(|it| it.into) {
                    Some(MachineState::Terminated) => {
                        self.turn_to(MachineState::Terminated, at);
                        self.turn = Turn::gone(later(at, SHOWN_AFTER_END));
                    }
                    Some(state) => self.turn_to(state, at),
                    None => return false,
                }
            } else if !self.term.renew() {
                self.turn_to(MachineState::Recycled, at);
                self.turn = Turn::gone(later(at, RECYCLE_BIN));
            }
        }
        true
    }
}

/// How long AWS shows a machine that is no more.
const SHOWN_AFTER_END: SignedDuration = SignedDuration::from_hours(1);

/// A group that makes and destroys machines by itself; its members say so themselves ([`Machine::group`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScalingGroup {
    /// `asg-…`; a name on AWS.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The network; empty if it has none.
    pub vpc: String,
    /// The least, the wanted and the most machines.
    pub sizes: (u32, u32, u32),
    /// The image it starts machines from, where it names one itself.
    pub image: Option<String>,
    /// The launch template it starts machines by.
    pub template: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags.
    pub tags: Tags,
}

impl ScalingGroup {
    /// Returns a group of up to ten machines.
    #[must_use]
    pub fn new(id: impl Into<String>, created: Timestamp) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            vpc: "vpc-main".to_owned(),
            sizes: (0, 0, 10),
            image: None,
            template: None,
            created,
            tags: Vec::new(),
        }
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }
}

impl Row for ScalingGroup {
    fn id(&self) -> &str {
        &self.id
    }
}
