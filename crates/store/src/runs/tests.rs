use base::{SeededChance, SystemChance};

use super::{RunFinish, RunId};
use crate::testing::{Store, at, on_both_engines};

on_both_engines!(
    a_run_that_never_finished_stays_visible_as_such,
    the_newest_runs_come_first_and_only_as_many_as_asked,
    only_the_first_end_of_a_run_counts,
);

fn finish(second: i64, outcome: &str) -> RunFinish {
    RunFinish {
        at: at(second),
        outcome: outcome.into(),
        exit_codes: vec![4, 3],
    }
}

async fn a_run_that_never_finished_stays_visible_as_such(Store { db, .. }: Store) {
    let crashed = db
        .run_start(&SystemChance, "patrol", "plan", at(10))
        .await
        .unwrap();
    let fine = db
        .run_start(&SystemChance, "patrol", "apply", at(20))
        .await
        .unwrap();
    db.run_finish(&fine, &finish(25, "{\"v\":1}"))
        .await
        .unwrap();
    let crashed = db.run_get(&crashed).await.unwrap().unwrap();
    assert_eq!((crashed.finish, crashed.started), (None, at(10)));
    let fine = db.run_get(&fine).await.unwrap().unwrap();
    assert_eq!(
        (fine.duty.as_str(), fine.mode.as_str()),
        ("patrol", "apply")
    );
    assert_eq!(fine.finish, Some(finish(25, "{\"v\":1}")));
    assert_eq!(db.run_get(&RunId::from_text("nobody")).await.unwrap(), None);
}

async fn the_newest_runs_come_first_and_only_as_many_as_asked(Store { db, .. }: Store) {
    for second in [30, 10, 20] {
        db.run_start(&SystemChance, "patrol", "plan", at(second))
            .await
            .unwrap();
    }
    let starts = async |limit| -> Vec<i64> {
        let runs = db.run_list(limit).await.unwrap();
        runs.iter().map(|run| run.started.as_second()).collect()
    };
    assert_eq!(starts(2).await, [30, 20]);
    assert_eq!(starts(9).await, [30, 20, 10]);
}

async fn only_the_first_end_of_a_run_counts(Store { db, .. }: Store) {
    let id = db
        .run_start(&SystemChance, "patrol", "plan", at(10))
        .await
        .unwrap();
    let mut first = finish(11, "first");
    first.exit_codes = vec![];
    db.run_finish(&id, &first).await.unwrap();
    db.run_finish(&id, &finish(12, "second")).await.unwrap();
    assert_eq!(db.run_get(&id).await.unwrap().unwrap().finish, Some(first));
}

#[test]
fn ids_sort_by_start_and_repeat_with_the_same_chance() {
    let chance = SeededChance::new(1);
    let (early, late) = (RunId::new(at(10), &chance), RunId::new(at(11), &chance));
    assert!(early < late);
    assert_eq!(early, RunId::new(at(10), &SeededChance::new(1)));
    assert_ne!(
        RunId::new(at(10), &SystemChance),
        RunId::new(at(10), &SystemChance)
    );
}
