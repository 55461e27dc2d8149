//! A small world for the tests of this room: it is looked at, plans are made of it and done to it, a
//! day after the other.

use std::collections::{BTreeMap, BTreeSet};

use cloud::{AccountSight, Census, Kept, Keyring, RegionSight, SecondLook, Sighting, Why};
use duty::{Plan, Step};
use jiff::{SignedDuration, Timestamp};
use model::{
    AccountId, Charge, CloudId, CopyNote, CopyState, CopyTier, Disk, DiskRole, DiskState, Expiry,
    Identity, Image, ImageUse, KeyState, Machine, MachineState, Protection, RegionId, ResourceId,
    SET_TAG, Snapshot, Tags,
};
use testkit::{seen, unseen};

use crate::settings::{BackupSettings, Settings};

/// Four in the morning in China, on a Saturday.
pub(crate) const NOW: &str = "2026-11-20T20:00:00Z";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn now() -> Timestamp {
    at(NOW)
}

pub(crate) fn days(many: i64) -> SignedDuration {
    SignedDuration::from_hours(many * 24)
}

pub(crate) fn settings(defaults: BackupSettings) -> Settings {
    Settings {
        defaults,
        ..Settings::default()
    }
}

/// A list that cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Blind {
    Identity,
    Machines,
    Disks,
    Snapshots,
    Images,
    Uses,
    Protections,
    Notes,
    Keys,
    ById,
    /// Nothing was asked once more.
    Unasked,
}

/// What there is in one region of one account.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) machines: Vec<Machine>,
    pub(crate) disks: Vec<Disk>,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) images: Vec<Image>,
    pub(crate) uses: Vec<ImageUse>,
    pub(crate) protections: Vec<Protection>,
    pub(crate) notes: Vec<CopyNote>,
    pub(crate) keys: BTreeMap<ResourceId, KeyState>,
    /// The keys that disks stand under, which their snapshots inherit.
    pub(crate) disk_keys: BTreeMap<ResourceId, ResourceId>,
    pub(crate) blind: BTreeSet<Blind>,
    /// Machines that exist and that the list does not show.
    pub(crate) hidden: Vec<Machine>,
    made: usize,
}

impl World {
    /// Puts a running, tagged machine there with so many disks; the first one is its root.
    pub(crate) fn machine(&mut self, id: &str, name: &str, disks: usize) -> &mut Machine {
        let machine = Machine {
            id: ResourceId::new(id),
            name: name.into(),
            machine_type: "m6i.large".into(),
            zone: "cn-north-1a".into(),
            network: None,
            state: MachineState::Running,
            charge: Charge::OnDemand,
            created: Some(now() - days(100)),
            expiry: Expiry::Never,
            renewal: None,
            private_ips: Vec::new(),
            public_ips: Vec::new(),
            image: None,
            root_disk: Some(disk_id(id, 0)),
            protected: false,
            tags: Tags::from([("AutoSnapshot".to_owned(), "true".to_owned())]),
            ties: Vec::new(),
        };
        self.machines.push(machine);
        for number in 0..disks {
            self.disks.push(Disk {
                id: disk_id(id, number),
                name: String::new(),
                zone: "cn-north-1a".into(),
                category: "gp3".into(),
                size_gib: 10 * (number as u64 + 1),
                role: DiskRole::Unknown,
                device: format!("/dev/sd{}", (b'a' + number as u8) as char),
                state: DiskState::Attached(vec![ResourceId::new(id)]),
                charge: Charge::OnDemand,
                created: Some(now() - days(100)),
                detached: None,
                expiry: Expiry::Never,
                tags: Tags::new(),
            });
        }
        self.machines.last_mut().unwrap()
    }

    /// Takes a machine and its disks away.
    pub(crate) fn terminate(&mut self, id: &str) {
        self.machines.retain(|it| it.id.as_str() != id);
        let on = |it: &Disk| it.state == DiskState::Attached(vec![ResourceId::new(id)]);
        self.disks.retain(|it| !on(it));
    }

    pub(crate) fn snapshot(&mut self, disk: &ResourceId, gib: u64, at: Timestamp) -> &mut Snapshot {
        self.made += 1;
        self.snapshots.push(Snapshot {
            id: ResourceId::new(format!("snap-{:04}", self.made)),
            name: String::new(),
            disk: Some(disk.clone()),
            size_gib: gib,
            state: CopyState::Ready,
            instant: false,
            tier: CopyTier::Standard,
            encrypted: None,
            key: None,
            created: Some(at),
            held_by: None,
            tags: Tags::new(),
        });
        self.snapshots.last_mut().unwrap()
    }

    /// Makes a whole set of a machine by hand, as a run at `at` would have.
    pub(crate) fn set(&mut self, machine: &str, at: Timestamp) {
        let row = self.machines.iter().find(|it| it.id.as_str() == machine);
        let mut only = Self {
            machines: row.cloned().into_iter().collect(),
            disks: self.disks.clone(),
            disk_keys: self.disk_keys.clone(),
            made: self.made,
            ..Self::default()
        };
        let settings = settings(BackupSettings {
            image: crate::ImageRhythm::Off,
            ..BackupSettings::default()
        });
        let plan = crate::plan(&only.census(at), &settings, at);
        only.apply(&plan, at, |_| true);
        self.made = only.made;
        self.snapshots.append(&mut only.snapshots);
    }

    /// Puts a snapshot, its disk, and what is copied of that from now on, under a key.
    pub(crate) fn encrypt(&mut self, place: usize, key: &str) {
        let snapshot = &mut self.snapshots[place];
        let key = ResourceId::new(key);
        snapshot.key = Some(key.clone());
        self.disk_keys
            .extend(snapshot.disk.clone().map(|it| (it, key)));
    }

    /// Returns whether what is in a snapshot can be read.
    pub(crate) fn is_readable(&self, snapshot: &Snapshot) -> bool {
        let state = snapshot.key.as_ref().and_then(|it| self.keys.get(it));
        !state.is_some_and(KeyState::bars)
    }

    /// Looks at the world.
    pub(crate) fn census(&self, now: Timestamp) -> Census {
        census(&[("data", self)], now)
    }

    fn look<T>(&self, blind: Blind, value: T) -> Sighting<T> {
        match self.blind.contains(&blind) {
            true => unseen(Why::Throttled),
            false => seen(value),
        }
    }

    /// Looks at the keys that snapshots stand under.
    fn keyring(&self) -> Keyring {
        let used = self.snapshots.iter().filter_map(|it| it.key.as_ref());
        let state = |key| self.keys.get(key).cloned().unwrap_or(KeyState::Usable);
        used.map(|key| (key.clone(), self.look(Blind::Keys, state(key))))
            .collect()
    }

    fn sight(&self) -> RegionSight {
        let sources = self.look(Blind::ById, self.hidden.clone());
        RegionSight {
            machines: Some(self.look(Blind::Machines, keep(&self.machines, |it| &it.id))),
            disks: Some(self.look(Blind::Disks, keep(&self.disks, |it| &it.id))),
            snapshots: Some(self.look(Blind::Snapshots, keep(&self.snapshots, |it| &it.id))),
            images: Some(self.look(Blind::Images, keep(&self.images, |it| &it.id))),
            image_uses: Some(self.look(Blind::Uses, self.uses.clone())),
            protections: Some(self.look(Blind::Protections, self.protections.clone())),
            copy_notes: Some(self.look(Blind::Notes, self.notes.clone())),
            crypt_keys: (!self.blind.contains(&Blind::Snapshots)).then(|| self.keyring()),
            second: (!self.blind.contains(&Blind::Unasked)).then(|| SecondLook {
                sources: Some(sources),
                ..SecondLook::default()
            }),
            ..RegionSight::default()
        }
    }

    /// Does a plan; a step that `succeeds` does not take fails, and with it what waits for it.
    /// Returns the places of the steps that were done.
    pub(crate) fn apply(
        &mut self,
        plan: &Plan,
        at: Timestamp,
        mut succeeds: impl FnMut(&Step) -> bool,
    ) -> BTreeSet<usize> {
        let mut done = BTreeSet::new();
        for (place, planned) in plan.steps.iter().enumerate() {
            let may = planned.after.iter().all(|it| done.contains(it));
            if may && succeeds(&planned.step) {
                self.run(&planned.step, at);
                done.insert(place);
            }
        }
        done
    }

    /// Does one step.
    pub(crate) fn run(&mut self, step: &Step, at: Timestamp) {
        match step {
            Step::CreateSet {
                disks,
                tags,
                root_tags,
                name,
                ..
            } => {
                for part in disks {
                    let row = self.disks.iter().find(|it| it.id == part.disk);
                    let gib = row.unwrap().size_gib;
                    let key = self.disk_keys.get(&part.disk).cloned();
                    let snapshot =
                        self.snapshot(&part.disk, gib, at + SignedDuration::from_secs(3));
                    snapshot.key = key;
                    snapshot.name.clone_from(name);
                    snapshot.tags.clone_from(tags);
                    if part.root {
                        snapshot.tags.extend(root_tags.clone());
                    }
                }
            }
            Step::MakeImage {
                machine,
                set,
                disks,
                name,
                tags,
                ..
            } => {
                assert!(self.images.iter().all(|it| it.name != *name), "{name}");
                let set = set.to_string();
                let of_set = |it: &&Snapshot| {
                    it.tags.get(SET_TAG) == Some(&set)
                        && it.state == CopyState::Ready
                        && it.disk.as_ref().is_some_and(|it| disks.contains(it))
                };
                let snapshots = self.snapshots.iter().filter(of_set);
                // One of each disk, though it may have taken several attempts.
                let snapshots = snapshots.map(|it| (&it.disk, &it.id));
                let snapshots: BTreeMap<_, _> = snapshots.collect();
                let snapshots: Vec<ResourceId> = snapshots.into_values().cloned().collect();
                assert_eq!(snapshots.len(), disks.len());
                self.made += 1;
                let id = format!("ami-{:04}", self.made);
                let image = self.image(&id, snapshots, at);
                image.name.clone_from(name);
                image.tags.clone_from(tags);
                image.machine = Some(machine.clone());
            }
            Step::DeleteSnapshot { snapshot, .. } => {
                let holder = self
                    .images
                    .iter()
                    .find(|it| it.snapshots.contains(snapshot));
                assert!(holder.is_none(), "{snapshot} is in use by {holder:?}");
                self.snapshots.retain(|it| it.id != *snapshot);
            }
            Step::DeleteImage {
                image, snapshots, ..
            } => {
                self.images.retain(|it| it.id != *image);
                self.snapshots.retain(|it| !snapshots.contains(&it.id));
            }
            Step::PutTags { ids, tags, .. } => {
                let snapshots = self.snapshots.iter_mut();
                for snapshot in snapshots.filter(|it| ids.contains(&it.id)) {
                    snapshot.tags.extend(tags.clone());
                }
                for image in self.images.iter_mut().filter(|it| ids.contains(&it.id)) {
                    image.tags.extend(tags.clone());
                }
            }
            other => panic!("nobody plans {other:?} here"),
        }
    }

    pub(crate) fn image(&mut self, id: &str, of: Vec<ResourceId>, at: Timestamp) -> &mut Image {
        self.images.push(Image {
            id: ResourceId::new(id),
            name: id.to_owned(),
            snapshots: of,
            machine: None,
            state: CopyState::Ready,
            created: Some(at),
            size_gib: None,
            shared: false,
            disabled: false,
            held_by: None,
            tags: Tags::new(),
        });
        self.images.last_mut().unwrap()
    }

    /// Returns the days of the whole sets of a machine that can be restored, the oldest first.
    pub(crate) fn days_of(&self, machine: &str) -> Vec<String> {
        let mut sets: BTreeMap<&str, (BTreeSet<&ResourceId>, usize)> = BTreeMap::new();
        for snapshot in &self.snapshots {
            let set = snapshot.tags.get(SET_TAG).map_or("", String::as_str);
            if let Some((owner, period)) = set.split_once('/')
                && owner == machine
            {
                let wanted = snapshot.tags.get("skywarden:disks");
                let set = sets.entry(period).or_default();
                if snapshot.state == CopyState::Ready && self.is_readable(snapshot) {
                    set.0.insert(snapshot.disk.as_ref().unwrap_or(&snapshot.id));
                }
                set.1 = wanted.map_or(1, |it| it.parse().unwrap());
            }
        }
        let whole = sets
            .into_iter()
            .filter(|(_, (there, wanted))| there.len() >= *wanted);
        whole.map(|(period, _)| period[4..8].to_owned()).collect()
    }
}

pub(crate) fn disk_id(machine: &str, number: usize) -> ResourceId {
    ResourceId::new(format!("vol-{machine}-{number}"))
}

fn keep<T: Clone>(rows: &[T], id: impl Fn(&T) -> &ResourceId) -> Kept<T> {
    let mut kept = Kept::default();
    for row in rows {
        kept.take(id(row), Some(row.clone()));
    }
    kept
}

/// Looks at several worlds: each by `account` or `account@region`.
pub(crate) fn census(worlds: &[(&str, &World)], now: Timestamp) -> Census {
    let mut census = Census {
        taken: now,
        accounts: BTreeMap::new(),
        endpoints: BTreeMap::new(),
    };
    for (place, world) in worlds {
        let (account, region) = place.split_once('@').unwrap_or((place, "cn-north-1"));
        let identity = Identity {
            account: format!("1000-{account}"),
            principal: String::new(),
            sort: "Account".into(),
        };
        let identity = world.look(Blind::Identity, identity);
        let sight = census
            .accounts
            .entry(AccountId::new(account))
            .or_insert_with(|| AccountSight::unasked(CloudId::new("aws"), identity, ""));
        sight.estate.insert(RegionId::new(region), world.sight());
    }
    census
}

/// Returns a plan, a line a step, and a line for each thing that is undecided or noted.
pub(crate) fn shown(plan: &Plan) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for (place, planned) in plan.steps.iter().enumerate() {
        let step = &planned.step;
        let about = match step {
            Step::CreateSet { set, disks, .. } => format!("{set} {} disks", disks.len()),
            Step::MakeImage {
                set, name, disks, ..
            } => {
                format!("{name:?} of {set} {} disks", disks.len())
            }
            Step::CopySet { set, to, other, .. } => match other {
                Some(other) => format!("{set} to {}/{to}", other.account),
                None => format!("{set} to {to}"),
            },
            Step::DeleteSnapshot { snapshot, set } => format!("{snapshot} of {set}"),
            Step::DeleteImage {
                image, snapshots, ..
            } => {
                let with = snapshots.iter().map(ResourceId::as_str);
                format!("{image} with [{}]", with.collect::<Vec<_>>().join(","))
            }
            Step::PutTags { ids, tags, .. } => {
                let ids: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
                format!("{} {tags:?}", ids.join(","))
            }
            other => other.subject(),
        };
        let after = match planned.after.as_slice() {
            [] => String::new(),
            after => format!(" after {after:?}"),
        };
        let (sign, word, reason) = (step.sign(), step.word(), &planned.reason.word);
        _ = writeln!(text, "{place} {sign} {word} {about}{after} ({reason})");
    }
    for undecided in &plan.undecided {
        let (thing, reason) = (&undecided.resource, &undecided.reason.word);
        _ = writeln!(text, "? {}/{thing} {reason}", undecided.region);
    }
    for note in &plan.notes {
        _ = writeln!(text, "! {} {:?}", note.word, note.facts);
    }
    text
}
