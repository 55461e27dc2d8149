//! A plan of backups over a million snapshots: how long it takes.
//!
//! The same function as a run of the warden, over a census that was seen whole; no cloud, no store.
//! Every machine is due a set, and for each that comes one goes.

use std::collections::BTreeMap;

use anyhow::Context as _;
use base::{Clock as _, SystemClock};
use cloud::{AccountSight, Census, Kept, RegionSight, Sighting};
use duty::{Duty as _, Memory, Plan};
use duty_backups::{BackupSettings, Backups, Keep, Settings};
use jiff::{SignedDuration, Timestamp};
use model::{
    AccountId, Charge, CloudId, CopyState, CopyTier, Disk, DiskRole, DiskState, Expiry, Identity,
    Image, Machine, MachineState, RegionId, ResourceId, SET_TAG, SetId, Snapshot, Tags, WEEK_TAG,
};

use crate::figure::{Board, Figure, Target, median};

const REGIONS: usize = 4;
/// Of each region.
const MACHINES: usize = 5_000;
/// Of each machine.
const DISKS: usize = 2;
const SETS: usize = 25;
const SNAPSHOTS: usize = REGIONS * MACHINES * DISKS * SETS;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Makes plans, and shows how long one takes.
pub(crate) fn measure(runs: u8, board: &mut Board) -> anyhow::Result<()> {
    let clock = SystemClock::new();
    // Four in the morning in China, on a Saturday: the week has its images.
    let now: Timestamp = "2026-11-20T20:00:05Z".parse()?;
    let backups = backups();
    let census = census(now);
    let memory = Memory::default();
    let mut seconds = Vec::new();
    for run in 0..=runs {
        let started = clock.monotonic();
        let plan = backups.plan(&census, &memory, now);
        let took = (clock.monotonic() - started).as_secs_f64();
        check(&plan.context("the duty made no plan")?)?;
        if run > 0 {
            seconds.push(took);
        }
    }
    board.tell(&format!(
        "retention: {SNAPSHOTS} snapshots of {} machines in {REGIONS} regions; each is due a set, and the oldest of its {SETS} goes; plans took {seconds:.3?} s",
        REGIONS * MACHINES,
    ));
    let plan = median(&mut seconds);
    board.show(&Figure::new(
        "retention.plan",
        plan,
        Target::AtMost(1.0),
        "s",
    ));
    Ok(())
}

/// A plan that is not what it has to be gives no figure.
fn check(plan: &Plan) -> anyhow::Result<()> {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for planned in &plan.steps {
        *words.entry(planned.step.word()).or_default() += 1;
    }
    let machines = REGIONS * MACHINES;
    let wanted = BTreeMap::from([
        ("create_set", machines),
        ("delete_snapshot", machines * DISKS),
    ]);
    anyhow::ensure!(
        words == wanted && plan.undecided.is_empty(),
        "the plan has {words:?} and {} undecided things, and should have {wanted:?}",
        plan.undecided.len(),
    );
    Ok(())
}

fn backups() -> Backups {
    Backups {
        settings: Settings {
            defaults: BackupSettings {
                keep: Keep {
                    daily: u32::try_from(SETS).unwrap_or(u32::MAX),
                    weekly: 3,
                    at_least: 3,
                    ..Keep::nothing()
                },
                ..BackupSettings::default()
            },
            ..Settings::default()
        },
    }
}

fn census(now: Timestamp) -> Census {
    let identity = Identity {
        account: "1000".into(),
        principal: String::new(),
        sort: "Account".into(),
    };
    let mut sight = AccountSight::unasked(CloudId::new("aws"), seen(identity), "");
    for region in 0..REGIONS {
        let estate = Region::new(region, now).sight();
        let region = RegionId::new(format!("region-{region}"));
        sight.estate.insert(region, estate);
    }
    Census {
        taken: now,
        accounts: BTreeMap::from([(AccountId::new("data"), sight)]),
        endpoints: BTreeMap::new(),
    }
}

fn seen<T>(value: T) -> Sighting<T> {
    cloud::pager::single(Ok(value))
}

/// The rows of one region, in no order that would help.
struct Region {
    number: usize,
    now: Timestamp,
    machines: Kept<Machine>,
    disks: Kept<Disk>,
    snapshots: Kept<Snapshot>,
    images: Kept<Image>,
}

impl Region {
    fn new(number: usize, now: Timestamp) -> Self {
        let mut region = Self {
            number,
            now,
            machines: Kept::default(),
            disks: Kept::default(),
            snapshots: Kept::default(),
            images: Kept::default(),
        };
        for machine in 0..MACHINES {
            region.machine(machine);
        }
        for set in 0..SETS {
            for disk in 0..DISKS {
                for machine in 0..MACHINES {
                    // Seven has no common divisor with their number: each comes once.
                    region.snapshot(machine * 7 % MACHINES, disk, set);
                }
            }
        }
        region
    }

    fn id(&self, prefix: &str, number: usize) -> ResourceId {
        ResourceId::new(format!("{prefix}-0{:02x}{number:014x}", self.number))
    }

    /// Returns when the set of so many periods ago was due.
    fn period(&self, ago: usize) -> Timestamp {
        let days = i32::try_from(ago).unwrap_or(i32::MAX);
        self.now - SignedDuration::from_secs(5) - DAY * days
    }

    fn machine(&mut self, number: usize) {
        let id = self.id("i", number);
        let machine = Machine {
            id: id.clone(),
            name: format!("web-{number:05}"),
            machine_type: "m6i.large".into(),
            zone: "a".into(),
            network: None,
            state: MachineState::Running,
            charge: Charge::OnDemand,
            created: Some(self.now - DAY * 100),
            expiry: Expiry::Never,
            renewal: None,
            private_ips: Vec::new(),
            public_ips: Vec::new(),
            image: None,
            root_disk: Some(self.id("vol", number * DISKS)),
            protected: false,
            tags: tags([("AutoSnapshot", "true"), ("team", "web")]),
            ties: Vec::new(),
        };
        self.machines.take(&id, Some(machine));
        for disk in 0..DISKS {
            let disk_id = self.id("vol", number * DISKS + disk);
            let row = Disk {
                id: disk_id.clone(),
                name: String::new(),
                zone: "a".into(),
                category: "gp3".into(),
                size_gib: 40,
                role: DiskRole::Unknown,
                device: format!("/dev/sd{disk}"),
                state: DiskState::Attached(vec![id.clone()]),
                charge: Charge::OnDemand,
                created: Some(self.now - DAY * 100),
                detached: None,
                expiry: Expiry::Never,
                tags: Tags::new(),
            };
            self.disks.take(&disk_id, Some(row));
        }
        let image_id = self.id("ami", number);
        let set = SetId {
            machine: id,
            period: self.period(3),
        };
        let image = Image {
            id: image_id.clone(),
            name: format!("web-{number:05}-2026-47"),
            snapshots: vec![self.id("snap", 3 * DISKS * MACHINES + number)],
            machine: None,
            state: CopyState::Ready,
            created: Some(self.period(3)),
            size_gib: None,
            shared: false,
            disabled: false,
            held_by: None,
            tags: tags([
                ("AutoAMI", "true"),
                (SET_TAG, &set.to_string()),
                (WEEK_TAG, "2026-W47"),
            ]),
        };
        self.images.take(&image_id, Some(image));
    }

    fn snapshot(&mut self, machine: usize, disk: usize, set: usize) {
        let id = self.id("snap", (set * DISKS + disk) * MACHINES + machine);
        let of = SetId {
            machine: self.id("i", machine),
            period: self.period(set + 1),
        };
        let mut tags = tags([
            ("AutoSnapshot", "true"),
            ("Name", &format!("web-{machine:05}")),
            ("skywarden:disks", "2"),
            (SET_TAG, &of.to_string()),
        ]);
        if disk == 0 {
            tags.insert("RootDeviceSnapshot".to_owned(), "true".to_owned());
        }
        let snapshot = Snapshot {
            id: id.clone(),
            name: String::new(),
            disk: Some(self.id("vol", machine * DISKS + disk)),
            size_gib: 40,
            state: CopyState::Ready,
            instant: false,
            tier: CopyTier::Standard,
            encrypted: Some(true),
            key: None,
            created: Some(of.period + SignedDuration::from_secs(9)),
            held_by: None,
            tags,
        };
        self.snapshots.take(&id, Some(snapshot));
    }

    fn sight(self) -> RegionSight {
        RegionSight {
            machines: Some(seen(self.machines)),
            disks: Some(seen(self.disks)),
            snapshots: Some(seen(self.snapshots)),
            images: Some(seen(self.images)),
            image_uses: Some(seen(Vec::new())),
            protections: Some(seen(Vec::new())),
            ..RegionSight::default()
        }
    }
}

fn tags<const N: usize>(tags: [(&str, &str); N]) -> Tags {
    let tags = tags.into_iter();
    tags.map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
