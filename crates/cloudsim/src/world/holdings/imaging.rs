//! Images as somebody asks a cloud for them: made of snapshots or of a machine, hidden, taken away.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Holdings, SnapshotOrder};
use crate::world::changes::Hindrance;
use crate::world::copies::CopyState;
use crate::world::deeds::{Act, Sort};
use crate::world::images::{Build, Device, Image};
use crate::world::machines::{MachineState, Tags};
use crate::world::rows::Row as _;
use crate::world::terms::later;

/// An image that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageOrder {
    /// A name that no other image has.
    pub name: String,
    /// Words of whoever wants it.
    pub description: String,
    /// The machine it is of, where the cloud remembers that.
    pub machine: Option<String>,
    /// What a machine made from it needs to start.
    pub build: Build,
    /// The disks it has, the one to start from first.
    pub devices: Vec<Device>,
    /// Its tags.
    pub tags: Tags,
}

/// What becomes of an image's snapshots when it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageSnapshots {
    /// They stay.
    Stay,
    /// Those that no other image stands on go too.
    GoToo,
}

impl Holdings {
    /// Begins an image that stands on snapshots.
    ///
    /// # Errors
    ///
    /// When another image has the name, one of the snapshots is missing or not whole, its key cannot be used, or
    /// there are as many images as there may be.
    pub fn begin_image(&mut self, order: ImageOrder, now: Timestamp) -> Result<String, Hindrance> {
        self.room_for_image(&order.name)?;
        for id in order.devices.iter().filter_map(|it| it.snapshot.as_ref()) {
            let snapshot = self.whole(id)?;
            self.usable(snapshot.key.as_deref())?;
        }
        Ok(self.image_of(order, now, now))
    }

    /// Begins an image of a machine: snapshots of all its disks, and an image that stands on them.
    ///
    /// # Errors
    ///
    /// When there is no such machine, it is neither on nor off, and as [`Holdings::begin_snapshot`].
    pub fn begin_image_of(
        &mut self,
        machine: &str,
        order: ImageOrder,
        now: Timestamp,
    ) -> Result<String, Hindrance> {
        self.room_for_image(&order.name)?;
        let found = self.machines.get(machine);
        let found = found.ok_or_else(|| Hindrance::NotFound(machine.to_owned()))?;
        if !matches!(found.state, MachineState::Running | MachineState::Stopped) {
            return Err(Hindrance::WrongState(machine.to_owned()));
        }
        let build = found.build.clone();
        let disks = self.disks_of(found);
        let snapshots = disks.iter().map(|it| SnapshotOrder {
            tags: order.tags.clone(),
            ..SnapshotOrder::of(&it.id)
        });
        let snapshots = self.begin_snapshots(snapshots.collect(), now)?;
        let ready = snapshots.iter().filter_map(|it| self.snapshots.get(it));
        let ready = ready.filter_map(|it| it.ready_at).max().unwrap_or(now);
        let devices = disks.iter().zip(&snapshots).map(|(disk, snapshot)| Device {
            size_gib: Some(disk.size_gib),
            category: disk.category.clone(),
            with_machine: disk.with_machine,
            encrypted: disk.encrypted,
            ..Device::new(&disk.device, snapshot)
        });
        let devices = devices.collect();
        let machine = Some(machine.to_owned());
        let order = ImageOrder {
            machine,
            build,
            devices,
            ..order
        };
        Ok(self.image_of(order, ready, now))
    }

    /// Takes image `id` away as a cloud does: into the recycle bin, where there is one. Returns what became of
    /// each of its snapshots; none is named that stays.
    ///
    /// # Errors
    ///
    /// When there is no such image, it is protected, or it is being copied.
    pub fn deregister_image(
        &mut self,
        id: &str,
        snapshots: ImageSnapshots,
        now: Timestamp,
    ) -> Result<BTreeMap<String, Result<(), Hindrance>>, Hindrance> {
        let image = self.images.get(id);
        let image = image.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        if image.protected {
            return Err(Hindrance::Protected);
        }
        if image.copying {
            return Err(Hindrance::Copying);
        }
        let image = Image::clone(image);
        self.images.remove(id);
        let of = image.machine.clone().unwrap_or_default();
        self.note_deed(Act::Deleted, Sort::Image, id, &of, &image.tags, now);
        match self.rules.bin_keeps {
            Some(keeps) => {
                let ends = Some(later(now, keeps));
                let binned = Image {
                    ends,
                    ..image.clone()
                };
                self.binned_images.put(binned);
            }
            None => self.forget_image(&image),
        }
        let mut became = BTreeMap::new();
        if snapshots == ImageSnapshots::GoToo {
            for snapshot in image.snapshots {
                let outcome = self.delete_snapshot(&snapshot, now);
                became.insert(snapshot, outcome);
            }
        }
        Ok(became)
    }

    /// Returns who uses which image: machines, the versions of launch templates, scaling groups; one that names
    /// none itself uses that of its template.
    #[must_use]
    pub fn image_uses(&self) -> Vec<(String, String)> {
        let machines = self.machines.iter().filter(|it| !it.is_leaving());
        let machines = machines.map(|it| (it.image.clone(), it.id.clone()));
        let templates = self.templates.iter();
        let templates = templates.flat_map(|it| {
            let images = it.images.iter();
            images.map(|image| (image.clone(), it.id.clone()))
        });
        let groups = self.groups.iter().filter_map(|it| {
            let template = it.template.as_ref().and_then(|it| self.templates.get(it));
            let by_template = template.and_then(|it| it.images.get(it.default_version - 1));
            let image = it.image.as_ref().or(by_template)?;
            Some((image.clone(), it.id().to_owned()))
        });
        let mut uses: Vec<_> = machines.chain(templates).chain(groups).collect();
        uses.retain(|it| !it.0.is_empty());
        uses.sort_unstable();
        uses.dedup();
        uses
    }

    /// Tells the snapshots of an image that is no more.
    pub(super) fn forget_image(&mut self, image: &Image) {
        for snapshot in &image.snapshots {
            self.snapshots
                .change(snapshot, |it| it.images.retain(|it| *it != image.id));
        }
    }

    fn room_for_image(&self, name: &str) -> Result<(), Hindrance> {
        let same = self.images.iter().find(|it| it.name == name);
        if let Some(other) = same.filter(|_| !name.is_empty()) {
            return Err(Hindrance::Exists(other.id.clone()));
        }
        match self.rules.most_images {
            Some(most) if self.images.len() >= most => Err(Hindrance::UsedUp {
                what: "images",
                most,
            }),
            _ => Ok(()),
        }
    }

    fn image_of(
        &mut self,
        order: ImageOrder,
        snapshots_ready: Timestamp,
        now: Timestamp,
    ) -> String {
        let id = self.fresh_id(Sort::Image);
        let on: Vec<String> = order
            .devices
            .iter()
            .filter_map(|it| it.snapshot.clone())
            .collect();
        let of = order.machine.clone().unwrap_or_default();
        self.note_deed(Act::Created, Sort::Image, &id, &of, &order.tags, now);
        let named: Vec<&str> = on.iter().map(String::as_str).collect();
        let sizes = order.devices.iter().map(|it| {
            let snapshot = it.snapshot.as_ref().and_then(|it| self.snapshots.get(it));
            it.size_gib.or(snapshot.map(|it| it.size_gib)).unwrap_or(0)
        });
        let image = Image {
            description: order.description,
            size_gib: sizes.sum(),
            machine: order.machine,
            build: order.build,
            devices: order.devices,
            state: CopyState::Pending,
            ready_at: Some(later(snapshots_ready, self.rules.image_takes)),
            shown_from: self.shown_from(now),
            tags: order.tags,
            ..Image::new(&id, order.name, &named, now)
        };
        self.add_image(image);
        id
    }
}
