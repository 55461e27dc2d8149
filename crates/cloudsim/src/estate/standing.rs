//! What stands in the regions of a seeded estate: machines in clusters, their disks, and what is made of them.
//!
//! Everything follows from the seed and a number. Of a hundred things, 44 are machines, 44 their system disks, 6
//! snapshots, 2 images, 2 addresses, one is a load balancer and one a cluster that 40 of the machines are nodes of.

use jiff::{SignedDuration, Timestamp};

use super::rows::mix;
use crate::world::account::Uid;
use crate::world::cloud::Cloud;
use crate::world::clusters::{Cluster, Node};
use crate::world::holdings::Holdings;
use crate::world::machines::Machine;
use crate::world::network::{Address, Backend, Balancer, Holder};
use crate::world::prepaid::Renewal;
use crate::world::storage::{Disk, Image, Snapshot};
use crate::world::terms::Term;

/// Things that belong together.
const BLOCK: u32 = 100;
/// The machines among them.
const MACHINES: u32 = 44;
/// The machines that are nodes of the block's cluster.
const NODES: u32 = 40;
/// The machine that a block's cluster has forgotten, where it has forgotten one.
const FORGOTTEN: u32 = 42;

/// The stock of one region of one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stock {
    pub(super) seed: u64,
    pub(super) uid: Uid,
    pub(super) cloud: Cloud,
    pub(super) region: &'static str,
    pub(super) now: Timestamp,
    /// How many of its first clusters have each forgotten a machine.
    pub(super) orphans: u32,
}

/// What an id begins with, and how many hexadecimal digits follow.
type Form = (&'static str, usize);

impl Stock {
    /// Puts `count` things into `held`.
    pub(super) fn put(&self, held: &mut Holdings, count: u32) {
        for index in 0..count {
            let block = index - index % BLOCK;
            match index % BLOCK {
                // The cluster comes first, although it is the last of its hundred.
                0 => {
                    if block + BLOCK <= count {
                        held.add_cluster(self.cluster(block));
                    }
                    self.put_machine(held, block, 0, block + BLOCK <= count);
                }
                it @ 1..MACHINES => {
                    self.put_machine(held, block, it, block + BLOCK <= count);
                }
                it @ MACHINES..88 => {
                    let machine = self.id("machine", block + it - MACHINES);
                    held.add_disk(self.disk(index).system_of(machine));
                }
                it @ 88..94 => {
                    let disk = self.id("disk", block + it - MACHINES);
                    let made = self.ago(1 + i64::from(it - 88));
                    let snapshot = Snapshot::new(self.id("snapshot", index), disk, 40, made);
                    held.add_snapshot(snapshot);
                }
                94 | 95 => {
                    let snapshot = self.id("snapshot", index - 6);
                    let (id, made) = (self.id("image", index), self.ago(1));
                    let image = Image::new(id, format!("weekly-{index}"), &[&snapshot], made);
                    held.add_image(image);
                }
                it @ (96 | 97) => {
                    let ip = format!("203.0.{}.{}", index / 250 % 250, index % 250);
                    let machine = self.id("machine", block + it - 96);
                    let address = Address::new(self.id("address", index), ip, self.ago(200));
                    held.add_address(address.at(Holder::Machine, machine));
                }
                98 => {
                    let id = self.id("balancer", index);
                    let machine = self.id("machine", block);
                    let balancer = Balancer::new(&id, format!("lb-{index}"), self.ago(200));
                    held.add_balancer(balancer.backend(Backend::new(machine)));
                }
                _ => {}
            }
        }
    }

    fn put_machine(&self, held: &mut Holdings, block: u32, number: u32, in_cluster: bool) {
        let id = self.id("machine", block + number);
        let index = block + number;
        let ip = format!(
            "10.{}.{}.{}",
            self.uid.0 % 250,
            index / 250 % 250,
            index % 250 + 2
        );
        let mut machine = Machine::new(&id, format!("web-{index:05}"), self.ago(90))
            .zone(self.zone())
            .ip(&ip)
            .tag("owner", format!("team-{}", index % 7));
        if number.is_multiple_of(10) {
            let ends = self.now + SignedDuration::from_hours(24 * (40 + i64::from(index % 300)));
            machine = machine.term(Term::prepaid(ends, Renewal::Manual));
        }
        let cluster = self.id("cluster", block);
        let is_node = in_cluster && number < NODES;
        let forgotten = in_cluster && number == FORGOTTEN && block / BLOCK < self.orphans;
        if is_node || forgotten {
            let (key, name) = self.marks(&cluster);
            machine = machine.tag(key, &cluster);
            machine.name = name;
        }
        held.add_machine(machine);
        if is_node
            && held
                .add_node(&cluster, Node::worker(id, ip, self.ago(90)))
                .is_err()
        {
            tracing::error!("the seeded estate has no cluster {cluster}");
        }
    }

    /// Returns the tag and the name that the cloud gives the nodes of `cluster`.
    fn marks(&self, cluster: &str) -> (&'static str, String) {
        match self.cloud {
            Cloud::Aliyun => ("ack.aliyun.com", format!("worker-k8s-for-cs-{cluster}")),
            Cloud::Tencent => ("tke-clusterId", format!("tke_{cluster}_worker")),
            Cloud::Aws(_) => ("eks:cluster-name", String::new()),
        }
    }

    fn cluster(&self, block: u32) -> Cluster {
        let id = self.id("cluster", block);
        let name = match self.cloud {
            Cloud::Aws(_) => id.clone(),
            Cloud::Aliyun | Cloud::Tencent => format!("cluster-{}", block / BLOCK),
        };
        Cluster::new(id, name, self.ago(300))
    }

    fn disk(&self, index: u32) -> Disk {
        Disk::new(self.id("disk", index), 40, self.ago(90)).zone(self.zone())
    }

    fn zone(&self) -> String {
        match self.cloud {
            Cloud::Aliyun => format!("{}-b", self.region),
            Cloud::Tencent => format!("{}-3", self.region),
            Cloud::Aws(_) => format!("{}a", self.region),
        }
    }

    fn ago(&self, days: i64) -> Timestamp {
        self.now - SignedDuration::from_hours(24 * days)
    }

    /// Returns the id of the thing of this sort with this number, as the cloud spells such ids.
    fn id(&self, sort: &'static str, index: u32) -> String {
        let place = self
            .region
            .bytes()
            .fold(0_u64, |sum, it| sum.wrapping_mul(131) + u64::from(it));
        let chance = mix(self.seed ^ self.uid.0.rotate_left(17) ^ place);
        let (prefix, digits) = self.form(sort);
        // The last five digits are the number, so that no two are the same.
        let number = (u128::from(chance) << 20) | u128::from(index);
        let shown = 4 * u32::try_from(digits).unwrap_or(u32::MAX);
        let number = number & 1_u128.checked_shl(shown).map_or(u128::MAX, |it| it - 1);
        format!("{prefix}{number:0digits$x}")
    }

    fn form(&self, sort: &'static str) -> Form {
        let [aliyun, tencent, aws] = match sort {
            "machine" => [("i-bp1", 17), ("ins-", 8), ("i-0", 16)],
            "disk" => [("d-bp1", 17), ("disk-", 8), ("vol-0", 16)],
            "snapshot" => [("s-bp1", 17), ("snap-", 8), ("snap-0", 16)],
            "image" => [("m-bp1", 17), ("img-", 8), ("ami-0", 16)],
            "address" => [("eip-bp1", 17), ("eip-", 8), ("eipalloc-0", 16)],
            "balancer" => [("lb-bp1", 17), ("lb-", 8), ("lb-", 16)],
            _ => [("c", 32), ("cls-", 8), ("cluster-", 16)],
        };
        match self.cloud {
            Cloud::Aliyun => aliyun,
            Cloud::Tencent => tencent,
            Cloud::Aws(_) => aws,
        }
    }
}
