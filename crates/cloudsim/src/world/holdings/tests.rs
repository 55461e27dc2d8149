mod asked;

use jiff::SignedDuration;

use super::*;
use crate::world::account::Account;
use crate::world::cloud::Partition;
use crate::world::clusters::{ClusterState, NodeKind, NodeState};
use crate::world::machines::MachineState;
use crate::world::network::{AddressState, Backend, Holder};
use crate::world::paging::PageAsked;
use crate::world::prepaid::Renewal;
use crate::world::storage::{CopyState, DiskState};
use crate::world::terms::Term;

const UID: Uid = Uid(1);
const R: &str = "r-1";

fn start() -> Timestamp {
    Timestamp::constant(1_780_000_000, 0)
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// A cluster of two nodes and one machine beside it.
fn world(cloud: Cloud) -> World {
    let account = Account::new("a", UID).on(cloud).holding(R, |it| {
        for cluster in ["cls-a", "cls-b"] {
            it.add_cluster(Cluster::new(cluster, "same name", start()));
        }
        for id in ["i-1", "i-2", "i-3"] {
            it.add_machine(Machine::new(id, id, start()));
            it.add_disk(Disk::new(format!("d-{id}"), 40, start()).system_of(id));
        }
        it.add_disk(Disk::new("d-data", 100, start()).data_of("i-1"));
        it.add_address(Address::new("eip-1", "203.0.113.1", start()).at(Holder::Machine, "i-1"));
        it.add_balancer(Balancer::new("lb-1", "lb", start()).backend(Backend::new("i-1")));
        for id in ["i-1", "i-2"] {
            it.add_node("cls-a", Node::worker(id, "10.0.0.1", start()))
                .unwrap();
        }
    });
    World::new(start()).with(account)
}

fn cluster_of(world: &World, machine: &str) -> Option<String> {
    let held = world.holdings(UID, R);
    held.machines.get(machine).unwrap().cluster.clone()
}

#[test]
fn a_node_that_is_taken_out_leaves_its_machine_behind() {
    let world = world(Cloud::Tencent);
    assert_eq!(cluster_of(&world, "i-1").as_deref(), Some("cls-a"));
    world
        .change(UID, R, |it, _| it.remove_node("cls-a", "i-1"))
        .unwrap()
        .unwrap();
    let held = world.holdings(UID, R);
    assert_eq!(held.nodes("cls-a").unwrap().len(), 1);
    assert_eq!(
        held.machines.get("i-1").unwrap().state,
        MachineState::Running
    );
    assert_eq!(cluster_of(&world, "i-1"), None);
}

#[test]
fn a_node_moves_and_is_never_in_two_clusters() {
    let world = world(Cloud::Tencent);
    let moved = world.change(UID, R, |it, _| it.move_node("i-1", "cls-a", "cls-b"));
    assert_eq!(moved, Some(Ok(())));
    let held = world.holdings(UID, R);
    assert!(held.nodes("cls-a").unwrap().get("i-1").is_none());
    assert!(held.nodes("cls-b").unwrap().get("i-1").is_some());
    assert_eq!(cluster_of(&world, "i-1").as_deref(), Some("cls-b"));
    let nowhere = world.change(UID, R, |it, _| it.move_node("i-1", "cls-b", "cls-x"));
    assert_eq!(nowhere, Some(Err(NotDone::NotFound)));
    assert_eq!(cluster_of(&world, "i-1").as_deref(), Some("cls-b"));
}

#[test]
fn a_deleted_cluster_is_shown_for_a_while_and_may_leave_its_machines() {
    let world = world(Cloud::Aliyun);
    let delete = |kept| world.change(UID, R, |it, now| it.delete_cluster("cls-a", now, kept));
    assert_eq!(delete(Kept::Nothing), Some(Err(NotDone::Protected)));
    assert_eq!(delete(Kept::Machines), Some(Ok(())));
    let held = world.holdings(UID, R);
    assert_eq!(
        held.clusters.get("cls-a").unwrap().state,
        ClusterState::Deleting
    );
    assert_eq!(cluster_of(&world, "i-2"), None);
    world.advance(seconds(300));
    let held = world.holdings(UID, R);
    assert!(held.clusters.get("cls-a").is_none() && held.nodes("cls-a").is_none());
    assert_eq!(held.machines.len(), 3);
}

#[test]
fn a_machine_that_is_destroyed_lets_go_of_all_it_had() {
    let world = world(Cloud::Aws(Partition::Aws));
    let terminate = || world.change(UID, R, |it, now| it.terminate("i-1", now));
    assert_eq!(terminate(), Some(Ok(())));
    assert_eq!(terminate(), Some(Err(NotDone::WrongState)));
    let state = || {
        let held = world.holdings(UID, R);
        held.machines.get("i-1").map(|it| it.state.clone())
    };
    assert_eq!(state(), Some(MachineState::Terminating));
    world.advance(seconds(30));
    assert_eq!(state(), Some(MachineState::Terminated));
    world.advance(seconds(3600));
    assert_eq!(state(), None);
    let held = world.holdings(UID, R);
    assert!(
        held.disks.get("d-i-1").is_none(),
        "it went with its machine"
    );
    let data = held.disks.get("d-data").unwrap();
    assert_eq!(
        (&data.state, &data.machine),
        (&DiskState::Unattached, &None)
    );
    assert_eq!(data.was_on.as_ref().unwrap().0, "i-1");
    assert_eq!(
        held.addresses.get("eip-1").unwrap().state,
        AddressState::Unbound
    );
    assert_eq!(held.nodes("cls-a").unwrap().len(), 1);
    assert!(held.balancers.get("lb-1").unwrap().backends.is_empty());
}

#[test]
fn paid_time_that_is_over_ends_in_the_recycle_bin_unless_it_renews_itself() {
    let world = world(Cloud::Tencent);
    world.change(UID, R, |it, now| {
        let prepaid = |renewal| Term::prepaid(now + days(10), renewal);
        it.machines
            .change("i-1", |it| it.term = prepaid(Renewal::Manual));
        it.machines
            .change("i-2", |it| it.term = prepaid(Renewal::Auto));
    });
    let state = |id: &str| {
        let held = world.holdings(UID, R);
        held.machines.get(id).map(|it| it.state.clone())
    };
    world.advance(days(10));
    assert_eq!(state("i-1"), Some(MachineState::Recycled));
    assert_eq!(state("i-2"), Some(MachineState::Running));
    world.advance(days(7));
    assert_eq!(
        (state("i-1"), state("i-2")),
        (None, Some(MachineState::Running))
    );
    // However far time jumps, what is due happens in its order.
    world.change(UID, R, |it, now| {
        it.machines.change("i-3", |it| {
            it.term = Term::prepaid(now + days(1), Renewal::Never);
        });
    });
    world.advance(days(400));
    assert_eq!(
        (state("i-3"), state("i-2")),
        (None, Some(MachineState::Running))
    );
    let ends = world
        .holdings(UID, R)
        .machines
        .get("i-2")
        .unwrap()
        .term
        .ends;
    assert!(ends > Some(world.now()));
}

#[test]
fn disks_and_machines_know_each_other() {
    let world = world(Cloud::Tencent);
    let held = world.holdings(UID, R);
    let disks = |id: &str| {
        let held = world.holdings(UID, R);
        held.machines.get(id).unwrap().disks.clone()
    };
    assert_eq!(disks("i-1"), ["d-i-1", "d-data"]);
    let move_it = world.change(UID, R, |it, now| {
        assert_eq!(it.attach_disk("d-data", "i-2"), Err(NotDone::WrongState));
        it.detach_disk("d-data", now)?;
        it.attach_disk("d-data", "i-2")
    });
    assert_eq!(move_it, Some(Ok(())));
    assert_eq!(
        (disks("i-1").len(), disks("i-2")),
        (1, vec!["d-i-2".to_owned(), "d-data".to_owned()])
    );
    // A view that was taken before stays as it was.
    assert_eq!(
        held.disks.get("d-data").unwrap().machine.as_deref(),
        Some("i-1")
    );
}

#[test]
fn snapshots_become_whole_and_know_their_images() {
    let world = world(Cloud::Aliyun);
    world.change(UID, R, |it, now| {
        it.add_snapshot(Snapshot::new("s-1", "d-i-1", 40, now).ready_at(now + seconds(100)));
        it.add_image(Image::new("m-1", "weekly", &["s-1"], now).ready_at(now + seconds(200)));
    });
    let percent = || {
        let held = world.holdings(UID, R);
        held.snapshots.get("s-1").unwrap().percent(world.now())
    };
    assert_eq!(percent(), 0);
    world.advance(seconds(50));
    assert_eq!(percent(), 50);
    world.advance(seconds(50));
    assert_eq!(percent(), 100);
    let held = world.holdings(UID, R);
    assert_eq!(held.snapshots.get("s-1").unwrap().images, ["m-1"]);
    assert_eq!(held.images.get("m-1").unwrap().state, CopyState::Pending);
    world.change(UID, R, |it, _| it.remove_image("m-1").unwrap());
    assert!(
        world
            .holdings(UID, R)
            .snapshots
            .get("s-1")
            .unwrap()
            .images
            .is_empty()
    );
}

#[test]
fn a_node_joins_and_leaves_in_its_own_time() {
    let world = world(Cloud::Tencent);
    world.change(UID, R, |it, now| {
        let node = Node::named("np-1-2", NodeKind::Native, "10.0.0.9", now).machine("i-3");
        it.add_node("cls-b", node.joining(seconds(60))).unwrap();
    });
    let state = || {
        let held = world.holdings(UID, R);
        held.nodes("cls-b")
            .unwrap()
            .get("np-1-2")
            .map(|it| it.state)
    };
    assert_eq!(state(), Some(NodeState::Joining));
    world.advance(seconds(60));
    assert_eq!(state(), Some(NodeState::Ready));
    world.change(UID, R, |it, now| {
        it.drain_node("cls-b", "np-1-2", now, seconds(30)).unwrap();
    });
    assert_eq!(state(), Some(NodeState::Leaving));
    assert_eq!(cluster_of(&world, "i-3").as_deref(), Some("cls-b"));
    world.advance(seconds(30));
    assert_eq!((state(), cluster_of(&world, "i-3")), (None, None));
}

#[test]
fn what_a_service_cuts_off_is_gone_after_a_week_and_what_was_promised_is_just_over() {
    let world = world(Cloud::Aws(Partition::AwsCn));
    world.change(UID, R, |it, now| {
        let term = Term::prepaid(now + days(1), Renewal::Manual);
        it.add_product(Product::new("redis", "crs-1", now, term));
        it.add_product(Product::new("ec2-reserved", "ri-1", now, term));
    });
    world.advance(days(30));
    let held = world.holdings(UID, R);
    assert!(held.products("redis").unwrap().is_empty());
    assert_eq!(held.products("ec2-reserved").unwrap().len(), 1);
    assert_eq!(
        held.services().collect::<Vec<_>>(),
        ["ec2-reserved", "redis"]
    );
    let page = held.machines.page(PageAsked { number: 1, size: 2 });
    assert_eq!((page.items.len(), page.total), (2, 3));
}
