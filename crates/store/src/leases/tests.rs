use base::Tasks;

use crate::testing::{Store, at, on_both_engines};

on_both_engines!(
    a_lease_has_one_holder_until_its_end,
    a_lease_is_given_back_by_its_holder_only,
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
