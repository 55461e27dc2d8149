//! Thirty days of hourly looks at an estate in which machines come, move and go, and calls fail.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{ClusterState, MachineState, Opinion, ResourceId, Tie, TieSort};

use crate::sample::town::{cluster, machine, node};
use crate::sample::{Fault, Town, Watch, minutes, now};

const CLUSTERS: u64 = 8;
const NODES: usize = 48;
const HOURS: i64 = 30 * 24;
/// In how many looks of a thousand each single call fails.
const FAULTS: u64 = 15;
const GRACE_MINUTES: i64 = 30;

/// Chance that is the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, many: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % many
    }

    fn in_thousand(&mut self, many: u64) -> bool {
        self.below(1000) < many
    }
}

/// What a machine is in truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    /// Made, and not yet a node.
    Joining,
    Node,
    /// No node for the moment: it goes to another cluster.
    Moving,
    /// No node any more, and about to end by itself.
    Draining,
    Orphan,
}

struct Resident {
    id: ResourceId,
    home: u64,
    truth: Truth,
    since: Timestamp,
    created: Timestamp,
    /// Whether a tag tells whose it is; if not, only our own history does.
    tagged: bool,
}

/// The estate in truth.
struct Estate {
    dice: Dice,
    residents: Vec<Resident>,
    made: u64,
    now: Timestamp,
    /// The clusters that are unsettled for now.
    unsettled: BTreeSet<u64>,
}

impl Estate {
    fn new(seed: u64) -> Self {
        let mut estate = Self {
            dice: Dice(seed),
            residents: Vec::new(),
            made: 0,
            now: now(),
            unsettled: BTreeSet::new(),
        };
        for _ in 0..NODES {
            estate.make(Truth::Node);
        }
        estate
    }

    fn make(&mut self, truth: Truth) {
        self.made += 1;
        let home = self.dice.below(CLUSTERS);
        let tagged = self.dice.in_thousand(700);
        self.residents.push(Resident {
            id: ResourceId::new(format!("ins-{}", self.made)),
            home,
            truth,
            since: self.now,
            created: self.now,
            tagged,
        });
    }

    /// Lets ten minutes go by.
    fn live(&mut self) {
        self.now += minutes(10);
        let (now, dice) = (self.now, &mut self.dice);
        for it in &mut self.residents {
            let been = now.duration_since(it.since);
            let next = match it.truth {
                Truth::Joining if been >= minutes(10) => Truth::Node,
                Truth::Node if been >= minutes(120) && dice.in_thousand(2) => Truth::Draining,
                Truth::Node if been >= minutes(120) && dice.in_thousand(2) => Truth::Moving,
                Truth::Node if been >= minutes(120) && dice.below(4000) == 0 => Truth::Orphan,
                Truth::Moving if been >= minutes(20) => {
                    it.home = dice.below(CLUSTERS);
                    Truth::Node
                }
                same => same,
            };
            if next != it.truth {
                it.truth = next;
                it.since = now;
            }
        }
        // Who drains ends within twenty minutes; somebody removes an orphan after a week or two.
        self.residents.retain(|it| match it.truth {
            Truth::Draining => now.duration_since(it.since) < minutes(20),
            Truth::Orphan => now.duration_since(it.since) < minutes(60 * 24 * 10),
            _ => true,
        });
        let nodes = self
            .residents
            .iter()
            .filter(|it| it.truth != Truth::Orphan)
            .count();
        if nodes < NODES {
            self.make(Truth::Joining);
        }
        self.unsettled.retain(|_| !dice_says(&mut self.dice, 200));
        if dice_says(&mut self.dice, 5) {
            let one = self.dice.below(CLUSTERS);
            self.unsettled.insert(one);
        }
    }

    fn town(&mut self) -> Town {
        let mut town = Town::default();
        for index in 0..CLUSTERS {
            let id = id(index);
            let mut cluster = cluster(&id);
            cluster.network = Some(network(index));
            if self.unsettled.contains(&index) {
                cluster.state = ClusterState::Unsettled("Upgrading".into());
            }
            town.nodes.entry(id).or_default();
            town.clusters.push(cluster);
        }
        for it in &self.residents {
            let mut machine = machine(&it.id, self.now);
            machine.created = Some(it.created);
            machine.network = Some(network(it.home));
            if it.truth == Truth::Joining && it.created == self.now {
                machine.state = MachineState::Pending;
            }
            if it.tagged {
                machine.ties.push(Tie {
                    sort: TieSort::Tag,
                    cluster: Some(id(it.home)),
                    evidence: format!("tke-clusterId={}", id(it.home)),
                });
            }
            // A cluster on the move leaves some of its nodes out of its list.
            let shown = !self.unsettled.contains(&it.home) || !self.dice.in_thousand(300);
            if it.truth == Truth::Node && shown {
                town.nodes
                    .entry(id(it.home))
                    .or_default()
                    .push(node(it.id.as_str()));
            }
            town.machines.push(machine);
        }
        town.faults = self.faults();
        town
    }

    fn faults(&mut self) -> BTreeSet<Fault> {
        let mut calls = vec![
            Fault::Identity,
            Fault::Clusters,
            Fault::Machines,
            Fault::Opinions,
            Fault::ById,
        ];
        calls.extend((0..CLUSTERS).map(|it| Fault::Nodes(id(it).to_string())));
        let dice = &mut self.dice;
        calls.retain(|_| dice.in_thousand(FAULTS));
        // And now and then the whole of it is down.
        if dice_says(dice, 5) {
            calls.push(Fault::Clusters);
            calls.push(Fault::Opinions);
        }
        calls.into_iter().collect()
    }

    /// Returns whether everything was seen that can prove an orphan of this home.
    fn is_provable(&self, town: &Town, home: u64) -> bool {
        let breaks = [
            Fault::Identity,
            Fault::Clusters,
            Fault::Machines,
            Fault::Opinions,
            Fault::ById,
            Fault::Nodes(id(home).to_string()),
        ];
        !breaks.iter().any(|it| town.has(it)) && !self.unsettled.contains(&home)
    }
}

fn dice_says(dice: &mut Dice, in_thousand: u64) -> bool {
    dice.in_thousand(in_thousand)
}

fn id(cluster: u64) -> ResourceId {
    ResourceId::new(format!("cls-{cluster}"))
}

/// Two clusters share a network.
fn network(cluster: u64) -> ResourceId {
    ResourceId::new(format!("vpc-{}", cluster / 2))
}

/// Whether the second source can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SecondSource {
    Honest,
    CallsEveryoneFree,
}

/// What thirty days came to.
#[derive(Debug, Default)]
struct Tally {
    false_orphans: Vec<(ResourceId, Truth)>,
    planted: BTreeSet<ResourceId>,
    found: BTreeSet<ResourceId>,
    late: Vec<ResourceId>,
    broken_looks: usize,
}

fn thirty_days(seed: u64, second_source: SecondSource) -> Tally {
    let mut estate = Estate::new(seed);
    let mut watch = Watch::default();
    let mut tally = Tally::default();
    // Since when each orphan could be proven without a break.
    let mut provable: BTreeMap<ResourceId, Timestamp> = BTreeMap::new();
    for _ in 0..HOURS {
        for _ in 0..6 {
            estate.live();
        }
        let mut town = estate.town();
        if second_source == SecondSource::CallsEveryoneFree {
            let ids = town.machines.iter().map(|it| it.id.clone());
            town.opinions = ids.map(|it| (it, Opinion::Free)).collect();
        }
        tally.broken_looks += usize::from(!town.faults.is_empty());
        watch.look(&town, estate.now);
        for it in &estate.residents {
            let is_called = watch.verdict(it.id.as_str()) == "orphan";
            if it.truth != Truth::Orphan {
                if is_called {
                    tally.false_orphans.push((it.id.clone(), it.truth));
                }
                continue;
            }
            tally.planted.insert(it.id.clone());
            let neighbor = it.home ^ 1;
            if !estate.is_provable(&town, it.home) || !estate.is_provable(&town, neighbor) {
                provable.remove(&it.id);
                continue;
            }
            let since = *provable.entry(it.id.clone()).or_insert(estate.now);
            if is_called {
                tally.found.insert(it.id.clone());
            } else if estate.now.duration_since(since) >= minutes(2 * GRACE_MINUTES) {
                tally.late.push(it.id.clone());
            }
        }
    }
    tally
}

fn check(seed: u64, second_source: SecondSource) {
    let tally = thirty_days(seed, second_source);
    assert_eq!(tally.false_orphans, []);
    assert_eq!(tally.late, []);
    let (planted, broken) = (tally.planted.len(), tally.broken_looks);
    assert!(planted >= 20, "{planted} were planted");
    assert!(broken >= 50, "{broken} looks broke");
    let missed: Vec<_> = tally.planted.difference(&tally.found).collect();
    // One planted in the last hours, or never seen whole twice in a row, is not yet found.
    assert!(missed.len() <= 2, "{missed:?}");
}

#[test]
fn thirty_days_of_hourly_looks_with_faults_make_no_false_orphan_and_miss_none() {
    check(987_654_321, SecondSource::Honest);
}

#[test]
fn thirty_days_with_a_second_source_that_calls_everyone_free_make_no_false_orphan() {
    check(1234, SecondSource::CallsEveryoneFree);
}
