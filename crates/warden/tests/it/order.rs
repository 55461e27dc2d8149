//! In which order an account is asked: the longest way first, the others in its pauses.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cloud::{
    Addresses, Billing, CallSite, Certificates, CloudError, Clusters, LoadBalancers, Next, Page,
    PageAt, PageSource, Provider,
};
use cloudsim::World;
use cloudsim::world::clusters;
use duty::Duty as _;
use duty_orphans::Orphans;
use model::{
    AccountId, Address, Balance, Certificate, CloudId, Cluster, ClusterNode, Identity,
    LoadBalancer, Opinion, Prepaid, RegionId, ResourceId,
};
use warden::{Observer, Silent};

use crate::house::{House, day, shop, start, thing, watched};

/// An account whose bill waits, before each page but the first, until one more of the other lists
/// was asked for.
struct Paused {
    sound: Arc<dyn Provider>,
    pages: u32,
    asked: Mutex<Vec<&'static str>>,
    waited_in_vain: AtomicBool,
}

impl Paused {
    /// Waits until so many lists were asked for that are not `long`.
    async fn wait_for(&self, others: usize, long: &str) {
        for _ in 0..10_000 {
            let asked = self.asked.lock().unwrap().clone();
            if asked.iter().filter(|it| **it != long).count() >= others {
                return;
            }
            tokio::task::yield_now().await;
        }
        self.waited_in_vain.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl Provider for Paused {
    fn cloud(&self) -> &CloudId {
        self.sound.cloud()
    }

    fn account(&self) -> &AccountId {
        self.sound.account()
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        self.sound.identity().await
    }

    fn renewal_page(&self) -> &str {
        self.sound.renewal_page()
    }

    fn billing(&self) -> Option<&dyn Billing> {
        Some(self)
    }

    fn certificates(&self) -> Option<&dyn Certificates> {
        Some(self)
    }

    fn clusters(&self) -> Option<&dyn Clusters> {
        Some(self)
    }

    fn addresses(&self) -> Option<&dyn Addresses> {
        Some(self)
    }

    fn load_balancers(&self) -> Option<&dyn LoadBalancers> {
        Some(self)
    }
}

#[async_trait]
impl Billing for Paused {
    fn prepaid(&self) -> Option<Box<dyn PageSource<Prepaid> + '_>> {
        Some(Box::new(Bill(self)))
    }

    async fn balance(&self) -> Result<Balance, CloudError> {
        self.asked.lock().unwrap().push("balance");
        self.sound.billing().unwrap().balance().await
    }
}

impl Certificates for Paused {
    fn certificates(&self) -> Box<dyn PageSource<Certificate> + '_> {
        self.asked.lock().unwrap().push("certificates");
        self.sound.certificates().unwrap().certificates()
    }
}

#[async_trait]
impl Clusters for Paused {
    fn clusters(&self, region: &RegionId) -> Box<dyn PageSource<Cluster> + '_> {
        self.sound.clusters().unwrap().clusters(region)
    }

    async fn cluster(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Option<Cluster>, CloudError> {
        self.sound.clusters().unwrap().cluster(region, id).await
    }

    fn nodes(&self, region: &RegionId, cluster: &Cluster) -> Box<dyn PageSource<ClusterNode> + '_> {
        let (_, number) = cluster.name.split_once('-').unwrap();
        Box::new(Nodes {
            paused: self,
            sound: self.sound.clusters().unwrap().nodes(region, cluster),
            number: number.parse().unwrap(),
        })
    }

    async fn opinions(
        &self,
        region: &RegionId,
        machines: &[ResourceId],
    ) -> Result<BTreeMap<ResourceId, Opinion>, CloudError> {
        let port = self.sound.clusters().unwrap();
        port.opinions(region, machines).await
    }
}

impl Addresses for Paused {
    fn addresses(&self, region: &RegionId) -> Box<dyn PageSource<Address> + '_> {
        self.asked.lock().unwrap().push("addresses");
        self.sound.addresses().unwrap().addresses(region)
    }
}

impl LoadBalancers for Paused {
    fn load_balancers(&self, region: &RegionId) -> Box<dyn PageSource<LoadBalancer> + '_> {
        self.asked.lock().unwrap().push("load balancers");
        self.sound.load_balancers().unwrap().load_balancers(region)
    }
}

/// The nodes of one of several clusters, which come in the order of their numbers.
struct Nodes<'a> {
    paused: &'a Paused,
    sound: Box<dyn PageSource<ClusterNode> + 'a>,
    number: usize,
}

#[async_trait]
impl PageSource<ClusterNode> for Nodes<'_> {
    fn site(&self) -> CallSite {
        self.sound.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<ClusterNode>, CloudError> {
        self.paused.wait_for(self.number, "nodes").await;
        let page = self.sound.page(at).await;
        self.paused.asked.lock().unwrap().push("nodes");
        page
    }
}

struct Bill<'a>(&'a Paused);

#[async_trait]
impl PageSource<Prepaid> for Bill<'_> {
    fn site(&self) -> CallSite {
        CallSite {
            account: self.0.account().clone(),
            place: model::Place::Global,
            operation: "Bill",
        }
    }

    async fn page(&self, at: &PageAt) -> Result<Page<Prepaid>, CloudError> {
        let sound = self.0.sound.billing().unwrap().prepaid().unwrap();
        // An answer takes its time, in which others could begin.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        if let PageAt::Number(number) = at {
            self.0.wait_for(*number as usize - 1, "bill").await;
        }
        let page = sound.page(&PageAt::First).await?;
        self.0.asked.lock().unwrap().push("bill");
        Ok(Page {
            next: Next::Through(self.0.pages),
            ..page
        })
    }

    fn parallel(&self) -> usize {
        1
    }
}

fn paused(house: &House, pages: u32) -> Arc<Paused> {
    Arc::new(Paused {
        sound: house.door.provider("shop").unwrap(),
        pages,
        asked: Mutex::default(),
        waited_in_vain: AtomicBool::new(false),
    })
}

async fn order_of(pages: u32) -> Vec<&'static str> {
    let world = World::new(start()).with(shop().prepaid(thing("rm-1", day(5))));
    let house = House::of(world).await;
    let paused = paused(&house, pages);
    let observer = Observer::new(house.door.clock(), Arc::new(Silent));
    let begun = observer.begin(&[watched(paused.clone())]);
    let wants = Arc::new(house.patrol.wants(start()));
    let observed = observer.observe(&begun, &wants, &Arc::default()).await;
    let sight = &observed.census.accounts[paused.account()];
    assert!(sight.prepaid.as_ref().unwrap().seen().is_some());
    assert!(sight.balance.as_ref().unwrap().seen().is_some());
    assert!(sight.certificates.as_ref().unwrap().seen().is_some());
    assert!(!paused.waited_in_vain.load(Ordering::Relaxed));
    paused.asked.lock().unwrap().clone()
}

#[tokio::test]
async fn of_the_other_lists_one_begins_in_each_pause_of_the_bill() {
    assert_eq!(
        order_of(3).await,
        ["bill", "balance", "bill", "certificates", "bill"]
    );
}

#[tokio::test]
async fn all_other_lists_begin_when_the_bill_is_over() {
    assert_eq!(order_of(1).await, ["bill", "balance", "certificates"]);
}

/// Returns in which order a region with so many clusters is asked.
async fn order_of_region(clusters: usize) -> Vec<&'static str> {
    let region = "cn-hangzhou";
    let account = shop().holding(region, |held| {
        for number in 0..clusters {
            let id = format!("c{number:032}");
            let name = format!("prod-{number}");
            held.add_cluster(clusters::Cluster::new(id, name, day(-100)));
        }
    });
    let house = House::of(World::new(start()).with(account)).await;
    let paused = paused(&house, 1);
    let mut watched = watched(paused.clone());
    watched.regions = vec![RegionId::new(region)];
    let observer = Observer::new(house.door.clock(), Arc::new(Silent));
    let begun = observer.begin(&[watched]);
    let wants = Arc::new(Orphans::default().wants(start()));
    let observed = observer.observe(&begun, &wants, &Arc::default()).await;
    assert!(observed.census.unseen().is_empty());
    assert!(!paused.waited_in_vain.load(Ordering::Relaxed));
    paused.asked.lock().unwrap().clone()
}

#[tokio::test]
async fn of_the_other_lists_of_a_region_one_begins_with_each_page_of_nodes() {
    assert_eq!(
        order_of_region(3).await,
        ["nodes", "load balancers", "nodes", "addresses", "nodes"]
    );
    assert_eq!(
        order_of_region(1).await,
        ["nodes", "load balancers", "addresses"]
    );
    assert_eq!(order_of_region(0).await, ["load balancers", "addresses"]);
}
