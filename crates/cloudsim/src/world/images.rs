//! Images of machines, what a machine needs to start, and who starts machines from which image, in no cloud's words.

use jiff::Timestamp;

use super::copies::{CopyState, end_of, percent};
use super::machines::Tags;
use super::rows::{Row, sooner};

/// What a machine needs to start; an image made of its snapshots needs the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// `x86_64`, `arm64`, `i386`.
    pub architecture: String,
    /// `uefi`, `legacy-bios`, `uefi-preferred`; empty when nothing was said.
    pub boot_mode: String,
    /// The device it starts from.
    pub root_device: String,
    /// `hvm`, `paravirtual`.
    pub virtualization: String,
    /// Whether its network needs ENA.
    pub ena: bool,
    /// `simple` when it may use SR-IOV; empty otherwise.
    pub sriov: String,
    /// `v2.0`; empty when it has none.
    pub tpm: String,
    /// `v2.0` when it must be asked for its metadata with a token; empty otherwise.
    pub imds: String,
    /// What it is billed as: `Linux/UNIX`, `Red Hat Enterprise Linux`, `Windows`.
    pub platform_details: String,
}

impl Default for Build {
    /// Returns what a machine of today needs.
    fn default() -> Self {
        Self {
            architecture: "x86_64".to_owned(),
            boot_mode: String::new(),
            root_device: "/dev/xvda".to_owned(),
            virtualization: "hvm".to_owned(),
            ena: true,
            sriov: String::new(),
            tpm: String::new(),
            imds: String::new(),
            platform_details: "Linux/UNIX".to_owned(),
        }
    }
}

/// A disk that a machine made from an image has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its name on the machine: `/dev/sda1`.
    pub name: String,
    /// The snapshot it is made of; an empty one when `None`.
    pub snapshot: Option<String>,
    /// Its size; that of the snapshot when `None`.
    pub size_gib: Option<u64>,
    /// Its category; the cloud's default when empty.
    pub category: String,
    /// Whether it goes when the machine goes.
    pub with_machine: bool,
    /// Whether it is encrypted.
    pub encrypted: bool,
}

impl Device {
    /// Returns a disk made of `snapshot`, going with its machine.
    #[must_use]
    pub fn new(name: impl Into<String>, snapshot: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            snapshot: Some(snapshot.into()),
            size_gib: None,
            category: String::new(),
            with_machine: true,
            encrypted: false,
        }
    }
}

/// A launch template: machines are started by it, from the image it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// `lt-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The image each of its versions names, from version 1.
    pub images: Vec<String>,
    /// The version that counts when none is named, from 1.
    pub default_version: usize,
    /// When it was made.
    pub created: Timestamp,
}

impl Template {
    /// Returns a template of one version.
    #[must_use]
    pub fn new(id: impl Into<String>, image: impl Into<String>, created: Timestamp) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            images: vec![image.into()],
            default_version: 1,
            created,
        }
    }
}

impl Row for Template {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A machine image of the account's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// `m-…`, `img-…`, `ami-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The snapshots it stands on, the system disk's first.
    pub snapshots: Vec<String>,
    /// The machine it was made of; that may be gone.
    pub machine: Option<String>,
    /// Where it stands.
    pub state: CopyState,
    /// When it was begun.
    pub created: Timestamp,
    /// When it is whole, while it is not.
    pub ready_at: Option<Timestamp>,
    /// Words of whoever made it.
    pub description: String,
    /// What a machine made from it needs to start.
    pub build: Build,
    /// The disks a machine made from it has; the snapshots of these are in `snapshots`.
    pub devices: Vec<Device>,
    /// Whether it is hidden from those who start machines, and still holds its snapshots.
    pub disabled: bool,
    /// Whether it is protected against being taken away.
    pub protected: bool,
    /// Whether a copy is being made of it.
    pub copying: bool,
    /// Whether it goes wrong instead of becoming whole.
    pub fails: bool,
    /// Until when no answer shows it.
    pub shown_from: Option<Timestamp>,
    /// When the cloud deletes it by itself.
    pub ends: Option<Timestamp>,
    /// Its size.
    pub size_gib: u64,
    /// Whether everybody may use it.
    pub public: bool,
    /// Accounts it is shared with.
    pub shared_with: Vec<String>,
    /// Its tags.
    pub tags: Tags,
}

impl Image {
    /// Returns a whole image that stands on `snapshots`.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        snapshots: &[&str],
        created: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            snapshots: snapshots.iter().map(|it| (*it).to_owned()).collect(),
            machine: None,
            state: CopyState::Ready,
            created,
            ready_at: None,
            description: String::new(),
            build: Build::default(),
            devices: Vec::new(),
            disabled: false,
            protected: false,
            copying: false,
            fails: false,
            shown_from: None,
            ends: None,
            size_gib: 40,
            public: false,
            shared_with: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// Lets it be whole at `at`.
    #[must_use]
    pub fn ready_at(mut self, at: Timestamp) -> Self {
        (self.state, self.ready_at) = (CopyState::Pending, Some(at));
        self
    }

    /// Makes it an image of `machine`.
    #[must_use]
    pub fn of(mut self, machine: impl Into<String>) -> Self {
        self.machine = Some(machine.into());
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }

    /// Returns how much of it is there at `now`, in percent.
    #[must_use]
    pub fn percent(&self, now: Timestamp) -> u8 {
        percent(&self.state, self.created, self.ready_at, now)
    }
}

impl Row for Image {
    fn id(&self) -> &str {
        &self.id
    }

    fn due(&self) -> Option<Timestamp> {
        sooner(self.ready_at, self.ends)
    }

    fn shown_from(&self) -> Option<Timestamp> {
        self.shown_from
    }

    fn age(&mut self, now: Timestamp) -> bool {
        if self.ready_at.is_some_and(|it| it <= now) {
            (self.state, self.ready_at) = (end_of(self.fails), None);
        }
        self.ends.is_none_or(|it| it > now)
    }
}
