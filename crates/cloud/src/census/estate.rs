//! What was seen of the regions of an account: folded as it came, so that memory grows with what
//! may matter and not with the estate.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use model::{
    AccountId, Address, Alarm, AlarmTarget, Cluster, ClusterNode, CopyNote, Disk, Image, ImageUse,
    KeyState, Kind, LoadBalancer, Machine, Maintenance, Opinion, Protection, RegionId, ResourceId,
    Scope, Snapshot, Tie, TieSort, Traffic, TrafficRule,
};

use crate::seen::{Sighting, Unseen};

/// A part of the estate that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Clusters, their nodes, and the machines.
    Machines,
    /// Disks.
    Disks,
    /// Snapshots; needs the disks.
    Snapshots,
    /// Images; needs the machines.
    Images,
    /// Addresses.
    Addresses,
    /// Load balancers.
    LoadBalancers,
    /// What the clouds have planned for machines.
    Maintenance,
    /// Who uses which image.
    ImageUses,
    /// Policies by which the cloud itself keeps copies.
    Protections,
    /// What no list of copies shows.
    CopyNotes,
    /// The keys that snapshots are encrypted with; needs the snapshots.
    CryptKeys,
    /// Alarms, and whom they tell.
    Alarms,
}

/// Which rows of a list are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// Those that may be orphans: nothing uses them, or something ties them to a cluster.
    #[default]
    Doubtful,
    /// All of machines, disks, snapshots, images.
    All,
}

/// A word of the user's own by which a machine is held to belong to a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hint {
    /// Stands anywhere in the name, a tag's key or a tag's value; the case does not count.
    Word(String),
    /// Is the key of a tag.
    TagKey(String),
    /// Begins the name.
    NamePrefix(String),
}

impl Hint {
    /// Returns the weak tie a machine has by this hint, if any.
    #[must_use]
    pub fn tie(&self, machine: &Machine) -> Option<Tie> {
        let evidence = match self {
            Self::Word(word) => {
                let word = word.to_lowercase();
                let has = |text: &str| text.to_lowercase().contains(&word);
                let tag = machine
                    .tags
                    .iter()
                    .find(|(key, value)| has(key) || has(value));
                match tag {
                    Some((key, value)) => format!("{key}={value}"),
                    None if has(&machine.name) => machine.name.clone(),
                    None => return None,
                }
            }
            Self::TagKey(key) => format!("{key}={}", machine.tags.get(key)?),
            Self::NamePrefix(prefix) => {
                machine.name.strip_prefix(prefix.as_str())?;
                machine.name.clone()
            }
        };
        Some(Tie {
            sort: TieSort::Hint,
            cluster: None,
            evidence,
        })
    }
}

/// What a duty asks of the estate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EstateWants {
    /// Which parts.
    pub parts: BTreeSet<Part>,
    /// Words of the user's own that tie machines to clusters.
    pub hints: Vec<Hint>,
    /// Which rows are kept.
    pub keep: Keep,
    /// Accounts whose maintenance is not asked for, though it is a part that is.
    pub maintenance_not_of: BTreeSet<AccountId>,
}

impl EstateWants {
    /// Returns whether a part of an account is asked for; a member of an organization goes with its
    /// administrator.
    #[must_use]
    pub fn asks(&self, account: &AccountId, part: Part) -> bool {
        self.parts.contains(&part)
            && (part != Part::Maintenance || !account.is_among(&self.maintenance_not_of))
    }

    /// Returns whether any part of an account is asked for.
    #[must_use]
    pub fn asks_of(&self, account: &AccountId) -> bool {
        self.parts.iter().any(|part| self.asks(account, *part))
    }

    /// Returns whether a machine that is not a node now may matter by what it looks like: something
    /// ties it to a cluster.
    #[must_use]
    pub fn concerns(&self, machine: &Machine) -> bool {
        self.keep == Keep::All
            || !machine.ties.is_empty()
            || self.hints.iter().any(|hint| hint.tie(machine).is_some())
    }
}

/// Ids of a whole list, as 64-bit hashes. It may take an id for one it has and never the other way
/// round: "not in it" is certain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IdSet(HashSet<u64>);

impl IdSet {
    /// Puts an id in.
    pub fn insert(&mut self, id: &ResourceId) {
        self.0.insert(hash(id));
    }

    /// Returns whether an id may be in it; `false` is certain.
    #[must_use]
    pub fn may_have(&self, id: &ResourceId) -> bool {
        self.0.contains(&hash(id))
    }
}

fn hash(id: &ResourceId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Machines of each account that are kept whatever they look like now: nodes of earlier looks.
pub type Remembered = BTreeMap<AccountId, IdSet>;

/// A whole list, folded: every id counted, the rows that may matter kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<T> {
    /// The rows that may matter.
    pub rows: Vec<T>,
    /// The ids of all rows.
    pub ids: IdSet,
    /// How many rows there were in all.
    pub total: u64,
}

impl<T> Default for Kept<T> {
    /// Returns a list of nothing; rows need no default of their own.
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            ids: IdSet::default(),
            total: 0,
        }
    }
}

impl<T> Kept<T> {
    /// Counts one row, and keeps it if it may matter.
    pub fn take(&mut self, id: &ResourceId, row: Option<T>) {
        self.ids.insert(id);
        self.total += 1;
        self.rows.extend(row);
    }
}

/// The keys that copies of a region are encrypted with, each with what became of the look at it.
pub type Keyring = BTreeMap<ResourceId, Sighting<KeyState>>;

/// What was seen of one region of an account. A field is `None` when nobody asked for it, or the
/// cloud has no such port.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegionSight {
    /// Clusters.
    pub clusters: Option<Sighting<Vec<Cluster>>>,
    /// The nodes of each cluster that was seen and has machines.
    pub nodes: BTreeMap<ResourceId, Sighting<Vec<ClusterNode>>>,
    /// Machines; of those that are no node now, the ones that something ties to a cluster are kept.
    pub machines: Option<Sighting<Kept<Machine>>>,
    /// Disks; those that nothing uses are kept.
    pub disks: Option<Sighting<Kept<Disk>>>,
    /// Snapshots; those whose disk is not in the list of disks are kept.
    pub snapshots: Option<Sighting<Kept<Snapshot>>>,
    /// Images; those whose machine is known and not in the list of machines are kept.
    pub images: Option<Sighting<Kept<Image>>>,
    /// Addresses; those that nothing uses are kept.
    pub addresses: Option<Sighting<Kept<Address>>>,
    /// Load balancers; those without a backend, or whose backends could not be told, are kept.
    pub load_balancers: Option<Sighting<Kept<LoadBalancer>>>,
    /// What the cloud has planned for machines.
    pub maintenance: Option<Sighting<Vec<Maintenance>>>,
    /// Who uses which image.
    pub image_uses: Option<Sighting<Vec<ImageUse>>>,
    /// Policies by which the cloud itself keeps copies.
    pub protections: Option<Sighting<Vec<Protection>>>,
    /// What no list of copies shows.
    pub copy_notes: Option<Sighting<Vec<CopyNote>>>,
    /// The state of each key that a kept snapshot is encrypted with; `None` too where the snapshots
    /// were not seen, which leaves nothing to ask for.
    pub crypt_keys: Option<Keyring>,
    /// Alarms.
    pub alarms: Option<Sighting<Vec<Alarm>>>,
    /// Whom alarms can tell.
    pub alarm_targets: Option<Sighting<Vec<AlarmTarget>>>,
    /// What machines sent out, as far as a duty asked for it.
    pub traffic: Option<Sighting<Vec<Traffic>>>,
    /// What was asked once more by id.
    pub second: Option<SecondLook>,
}

/// What a duty wants asked once more, by id, before it judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// In which account.
    pub account: AccountId,
    /// In which region.
    pub region: RegionId,
    /// Machines that may be orphans.
    pub machines: BTreeSet<ResourceId>,
    /// Clusters that tags, names or history tell of and the list does not show.
    pub clusters: BTreeSet<ResourceId>,
    /// Disks that snapshots tell of and the list does not show.
    pub disks: BTreeSet<ResourceId>,
    /// Machines that images tell of and the list does not show.
    pub sources: BTreeSet<ResourceId>,
    /// Machines whose traffic of the past is wanted.
    pub traffic: Option<TrafficWanted>,
}

/// Whose traffic of the past is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficWanted {
    /// Of which machines.
    pub machines: BTreeSet<ResourceId>,
    /// In periods of which length.
    pub rule: TrafficRule,
    /// From when.
    pub from: jiff::Timestamp,
    /// Until when.
    pub to: jiff::Timestamp,
}

/// What was asked once more by id. A field is `None` when nothing of it was in doubt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecondLook {
    /// The machines that were asked for and exist.
    pub machines: Option<Sighting<Vec<Machine>>>,
    /// What another source says of each of them.
    pub opinions: Option<Sighting<BTreeMap<ResourceId, Opinion>>>,
    /// Each cluster that was asked for; `None` in it: there is no such cluster.
    pub clusters: BTreeMap<ResourceId, Sighting<Option<Cluster>>>,
    /// The disks that were asked for and exist.
    pub disks: Option<Sighting<Vec<Disk>>>,
    /// The machines of images that were asked for and exist.
    pub sources: Option<Sighting<Vec<Machine>>>,
}

impl RegionSight {
    /// Lets go of the rows of long lists; how many there were stays.
    pub(super) fn forget_rows(&mut self) {
        forget(&mut self.machines);
        forget(&mut self.disks);
        forget(&mut self.snapshots);
        forget(&mut self.images);
        forget(&mut self.addresses);
        forget(&mut self.load_balancers);
    }

    /// Returns every scope of this region that was asked for, with what became of it.
    #[must_use]
    pub fn coverage(
        &self,
        account: &AccountId,
        region: &RegionId,
    ) -> Vec<(Scope, Result<u64, &Unseen>)> {
        let scope = |kind: &str| Scope::regional(account, region, kind);
        let mut covered = Vec::new();
        let mut list = |kind: &str, count: Option<Result<u64, _>>| {
            covered.extend(count.map(|count| (scope(kind), count)));
        };
        list(Kind::CLUSTER, self.clusters.as_ref().map(many));
        list(Kind::INSTANCE, self.machines.as_ref().map(total));
        list(Kind::DISK, self.disks.as_ref().map(total));
        list(Kind::SNAPSHOT, self.snapshots.as_ref().map(total));
        list(Kind::IMAGE, self.images.as_ref().map(total));
        list(Kind::ADDRESS, self.addresses.as_ref().map(total));
        list(Kind::LOAD_BALANCER, self.load_balancers.as_ref().map(total));
        list(Kind::MAINTENANCE, self.maintenance.as_ref().map(many));
        list(Kind::IMAGE_USE, self.image_uses.as_ref().map(many));
        list(Kind::PROTECTION, self.protections.as_ref().map(many));
        list(Kind::COPY_NOTE, self.copy_notes.as_ref().map(many));
        list(Kind::CRYPT_KEY, self.crypt_keys.as_ref().map(each));
        list(Kind::ALARM, self.alarms.as_ref().map(many));
        list(Kind::ALARM_TARGET, self.alarm_targets.as_ref().map(many));
        list(Kind::TRAFFIC, self.traffic.as_ref().map(many));
        for (cluster, nodes) in &self.nodes {
            covered.push((scope(Kind::nodes_of(cluster).as_str()), many(nodes)));
        }
        if let Some(opinion) = self.second.as_ref().and_then(SecondLook::sight) {
            covered.push((scope(Kind::OPINION), opinion));
        }
        covered
    }
}

impl SecondLook {
    /// Returns how many answers there were, or the first that failed; `None` when nothing was asked.
    fn sight(&self) -> Option<Result<u64, &Unseen>> {
        let machines = self.machines.iter().map(many);
        let opinions = self
            .opinions
            .iter()
            .map(|it| counted(it, |all| all.len() as u64));
        let clusters = self.clusters.values().map(|it| counted(it, |_| 1));
        let disks = self.disks.iter().map(many);
        let sources = self.sources.iter().map(many);
        machines
            .chain(opinions)
            .chain(clusters)
            .chain(disks)
            .chain(sources)
            .reduce(|a, b| Ok(a? + b?))
    }
}

fn forget<T>(list: &mut Option<Sighting<Kept<T>>>) {
    if let Some(Sighting::Seen(seen)) = list {
        let kept = seen.get_mut();
        let total = kept.total;
        *kept = Kept {
            total,
            ..Kept::default()
        };
    }
}

fn many<T>(sighting: &Sighting<Vec<T>>) -> Result<u64, &Unseen> {
    counted(sighting, |all| all.len() as u64)
}

/// Returns how many keys there are, or why the first that was not seen was not.
fn each(keys: &Keyring) -> Result<u64, &Unseen> {
    let mut counts = keys.values().map(|it| counted(it, |_| 1));
    counts.try_fold(0, |sum, it| Ok(sum + it?))
}

fn total<T>(sighting: &Sighting<Kept<T>>) -> Result<u64, &Unseen> {
    counted(sighting, |kept| kept.total)
}

fn counted<T>(sighting: &Sighting<T>, of: impl FnOnce(&T) -> u64) -> Result<u64, &Unseen> {
    super::count(sighting, of)
}
