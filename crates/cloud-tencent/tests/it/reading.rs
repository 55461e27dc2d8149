//! What is planted in the world is what is read, thing by thing.

use cloud::pager::collect;
use cloud::{Addresses as _, Disks as _, Keys as _, LoadBalancers as _, Machines as _, Terms as _};
use cloud_tencent::{Bill, Counted, Tencent};
use cloudsim::world::machines::Machine;
use cloudsim::world::network::{Address, Balancer, Holder};
use cloudsim::world::products::Product;
use cloudsim::world::storage::{Disk, Snapshot};
use cloudsim::world::terms::Term;
use cloudsim::{Account, Balance, Holdings, Quota, Renewal};
use model::{AddressState, Charge, DiskState, Expiry, Place, RegionId, TieSort};

use crate::stand::{REGION, Stand, days, fixed, key, now, shop};

fn region() -> RegionId {
    RegionId::new(REGION)
}

async fn holding(put: impl FnOnce(&mut Holdings)) -> (Stand, Tencent) {
    let stand = Stand::of(shop().holding(REGION, put)).await;
    let tencent = stand.tencent();
    (stand, tencent)
}

#[tokio::test]
async fn machines_carry_their_ties_their_end_and_their_network() {
    let (_stand, tencent) = holding(|it| {
        let term = Term::prepaid(days(9), Renewal::Manual);
        let named = Machine::new("ins-00000001", "tke_cls-4bqctahq_worker", now());
        it.add_machine(named.ip("10.0.0.1").vpc("vpc-1").term(term));
        let tagged = Machine::new("ins-00000002", "web", now());
        it.add_machine(tagged.ip("10.0.0.2").tag("tke-clusterId", "cls-00000001"));
        it.add_machine(Machine::new("ins-00000003", "k8s-node", now()).ip("10.0.0.3"));
    })
    .await;
    let list = collect(tencent.machines(&region()).as_ref()).await;
    let mut machines = list.seen().unwrap().get().clone();
    machines.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
    assert_eq!(machines[0].expiry, Expiry::At(days(9)));
    assert_eq!(machines[0].network.as_ref().unwrap().as_str(), "vpc-1");
    let ties: Vec<_> = machines
        .iter()
        .map(|it| it.ties.iter().map(|it| it.sort).collect::<Vec<_>>())
        .collect();
    assert_eq!(ties, [vec![TieSort::Name], vec![TieSort::Tag], vec![]]);
    assert_eq!(machines[2].charge, Charge::OnDemand);
}

#[tokio::test]
async fn what_nothing_uses_is_told_from_what_is_used() {
    let (_stand, tencent) = holding(|it| {
        it.add_machine(Machine::new("ins-00000001", "web", now()).ip("10.0.0.1"));
        it.add_disk(Disk::new("disk-00000001", 40, now()));
        it.add_disk(Disk::new("disk-00000002", 40, now()).data_of("ins-00000001"));
        it.add_snapshot(Snapshot::new("snap-00000001", "disk-gone", 40, now()));
        it.add_address(Address::new("eip-00000001", "47.0.0.1", now()));
        let bound = Address::new("eip-00000002", "47.0.0.2", now());
        it.add_address(bound.at(Holder::Machine, "ins-00000001"));
        it.add_balancer(Balancer::new("lb-00000001", "empty", now()));
    })
    .await;
    let disks = collect(tencent.disks(&region()).as_ref()).await;
    let mut states: Vec<_> = disks
        .seen()
        .unwrap()
        .get()
        .iter()
        .map(|it| (it.id.to_string(), it.state.clone()))
        .collect();
    states.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(states[0].1, DiskState::Unattached);
    assert!(matches!(&states[1].1, DiskState::Attached(at) if at[0].as_str() == "ins-00000001"));
    let snapshots = collect(tencent.snapshots(&region()).as_ref()).await;
    let snapshot = &snapshots.seen().unwrap().get()[0];
    assert_eq!(snapshot.disk.as_ref().unwrap().as_str(), "disk-gone");
    assert_eq!(snapshot.held_by, None);
    let addresses = collect(tencent.addresses(&region()).as_ref()).await;
    let mut states: Vec<_> = addresses
        .seen()
        .unwrap()
        .get()
        .iter()
        .map(|it| (it.id.to_string(), it.state.clone()))
        .collect();
    states.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(states[0].1, AddressState::Unbound);
    assert!(matches!(states[1].1, AddressState::Bound(_)));
    let balancers = collect(tencent.load_balancers(&region()).as_ref()).await;
    assert_eq!(balancers.seen().unwrap().get()[0].backends, Some(0));
}

#[tokio::test]
async fn every_product_that_was_planted_is_seen_to_end_when_it_does() {
    const PRODUCTS: [&str; 11] = [
        "cdb",
        "redis",
        "mongodb",
        "postgres",
        "sqlserver",
        "mariadb",
        "dcdb",
        "cynosdb",
        "es",
        "ckafka",
        "lighthouse",
    ];
    let (stand, tencent) = holding(|it| {
        for service in PRODUCTS {
            let prepaid = Term::prepaid(days(9), Renewal::Manual);
            it.add_product(Product::new(
                service,
                format!("{service}-1"),
                now(),
                prepaid,
            ));
            if service != "lighthouse" {
                let used = Product::new(service, format!("{service}-2"), now(), Term::on_demand());
                it.add_product(used);
            }
        }
    })
    .await;
    let place = Place::Region(region());
    for list in tencent.lists() {
        let rows = collect(tencent.ending(list, &place).as_ref()).await;
        let rows = rows
            .seen()
            .unwrap_or_else(|| panic!("{}: {rows:?}", list.kind));
        if !PRODUCTS.contains(&list.kind) {
            continue;
        }
        let mut ends: Vec<_> = rows
            .get()
            .iter()
            .map(|it| (it.id.to_string(), it.expiry))
            .collect();
        ends.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(ends[0].1, Expiry::At(days(9)), "{}", list.kind);
        if list.kind != "lighthouse" {
            assert_eq!(ends[1].1, Expiry::Never, "{}", list.kind);
        }
        assert_eq!(rows.get()[0].region.as_ref().unwrap().as_str(), REGION);
    }
    drop(stand);
}

#[tokio::test]
async fn credit_counts_only_for_who_says_so() {
    let mut balance = Balance::new(100, "CNY");
    balance.credit = 5_000.into();
    let stand = Stand::of(shop().balance(balance)).await;
    let of = |counted| {
        let mut settings = stand.settings(fixed(&key()));
        settings.bill = Bill {
            counted,
            ..Bill::default()
        };
        let tencent = stand.account(settings);
        async move {
            let balance = cloud::Billing::balance(&tencent).await.unwrap();
            (
                balance.available.to_string(),
                balance.credit.map(|it| it.to_string()),
            )
        }
    };
    assert_eq!(of(Counted::Money).await, ("100.00 ¥".to_owned(), None));
    let with_credit = ("5,100.00 ¥".to_owned(), Some("5,000.00 ¥".to_owned()));
    assert_eq!(of(Counted::MoneyAndCredit).await, with_credit);
}

#[tokio::test]
async fn the_keys_of_users_are_read_and_cannot_be_used() {
    let stand = Stand::of(shop()).await;
    let list = collect(stand.tencent().access_keys().as_ref()).await;
    let keys = list.seen().unwrap().get();
    assert_eq!(keys.len(), 1);
    assert_eq!(
        (keys[0].id.as_str(), keys[0].user.as_str()),
        ("AKID…MPLE", "skywarden")
    );
    assert!(keys[0].active);
}

#[tokio::test]
async fn the_pace_of_the_quota_is_never_throttled() {
    let many = |it: &mut Holdings| {
        for number in 0..1_500 {
            let id = format!("ins-{number:08}");
            let ip = format!("10.0.{}.{}", number / 250, number % 250 + 1);
            it.add_machine(Machine::new(id, "m", now()).ip(ip));
        }
    };
    let account: Account = shop().holding(REGION, many);
    let stand = Stand::of(account).await;
    stand.sim.set_quota(Some(Quota::per_second(40)));
    let list = collect(stand.tencent().machines(&region()).as_ref()).await;
    assert_eq!(list.seen().unwrap().get().len(), 1_500);
    assert_eq!(stand.sim.stats().throttled, 0);
    let pages = u32::try_from(stand.calls("DescribeInstances")).unwrap();
    assert_eq!(pages, 15);
    assert_eq!(
        stand.elapsed(),
        std::time::Duration::from_millis(25) * (pages - 1)
    );
}

#[tokio::test]
async fn clusters_of_every_sort_and_their_nodes_are_read_over_the_wire() {
    use cloudsim::world::clusters::{Cluster, ClusterSort, Node, NodeKind};
    let (stand, tencent) = holding(|it| {
        for (id, sort) in [
            ("cls-managed1", ClusterSort::Managed),
            ("cls-own00001", ClusterSort::Independent),
            ("cls-serverl1", ClusterSort::Serverless),
        ] {
            it.add_cluster(Cluster::new(id, "shop", now()).sort(sort).vpc("vpc-1"));
        }
        it.add_machine(Machine::new("ins-00000001", "m", now()).ip("10.0.0.1"));
        it.add_machine(Machine::new("ins-00000002", "n", now()).ip("10.0.0.2"));
        let master = Node::worker("ins-00000001", "10.0.0.1", now()).kind(NodeKind::Master);
        it.add_node("cls-own00001", master).unwrap();
        let native = Node::named("np-abc-def", NodeKind::Native, "10.0.0.2", now());
        it.add_node("cls-managed1", native.machine("ins-00000002"))
            .unwrap();
        let virtual_node = Node::named("eklet-subnet-1", NodeKind::Virtual, "10.0.0.3", now());
        it.add_node("cls-managed1", virtual_node).unwrap();
    })
    .await;
    let list = collect(cloud::Clusters::clusters(&tencent, &region()).as_ref()).await;
    let clusters = list.seen().unwrap().get();
    let mut shown = Vec::new();
    for cluster in clusters {
        shown.push(format!(
            "{} {:?} {:?}",
            cluster.id, cluster.view, cluster.state
        ));
        if cluster.view == model::NodeView::NoMachines {
            continue;
        }
        let nodes = collect(cloud::Clusters::nodes(&tencent, &region(), cluster).as_ref()).await;
        let nodes = nodes.seen().unwrap().get();
        shown.extend(
            nodes
                .iter()
                .map(|it| format!("  {} {:?} {:?}", it.name, it.sort, it.machine)),
        );
    }
    shown.sort();
    expect_test::expect![[r#"
          eklet-subnet-1 Virtual None
          ins-00000001 Master Is(ResourceId("ins-00000001"))
          np-abc-def Native Is(ResourceId("ins-00000002"))
        cls-managed1 Whole Settled
        cls-own00001 Whole Settled
        cls-serverl1 NoMachines Settled"#]]
    .assert_eq(&shown.join("\n"));
    drop(stand);
}
