//! The rules of every adapter, kept over the wire.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use cloud::Provider;
use cloud::conformance::{Asked, Stage, Trouble, breaches};
use cloudsim::world::clusters::{Cluster, Pool};
use cloudsim::world::directory::Directory;
use cloudsim::world::holdings::Holdings;
use cloudsim::world::machines::{Machine, ScalingGroup};
use cloudsim::world::network::{Address, Backend, Balancer, BalancerSort};
use cloudsim::world::prepaid::Renewal;
use cloudsim::world::products::Product;
use cloudsim::world::storage::{Disk, Image, Snapshot};
use cloudsim::world::terms::Term;
use cloudsim::{AccessKey, Certificate, Cloud, Domain, Effect, Partition, Rights, Uid};
use model::{RegionId, ResourceId};

use crate::stand::{NUMBER, REGION, Stand, UID, days, fault_of, now, region, shop};

/// A part of all there is: the long lists take longer than the others together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    LongLists,
    Standing,
    Whole,
}

impl Part {
    fn of(asked: Asked) -> Self {
        match asked {
            Asked::Machines | Asked::Snapshots | Asked::Disks => Self::LongLists,
            Asked::Clusters
            | Asked::Nodes
            | Asked::Images
            | Asked::Addresses
            | Asked::LoadBalancers => Self::Standing,
            _ => Self::Whole,
        }
    }
}

struct Full(Stand, Part);

const CLUSTER: &str = "shop";
const GROUP: &str = "eks-web-0a1b2c3d";
/// More than one page of each sort.
const MANY_MACHINES: usize = 550;
const MANY_CLUSTERS: usize = 120;
const MANY_DISKS: usize = 550;
const MANY_SNAPSHOTS: usize = 1_050;
const MANY_TERMS: usize = 120;
/// One page of these is all there is.
const SOME: usize = 30;

fn ids(word: &str, many: usize) -> impl Iterator<Item = String> {
    (0..many).map(move |number| format!("{word}-{number:04}"))
}

fn balancer(number: usize) -> String {
    format!("50dc6c495c0c{number:04}")
}

fn certificate(number: u64) -> String {
    format!("arn:aws:acm:us-east-1:{NUMBER}:certificate/00000000-0000-4000-8000-{number:012x}")
}

fn plant(region: &mut Holdings) {
    for id in ids("i", MANY_MACHINES) {
        region.add_machine(Machine::new(id, "web", days(-9)));
    }
    region.add_cluster(Cluster::new(CLUSTER, CLUSTER, days(-9)));
    for id in ids("c", MANY_CLUSTERS - 1) {
        region.add_cluster(Cluster::new(&id, &id, days(-9)));
    }
    region.add_group(ScalingGroup::new(GROUP, days(-9)));
    region.add_pool(Pool::new("web-0a1b2c3d", CLUSTER, days(-9)).group(GROUP));
    for id in ids("n", SOME) {
        region.add_machine(Machine::new(id, "", days(-9)).group(GROUP));
    }
    for id in ids("vol", MANY_DISKS) {
        region.add_disk(Disk::new(id, 40, days(-9)));
    }
    for id in ids("snap", MANY_SNAPSHOTS) {
        region.add_snapshot(Snapshot::new(id, "vol-0000", 40, days(-9)));
    }
    for id in ids("ami", SOME) {
        region.add_image(Image::new(id, "base", &[], days(-9)));
    }
    for number in 0..SOME {
        let id = format!("eipalloc-{number:04}");
        region.add_address(Address::new(id, format!("203.0.113.{number}"), days(-9)));
        let name = format!("lb-{number}");
        region.add_balancer(
            Balancer::new(balancer(number), name, days(-9))
                .sort(BalancerSort::Application)
                .backend(Backend::new("i-0000")),
        );
    }
    let until = || Term::prepaid(days(100), Renewal::Manual);
    for id in ids("ri", SOME) {
        region.add_product(Product::new("ec2-reserved", id, days(-9), until()));
    }
    for id in ids("rdb", MANY_TERMS) {
        region.add_product(Product::new("rds-reserved", id, days(-9), until()));
    }
    for id in ids("sp", MANY_TERMS) {
        region.add_product(Product::new("savings-plan", id, days(-9), until()));
    }
}

fn action(asked: Asked) -> &'static str {
    match asked {
        Asked::Identity => "GetCallerIdentity",
        Asked::Regions => "DescribeRegions",
        Asked::Certificates => "ListCertificates",
        Asked::Domains => "ListDomains",
        Asked::Members => "ListAccounts",
        Asked::Machines => "DescribeInstances",
        Asked::Clusters => "ListClusters",
        Asked::Nodes => "ListNodegroups",
        Asked::Disks => "DescribeVolumes",
        Asked::Snapshots => "DescribeSnapshots",
        Asked::Images => "DescribeImages",
        Asked::Addresses => "DescribeAddresses",
        Asked::LoadBalancers => "2015-12-01:DescribeLoadBalancers",
        Asked::AccessKeys => "ListUsers",
        Asked::Term("ec2") => "DescribeReservedInstances",
        Asked::Term("rds") => "DescribeReservedDBInstances",
        Asked::Term("savingsplans") => "DescribeSavingsPlans",
        other => unreachable!("{other:?} is nothing this cloud has"),
    }
}

/// How each service says that a key is wrong.
fn wrong_key(asked: Asked) -> Effect {
    let (status, code) = match asked {
        Asked::Identity | Asked::AccessKeys | Asked::LoadBalancers | Asked::Term("rds") => {
            (403, "InvalidClientTokenId")
        }
        Asked::Certificates
        | Asked::Domains
        | Asked::Members
        | Asked::Clusters
        | Asked::Nodes
        | Asked::Term("savingsplans") => (403, "UnrecognizedClientException"),
        _ => (401, "AuthFailure"),
    };
    Effect::Refused {
        status,
        code: code.to_owned(),
        message: "Refused.".to_owned(),
    }
}

#[async_trait]
impl Stage for Full {
    fn provider(&self) -> Arc<dyn Provider> {
        Arc::new(self.0.aws())
    }

    fn planted(&self, asked: Asked) -> Option<BTreeSet<String>> {
        if Part::of(asked) != self.1 {
            return None;
        }
        let account = self.0.sim.world().account("shop").unwrap();
        Some(match asked {
            Asked::Balance | Asked::Prepaid => return None,
            Asked::Identity => [NUMBER.to_owned()].into(),
            Asked::Regions => {
                let regions = Cloud::Aws(Partition::Aws).regions().iter();
                regions.map(|it| it.0.to_owned()).collect()
            }
            Asked::Certificates => (0..SOME as u64).map(certificate).collect(),
            Asked::Domains => account.domains.iter().map(|it| it.name.clone()).collect(),
            Asked::Members => {
                let members = account.directory.unwrap().members;
                let number = |uid: &Uid| format!("{:012}", uid.0);
                let own = number(&UID);
                members.iter().map(|it| number(&it.uid)).chain([own]).collect()
            }
            Asked::AccessKeys => account.users.iter().map(|it| it.name.clone()).collect(),
            Asked::Machines => ids("i", MANY_MACHINES).chain(ids("n", SOME)).collect(),
            Asked::Clusters => ids("c", MANY_CLUSTERS - 1)
                .chain([CLUSTER.to_owned()])
                .collect(),
            Asked::Nodes => ids("n", SOME).collect(),
            Asked::Disks => ids("vol", MANY_DISKS).collect(),
            Asked::Snapshots => ids("snap", MANY_SNAPSHOTS).collect(),
            Asked::Images => ids("ami", SOME).collect(),
            Asked::Addresses => ids("eipalloc", SOME).collect(),
            Asked::LoadBalancers => (0..SOME)
                .map(|number| {
                    let (name, id) = (format!("lb-{number}"), balancer(number));
                    format!("arn:aws:elasticloadbalancing:{REGION}:{NUMBER}:loadbalancer/app/{name}/{id}")
                })
                .collect(),
            Asked::Term("ec2") => ids("ri", SOME).collect(),
            Asked::Term("rds") => ids("rdb", MANY_TERMS).collect(),
            Asked::Term(_) => ids("sp", MANY_TERMS).collect(),
        })
    }

    fn region(&self) -> RegionId {
        region()
    }

    fn cluster(&self) -> Option<ResourceId> {
        Some(ResourceId::new(CLUSTER))
    }

    fn terms(&self) -> &[&'static str] {
        &["ec2", "rds", "savingsplans"]
    }

    /// No list of this cloud says how many there are.
    fn tells_total(&self, _asked: Asked) -> bool {
        false
    }

    /// These are not planted in such numbers, or come whole.
    fn has_pages(&self, asked: Asked) -> bool {
        !matches!(
            asked,
            Asked::Nodes
                | Asked::Images
                | Asked::Addresses
                | Asked::LoadBalancers
                | Asked::Certificates
                | Asked::AccessKeys
                | Asked::Term("ec2")
        )
    }

    async fn trouble(&self, asked: Asked, trouble: Trouble) {
        let fault = fault_of(trouble, wrong_key(asked));
        let fault = fault.account(UID).action(action(asked));
        self.0.sim.faults().add(fault);
    }

    async fn calm(&self) {
        self.0.sim.faults().clear();
    }
}

async fn stage(part: Part) -> Full {
    let mut account = shop().holding(REGION, plant);
    for number in 0..SOME as u64 {
        let name = format!("w{number}.example.com");
        let certificate = Certificate::new(number, &[&name], days(40)).region("us-east-1");
        account = account.certificate(certificate);
    }
    for number in 0..230 {
        account = account.domain(Domain::new(format!("w{number}.example.com"), days(100)));
    }
    for number in 1..SOME {
        let key = AccessKey::new(format!("AKIAIOSFODNN7{number:07}"), "s");
        account = account.user(format!("user-{number}"), key, Rights::of(["none"]));
    }
    let mut directory = Directory::new("o-1", now());
    for number in 0..50 {
        directory = directory.member(Uid(200_000_000_000 + number), format!("m{number}"));
    }
    Full(Stand::of(account.directory(directory)).await, part)
}

#[tokio::test]
async fn every_rule_is_kept_by_the_long_lists_of_a_region() {
    assert_eq!(breaches(&stage(Part::LongLists).await).await, []);
}

#[tokio::test]
async fn every_rule_is_kept_by_what_else_stands_in_a_region() {
    assert_eq!(breaches(&stage(Part::Standing).await).await, []);
}

#[tokio::test]
async fn every_rule_is_kept_by_what_is_of_the_whole_account() {
    assert_eq!(breaches(&stage(Part::Whole).await).await, []);
}
