//! Two that share a store never work in the same lane at once.

use std::sync::Arc;
use std::time::Duration;

use base::{Clock, ManualClock};
use expect_test::expect;
use flow::{FlowError, Job, Patience};

use crate::cloud::{Cloud, Place, Turn, job, lines};

fn elsewhere(place: usize) -> Job {
    Job {
        lane: "game".into(),
        ..job(place, &[])
    }
}

/// One that is at work in the lane of the others and in another one.
fn in_both(place: usize) -> Job {
    Job {
        body: "too in vault".into(),
        ..job(place, &[])
    }
}

#[tokio::test]
async fn who_works_in_two_lanes_gets_both_or_none() {
    let place = Place::new().await;
    let (now, run) = (place.clock.now(), place.run().await);
    let until = now + jiff::SignedDuration::from_secs(90);
    let db = &place.db;
    let claimed = db.lease_claim("apply/vault", "run 7 on web-2", now, until);
    assert!(claimed.await.unwrap());
    let jobs = [in_both(0)];
    let refused = flow::apply(db, &place.clock, &*place.cloud, &run, &jobs).await;
    let FlowError::Busy { lane, .. } = refused.unwrap_err() else {
        panic!("both were had");
    };
    assert_eq!(lane, "vault");
    assert_eq!(place.cloud.calls(), [""; 0]);
    assert_eq!(db.lease_get("apply/shop").await.unwrap(), None);
    place.clock.sleep(Duration::from_secs(90)).await;
    place.cloud.turns("i-0", &[Turn::DieAfter]);
    assert_eq!(place.apply(&run, &jobs).await, "died");
    // So does whoever goes on with it.
    let held = db.lease_get("apply/vault").await.unwrap().unwrap();
    let until = place.clock.now() + jiff::SignedDuration::from_secs(90);
    let taken = db.lease_inherit("apply/vault", &held.holder, "run 8 on web-2", until);
    assert!(taken.await.unwrap());
    let refused = flow::resume(db, &place.clock, &*place.cloud, &run).await;
    assert!(matches!(refused, Err(FlowError::Busy { lane, .. }) if lane == "vault"));
    place.clock.sleep(Duration::from_secs(90)).await;
    assert!(place.resume(&run).await.starts_with("0 done"));
    for lease in ["apply/shop", "apply/vault"] {
        assert_eq!(db.lease_get(lease).await.unwrap(), None, "{lease}");
    }
}

#[tokio::test]
async fn who_has_lost_one_of_two_lanes_begins_nothing_more_in_both_and_goes_on_in_the_other() {
    let place = Place::new().await;
    let (cloud, mut is_asked) = Cloud::overheard();
    cloud.turns("i-0", &[Turn::Gate]);
    let patience = Patience {
        abreast: 1,
        ..Patience::default()
    };
    let run = place.run().await;
    let jobs = [job(0, &[]), in_both(1), job(2, &[])];
    let clock = &place.clock;
    let applied = flow::apply_patiently(&place.db, clock, &cloud, &run, &jobs, &patience);
    let thief = async {
        while is_asked.recv().await.unwrap() != "i-0" {}
        let lease = place.db.lease_get("apply/vault").await.unwrap().unwrap();
        let until = clock.now() + jiff::SignedDuration::from_hours(1);
        let taken = place
            .db
            .lease_inherit("apply/vault", &lease.holder, "a thief", until);
        assert!(taken.await.unwrap());
        cloud.gate.notify_one();
    };
    let (outcomes, ()) = tokio::join!(applied, thief);
    expect![[r#"
        0 done: thing-of-i-0 is ready [thing-of-i-0]
        1 unbegun: another process has taken it over
        2 done: thing-of-i-2 is ready [thing-of-i-2]
    "#]]
    .assert_eq(&lines(&outcomes.unwrap()));
    let lease = place.db.lease_get("apply/vault").await.unwrap().unwrap();
    assert_eq!(lease.holder, "a thief");
}

#[tokio::test]
async fn the_second_of_two_is_told_who_is_at_work() {
    let place = Place::new().await;
    let (cloud, mut is_asked) = Cloud::overheard();
    cloud.turns("i-0", &[Turn::Gate]);
    let (first, second) = (place.run().await, place.run().await);
    let jobs = [job(0, &[])];
    let applied = flow::apply(&place.db, &place.clock, &cloud, &first, &jobs);
    let other = async {
        is_asked.recv().await.unwrap();
        let (db, clock, idle) = (&place.db, &place.clock, &*place.cloud);
        let both = [
            elsewhere(0),
            Job {
                token: "t".into(),
                ..job(1, &[])
            },
        ];
        let busy = flow::apply(db, clock, idle, &second, &both)
            .await
            .unwrap_err();
        // Nor can the same run be taken up by somebody else.
        let resumed = flow::resume(db, clock, idle, &first).await.unwrap_err();
        // A lane in which nobody is at work is free, also the one that was claimed first above.
        let free = flow::apply(db, clock, idle, &second, &[elsewhere(0)]).await;
        cloud.gate.notify_one();
        (busy, resumed, free)
    };
    let (outcomes, (busy, resumed, free)) = tokio::join!(applied, other);
    for refused in [busy, resumed] {
        let FlowError::Busy {
            lane,
            holder,
            until,
        } = &refused
        else {
            panic!("{refused:?}");
        };
        assert_eq!(lane, "shop");
        let starts = format!("run {first} on ");
        assert!(holder.starts_with(&starts), "{holder}");
        let process = format!("process {}", std::process::id());
        assert!(holder.ends_with(&process), "{holder}");
        assert!(*until > place.clock.now(), "{until}");
    }
    assert_eq!(place.cloud.things(), ["i-0"]);
    assert!(lines(&free.unwrap()).starts_with("0 done"));
    assert!(lines(&outcomes.unwrap()).starts_with("0 done"));
    // Whoever is done gives its lanes back.
    for lease in ["apply/shop", "apply/game"] {
        assert_eq!(place.db.lease_get(lease).await.unwrap(), None, "{lease}");
    }
}

#[tokio::test]
async fn who_was_dropped_stands_in_nobodys_way_and_its_run_can_be_resumed() {
    let place = Place::new().await;
    place.cloud.turns("i-0", &[Turn::DieAfter]);
    place.cloud.turns("i-1", &[Turn::DieBefore]);
    let run = place.run().await;
    let jobs = [job(0, &[]), job(1, &[0]), job(2, &[1])];
    assert_eq!(place.apply(&run, &jobs).await, "died");
    assert!(place.db.lease_get("apply/shop").await.unwrap().is_some());
    assert_eq!(place.resume(&run).await, "died");
    expect![[r#"
        0 done: thing-of-i-0 is ready [thing-of-i-0]
        1 done: thing-of-i-1 is ready [thing-of-i-1]
        2 done: thing-of-i-2 is ready [thing-of-i-2]
    "#]]
    .assert_eq(&place.resume(&run).await);
    assert_eq!(place.cloud.things(), ["i-0", "i-1", "i-2"]);
}

#[tokio::test]
async fn a_holder_on_another_host_is_waited_for_until_its_lease_runs_out() {
    let place = Place::new().await;
    let (now, run) = (place.clock.now(), place.run().await);
    let until = now + jiff::SignedDuration::from_secs(90);
    let claimed = place
        .db
        .lease_claim("apply/shop", "run 7 on web-2", now, until);
    assert!(claimed.await.unwrap());
    let jobs = [job(0, &[])];
    let refused = flow::apply(&place.db, &place.clock, &*place.cloud, &run, &jobs).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "run 7 on web-2 is at work in shop, until 2026-11-21T04:01:30Z at the longest"
    );
    assert_eq!(place.cloud.calls(), [""; 0]);
    place.clock.sleep(Duration::from_secs(90)).await;
    assert!(place.apply(&run, &jobs).await.starts_with("0 done"));
}

#[tokio::test]
async fn who_has_lost_a_lane_begins_nothing_more_in_it() {
    let place = Place::new().await;
    let (cloud, mut is_asked) = Cloud::overheard();
    cloud.turns("i-0", &[Turn::Gate]);
    // Nothing is begun in its lane between this attempt and the theft.
    cloud.turns("i-3", &[Turn::LaterAtWicket(600)]);
    let cloud = Arc::new(cloud);
    let patience = Patience {
        abreast: 2,
        ..Patience::default()
    };
    let run = place.run().await;
    let jobs = [
        job(0, &[]),
        job(1, &[0]),
        Job {
            lane: "game".into(),
            ..job(2, &[])
        },
        job(3, &[]),
        job(4, &[]),
    ];
    let clock = &place.clock;
    let applied = flow::apply_patiently(&place.db, clock, &*cloud, &run, &jobs, &patience);
    let thief = async {
        while is_asked.recv().await.unwrap() != "i-3" {}
        let lease = place.db.lease_get("apply/shop").await.unwrap().unwrap();
        let until = clock.now() + jiff::SignedDuration::from_hours(1);
        let taken = place
            .db
            .lease_inherit("apply/shop", &lease.holder, "a thief", until);
        assert!(taken.await.unwrap());
        cloud.wicket.notify_one();
        cloud.gate.notify_one();
    };
    let (outcomes, ()) = tokio::join!(applied, thief);
    let says = lines(&outcomes.unwrap());
    let (first, others) = says.split_at(says.find("2 done").unwrap());
    // What had been begun may be over before the loss is known; what follows it is not begun.
    let known_at_once = "\
        0 open: another process has taken it over\n\
        1 waited for 0\n";
    let known_afterwards = "\
        0 done: thing-of-i-0 is ready [thing-of-i-0]\n\
        1 unbegun: another process has taken it over\n";
    assert!([known_at_once, known_afterwards].contains(&first), "{says}");
    expect![[r#"
        2 done: thing-of-i-2 is ready [thing-of-i-2]
        3 unbegun: another process has taken it over
        4 unbegun: another process has taken it over
    "#]]
    .assert_eq(others);
    // It is the thief's still.
    let lease = place.db.lease_get("apply/shop").await.unwrap().unwrap();
    assert_eq!(lease.holder, "a thief");
    assert_eq!(place.db.lease_get("apply/game").await.unwrap(), None);
}

#[tokio::test]
async fn a_lease_that_ran_out_and_that_nobody_took_is_not_lost() {
    let place = Place::new().await;
    // Longer than any lease, with nothing to be begun meanwhile.
    place
        .cloud
        .turns("i-0", &[Turn::Later(1000), Turn::Later(700)]);
    let run = place.run().await;
    let outcomes = place.apply(&run, &[job(0, &[])]).await;
    assert!(outcomes.starts_with("0 done"), "{outcomes}");
}

#[tokio::test]
async fn a_heartbeat_prolongs_the_leases_while_a_call_takes_long() {
    let place = Place::new().await;
    let (cloud, mut is_asked) = Cloud::overheard();
    cloud.turns("i-0", &[Turn::Gate]);
    let hand = ManualClock::new(place.clock.now());
    let clock: Arc<dyn Clock> = Arc::new(hand.clone());
    let patience = Patience {
        lease: Duration::from_millis(60),
        ..Patience::default()
    };
    let run = place.run().await;
    let jobs = [job(0, &[])];
    let applied = flow::apply_patiently(&place.db, &clock, &cloud, &run, &jobs, &patience);
    let watch = async {
        is_asked.recv().await.unwrap();
        hand.advance(Duration::from_secs(3600));
        // The machine's own time beats the heart; so many looks take much longer than a beat.
        for _ in 0..100_000 {
            let lease = place.db.lease_get("apply/shop").await.unwrap().unwrap();
            if lease.until > hand.now() {
                cloud.gate.notify_one();
                return;
            }
        }
        panic!("nothing prolongs the lease");
    };
    let (outcomes, ()) = tokio::join!(applied, watch);
    assert!(lines(&outcomes.unwrap()).starts_with("0 done"));
}

#[tokio::test]
async fn a_heartbeat_that_finds_the_lane_taken_ends_the_waiting() {
    let place = Place::new().await;
    let (cloud, mut is_asked) = Cloud::overheard();
    cloud.turns("i-0", &[Turn::Later(600)]);
    // Nobody moves this clock: only the heartbeat can end the wait.
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(place.clock.now()));
    let patience = Patience {
        lease: Duration::from_millis(60),
        ..Patience::default()
    };
    let run = place.run().await;
    let jobs = [job(0, &[])];
    let applied = flow::apply_patiently(&place.db, &clock, &cloud, &run, &jobs, &patience);
    let thief = async {
        is_asked.recv().await.unwrap();
        let lease = place.db.lease_get("apply/shop").await.unwrap().unwrap();
        let until = clock.now() + jiff::SignedDuration::from_hours(1);
        let (db, holder) = (&place.db, &lease.holder);
        let taken = db.lease_inherit("apply/shop", holder, "a thief", until);
        assert!(taken.await.unwrap());
    };
    let (outcomes, ()) = tokio::join!(applied, thief);
    assert_eq!(
        lines(&outcomes.unwrap()),
        "0 unbegun: another process has taken it over\n"
    );
}
