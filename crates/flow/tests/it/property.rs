//! Whatever the order of failures and ends of the process: nothing twice, nothing lost, outcomes
//! exact.

use std::collections::BTreeSet;

use flow::{Fate, Job, JobOutcome};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use store::Db;
use tokio::runtime::{Builder, Runtime};

use crate::cloud::{Place, Turn, job};
use crate::servers;

/// What the attempts at a job come to, and which earlier ones it waits for.
type Attempts = (Vec<Turn>, Vec<Index>);

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        4 => Just(Turn::Make),
        2 => Just(Turn::MakeAndLose),
        2 => Just(Turn::Lose),
        1 => (1_u64..100).prop_map(Turn::Later),
        1 => Just(Turn::Fail),
        2 => Just(Turn::DieBefore),
        2 => Just(Turn::DieAfter),
    ]
}

fn story() -> impl Strategy<Value = Vec<Attempts>> {
    let turns = prop::collection::vec(turn(), 0..4);
    let after = prop::collection::vec(any::<Index>(), 0..3);
    prop::collection::vec((turns, after), 1..12)
}

fn jobs_of(story: &[Attempts]) -> Vec<Job> {
    let job = |(place, (_, after)): (usize, &Attempts)| {
        let after = after.iter().filter(|_| place > 0);
        let after: BTreeSet<usize> = after.map(|it| it.index(place)).collect();
        job(place, &after.into_iter().collect::<Vec<_>>())
    };
    (0..).zip(story).map(job).collect()
}

/// Goes on, after each end of the process, until nothing is open; returns the outcomes of the last.
async fn to_the_end(place: &Place, jobs: &[Job]) -> Vec<JobOutcome> {
    let run = place.run().await;
    let mut is_begun = false;
    for _ in 0..200 {
        let (db, clock, cloud) = (&place.db, &place.clock, &*place.cloud);
        let outcomes = async {
            if is_begun {
                flow::resume(db, clock, cloud, &run).await.unwrap()
            } else {
                flow::apply(db, clock, cloud, &run, jobs).await.unwrap()
            }
        };
        let ended = tokio::select! {
            biased;
            () = cloud.died.notified() => None,
            outcomes = outcomes => Some(outcomes),
        };
        is_begun = true;
        check_so_far(place, jobs);
        if let Some(outcomes) = ended
            && db.journal_unfinished().await.unwrap().is_empty()
        {
            return outcomes;
        }
    }
    panic!("it never comes to an end");
}

/// What holds at every moment.
fn check_so_far(place: &Place, jobs: &[Job]) {
    let things = place.cloud.things();
    let once: BTreeSet<&String> = things.iter().collect();
    assert_eq!(once.len(), things.len(), "made twice: {things:?}");
    for (made, subject) in things.iter().enumerate() {
        let job = jobs.iter().find(|it| it.subject == *subject).unwrap();
        for before in &job.after {
            let before = &jobs[*before].subject;
            assert!(
                things[..made].contains(before),
                "{subject} before {before}: {things:?}"
            );
        }
    }
}

async fn holds(place: &Place, story: &[Attempts]) {
    let jobs = jobs_of(story);
    for (job, (turns, _)) in jobs.iter().zip(story) {
        place.cloud.turns(&job.subject, turns);
    }
    let outcomes = to_the_end(place, &jobs).await;
    let things = place.cloud.things();
    for (job, outcome) in jobs.iter().zip(&outcomes) {
        assert_eq!(job.place, outcome.place);
        let is_there = things.contains(&job.subject);
        let done = |it: &usize| matches!(outcomes[*it].fate, Fate::Done { .. });
        let may_begin = job.after.iter().all(done);
        match &outcome.fate {
            Fate::Done { .. } => assert!(is_there && may_begin, "{job:?}"),
            Fate::Undone { .. } => assert!(!is_there && may_begin, "{job:?}"),
            Fate::Waited { for_place } => {
                assert!(!is_there && !done(for_place), "{job:?}");
                assert!(job.after.contains(for_place), "{job:?}");
            }
            other => panic!("{job:?}: {other:?}"),
        }
    }
}

/// Tells as many stories as asked, each with a place of its own in one store.
fn tell(runtime: &Runtime, cases: u32, db: &Db) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let told = TestRunner::new(config).run(&story(), |story| {
        runtime.block_on(holds(&Place::with(db.clone()), &story));
        Ok(())
    });
    told.unwrap();
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

#[test]
fn nothing_twice_nothing_lost_and_outcomes_exact() {
    let runtime = runtime();
    let place = runtime.block_on(Place::new());
    tell(&runtime, 64, &place.db);
    runtime.block_on(place.db.close());
}

#[test]
fn nothing_twice_nothing_lost_and_outcomes_exact_on_a_server() {
    let runtime = runtime();
    let Some(ground) = runtime.block_on(servers::ground()) else {
        return;
    };
    let db = runtime.block_on(servers::open(ground.url()));
    tell(&runtime, 32, &db);
    runtime.block_on(db.close());
    runtime.block_on(ground.clear()).unwrap();
}
