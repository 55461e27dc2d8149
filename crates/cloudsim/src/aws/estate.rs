//! Accounts of AWS by hand, one of each partition and a member beside: every kind of thing the door shows, once.
//!
//! Keys here are written for everybody to read: they open nothing but this simulation.

pub mod backups;

use jiff::{SignedDuration, Timestamp};

use crate::world::World;
use crate::world::account::{AccessKey, Account, Rights, Role, Uid};
use crate::world::alarms::{Alarm, Target};
use crate::world::certificates::{Certificate, Keeper};
use crate::world::cloud::{Cloud, Partition};
use crate::world::clusters::{Cluster, ClusterSort, ClusterState, Pool, PoolSort};
use crate::world::directory::Directory;
use crate::world::domains::Domain;
use crate::world::holdings::Holdings;
use crate::world::images::Template;
use crate::world::machines::{Machine, MachineState, ScalingGroup};
use crate::world::network::{Address, Backend, Balancer, BalancerSort, Holder};
use crate::world::prepaid::Renewal;
use crate::world::products::Product;
use crate::world::protections::{CryptKey, Policy};
use crate::world::storage::{Disk, Image, Snapshot};
use crate::world::terms::Term;
use crate::world::upkeep::Event;

/// The account with most of everything, which manages the organization.
pub const DATA: Uid = Uid(111_122_223_333);
/// A member of the organization.
pub const LAB: Uid = Uid(444_455_556_666);
/// The account in China.
pub const BEIJING: Uid = Uid(999_988_887_777);

/// The role in every account that [`DATA`]'s users may assume, with [`EXTERNAL_ID`].
pub const READER_ROLE: &str = "skywarden-reader";
/// The word that has to be said to assume [`READER_ROLE`].
pub const EXTERNAL_ID: &str = "skywarden-external-id";
/// The role in every account that tokens of [`ISSUER`] open.
pub const POD_ROLE: &str = "skywarden-pod";
/// The issuer of web identity tokens.
pub const ISSUER: &str = "https://oidc.eks.us-east-1.amazonaws.com/id/SIMULATED";

/// Returns what a patrol may read.
#[must_use]
pub fn reader_rights() -> Rights {
    Rights::of([
        "acm:Describe*",
        "acm:List*",
        "autoscaling:Describe*",
        "backup:Get*",
        "backup:List*",
        "cloudwatch:Describe*",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListTagsForResource",
        "dlm:Get*",
        "ec2:Describe*",
        "ec2:List*",
        "eks:Describe*",
        "eks:List*",
        "elasticloadbalancing:Describe*",
        "iam:Get*",
        "iam:List*",
        "kms:Describe*",
        "organizations:Describe*",
        "organizations:List*",
        "rds:DescribeReservedDBInstances",
        "route53domains:ListDomains",
        "savingsplans:DescribeSavingsPlans",
        "sns:List*",
        "sts:AssumeRole",
        "tag:GetResources",
    ])
}

/// Returns what somebody needs who may also change what is served here.
#[must_use]
pub fn keeper_rights() -> Rights {
    Rights::of([
        "acm:*",
        "autoscaling:Describe*",
        "backup:Get*",
        "backup:List*",
        "cloudwatch:*",
        "dlm:Get*",
        "ec2:*",
        "eks:*",
        "elasticloadbalancing:Describe*",
        "iam:Get*",
        "iam:List*",
        "kms:*",
        "organizations:Describe*",
        "organizations:List*",
        "rds:DescribeReservedDBInstances",
        "route53domains:ListDomains",
        "savingsplans:DescribeSavingsPlans",
        "sns:*",
        "sts:AssumeRole",
        "tag:GetResources",
    ])
}

/// Returns a world of AWS accounts only, as it stands at `now`.
#[must_use]
pub fn sample(now: Timestamp) -> World {
    accounts(now).into_iter().fold(World::new(now), World::with)
}

/// Returns the accounts as they stand at `now`.
#[must_use]
pub fn accounts(now: Timestamp) -> Vec<Account> {
    let day = |days: i64| now + SignedDuration::from_hours(24 * days);
    let directory = Directory::new("o-simulated1", day(-700)).member(LAB, "lab");
    let lab = account("lab", LAB, Partition::Aws, now)
        .role(Role::new(
            "OrganizationAccountAccessRole",
            DATA,
            Rights::all(),
        ))
        .holding("eu-west-1", |it| {
            it.add_machine(Machine::new("i-0lab0000000000001", "lab", day(-20)).kind("t3.small"));
        });
    let beijing = account("beijing", BEIJING, Partition::AwsCn, now)
        .certificate(Certificate::new(31, &["cdn.example.cn"], day(9)).keeper(Keeper::Identity))
        .holding("cn-north-1", |it| stock(it, "cn-north-1", now));
    let data = account("data", DATA, Partition::Aws, now)
        .directory(directory)
        .certificate(
            Certificate::new(11, &["shop.example.com", "*.shop.example.com"], day(20))
                .region("us-east-1"),
        )
        .certificate(
            Certificate::new(12, &["ec.example.com"], day(6))
                .region("us-east-1")
                .key_type("EC_prime256v1"),
        )
        .certificate(
            Certificate::new(13, &["old.example.com"], day(-2))
                .region("us-east-1")
                .key_type("RSA_4096"),
        )
        .certificate(
            Certificate::new(14, &["upload.example.com"], day(13)).keeper(Keeper::Identity),
        )
        .domain(Domain::new("example.com", day(12)))
        .domain(Domain::new("example.net", day(200)).auto_renewing())
        .holding("us-east-1", |it| {
            stock(it, "us-east-1", now);
            it.add_product(
                Product::new(
                    "savings-plan",
                    "5d9f0a50-0000-0000-0000-000000000001",
                    day(-352),
                    until(day(13)),
                )
                .extra("commitment", "2.50000000"),
            );
        })
        .holding("eu-west-1", |it| {
            it.add_machine(
                Machine::new("i-0eu00000000000001", "eu-web", day(-90)).kind("m6i.large"),
            );
        })
        .holding("ap-east-1", |it| {
            it.add_machine(
                Machine::new("i-0hk00000000000001", "hk-web", day(-30)).kind("m6i.large"),
            );
        });
    vec![data, lab, beijing]
}

fn until(ends: Timestamp) -> Term {
    Term::prepaid(ends, Renewal::Manual)
}

fn account(name: &str, uid: Uid, partition: Partition, now: Timestamp) -> Account {
    let made = now - SignedDuration::from_hours(24 * 400);
    let key = |user: &str| {
        let id = format!("AKIASIM{}{}", name.to_uppercase(), user.to_uppercase());
        AccessKey::new(id, format!("simulated/{name}/{user}/secret")).created(made)
    };
    let reader = Role {
        external_id: Some(EXTERNAL_ID.to_owned()),
        trusted: vec![DATA, uid],
        ..Role::new(READER_ROLE, uid, reader_rights())
    };
    let provider = format!(
        "arn:{}:iam::{:012}:oidc-provider/{}",
        partition.as_str(),
        uid.0,
        ISSUER.trim_start_matches("https://")
    );
    let pod = Role {
        trusted: Vec::new(),
        trusted_oidc: vec![provider],
        ..Role::new(POD_ROLE, uid, reader_rights())
    };
    let mut account = Account::new(name, uid)
        .on(Cloud::Aws(partition))
        .user("skywarden", key("skywarden"), reader_rights())
        .user("nobody", key("nobody"), Rights::of(["sts:AssumeRole"]))
        .user("keeper", key("keeper"), keeper_rights())
        .role(reader)
        .role(pod);
    account.keys.push(key("root"));
    if let Some(used) = account.users.iter_mut().flat_map(|it| &mut it.keys).next() {
        used.last_used = Some(now - SignedDuration::from_hours(3));
    }
    account
}

/// Puts one of everything into a region.
fn stock(it: &mut Holdings, region: &str, now: Timestamp) {
    let day = |days: i64| now + SignedDuration::from_hours(24 * days);
    clusters(it, region, now);
    let zone = format!("{region}b");
    for number in 1..=4 {
        let id = format!("i-0web{number:013}");
        it.add_machine(
            Machine::new(&id, format!("web-{number}"), day(-300))
                .kind("m6i.large")
                .zone(&zone)
                .ip(format!("10.0.1.{number}"))
                .tag("env", if number < 4 { "prod" } else { "测试" }),
        );
        it.add_disk(
            Disk::new(format!("vol-0web{number:012}"), 40, day(-300))
                .system_of(&id)
                .category("gp3")
                .zone(&zone),
        );
    }
    it.add_machine(
        Machine::new("i-0spot00000000001", "batch", day(-1))
            .term(Term::spot())
            .kind("c6i.xlarge"),
    );
    it.add_machine(
        Machine::new("i-0stop00000000001", "", day(-40))
            .state(MachineState::Stopped)
            .public_ip("198.51.100.7"),
    );
    it.add_machine(
        Machine::new("i-0dead00000000001", "gone", day(-40)).state(MachineState::Terminated),
    );
    it.add_disk(
        Disk::new("vol-0loose000000001", 500, day(-80))
            .category("gp2")
            .name("forgotten")
            .zone(&zone),
    );
    it.add_address(
        Address::new("eipalloc-0web00001", "203.0.113.11", day(-200))
            .at(Holder::Machine, "i-0web0000000000001"),
    );
    it.add_address(Address::new("eipalloc-0loose001", "203.0.113.12", day(-200)).name("unused"));
    it.add_address(
        Address::new("eipalloc-0nat00001", "203.0.113.13", day(-200))
            .at(Holder::Gateway, "0nat0000000000001"),
    );
    for number in 1..=12 {
        it.add_snapshot(
            Snapshot::new(
                format!("snap-0day{number:012}"),
                "vol-0web000000000001",
                40,
                day(-number),
            )
            .tag("AutoSnapshot", "true"),
        );
    }
    // It is ready at once in more zones than one page of them has.
    let zones = ["a", "b", "c", "d", "e", "f"].map(|it| format!("{region}{it}"));
    it.add_snapshot(Snapshot {
        fast_restore: zones.to_vec(),
        ..Snapshot::new(
            "snap-0gone00000000001",
            "vol-0gone000000001",
            100,
            day(-120),
        )
    });
    for number in 1..=6 {
        let id = format!("snap-0bin{number:012}");
        let held = Snapshot::new(id, "vol-0gone000000001", 100, day(-130 - number));
        it.binned_snapshots.put(held);
        let (id, name) = (format!("ami-0bin{number:012}"), format!("web-bin-{number}"));
        it.binned_images
            .put(Image::new(id, name, &["snap-0gone00000000001"], day(-130)));
    }
    keeping(it, region, now);
    it.add_image(
        Image::new(
            "ami-0week000000000001",
            "web-2026-W40",
            &["snap-0day000000000001"],
            day(-1),
        )
        .of("i-0web0000000000001"),
    );
    let mut disabled = Image::new(
        "ami-0old0000000000001",
        "web-2026-W01",
        &["snap-0day000000000012"],
        day(-300),
    );
    disabled.disabled = true;
    it.add_image(disabled);
    it.add_event(Event::new(
        "instance-event-0a1b2c3d4e5f60001",
        "i-0web0000000000002",
        "instance-retirement",
        day(-1),
        day(6),
    ));
    it.add_product(
        Product::new(
            "ec2-reserved",
            "e5a2ff3b-0000-0000-0000-000000000001",
            day(-355),
            until(day(10)),
        )
        .kind("m6i.large"),
    );
    it.add_product(
        Product::new(
            "ec2-reserved",
            "e5a2ff3b-0000-0000-0000-000000000002",
            day(-400),
            until(day(-35)),
        )
        .kind("m5.large"),
    );
    it.add_product(
        Product::new("rds-reserved", "ri-orders", day(-340), until(day(25))).kind("db.r6g.large"),
    );
    balancers(it, day(-250));
}

/// Puts what keeps copies, what starts machines from images, and what alarms tell into a region.
fn keeping(it: &mut Holdings, region: &str, now: Timestamp) {
    let day = |days: i64| now + SignedDuration::from_hours(24 * days);
    let image = "ami-0week000000000001";
    it.add_template(Template {
        images: vec!["ami-0old0000000000001".to_owned(), image.to_owned()],
        default_version: 2,
        ..Template::new("lt-0web00000000001", image, day(-200))
    });
    it.add_template(Template::new("lt-0node0000000001", image, day(-100)));
    it.add_group(ScalingGroup {
        template: Some("lt-0web00000000001".to_owned()),
        ..ScalingGroup::new("by-template", day(-150))
    });
    it.add_group(ScalingGroup {
        image: Some(image.to_owned()),
        ..ScalingGroup::new("by-configuration", day(-150))
    });
    it.add_policy(Policy::new("policy-0daily0000001", "dlm").of_disks_tagged("backup", "daily"));
    it.add_policy(Policy {
        active: false,
        ..Policy::new("policy-0off000000001", "dlm").of_machines_tagged("env", "prod")
    });
    it.add_policy(
        Policy::new("5a0a0e00-0000-4000-8000-000000000001", "backup")
            .of_machine("i-0web0000000000004")
            .of_machines_tagged("vault", "gold"),
    );
    it.add_policy(
        Policy::new("5a0a0e00-0000-4000-8000-000000000002", "backup")
            .of_disk("vol-0loose000000001"),
    );
    let (partition, account) = match region.starts_with("cn-") {
        true => ("aws-cn", BEIJING),
        false => ("aws", DATA),
    };
    let topic = format!(
        "arn:{partition}:sns:{region}:{:012}:ec2-NetworkOut-Alarm",
        account.0
    );
    for key in ["a", "b"] {
        let id = format!("0f0e0d0c-0000-4000-8000-00000000000{key}");
        it.add_key(CryptKey::new(id));
    }
    it.add_target(Target::new(&topic, "ec2-NetworkOut-Alarm").heard_by("email", "ops@example.com"));
    let quiet = topic.replace("ec2-NetworkOut-Alarm", "nobody-confirmed");
    it.add_target(Target::new(quiet, "nobody-confirmed").invites("email", "new@example.com"));
    it.add_alarm(Alarm {
        threshold: 35_000_000.0,
        ..Alarm::new(
            "i-0web0000000000002-网络流出流量警报",
            ("AWS/EC2", "NetworkOut"),
            day(-60),
        )
        .on("InstanceId", "i-0web0000000000002")
        .tells(topic)
    });
}

fn balancers(it: &mut Holdings, made: Timestamp) {
    let mut front = Balancer::new("50dc6c495c0c9188", "shop-front", made)
        .sort(BalancerSort::Application)
        .backend(Backend::new("i-0web0000000000001"))
        .backend(Backend::new("i-0stop00000000001"));
    front.tags.push(("team".to_owned(), "web".to_owned()));
    it.add_balancer(front);
    it.add_balancer(
        Balancer::new("60dc6c495c0c9199", "empty-nlb", made).sort(BalancerSort::Network),
    );
    it.add_balancer(
        Balancer::new("classic-1", "classic-1", made).backend(Backend::new("i-0web0000000000003")),
    );
    it.add_balancer(Balancer::new("classic-empty", "classic-empty", made));
}

/// Puts a cluster with a node group, a Fargate profile and self-managed nodes into a region, and what is left of one
/// that is gone.
fn clusters(it: &mut Holdings, region: &str, now: Timestamp) {
    let day = |days: i64| now + SignedDuration::from_hours(24 * days);
    it.add_cluster(Cluster::new("shop", "shop", day(-300)).tag("env", "prod"));
    it.add_cluster(Cluster::new("leaving", "leaving", day(-100)).state(ClusterState::Deleting));
    it.add_cluster(
        Cluster::new("on-premises", "on-premises", day(-100)).sort(ClusterSort::Registered),
    );
    let group = "eks-web-0a1b2c3d";
    it.add_group(ScalingGroup::new(group, day(-299)).tag("eks:cluster-name", "shop"));
    it.add_group(ScalingGroup::new("karpenterless", day(-10)));
    it.add_pool(Pool::new("web-0a1b2c3d", "shop", day(-299)).group(group));
    it.add_pool(Pool::new("serverless-0a1b", "shop", day(-299)).sort(PoolSort::Virtual));
    let node = |id: String, age: i64| {
        Machine::new(id, "", day(-age))
            .kind("m6i.large")
            .zone(format!("{region}a"))
    };
    for number in 1..=3 {
        it.add_machine(
            node(format!("i-0node{number:012}"), 60)
                .ip(format!("10.0.2.{number}"))
                .group(group)
                .tag("eks:cluster-name", "shop")
                .tag("kubernetes.io/cluster/shop", "owned"),
        );
    }
    it.add_machine(
        node("i-0self00000000001".to_owned(), 50)
            .ip("10.0.2.50")
            .tag("kubernetes.io/cluster/shop", "owned"),
    );
    it.add_machine(
        node("i-0orphan000000001".to_owned(), 200)
            .ip("10.0.2.99")
            .tag("eks:cluster-name", "deleted-long-ago")
            .tag("kubernetes.io/cluster/deleted-long-ago", "owned"),
    );
}
