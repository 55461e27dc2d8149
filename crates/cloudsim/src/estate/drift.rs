//! The life of clusters, hour by hour: nodes join, leave, move and are forgotten, and the truth of it is known.
//!
//! For tests that let a month pass: whatever a duty calls an orphan must be in [`Drift::forgotten`], and whatever is
//! there must be found.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::rows::mix;
use crate::world::World;
use crate::world::account::Uid;
use crate::world::clusters::{Cluster, Node};
use crate::world::holdings::{Holdings, NotDone};
use crate::world::machines::Machine;

/// How long a node takes to be set up, and to be emptied.
const SETTING_UP: SignedDuration = SignedDuration::from_mins(4);

/// The life of the clusters of one account in one region; the same seed lives the same life.
#[derive(Debug, Clone)]
pub struct Drift {
    seed: u64,
    uid: Uid,
    region: String,
    clusters: Vec<String>,
    made: u32,
    /// Machines that were made in the last hour, and the cluster each is to join.
    arriving: Vec<(String, String)>,
    forgotten: BTreeMap<String, Timestamp>,
}

impl Drift {
    /// Puts `clusters` clusters of five nodes each into `region` of account `uid`.
    #[must_use]
    pub fn begin(world: &World, seed: u64, (uid, region): (Uid, &str), clusters: u32) -> Self {
        let mut drift = Self {
            seed,
            uid,
            region: region.to_owned(),
            clusters: (0..clusters)
                .map(|it| format!("cls-drift{it:03}"))
                .collect(),
            made: 0,
            arriving: Vec::new(),
            forgotten: BTreeMap::new(),
        };
        world.change(uid, region, |held, now| {
            for cluster in drift.clusters.clone() {
                let begun = now - SignedDuration::from_hours(24 * 30);
                held.add_cluster(Cluster::new(&cluster, "drift", begun));
                for _ in 0..5 {
                    let id = drift.make(held, &cluster, begun);
                    done(held.add_node(&cluster, Node::worker(id, "10.0.0.1", begun)));
                }
            }
        });
        drift
    }

    /// Returns the machines that were nodes, are none any more and were left running, each with the moment it was
    /// left.
    #[must_use]
    pub fn forgotten(&self) -> &BTreeMap<String, Timestamp> {
        &self.forgotten
    }

    /// Lets an hour's worth of things happen at the world's present moment; whoever calls moves the world on.
    pub fn hour(&mut self, world: &World) {
        let (uid, region) = (self.uid, self.region.clone());
        world.change(uid, &region, |held, now| {
            for (machine, cluster) in std::mem::take(&mut self.arriving) {
                let node = Node::worker(machine, "10.0.0.1", now).joining(SETTING_UP);
                done(held.add_node(&cluster, node));
            }
            match self.chance(100) {
                0..20 => self.arrive(held, now),
                20..35 => self.leave(held, now),
                35..50 => self.wander(held),
                50..55 => self.forget(held, now),
                55..58 => self.remember(held, now),
                58..62 => self.distract(held, now),
                _ => {}
            }
        });
    }

    /// A scaling group makes a machine; it is in its cluster's list an hour later.
    fn arrive(&mut self, held: &mut Holdings, now: Timestamp) {
        let cluster = self.some_cluster();
        let id = self.make(held, &cluster, now);
        self.arriving.push((id, cluster));
    }

    /// A node is emptied, and its machine destroyed.
    fn leave(&mut self, held: &mut Holdings, now: Timestamp) {
        if let Some((cluster, node)) = self.some_node(held) {
            done(held.drain_node(&cluster, &node, now, SETTING_UP));
            done(held.terminate(&node, now));
        }
    }

    /// A node moves to another cluster.
    fn wander(&mut self, held: &mut Holdings) {
        let to = self.some_cluster();
        if let Some((from, node)) = self.some_node(held).filter(|it| it.0 != to) {
            done(held.move_node(&node, &from, &to));
        }
    }

    /// A node is taken out, and its machine left running.
    fn forget(&mut self, held: &mut Holdings, now: Timestamp) {
        if let Some((cluster, node)) = self.some_node(held) {
            done(held.remove_node(&cluster, &node));
            self.forgotten.insert(node, now);
        }
    }

    /// Somebody destroys a machine that was left running.
    fn remember(&mut self, held: &mut Holdings, now: Timestamp) {
        if let Some((machine, _)) = self.forgotten.pop_first() {
            done(held.terminate(&machine, now));
        }
    }

    /// Somebody makes a machine that only sounds like a node.
    fn distract(&mut self, held: &mut Holdings, now: Timestamp) {
        self.made += 1;
        let id = format!("ins-plain{:04}", self.made);
        held.add_machine(Machine::new(id, "k8s-test-node", now).tag("cluster", "prod"));
    }

    fn make(&mut self, held: &mut Holdings, cluster: &str, now: Timestamp) -> String {
        self.made += 1;
        let id = format!("ins-drift{:04}", self.made);
        let name = format!("tke_{cluster}_worker");
        held.add_machine(Machine::new(&id, name, now).tag("tke-clusterId", cluster));
        id
    }

    fn chance(&mut self, below: u64) -> u64 {
        self.seed = mix(self.seed);
        self.seed % below.max(1)
    }

    fn some_cluster(&mut self) -> String {
        let at = self.chance(self.clusters.len() as u64);
        let at = usize::try_from(at).unwrap_or(0);
        self.clusters.get(at).cloned().unwrap_or_default()
    }

    /// Returns a node that is not on its way out, with its cluster; its name is its machine's.
    fn some_node(&mut self, held: &Holdings) -> Option<(String, String)> {
        let cluster = self.some_cluster();
        let nodes = held.nodes(&cluster)?;
        let staying = nodes.iter().filter(|it| it.turn.is_none());
        let staying: Vec<&str> = staying.map(|it| it.name.as_str()).collect();
        let at = usize::try_from(self.chance(staying.len() as u64)).ok()?;
        Some((cluster, (*staying.get(at)?).to_owned()))
    }
}

/// What is done here can be done; if it cannot, the life is wrong, and its test says so.
fn done(outcome: Result<(), NotDone>) {
    if let Err(error) = outcome {
        tracing::error!("a life of clusters went wrong: {error:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::account::Account;
    use crate::world::cloud::Cloud;

    #[test]
    fn the_truth_is_what_the_world_shows_at_every_hour_of_a_month() {
        const UID: Uid = Uid(100_000_000_009);
        let start = Timestamp::constant(1_780_000_000, 0);
        let world = World::new(start).with(Account::new("a", UID).on(Cloud::Tencent));
        let mut drift = Drift::begin(&world, 11, (UID, "ap-guangzhou"), 4);
        let (mut most, mut left) = (0, 0);
        for _ in 0..24 * 30 {
            drift.hour(&world);
            world.advance(SignedDuration::from_hours(1));
            let held = world.holdings(UID, "ap-guangzhou");
            let arriving: Vec<&String> = drift.arriving.iter().map(|it| &it.0).collect();
            let alone = held.machines.iter().filter(|it| {
                it.cluster.is_none()
                    && it.tag_value("tke-clusterId").is_some()
                    && !arriving.contains(&&it.id)
            });
            let alone: Vec<&str> = alone.map(|it| it.id.as_str()).collect();
            let mut truth: Vec<&str> = drift.forgotten().keys().map(String::as_str).collect();
            truth.sort_by_key(|id| alone.iter().position(|it| it == id));
            assert_eq!(alone, truth);
            left += usize::from(truth.len() > most);
            most = most.max(truth.len());
        }
        assert!(most > 5 && left > 5, "{most} {left}");
    }
}
