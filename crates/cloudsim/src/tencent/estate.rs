//! A small estate at Tencent Cloud by hand: every kind of thing the door has words for, once.
//!
//! Keys here are written for everybody to read: they open nothing but this simulation.

mod products;

use jiff::{SignedDuration, Timestamp};

use crate::world::World;
use crate::world::account::{AccessKey, Account, Rights, Role, Uid};
use crate::world::alarms::{Alarm, Target};
use crate::world::balance::Balance;
use crate::world::certificates::Certificate;
use crate::world::cloud::Cloud;
use crate::world::clusters::{Cluster, ClusterSort, ClusterState, Node, NodeKind, Pool, PoolSort};
use crate::world::copies::SnapshotSet;
use crate::world::directory::Directory;
use crate::world::domains::Domain;
use crate::world::holdings::Holdings;
use crate::world::images::Template;
use crate::world::machines::{Machine, MachineState, ScalingGroup};
use crate::world::network::{Address, Backend, Balancer, Holder};
use crate::world::prepaid::Renewal;
use crate::world::protections::Policy;
use crate::world::storage::{Disk, Image, Snapshot};
use crate::world::terms::Term;

/// The account with most of everything, which manages the organization.
pub const GAME: Uid = Uid(100_000_000_001);
/// A member of the organization.
pub const STUDIO: Uid = Uid(100_000_000_002);
/// The region in which nearly everything stands.
pub const REGION: &str = "ap-guangzhou";
/// The role in both accounts that users of the first may take.
pub const ROLE: &str = "skywarden-reader";
/// The provider of web identities that both roles trust.
pub const PROVIDER: &str = "tke-cls-prod0001";

/// Returns what a patrol may read.
#[must_use]
pub fn reader_rights() -> Rights {
    Rights::of([
        "*:Describe*",
        "cam:List*",
        "cam:Get*",
        "sts:AssumeRole",
        "organization:*",
    ])
}

/// Returns the estate as it stands at `now`.
#[must_use]
pub fn sample(now: Timestamp) -> World {
    // The cloud knows no fractions of a second.
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    // Half an hour more than whole days: it tells the same days across midnight.
    let day =
        |days: i64| now + SignedDuration::from_hours(24 * days) + SignedDuration::from_mins(30);
    World::new(now).with(game(&day)).with(studio(&day))
}

type Day<'a> = &'a dyn Fn(i64) -> Timestamp;

fn role() -> Role {
    let mut role = Role::new(ROLE, GAME, reader_rights());
    role.max_session_seconds = 43_200;
    role.trusted_oidc.push(PROVIDER.to_owned());
    role
}

fn studio(day: Day<'_>) -> Account {
    let key = AccessKey::new(
        "AKIDdemoStudio00000000000000000000002",
        "demo-studio-secret-02",
    );
    Account::new("studio", STUDIO)
        .on(Cloud::Tencent)
        .user("skywarden", key, reader_rights())
        .balance(Balance::new(-1_234, "CNY"))
        .role(role())
        .holding("ap-shanghai", |it| {
            it.add_machine(machine("ins-studio01", "build-01", day(-30)));
        })
}

fn game(day: Day<'_>) -> Account {
    let key = |id: &str, secret: &str| AccessKey::new(id, secret).created(day(-200));
    let mut account = Account::new("game", GAME)
        .on(Cloud::Tencent)
        .key(
            "AKIDdemoGameRoot000000000000000000001",
            "demo-game-root-secret-01",
        )
        .user(
            "skywarden",
            key(
                "AKIDdemoGame000000000000000000000001",
                "demo-game-secret-01",
            ),
            reader_rights(),
        )
        .user(
            "nobody",
            key(
                "AKIDdemoNobody00000000000000000000001",
                "demo-nobody-secret-01",
            ),
            Rights::of(["sts:GetCallerIdentity"]),
        )
        .balance(Balance::new(86_420, "CNY").spending(1_250))
        .role(role())
        .directory(Directory::new("org-demo", day(-700)).member(STUDIO, "工作室"))
        .certificate(Certificate::new(
            81_000_001,
            &["game.example.cn", "www.game.example.cn"],
            day(5),
        ))
        .certificate(Certificate::new(
            81_000_002,
            &["pay.game.example.cn"],
            day(80),
        ))
        .certificate(Certificate::new(
            81_000_003,
            &["old.game.example.cn"],
            day(-12),
        ))
        .domain(Domain::new("game-example.cn", day(13)))
        .domain(Domain::new("game-example.com", day(300)).auto_renewing())
        .domain(Domain::new("云守游戏.cn", day(-3)))
        .holding(REGION, |it| {
            machines(it, day);
            clusters(it, day);
            storage(it, day);
            network(it, day);
            alarms(it, day);
            products::put(it, day);
        })
        // Whom alarms tell is of no region.
        .holding("", |it| {
            let ops = Target::new("notice-ops00001", "值班");
            it.add_target(ops.heard_by("https", "https://hooks.example.com/ops"));
            it.add_target(Target::new("notice-nobody01", "nobody"));
        })
        .holding("ap-singapore", |it| {
            it.add_machine(machine("ins-singap01", "sg-gateway", day(-50)).zone("ap-singapore-3"));
        });
    for user in &mut account.users {
        for key in &mut user.keys {
            key.last_used = Some(day(-2));
        }
    }
    account
}

fn machine(id: &str, name: &str, created: Timestamp) -> Machine {
    Machine::new(id, name, created)
        .kind("S5.LARGE8")
        .zone("ap-guangzhou-3")
        .image("img-base0001")
}

fn alarms(it: &mut Holdings, day: Day<'_>) {
    let outbound = |id: &str, name: &str| Alarm {
        name: name.to_owned(),
        threshold: 20.0,
        ..Alarm::new(id, ("cvm_device", "WanOuttraffic"), day(-60))
    };
    it.add_alarm(
        outbound("policy-lobby001", "大厅出流量")
            .on("unInstanceId", "ins-lobby001")
            .on("unInstanceId", "ins-lobby002")
            .tells("notice-ops00001"),
    );
    it.add_alarm(Alarm {
        name: "cpu of everything".to_owned(),
        threshold: 90.0,
        ..Alarm::new("policy-allcpu01", ("cvm_device", "CpuUsage"), day(-60))
    });
}

fn machines(it: &mut Holdings, day: Day<'_>) {
    let prepaid = |ends, renewal| Term::prepaid(day(ends), renewal);
    it.add_machine(
        machine("ins-lobby001", "大厅-01", day(-400))
            .term(prepaid(3, Renewal::Manual))
            .ip("10.0.0.11")
            .tag("owner", "张伟")
            .tag("env", "prod"),
    );
    it.add_machine(
        machine("ins-lobby002", "lobby-02 (it's *bold* @all)", day(-400))
            .term(prepaid(120, Renewal::Auto))
            .ip("10.0.0.12")
            .public_ip("203.0.113.12")
            .tag("owner", "li.na"),
    );
    it.add_machine(
        machine("ins-never001", "to be let go", day(-90))
            .term(prepaid(45, Renewal::Never))
            .kind("S5.2XLARGE16"),
    );
    it.add_machine(
        machine("ins-expired1", "过期", day(-400))
            .term(prepaid(-2, Renewal::Manual))
            .state(MachineState::Running),
    );
    it.add_machine(machine("ins-spot0001", "", day(-1)).term(Term::spot()));
    it.add_machine(machine("ins-stopped1", "lab", day(-20)).state(MachineState::Stopped));
    it.add_machine(machine("ins-pending1", "just bought", day(0)).pending_until(day(1)));
    it.add_machine(machine("ins-hidden01", "in another project", day(-20)).hidden());
    for number in 0..105 {
        let id = format!("ins-batch{number:03}");
        let ip = format!("10.0.8.{number}");
        it.add_machine(machine(&id, &format!("batch-{number:03}"), day(-60)).ip(ip));
    }
}

fn clusters(it: &mut Holdings, day: Day<'_>) {
    let cluster = |id: &str, name: &str| Cluster::new(id, name, day(-300)).vpc("vpc-main");
    it.add_cluster(cluster("cls-prod0001", "生产").tag("env", "prod"));
    it.add_cluster(cluster("cls-inde0001", "生产").sort(ClusterSort::Independent));
    it.add_cluster(cluster("cls-dele0001", "leaving").state(ClusterState::Deleting));
    it.add_cluster(cluster("cls-edge0001", "edge").sort(ClusterSort::Edge));
    it.add_cluster(cluster("cls-eks00001", "serverless").sort(ClusterSort::Serverless));

    it.add_group(ScalingGroup {
        image: Some("img-own00001".to_owned()),
        ..ScalingGroup::new("asg-prod0001", day(-300))
    });
    it.add_pool(Pool::new("np-pool0001", "cls-prod0001", day(-300)).group("asg-prod0001"));
    it.add_pool(Pool::new("np-native01", "cls-prod0001", day(-100)).sort(PoolSort::Native));
    it.add_pool(Pool::new("np-super001", "cls-prod0001", day(-100)).sort(PoolSort::Virtual));

    let worker = |id: &str, name: &str, ip: &str| machine(id, name, day(-90)).ip(ip);
    // Real workers have no tags; the names are the cloud's.
    let workers = [
        (
            "ins-worker01",
            "as-tke-np-pool00011",
            "10.0.1.1",
            "cls-prod0001",
        ),
        (
            "ins-worker02",
            "as-tke-np-pool00012",
            "10.0.1.2",
            "cls-prod0001",
        ),
        (
            "ins-byhand01",
            "tke_cls-prod0001_worker",
            "10.0.1.3",
            "cls-prod0001",
        ),
        (
            "ins-worker11",
            "tke_cls-inde0001_worker",
            "10.0.2.1",
            "cls-inde0001",
        ),
    ];
    for (id, name, ip, cluster) in workers {
        let in_group = name.starts_with("as-");
        let machine = worker(id, name, ip);
        it.add_machine(match in_group {
            true => machine.group("asg-prod0001"),
            false => machine,
        });
        let node = Node::worker(id, ip, day(-90));
        let node = match in_group {
            true => node.pool("np-pool0001"),
            false => node,
        };
        put(it, cluster, node);
    }
    it.add_machine(worker(
        "ins-master01",
        "tke_cls-inde0001_master_etcd1",
        "10.0.2.11",
    ));
    let master = Node::worker("ins-master01", "10.0.2.11", day(-300)).kind(NodeKind::Master);
    put(it, "cls-inde0001", master);
    it.add_machine(
        worker("ins-native01", "tke-np-native01-worker", "10.0.1.21")
            .term(Term::prepaid(day(9), Renewal::Manual)),
    );
    let named = |name: &str, kind, ip: &str| Node::named(name, kind, ip, day(-80));
    let native = named("np-native01-aaaaa", NodeKind::Native, "10.0.1.21").pool("np-native01");
    put(it, "cls-prod0001", native.machine("ins-native01"));
    let native = named("np-native01-bbbbb", NodeKind::Native, "10.0.1.22").pool("np-native01");
    put(it, "cls-prod0001", native);
    let node = named("eklet-subnet-main-ccccc", NodeKind::Virtual, "10.0.1.31");
    put(it, "cls-prod0001", node.pool("np-super001"));
    put(
        it,
        "cls-prod0001",
        named("node-10.9.0.1", NodeKind::External, "10.9.0.1"),
    );
    it.add_machine(worker("ins-joining1", "as-tke-np-pool00013", "10.0.1.4").group("asg-prod0001"));
    let joining = Node::worker("ins-joining1", "", day(0)).joining(SignedDuration::from_hours(72));
    put(it, "cls-prod0001", joining.pool("np-pool0001"));
    it.add_machine(worker(
        "ins-edge0001",
        "tkeedge_cls-edge0001_worker",
        "10.0.4.1",
    ));
    put(
        it,
        "cls-edge0001",
        Node::worker("ins-edge0001", "10.0.4.1", day(-80)),
    );
    put(
        it,
        "cls-edge0001",
        named("edge-shop-7", NodeKind::External, "192.168.7.1"),
    );
    // The cluster of this one is gone, and so is any record of it but the name.
    it.add_machine(worker(
        "ins-orphan01",
        "tke_cls-gone0001_worker",
        "10.0.3.1",
    ));
}

fn put(it: &mut Holdings, cluster: &str, node: Node) {
    if it.add_node(cluster, node).is_err() {
        tracing::error!("the sample has no cluster {cluster}");
    }
}

fn storage(it: &mut Holdings, day: Day<'_>) {
    let disk = |id: &str, size| {
        Disk::new(id, size, day(-90))
            .zone("ap-guangzhou-3")
            .category("CLOUD_SSD")
    };
    let until = |days| Term::prepaid(day(days), Renewal::Manual);
    it.add_disk(
        disk("disk-system01", 50)
            .system_of("ins-lobby001")
            .term(until(3)),
    );
    // It ends before its machine does, and does not renew itself as the machine does.
    it.add_disk(
        disk("disk-data0001", 200)
            .data_of("ins-lobby002")
            .term(until(20))
            .name("数据"),
    );
    it.add_disk(
        disk("disk-unused01", 100)
            .name("left behind")
            .tag("owner", "li.na"),
    );
    it.add_disk(disk("disk-unused02", 500).term(until(30)));
    it.add_snapshot(
        Snapshot::new("snap-nightly1", "disk-data0001", 200, day(-1)).tag("by", "hand"),
    );
    it.add_snapshot(Snapshot::new("snap-pending1", "disk-data0001", 200, day(0)).ready_at(day(1)));
    it.add_snapshot(Snapshot::new(
        "snap-orphan01",
        "disk-gone0001",
        50,
        day(-400),
    ));
    it.add_snapshot(Snapshot {
        system: true,
        ..Snapshot::new("snap-image001", "disk-system01", 50, day(-30))
    });
    let mut image = Image::new("img-own00001", "golden", &["snap-image001"], day(-30));
    image.tags.push(("owner".to_owned(), "张伟".to_owned()));
    image.shared_with.push(Cloud::Tencent.number(STUDIO));
    it.add_image(image);
    it.add_image(Image::new("img-pending1", "soon", &[], day(0)).ready_at(day(1)));
    copied(it, day);
}

/// A machine that is paid by use with two disks, and what copies disks and starts machines by itself.
fn copied(it: &mut Holdings, day: Day<'_>) {
    let disk = |id: &str| {
        Disk::new(id, 20, day(-60))
            .zone("ap-guangzhou-3")
            .category("CLOUD_PREMIUM")
    };
    it.add_disk(disk("disk-batch001").system_of("ins-batch000"));
    it.add_disk(disk("disk-batch002").data_of("ins-batch000"));
    let set = "csnap-batch01";
    let of_set = |id: &str, disk: &str| Snapshot {
        set: Some(set.to_owned()),
        ..Snapshot::new(id, disk, 20, day(-7))
    };
    it.add_snapshot(Snapshot {
        system: true,
        ..of_set("snap-batch001", "disk-batch001")
    });
    it.add_snapshot(of_set("snap-batch002", "disk-batch002"));
    it.sets.put(SnapshotSet {
        id: set.to_owned(),
        name: "batch".to_owned(),
        description: String::new(),
        machine: Some("ins-batch000".to_owned()),
        snapshots: vec!["snap-batch001".to_owned(), "snap-batch002".to_owned()],
        created: day(-7),
        shown_from: None,
        tags: Vec::new(),
    });
    it.add_policy(Policy::new("asp-nightly1", "auto_snapshot_policy").of_disk("disk-data0001"));
    it.add_template(Template {
        images: vec!["img-older001".to_owned(), "img-own00001".to_owned()],
        default_version: 2,
        ..Template::new("lt-workers01", "img-own00001", day(-90))
    });
}

fn network(it: &mut Holdings, day: Day<'_>) {
    let address = |id: &str, ip: &str| Address::new(id, ip, day(-60));
    it.add_address(address("eip-lobby001", "203.0.113.1").at(Holder::Machine, "ins-lobby001"));
    it.add_address(address("eip-unused01", "203.0.113.2").name("forgotten"));
    let prepaid = Term::prepaid(day(12), Renewal::Manual);
    it.add_address(address("eip-prepaid1", "203.0.113.3").term(prepaid));
    let balancer = |id: &str, name: &str| Balancer::new(id, name, day(-100));
    it.add_balancer(balancer("lb-front001", "front").backend(Backend::new("ins-lobby001")));
    it.add_balancer(balancer("lb-empty001", "nobody behind"));
    it.add_balancer(balancer("lb-prepaid1", "paid").term(Term::prepaid(day(8), Renewal::Auto)));
}
