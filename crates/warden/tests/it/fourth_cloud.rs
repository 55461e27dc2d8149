//! A fourth cloud: whatever implements the ports is watched by the duties as they are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cloud::{
    CallSite, CloudError, Clusters, Detail, Inventory, Keyed, Machines, Next, Page, PageAt,
    PageSource, Provider, TermList, Terms,
};
use duty::Duty;
use duty_orphans::Orphans;
use jiff::SignedDuration;
use model::{
    AccountId, Charge, CloudId, Cluster, ClusterNode, ClusterState, Expiry, Identity, Kind,
    Machine, MachineState, Maintenance, NodeMachine, NodeSort, NodeView, Opinion, Place, Prepaid,
    PrepaidStatus, Region, RegionId, Renewal, ResourceId, Tags, Tie, TieSort,
};
use warden::{Outcome, RunRequest, Silent, Tell};

use crate::house::{House, day, shop, start, watched};

/// A cloud of one region with one cluster, which nobody but this file has heard of.
struct Nimbus {
    cloud: CloudId,
    account: AccountId,
    nodes: Mutex<Vec<&'static str>>,
}

/// A list that comes in one page.
struct Whole<T>(Vec<T>);

#[async_trait]
impl<T: Keyed + Clone + Send + Sync> PageSource<T> for Whole<T> {
    fn site(&self) -> CallSite {
        CallSite {
            account: AccountId::new("sky"),
            place: Place::Global,
            operation: "list",
        }
    }

    async fn page(&self, _at: &PageAt) -> Result<Page<T>, CloudError> {
        Ok(Page {
            items: self.0.clone(),
            next: Next::End,
            total: Some(self.0.len() as u64),
        })
    }
}

const MACHINES: [&str; 3] = ["n-1", "n-2", "n-3"];
const HUTS: TermList = TermList {
    kind: "hut",
    regional: true,
};

impl Nimbus {
    fn machine(id: &str) -> Machine {
        Machine {
            root_disk: None,
            protected: false,
            id: ResourceId::new(id),
            name: format!("puff-{id}"),
            machine_type: "cumulus.1".to_owned(),
            zone: String::new(),
            network: None,
            state: MachineState::Running,
            charge: Charge::OnDemand,
            created: Some(day(-30)),
            expiry: Expiry::Never,
            renewal: None,
            private_ips: vec!["10.0.0.1".parse().unwrap()],
            public_ips: Vec::new(),
            image: None,
            tags: Tags::new(),
            ties: vec![Tie {
                sort: TieSort::Tag,
                cluster: Some(ResourceId::new("herd")),
                evidence: "nimbus/herd=herd".to_owned(),
            }],
        }
    }

    fn herd() -> Cluster {
        Cluster {
            id: ResourceId::new("herd"),
            name: "herd".to_owned(),
            network: None,
            state: ClusterState::Settled,
            view: NodeView::Whole,
            created: None,
            tags: Tags::new(),
        }
    }
}

#[async_trait]
impl Provider for Nimbus {
    fn cloud(&self) -> &CloudId {
        &self.cloud
    }

    fn account(&self) -> &AccountId {
        &self.account
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        Ok(Identity {
            account: "42".to_owned(),
            principal: "watcher".to_owned(),
            sort: "User".to_owned(),
        })
    }

    fn renewal_page(&self) -> &str {
        "https://nimbus.example/renew"
    }

    fn inventory(&self) -> Option<&dyn Inventory> {
        Some(self)
    }

    fn terms(&self) -> Option<&dyn Terms> {
        Some(self)
    }

    fn machines(&self) -> Option<&dyn Machines> {
        Some(self)
    }

    fn clusters(&self) -> Option<&dyn Clusters> {
        Some(self)
    }
}

#[async_trait]
impl Inventory for Nimbus {
    async fn regions(&self) -> Result<Vec<Region>, CloudError> {
        Ok(vec![Region {
            id: RegionId::new("stratus"),
            name: "Stratus".to_owned(),
        }])
    }

    fn covers(&self) -> &[&'static str] {
        &[]
    }

    async fn details(
        &self,
        _kind: &Kind,
        _region: &RegionId,
        _ids: &[ResourceId],
    ) -> Result<Vec<Detail>, CloudError> {
        Ok(Vec::new())
    }
}

impl Terms for Nimbus {
    fn lists(&self) -> &[TermList] {
        &[HUTS]
    }

    fn ending(&self, list: &TermList, place: &Place) -> Box<dyn PageSource<Prepaid> + '_> {
        let Place::Region(region) = place else {
            unreachable!("huts stand in regions")
        };
        Box::new(Whole(vec![Prepaid {
            kind: Kind::new(list.kind),
            product_type: "".into(),
            id: ResourceId::new("hut-1"),
            name: Some("the hut".to_owned()),
            region: Some(region.clone()),
            tags: Tags::new(),
            created: None,
            expiry: Expiry::At(day(5)),
            renewal: Renewal::Manual,
            status: PrepaidStatus::Normal,
            release: None,
            renewal_price: None,
        }]))
    }
}

#[async_trait]
impl Machines for Nimbus {
    fn machines(&self, _region: &RegionId) -> Box<dyn PageSource<Machine> + '_> {
        Box::new(Whole(MACHINES.map(Self::machine).to_vec()))
    }

    async fn machines_by_id(
        &self,
        _region: &RegionId,
        ids: &[ResourceId],
    ) -> Result<Vec<Machine>, CloudError> {
        Ok(ids.iter().map(|it| Self::machine(it.as_str())).collect())
    }

    fn maintenance(&self, _region: &RegionId) -> Option<Box<dyn PageSource<Maintenance> + '_>> {
        None
    }
}

#[async_trait]
impl Clusters for Nimbus {
    fn clusters(&self, _region: &RegionId) -> Box<dyn PageSource<Cluster> + '_> {
        Box::new(Whole(vec![Self::herd()]))
    }

    async fn cluster(
        &self,
        _region: &RegionId,
        _id: &ResourceId,
    ) -> Result<Option<Cluster>, CloudError> {
        Ok(None)
    }

    fn nodes(
        &self,
        _region: &RegionId,
        _cluster: &Cluster,
    ) -> Box<dyn PageSource<ClusterNode> + '_> {
        let nodes = self.nodes.lock().unwrap();
        let node = |id: &&str| ClusterNode {
            name: (*id).to_owned(),
            machine: NodeMachine::Is(ResourceId::new(*id)),
            sort: NodeSort::Worker,
            private_ip: None,
            pool: None,
        };
        Box::new(Whole(nodes.iter().map(node).collect()))
    }

    async fn opinions(
        &self,
        _region: &RegionId,
        machines: &[ResourceId],
    ) -> Result<BTreeMap<ResourceId, Opinion>, CloudError> {
        let free = machines.iter().map(|it| (it.clone(), Opinion::Free));
        Ok(free.collect())
    }
}

async fn run(house: &House, duty: &dyn Duty) -> Arc<Outcome> {
    let request = RunRequest {
        duty,
        tell: Tell::People,
        ignore_unseen: &house.ignore_unseen,
        patience: Duration::from_secs(120),
        progress: Arc::new(Silent),
    };
    let outcome = house.warden().run(&request).await.unwrap();
    // Two runs never have the same second, so that their ids differ.
    house.door.world().advance(SignedDuration::from_secs(1));
    outcome
}

fn found(outcome: &Outcome) -> Vec<String> {
    let line = |it: &duty::KnownFinding| {
        let finding = &it.finding;
        let verdict = finding.evidence.get("verdict");
        let word = verdict.map_or(finding.key.kind.as_str(), String::as_str);
        format!("{} {word}", finding.key.resource)
    };
    outcome.known.iter().map(line).collect()
}

#[tokio::test]
async fn a_fourth_cloud_is_watched_by_both_duties_as_they_are() {
    let mut house = House::with(shop()).await;
    let nimbus = Arc::new(Nimbus {
        cloud: CloudId::new("nimbus"),
        account: AccountId::new("sky"),
        nodes: Mutex::new(MACHINES.to_vec()),
    });
    house.watched = vec![watched(nimbus.clone())];

    let patrol = run(&house, &house.patrol).await;
    assert_eq!(found(&patrol), ["hut-1 expiry"]);

    let orphans = Orphans::default();
    assert_eq!(found(&*run(&house, &orphans).await), Vec::<String>::new());
    nimbus.nodes.lock().unwrap().retain(|it| *it != "n-2");
    house
        .door
        .world()
        .set_now(start() + SignedDuration::from_hours(1));
    assert_eq!(found(&*run(&house, &orphans).await), ["n-2 suspect"]);
    house
        .door
        .world()
        .set_now(start() + SignedDuration::from_hours(2));
    assert_eq!(found(&*run(&house, &orphans).await), ["n-2 orphan"]);
}
