//! The in-process door keeps to what every adapter keeps to.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use cloud::conformance::{Asked, Stage, Trouble, breaches};
use model::{RegionId, ResourceId};

use super::*;
use crate::world::cloud::Cloud;
use crate::world::clusters::{Cluster, Node};
use crate::world::machines::Machine;
use crate::world::network::{Address, Balancer};
use crate::world::rows::{Row, Rows};
use crate::world::storage::{Disk, Image, Snapshot};

const REGION: &str = "cn-hangzhou";
const CLUSTER: &str = "c-of-nodes";

fn ids<T: Row>(rows: &Rows<T>) -> BTreeSet<String> {
    rows.iter().map(|it| it.id().to_owned()).collect()
}

struct Inside {
    door: Door,
    wrong_key: AtomicBool,
}

/// Of each list, more than two full pages.
const PREPAID: usize = 620;
const OTHERS: usize = 230;

fn stage() -> Inside {
    let mut account = many(shop_with(Rights::all()), PREPAID);
    let mut directory = Directory::new("rd-1", day(-99));
    for number in 0..OTHERS {
        let id = number as u64;
        account = account
            .certificate(Certificate::new(id, &["a.cn"], day(number as i64 - 100)))
            .domain(Domain::new(format!("d{number}.cn"), day(50)));
        directory = directory.member(Uid(7_000_000_000_000_000 + id), format!("m{number}"));
        account = account.user(
            format!("u{number}"),
            key(&format!("k{number}")),
            Rights::all(),
        );
    }
    let account = account.holding(REGION, |it| {
        it.add_cluster(Cluster::new(CLUSTER, "one", day(-99)));
        for number in 0..OTHERS {
            let (machine, disk) = (format!("i-{number}"), format!("d-{number}"));
            let snapshot = format!("s-{number}");
            it.add_machine(Machine::new(&machine, "web", day(-9)));
            it.add_disk(Disk::new(&disk, 40, day(-9)).system_of(&machine));
            it.add_snapshot(Snapshot::new(&snapshot, disk, 40, day(-1)));
            it.add_image(Image::new(
                format!("m-{number}"),
                "weekly",
                &[&snapshot],
                day(-1),
            ));
            it.add_address(Address::new(
                format!("eip-{number}"),
                "203.0.113.9",
                day(-9),
            ));
            it.add_balancer(Balancer::new(format!("lb-{number}"), "lb", day(-9)));
            it.add_cluster(Cluster::new(format!("c-{number}"), "other", day(-9)));
            it.add_node(CLUSTER, Node::worker(machine, "10.0.0.9", day(-9)))
                .unwrap();
        }
    });
    Inside {
        door: door_of(account.directory(directory)),
        wrong_key: AtomicBool::new(false),
    }
}

impl Inside {
    fn held(&self) -> Arc<crate::Holdings> {
        let shop = self.door.world().account("shop").unwrap();
        self.door.world().holdings(shop.uid, REGION)
    }
}

fn action(asked: Asked) -> &'static str {
    match asked {
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
        Asked::Term(_) => "QueryAvailableInstances",
    }
}

#[async_trait]
impl Stage for Inside {
    fn provider(&self) -> Arc<dyn Provider> {
        let mut key = key("shop");
        if self.wrong_key.load(Ordering::Relaxed) {
            key.secret.push('x');
        }
        Arc::new(self.door.visitor(AccountId::new("shop"), key))
    }

    fn planted(&self, asked: Asked) -> Option<BTreeSet<String>> {
        let shop = self.door.world().account("shop")?;
        Some(match asked {
            Asked::Identity => [shop.uid.to_string()].into(),
            Asked::Balance => ["10,000.00 ¥".to_owned()].into(),
            Asked::Regions => Cloud::Aliyun
                .regions()
                .iter()
                .map(|it| it.0.to_owned())
                .collect(),
            Asked::Prepaid => shop.prepaid.rows().map(|it| it.id).collect(),
            Asked::Certificates => shop
                .certificates
                .iter()
                .map(|it| it.id.to_string())
                .collect(),
            Asked::Domains => shop.domains.into_iter().map(|it| it.name).collect(),
            Asked::Members => {
                let members = shop.directory?.members;
                members.iter().map(|it| it.uid.to_string()).collect()
            }
            Asked::Machines => ids(&self.held().machines),
            Asked::Clusters => ids(&self.held().clusters),
            Asked::Nodes => ids(self.held().nodes(CLUSTER)?),
            Asked::Disks => ids(&self.held().disks),
            Asked::Snapshots => ids(&self.held().snapshots),
            Asked::Images => ids(&self.held().images),
            Asked::Addresses => ids(&self.held().addresses),
            Asked::LoadBalancers => ids(&self.held().balancers),
            Asked::AccessKeys => shop.users.into_iter().map(|it| it.name).collect(),
            // The bill has one list of everything.
            Asked::Term(_) => return None,
        })
    }

    fn region(&self) -> RegionId {
        RegionId::new(REGION)
    }

    fn cluster(&self) -> Option<ResourceId> {
        Some(ResourceId::new(CLUSTER))
    }

    async fn trouble(&self, asked: Asked, trouble: Trouble) {
        let fault = |effect| Fault::new(effect).action(action(asked));
        let throttle = Effect::Throttle {
            code: None,
            status: None,
            retry_after_ms: None,
        };
        let fault = match trouble {
            Trouble::Throttled { calls } => fault(throttle).times(calls.into()),
            Trouble::LostAnswer => fault(Effect::LostAnswer).times(1),
            Trouble::HalfAnswer => fault(Effect::HalfPage).times(1),
            Trouble::Down => fault(Effect::Status { status: 503 }),
            Trouble::DeadPage { page } => fault(Effect::Status { status: 503 }).page(page.into()),
            Trouble::Empty => fault(Effect::EmptyList),
            Trouble::LyingTotal => fault(Effect::LyingTotal { by: 1 }),
            Trouble::RepeatedRow => fault(Effect::DuplicateRows),
            Trouble::RowLostOnce => fault(Effect::ShiftedRows).page(2).times(1),
            Trouble::RowLost => fault(Effect::ShiftedRows).page(2),
            Trouble::Denied => fault(Effect::Denied),
            Trouble::NewFields => fault(Effect::ExtraFields),
            Trouble::LogInPage => fault(Effect::ProxyPage),
            Trouble::Garbage => fault(Effect::GarbageJson),
            Trouble::WrongKey => return self.wrong_key.store(true, Ordering::Relaxed),
        };
        self.door.faults().add(fault);
    }

    async fn calm(&self) {
        self.door.faults().clear();
        self.wrong_key.store(false, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn the_door_has_no_breach() {
    let stage = stage();
    let found: Vec<String> = breaches(&stage)
        .await
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found, Vec::<String>::new());
    // The troubles were really made.
    assert!(stage.door.stats().faulted > 100);
}
