use base::SystemChance;
use duty::{Ack, Finding, FindingKey, FindingState, KnownFinding, Mute, Severity};
use model::{AccountId, ResourceId, Tags};

use crate::testing::{Store, at, on_both_engines};
use crate::{Db, RunFinish, RunId};

on_both_engines!(
    a_run_alone_leaves_the_traces_as_they_were,
    every_other_run_leaves_traces,
    what_people_say_of_a_finding_leaves_traces,
);

async fn start(db: &Db, second: i64) -> RunId {
    let duty = db.run_start(&SystemChance, "patrol", "look", at(second));
    duty.await.unwrap()
}

async fn finish(db: &Db, run: &RunId, second: i64) {
    let end = RunFinish {
        at: at(second),
        outcome: "{}".into(),
        exit_codes: vec![0],
    };
    db.run_finish(run, &end).await.unwrap();
}

fn known(resource: &str) -> KnownFinding {
    let key = FindingKey {
        duty: "patrol".into(),
        kind: "expiry".into(),
        account: AccountId::new("shop"),
        resource: ResourceId::new(resource),
    };
    KnownFinding {
        finding: Finding {
            key,
            severity: Severity::Warning,
            scopes: Vec::new(),
            name: String::new(),
            owner: String::new(),
            tags: Tags::new(),
            evidence: std::collections::BTreeMap::new(),
        },
        state: FindingState::New,
        first_seen: at(1),
        last_seen: at(1),
        notified: None,
        muted: None,
        acked: None,
        frozen: false,
    }
}

async fn a_run_alone_leaves_the_traces_as_they_were(Store { db, .. }: Store) {
    let earlier = start(&db, 10).await;
    finish(&db, &earlier, 20).await;
    start(&db, 30).await;
    let before = db.traces().await.unwrap();
    db.finding_note(&[], &[&known("i-1")]).await.unwrap();
    assert!(db.traces().await.unwrap().are_still(&before));
}

async fn every_other_run_leaves_traces(Store { db, .. }: Store) {
    let other = start(&db, 10).await;
    start(&db, 20).await;
    let beside = db.traces().await.unwrap();
    assert!(
        !beside.are_still(&beside),
        "one is under way beside this one"
    );
    finish(&db, &other, 30).await;
    let alone = db.traces().await.unwrap();
    assert!(!alone.are_still(&beside), "it has ended meanwhile");
    assert!(db.traces().await.unwrap().are_still(&alone));
    let third = start(&db, 40).await;
    assert!(
        !db.traces().await.unwrap().are_still(&alone),
        "another began"
    );
    finish(&db, &third, 50).await;
    assert!(!db.traces().await.unwrap().are_still(&alone), "and ended");
}

async fn what_people_say_of_a_finding_leaves_traces(Store { db, .. }: Store) {
    start(&db, 10).await;
    let finding = known("i-1");
    db.finding_note(&[], &[&finding]).await.unwrap();
    let quiet = db.traces().await.unwrap();
    let key = &finding.finding.key;
    let mute = |until| Mute {
        until: at(until),
        reason: "bought".into(),
        by: "ops".into(),
    };
    db.finding_mute(key, Some(&mute(100))).await.unwrap();
    let muted = db.traces().await.unwrap();
    assert!(!muted.are_still(&quiet));
    db.finding_mute(key, Some(&mute(200))).await.unwrap();
    assert!(!db.traces().await.unwrap().are_still(&muted), "for longer");
    db.finding_mute(key, None).await.unwrap();
    assert!(db.traces().await.unwrap().are_still(&quiet), "as it was");
    let ack = Ack {
        at: at(20),
        by: "ops".into(),
    };
    db.finding_ack(key, Some(&ack)).await.unwrap();
    assert!(!db.traces().await.unwrap().are_still(&quiet));
}
