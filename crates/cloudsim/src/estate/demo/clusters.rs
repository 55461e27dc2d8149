//! The shop's clusters at Alibaba Cloud, and what was left behind by them.

use jiff::{SignedDuration, Timestamp};

use crate::world::clusters::{Cluster, ClusterSort, Node, NodeKind, Pool};
use crate::world::holdings::Holdings;
use crate::world::images::Template;
use crate::world::machines::{Machine, ScalingGroup};
use crate::world::network::{Address, Backend, Balancer, Holder};
use crate::world::protections::Policy;
use crate::world::storage::{Disk, Image, Snapshot};
use crate::world::terms::Turn;
use crate::world::upkeep::Event;

/// The region the clusters stand in.
pub const REGION: &str = "cn-shanghai";
/// The cluster in production.
pub const PRODUCTION: &str = "c5f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// A cluster whose masters are machines of the shop.
pub const INDEPENDENT: &str = "c0a1b2c3d4e5f60718293a4b5c6d7e8f9";
/// Its node that nobody ever took away: in no cluster any more, and still paid for.
pub const ORPHAN: &str = "i-uf6demoorphan01";
/// A machine that left its cluster ten minutes ago: one look is not enough to call it an orphan.
pub const SUSPECT: &str = "i-uf6demosuspect1";

const POOL: &str = "np5f1e2d3c4b5a69788796a5b4c3d2e1f0";
const GROUP: &str = "asg-uf6demoworkers";
const VPC: &str = "vpc-uf6demoshop";

fn node(id: &str, cluster: &str, ip: &str, created: Timestamp) -> Machine {
    Machine::new(id, format!("worker-k8s-for-cs-{cluster}"), created)
        .kind("ecs.g7.xlarge")
        .zone("cn-shanghai-b")
        .vpc(VPC)
        .ip(ip)
        .tag("ack.aliyun.com", cluster)
}

fn system_disk(machine: &str, created: Timestamp) -> Disk {
    let id = machine.replacen("i-", "d-", 1);
    Disk::new(id, 120, created)
        .system_of(machine)
        .category("cloud_essd")
        .zone("cn-shanghai-b")
}

/// Puts the clusters, and what is around them, into `it`.
pub(super) fn put(it: &mut Holdings, now: Timestamp) {
    let day = |days: i64| now + SignedDuration::from_hours(24 * days);
    it.add_cluster(Cluster::new(PRODUCTION, "商城-生产", day(-500)).vpc(VPC));
    it.add_cluster(
        Cluster::new(INDEPENDENT, "shop-legacy", day(-900))
            .vpc(VPC)
            .sort(ClusterSort::Independent),
    );
    it.add_group(ScalingGroup {
        image: Some("aliyun_3_x64_20G_alibase_20240528.vhd".to_owned()),
        ..ScalingGroup::new(GROUP, day(-500))
    });
    it.add_pool(Pool::new(POOL, PRODUCTION, day(-500)).group(GROUP));
    for number in 1..=4 {
        let (id, ip) = (
            format!("i-uf6demoworker{number}"),
            format!("172.19.0.{number}"),
        );
        let machine = node(&id, PRODUCTION, &ip, day(-60))
            .tag("ack.alibabacloud.com/nodepool-id", POOL)
            .group(GROUP);
        it.add_machine(machine);
        it.add_disk(system_disk(&id, day(-60)));
        join(it, PRODUCTION, Node::worker(id, ip, day(-60)).pool(POOL));
    }
    for number in 1..=3 {
        let (id, ip) = (
            format!("i-uf6demomaster{number}"),
            format!("172.19.1.{number}"),
        );
        let name = format!("master-0{number}-k8s-for-cs-{INDEPENDENT}");
        let master = Machine {
            name,
            ..node(&id, INDEPENDENT, &ip, day(-900))
        };
        it.add_machine(master);
        it.add_disk(system_disk(&id, day(-900)));
        join(
            it,
            INDEPENDENT,
            Node::worker(id, ip, day(-900)).kind(NodeKind::Master),
        );
    }
    let virtual_node = "virtual-kubelet-cn-shanghai-b";
    join(
        it,
        PRODUCTION,
        Node::named(virtual_node, NodeKind::Virtual, "172.19.2.1", day(-60)),
    );

    it.add_machine(node(ORPHAN, PRODUCTION, "172.19.0.77", day(-41)).tag("owner", "张伟"));
    it.add_disk(system_disk(ORPHAN, day(-41)));
    it.add_machine(node(SUSPECT, PRODUCTION, "172.19.0.78", day(-20)));
    it.add_disk(system_disk(SUSPECT, day(-20)));
    let leaves = now - SignedDuration::from_mins(10);
    join(
        it,
        PRODUCTION,
        Node {
            turn: Turn::gone(leaves),
            ..Node::worker(SUSPECT, "172.19.0.78", day(-20))
        },
    );
    leftovers(it, &day);
}

/// The clusters above are there; a node that finds none is a mistake in this file, which its tests find.
fn join(it: &mut Holdings, cluster: &str, node: Node) {
    if let Err(error) = it.add_node(cluster, node) {
        tracing::error!("the demo has no cluster {cluster}: {error:?}");
    }
}

fn leftovers(it: &mut Holdings, day: &dyn Fn(i64) -> Timestamp) {
    let unused = Disk::new("d-uf6demounused1", 500, day(-130));
    it.add_disk(
        unused
            .name("旧订单库-数据盘")
            .category("cloud_essd")
            .zone("cn-shanghai-b"),
    );
    it.add_address(Address::new("eip-uf6demounused", "203.0.113.77", day(-90)).name("old-gateway"));
    it.add_address(
        Address::new("eip-uf6demoworker", "203.0.113.11", day(-60))
            .at(Holder::Machine, "i-uf6demoworker1"),
    );
    it.add_balancer(Balancer::new("lb-uf6demoempty", "旧活动页", day(-210)));
    let front = Balancer::new("lb-uf6demofront", "shop-front", day(-500));
    it.add_balancer(front.backend(Backend::new("i-uf6demoworker1")));
    it.add_snapshot(Snapshot::new(
        "s-uf6demolost0001",
        "d-uf6gone00000001",
        200,
        day(-300),
    ));
    let system = Snapshot::new("s-uf6demoimage001", "d-uf6gone00000002", 40, day(-200));
    it.add_snapshot(Snapshot {
        system: true,
        ..system
    });
    it.add_image(
        Image::new(
            "m-uf6demoold00001",
            "before-migration",
            &["s-uf6demoimage001"],
            day(-200),
        )
        .of("i-uf6gone00000001"),
    );
    it.add_template(Template::new(
        "lt-uf6demoshop001",
        "m-uf6demoold00001",
        day(-199),
    ));
    it.add_policy(
        Policy::new("sp-uf6demodaily001", "auto_snapshot_policy").of_disk("d-uf6demoworker1"),
    );
    it.add_event(Event::new(
        "e-uf6demoreboot001",
        "i-uf6demoworker2",
        "SystemMaintenance.Reboot",
        day(-1),
        day(4),
    ));
}
