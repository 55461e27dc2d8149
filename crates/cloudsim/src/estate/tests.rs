use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::world::instances::InstanceFilter;
use crate::world::paging::PageAsked;
use crate::world::prepaid::PrepaidFilter;

fn now() -> Timestamp {
    "2026-03-01T08:00:00Z".parse().unwrap()
}

fn due(world: &World, uid: Uid, days: i64) -> Vec<String> {
    let until = world.now() + SignedDuration::from_hours(24 * days);
    let filter = PrepaidFilter {
        ends_to: Some(until),
        ..PrepaidFilter::default()
    };
    let page = PageAsked {
        number: 1,
        size: 1000,
    };
    let found = world
        .prepaid_page(&world.owner(uid).unwrap(), &filter, page)
        .unwrap();
    found.items.into_iter().map(|it| it.id).collect()
}

#[test]
fn a_seeded_estate_repeats_and_plants_what_it_says() {
    let estate = Estate::seeded(9).accounts(7).resources(500).expiring(100);
    let (one, two) = (estate.build(now()), estate.build(now()));
    let accounts = one.accounts();
    assert_eq!(
        accounts
            .iter()
            .map(|it| it.uid)
            .collect::<BTreeSet<_>>()
            .len(),
        7
    );
    let mut planted = 0;
    for account in &accounts {
        assert_eq!(due(&one, account.uid, 14), due(&two, account.uid, 14));
        planted += due(&one, account.uid, 14).len();
    }
    assert_eq!(planted, 100);
    let other = Estate::seeded(10)
        .accounts(7)
        .resources(500)
        .expiring(100)
        .build(now());
    assert_ne!(other.accounts()[0].uid, accounts[0].uid);
}

#[test]
fn machines_of_a_seeded_estate_are_the_rows_of_its_billing() {
    let world = Estate::seeded(9).resources(400).build(now());
    let owner = world.owner(world.accounts()[0].uid).unwrap();
    let page = PageAsked {
        number: 1,
        size: 1000,
    };
    let filter = PrepaidFilter {
        product: Some("ecs".into()),
        ..PrepaidFilter::default()
    };
    let billed: BTreeSet<_> = world
        .prepaid_page(&owner, &filter, page)
        .unwrap()
        .items
        .into_iter()
        .map(|it| it.id)
        .collect();
    let mut standing = BTreeSet::new();
    for (region, _, _) in crate::Cloud::Aliyun.regions() {
        let filter = InstanceFilter {
            region: (*region).into(),
            ..InstanceFilter::default()
        };
        let found = world.instances_page(&owner, &filter, page).unwrap();
        standing.extend(found.items.into_iter().map(|it| it.id.clone()));
    }
    assert!(billed.len() > 100);
    assert_eq!(billed, standing);
}

#[test]
fn the_demo_has_something_of_everything() {
    let world = demo(now());
    assert_eq!(
        due(&world, demo::SHOP, 15),
        [
            "i-bp1shopweb001",
            "i-bp1shopweb002",
            "i-bp1shoppay001",
            "rm-bp1shoporders",
            "rm-bp1shopusers",
            "r-bp1shopcache"
        ],
    );
    assert_eq!(
        due(&world, demo::GAME, 15),
        ["i-bp1gamelobby", "i-bp1gamebattle", "pc-bp1gameworld"]
    );
    assert!(
        world
            .money(&world.owner(demo::GAME).unwrap())
            .unwrap()
            .available
            .is_sign_negative()
    );
    assert_eq!(
        world
            .money(&world.owner(demo::OVERSEAS).unwrap())
            .unwrap()
            .currency,
        "USD"
    );
    assert!(world.holder(demo::LEGACY_BAD_KEY.0).is_none());
    let finance = world.account("finance").unwrap();
    let caller = world.holder(&finance.users[0].keys[0].id).unwrap().caller;
    assert_eq!(world.money(&caller).unwrap_err().code, "NotAuthorized");
}

#[test]
fn the_demo_ages_with_its_world() {
    let world = demo(now());
    let before = world
        .money(&world.owner(demo::SHOP).unwrap())
        .unwrap()
        .available;
    world.advance(SignedDuration::from_hours(24 * 13));
    let after = world
        .money(&world.owner(demo::SHOP).unwrap())
        .unwrap()
        .available;
    assert_eq!(before - after, (1_250 * 13).into());
    let due = due(&world, demo::SHOP, 0);
    assert!(
        due.contains(&"i-bp1shopweb001".to_owned()),
        "ended, not released"
    );
    assert!(
        !due.contains(&"rm-bp1shoporders".to_owned()),
        "released after its 15 days"
    );
}

/// Returns the machines of `uid` that say they are of a cluster, and are in none.
fn left_behind(world: &World, uid: Uid, region: &str) -> Vec<String> {
    let held = world.holdings(uid, region);
    let tagged = held.machines.iter().filter(|it| {
        let by_tag = it
            .tags
            .iter()
            .any(|it| it.0.contains("cluster") || it.0 == "ack.aliyun.com");
        by_tag || it.name.contains("k8s") || it.name.starts_with("tke_")
    });
    tagged
        .filter(|it| it.cluster.is_none())
        .map(|it| it.id.clone())
        .collect()
}

#[test]
fn on_each_cloud_the_demo_has_a_machine_that_its_cluster_forgot() {
    let world = demo(now());
    let clusters = demo::clusters::REGION;
    // Before the first look time may be set back, as the demo does.
    world.set_now(now() - SignedDuration::from_hours(72));
    assert_eq!(
        left_behind(&world, demo::SHOP, clusters),
        [demo::clusters::ORPHAN]
    );
    world.set_now(now());
    let (orphan, suspect) = (demo::clusters::ORPHAN, demo::clusters::SUSPECT);
    assert_eq!(left_behind(&world, demo::SHOP, clusters), [orphan, suspect]);
    let (uid, region) = (demo::tencent::ARCADE, demo::tencent::REGION);
    assert_eq!(left_behind(&world, uid, region), [demo::tencent::ORPHAN]);
    assert_eq!(
        left_behind(&world, uid, demo::tencent::SILENT_REGION),
        [demo::tencent::UNTOLD]
    );
    let (uid, region) = (demo::aws::WAREHOUSE, demo::aws::REGION);
    assert_eq!(left_behind(&world, uid, region), [demo::aws::ORPHAN]);
}

#[test]
fn what_stands_is_spread_over_accounts_and_regions_to_the_last_thing() {
    const CLOUDS: &[Cloud] = &[Cloud::Aliyun, Cloud::Tencent, Cloud::Aws(Partition::Aws)];
    let build = || {
        Estate::seeded(7)
            .accounts(3)
            .clouds(CLOUDS)
            .standing(20, 12_345)
            .orphans(30)
            .build(now())
    };
    let world = build();
    let machines = |world: &World| -> BTreeSet<String> {
        let accounts = world.accounts().into_iter();
        let held = accounts.flat_map(|it| {
            let regions = it.regions.iter();
            regions
                .flat_map(|(region, it)| {
                    it.machines
                        .iter()
                        .map(move |it| format!("{region} {} {}", it.id, it.name))
                })
                .collect::<Vec<_>>()
        });
        held.collect()
    };
    let (mut things, mut orphans) = (0, 0);
    for account in world.accounts() {
        assert_eq!(account.regions.iter().count(), 20);
        for (region, held) in account.regions.iter() {
            let rows = [
                held.machines.len(),
                held.disks.len(),
                held.snapshots.len(),
                held.images.len(),
            ];
            let others = held.addresses.len() + held.balancers.len() + held.clusters.len();
            things += rows.iter().sum::<usize>() + others;
            orphans += left_behind(&world, account.uid, region).len();
            for disk in &held.disks {
                let machine = held.machines.get(disk.machine.as_ref().unwrap()).unwrap();
                assert_eq!(machine.disks, [disk.id.as_str()]);
            }
        }
    }
    // A block that is cut short has no cluster, and nothing is there in place of it.
    assert_eq!(things, 12_345);
    assert_eq!(orphans, 30);
    let ids = machines(&world);
    assert!(ids.len() > 5_000 && ids == machines(&build()));
}
