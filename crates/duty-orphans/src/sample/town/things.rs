//! Things that may lie about.

use jiff::{SignedDuration, Timestamp};
use model::{
    Address, AddressState, Charge, CopyState, Disk, DiskState, Expiry, Image, LoadBalancer,
    ResourceId, Snapshot, Tags,
};

pub(super) fn disk(id: &str, words: &[&str], now: Timestamp) -> Disk {
    let mut disk = Disk {
        role: model::DiskRole::Unknown,
        device: String::new(),
        id: ResourceId::new(id),
        name: String::new(),
        zone: String::new(),
        category: "CLOUD_SSD".into(),
        size_gib: 100,
        state: DiskState::Unattached,
        charge: Charge::OnDemand,
        created: None,
        detached: None,
        expiry: Expiry::Never,
        tags: Tags::new(),
    };
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("on", machine) => disk.state = DiskState::Attached(vec![ResourceId::new(machine)]),
            ("moving", _) => disk.state = DiskState::Changing("DETACHING".into()),
            ("detached", minutes) => {
                let minutes = SignedDuration::from_mins(minutes.parse().unwrap());
                disk.detached = Some(now - minutes);
            }
            ("name", name) => disk.name = name.into(),
            ("charge", word) => disk.charge = charge(word),
            ("mark", hours) => disk.tags.extend(mark(&ResourceId::new(id), hours, now)),
            ("gib", size) => disk.size_gib = size.parse().unwrap(),
            ("label", label) => {
                let (key, value) = label.split_once(':').unwrap();
                disk.tags.insert(key.into(), value.into());
            }
            ("unlisted", _) => {}
            other => panic!("{other:?} is no word of a disk"),
        }
    }
    disk
}

pub(super) fn charge(word: &str) -> Charge {
    match word {
        "prepaid" => Charge::Prepaid,
        "spot" => Charge::Spot,
        other => Charge::Other(other.into()),
    }
}

/// Returns our mark of so many hours ago; negative ones are yet to come.
pub(super) fn mark(thing: &ResourceId, hours: &str, now: Timestamp) -> Tags {
    crate::acts::mark(
        thing,
        now - SignedDuration::from_hours(hours.parse().unwrap()),
    )
}

/// Returns our mark of another thing, a year ago.
pub(super) fn mark_of(thing: &str, now: Timestamp) -> Tags {
    mark(&ResourceId::new(thing), "8760", now)
}

pub(super) fn address(id: &str, words: &[&str]) -> Address {
    let mut address = Address {
        id: ResourceId::new(id),
        ip: None,
        name: String::new(),
        state: AddressState::Unbound,
        charge: Charge::OnDemand,
        created: None,
        expiry: Expiry::Never,
        tags: Tags::new(),
    };
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("at", thing) => address.state = AddressState::Bound(ResourceId::new(thing)),
            ("ip", ip) => address.ip = Some(ip.parse().unwrap()),
            ("charge", word) => address.charge = charge(word),
            ("label", label) => {
                let (key, value) = label.split_once(':').unwrap();
                address.tags.insert(key.into(), value.into());
            }
            other => panic!("{other:?} is no word of an address"),
        }
    }
    address
}

pub(super) fn balancer(id: &str, words: &[&str]) -> LoadBalancer {
    let mut balancer = LoadBalancer {
        id: ResourceId::new(id),
        name: String::new(),
        sort: "OPEN".into(),
        answers_at: "lb.example.com".into(),
        backends: None,
        charge: Charge::OnDemand,
        created: None,
        tags: Tags::new(),
    };
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("backends", many) => balancer.backends = Some(many.parse().unwrap()),
            other => panic!("{other:?} is no word of a balancer"),
        }
    }
    balancer
}

pub(super) fn snapshot(id: &str, disk: &str, words: &[&str]) -> Snapshot {
    let mut snapshot = Snapshot {
        instant: false,
        tier: model::CopyTier::Standard,
        encrypted: None,
        key: None,
        id: ResourceId::new(id),
        name: String::new(),
        disk: Some(ResourceId::new(disk)),
        size_gib: 100,
        state: CopyState::Ready,
        created: None,
        held_by: None,
        tags: Tags::new(),
    };
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("held", by) => snapshot.held_by = Some(by.into()),
            ("pending", _) => snapshot.state = CopyState::Pending,
            other => panic!("{other:?} is no word of a snapshot"),
        }
    }
    snapshot
}

pub(super) fn image(id: &str, machine: &str, words: &[&str]) -> Image {
    let mut image = Image {
        disabled: false,
        held_by: None,
        id: ResourceId::new(id),
        name: String::new(),
        snapshots: Vec::new(),
        machine: Some(ResourceId::new(machine)),
        state: CopyState::Ready,
        created: None,
        size_gib: Some(50),
        shared: false,
        tags: Tags::new(),
    };
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("shared", _) => image.shared = true,
            other => panic!("{other:?} is no word of an image"),
        }
    }
    image
}
