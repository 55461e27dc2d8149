//! A lively estate by hand, on three clouds: every kind of thing that patrol and orphans have a word for, once.
//!
//! Keys here are written for everybody to read: they open nothing but this simulation.

pub mod aws;
pub mod clusters;
pub mod tencent;

use jiff::{SignedDuration, Timestamp};

use crate::fault::Faults;
use crate::world::World;
use crate::world::account::{AccessKey, Account, Rights, Role, Uid};
use crate::world::alarms::Target;
use crate::world::balance::Balance;
use crate::world::certificates::Certificate;
use crate::world::directory::{ACCESS_ROLE, Directory};
use crate::world::domains::Domain;
use crate::world::instances::Instance;
use crate::world::prepaid::{Prepaid, Renewal, never};

/// The shop: the account with most of everything, and the management account of the directory.
pub const SHOP: Uid = Uid(1_690_700_000_000_001);
/// The game: low on money.
pub const GAME: Uid = Uid(1_690_700_000_000_002);
/// The overseas branch: international site, USD.
pub const OVERSEAS: Uid = Uid(5_690_700_000_000_003);
/// The account whose key may not ask the billing service.
pub const FINANCE: Uid = Uid(1_690_700_000_000_004);
/// The account whose configured key has been deleted; see [`LEGACY_BAD_KEY`].
pub const LEGACY: Uid = Uid(1_690_700_000_000_005);
/// A key id and secret that look right and that no account knows (any more).
pub const LEGACY_BAD_KEY: (&str, &str) =
    ("LTAI5tDemoLegacyDeleted", "demo-legacy-secret-0000000005");

/// The role in every demo account that the shop's user may assume.
pub const READER_ROLE: &str = "skywarden-reader";

/// Returns what a patrol may read.
#[must_use]
pub fn reader_rights() -> Rights {
    Rights::of([
        "bss:Describe*",
        "ecs:Describe*",
        "vpc:Describe*",
        "slb:Describe*",
        "ess:Describe*",
        "cs:Describe*",
        "ram:List*",
        "yundun-cert:List*",
        "domain:QueryCommonInfo",
        "sts:AssumeRole",
        "resourcemanager:Get*",
        "resourcemanager:List*",
    ])
}

/// Plants what goes wrong in the demo for good: the nodes of one cluster cannot be listed.
pub fn plant(faults: &Faults) {
    faults.add(tencent::silence());
}

/// Returns the demo world as it stands at `now`.
#[must_use]
pub fn demo(now: Timestamp) -> World {
    // Half an hour more than whole days: a demo that runs across midnight tells the same days.
    let day =
        |days: i64| now + SignedDuration::from_hours(24 * days) + SignedDuration::from_mins(30);
    let world = World::new(now)
        .with(shop(&day, now))
        .with(game(&day))
        .with(overseas(&day))
        .with(finance(&day))
        .with(legacy(&day))
        .with(tencent::account(now))
        .with(aws::account(now));
    grant_directory_access(&world, SHOP);
    world
}

fn shop(day: &dyn Fn(i64) -> Timestamp, now: Timestamp) -> Account {
    let machine = |id: &str, name: &str, owner: &str| {
        Instance::new(id, name, day(-400))
            .tag("owner", owner)
            .tag("env", "prod")
    };
    let mut account = Account::new("shop", SHOP)
        .key("LTAI5tDemoShopRoot", "demo-shop-root-secret-0000001")
        .user(
            "skywarden",
            AccessKey::new("LTAI5tDemoShop", "demo-shop-secret-0000000001").created(day(-390)),
            reader_rights(),
        )
        .user(
            "nobody",
            AccessKey::new("LTAI5tDemoNobody", "demo-nobody-secret-00000001"),
            Rights::of(["sts:GetCallerIdentity"]),
        )
        .balance(Balance::new(86_420, "CNY").spending(1_250))
        .directory(
            Directory::new("rd-Dem0Sh", day(-700))
                .member(GAME, "游戏")
                .member(OVERSEAS, "Overseas")
                .member(FINANCE, "财务")
                .member(LEGACY, "legacy"),
        )
        .prepaid(Prepaid::new("ecs", "i-bp1shopweb001", day(1)))
        .prepaid(Prepaid::new("ecs", "i-bp1shopweb002", day(3)))
        .prepaid(Prepaid::new("ecs", "i-bp1shopweb003", day(120)).renewal(Renewal::Auto))
        .prepaid(Prepaid::new("ecs", "i-bp1shoppay001", day(7)).renewal(Renewal::AutoFailing))
        .prepaid(Prepaid::new("rds", "rm-bp1shoporders", day(-3)))
        .prepaid(Prepaid::new("rds", "rm-bp1shopusers", day(14)))
        .prepaid(Prepaid::new("redisa", "r-bp1shopcache", day(7)).region("cn-shanghai"))
        .prepaid(Prepaid::new("slb", "lb-bp1shopfront", never()).renewal(Renewal::Auto))
        .prepaid(Prepaid::new("ons", "MQ_INST_shop_orders", day(200)))
        .prepaid(Prepaid::new("ddosbgp", "ddosbgp-cn-shop", day(45)).renewal(Renewal::Never))
        .prepaid(Prepaid::pay_as_you_go(
            "oss",
            "oss-1690700000000001",
            day(-900),
        ))
        .instance(machine("i-bp1shopweb001", "商城-前端-01", "张伟"))
        .instance(machine(
            "i-bp1shopweb002",
            "shop-web-02 (it's *bold* @all)",
            "li.na",
        ))
        .instance(machine("i-bp1shopweb003", "商城-后端 🛒", "张伟"))
        .instance(machine("i-bp1shoppay001", "支付网关", "wang.fang"))
        .instance(Instance::new(
            "i-bp1shoplab001",
            "lab, paid by use",
            day(-20),
        ))
        .certificate(Certificate::new(
            9_000_101,
            &["shop.example.cn", "www.shop.example.cn"],
            day(5),
        ))
        .certificate(Certificate::new(
            9_000_102,
            &["shop.example.cn", "www.shop.example.cn"],
            day(80),
        ))
        .certificate(Certificate::new(
            9_000_103,
            &["pay.shop.example.cn"],
            day(6),
        ))
        .certificate(Certificate::new(
            9_000_104,
            &["old.shop.example.cn"],
            day(-12),
        ))
        .certificate(Certificate::new(
            9_000_105,
            &["forgotten.shop.example.cn"],
            day(-200),
        ))
        .domain(Domain::new("shop-example.cn", day(13)))
        .domain(Domain::new("shop-example.com", day(300)).auto_renewing())
        .domain(Domain::new("云守商城.cn", day(90)));
    for number in 4..40 {
        let id = format!("i-bp1shopweb{number:03}");
        account
            .instances
            .push(machine(&id, &format!("商城-前端-{number:02}"), "张伟"));
        account
            .prepaid
            .add(Prepaid::new("ecs", id, day(60 + number * 7)));
    }
    account
        .role(reader_role(SHOP))
        .holding(clusters::REGION, |it| clusters::put(it, now))
        .holding("", |it| {
            let ops = Target::new("ops", "ops").heard_by("email", "zhang.wei@example.com");
            it.add_target(ops.invites("sms", "13800000000"));
        })
}

/// In debt: what renews itself here will not be paid when its day comes.
fn game(day: &dyn Fn(i64) -> Timestamp) -> Account {
    Account::new("game", GAME)
        .user(
            "skywarden",
            AccessKey::new("LTAI5tDemoGame", "demo-game-secret-0000000002"),
            reader_rights(),
        )
        .balance(Balance::new(-1_234, "CNY").spending(310))
        .prepaid(Prepaid::new("ecs", "i-bp1gamelobby", day(2)).region("cn-beijing"))
        .prepaid(
            Prepaid::new("ecs", "i-bp1gamebattle", day(10))
                .region("cn-beijing")
                .renewal(Renewal::Auto),
        )
        .prepaid(
            Prepaid::new("polardb", "pc-bp1gameworld", day(12))
                .region("cn-beijing")
                .renewal(Renewal::Auto),
        )
        .instance(
            Instance::new("i-bp1gamelobby", "大厅-01", day(-90))
                .region("cn-beijing")
                .tag("owner", "赵敏"),
        )
        .instance(
            Instance::new("i-bp1gamebattle", "battle-01", day(-90))
                .region("cn-beijing")
                .tag("owner", "zhao.min"),
        )
        .role(reader_role(GAME))
}

fn overseas(day: &dyn Fn(i64) -> Timestamp) -> Account {
    Account::new("overseas", OVERSEAS)
        .international()
        .user(
            "skywarden",
            AccessKey::new("LTAI5tDemoOverseas", "demo-overseas-secret-00003"),
            reader_rights(),
        )
        .balance(Balance::new(1_980, "USD").spending(42))
        .prepaid(Prepaid::new("ecs", "i-t4n0overseas01", day(6)).region("ap-southeast-1"))
        .prepaid(Prepaid::new("rds", "rm-t4n0overseas1", day(150)).region("ap-southeast-1"))
        .instance(
            Instance::new("i-t4n0overseas01", "sg-gateway", day(-50)).region("ap-southeast-1"),
        )
        .certificate(Certificate::new(
            9_000_301,
            &["overseas.example.com"],
            day(25),
        ))
        .role(reader_role(OVERSEAS))
}

fn finance(day: &dyn Fn(i64) -> Timestamp) -> Account {
    let rights = reader_rights().without("bss:*");
    Account::new("finance", FINANCE)
        .user(
            "skywarden",
            AccessKey::new("LTAI5tDemoFinance", "demo-finance-secret-0000004"),
            rights,
        )
        .prepaid(Prepaid::new("ecs", "i-bp1finance001", day(5)))
        .instance(Instance::new("i-bp1finance001", "财务-报表", day(-600)))
        .role(reader_role(FINANCE))
}

fn legacy(day: &dyn Fn(i64) -> Timestamp) -> Account {
    Account::new("legacy", LEGACY)
        .prepaid(Prepaid::new("rds", "rm-bp1legacy", day(10)))
        .role(reader_role(LEGACY))
}

/// Returns the role that the shop's users, and pods of the owner's own clusters, may assume.
fn reader_role(owner: Uid) -> Role {
    let mut role = Role::new(READER_ROLE, SHOP, reader_rights());
    role.trusted_oidc
        .push(format!("acs:ram::{owner}:oidc-provider/ack"));
    role
}

/// Gives every member of `master`'s directory the role that its management account may assume.
fn grant_directory_access(world: &World, master: Uid) {
    let members = world
        .edit(master, |it| it.directory.clone())
        .flatten()
        .map_or_else(Vec::new, |it| it.members);
    for member in members {
        world.edit(member.uid, |it| {
            it.roles.push(Role::new(ACCESS_ROLE, master, Rights::all()));
        });
    }
}
