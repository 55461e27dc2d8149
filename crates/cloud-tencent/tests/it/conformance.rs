//! The rules of every adapter, kept over the wire.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use cloud::Provider;
use cloud::conformance::{Asked, Stage, Trouble, breaches};
use cloud_tencent::{Bill, RenewalPage};
use cloudsim::world::clusters::{Cluster, Node};
use cloudsim::world::directory::Directory;
use cloudsim::world::machines::Machine;
use cloudsim::world::network::{Address, Backend, Balancer};
use cloudsim::world::products::Product;
use cloudsim::world::storage::{Disk, Image, Snapshot};
use cloudsim::world::terms::Term;
use cloudsim::{Certificate, Cloud, Domain, Holdings, Renewal, Uid};
use model::{RegionId, ResourceId};

use crate::stand::{REGION, Stand, UID, days, fault_of, fixed, key, now, shop};

struct Full(Stand);

const CLUSTER: &str = "cls-00000000";
/// How many of each thing there are: more than two pages.
const MANY: usize = 230;
/// Products with pages as others have them, with smaller ones that lie deeper, and with an offset
/// that counts pages.
const PRODUCTS: [&str; 4] = ["cdb", "ckafka", "lighthouse", "sqlserver"];

fn numbered(word: &str) -> BTreeSet<String> {
    (0..MANY).map(|it| format!("{word}-{it:08}")).collect()
}

fn plant(region: &mut Holdings) {
    for number in 0..MANY {
        let id = |word: &str| format!("{word}-{number:08}");
        let ip = format!("10.0.{}.{}", number / 250, number % 250 + 1);
        let term = Term::prepaid(days(40), Renewal::Manual);
        region.add_cluster(Cluster::new(id("cls"), "shop", now()));
        let machine = Machine::new(id("ins"), "worker", now());
        region.add_machine(machine.ip(&ip).term(term));
        region
            .add_node(CLUSTER, Node::worker(id("ins"), &ip, now()))
            .unwrap();
        region.add_disk(Disk::new(id("disk"), 40, now()));
        region.add_snapshot(Snapshot::new(id("snap"), id("disk"), 40, now()));
        region.add_image(Image::new(id("img"), "base", &[], now()));
        region.add_address(Address::new(id("eip"), "47.0.0.1", now()));
        let balancer = Balancer::new(id("lb"), "web", now());
        region.add_balancer(balancer.backend(Backend::new(id("ins"))));
        for service in PRODUCTS {
            region.add_product(Product::new(service, id(service), now(), term));
        }
    }
}

#[async_trait]
impl Stage for Full {
    fn provider(&self) -> Arc<dyn Provider> {
        let mut settings = self.0.settings(fixed(&key()));
        settings.bill = Bill {
            renewal_page: RenewalPage::Read,
            ..Bill::default()
        };
        Arc::new(self.0.account(settings))
    }

    fn planted(&self, asked: Asked) -> Option<BTreeSet<String>> {
        let account = self.0.sim.world().account("shop").unwrap();
        Some(match asked {
            Asked::Identity => [UID.0.to_string()].into(),
            Asked::Balance => ["10,000.00 ¥".to_owned()].into(),
            Asked::Regions => {
                let regions = Cloud::Tencent.regions().iter();
                regions.map(|it| it.0.to_owned()).collect()
            }
            Asked::Prepaid => {
                let words = ["ins"].into_iter().chain(PRODUCTS);
                words.flat_map(numbered).collect()
            }
            Asked::Certificates => {
                let all = account.certificates.iter();
                all.map(|it| it.id.to_string()).collect()
            }
            Asked::Domains => account.domains.iter().map(|it| it.name.clone()).collect(),
            Asked::Members => {
                let members = account.directory.unwrap().members;
                members.iter().map(|it| it.uid.0.to_string()).collect()
            }
            Asked::AccessKeys => account.users.iter().map(|it| it.name.clone()).collect(),
            Asked::Machines | Asked::Nodes | Asked::Term("cvm") => numbered("ins"),
            Asked::Clusters => numbered("cls"),
            Asked::Disks | Asked::Term("cbs") => numbered("disk"),
            Asked::Snapshots => numbered("snap"),
            Asked::Images => numbered("img"),
            Asked::Addresses | Asked::Term("eip") => numbered("eip"),
            Asked::LoadBalancers | Asked::Term("clb") => numbered("lb"),
            Asked::Term(kind) => numbered(kind),
        })
    }

    fn region(&self) -> RegionId {
        RegionId::new(REGION)
    }

    fn cluster(&self) -> Option<ResourceId> {
        Some(ResourceId::new(CLUSTER))
    }

    fn terms(&self) -> &[&'static str] {
        &[
            "cvm",
            "cbs",
            "eip",
            "clb",
            "cdb",
            "ckafka",
            "lighthouse",
            "sqlserver",
        ]
    }

    fn tells_total(&self, asked: Asked) -> bool {
        !matches!(asked, Asked::Prepaid | Asked::AccessKeys)
    }

    fn has_pages(&self, asked: Asked) -> bool {
        asked != Asked::AccessKeys
    }

    async fn trouble(&self, asked: Asked, trouble: Trouble) {
        let action = match asked {
            Asked::Identity => "GetCallerIdentity",
            Asked::Balance => "DescribeAccountBalance",
            Asked::Regions => "cvm:DescribeRegions",
            Asked::Prepaid => "DescribeRenewInstances",
            Asked::Certificates => "DescribeCertificates",
            Asked::Domains => "DescribeDomainNameList",
            Asked::Members => "DescribeOrganizationMembers",
            Asked::Machines | Asked::Term("cvm") => "cvm:DescribeInstances",
            Asked::Clusters => "tke:DescribeClusters",
            Asked::Nodes => "DescribeClusterInstances",
            Asked::Disks | Asked::Term("cbs") => "DescribeDisks",
            Asked::Snapshots => "DescribeSnapshots",
            Asked::Images => "DescribeImages",
            Asked::Addresses | Asked::Term("eip") => "DescribeAddresses",
            Asked::LoadBalancers | Asked::Term("clb") => "DescribeLoadBalancers",
            Asked::AccessKeys => "ListUsers",
            Asked::Term("cdb") => "cdb:DescribeDBInstances",
            Asked::Term("sqlserver") => "sqlserver:DescribeDBInstances",
            Asked::Term("ckafka") => "DescribeInstancesDetail",
            Asked::Term("lighthouse") => "lighthouse:DescribeInstances",
            Asked::Term(other) => unreachable!("{other} was not planted"),
        };
        let fault = fault_of(trouble).account(UID).action(action);
        self.0.sim.faults().add(fault);
    }

    async fn calm(&self) {
        self.0.sim.faults().clear();
    }
}

#[tokio::test]
async fn every_rule_of_adapters_is_kept() {
    let mut account = shop();
    for number in 0..MANY {
        let name = format!("w{number}.example.com");
        let ends = if number % 2 == 0 { days(40) } else { days(-3) };
        let id = 1_000 + u64::try_from(number).unwrap();
        account = account.certificate(Certificate::new(id, &[&name], ends));
        account = account.domain(Domain::new(name, days(100)));
    }
    account = account.holding(REGION, plant);
    let mut directory = Directory::new("org-1", now());
    for number in 0..u64::try_from(MANY).unwrap() {
        directory = directory.member(Uid(200_000_000_000 + number), format!("m{number}"));
    }
    let stage = Full(Stand::of(account.directory(directory)).await);
    let breaches: Vec<String> = breaches(&stage)
        .await
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(breaches, [""; 0]);
}
