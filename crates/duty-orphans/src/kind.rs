//! What the orphan duty can find.

use cloud::Part;
use model::Kind;

/// What a finding is about; its word is part of a finding's identity and of the JSON output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OrphanKind {
    /// A machine that belonged to a cluster.
    Machine,
    /// A disk on no machine.
    Disk,
    /// A kept address at nothing.
    Address,
    /// A load balancer with nothing behind it.
    LoadBalancer,
    /// A snapshot whose disk is gone.
    Snapshot,
    /// An image whose machine is gone.
    Image,
}

impl OrphanKind {
    /// All of them, in the order reports show them.
    pub const ALL: [Self; 6] = [
        Self::Machine,
        Self::Disk,
        Self::Address,
        Self::LoadBalancer,
        Self::Snapshot,
        Self::Image,
    ];

    /// Returns its stable word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Disk => "disk",
            Self::Address => "address",
            Self::LoadBalancer => "load_balancer",
            Self::Snapshot => "snapshot",
            Self::Image => "image",
        }
    }

    /// Returns the kind a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }

    /// Returns the parts of the estate it has to be judged by.
    pub(crate) fn parts(self) -> &'static [Part] {
        match self {
            Self::Machine => &[Part::Machines],
            Self::Disk => &[Part::Disks],
            Self::Address => &[Part::Addresses],
            Self::LoadBalancer => &[Part::LoadBalancers],
            Self::Snapshot => &[Part::Disks, Part::Snapshots],
            Self::Image => &[Part::Machines, Part::Images],
        }
    }

    /// Returns the lists that must be seen before a thing that is no longer in them is gone.
    pub(crate) fn lists(self) -> &'static [&'static str] {
        match self {
            Self::Machine => &[Kind::CLUSTER, Kind::INSTANCE],
            Self::Disk => &[Kind::DISK],
            Self::Address => &[Kind::ADDRESS],
            Self::LoadBalancer => &[Kind::LOAD_BALANCER],
            Self::Snapshot => &[Kind::DISK, Kind::SNAPSHOT],
            Self::Image => &[Kind::INSTANCE, Kind::IMAGE],
        }
    }
}
