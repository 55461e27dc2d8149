//! How jobs end, and what that means for those that wait for them.

use std::time::Duration;

use expect_test::expect;
use flow::{Check, FlowError, Patience, Settle};

use crate::cloud::{Place, Turn, job};

#[tokio::test]
async fn one_bad_item_stops_only_those_that_wait_for_it() {
    let place = Place::new().await;
    place.cloud.turns("i-1", &[Turn::Fail]);
    let moved = Check::Refused {
        why: "it is protected now".into(),
    };
    let so_already = Check::Done {
        note: "it was gone".into(),
    };
    place.cloud.checks("i-2", &[moved]);
    place.cloud.checks("i-3", &[so_already]);
    let jobs = [
        job(0, &[]),
        job(1, &[]),
        job(2, &[]),
        job(3, &[]),
        job(4, &[0, 3]),
        job(5, &[1, 0]),
        job(6, &[5]),
        job(7, &[2]),
    ];
    let run = place.run().await;
    let outcomes = place.apply(&run, &jobs).await;
    expect![[r#"
        0 done: thing-of-i-0 is ready [thing-of-i-0]
        1 undone: no permission
        2 refused: it is protected now
        3 done: it was gone [nothing]
        4 done: thing-of-i-4 is ready [thing-of-i-4]
        5 waited for 1
        6 waited for 5
        7 waited for 2
    "#]]
    .assert_eq(&outcomes);
    // What was made before is told to who waits for it, and nobody begins before it is ready.
    let calls = place.cloud.calls();
    let at = |call: &str| calls.iter().position(|it| it == call).unwrap();
    assert!(at("settle thing-of-i-0") < at("check i-4"));
    at("act i-4 Fresh thing-of-i-0");

    // The journal says the same, and to go on with it asks nobody anything.
    place.cloud.forget_calls();
    assert_eq!(place.resume(&run).await, outcomes);
    assert_eq!(place.cloud.calls(), [""; 0]);
    assert_eq!(place.db.journal_unfinished().await.unwrap(), []);
    let mishaps = place.db.mishaps("backups").await.unwrap();
    let subjects: Vec<&str> = mishaps.iter().map(|it| it.subject.as_str()).collect();
    assert_eq!(subjects, ["i-1", "i-2"]);
}

#[tokio::test]
async fn a_lost_answer_is_looked_for_before_anything_is_asked_again() {
    let place = Place::new().await;
    place.cloud.turns("i-0", &[Turn::MakeAndLose]);
    place.cloud.turns("i-1", &[Turn::Lose, Turn::MakeAndLose]);
    let run = place.run().await;
    let outcomes = place.apply(&run, &[job(0, &[]), job(1, &[0])]).await;
    expect![[r#"
        0 done: thing-of-i-0 is ready [thing-of-i-0]
        1 done: thing-of-i-1 is ready [thing-of-i-1]
    "#]]
    .assert_eq(&outcomes);
    assert_eq!(place.cloud.things(), ["i-0", "i-1"]);
    expect![[r#"
        check i-0
        act i-0 Fresh
        check i-0
        act i-0 Again
        settle thing-of-i-0
        check i-1
        act i-1 Fresh thing-of-i-0
        check i-1
        act i-1 Again thing-of-i-0
        check i-1
        act i-1 Again thing-of-i-0
        settle thing-of-i-1"#]]
    .assert_eq(&place.cloud.calls().join("\n"));
}

#[tokio::test]
async fn what_nobody_knows_stays_open_until_somebody_does() {
    let place = Place::new().await;
    place.cloud.turns("i-0", &vec![Turn::Lose; 15]);
    place.cloud.turns("i-0", &[Turn::Lose, Turn::MakeAndLose]);
    let run = place.run().await;
    let before = place.clock.monotonic();
    let outcomes = place.apply(&run, &[job(0, &[]), job(1, &[0])]).await;
    expect![[r#"
        0 open: nobody knows whether it is done, after 15 attempts: no answer
        1 waited for 0
    "#]]
    .assert_eq(&outcomes);
    let waited = place.clock.monotonic() - before;
    let minutes = waited.as_secs() / 60;
    assert_eq!(minutes, 10, "{waited:?}");
    let unfinished = place.db.journal_unfinished().await.unwrap();
    assert_eq!((unfinished[0].open, unfinished[0].begun), (2, 1));
    expect![[r#"
        0 done: thing-of-i-0 is ready [thing-of-i-0]
        1 done: thing-of-i-1 is ready [thing-of-i-1]
    "#]]
    .assert_eq(&place.resume(&run).await);
    assert_eq!(place.cloud.things(), ["i-0", "i-1"]);
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_refused_unless_it_was_begun() {
    let place = Place::new().await;
    let unseen = || Check::Unseen {
        why: "no permission to look".into(),
    };
    place.cloud.checks("i-0", &[unseen()]);
    // Done, and the answer lost; then it is out of sight for a while.
    place.cloud.turns("i-1", &[Turn::MakeAndLose]);
    place
        .cloud
        .checks("i-1", &[Check::Go, unseen(), unseen(), Check::Go]);
    // The same, and for longer than anybody waits.
    place.cloud.turns("i-2", &[Turn::MakeAndLose]);
    let mut dark = vec![Check::Go];
    dark.resize(20, unseen());
    place.cloud.checks("i-2", &dark);
    let run = place.run().await;
    let outcomes = place
        .apply(&run, &[job(0, &[]), job(1, &[]), job(2, &[])])
        .await;
    expect![[r#"
        0 refused: it could not be looked at: no permission to look
        1 done: thing-of-i-1 is ready [thing-of-i-1]
        2 open: nobody knows whether it is done, after 15 attempts: no permission to look
    "#]]
    .assert_eq(&outcomes);
    place.cloud.checks("i-2", &[]);
    let resumed = place.resume(&run).await;
    assert!(
        resumed.ends_with("2 done: thing-of-i-2 is ready [thing-of-i-2]\n"),
        "{resumed}"
    );
    assert_eq!(place.cloud.things(), ["i-1", "i-2"]);
}

#[tokio::test]
async fn what_can_only_be_done_later_is_tried_for_half_an_hour() {
    let place = Place::new().await;
    place
        .cloud
        .turns("i-0", &[Turn::Later(60), Turn::Later(60)]);
    place.cloud.turns("i-1", &vec![Turn::Later(7 * 60); 9]);
    let run = place.run().await;
    let before = place.clock.monotonic();
    let outcomes = place.apply(&run, &[job(0, &[]), job(1, &[])]).await;
    expect![[r#"
        0 done: thing-of-i-0 is ready [thing-of-i-0]
        1 undone: too many at once (for 30 min)
    "#]]
    .assert_eq(&outcomes);
    assert_eq!(place.clock.monotonic() - before, Duration::from_secs(1800));
    let calls = place.cloud.calls();
    let count = |call: &str| calls.iter().filter(|it| *it == call).count();
    // Refused outright, nothing can be left of it; and what it rests on is looked at each time.
    assert_eq!((count("act i-0 Fresh"), count("check i-0")), (3, 3));
    assert_eq!((count("act i-1 Fresh"), count("check i-1")), (6, 6));
}

#[tokio::test]
async fn what_is_made_is_waited_for_and_not_for_ever() {
    let place = Place::new().await;
    let not_yet = |seconds| Settle::NotYet {
        after: Duration::from_secs(seconds),
    };
    place
        .cloud
        .settles("i-0", &[not_yet(15), not_yet(0), not_yet(3600)]);
    place.cloud.settles("i-1", &vec![not_yet(4000); 9]);
    let run = place.run().await;
    let outcomes = place
        .apply(&run, &[job(0, &[]), job(1, &[]), job(2, &[1])])
        .await;
    expect![[r#"
        0 done: thing-of-i-0 is ready [thing-of-i-0]
        1 undone: what was made (thing-of-i-1) is not ready after 360 min
        2 waited for 1
    "#]]
    .assert_eq(&outcomes);
    assert_eq!(place.cloud.things(), ["i-0", "i-1"]);
}

#[tokio::test]
async fn what_can_never_be_right_is_taken_back() {
    let place = Place::new().await;
    let wrong = Settle::Failed {
        why: "it is of another platform".into(),
    };
    place.cloud.settles("i-0", &[wrong]);
    let run = place.run().await;
    expect![[r#"
        0 undone: it is of another platform; what was made (thing-of-i-0) is gone again
    "#]]
    .assert_eq(&place.apply(&run, &[job(0, &[])]).await);
    assert_eq!(place.cloud.things(), [""; 0]);
}

#[tokio::test]
async fn jobs_that_do_not_fit_together_are_not_begun() {
    let place = Place::new().await;
    let twice_the_token = flow::Job {
        token: "token-0".into(),
        ..job(1, &[])
    };
    let misfits = [
        (vec![job(0, &[]), job(0, &[])], "two jobs have the place 0"),
        (vec![job(0, &[1]), job(1, &[])], "job 0 waits for 1"),
        (vec![job(3, &[3])], "job 3 waits for 3"),
        (vec![job(0, &[]), twice_the_token], "have the same token"),
    ];
    let patience = Patience::default();
    let run = place.run().await;
    let (db, clock, cloud) = (&place.db, &place.clock, &*place.cloud);
    for (jobs, says) in misfits {
        let refused = flow::apply_patiently(db, clock, cloud, &run, &jobs, &patience).await;
        let refused = refused.unwrap_err();
        assert!(matches!(refused, FlowError::Misfit { .. }), "{refused:?}");
        assert!(refused.to_string().contains(says), "{refused}");
    }
    assert_eq!(place.cloud.calls(), [""; 0]);
    place.apply(&run, &[job(0, &[])]).await;
    let again = flow::apply(db, clock, cloud, &run, &[job(0, &[])]).await;
    assert!(again.unwrap_err().to_string().contains("only be resumed"));
    let nobody = store::RunId::from_text("nobody");
    let unknown = flow::resume(db, clock, cloud, &nobody).await.unwrap_err();
    assert!(matches!(unknown, FlowError::Unknown { .. }), "{unknown:?}");
}
