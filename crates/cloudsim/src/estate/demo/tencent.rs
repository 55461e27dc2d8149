//! The arcade at Tencent Cloud: low on money, with a cluster that does not answer and one that left a machine behind.

use jiff::{SignedDuration, Timestamp};

use crate::fault::{Effect, Fault};
use crate::tencent::estate::reader_rights;
use crate::world::account::{AccessKey, Account, Uid};
use crate::world::balance::Balance;
use crate::world::certificates::Certificate;
use crate::world::cloud::Cloud;
use crate::world::clusters::{Cluster, Node, NodeKind, Pool, PoolSort};
use crate::world::domains::Domain;
use crate::world::holdings::Holdings;
use crate::world::machines::{Machine, ScalingGroup};
use crate::world::network::Address;
use crate::world::prepaid::Renewal;
use crate::world::storage::{Disk, Snapshot};
use crate::world::terms::Term;

/// The arcade.
pub const ARCADE: Uid = Uid(100_008_765_432);
/// The region of the cluster that answers.
pub const REGION: &str = "ap-guangzhou";
/// The region of the cluster that does not.
pub const SILENT_REGION: &str = "ap-shanghai";
/// The cluster that answers.
pub const CLUSTER: &str = "cls-4bqctahq";
/// The cluster whose nodes nobody can list.
pub const SILENT: &str = "cls-0sh1lent";
/// In no cluster any more, and still paid for.
pub const ORPHAN: &str = "ins-d3m0rphn";

/// Once a node of the silent cluster; whether it is one still, nobody can tell.
pub const UNTOLD: &str = "ins-d3m0sh09";

const VPC: &str = "vpc-d3m0gz01";

fn machine(id: &str, name: &str, created: Timestamp) -> Machine {
    Machine::new(id, name, created)
        .kind("S5.LARGE8")
        .zone("ap-guangzhou-6")
        .vpc(VPC)
        .image("img-l8og963d")
}

fn system_disk(machine: &str, created: Timestamp) -> Disk {
    let id = machine.replacen("ins-", "disk-", 1);
    Disk::new(id, 100, created)
        .system_of(machine)
        .category("CLOUD_BSSD")
        .zone("ap-guangzhou-6")
}

/// Returns the arcade as it stands at `now`.
pub(super) fn account(now: Timestamp) -> Account {
    let day =
        |days: i64| now + SignedDuration::from_hours(24 * days) + SignedDuration::from_mins(30);
    let key = AccessKey::new(
        "AKIDdemoArcade0000000000000000000001",
        "demo-arcade-secret-0000000001",
    );
    Account::new("arcade", ARCADE)
        .on(Cloud::Tencent)
        .user("skywarden", key.created(day(-420)), reader_rights())
        .balance(Balance::new(320, "CNY").spending(95))
        .certificate(Certificate::new(82_000_001, &["arcade.example.cn"], day(8)))
        .domain(Domain::new("arcade-example.cn", day(40)))
        .holding(REGION, |it| guangzhou(it, &day))
        .holding(SILENT_REGION, |it| {
            let vpc = "vpc-d3m0sh01";
            it.add_cluster(Cluster::new(SILENT, "arcade-staging", day(-100)).vpc(vpc));
            for number in 1..=2 {
                let id = format!("ins-d3m0sh0{number}");
                let name = format!("tke_{SILENT}_worker");
                let machine = machine(&id, &name, day(-100))
                    .zone("ap-shanghai-5")
                    .vpc(vpc);
                it.add_machine(machine.ip(format!("10.1.0.{number}")));
                join(
                    it,
                    SILENT,
                    Node::worker(id, format!("10.1.0.{number}"), day(-100)),
                );
            }
            let untold = machine(UNTOLD, &format!("tke_{SILENT}_worker"), day(-100));
            let untold = untold.zone("ap-shanghai-5").vpc(vpc).ip("10.1.0.9");
            it.add_machine(untold.tag("tke-clusterId", SILENT));
        })
}

fn guangzhou(it: &mut Holdings, day: &dyn Fn(i64) -> Timestamp) {
    it.add_cluster(Cluster::new(CLUSTER, "arcade-prod", day(-300)).vpc(VPC));
    it.add_group(ScalingGroup::new("asg-d3m0work", day(-300)));
    let pool = |id: &str| Pool::new(id, CLUSTER, day(-300));
    it.add_pool(pool("np-4h43fuxj").group("asg-d3m0work"));
    it.add_pool(pool("np-nat1ve00").sort(PoolSort::Native));
    for number in 1..=3 {
        let (id, ip) = (format!("ins-d3m0wk0{number}"), format!("10.0.0.{number}"));
        let machine = machine(&id, &format!("tke_{CLUSTER}_worker"), day(-90));
        it.add_machine(machine.ip(&ip).group("asg-d3m0work"));
        it.add_disk(system_disk(&id, day(-90)));
        join(
            it,
            CLUSTER,
            Node::worker(id, ip, day(-90)).pool("np-4h43fuxj"),
        );
    }
    // A native node goes by a name of its own, and is a machine all the same.
    it.add_machine(machine("ins-d3m0nat1", "np-nat1ve00-x7k2p", day(-30)).ip("10.0.0.21"));
    let native = Node::named("np-nat1ve00-x7k2p", NodeKind::Native, "10.0.0.21", day(-30));
    join(
        it,
        CLUSTER,
        native.machine("ins-d3m0nat1").pool("np-nat1ve00"),
    );
    let orphan = machine(ORPHAN, &format!("tke_{CLUSTER}_worker"), day(-75));
    it.add_machine(orphan.ip("10.0.0.88").tag("tke-clusterId", CLUSTER));
    it.add_disk(system_disk(ORPHAN, day(-75)));
    it.add_machine(
        machine("ins-d3m0rank", "arcade-ranking", day(-363))
            .ip("10.0.0.30")
            .term(Term::prepaid(day(2), Renewal::Manual)),
    );
    it.add_disk(
        system_disk("ins-d3m0rank", day(-363)).term(Term::prepaid(day(2), Renewal::Manual)),
    );
    it.add_machine(
        machine("ins-d3m0over", "arcade-old-event", day(-35))
            .ip("10.0.0.31")
            .term(Term::prepaid(day(-3), Renewal::Manual)),
    );
    let unused = Disk::new("disk-d3m0free", 200, day(-150));
    it.add_disk(
        unused
            .name("old-replays")
            .category("CLOUD_BSSD")
            .zone("ap-guangzhou-6"),
    );
    it.add_address(Address::new("eip-d3m0free", "198.51.100.77", day(-150)).name("old-event"));
    it.add_snapshot(Snapshot::new(
        "snap-d3m0lost",
        "disk-d3m0gone",
        100,
        day(-260),
    ));
}

/// The clusters above are there; a node that finds none is a mistake in this file, which its tests find.
fn join(it: &mut Holdings, cluster: &str, node: Node) {
    if let Err(error) = it.add_node(cluster, node) {
        tracing::error!("the demo has no cluster {cluster}: {error:?}");
    }
}

/// Returns the fault that keeps the silent cluster silent.
pub(super) fn silence() -> Fault {
    Fault::new(Effect::Refused {
        status: 200,
        code: "InternalError".to_owned(),
        message: "An internal error has occurred. Retry your request.".to_owned(),
    })
    .account(ARCADE)
    .action("DescribeClusterInstances")
    .about(SILENT)
}
