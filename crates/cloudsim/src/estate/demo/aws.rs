//! The warehouse at AWS: a cluster that was deleted with its machines left running, and a reservation near its end.

use jiff::{SignedDuration, Timestamp};

use crate::aws::estate::reader_rights;
use crate::world::account::{AccessKey, Account, Uid};
use crate::world::certificates::Certificate;
use crate::world::cloud::{Cloud, Partition};
use crate::world::clusters::{Cluster, Node, Pool};
use crate::world::holdings::Holdings;
use crate::world::machines::{Machine, ScalingGroup};
use crate::world::network::Address;
use crate::world::prepaid::Renewal;
use crate::world::products::Product;
use crate::world::storage::{Disk, Snapshot};
use crate::world::terms::Term;

/// The warehouse.
pub const WAREHOUSE: Uid = Uid(210_987_654_321);
/// Where it stands.
pub const REGION: &str = "us-east-1";
/// The cluster that is there.
pub const CLUSTER: &str = "analytics";
/// Its node group's machine that is in no group any more, and still paid for.
pub const ORPHAN: &str = "i-0d3m00000000077";
/// A database of no cluster, whose copies somebody asked for by a tag.
pub const DATABASE: &str = "i-0d3m00000000088";

fn machine(id: &str, name: &str, created: Timestamp) -> Machine {
    Machine::new(id, name, created)
        .kind("m6i.xlarge")
        .zone("us-east-1a")
        .vpc("vpc-0d3m0000000001")
        .image("ami-0d3m0000000001")
}

fn node(id: &str, cluster: &str, created: Timestamp) -> Machine {
    machine(id, "", created)
        .tag("eks:cluster-name", cluster)
        .tag("eks:nodegroup-name", "workers")
        .tag(format!("kubernetes.io/cluster/{cluster}"), "owned")
}

/// Returns the warehouse as it stands at `now`.
pub(super) fn account(now: Timestamp) -> Account {
    let day =
        |days: i64| now + SignedDuration::from_hours(24 * days) + SignedDuration::from_mins(30);
    let key = AccessKey::new(
        "AKIADEMOWAREHOUSE001",
        "demo-warehouse-secret-000000000000000001",
    );
    Account::new("warehouse", WAREHOUSE)
        .on(Cloud::Aws(Partition::Aws))
        .user("skywarden", key.created(day(-500)), reader_rights())
        .certificate(Certificate::new(41, &["data.example.com"], day(11)).region(REGION))
        .holding(REGION, |it| virginia(it, &day))
}

fn virginia(it: &mut Holdings, day: &dyn Fn(i64) -> Timestamp) {
    let group = "eks-workers-0d3m0000-0000-4000-8000-000000000001";
    it.add_cluster(Cluster::new(CLUSTER, CLUSTER, day(-250)).vpc("vpc-0d3m0000000001"));
    it.add_group(ScalingGroup::new(group, day(-250)).tag("eks:cluster-name", CLUSTER));
    it.add_pool(Pool::new("workers", CLUSTER, day(-250)).group(group));
    for number in 1..=3 {
        let (id, ip) = (
            format!("i-0d3m0000000000{number}"),
            format!("10.20.0.{number}"),
        );
        let machine = node(&id, CLUSTER, day(-40)).tag("aws:autoscaling:groupName", group);
        it.add_machine(machine.ip(&ip).group(group));
        it.add_disk(Disk::new(format!("vol-0d3m000000000{number}"), 80, day(-40)).system_of(&id));
        let joined = it.add_node(CLUSTER, Node::worker(id, ip, day(-40)).pool("workers"));
        if let Err(error) = joined {
            tracing::error!("the demo has no cluster {CLUSTER}: {error:?}");
        }
    }
    // The cluster `reports` had a network of its own and was deleted in spring; nobody thought of its machine.
    let orphan = node(ORPHAN, "reports", day(-160)).vpc("vpc-0d3m0000000002");
    it.add_machine(orphan.ip("10.21.0.77"));
    it.add_disk(Disk::new("vol-0d3m0000000077", 200, day(-160)).system_of(ORPHAN));
    let database = machine(DATABASE, "reports-db", day(-90)).tag("AutoSnapshot", "true");
    it.add_machine(database.ip("10.20.0.88"));
    it.add_disk(Disk::new("vol-0d3m0000000088", 40, day(-90)).system_of(DATABASE));
    it.add_disk(Disk::new("vol-0d3m0000000089", 500, day(-90)).data_of(DATABASE));
    let unused = Disk::new("vol-0d3m0000000099", 1000, day(-160));
    it.add_disk(
        unused
            .name("etl-scratch")
            .zone("us-east-1a")
            .category("gp3"),
    );
    it.add_address(Address::new(
        "eipalloc-0d3m0000000001",
        "192.0.2.77",
        day(-160),
    ));
    it.add_snapshot(Snapshot::new(
        "snap-0d3m0000000001",
        "vol-0d3m0gone00001",
        500,
        day(-400),
    ));
    let reserved = Term::prepaid(day(9), Renewal::Manual);
    it.add_product(
        Product::new(
            "ec2-reserved",
            "0d3m0000-1111-4222-8333-444455556666",
            day(-356),
            reserved,
        )
        .kind("m6i.xlarge"),
    );
}
