//! Thousands of jobs: side by side, and not slower than the store.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use base::{Clock as _, SystemClock};
use flow::{Act, Begun, Check, Fate, Job, Made, Patience, Settle, StepRunner};
use tokio::sync::Barrier;

use crate::cloud::{Place, job};
use crate::servers;

/// Nobody's act ends before so many are under way at once.
struct SideBySide {
    barrier: Barrier,
    under_way: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl StepRunner for SideBySide {
    async fn check(&self, _: &Job) -> Check {
        Check::Go
    }

    async fn act(&self, _: &Job, _: Begun, _: &Made) -> Act {
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(under_way, Ordering::SeqCst);
        self.barrier.wait().await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        Act::Made { mark: "x".into() }
    }

    async fn settle(&self, _: &Job, _: &str) -> Settle {
        Settle::Ready { note: "ok".into() }
    }
}

#[tokio::test]
async fn jobs_that_wait_for_nobody_are_begun_side_by_side_but_not_all_at_once() {
    let place = Place::new().await;
    let run = place.run().await;
    let runner = SideBySide {
        barrier: Barrier::new(20),
        under_way: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
    };
    let patience = Patience {
        abreast: 20,
        ..Patience::default()
    };
    let jobs: Vec<Job> = (0..100).map(|it| job(it, &[])).collect();
    let (db, clock) = (&place.db, &place.clock);
    let outcomes = flow::apply_patiently(db, clock, &runner, &run, &jobs, &patience).await;
    let outcomes = outcomes.unwrap();
    assert!(
        outcomes
            .iter()
            .all(|it| matches!(it.fate, Fate::Done { .. }))
    );
    assert_eq!(runner.most.load(Ordering::SeqCst), 20);
}

/// Does so many jobs, all of them at once, and returns how long they wait for anything but each other.
async fn waited(many: usize) -> Duration {
    let place = Place::new().await;
    let run = place.run().await;
    let runner = SideBySide {
        barrier: Barrier::new(many),
        under_way: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
    };
    let jobs: Vec<Job> = (0..many).map(|it| job(it, &[])).collect();
    let begun = place.clock.monotonic();
    let outcomes = flow::apply(&place.db, &place.clock, &runner, &run, &jobs).await;
    assert_eq!(outcomes.unwrap().len(), many);
    place.clock.monotonic().saturating_sub(begun)
}

#[tokio::test]
async fn the_outcomes_of_many_are_written_down_together_and_those_of_a_few_as_they_come() {
    assert_eq!(waited(3).await, Duration::ZERO);
    let gathered = waited(40).await;
    let gathered = gathered.as_millis();
    assert!((200..1_000).contains(&gathered), "{gathered} ms");
}

#[tokio::test]
async fn five_thousand_jobs_take_the_store_no_longer_than_the_calls_would() {
    five_thousand(&Place::new().await).await;
}

#[tokio::test]
async fn five_thousand_jobs_take_a_server_no_longer_either() {
    let Some(ground) = servers::ground().await else {
        return;
    };
    let place = Place::with(servers::open(ground.url()).await);
    five_thousand(&place).await;
    place.db.close().await;
    ground.clear().await.unwrap();
}

async fn five_thousand(place: &Place) {
    let run = place.run().await;
    // Each odd one deletes what its even one has replaced.
    let jobs: Vec<Job> = (0..5_000)
        .map(|it| match it % 2 {
            0 => job(it, &[]),
            _ => Job {
                step: "delete_snapshot".into(),
                ..job(it, &[it - 1])
            },
        })
        .collect();
    let watch = SystemClock::new();
    let outcomes = place.apply(&run, &jobs).await;
    let took = watch.monotonic();
    let done = outcomes.lines().filter(|it| it.contains(" done: "));
    assert_eq!(done.count(), 5_000);
    assert_eq!(place.cloud.things().len(), 5_000);
    // At the pace of any cloud's quotas they take minutes.
    assert!(took < Duration::from_secs(60), "{took:?}");
}
