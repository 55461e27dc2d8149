//! What is done when the store cannot be written: nothing that was not begun, and an exact report.

use std::sync::Arc;
use std::time::Duration;

use expect_test::expect;
use flow::{FlowError, Patience};
use store::rehearsal::Stranger;
use store::{Access, Db, StoreError, StoreOptions, StoreUrl};

use crate::cloud::{Cloud, Place, Turn, job, lines};

/// Opens the place's store once more, in another way.
async fn reopened(place: &Place, options: &StoreOptions) -> Db {
    let url = StoreUrl::sqlite(place.folder.path().join("store.db"));
    Db::open_with(&url, options).await.unwrap()
}

fn impatient() -> StoreOptions {
    StoreOptions {
        lock_patience: Duration::from_millis(20),
        connect_patience: Duration::from_millis(50),
        ..StoreOptions::default()
    }
}

#[tokio::test]
async fn with_a_store_that_takes_no_plan_nothing_is_done_at_all() {
    let place = Place::new().await;
    let run = place.run().await;
    let read_only = StoreOptions {
        access: Access::ReadOnly,
        ..impatient()
    };
    let full = StoreOptions {
        max_pages: Some(1),
        ..impatient()
    };
    let big = flow::Job {
        body: "x".repeat(2_000_000),
        ..job(0, &[])
    };
    let mut holder = Stranger::open(&place.folder.path().join("store.db"))
        .await
        .unwrap();
    for (options, word, is_held) in [
        (&read_only, "read-only", false),
        (&full, "full", false),
        (&impatient(), "locked", true),
    ] {
        let db = reopened(&place, options).await;
        if is_held {
            holder.execute("BEGIN IMMEDIATE").await.unwrap();
        }
        let jobs = [big.clone(), job(1, &[])];
        let refused = flow::apply(&db, &place.clock, &*place.cloud, &run, &jobs).await;
        match refused.unwrap_err() {
            FlowError::Journal { source, .. } => assert_eq!(source.word(), word),
            other => panic!("{other:?}"),
        }
        db.close().await;
    }
    holder.close().await.unwrap();
    assert_eq!(place.cloud.calls(), [""; 0]);
    assert_eq!(place.db.journal_list(&run).await.unwrap(), []);
    // Nothing stands in the way of the next one.
    let outcomes = place.apply(&run, &[job(0, &[])]).await;
    assert!(outcomes.starts_with("0 done"), "{outcomes}");
}

/// A store that a stranger holds from the moment in which `i-0` is asked for.
#[tokio::test]
async fn when_the_store_is_held_midway_nothing_more_is_begun_and_the_report_is_exact() {
    let place = Place::new().await;
    let db = reopened(&place, &impatient()).await;
    let (cloud, mut is_asked) = Cloud::overheard();
    cloud.turns("i-0", &[Turn::Gate]);
    let patience = Patience {
        abreast: 1,
        ..Patience::default()
    };
    let cloud = Arc::new(cloud);
    let run = place.run().await;
    let jobs = [job(0, &[]), job(1, &[]), job(2, &[0])];
    let path = place.folder.path().join("store.db");
    let applied = flow::apply_patiently(&db, &place.clock, &*cloud, &run, &jobs, &patience);
    let hold = async {
        assert_eq!(is_asked.recv().await.as_deref(), Some("i-0"));
        let mut holder = Stranger::open(&path).await.unwrap();
        holder.execute("BEGIN IMMEDIATE").await.unwrap();
        cloud.gate.notify_one();
        holder
    };
    let (outcomes, holder) = tokio::join!(applied, hold);
    let says = lines(&outcomes.unwrap()).replace(&path.display().to_string(), "STORE");
    holder.close().await.unwrap();
    expect![[r#"
        0 open: it made thing-of-i-0, and the journal cannot be kept: cannot write down how far a run is: the store STORE is held by another process: error returned from database: (code: 5) database is locked
        1 unbegun: the journal cannot be kept: cannot write down how far a run is: the store STORE is held by another process: error returned from database: (code: 5) database is locked
        2 waited for 0
    "#]].assert_eq(&says);
    // One thing was made, nobody else was asked, and going on makes no second one.
    assert_eq!(cloud.things(), ["i-0"]);
    let resumed = flow::resume(&place.db, &place.clock, &*cloud, &run).await;
    expect![[r#"
        0 done: thing-of-i-0 is ready [thing-of-i-0]
        1 done: thing-of-i-1 is ready [thing-of-i-1]
        2 done: thing-of-i-2 is ready [thing-of-i-2]
    "#]]
    .assert_eq(&lines(&resumed.unwrap()));
    assert_eq!(cloud.things(), ["i-0", "i-1", "i-2"]);
}

#[tokio::test]
async fn an_outcome_waits_for_a_store_that_is_held_for_a_moment() {
    let place = Place::new().await;
    let db = reopened(&place, &impatient()).await;
    let (cloud, mut is_asked) = Cloud::overheard();
    cloud.turns("i-0", &[Turn::Gate]);
    let run = place.run().await;
    let jobs = [job(0, &[])];
    let path = place.folder.path().join("store.db");
    let clock = &place.clock;
    let applied = flow::apply(&db, clock, &cloud, &run, &jobs);
    let hold = async {
        is_asked.recv().await.unwrap();
        let mut holder = Stranger::open(&path).await.unwrap();
        holder.execute("BEGIN IMMEDIATE").await.unwrap();
        let before = clock.monotonic();
        cloud.gate.notify_one();
        // The engine sleeps on the clock only when the store has refused it.
        while clock.monotonic() == before {
            tokio::task::yield_now().await;
        }
        holder.close().await.unwrap();
    };
    let (outcomes, ()) = tokio::join!(applied, hold);
    expect![[r#"
        0 done: thing-of-i-0 is ready [thing-of-i-0]
    "#]]
    .assert_eq(&lines(&outcomes.unwrap()));
    assert_eq!(place.db.journal_unfinished().await.unwrap(), []);
}

#[tokio::test]
async fn an_error_names_the_run_and_keeps_what_the_store_said() {
    let place = Place::new().await;
    let nobody = store::RunId::from_text("run-7");
    let jobs = [job(0, &[])];
    let refused = flow::apply(&place.db, &place.clock, &*place.cloud, &nobody, &jobs).await;
    let refused = refused.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the journal of run run-7 cannot be kept"
    );
    let FlowError::Journal { source, .. } = refused else {
        panic!("{refused:?}");
    };
    assert!(matches!(source, StoreError::Corrupt { .. }), "{source:?}");
}
