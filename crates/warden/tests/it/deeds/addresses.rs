//! Addresses at nothing that are given back, over a simulated world.

use cloudsim::world::deeds::{Act, Sort};
use cloudsim::world::network::{Address, Holder};
use cloudsim::{Cloud, Effect, Fault, Holdings, Uid, World};
use duty::{Limits, ProtectedTag};
use duty_orphans::{Acts, Orphans};
use jiff::SignedDuration;
use warden::Exit;

use super::{Yes, acting, applied, fates, tried};
use crate::house::{House, account, day, start};

const UID: Uid = Uid(100_000_000_002);
const REGION: &str = "ap-guangzhou";
const ADDRESS: &str = "eip-unused";

fn duty() -> Orphans {
    let acts = Acts {
        addresses_after: Some(SignedDuration::from_hours(24)),
        limits: Limits {
            protected: vec![ProtectedTag {
                key: "keep".to_owned(),
                value: None,
            }],
            ..Limits::default()
        },
        ..Acts::default()
    };
    acting(acts)
}

/// An address that has been seen at nothing for long enough.
async fn house() -> House {
    let account = account("game", UID)
        .on(Cloud::Tencent)
        .holding(REGION, |held| {
            held.add_address(Address::new(ADDRESS, "1.2.3.4", day(-90)));
        });
    let house = House::of(World::new(start()).with(account)).await;
    for _ in 0..2 {
        assert!(applied(&house, &duty()).await.steps.is_empty());
        let world = house.door.world();
        world.advance(SignedDuration::from_hours(13));
    }
    house
}

fn change(house: &House, change: impl FnOnce(&mut Holdings)) {
    let world = house.door.world();
    let changed = world.change(UID, REGION, |held, _| change(held));
    changed.unwrap();
}

fn released(house: &House) -> Vec<String> {
    house.door.world().done(Act::Deleted, Sort::Address)
}

#[tokio::test]
async fn an_address_that_was_at_nothing_for_long_goes() {
    let house = house().await;
    let done = applied(&house, &duty()).await;
    assert_eq!(fates(&done), ["release_address eip-unused done"]);
    assert_eq!(released(&house), [ADDRESS]);
}

#[tokio::test]
async fn an_address_is_looked_at_just_before_it_goes() {
    for (meanwhile, why) in [
        (
            &(|held: &mut Holdings| {
                let at = (Holder::Interface, "eni-1");
                held.addresses.change(ADDRESS, |it| {
                    *it = it.clone().at(at.0, at.1);
                });
            }) as &(dyn Fn(&mut Holdings) + Sync),
            "refused: it is at eni-1 by now",
        ),
        (
            &|held| {
                held.addresses.change(ADDRESS, |it| {
                    it.tags.push(("keep".to_owned(), "dns".to_owned()));
                });
            },
            "refused: it is protected by the tag keep",
        ),
        (
            &|held| {
                held.addresses.remove(ADDRESS);
            },
            "done",
        ),
    ] {
        let house = house().await;
        house.door.world().forget_deeds();
        let meanwhile = Yes(|| change(&house, meanwhile));
        let done = tried(&house, &duty(), None, &meanwhile).await.unwrap();
        assert_eq!(fates(&done), [format!("release_address {ADDRESS} {why}")]);
        assert_eq!(released(&house), [""; 0]);
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_seen_again_stays() {
    let house = house().await;
    let blinded = Yes(|| {
        let fault = Fault::new(Effect::Denied).action("DescribeEipAddresses");
        house.door.faults().add(fault);
    });
    let done = tried(&house, &duty(), None, &blinded).await.unwrap();
    let fates = fates(&done);
    let refused = "release_address eip-unused refused: it could not be looked at";
    assert!(fates[0].starts_with(refused), "{fates:?}");
    assert!(done.exits().contains(&Exit::Refused));
    assert_eq!(released(&house), [""; 0]);
}
