//! What stands in regions, as duty tests see it.

use cloud::{Clusters as _, Machines, Terms as _};
use model::{NodeMachine, NodeSort, NodeView, Opinion, Place, TieSort};

use super::*;
use crate::world::cloud::{Cloud, Partition};
use crate::world::clusters::{Cluster, Node, NodeKind};
use crate::world::holdings::Kept;
use crate::world::machines::{Machine, MachineState};
use crate::world::prepaid::Renewal as Renews;
use crate::world::products::Product;
use crate::world::terms::Term;

const REGION: &str = "r-1";

fn region() -> RegionId {
    RegionId::new(REGION)
}

/// Two clusters; the first has two workers and a node without a machine.
fn clustered(cloud: Cloud) -> Account {
    let account = Account::new("shop", SHOP).on(cloud);
    let account = account.user("patrol", key("shop"), Rights::all());
    account.holding(REGION, |it| {
        it.add_cluster(Cluster::new("cls-a", "a", day(-9)));
        it.add_cluster(Cluster::new("cls-b", "b", day(-9)));
        for id in ["i-1", "i-2"] {
            it.add_machine(Machine::new(id, "tke_cls-a_worker", day(-9)));
            let node = Node::worker(id, "10.0.0.1", day(-9)).pool("np-1");
            it.add_node("cls-a", node).unwrap();
        }
        it.add_machine(Machine::new("i-plain", "web", day(-9)).hidden());
        let node = Node::named("super-1", NodeKind::Virtual, "10.0.0.9", day(-9));
        it.add_node("cls-a", node).unwrap();
    })
}

fn visitor(door: &Door) -> Visitor {
    door.visitor(AccountId::new("shop"), key("shop"))
}

async fn nodes(visitor: &Visitor, cluster: &str) -> Sighting<Vec<String>> {
    let id = ResourceId::new(cluster);
    let found = visitor.cluster(&region(), &id).await.unwrap().unwrap();
    let nodes = visitor.nodes(&region(), &found);
    match pager::collect(nodes.as_ref()).await {
        Sighting::Seen(seen) => {
            Sighting::Seen(seen.map(|it| it.into_iter().map(|it| it.name).collect()))
        }
        Sighting::Unseen(unseen) => Sighting::Unseen(unseen),
    }
}

#[tokio::test]
async fn a_node_that_is_taken_out_is_a_machine_with_a_tie_and_no_cluster() {
    let door = door_of(clustered(Cloud::Tencent));
    let visitor = visitor(&door);
    door.world()
        .change(SHOP, REGION, |it, _| it.remove_node("cls-a", "i-1"))
        .unwrap()
        .unwrap();
    let listed = pager::collect(Machines::machines(&visitor, &region()).as_ref()).await;
    let listed = listed.seen().unwrap().get();
    let machine = listed.iter().find(|it| it.id.as_str() == "i-1").unwrap();
    let tie = &machine.ties[0];
    assert_eq!(
        (tie.sort, tie.cluster.as_ref().unwrap().as_str()),
        (TieSort::Name, "cls-a")
    );
    let asked = ["i-1", "i-2", "i-gone"].map(ResourceId::new);
    let told = visitor.opinions(&region(), &asked).await.unwrap();
    let told: Vec<&Opinion> = asked.iter().map(|id| &told[id]).collect();
    let member = Opinion::InCluster(ResourceId::new("cls-a"));
    assert_eq!(told, [&Opinion::Free, &member, &Opinion::Absent]);
}

#[tokio::test]
async fn one_cluster_that_does_not_answer_leaves_the_others_seen() {
    let door = door_of(clustered(Cloud::Tencent));
    door.faults().add(
        Fault::new(Effect::Status { status: 503 })
            .action("DescribeClusterNodes")
            .about("cls-a"),
    );
    let visitor = visitor(&door);
    assert!(matches!(
        nodes(&visitor, "cls-a").await,
        Sighting::Unseen(_)
    ));
    assert!(
        nodes(&visitor, "cls-b")
            .await
            .seen()
            .unwrap()
            .get()
            .is_empty()
    );
}

#[tokio::test]
async fn what_a_filtered_list_hides_is_found_by_its_id() {
    for cloud in [Cloud::Aliyun, Cloud::Tencent] {
        let door = door_of(clustered(cloud));
        let visitor = visitor(&door);
        let listed = pager::collect(Machines::machines(&visitor, &region()).as_ref()).await;
        assert_eq!(listed.seen().unwrap().get().len(), 2);
        let asked = ["i-plain", "i-gone"].map(ResourceId::new);
        let found = visitor.machines_by_id(&region(), &asked).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id.as_str(), "i-plain");
    }
}

#[tokio::test]
async fn a_cluster_that_is_deleted_is_unsettled_and_then_gone() {
    let door = door_of(clustered(Cloud::Tencent));
    let visitor = visitor(&door);
    door.world()
        .change(SHOP, REGION, |it, now| {
            it.delete_cluster("cls-a", now, Kept::Machines)
        })
        .unwrap()
        .unwrap();
    let id = ResourceId::new("cls-a");
    let state = visitor
        .cluster(&region(), &id)
        .await
        .unwrap()
        .unwrap()
        .state;
    assert_eq!(state, model::ClusterState::Unsettled("deleting".to_owned()));
    door.world().advance(SignedDuration::from_mins(5));
    assert_eq!(visitor.cluster(&region(), &id).await.unwrap(), None);
}

#[tokio::test]
async fn each_cloud_shows_the_nodes_it_knows_of() {
    for (cloud, view, shown) in [
        (Cloud::Aliyun, NodeView::Whole, 3),
        (Cloud::Aws(Partition::Aws), NodeView::GroupsOnly, 2),
    ] {
        let door = door_of(clustered(cloud));
        let visitor = visitor(&door);
        let id = ResourceId::new("cls-a");
        let cluster = visitor.cluster(&region(), &id).await.unwrap().unwrap();
        assert_eq!(cluster.view, view);
        let listed = pager::collect(visitor.nodes(&region(), &cluster).as_ref()).await;
        let listed = listed.seen().unwrap().get();
        assert_eq!(listed.len(), shown);
        for node in listed {
            let is_virtual = node.sort == NodeSort::Virtual;
            assert_eq!(
                node.machine == NodeMachine::None,
                is_virtual,
                "{}",
                node.name
            );
        }
    }
}

#[tokio::test]
async fn a_state_nobody_knows_is_shown_as_it_stands() {
    let door = door_of(clustered(Cloud::Tencent));
    let odd = MachineState::Odd("SERVICE_LIVE_MIGRATE".to_owned());
    door.world().change(SHOP, REGION, |it, _| {
        it.machines.change("i-1", |it| it.state = odd);
    });
    let visitor = visitor(&door);
    let asked = [ResourceId::new("i-1")];
    let found = visitor.machines_by_id(&region(), &asked).await.unwrap();
    let other = model::MachineState::Other("SERVICE_LIVE_MIGRATE".to_owned());
    assert_eq!(found[0].state, other);
}

#[tokio::test]
async fn an_account_elsewhere_is_numbered_and_billed_as_its_cloud_does() {
    let mut account = clustered(Cloud::Aws(Partition::AwsCn));
    account.uid = Uid(123_456_789_012);
    let account = account.holding(REGION, |it| {
        let term = Term::prepaid(day(9), Renews::Manual);
        it.add_product(Product::new("ec2-reserved", "ri-1", day(-300), term));
    });
    let door = door_of(account);
    let visitor = visitor(&door);
    let identity = visitor.identity().await.unwrap();
    assert_eq!(identity.account, "123456789012");
    assert!(
        identity
            .principal
            .starts_with("arn:aws-cn:iam::123456789012:")
    );
    assert_eq!(visitor.cloud().as_str(), "aws");
    assert!(visitor.billing().unwrap().prepaid().is_none());
    let list = visitor
        .lists()
        .iter()
        .find(|it| it.kind == "ec2-reserved")
        .unwrap();
    let ending = visitor.ending(list, &Place::Region(region()));
    let ending = pager::collect(ending.as_ref()).await;
    let reservation = &ending.seen().unwrap().get()[0];
    assert_eq!(reservation.expiry, Expiry::At(day(9)));
}

#[tokio::test]
async fn a_member_elsewhere_is_entered_by_a_role_of_its_own_cloud() {
    let member = Account::new("member", MEMBER)
        .on(Cloud::Tencent)
        .role(Role::new("reader", SHOP, Rights::all()))
        .holding(REGION, |it| {
            it.add_machine(Machine::new("i-m", "m", day(-1)));
        });
    let shop = clustered(Cloud::Tencent)
        .directory(Directory::new("org-1", day(-9)).member(MEMBER, "member"));
    let door = Door::open(World::new(start()).with(shop).with(member));
    let shop = visitor(&door);
    let organization = shop.organization().unwrap();
    let members = pager::collect(organization.members().as_ref()).await;
    let entered = organization.enter(&members.seen().unwrap().get()[0], "reader");
    let machines = entered.machines().unwrap().machines(&region());
    let listed = pager::collect(machines.as_ref()).await;
    assert_eq!(listed.seen().unwrap().get()[0].id.as_str(), "i-m");
}
