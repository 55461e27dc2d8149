//! The rules of every adapter, kept over the wire.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use cloud::Provider;
use cloud::conformance::{Asked, Stage, Trouble, breaches};
use cloudsim::world::clusters::{Cluster, Node};
use cloudsim::world::directory::Directory;
use cloudsim::world::holdings::Holdings;
use cloudsim::world::machines::Machine;
use cloudsim::world::network::{Address, Balancer};
use cloudsim::world::storage::{Disk, Image, Snapshot};
use cloudsim::{Certificate, Cloud, Domain, Effect, Fault, Prepaid, Uid};

use model::{RegionId, ResourceId};

use crate::stand::{Stand, UID, days, now, shop};

struct Full(Stand);

const REGION: &str = "cn-beijing";
const CLUSTER: &str = "c0000000000000000000000000000000a";
/// How many of each thing stand in the region.
const MANY: usize = 230;
/// Their largest page holds five times as many as the others'.
const MANY_DISKS: usize = 1_100;

impl Full {
    /// Returns the ids of what stands in the region.
    fn standing(&self, asked: Asked) -> BTreeSet<String> {
        let number =
            |word: &str, many: usize| (0..many).map(|it| format!("{word}-{it:04}")).collect();
        match asked {
            Asked::Machines => number("i", MANY),
            Asked::Clusters => (1..MANY)
                .map(cluster_id)
                .chain([CLUSTER.to_owned()])
                .collect(),
            Asked::Nodes => number("i", MANY),
            Asked::Disks => number("d", MANY_DISKS),
            Asked::Snapshots => number("s", MANY),
            Asked::Images => number("m", MANY),
            Asked::Addresses => number("eip", MANY),
            Asked::LoadBalancers => number("lb", MANY),
            other => unreachable!("{other:?} does not stand in a region"),
        }
    }
}

fn cluster_id(number: usize) -> String {
    format!("c{number:032}")
}

fn plant(region: &mut Holdings) {
    region.add_cluster(Cluster::new(CLUSTER, "shop", now()));
    for number in 1..MANY {
        region.add_cluster(Cluster::new(cluster_id(number), "others", now()));
    }
    for number in 0..MANY {
        let machine = format!("i-{number:04}");
        let ip = format!("10.0.{}.{}", number / 250, number % 250 + 1);
        region.add_machine(Machine::new(&machine, "worker", now()).ip(&ip));
        let node = Node::worker(&machine, &ip, now());
        region.add_node(CLUSTER, node).unwrap();
        let disk = format!("d-{number:04}");
        region.add_snapshot(Snapshot::new(format!("s-{number:04}"), disk, 40, now()));
        region.add_image(Image::new(format!("m-{number:04}"), "base", &[], now()));
        region.add_address(Address::new(format!("eip-{number:04}"), "47.0.0.1", now()));
        region.add_balancer(Balancer::new(format!("lb-{number:04}"), "web", now()));
    }
    for number in 0..MANY_DISKS {
        region.add_disk(Disk::new(format!("d-{number:04}"), 40, now()));
    }
}

#[async_trait]
impl Stage for Full {
    fn provider(&self) -> Arc<dyn Provider> {
        Arc::new(self.0.aliyun())
    }

    fn planted(&self, asked: Asked) -> Option<BTreeSet<String>> {
        let account = self.0.sim.world().account("shop").unwrap();
        Some(match asked {
            Asked::Identity => [UID.to_string()].into(),
            Asked::Balance => ["10,000.00 ¥".to_owned()].into(),
            Asked::Regions => {
                let regions = Cloud::Aliyun.regions().iter();
                regions.map(|it| it.0.to_owned()).collect()
            }
            Asked::Prepaid => account.prepaid.rows().map(|it| it.id).collect(),
            Asked::Certificates => account
                .certificates
                .iter()
                .map(|it| it.id.to_string())
                .collect(),
            Asked::Domains => account.domains.iter().map(|it| it.name.clone()).collect(),
            Asked::Members => {
                let members = account.directory.unwrap().members;
                members.iter().map(|it| it.uid.to_string()).collect()
            }
            Asked::AccessKeys => account.users.iter().map(|it| it.name.clone()).collect(),
            Asked::Term(_) => return None,
            regional => self.standing(regional),
        })
    }

    fn region(&self) -> RegionId {
        RegionId::new(REGION)
    }

    fn cluster(&self) -> Option<ResourceId> {
        Some(ResourceId::new(CLUSTER))
    }

    fn tells_total(&self, asked: Asked) -> bool {
        // With tokens, what a list says of its length means nothing.
        !matches!(
            asked,
            Asked::Machines | Asked::Disks | Asked::Snapshots | Asked::AccessKeys
        )
    }

    fn has_pages(&self, asked: Asked) -> bool {
        // A page holds a thousand users.
        asked != Asked::AccessKeys
    }

    async fn trouble(&self, asked: Asked, trouble: Trouble) {
        let action = match asked {
            Asked::Identity => "GetCallerIdentity",
            Asked::Balance => "QueryAccountBalance",
            Asked::Regions => "DescribeRegions",
            Asked::Prepaid => "QueryAvailableInstances",
            Asked::Certificates => "ListUserCertificateOrder",
            Asked::Domains => "QueryDomainList",
            Asked::Members => "ListAccounts",
            Asked::Machines => "DescribeInstances",
            Asked::Clusters => "DescribeClustersV1",
            Asked::Nodes => "DescribeClusterNodes",
            Asked::Disks => "DescribeDisks",
            Asked::Snapshots => "DescribeSnapshots",
            Asked::Images => "DescribeImages",
            Asked::Addresses => "DescribeEipAddresses",
            Asked::LoadBalancers => "DescribeLoadBalancers",
            Asked::AccessKeys => "ListUsers",
            Asked::Term(_) => return,
        };
        let refused = |status, code: &str| Effect::Refused {
            status,
            code: code.to_owned(),
            message: "Refused.".to_owned(),
        };
        let throttle = Effect::Throttle {
            code: None,
            status: None,
            retry_after_ms: None,
        };
        let fault = match trouble {
            Trouble::Throttled { calls } => Fault::new(throttle).times(calls.into()),
            Trouble::LostAnswer => Fault::new(Effect::LostAnswer).times(1),
            Trouble::HalfAnswer => Fault::new(Effect::HalfPage).times(1),
            Trouble::Down => Fault::new(Effect::Status { status: 503 }),
            Trouble::DeadPage { page } => {
                Fault::new(Effect::Status { status: 502 }).page(page.into())
            }
            Trouble::Empty => Fault::new(Effect::EmptyList),
            Trouble::LyingTotal => Fault::new(Effect::LyingTotal { by: 1 }),
            Trouble::RepeatedRow => Fault::new(Effect::DuplicateRows),
            Trouble::RowLostOnce => Fault::new(Effect::ShiftedRows).times(1),
            Trouble::RowLost => Fault::new(Effect::ShiftedRows),
            Trouble::Denied => Fault::new(Effect::Denied),
            Trouble::NewFields => Fault::new(Effect::ExtraFields),
            Trouble::LogInPage => Fault::new(Effect::ProxyPage),
            Trouble::Garbage => Fault::new(Effect::GarbageJson),
            Trouble::WrongKey => Fault::new(refused(404, "InvalidAccessKeyId.NotFound")),
        };
        self.0.sim.faults().add(fault.account(UID).action(action));
    }

    async fn calm(&self) {
        self.0.sim.faults().clear();
    }
}

#[tokio::test]
async fn every_rule_of_adapters_is_kept() {
    let mut account = shop();
    for number in 0..650 {
        account = account.prepaid(Prepaid::new("rds", format!("rm-{number:04}"), days(number)));
    }
    for number in 0..230 {
        let name = format!("w{number}.example.com");
        // Both lists of certificates have more than one page.
        let ends = if number % 2 == 0 { days(40) } else { days(-3) };
        account = account.certificate(Certificate::new(1_000 + number, &[&name], ends));
        account = account.domain(Domain::new(name, days(100)));
    }
    account = account.holding(REGION, plant);
    let mut directory = Directory::new("rd-1", now());
    for number in 0..230 {
        directory = directory.member(Uid(2_000_000_000_000_000 + number), format!("m{number}"));
    }
    let stage = Full(Stand::of(account.directory(directory)).await);
    assert_eq!(breaches(&stage).await, []);
}
