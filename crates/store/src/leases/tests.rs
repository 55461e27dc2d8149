use base::Tasks;

use crate::testing::{Store, at, on_both_engines};

on_both_engines!(
    a_lease_has_one_holder_until_its_end,
    a_lease_is_given_back_by_its_holder_only,
    a_lease_that_ran_out_is_prolonged_unless_somebody_took_it,
    a_lease_is_inherited_from_the_very_holder_only,
    of_sixteen_racers_one_gets_each_lease,
);

async fn a_lease_has_one_holder_until_its_end(Store { db, .. }: Store) {
    assert!(db.lease_claim("shop", "a", at(10), at(20)).await.unwrap());
    assert!(!db.lease_claim("shop", "b", at(19), at(40)).await.unwrap());
    assert!(db.lease_claim("game", "b", at(19), at(40)).await.unwrap());
    assert!(
        db.lease_claim("shop", "a", at(19), at(30)).await.unwrap(),
        "the holder prolongs"
    );
    assert!(!db.lease_claim("shop", "b", at(29), at(40)).await.unwrap());
    assert!(db.lease_claim("shop", "b", at(30), at(40)).await.unwrap());
    assert!(
        !db.lease_claim("shop", "a", at(31), at(50)).await.unwrap(),
        "it was lost"
    );
}

async fn a_lease_is_given_back_by_its_holder_only(Store { db, .. }: Store) {
    assert!(db.lease_claim("shop", "a", at(10), at(99)).await.unwrap());
    assert!(!db.lease_release("shop", "b").await.unwrap());
    assert!(!db.lease_claim("shop", "b", at(11), at(99)).await.unwrap());
    assert!(db.lease_release("shop", "a").await.unwrap());
    assert!(!db.lease_release("shop", "a").await.unwrap());
    assert!(db.lease_claim("shop", "b", at(11), at(99)).await.unwrap());
}

async fn a_lease_that_ran_out_is_prolonged_unless_somebody_took_it(Store { db, .. }: Store) {
    assert!(!db.lease_prolong("shop", "a", at(20)).await.unwrap());
    assert!(db.lease_claim("shop", "a", at(10), at(20)).await.unwrap());
    assert!(db.lease_prolong("shop", "a", at(90)).await.unwrap());
    let lease = db.lease_get("shop").await.unwrap().unwrap();
    assert_eq!((lease.holder.as_str(), lease.until), ("a", at(90)));
    assert!(db.lease_claim("shop", "b", at(95), at(99)).await.unwrap());
    assert!(!db.lease_prolong("shop", "a", at(120)).await.unwrap());
    assert_eq!(db.lease_get("game").await.unwrap(), None);
}

async fn a_lease_is_inherited_from_the_very_holder_only(Store { db, .. }: Store) {
    assert!(db.lease_claim("shop", "a", at(10), at(99)).await.unwrap());
    assert!(
        !db.lease_inherit("shop", "x", "b", at(99)).await.unwrap(),
        "it is not x that has it"
    );
    assert!(db.lease_inherit("shop", "a", "b", at(120)).await.unwrap());
    assert!(!db.lease_prolong("shop", "a", at(200)).await.unwrap());
    assert!(
        !db.lease_inherit("shop", "a", "c", at(99)).await.unwrap(),
        "of two heirs the second gets nothing"
    );
    let lease = db.lease_get("shop").await.unwrap().unwrap();
    assert_eq!((lease.holder.as_str(), lease.until), ("b", at(120)));
}

async fn of_sixteen_racers_one_gets_each_lease(Store { db, .. }: Store) {
    const LEASES: u32 = 25;
    // Every second lease is one that somebody let run out.
    for number in (0..LEASES).step_by(2) {
        let name = format!("lease-{number}");
        assert!(db.lease_claim(&name, "dead", at(1), at(2)).await.unwrap());
    }
    let mut racers = Tasks::new();
    for racer in 0..16 {
        let db = db.clone();
        racers.start(async move {
            let mut got = Vec::new();
            for number in 0..LEASES {
                let (name, holder) = (format!("lease-{number}"), format!("racer-{racer}"));
                if db
                    .lease_claim(&name, &holder, at(10), at(20))
                    .await
                    .unwrap()
                {
                    got.push(number);
                }
            }
            got
        });
    }
    let mut got = Vec::new();
    while let Some(racer) = racers.next().await {
        got.extend(racer.unwrap());
    }
    got.sort_unstable();
    assert_eq!(got, (0..LEASES).collect::<Vec<_>>());
}
