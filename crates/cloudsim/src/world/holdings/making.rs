//! Disks and machines as somebody asks a cloud for them; ids, client tokens, and the note of what was done.

use jiff::{SignedDuration, Timestamp};

use super::Holdings;
use crate::world::account::Uid;
use crate::world::changes::Hindrance;
use crate::world::cloud::Cloud;
use crate::world::copies::{CopyState, Tier};
use crate::world::deeds::{Act, Deed, Sort};
use crate::world::images::Build;
use crate::world::machines::{Machine, MachineState, Tags};
use crate::world::network::Address;
use crate::world::storage::{Disk, DiskState};
use crate::world::terms::{Turn, later};
use crate::world::traffic::scramble;

/// A disk that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DiskOrder {
    /// The snapshot it is made of.
    pub snapshot: Option<String>,
    /// Its size; that of the snapshot when `None`.
    pub size_gib: Option<u64>,
    /// In which zone.
    pub zone: String,
    /// Its category; `ssd` when empty.
    pub category: String,
    /// Its name; may be empty.
    pub name: String,
    /// Whether it is encrypted although the snapshot is not.
    pub encrypted: bool,
    /// Its key; that of the snapshot when `None`.
    pub key: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// A machine that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunOrder {
    /// The image it starts from.
    pub image: String,
    /// Its type.
    pub kind: String,
    /// In which zone.
    pub zone: String,
    /// In which network.
    pub vpc: String,
    /// In which part of the network.
    pub subnet: String,
    /// Its security groups.
    pub security_groups: Vec<String>,
    /// The role it acts with; may be empty.
    pub role: String,
    /// Its name; may be empty.
    pub name: String,
    /// Its tags.
    pub tags: Tags,
    /// Tags of its disks.
    pub disk_tags: Tags,
}

/// A client token, and what it was sent with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The action.
    pub action: String,
    /// The token.
    pub value: String,
    /// Every other parameter, in one order: the same token with others is refused.
    pub says: String,
}

/// What a client token has made.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    says: String,
    answer: Vec<String>,
    until: Timestamp,
}

/// Makes ids that nothing else of the world has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Made {
    seed: u64,
    count: u64,
}

impl Made {
    pub(super) fn at(uid: u64, region: &str) -> Self {
        let seed = region
            .bytes()
            .fold(scramble(uid), |seed, byte| scramble(seed ^ u64::from(byte)));
        Self { seed, count: 0 }
    }

    fn next(&mut self) -> u128 {
        self.count += 1;
        let low = scramble(self.seed.wrapping_add(self.count));
        u128::from(scramble(low ^ self.seed)) << 64 | u128::from(low)
    }
}

impl Holdings {
    /// Does `make` once for each client token: a token that is remembered gives the ids it made then.
    ///
    /// # Errors
    ///
    /// What `make` met, which is not remembered; [`Hindrance::TokenMismatch`] when the token was sent with other
    /// parameters before.
    pub fn once(
        &mut self,
        token: Option<Token>,
        now: Timestamp,
        make: impl FnOnce(&mut Self) -> Result<Vec<String>, Hindrance>,
    ) -> Result<Vec<String>, Hindrance> {
        if let Some(answer) = self.remembered(token.as_ref(), now)? {
            return Ok(answer);
        }
        let answer = make(self)?;
        self.remember(token, answer.clone(), now);
        Ok(answer)
    }

    /// Returns what a client token has made, if it has.
    ///
    /// # Errors
    ///
    /// [`Hindrance::TokenMismatch`] when it was sent with other parameters before.
    pub fn remembered(
        &mut self,
        token: Option<&Token>,
        now: Timestamp,
    ) -> Result<Option<Vec<String>>, Hindrance> {
        self.tokens.retain(|_, it| it.until > now);
        let Some(token) = token else {
            return Ok(None);
        };
        let key = (token.action.clone(), token.value.clone());
        match self.tokens.get(&key) {
            Some(known) if known.says != token.says => Err(Hindrance::TokenMismatch),
            known => Ok(known.map(|it| it.answer.clone())),
        }
    }

    /// Remembers what a client token has made.
    pub fn remember(&mut self, token: Option<Token>, answer: Vec<String>, now: Timestamp) {
        if let Some(token) = token {
            let remembered = Remembered {
                says: token.says,
                answer,
                until: later(now, self.rules.tokens_kept),
            };
            self.tokens.insert((token.action, token.value), remembered);
        }
    }

    /// Allocates an address that is at nothing.
    pub fn allocate_address(&mut self, name: &str, now: Timestamp) -> String {
        let id = self.fresh_id(Sort::Address);
        self.note_deed(Act::Created, Sort::Address, &id, "", &[], now);
        let ip = format!("192.0.2.{}", self.addresses.len() % 250 + 1);
        let address = Address::new(&id, ip, now);
        self.addresses.put(address.name(name));
        id
    }

    /// Begins a disk that is on no machine.
    ///
    /// # Errors
    ///
    /// When the snapshot is missing, neither whole nor instant, in the archive or its key cannot be used, or
    /// neither size nor snapshot is said.
    pub fn begin_disk(&mut self, order: DiskOrder, now: Timestamp) -> Result<String, Hindrance> {
        let mut size = order.size_gib;
        let (mut encrypted, mut key) = (order.encrypted, order.key);
        if let Some(id) = &order.snapshot {
            let snapshot = self.snapshots.get(id);
            let snapshot = snapshot.ok_or_else(|| Hindrance::NotFound(id.clone()))?;
            let instant = snapshot.instant && snapshot.state == CopyState::Pending;
            if snapshot.state != CopyState::Ready && !instant {
                return Err(Hindrance::NotReady(id.clone()));
            }
            if snapshot.tier == Tier::Archive {
                return Err(Hindrance::Archived);
            }
            self.usable(snapshot.key.as_deref())?;
            size = size.or(Some(snapshot.size_gib));
            encrypted |= snapshot.encrypted;
            key = key.or_else(|| snapshot.key.clone());
        }
        self.usable(key.as_deref())?;
        let size = size.ok_or_else(|| Hindrance::NotFound("a size".to_owned()))?;
        let id = self.fresh_id(Sort::Disk);
        let of = order.snapshot.clone().unwrap_or_default();
        self.note_deed(Act::Created, Sort::Disk, &id, &of, &order.tags, now);
        let plain = Disk::new(&id, size, now);
        self.disks.put(Disk {
            name: order.name,
            zone: order.zone,
            category: match order.category.is_empty() {
                true => plain.category.clone(),
                false => order.category,
            },
            state: DiskState::Creating,
            turn: Turn::into(later(now, self.rules.disk_takes), DiskState::Unattached),
            snapshot: order.snapshot,
            encrypted,
            key,
            shown_from: self.shown_from(now),
            tags: order.tags,
            ..plain
        });
        Ok(id)
    }

    /// Puts a disk on a machine; it is on it once the world's time has come. The first free device is taken where
    /// none is said.
    ///
    /// # Errors
    ///
    /// When one of them is missing, the disk is on a machine or not ready, the machine is neither on nor off, or
    /// they stand in different zones.
    pub fn begin_attach(
        &mut self,
        id: &str,
        machine: &str,
        device: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Hindrance> {
        let disk = self.disks.get(id);
        let disk = disk.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        let on = self.machines.get(machine);
        let on = on.ok_or_else(|| Hindrance::NotFound(machine.to_owned()))?;
        if let Some(other) = &disk.machine {
            return Err(Hindrance::InUse(vec![other.clone()]));
        }
        if disk.state != DiskState::Unattached {
            return Err(Hindrance::WrongState(id.to_owned()));
        }
        if !matches!(on.state, MachineState::Running | MachineState::Stopped) {
            return Err(Hindrance::WrongState(machine.to_owned()));
        }
        if !disk.zone.is_empty() && !on.zone.is_empty() && disk.zone != on.zone {
            return Err(Hindrance::OtherZone);
        }
        let taken: Vec<String> = self
            .disks_of(on)
            .iter()
            .map(|it| it.device.clone())
            .collect();
        let free = ('b'..='z').map(|it| format!("/dev/xvd{it}"));
        let mut free = free.filter(|it| !taken.contains(it));
        let device = match device {
            Some(device) if taken.iter().any(|it| it == device) => {
                return Err(Hindrance::Exists(device.to_owned()));
            }
            Some(device) => device.to_owned(),
            None => free.next().unwrap_or_default(),
        };
        let mut disk = Disk::clone(disk).data_of(machine);
        disk.device = device;
        disk.state = DiskState::Attaching;
        disk.turn = Turn::into(later(now, self.rules.attach_takes), DiskState::Attached);
        let tags = disk.tags.clone();
        self.add_disk(disk);
        self.note_deed(Act::Attached, Sort::Disk, id, machine, &tags, now);
        Ok(())
    }

    /// Begins a machine from an image of the account's own, with a disk of each of its snapshots.
    ///
    /// # Errors
    ///
    /// When there is no such image, or it is not whole or disabled.
    pub fn begin_machine(&mut self, order: RunOrder, now: Timestamp) -> Result<String, Hindrance> {
        let image = self.images.get(&order.image);
        let image = image.ok_or_else(|| Hindrance::NotFound(order.image.clone()))?;
        if image.state != CopyState::Ready || image.disabled {
            return Err(Hindrance::NotReady(order.image.clone()));
        }
        let image = image.clone();
        let id = self.fresh_id(Sort::Machine);
        self.note_deed(
            Act::Created,
            Sort::Machine,
            &id,
            &order.image,
            &order.tags,
            now,
        );
        let on = later(now, self.rules.machine_takes);
        let number = u8::try_from(self.machines.len() % 250).unwrap_or(0);
        let plain = Machine::new(&id, order.name, now).pending_until(on);
        self.machines.put(Machine {
            kind: order.kind,
            zone: order.zone.clone(),
            vpc: order.vpc,
            subnet: order.subnet,
            private_ips: vec![format!("10.9.0.{}", number + 4)],
            image: order.image,
            build: image.build.clone(),
            role: order.role,
            security_groups: order.security_groups,
            shown_from: self.shown_from(now),
            tags: order.tags,
            ..plain
        });
        for (number, snapshot) in image.snapshots.iter().enumerate() {
            let has_it =
                |it: &&crate::world::images::Device| it.snapshot.as_ref() == Some(snapshot);
            let device = image.devices.iter().find(has_it);
            let kept = self.snapshots.get(snapshot).cloned();
            let size = device.and_then(|it| it.size_gib);
            let size = size.or(kept.as_ref().map(|it| it.size_gib));
            let size = size.unwrap_or(40);
            let disk = Disk::new(self.fresh_id(Sort::Disk), size, now).zone(&order.zone);
            let disk = match number {
                0 => disk.system_of(&id),
                _ => disk.data_of(&id),
            };
            let name = device.map(|it| it.name.clone());
            self.add_disk(Disk {
                device: name
                    .filter(|it| !it.is_empty())
                    .unwrap_or(disk.device.clone()),
                with_machine: device.is_none_or(|it| it.with_machine),
                snapshot: Some(snapshot.clone()),
                encrypted: kept.as_ref().is_some_and(|it| it.encrypted)
                    || device.is_some_and(|it| it.encrypted),
                key: kept.and_then(|it| it.key.clone()),
                tags: order.disk_tags.clone(),
                ..disk
            });
        }
        Ok(id)
    }

    /// Returns what a machine needs to start, for wires that say it of an image.
    #[must_use]
    pub fn build_of(&self, machine: &str) -> Option<&Build> {
        self.machines.get(machine).map(|it| &it.build)
    }

    /// Returns from when on what is made now is shown.
    pub(super) fn shown_from(&self, now: Timestamp) -> Option<Timestamp> {
        let after = self.rules.shown_after;
        (after > SignedDuration::ZERO).then(|| later(now, after))
    }

    /// Returns an id that nothing has yet, as the cloud writes ids.
    pub(super) fn fresh_id(&mut self, sort: Sort) -> String {
        let number = self.made.next();
        let letters = |count: usize| -> String {
            const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
            let digits = (0..count).scan(number, |left, _| {
                let digit = usize::try_from(*left % 36).unwrap_or(0);
                *left /= 36;
                Some(char::from(ALPHABET[digit]))
            });
            digits.collect()
        };
        let (aliyun, tencent, aws) = match sort {
            Sort::Machine => ("i", "ins", "i"),
            Sort::Disk => ("d", "disk", "vol"),
            Sort::Snapshot => ("s", "snap", "snap"),
            Sort::SnapshotSet => ("ssg", "csnap", "snapset"),
            Sort::Image => ("m", "img", "ami"),
            Sort::Address => ("eip", "eip", "eipalloc"),
            Sort::Alarm => ("rule", "policy", "alarm"),
            Sort::Target => ("group", "notice", "topic"),
        };
        match self.cloud {
            Cloud::Aliyun => format!("{aliyun}-bp1{}", letters(17)),
            Cloud::Tencent => format!("{tencent}-{}", letters(8)),
            Cloud::Aws(_) => format!("{aws}-0{:016x}", number & 0xffff_ffff_ffff_ffff),
        }
    }

    pub(super) fn note_deed(
        &mut self,
        act: Act,
        sort: Sort,
        id: &str,
        of: &str,
        tags: &[(String, String)],
        at: Timestamp,
    ) {
        self.deeds.push(Deed {
            // Who and where it was is known to the world alone.
            uid: Uid(0),
            region: String::new(),
            at,
            act,
            sort,
            id: id.to_owned(),
            of: of.to_owned(),
            tags: tags.to_vec(),
        });
    }
}
